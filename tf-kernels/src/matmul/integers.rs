//! Products of integers.

use super::strips::for_each_strip;
use super::{Batch, Finish, Product};
use crate::isa::{isa, multiversion};

/// Wrapping multiplication and addition.
trait Integer: Copy + Default + Send + Sync {
    fn mul_add(self, b: Self, c: Self) -> Self;
}

macro_rules! matmul_integer {
    ($($name:ident $t:ty;)*) => {$(
        impl Integer for $t {
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                self.wrapping_mul(b).wrapping_add(c)
            }
        }

        #[doc = concat!("As [`matmul_f32`](super::matmul_f32) for `", stringify!($t), "`, which wraps.")]
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
            let isa = isa();
            let batch = Batch::new((a, a_shape, transpose_a), (b, b_shape, transpose_b));
            if out.is_empty() || batch.product.k == 0 {
                return out.fill(0);
            }
            for_each_strip(&batch, a, b, Finish { bias: None, relu: false }, out, |strip| {
                for i in 0..strip.product.m {
                    let a = &strip.a[i * strip.product.a[0]..];
                    // SAFETY: the strip is this call's own, a row at a time.
                    let out = unsafe { strip.row(i) };
                    integer_row(isa, strip.product, a, strip.b, out);
                }
            });
        }
    )*};
}

matmul_integer! {
    matmul_i32 i32;
    matmul_i64 i64;
}

multiversion! {
    /// One row of a product: sums of scaled rows of `b` where they are
    /// contiguous, else dot products with its columns.
    fn integer_row[T: Integer](product: Product, a: &[T], b: &[T], out: &mut [T]) {
        let Product { k, a: [_, a_step], b: [b_row, b_step], .. } = product;
        // Columns at a time, so that the row of results stays in the first-level cache.
        const BLOCK: usize = 1024;
        if b_step == 1 {
            for (block, out) in out.chunks_mut(BLOCK).enumerate() {
                out.fill(T::default());
                for p in 0..k {
                    let scale = a[p * a_step];
                    let b = &b[p * b_row + block * BLOCK..][..out.len()];
                    for (out, &b) in out.iter_mut().zip(b) {
                        *out = scale.mul_add(b, *out);
                    }
                }
            }
        } else {
            for (j, out) in out.iter_mut().enumerate() {
                let mut sum = T::default();
                for p in 0..k {
                    sum = a[p * a_step].mul_add(b[p * b_row + j * b_step], sum);
                }
                *out = sum;
            }
        }
    }
}
