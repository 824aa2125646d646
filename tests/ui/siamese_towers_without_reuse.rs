//! The second tower is called without reuse: in the example `siamese`, `scope.reuse_variables()` is left out.
use tf::{
    layers::{Conv2d, Dense, conv2d, dense},
    losses,
    prelude::*,
};

#[variable_scope]
fn tower(patches: Tensor<f32>) -> Tensor<f32> {
    let features = conv2d(patches, Conv2d::new(16, [5, 5]).name("conv1"));
    dense(tf::reduce_mean(features, [1, 2]), Dense::new(2).name("place"))
}

model! {
    pub Siamese(left: f32[n, 32, 32, 1], right: f32[n, 32, 32, 1], alike: f32[n]) -> f32[] {
        with variable_scope("tower") {
            let a = tower(left);
            let b = tower(right);
            losses::contrastive_loss(alike, a, b, 1.5)
        }
    }
}

fn main() {}
