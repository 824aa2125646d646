//! Default names: made unique in the scope where they are used.

use crate::bindings::conv;
use tf::prelude::*;

#[variable_scope(default_name = "block")]
fn block(x: Tensor<f32>) -> Tensor<f32> {
    conv(x, 1, 1)
}

/// A name of the caller's, or one of its own.
#[variable_scope]
fn maybe_named(x: Tensor<f32>, name: Option<&'static str>) -> Tensor<f32> {
    variable_scope!(name, default_name = "unnamed", { conv(x, 1, 1) })
}

#[variable_scope]
fn unnamed(x: Tensor<f32>, i: usize) -> Tensor<f32> {
    variable_scope!(default_name = "stage{i}", { conv(x, 1, 1) })
}

model! {
    DefaultNames(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let x = block(block(image));
        let x = with variable_scope("inside") { block(x) };
        let x = block(x);
        let x = maybe_named(maybe_named(maybe_named(x, None), Some("given")), None);
        unnamed(unnamed(unnamed(x, 1), 1), 2)
    }
}

#[test]
fn default_names_are_counted_in_both_worlds() {
    agree!(DefaultNames);
    assert_eq!(
        names!(DefaultNames),
        [
            "block/kernel",
            "block_1/kernel",
            "inside/block/kernel",
            "block_2/kernel",
            "unnamed/kernel",
            "given/kernel",
            "unnamed_1/kernel",
            "stage1/kernel",
            "stage1_1/kernel",
            "stage2/kernel"
        ]
    );
}
