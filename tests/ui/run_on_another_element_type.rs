//! A model of `f32` is run on an array of `f64`.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [4])
    }
}

fn main() -> tf::Result<()> {
    let model = Scale::init(42)?;
    model.run(&ndarray::arr2(&[[1.0, 2.0, 3.0, 4.0f64]]))?;
    Ok(())
}
