//! Savers, checkpoints, and first values that come from them.

use crate::{flat, started};
use std::path::{Path, PathBuf};
use tf::{
    AnyVariable, Checkpoint, Graph, Import, NoShape, Result, SavedVariable, Saver, Session, Variable, VariableOptions,
    constant, get_variable, init_from_checkpoint, latest_checkpoint, train::ExponentialMovingAverage, variable_scope,
    zeros_initializer,
};

/// A folder of one test alone, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("tf_scope_programs_{name}_{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
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

fn code<T>(result: Result<T>) -> &'static str {
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
        let update = averages.apply(&[AnyVariable::from(v0), v1.into()]);
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

/// The shapes of what the checkpoint of `written` holds, in alphabetical order.
const STORED: [(&str, &[usize]); 4] =
    [("useful_scope/var4", &[9, 9]), ("var1", &[1, 10]), ("var2", &[10, 10]), ("var3", &[30, 30])];

fn random<const N: usize>(name: &str, shape: [usize; N]) -> Variable<f32> {
    get_variable(name, shape, VariableOptions::new())
}

fn four() -> [Variable<f32>; 4] {
    let (var1, var2, var3) = (random("var1", [1, 10]), random("var2", [10, 10]), random("var3", [30, 30]));
    [var1, var2, var3, variable_scope("useful_scope", |_| random("var4", [9, 9]))]
}

/// A checkpoint of four variables in this folder; yields their values.
fn written(folder: &Path) -> Result<[Vec<f32>; 4]> {
    let graph = Graph::new();
    let vars = graph.build(four)?;
    let session = started(&graph)?;
    Saver::new(&graph).save_step(&session, folder.join("model"), 0)?;
    Ok(session.run(vars)?.map(|value| flat(&value)))
}

fn values<const N: usize>(session: &Session, vars: [Variable<f32>; N]) -> Result<[Vec<f32>; N]> {
    Ok(session.run(vars)?.map(|value| flat(&value)))
}

/// A folder's latest checkpoint lists its tensors and hands them out; what is not there is an error (B15, B30).
#[test]
fn a_checkpoint_is_listed_and_read_by_name() -> Result<()> {
    let folder = Folder::new("listed");
    assert_eq!(code(Checkpoint::open(folder.file("no_checkpoints"))), "E-CHECKPOINT-FILE");
    let [v1, v2, v3, v4] = written(&folder.0)?;
    let checkpoint = Checkpoint::open(&folder.0)?;
    let listed: Vec<String> =
        checkpoint.entries().map(|entry| format!("{} {:?}", entry.name(), entry.shape())).collect();
    let expected = STORED.map(|(name, shape)| format!("{name} {shape:?}"));
    assert_eq!(listed, expected);
    for (name, value) in [("var1", v1), ("var2", v2), ("var3", v3), ("useful_scope/var4", v4)] {
        assert_eq!(checkpoint.get(name)?.as_slice::<f32>(), Some(&value[..]));
    }
    assert_ne!(code(checkpoint.get("var5")), "none");
    Ok(())
}

/// Variables start from tensors of other names, one by one, whole scopes, and one tensor for two (B40, B41).
#[test]
fn variables_start_from_a_checkpoint() -> Result<()> {
    let folder = Folder::new("init");
    let [v1, v2, v3, v4] = written(&folder.0)?;
    let graph = Graph::new();
    let vars = graph.build(|| {
        let (my1, my2, my4) = variable_scope("some_scope", |_| {
            let my1 = random("my1", [1, 10]);
            let (my2, my4) = variable_scope("some_other_scope", |_| {
                (random("my2", [10, 10]), variable_scope("other_useful_scope", |_| random("var4", [9, 9])))
            });
            (my1, my2, my4)
        });
        [my1, my2, random("my3", [30, 30]), random("my3b", [30, 30]), my4]
    })?;
    let scopes = [("var1", "some_scope/my1"), ("useful_scope/", "some_scope/some_other_scope/other_useful_scope/")];
    init_from_checkpoint(&graph, &folder.0, scopes)?;
    init_from_checkpoint(&graph, &folder.0, [("var2", "some_scope/some_other_scope/my2")])?;
    init_from_checkpoint(&graph, &folder.0, [("var3", vars[2]), ("var3", vars[3])])?;
    assert_eq!(values(&started(&graph)?, vars)?, [v1, v2, v3.clone(), v3, v4]);
    Ok(())
}

/// `initialized_value()` is what the checkpoint supplies, as is the value after the initializer (B41, N12).
#[test]
fn an_initialized_value_comes_from_the_checkpoint() -> Result<()> {
    let folder = Folder::new("initialized");
    let [v1, ..] = written(&folder.0)?;
    let graph = Graph::new();
    let (my1, before) = graph.build(|| {
        let zeros = VariableOptions::new().initializer(zeros_initializer());
        let my1: Variable<f32> = variable_scope("some_scope", |_| get_variable("my1", [1, 10], zeros));
        (my1, my1.initialized_value())
    })?;
    init_from_checkpoint(&graph, &folder.0, [("var1", my1)])?;
    let after = graph.build(|| my1.initialized_value())?;
    let session = Session::new(&graph)?;
    assert_eq!(flat(&session.run(before)?), [0.0; 10]);
    assert_eq!(flat(&session.run(after)?), v1);
    session.initialize()?;
    assert_eq!(values(&session, [my1])?, [v1.clone()]);
    assert_eq!((flat(&session.run(before)?), flat(&session.run(after)?)), (v1.clone(), v1));
    Ok(())
}

/// A scope is meant with its slash: what merely begins alike is left alone (B47).
#[test]
fn a_scope_that_begins_alike_is_left_alone() -> Result<()> {
    let folder = Folder::new("alike");
    let [.., v4] = written(&folder.0)?;
    let graph = Graph::new();
    let (my4, my5) = graph.build(|| {
        let first = || VariableOptions::new().initializer(constant([[1.0f32, 2.0], [3.0, 4.0]]));
        let my4 = variable_scope("useful_scope", |_| random("var4", [9, 9]));
        (my4, variable_scope("useful_scope_1", |_| get_variable::<f32, _, _>("var5", NoShape, first())))
    })?;
    init_from_checkpoint(&graph, &folder.0, [("useful_scope/", "useful_scope/")])?;
    assert_eq!(values(&started(&graph)?, [my4, my5])?, [v4, vec![1.0, 2.0, 3.0, 4.0]]);
    Ok(())
}

/// The root of the checkpoint fills a scope, and the root of the graph (B42).
#[test]
fn the_root_starts_from_the_root() -> Result<()> {
    let folder = Folder::new("root");
    let stored = written(&folder.0)?;
    let graph = Graph::new();
    let vars = graph.build(|| variable_scope("some_scope", |_| four()))?;
    init_from_checkpoint(&graph, &folder.0, [("/", "some_scope/")])?;
    assert_eq!(values(&started(&graph)?, vars)?, stored);
    let graph = Graph::new();
    let vars = graph.build(four)?;
    init_from_checkpoint(&graph, &folder.0, [("/", "/")])?;
    assert_eq!(values(&started(&graph)?, vars)?, stored);
    Ok(())
}

/// A variable of another name than the tensor's is missed in the checkpoint, and another shape is refused (B40, B45).
#[test]
fn what_does_not_fit_the_checkpoint_is_refused() -> Result<()> {
    let folder = Folder::new("unfit");
    let _ = written(&folder.0)?;
    let graph = Graph::new();
    let my5 = graph.build(|| variable_scope("useful_scope", |_| random("var5", [9, 9])))?;
    assert_eq!(
        code(init_from_checkpoint(&graph, &folder.0, [("useful_scope/", "useful_scope/")])),
        "E-CHECKPOINT-NAME"
    );
    assert_eq!(code(init_from_checkpoint(&graph, &folder.0, [("var1", my5)])), "E-CHECKPOINT-SPEC");
    assert_eq!(code(init_from_checkpoint(&graph, &folder.0, [("no_var", my5)])), "E-CHECKPOINT-NAME");
    assert_eq!(code(init_from_checkpoint(&graph, &folder.0, [("useful_scope/var4", "no_var")])), "E-NO-VARIABLE");
    assert_eq!(code(init_from_checkpoint(&graph, &folder.0, [("useful_scope/", "no_scope/")])), "E-ASSIGNMENT-MAP");
    Ok(())
}
