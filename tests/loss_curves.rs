//! Whole training runs against TensorFlow's (`tests/parity/loss_curves.json`): the same seed, the same data, a hundred steps, and the loss
//! before each of them.

use ndarray::{Array, Array1, ArrayD, Dimension, IntoDimension};
use serde_json::Value as Json;
use tf::{
    layers::{Activation, BasicLstmCell, Dense, dense, lstm},
    losses,
    prelude::*,
    train::{Adam, Momentum, RmsProp},
};

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer().stddev(0.1));
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let relu1 = variable_scope!("conv1", { conv_relu(input_images, [5, 5, 1, 32], [32]) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 32], [32]) })
}

model! {
    /// The guide's two layers.
    pub Filter(x: f32[2, 10, 10, 1], y: f32[2, 10, 10, 32]) -> f32[] {
        with variable_scope("model") { losses::mean_squared_error(y, my_image_filter(x)) }
    }
}

model! {
    /// Three dense layers.
    pub Classifier(x: f32[16, 12], y: i32[16]) -> f32[] {
        let hidden = dense(x, Dense::new(24).activation(Activation::Relu).name("hidden1"));
        let hidden = dense(hidden, Dense::new(16).activation(Activation::Tanh).name("hidden2"));
        losses::sparse_softmax_cross_entropy(y, dense(hidden, Dense::new(4).name("logits")))
    }
}

model! {
    /// A cell over eight steps, and a dense layer.
    pub Sequence(x: f32[8, 8, 3], y: f32[8, 1]) -> f32[] {
        let steps: [Tensor<f32>; 8] = tf::unstack(x, 1);
        let (outputs, _last) = lstm(steps, None, BasicLstmCell::new(10));
        losses::mean_squared_error(y, dense(outputs[7], Dense::new(1).name("answer")))
    }
}

/// `sin(start + step i)` for element `i`.
fn wave<S: IntoDimension>(shape: S, start: f64, step: f64) -> Array<f32, S::Dim>
where
    S::Dim: Dimension,
{
    let shape = shape.into_dimension();
    let values = (0..shape.size()).map(|i| (start + step * i as f64).sin() as f32).collect();
    Array::from_shape_vec(shape, values).expect("as many values as the shape has")
}

/// Compares the losses of the steps with those that TensorFlow came to.
#[track_caller]
fn follows(program: &str, mut step: impl FnMut(i32) -> tf::Result<ArrayD<f32>>) -> tf::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/loss_curves.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let json: Json = serde_json::from_str(&text).expect("the fixture is JSON");
    assert_eq!(json["seed"], SEED);
    let recorded = json["losses"][program]["data"].as_array().expect("a list of losses");
    assert_eq!(recorded.len(), 100);
    for (n, recorded) in recorded.iter().enumerate() {
        let (found, wanted) = (f64::from(step(n as i32 % 4)?[[]]), recorded.as_f64().expect("a number"));
        let apart = (found - wanted).abs() / wanted;
        assert!(apart < 1e-3, "{program}, step {n}: {found} instead of {wanted}, {apart:e} apart");
    }
    Ok(())
}

const SEED: u64 = 42;

#[test]
fn the_guides_filter_follows_tensorflows_loss() -> tf::Result<()> {
    let model = Filter::init(SEED)?.minimize(Momentum::new(0.02, 0.9))?;
    follows("filter", |n| {
        let (x, y) = (wave((2, 10, 10, 1), n.into(), 0.37), wave((2, 10, 10, 32), 2.0 * f64::from(n), 0.011));
        Ok(model.step(&x, &y.mapv(f32::abs))?.into_dyn())
    })
}

#[test]
fn a_classifier_follows_tensorflows_loss() -> tf::Result<()> {
    let model = Classifier::init(SEED)?.minimize(Adam::new(0.01))?;
    follows("classifier", |n| {
        let labels: Array1<i32> = (0..16).map(|i| i * (n + 3) % 4).collect();
        Ok(model.step(&wave((16, 12), 3.0 * f64::from(n), 0.71), &labels)?.into_dyn())
    })
}

#[test]
fn a_recurrent_network_with_clipped_gradients_follows_tensorflows_loss() -> tf::Result<()> {
    let model = Sequence::init(SEED)?.minimize(RmsProp::new(0.005).momentum(0.5).clip_by_global_norm(0.5))?;
    follows("sequence", |n| {
        let (x, y) = (wave((8, 8, 3), n.into(), 0.53), wave((8, 1), 0.5 * f64::from(n), 1.3));
        Ok(model.step(&x, &y)?.into_dyn())
    })
}
