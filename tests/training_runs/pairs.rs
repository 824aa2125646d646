//! Two towers with the same variables, and three heads with one body.

use crate::recorded::{Run, SEED, numbers, wave};
use tf::{
    Distribution, FanMode,
    layers::{Activation, Dense, dense},
    losses::{self, Reduction},
    prelude::*,
    train::*,
};

#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("tower", reuse = AUTO_REUSE, regularizer = l2_regularizer(0.01), {
        let kernel = get_variable!("kernel", [3, 3, 1, 4], initializer = he_normal_initializer());
        let net = nn::relu(nn::conv2d(x, kernel, [2, 1], Padding::Same));
        let net = tf::reshape(nn::max_pool(net, [2, 2], [2, 2], Padding::Valid), [6, 2 * 4 * 4]);
        let weights = get_variable!("weights", [32, 3], initializer = lecun_uniform_initializer());
        nn::sigmoid(tf::matmul(net, weights))
    })
}

model! {
    /// Pairs of images; the second output is how far apart they are.
    pub Siamese(a: f32[6, 8, 8, 1], b: f32[6, 8, 8, 1], alike: f32[6]) -> (f32[], f32[6]) {
        let (a, b) = (tower(a), tower(b));
        losses::contrastive_loss(alike, a, b, 1.0);
        (losses::total_loss(true), tf::sqrt(tf::reduce_sum(tf::squared_difference(a, b), 1)))
    }
}

#[test]
fn two_towers_at_a_rate_that_falls_in_stairs() -> tf::Result<()> {
    let run = Run::named("siamese");
    let rate = LearningRate::scheduled(|step| exponential_decay(0.3, step, 25, 0.6, true));
    let model = Siamese::init(SEED)?.minimize(GradientDescent::new(rate))?;
    let data = |n: i32| {
        let from = f64::from(n % 4);
        let alike = numbers(6, n % 4, 1, 2).mapv(|y| y as f32);
        (wave((6, 8, 8, 1), from, 0.3), wave((6, 8, 8, 1), 0.5 + from, 0.31), alike)
    };
    run.follow(|n| {
        let (a, b, alike) = data(n);
        Ok([model.step(&a, &b, &alike)?.0[[]].into()])
    })?;
    let (a, b, alike) = data(0);
    run.ends("distance", &model.run(&a, &b, &alike)?.1.into_dyn());
    run.leaves(model.instance().session());
    Ok(())
}

model! {
    /// A hinge, a cosine of unit vectors and a log loss, weighted and added up.
    pub Ranked(x: f32[8, 5], sign: f32[8, 1], way: f32[8, 3]) -> f32[] {
        let initializer = variance_scaling_initializer(1.0, FanMode::FanAvg, Distribution::Uniform);
        let (score, heading, chance) = variable_scope!("shared", initializer = initializer, {
            let net = dense(x, Dense::new(10).activation(Activation::Relu).name("body"));
            let score = dense(net, Dense::new(1).name("score"));
            let heading = nn::l2_normalize(dense(net, Dense::new(3).name("heading")), 1);
            (score, heading, dense(net, Dense::new(1).activation(Activation::Sigmoid).name("chance")))
        });
        losses::hinge_loss(sign, score);
        losses::cosine_distance_with(nn::l2_normalize(way, 1), heading, 1, 0.5, Reduction::SumByNonzeroWeights);
        losses::log_loss_with(sign, chance, 1e-7, 2.0, Reduction::Mean);
        losses::total_loss(true)
    }
}

#[test]
fn three_losses_at_a_rate_in_pieces() -> tf::Result<()> {
    let run = Run::named("ranked");
    let rate = LearningRate::scheduled(|step| piecewise_constant(step, 0.1, [(20, 0.05), (60, 0.02)]));
    let model = Ranked::init(SEED)?.minimize(Momentum::new(rate, 0.5).clip_by_norm(0.5))?;
    run.follow(|n| {
        let from = f64::from(n % 3);
        let sign = numbers((8, 1), n % 3, 1, 2).mapv(|y| y as f32);
        Ok([model.step(&wave((8, 5), from, 0.91), &sign, &wave((8, 3), from, 0.39))?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}
