//! Measuring a kernel against what the machine can do at the same moment.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The machine's limit for multiply-adds of `f32`, on every thread of rayon's pool.
pub struct Peak;

/// Multiply-adds that do not wait for each other: more than the latency of one
/// times the number of units.
const CHAINS: usize = 12;

/// Rounds of all chains in one measurement.
const ROUNDS: usize = 5_000;

/// What was measured.
pub struct Measured {
    /// The median time of a run, and the least: other programs only add to it.
    pub median: f64,
    pub least: f64,
    /// The best rate over the best that the limit was measured to be in between.
    pub share: f64,
}

impl Peak {
    /// Operations each second, now and for about as long as `time`.
    fn rate(&self, time: Duration) -> f64 {
        let start = Instant::now();
        let flops: u64 = rayon::broadcast(|_| {
            let mut flops = multiply_add();
            while start.elapsed() < time {
                flops += multiply_add();
            }
            flops
        })
        .iter()
        .sum();
        flops as f64 / start.elapsed().as_secs_f64()
    }
}

/// Runs multiply-adds on the widest registers there are; how many operations that were.
fn multiply_add() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::*;
        macro_rules! chains {
            ($features:literal, $lanes:literal, $set1:ident, $fmadd:ident, $register:ty) => {{
                #[target_feature(enable = $features)]
                fn run() -> u64 {
                    let (scale, shift) = ($set1(black_box(0.999)), $set1(black_box(1e-3)));
                    let mut sums = [$set1(1.0); CHAINS];
                    for _ in 0..ROUNDS {
                        for sum in &mut sums {
                            *sum = $fmadd(*sum, scale, shift);
                        }
                    }
                    black_box::<[$register; CHAINS]>(sums);
                    (2 * CHAINS * $lanes * ROUNDS) as u64
                }
                run
            }};
        }
        if is_x86_feature_detected!("avx512f") {
            let run = chains!("avx512f", 16, _mm512_set1_ps, _mm512_fmadd_ps, __m512);
            // SAFETY: the instructions exist.
            return unsafe { run() };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            let run = chains!("avx2,fma", 8, _mm256_set1_ps, _mm256_fmadd_ps, __m256);
            // SAFETY: the instructions exist.
            return unsafe { run() };
        }
    }
    let (scale, shift) = (black_box(0.999_f32), black_box(1e-3_f32));
    let mut sums = [[1.0_f32; 4]; CHAINS];
    for _ in 0..ROUNDS {
        for sum in sums.as_flattened_mut() {
            *sum = *sum * scale + shift;
        }
    }
    black_box(sums);
    (2 * CHAINS * 4 * ROUNDS) as u64
}

/// Runs `kernel`, of `flops` operations, in turn with the machine's limit.
pub fn measure(peak: &Peak, flops: u64, kernel: &mut dyn FnMut()) -> Measured {
    // Enough runs for a millisecond, so that the clock and the threads' waking do not matter.
    let once = {
        kernel();
        let start = Instant::now();
        kernel();
        start.elapsed()
    };
    let runs = (Duration::from_millis(1).as_nanos() / once.as_nanos().max(1)).clamp(1, 10_000) as u32;
    let mut seconds = Vec::new();
    let mut limit: f64 = 0.0;
    let end = Instant::now() + Duration::from_millis(300);
    while seconds.len() < 5 || (Instant::now() < end && seconds.len() < 301) {
        limit = limit.max(peak.rate(once * runs / 4));
        let start = Instant::now();
        for _ in 0..runs {
            kernel();
        }
        seconds.push(start.elapsed().as_secs_f64() / f64::from(runs));
    }
    seconds.sort_by(f64::total_cmp);
    let least = seconds[0];
    Measured { median: seconds[seconds.len() / 2], least, share: flops as f64 / least / limit }
}
