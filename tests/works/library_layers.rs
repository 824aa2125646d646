//! The library's layers and metrics in models: both worlds agree on every one of them.

use tf::layers::*;
use tf::metrics::{Auc, Curve, Metric, Summation, accuracy, auc, mean, mean_squared_error, precision, recall};
use tf::prelude::*;

model! {
    Images(image: f32[?, 8, 8, 3]) -> (f32[?, 16, 16, 2], f32[?, 4]) {
        let stem = conv2d(image, Conv2d::new(6, [3, 3]).padding(Padding::Same).groups(3).activation(Activation::Relu));
        let x = batch_normalization(stem, BatchNormalization::new().training(true));
        let x = depthwise_conv2d(x, DepthwiseConv2d::new([3, 3]).multiplier(2).padding(Padding::Same));
        let x = separable_conv2d(x, SeparableConv2d::new(4, [3, 3]).padding(Padding::Same).name("light"));
        let large = conv2d_transpose(x, Conv2dTranspose::new(2, [3, 3]).strides([2, 2]).padding(Padding::Same));
        let rows = layer_normalization(x.reshape([tf::ANY, 8 * 8 * 4]), LayerNormalization::new());
        let rows = dropout(rows, Dropout::new(0.5));
        let hidden = dense(rows, Dense::new(16).activation(Activation::LeakyRelu(0.1)).kernel_regularizer(tf::l2_regularizer(1e-4)));
        (large, dense(hidden, Dense::new(4).name("logits").use_bias(false)))
    }
}

#[test]
fn l1_layers_of_images_agree_in_both_worlds() {
    agree!(Images);
    assert_eq!(
        names!(Images),
        [
            "conv2d/kernel",
            "conv2d/bias",
            "batch_normalization/gamma",
            "batch_normalization/beta",
            "batch_normalization/moving_mean",
            "batch_normalization/moving_variance",
            "depthwise_conv2d/depthwise_kernel",
            "depthwise_conv2d/bias",
            "light/depthwise_kernel",
            "light/pointwise_kernel",
            "light/bias",
            "conv2d_transpose/kernel",
            "conv2d_transpose/bias",
            "layer_normalization/gamma",
            "layer_normalization/beta",
            "dense/kernel",
            "dense/bias",
            "logits/kernel",
        ]
    );
    assert!(Images::VARIABLES.iter().all(|v| v.used && v.created.is_some_and(|at| at.file() == file!())));
}

const WORDS: Embedding = Embedding::new(50, 8).name("words");

model! {
    Text(ids: i32[batch, 3], c: f32[batch, 8], h: f32[batch, 8]) -> (f32[batch, 3, 50], f32[?, 8]) {
        let vectors: Tensor<f32> = embedding(ids, WORDS);
        let steps: [Tensor<f32>; 3] = tf::unstack(vectors, 1);
        let (forward, last) = with variable_scope("forward") { lstm(steps, Some(LstmState { c, h }), BasicLstmCell::new(8)) };
        let (backward, _) = with variable_scope("backward") { gru(steps, None, GruCell::new(8)) };
        let (simple, _) = with variable_scope("simple") { rnn(steps, None, BasicRnnCell::new(8)) };
        let all = tf::stack(forward, 1) + tf::stack(backward, 1) + tf::stack(simple, 1);
        (embedding_projection(all, WORDS), last.c)
    }
}

#[test]
fn recurrent_layers_share_between_steps_in_both_worlds() {
    agree!(Text);
    assert_eq!(
        names!(Text),
        [
            "words/embeddings",
            "forward/rnn/basic_lstm_cell/kernel",
            "forward/rnn/basic_lstm_cell/bias",
            "backward/rnn/gru_cell/gates/kernel",
            "backward/rnn/gru_cell/gates/bias",
            "backward/rnn/gru_cell/candidate/kernel",
            "backward/rnn/gru_cell/candidate/bias",
            "simple/rnn/basic_rnn_cell/kernel",
            "simple/rnn/basic_rnn_cell/bias",
        ]
    );
}

model! {
    /// The same layers, of double precision and shared in every way that scopes have.
    Shared(x: f64[?, 4]) -> f64[?, 4] {
        let y = with variable_scope("s") { dense(dense(x, Dense::new(4)), Dense::new(4)) };
        let y = with variable_scope("s", reuse = true) { dense(dense(y, Dense::new(4)), Dense::new(4)) };
        let y = dense(y, Dense::new(4).name("d"));
        let y = dense(y, Dense::new(4).name("d").reuse(true));
        let y = dense(dense(y, Dense::new(4).reuse(AUTO_REUSE)), Dense::new(4).reuse(AUTO_REUSE));
        let (y, auto) = with variable_scope("auto", reuse = AUTO_REUSE) as auto { (dense(y, Dense::new(4)), auto) };
        with variable_scope(auto, reuse = true) { dense(y, Dense::new(4)) }
    }
}

#[test]
fn l2_l3_l4_l5_layers_share_through_scopes_in_both_worlds() {
    agree!(Shared);
    let kernels: Vec<String> = names!(Shared).into_iter().filter(|name| name.ends_with("kernel")).collect();
    assert_eq!(kernels, ["s/dense/kernel", "s/dense_1/kernel", "d/kernel", "dense/kernel", "auto/dense/kernel"]);
    assert_eq!(Shared::VARIABLES[0].spec.to_string(), "f64[4, 4]");
}

model! {
    Watched(labels: i32[?], guesses: i32[?], found: bool[?], there: bool[?], loss: f32[?]) -> (f32[], f32[], f32[], f32[], f32[], f32[]) {
        let (_, right) = accuracy(labels, guesses, Metric::new());
        let (_, precise) = precision(there, found, Metric::new());
        let (_, complete) = recall(there, found, Metric::new().weights(loss));
        let (_, off) = with variable_scope("eval") { mean_squared_error(loss, loss, Metric::new().name("off")) };
        let _ = with variable_scope("eval", reuse = true) { mean_squared_error(loss, loss, Metric::new().name("off")) };
        let (_, average) = mean(labels, Metric::new());
        let careful = Auc::new().curve(Curve::PrecisionRecall).summation(Summation::CarefulInterpolation).thresholds(9);
        let (_, area) = auc(there, loss, careful.weights(loss));
        (right, precise, complete, off, average, area)
    }
}

#[test]
fn m1_m2_metrics_agree_in_both_worlds() {
    agree!(Watched);
    assert_eq!(
        names!(Watched),
        [
            "accuracy/total",
            "accuracy/count",
            "precision/true_positives/count",
            "precision/false_positives/count",
            "recall/true_positives/count",
            "recall/false_negatives/count",
            "eval/off/total",
            "eval/off/count",
            "mean/total",
            "mean/count",
            "auc/true_positives",
            "auc/false_negatives",
            "auc/true_negatives",
            "auc/false_positives",
        ]
    );
    assert!(Watched::VARIABLES.iter().all(|v| !v.trainable));
}

/// A layer of the user's, with a helper's worth of options, made of the library's.
#[variable_scope]
fn block(x: Tensor<f32>, options: Conv2d, regularizer: Option<tf::Regularizer>) -> Tensor<f32> {
    variable_scope!(default_name = "block", {
        let y = conv2d(x, options.padding(Padding::Same).use_bias(false));
        let gain = get_variable!("gain", [y.dim(3)], initializer = None, regularizer = regularizer);
        activate(batch_normalization(y, BatchNormalization::new().training(false)) * gain, Activation::Relu)
    })
}

model! {
    Blocks(image: f32[?, 4, 4, 1]) -> f32[?, 4, 4, 2] {
        let x = block(image, Conv2d::new(2, [3, 3]), None);
        block(x, Conv2d::new(2, [1, 1]), Some(tf::l1_regularizer(0.1)))
    }
}

#[test]
fn layers_of_the_users_are_made_of_the_librarys() {
    let model = agree!(Blocks);
    let losses = model.instance().graph().collection::<Tensor<f32>>(tf::collection::REGULARIZATION_LOSSES);
    assert_eq!(losses.len(), 1);
    assert_eq!(Blocks::VARIABLES[6].name.to_string(), "block_1/conv2d/kernel");
}

model! {
    /// Channels along other axes, and choices that several inputs share.
    Rows(x: f32[?, 3, 4, 5]) -> f32[?, 3, 4, 5] {
        let y = batch_normalization(x, BatchNormalization::new().axis(1).training(true).update_in_place(true));
        let y = batch_normalization(y, BatchNormalization::new().axis(-2));
        dropout(y, Dropout::new(0.5).training(true).noise_shape([tf::ANY, 1, 1, 5]))
    }
}

#[test]
fn channels_may_lie_along_any_axis_in_both_worlds() {
    agree!(Rows);
    let specs: Vec<_> = Rows::VARIABLES.iter().map(|v| v.spec.to_string()).collect();
    assert_eq!(specs, [["f32[3]"; 4], ["f32[4]"; 4]].concat());
}
