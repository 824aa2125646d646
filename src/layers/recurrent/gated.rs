//! The gated recurrent unit: gates say how much of the state is kept.

use super::state::{first_state, fitting};
use crate::{
    Float, Initializer, Ranks, Regularizer, Tensor, demand, depth_of, get_variable,
    layers::{Activation, activate, options::NO_OUTPUTS},
    nn, ones_initializer,
    spec::SpecError,
    variable_scope, zeros_initializer,
};

cell_options! {
/// The options of [`gru_cell`](fn@gru_cell) and [`gru`](fn@gru).
pub struct GruCell in "gru_cell" {
    /// What the candidate of a state goes through; the hyperbolic tangent.
    activation: Activation = Activation::Tanh,
    /// What the gates' bias starts from; ones, which keep the state, whatever the scope's initializer.
    gate_bias_initializer: Initializer = ones_initializer(),
}
}

/// One step: the next state, which is the output too, of an input `[batch, features]` and a state `[batch, units]` (Cho et al. 2014).
///
/// Variables: `gates/kernel` `[features + units, 2 · units]`, `gates/bias`, `candidate/kernel` `[features + units, units]`,
/// `candidate/bias`. TensorFlow: `tf.nn.rnn_cell.GRUCell`.
///
/// # Errors
/// `E-LAYER-SIZE` for 0 units, `E-CELL-STATE` for a state of another size.
///
/// ```
/// use tf::{layers::{GruCell, gru_cell}, prelude::*};
/// model! {
///     pub Step(x: f32[batch, 3], state: f32[batch, 8]) -> f32[?, 8] { gru_cell(x, state, GruCell::new(8)) }
/// }
/// assert_eq!(Step::VARIABLES[0].name.to_string(), "gru_cell/gates/kernel");
/// ```
#[variable_scope]
#[track_caller]
pub fn gru_cell<T: Float>(x: Tensor<T>, state: Tensor<T>, cell: GruCell) -> Tensor<T> {
    demand(cell.units > 0, SpecError::new("gru_cell", &NO_OUTPUTS));
    let features = depth_of("gru_cell", x, Ranks::Exactly(2));
    fitting("gru_cell", state, cell.units);
    let rows = features + cell.units;
    variable_scope!(cell.scope(), default_name = "gru_cell", reuse = cell.reuse, {
        let gates = variable_scope!("gates", {
            let columns = cell.units.saturating_mul(2);
            let kernel = get_variable!(
                "kernel",
                [rows, columns],
                initializer = cell.kernel_initializer,
                regularizer = cell.kernel_regularizer,
                trainable = cell.trainable
            );
            let bias = get_variable!(
                "bias",
                [columns],
                initializer = cell.gate_bias_initializer,
                regularizer = cell.bias_regularizer,
                trainable = cell.trainable
            );
            nn::bias_add(tf::matmul(tf::concat([x, state], 1), kernel), bias)
        });
        let [reset, keep] = tf::split(nn::sigmoid(gates), 1);
        let candidate = variable_scope!("candidate", {
            let kernel = get_variable!(
                "kernel",
                [rows, cell.units],
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
            nn::bias_add(tf::matmul(tf::concat([x, reset * state], 1), kernel), bias)
        });
        keep * state + (tf::scalar(1.0) - keep) * activate(candidate, cell.activation)
    })
}

/// A [`gru_cell`](fn@gru_cell) called for each step, in the scope `rnn`: the outputs, the last of which is the last state. Without an
/// initial state it starts from zeros.
///
/// TensorFlow: `tf.nn.static_rnn(GRUCell(units), xs)`.
///
/// # Errors
/// Those of the cell, and `E-RECURRENT-STEPS` for no steps.
///
/// ```
/// use tf::{layers::{GruCell, gru}, prelude::*};
/// model! {
///     pub All(x: f32[?, 5, 3]) -> f32[?, 5, 8] {
///         let steps: [Tensor<f32>; 5] = tf::unstack(x, 1);
///         tf::stack(gru(steps, None, GruCell::new(8)).0, 1)
///     }
/// }
/// assert_eq!(All::PARAMETERS, (3 + 8) * 24 + 24);
/// ```
#[variable_scope]
#[track_caller]
pub fn gru<T: Float, const STEPS: usize>(
    xs: [Tensor<T>; STEPS],
    initial: Option<Tensor<T>>,
    cell: GruCell,
) -> ([Tensor<T>; STEPS], Tensor<T>) {
    variable_scope!("rnn", {
        let mut outputs = xs;
        let mut state = first_state("gru", &xs, initial, cell.units);
        for step in 0..STEPS {
            state = gru_cell(xs[step], state, if step == 0 { cell } else { cell.reuse(true) });
            outputs[step] = state;
        }
        (outputs, state)
    })
}
