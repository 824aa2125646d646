//! Networks for images.

use crate::recorded::{Run, SEED, numbers, one_hot, wave};
use tf::{
    layers::*,
    losses::{self, Reduction},
    prelude::*,
    train::*,
};

#[variable_scope]
fn normalized(x: Tensor<f32>, training: bool, name: &'static str) -> Tensor<f32> {
    nn::relu(batch_normalization(x, BatchNormalization::new().training(training).momentum(0.9).name(name)))
}

#[variable_scope]
fn digits_network(x: Tensor<f32>, training: bool) -> Tensor<f32> {
    let net = conv2d(x, Conv2d::new(8, [3, 3]).padding(Padding::Same).use_bias(false).name("conv1"));
    let net = nn::max_pool(normalized(net, training, "norm1"), [2, 2], [2, 2], Padding::Valid);
    let net = conv2d(net, Conv2d::new(12, [3, 2]).name("conv2"));
    let net = nn::max_pool(normalized(net, training, "norm2"), [3, 3], [2, 2], Padding::Same);
    let net = dense(tf::reshape(net, [8, tf::ANY]), Dense::new(16).name("hidden"));
    dense(normalized(net, training, "norm3"), Dense::new(5).name("logits"))
}

model! {
    /// A classifier with pooling and batch normalization.
    pub Digits(x: f32[8, 12, 12, 2], y: i32[8]) -> f32[] {
        with variable_scope("net") { losses::sparse_softmax_cross_entropy(y, digits_network(x, true)) }
    }
}

model! {
    /// The same with the averages of what it saw.
    pub Used reuse Digits(x: f32[8, 12, 12, 2], y: i32[8]) -> f32[] {
        with variable_scope("net") { losses::sparse_softmax_cross_entropy(y, digits_network(x, false)) }
    }
}

#[test]
fn a_classifier_with_batch_normalization() -> tf::Result<()> {
    let run = Run::named("digits");
    let model = Digits::init(SEED)?.minimize(Momentum::new(0.005, 0.9).nesterov(true))?;
    let data = |n: i32| (wave((8, 12, 12, 2), (n % 4).into(), 0.37), numbers(8, n % 4, 3, 5));
    run.follow(|n| {
        let (x, y) = data(n);
        Ok([model.step(&x, &y)?[[]].into()])
    })?;
    let (x, y) = data(0);
    run.ends("used", &Used::sharing(&model)?.run(&x, &y)?.into_dyn());
    run.leaves(model.instance().session());
    Ok(())
}

#[variable_scope]
fn block(x: Tensor<f32>, filters: usize, stride: usize) -> Tensor<f32> {
    let he = he_normal_initializer();
    let options = Conv2d::new(filters, [3, 3]).padding(Padding::Same).kernel_initializer(he);
    let net = conv2d(x, options.strides([stride, stride]).activation(Activation::Elu).name("a"));
    let net = conv2d(net, options.dilations([2, 2]).name("b"));
    let mut short = x;
    if stride != 1 || x.dim(3) != filters {
        let options = Conv2d::new(filters, [1, 1]).strides([stride, stride]).use_bias(false);
        short = conv2d(x, options.kernel_initializer(tf::orthogonal_initializer(1.0)).name("shortcut"));
    }
    nn::leaky_relu(short + net, 0.1)
}

model! {
    /// Blocks with shortcuts, strided and dilated, and averaged pooling.
    pub Residual(x: f32[4, 11, 9, 3], y: f32[4, 6]) -> f32[] {
        let stem = Conv2d::new(8, [5, 5]).strides([2, 2]).padding(Padding::Same).activation(Activation::Relu6);
        let net = conv2d(x, stem.name("stem"));
        let net = variable_scope!("block1", { block(net, 8, 1) });
        let net = variable_scope!("block2", { block(net, 12, 2) });
        let net = nn::avg_pool(net, [2, 2], [1, 1], Padding::Same);
        let logits = dense(tf::reduce_mean(net, [1, 2]), Dense::new(6).name("logits"));
        losses::sigmoid_cross_entropy_with(y, logits, 0.1, 1.0, Reduction::SumByNonzeroWeights)
    }
}

#[test]
fn residual_blocks_at_a_rate_that_warms_up_and_restarts() -> tf::Result<()> {
    let run = Run::named("residual");
    let rate =
        LearningRate::scheduled(|step| linear_warmup(cosine_decay_restarts(0.05, step, 30, 1.5, 0.8, 0.01), step, 10));
    let model = Residual::init(SEED)?.minimize(Momentum::new(rate, 0.8))?;
    run.follow(|n| {
        let y = numbers((4, 6), n % 5, 5, 7).mapv(|y| f32::from(y < 3));
        Ok([model.step(&wave((4, 11, 9, 3), 0.7 * f64::from(n % 5), 0.43), &y)?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

model! {
    /// Separable and depthwise convolutions.
    pub Light(x: f32[4, 10, 10, 3], y: f32[4, 4]) -> f32[] {
        let options = SeparableConv2d::new(8, [3, 3]).padding(Padding::Same).multiplier(2);
        let net = separable_conv2d(x, options.activation(Activation::Relu).name("sep1"));
        let options = SeparableConv2d::new(6, [3, 5]).strides([2, 2]).activation(Activation::Tanh);
        let net = separable_conv2d(net, options.name("sep2"));
        let kernel = get_variable!("each", [2, 2, 6, 2], initializer = truncated_normal_initializer().stddev(0.3));
        let net = tf::softplus(nn::depthwise_conv2d(net, kernel, [1, 1], Padding::Valid));
        let logits = dense(tf::reshape(net, [4, tf::ANY]), Dense::new(4).name("logits"));
        let weights = tf::constant([1.0, 2.0, 0.0, 0.5]);
        losses::softmax_cross_entropy_with(y, logits, 0.05, weights, Reduction::SumByNonzeroWeights)
    }
}

#[test]
fn separable_convolutions_that_become_sparse() -> tf::Result<()> {
    let run = Run::named("light");
    let model = Light::init(SEED)?.minimize(Ftrl::new(0.1).l1(0.01).l2(0.02))?;
    run.follow(|n| {
        let y = one_hot(&numbers(4, n % 3, 1, 4), 4);
        Ok([model.step(&wave((4, 10, 10, 3), (n % 3).into(), 0.29), &y)?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

model! {
    /// Strided convolutions and their transposes; the second output is what an image is told by.
    pub Autoencoder(x: f32[4, 12, 10, 1]) -> (f32[], f32[4, 5]) {
        let down = Conv2d::new(6, [4, 4]).strides([2, 2]).padding(Padding::Same).activation(Activation::Selu);
        let net = conv2d(x, down.name("down1"));
        let down = Conv2d::new(8, [3, 3]).strides([2, 2]).activation(Activation::Selu);
        let net = tf::reshape(conv2d(net, down.name("down2")), [4, tf::ANY]);
        let code = dense(net, Dense::new(5).activation(Activation::Softsign).name("code"));
        let net = dense(code, Dense::new(2 * 2 * 8).activation(Activation::Relu).name("spread"));
        let up = Conv2dTranspose::new(6, [4, 3]).strides([2, 2]).activation(Activation::Relu);
        let net = conv2d_transpose(tf::reshape(net, [4, 2, 2, 8]), up.name("up1"));
        let up = Conv2dTranspose::new(1, [5, 5]).strides([2, 2]).padding(Padding::Same);
        (losses::huber_loss(x, conv2d_transpose(net, up.name("up2")), 0.5), code)
    }
}

#[test]
fn an_autoencoder_of_transposed_convolutions() -> tf::Result<()> {
    let run = Run::named("autoencoder");
    let model = Autoencoder::init(SEED)?.minimize(Adadelta::new(2.0).rho(0.9).epsilon(1e-6))?;
    let data = |n: i32| wave((4, 12, 10, 1), (n % 6).into(), 0.23);
    run.follow(|n| Ok([model.step(&data(n))?.0[[]].into()]))?;
    run.ends("code", &model.run(&data(0))?.1.into_dyn());
    run.leaves(model.instance().session());
    Ok(())
}
