//! Products of matrices for themselves: `cargo bench -p tf-kernels --bench products [-- FILTER…]`.
//!
//! Each row is measured many times in turn with what the machine's fused multiply-adds reach; `convolution.rs` says what is printed.

mod support;

use support::{Measured, Peak, measure};
use tf_kernels::matmul::matmul_f32;

/// Rows, depth, columns; whether the operands lie transposed.
const CASES: &[(usize, usize, usize, bool, bool)] = &[
    (64, 64, 64, false, false),
    (256, 256, 256, false, false),
    (1024, 1024, 1024, false, false),
    (1024, 1024, 1024, true, false),
    (1024, 1024, 1024, false, true),
    (2048, 2048, 2048, false, false),
    (16384, 256, 32, false, false),
    (128, 784, 512, false, false),
    (784, 128, 512, true, false),
    (128, 512, 784, false, true),
    (32, 256, 512, false, false),
    (1, 784, 512, false, false),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    println!("{} threads, {} path", rayon::current_num_threads(), tf_kernels::isa());
    println!("{:32} {:>10} {:>10} {:>9} {:>7}", "product", "median ms", "least ms", "GFLOP/s", "limit");
    for &(m, k, n, transpose_a, transpose_b) in CASES {
        let mark = |transposed| if transposed { " transposed" } else { "" };
        let name = format!("{m}x{k}{} · {k}x{n}{}", mark(transpose_a), mark(transpose_b));
        if !arguments.is_empty() && !arguments.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let numbers = |n: usize| (0..n).map(|i| (i % 17) as f32 - 8.0).collect::<Vec<f32>>();
        let (a, b, mut out) = (numbers(m * k), numbers(k * n), vec![0.0; m * n]);
        let a_shape = if transpose_a { [k, m] } else { [m, k] };
        let b_shape = if transpose_b { [n, k] } else { [k, n] };
        let flops = 2 * (m * k * n) as u64;
        let Measured { median, least, share } = measure(&Peak, flops, &mut || {
            matmul_f32(&a, &a_shape, transpose_a, &b, &b_shape, transpose_b, &mut out);
        });
        let rate = flops as f64 / least / 1e9;
        let [median, least] = [median, least].map(|seconds| seconds * 1e3);
        println!("{name:32} {median:10.4} {least:10.4} {rate:9.1} {:6.1}%", share * 100.0);
    }
}
