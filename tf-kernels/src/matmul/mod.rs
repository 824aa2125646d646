//! Matrix products, batched: this file cuts them into strips, one for a thread.
//!
//! | file | what it holds |
//! |---|---|
//! | `blocks` | a strip cut into blocks that stay in the caches |
//! | `tile` | the loop whose sums stay in registers |
//! | `skinny` | products of a few rows or columns, which read the large operand where it lies |
//! | `integers` | products of integers, which wrap |

mod blocks;
mod integers;
mod skinny;
mod tile;

pub use integers::{matmul_i32, matmul_i64};

use crate::isa::isa;
use crate::threads::{SharedMut, for_each_index, pieces};
use crate::walk::{Walk, elements, for_each_offset};

/// One matrix product, and how its operands lie in memory.
#[derive(Clone, Copy)]
struct Product {
    /// Rows of the result.
    m: usize,
    /// Columns of the first operand and rows of the second.
    k: usize,
    /// Columns of the result, which is contiguous.
    n: usize,
    /// Row and column strides of the first operand.
    a: [usize; 2],
    /// Row and column strides of the second operand.
    b: [usize; 2],
}

/// Multiply-adds that count as one elementary operation.
const PER_OPERATION: usize = 8;

/// Rows or columns that are not worth parting.
const STRIP: usize = 16;

/// A part of one product: a strip of rows or of columns of its result.
struct Strip<'a, T> {
    product: Product,
    a: &'a [T],
    b: &'a [T],
    /// The first element of the strip's result; rows are `stride` apart.
    out: *mut T,
    stride: usize,
    /// What is added to each row: an element for each column.
    bias: Option<&'a [T]>,
    /// Whether negative results become 0.
    relu: bool,
}

impl<T> Strip<'_, T> {
    /// Row `i` of the result.
    ///
    /// # Safety
    /// Nobody else may use the row meanwhile.
    // Strips are handed out one for each part of the result, so the elements
    // are this strip's own although it only points to them.
    #[allow(clippy::mut_from_ref, reason = "the strip is a handle to memory of its own")]
    unsafe fn row(&self, i: usize) -> &mut [T] {
        // SAFETY: rows of a strip lie `stride` apart and have `n` elements.
        unsafe { std::slice::from_raw_parts_mut(self.out.add(i * self.stride), self.product.n) }
    }
}

fn matmul<T: Copy + Default + PartialOrd + Send + Sync>(
    (a, a_shape, transpose_a): (&[T], &[usize], bool),
    (b, b_shape, transpose_b): (&[T], &[usize], bool),
    bias: Option<&[T]>,
    relu: bool,
    out: &mut [T],
    multiply: impl Fn(Strip<'_, T>) + Send + Sync,
) {
    assert_eq!(a.len(), elements(a_shape), "elements of the first operand");
    assert_eq!(b.len(), elements(b_shape), "elements of the second operand");
    let (a_batch, [m, k, a_strides @ ..]) = matrices(a_shape, transpose_a);
    let (b_batch, [b_k, n, b_strides @ ..]) = matrices(b_shape, transpose_b);
    assert_eq!(k, b_k, "columns of the first and rows of the second operand");
    if let Some(bias) = bias {
        assert_eq!(bias.len(), n, "an element of the bias for each column");
    }
    if out.is_empty() {
        return;
    }
    if k == 0 {
        for row in out.chunks_exact_mut(n) {
            match bias {
                Some(bias) => row.copy_from_slice(bias),
                None => row.fill(T::default()),
            }
        }
        if relu {
            out.iter_mut().filter(|x| **x < T::default()).for_each(|x| *x = T::default());
        }
        return;
    }
    let product = Product { m, k, n, a: a_strides, b: b_strides };

    // Offsets of the operands' matrices for each of the result's.
    let batch = out.len() / (m * n);
    let mut several = Vec::new();
    let offsets: &[[usize; 2]] = if a_batch.is_empty() && b_batch.is_empty() {
        &[[0, 0]]
    } else {
        let shape = crate::broadcast::broadcast_shape(a_batch, b_batch).expect("batch axes that broadcast");
        let walk = Walk::broadcast([a_batch, b_batch], &shape);
        several.reserve_exact(batch);
        for_each_offset(walk.axes(), 0..elements(&shape), [0; 2], |[ia, ib]| {
            several.push([ia as usize * m * k, ib as usize * k * n]);
        });
        &several
    };
    assert_eq!(offsets.len() * m * n, out.len(), "elements of the result");

    // Strips of the longer side of the result, if there are too few matrices.
    let work = (batch * m * k * n).div_ceil(PER_OPERATION);
    let by_rows = m >= n;
    let side = if by_rows { m } else { n };
    // No more than threads: each strip reads the whole of the other operand.
    let strips = pieces(work).min(rayon::current_num_threads());
    let strips = strips.div_ceil(batch).min(side.div_ceil(STRIP));
    let strip = side.div_ceil(strips).next_multiple_of(STRIP).min(side);
    let strips = side.div_ceil(strip);
    let shared = SharedMut::new(out);
    for_each_index(batch * strips, work, |i| {
        let (matrix, first) = (i / strips, i % strips * strip);
        let count = strip.min(side - first);
        let [ia, ib] = offsets[matrix];
        let (a, b) = (&a[ia..ia + m * k], &b[ib..ib + k * n]);
        // SAFETY: matrix and strip lie within `out`, of `batch` times `m * n`
        // elements as asserted; no two strips overlap.
        let out = unsafe { shared.get().add(matrix * m * n) };
        multiply(if by_rows {
            Strip {
                product: Product { m: count, ..product },
                a: &a[first * product.a[0]..],
                b,
                // SAFETY: as above.
                out: unsafe { out.add(first * n) },
                stride: n,
                bias,
                relu,
            }
        } else {
            Strip {
                product: Product { n: count, ..product },
                a,
                b: &b[first * product.b[1]..],
                // SAFETY: as above.
                out: unsafe { out.add(first) },
                stride: n,
                bias: bias.map(|bias| &bias[first..first + count]),
                relu,
            }
        });
    });
}

/// The batch axes, then rows, columns, row stride and column stride of the
/// matrices on the last two axes.
fn matrices(shape: &[usize], transposed: bool) -> (&[usize], [usize; 4]) {
    let [batch @ .., rows, columns] = shape else { panic!("at least two axes: {shape:?}") };
    let (rows, columns) = (*rows, *columns);
    (batch, if transposed { [columns, rows, 1, columns] } else { [rows, columns, columns, 1] })
}

macro_rules! matmul_float {
    ($($name:ident $with_bias:ident $t:ty;)*) => {$(
        #[doc = concat!("`out = a · b` for `", stringify!($t), "` matrices on the last two axes, `[…, m, k] · […, k, n] = […, m, n]`; the other axes are broadcast. A flag says that an operand's last two axes are stored in the other order (`tf.matmul`).")]
        ///
        /// # Panics
        /// If lengths or shapes do not fit each other.
        pub fn $name(
            a: &[$t],
            a_shape: &[usize],
            transpose_a: bool,
            b: &[$t],
            b_shape: &[usize],
            transpose_b: bool,
            out: &mut [$t],
        ) {
            $with_bias((a, a_shape, transpose_a), (b, b_shape, transpose_b), None, false, out);
        }

        #[doc = concat!("[`", stringify!($name), "`] of operands with their shapes and flags, with an element of `bias` added to each column, and `relu` of the sum if that is asked for.")]
        ///
        /// # Panics
        /// If lengths or shapes do not fit each other.
        pub fn $with_bias(
            a: (&[$t], &[usize], bool),
            b: (&[$t], &[usize], bool),
            bias: Option<&[$t]>,
            relu: bool,
            out: &mut [$t],
        ) {
            let isa = isa();
            let kind = skinny::kind(&a, &b);
            matmul(a, b, bias, relu, out, |strip| match kind {
                Some(kind) => skinny::multiply(isa, kind, &strip),
                None => blocks::multiply(isa, &strip),
            });
        }
    )*};
}

matmul_float! {
    matmul_f32 matmul_bias_f32 f32;
    matmul_f64 matmul_bias_f64 f64;
}
