//! The decoder asks for weights of its own shape: in the example `tied_autoencoder`, it uses the encoder's, transposed.
use tf::prelude::*;

#[variable_scope]
fn encoder(patches: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(patches, get_variable!("weights", [144, 24]))
}

#[variable_scope]
fn decoder(codes: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(codes, get_variable!("weights", [24, 144]))
}

model! {
    pub Autoencoder(patches: f32[n, 144]) -> f32[n, 144] {
        with variable_scope("patches", reuse = AUTO_REUSE) { decoder(encoder(patches)) }
    }
}

fn main() {}
