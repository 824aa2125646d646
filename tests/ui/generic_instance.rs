//! One instance of a generic model is wrong.
use tf::prelude::*;

#[variable_scope]
fn heads<const HEADS: usize>(x: Tensor<f32>) -> Tensor<f32> {
    tf::reshape(x, [tf::ANY, HEADS, 64 / HEADS])
}

model! {
    pub Attention<const HEADS: usize>(x: f32[10, 64]) -> f32[10, HEADS, ?] {
        heads::<HEADS>(x)
    }
    check Attention<4>, Attention<5>, Attention<8>;
}

fn main() {}
