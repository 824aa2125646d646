//! Vectors of six are compared with those of an embedding that has eight.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: f32[?, 6]) -> f32[?, 100] {
        let _: Tensor<f32> = embedding(tf::constant([1]), Embedding::new(100, 8));
        embedding_projection(x, Embedding::new(100, 8))
    }
}

fn main() {}
