//! Products of matrices for themselves: `cargo bench -p tf-kernels --bench products [-- FILTER…]`.
//!
//! Each row is measured many times in turn with what the machine's fused multiply-adds reach; `convolution.rs` says what is printed.

mod support;

use support::{Measured, Peak, measure};
use tf_kernels::chain::{Link, Operand, Program};
use tf_kernels::elementwise::BinaryOp;
use tf_kernels::matmul::{PackedMatrix, Start, matmul_f32, matmul_strips_f32};
use tf_kernels::product_chain::{Factor, ProductChain, RowOperand, Turn, product_chain_f32};
use tf_kernels::unary::UnaryOp;

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
        row(&name, 2 * (m * k * n) as u64, &mut || {
            matmul_f32(&a, &a_shape, transpose_a, &b, &b_shape, transpose_b, &mut out);
        });
    }
    for (batch, units) in [(32, 128), (1, 128), (64, 256)] {
        steps(batch, units, &|name| arguments.is_empty() || arguments.iter().any(|part| name.contains(part.as_str())));
    }
}

/// Measures a row and prints it.
fn row(name: &str, flops: u64, kernel: &mut dyn FnMut()) {
    let Measured { median, least, share } = measure(&Peak, flops, kernel);
    let rate = flops as f64 / least / 1e9;
    let [median, least] = [median, least].map(|seconds| seconds * 1e3);
    println!("{name:32} {median:10.4} {least:10.4} {rate:9.1} {:6.1}%", share * 100.0);
}

/// Fifty steps of long short-term memory with as many features as units: the products of all inputs, and those of the state with what
/// the gates make of them.
fn steps(batch: usize, units: usize, wanted: &dyn Fn(&str) -> bool) {
    const STEPS: usize = 50;
    let columns = 4 * units;
    let numbers = |n: usize| (0..n).map(|i| (i % 17) as f32 * 0.01 - 0.08).collect::<Vec<f32>>();
    let (x, bias) = (numbers(batch * STEPS * units), numbers(columns));
    let packed = PackedMatrix::new(&numbers(units * columns), &[units, columns], false);
    let mut begun = vec![0.0; STEPS * batch * columns];
    let flops = 2 * (STEPS * batch * units * columns) as u64;
    let name = format!("inputs of {batch}x{units}");
    if wanted(&name) {
        row(&name, flops, &mut || {
            let strips: Vec<&[f32]> = (0..STEPS).map(|step| &x[step * units..]).collect();
            matmul_strips_f32(&strips, batch, STEPS * units, &packed, Some(&bias), &mut begun);
        });
    }
    use Operand::{Input, Link as Of};
    let unary = Link::Unary;
    let both = Link::Binary;
    let links = [
        both(BinaryOp::Add, Input(2), Input(5)),
        unary(UnaryOp::Sigmoid, Of(0)),
        both(BinaryOp::Mul, Input(4), Of(1)),
        unary(UnaryOp::Sigmoid, Input(0)),
        unary(UnaryOp::Tanh, Input(1)),
        both(BinaryOp::Mul, Of(3), Of(4)),
        both(BinaryOp::Add, Of(2), Of(5)),
        unary(UnaryOp::Tanh, Of(6)),
        unary(UnaryOp::Sigmoid, Input(3)),
        both(BinaryOp::Mul, Of(7), Of(8)),
    ];
    let program = Program::new(&links, &[false; 10], 6, &[6, 9]);
    let name = format!("states of {batch}x{units}");
    if wanted(&name) {
        let mut states: Vec<Vec<f32>> = (0..4).map(|_| numbers(batch * units)).collect();
        row(&name, flops, &mut || {
            for step in 0..STEPS {
                let (before, after) = states.split_at_mut(2);
                let (before, after) = if step % 2 == 0 { (before, after) } else { (after, before) };
                let part = |part: usize| RowOperand::Columns(part * units);
                let operands =
                    [part(0), part(1), part(2), part(3), RowOperand::Rows(&before[0]), RowOperand::Number(&1.0)];
                let chain = ProductChain { program: &program, operands: &operands, results: &[(0, 0), (1, 0)] };
                let start = Start::Sums(&begun[step * batch * columns..][..batch * columns]);
                let (c, h) = after.split_at_mut(1);
                let turn = Turn { a: Factor::Rows(&before[1]), b: &packed, start, chains: &[chain], width: units };
                product_chain_f32(batch, &[turn], &mut [&mut c[0], &mut h[0]]);
            }
        });
    }
}
