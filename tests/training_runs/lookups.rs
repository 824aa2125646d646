//! Tables that are looked up in: gradients of a few rows, and variables in parts.

use crate::recorded::{Run, SEED, numbers, wave};
use tf::{
    fixed_size_partitioner,
    layers::{Activation, Dense, dense},
    losses,
    prelude::*,
    train::*,
};

model! {
    /// Words that are predicted by the table that they are looked up in.
    pub Tied(context: i32[6, 3], y: i32[6]) -> f32[] {
        let around = random_uniform_initializer(-0.2, 0.2);
        let table: Variable<f32> = get_variable!("table", [13, 6], initializer = around);
        let bias: Variable<f32> = get_variable!("bias", [13], initializer = zeros_initializer());
        let hidden = nn::tanh(tf::reduce_sum(tf::gather(table, context, 0), 1));
        losses::sparse_softmax_cross_entropy(y, tf::matmul_transposed(hidden, table, false, true) + bias)
    }
}

#[test]
fn a_table_that_is_looked_up_in_and_multiplied_by() -> tf::Result<()> {
    let run = Run::named("tied");
    let model = Tied::init(SEED)?.minimize(Adam::new(0.02))?;
    run.follow(|n| Ok([model.step(&numbers((6, 3), n % 5, 4, 13), &numbers(6, n % 5, 7, 13))?[[]].into()]))?;
    run.leaves(model.instance().session());
    Ok(())
}

model! {
    /// Whether words stand together: two tables, of which each step looks up a few rows, some of them twice.
    pub Together(left: i64[8], right: i32[8], together: f32[8]) -> f32[] {
        let one: Variable<f32> = get_variable!("left", [17, 4]);
        let other: Variable<f32> = get_variable!("right", [17, 4]);
        let products = tf::gather(one, left, 0) * tf::gather(other, right, 0);
        losses::sigmoid_cross_entropy(together, tf::reduce_sum(products, 1))
    }
}

/// Trains by slices of gradients.
fn by_rows(name: &str, optimizer: impl Optimizer) -> tf::Result<()> {
    let run = Run::named(&format!("sparse_{name}"));
    let model = Together::init(SEED)?.minimize(optimizer)?;
    run.follow(|n| {
        let left = numbers(8, n % 5, 5, 17).mapv(|word| i64::from(word / 2));
        let together = numbers(8, n % 5, 1, 3).mapv(|y| y as f32 / 2.0);
        Ok([model.step(&left, &numbers(8, 2 * (n % 5), 3, 17), &together)?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

#[test]
fn each_optimizer_changes_rows_as_tensorflows_does() -> tf::Result<()> {
    by_rows("descent", GradientDescent::new(1.0))?;
    by_rows("momentum", Momentum::new(0.3, 0.9))?;
    by_rows("nesterov", Momentum::new(0.3, 0.9).nesterov(true))?;
    by_rows("adagrad", Adagrad::new(0.5))?;
    by_rows("adadelta", Adadelta::new(5.0).rho(0.9).epsilon(1e-4))?;
    by_rows("rms_prop", RmsProp::new(0.02).momentum(0.3))?;
    by_rows("rms_prop_centered", RmsProp::new(0.02).momentum(0.3).epsilon(1e-3).centered())?;
    by_rows("adam", Adam::new(0.03))?;
    by_rows("ftrl", Ftrl::new(0.5).l1(0.0001))
}

/// A weight for each word and for each pair.
#[variable_scope("wide")]
fn wide(words: Tensor<i32>) -> Tensor<f32> {
    let weights: Variable<f32> = get_variable!("weights", [9, 1], initializer = zeros_initializer());
    let pairs: Variable<f32> = get_variable!("pairs", [81, 1], initializer = zeros_initializer());
    let [first, second] = tf::unstack(words, 1);
    tf::reduce_sum(tf::gather(weights, words, 0), 1) + tf::gather(pairs, first * 9 + second, 0)
}

#[variable_scope]
fn deep(words: Tensor<i32>, x: Tensor<f32>) -> Tensor<f32> {
    let table: Variable<f32> = get_variable!("table", [9, 4]);
    let net = tf::concat([tf::reshape(tf::gather(table, words, 0), [10, 8]), x], 1);
    let net = dense(net, Dense::new(12).activation(Activation::Relu).name("hidden"));
    dense(net, Dense::new(1).name("logit"))
}

#[test]
fn two_optimizers_of_one_loss() -> tf::Result<()> {
    let run = Run::named("wide_and_deep");
    let graph = Graph::new();
    graph.set_random_seed(SEED as i64);
    let (words, x, y, loss, steps) = graph.build(|| {
        let words = tf::placeholder::<i32, _>("words", [10, 2]);
        let x = tf::placeholder::<f32, _>("x", [10, 3]);
        let y = tf::placeholder::<f32, _>("y", [10, 1]);
        let scope = tf::scope("deep").initializer(glorot_normal_initializer());
        let logits = wide(words) + tf::variable_scope(scope, |_| deep(words, x));
        let loss = losses::sigmoid_cross_entropy(y, logits);
        let (ftrl, adagrad) = (Ftrl::new(0.2).l1(0.002), Adagrad::new(0.1));
        let of_wide = ftrl.compute_gradients(loss, &tf::trainable_variables_in("wide"));
        let of_deep = adagrad.compute_gradients(loss, &tf::trainable_variables_in("deep"));
        let counted = StepOptions::new().global_step(tf::get_or_create_global_step());
        let steps = (ftrl.apply_gradients(&of_wide, &counted), adagrad.apply_gradients(&of_deep, &StepOptions::new()));
        (words, x, y, loss, steps)
    })?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    run.follow(|n| {
        let feeds = [
            words.feed(numbers((10, 2), n % 7, 5, 9)),
            x.feed(wave((10, 3), f64::from(n % 7), 0.77)),
            y.feed(numbers((10, 1), n % 7, 1, 2).mapv(|y| y as f32)),
        ];
        let (loss, _) = session.run_with((loss, steps), &feeds)?;
        Ok([loss[[]].into()])
    })?;
    run.leaves(&session);
    Ok(())
}

#[variable_scope]
fn in_parts(words: Tensor<i32>) -> Tensor<f32> {
    let normal = random_normal_initializer().stddev(0.5);
    let table: Variable<f32> = get_variable!("table", [10, 5], initializer = normal);
    let inner: Variable<f32> = get_variable!("inner", [5, 6]);
    let offset: Variable<f32> = get_variable!("offset", [6], initializer = zeros_initializer());
    let outer: Variable<f32> = get_variable!(
        "outer",
        [6, 2],
        partitioner = fixed_size_partitioner(2).axis(1),
        initializer = lecun_normal_initializer()
    );
    tf::matmul(nn::tanh(tf::matmul(tf::gather(table, words, 0), inner) + offset), outer)
}

#[test]
fn variables_in_parts_with_averages() -> tf::Result<()> {
    let run = Run::named("in_parts");
    let graph = Graph::new();
    graph.set_random_seed(SEED as i64);
    let (words, y, loss, step) = graph.build(|| {
        let words = tf::placeholder::<i32, _>("words", [7]);
        let y = tf::placeholder::<f32, _>("y", [7, 2]);
        let found = tf::variable_scope(tf::scope("cut").partitioner(fixed_size_partitioner(3)), |_| in_parts(words));
        let loss = losses::mean_squared_error(y, found);
        let step = Adam::new(0.01).minimize(loss);
        let step =
            tf::control_dependencies(step, || ExponentialMovingAverage::new(0.9).apply(tf::trainable_variables()));
        (words, y, loss, step)
    })?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    run.follow(|n| {
        let feeds = [words.feed(numbers(7, n % 4, 3, 10)), y.feed(wave((7, 2), f64::from(n % 4), 0.57))];
        let (loss, ()) = session.run_with((loss, step), &feeds)?;
        Ok([loss[[]].into()])
    })?;
    run.leaves(&session);
    Ok(())
}
