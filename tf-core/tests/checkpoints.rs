//! Savers and initial values from checkpoints, against TensorFlow's behaviour (B rows).

mod folder;

use folder::Folder;
use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};
use tf_core::{
    AnyVariable, Checkpoint, CheckpointState, CheckpointWriter, DType, Graph, Import, IntoValue, Layout, NoShape,
    SavedVariable, Saver, Session, Store, Value, Variable, VariableOptions, add_to_collection, collection, constant,
    get_variable, init_from_checkpoint, latest_checkpoint, ones_initializer, variable_scope, zeros_initializer,
};

fn vector(name: &str, size: usize) -> Variable<f32> {
    get_variable(name, [size], VariableOptions::new().initializer(zeros_initializer()))
}

/// `m/a` of two elements and `m/b` of three.
fn two() -> (Graph, Variable<f32>, Variable<f32>) {
    let graph = Graph::new();
    let (a, b) = graph.build(|| variable_scope("m", |_| (vector("a", 2), vector("b", 3)))).unwrap();
    (graph, a, b)
}

fn set(session: &Session, name: &str, values: &[f32]) {
    session.store().set(name, IntoValue::<f32>::into_value(values.to_vec())).unwrap();
}

fn initialized(graph: &Graph) -> Session {
    let session = Session::new(graph).unwrap();
    session.initialize().unwrap();
    session
}

fn of(session: &Session, name: &str) -> Vec<f32> {
    session.store().get(name).unwrap().as_slice::<f32>().unwrap().to_vec()
}

/// A session on `two` that has the values 1, 2 and 3, 4, 5.
fn filled(graph: &Graph) -> Session {
    let session = initialized(graph);
    set(&session, "m/a", &[1.0, 2.0]);
    set(&session, "m/b", &[3.0, 4.0, 5.0]);
    session
}

fn bytes(tensors: &[(&str, Value)]) -> Vec<u8> {
    let writer =
        tensors.iter().try_fold(CheckpointWriter::new(), |writer, (name, value)| writer.tensor(*name, value.clone()));
    writer.unwrap().to_bytes().unwrap()
}

fn floats(values: &[f32]) -> Value {
    IntoValue::<f32>::into_value(values.to_vec())
}

/// The code and the whole text of an error.
fn told<T: std::fmt::Debug>(result: tf_core::Result<T>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn b1_b2_global_variables_are_saved_by_name_as_far_as_they_exist() {
    let folder = Folder::new("b1");
    let graph = Graph::new();
    graph
        .build(|| {
            let options = || VariableOptions::new().initializer(zeros_initializer());
            let a: Variable<f32> = variable_scope("m", |_| vector("a", 2));
            let _ = get_variable::<f32, _, _>("local", [2], options().collections([collection::LOCAL_VARIABLES]));
            let _ = get_variable::<i64, _, _>("global_step", [], options().trainable(false));
            // What is listed twice is saved once.
            add_to_collection(collection::GLOBAL_VARIABLES, a);
        })
        .unwrap();
    let saver = Saver::new(&graph);
    let _ = graph.build(|| vector("later", 1)).unwrap();
    let file = saver.save(&initialized(&graph), folder.file("model")).unwrap();
    assert_eq!(file, folder.file("model.safetensors"));
    let checkpoint = Checkpoint::open(&file).unwrap();
    assert_eq!(checkpoint.to_string(), "global_step  i64[]\nm/a          f32[2]\n");
}

#[test]
fn b2_a_list_uses_the_variables_names_and_pairs_use_others() {
    let folder = Folder::new("b2");
    let (graph, a, b) = two();
    let session = filled(&graph);
    let saved = |saver: Saver| Checkpoint::open(saver.save(&session, folder.file("m")).unwrap()).unwrap().to_string();
    assert_eq!(saved(Saver::of(&graph, [a]).unwrap()), "m/a  f32[2]\n");
    assert_eq!(saved(Saver::of(&graph, ["m/b"]).unwrap()), "m/b  f32[3]\n");
    assert_eq!(saved(Saver::of(&graph, [("x", a), ("y", b)]).unwrap()), "x  f32[2]\ny  f32[3]\n");
    let mixed: Vec<SavedVariable> = vec![a.into(), ("y", "m/b").into()];
    let saver = Saver::of(&graph, mixed).unwrap();
    let file = saver.save(&session, folder.file("m")).unwrap();
    let other = Session::new(&graph).unwrap();
    let report = saver.restore(&other, file).unwrap();
    assert_eq!(of(&other, "m/b"), [3.0, 4.0, 5.0]);
    assert_eq!((report.applied[1].variable.as_str(), report.applied[1].from.as_str()), ("m/b", "y"));
    let all = graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES);
    assert_eq!(saved(Saver::of(&graph, all).unwrap()), "m/a  f32[2]\nm/b  f32[3]\n");
}

#[test]
fn b3_a_saver_of_nothing_is_a_mistake_unless_it_may_be() {
    let folder = Folder::new("b3");
    let graph = Graph::new();
    let session = Session::new(&graph).unwrap();
    let (code, text) = told(Saver::new(&graph).save(&session, folder.file("m")));
    assert!(code == "E-SAVER" && text.starts_with("the saver has no variables"), "{text}");
    assert_eq!(folder.names(), [""; 0]);
    let file = Saver::new(&graph).allow_empty().save(&session, folder.file("m")).unwrap();
    assert_eq!(Checkpoint::open(file).unwrap().entries().len(), 0);
}

#[test]
fn b4_b5_a_name_or_a_variable_stands_in_the_list_once() {
    let (graph, a, b) = two();
    let (code, text) = told(Saver::of(&graph, [a, a]));
    assert!(code == "E-SAVE-NAME" && text.starts_with("two variables are to be saved as `m/a`"), "{text}");
    let (code, text) = told(Saver::of(&graph, [("x", a), ("x", b)]));
    assert!(code == "E-SAVE-NAME" && text.starts_with("two variables are to be saved as `x`"), "{text}");
    let (code, text) = told(Saver::of(&graph, [("x", a), ("y", a)]));
    assert!(code == "E-SAVE-NAME" && text.starts_with("variable `m/a` is to be saved as `x` and as `y`"), "{text}");
}

#[test]
fn b6_b13_what_is_no_variable_of_the_graph_is_a_mistake() {
    let (graph, ..) = two();
    let (other, foreign, _) = two();
    let (code, text) = told(Saver::of(&graph, ["m/c"]));
    assert!(code == "E-NO-VARIABLE" && text.contains("did you mean `m/a`?"), "{text}");
    assert_eq!(told(Saver::of(&graph, [foreign])).0, "E-GRAPH-MIXED");
    let session = Session::new(&other).unwrap();
    assert_eq!(told(Saver::new(&graph).restore(&session, "model")).0, "E-GRAPH-MIXED");
    assert_eq!(told(Saver::new(&graph).save(&session, "model")).0, "E-GRAPH-MIXED");
}

#[test]
fn b8_the_step_is_a_part_of_the_name() {
    let folder = Folder::new("b8");
    let graph = Graph::new();
    let options = VariableOptions::new().initializer(ones_initializer());
    let step: Variable<i64> = graph.build(|| get_variable("global_step", [], options)).unwrap();
    let session = initialized(&graph);
    let saver = Saver::new(&graph);
    let name = |file: PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name(saver.save_step(&session, folder.file("model"), 12).unwrap()), "model-12.safetensors");
    assert_eq!(name(saver.save_step(&session, folder.file("model.ckpt"), step).unwrap()), "model.ckpt-1.safetensors");
    let by_name = saver.save_step(&session, folder.file("model.safetensors"), "global_step").unwrap();
    assert_eq!(name(by_name), "model-1.safetensors");
    let padded = Saver::new(&graph).pad_step_number();
    assert_eq!(name(padded.save_step(&session, folder.file("p"), 7u64).unwrap()), "p-00000007.safetensors");
    assert_eq!(name(padded.save_step(&session, folder.file("p"), 123_456_789).unwrap()), "p-123456789.safetensors");
    assert_eq!(told(saver.save_step(&session, folder.file("m"), -1)).0, "E-GLOBAL-STEP");
}

#[test]
fn b9_an_uninitialized_variable_is_not_saved_and_nothing_is_recorded() {
    let folder = Folder::new("b9");
    let (graph, ..) = two();
    let session = Session::new(&graph).unwrap();
    set(&session, "m/a", &[1.0, 2.0]);
    let saver = Saver::new(&graph);
    let (code, text) = told(saver.save(&session, folder.file("m")));
    assert!(code == "E-UNINITIALIZED" && text.contains("`m/b`"), "{text}");
    assert_eq!((folder.names(), saver.last_checkpoints()), (vec![], vec![]));
}

#[test]
fn b10_the_folder_must_exist() {
    let folder = Folder::new("b10");
    let (graph, ..) = two();
    let (code, text) = told(Saver::new(&graph).save(&filled(&graph), folder.file("missing/m")));
    assert_eq!(code, "E-CHECKPOINT-FILE");
    assert!(text.contains("missing/m.safetensors` cannot be written") && text.contains("create_dir_all"), "{text}");
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn b11_b12_the_state_file_is_another_file_in_the_same_folder() {
    let folder = Folder::new("b11");
    let (graph, ..) = two();
    let session = filled(&graph);
    for (name, why) in
        [("m.safetensors", "the state file and the checkpoint"), ("a/b", "no file name"), ("..", "no file name")]
    {
        let (code, text) = told(Saver::new(&graph).state_file(name).save(&session, folder.file("m")));
        assert!(code == "E-SAVER" && text.contains(why), "{text}");
    }
    assert_eq!(folder.names(), [""; 0]);
    // A checkpoint may be called as the state file is: it has an extension.
    Saver::new(&graph).save(&session, folder.file("checkpoint")).unwrap();
    assert_eq!(folder.names(), ["checkpoint", "checkpoint.safetensors"]);
    Saver::new(&graph).without_state_file().save(&session, folder.file("m")).unwrap();
    assert_eq!(latest_checkpoint(folder.path()).unwrap(), Some(folder.file("checkpoint.safetensors")));
}

#[test]
fn b14_the_state_file_lists_what_is_kept_and_the_folder_can_be_moved() {
    let folder = Folder::new("b14");
    let (graph, ..) = two();
    let session = filled(&graph);
    let runs = folder.file("runs");
    std::fs::create_dir(&runs).unwrap();
    let saver = Saver::new(&graph);
    saver.save_step(&session, runs.join("m"), 1).unwrap();
    saver.save_step(&session, runs.join("m"), 2).unwrap();
    assert_eq!(
        std::fs::read_to_string(runs.join("checkpoint")).unwrap(),
        "model_checkpoint_path: \"m-2.safetensors\"\nall_model_checkpoint_paths: \"m-1.safetensors\"\n\
         all_model_checkpoint_paths: \"m-2.safetensors\"\n"
    );
    let moved = folder.file("moved");
    std::fs::rename(&runs, &moved).unwrap();
    assert_eq!(latest_checkpoint(&moved).unwrap(), Some(moved.join("m-2.safetensors")));
}

#[test]
fn b15_b16_the_latest_is_the_newest_that_is_there() {
    let folder = Folder::new("b15");
    let (graph, ..) = two();
    let session = filled(&graph);
    assert_eq!(latest_checkpoint(folder.path()).unwrap(), None);
    let saver = Saver::new(&graph);
    for step in 1..=3 {
        saver.save_step(&session, folder.file("m"), step).unwrap();
    }
    std::fs::write(folder.file("z-99.safetensors"), "not recorded").unwrap();
    assert_eq!(latest_checkpoint(folder.path()).unwrap(), Some(folder.file("m-3.safetensors")));
    std::fs::remove_file(folder.file("m-3.safetensors")).unwrap();
    assert_eq!(latest_checkpoint(folder.path()).unwrap(), Some(folder.file("m-2.safetensors")));
    for step in 1..=2 {
        std::fs::remove_file(folder.file(&format!("m-{step}.safetensors"))).unwrap();
    }
    assert_eq!(latest_checkpoint(folder.path()).unwrap(), None);
    for text in ["", "something else\n"] {
        std::fs::write(folder.file("checkpoint"), text).unwrap();
        assert_eq!(told(latest_checkpoint(folder.path())).0, "E-CHECKPOINT-STATE");
        // A file of somebody else's is not overwritten.
        assert_eq!(told(Saver::new(&graph).save(&session, folder.file("m"))).0, "E-CHECKPOINT-STATE");
        assert_eq!(std::fs::read_to_string(folder.file("checkpoint")).unwrap(), text);
    }
}

#[test]
fn b17_the_last_few_are_kept() {
    let folder = Folder::new("b17");
    let (graph, ..) = two();
    let session = filled(&graph);
    let saver = Saver::new(&graph).max_to_keep(2);
    let save = |saver: &Saver, step: i32| saver.save_step(&session, folder.file("m"), step).unwrap();
    let steps = |saver: &Saver| -> Vec<String> {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap()[2..].to_owned();
        saver.last_checkpoints().into_iter().map(stem).collect()
    };
    for step in [1, 2] {
        save(&saver, step);
    }
    // One that is written again is the newest again.
    save(&saver, 1);
    assert_eq!(steps(&saver), ["2", "1"]);
    save(&saver, 3);
    assert_eq!(steps(&saver), ["1", "3"]);
    assert_eq!(folder.names(), ["checkpoint", "m-1.safetensors", "m-3.safetensors"]);
    // A saver of a later process goes on with what the state file has of this name, and leaves other names alone.
    Saver::new(&graph).save(&session, folder.file("best")).unwrap();
    let later = Saver::new(&graph).max_to_keep(2);
    save(&later, 4);
    assert_eq!(steps(&later), ["3", "4"]);
    assert_eq!(folder.names(), ["best.safetensors", "checkpoint", "m-3.safetensors", "m-4.safetensors"]);
    let state = CheckpointState::read(folder.path(), "checkpoint").unwrap().unwrap();
    assert_eq!(state.latest, folder.file("m-4.safetensors"));
    assert_eq!(state.kept, ["best.safetensors", "m-3.safetensors", "m-4.safetensors"].map(|name| folder.file(name)));
}

#[test]
fn b18_zero_keeps_all() {
    let folder = Folder::new("b18");
    let (graph, ..) = two();
    let session = filled(&graph);
    let saver = Saver::new(&graph).max_to_keep(0);
    for step in 0..7 {
        saver.save_step(&session, folder.file("m"), step).unwrap();
    }
    assert_eq!(saver.last_checkpoints().len(), 7);
    assert_eq!(folder.names().len(), 8);
    assert_eq!(CheckpointState::read(folder.path(), "checkpoint").unwrap().unwrap().kept.len(), 7);
}

#[test]
fn b19_b20_one_for_each_period_is_kept_for_good() {
    let folder = Folder::new("b19");
    let (graph, ..) = two();
    let session = filled(&graph);
    let hour = Duration::from_secs(3600);
    let saver = Saver::new(&graph).max_to_keep(1).keep_one_every(hour);
    // As if they had been saved at these hours from now.
    let earlier: Vec<(PathBuf, SystemTime)> = [0.5, 1.5, 1.7, 2.5]
        .into_iter()
        .enumerate()
        .map(|(step, hours)| {
            let file = folder.file(&format!("m-{step}.safetensors"));
            std::fs::write(&file, "").unwrap();
            (file, SystemTime::now() + hour.mul_f64(hours))
        })
        .collect();
    saver.set_last_checkpoints_with_times(earlier);
    saver.save_step(&session, folder.file("m"), 9).unwrap();
    // The first is before the first period ends; the second is kept, and the third is in the same period.
    assert_eq!(folder.names(), ["checkpoint", "m-1.safetensors", "m-3.safetensors", "m-9.safetensors"]);
    let state = CheckpointState::read(folder.path(), "checkpoint").unwrap().unwrap();
    assert_eq!(state.kept, [folder.file("m-9.safetensors")]);
    // What is kept for good is not deleted by a later saver either.
    Saver::new(&graph).max_to_keep(1).save_step(&session, folder.file("m"), 10).unwrap();
    assert_eq!(folder.names(), ["checkpoint", "m-1.safetensors", "m-10.safetensors", "m-3.safetensors"]);
}

#[test]
fn b20_checkpoints_are_recovered_by_their_paths() {
    let folder = Folder::new("b20");
    let (graph, ..) = two();
    let session = filled(&graph);
    let saver = Saver::new(&graph).max_to_keep(2);
    let file = folder.file("old.safetensors");
    std::fs::write(&file, "").unwrap();
    saver.recover_last_checkpoints([folder.file("gone"), file.clone()]);
    assert_eq!(saver.last_checkpoints(), [file]);
    saver.save_step(&session, folder.file("m"), 1).unwrap();
    saver.save_step(&session, folder.file("m"), 2).unwrap();
    assert_eq!(folder.names(), ["checkpoint", "m-1.safetensors", "m-2.safetensors"]);
}

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

#[test]
fn stores_are_saved_and_restored_whole() {
    let folder = Folder::new("stores");
    let (graph, ..) = two();
    filled(&graph).store().save(folder.file("store.safetensors")).unwrap();
    let store = Store::new();
    let session = Session::with_store(&graph, &store).unwrap();
    let report = store.restore(folder.file("store"), &Import::new()).unwrap();
    assert_eq!((report.applied.len(), of(&session, "m/b")), (2, vec![3.0, 4.0, 5.0]));
}

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
