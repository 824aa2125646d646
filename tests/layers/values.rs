//! Each layer on given variables and inputs: the variables' names, shapes and whether they are trained, the outputs, and what the
//! updates of training make of the averages.

use crate::recorded::{Inputs, array, assert_near, cases, list, shape, text, variable};
use serde_json::Value as Json;
use tf::layers::*;
use tf::prelude::*;

fn build(case: &Json, inputs: &mut Inputs) -> Vec<Tensor<f32>> {
    let (layer, name) = (text(case, "layer"), text(case, "case"));
    let recorded = list(case, "inputs");
    if layer == "embedding" {
        let ids = inputs.tensor::<i32>(&recorded[0]);
        let options = Embedding::new(7, 4);
        let vectors: Tensor<f32> = embedding(ids, options);
        return match name {
            "plain" => vec![vectors],
            "tied" => vec![vectors, embedding_projection(nn::tanh(vectors), options)],
            other => panic!("no case `{other}`"),
        };
    }
    let given: Vec<Tensor<f32>> = recorded.iter().map(|json| inputs.tensor::<f32>(json)).collect();
    let x = given[0];
    match (layer, name) {
        ("dense", "plain") => vec![dense(x, Dense::new(5))],
        ("dense", "relu_named") => vec![dense(x, Dense::new(2).activation(Activation::Relu).name("d"))],
        ("dense", "no_bias") => vec![dense(x, Dense::new(2).use_bias(false))],
        ("dense", "three_dimensions") => vec![dense(x, Dense::new(2).activation(Activation::Softmax))],
        ("rnn" | "gru" | "lstm", _) => unrolled(layer, name, &given),
        ("conv2d", _) => vec![conv2d(x, convolution(name))],
        ("depthwise_conv2d", "plain") => vec![depthwise_conv2d(x, DepthwiseConv2d::new([3, 3]))],
        ("depthwise_conv2d", "multiplied") => {
            vec![depthwise_conv2d(x, DepthwiseConv2d::new([3, 3]).multiplier(2).padding(Padding::Same))]
        }
        ("separable_conv2d", "plain") => vec![separable_conv2d(x, SeparableConv2d::new(3, [3, 3]))],
        ("separable_conv2d", "multiplied") => {
            let options = SeparableConv2d::new(3, [3, 3]).strides([2, 2]).padding(Padding::Same);
            vec![separable_conv2d(x, options.multiplier(2))]
        }
        ("conv2d_transpose", "plain") => vec![conv2d_transpose(x, Conv2dTranspose::new(3, [3, 2]))],
        ("conv2d_transpose", "same_strided") => {
            vec![conv2d_transpose(x, Conv2dTranspose::new(3, [3, 3]).strides([2, 3]).padding(Padding::Same))]
        }
        ("conv2d_transpose", "valid_strided") => {
            vec![conv2d_transpose(x, Conv2dTranspose::new(3, [2, 5]).strides([3, 2]))]
        }
        ("batch_normalization", _) => vec![batch_normalization(x, normalization(name))],
        ("layer_normalization", "plain") => vec![layer_normalization(x, LayerNormalization::new())],
        ("layer_normalization", "images") => vec![layer_normalization(x, LayerNormalization::new().epsilon(0.1))],
        ("layer_normalization", "bare") => {
            vec![layer_normalization(x, LayerNormalization::new().center(false).scale(false))]
        }
        (layer, name) => panic!("no case `{layer}/{name}`"),
    }
}

fn convolution(name: &str) -> Conv2d {
    match name {
        "plain" => Conv2d::new(3, [3, 2]),
        "same_strided" => Conv2d::new(3, [3, 3]).strides([2, 2]).padding(Padding::Same).activation(Activation::Tanh),
        "dilated" => Conv2d::new(3, [2, 2]).dilations([2, 2]).use_bias(false),
        "groups" => Conv2d::new(6, [3, 3]).groups(2).padding(Padding::Same),
        other => panic!("no case `{other}`"),
    }
}

fn normalization(name: &str) -> BatchNormalization {
    let options = BatchNormalization::new();
    match name {
        "used" => options,
        "trained" => options.training(true),
        "images" => options.momentum(0.9).epsilon(0.01),
        "trained_images" => options.momentum(0.9).training(true),
        "bare" => options.center(false).scale(false).training(true),
        "axis_1" => options.axis(1).training(true),
        "axis_2" => options.axis(2).momentum(0.9).training(true),
        "axis_from_the_end" => options.axis(-2),
        other => panic!("no case `{other}`"),
    }
}

fn unrolled(layer: &str, name: &str, given: &[Tensor<f32>]) -> Vec<Tensor<f32>> {
    let steps: [Tensor<f32>; 4] = tf::unstack(given[0], 1);
    let state = given.get(1).copied();
    match (layer, name) {
        ("rnn", _) => {
            let cell = BasicRnnCell::new(5);
            let cell = if name == "from_state" { cell.activation(Activation::Relu) } else { cell };
            let (outputs, last) = rnn(steps, state, cell);
            vec![tf::stack(outputs, 1), last]
        }
        ("gru", _) => {
            let (outputs, last) = gru(steps, state, GruCell::new(5));
            vec![tf::stack(outputs, 1), last]
        }
        _ => {
            let cell = BasicLstmCell::new(5);
            let cell = match name {
                "from_zeros" => cell,
                "from_state" => cell.forget_bias(0.5),
                "lstm_cell" => cell.name("lstm_cell"),
                other => panic!("no case `{other}`"),
            };
            let (outputs, last) = lstm(steps, state.map(|c| LstmState { c, h: given[2] }), cell);
            vec![tf::stack(outputs, 1), last.c, last.h]
        }
    }
}

#[test]
fn l1_l9_layers_make_of_given_variables_what_tensorflows_do() -> tf::Result<()> {
    let cases = cases("values");
    assert!(cases.len() >= 32);
    for case in &cases {
        let of = format!("{}/{}", text(case, "layer"), text(case, "case"));
        let graph = Graph::new();
        let mut inputs = Inputs::default();
        let outputs = graph.build(|| build(case, &mut inputs))?;
        let session = Session::new(&graph)?;
        let wanted = list(case, "variables");
        let variables = graph.variables();
        assert_eq!(variables.len(), wanted.len(), "{of}");
        for (of_graph, wanted) in variables.iter().zip(wanted) {
            assert_eq!(of_graph.name, text(wanted, "name"), "{of}");
            assert_eq!(Some(of_graph.trainable), wanted["trainable"].as_bool(), "{of}: {}", of_graph.name);
            assert_eq!(of_graph.spec.shape.to_vec(), Some(shape(&wanted["value"])), "{of}: {}", of_graph.name);
            session.store().set(&of_graph.name, array::<f32>(&wanted["value"]).into_value())?;
        }
        let found = session.run_with(outputs, inputs.feeds())?;
        for (found, wanted) in found.iter().zip(list(case, "outputs")) {
            assert_near(found, &array(wanted), &of);
        }
        let updates: Vec<Tensor<f32>> = graph.collection(tf::collection::UPDATE_OPS);
        assert_eq!(updates.is_empty(), list(case, "after").is_empty(), "{of}");
        session.run_with(updates, inputs.feeds())?;
        for (of_graph, wanted) in variables.iter().zip(list(case, "after")) {
            let found = variable(&session, &of_graph.name)?;
            assert_near(&found, &array(wanted), &format!("{of}: {} after training", of_graph.name));
        }
    }
    Ok(())
}
