//! Losses that are written out.

use crate::recorded::{Run, SEED, wave};
use tf::{
    layers::{Activation, Dense, dense},
    prelude::*,
    train::*,
};

model! {
    /// How unlikely a mixture of three normal distributions makes a number.
    pub Mixture(x: f32[12, 1], y: f32[12, 1]) -> f32[] {
        let hidden = dense(x, Dense::new(9).activation(Activation::Tanh).name("hidden"));
        let weights = nn::log_softmax(dense(hidden, Dense::new(3).name("weights")));
        let around = constant_initializer(&[-0.5f32, 0.0, 0.5]);
        let means = dense(hidden, Dense::new(3).bias_initializer(around).name("means"));
        let widths = tf::softplus(dense(hidden, Dense::new(3).name("widths"))) + 0.05;
        let logs = weights - tf::log(widths) - tf::square((y - means) / widths) * 0.5;
        -tf::reduce_mean(tf::reduce_logsumexp(logs, 1), 0)
    }
}

#[test]
fn a_mixture_of_normal_distributions() -> tf::Result<()> {
    let run = Run::named("mixture");
    let model = Mixture::init(SEED)?.minimize(Adam::new(0.02))?;
    run.follow(|n| {
        let from = f64::from(n % 3);
        Ok([model.step(&wave((12, 1), from, 0.5), &wave((12, 1), from, 1.7))?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

model! {
    /// A curve of powers, quotients, products and extremes, in f64; what it misses from below counts twice.
    pub Curve(x: f64[9], y: f64[9]) -> f64[] {
        let a: Variable<f64> = get_variable!("a", [], initializer = constant_initializer(0.5));
        let b: Variable<f64> = get_variable!("b", [], initializer = constant_initializer(1.5));
        let c: Variable<f64> = get_variable!("c", [], initializer = constant_initializer(0.3));
        let knots: Variable<f64> = get_variable!("knots", [3, 1], initializer = random_uniform_initializer(0.2, 1.0));
        let least = tf::reduce_prod(tf::maximum(x, knots), 0) + tf::reduce_max(tf::minimum(x, knots), 0);
        let found = a * tf::pow(x, b) / (tf::abs(c) * x + 1.0) + least;
        let apart = tf::square(y - found);
        tf::reduce_sum(tf::select(tf::greater(y, found), apart * 2.0, apart), tf::ALL)
    }
}

#[test]
fn a_curve_in_double_precision() -> tf::Result<()> {
    let run = Run::named("doubles");
    let model = Curve::init(SEED)?.minimize(GradientDescent::new(0.01).clip_by_value(-2.0, 2.0))?;
    run.follow(|n| {
        let values = |from: f64, step: f64| wave(9, f64::from(n % 3), step).mapv(|x| from + f64::from(x));
        Ok([model.step(&values(1.5, 0.7), &values(2.0, 0.5))?[[]]])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}
