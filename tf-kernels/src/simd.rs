//! Vectors held in one register, for loops whose registers are laid out by hand.

/// A register of elements.
///
/// # Safety
/// Every method may only run where the instructions of the implementing type
/// exist; pointers must be valid for the elements that are read or written.
pub(crate) unsafe trait Vector: Copy {
    type Elem: Copy;
    /// Elements in a register.
    const LANES: usize;

    unsafe fn splat(x: Self::Elem) -> Self;
    unsafe fn load(from: *const Self::Elem) -> Self;
    unsafe fn store(self, to: *mut Self::Elem);
    /// Stores the first `n` elements, `n` below [`LANES`](Self::LANES).
    unsafe fn store_first(self, to: *mut Self::Elem, n: usize);
    /// `self * b + c`, rounded once where the machine can.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// `max(self, 0)`; NaN stays.
    unsafe fn relu(self) -> Self;
}

/// `N` elements that the compiler puts into whatever registers there are.
#[derive(Clone, Copy)]
pub(crate) struct Portable<T, const N: usize>([T; N]);

macro_rules! portable {
    ($($t:ty)*) => {$(
        // SAFETY: plain Rust, valid on every machine.
        unsafe impl<const N: usize> Vector for Portable<$t, N> {
            type Elem = $t;
            const LANES: usize = N;

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                Self([x; N])
            }

            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller's pointer is valid for `N` elements.
                Self(unsafe { from.cast::<[$t; N]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: the caller's pointer is valid for `N` elements.
                unsafe { to.cast::<[$t; N]>().write_unaligned(self.0) };
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $t, n: usize) {
                // SAFETY: the caller's pointer is valid for `n` elements, `n < N`.
                unsafe { to.copy_from_nonoverlapping(self.0.as_ptr(), n) };
            }

            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
            }

            #[inline(always)]
            unsafe fn relu(self) -> Self {
                Self(self.0.map(|x| if x < 0.0 { 0.0 } else { x }))
            }
        }
    )*};
}

portable!(f32 f64);

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    //! The registers of AVX-512 and AVX2.

    use std::arch::x86_64::*;

    use super::Vector;

    macro_rules! vector {
        ($name:ident $inner:ident $t:ty, $lanes:literal: $set1:ident $loadu:ident $storeu:ident
            $fmadd:ident $max:ident $zero:ident, |$v:ident, $to:ident, $n:ident| $store_first:expr) => {
            #[derive(Clone, Copy)]
            pub(crate) struct $name($inner);

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
                    // SAFETY: the caller runs where the instruction exists.
                    Self(unsafe { $fmadd(self.0, b.0, c.0) })
                }

                #[inline(always)]
                unsafe fn relu(self) -> Self {
                    // The instruction returns its second operand if one is NaN.
                    // SAFETY: the caller runs where the instruction exists.
                    Self(unsafe { $max($zero(), self.0) })
                }
            }
        };
    }

    vector!(F32x16 __m512 f32, 16: _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps
        _mm512_fmadd_ps _mm512_max_ps _mm512_setzero_ps,
        |v, to, n| _mm512_mask_storeu_ps(to, (1u16 << n) - 1, v));
    vector!(F64x8 __m512d f64, 8: _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd
        _mm512_fmadd_pd _mm512_max_pd _mm512_setzero_pd,
        |v, to, n| _mm512_mask_storeu_pd(to, (1u8 << n) - 1, v));
    vector!(F32x8 __m256 f32, 8: _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps
    _mm256_fmadd_ps _mm256_max_ps _mm256_setzero_ps,
    |v, to, n| {
        let mut whole = [0f32; 8];
        _mm256_storeu_ps(whole.as_mut_ptr(), v);
        to.copy_from_nonoverlapping(whole.as_ptr(), n);
    });
    vector!(F64x4 __m256d f64, 4: _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd
    _mm256_fmadd_pd _mm256_max_pd _mm256_setzero_pd,
    |v, to, n| {
        let mut whole = [0f64; 4];
        _mm256_storeu_pd(whole.as_mut_ptr(), v);
        to.copy_from_nonoverlapping(whole.as_ptr(), n);
    });
}
