//! A slice takes every element over and over again.
use tf::prelude::*;

model! {
    pub SliceStrideZero(x: f32[8]) -> f32[?] {
        tf::strided_slice(x, [0], [8], [0])
    }
}

fn main() {}
