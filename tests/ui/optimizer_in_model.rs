//! An optimizer stands in a model, as in a graph that is built by hand.
use tf::{losses, prelude::*, train::*};

model! {
    pub Train(x: f32[n, 1], y: f32[n, 1]) -> f32[] {
        let loss = losses::mean_squared_error(y, x * get_variable!("slope", [1]));
        let optimizer = Adam::new(0.01);
        let _step = optimizer.minimize(loss);
        loss
    }
}

fn main() {}
