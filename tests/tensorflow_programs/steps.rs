//! Programs of training_util_test.py and supervisor's tests: the counter of training steps.

use crate::{from, refused, started, unread};
use tf::{
    Graph, Result, Variable, VariableOptions, add_to_collection, collection, constant, create_global_step,
    get_global_step, get_or_create_global_step, get_variable, reduce_sum,
    train::{GradientDescent, Optimizer, StepOptions},
    trainable_variables, variable_scope, zeros_initializer,
};

/// There is none until it is made; it is an i64 at 0, global, and not trained (O19).
#[test]
fn the_counter_is_made_once_and_found_after() -> Result<()> {
    let graph = Graph::new();
    let step = graph.build(|| {
        assert!(get_global_step().is_none());
        let step = create_global_step();
        assert_eq!((step.name().as_str(), step.shape().to_string().as_str()), ("global_step", "[]"));
        assert_eq!(get_global_step().map(|found| found.name()), Some(step.name()));
        assert_eq!(get_or_create_global_step().name(), step.name());
        assert!(trainable_variables().is_empty());
        step
    })?;
    assert_eq!(refused(&graph, create_global_step), "E-EXISTS");
    assert_eq!(
        (graph.global_variables().len(), graph.collection::<Variable<i64>>(collection::GLOBAL_STEP).len()),
        (1, 1)
    );
    assert_eq!(started(&graph)?.run(step)?[[]], 0);
    Ok(())
}

/// What is asked for or made in a scope is the one of the root (O19).
#[test]
fn the_counter_is_the_same_in_any_scope() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let inside = variable_scope("training", |training| {
            let step = get_or_create_global_step();
            training.reuse_variables();
            assert_eq!(get_or_create_global_step().name(), step.name());
            step.name()
        });
        assert_eq!((inside.as_str(), get_or_create_global_step().name().as_str()), ("global_step", "global_step"));
    })?;
    assert_eq!(graph.variables().len(), 1);
    Ok(())
}

/// A counter of the program's own is taken from its collection (O19).
#[test]
fn a_counter_of_ones_own_is_found() -> Result<()> {
    Graph::new().build(|| {
        let options = VariableOptions::new().initializer(zeros_initializer()).trainable(false);
        let own: Variable<i64> = get_variable("my_steps", [], options);
        assert!(get_global_step().is_none());
        add_to_collection(collection::GLOBAL_STEP, own);
        assert_eq!(get_global_step().map(|found| found.name()).as_deref(), Some("my_steps"));
        assert_eq!(get_or_create_global_step().name(), "my_steps");
    })
}

/// Training counts it once a step, after the variables have changed (O14).
#[test]
fn training_counts_its_steps() -> Result<()> {
    let graph = Graph::new();
    let (step, train) = graph.build(|| {
        let v = from("v", constant([1.0f32, 2.0]));
        let step = create_global_step();
        let options = StepOptions::new().global_step(step);
        let train = GradientDescent::new(0.1).minimize_with(reduce_sum(v * v, tf::ALL), &options);
        unread(v);
        (step, train)
    })?;
    let session = started(&graph)?;
    for _ in 0..3 {
        session.run(train)?;
    }
    assert_eq!(session.run(step)?[[]], 3);
    Ok(())
}
