//! An initializer's constant is a real number, and the variable holds integers.
use tf::prelude::*;

model! {
    pub Counter(x: i32[?, 3]) -> i32[?, 3] {
        x + get_variable!("count", [3], initializer = constant_initializer(0.5))
    }
}

fn main() {}
