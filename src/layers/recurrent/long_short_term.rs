//! Long short-term memory: a carried state that gates add to, and an output made of it.

use super::state::{first_state, fitting};
use crate::{
    Float, Initializer, Ranks, Regularizer, Tensor, demand, depth_of, get_variable,
    layers::{Activation, activate, options::NO_OUTPUTS},
    nn,
    spec::SpecError,
    variable_scope, zeros_initializer,
};

/// The state of a [`basic_lstm_cell`](fn@basic_lstm_cell), both parts `[batch, units]`. TensorFlow: `tf.nn.rnn_cell.LSTMStateTuple`.
#[derive(Clone, Copy, Debug)]
pub struct LstmState<T: Float> {
    /// What is carried along.
    pub c: Tensor<T>,
    /// The last output.
    pub h: Tensor<T>,
}

cell_options! {
/// The options of [`basic_lstm_cell`](fn@basic_lstm_cell) and [`lstm`](fn@lstm).
pub struct BasicLstmCell in "basic_lstm_cell" {
    /// What is added to the forget gate, so that at first little is forgotten; 1.
    forget_bias: f64 = 1.0,
    /// What the new input and the output go through; the hyperbolic tangent.
    activation: Activation = Activation::Tanh,
}
}

/// One step: the next state, whose `h` is the output, of an input `[batch, features]` and a state (Hochreiter and Schmidhuber 1997).
///
/// Variables: `kernel` `[features + units, 4 · units]`, whose quarters make the input gate, the new input, the forget gate and the
/// output gate, and `bias` `[4 · units]`. TensorFlow: `tf.nn.rnn_cell.BasicLSTMCell`, and, named `lstm_cell`, `LSTMCell`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 units, `E-CELL-STATE` for a state of another size.
///
/// ```
/// use tf::{layers::{BasicLstmCell, LstmState, basic_lstm_cell}, prelude::*};
/// model! {
///     pub Step(x: f32[batch, 3], c: f32[batch, 8], h: f32[batch, 8]) -> (f32[?, 8], f32[?, 8]) {
///         let next = basic_lstm_cell(x, LstmState { c, h }, BasicLstmCell::new(8));
///         (next.c, next.h)
///     }
/// }
/// assert_eq!(Step::VARIABLES[0].spec.to_string(), "f32[11, 32]");
/// ```
#[variable_scope]
#[track_caller]
pub fn basic_lstm_cell<T: Float>(x: Tensor<T>, state: LstmState<T>, cell: BasicLstmCell) -> LstmState<T> {
    demand(cell.units > 0, SpecError::new("basic_lstm_cell", &NO_OUTPUTS));
    let features = depth_of("basic_lstm_cell", x, Ranks::Exactly(2));
    fitting("basic_lstm_cell", state.c, cell.units);
    fitting("basic_lstm_cell", state.h, cell.units);
    let columns = cell.units.saturating_mul(4);
    variable_scope!(cell.scope(), default_name = "basic_lstm_cell", reuse = cell.reuse, {
        let kernel = get_variable!(
            "kernel",
            [features + cell.units, columns],
            initializer = cell.kernel_initializer,
            regularizer = cell.kernel_regularizer,
            trainable = cell.trainable
        );
        let bias = get_variable!(
            "bias",
            [columns],
            initializer = cell.bias_initializer,
            regularizer = cell.bias_regularizer,
            trainable = cell.trainable
        );
        let gates = nn::bias_add(tf::matmul(tf::concat([x, state.h], 1), kernel), bias);
        let [add, new, keep, show] = tf::split(gates, 1);
        let kept = state.c * nn::sigmoid(keep + tf::scalar(cell.forget_bias));
        let c = kept + nn::sigmoid(add) * activate(new, cell.activation);
        LstmState { c, h: activate(c, cell.activation) * nn::sigmoid(show) }
    })
}

/// A [`basic_lstm_cell`](fn@basic_lstm_cell) called for each step, in the scope `rnn`: the outputs and the last state. Without an
/// initial state it starts from zeros.
///
/// TensorFlow: `tf.nn.static_rnn(BasicLSTMCell(units), xs)`.
///
/// # Errors
/// Those of the cell, and `E-RECURRENT-STEPS` for no steps.
///
/// ```
/// use tf::{layers::{BasicLstmCell, lstm}, prelude::*};
/// model! {
///     pub Both(x: f32[?, 5, 3]) -> (f32[?, 5, 8], f32[?, 8]) {
///         let steps: [Tensor<f32>; 5] = tf::unstack(x, 1);
///         let (outputs, last) = lstm(steps, None, BasicLstmCell::new(8));
///         (tf::stack(outputs, 1), last.c)
///     }
/// }
/// assert_eq!(Both::VARIABLES[0].name.to_string(), "rnn/basic_lstm_cell/kernel");
/// ```
#[variable_scope]
#[track_caller]
pub fn lstm<T: Float, const STEPS: usize>(
    xs: [Tensor<T>; STEPS],
    initial: Option<LstmState<T>>,
    cell: BasicLstmCell,
) -> ([Tensor<T>; STEPS], LstmState<T>) {
    variable_scope!("rnn", {
        let mut outputs = xs;
        let mut state = match initial {
            Some(state) => LstmState { c: first_state("lstm", &xs, Some(state.c), cell.units), ..state },
            None => {
                let zeros = first_state("lstm", &xs, None, cell.units);
                LstmState { c: zeros, h: zeros }
            }
        };
        for step in 0..STEPS {
            state = basic_lstm_cell(xs[step], state, if step == 0 { cell } else { cell.reuse(true) });
            outputs[step] = state.h;
        }
        (outputs, state)
    })
}
