//! Normalised exponentials over the last axis.

use crate::exponentials::{logarithms_f32, shares_f32};
use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;

/// Independent partial results of a row of `f64`, so that the loops vectorise.
const LANES: usize = 16;

/// Elementary operations for one element.
pub(crate) const WORK: usize = 12;

/// `out = exp(input) / sum(exp(input))` over rows of `classes` elements of `f32`, without overflow (`tf.nn.softmax`).
///
/// # Panics
/// If the lengths differ or are not a multiple of `classes`.
pub fn softmax_f32(input: &[f32], classes: usize, out: &mut [f32]) {
    rows(input, classes, out, |isa, input, out| {
        shares_f32(isa, input, out);
    });
}

/// `out = input - ln(sum(exp(input)))` over rows of `classes` elements of `f32`, without overflow (`tf.nn.log_softmax`).
///
/// # Panics
/// If the lengths differ or are not a multiple of `classes`.
pub fn log_softmax_f32(input: &[f32], classes: usize, out: &mut [f32]) {
    rows(input, classes, out, logarithms_f32);
}

/// `out = exp(input) / sum(exp(input))` over rows of `classes` elements of `f64`, without overflow (`tf.nn.softmax`).
///
/// # Panics
/// If the lengths differ or are not a multiple of `classes`.
pub fn softmax_f64(input: &[f64], classes: usize, out: &mut [f64]) {
    rows(input, classes, out, |isa, input, out| {
        softmax_row(isa, input, out);
    });
}

/// `out = input - ln(sum(exp(input)))` over rows of `classes` elements of `f64`, without overflow (`tf.nn.log_softmax`).
///
/// # Panics
/// If the lengths differ or are not a multiple of `classes`.
pub fn log_softmax_f64(input: &[f64], classes: usize, out: &mut [f64]) {
    rows(input, classes, out, log_softmax_row);
}

multiversion! {
    /// A row's softmax; yields its largest element, and the logarithm of the sum of exponentials after that is taken off.
    pub(crate) fn softmax_row[](input: &[f64], out: &mut [f64]) -> (f64, f64) {
        let (max, sum) = exponentials(input, out);
        let scale = 1.0 / sum;
        for out in out {
            *out *= scale;
        }
        (max, sum.ln())
    }
}

multiversion! {
    /// The logarithm of a row's softmax.
    pub(crate) fn log_softmax_row[](input: &[f64], out: &mut [f64]) {
        let (max, sum) = exponentials(input, out);
        let log_sum = sum.ln();
        for (out, &x) in out.iter_mut().zip(input) {
            *out = (x - max) - log_sum;
        }
    }
}

/// `out = exp(input - max)`; yields the maximum and the sum of `out`.
#[inline(always)]
fn exponentials(input: &[f64], out: &mut [f64]) -> (f64, f64) {
    let larger = |a: f64, b: f64| if a > b { a } else { b };
    let mut lanes = [f64::NEG_INFINITY; LANES];
    for chunk in input.chunks(LANES) {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(x, *lane);
        }
    }
    let max = lanes.into_iter().fold(f64::NEG_INFINITY, larger);
    for (out, &x) in out.iter_mut().zip(input) {
        *out = (x - max).exp();
    }
    let mut lanes = [0.0; LANES];
    for chunk in out.chunks(LANES) {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    (max, lanes.into_iter().sum())
}

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
