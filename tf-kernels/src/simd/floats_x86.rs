//! [`Floats`] with AVX-512 and AVX2.

use std::arch::x86_64::*;

use super::floats::{Floats, HALF_ROOT};
use super::x86::{F32x8, F32x16};

const SIGN: f32 = -0.0;

// SAFETY: the trait's contract asks for the instructions used here.
unsafe impl Floats for F32x16 {
    #[inline(always)]
    unsafe fn div(self, b: Self) -> Self {
        // SAFETY: the caller runs where the instruction exists; so below.
        Self(unsafe { _mm512_div_ps(self.0, b.0) })
    }

    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_abs_ps(self.0) })
    }

    #[inline(always)]
    unsafe fn copysign(self, sign: Self) -> Self {
        // The sign of the second, all else of the first.
        const CHOICE: i32 = 0b1101_1000;
        // SAFETY: as above.
        unsafe {
            let mask = _mm512_castps_si512(_mm512_set1_ps(SIGN));
            let (x, sign) = (_mm512_castps_si512(self.0), _mm512_castps_si512(sign.0));
            Self(_mm512_castsi512_ps(_mm512_ternarylogic_epi32::<CHOICE>(x, sign, mask)))
        }
    }

    #[inline(always)]
    unsafe fn floor(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(self.0) })
    }

    #[inline(always)]
    unsafe fn ceil(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC }>(self.0) })
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }

    #[inline(always)]
    unsafe fn at_least(self, least: Self) -> Self {
        // The instruction returns its second operand if one is NaN; so the next.
        // SAFETY: as above.
        Self(unsafe { _mm512_max_ps(least.0, self.0) })
    }

    #[inline(always)]
    unsafe fn larger(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
            Self(_mm512_mask_mov_ps(_mm512_max_ps(self.0, b.0), nan, self.0))
        }
    }

    #[inline(always)]
    unsafe fn smaller(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
            Self(_mm512_mask_mov_ps(_mm512_min_ps(self.0, b.0), nan, self.0))
        }
    }

    #[inline(always)]
    unsafe fn if_less(self, b: Self, yes: Self, no: Self) -> Self {
        // SAFETY: as above.
        unsafe { Self(_mm512_mask_mov_ps(no.0, _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, b.0), yes.0)) }
    }

    #[inline(always)]
    unsafe fn times_two_to(self, n: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_scalef_ps(self.0, n.0) })
    }

    #[inline(always)]
    unsafe fn mantissa_and_exponent(self) -> (Self, Self) {
        // SAFETY: as above.
        unsafe {
            let bits = _mm512_castps_si512(self.0);
            let exponent = _mm512_srai_epi32::<23>(_mm512_sub_epi32(bits, _mm512_set1_epi32(HALF_ROOT)));
            let mantissa = _mm512_sub_epi32(bits, _mm512_slli_epi32::<23>(exponent));
            (Self(_mm512_castsi512_ps(mantissa)), Self(_mm512_cvtepi32_ps(exponent)))
        }
    }

    #[inline(always)]
    unsafe fn add_to(self, sums: *mut f64) {
        // SAFETY: as above; the caller's pointer is valid for sixteen sums.
        unsafe {
            let low = _mm512_cvtps_pd(_mm512_castps512_ps256(self.0));
            let high = _mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(self.0));
            _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_loadu_pd(sums), low));
            _mm512_storeu_pd(sums.add(8), _mm512_add_pd(_mm512_loadu_pd(sums.add(8)), high));
        }
    }

    #[inline(always)]
    unsafe fn add_moments_to(self, origin: f64, sums: *mut f64, squares: *mut f64) {
        // SAFETY: as above; the caller's pointers are valid for sixteen sums.
        unsafe {
            let origin = _mm512_set1_pd(origin);
            let low = _mm512_sub_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(self.0)), origin);
            let high = _mm512_sub_pd(_mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(self.0)), origin);
            _mm512_storeu_pd(sums, _mm512_add_pd(_mm512_loadu_pd(sums), low));
            _mm512_storeu_pd(sums.add(8), _mm512_add_pd(_mm512_loadu_pd(sums.add(8)), high));
            _mm512_storeu_pd(squares, _mm512_fmadd_pd(low, low, _mm512_loadu_pd(squares)));
            _mm512_storeu_pd(squares.add(8), _mm512_fmadd_pd(high, high, _mm512_loadu_pd(squares.add(8))));
        }
    }

    #[inline(always)]
    unsafe fn stream(self, to: *mut f32) {
        // SAFETY: as above; the caller's pointer is aligned.
        unsafe { _mm512_stream_ps(to, self.0) };
    }
}

// SAFETY: as above.
unsafe impl Floats for F32x8 {
    #[inline(always)]
    unsafe fn div(self, b: Self) -> Self {
        // SAFETY: the caller runs where the instruction exists; so below.
        Self(unsafe { _mm256_div_ps(self.0, b.0) })
    }

    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_sqrt_ps(self.0) })
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_andnot_ps(_mm256_set1_ps(SIGN), self.0) })
    }

    #[inline(always)]
    unsafe fn copysign(self, sign: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let mask = _mm256_set1_ps(SIGN);
            Self(_mm256_or_ps(_mm256_andnot_ps(mask, self.0), _mm256_and_ps(mask, sign.0)))
        }
    }

    #[inline(always)]
    unsafe fn floor(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_floor_ps(self.0) })
    }

    #[inline(always)]
    unsafe fn ceil(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_ceil_ps(self.0) })
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }

    #[inline(always)]
    unsafe fn at_least(self, least: Self) -> Self {
        // The instruction returns its second operand if one is NaN; so the next.
        // SAFETY: as above.
        Self(unsafe { _mm256_max_ps(least.0, self.0) })
    }

    #[inline(always)]
    unsafe fn larger(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0);
            Self(_mm256_blendv_ps(_mm256_max_ps(self.0, b.0), self.0, nan))
        }
    }

    #[inline(always)]
    unsafe fn smaller(self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0);
            Self(_mm256_blendv_ps(_mm256_min_ps(self.0, b.0), self.0, nan))
        }
    }

    #[inline(always)]
    unsafe fn if_less(self, b: Self, yes: Self, no: Self) -> Self {
        // SAFETY: as above.
        unsafe { Self(_mm256_blendv_ps(no.0, yes.0, _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, b.0))) }
    }

    #[inline(always)]
    unsafe fn times_two_to(self, n: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            // Two factors, as 2^n itself may be subnormal or overflow.
            let n = _mm256_cvtps_epi32(n.0);
            let half = _mm256_srai_epi32::<1>(n);
            let bias = _mm256_set1_epi32(127);
            let first = _mm256_slli_epi32::<23>(_mm256_add_epi32(half, bias));
            let second = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_sub_epi32(n, half), bias));
            Self(_mm256_mul_ps(_mm256_mul_ps(self.0, _mm256_castsi256_ps(first)), _mm256_castsi256_ps(second)))
        }
    }

    #[inline(always)]
    unsafe fn mantissa_and_exponent(self) -> (Self, Self) {
        // SAFETY: as above.
        unsafe {
            let bits = _mm256_castps_si256(self.0);
            let exponent = _mm256_srai_epi32::<23>(_mm256_sub_epi32(bits, _mm256_set1_epi32(HALF_ROOT)));
            let mantissa = _mm256_sub_epi32(bits, _mm256_slli_epi32::<23>(exponent));
            (Self(_mm256_castsi256_ps(mantissa)), Self(_mm256_cvtepi32_ps(exponent)))
        }
    }

    #[inline(always)]
    unsafe fn add_to(self, sums: *mut f64) {
        // SAFETY: as above; the caller's pointer is valid for eight sums.
        unsafe {
            let low = _mm256_cvtps_pd(_mm256_castps256_ps128(self.0));
            let high = _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(self.0));
            _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), low));
            _mm256_storeu_pd(sums.add(4), _mm256_add_pd(_mm256_loadu_pd(sums.add(4)), high));
        }
    }

    #[inline(always)]
    unsafe fn add_moments_to(self, origin: f64, sums: *mut f64, squares: *mut f64) {
        // SAFETY: as above; the caller's pointers are valid for eight sums.
        unsafe {
            let origin = _mm256_set1_pd(origin);
            let low = _mm256_sub_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(self.0)), origin);
            let high = _mm256_sub_pd(_mm256_cvtps_pd(_mm256_extractf128_ps::<1>(self.0)), origin);
            _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), low));
            _mm256_storeu_pd(sums.add(4), _mm256_add_pd(_mm256_loadu_pd(sums.add(4)), high));
            _mm256_storeu_pd(squares, _mm256_fmadd_pd(low, low, _mm256_loadu_pd(squares)));
            _mm256_storeu_pd(squares.add(4), _mm256_fmadd_pd(high, high, _mm256_loadu_pd(squares.add(4))));
        }
    }

    #[inline(always)]
    unsafe fn stream(self, to: *mut f32) {
        // SAFETY: as above; the caller's pointer is aligned.
        unsafe { _mm256_stream_ps(to, self.0) };
    }
}
