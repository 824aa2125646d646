//! The standard deviation of an initializer is negative, and the range of another one goes downwards.
//! errors: 2, because there are two initializers.
use tf::prelude::*;

model! {
    pub Spread(x: f32[?, 3]) -> f32[?, 3] {
        let normal = get_variable!("normal", [3], initializer = random_normal_initializer().stddev(-0.1));
        let uniform = get_variable!("uniform", [3], initializer = random_uniform_initializer(0.5, -0.5));
        x * normal + uniform
    }
}

fn main() {}
