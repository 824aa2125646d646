//! Variables that start from checkpoints, and savers among threads.

use crate::{
    folder::Folder,
    values::{bytes, floats, initialized, of, told, vector},
};
use tf_core::{
    Checkpoint, Graph, IntoValue, NoShape, Saver, Session, Value, Variable, VariableOptions, constant, get_variable,
    init_from_checkpoint, variable_scope, zeros_initializer,
};

/// A graph with `new/v1`, `new/v2` and `other`, and a checkpoint with `old/v1`, `old/v2` and `v1`.
fn to_start_from() -> (Graph, Vec<u8>) {
    let graph = Graph::new();
    let options = || VariableOptions::new().initializer(zeros_initializer());
    graph
        .build(|| {
            let _ = variable_scope("new", |_| (vector("v1", 2), get_variable::<f32, _, _>("v2", [1, 1], options())));
            let _ = variable_scope("new_1", |_| vector("v1", 2));
            let _ = vector("other", 1);
        })
        .unwrap();
    let one: Value = IntoValue::<f32>::into_value(ndarray::arr2(&[[5.0f32]]));
    (
        graph,
        bytes(&[("old/v1", floats(&[1.0, 2.0])), ("old/v2", one.clone()), ("v1", floats(&[8.0, 9.0])), ("v2", one)]),
    )
}

fn started(map: &[(&str, &str)]) -> tf_core::Result<Session> {
    let (graph, file) = to_start_from();
    init_from_checkpoint(&graph, file, map.iter().copied())?;
    Ok(initialized(&graph))
}

#[test]
fn b40_b47_a_scope_starts_from_a_scope_of_the_checkpoint() {
    let session = started(&[("old/", "new/")]).unwrap();
    assert_eq!((of(&session, "new/v1"), of(&session, "new/v2")), (vec![1.0, 2.0], vec![5.0]));
    assert_eq!((of(&session, "new_1/v1"), of(&session, "other")), (vec![0.0; 2], vec![0.0]));
    let (graph, _) = to_start_from();
    let error =
        init_from_checkpoint(&graph, bytes(&[("old/v1", floats(&[1.0, 2.0]))]), [("old/", "new/")]).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-CHECKPOINT-NAME", Some("new/v2")));
    // Nothing was changed by it.
    assert_eq!(of(&initialized(&graph), "new/v1"), [0.0; 2]);
}

#[test]
fn b41_a_variable_starts_from_a_tensor() {
    let session = started(&[("old/v1", "new/v1"), ("v1", "new_1/v1")]).unwrap();
    assert_eq!((of(&session, "new/v1"), of(&session, "new_1/v1")), (vec![1.0, 2.0], vec![8.0, 9.0]));
    let graph = Graph::new();
    let (v, w) = graph.build(|| (vector("v", 2), vector("w", 2))).unwrap();
    let (_, file) = to_start_from();
    init_from_checkpoint(&graph, file, [("old/v1", v), ("v1", w)]).unwrap();
    // Only when an initializer runs; then also each by itself.
    let session = Session::new(&graph).unwrap();
    assert_eq!(session.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    let initializer = graph.build(|| w.initializer()).unwrap();
    session.run(initializer).unwrap();
    assert_eq!(of(&session, "w"), [8.0, 9.0]);
    assert_eq!(session.store().get("v").unwrap_err().code(), "E-UNINITIALIZED");
}

#[test]
fn b42_the_root_is_a_scope() {
    let session = started(&[("/", "new/")]).unwrap();
    assert_eq!(of(&session, "new/v1"), [8.0, 9.0]);
    let graph = Graph::new();
    let _ = graph.build(|| variable_scope("old", |_| vector("v1", 2))).unwrap();
    init_from_checkpoint(&graph, to_start_from().1, [("/", "/")]).unwrap();
    assert_eq!(of(&initialized(&graph), "old/v1"), [1.0, 2.0]);
}

#[test]
fn b43_b44_b45_b46_b49_a_map_that_means_nothing_is_a_mistake() {
    for (map, code, why) in [
        (("old/zz", "new/v1"), "E-CHECKPOINT-NAME", "did you mean `old/v1`?"),
        (("old/v1", "new/zz"), "E-NO-VARIABLE", "did you mean `new/v1`?"),
        (("old/v1", "new/v1:0"), "E-NO-VARIABLE", "did you mean `new/v1`?"),
        (("old/", "new"), "E-ASSIGNMENT-MAP", "`new`, which is no scope"),
        (("old", "new/"), "E-ASSIGNMENT-MAP", "no scope"),
        (("old/v2", "new/v1"), "E-CHECKPOINT-SPEC", "variable `new/v1` is f32[2], and `old/v2`"),
        (("old/", "now/"), "E-ASSIGNMENT-MAP", "did you mean `new/`?"),
    ] {
        let (found, text) = told(started(&[map]).map(|_| ()));
        assert!(found == code && text.contains(why), "{text}");
    }
    let (code, text) = told(started(&[("old/", "new/"), ("v1", "new/v1")]).map(|_| ()));
    assert!(code == "E-ASSIGNMENT-MAP" && text.contains("from `old/v1` and from `v1`"), "{text}");
    let graph = to_start_from().0;
    assert_eq!(told(init_from_checkpoint(&graph, "/nonexistent/model", [("a", "b")])).0, "E-CHECKPOINT-FILE");
}

#[test]
fn n16_initializers_are_not_run_for_what_a_checkpoint_supplies() {
    let graph = Graph::new();
    let v: Variable<f32> = graph
        .build(|| {
            // An initial value that cannot be computed.
            let impossible = tf_core::gather(constant([1.0f32, 2.0]), constant([7, 7]), 0);
            get_variable("v", NoShape, VariableOptions::new().initializer(impossible))
        })
        .unwrap();
    assert_eq!(Session::new(&graph).unwrap().initialize().unwrap_err().code(), "E-INDEX-RANGE");
    init_from_checkpoint(&graph, bytes(&[("x", floats(&[4.0, 5.0]))]), [("x", v)]).unwrap();
    assert_eq!(of(&initialized(&graph), "v"), [4.0, 5.0]);
}

#[test]
fn a_build_that_fails_takes_back_what_a_checkpoint_supplied() {
    let (graph, file) = to_start_from();
    let failed = graph.build(|| {
        init_from_checkpoint(&graph, file, [("old/", "new/")]).unwrap();
        let _ = vector("other", 1);
    });
    assert_eq!(told(failed).0, "E-EXISTS");
    assert_eq!(of(&initialized(&graph), "new/v1"), [0.0; 2]);
}

#[test]
fn savers_are_used_by_several_threads_while_others_train() {
    let folder = Folder::new("threads");
    let graph = Graph::new();
    let add = graph
        .build(|| {
            let v = get_variable::<f32, _, _>("v", [1000], VariableOptions::new().initializer(zeros_initializer()));
            v.assign_add(tf_core::fill(constant([1000]), 1.0f32))
        })
        .unwrap();
    let session = initialized(&graph);
    let saver = Saver::new(&graph).max_to_keep(3);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                session.run(add).unwrap();
            }
        });
        let savers: Vec<_> = (0..2)
            .map(|thread| {
                let (saver, session, folder) = (&saver, &session, &folder);
                scope.spawn(move || {
                    for step in 0..8 {
                        saver.save_step(session, folder.file("m"), 2 * step + thread).unwrap();
                    }
                })
            })
            .collect();
        savers.into_iter().for_each(|saver| saver.join().unwrap());
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(folder.names().len(), 4, "{:?}", folder.names());
    for file in saver.last_checkpoints() {
        let value = Checkpoint::open(file).unwrap().get("v").unwrap();
        let elements = value.as_slice::<f32>().unwrap();
        assert!(elements.iter().all(|x| x == &elements[0]), "a value is of one moment");
    }
}
