//! Updates of parts of variables (U15 to U17): what they refuse, when, and in which words; what concurrent ones come to.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tf_core::{
    ANY, Error, Graph, Session, Shape, Status, Tensor, Variable, VariableOptions, constant, get_variable,
    ones_initializer, placeholder, zeros_initializer,
};

fn variable<const N: usize>(name: &str, shape: [usize; N]) -> Variable<f32> {
    get_variable(name, shape, VariableOptions::new().initializer(zeros_initializer()))
}

/// Builds an update of a `[3, 2]` of zeros, runs it, and checks that an error leaves the variable as it was.
fn refused(update: impl FnOnce(Variable<f32>) -> Tensor<f32>) -> Error {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v = variable("v", [3, 2]);
            (v, update(v))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let error = session.run(update).unwrap_err();
    assert!(session.run(v).unwrap().iter().all(|&x| x == 0.0), "nothing is changed by half an update");
    error
}

fn refused_when_built(update: impl FnOnce(Variable<f32>) -> Tensor<f32>) -> Error {
    Graph::new().build(|| update(variable("v", [3, 2]))).unwrap_err()
}

#[test]
fn u16_an_index_that_is_not_there_names_op_index_and_line() {
    for (indices, says) in [
        ([0, 5], "index 5 (number 1 of the indices) is not in 0..3"),
        ([-1, 0], "index -1 (number 0 of the indices) is not in 0..3"),
    ] {
        let line = line!() + 1;
        let error = refused(|v| v.scatter_add(constant(indices), constant([[1.0, 1.0], [1.0, 1.0]])));
        assert_eq!((error.code(), error.status()), ("E-INDEX-RANGE", Status::InvalidArgument));
        assert_eq!((error.mistake(), error.node()), (says, Some("ScatterAdd")));
        let at = error.location().unwrap();
        assert_eq!((at.line(), at.file()), (line, file!()));
    }
}

#[test]
fn u17_a_place_that_is_not_there_names_op_place_and_line() {
    let line = line!() + 1;
    let error = refused(|v| v.scatter_nd_update(constant([[0, 0], [1, 2]]), constant([1.0, 1.0])));
    assert_eq!((error.code(), error.node()), ("E-INDEX-RANGE", Some("ScatterNdUpdate")));
    assert!(error.mistake().starts_with("the place [1, 2] (number 1 of the indices)"), "{error}");
    assert_eq!(error.location().unwrap().line(), line);
}

#[test]
fn u16_u17_shapes_are_refused_when_the_graph_is_built() {
    let scatter = refused_when_built(|v| v.scatter_sub(constant([0, 1]), constant([1.0, 1.0])));
    assert_eq!(scatter.code(), "E-SCATTER-SHAPE");
    assert!(scatter.to_string().contains("wanted : [2, 2]\n  updates: [2]"), "{scatter}");
    let block = refused_when_built(|v| v.scatter_nd_sub(constant([[0], [1]]), constant([1.0, 1.0])));
    assert_eq!(block.code(), "E-SCATTER-SHAPE");
    let place = refused_when_built(|v| v.scatter_nd_add(constant([[0, 1, 0]]), constant([1.0])));
    assert_eq!(place.code(), "E-SCATTER-COORDINATES");
    assert!(place.mistake().contains("has 3 coordinates, and the variable 2 dimensions"), "{place}");
    let slice = refused_when_built(|v| v.slice([0, 0], [2, ANY]).assign(constant([1.0, 2.0, 3.0])));
    assert_eq!(slice.code(), "E-ASSIGN-SHAPE");
    let beyond = refused_when_built(|v| v.slice([2, 0], [2, ANY]).assign(1.0));
    assert_eq!(beyond.code(), "E-SLICE");
    let stride = refused_when_built(|v| v.strided_slice([0], [3], [0]).assign(1.0));
    assert_eq!(stride.code(), "E-STRIDE-ZERO");
    let counter =
        Graph::new().build(|| get_variable::<i64, _, _>("v", [2], VariableOptions::new()).count_up_to(3)).unwrap_err();
    assert_eq!(counter.code(), "E-RANK");
}

#[test]
fn u12_shapes_that_are_fed_are_refused_when_the_graph_runs() {
    let graph = Graph::new();
    let (indices, updates, scattered, assigned, whole) = graph
        .build(|| {
            let v = variable("v", [3, 2]);
            let indices = placeholder::<i32, _>("indices", Shape::UNKNOWN);
            let updates = placeholder::<f32, _>("updates", Shape::UNKNOWN);
            let slice = v.slice([0, 0], [2, 2]).assign(updates);
            (indices, updates, v.scatter_add(indices, updates), slice, v.assign(updates))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let rows = ndarray::arr2(&[[1.0f32, 2.0], [3.0, 4.0]]);
    let feeds = |shape: &[i32]| [indices.feed(shape.to_vec()), updates.feed(&rows)];
    let error = session.run_with(scattered, &feeds(&[0, 1, 2])).unwrap_err();
    assert_eq!((error.code(), error.node()), ("E-SCATTER-SHAPE", Some("ScatterAdd")));
    assert_eq!(session.run_with(scattered, &feeds(&[2, 2])).unwrap()[[2, 1]], 6.0);
    assert_eq!(session.run_with(assigned, &feeds(&[])).unwrap()[[1, 0]], 3.0);
    let error = session.run_with(whole, &feeds(&[])).unwrap_err();
    assert_eq!((error.code(), error.node()), ("E-ASSIGN-SHAPE", Some("Assign")));
    let three = updates.feed(ndarray::arr1(&[1.0f32, 2.0, 3.0]));
    assert_eq!(session.run_with(assigned, &[three]).unwrap_err().code(), "E-ASSIGN-SHAPE");
}

#[test]
fn n6_n7_a_part_of_a_variable_without_a_value_cannot_be_updated() {
    let graph = Graph::new();
    let updates = graph
        .build(|| {
            let v = variable("v", [3]);
            let counter: Variable<i32> = get_variable("counter", [], VariableOptions::new());
            let nd = v.scatter_nd_add(constant([[0]]), constant([1.0]));
            ([v.scatter_add(constant([0]), 1.0), nd, v.slice([0], [1]).assign(1.0)], counter.count_up_to(3))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    for update in updates.0 {
        let error = session.run(update).unwrap_err();
        assert_eq!((error.code(), error.variable()), ("E-UNINITIALIZED", Some("v")));
    }
    assert_eq!(session.run(updates.1).unwrap_err().code(), "E-UNINITIALIZED");
}

#[test]
fn an_integer_is_not_divided_by_zero() {
    let graph = Graph::new();
    let (v, update) = graph
        .build(|| {
            let v: Variable<i32> = get_variable("v", [2], VariableOptions::new().initializer(ones_initializer()));
            (v, v.scatter_div(constant([0, 1]), constant([2, 0])))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert_eq!(session.run(update).unwrap_err().code(), "E-DIVIDE-BY-ZERO");
    assert_eq!(session.run(v).unwrap().as_slice(), Some(&[1, 1][..]), "the first was not divided either");
}

#[test]
fn u5_what_was_read_stays_when_a_part_of_the_variable_changes() {
    let graph = Graph::new();
    let (old, new) = graph
        .build(|| {
            let v = variable("v", [3]);
            let old = v.read_value();
            let new = tf_core::control_dependencies([old], || {
                let first = v.scatter_add(constant([0]), 1.0);
                tf_core::control_dependencies([first], || v.slice([1], [1]).assign(2.0))
            });
            (old, new)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (old, new) = session.run((old, new)).unwrap();
    assert_eq!((old.as_slice(), new.as_slice()), (Some(&[0.0; 3][..]), Some(&[1.0, 2.0, 0.0][..])));
}

#[test]
fn a_variable_of_a_failed_build_is_refused() {
    let kept = Mutex::new(None);
    let graph = Graph::new();
    let _ = graph
        .build(|| {
            *kept.lock().unwrap() = Some(variable("v", [2]));
            variable("v", [3])
        })
        .unwrap_err();
    let v = kept.into_inner().unwrap().unwrap();
    let error = graph.build(|| v.scatter_add(constant([0]), 1.0)).unwrap_err();
    assert_eq!(error.code(), "E-GRAPH-MIXED");
}

const THREADS: usize = 8;
const ROUNDS: usize = 250;
/// Long enough that two threads are at one update at the same time.
const LENGTH: usize = 512;

/// Runs `work` in many threads at once.
fn in_threads(work: impl Fn(usize) + Sync) {
    std::thread::scope(|threads| {
        for thread in 0..THREADS {
            let work = &work;
            threads.spawn(move || (0..ROUNDS).for_each(|_| work(thread)));
        }
    });
}

#[test]
fn of_concurrent_updates_of_every_kind_none_is_lost() {
    let graph = Graph::new();
    let (v, updates) = graph
        .build(|| {
            let v: Variable<i64> = get_variable("v", [LENGTH], VariableOptions::new());
            let all: Vec<i64> = (0..LENGTH as i64).collect();
            let places: Tensor<i64> = tf_core::constant_array(&ndarray::arr1(&all));
            let nd_places = tf_core::reshape(places, [LENGTH, 1]);
            let one = tf_core::fill(constant([LENGTH as i32]), 1i64);
            let updates = [
                v.assign_add(one),
                v.scatter_add(places, one),
                v.scatter_nd_add(nd_places, one),
                v.scatter_sub(places, one),
            ];
            (v, updates)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|threads| {
        // What is read meanwhile is the value between two updates, never one of which a part is carried out.
        threads.spawn(|| {
            while !ended.load(Ordering::Acquire) {
                let seen = session.run(v).unwrap();
                assert!(seen.iter().all(|&x| x == seen[[0]]), "an update was seen half carried out");
            }
        });
        in_threads(|thread| {
            session.run(updates[thread % updates.len()].op()).unwrap();
        });
        ended.store(true, Ordering::Release);
    });
    // Of four threads three add one each round, and one takes one off.
    let want = (ROUNDS * THREADS / 2) as i64;
    let found = session.run(v).unwrap();
    assert!(found.iter().all(|&x| x == want), "{want} expected, found {:?}", &found.as_slice().unwrap()[..4]);
}

#[test]
fn of_concurrent_assignments_to_slices_each_keeps_to_its_own() {
    let graph = Graph::new();
    let (v, x, updates) = graph
        .build(|| {
            let v: Variable<i64> = get_variable("v", [THREADS, LENGTH], VariableOptions::new());
            let x = placeholder::<i64, _>("x", []);
            (v, x, std::array::from_fn::<_, THREADS, _>(|row| v.slice([row, 0], [1, ANY]).assign(x)))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    in_threads(|thread| {
        let before = session.run(v).unwrap()[[thread, 0]];
        session.run_with(updates[thread].op(), &[x.feed(before + 1)]).unwrap();
    });
    assert!(session.run(v).unwrap().iter().all(|&x| x == ROUNDS as i64), "an assignment to another slice undid one");
}

#[test]
fn u15_each_number_is_handed_out_once() {
    let graph = Graph::new();
    let limit = (THREADS * ROUNDS / 2) as i64;
    let next =
        graph.build(|| get_variable::<i64, _, _>("next", [], VariableOptions::new()).count_up_to(limit)).unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let handed_out = Mutex::new(Vec::new());
    in_threads(|_| match session.run(next) {
        Ok(number) => handed_out.lock().unwrap().push(number[[]]),
        Err(error) => assert_eq!(error.status(), Status::OutOfRange),
    });
    let handed_out = handed_out.into_inner().unwrap();
    assert_eq!(handed_out.len(), limit as usize);
    assert_eq!(handed_out.into_iter().collect::<BTreeSet<_>>(), (0..limit).collect());
}
