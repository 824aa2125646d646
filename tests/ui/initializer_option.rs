//! Initializers are told what they have no use for.
//! errors: 2, because there are two initializers.
use tf::prelude::*;

model! {
    pub Told(x: f32[?, 3]) -> f32[?, 3] {
        let narrow = get_variable!("narrow", [3], initializer = glorot_normal_initializer().stddev(0.1));
        let fixed = get_variable!("fixed", [3], initializer = zeros_initializer().seed(7));
        x * narrow + fixed
    }
}

fn main() {}
