//! "Initializing variables": before their first use, all at once or one by one.

use crate::{Folder, known, started};
use ndarray::{ArrayD, arr0, arr1};
use std::sync::atomic::{AtomicUsize, Ordering};
use tf::{AnyVariable, Result, Server, function_initializer, global_variables_initializer, prelude::*};

/// It names the variable, and what to do (N6).
#[test]
fn a_variable_must_be_initialized_before_it_is_used() -> Result<()> {
    let graph = Graph::new();
    let (v, sum, change) = graph.build(|| {
        let v: Variable<f32> = variable_scope("part", |_| get_variable!("v", [2]));
        (v, v + 1.0, v.assign_add(v))
    })?;
    let session = Session::new(&graph)?;
    for error in [session.run(v).unwrap_err(), session.run(sum).unwrap_err(), session.run(change).unwrap_err()] {
        assert_eq!((error.code(), error.variable()), ("E-UNINITIALIZED", Some("part/v")));
    }
    session.initialize()?;
    session.run((v, sum, change)).map(drop)
}

model! {
    Doubled(x: f32[2]) -> f32[2] {
        let v = get_variable!("v", [2], initializer = function_initializer(expensive));
        v.assign_add(x)
    }
}

static COMPUTED: AtomicUsize = AtomicUsize::new(0);

/// A first value that one would rather not compute twice.
fn expensive(shape: &[usize]) -> ArrayD<f32> {
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    ArrayD::ones(shape)
}

/// "high-level frameworks automatically initialize": models do. And a model that is loaded does not run "potentially expensive
/// initializers" (N16).
#[test]
fn models_initialize_themselves_and_loading_runs_no_initializer() -> Result<()> {
    let folder = Folder::new("expensive");
    let before = COMPUTED.load(Ordering::Relaxed);
    let model = Doubled::init(1)?;
    assert_eq!(COMPUTED.load(Ordering::Relaxed), before + 1);
    assert!(model.instance().uninitialized_variables()?.is_empty());
    assert_eq!(model.run(&arr1(&[1.0, 2.0]))?, arr1(&[2.0, 3.0]));
    let file = folder.file("model.safetensors");
    model.save(&file)?;
    let loaded = Doubled::load(&file)?;
    assert_eq!(COMPUTED.load(Ordering::Relaxed), before + 1, "the initializer did not run again");
    assert_eq!(loaded.get::<f32>("v")?, arr1(&[2.0, 3.0]).into_dyn());
    Ok(())
}

/// The same for a saver, and for a variable of another graph that starts from the checkpoint: it is initialized, but not by its initializer.
#[test]
fn a_checkpoint_takes_the_place_of_initializers() -> Result<()> {
    let folder = Folder::new("supplied");
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn counted(shape: &[usize]) -> ArrayD<f32> {
        CALLS.fetch_add(1, Ordering::Relaxed);
        ArrayD::zeros(shape)
    }
    let graph = || -> Result<(Graph, Variable<f32>)> {
        let graph = Graph::new();
        let v = graph.build(|| get_variable!("v", [3], initializer = function_initializer(counted)))?;
        Ok((graph, v))
    };
    let (first, v) = graph()?;
    let session = started(&first)?;
    v.load(arr1(&[7.0f32, 8.0, 9.0]), &session)?;
    let file = tf::Saver::new(&first).save(&session, folder.file("model"))?;
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);

    let (restored, v) = graph()?;
    let session = Session::new(&restored)?;
    let _ = tf::Saver::new(&restored).restore(&session, &file)?;
    assert_eq!(session.run(v)?, arr1(&[7.0, 8.0, 9.0]).into_dyn());

    let (starting, v) = graph()?;
    tf::init_from_checkpoint(&starting, &file, [("v", v)])?;
    let session = started(&starting)?;
    assert_eq!(session.run(v)?, arr1(&[7.0, 8.0, 9.0]).into_dyn());
    assert_eq!(CALLS.load(Ordering::Relaxed), 1, "neither ran the initializer");
    Ok(())
}

/// Sessions that share values agree on what was drawn at random: one of them initializes.
#[test]
fn what_is_drawn_once_is_the_same_for_all() -> Result<()> {
    let server = Server::new();
    let drawn = || -> Result<ArrayD<f32>> {
        let graph = Graph::new();
        let v: Variable<f32> = graph.build(|| get_variable!("v", [4]))?;
        let session = Session::with_server(&graph, &server)?;
        session.initialize_missing()?;
        session.run(v)
    };
    assert_eq!(drawn()?, drawn()?);
    Ok(())
}

#[test]
fn one_operation_initializes_all_variables() -> Result<()> {
    let graph = Graph::new();
    let (a, b, all) = graph.build(|| {
        let a: Variable<f32> = get_variable!("a", [2], initializer = ones_initializer());
        let b: Variable<f64> = get_variable!("b", [], initializer = constant_initializer(0.5));
        (a, b, global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    let error = session.run(a).unwrap_err();
    assert_eq!(error.code(), "E-UNINITIALIZED");
    session.run(all)?;
    let (a, b) = session.run((a, b))?;
    assert_eq!((a, b[[]]), (arr1(&[1.0, 1.0]).into_dyn(), 0.5));
    Ok(())
}

/// "all variables in the GLOBAL_VARIABLES collection": whatever else they are, and no others (N1, C30).
#[test]
fn the_operation_is_for_the_global_variables() -> Result<()> {
    let graph = Graph::new();
    let (all, list) = graph.build(|| {
        let _fixed: Variable<f32> = get_variable!("fixed", [2], trainable = false);
        let _whole: Variable<i64> = get_variable!("whole", []);
        let _local: Variable<f32> = get_variable!("local", [2], collections = [collection::LOCAL_VARIABLES]);
        let _own: Variable<f32> = get_variable!("own", [2], collections = ["own"]);
        (global_variables_initializer(), tf::get_collection::<AnyVariable>(collection::GLOBAL_VARIABLES))
    })?;
    let session = Session::new(&graph)?;
    session.run(all)?;
    assert_eq!(session.uninitialized_variables()?, ["local", "own"]);
    assert_eq!(list.len(), 2);
    Ok(())
}

#[test]
fn a_variable_has_an_initializer_of_its_own() -> Result<()> {
    let graph = Graph::new();
    let (mine, other) = graph.build(|| -> (Variable<f32>, Variable<f32>) {
        (get_variable!("mine", [], initializer = ones_initializer()), get_variable!("other", []))
    })?;
    let session = Session::new(&graph)?;
    session.run(graph.build(|| mine.initializer())?)?;
    assert_eq!(session.run(mine)?[[]], 1.0);
    assert_eq!(session.run(other).unwrap_err().code(), "E-UNINITIALIZED");
    Ok(())
}

#[test]
fn what_is_not_initialized_is_listed() -> Result<()> {
    let graph = Graph::new();
    let (my_variable, report) = graph.build(|| {
        let my_variable: Variable<f32> = get_variable!("my_variable", [2]);
        let _other: Variable<f32> = get_variable!("other_variable", [2]);
        (my_variable, tf::report_uninitialized_variables())
    })?;
    let session = Session::new(&graph)?;
    assert_eq!(session.run(report)?.as_slice().unwrap(), ["my_variable", "other_variable"]);
    session.run(graph.build(|| my_variable.initializer())?)?;
    assert_eq!(session.run(report)?.as_slice().unwrap(), ["other_variable"]);
    session.initialize()?;
    assert!(session.run(report)?.is_empty());
    Ok(())
}

/// "likely that you'll get an error" is TensorFlow's: here the op that initializes all looks at what depends on what (N14), so the value
/// of another variable may simply be used, in whatever order they are created.
#[test]
fn an_initial_value_may_depend_on_another_variable() -> Result<()> {
    let graph = Graph::new();
    let (v, w, all) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        let w: Variable<f32> = get_variable!("w", initializer = v + 1.0);
        // The first one starts from the second one's, from now on.
        let u: Variable<f32> = get_variable!("u", [], initializer = constant_initializer(6.0));
        v.set_initial_value(u * 2.0);
        (v, w, global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    session.run(all)?;
    let (found_v, found_w) = session.run((v, w))?;
    assert_eq!((found_v[[]], found_w[[]]), (12.0, 13.0));
    let (v, w) = started(&graph)?.run((v, w))?;
    assert_eq!((v[[]], w[[]]), (12.0, 13.0));
    Ok(())
}

/// Where there is no order, the error is the circle (N15).
#[test]
fn initial_values_in_a_circle_are_told_as_a_circle() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        let w: Variable<f32> = get_variable!("w", initializer = v + 1.0);
        v.set_initial_value(w * 2.0);
    })?;
    let error = started(&graph).unwrap_err();
    assert_eq!(error.code(), "E-INITIAL-CYCLE");
    let text = error.to_string();
    assert!(text.contains("`v`") && text.contains("`w`"), "{text}");
    Ok(())
}

#[test]
fn the_initialized_value_of_another_variable() -> Result<()> {
    let graph = Graph::new();
    let (v, w) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, get_variable!("w", initializer = v.initialized_value() + 1.0))
    })?;
    let session = Session::new(&graph)?;
    // Also when `w` is initialized alone: then `v` stays as it is.
    session.run(graph.build(|| w.initializer())?)?;
    assert_eq!(session.run(w)?[[]], 1.0);
    assert_eq!(session.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    Ok(())
}

#[variable_scope]
fn the_last_listing(x: Tensor<f32>) -> Tensor<f32> {
    let v = get_variable!("v", [], initializer = zeros_initializer());
    let w = get_variable!("w", initializer = v.initialized_value() + 1.0);
    x + v + w
}

model! {
    LastListing(x: f32[]) -> f32[] { the_last_listing(x) }
}

/// The same in a model, where rustc knows the shape that `w` takes from its initial value.
#[test]
fn a_model_orders_initial_values_too() -> Result<()> {
    assert_eq!(known(LastListing::VARIABLES), ["v", "w"]);
    assert_eq!(LastListing::VARIABLES[1].spec.to_string(), "f32[]");
    assert_eq!(LastListing::init(1)?.run(&arr0(5.0))?, arr0(6.0));
    Ok(())
}
