//! A model is run on lists of lists, which are no array.
use tf::prelude::*;

model! {
    pub Scale(x: f32[?, 4]) -> f32[?, 4] {
        x * get_variable!("scale", [4])
    }
}

fn main() -> tf::Result<()> {
    let model = Scale::init(42)?;
    model.run(vec![vec![1.0; 4]])?;
    Ok(())
}
