//! Gradients that are clipped before a step: as an option of optimizers, of tensors and of slices, and what is refused.

use tf_core::{
    AnyVariable, Float, Graph, Operation, Session, Tensor, VariableOptions, collection, constant, gather,
    get_collection, get_variable, reduce_sum, train::*, zeros_initializer,
};

fn variable<T: Float>(name: &str, shape: &[usize]) -> tf_core::Variable<T> {
    get_variable(name, shape, VariableOptions::new().initializer(zeros_initializer()))
}

/// The values of `names` after one step from zeros.
fn after_a_step(build: impl FnOnce() -> Operation, names: &[&str]) -> Vec<Vec<f64>> {
    let graph = Graph::new();
    let step = graph.build(build).unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    session.run(step).unwrap();
    let values = |name: &&str| {
        let value = session.store().get(name).unwrap();
        match value.as_slice::<f32>() {
            Some(values) => values.iter().map(|&x| x.into()).collect(),
            None => value.as_slice::<f64>().unwrap().to_vec(),
        }
    };
    names.iter().map(values).collect()
}

#[track_caller]
fn assert_near(found: &[Vec<f64>], wanted: &[&[f64]]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        let near = found.len() == wanted.len() && found.iter().zip(*wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "{found:?} instead of {wanted:?}");
    }
}

/// The gradients are (3, 4) of `a` and 12 of `b`: norms 5, 12, and 13 together.
fn loss() -> Tensor<f32> {
    let a = variable::<f32>("a", &[2]);
    let b = variable::<f32>("b", &[]);
    reduce_sum(a * constant([3.0, 4.0]), 0) + b * 12.0
}

#[test]
fn minimize_clips_as_the_optimizer_says() {
    let step = |optimizer: GradientDescent| after_a_step(move || optimizer.minimize(loss()), &["a", "b"]);
    let descent = || GradientDescent::new(1.0);
    assert_near(&step(descent()), &[&[-3.0, -4.0], &[-12.0]]);
    assert_near(&step(descent().clip_by_value(-3.5, 3.5)), &[&[-3.0, -3.5], &[-3.5]]);
    assert_near(&step(descent().clip_by_norm(5.5)), &[&[-3.0, -4.0], &[-5.5]]);
    assert_near(&step(descent().clip_by_global_norm(1.0)), &[&[-3.0 / 13.0, -4.0 / 13.0], &[-12.0 / 13.0]]);
    assert_near(&step(descent().clip_by_global_norm(14.0)), &[&[-3.0, -4.0], &[-12.0]]);
}

#[test]
fn gradients_that_are_computed_are_not_clipped_unasked() {
    let built = || {
        let optimizer = GradientDescent::new(1.0).clip_by_norm(1.0);
        let gradients =
            optimizer.compute_gradients(loss(), &get_collection::<AnyVariable>(collection::TRAINABLE_VARIABLES));
        optimizer.apply_gradients(&gradients, &StepOptions::new())
    };
    assert_near(&after_a_step(built, &["a", "b"]), &[&[-3.0, -4.0], &[-12.0]]);
}

/// Slices stay slices, and their elements count as they are: (3, 4) twice, for one row.
#[test]
fn slices_are_clipped_as_they_are() {
    let step = |optimizer: Momentum| {
        let built = move || {
            let table = variable::<f32>("table", &[3, 2]);
            let rows = gather(table, constant([1, 1]), 0);
            optimizer.minimize(reduce_sum(rows * constant([3.0, 4.0]), tf_core::ALL))
        };
        after_a_step(built, &["table", "table/Momentum"])
    };
    let found = step(Momentum::new(1.0, 0.9).clip_by_global_norm(5.0));
    let scale = 5.0 / 50.0_f64.sqrt();
    assert_near(
        &found,
        &[&[0.0, 0.0, -6.0 * scale, -8.0 * scale, 0.0, 0.0], &[0.0, 0.0, 6.0 * scale, 8.0 * scale, 0.0, 0.0]],
    );
    let found = step(Momentum::new(1.0, 0.9).clip_by_value(0.0, 3.5));
    assert_near(&found[..1], &[&[0.0, 0.0, -6.0, -7.0, 0.0, 0.0]]);
}

#[test]
fn gradients_of_several_types_have_one_norm() {
    let built = || {
        let (a, b) = (variable::<f32>("a", &[]), variable::<f64>("b", &[]));
        let loss = tf_core::cast::<f64, f32>(a * 3.0) + b * 4.0;
        GradientDescent::new(1.0).clip_by_global_norm(1.0).minimize(loss)
    };
    assert_near(&after_a_step(built, &["a", "b"]), &[&[-0.6], &[-0.8]]);
}

#[test]
fn what_nothing_can_be_clipped_to_is_refused() {
    let refused = |optimizer: Adam| {
        let line = line!() + 1;
        let error = Graph::new().build(|| optimizer.minimize(loss())).unwrap_err();
        assert_eq!((error.code(), error.location().map(|at| at.line())), ("E-CLIP", Some(line)), "{error}");
    };
    refused(Adam::new(0.1).clip_by_norm(0.0));
    refused(Adam::new(0.1).clip_by_global_norm(f64::NAN));
    refused(Adam::new(0.1).clip_by_value(1.0, -1.0));
}
