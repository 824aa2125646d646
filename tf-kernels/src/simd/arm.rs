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
        pub(crate) struct $name(pub(super) $inner);

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
