//! Matrix products, batched.
//!
//! | file | what it holds |
//! |---|---|
//! | `blocks` | products cut into blocks that stay in the caches |
//! | `packing` | operands laid out as the tiles read them |
//! | `tile` | the loop whose sums stay in registers |
//! | `packed` | a second operand that is laid out once |
//! | `few_rows` | products of one row or two with a matrix that is laid out |
//! | `row_blocks` | products whose rows are handed on while they are in the cache |
//! | `sums` | products that are added up, or to a matrix |
//! | `skinny` | products of a few rows or columns, which read the large operand where it lies |
//! | `strips` | products cut into strips, one for a thread |
//! | `integers` | products of integers, which wrap |

mod blocks;
mod few_rows;
mod integers;
mod packed;
mod packing;
mod row_blocks;
mod skinny;
mod strips;
mod sums;
mod tile;

pub use integers::{matmul_i32, matmul_i64};
pub use packed::{PackedMatrix, matmul_packed_f32, matmul_strips_f32};
pub use row_blocks::Start;
pub(crate) use row_blocks::{RowProduct, Rows, for_rows};
pub use sums::{matmul_add_f32, matmul_sum_f32};

use crate::float::Float;
use crate::isa::isa;
use crate::scratch::Scratch;
use crate::threads::for_each_chunk;
use crate::walk::{Walk, elements, for_each_offset};
use tile::TileElement;

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

impl Product {
    /// Elementary operations.
    fn work(&self) -> usize {
        (self.m * self.k * self.n).div_ceil(PER_OPERATION)
    }
}

/// An operand: its elements, its shape, and whether the last two axes are stored in the other order.
pub type Operand<'a, T> = (&'a [T], &'a [usize], bool);

/// The products of matrices on the last two axes, the other axes broadcast.
struct Batch {
    product: Product,
    /// Where the operands' matrices begin, for each of the result's; nothing where there are no other axes, or no results.
    offsets: Vec<[usize; 2]>,
}

impl Batch {
    fn new<T>((a, a_shape, transpose_a): Operand<'_, T>, (b, b_shape, transpose_b): Operand<'_, T>) -> Self {
        assert_eq!(a.len(), elements(a_shape), "elements of the first operand");
        assert_eq!(b.len(), elements(b_shape), "elements of the second operand");
        let (a_batch, [m, k, a @ ..]) = matrices(a_shape, transpose_a);
        let (b_batch, [b_k, n, b @ ..]) = matrices(b_shape, transpose_b);
        assert_eq!(k, b_k, "columns of the first and rows of the second operand");
        let product = Product { m, k, n, a, b };
        let shape = crate::broadcast::broadcast_shape(a_batch, b_batch).expect("batch axes that broadcast");
        let mut offsets = Vec::new();
        if !shape.is_empty() && !shape.contains(&0) {
            offsets.reserve_exact(elements(&shape));
            let walk = Walk::broadcast([a_batch, b_batch], &shape);
            for_each_offset(walk.axes(), 0..elements(&shape), [0; 2], |[ia, ib]| {
                offsets.push([ia as usize * m * k, ib as usize * k * n]);
            });
        }
        Self { product, offsets }
    }

    fn offsets(&self) -> &[[usize; 2]] {
        if self.offsets.is_empty() { &[[0, 0]] } else { &self.offsets }
    }
}

/// The batch axes, then rows, columns, row stride and column stride of the
/// matrices on the last two axes.
fn matrices(shape: &[usize], transposed: bool) -> (&[usize], [usize; 4]) {
    let [batch @ .., rows, columns] = shape else { panic!("at least two axes: {shape:?}") };
    let (rows, columns) = (*rows, *columns);
    (batch, if transposed { [columns, rows, 1, columns] } else { [rows, columns, columns, 1] })
}

/// The sum of nothing, with what follows it.
fn nothing<T: Copy + Default + PartialOrd>(n: usize, finish: Finish<'_, T>, out: &mut [T]) {
    for row in out.chunks_exact_mut(n) {
        match finish.bias {
            Some(bias) => row.copy_from_slice(bias),
            None => row.fill(T::default()),
        }
    }
    if finish.relu {
        out.iter_mut().filter(|x| **x < T::default()).for_each(|x| *x = T::default());
    }
}

/// What follows the sums of a product before they are stored.
#[derive(Clone, Copy)]
struct Finish<'a, T> {
    /// What is added to each row: an element for each column.
    bias: Option<&'a [T]>,
    /// Whether negative results become 0.
    relu: bool,
}

fn multiply<T: Float + TileElement + Scratch>(
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    finish: Finish<'_, T>,
    out: &mut [T],
) {
    let isa = isa();
    let batch = Batch::new(a, b);
    let Product { m, k, n, .. } = batch.product;
    if let Some(bias) = finish.bias {
        assert_eq!(bias.len(), n, "an element of the bias for each column");
    }
    if out.is_empty() {
        return;
    }
    assert_eq!(batch.offsets().len() * m * n, out.len(), "elements of the result");
    if k == 0 {
        return nothing(n, finish, out);
    }
    if let Some(kind) = skinny::kind(&batch.product) {
        return strips::for_each_strip(&batch, a.0, b.0, finish, out, |strip| skinny::multiply(isa, kind, &strip));
    }
    let matrix = |[ia, ib]: [usize; 2], out: &mut [T]| {
        let parts = [(&a.0[ia..ia + m * k], &b.0[ib..ib + k * n])];
        let sum = blocks::Sum {
            product: batch.product,
            parts: &parts,
            laid: None,
            strips: &[],
            start: None,
            onto: None,
            finish,
        };
        blocks::multiply(isa, &sum, out);
    };
    match batch.offsets() {
        &[one] => matrix(one, out),
        several => {
            let work = several.len() * batch.product.work();
            for_each_chunk(out, m * n, work, |start, out| {
                for (i, out) in out.chunks_exact_mut(m * n).enumerate() {
                    matrix(several[start / (m * n) + i], out);
                }
            });
        }
    }
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
            multiply(a, b, Finish { bias, relu }, out);
        }
    )*};
}

matmul_float! {
    matmul_f32 matmul_bias_f32 f32;
    matmul_f64 matmul_bias_f64 f64;
}
