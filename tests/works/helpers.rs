//! Functions that are no layers: helpers, functions inside bodies, functions in parentheses, and macros that stay or vanish.

use crate::bindings::conv;
use tf::prelude::*;

#[helper]
const fn half(n: usize) -> usize {
    n / 2
}

/// Not a `const fn`: its shadow is one.
#[helper]
fn sum(widths: &[usize]) -> usize {
    let mut total = 0;
    for width in widths {
        total += *width;
    }
    total
}

#[helper]
fn padded(x: Tensor<f32>, by: usize) -> Tensor<f32> {
    tf::pad(x, [[0, 0], [by, by], [by, by], [0, 0]])
}

const fn foreign(n: usize) -> usize {
    n + 1
}

#[variable_scope]
fn helped(x: Tensor<f32>) -> Tensor<f32> {
    const fn third(n: usize) -> usize {
        n / 3
    }
    #[variable_scope]
    fn inner(x: Tensor<f32>, n: usize) -> Tensor<f32> {
        variable_scope!("inner", { conv(x, 1, n) })
    }
    #[helper]
    fn twice(n: usize) -> usize {
        n * 2
    }
    assert!(half(8) == 4, "half of 8 is {}", half(8));
    assert_eq!(third(9), 3);
    assert_ne!(third(9), half(4), "both are sizes");
    debug_assert!(x.dim(3) > 0);
    if x.dim(3) > 1_000 {
        println!("{:?}", x.shape());
        unreachable!("no image is that deep");
    }
    let n = const { 2 + 1 };
    let y = inner(x, half(layers::WIDTH) + third(9) + (foreign)(n) + twice(sum(&[1, 2])));
    let size = size_of::<f32>() + std::mem::size_of::<f64>();
    let y = padded(y, 1);
    variable_scope!("outer", { conv(y, 1, size) })
}

model! {
    Helped(image: f32[?, 2, 2, 1]) -> f32[?, 4, 4, 12] { helped(image) }
}

#[test]
fn helpers_are_followed() {
    agree!(Helped);
    assert_eq!(Helped::VARIABLES[0].spec.shape.size(3), Some(layers::WIDTH / 2 + 3 + 4 + 6));
}
