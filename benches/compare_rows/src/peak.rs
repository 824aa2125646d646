//! What the machine's fused multiply-adds reach: twelve independent sums in the widest registers, on every thread of the pool.

use std::time::{Duration, Instant};

/// Operations per second over all threads, the best of several short runs.
pub fn measure(seconds: f64) -> f64 {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut best = 0f64;
    while Instant::now() < end {
        let rates = rayon::broadcast(|_| {
            let start = Instant::now();
            let operations = burst(200_000);
            operations / start.elapsed().as_secs_f64()
        });
        best = best.max(rates.iter().sum());
    }
    best
}

/// Runs so many rounds of multiply-adds; how many operations they were.
fn burst(rounds: usize) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine has the instructions.
            return unsafe { avx512(rounds) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the machine has the instructions.
            return unsafe { avx2(rounds) };
        }
    }
    portable(rounds)
}

const SUMS: usize = 12;

macro_rules! burst {
    ($name:ident, $features:literal, $lanes:literal, $set:path, $fma:path) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $features)]
        fn $name(rounds: usize) -> f64 {
            let mut sums = [$set(0.5); SUMS];
            let (a, b) = ($set(std::hint::black_box(0.999)), $set(std::hint::black_box(0.001)));
            for _ in 0..rounds {
                for sum in &mut sums {
                    *sum = $fma(*sum, a, b);
                }
            }
            std::hint::black_box(sums);
            (2 * $lanes * SUMS * rounds) as f64
        }
    };
}

burst!(avx512, "avx512f", 16, std::arch::x86_64::_mm512_set1_ps, std::arch::x86_64::_mm512_fmadd_ps);
burst!(avx2, "avx2,fma", 8, std::arch::x86_64::_mm256_set1_ps, std::arch::x86_64::_mm256_fmadd_ps);

fn portable(rounds: usize) -> f64 {
    const LANES: usize = 4;
    let mut sums = [[0.5f32; LANES]; SUMS];
    let (a, b) = (std::hint::black_box(0.999f32), std::hint::black_box(0.001f32));
    for _ in 0..rounds {
        for sum in sums.iter_mut().flatten() {
            *sum = *sum * a + b;
        }
    }
    std::hint::black_box(sums);
    (2 * LANES * SUMS * rounds) as f64
}
