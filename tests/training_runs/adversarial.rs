//! Models that draw numbers, and two that work against each other.

use crate::recorded::{Run, SEED, wave};
use tf::{
    layers::{Activation, Dense, dense},
    losses,
    prelude::*,
    train::*,
};

#[variable_scope("generator")]
fn generator(noise: Tensor<f32>) -> Tensor<f32> {
    dense(dense(noise, Dense::new(8).activation(Activation::Tanh).name("hidden")), Dense::new(4).name("made"))
}

#[variable_scope]
fn judge(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("discriminator", reuse = AUTO_REUSE, {
        let hidden = dense(x, Dense::new(9).activation(Activation::LeakyRelu(0.2)).name("hidden"));
        let hidden = dense(hidden, Dense::new(5).activation(Activation::Softplus).name("hidden2"));
        dense(hidden, Dense::new(1).name("real"))
    })
}

model! {
    /// The losses of the discriminator, with a penalty where it is steep, and of the generator.
    pub Rivals(real: f32[6, 4]) -> (f32[], f32[]) {
        let noise: Tensor<f32> = tf::random_uniform_seeded([6, 3], -1.0, 1.0, 7);
        let made = generator(noise);
        let (of_real, of_made) = (judge(real), judge(made));
        let steep = tf::reduce_mean(tf::reduce_sum(tf::square(tf::gradients(of_real, real)), 1), 0);
        let (yes, no) = (tf::ones_like(of_real), tf::zeros_like(of_made));
        let judged = losses::sigmoid_cross_entropy(yes, of_real) + losses::sigmoid_cross_entropy(no, of_made);
        (judged + steep * 0.5, losses::sigmoid_cross_entropy(yes, of_made))
    }
}

#[test]
fn two_optimizers_over_two_scopes() -> tf::Result<()> {
    let run = Run::named("rivals");
    let mut model = Rivals::init(SEED)?;
    let judge = model.attach(Adam::new(0.01).beta1(0.5), Objective::output(0).within("discriminator"))?;
    let forge = model.attach(Adam::new(0.005).beta1(0.5), Objective::output(1).within("generator"))?;
    run.follow(|n| {
        let real = wave((6, 4), n.into(), 0.67);
        let (judged, _) = model.take(judge, &real)?;
        let (_, forged) = model.take(forge, &real)?;
        Ok([judged[[]].into(), forged[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

#[variable_scope("encoder")]
fn encoder(x: Tensor<f32>) -> [Tensor<f32>; 2] {
    let hidden = dense(x, Dense::new(10).activation(Activation::Relu).name("hidden"));
    tf::split(dense(hidden, Dense::new(4).name("code")), 1)
}

#[variable_scope("decoder")]
fn decoder(code: Tensor<f32>) -> Tensor<f32> {
    dense(dense(code, Dense::new(10).activation(Activation::Elu).name("hidden")), Dense::new(6).name("found"))
}

model! {
    /// An encoder that says how sure it is, and draws its code anew in each step.
    pub Variational(x: f32[8, 6]) -> f32[] {
        let [mean, log_variance] = encoder(x);
        let drawn: Tensor<f32> = tf::random_normal([8, 2], 0.0, 1.0);
        let found = decoder(mean + tf::exp(log_variance * 0.5) * drawn);
        let apart = tf::reduce_sum(tf::squared_difference(x, found), 1);
        let unlike = tf::reduce_sum(log_variance + 1.0 - tf::square(mean) - tf::exp(log_variance), 1) * -0.5;
        tf::reduce_mean(apart + unlike * 0.1, 0)
    }
}

#[test]
fn an_encoder_that_draws_its_code() -> tf::Result<()> {
    let run = Run::named("variational");
    let model = Variational::init(SEED)?.minimize(Momentum::new(0.005, 0.9))?;
    run.follow(|n| Ok([model.step(&wave((8, 6), 0.4 * f64::from(n % 5), 0.19))?[[]].into()]))?;
    run.leaves(model.instance().session());
    Ok(())
}
