//! Gradients against central differences in f64.

#![allow(dead_code, reason = "each test uses its part")]

use ndarray::{ArrayD, IxDyn};
use tf_core::{ANY, Graph, Session, Shape, Tensor, gradients, gradients_with, placeholder, reduce_sum};

const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 2e-6;

/// What is known of the inputs when the graph is built.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Sizes,
    Rank,
    Nothing,
}

/// Numbers that look random, the same for each seed, in -1..1 and away from 0.
pub fn numbers(shape: &[usize], seed: u64) -> ArrayD<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let x = (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
        x + 0.05_f64.copysign(x)
    })
}

/// Numbers between these.
pub fn between(from: f64, to: f64, shape: &[usize], seed: u64) -> ArrayD<f64> {
    numbers(shape, seed).mapv(|x| from + (x / 1.05 + 1.0) / 2.0 * (to - from))
}

/// Checks the gradient of `build` at these inputs for each of them, with their sizes known when the graph is built, and not.
pub fn check<const N: usize>(what: &str, inputs: [ArrayD<f64>; N], build: impl Fn([Tensor<f64>; N]) -> Tensor<f64>) {
    for known in [Known::Sizes, Known::Rank, Known::Nothing] {
        check_knowing(what, known, &inputs, &build);
    }
}

/// [`check`] for functions that look at sizes.
pub fn check_known<const N: usize>(
    what: &str,
    inputs: [ArrayD<f64>; N],
    build: impl Fn([Tensor<f64>; N]) -> Tensor<f64>,
) {
    check_knowing(what, Known::Sizes, &inputs, &build);
}

/// [`check`], and the same for the gradient of the gradient.
pub fn check_twice<const N: usize>(
    what: &str,
    inputs: [ArrayD<f64>; N],
    build: impl Fn([Tensor<f64>; N]) -> Tensor<f64>,
) {
    check(what, inputs.clone(), &build);
    for i in 0..N {
        // Squared, so that the slope of the gradient is none of ones.
        check(&format!("{what}, differentiated for input {i}"), inputs.clone(), |xs| {
            let y = build(xs);
            gradients(reduce_sum(y * y, tf_core::ALL), xs)[i]
        });
    }
}

fn check_knowing<const N: usize>(
    what: &str,
    known: Known,
    inputs: &[ArrayD<f64>; N],
    build: &impl Fn([Tensor<f64>; N]) -> Tensor<f64>,
) {
    let what = format!("{what} ({known:?})");
    let graph = Graph::new();
    let (xs, y, slope, slopes) = graph
        .build(|| {
            let xs: [Tensor<f64>; N] = std::array::from_fn(|i| {
                let shape = inputs[i].shape();
                match known {
                    Known::Sizes => placeholder(&format!("x{i}"), shape),
                    Known::Rank => placeholder(&format!("x{i}"), &vec![ANY; shape.len()][..]),
                    Known::Nothing => placeholder(&format!("x{i}"), Shape::UNKNOWN),
                }
            });
            let y = build(xs);
            let slope = placeholder::<f64, _>("slope", y.shape());
            (xs, y, slope, gradients_with(y, slope, xs))
        })
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let session = Session::new(&graph).expect("a session");
    let value = |inputs: &[ArrayD<f64>; N]| {
        let feeds: Vec<_> = xs.iter().zip(inputs).map(|(x, value)| x.feed(value)).collect();
        session.run_with(y, &feeds).unwrap_or_else(|error| panic!("{what}: {error}"))
    };
    let weights = numbers(value(inputs).shape(), 77);
    let mut feeds: Vec<_> = xs.iter().zip(inputs).map(|(x, value)| x.feed(value)).collect();
    feeds.push(slope.feed(&weights));
    let found = session.run_with(slopes, &feeds).unwrap_or_else(|error| panic!("{what}: {error}"));
    for (i, found) in found.iter().enumerate() {
        assert_eq!(found.shape(), inputs[i].shape(), "{what}: input {i}");
        for (at, &found) in found.indexed_iter() {
            let moved = |step: f64| {
                let mut inputs = inputs.clone();
                inputs[i][at.clone()] += step;
                (value(&inputs) * &weights).sum()
            };
            let want = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert!(
                (found - want).abs() <= TOLERANCE * (1.0 + want.abs()),
                "{what}: the slope of input {i} at {at:?} is {found}, and the difference is {want}"
            );
        }
    }
}
