//! Savers and their checkpoints.

use crate::{flat, started};
use std::path::PathBuf;
use tf::{
    CheckpointState, Graph, Import, NoShape, Result, SavedVariable, Saver, Session, Variable, VariableOptions,
    constant, get_variable, latest_checkpoint, train::ExponentialMovingAverage, variable_scope,
};

/// A folder of one test alone, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("tf_scope_programs_{name}_{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn from(name: &str, value: f32) -> Variable<f32> {
    get_variable(name, NoShape, VariableOptions::new().initializer(constant(value)))
}

pub(crate) fn code<T>(result: Result<T>) -> &'static str {
    result.err().map_or("none", |error| error.code())
}

/// Two numbers under these names.
fn two(names: [&str; 2], values: [f32; 2]) -> Result<(Graph, [Variable<f32>; 2])> {
    let graph = Graph::new();
    let vars = graph.build(|| [from(names[0], values[0]), from(names[1], values[1])])?;
    Ok((graph, vars))
}

fn numbers(session: &Session, vars: [Variable<f32>; 2]) -> Result<[f32; 2]> {
    Ok(session.run(vars)?.map(|value| value[[]]))
}

/// What is saved comes back, into variables without values and into those that have others (B1, B21).
#[test]
fn values_are_saved_and_restored() -> Result<()> {
    let folder = Folder::new("basics");
    let names = ["v0", "v1"];
    let (graph, vars) = two(names, [10.0, 20.0])?;
    let session = started(&graph)?;
    let path = Saver::of(&graph, [("v0", vars[0]), ("v1", vars[1])])?.save(&session, folder.file("basics"))?;
    let (graph, vars) = two(names, [-1.0, -1.0])?;
    let session = Session::new(&graph)?;
    assert_eq!(vars.map(|v| code(session.run(v))), ["E-UNINITIALIZED"; 2]);
    let _ = Saver::of(&graph, vars)?.restore(&session, &path)?;
    assert_eq!(numbers(&session, vars)?, [10.0, 20.0]);
    let (graph, vars) = two(names, [1000.0, 2000.0])?;
    let session = started(&graph)?;
    assert_eq!(numbers(&session, vars)?, [1000.0, 2000.0]);
    let _ = Saver::new(&graph).restore(&session, &path)?;
    assert_eq!(numbers(&session, vars)?, [10.0, 20.0]);
    Ok(())
}

/// There is nothing to restore from a path that leads to no checkpoint (B23).
#[test]
fn a_path_that_leads_nowhere_is_refused() -> Result<()> {
    let (graph, _) = two(["v0", "v1"], [0.0, 0.0])?;
    assert_eq!(code(Saver::new(&graph).restore(&Session::new(&graph)?, "invalid path")), "E-CHECKPOINT-FILE");
    Ok(())
}

/// A long integer comes back exactly (B28).
#[test]
fn long_integers_are_saved() -> Result<()> {
    let folder = Folder::new("int64");
    let made = |value: i64| -> Result<(Graph, Variable<i64>)> {
        let graph = Graph::new();
        let v = graph.build(|| get_variable("v", NoShape, VariableOptions::new().initializer(constant(value))))?;
        Ok((graph, v))
    };
    let large = i64::MAX - 15;
    let (graph, _) = made(large)?;
    let path = Saver::new(&graph).save(&started(&graph)?, folder.file("int64"))?;
    let (graph, v) = made(-1)?;
    let session = Session::new(&graph)?;
    assert_eq!(code(session.run(v)), "E-UNINITIALIZED");
    let _ = Saver::new(&graph).restore(&session, path)?;
    assert_eq!(session.run(v)?[[]], large);
    Ok(())
}

/// A name, and a variable, stand in a saver's list once (B4, B5).
#[test]
fn names_and_variables_are_saved_once() -> Result<()> {
    let (graph, [v0, v1]) = two(["v0", "v1"], [10.0, 20.0])?;
    assert_eq!(code(Saver::of(&graph, [("v1", v0), ("v1", v1)])), "E-SAVE-NAME");
    assert_eq!(code(Saver::of(&graph, [("v0", v0), ("v0too", v0)])), "E-SAVE-NAME");
    assert_eq!(code(Saver::of(&graph, [("vee1", v0), ("other", v1)])), "none");
    Ok(())
}

/// A file that is written again is read again (B21).
#[test]
fn a_file_is_read_as_it_is_now() -> Result<()> {
    let folder = Folder::new("rereads");
    for (name, value) in [("var0", 0.0), ("var1", 1.1)] {
        let (graph, _) = two([name, "other"], [value, 0.0])?;
        let path = Saver::new(&graph).save(&started(&graph)?, folder.file("cache"))?;
        let (graph, vars) = two([name, "other"], [2.2, 2.2])?;
        let session = Session::new(&graph)?;
        let _ = Saver::new(&graph).restore(&session, path)?;
        assert_eq!(numbers(&session, vars)?, [value, 0.0]);
    }
    Ok(())
}

/// A saver of nothing saves and restores nothing, if it is told that it may (B3).
#[test]
fn a_saver_may_be_empty() -> Result<()> {
    let folder = Folder::new("empty");
    let graph = Graph::new();
    let session = Session::new(&graph)?;
    assert_eq!(code(Saver::new(&graph).save(&session, folder.file("none"))), "E-SAVER");
    let saver = Saver::new(&graph).allow_empty();
    let path = saver.save(&session, folder.file("empty"))?;
    assert_eq!(code(saver.restore(&session, path)), "none");
    Ok(())
}

/// A variable may take over another's value, by the name in the file (B2).
#[test]
fn variables_are_saved_and_restored_under_other_names() -> Result<()> {
    let folder = Folder::new("names");
    let (graph, [v0, v1]) = two(["v0", "v1"], [10.0, 20.0])?;
    let path = Saver::of(&graph, [("save_prefix/v0", v0), ("save_prefix/v1", v1)])?
        .save(&started(&graph)?, folder.file("named"))?;
    // By its own name nothing is found, and nothing is changed.
    let session = Session::new(&graph)?;
    assert_eq!(code(Saver::of(&graph, [v0, v1])?.restore(&session, &path)), "E-CHECKPOINT-MISSING");
    assert_eq!(session.uninitialized_variables()?, ["v0", "v1"]);
    let graph = Graph::new();
    let vars = graph.build(|| variable_scope("restore_prefix", |_| [from("v0", -1.0), from("v1", -1.0)]))?;
    let pairs: [SavedVariable; 2] = [("save_prefix/v0", vars[0]).into(), ("save_prefix/v1", vars[1]).into()];
    let session = Session::new(&graph)?;
    let _ = Saver::of(&graph, pairs)?.restore(&session, &path)?;
    assert_eq!(numbers(&session, vars)?, [10.0, 20.0]);
    Ok(())
}

/// Another shape is refused, or taken where as many elements are asked to be arranged anew (B26, B27).
#[test]
fn shapes_are_restored_as_they_are_unless_told_otherwise() -> Result<()> {
    let folder = Folder::new("reshape");
    let matrix = |shape: [usize; 2], first: [f32; 6]| -> Result<(Graph, Variable<f32>)> {
        let graph = Graph::new();
        let value = || tf::reshape(constant(first), shape);
        let v = graph.build(|| get_variable("v0", NoShape, VariableOptions::new().initializer(value())))?;
        Ok((graph, v))
    };
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let (graph, _) = matrix([2, 3], values)?;
    let path = Saver::new(&graph).save(&started(&graph)?, folder.file("basics"))?;
    let (graph, v) = matrix([3, 2], [0.0; 6])?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph);
    assert_eq!(code(saver.restore(&session, &path)), "E-CHECKPOINT-SPEC");
    assert_eq!(flat(&session.run(v)?), [0.0; 6]);
    let _ = saver.restore_with(&session, &path, &Import::new().reshape())?;
    let found = session.run(v)?;
    assert_eq!((found.shape(), flat(&found)), (&[3, 2][..], values.to_vec()));
    Ok(())
}

/// Old checkpoints are deleted as newer ones come; the step is in their names, and the latest is known (B8, B15, B17).
#[test]
fn the_last_few_checkpoints_are_kept() -> Result<()> {
    let folder = Folder::new("max_to_keep");
    let (graph, _) = two(["v0", "v1"], [10.0, 20.0])?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph).max_to_keep(2);
    let save = |step: i32| saver.save_step(&session, folder.file("run"), step);
    let (s1, s2) = (save(1)?, save(2)?);
    assert_eq!(s1.file_name().and_then(|name| name.to_str()), Some("run-1.safetensors"));
    assert_eq!(saver.last_checkpoints(), [s1.clone(), s2.clone()]);
    let s3 = save(3)?;
    assert_eq!(saver.last_checkpoints(), [s2.clone(), s3.clone()]);
    assert!(!s1.exists() && s2.exists() && s3.exists());
    // One that is saved again is the newest of them.
    assert_eq!(save(2)?, s2);
    assert_eq!(saver.last_checkpoints(), [s3.clone(), s2.clone()]);
    assert_eq!(latest_checkpoint(&folder.0)?, Some(s2.clone()));
    let s4 = save(4)?;
    assert_eq!(saver.last_checkpoints(), [s2, s4]);
    assert!(!s3.exists());
    Ok(())
}

/// Checkpoints of different names count together, and a saver may be told of those of another one (B17, B20).
#[test]
fn checkpoints_of_any_name_count() -> Result<()> {
    let folder = Folder::new("any_name");
    let (graph, _) = two(["v0", "v1"], [10.0, 20.0])?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph).max_to_keep(2);
    assert!(saver.last_checkpoints().is_empty());
    let [s1, s2, s3] = ["s1", "s2", "s3"].map(|name| saver.save(&session, folder.file(name)));
    let (s1, s2, s3) = (s1?, s2?, s3?);
    assert_eq!(saver.last_checkpoints(), [s2.clone(), s3.clone()]);
    assert!(!s1.exists() && s2.exists() && s3.exists());
    let other = Saver::new(&graph).max_to_keep(2);
    other.recover_last_checkpoints([s2.clone(), s3.clone()]);
    assert_eq!(other.save(&session, folder.file("s2"))?, s2);
    assert_eq!(other.last_checkpoints(), [s3.clone(), s2.clone()]);
    assert_eq!(other.save(&session, folder.file("s1"))?, s1);
    assert_eq!(other.last_checkpoints(), [s2.clone(), s1.clone()]);
    assert!(s1.exists() && s2.exists() && !s3.exists());
    Ok(())
}

/// The step is a number or a tensor, and is a part of the path (B8).
#[test]
fn a_step_is_a_number_or_a_tensor() -> Result<()> {
    let folder = Folder::new("step");
    let (graph, _) = two(["v0", "v1"], [0.0, 1.0])?;
    let step = graph.build(|| constant(5))?;
    let session = started(&graph)?;
    let (saver, path) = (Saver::new(&graph), folder.file("ckpt_with_global_step"));
    let expected = folder.file("ckpt_with_global_step-5.safetensors");
    assert_eq!(saver.save_step(&session, &path, step)?, expected);
    assert_eq!(saver.save_step(&session, &path, 5)?, expected);
    assert_eq!(code(saver.save(&session, folder.file("nonexisting_dir/path"))), "E-CHECKPOINT-FILE");
    Ok(())
}

/// A later program goes on from the last step of an earlier one (B8, B15).
#[test]
fn a_history_of_steps_ends_with_the_latest() -> Result<()> {
    let folder = Folder::new("history");
    let (graph, [v0, _]) = two(["v0", "v1"], [0.0, 0.0])?;
    let increment = graph.build(|| v0.assign_add(1.0))?;
    let (session, saver) = (started(&graph)?, Saver::new(&graph));
    for step in 0..3 {
        if step > 0 {
            session.run(increment.op())?;
        }
        saver.save_step(&session, folder.file("snapshot"), step)?;
    }
    let (graph, [v0, _]) = two(["v0", "v1"], [-1.0, -1.0])?;
    let session = started(&graph)?;
    let latest = latest_checkpoint(&folder.0)?.expect("three were saved");
    let _ = Saver::new(&graph).restore(&session, latest)?;
    assert_eq!(session.run(v0)?[[]], 2.0);
    Ok(())
}

/// A folder that was moved still leads to its latest checkpoint; one whose state is not understood is an error (B14, B16).
#[test]
fn the_state_of_a_folder_is_relative_to_it() -> Result<()> {
    let folder = Folder::new("moved");
    let (here, there) = (folder.file("here"), folder.file("there"));
    std::fs::create_dir(&here).expect("the folder can be written");
    let (graph, _) = two(["v0", "v1"], [10.0, 20.0])?;
    Saver::new(&graph).save(&started(&graph)?, here.join("model"))?;
    std::fs::rename(&here, &there).expect("the folder can be renamed");
    let (graph, vars) = two(["v0", "v1"], [-1.0, -1.0])?;
    let session = started(&graph)?;
    let latest = latest_checkpoint(&there)?.expect("it was moved there");
    let _ = Saver::new(&graph).restore(&session, latest)?;
    assert_eq!(numbers(&session, vars)?, [10.0, 20.0]);
    let state = |text: &str| {
        std::fs::write(folder.file("checkpoint"), text).expect("the folder can be written");
        CheckpointState::read(&folder.0, "checkpoint")
    };
    assert_eq!(code(state("")), "E-CHECKPOINT-STATE");
    let paths = "model_checkpoint_path: \"./model.ckpt-687529\"\nall_model_checkpoint_paths: \"./model.ckpt-687500\"\n\
                 all_model_checkpoint_paths: \"./model.ckpt-687529\"\n";
    let read = state(paths)?.expect("there is a state file");
    assert_eq!(read.latest, folder.file("model.ckpt-687529"));
    assert_eq!(read.kept, ["model.ckpt-687500", "model.ckpt-687529"].map(|name| folder.file(name)));
    Ok(())
}

/// Without a limit all are kept (B18).
#[test]
fn all_checkpoints_are_kept_without_a_limit() -> Result<()> {
    let folder = Folder::new("no_limit");
    let (graph, _) = two(["v0", "v1"], [10.0, 20.0])?;
    let session = started(&graph)?;
    let saver = Saver::new(&graph).max_to_keep(0);
    let saved = (1..=8).map(|step| saver.save_step(&session, folder.file("run"), step)).collect::<Result<Vec<_>>>()?;
    assert!(saved.iter().all(|path| path.exists()));
    assert_eq!(latest_checkpoint(&folder.0)?.as_ref(), saved.last());
    Ok(())
}

/// Averages are restored into the variables that they are of (B31).
#[test]
fn averages_are_restored_as_variables() -> Result<()> {
    let folder = Folder::new("averages");
    let (graph, [v0, v1]) = two(["v0", "v1"], [10.0, 30.0])?;
    let (assign, update) = graph.build(|| {
        let averages = ExponentialMovingAverage::new(0.25);
        let update = averages.apply([v0, v1]);
        ([v0.assign(20.0), v1.assign(60.0)], update)
    })?;
    let session = started(&graph)?;
    session.run(assign)?;
    session.run(update)?;
    let path = Saver::new(&graph).save(&session, folder.file("model"))?;
    let (graph, vars) = two(["v0", "v1"], [0.0, 0.0])?;
    let session = Session::new(&graph)?;
    let from_averages = Import::new().rename_suffix("/ExponentialMovingAverage", "");
    let _ = Saver::new(&graph).restore_with(&session, path, &from_averages)?;
    assert_eq!(numbers(&session, vars)?, [17.5, 52.5]);
    Ok(())
}
