//! What the tests share: a small random generator, index arithmetic done the
//! slow way, and comparison with references in `f64`.
#![allow(dead_code, reason = "no test uses all of it")]

use tf_kernels::isa::{Isa, with_isa};

/// SplitMix64: small, and the same everywhere.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Uniform on `[-1, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    pub fn f32s(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.unit() as f32).collect()
    }

    pub fn f64s(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.unit()).collect()
    }

    pub fn i32s(&mut self, n: usize) -> Vec<i32> {
        (0..n).map(|_| self.next() as i32).collect()
    }

    pub fn i64s(&mut self, n: usize) -> Vec<i64> {
        (0..n).map(|_| self.next() as i64).collect()
    }

    pub fn u32s(&mut self, n: usize) -> Vec<u32> {
        (0..n).map(|_| self.next() as u32).collect()
    }

    pub fn bools(&mut self, n: usize) -> Vec<bool> {
        (0..n).map(|_| self.next() & 1 == 1).collect()
    }

    /// A shape of `rank` axes of 1 to `most` elements.
    pub fn shape(&mut self, rank: usize, most: usize) -> Vec<usize> {
        (0..rank).map(|_| 1 + self.below(most)).collect()
    }

    /// A shape that broadcasts to `shape`: some axes are 1, some leading ones missing.
    pub fn broadcastable(&mut self, shape: &[usize]) -> Vec<usize> {
        let missing = self.below(shape.len() + 1);
        shape[missing..].iter().map(|&d| if self.below(3) == 0 { 1 } else { d }).collect()
    }
}

pub fn elements(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The coordinates of element `i`.
pub fn coordinates(mut i: usize, shape: &[usize]) -> Vec<usize> {
    let mut at = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        at[axis] = i % shape[axis];
        i /= shape[axis];
    }
    at
}

/// Where coordinates of a larger shape lie in an array that broadcasts to it.
pub fn offset(at: &[usize], shape: &[usize]) -> usize {
    let at = &at[at.len() - shape.len()..];
    at.iter().zip(shape).fold(0, |o, (&i, &d)| o * d + if d == 1 { 0 } else { i })
}

/// `input[offset]` for every element of `out_shape`.
pub fn spread<T: Copy>(input: &[T], shape: &[usize], out_shape: &[usize]) -> Vec<T> {
    (0..elements(out_shape)).map(|i| input[offset(&coordinates(i, out_shape), shape)]).collect()
}

/// Runs a test on every instruction set of this machine.
pub fn on_every_isa(test: impl Fn(Isa)) {
    for isa in Isa::available() {
        with_isa(isa, || test(isa));
    }
}

#[track_caller]
pub fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len());
    for (i, (&g, &w)) in got.iter().zip(want).enumerate() {
        let same = g == w || (g.is_nan() && w.is_nan()) || (g - w).abs() <= tolerance * (1.0 + w.abs());
        assert!(same, "{what}: element {i} is {g}, not {w}");
    }
}

pub fn widen(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}
