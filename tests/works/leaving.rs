//! Leaving scopes early, and recursion: what follows stands in the scope that it is written in.

use crate::bindings::conv;
use tf::prelude::*;

/// Returns out of two scopes.
#[variable_scope]
fn returning(x: Tensor<f32>, stop: bool) -> Tensor<f32> {
    if stop {
        return x;
    }
    variable_scope!("outer", {
        variable_scope!("inner", {
            let y = conv(x, 1, 2);
            if y.dim(3) == 2 {
                return y + get_variable!("bias", [2]);
            }
            y
        })
    })
}

/// The value that is returned is computed inside the scope.
#[variable_scope]
fn returning_a_call(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("value", {
        return conv(x, 1, 3);
    })
}

#[variable_scope]
fn breaking(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    for i in 0..9 {
        variable_scope!("loop{i}", {
            y = conv(y, 1, 2);
            if i == 1 {
                break;
            }
            variable_scope!("deeper", {
                if i == 0 {
                    continue;
                }
                y = conv(y, 1, 9);
            });
        });
    }
    let y = 'block: {
        variable_scope!("block", {
            if y.dim(3) == 2 {
                break 'block conv(y, 1, 4);
            }
            y
        })
    };
    let mut turns = 0;
    let z = loop {
        turns += 1;
        variable_scope!("looped{turns}", {
            if turns == 2 {
                break conv(y, 1, 5);
            }
        });
    };
    variable_scope!("end", { conv(z, 1, 1) })
}

#[variable_scope]
fn recursive(x: Tensor<f32>, depth: usize) -> Tensor<f32> {
    if depth == 0 {
        return x;
    }
    let y = variable_scope!("depth{depth}", { conv(x, 1, 1) });
    recursive(y, depth - 1)
}

/// Two layers that call each other, one scope inside the other.
#[variable_scope]
fn even(x: Tensor<f32>, n: usize) -> Tensor<f32> {
    if n == 0 { x } else { variable_scope!("even", { odd(conv(x, 1, 1), n - 1) }) }
}

#[variable_scope]
fn odd(x: Tensor<f32>, n: usize) -> Tensor<f32> {
    if n == 0 { x } else { variable_scope!("odd", { even(conv(x, 1, 1), n - 1) }) }
}

model! {
    Leaving(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let x = returning(returning(image, true), false);
        let x = returning_a_call(x);
        let x = with variable_scope("after") { conv(x, 1, 1) };
        let x = breaking(x);
        let x = with variable_scope("recursive") { recursive(x, 5) };
        even(x, 3)
    }
}

#[test]
fn whatever_leaves_a_scope_leaves_it_in_both_worlds() {
    agree!(Leaving);
    assert_eq!(
        names!(Leaving),
        [
            "outer/inner/kernel",
            "outer/inner/bias",
            "value/kernel",
            "after/kernel",
            "loop0/kernel",
            "loop1/kernel",
            "block/kernel",
            "looped2/kernel",
            "end/kernel",
            "recursive/depth5/kernel",
            "recursive/depth4/kernel",
            "recursive/depth3/kernel",
            "recursive/depth2/kernel",
            "recursive/depth1/kernel",
            "even/kernel",
            "even/odd/kernel",
            "even/odd/even/kernel",
        ]
    );
}

model! {
    /// As deep as a hundred calls go at rustc's default limit of recursion.
    Deep(image: f32[?, 1, 1, 1]) -> f32[?, 1, 1, 1] { recursive(image, 100) }
}

#[test]
fn a_hundred_layers_deep_needs_no_higher_limit() {
    agree!(Deep);
    assert_eq!(Deep::VARIABLES.len(), 100);
}
