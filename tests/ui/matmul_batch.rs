//! Lists of matrices are multiplied that have different lengths.
use tf::prelude::*;

model! {
    pub MatmulBatch(a: f32[3, 2, 8], b: f32[4, 8, 2]) -> f32[?, 2, 2] {
        tf::matmul(a, b)
    }
}

fn main() {}
