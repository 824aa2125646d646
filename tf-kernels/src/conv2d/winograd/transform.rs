//! The one-dimensional transforms: how `OUT` neighbouring results of a filter
//! of `TAPS` taps come from `TILE = OUT + TAPS - 1` products.
//!
//! Tile, filter and result are polynomials; products are taken of their values
//! at `TILE - 1` points and at infinity (Toom and Cook; Winograd 1980; Lavin
//! and Gray 2015). With points `a`, `M_a(x) = Π (x - b)` over the other points
//! and `N_a = M_a(a)`:
//!
//! * the input's product `a` takes the coefficients of `M_a`, whose leading one is 1;
//! * the filter's takes `aᵏ / N_a`;
//! * result `k` sums the products times `aᵏ`, the last one infinity's as well.
//!
//! The points decide how much is lost to rounding. Those here were found by
//! search: 0, ±5/8, ±3/2 lose less than half of what the usual 0, ±1, ±2 do,
//! and all of their coefficients are exact in `f32`. The transform of a point
//! and its negative share their even and odd parts.

use crate::simd::Vector;

/// The largest tile, and the length of every array here; what lies beyond a
/// transform's own sizes is neither read nor written.
pub(super) const MOST: usize = 8;

/// # Safety
/// The methods may only run where the instructions of `V` exist.
pub(in super::super) unsafe trait Transform: Sync {
    /// Results of a tile.
    const OUT: usize;
    /// Taps of the filter.
    const TAPS: usize;
    /// Inputs of a tile, and products.
    const TILE: usize = Self::OUT + Self::TAPS - 1;
    /// The positive points; 0, their negatives and infinity belong to them.
    const POINTS: &'static [f64];

    /// The factors `aᵏ / N_a` of the filter, for 0 and the positive points. A
    /// negative point has the same with its odd ones negated.
    const FILTER: [[f32; 5]; 4] = filter_factors(Self::POINTS, Self::TAPS);

    /// The input's factors of the products.
    unsafe fn input<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST];
    /// Results from products.
    unsafe fn output<V: Vector<Elem = f32>>(m: [V; MOST]) -> [V; MOST];
    /// The transpose of [`output`](Self::output): what a change of each product
    /// does to results whose own changes count `y`.
    unsafe fn spread<V: Vector<Elem = f32>>(y: [V; MOST]) -> [V; MOST];

    /// The filter's factors of the products.
    #[inline(always)]
    unsafe fn filter<V: Vector<Elem = f32>>(w: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut u = [V::splat(0.0); MOST];
            u[0] = w[0].mul(V::splat(Self::FILTER[0][0]));
            for p in 1..=Self::POINTS.len() {
                let factors = Self::FILTER[p];
                let mut even = w[0].mul(V::splat(factors[0]));
                let mut odd = w[1].mul(V::splat(factors[1]));
                for k in 2..Self::TAPS {
                    let part = if k % 2 == 0 { &mut even } else { &mut odd };
                    *part = w[k].mul_add(V::splat(factors[k]), *part);
                }
                u[2 * p - 1] = even.add(odd);
                u[2 * p] = even.sub(odd);
            }
            u[Self::TILE - 1] = w[Self::TAPS - 1];
            u
        }
    }

    /// The transpose of [`filter`](Self::filter): the taps' changes from those
    /// of the filter's factors.
    #[inline(always)]
    unsafe fn gather<V: Vector<Elem = f32>>(u: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise.
        unsafe {
            let mut w = [V::splat(0.0); MOST];
            w[0] = u[0].mul(V::splat(Self::FILTER[0][0]));
            w[Self::TAPS - 1] = u[Self::TILE - 1];
            for p in 1..=Self::POINTS.len() {
                let (even, odd) = (u[2 * p - 1].add(u[2 * p]), u[2 * p - 1].sub(u[2 * p]));
                for (k, w) in w.iter_mut().enumerate().take(Self::TAPS) {
                    let part = if k % 2 == 0 { even } else { odd };
                    *w = part.mul_add(V::splat(Self::FILTER[p][k]), *w);
                }
            }
            w
        }
    }
}

const fn filter_factors(points: &[f64], taps: usize) -> [[f32; 5]; 4] {
    let mut factors = [[0.0; 5]; 4];
    let mut p = 0;
    while p <= points.len() {
        let a = if p == 0 { 0.0 } else { points[p - 1] };
        // The distances from `a` to 0, to its negative, and to the other pairs.
        let mut n = if p == 0 { 1.0 } else { 2.0 * a * a };
        let mut other = 0;
        while other < points.len() {
            if other + 1 != p {
                n *= a * a - points[other] * points[other];
            }
            other += 1;
        }
        let (mut power, mut k) = (1.0, 0);
        while k < taps {
            factors[p][k] = (power / n) as f32;
            power *= a;
            k += 1;
        }
        p += 1;
    }
    factors
}

/// `x + c · y`.
#[inline(always)]
unsafe fn plus<V: Vector<Elem = f32>>(x: V, c: f64, y: V) -> V {
    // SAFETY: the caller runs where the instructions exist.
    unsafe { y.mul_add(V::splat(c as f32), x) }
}

/// `x - c · y`.
#[inline(always)]
unsafe fn minus<V: Vector<Elem = f32>>(x: V, c: f64, y: V) -> V {
    // SAFETY: the caller runs where the instructions exist.
    unsafe { y.neg_mul_add(V::splat(c as f32), x) }
}

/// `c · x`.
#[inline(always)]
unsafe fn times<V: Vector<Elem = f32>>(c: f64, x: V) -> V {
    // SAFETY: the caller runs where the instructions exist.
    unsafe { x.mul(V::splat(c as f32)) }
}

/// Sums and differences of the products of a point and its negative.
#[inline(always)]
unsafe fn pairs<V: Vector<Elem = f32>>(m: &[V; MOST], count: usize) -> ([V; 3], [V; 3]) {
    // SAFETY: the caller runs where the instructions exist.
    unsafe {
        let mut sums = [V::splat(0.0); 3];
        let mut differences = sums;
        for p in 0..count {
            sums[p] = m[2 * p + 1].add(m[2 * p + 2]);
            differences[p] = m[2 * p + 1].sub(m[2 * p + 2]);
        }
        (sums, differences)
    }
}

const A: f64 = 5.0 / 8.0;
const B: f64 = 3.0 / 2.0;

/// The input's factors at 0, ±A, ±B and infinity.
#[inline(always)]
unsafe fn input_6<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
    // SAFETY: the caller runs where the instructions exist.
    unsafe {
        let (a2, b2) = (A * A, B * B);
        let (even_a, odd_a) = (minus(d[4], b2, d[2]), minus(d[3], b2, d[1]));
        let (even_b, odd_b) = (minus(d[4], a2, d[2]), minus(d[3], a2, d[1]));
        let mut v = d;
        v[0] = minus(even_a, a2, minus(d[2], b2, d[0]));
        v[1] = plus(even_a, A, odd_a);
        v[2] = minus(even_a, A, odd_a);
        v[3] = plus(even_b, B, odd_b);
        v[4] = minus(even_b, B, odd_b);
        v[5] = minus(minus(d[5], b2, d[3]), a2, odd_a);
        v
    }
}

/// F(2, 5).
pub(super) struct F2x5;

// SAFETY: only operations of `V`.
unsafe impl Transform for F2x5 {
    const OUT: usize = 2;
    const TAPS: usize = 5;
    const POINTS: &'static [f64] = &[A, B];

    #[inline(always)]
    unsafe fn input<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise; so below.
        unsafe { input_6(d) }
    }

    #[inline(always)]
    unsafe fn output<V: Vector<Elem = f32>>(m: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            let (s, d) = pairs(&m, 2);
            let mut y = m;
            y[0] = m[0].add(s[0]).add(s[1]);
            y[1] = plus(plus(m[5], B, d[1]), A, d[0]);
            y
        }
    }

    #[inline(always)]
    unsafe fn spread<V: Vector<Elem = f32>>(y: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            let mut z = y;
            z[5] = y[1];
            z[1] = plus(y[0], A, y[1]);
            z[2] = minus(y[0], A, y[1]);
            z[3] = plus(y[0], B, y[1]);
            z[4] = minus(y[0], B, y[1]);
            z[0] = y[0];
            z
        }
    }
}

/// F(4, 3).
pub(super) struct F4x3;

// SAFETY: only operations of `V`.
unsafe impl Transform for F4x3 {
    const OUT: usize = 4;
    const TAPS: usize = 3;
    const POINTS: &'static [f64] = &[A, B];

    #[inline(always)]
    unsafe fn input<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise; so below.
        unsafe { input_6(d) }
    }

    #[inline(always)]
    unsafe fn output<V: Vector<Elem = f32>>(m: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            let (s, d) = pairs(&m, 2);
            let mut y = m;
            y[0] = m[0].add(s[0]).add(s[1]);
            y[1] = plus(times(B, d[1]), A, d[0]);
            y[2] = plus(times(B * B, s[1]), A * A, s[0]);
            y[3] = plus(plus(m[5], B * B * B, d[1]), A * A * A, d[0]);
            y
        }
    }

    #[inline(always)]
    unsafe fn spread<V: Vector<Elem = f32>>(y: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            let (even_a, odd_a) = (plus(y[0], A * A, y[2]), plus(y[1], A * A, y[3]));
            let (even_b, odd_b) = (plus(y[0], B * B, y[2]), plus(y[1], B * B, y[3]));
            let mut z = y;
            z[5] = y[3];
            z[1] = plus(even_a, A, odd_a);
            z[2] = minus(even_a, A, odd_a);
            z[3] = plus(even_b, B, odd_b);
            z[4] = minus(even_b, B, odd_b);
            z[0] = y[0];
            z
        }
    }
}

/// F(4, 5), at 0, ±1/2, ±1, ±2 and infinity.
pub(in super::super) struct F4x5;

// SAFETY: only operations of `V`.
unsafe impl Transform for F4x5 {
    const OUT: usize = 4;
    const TAPS: usize = 5;
    const POINTS: &'static [f64] = &[0.5, 1.0, 2.0];

    #[inline(always)]
    unsafe fn input<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise; so below.
        unsafe {
            // For each pair, `x²` times the product of the other two pairs.
            let (even_h, odd_h) = (plus(minus(d[6], 5.0, d[4]), 4.0, d[2]), plus(minus(d[5], 5.0, d[3]), 4.0, d[1]));
            let (even_1, odd_1) = (minus(d[6].add(d[2]), 4.25, d[4]), minus(d[5].add(d[1]), 4.25, d[3]));
            let (even_2, odd_2) =
                (plus(minus(d[6], 1.25, d[4]), 0.25, d[2]), plus(minus(d[5], 1.25, d[3]), 0.25, d[1]));
            let mut v = d;
            v[0] = plus(d[6].sub(d[0]), 5.25, d[2].sub(d[4]));
            v[1] = plus(even_h, 0.5, odd_h);
            v[2] = minus(even_h, 0.5, odd_h);
            v[3] = even_1.add(odd_1);
            v[4] = even_1.sub(odd_1);
            v[5] = plus(even_2, 2.0, odd_2);
            v[6] = minus(even_2, 2.0, odd_2);
            v[7] = plus(d[7].sub(d[1]), 5.25, d[3].sub(d[5]));
            v
        }
    }

    #[inline(always)]
    unsafe fn output<V: Vector<Elem = f32>>(m: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            let (s, d) = pairs(&m, 3);
            let mut y = m;
            y[0] = m[0].add(s[0]).add(s[1].add(s[2]));
            y[1] = plus(plus(d[1], 2.0, d[2]), 0.5, d[0]);
            y[2] = plus(plus(s[1], 4.0, s[2]), 0.25, s[0]);
            y[3] = plus(plus(d[1], 8.0, d[2]), 0.125, d[0]).add(m[7]);
            y
        }
    }

    #[inline(always)]
    unsafe fn spread<V: Vector<Elem = f32>>(y: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            let (even_h, odd_h) = (plus(y[0], 0.25, y[2]), plus(y[1], 0.25, y[3]));
            let (even_1, odd_1) = (y[0].add(y[2]), y[1].add(y[3]));
            let (even_2, odd_2) = (plus(y[0], 4.0, y[2]), plus(y[1], 4.0, y[3]));
            let mut z = y;
            z[7] = y[3];
            z[1] = plus(even_h, 0.5, odd_h);
            z[2] = minus(even_h, 0.5, odd_h);
            z[3] = even_1.add(odd_1);
            z[4] = even_1.sub(odd_1);
            z[5] = plus(even_2, 2.0, odd_2);
            z[6] = minus(even_2, 2.0, odd_2);
            z[0] = y[0];
            z
        }
    }
}

/// F(4, 4): F(4, 5) of a filter whose last tap is zero, so that nothing is left of the product at infinity.
pub(in super::super) struct F4x4;

// SAFETY: only operations of `V`.
unsafe impl Transform for F4x4 {
    const OUT: usize = 4;
    const TAPS: usize = 4;
    const POINTS: &'static [f64] = F4x5::POINTS;

    #[inline(always)]
    unsafe fn input<V: Vector<Elem = f32>>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise; so below.
        unsafe { F4x5::input(d) }
    }

    #[inline(always)]
    unsafe fn output<V: Vector<Elem = f32>>(mut m: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            m[7] = V::splat(0.0);
            F4x5::output(m)
        }
    }

    #[inline(always)]
    unsafe fn spread<V: Vector<Elem = f32>>(y: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe { F4x5::spread(y) }
    }

    #[inline(always)]
    unsafe fn filter<V: Vector<Elem = f32>>(mut w: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            w[4] = V::splat(0.0);
            F4x5::filter(w)
        }
    }

    #[inline(always)]
    unsafe fn gather<V: Vector<Elem = f32>>(mut u: [V; MOST]) -> [V; MOST] {
        // SAFETY: as above.
        unsafe {
            u[7] = V::splat(0.0);
            F4x5::gather(u)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Portable;

    type One = Portable<f32, 1>;

    fn number(v: One) -> f64 {
        let mut x = [0.0f32];
        // SAFETY: portable code, and room for one element.
        unsafe { v.store(x.as_mut_ptr()) };
        f64::from(x[0])
    }

    fn unit(size: usize, i: usize) -> [One; MOST] {
        // SAFETY: portable code.
        std::array::from_fn(|k| unsafe { One::splat(if k == i && k < size { 1.0 } else { 0.0 }) })
    }

    /// The transform is bilinear, so it is right if it is for every pair of a
    /// single input and a single tap: result `k` is 1 where `input = k + tap`.
    fn check<X: Transform>() {
        for input in 0..X::TILE {
            for tap in 0..X::TAPS {
                // SAFETY: portable code.
                let (v, u) = unsafe { (X::input(unit(X::TILE, input)), X::filter(unit(X::TAPS, tap))) };
                // SAFETY: as above.
                let y = unsafe { X::output(std::array::from_fn(|j| v[j].mul(u[j]))) };
                for (k, &y) in y.iter().enumerate().take(X::OUT) {
                    let want = if input == k + tap { 1.0 } else { 0.0 };
                    assert!((number(y) - want).abs() < 3e-6, "input {input}, tap {tap}, result {k}: {}", number(y));
                }
            }
        }
    }

    /// `<z, T x> = <Tᵀ z, x>`, for unit vectors.
    fn check_transposes<X: Transform>() {
        for i in 0..X::TILE {
            for k in 0..X::OUT {
                // SAFETY: portable code.
                let (y, z) = unsafe { (X::output(unit(X::TILE, i))[k], X::spread(unit(X::OUT, k))[i]) };
                assert_eq!(number(y), number(z));
            }
            for k in 0..X::TAPS {
                // SAFETY: portable code.
                let (u, w) = unsafe { (X::filter(unit(X::TAPS, k))[i], X::gather(unit(X::TILE, i))[k]) };
                assert_eq!(number(u), number(w));
            }
        }
    }

    #[test]
    fn products_of_transforms_are_convolutions() {
        check::<F2x5>();
        check::<F4x3>();
        check::<F4x5>();
        check::<F4x4>();
    }

    #[test]
    fn gradients_go_through_the_transposes() {
        check_transposes::<F2x5>();
        check_transposes::<F4x3>();
        check_transposes::<F4x5>();
        check_transposes::<F4x4>();
    }
}
