//! The output is to be written into an array that is not lent for it.
use tf::{Value, prelude::*};

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [4])
    }
}

fn fill(model: &Scale, x: &Value, y: &mut Value) -> tf::Result<()> {
    model.run_into(x.view::<f32>().unwrap().into_dimensionality().unwrap(), y)
}

fn main() {}
