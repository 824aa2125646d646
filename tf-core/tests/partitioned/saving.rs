//! Saving and restoring variables in parts: the file holds the whole, which any other parts are restored from (P4, B48).

use super::{folder::Folder, *};
use ndarray::ArrayD;
use tf_core::{
    Checkpoint, CheckpointWriter, Saver, Value, init_from_checkpoint, reduce_sum, square,
    train::{Momentum, Optimizer},
};

/// A graph with `p/v` of ten rows in so many parts; in one piece where there are none.
fn graph_with(parts: Option<usize>) -> (Graph, Variable<f32>) {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let v = graph.build(|| match parts {
        Some(parts) => cut("p/v", &[10, 2], parts),
        None => get_variable("p/v", [10, 2], options()),
    });
    (graph, v.unwrap())
}

fn saved() -> (Vec<u8>, ArrayD<f32>) {
    let (graph, v) = graph_with(Some(3));
    let session = started(&graph);
    let whole = session.run(v).unwrap();
    let value: Value = tf_core::IntoValue::<f32>::into_value(whole.clone());
    (CheckpointWriter::new().tensor("p/v", value).unwrap().to_bytes().unwrap(), whole)
}

#[test]
fn p4_b48_a_file_holds_the_whole_and_is_restored_into_any_parts() {
    let recorded = recorded("partitioned");
    let folder = Folder::new("partitioned_saver");
    let graph = Graph::new();
    graph.set_random_seed(1);
    let (v, w) = graph
        .build(|| {
            let v = cut("p/v", &[10, 2], 3);
            let columns = options().partitioner(fixed_size_partitioner(4).axis(1));
            let w: Variable<f32> = get_variable("p/w", [2, 6], columns);
            let _ = get_variable::<f32, _, _>("p/plain", [3], options());
            (v, w)
        })
        .unwrap();
    let session = started(&graph);
    let file = Saver::new(&graph).save(&session, folder.path().join("m")).unwrap();
    let (v, w) = session.run((v, w)).unwrap();
    let wanted = &recorded["checkpoint"]["whole"];
    near(v.as_slice().unwrap(), &floats(&wanted["p/v"]), 2e-6);
    near(w.as_slice().unwrap(), &floats(&wanted["p/w"]), 2e-6);
    let opened = Checkpoint::open(&file).unwrap();
    let keys: Vec<_> = opened.entries().map(|entry| (entry.name().to_owned(), entry.shape().to_vec())).collect();
    let wanted = recorded["checkpoint"]["keys"].as_object().unwrap();
    assert_eq!(keys, wanted.iter().map(|(name, shape)| (name.clone(), sizes(shape))).collect::<Vec<_>>());
    for case in list(&recorded["checkpoint"]["restored"]) {
        assert!(case["same"].as_bool().unwrap());
        let (graph, other) = graph_with(case["shards"].as_u64().map(|parts| parts as usize));
        let session = Session::new(&graph).unwrap();
        let report = Saver::new(&graph).restore(&session, &file).unwrap();
        assert_eq!(session.run(other).unwrap(), v, "{case}");
        assert_eq!((report.applied.len(), report.applied[0].variable.as_str()), (1, "p/v"));
        assert_eq!(report.unused, ["p/plain", "p/w"]);
    }
}

#[test]
fn p4_slots_are_saved_with_the_whole() {
    let folder = Folder::new("partitioned_slots");
    let trained = |parts| {
        let (graph, v) = graph_with(parts);
        let step = graph.build(|| Momentum::new(0.1, 0.9).minimize(reduce_sum(square(v), tf_core::ALL))).unwrap();
        (graph, v, step)
    };
    let (graph, v, step) = trained(Some(3));
    let session = started(&graph);
    session.run(step).unwrap();
    let file = Saver::new(&graph).save(&session, folder.path().join("m")).unwrap();
    let opened = Checkpoint::open(&file).unwrap();
    assert_eq!(opened.entries().map(|entry| entry.name()).collect::<Vec<_>>(), ["p/v", "p/v/Momentum"]);
    session.run(step).unwrap();
    let wanted = session.run(v).unwrap();
    for parts in [None, Some(1), Some(4)] {
        let (graph, v, step) = trained(parts);
        let session = Session::new(&graph).unwrap();
        let report = Saver::new(&graph).restore(&session, &file).unwrap();
        assert!(report.unused.is_empty() && report.missing.is_empty());
        session.run(step).unwrap();
        assert_eq!(session.run(v).unwrap(), wanted, "{parts:?}");
    }
}

#[test]
fn b48_initial_values_from_a_file_are_cut() {
    let (bytes, whole) = saved();
    for parts in [None, Some(1), Some(2), Some(5)] {
        let (graph, v) = graph_with(parts);
        init_from_checkpoint(&graph, bytes.clone(), [("p/", "p/")]).unwrap();
        assert_eq!(started(&graph).run(v).unwrap(), whole, "by scope, {parts:?}");
        let (graph, v) = graph_with(parts);
        init_from_checkpoint(&graph, bytes.clone(), [("p/v", v)]).unwrap();
        assert_eq!(started(&graph).run(v).unwrap(), whole, "by variable, {parts:?}");
        let (graph, v) = graph_with(parts);
        let list = graph.parts_of(v).into_iter().map(|part| ("p/v", part));
        init_from_checkpoint(&graph, bytes.clone(), list).unwrap();
        assert_eq!(started(&graph).run(v).unwrap(), whole, "by a list of parts, {parts:?}");
    }
    let graph = Graph::new();
    graph.build(|| unused(cut("p/v", &[9, 2], 3))).unwrap();
    let error = init_from_checkpoint(&graph, bytes, [("p/v", "p/v")]).unwrap_err();
    assert_eq!(error.code(), "E-CHECKPOINT-SPEC");
    assert!(error.to_string().contains("variable `p/v` is f32[9, 2]"), "{error}");
}

#[test]
fn a_saver_of_some_takes_wholes_and_whole_lists_of_parts() {
    let folder = Folder::new("partitioned_some");
    let (graph, v) = graph_with(Some(2));
    let session = started(&graph);
    let parts = graph.parts_of(v);
    let names = |saver: Saver, file: &str| {
        let file = saver.save(&session, folder.path().join(file)).unwrap();
        let entries: Vec<_> =
            Checkpoint::open(&file).unwrap().entries().map(|e| (e.name().to_owned(), e.shape().to_vec())).collect();
        entries
    };
    let entry = |name: &str, rows| vec![(name.to_owned(), vec![rows, 2])];
    assert_eq!(names(Saver::of(&graph, [("other", v)]).unwrap(), "a"), entry("other", 10));
    assert_eq!(names(Saver::of(&graph, ["p/v"]).unwrap(), "b"), entry("p/v", 10));
    assert_eq!(names(Saver::of(&graph, parts.clone()).unwrap(), "c"), entry("p/v", 10));
    assert_eq!(names(Saver::of(&graph, [parts[1]]).unwrap(), "d"), entry("p/v/part_1", 5), "a part without the others");
    assert_eq!(Saver::of(&graph, [parts[1], parts[1]]).unwrap_err().code(), "E-SAVE-NAME");
}

#[test]
fn a_restore_that_fails_changes_no_part() {
    let (bytes, _) = saved();
    let graph = Graph::new();
    let v = graph.build(|| cut("p/v", &[8, 2], 3)).unwrap();
    let session = started(&graph);
    let before = session.run(v).unwrap();
    let error = Saver::new(&graph).restore(&session, bytes.clone()).unwrap_err();
    assert_eq!(error.code(), "E-CHECKPOINT-SPEC");
    assert!(error.to_string().contains("a variable does not fit"), "one, not three: {error}");
    assert_eq!(session.run(v).unwrap(), before);
    let graph = Graph::new();
    graph.build(|| unused(cut("q", &[4], 2))).unwrap();
    let error = Saver::new(&graph).restore(&started(&graph), bytes).unwrap_err();
    assert_eq!(error.code(), "E-CHECKPOINT-MISSING");
    assert!(error.to_string().contains("variable `q` is not in"), "{error}");
}

#[test]
fn a_store_saves_and_restores_wholes() {
    let folder = Folder::new("partitioned_store");
    let (graph, v) = graph_with(Some(3));
    let session = started(&graph);
    let before = session.run(v).unwrap();
    let file = folder.path().join("store.safetensors");
    session.store().save(&file).unwrap();
    session.initialize().unwrap();
    assert_ne!(session.run(v).unwrap(), before);
    let report = session.store().restore(&file).unwrap();
    assert_eq!((report.applied.len(), session.run(v).unwrap()), (1, before));
}
