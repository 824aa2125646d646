//! What registers of `f32` do beside multiplying and adding: divisions, roots, comparisons, exponents.

use super::{Portable, Vector};

/// A register of `f32`.
///
/// # Safety
/// As for [`Vector`].
pub(crate) unsafe trait Floats: Vector<Elem = f32> {
    unsafe fn div(self, b: Self) -> Self;
    unsafe fn sqrt(self) -> Self;
    unsafe fn abs(self) -> Self;
    /// `self` with the sign of `sign`.
    unsafe fn copysign(self, sign: Self) -> Self;
    /// The largest integer that is not larger.
    unsafe fn floor(self) -> Self;
    /// The smallest integer that is not smaller.
    unsafe fn ceil(self) -> Self;
    /// The nearest integer, the even one of two.
    unsafe fn round(self) -> Self;
    /// `max(self, least)`; NaN stays.
    unsafe fn at_least(self, least: Self) -> Self;
    /// The larger one; NaN if either is, the first one's if both are.
    unsafe fn larger(self, b: Self) -> Self;
    /// The smaller one; NaN if either is, the first one's if both are.
    unsafe fn smaller(self, b: Self) -> Self;
    /// `yes` where `self < b`, else `no`.
    unsafe fn if_less(self, b: Self, yes: Self, no: Self) -> Self;
    /// `self · 2^n` for whole `n` of -280 to 280, rounded at most twice, and only where the result is subnormal.
    unsafe fn times_two_to(self, n: Self) -> Self;
    /// `m` and `e` with `self = m · 2^e` and `m` from `√½` up to `√2`; for positive normal numbers.
    unsafe fn mantissa_and_exponent(self) -> (Self, Self);
    /// Adds each element to a sum of its own.
    unsafe fn add_to(self, sums: *mut f64);
    /// Adds each element's difference from `origin` to a sum of its own, and its square to another.
    unsafe fn add_moments_to(self, origin: f64, sums: *mut f64, squares: *mut f64);
    /// Stores past the caches where the machine can; `to` is where a register's length begins anew. See [`streams`](super::streams).
    #[inline(always)]
    unsafe fn stream(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { self.store(to) };
    }
}

/// Bits of `√½`: mantissas are from there up to twice that.
pub(super) const HALF_ROOT: i32 = 0x3f35_04f3;

// SAFETY: plain Rust, valid on every machine.
unsafe impl<const N: usize> Floats for Portable<f32, N> {
    #[inline(always)]
    unsafe fn div(self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] / b.0[i]))
    }

    #[inline(always)]
    unsafe fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }

    #[inline(always)]
    unsafe fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    #[inline(always)]
    unsafe fn copysign(self, sign: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].copysign(sign.0[i])))
    }

    #[inline(always)]
    unsafe fn floor(self) -> Self {
        Self(self.0.map(f32::floor))
    }

    #[inline(always)]
    unsafe fn ceil(self) -> Self {
        Self(self.0.map(f32::ceil))
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(self.0.map(f32::round_ties_even))
    }

    #[inline(always)]
    unsafe fn at_least(self, least: Self) -> Self {
        Self(std::array::from_fn(|i| if self.0[i] < least.0[i] { least.0[i] } else { self.0[i] }))
    }

    #[inline(always)]
    unsafe fn larger(self, b: Self) -> Self {
        let larger = |a: f32, b: f32| if a.is_nan() || a > b { a } else { b };
        Self(std::array::from_fn(|i| larger(self.0[i], b.0[i])))
    }

    #[inline(always)]
    unsafe fn smaller(self, b: Self) -> Self {
        let smaller = |a: f32, b: f32| if a.is_nan() || a < b { a } else { b };
        Self(std::array::from_fn(|i| smaller(self.0[i], b.0[i])))
    }

    #[inline(always)]
    unsafe fn if_less(self, b: Self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|i| if self.0[i] < b.0[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    unsafe fn times_two_to(self, n: Self) -> Self {
        let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
        Self(std::array::from_fn(|i| {
            // Two factors, as 2^n itself may be subnormal or overflow.
            let n = n.0[i] as i32;
            let half = n >> 1;
            self.0[i] * power(half) * power(n - half)
        }))
    }

    #[inline(always)]
    unsafe fn mantissa_and_exponent(self) -> (Self, Self) {
        let exponent = self.0.map(|x| (x.to_bits() as i32).wrapping_sub(HALF_ROOT) >> 23);
        let mantissa = |i: usize| f32::from_bits((self.0[i].to_bits() as i32).wrapping_sub(exponent[i] << 23) as u32);
        (Self(std::array::from_fn(mantissa)), Self(exponent.map(|e| e as f32)))
    }

    #[inline(always)]
    unsafe fn add_to(self, sums: *mut f64) {
        for (i, &x) in self.0.iter().enumerate() {
            // SAFETY: the caller's pointer is valid for as many sums as there are elements.
            unsafe { *sums.add(i) += f64::from(x) };
        }
    }

    #[inline(always)]
    unsafe fn add_moments_to(self, origin: f64, sums: *mut f64, squares: *mut f64) {
        for (i, &x) in self.0.iter().enumerate() {
            let difference = f64::from(x) - origin;
            // SAFETY: the caller's pointers are valid for as many sums as there are elements.
            unsafe {
                *sums.add(i) += difference;
                *squares.add(i) += difference * difference;
            }
        }
    }
}
