//! A tensor is given a shape of another number of elements.
use tf::prelude::*;

model! {
    pub Rows(image: f32[28, 28]) -> f32[7, 100] {
        tf::reshape(image, [7, 100])
    }
}

fn main() {}
