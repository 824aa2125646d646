//! A tensor is split into parts that are not equal.
use tf::prelude::*;

model! {
    pub Split(x: f32[?, 8]) -> (f32[?, 3], f32[?, 3], f32[?, 2]) {
        let [a, b, c] = tf::split(x, 1);
        (a, b, c)
    }
}

fn main() {}
