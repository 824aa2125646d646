//! A second operand that is laid out once and multiplied often, as the weights of a layer are.

use super::blocks::{self, Cut, NEAR, Sum};
use super::few_rows::{self, FewRows};
use super::skinny::FEW;
use super::tile::TileElement;
use super::{Finish, Product, Start, matrices};
use crate::isa::{Isa, isa};
use crate::scratch::Aligned;

/// A matrix laid out as the second operand of products.
pub struct PackedMatrix {
    pub(super) isa: Isa,
    pub(super) k: usize,
    pub(super) n: usize,
    pub(super) memory: Aligned<f32>,
}

impl PackedMatrix {
    /// Whether a matrix of `k` rows and `n` columns gains by being laid out: one that is small is read where it lies, unless it lies
    /// transposed, or its rows are no whole registers. Of a few columns each is one sum.
    pub fn pays(k: usize, n: usize, transposed: bool) -> bool {
        let is_broken = || n > FEW && !n.is_multiple_of(f32::tiles(isa()).lanes);
        k > 0 && n > 0 && (transposed || k * n * size_of::<f32>() > NEAR || is_broken())
    }

    /// Lays out a matrix of `shape`, stored in the other order if it is `transposed`.
    ///
    /// # Panics
    /// If the length does not fit, or the shape is not that of a matrix with elements.
    pub fn new(matrix: &[f32], shape: &[usize], transposed: bool) -> Self {
        let (batch, [k, n, b @ ..]) = matrices(shape, transposed);
        assert!(batch.is_empty() && k > 0 && n > 0, "a matrix with elements: {shape:?}");
        assert_eq!(matrix.len(), k * n, "elements of the matrix");
        let (isa, product) = (isa(), Product { m: 0, k, n, a: [0, 0], b });
        let tiles = f32::tiles(isa);
        let cut = Cut::new(tiles, k, n, 1);
        let mut memory = Aligned::new(cut.elements(k, n));
        cut.lay_out(tiles, &product, matrix, memory.as_mut_slice());
        Self { isa, k, n, memory }
    }

    pub(crate) fn isa(&self) -> Isa {
        self.isa
    }

    /// Its rows, as many as the other operand's columns.
    pub fn rows(&self) -> usize {
        self.k
    }

    /// Its columns, which are those of the product.
    pub fn columns(&self) -> usize {
        self.n
    }
}

/// [`matmul_bias_f32`](super::matmul_bias_f32) with a second operand that was laid out before, and sums that begin with a bias or with
/// a matrix; the axes of the first before its last are those of the result, but for a matrix that is `transposed`.
///
/// # Panics
/// If lengths or shapes do not fit each other.
pub fn matmul_packed_f32(
    (a, shape, transposed): (&[f32], &[usize], bool),
    b: &PackedMatrix,
    start: Start<'_>,
    relu: bool,
    out: &mut [f32],
) {
    let (batch, [m, k, strides @ ..]) = matrices(shape, transposed);
    assert!(batch.is_empty() || !transposed, "matrices that lie one below the other");
    let m = m * batch.iter().product::<usize>();
    assert_eq!(a.len(), m * k, "elements of the first operand");
    assert_eq!(k, b.k, "columns of the first and rows of the second operand");
    assert_eq!(out.len(), m * b.n, "elements of the result");
    start.assert_fits(m, b.n);
    if m == 0 {
        return;
    }
    let bias = if let Start::Bias(bias) = start { Some(bias) } else { None };
    if m <= few_rows::MOST {
        let sums = if let Start::Sums(sums) = start { Some(sums) } else { None };
        return few_rows::multiply(&FewRows { a, strides, rows: m }, b, sums, Finish { bias, relu }, out);
    }
    let mut sum = Sum {
        product: Product { m, k, n: b.n, a: strides, b: [0, 0] },
        parts: &[(a, &[])],
        laid: Some(b.memory.as_slice()),
        strips: &[],
        start: None,
        onto: None,
        finish: Finish { bias, relu },
    };
    if let Start::Sums(sums) = start {
        if b.n.is_multiple_of(f32::tiles(b.isa).lanes) {
            sum.start = Some(sums);
        } else {
            out.copy_from_slice(sums);
            sum.onto = Some(1.0);
        }
    }
    blocks::multiply(b.isa, &sum, out);
}

/// The products of several matrices with one that was laid out before, one below the other. Each of the matrices has `rows` rows, which
/// lie `step` elements apart.
///
/// # Panics
/// If lengths do not fit each other.
pub fn matmul_strips_f32(
    strips: &[&[f32]],
    rows: usize,
    step: usize,
    b: &PackedMatrix,
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    let (k, n, m) = (b.k, b.n, strips.len() * rows);
    assert!(step >= k, "rows that do not overlap");
    assert_eq!(out.len(), m * n, "elements of the result");
    assert!(bias.is_none_or(|bias| bias.len() == n), "an element of the bias for each column");
    if m == 0 {
        return;
    }
    assert!(strips.iter().all(|strip| strip.len() >= (rows - 1) * step + k), "the rows of each matrix");
    let sum = Sum {
        product: Product { m, k, n, a: [step, 1], b: [0, 0] },
        parts: &[(&[], &[])],
        laid: Some(b.memory.as_slice()),
        strips,
        start: None,
        onto: None,
        finish: Finish { bias, relu: false },
    };
    blocks::multiply(b.isa, &sum, out);
}
