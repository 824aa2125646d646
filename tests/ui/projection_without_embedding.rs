//! The projection is called in another scope than the embedding whose variable it is to share.
use tf::layers::*;
use tf::prelude::*;

model! {
    pub Model(x: i32[?, 5]) -> f32[?, 5, 100] {
        let y: Tensor<f32> = with variable_scope("encoder") { embedding(x, Embedding::new(100, 8)) };
        with variable_scope("decoder") { embedding_projection(y, Embedding::new(100, 8)) }
    }
}

fn main() {}
