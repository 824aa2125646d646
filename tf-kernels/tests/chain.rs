//! Chains against their functions one after the other, bit for bit.

mod support;

use support::*;
use tf_kernels::chain::{Link, Operand, chain_f32, follows};
use tf_kernels::elementwise::{BinaryOp, binary_f32};
use tf_kernels::slopes::{SlopeOp, slope_f32};
use tf_kernels::unary::{UnaryOp, unary_f32};

/// The values of all links, each computed over whole arrays.
fn one_by_one(links: &[Link], inputs: &[(Vec<f32>, Vec<usize>)], shape: &[usize]) -> Vec<Vec<f32>> {
    let n = elements(shape);
    let spread = |(x, of): &(Vec<f32>, Vec<usize>)| {
        let mut out = vec![0.0; n];
        binary_f32(BinaryOp::Add, x, of, &vec![0.0; n], shape, &mut out, shape).unwrap();
        out
    };
    let inputs: Vec<Vec<f32>> = inputs.iter().map(spread).collect();
    let mut values: Vec<Vec<f32>> = Vec::new();
    for link in links {
        let of = |operand: Operand| match operand {
            Operand::Input(i) => inputs[i].clone(),
            Operand::Link(i) => values[i].clone(),
        };
        let mut out = vec![0.0; n];
        match *link {
            Link::Same(x) => out = of(x),
            Link::Share(x) => out = of(x).iter().map(|x| x / n as f32).collect(),
            Link::Unary(op, x) => unary_f32(op, &of(x), &mut out).unwrap(),
            Link::Binary(op, a, b) => binary_f32(op, &of(a), shape, &of(b), shape, &mut out, shape).unwrap(),
            Link::Slope(op, at, slope) => slope_f32(op, &of(at), &of(slope), &mut out),
        }
        values.push(out);
    }
    values
}

fn check(links: &[Link], shapes: &[&[usize]], results: &[usize], shape: &[usize]) {
    let mut rng = Rng(shape.len() as u64 + 7);
    let inputs: Vec<(Vec<f32>, Vec<usize>)> =
        shapes.iter().map(|shape| (rng.f32s(elements(shape)), shape.to_vec())).collect();
    let want = one_by_one(links, &inputs, shape);
    let operands: Vec<(&[f32], &[usize])> = inputs.iter().map(|(x, shape)| (&x[..], &shape[..])).collect();
    assert!(follows(operands.iter().map(|operand| operand.1), shape));
    on_every_isa(|isa| {
        let mut outs: Vec<Vec<f32>> = vec![vec![f32::NAN; elements(shape)]; results.len()];
        let mut parts: Vec<&mut [f32]> = outs.iter_mut().map(|out| &mut out[..]).collect();
        chain_f32(links, &operands, results, &mut parts, shape);
        for (out, &result) in outs.iter().zip(results) {
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert!(bits(out) == bits(&want[result]), "link {result} of {shape:?} on {isa}");
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
}

#[test]
fn a_chain_of_nothing_does_nothing() {
    let links = [Link::Unary(UnaryOp::Exp, Operand::Input(0))];
    chain_f32(&links, &[(&[], &[0, 3])], &[0], &mut [&mut []], &[0, 3]);
}
