//! Rows of single operations: matrices, normalization, reductions, chains, updates.

use crate::row::{Ready, computing, fetching, random};
use tf::{
    layers::{BatchNormalization, LayerNormalization, batch_normalization, layer_normalization},
    prelude::*,
    train::{Optimizer, StepOptions},
};

/// The row of this name, if it is one of arrays.
pub fn row(name: &str) -> tf::Result<Option<Ready>> {
    let call = match name {
        "matmul_64" => matmul([64, 64], [64, 64]),
        "matmul_256" => matmul([256, 256], [256, 256]),
        "matmul_1024" => matmul([1024, 1024], [1024, 1024]),
        "matmul_2048" => matmul([2048, 2048], [2048, 2048]),
        "matmul_skinny" => matmul([16384, 256], [256, 32]),
        "softmax" => computing(|| nn::softmax(random("x", [4096, 1024], 1.0))),
        "layer_norm" => {
            computing(|| layer_normalization(random("x", [4096, 1024], 1.0).value(), LayerNormalization::new()))
        }
        "batch_norm" => computing(|| {
            let x = random("x", [32, 28, 28, 64], 1.0).value();
            batch_normalization(x, BatchNormalization::new().training(true))
        }),
        "adam" => fetching(|| {
            let (x, slope) = (random("x", [10_000_000], 1.0), random("slope", [10_000_000], 1.0));
            let gradients = [(Some(slope.value().into()), x.into())];
            tf::train::Adam::new(1e-3).apply_gradients(&gradients, &StepOptions::new())
        }),
        "sum_all" => fetching(|| tf::reduce_sum(random("x", [4096, 4096], 1.0), tf::ALL)),
        "sum_rows" => fetching(|| tf::reduce_sum(random("x", [4096, 4096], 1.0), 1)),
        "max_columns" => fetching(|| tf::reduce_max(random("x", [4096, 4096], 1.0), 0)),
        "elementwise" => computing(|| {
            let x = random("x", [4096, 4096], 1.0).value();
            let y = nn::relu(x * 1.5 + 0.5) - 0.25;
            tf::sqrt(tf::abs(tf::square(y) * 0.125 - x)) + tf::minimum(x, 2.0)
        }),
        "assign_add" => fetching(|| {
            let options = tf::VariableOptions::new().initializer(zeros_initializer());
            tf::get_variable::<f32, _, _>("v", [], options).assign_add(1.0)
        }),
        _ => return Ok(None),
    };
    call.map(Some)
}

fn matmul(a: [usize; 2], b: [usize; 2]) -> tf::Result<Ready> {
    computing(|| tf::matmul(random("a", a, 1.0), random("b", b, 1.0)))
}
