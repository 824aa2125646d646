//! Kernels that memory limits, for themselves: `cargo bench -p tf-kernels --bench rows [-- FILTER…]`.
//!
//! Each row is measured many times in turn with a copy of as many bytes on all threads, which is what its rate is compared with. Bytes are
//! those of operands and results, each counted once.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tf_kernels::chain::{Link, Operand, Program, chain_f32};
use tf_kernels::cross_entropy::cross_entropy_f32;
use tf_kernels::elementwise::BinaryOp;
use tf_kernels::moments::moments_f32;
use tf_kernels::random::{RandomStream, normal_f32, truncated_normal_f32, uniform_f32};
use tf_kernels::reduce::{ReduceOp, reduce_f32};
use tf_kernels::softmax::{log_softmax_f32, softmax_f32};
use tf_kernels::unary::{UnaryOp, unary_f32};

fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i * 7919 % 1009) as f32 / 500.0 - 1.0).collect()
}

/// Measures a kernel that touches so many bytes.
fn row(wanted: &[String], name: &str, bytes: usize, kernel: &mut dyn FnMut()) {
    if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
        return;
    }
    let (from, mut to) = (vec![1.0f32; bytes / 8], vec![0.0f32; bytes / 8]);
    let piece = from.len().div_ceil(rayon::current_num_threads());
    let mut copy =
        || to.par_chunks_mut(piece).zip(from.par_chunks(piece)).for_each(|(to, from)| to.copy_from_slice(from));
    let (mut seconds, mut copies) = (Vec::new(), Vec::new());
    (0..2).for_each(|_| kernel());
    let end = Instant::now() + Duration::from_millis(400);
    while seconds.len() < 5 || Instant::now() < end {
        for (times, work) in [(&mut copies, &mut copy as &mut dyn FnMut()), (&mut seconds, kernel)] {
            let start = Instant::now();
            work();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    black_box(&to);
    let least = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
    seconds.sort_by(f64::total_cmp);
    let (median, best, limit) = (seconds[seconds.len() / 2], least(&seconds), least(&copies));
    let rate = bytes as f64 / best / 1e9;
    println!("{name:28} {:10.3} {:10.3} {rate:9.1} {:6.0}%", median * 1e3, best * 1e3, limit / best * 100.0);
}

/// The chain of a program on these operands, under a shape, with one result.
fn chain(
    links: &[Link],
    of_row: &[bool],
    operands: &[(&[f32], &[usize])],
    shape: &[usize],
    out: &mut [f32],
) -> impl FnMut() {
    let program = Program::new(links, of_row, operands.len(), &[links.len() - 1]);
    move || chain_f32(&program, operands, &mut [&mut *out], shape)
}

fn main() {
    use Operand::{Input, Link as Of};
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    println!("{} threads, {} path", rayon::current_num_threads(), tf_kernels::isa());
    println!("{:28} {:>10} {:>10} {:>9} {:>7}", "kernel", "median ms", "least ms", "GB/s", "copy");

    const N: usize = 4096 * 1024;
    let shape = [4096, 1024];
    let (x, y, mut out) = (numbers(N), numbers(N), vec![0.0; N]);
    let (gain, offset) = (numbers(1024), numbers(1024));
    row(&wanted, "softmax", 8 * N, &mut || softmax_f32(&x, 1024, &mut out));
    row(&wanted, "log softmax", 8 * N, &mut || log_softmax_f32(&x, 1024, &mut out));
    let mut loss = vec![0.0; 4096];
    row(&wanted, "cross entropy", 12 * N, &mut || cross_entropy_f32(&x, &y, 1024, &mut loss, &mut out));
    let gradient = [
        Link::Binary(BinaryOp::Mul, Input(0), Input(1)),
        Link::Reduce(ReduceOp::Sum, Of(0)),
        Link::Binary(BinaryOp::Sub, Input(0), Of(1)),
        Link::Binary(BinaryOp::Mul, Of(2), Input(1)),
    ];
    let operands: [(&[f32], &[usize]); 2] = [(&x, &shape), (&y, &shape)];
    row(
        &wanted,
        "softmax's gradient",
        12 * N,
        &mut chain(&gradient, &[false, true, false, false], &operands, &shape, &mut out),
    );
    let normalization = [
        Link::Reduce(ReduceOp::Mean, Input(0)),
        Link::Binary(BinaryOp::SquaredDifference, Input(0), Of(0)),
        Link::Reduce(ReduceOp::Mean, Of(1)),
        Link::Binary(BinaryOp::Add, Of(2), Input(3)),
        Link::Unary(UnaryOp::Rsqrt, Of(3)),
        Link::Binary(BinaryOp::Sub, Input(0), Of(0)),
        Link::Binary(BinaryOp::Mul, Of(5), Of(4)),
        Link::Binary(BinaryOp::Mul, Of(6), Input(1)),
        Link::Binary(BinaryOp::Add, Of(7), Input(2)),
    ];
    let of_row = [true, false, true, true, true, false, false, false, false];
    let operands: [(&[f32], &[usize]); 4] = [(&x, &shape), (&gain, &[1024]), (&offset, &[1024]), (&[1e-3], &[])];
    row(&wanted, "layer normalization", 8 * N, &mut chain(&normalization, &of_row, &operands, &shape, &mut out));
    let (mut mean, mut variance) = (vec![0.0; 64], vec![0.0; 64]);
    row(&wanted, "moments of 64 columns", 4 * N, &mut || moments_f32(&x, 64, &mut mean, &mut variance));
    for (name, op) in
        [("exp", UnaryOp::Exp), ("tanh", UnaryOp::Tanh), ("sigmoid", UnaryOp::Sigmoid), ("log", UnaryOp::Log)]
    {
        row(&wanted, name, 8 * N, &mut || unary_f32(op, &x, &mut out).expect("floats have every function"));
    }

    let stream = RandomStream { seed: 1, seed2: 2, block: 0 };
    row(&wanted, "uniform", 4 * N, &mut || uniform_f32(stream, &mut out));
    row(&wanted, "normal", 4 * N, &mut || normal_f32(stream, &mut out));
    row(&wanted, "truncated normal", 4 * N, &mut || truncated_normal_f32(stream, &mut out));

    const LONG: usize = 4096 * 4096;
    let shape = [4096, 4096];
    let (x, mut out) = (numbers(LONG), vec![0.0; LONG]);
    let mut few = vec![0.0; 4096];
    row(&wanted, "sum of all", 4 * LONG, &mut || reduce_f32(ReduceOp::Sum, &x, &shape, &[0, 1], &mut few[..1]));
    row(&wanted, "sum of rows", 4 * LONG, &mut || reduce_f32(ReduceOp::Sum, &x, &shape, &[1], &mut few));
    row(&wanted, "sum of columns", 4 * LONG, &mut || reduce_f32(ReduceOp::Sum, &x, &shape, &[0], &mut few));
    row(&wanted, "largest of columns", 4 * LONG, &mut || reduce_f32(ReduceOp::Max, &x, &shape, &[0], &mut few));
    let ten = [
        Link::Binary(BinaryOp::Mul, Input(0), Input(1)),
        Link::Binary(BinaryOp::Add, Of(0), Input(2)),
        Link::Unary(UnaryOp::Relu, Of(1)),
        Link::Binary(BinaryOp::Sub, Of(2), Input(3)),
        Link::Unary(UnaryOp::Square, Of(3)),
        Link::Binary(BinaryOp::Mul, Of(4), Input(4)),
        Link::Binary(BinaryOp::Sub, Of(5), Input(0)),
        Link::Unary(UnaryOp::Abs, Of(6)),
        Link::Unary(UnaryOp::Sqrt, Of(7)),
        Link::Binary(BinaryOp::Minimum, Input(0), Input(5)),
        Link::Binary(BinaryOp::Add, Of(8), Of(9)),
    ];
    let constants = [1.5, 0.5, 0.25, 0.125, 2.0];
    let mut operands: Vec<(&[f32], &[usize])> = vec![(&x, &shape)];
    operands.extend(constants.chunks(1).map(|number| (number, &[][..])));
    let kernel = &mut chain(&ten, &[false; 11], &operands, &shape, &mut out);
    row(&wanted, "ten functions", 8 * LONG, kernel);
}
