//! An initializer's constant is an integer that the variable's element type does not hold.
use tf::prelude::*;

model! {
    pub Levels(x: f32[?, 3]) -> f32[?, 3] {
        let levels: Variable<u8> = get_variable!("levels", [3], initializer = constant_initializer(-3));
        x + tf::cast::<f32, _>(levels)
    }
}

fn main() {}
