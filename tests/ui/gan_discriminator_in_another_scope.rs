//! What is generated goes to a discriminator in a scope of another name: in the example `gan`, it would judge nothing that was learned.
use tf::{
    layers::{Dense, dense},
    prelude::*,
};

#[variable_scope]
fn discriminator(pictures: Tensor<f32>) -> Tensor<f32> {
    dense(pictures, Dense::new(1).name("real"))
}

model! {
    pub Gan(made: f32[n, 144], real: f32[n, 144]) -> (f32[n, 1], f32[n, 1]) {
        let of_real = with variable_scope("discriminator") { discriminator(real) };
        let of_made = with variable_scope("discriminater", reuse = true) { discriminator(made) };
        (of_real, of_made)
    }
}

fn main() {}
