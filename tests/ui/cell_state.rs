//! The cell has eight units, and the state that it is given four.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[2, 8]) -> f32[2, 8] {
        gru_cell(x, zero_state(x, 4), GruCell::new(8))
    }
}

fn main() {}
