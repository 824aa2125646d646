//! Rows of whole networks: perceptrons, LSTMs, start-up.

use crate::row::{Ready, array, feeding};
use tf::{
    layers::{Activation, BasicLstmCell, Dense, dense, lstm},
    prelude::*,
    train::Optimizer,
};

/// The row of this name, if it is one of networks.
pub fn row(name: &str) -> tf::Result<Option<Ready>> {
    let call = match name {
        "mlp_b1" => perceptron(1, false),
        "mlp_b128" => perceptron(128, false),
        "mlp_step_b1" => perceptron(1, true),
        "mlp_step_b128" => perceptron(128, true),
        "lstm" => recurrent(false),
        "lstm_step" => recurrent(true),
        _ => return Ok(None),
    };
    call.map(Some)
}

/// 784-512-512-10.
#[variable_scope]
fn three_layers(x: Tensor<f32>) -> Tensor<f32> {
    let x = dense(x, Dense::new(512).activation(Activation::Relu));
    let x = dense(x, Dense::new(512).activation(Activation::Relu));
    dense(x, Dense::new(10))
}

fn perceptron(batch: usize, trained: bool) -> tf::Result<Ready> {
    let images = array([batch, 784]);
    if !trained {
        return feeding(|| {
            let x = tf::placeholder::<f32, _>("x", [tf::ANY, 784]);
            (three_layers(x), vec![x.feed(&images)])
        });
    }
    let labels = ndarray::Array2::from_shape_fn((batch, 10), |(n, class)| f32::from(u8::from(n % 10 == class)));
    feeding(|| {
        let x = tf::placeholder::<f32, _>("x", [tf::ANY, 784]);
        let target = tf::placeholder::<f32, _>("target", [tf::ANY, 10]);
        let losses = nn::softmax_cross_entropy_with_logits(target, three_layers(x));
        let loss = tf::reduce_mean(losses, tf::ALL);
        let step = tf::train::GradientDescent::new(0.01).minimize(loss);
        ((loss, step), vec![x.feed(&images), target.feed(&labels)])
    })
}

fn recurrent(trained: bool) -> tf::Result<Ready> {
    feeding(|| {
        let x = tf::placeholder::<f32, _>("x", [32, 50, 128]);
        let steps: [Tensor<f32>; 50] = tf::unstack(x, 1);
        let (outputs, _) = lstm(steps, None, BasicLstmCell::new(128));
        let feeds = vec![x.feed(array([32, 50, 128]))];
        if !trained {
            return ((outputs[49], Vec::new()), feeds);
        }
        let loss = tf::reduce_mean(tf::square(outputs[49]), tf::ALL);
        ((loss, vec![tf::train::GradientDescent::new(0.01).minimize(loss)]), feeds)
    })
}

/// A hundred layers, each with a kernel and a bias.
pub fn startup() -> tf::Result<Ready> {
    feeding(|| {
        let x = tf::placeholder::<f32, _>("x", [tf::ANY, 16]);
        let y = (0..100).fold(x, |x, _| dense(x, Dense::new(16).activation(Activation::Relu)));
        (y, vec![x.feed(array([1, 16]))])
    })
}
