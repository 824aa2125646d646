//! A model without generic parameters lists instances to be checked.
use tf::prelude::*;

model! {
    pub Act(x: f32[?, 8]) -> f32[?, 8] {
        nn::relu(x)
    }
    check Act;
}

fn main() {}
