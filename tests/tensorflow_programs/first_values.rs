//! Checkpoints that are listed and read, and first values that come from them.

use crate::{
    checkpoints::{Folder, code},
    flat, started,
};
use std::path::Path;
use tf::{
    Checkpoint, Graph, NoShape, Result, Saver, Session, Variable, VariableOptions, constant, get_variable,
    init_from_checkpoint, variable_scope, zeros_initializer,
};

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
    assert_eq!(code(checkpoint.get("var5")), "E-CHECKPOINT-NAME");
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
    assert_eq!(flat(&session.run(my1)?), v1);
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

/// What a checkpoint supplies is read beside the variable (B40, V7).
#[test]
fn a_first_value_from_a_checkpoint_is_tied_to_its_variable() -> Result<()> {
    let folder = Folder::new("device");
    let _ = written(&folder.0)?;
    let graph = Graph::new();
    let my4 = graph.build(|| tf::device("/job:ps", || variable_scope("useful_scope", |_| random("var4", [9, 9]))))?;
    let old = graph.build(|| my4.initializer())?;
    let supply = || init_from_checkpoint(&graph, &folder.0, [("useful_scope/", "useful_scope/")]);
    supply()?;
    graph.build(|| tf::device("/job:worker", supply))??;
    let (first, initializer) = graph.build(|| (my4.initial_value(), my4.initializer()))?;
    assert_ne!(graph.name_of(initializer), graph.name_of(old));
    assert_eq!(graph.colocated_with(first), ["useful_scope/var4"]);
    assert_eq!(graph.colocated_with(initializer), ["useful_scope/var4"]);
    assert_eq!(graph.device_of(initializer).map(|device| device.to_string()).as_deref(), Some("/job:ps"));
    Ok(())
}
