//! The registers of AVX-512 and AVX2.

use std::arch::x86_64::*;

use super::Vector;

macro_rules! vector {
    ($name:ident $inner:ident $t:ty, $lanes:literal lanes:
        $set1:ident $loadu:ident $storeu:ident $zero:ident
        $fmadd:ident $fnmadd:ident $add:ident $sub:ident $mul:ident $max:ident $min:ident,
        load_first: |$from:ident, $load_n:ident| $load_first:expr,
        store_first: |$v:ident, $to:ident, $n:ident| $store_first:expr,
        where_positive: |$kept:ident, $gate:ident| $where_positive:expr,
        any_nan: |$x:ident| $any_nan:expr,
    ) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(super) $inner);

        // SAFETY: the trait's contract asks for the instructions used here.
        unsafe impl Vector for $name {
            type Elem = $t;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                // SAFETY: the caller runs where the instruction exists; so below.
                Self(unsafe { $set1(x) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller's pointer is valid for a whole register.
                Self(unsafe { $loadu(from) })
            }

            #[inline(always)]
            unsafe fn prefetch(to: *const $t) {
                // SAFETY: the instruction reads nothing that the program sees.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(to.cast()) };
            }

            #[inline(always)]
            unsafe fn prefetch_second(to: *const $t) {
                // SAFETY: as above.
                unsafe { _mm_prefetch::<_MM_HINT_T1>(to.cast()) };
            }

            #[inline(always)]
            unsafe fn load_first($from: *const $t, $load_n: usize) -> Self {
                // SAFETY: the caller's pointer is valid for the first `n` elements.
                Self(unsafe { $load_first })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: the caller's pointer is valid for a whole register.
                unsafe { $storeu(to, self.0) };
            }

            #[inline(always)]
            unsafe fn store_first(self, $to: *mut $t, $n: usize) {
                let $v = self.0;
                // SAFETY: the caller's pointer is valid for the first `n` elements.
                unsafe { $store_first };
            }

            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: the caller runs where the instruction exists; so below.
                Self(unsafe { $fmadd(self.0, b.0, c.0) })
            }

            #[inline(always)]
            unsafe fn neg_mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $fnmadd(self.0, b.0, c.0) })
            }

            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $add(self.0, b.0) })
            }

            #[inline(always)]
            unsafe fn sub(self, b: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $sub(self.0, b.0) })
            }

            #[inline(always)]
            unsafe fn mul(self, b: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $mul(self.0, b.0) })
            }

            #[inline(always)]
            unsafe fn relu(self) -> Self {
                // The instruction returns its second operand if one is NaN.
                // SAFETY: the caller runs where the instruction exists.
                Self(unsafe { $max($zero(), self.0) })
            }

            #[inline(always)]
            unsafe fn at_most(self, most: Self) -> Self {
                // The instruction returns its second operand if one is NaN.
                // SAFETY: the caller runs where the instruction exists.
                Self(unsafe { $min(most.0, self.0) })
            }

            #[inline(always)]
            unsafe fn where_positive(self, gate: Self) -> Self {
                let ($kept, $gate) = (self.0, gate.0);
                // SAFETY: the caller runs where the instructions exist.
                Self(unsafe { $where_positive })
            }

            #[inline(always)]
            unsafe fn any_nan(self) -> bool {
                let $x = self.0;
                // SAFETY: the caller runs where the instructions exist.
                unsafe { $any_nan }
            }
        }
    };
}

vector!(F32x16 __m512 f32, 16 lanes:
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_setzero_ps
    _mm512_fmadd_ps _mm512_fnmadd_ps _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_max_ps _mm512_min_ps,
    load_first: |from, n| _mm512_maskz_loadu_ps((1u16 << n) - 1, from),
    store_first: |v, to, n| _mm512_mask_storeu_ps(to, (1u16 << n) - 1, v),
    where_positive: |x, gate| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate, _mm512_setzero_ps()), x),
    any_nan: |x| _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x) != 0,
);
vector!(F64x8 __m512d f64, 8 lanes:
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_setzero_pd
    _mm512_fmadd_pd _mm512_fnmadd_pd _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_max_pd _mm512_min_pd,
    load_first: |from, n| _mm512_maskz_loadu_pd((1u8 << n) - 1, from),
    store_first: |v, to, n| _mm512_mask_storeu_pd(to, (1u8 << n) - 1, v),
    where_positive: |x, gate| _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(gate, _mm512_setzero_pd()), x),
    any_nan: |x| _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(x, x) != 0,
);
vector!(F32x8 __m256 f32, 8 lanes:
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_setzero_ps
    _mm256_fmadd_ps _mm256_fnmadd_ps _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_max_ps _mm256_min_ps,
    load_first: |from, n| _mm256_maskload_ps(from, _mm256_loadu_si256(FIRST_OF_8[8 - n..].as_ptr().cast())),
    store_first: |v, to, n| _mm256_maskstore_ps(to, _mm256_loadu_si256(FIRST_OF_8[8 - n..].as_ptr().cast()), v),
    where_positive: |x, gate| _mm256_and_ps(x, _mm256_cmp_ps::<_CMP_GT_OQ>(gate, _mm256_setzero_ps())),
    any_nan: |x| _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_UNORD_Q>(x, x)) != 0,
);
vector!(F64x4 __m256d f64, 4 lanes:
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_setzero_pd
    _mm256_fmadd_pd _mm256_fnmadd_pd _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_max_pd _mm256_min_pd,
    load_first: |from, n| _mm256_maskload_pd(from, _mm256_loadu_si256(FIRST_OF_4[4 - n..].as_ptr().cast())),
    store_first: |v, to, n| _mm256_maskstore_pd(to, _mm256_loadu_si256(FIRST_OF_4[4 - n..].as_ptr().cast()), v),
    where_positive: |x, gate| _mm256_and_pd(x, _mm256_cmp_pd::<_CMP_GT_OQ>(gate, _mm256_setzero_pd())),
    any_nan: |x| _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_UNORD_Q>(x, x)) != 0,
);

/// A mask of the first `n` of 8 elements begins at `8 - n`; so below.
const FIRST_OF_8: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
const FIRST_OF_4: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];
