//! Every letter is to be read by the same cell, and no call reuses: in the example `char_rnn`, `reuse = i > 0` is left out.
use tf::{
    layers::{GruCell, gru_cell, zero_state},
    prelude::*,
};

#[variable_scope("reader")]
fn reader<const N: usize>(letters: [Tensor<f32>; N]) -> Tensor<f32> {
    let mut state = zero_state(letters[0], 160);
    for letter in letters {
        state = variable_scope!("step", { gru_cell(letter, state, GruCell::new(160).name("cell")) });
    }
    state
}

model! {
    pub Learn(letters: f32[texts, 32, 96]) -> f32[texts, 160] { reader::<32>(tf::unstack(letters, 1)) }
}

fn main() {}
