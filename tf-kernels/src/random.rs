//! TensorFlow's random distributions: the same seeds give the same numbers, bit
//! for bit where no logarithm, sine or cosine is involved, otherwise to a few
//! units in the last place. Every function depends on its arguments alone and
//! may be cut among threads in any way.

use std::f64::consts::PI;

use crate::isa::{isa, multiversion};
use crate::philox::{Philox, TOGETHER};
use crate::threads::for_each_chunk;

/// Where an execution of a random op reads the stream of its seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RandomStream {
    /// The graph's seed.
    pub seed: u64,
    /// The op's seed.
    pub seed2: u64,
    /// How many blocks earlier executions of the op have consumed.
    pub block: u64,
}

impl RandomStream {
    fn at(self, block: u64) -> Philox {
        let mut generator = Philox::new(self.seed, self.seed2);
        generator.skip(self.block);
        generator.skip(block);
        generator
    }
}

/// How many blocks one execution of a random op with this many outputs
/// consumes, whatever its distribution: 256 for each.
pub fn blocks_per_execution(outputs: usize) -> u64 {
    256 * outputs as u64
}

/// Blocks that TensorFlow reserves for four words' worth of a truncated normal.
const RESERVED: u64 = 256;

#[inline(always)]
fn unit_f32(word: u32) -> f32 {
    f32::from_bits(0x3f80_0000 | (word & 0x7f_ffff)) - 1.0
}

fn unit_f64(high: u32, low: u32) -> f64 {
    let mantissa = (u64::from(high & 0xf_ffff) << 32) | u64::from(low);
    f64::from_bits(0x3ff0_0000_0000_0000 | mantissa) - 1.0
}

/// Box and Muller's transform, with TensorFlow's floor under the logarithm and
/// its mixture of precisions.
fn normal_pair_f32(words: [u32; 2]) -> [f32; 2] {
    let radius = (-2.0 * unit_f32(words[0]).max(1e-7).ln()).sqrt();
    let angle = (2.0 * PI * f64::from(unit_f32(words[1]))) as f32;
    let (sin, cos) = angle.sin_cos();
    [sin * radius, cos * radius]
}

fn normal_pair_f64(words: [u32; 4]) -> [f64; 2] {
    let radius = (-2.0 * unit_f64(words[0], words[1]).max(1e-7).ln()).sqrt();
    let (sin, cos) = (2.0 * PI * unit_f64(words[2], words[3])).sin_cos();
    [sin * radius, cos * radius]
}

/// Fills `out` with `N` elements from each block; `work` for each element.
fn fill<T: Send, const N: usize>(
    stream: RandomStream,
    out: &mut [T],
    work: usize,
    elements: impl Fn([u32; 4]) -> [T; N] + Sync,
) {
    for_each_chunk(out, N, out.len() * work, |start, out| {
        let mut generator = stream.at((start / N) as u64);
        for out in out.chunks_mut(N * TOGETHER) {
            for (out, block) in out.chunks_mut(N).zip(generator.blocks(1)) {
                for (out, x) in out.iter_mut().zip(elements(block)) {
                    *out = x;
                }
            }
            generator.skip(TOGETHER as u64);
        }
    });
}

/// Uniform on `[0, 1)` (`tf.random.uniform`).
pub fn uniform_f32(stream: RandomStream, out: &mut [f32]) {
    for_each_chunk(out, 4, out.len() * 4, |start, out| {
        let mut generator = stream.at((start / 4) as u64);
        let (whole, rest) = out.as_chunks_mut();
        for out in whole {
            unit_floats(isa(), &generator.words_of_blocks(1), out);
            generator.skip(TOGETHER as u64);
        }
        if !rest.is_empty() {
            let mut last = [0.0; 4 * TOGETHER];
            unit_floats(isa(), &generator.words_of_blocks(1), &mut last);
            rest.copy_from_slice(&last[..rest.len()]);
        }
    });
}

multiversion! {
    /// The words of as many blocks as numbers, block by block.
    fn unit_floats[](words: &[[u32; TOGETHER]; 4], out: &mut [f32; 4 * TOGETHER]) {
        let [first, second, third, fourth] = words;
        for (block, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *out = [first[block], second[block], third[block], fourth[block]].map(unit_f32);
        }
    }
}

/// Uniform on `[0, 1)` (`tf.random.uniform`).
pub fn uniform_f64(stream: RandomStream, out: &mut [f64]) {
    fill(stream, out, 8, |[a, b, c, d]| [unit_f64(a, b), unit_f64(c, d)]);
}

/// Integers of `[low, high)` (`tf.random.uniform`), by the remainder of a random
/// word, as in TensorFlow: slightly biased unless the range is a power of two.
///
/// # Panics
/// If the range is empty.
pub fn uniform_i32(stream: RandomStream, low: i32, high: i32, out: &mut [i32]) {
    assert!(low < high, "a range [{low}, {high})");
    let range = high.wrapping_sub(low) as u32;
    fill(stream, out, 8, |words| words.map(|word| low.wrapping_add((word % range) as i32)));
}

/// Integers of `[low, high)` (`tf.random.uniform`), by the remainder of two random
/// words, as in TensorFlow: slightly biased unless the range is a power of two.
///
/// # Panics
/// If the range is empty.
pub fn uniform_i64(stream: RandomStream, low: i64, high: i64, out: &mut [i64]) {
    assert!(low < high, "a range [{low}, {high})");
    let range = high.wrapping_sub(low) as u64;
    let element = |low_word: u32, high_word: u32| {
        let bits = u64::from(low_word) | (u64::from(high_word) << 32);
        low.wrapping_add((bits % range) as i64)
    };
    fill(stream, out, 16, |[a, b, c, d]| [element(a, b), element(c, d)]);
}

/// Normal with mean 0 and standard deviation 1 (`tf.random.normal`).
pub fn normal_f32(stream: RandomStream, out: &mut [f32]) {
    fill(stream, out, 32, |[a, b, c, d]| {
        let ([x, y], [z, w]) = (normal_pair_f32([a, b]), normal_pair_f32([c, d]));
        [x, y, z, w]
    });
}

/// Normal with mean 0 and standard deviation 1 (`tf.random.normal`).
pub fn normal_f64(stream: RandomStream, out: &mut [f64]) {
    fill(stream, out, 32, normal_pair_f64);
}

/// Fills each group of `GROUP` elements from its own blocks, keeping of the
/// numbers that `pairs` makes those below 2 in absolute value.
fn fill_truncated<T: Copy + Into<f64> + Send, const GROUP: usize, const N: usize>(
    stream: RandomStream,
    out: &mut [T],
    elements: impl Fn([u32; 4]) -> [T; N] + Sync,
) {
    let reserved = RESERVED * GROUP as u64 / 4;
    for_each_chunk(out, GROUP, out.len() * 48, |start, out| {
        let mut first = stream.at((start / GROUP) as u64 * reserved);
        for out in out.chunks_mut(GROUP * TOGETHER) {
            for (i, (out, mut block)) in out.chunks_mut(GROUP).zip(first.blocks(reserved)).enumerate() {
                let mut further = first;
                further.skip(i as u64 * reserved + 1);
                let mut out = out.iter_mut();
                loop {
                    let kept = elements(block).into_iter().filter(|&z| z.into().abs() < 2.0);
                    for (z, out) in kept.zip(&mut out) {
                        *out = z;
                    }
                    if out.len() == 0 {
                        break;
                    }
                    block = further.next_block();
                }
            }
            first.skip(TOGETHER as u64 * reserved);
        }
    });
}

/// Normal with mean 0 and standard deviation 1, drawn again until within ±2
/// (`tf.random.truncated_normal`).
pub fn truncated_normal_f32(stream: RandomStream, out: &mut [f32]) {
    fill_truncated::<_, 4, 4>(stream, out, |[a, b, c, d]| {
        let ([x, y], [z, w]) = (normal_pair_f32([a, b]), normal_pair_f32([c, d]));
        [x, y, z, w]
    });
}

/// Normal with mean 0 and standard deviation 1, drawn again until within ±2
/// (`tf.random.truncated_normal`).
pub fn truncated_normal_f64(stream: RandomStream, out: &mut [f64]) {
    fill_truncated::<_, 2, 2>(stream, out, normal_pair_f64);
}
