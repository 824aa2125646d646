//! Layers that other crates use: what an attribute adds to a function is exported with it.

#![deny(missing_docs)]

use tf::prelude::*;

/// A width that other crates compute with.
pub const WIDTH: usize = 8;

/// A layer of a size and an element type that the caller says.
#[variable_scope]
pub fn dense<const OUT: usize, T: Float>(x: Tensor<T>) -> Tensor<T> {
    let kernel = get_variable!("kernel", [x.dim(1), OUT]);
    let bias = get_variable!("bias", [OUT], initializer = zeros_initializer());
    tf::matmul(x, kernel) + bias
}

/// Two layers of one input.
#[variable_scope]
pub fn pair(x: Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
    let left = variable_scope!("left", { dense::<2, _>(x) });
    (left, variable_scope!("right", { dense::<2, _>(left) }))
}

/// A module of layers.
pub mod deep {
    use tf::prelude::*;

    /// A layer that is a scope, made of one in the module above.
    #[variable_scope("tower")]
    pub fn tower(x: Tensor<f32>) -> Tensor<f32> {
        super::dense::<{ super::WIDTH * 2 }, f32>(x)
    }
}

model! {
    /// A model to be used as it is.
    pub Classifier(x: f32[batch, 4]) -> f32[batch, 3] {
        with variable_scope("classifier") { nn::softmax(dense::<3, f32>(x)) }
    }
}
