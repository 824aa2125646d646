//! What savers write, and which checkpoints they keep.

use crate::{
    folder::Folder,
    values::{filled, initialized, of, set, told, two, vector},
};
use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};
use tf_core::{
    AnyVariable, Checkpoint, CheckpointState, Graph, SavedVariable, Saver, Session, Variable, VariableOptions,
    add_to_collection, collection, get_variable, latest_checkpoint, ones_initializer, variable_scope,
    zeros_initializer,
};

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
