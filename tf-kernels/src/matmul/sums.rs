//! Products of matrices that are added up, or to a matrix that is there.

use super::blocks::{self, Sum};
use super::{Finish, Operand, Product, matrices, nothing};
use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;

/// The sum of products of pairs of matrices, all of one shape and transposed alike, as the gradient of weights that several steps share:
/// no product is stored before it is added.
///
/// # Panics
/// If lengths or shapes do not fit each other.
pub fn matmul_sum_f32(
    pairs: &[(&[f32], &[f32])],
    (a_shape, transpose_a): (&[usize], bool),
    (b_shape, transpose_b): (&[usize], bool),
    out: &mut [f32],
) {
    let (a_batch, [m, k, a @ ..]) = matrices(a_shape, transpose_a);
    let (b_batch, [b_k, n, b @ ..]) = matrices(b_shape, transpose_b);
    assert!(a_batch.is_empty() && b_batch.is_empty(), "matrices: {a_shape:?} and {b_shape:?}");
    assert_eq!(k, b_k, "columns of the first and rows of the second operands");
    assert!(pairs.iter().all(|(a, b)| a.len() == m * k && b.len() == k * n), "elements of the operands");
    assert_eq!(out.len(), m * n, "elements of the result");
    if out.is_empty() {
        return;
    }
    let finish = Finish { bias: None, relu: false };
    if k == 0 || pairs.is_empty() {
        return nothing(n, finish, out);
    }
    let sum = Sum {
        product: Product { m, k, n, a, b },
        parts: pairs,
        laid: None,
        strips: &[],
        start: None,
        onto: None,
        finish,
    };
    blocks::multiply(isa(), &sum, out);
}

/// Adds `scale` times the product of two matrices to `out`, as a step along a gradient does that is such a product, which is then not
/// stored by itself.
///
/// # Panics
/// If lengths or shapes do not fit each other.
pub fn matmul_add_f32(a: Operand<'_, f32>, b: Operand<'_, f32>, scale: f32, out: &mut [f32]) {
    let (a_batch, [m, k, a_strides @ ..]) = matrices(a.1, a.2);
    let (b_batch, [b_k, n, b_strides @ ..]) = matrices(b.1, b.2);
    assert!(a_batch.is_empty() && b_batch.is_empty(), "matrices: {:?} and {:?}", a.1, b.1);
    assert_eq!(k, b_k, "columns of the first and rows of the second operand");
    assert!(a.0.len() == m * k && b.0.len() == k * n, "elements of the operands");
    assert_eq!(out.len(), m * n, "elements of the result");
    if out.is_empty() || k == 0 {
        return;
    }
    let product = Product { m, k, n, a: a_strides, b: b_strides };
    if k <= FEW && b_strides[1] == 1 {
        return add_few(&product, a.0, b.0, scale, out);
    }
    let finish = Finish { bias: None, relu: false };
    let parts = &[(a.0, b.0)];
    blocks::multiply(
        isa(),
        &Sum { product, parts, laid: None, strips: &[], start: None, onto: Some(scale), finish },
        out,
    );
}

/// Terms of a sum that are few: the result is then most of the memory that is touched, and goes through registers once.
const FEW: usize = 4;

/// Columns whose sums stay in the first-level cache.
const COLUMNS: usize = 1024;

fn add_few(product: &Product, a: &[f32], b: &[f32], scale: f32, out: &mut [f32]) {
    let Product { k, n, a: [row, column], b: [b_row, _], .. } = *product;
    let isa = isa();
    // Four bytes read and four written are two operations.
    for_each_chunk(out, n, 2 * product.m * n, |start, out| {
        for (i, out) in out.chunks_exact_mut(n).enumerate() {
            let a = &a[(start / n + i) * row..];
            let mut factors = [0.0; FEW];
            factors.iter_mut().enumerate().take(k).for_each(|(p, factor)| *factor = a[p * column]);
            for first in (0..n).step_by(COLUMNS) {
                let out = &mut out[first..n.min(first + COLUMNS)];
                if k == 1 {
                    add_row(isa, factors[0], &b[first..first + out.len()], scale, out);
                } else {
                    let mut sums = [0.0; COLUMNS];
                    for (p, &factor) in factors[..k].iter().enumerate() {
                        add_row(isa, factor, &b[p * b_row + first..][..out.len()], 1.0, &mut sums[..out.len()]);
                    }
                    add_row(isa, scale, &sums[..out.len()], 1.0, out);
                }
            }
        }
    });
}

multiversion! {
    /// Adds to `out` a row times a factor and a scale.
    fn add_row[](factor: f32, row: &[f32], scale: f32, out: &mut [f32]) {
        for (out, &x) in out.iter_mut().zip(row) {
            *out += factor * x * scale;
        }
    }
}
