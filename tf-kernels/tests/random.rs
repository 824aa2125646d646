//! Random streams: their definition, independence of cutting, and moments.

use tf_kernels::philox::Philox;
use tf_kernels::random::*;

const STREAM: RandomStream = RandomStream { seed: 87_654_321, seed2: 42, block: 1000 };

/// Every distribution fills the beginning of a longer array with the same
/// numbers, and gives the same on one thread as on many.
fn check<T: Clone + Default + PartialEq + Send + std::fmt::Debug>(
    fill: impl Fn(RandomStream, &mut [T]) + Sync,
) -> Vec<T> {
    let mut all = vec![T::default(); 100_003];
    fill(STREAM, &mut all);
    for n in [0, 1, 2, 3, 4, 5, 7, 1001] {
        let mut some = vec![T::default(); n];
        fill(STREAM, &mut some);
        assert_eq!(some, all[..n]);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut alone = vec![T::default(); all.len()];
    pool.install(|| fill(STREAM, &mut alone));
    assert_eq!(alone, all);
    let mut other = vec![T::default(); 8];
    fill(RandomStream { seed2: 43, ..STREAM }, &mut other);
    assert_ne!(other, all[..8], "another seed");
    all
}

fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

fn widen(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

fn words(blocks: usize) -> Vec<u32> {
    let mut generator = Philox::new(STREAM.seed, STREAM.seed2);
    generator.skip(STREAM.block);
    (0..blocks).flat_map(|_| generator.next_block()).collect()
}

#[test]
fn uniform_floats_take_their_mantissa_from_the_words_in_order() {
    let all = check(uniform_f32);
    for (x, word) in all.iter().zip(words(50)) {
        assert_eq!(*x, (word & 0x7f_ffff) as f32 / (1 << 23) as f32);
    }
    let (mean, deviation) = moments(&widen(&all));
    assert!((mean - 0.5).abs() < 0.004 && (deviation - 12f64.sqrt().recip()).abs() < 0.003);

    let all = check(uniform_f64);
    for (x, pair) in all.iter().zip(words(50).chunks(2)) {
        let mantissa = (u64::from(pair[0] & 0xf_ffff) << 32) + u64::from(pair[1]);
        assert_eq!(*x, mantissa as f64 / (1u64 << 52) as f64);
    }
}

#[test]
fn uniform_integers_are_remainders() {
    let all = check(|stream, out: &mut [i32]| uniform_i32(stream, -5, 12, out));
    for (&x, word) in all.iter().zip(words(50)) {
        assert_eq!(x, -5 + (word % 17) as i32);
    }
    let all = check(|stream, out: &mut [i64]| uniform_i64(stream, -5, 12, out));
    for (&x, pair) in all.iter().zip(words(50).chunks(2)) {
        let bits = u64::from(pair[0]) + (u64::from(pair[1]) << 32);
        assert_eq!(x, -5 + (bits % 17) as i64);
    }
    let mut out = [0; 4];
    uniform_i32(STREAM, i32::MIN, i32::MAX, &mut out);
    uniform_i64(STREAM, i64::MIN, i64::MAX, &mut [0; 4]);
    assert!(out.iter().all(|&x| x < i32::MAX));
}

#[test]
fn normal_numbers_come_in_pairs_of_sine_and_cosine() {
    let all = check(normal_f32);
    let unit = |word: u32| f64::from(word & 0x7f_ffff) / f64::from(1 << 23);
    for (pair, word) in all.chunks(2).zip(words(50).chunks(2)) {
        let radius = (-2.0 * unit(word[0]).max(1e-7).ln()).sqrt();
        let angle = std::f64::consts::TAU * unit(word[1]);
        assert!((f64::from(pair[0]) - radius * angle.sin()).abs() < 2e-6);
        assert!((f64::from(pair[1]) - radius * angle.cos()).abs() < 2e-6);
    }
    let (mean, deviation) = moments(&widen(&all));
    assert!(mean.abs() < 0.01 && (deviation - 1.0).abs() < 0.01);
    let (mean, deviation) = moments(&check(normal_f64));
    assert!(mean.abs() < 0.01 && (deviation - 1.0).abs() < 0.01);
}

#[test]
fn truncated_normal_numbers_stay_within_two_deviations() {
    for all in [widen(&check(truncated_normal_f32)), check(truncated_normal_f64)] {
        assert!(all.iter().all(|x| x.abs() < 2.0));
        let (mean, deviation) = moments(&all);
        assert!(mean.abs() < 0.01 && (deviation - 0.879_626).abs() < 0.01);
    }
}

#[test]
fn groups_of_a_truncated_normal_have_blocks_of_their_own() {
    let mut all = [0.0f32; 12];
    truncated_normal_f32(STREAM, &mut all);
    let mut third = [0.0f32; 4];
    truncated_normal_f32(RandomStream { block: STREAM.block + 512, ..STREAM }, &mut third);
    assert_eq!(all[8..], third);
    let mut all = [0.0f64; 6];
    truncated_normal_f64(STREAM, &mut all);
    let mut third = [0.0f64; 2];
    truncated_normal_f64(RandomStream { block: STREAM.block + 256, ..STREAM }, &mut third);
    assert_eq!(all[4..], third);
}

#[test]
fn executions_are_256_blocks_for_each_output_apart() {
    assert_eq!([4, 8, 5].map(blocks_per_execution), [1024, 2048, 1280]);
}
