//! A partitioner says how to cut fewer axes than the variable has.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [1, 4], partitioner = tf::slicing_partitioner([2]))
    }
}

fn main() {}
