//! Chains against their functions one after the other, bit for bit.

mod support;

use support::*;
use tf_kernels::chain::{Link, Operand, Program, chain_f32, follows};
use tf_kernels::elementwise::{BinaryOp, binary_f32};
use tf_kernels::reduce::{ReduceOp, reduce_f32};
use tf_kernels::slopes::{SlopeOp, slope_f32};
use tf_kernels::unary::{UnaryOp, unary_f32};

/// What the squared differences of a link are taken of, if they are those from its mean.
fn centered(links: &[Link], squares: Operand) -> Option<Operand> {
    let Operand::Link(squares) = squares else { return None };
    let Link::Binary(BinaryOp::SquaredDifference, x, Operand::Link(mean)) = links[squares] else { return None };
    (links[mean] == Link::Reduce(ReduceOp::Mean, x)).then_some(x)
}

/// Mean and variance of a row by two passes in `f64`.
fn moments(row: &[f32]) -> (f64, f64) {
    let n = row.len() as f64;
    let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    (mean, row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n)
}

/// The values of all links, each computed over whole arrays; those of rows at each element of them. A variance is rounded once.
fn one_by_one(links: &[Link], of_row: &[bool], inputs: &[(Vec<f32>, Vec<usize>)], shape: &[usize]) -> Vec<Vec<f32>> {
    let n = elements(shape);
    let spread = |x: &[f32], of: &[usize]| {
        let mut out = vec![0.0; n];
        // Nothing is taken off, so that -0 stays what it is.
        binary_f32(BinaryOp::Sub, x, of, &vec![0.0; n], shape, &mut out, shape).unwrap();
        out
    };
    let inputs: Vec<Vec<f32>> = inputs.iter().map(|(x, of)| spread(x, of)).collect();
    let mut values: Vec<Vec<f32>> = Vec::new();
    for (link, of_row) in links.iter().zip(of_row) {
        let of = |operand: Operand| match operand {
            Operand::Input(i) => inputs[i].clone(),
            Operand::Link(i) => values[i].clone(),
        };
        let mut out = vec![0.0; n];
        match *link {
            Link::Same(x) => out = of(x),
            Link::Share(x) => {
                let count = if *of_row { n / shape[shape.len() - 1] } else { n };
                out = of(x).iter().map(|x| x / count as f32).collect();
            }
            Link::Unary(op, x) => unary_f32(op, &of(x), &mut out).unwrap(),
            Link::Binary(op, a, b) => binary_f32(op, &of(a), shape, &of(b), shape, &mut out, shape).unwrap(),
            Link::Slope(op, at, slope) => slope_f32(op, &of(at), &of(slope), &mut out),
            Link::Reduce(op, x) => {
                let mut rows = shape.to_vec();
                *rows.last_mut().unwrap() = 1;
                let mut numbers = vec![0.0; elements(&rows)];
                match centered(links, x) {
                    Some(x) if op == ReduceOp::Mean => {
                        let x = of(x);
                        let rows = x.chunks(shape[shape.len() - 1]);
                        numbers.iter_mut().zip(rows).for_each(|(number, row)| *number = moments(row).1 as f32);
                    }
                    _ => reduce_f32(op, &of(x), shape, &[shape.len() - 1], &mut numbers),
                }
                out = spread(&numbers, &rows);
            }
            Link::Spread { of: x, mean } => {
                let share = if mean { *shape.last().unwrap() as f32 } else { 1.0 };
                out = of(x).iter().map(|x| x / share).collect();
            }
        }
        values.push(out);
    }
    values
}

fn check(links: &[Link], shapes: &[&[usize]], results: &[usize], shape: &[usize]) {
    check_rows(links, &vec![false; links.len()], shapes, results, shape);
}

fn check_rows(links: &[Link], of_row: &[bool], shapes: &[&[usize]], results: &[usize], shape: &[usize]) {
    let mut rng = Rng(shape.len() as u64 + 7);
    let inputs: Vec<(Vec<f32>, Vec<usize>)> =
        shapes.iter().map(|shape| (rng.f32s(elements(shape)), shape.to_vec())).collect();
    let operands: Vec<(&[f32], &[usize])> = inputs.iter().map(|(x, shape)| (&x[..], &shape[..])).collect();
    let program = Program::new(links, of_row, inputs.len(), results);
    assert!(follows(&program, operands.iter().map(|operand| operand.1), shape), "{shapes:?} under {shape:?}");
    let row = *shape.last().unwrap();
    on_every_isa(|isa| {
        let want = one_by_one(links, of_row, &inputs, shape);
        let of = |&result: &usize| if of_row[result] { elements(shape) / row } else { elements(shape) };
        let mut outs: Vec<Vec<f32>> = results.iter().map(|result| vec![f32::NAN; of(result)]).collect();
        let mut parts: Vec<&mut [f32]> = outs.iter_mut().map(|out| &mut out[..]).collect();
        chain_f32(&program, &operands, &mut parts, shape);
        for (out, &result) in outs.iter().zip(results) {
            let want = want[result].iter().step_by(if of_row[result] { row } else { 1 });
            let differs = out.iter().zip(want).position(|(got, want)| got.to_bits() != want.to_bits());
            assert_eq!(differs, None, "link {result} of {shape:?} on {isa}");
        }
    });
}

#[test]
fn chains_are_their_functions_one_after_the_other() {
    use Operand::{Input, Link as Of};
    let links = [
        Link::Binary(BinaryOp::Sub, Input(0), Input(1)),
        Link::Binary(BinaryOp::Mul, Of(0), Input(2)),
        Link::Unary(UnaryOp::Sigmoid, Of(1)),
        Link::Binary(BinaryOp::Add, Of(1), Of(0)),
        Link::Slope(SlopeOp::Tanh, Of(2), Of(3)),
        Link::Unary(UnaryOp::Square, Input(1)),
        Link::Binary(BinaryOp::Maximum, Of(4), Of(5)),
    ];
    for results in [&[6][..], &[6, 1], &[0, 2, 5, 6]] {
        check(&links, &[&[70, 130], &[70, 130], &[]], results, &[70, 130]);
        // What repeats in a piece, and what is longer than one.
        check(&links, &[&[70, 130], &[130], &[1, 1]], results, &[70, 130]);
        check(&links, &[&[30, 2500], &[2500], &[1]], results, &[30, 2500]);
        check(&links, &[&[3, 5, 7], &[5, 7], &[7]], results, &[3, 5, 7]);
        // Rows with a number each, alone and beside what repeats.
        check(&links, &[&[50, 33], &[50, 1], &[]], results, &[50, 33]);
        check(&links, &[&[40, 1500], &[40, 1], &[1500]], results, &[40, 1500]);
        check(&links, &[&[], &[1], &[1, 1]], results, &[2, 3]);
    }
}

#[test]
fn turns_that_have_a_loop_of_their_own() {
    use BinaryOp::{Add, Mul, Sub};
    use Operand::{Input, Link as Of};
    for ops in [&[Sub, Mul][..], &[Sub, Mul, Mul], &[Sub, Mul, Add], &[Sub, Mul, Mul, Add], &[Mul, Add], &[Add, Sub]] {
        let value = |at: usize| at.checked_sub(1).map_or(Input(0), Of);
        let links: Vec<Link> =
            ops.iter().enumerate().map(|(at, &op)| Link::Binary(op, value(at), Input(at + 1))).collect();
        // The operand of the last function first, which a difference must not take for the other.
        let mut turned = links.clone();
        turned[0] = Link::Binary(ops[0], Input(1), Input(0));
        turned[1] = Link::Binary(ops[1], Input(2), Of(0));
        for links in [links, turned] {
            for n in [47, 130, 1024] {
                let all = [&[9, n][..], &[9, 1], &[], &[n], &[9, n]];
                check(&links, &all[..=ops.len()], &[ops.len() - 1], &[9, n]);
            }
        }
    }
}

#[test]
fn values_as_they_are_and_shares_of_them() {
    use Operand::{Input, Link as Of};
    let links = [
        Link::Same(Input(0)),
        Link::Share(Input(1)),
        Link::Binary(BinaryOp::Mul, Of(0), Of(1)),
        Link::Share(Of(2)),
        Link::Same(Of(3)),
    ];
    for results in [&[4][..], &[0, 1, 3]] {
        check(&links, &[&[70, 130], &[]], results, &[70, 130]);
        check(&links, &[&[130], &[70, 1]], results, &[70, 130]);
        check(&links, &[&[], &[1]], results, &[1, 1]);
    }
    // Of numbers for rows, divided by how many rows there are; then of elements.
    let links = [
        Link::Reduce(ReduceOp::Sum, Input(0)),
        Link::Share(Of(0)),
        Link::Same(Of(1)),
        Link::Share(Input(1)),
        Link::Binary(BinaryOp::Add, Of(3), Of(2)),
    ];
    check_rows(&links, &[true, true, true, false, false], &[&[70, 130], &[]], &[1, 2, 3, 4], &[70, 130]);
}

#[test]
fn every_function_is_a_link() {
    use Operand::Input;
    use UnaryOp::*;
    let of_one = [
        Neg,
        Abs,
        Sign,
        Square,
        Sqrt,
        Rsqrt,
        Reciprocal,
        Exp,
        Expm1,
        Log,
        Log1p,
        Sin,
        Cos,
        Tan,
        Asin,
        Acos,
        Atan,
        Sinh,
        Cosh,
        Tanh,
        Sigmoid,
        Softplus,
        Softsign,
        Relu,
        Relu6,
        LeakyRelu { alpha: 0.3 },
        Elu,
        Selu,
        Erf,
        Floor,
        Ceil,
        Round,
    ];
    let of_two = {
        use BinaryOp::*;
        [Add, Sub, Mul, Div, FloorDiv, FloorMod, Maximum, Minimum, Pow, SquaredDifference, Atan2]
    };
    let slopes = {
        use SlopeOp::*;
        [Relu, Relu6, LeakyRelu { alpha: 0.3 }, Elu, Selu, Sigmoid, Tanh, Softplus, Softsign, Sqrt, Rsqrt, Reciprocal]
    };
    // Values whose root or power is NaN may be another NaN.
    let links = of_one.map(|op| Link::Unary(op, Input(2))).into_iter();
    let links = links.chain(of_two.map(|op| Link::Binary(op, Input(2), Input(3))));
    for link in links.chain(slopes.map(|op| Link::Slope(op, Input(2), Input(3)))) {
        let positive = |x| Link::Unary(UnaryOp::Abs, Input(x));
        let shifted = |link| match link {
            Link::Unary(op, _) => Link::Unary(op, Operand::Link(0)),
            Link::Binary(op, ..) => Link::Binary(op, Operand::Link(0), Operand::Link(1)),
            Link::Slope(op, ..) => Link::Slope(op, Operand::Link(0), Operand::Link(1)),
            other => other,
        };
        check(&[positive(0), positive(1), shifted(link)], &[&[33, 37], &[33, 37]], &[2], &[33, 37]);
    }
}

#[test]
fn rows_are_reduced_on_the_way() {
    use Operand::{Input, Link as Of};
    // Layer normalization, and a sum of its results.
    let links = [
        Link::Reduce(ReduceOp::Mean, Input(0)),
        Link::Binary(BinaryOp::Sub, Input(0), Of(0)),
        Link::Binary(BinaryOp::SquaredDifference, Input(0), Of(0)),
        Link::Reduce(ReduceOp::Mean, Of(2)),
        Link::Binary(BinaryOp::Add, Of(3), Input(3)),
        Link::Unary(UnaryOp::Rsqrt, Of(4)),
        Link::Binary(BinaryOp::Mul, Of(1), Of(5)),
        Link::Binary(BinaryOp::Mul, Of(6), Input(1)),
        Link::Binary(BinaryOp::Add, Of(7), Input(2)),
        Link::Reduce(ReduceOp::Sum, Of(8)),
    ];
    let of_row = [true, false, false, true, true, true, false, false, false, true];
    for n in [32, 33, 64, 100, 127, 128, 1000, 1024, 1025, 5000] {
        for results in [&[8][..], &[8, 0, 3], &[6, 1, 9, 5, 8]] {
            check_rows(&links, &of_row, &[&[7, n], &[n], &[n], &[]], results, &[7, n]);
            check_rows(&links, &of_row, &[&[2, 3, n], &[3, n], &[1, n], &[1]], results, &[2, 3, n]);
        }
    }
    // Softmax and its gradient.
    let links = [
        Link::Reduce(ReduceOp::Max, Input(0)),
        Link::Binary(BinaryOp::Sub, Input(0), Of(0)),
        Link::Unary(UnaryOp::Exp, Of(1)),
        Link::Reduce(ReduceOp::Sum, Of(2)),
        Link::Binary(BinaryOp::Div, Of(2), Of(3)),
        Link::Binary(BinaryOp::Mul, Of(4), Input(1)),
        Link::Reduce(ReduceOp::Sum, Of(5)),
        Link::Binary(BinaryOp::Sub, Input(1), Of(6)),
        Link::Binary(BinaryOp::Mul, Of(7), Of(4)),
        Link::Reduce(ReduceOp::Min, Of(8)),
        Link::Spread { of: Of(9), mean: true },
        Link::Spread { of: Input(2), mean: false },
        Link::Binary(BinaryOp::Maximum, Of(10), Of(11)),
    ];
    let of_row = [true, false, false, true, false, false, true, false, false, true, false, false, false];
    for n in [32, 47, 300, 2050] {
        for results in [&[8][..], &[12, 4], &[2, 9, 11, 10]] {
            check_rows(&links, &of_row, &[&[40, n], &[40, n], &[40, 1]], results, &[40, n]);
        }
    }
}

#[test]
fn variances_of_rows_lose_nothing_to_their_means() {
    use Operand::{Input, Link as Of};
    // Of an operand as it lies, and of what is computed on the way.
    let links = [
        Link::Reduce(ReduceOp::Mean, Input(0)),
        Link::Binary(BinaryOp::SquaredDifference, Input(0), Of(0)),
        Link::Reduce(ReduceOp::Mean, Of(1)),
        Link::Unary(UnaryOp::Neg, Input(0)),
        Link::Reduce(ReduceOp::Mean, Of(3)),
        Link::Binary(BinaryOp::SquaredDifference, Of(3), Of(4)),
        Link::Reduce(ReduceOp::Mean, Of(5)),
    ];
    let of_row = [true, false, true, false, true, false, true];
    let program = Program::new(&links, &of_row, 1, &[0, 2, 4, 6]);
    for n in [32, 45, 127, 128, 1000, 1024, 16384] {
        // Around 0, far from it, far beyond what squares of `f32` can say, and with a first element that lies elsewhere.
        for (shift, first, scale) in [(0.0, 0.0, 1.0), (1e4, 0.0, 1.0), (0.0, 0.0, 1e25), (0.0, 1e6, 1.0)] {
            let mut x: Vec<f32> = Rng(n as u64).f32s(2 * n).iter().map(|x| x * scale + shift).collect();
            x[0] += first;
            x[n] += first;
            on_every_isa(|isa| {
                let mut outs = [[f32::NAN; 2]; 4];
                let mut parts: Vec<&mut [f32]> = outs.iter_mut().map(|out| &mut out[..]).collect();
                chain_f32(&program, &[(&x, &[2, n])], &mut parts, &[2, n]);
                for (row, x) in x.chunks(n).enumerate() {
                    let (mean, variance) = moments(x);
                    let size = x.iter().map(|&x| f64::from(x).abs()).sum::<f64>() / n as f64;
                    let what = format!("row {row} of {n}, {shift}, {first} and {scale} on {isa}");
                    for (sign, [of_mean, of_variance]) in [(1.0, [outs[0], outs[1]]), (-1.0, [outs[2], outs[3]])] {
                        let got = f64::from(of_mean[row]) * sign;
                        assert!((got - mean).abs() <= 1e-7 * mean.abs() + 1e-12 * size, "{what}: {got} for {mean}");
                        let got = of_variance[row];
                        let near = (f64::from(got) - variance).abs() <= 1e-7 * variance;
                        assert!(near || got == variance as f32, "{what}: {got} for {variance}");
                    }
                }
            });
        }
    }
}

#[test]
fn what_is_not_finite_has_no_variance() {
    use Operand::{Input, Link as Of};
    let links = [
        Link::Reduce(ReduceOp::Mean, Input(0)),
        Link::Binary(BinaryOp::SquaredDifference, Input(0), Of(0)),
        Link::Reduce(ReduceOp::Mean, Of(1)),
    ];
    let program = Program::new(&links, &[true, false, true], 1, &[0, 2]);
    on_every_isa(|isa| {
        for at in [0, 1, 40, 99] {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = vec![0.5f32; 300];
                x[100 + at] = bad;
                let (mut mean, mut variance) = ([0.0; 3], [1.0; 3]);
                chain_f32(&program, &[(&x, &[3, 100])], &mut [&mut mean, &mut variance], &[3, 100]);
                assert_eq!([mean[0], mean[2], variance[0], variance[2]], [0.5, 0.5, 0.0, 0.0], "{bad} on {isa}");
                assert!(variance[1].is_nan(), "{bad} at {at} on {isa}");
                assert!(mean[1] == bad || bad.is_nan() && mean[1].is_nan(), "{bad} at {at} on {isa}");
            }
        }
    });
}

#[test]
fn nan_and_infinities_stay_in_their_rows() {
    use Operand::{Input, Link as Of};
    let links = [
        Link::Reduce(ReduceOp::Max, Input(0)),
        Link::Reduce(ReduceOp::Sum, Input(0)),
        Link::Binary(BinaryOp::Sub, Input(0), Of(0)),
    ];
    let program = Program::new(&links, &[true, true, false], 1, &[0, 1, 2]);
    on_every_isa(|isa| {
        for at in [0, 1, 40, 95, 99] {
            let mut x = vec![1.0f32; 300];
            x[at] = f32::NAN;
            x[100 + at] = f32::NEG_INFINITY;
            let (mut max, mut sum, mut rest) = ([0.0; 3], [0.0; 3], [0.0; 300]);
            chain_f32(&program, &[(&x, &[3, 100])], &mut [&mut max, &mut sum, &mut rest], &[3, 100]);
            assert!(max[0].is_nan() && sum[0].is_nan() && rest[..100].iter().all(|x| x.is_nan()), "{at} on {isa}");
            assert_eq!((max[1], sum[1], max[2], sum[2]), (1.0, f32::NEG_INFINITY, 1.0, 100.0), "{at} on {isa}");
            assert!(
                rest[100..].iter().enumerate().all(|(i, &x)| (i == at) == (x == f32::NEG_INFINITY)),
                "{at} on {isa}"
            );
        }
    });
}

#[test]
fn a_chain_of_nothing_does_nothing() {
    let program = Program::new(&[Link::Unary(UnaryOp::Exp, Operand::Input(0))], &[false], 1, &[0]);
    chain_f32(&program, &[(&[], &[0, 3])], &mut [&mut []], &[0, 3]);
}

#[test]
fn results_that_go_past_the_caches_are_whole() {
    use Operand::{Input, Link as Of};
    // More than 32 MiB, in rows that begin anywhere in a line of the cache.
    let shape = [2993, 2811];
    let [rows, row] = shape;
    let x = Rng(3).f32s(rows * row);
    let elementwise = [
        Link::Binary(BinaryOp::Mul, Input(0), Input(1)),
        Link::Unary(UnaryOp::Abs, Of(0)),
        Link::Binary(BinaryOp::Sub, Of(1), Of(0)),
    ];
    let program = Program::new(&elementwise, &[false; 3], 2, &[2, 0]);
    let by_rows = [Link::Reduce(ReduceOp::Max, Input(0)), Link::Binary(BinaryOp::Sub, Of(0), Input(0))];
    let row_program = Program::new(&by_rows, &[true, false], 1, &[1]);
    on_every_isa(|isa| {
        let (mut out, mut product) = (vec![f32::NAN; x.len() + 3], vec![f32::NAN; x.len()]);
        let operands: [(&[f32], &[usize]); 2] = [(&x, &shape), (&[3.0], &[])];
        let out = &mut out[3..];
        chain_f32(&program, &operands, &mut [&mut *out, &mut product], &shape);
        let wrong = x.iter().zip(&*out).zip(&product).position(|((x, &y), &product)| {
            let want = x * 3.0;
            product != want || y != want.abs() - want
        });
        assert_eq!(wrong, None, "element by element on {isa}");
        out.fill(f32::NAN);
        chain_f32(&row_program, &operands[..1], &mut [&mut *out], &shape);
        for (number, (x, y)) in x.chunks(row).zip(out.chunks(row)).enumerate() {
            let most = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let wrong = x.iter().zip(y).position(|(x, &y)| y != most - x);
            assert_eq!(wrong, None, "row {number} on {isa}");
        }
    });
}
