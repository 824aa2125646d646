//! The simplest recurrent cell: its output is its state.

use super::state::{first_state, fitting};
use crate::{
    Float, Initializer, Ranks, Regularizer, Tensor, demand, depth_of, get_variable,
    layers::{Activation, activate, options::NO_OUTPUTS},
    nn,
    spec::SpecError,
    variable_scope, zeros_initializer,
};

cell_options! {
/// The options of [`basic_rnn_cell`](fn@basic_rnn_cell) and [`rnn`](fn@rnn).
pub struct BasicRnnCell in "basic_rnn_cell" {
    /// What the outputs go through; the hyperbolic tangent.
    activation: Activation = Activation::Tanh,
}
}

/// One step: the next state, which is the output too, of an input `[batch, features]` and a state `[batch, units]`.
///
/// Variables: `kernel` `[features + units, units]`, `bias` `[units]`. TensorFlow: `tf.nn.rnn_cell.BasicRNNCell`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 units, `E-CELL-STATE` for a state of another size.
///
/// ```
/// use tf::{layers::{BasicRnnCell, basic_rnn_cell}, prelude::*};
/// model! {
///     pub Step(x: f32[batch, 3], state: f32[batch, 8]) -> f32[?, 8] { basic_rnn_cell(x, state, BasicRnnCell::new(8)) }
/// }
/// assert_eq!(Step::VARIABLES[0].name.to_string(), "basic_rnn_cell/kernel");
/// ```
#[variable_scope]
#[track_caller]
pub fn basic_rnn_cell<T: Float>(x: Tensor<T>, state: Tensor<T>, cell: BasicRnnCell) -> Tensor<T> {
    demand(cell.units > 0, SpecError::new("basic_rnn_cell", &NO_OUTPUTS));
    let features = depth_of("basic_rnn_cell", x, Ranks::Exactly(2));
    fitting("basic_rnn_cell", state, cell.units);
    variable_scope!(cell.scope(), default_name = "basic_rnn_cell", reuse = cell.reuse, {
        let kernel = get_variable!(
            "kernel",
            [features + cell.units, cell.units],
            initializer = cell.kernel_initializer,
            regularizer = cell.kernel_regularizer,
            trainable = cell.trainable
        );
        let bias = get_variable!(
            "bias",
            [cell.units],
            initializer = cell.bias_initializer,
            regularizer = cell.bias_regularizer,
            trainable = cell.trainable
        );
        activate(nn::bias_add(tf::matmul(tf::concat([x, state], 1), kernel), bias), cell.activation)
    })
}

/// A [`basic_rnn_cell`](fn@basic_rnn_cell) called for each step, in the scope `rnn`: the outputs, the last of which is the last state.
/// Without an initial state it starts from zeros.
///
/// TensorFlow: `tf.nn.static_rnn(BasicRNNCell(units), xs)`.
///
/// # Errors
/// Those of the cell, and `E-RECURRENT-STEPS` for no steps.
///
/// ```
/// use tf::{layers::{BasicRnnCell, rnn}, prelude::*};
/// model! {
///     pub Last(x: f32[?, 5, 3]) -> f32[?, 8] {
///         let steps: [Tensor<f32>; 5] = tf::unstack(x, 1);
///         rnn(steps, None, BasicRnnCell::new(8)).1
///     }
/// }
/// let names: Vec<String> = Last::VARIABLES.iter().map(|v| v.name.to_string()).collect();
/// assert_eq!(names, ["rnn/basic_rnn_cell/kernel", "rnn/basic_rnn_cell/bias"]);
/// ```
#[variable_scope]
#[track_caller]
pub fn rnn<T: Float, const STEPS: usize>(
    xs: [Tensor<T>; STEPS],
    initial: Option<Tensor<T>>,
    cell: BasicRnnCell,
) -> ([Tensor<T>; STEPS], Tensor<T>) {
    variable_scope!("rnn", {
        let mut outputs = xs;
        let mut state = first_state("rnn", &xs, initial, cell.units);
        for step in 0..STEPS {
            state = basic_rnn_cell(xs[step], state, if step == 0 { cell } else { cell.reuse(true) });
            outputs[step] = state;
        }
        (outputs, state)
    })
}
