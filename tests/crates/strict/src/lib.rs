//! As strict as a crate can be: no lint of rustc or clippy speaks of what the macros add to it.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic
)]

use tf::prelude::*;

/// How wide a layer is.
pub trait Width: Copy {
    /// The width.
    const WIDTH: usize;
}

/// A narrow one.
#[derive(Clone, Copy, Debug)]
pub struct Narrow;

impl Width for Narrow {
    const WIDTH: usize = 4;
}

/// Half of a size.
#[helper]
#[must_use]
pub const fn half(n: usize) -> usize {
    n / 2
}

/// A layer of a width.
#[variable_scope]
#[must_use]
pub fn dense<W: Width>(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [x.dim(1), W::WIDTH]);
    let mut y = tf::matmul(x, w);
    y *= 2.0;
    y
}

/// Scopes, loops, jumps, references, patterns.
#[variable_scope]
#[must_use]
pub fn stacked(x: &Tensor<f32>, widths: &[usize], bias: Option<f32>) -> Tensor<f32> {
    let mut y = *x;
    for (i, &width) in widths.iter().enumerate() {
        y = variable_scope!("level{i}" as level, reuse = AUTO_REUSE, {
            if width == 0 {
                continue;
            }
            let w = get_variable!("w", [y.dim(1), half(width)], initializer = he_normal_initializer());
            level.reuse_variables();
            tf::matmul(y, w)
        });
    }
    let Some(bias) = bias else { return y };
    match widths {
        [first, ..] if *first > 1 => y + bias,
        _ => y,
    }
}

/// A layer that is a scope, and returns out of it.
#[variable_scope("early")]
#[must_use]
pub fn early(x: Tensor<f32>, stop: bool) -> (Tensor<f32>, usize) {
    if stop {
        return (x, 0);
    }
    let y = name_scope!("ops", { nn::relu(-x) });
    (y, y.dim(1))
}

/// A layer that the graph checks.
#[variable_scope(dynamic)]
#[must_use]
pub fn listed(x: Tensor<f32>, widths: Vec<usize>) -> Tensor<f32> {
    widths.into_iter().fold(x, |x, width| variable_scope!("to{width}", { stacked(&x, &[width], None) }))
}

macro_rules! widened {
    ($name:ident, $width:expr) => {
        /// Made by a macro.
        #[variable_scope]
        #[must_use]
        pub fn $name(x: Tensor<f32>) -> Tensor<f32> {
            let width = $width;
            tf::matmul(x, get_variable!("wide", [$width, width * $width]))
        }
    };
}

widened!(wider, 2 + 2);

model! {
    /// Of a layer that a macro made.
    pub Wider(x: f32[?, 4]) -> f32[?, 16] { wider(x) }
}

model! {
    /// A model of all of them.
    #[derive(Debug)]
    pub Strict(x: f32[batch, 8]) -> (f32[batch, 2], f32[batch, 4]) {
        with variable_scope("m") as scope {
            let a = dense::<Narrow>(x);
            scope.reuse_variables();
            let b = dense::<Narrow>(x);
            let stacked = with variable_scope("s", reuse = NO_REUSE) { stacked(&a, &[8, 4], Some(0.5)) };
            let (b, width) = early(b, false);
            (stacked, if width > 0 { b } else { a })
        }
    }
}

model! {
    /// On the variables of the other.
    pub Shared reuse Strict(x: f32[1, 8]) -> f32[1, 4] {
        with variable_scope("m") { dense::<Narrow>(x) }
    }
}

model! {
    /// A generic model.
    pub Generic<const N: usize, T: Float>(x: T[?, N]) -> T[?, N] {
        let gain = get_variable!("gain", [N], initializer = ones_initializer());
        x * gain
    }
    check Generic<2, f32>;
}

model! {
    /// Checked by its graph.
    pub dynamic Listed(x: f32[?, 2]) -> f32[?, 1] { listed(x, vec![4, 2]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_lints_do_not_keep_models_from_running() -> tf::Result<()> {
        let strict = Strict::init(1)?;
        assert_eq!(strict.variables().len(), Strict::VARIABLES.len());
        let _shared = Shared::sharing(&strict)?;
        let _generic = Generic::<3, f64>::init(1)?;
        let _listed = Listed::init(1)?;
        Ok(())
    }
}
