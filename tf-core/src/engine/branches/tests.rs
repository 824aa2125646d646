//! Forks of plans: which there are, and runs that take them held against runs that take each step in its turn.

use super::{Fork, Noted, forks};
use crate::{
    Session, SessionOptions, Store, control_dependencies,
    dtype::DType,
    engine::{
        devices::Devices,
        lifetimes::{Layout, Request},
        plan::{Care, Plan, Signature},
    },
    graph::Graph,
    ops::{self, ALL, concat, constant_array, matmul, nn, placeholder, reduce_mean, tanh},
    options::VariableOptions,
    shape::ANY,
    tensor::{Tensor, Variable},
};
use ndarray::{ArrayD, IxDyn};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use std::{cell::Cell, thread};

const WIDTH: usize = 32;

/// An array of numbers that differ.
fn wave(shape: &[usize], by: f32) -> ArrayD<f32> {
    let mut at = 0.0;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        at += by;
        f32::sin(at) * 0.3
    })
}

fn variable(name: &str, shape: &[usize]) -> Variable<f32> {
    let options = VariableOptions::new().initializer(crate::random_normal_initializer().stddev(0.2));
    crate::get_variable::<f32, _, _>(name, shape, options)
}

/// The plan of what `build` yields.
fn plan(build: impl FnOnce() -> Tensor<f32>) -> Plan {
    let graph = Graph::new();
    let y = graph.build(build).unwrap();
    let signature = Signature { fetches: vec![(y.node, Some(0))], feeds: Vec::new() };
    Plan::new(&graph.state(), &signature, &Devices::cpus(1), false, Care::Improved).unwrap()
}

/// Towers that go up from one input side by side, each so high, of weights of its own, and are joined.
fn towers(count: usize, height: usize) -> Plan {
    plan(|| {
        let x = placeholder::<f32, _>("x", [ANY, WIDTH]);
        let x = nn::softmax(x);
        let tower = |number: usize| {
            let w = variable(&format!("w{number}"), &[WIDTH, WIDTH]);
            (0..height).fold(x, |y, _| nn::softmax(matmul(y, w)))
        };
        let towers: Vec<Tensor<f32>> = (0..count).map(tower).collect();
        nn::softmax(concat(&towers[..], 1))
    })
}

/// Its forks if each step that is no read of a variable is so much work.
fn forks_of(plan: &Plan, work: usize, threads: usize) -> Vec<Fork> {
    let is_read = |step: &crate::engine::plan::Step| step.op.variable().is_some();
    let work = plan.steps.iter().map(|step| if is_read(step) { 0 } else { work }).collect();
    forks(plan, &Noted { work, bytes: vec![0; plan.places], threads })
}

/// How many steps each lane has.
fn lanes(fork: &Fork) -> Vec<usize> {
    fork.lanes().map(<[usize]>::len).collect()
}

#[test]
fn towers_of_small_steps_are_taken_beside_each_other() {
    let plan = towers(4, 5);
    let [fork] = &forks_of(&plan, 8000, 2)[..] else { panic!("one fork: {plan}") };
    // Each lane reads the weights of its towers.
    assert_eq!((lanes(fork), fork.first.len()), (vec![22, 22], 0), "{fork:?} of {plan}");
    // What both read is there until both are done with it; and only results are handed on.
    assert_eq!((fork.others[0].given.len(), fork.others[0].made.len()), (1, 2), "{fork:?} of {plan}");
    let shown = fork.show(|step| &plan.steps[step].name);
    assert!(shown.contains("lane 1: ReadVariableOp") && shown.contains("us in place of"), "{shown}");
    assert_eq!(lanes(&forks_of(&plan, 8000, 3)[0]), [22, 22], "of three threads one would have two all the same");
    assert_eq!(lanes(&forks_of(&plan, 8000, 9)[0]).len(), 4, "as many lanes as towers");
}

#[test]
fn little_work_large_steps_one_tower_and_one_thread_are_taken_in_turn() {
    assert!(forks_of(&towers(2, 1), 50, 2).is_empty(), "little work");
    assert!(forks_of(&towers(2, 20), 1 << 20, 2).is_empty(), "kernels share out large steps by themselves");
    assert!(forks_of(&towers(1, 40), 8000, 2).is_empty(), "one tower");
    assert!(forks_of(&towers(2, 20), 8000, 1).is_empty(), "one thread");
}

#[test]
fn branches_that_meet_and_part_again_are_forks_one_after_the_other() {
    let plan = plan(|| {
        let x = placeholder::<f32, _>("x", [ANY, WIDTH]);
        let w = variable("w", &[WIDTH, WIDTH]);
        let tower = |x: Tensor<f32>| (0..6).fold(x, |y, _| nn::softmax(matmul(y, w)));
        (0..3).fold(x, |x, _| {
            let [a, b] = [nn::softmax(x), nn::softmax(matmul(x, w))].map(tower);
            nn::softmax(matmul(concat([a, b], 0), w))
        })
    });
    let forks = forks_of(&plan, 8000, 2);
    assert_eq!(forks.len(), 3, "{forks:?} of {plan}");
}

#[test]
fn what_several_lanes_read_is_read_before_them() {
    let plan = plan(|| {
        let x = placeholder::<f32, _>("x", [ANY, WIDTH]);
        let x = nn::softmax(x);
        let w = [0, 1].map(|number| variable(&format!("w{number}"), &[WIDTH, WIDTH]));
        let tower = |x: Tensor<f32>| (0..6).fold(x, |y, level| nn::softmax(matmul(y, w[level % 2])));
        tower(tanh(x)) + tower(nn::softmax(x))
    });
    let [fork] = &forks_of(&plan, 8000, 2)[..] else { panic!("one fork: {plan}") };
    let names: Vec<&str> = fork.first.iter().map(|&step| &*plan.steps[step].name).collect();
    assert!(names.iter().all(|name| name.starts_with("ReadVariableOp")), "{names:?} of {plan}");
    assert_eq!(lanes(fork), [13, 13], "{fork:?} of {plan}");
}

#[test]
fn plans_that_change_variables_have_no_forks() {
    let changing = |changes: bool| {
        plan(|| {
            let w = variable("w", &[WIDTH, WIDTH]);
            if changes { w.assign_add(constant_array(&wave(&[WIDTH, WIDTH], 0.1))) } else { w.read_value() }
        })
    };
    assert_eq!([false, true].map(|changes| changing(changes).may_fork), [true, false]);
}

/// One step of a random program: which op, and on which of the tensors so far.
type Instruction = (u8, usize, usize);

/// Tensors made one from the other in three towers, which now and then read of each other, and of variables, which may change on the way.
fn program(x: Tensor<f32>, instructions: &[Instruction], changes: bool) -> Vec<Tensor<f32>> {
    let variables = [0, 1].map(|number| variable(&format!("v{number}"), &[WIDTH, WIDTH]));
    let mut towers = [vec![x * 0.5], vec![tanh(x)], vec![x - 1.0]];
    for &(op, a, b) in instructions {
        let (own, other) = (a % 3, if b % 16 == 0 { (a + 1) % 3 } else { a % 3 });
        let pick = |tower: usize, of: usize| towers[tower][towers[tower].len() - 1 - of % towers[tower].len().min(3)];
        let (a, b) = (pick(own, a / 3), pick(other, b / 16));
        let v = variables[usize::from(op) % 2];
        let made = match op % 14 {
            0 => a + b,
            1 => ops::maximum(a, b),
            2 => tanh(a),
            3..6 => ops::identity(matmul(a, v)),
            6 | 7 => nn::softmax(a),
            8 => a - reduce_mean(b, 0),
            9 => {
                let [left, right] = ops::split(a, 1);
                concat([right, left], 1)
            }
            10 => ops::reshape(ops::reshape(a, [ANY, 2, WIDTH / 2]), [ANY, WIDTH]),
            11 if changes => {
                let slope = reduce_mean(a, ALL) * 0.01;
                control_dependencies(towers.concat(), || v.assign_add(ops::zeros::<f32, _>([WIDTH, WIDTH]) + slope));
                matmul(a, v)
            }
            12 if changes => a * crate::random_uniform::<f32, _>([WIDTH], 0.5, 1.0),
            _ => a * constant_array(&wave(&[WIDTH], 0.7)),
        };
        towers[own].push(made);
    }
    towers.concat()
}

fn bits(arrays: &[ArrayD<f32>]) -> Vec<Vec<u32>> {
    arrays.iter().map(|array| array.iter().map(|x| x.to_bits()).collect()).collect()
}

fn session(graph: &Graph, options: SessionOptions) -> Session {
    let session = Session::with_options(graph, &Store::new(), options).unwrap();
    session.initialize().unwrap();
    session
}

/// How many forks runs of a session have.
fn forks_in(session: &Session) -> usize {
    session.plans().iter().flat_map(|plan| plan.idle.forks()).map(|forks| forks.len()).sum()
}

#[test]
fn random_graphs_compute_the_bits_of_steps_in_their_turn() {
    let forked = Cell::new(0);
    let instructions = prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 40..90);
    let asked = prop::collection::vec(any::<prop::sample::Index>(), 3..6);
    // The same graphs each time, so that how many of them have forks does not depend on luck.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::with_cases(40), rng);
    let outcome = runner.run(&(instructions, asked, prop::bool::weighted(0.2)), |(instructions, asked, changes)| {
        let graph = Graph::new();
        graph.set_random_seed(3);
        let (x, fetches) = graph.build(|| {
            let x = placeholder::<f32, _>("x", [ANY, WIDTH]);
            let made = program(x, &instructions, changes);
            (x, asked.iter().map(|asked| made[asked.index(made.len())]).collect::<Vec<_>>())
        })?;
        let one = session(&graph, SessionOptions::new().threads(1));
        let others = [0, 2, 3].map(|threads| session(&graph, SessionOptions::new().threads(threads)));
        for rows in [40, 16, 40, 40, 16, 16, 40] {
            let feed = [x.feed(wave(&[rows, WIDTH], 0.37))];
            let want = bits(&one.run_with(fetches.clone(), &feed)?);
            for other in &others {
                prop_assert_eq!(&bits(&other.run_with(fetches.clone(), &feed)?), &want);
            }
        }
        for other in &others {
            let values = |session: &Session| {
                session.store().values().iter().map(|value| format!("{value:?}")).collect::<Vec<_>>()
            };
            prop_assert_eq!(values(other), values(&one));
            for run in other.memory() {
                prop_assert!(run.lower_bound <= run.peak && run.peak <= run.without_reuse, "{}", run);
            }
        }
        forked.set(forked.get() + usize::from(forks_in(&others[2]) > 0));
        Ok(())
    });
    outcome.unwrap();
    assert!(forked.get() >= 10, "{} of the graphs have forks", forked.get());
}

/// Towers, level by level, each of which looks up rows of a table at each of two levels, and that are joined: `x`, the indices, the result.
fn looking_up(graph: &Graph) -> (Tensor<f32>, Vec<Tensor<i32>>, Tensor<f32>) {
    let build = || {
        let x = placeholder::<f32, _>("x", [64, WIDTH]);
        let (w, late) = (variable("w", &[WIDTH, WIDTH]), variable("late", &[WIDTH]));
        let table = constant_array(&wave(&[8, WIDTH], 0.2));
        let mut indices = Vec::new();
        let mut towers = [x * 0.5, x + 1.0, x - 1.0];
        for level in 0..6 {
            for tower in &mut towers {
                let mut y = nn::softmax(matmul(*tower, w));
                if level % 3 == 1 {
                    let index = placeholder::<i32, _>("index", [64]);
                    indices.push(index);
                    y = ops::gather(table, index, 0) * y;
                }
                if level == 3 {
                    y *= late;
                }
                *tower = ops::identity(y);
            }
        }
        (x, indices, concat(towers, 0))
    };
    graph.build(build).unwrap()
}

#[test]
fn of_several_mistakes_the_first_is_told() {
    let graph = Graph::new();
    let (x, indices, y) = looking_up(&graph);
    let in_turn = session(&graph, SessionOptions::new().threads(1));
    let beside = [0, 3].map(|threads| session(&graph, SessionOptions::new().threads(threads)));
    let run = |session: &Session, wrong: usize| {
        let index = |tower: usize| {
            // Another index is wrong for each, so that the message tells which it is.
            let index = if wrong & (1 << tower) == 0 { 3 } else { 10 + tower as i32 };
            indices[tower].feed(ArrayD::from_elem(IxDyn(&[64]), index))
        };
        let feeds: Vec<_> = (0..indices.len()).map(index).chain([x.feed(wave(&[64, WIDTH], 0.1))]).collect();
        session.run_with(y, &feeds).map(|y| bits(&[y])).map_err(|error| error.to_string())
    };
    for _ in 0..3 {
        assert!(beside.iter().all(|session| run(session, 0).is_ok()));
    }
    assert!(forks_in(&beside[1]) > 0);
    for wrong in 0..1 << indices.len() {
        let want = run(&in_turn, wrong);
        assert_eq!(want.is_ok(), wrong == 0);
        for session in &beside {
            assert_eq!(run(session, wrong), want, "{wrong:b}");
            assert!(run(session, 0).is_ok(), "it goes on");
        }
    }
    // A variable that is read between the levels, and before the lanes of a fork, has no value any more.
    for session in beside.iter().chain([&in_turn]) {
        let w = session.store().get("w").unwrap();
        session.store().clear();
        run(session, 0).unwrap_err();
        session.store().set("w", w).unwrap();
    }
    for wrong in 0..1 << indices.len() {
        let want = run(&in_turn, wrong).unwrap_err();
        assert_eq!(want.contains("`late` has no value"), wrong & 0b111 == 0, "{want}");
        assert!(beside.iter().all(|session| run(session, wrong).as_ref() == Err(&want)), "{wrong:b}");
    }
}

#[test]
fn clients_at_the_same_time_get_their_own_values() {
    let graph = Graph::new();
    let (x, indices, y) = looking_up(&graph);
    let run = |session: &Session, client: usize| {
        let index = |index: &Tensor<i32>| index.feed(ArrayD::from_elem(IxDyn(&[64]), client as i32));
        let feeds: Vec<_> =
            indices.iter().map(index).chain([x.feed(wave(&[64, WIDTH], 0.1 + client as f32))]).collect();
        bits(&[session.run_with(y, &feeds).unwrap()])
    };
    let in_turn = session(&graph, SessionOptions::new().threads(1));
    for threads in [0, 3] {
        let shared = session(&graph, SessionOptions::new().threads(threads));
        let store = |name: &str| in_turn.store().get(name).unwrap();
        ["w", "late"].into_iter().for_each(|name| shared.store().set(name, store(name)).unwrap());
        thread::scope(|scope| {
            for client in 0..4 {
                let (shared, want) = (&shared, run(&in_turn, client));
                scope.spawn(move || (0..30).for_each(|_| assert_eq!(run(shared, client), want)));
            }
        });
    }
}

#[test]
fn branches_that_are_not_wanted_are_taken_in_turn() {
    let graph = Graph::new();
    let (x, indices, y) = looking_up(&graph);
    let ways = [false, true].map(|branches| {
        let session = session(&graph, SessionOptions::new().threads(3).branches(branches));
        let index = |index: &Tensor<i32>| index.feed(ArrayD::from_elem(IxDyn(&[64]), 1));
        let feeds: Vec<_> = indices.iter().map(index).chain([x.feed(wave(&[64, WIDTH], 0.1))]).collect();
        (0..3).for_each(|_| drop(session.run_with(y, &feeds).unwrap()));
        forks_in(&session)
    });
    assert_eq!(ways, [0, 1]);
}

proptest! {
    /// Requests of steps of random lanes: two that may be held together never share, and no plan beats the bound.
    #[test]
    fn lanes_share_no_memory(
        of_steps in prop::collection::vec(0usize..4, 12),
        lives in prop::collection::vec((0usize..20, 1usize..300, 0usize..12), 0..40),
    ) {
        // Steps 4 to 16 are a fork: those of 0 are before the lanes, the others are in lanes.
        let steps_of = |lane: usize| (4..16).filter(|step| of_steps[step - 4] == lane).collect::<Vec<_>>();
        let lane = |lane: usize| super::Lane { steps: steps_of(lane), given: Vec::new(), made: Vec::new() };
        let others = (2..4).map(lane).collect();
        let fork = Fork { steps: 4..16, first: steps_of(0), own: steps_of(1), others, takes: (0, 0) };
        let lane_of = |number: usize| (5..17).contains(&number).then(|| of_steps[number - 5]);
        let mut requests: Vec<Request> = Vec::new();
        for (step, len, more) in lives {
            let until = (step + more).min(21);
            // What one lane has made another does not give back; nor is given back before the lanes what one has made.
            let ends = lane_of(until);
            if lane_of(step).is_some_and(|lane| lane > 0 && ends.is_some_and(|ends| ends != lane)) {
                continue;
            }
            let number = requests.iter().filter(|other| other.step == step).count();
            requests.push(Request { step, number, dtype: DType::F32, len, until, leaves: false });
        }
        let layout = Layout::new(requests.clone(), &[fork]);
        prop_assert!(layout.bound <= layout.peak && layout.peak <= layout.apart, "{layout:?}");
        // By the definition: when each number is begun, and over, in some order in which steps may be taken.
        let mut seed = 7usize;
        for _ in 0..20 {
            let mut order: Vec<usize> = (0..5).chain((5..17).filter(|&number| lane_of(number) == Some(0))).collect();
            let mut left: Vec<Vec<usize>> = (1..4).map(|lane| steps_of(lane).iter().map(|step| step + 1).rev().collect()).collect();
            while left.iter().any(|lane| !lane.is_empty()) {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                order.extend(left[(seed >> 33) % 3].pop());
            }
            order.extend(17..22);
            let at = |number: usize| order.iter().position(|&other| other == number).unwrap();
            for (index, one) in requests.iter().enumerate() {
                for other in &requests[index + 1..] {
                    let apart = at(one.until) < at(other.step) || at(other.until) < at(one.step);
                    let buffer = |of: &Request| layout.buffer(of.step, of.number);
                    prop_assert!(apart || buffer(one) != buffer(other), "{:?} and {:?} in {:?}", one, other, order);
                }
            }
        }
    }
}
