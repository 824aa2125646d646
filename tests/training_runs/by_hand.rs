//! Steps that are put together by hand.

use crate::recorded::{Run, SEED, numbers, one_hot, wave};
use tf::{
    Constraint,
    layers::{Activation, Dense, dense},
    prelude::*,
    train::*,
};

#[test]
fn gradients_that_are_added_up_over_rounds() -> tf::Result<()> {
    let run = Run::named("accumulated");
    let graph = Graph::new();
    graph.set_random_seed(SEED as i64);
    let (x, y, loss, step) = graph.build(|| {
        let (x, y) = (tf::placeholder::<f32, _>("x", [6, 4]), tf::placeholder::<f32, _>("y", [6, 3]));
        let hidden = dense(x, Dense::new(6).activation(Activation::Relu6).name("hidden"));
        let found = dense(hidden, Dense::new(3).activation(Activation::Softmax).name("found"));
        let loss = tf::reduce_mean(tf::reduce_sum(tf::squared_difference(y, found), 1), 0);
        let optimizer = Adagrad::new(0.1).initial_accumulator(0.5);
        let summed = optimizer.compute_gradients(loss, &tf::trainable_variables()).into_iter().map(|(gradient, v)| {
            let options = tf::VariableOptions::new().initializer(zeros_initializer()).trainable(false);
            let sum: Variable<f32> =
                tf::variable_scope("sums", |_| tf::get_variable(v.name(), v.spec().shape, options));
            let gradient = gradient.expect("the loss depends on it").tensor::<f32>().expect("it is of f32");
            (Some(sum.assign(sum * 0.5 + gradient).into()), v)
        });
        let summed: Gradients = summed.collect();
        (x, y, loss, optimizer.apply_gradients(&summed, &StepOptions::new()))
    })?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    run.follow(|n| {
        let y = y.feed(one_hot(&numbers(6, n % 4, 2, 3), 3));
        let (loss, ()) = session.run_with((loss, step), &[x.feed(wave((6, 4), f64::from(n % 4), 0.73)), y])?;
        Ok([loss[[]].into()])
    })?;
    run.leaves(&session);
    Ok(())
}

/// Columns that are no longer than 0.8.
fn short(w: Tensor<f32>) -> Tensor<f32> {
    let length = tf::sqrt(tf::reduce_sum_keep(tf::square(w), 0));
    w * tf::minimum(1.0, tf::divide(0.8, tf::maximum(length, 1e-6)))
}

fn absolute(w: Tensor<f32>) -> Tensor<f32> {
    tf::reduce_sum(tf::abs(w), tf::ALL) * 0.002
}

#[variable_scope]
fn three_layers(x: Tensor<f32>) -> Tensor<f32> {
    let net = variable_scope!("fixed", {
        dense(x, Dense::new(7).activation(Activation::Tanh).trainable(false).name("layer"))
    });
    let net = variable_scope!("first", regularizer = tf::Regularizer::function(absolute), {
        let w: Variable<f32> = get_variable!("w", [7, 6]);
        nn::relu(tf::matmul(net, w))
    });
    variable_scope!("second", {
        let w: Variable<f32> = get_variable!("w", [6, 2], constraint = Constraint::function(short));
        tf::matmul(net, w)
    })
}

model! {
    /// A layer that stays as it is, one whose weights are drawn to zero, and one whose weights are kept short.
    pub Layers(x: f32[8, 5], y: f32[8, 2]) -> f32[] {
        tf::add_to_collection(collection::LOSSES, nn::l2_loss(three_layers(x) - y) / 8.0);
        tf::losses::total_loss(true)
    }
}

#[test]
fn an_optimizer_for_each_layer() -> tf::Result<()> {
    let run = Run::named("layerwise");
    let graph = Graph::new();
    graph.set_random_seed(SEED as i64);
    let (x, y, loss, steps) = graph.build(|| {
        let (x, y) = (tf::placeholder("x", [8, 5]), tf::placeholder("y", [8, 2]));
        let loss = Layers::graph(x, y);
        let (slow, fast) = (Momentum::new(0.01, 0.9).name("Slow"), RmsProp::new(0.02).name("Fast"));
        let first = slow.compute_gradients(loss, &tf::trainable_variables_in("first"));
        let second = fast.compute_gradients(loss, &tf::trainable_variables_in("second"));
        let options = StepOptions::new();
        (x, y, loss, (slow.apply_gradients(&first, &options), fast.apply_gradients(&second, &options)))
    })?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    run.follow(|n| {
        let from = f64::from(n % 4);
        let (loss, _) =
            session.run_with((loss, steps), &[x.feed(wave((8, 5), from, 0.87)), y.feed(wave((8, 2), from, 0.35))])?;
        Ok([loss[[]].into()])
    })?;
    run.leaves(&session);
    Ok(())
}
