//! Normalised exponentials over the last axis.

use crate::isa::{isa, multiversion};
use crate::math::Math;
use crate::threads::for_each_chunk;

/// Independent partial results of a row, so that the loops vectorise.
const LANES: usize = 16;

/// Elementary operations for one element.
const WORK: usize = 12;

macro_rules! softmax {
    ($softmax:ident $log_softmax:ident $row:ident $log_row:ident $exponentials:ident $t:ident) => {
        #[doc = concat!("`out = exp(input) / sum(exp(input))` over rows of `classes` elements of `", stringify!($t), "`, without overflow (`tf.nn.softmax`).")]
        ///
        /// # Panics
        /// If the lengths differ or are not a multiple of `classes`.
        pub fn $softmax(input: &[$t], classes: usize, out: &mut [$t]) {
            rows(input, classes, out, $row);
        }

        #[doc = concat!("`out = input - ln(sum(exp(input)))` over rows of `classes` elements of `", stringify!($t), "`, without overflow (`tf.nn.log_softmax`).")]
        ///
        /// # Panics
        /// If the lengths differ or are not a multiple of `classes`.
        pub fn $log_softmax(input: &[$t], classes: usize, out: &mut [$t]) {
            rows(input, classes, out, $log_row);
        }

        multiversion! {
            fn $row[](input: &[$t], out: &mut [$t]) {
                let (_, sum) = $exponentials(input, out);
                let scale = 1.0 / sum;
                for out in out {
                    *out *= scale;
                }
            }
        }

        multiversion! {
            fn $log_row[](input: &[$t], out: &mut [$t]) {
                let (max, sum) = $exponentials(input, out);
                let log_sum = sum.ln();
                for (out, &x) in out.iter_mut().zip(input) {
                    *out = (x - max) - log_sum;
                }
            }
        }

        /// `out = exp(input - max)`; returns the maximum and the sum of `out`.
        #[inline(always)]
        fn $exponentials(input: &[$t], out: &mut [$t]) -> ($t, $t) {
            let larger = |a: $t, b: $t| if a > b { a } else { b };
            let mut lanes = [$t::NEG_INFINITY; LANES];
            for chunk in input.chunks(LANES) {
                for (lane, &x) in lanes.iter_mut().zip(chunk) {
                    *lane = larger(x, *lane);
                }
            }
            let max = lanes.into_iter().fold($t::NEG_INFINITY, larger);
            for (out, &x) in out.iter_mut().zip(input) {
                *out = Math::exp(x - max);
            }
            let mut lanes = [0.0; LANES];
            for chunk in out.chunks(LANES) {
                for (lane, &x) in lanes.iter_mut().zip(chunk) {
                    *lane += x;
                }
            }
            (max, lanes.into_iter().sum())
        }
    };
}

softmax!(softmax_f32 log_softmax_f32 softmax_row_f32 log_softmax_row_f32 exponentials_f32 f32);
softmax!(softmax_f64 log_softmax_f64 softmax_row_f64 log_softmax_row_f64 exponentials_f64 f64);

fn rows<T: Send + Sync>(input: &[T], classes: usize, out: &mut [T], row: impl Fn(crate::Isa, &[T], &mut [T]) + Sync) {
    assert_eq!(input.len(), out.len(), "elements of operand and result");
    if input.is_empty() {
        return;
    }
    assert_eq!(input.len() % classes, 0, "whole rows of {classes} elements");
    let isa = isa();
    for_each_chunk(out, classes, input.len() * WORK, |start, out| {
        let input = input[start..].chunks_exact(classes);
        for (out, input) in out.chunks_exact_mut(classes).zip(input) {
            row(isa, input, out);
        }
    });
}
