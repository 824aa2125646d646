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
    /// Loads the first `n` elements, `n` below [`LANES`](Self::LANES); zeros follow.
    unsafe fn load_first(from: *const Self::Elem, n: usize) -> Self;
    unsafe fn store(self, to: *mut Self::Elem);
    /// Stores the first `n` elements, `n` below [`LANES`](Self::LANES).
    unsafe fn store_first(self, to: *mut Self::Elem, n: usize);
    /// `self * b + c`, rounded once where the machine can.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// `c - self * b`, rounded once where the machine can.
    unsafe fn neg_mul_add(self, b: Self, c: Self) -> Self;
    unsafe fn add(self, b: Self) -> Self;
    unsafe fn sub(self, b: Self) -> Self;
    unsafe fn mul(self, b: Self) -> Self;
    /// `max(self, 0)`; NaN stays.
    unsafe fn relu(self) -> Self;
    /// `min(self, most)`; NaN stays.
    unsafe fn at_most(self, most: Self) -> Self;
    /// `self` where `gate` is above 0, else 0.
    unsafe fn where_positive(self, gate: Self) -> Self;
    /// Whether an element is NaN.
    unsafe fn any_nan(self) -> bool;
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
            unsafe fn load_first(from: *const $t, n: usize) -> Self {
                let mut elements = [0.0; N];
                // SAFETY: the caller's pointer is valid for `n` elements, `n < N`.
                unsafe { from.copy_to_nonoverlapping(elements.as_mut_ptr(), n) };
                Self(elements)
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
            unsafe fn neg_mul_add(self, b: Self, c: Self) -> Self {
                Self(std::array::from_fn(|i| c.0[i] - self.0[i] * b.0[i]))
            }

            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] + b.0[i]))
            }

            #[inline(always)]
            unsafe fn sub(self, b: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] - b.0[i]))
            }

            #[inline(always)]
            unsafe fn mul(self, b: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] * b.0[i]))
            }

            #[inline(always)]
            unsafe fn relu(self) -> Self {
                Self(self.0.map(|x| if x < 0.0 { 0.0 } else { x }))
            }

            #[inline(always)]
            unsafe fn at_most(self, most: Self) -> Self {
                Self(std::array::from_fn(|i| if self.0[i] > most.0[i] { most.0[i] } else { self.0[i] }))
            }

            #[inline(always)]
            unsafe fn where_positive(self, gate: Self) -> Self {
                Self(std::array::from_fn(|i| if gate.0[i] > 0.0 { self.0[i] } else { 0.0 }))
            }

            #[inline(always)]
            unsafe fn any_nan(self) -> bool {
                self.0.iter().any(|x| x.is_nan())
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
        ($name:ident $inner:ident $t:ty, $lanes:literal lanes:
            $set1:ident $loadu:ident $storeu:ident $zero:ident
            $fmadd:ident $fnmadd:ident $add:ident $sub:ident $mul:ident $max:ident $min:ident,
            load_first: |$from:ident, $load_n:ident| $load_first:expr,
            store_first: |$v:ident, $to:ident, $n:ident| $store_first:expr,
            where_positive: |$kept:ident, $gate:ident| $where_positive:expr,
            any_nan: |$x:ident| $any_nan:expr,
        ) => {
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
}

#[cfg(target_arch = "aarch64")]
pub(crate) mod arm {
    //! The registers of NEON, which are part of the architecture.

    use std::arch::aarch64::*;

    use super::Vector;

    macro_rules! vector {
        ($name:ident $inner:ident $t:ty, $lanes:literal lanes:
            $dup:ident $load:ident $store:ident $fma:ident $fms:ident
            $add:ident $sub:ident $mul:ident $max:ident $min:ident,
            where_positive: |$kept:ident, $gate:ident| $where_positive:expr,
            any_nan: |$x:ident| $any_nan:expr,
        ) => {
            #[derive(Clone, Copy)]
            pub(crate) struct $name($inner);

            // SAFETY: the instructions exist on every machine of the architecture.
            unsafe impl Vector for $name {
                type Elem = $t;
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(x: $t) -> Self {
                    // SAFETY: the instruction exists; so below.
                    Self(unsafe { $dup(x) })
                }

                #[inline(always)]
                unsafe fn load(from: *const $t) -> Self {
                    // SAFETY: the caller's pointer is valid for a whole register.
                    Self(unsafe { $load(from) })
                }

                #[inline(always)]
                unsafe fn load_first(from: *const $t, n: usize) -> Self {
                    let mut whole = [0.0; $lanes];
                    // SAFETY: the caller's pointer is valid for the first `n` elements.
                    unsafe {
                        from.copy_to_nonoverlapping(whole.as_mut_ptr(), n);
                        Self($load(whole.as_ptr()))
                    }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut $t) {
                    // SAFETY: the caller's pointer is valid for a whole register.
                    unsafe { $store(to, self.0) };
                }

                #[inline(always)]
                unsafe fn store_first(self, to: *mut $t, n: usize) {
                    let mut whole = [0.0; $lanes];
                    // SAFETY: the caller's pointer is valid for the first `n` elements.
                    unsafe {
                        $store(whole.as_mut_ptr(), self.0);
                        to.copy_from_nonoverlapping(whole.as_ptr(), n);
                    }
                }

                #[inline(always)]
                unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: the instruction exists; so below.
                    Self(unsafe { $fma(c.0, self.0, b.0) })
                }

                #[inline(always)]
                unsafe fn neg_mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $fms(c.0, self.0, b.0) })
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
                    // The instruction returns NaN if an operand is; so the next.
                    // SAFETY: as above.
                    Self(unsafe { $max(self.0, $dup(0.0)) })
                }

                #[inline(always)]
                unsafe fn at_most(self, most: Self) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $min(self.0, most.0) })
                }

                #[inline(always)]
                unsafe fn where_positive(self, gate: Self) -> Self {
                    let ($kept, $gate) = (self.0, gate.0);
                    // SAFETY: as above.
                    Self(unsafe { $where_positive })
                }

                #[inline(always)]
                unsafe fn any_nan(self) -> bool {
                    let $x = self.0;
                    // SAFETY: as above.
                    unsafe { $any_nan }
                }
            }
        };
    }

    vector!(F32x4 float32x4_t f32, 4 lanes:
        vdupq_n_f32 vld1q_f32 vst1q_f32 vfmaq_f32 vfmsq_f32
        vaddq_f32 vsubq_f32 vmulq_f32 vmaxq_f32 vminq_f32,
        where_positive: |x, gate| vbslq_f32(vcgtq_f32(gate, vdupq_n_f32(0.0)), x, vdupq_n_f32(0.0)),
        any_nan: |x| vminvq_u32(vceqq_f32(x, x)) == 0,
    );
    vector!(F64x2 float64x2_t f64, 2 lanes:
        vdupq_n_f64 vld1q_f64 vst1q_f64 vfmaq_f64 vfmsq_f64
        vaddq_f64 vsubq_f64 vmulq_f64 vmaxq_f64 vminq_f64,
        where_positive: |x, gate| vbslq_f64(vcgtq_f64(gate, vdupq_n_f64(0.0)), x, vdupq_n_f64(0.0)),
        any_nan: |x| {
            let same = vceqq_f64(x, x);
            vgetq_lane_u64::<0>(same) == 0 || vgetq_lane_u64::<1>(same) == 0
        },
    );
}
