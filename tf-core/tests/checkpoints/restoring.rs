//! What is restored, from which files, into which variables.

use crate::{
    folder::Folder,
    values::{bytes, filled, floats, initialized, of, told, two, vector},
};
use tf_core::{
    Checkpoint, DType, Graph, Import, IntoValue, Layout, Saver, Session, Store, Value, VariableOptions, get_variable,
    variable_scope,
};

#[test]
fn b21_restoring_needs_no_initializer_and_touches_only_its_variables() {
    let folder = Folder::new("b21");
    let (graph, a, _) = two();
    let file = Saver::new(&graph).save(&filled(&graph), folder.file("m")).unwrap();
    let session = Session::new(&graph).unwrap();
    let report = Saver::of(&graph, [a]).unwrap().restore(&session, &file).unwrap();
    assert_eq!(session.run(a).unwrap().as_slice().unwrap(), [1.0, 2.0]);
    assert_eq!(session.store().get("m/b").unwrap_err().code(), "E-UNINITIALIZED");
    assert_eq!((report.applied.len(), report.missing.len(), report.unused), (1, 0, vec!["m/b".to_owned()]));
    // Without the extension, as TensorFlow's prefixes are, and by the folder.
    for source in [folder.file("m"), folder.path().to_owned()] {
        let session = Session::new(&graph).unwrap();
        let _ = Saver::new(&graph).restore(&session, source).unwrap();
        assert_eq!(of(&session, "m/b"), [3.0, 4.0, 5.0]);
    }
}

#[test]
fn b22_b23_b24_a_path_without_a_checkpoint_is_a_mistake() {
    let folder = Folder::new("b23");
    let (graph, ..) = two();
    let session = filled(&graph);
    Saver::new(&graph).without_state_file().save(&session, folder.file("model-100")).unwrap();
    let restore = |name: &str| told(Saver::new(&graph).restore(&session, folder.file(name)));
    let (code, text) = restore("model-10");
    assert_eq!(code, "E-CHECKPOINT-FILE");
    assert!(text.contains("model-10` does not exist") && text.contains("did you mean"), "{text}");
    let (code, text) = restore("");
    assert!(code == "E-CHECKPOINT-FILE" && text.contains("no checkpoint is recorded"), "{text}");
    let (code, text) = restore("nowhere/model");
    assert!(code == "E-CHECKPOINT-FILE" && text.contains("there is no folder"), "{text}");
    assert_eq!(of(&session, "m/a"), [1.0, 2.0]);
}

#[test]
fn b25_a_missing_variable_leaves_all_as_they_were() {
    let (graph, ..) = two();
    let session = Session::new(&graph).unwrap();
    let file = bytes(&[("m/a", floats(&[1.0, 2.0])), ("m/B", floats(&[3.0, 4.0, 5.0]))]);
    let (code, text) = told(Saver::new(&graph).restore(&session, file.clone()));
    assert_eq!(code, "E-CHECKPOINT-MISSING");
    assert!(text.starts_with("variable `m/b` is not in a checkpoint in memory\n  `m/b`: it has `m/B`"), "{text}");
    assert!(session.store().values().is_empty());
    // What there is can be asked for.
    let report = Saver::new(&graph).restore_with(&session, file, &Import::new().partial()).unwrap();
    assert_eq!((report.missing, report.unused), (vec!["m/b".to_owned()], vec!["m/B".to_owned()]));
    assert_eq!(of(&session, "m/a"), [1.0, 2.0]);
    assert_eq!(session.store().get("m/b").unwrap_err().code(), "E-UNINITIALIZED");
}

#[test]
fn b26_b28_other_shapes_and_types_are_all_named_and_nothing_is_changed() {
    let graph = Graph::new();
    let _ = graph.build(|| (vector("a", 2), vector("b", 3), vector("c", 1))).unwrap();
    let session = initialized(&graph);
    let file = bytes(&[
        ("a", floats(&[1.0, 2.0, 3.0])),
        ("b", IntoValue::<f64>::into_value(vec![1.0f64, 2.0, 3.0])),
        ("c", floats(&[9.0])),
    ]);
    let (code, text) = told(Saver::new(&graph).restore(&session, file));
    assert_eq!(code, "E-CHECKPOINT-SPEC");
    for part in [
        "2 variables do not fit",
        "variable `a` is f32[2], and `a` in the file is f32[3]",
        "variable `b` is f32[3], and `b` in the file is f64[3]",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!((of(&session, "a"), of(&session, "c")), (vec![0.0; 2], vec![0.0]));
    // What is missing is told together with what does not fit, also by a restore that leaves out what is missing.
    let error = Saver::new(&graph).restore(&session, bytes(&[("a", floats(&[1.0]))])).unwrap_err();
    assert_eq!((error.code(), error.others()[0].code()), ("E-CHECKPOINT-MISSING", "E-CHECKPOINT-SPEC"));
    let partial = Import::new().partial();
    let refused = Saver::new(&graph).restore_with(&session, bytes(&[("a", floats(&[1.0]))]), &partial);
    assert_eq!(told(refused).0, "E-CHECKPOINT-SPEC");
}

#[test]
fn b27_a_tensor_is_reshaped_or_cast_only_when_asked_for() {
    let graph = Graph::new();
    let _ = graph.build(|| get_variable::<f32, _, _>("w", [2, 2], VariableOptions::new())).unwrap();
    let session = Session::new(&graph).unwrap();
    let flat = || bytes(&[("w", floats(&[1.0, 2.0, 3.0, 4.0]))]);
    let restore = |file: Vec<u8>, import: Import| Saver::new(&graph).restore_with(&session, file, &import);
    assert_eq!(told(restore(flat(), Import::new())).0, "E-CHECKPOINT-SPEC");
    let _ = restore(flat(), Import::new().reshape()).unwrap();
    assert_eq!(session.store().get("w").unwrap().shape(), [2, 2]);
    let other = bytes(&[("w", floats(&[1.0; 5]))]);
    assert_eq!(told(restore(other, Import::new().reshape())).0, "E-CHECKPOINT-SPEC");

    let whole: Value = IntoValue::<i16>::into_value(ndarray::arr2(&[[1i16, -2], [3, 4]]));
    assert_eq!(told(restore(bytes(&[("w", whole.clone())]), Import::new())).0, "E-CHECKPOINT-SPEC");
    let _ = restore(bytes(&[("w", whole)]), Import::new().cast()).unwrap();
    assert_eq!(of(&session, "w"), [1.0, -2.0, 3.0, 4.0]);
    let texts: Value = IntoValue::<String>::into_value(ndarray::Array2::from_elem((2, 2), "1".to_owned()));
    assert_eq!(told(restore(bytes(&[("w", texts)]), Import::new().cast())).0, "E-CHECKPOINT-SPEC");
}

#[test]
fn b30_a_checkpoint_is_listed_in_alphabetical_order() {
    let folder = Folder::new("b30");
    let (graph, ..) = two();
    let saver = Saver::new(&graph).alias("a/tied", "m/b");
    saver.save_step(&filled(&graph), folder.file("model"), 3).unwrap();
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    assert_eq!(checkpoint.path(), Some(&*folder.file("model-3.safetensors")));
    let names: Vec<&str> = checkpoint.entries().map(|entry| entry.name()).collect();
    assert_eq!(names, ["a/tied", "m/a", "m/b"]);
    let entry = checkpoint.entry("a/tied").unwrap();
    assert_eq!(
        (entry.shape(), entry.dtype(), entry.alias_of(), entry.bytes()),
        (&[3][..], Some(DType::F32), Some("m/b"), 12)
    );
    assert_eq!(checkpoint.get("a/tied").unwrap().as_slice::<f32>(), Some(&[3.0, 4.0, 5.0][..]));
    let (code, text) = told(checkpoint.get("m/c"));
    assert!(code == "E-CHECKPOINT-NAME" && text.contains("did you mean `m/a`?"), "{text}");
}

#[test]
fn b31_averages_are_restored_into_the_variables_they_are_of() {
    let (graph, ..) = two();
    let session = filled(&graph);
    let file = bytes(&[
        ("m/a", floats(&[7.0, 7.0])),
        ("m/a/ExponentialMovingAverage", floats(&[8.0, 8.0])),
        ("m/b/ExponentialMovingAverage", floats(&[9.0; 3])),
    ]);
    let import = Import::new().rename_suffix("/ExponentialMovingAverage", "");
    let report = Saver::new(&graph).restore_with(&session, file, &import).unwrap();
    assert_eq!((of(&session, "m/a"), of(&session, "m/b")), (vec![8.0; 2], vec![9.0; 3]));
    assert_eq!(report.unused, ["m/a"]);
}

#[test]
fn tensors_of_other_programs_are_renamed_and_laid_out() {
    let graph = Graph::new();
    graph
        .build(|| {
            for i in 0..2 {
                variable_scope(format!("conv{i}"), |_| {
                    let _ = get_variable::<f32, _, _>("weights", [1, 2, 3, 4], VariableOptions::new());
                    let _ = vector("biases", 4);
                });
            }
            let _ = variable_scope("dense", |_| get_variable::<f32, _, _>("weight", [2, 3], VariableOptions::new()));
        })
        .unwrap();
    let filter = ndarray::Array4::from_shape_fn((4, 3, 1, 2), |(o, i, h, w)| (1000 * o + 100 * i + 10 * h + w) as f32);
    let dense = ndarray::arr2(&[[0.0f32, 1.0], [10.0, 11.0], [20.0, 21.0]]);
    let filter: Value = IntoValue::<f32>::into_value(&filter);
    let dense: Value = IntoValue::<f32>::into_value(&dense);
    let file = bytes(&[
        ("features.0.weight", filter.clone()),
        ("features.0.bias", floats(&[0.0; 4])),
        ("features.1.weight", filter),
        ("features.1.bias", floats(&[1.0; 4])),
        ("classifier.weight", dense),
        ("classifier.num_batches", Value::scalar(3i64)),
    ]);
    let import = Import::new()
        .rename("features.{i}.weight", "conv{i}/weights")
        .rename("features.{i}.bias", "conv{i}/biases")
        .rename_prefix("classifier.", "dense/")
        .layout("conv{i}/weights", Layout::OIHW_TO_HWIO)
        .layout("dense/weight", Layout::OUT_IN_TO_IN_OUT);
    let session = Session::new(&graph).unwrap();
    let report = Saver::new(&graph).restore_with(&session, file.clone(), &import).unwrap();
    assert_eq!((report.applied.len(), report.unused), (5, vec!["classifier.num_batches".to_owned()]));
    let weights = session.store().get("conv1/weights").unwrap().into_array::<f32>().unwrap();
    assert_eq!((weights.shape(), weights[[0, 1, 2, 3]]), (&[1, 2, 3, 4][..], 3201.0));
    assert_eq!(of(&session, "dense/weight"), [0.0, 10.0, 20.0, 1.0, 11.0, 21.0]);
    assert_eq!(of(&session, "conv1/biases"), [1.0; 4]);

    let refused = |import: &Import, why: &str| {
        let (code, text) = told(Saver::new(&graph).restore_with(&session, file.clone(), import));
        assert!(code == "E-IMPORT" && text.contains(why), "{text}");
    };
    refused(&import.clone().rename("feature.{i}.gamma", "g{i}"), "`feature.{i}.gamma` is to be renamed");
    refused(&import.clone().rename_prefix("module.", ""), "the prefix `module.`");
    refused(&import.clone().rename_suffix("/Adam", ""), "the suffix `/Adam`");
    refused(&import.clone().rename("a{i", "b"), "not closed");
    refused(&import.clone().rename("a{i}", "b{j}"), "`b{j}` has a hole that `a{i}` has not");
    refused(&import.clone().layout("conv0/weight", Layout::OIHW_TO_HWIO), "did you mean `conv0/weights`?");
    refused(&import.layout("dense/weight", Layout::permute([0, 0])), "does not name each axis once");
    let both = Import::new().rename("features.{i}.bias", "conv0/biases").partial();
    refused(
        &both,
        "`features.0.bias` and `features.1.bias` of a checkpoint in memory are both renamed to `conv0/biases`",
    );
}

/// It is there, but under another name than the variable's since the import says so.
#[test]
fn a_tensor_that_is_renamed_away_is_told() {
    let graph = Graph::new();
    let _v = graph.build(|| vector("v", 2)).unwrap();
    let import = Import::new().rename("v", "w");
    let session = Session::new(&graph).unwrap();
    let (code, text) = told(Saver::new(&graph).restore_with(&session, bytes(&[("v", floats(&[1.0; 2]))]), &import));
    assert_eq!(code, "E-CHECKPOINT-MISSING");
    assert!(text.contains("`v`: it has `v`, which is renamed to `w`, and no variable is called so"), "{text}");
}

#[test]
fn stores_are_saved_and_restored_whole() {
    let folder = Folder::new("stores");
    let (graph, ..) = two();
    filled(&graph).store().save(folder.file("store.safetensors")).unwrap();
    let store = Store::new();
    let session = Session::with_store(&graph, &store).unwrap();
    let report = store.restore(folder.file("store")).unwrap();
    assert_eq!((report.applied.len(), of(&session, "m/b")), (2, vec![3.0, 4.0, 5.0]));
}
