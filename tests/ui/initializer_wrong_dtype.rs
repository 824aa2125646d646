//! An initializer draws real numbers for a variable of integers.
use tf::prelude::*;

model! {
    pub Counter(x: i32[?, 3]) -> i32[?, 3] {
        x + get_variable!("count", [3], initializer = random_normal_initializer())
    }
}

fn main() {}
