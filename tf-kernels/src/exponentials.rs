//! Rows of `f32` and their normalised exponentials, register by register while the row is in the first-level cache.

use crate::isa::Isa;
use crate::simd::floats::Floats;
use crate::simd::functions::exp;
use crate::simd::{Portable, Vector, WIDEST, each};

/// Registers that are worked on while others wait for their results.
const WIDTH: usize = 4;

/// Elements that are summed up in `f32`, some in each of many lanes, before their sum is added to the others in `f64`.
const SHORT: usize = 4096;

/// The elements of a row, register by register: calls `$whole` with the offset of each whole register, `$rest` with that of the first
/// `$n` elements of the last.
macro_rules! registers {
    ($V:ident, $from:expr, $to:expr; $at:ident => $whole:expr; $n:ident => $rest:expr) => {{
        let (mut $at, to) = ($from, $to);
        while $at + $V::LANES <= to {
            $whole;
            $at += $V::LANES;
        }
        if $at < to {
            let $n = to - $at;
            $rest;
        }
    }};
}

/// The largest of a row; what is NaN may be left out.
///
/// # Safety
/// `x` must be valid for `n` elements, and the instructions of `V` exist; so for all functions here.
#[inline(always)]
unsafe fn largest<V: Floats>(x: *const f32, n: usize) -> f32 {
    // SAFETY: the caller's promise.
    unsafe {
        let mut max = [V::splat(f32::NEG_INFINITY); WIDTH];
        let wide = WIDTH * V::LANES;
        let whole = n / wide * wide;
        for at in (0..whole).step_by(wide) {
            each!(WIDTH; k => max[k] = V::load(x.add(at + k * V::LANES)).at_least(max[k]));
        }
        let mut rest = f32::NEG_INFINITY;
        registers!(V, whole, n;
            at => max[0] = V::load(x.add(at)).at_least(max[0]);
            count => for i in 0..count { rest = rest.max(*x.add(at + i)) });
        let mut lanes = [f32::NEG_INFINITY; WIDEST];
        max[0].at_least(max[1]).at_least(max[2].at_least(max[3])).store(lanes.as_mut_ptr());
        lanes[..V::LANES].iter().fold(rest, |a, &b| a.max(b))
    }
}

/// The sum of all lanes.
#[inline(always)]
unsafe fn total<V: Vector<Elem = f32>>(sums: [V; WIDTH]) -> f32 {
    let mut lanes = [0.0; WIDEST];
    // SAFETY: the caller's promise; no register is wider than the array.
    unsafe { sums[0].add(sums[1]).add(sums[2].add(sums[3])).store(lanes.as_mut_ptr()) };
    lanes[..V::LANES].iter().sum()
}

/// The sum of `exp(x - max)` over a row, which are stored in `out` if it is not null. What lies behind the row, most likely the next one,
/// comes near meanwhile.
#[inline(always)]
unsafe fn exponentials<V: Floats>(x: *const f32, n: usize, max: f32, out: *mut f32) -> f64 {
    // SAFETY: the caller's promise.
    unsafe {
        let most = V::splat(max);
        let mut sum = 0.0;
        for start in (0..n).step_by(SHORT) {
            let end = n.min(start + SHORT);
            let mut sums = [V::splat(0.0); WIDTH];
            let wide = WIDTH * V::LANES;
            let whole = start + (end - start) / wide * wide;
            for at in (start..whole).step_by(wide) {
                each!(WIDTH; k => {
                    V::prefetch(x.wrapping_add(n + at + k * V::LANES));
                    let e = exp(V::load(x.add(at + k * V::LANES)).sub(most));
                    if !out.is_null() {
                        e.store(out.add(at + k * V::LANES));
                    }
                    sums[k] = sums[k].add(e);
                });
            }
            let mut rest = [0.0; WIDEST];
            registers!(V, whole, end;
            at => {
                let e = exp(V::load(x.add(at)).sub(most));
                if !out.is_null() {
                    e.store(out.add(at));
                }
                sums[0] = sums[0].add(e);
            };
            count => {
                let e = exp(V::load_first(x.add(at), count).sub(most));
                if !out.is_null() {
                    e.store_first(out.add(at), count);
                }
                e.store_first(rest.as_mut_ptr(), count);
            });
            sum += f64::from(total(sums) + rest.iter().sum::<f32>());
        }
        sum
    }
}

/// `out = out · factor`.
#[inline(always)]
unsafe fn scale<V: Floats>(out: *mut f32, n: usize, factor: f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let factor = V::splat(factor);
        registers!(V, 0, n;
            at => V::load(out.add(at)).mul(factor).store(out.add(at));
            count => V::load_first(out.add(at), count).mul(factor).store_first(out.add(at), count));
    }
}

/// `out = (x - max) - log`.
#[inline(always)]
unsafe fn shift<V: Floats>(x: *const f32, n: usize, max: f32, log: f32, out: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let (max, log) = (V::splat(max), V::splat(log));
        registers!(V, 0, n;
            at => V::load(x.add(at)).sub(max).sub(log).store(out.add(at));
            count => V::load_first(x.add(at), count).sub(max).sub(log).store_first(out.add(at), count));
    }
}

/// `out = e^x / Σ e^x`; yields the largest `x`, and the logarithm of the sum after it is taken off.
#[inline(always)]
unsafe fn shares<V: Floats>(x: *const f32, n: usize, out: *mut f32) -> (f32, f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let max = largest::<V>(x, n);
        let sum = exponentials::<V>(x, n, max, out);
        scale::<V>(out, n, (1.0 / sum) as f32);
        (max, sum.ln() as f32)
    }
}

/// `out = x - ln Σ e^x`.
#[inline(always)]
unsafe fn logarithms<V: Floats>(x: *const f32, n: usize, out: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let max = largest::<V>(x, n);
        let sum = exponentials::<V>(x, n, max, std::ptr::null_mut());
        shift::<V>(x, n, max, sum.ln() as f32, out);
    }
}

/// `out` becomes the shares of `x` less the labels; yields the cross entropy of both.
#[inline(always)]
unsafe fn loss<V: Floats>(x: *const f32, labels: *const f32, n: usize, out: *mut f32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe {
        let max = largest::<V>(x, n);
        let sum = exponentials::<V>(x, n, max, out);
        let (zero, most) = (V::splat(0.0), V::splat(max));
        let (scale, log) = (V::splat((1.0 / sum) as f32), V::splat(sum.ln() as f32));
        let mut sums = [zero; WIDTH];
        let mut rest = [0.0; WIDEST];
        // A class that the label rules out may be infinitely unlikely; a label of NaN counts.
        macro_rules! term {
            ($x:ident, $label:ident) => {
                zero.if_less($label.abs(), $label.mul(log.sub($x.sub(most))), $label.abs())
            };
        }
        registers!(V, 0, n;
        at => {
            let (x, label) = (V::load(x.add(at)), V::load(labels.add(at)));
            sums[0] = sums[0].add(term!(x, label));
            V::load(out.add(at)).mul(scale).sub(label).store(out.add(at));
        };
        count => {
            let (x, label) = (V::load_first(x.add(at), count), V::load_first(labels.add(at), count));
            term!(x, label).store_first(rest.as_mut_ptr(), count);
            V::load_first(out.add(at), count).mul(scale).sub(label).store_first(out.add(at), count);
        });
        total(sums) + rest.iter().sum::<f32>()
    }
}

/// Defines the ways in for each instruction set.
macro_rules! enter {
    ($($(#[$enable:meta])* $shares:ident $logarithms:ident $loss:ident $V:ty;)*) => { $(
        /// # Safety
        /// The instructions must exist, and the arrays be of one length; so below.
        $(#[$enable])*
        unsafe fn $shares(x: &[f32], out: &mut [f32]) -> (f32, f32) {
            // SAFETY: the caller's promise; so below.
            unsafe { shares::<$V>(x.as_ptr(), x.len(), out.as_mut_ptr()) }
        }

        /// # Safety
        /// As above.
        $(#[$enable])*
        unsafe fn $logarithms(x: &[f32], out: &mut [f32]) {
            // SAFETY: as above.
            unsafe { logarithms::<$V>(x.as_ptr(), x.len(), out.as_mut_ptr()) }
        }

        /// # Safety
        /// As above.
        $(#[$enable])*
        unsafe fn $loss(x: &[f32], labels: &[f32], out: &mut [f32]) -> f32 {
            // SAFETY: as above.
            unsafe { loss::<$V>(x.as_ptr(), labels.as_ptr(), x.len(), out.as_mut_ptr()) }
        }
    )* };
}

#[cfg(target_arch = "x86_64")]
use crate::simd::x86::{F32x8, F32x16};
#[cfg(target_arch = "x86_64")]
enter! {
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
    shares_avx512 logarithms_avx512 loss_avx512 F32x16;
    #[target_feature(enable = "avx2,fma")]
    shares_avx2 logarithms_avx2 loss_avx2 F32x8;
}
#[cfg(target_arch = "aarch64")]
use crate::simd::arm::F32x4;
#[cfg(target_arch = "aarch64")]
enter! { shares_neon logarithms_neon loss_neon F32x4; }
enter! { shares_portable logarithms_portable loss_portable Portable<f32, 4>; }

/// Calls the version of a function for an instruction set.
macro_rules! on {
    ($isa:expr; $avx512:ident $avx2:ident $neon:ident $portable:ident ($($argument:expr),*)) => {
        // SAFETY: `isa()` and `with_isa` let only detected paths reach a kernel; lengths were compared.
        unsafe {
            match $isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => $avx512($($argument),*),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => $avx2($($argument),*),
                #[cfg(target_arch = "aarch64")]
                Isa::Neon => $neon($($argument),*),
                _ => $portable($($argument),*),
            }
        }
    };
}

/// A row's softmax; yields its largest element, and the logarithm of the sum of exponentials after that is taken off.
///
/// # Panics
/// If the lengths differ; so below.
pub(crate) fn shares_f32(isa: Isa, x: &[f32], out: &mut [f32]) -> (f32, f32) {
    assert_eq!(x.len(), out.len(), "elements of operand and result");
    on!(isa; shares_avx512 shares_avx2 shares_neon shares_portable (x, out))
}

/// The logarithm of a row's softmax.
pub(crate) fn logarithms_f32(isa: Isa, x: &[f32], out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "elements of operand and result");
    on!(isa; logarithms_avx512 logarithms_avx2 logarithms_neon logarithms_portable (x, out))
}

/// The cross entropy of a row's softmax and its labels; `out` becomes the one less the other.
pub(crate) fn loss_f32(isa: Isa, x: &[f32], labels: &[f32], out: &mut [f32]) -> f32 {
    assert!(x.len() == out.len() && x.len() == labels.len(), "elements of operands and result");
    on!(isa; loss_avx512 loss_avx2 loss_neon loss_portable (x, labels, out))
}
