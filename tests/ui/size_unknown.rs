//! A size of `dims()` is computed with that is known only when the graph runs.
use tf::prelude::*;

model! {
    pub SizeUnknown(x: f32[?, 8]) -> f32[?, 8] {
        let [batch, width] = x.dims();
        x + get_variable!("offset", [batch * width])
    }
}

fn main() {}
