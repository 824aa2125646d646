//! Averages of variables, and inputs left out at random.

use crate::recorded::{Run, SEED, numbers, wave};
use tf::{
    layers::{Activation, Conv2d, Dense, Dropout, conv2d, dense, dropout},
    losses,
    prelude::*,
    train::*,
};

/// The mean distance of a network of two layers, whose weights are found by name.
fn distance(x: Tensor<f32>, y: Tensor<f32>, get: impl Fn(&str, &[usize]) -> Tensor<f32>) -> Tensor<f32> {
    let hidden = nn::softsign(tf::matmul(x, get("w1", &[4, 7])) + get("b1", &[7]));
    tf::reduce_mean(tf::abs(tf::matmul(hidden, get("w2", &[7, 2])) + get("b2", &[2]) - y), tf::ALL)
}

#[test]
fn averages_are_what_a_model_is_judged_by() -> tf::Result<()> {
    let run = Run::named("averaged");
    let graph = Graph::new();
    graph.set_random_seed(SEED as i64);
    let variable =
        |name: &str, shape: &[usize]| -> Variable<f32> { tf::get_variable(name, shape, tf::VariableOptions::new()) };
    let (x, y, loss, step, shadow) = graph.build(|| {
        let (x, y) = (tf::placeholder("x", [10, 4]), tf::placeholder("y", [10, 2]));
        let loss = distance(x, y, |name, shape| variable(name, shape).value());
        let count = tf::get_or_create_global_step();
        let rate = natural_exp_decay(0.05, count.value(), 30, 0.4, false);
        let step = RmsProp::new(rate).decay(0.8).minimize_with(loss, &StepOptions::new().global_step(count));
        let (averages, step) = tf::control_dependencies(step, || {
            let averages = ExponentialMovingAverage::new(0.98).num_updates(count.read_value());
            let update = averages.apply(tf::trainable_variables());
            (averages, update)
        });
        let root = tf::get_variable_scope();
        let shadow = tf::variable_scope(tf::scope(root).reuse(true), |_| {
            distance(x, y, |name, shape| averages.average(variable(name, shape)).expect("it has one").value())
        });
        (x, y, loss, step, shadow)
    })?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    let feeds = |n: i32| {
        let from = f64::from(n % 4);
        [x.feed(wave((10, 4), from, 0.59)), y.feed(wave((10, 2), from, 0.83))]
    };
    run.follow(|n| {
        let (loss, ()) = session.run_with((loss, step), &feeds(n))?;
        Ok([loss[[]].into()])
    })?;
    run.ends("shadow", &session.run_with(shadow, &feeds(0))?);
    run.leaves(&session);
    Ok(())
}

model! {
    /// Dropout with seeds of its own and of the graph, whole channels among them.
    pub Dropped(x: f32[6, 5, 5, 3], y: i32[6]) -> f32[] {
        let net = conv2d(x, Conv2d::new(8, [3, 3]).activation(Activation::Relu).name("conv"));
        let net = dropout(net, Dropout::new(0.25).noise_shape([6, 1, 1, 8]).seed(11).training(true));
        let net = dense(tf::reshape(net, [6, tf::ANY]), Dense::new(20).activation(Activation::Relu).name("hidden"));
        let net = dropout(net, Dropout::new(0.4).training(true));
        let net = dropout(net, Dropout::new(0.1));
        losses::sparse_softmax_cross_entropy(y, dense(net, Dense::new(4).name("logits")))
    }
}

#[test]
fn inputs_left_out_and_weights_that_decay() -> tf::Result<()> {
    let run = Run::named("dropped");
    let model = Dropped::init(SEED)?.minimize(Adam::with_weight_decay(0.01, 0.05))?;
    run.follow(|n| Ok([model.step(&wave((6, 5, 5, 3), (n % 4).into(), 0.41), &numbers(6, n % 4, 3, 4))?[[]].into()]))?;
    run.leaves(model.instance().session());
    Ok(())
}
