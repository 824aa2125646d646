//! [`Floats`] with NEON.

use std::arch::aarch64::*;

use super::arm::F32x4;
use super::floats::{Floats, HALF_ROOT};

// SAFETY: the instructions exist on every machine of the architecture.
unsafe impl Floats for F32x4 {
    #[inline(always)]
    unsafe fn div(self, b: Self) -> Self {
        // SAFETY: the instruction exists; so below.
        Self(unsafe { vdivq_f32(self.0, b.0) })
    }

    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vsqrtq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vabsq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn copysign(self, sign: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vbslq_f32(vdupq_n_u32(1 << 31), sign.0, self.0) })
    }

    #[inline(always)]
    unsafe fn floor(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vrndmq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn ceil(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vrndpq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vrndnq_f32(self.0) })
    }

    #[inline(always)]
    unsafe fn at_least(self, least: Self) -> Self {
        // The instruction returns NaN if an operand is.
        // SAFETY: as above.
        Self(unsafe { vmaxq_f32(self.0, least.0) })
    }

    #[inline(always)]
    unsafe fn larger(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let first = vorrq_u32(vmvnq_u32(vceqq_f32(self.0, self.0)), vcgtq_f32(self.0, b.0));
            Self(vbslq_f32(first, self.0, b.0))
        }
    }

    #[inline(always)]
    unsafe fn smaller(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let first = vorrq_u32(vmvnq_u32(vceqq_f32(self.0, self.0)), vcltq_f32(self.0, b.0));
            Self(vbslq_f32(first, self.0, b.0))
        }
    }

    #[inline(always)]
    unsafe fn if_less(self, b: Self, yes: Self, no: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { vbslq_f32(vcltq_f32(self.0, b.0), yes.0, no.0) })
    }

    #[inline(always)]
    unsafe fn times_two_to(self, n: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            // Two factors, as 2^n itself may be subnormal or overflow.
            let n = vcvtq_s32_f32(n.0);
            let half = vshrq_n_s32::<1>(n);
            let power = |n: int32x4_t| vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(n, vdupq_n_s32(127))));
            Self(vmulq_f32(vmulq_f32(self.0, power(half)), power(vsubq_s32(n, half))))
        }
    }

    #[inline(always)]
    unsafe fn mantissa_and_exponent(self) -> (Self, Self) {
        // SAFETY: as above.
        unsafe {
            let bits = vreinterpretq_s32_f32(self.0);
            let exponent = vshrq_n_s32::<23>(vsubq_s32(bits, vdupq_n_s32(HALF_ROOT)));
            let mantissa = vsubq_s32(bits, vshlq_n_s32::<23>(exponent));
            (Self(vreinterpretq_f32_s32(mantissa)), Self(vcvtq_f32_s32(exponent)))
        }
    }

    #[inline(always)]
    unsafe fn add_to(self, sums: *mut f64) {
        // SAFETY: as above; the caller's pointer is valid for four sums.
        unsafe {
            let low = vcvt_f64_f32(vget_low_f32(self.0));
            let high = vcvt_high_f64_f32(self.0);
            vst1q_f64(sums, vaddq_f64(vld1q_f64(sums), low));
            vst1q_f64(sums.add(2), vaddq_f64(vld1q_f64(sums.add(2)), high));
        }
    }

    #[inline(always)]
    unsafe fn add_moments_to(self, origin: f64, sums: *mut f64, squares: *mut f64) {
        // SAFETY: as above; the caller's pointers are valid for four sums.
        unsafe {
            let origin = vdupq_n_f64(origin);
            let low = vsubq_f64(vcvt_f64_f32(vget_low_f32(self.0)), origin);
            let high = vsubq_f64(vcvt_high_f64_f32(self.0), origin);
            vst1q_f64(sums, vaddq_f64(vld1q_f64(sums), low));
            vst1q_f64(sums.add(2), vaddq_f64(vld1q_f64(sums.add(2)), high));
            vst1q_f64(squares, vfmaq_f64(vld1q_f64(squares), low, low));
            vst1q_f64(squares.add(2), vfmaq_f64(vld1q_f64(squares.add(2)), high, high));
        }
    }
}
