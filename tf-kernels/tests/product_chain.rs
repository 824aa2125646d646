//! Products with chains that read them against the definition in `f64`.

mod support;

use support::*;
use tf_kernels::chain::{Link, Operand, Program};
use tf_kernels::elementwise::BinaryOp;
use tf_kernels::matmul::{PackedMatrix, Start, matmul_packed_f32, matmul_strips_f32};
use tf_kernels::product_chain::{Factor, ProductChain, RowOperand, Turn, product_chain_f32};
use tf_kernels::reduce::ReduceOp;
use tf_kernels::sum::sum_rows_f32;
use tf_kernels::unary::UnaryOp;

/// The product of rows and a matrix of `n` columns, and what the sums begin with.
fn product(a: &[f32], b: &[f32], start: impl Fn(usize, usize) -> f32, k: usize, n: usize) -> Vec<f64> {
    let m = a.len() / k;
    let sum = |i: usize, j: usize| (0..k).map(|p| f64::from(a[i * k + p]) * f64::from(b[p * n + j])).sum::<f64>();
    (0..m * n).map(|at| f64::from(start(at / n, at % n)) + sum(at / n, at % n)).collect()
}

#[test]
fn chains_read_columns_of_a_product_and_write_columns() {
    let mut rng = Rng(31);
    // One row, a few, and many; more than a block of depth; columns that are whole registers, and that are not.
    for (m, k, width) in [(1, 5, 16), (3, 300, 7), (32, 20, 64), (70, 530, 33), (130, 16, 128)] {
        let n = 3 * width;
        let (a, b, sums, bias) = (rng.f32s(m * k), rng.f32s(k * n), rng.f32s(m * n), rng.f32s(n));
        let (whole, row, numbers, number) = (rng.f32s(m * width), rng.f32s(width), rng.f32s(m), 0.75f32);
        // Of the parts p, q and r: (p + whole) · row, and σ(q) · r + number · numbers.
        let input = Operand::Input;
        let first =
            [Link::Binary(BinaryOp::Add, input(0), input(1)), Link::Binary(BinaryOp::Mul, Operand::Link(0), input(2))];
        let second = [
            Link::Unary(UnaryOp::Sigmoid, input(0)),
            Link::Binary(BinaryOp::Mul, Operand::Link(0), input(1)),
            Link::Binary(BinaryOp::Mul, input(2), input(3)),
            Link::Binary(BinaryOp::Add, Operand::Link(1), Operand::Link(2)),
        ];
        let first = Program::new(&first, &[false; 2], 3, &[1]);
        let second = Program::new(&second, &[false, false, true, false], 4, &[0, 3]);
        for start in [Start::Zero, Start::Bias(&bias), Start::Sums(&sums)] {
            let begin = |i: usize, j: usize| match start {
                Start::Zero => 0.0,
                Start::Bias(bias) => bias[j],
                Start::Sums(sums) => sums[i * n + j],
            };
            let exact = product(&a, &b, begin, k, n);
            let part = |part: usize, at: usize| exact[at / width * n + part * width + at % width];
            let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
            let all = 0..m * width;
            let want_first = all.clone().map(|at| (part(0, at) + f64::from(whole[at])) * f64::from(row[at % width]));
            let want_gate = all.clone().map(|at| sigmoid(part(1, at)));
            let want_second = all
                .clone()
                .map(|at| sigmoid(part(1, at)) * part(2, at) + f64::from(number) * f64::from(numbers[at / width]));
            let want: [Vec<f64>; 3] = [want_first.collect(), want_gate.collect(), want_second.collect()];
            on_every_isa(|isa| {
                let packed = PackedMatrix::new(&b, &[k, n], false);
                // The second result beside the first, the last one in an array of its own.
                let (mut beside, mut own) = (vec![f32::NAN; m * 2 * width], vec![f32::NAN; m * width]);
                let columns = |part: usize| RowOperand::Columns(part * width);
                let chains = [
                    ProductChain {
                        program: &first,
                        operands: &[columns(0), RowOperand::Rows(&whole), RowOperand::Row(&row)],
                        results: &[(0, width)],
                    },
                    ProductChain {
                        program: &second,
                        operands: &[columns(1), columns(2), RowOperand::Numbers(&numbers), RowOperand::Number(&number)],
                        results: &[(0, 0), (1, 0)],
                    },
                ];
                let turn = Turn { a: Factor::Rows(&a), b: &packed, start, chains: &chains, width };
                product_chain_f32(m, &[turn], &mut [&mut beside, &mut own]);
                let column = |first: usize| -> Vec<f64> {
                    all.clone().map(|at| f64::from(beside[at / width * 2 * width + first + at % width])).collect()
                };
                let what = format!("{m}x{k} by {n}, {isa}");
                assert_close(&column(width), &want[0], 3e-5, &what);
                assert_close(&column(0), &want[1], 3e-5, &what);
                assert_close(&widen(&own), &want[2], 3e-5, &what);
            });
        }
    }
}

#[test]
fn rows_of_a_product_are_reduced() {
    let mut rng = Rng(32);
    let (m, k, n) = (37, 50, 45);
    let (a, b) = (rng.f32s(m * k), rng.f32s(k * n));
    let of = Operand::Link;
    // Softmax, and the largest of each row.
    let links = [
        Link::Reduce(ReduceOp::Max, Operand::Input(0)),
        Link::Binary(BinaryOp::Sub, Operand::Input(0), of(0)),
        Link::Unary(UnaryOp::Exp, of(1)),
        Link::Reduce(ReduceOp::Sum, of(2)),
        Link::Binary(BinaryOp::Div, of(2), of(3)),
    ];
    let program = Program::new(&links, &[true, false, false, true, false], 1, &[4, 0]);
    let exact = product(&a, &b, |_, _| 0.0, k, n);
    let largest: Vec<f64> = exact.chunks(n).map(|row| row.iter().copied().fold(f64::MIN, f64::max)).collect();
    let total = |row: &[f64]| row.iter().map(|x| x.exp()).sum::<f64>();
    let want: Vec<f64> = exact.chunks(n).flat_map(|row| row.iter().map(move |x| x.exp() / total(row))).collect();
    on_every_isa(|isa| {
        let packed = PackedMatrix::new(&b, &[k, n], false);
        let (mut out, mut most) = (vec![f32::NAN; m * n], vec![f32::NAN; m]);
        let chain = ProductChain { program: &program, operands: &[RowOperand::Columns(0)], results: &[(0, 0), (1, 0)] };
        let turn = Turn { a: Factor::Rows(&a), b: &packed, start: Start::Zero, chains: &[chain], width: n };
        product_chain_f32(m, &[turn], &mut [&mut out, &mut most]);
        assert_close(&widen(&out), &want, 1e-5, &format!("softmax, {isa}"));
        assert_close(&widen(&most), &largest, 1e-5, &format!("largest, {isa}"));
    });
}

#[test]
fn a_turn_reads_what_those_before_it_made() {
    let mut rng = Rng(35);
    // Rows that threads share, and so few that they share columns.
    for (m, k, n, turns) in [(1, 40, 40, 3), (33, 40, 40, 1), (33, 17, 17, 4), (90, 64, 64, 5)] {
        let (x, b, bias) = (rng.f32s(m * k), rng.f32s(k * n), rng.f32s(n));
        // Of each product tanh, beside the largest of its row; and the sum of all states, plus that number.
        let links = [
            Link::Unary(UnaryOp::Tanh, Operand::Input(0)),
            Link::Binary(BinaryOp::Add, Operand::Link(0), Operand::Input(1)),
            Link::Binary(BinaryOp::Add, Operand::Link(1), Operand::Input(2)),
        ];
        let first = Program::new(&[Link::Reduce(ReduceOp::Max, Operand::Input(0))], &[true], 1, &[0]);
        let second = Program::new(&links, &[false; 3], 3, &[0, 2]);
        let (mut state, mut total) = (widen(&x), vec![0.0; m * n]);
        for _ in 0..turns {
            let state32: Vec<f32> = state.iter().map(|&x| x as f32).collect();
            let made = product(&state32, &b, |_, j| bias[j], k, n);
            let most = |at: usize| made[at / n * n..][..n].iter().copied().fold(f64::MIN, f64::max);
            state = made.iter().map(|x| x.tanh()).collect();
            total = (0..m * n).map(|at| total[at] + state[at] + most(at)).collect();
        }
        on_every_isa(|isa| {
            let packed = PackedMatrix::new(&b, &[k, n], false);
            // States and sums in two arrays each, which turns write alternately, and the largest of rows.
            let mut arrays = [
                vec![f32::NAN; m * n],
                vec![f32::NAN; m * n],
                vec![f32::NAN; m * n],
                vec![0.0; m * n],
                vec![f32::NAN; m],
            ];
            let chains: Vec<_> = (0..turns)
                .map(|turn| {
                    let (now, before) = (turn % 2, 1 - turn % 2);
                    let operands =
                        [RowOperand::Columns(0), RowOperand::Array(2 + before, 0), RowOperand::ArrayOfNumbers(4)];
                    (operands, [(now, 0), (2 + now, 0)])
                })
                .collect();
            let chains: Vec<[ProductChain; 2]> = chains
                .iter()
                .map(|(operands, results)| {
                    let largest =
                        ProductChain { program: &first, operands: &[RowOperand::Columns(0)], results: &[(4, 0)] };
                    [largest, ProductChain { program: &second, operands, results }]
                })
                .collect();
            let turn = |(number, chains)| {
                let a = if number == 0 { Factor::Rows(&x) } else { Factor::Array(1 - number % 2) };
                Turn { a, b: &packed, start: Start::Bias(&bias), chains, width: n }
            };
            let all: Vec<Turn> = chains.iter().map(|chains| &chains[..]).enumerate().map(turn).collect();
            let mut outs: Vec<&mut [f32]> = arrays.iter_mut().map(Vec::as_mut_slice).collect();
            product_chain_f32(m, &all, &mut outs);
            let last = (turns - 1) % 2;
            let what = format!("{turns} turns of {m}x{k} by {n}, {isa}");
            assert_close(&widen(&arrays[last]), &state, 3e-5, &what);
            assert_close(&widen(&arrays[2 + last]), &total, 1e-4, &what);
        });
    }
}

#[test]
fn strips_lie_one_below_the_other_and_sums_begin_with_a_matrix() {
    let mut rng = Rng(33);
    for (count, rows, k, n) in [(1, 1, 3, 5), (5, 3, 20, 31), (4, 33, 530, 64), (3, 14, 16, 2080)] {
        // Slices along the second axis of three: rows lie apart.
        let (x, b, bias) = (rng.f32s(rows * count * k), rng.f32s(k * n), rng.f32s(n));
        let strips: Vec<&[f32]> = (0..count).map(|strip| &x[strip * k..]).collect();
        let row = |strip: usize, row: usize| &x[(row * count + strip) * k..][..k];
        let whole: Vec<f32> = (0..count * rows).flat_map(|i| row(i / rows, i % rows).to_vec()).collect();
        let want = product(&whole, &b, |_, j| bias[j], k, n);
        on_every_isa(|isa| {
            let packed = PackedMatrix::new(&b, &[k, n], false);
            let mut stacked = vec![f32::NAN; count * rows * n];
            matmul_strips_f32(&strips, rows, count * k, &packed, Some(&bias), &mut stacked);
            assert_close(&widen(&stacked), &want, 3e-5, &format!("{count} strips of {rows}x{k} by {n}, {isa}"));
            // Once more onto them.
            let mut out = vec![f32::NAN; count * rows * n];
            matmul_packed_f32((&whole, &[count * rows, k], false), &packed, Start::Sums(&stacked), true, &mut out);
            let twice: Vec<f64> =
                want.iter().enumerate().map(|(i, x)| (2.0 * x - f64::from(bias[i % n])).max(0.0)).collect();
            assert_close(&widen(&out), &twice, 6e-5, &format!("onto {count} strips of {rows}x{k} by {n}, {isa}"));
        });
    }
}

#[test]
fn rows_of_several_matrices_are_summed() {
    let mut rng = Rng(34);
    for (count, rows, n) in [(1, 1, 1), (3, 7, 33), (5, 40, 512), (2, 0, 3)] {
        let matrices: Vec<Vec<f32>> = (0..count).map(|_| rng.f32s(rows * n)).collect();
        let all: Vec<&[f32]> = matrices.iter().map(Vec::as_slice).collect();
        let want: Vec<f64> = (0..n)
            .map(|j| all.iter().flat_map(|of| of.iter().skip(j).step_by(n)).map(|&x| f64::from(x)).sum())
            .collect();
        on_every_isa(|isa| {
            let mut out = vec![f32::NAN; n];
            sum_rows_f32(&all, &mut out);
            assert_close(&widen(&out), &want, 1e-6, &format!("{count} of {rows}x{n}, {isa}"));
        });
    }
}
