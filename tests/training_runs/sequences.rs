//! Networks for sequences.

use crate::recorded::{Run, SEED, numbers, wave};
use tf::{
    layers::*,
    losses::{self, Reduction},
    prelude::*,
    train::*,
};

const LOWER: BasicLstmCell = BasicLstmCell::new(8);
const UPPER: BasicLstmCell = BasicLstmCell::new(6).forget_bias(0.5);

/// The output of two cells, one on top of the other, for each step.
#[variable_scope("rnn")]
fn two_cells(xs: [Tensor<f32>; 9]) -> [Tensor<f32>; 9] {
    let mut outputs = xs;
    let mut lower = LstmState { c: tf::zeros([6, 8]), h: tf::zeros([6, 8]) };
    let mut upper = LstmState { c: tf::zeros([6, 6]), h: tf::zeros([6, 6]) };
    variable_scope!("multi_rnn_cell", {
        for step in 0..9 {
            let reuse = step > 0;
            let (first, second) = if reuse { (LOWER.reuse(true), UPPER.reuse(true)) } else { (LOWER, UPPER) };
            lower = variable_scope!("cell_0", { basic_lstm_cell(xs[step], lower, first) });
            upper = variable_scope!("cell_1", { basic_lstm_cell(lower.h, upper, second) });
            outputs[step] = upper.h;
        }
        outputs
    })
}

model! {
    /// Two layers of LSTM cells.
    pub Stacked(x: f32[6, 9, 4], y: f32[6, 9, 2]) -> f32[] {
        let steps: [Tensor<f32>; 9] = tf::unstack(x, 1);
        let found = dense(tf::stack(two_cells(steps), 1), Dense::new(2).name("answer"));
        losses::mean_squared_error(y, found)
    }
}

#[test]
fn stacked_cells_with_clipped_gradients() -> tf::Result<()> {
    let run = Run::named("stacked");
    let optimizer = RmsProp::new(0.02).decay(0.9).momentum(0.6).epsilon(1e-4).centered().clip_by_global_norm(0.3);
    let model = Stacked::init(SEED)?.minimize(optimizer)?;
    run.follow(|n| {
        let from = f64::from(n % 4);
        Ok([model.step(&wave((6, 9, 4), from, 0.47), &wave((6, 9, 2), 1.0 + from, 0.94))?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

/// What units that read forwards and units that read backwards make of each step.
#[variable_scope("bidirectional_rnn")]
fn both_ways(xs: [Tensor<f32>; 7]) -> [Tensor<f32>; 7] {
    let (forwards, backwards) = (GruCell::new(6), GruCell::new(5));
    let mut outputs = xs;
    variable_scope!("fw", {
        let mut state: Tensor<f32> = tf::zeros([5, 6]);
        for step in 0..7 {
            state = gru_cell(xs[step], state, if step == 0 { forwards } else { forwards.reuse(true) });
            outputs[step] = state;
        }
    });
    variable_scope!("bw", {
        let mut state: Tensor<f32> = tf::zeros([5, 5]);
        for step in 0..7 {
            state = gru_cell(xs[6 - step], state, if step == 0 { backwards } else { backwards.reuse(true) });
            outputs[6 - step] = tf::concat([outputs[6 - step], state], 1);
        }
    });
    outputs
}

model! {
    /// Tags of the steps that count.
    pub Tagger(x: f32[5, 7, 3], y: i32[5, 7], mask: f32[5, 7]) -> f32[] {
        let steps: [Tensor<f32>; 7] = tf::unstack(x, 1);
        let logits = dense(tf::stack(both_ways(steps), 1), Dense::new(4).name("tags"));
        losses::sparse_softmax_cross_entropy_with(y, logits, mask, Reduction::SumByNonzeroWeights)
    }
}

#[test]
fn units_that_read_both_ways() -> tf::Result<()> {
    let run = Run::named("both_ways");
    let model = Tagger::init(SEED)?.minimize(Adagrad::new(0.3))?;
    run.follow(|n| {
        let lengths = numbers(5, 3 + n % 3, 2, 7) + 1;
        let mask = ndarray::Array2::from_shape_fn((5, 7), |(i, step)| f32::from((step as i32) < lengths[i]));
        let x = wave((5, 7, 3), f64::from(n % 3), 0.83);
        Ok([model.step(&x, &numbers((5, 7), n % 3, 5, 4), &mask)?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}

/// A part of the words for each of two heads.
#[variable_scope]
fn heads(x: Tensor<f32>, name: &'static str) -> Tensor<f32> {
    let parts = tf::reshape(dense(x, Dense::new(8).use_bias(false).name(name)), [3, 6, 2, 4]);
    tf::transpose(parts, [0, 2, 1, 3])
}

#[variable_scope("attention")]
fn attention(x: Tensor<f32>) -> Tensor<f32> {
    let (q, k, v) = (heads(x, "q"), heads(x, "k"), heads(x, "v"));
    let scores = tf::matmul_transposed(q, k, false, true) / 2.0;
    let at: Tensor<i32> = tf::range(0, 6, 1);
    let later = tf::greater(tf::expand_dims(at, 0), tf::expand_dims(at, 1));
    let mixed = tf::matmul(nn::softmax(scores + tf::cast::<f32, bool>(later) * -1e9), v);
    let mixed = tf::reshape(tf::transpose(mixed, [0, 2, 1, 3]), [3, 6, 8]);
    dense(mixed, Dense::new(8).use_bias(false).name("o"))
}

#[variable_scope]
fn perceptron(x: Tensor<f32>) -> Tensor<f32> {
    let hidden = dense(x, Dense::new(16).name("inner"));
    let gelu = hidden * 0.5 * (tf::erf(hidden / std::f32::consts::SQRT_2) + 1.0);
    dense(gelu, Dense::new(8).name("outer"))
}

model! {
    /// Attention of two heads over embedded words and places.
    pub Attentive(words: i32[3, 6], y: i32[3, 6]) -> f32[] {
        let normal = random_normal_initializer().stddev(0.1);
        let table: Variable<f32> = get_variable!("words", [11, 8], initializer = normal);
        let places: Variable<f32> = get_variable!("places", [6, 8], initializer = normal);
        let net = tf::gather(table, words, 0) * 8.0f32.sqrt() + places;
        let net = net + attention(net);
        let norm = LayerNormalization::new().epsilon(1e-5);
        let net = layer_normalization(net, norm.name("norm1"));
        let net = layer_normalization(net + perceptron(net), norm.name("norm2"));
        let logits = dense(net, Dense::new(11).name("logits"));
        tf::reduce_mean(nn::sparse_softmax_cross_entropy_with_logits(y, logits), tf::ALL)
    }
}

#[test]
fn attention_of_several_heads() -> tf::Result<()> {
    let run = Run::named("attentive");
    let rate = LearningRate::scheduled(|step| {
        let at = tf::cast::<f32, i64>(step) + 1.0;
        tf::minimum(tf::rsqrt(at), at * 20.0f32.powf(-1.5)) * 0.1
    });
    let model = Attentive::init(SEED)?.minimize(Adam::new(rate).beta2(0.98).epsilon(1e-6))?;
    run.follow(|n| Ok([model.step(&numbers((3, 6), n % 4, 7, 11), &numbers((3, 6), 1 + n % 4, 3, 11))?[[]].into()]))?;
    run.leaves(model.instance().session());
    Ok(())
}

model! {
    /// A cell that goes on from where the step before it ended.
    pub Carried(x: f32[4, 5, 2], y: f32[4, 5, 3]) -> f32[] {
        let state: Variable<f32> = get_variable!("state", [4, 7], initializer = zeros_initializer(), trainable = false);
        let steps: [Tensor<f32>; 5] = tf::unstack(x, 1);
        let (outputs, last) = rnn(steps, Some(state.value()), BasicRnnCell::new(7));
        tf::add_to_collection(collection::UPDATE_OPS, state.assign(last));
        losses::absolute_difference(y, dense(tf::stack(outputs, 1), Dense::new(3).name("answer")))
    }
}

#[test]
fn a_state_that_is_carried_from_step_to_step() -> tf::Result<()> {
    let run = Run::named("carried");
    let rate = LearningRate::scheduled(|step| polynomial_decay(0.2, step, 40, 0.01, 2.0, true));
    let model = Carried::init(SEED)?.minimize(GradientDescent::new(rate))?;
    run.follow(|n| {
        let from = 0.9 * f64::from(n);
        Ok([model.step(&wave((4, 5, 2), from, 0.37), &wave((4, 5, 3), from, 0.74 / 3.0))?[[]].into()])
    })?;
    run.leaves(model.instance().session());
    Ok(())
}
