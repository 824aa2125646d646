//! How operands lie under the result of a chain.

use super::{PIECE, SHORTEST};
use crate::walk::elements;

/// How an operand of a chain lies under its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// An element for each of the result's.
    Whole,
    /// One element for all.
    Number,
    /// So many elements, which begin anew after them, as a bias does.
    Repeats(usize),
    /// Each element serves so many, as the mean of a row does.
    Stretches(usize),
}

/// How an operand of this shape lies under a result of the other, if it does so in a way that a chain can follow.
pub(super) fn lie(operand: &[usize], result: &[usize]) -> Option<Lie> {
    let ones = operand.iter().take_while(|&&size| size == 1).count();
    let inner = &operand[ones..];
    if inner.is_empty() {
        return Some(Lie::Number);
    }
    if inner.len() > result.len() {
        return None;
    }
    if inner == &result[result.len() - inner.len()..] {
        let (n, all) = (elements(inner), elements(result));
        return Some(if n == all { Lie::Whole } else { Lie::Repeats(n) });
    }
    // The same axes from the front, ones behind.
    let behind = operand.iter().rev().take_while(|&&size| size == 1).count();
    let front = operand.len() - behind;
    let stretch = elements(&result[front..]);
    (operand.len() == result.len() && operand[..front] == result[..front] && stretch >= SHORTEST)
        .then_some(Lie::Stretches(stretch))
}

/// How a result is cut into pieces.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Whether operands that repeat are laid out over a whole piece.
    pub(super) tiled: bool,
    /// What a piece does not go beyond a multiple of.
    pub(super) unit: usize,
    /// What the elements that a thread takes at a time are a multiple of.
    pub(super) grain: usize,
}

/// How to cut a result whose operands lie so, if pieces become long enough.
pub(super) fn cut(lies: impl Iterator<Item = Lie>) -> Option<Cut> {
    let (mut longest, mut shortest, mut stretch) = (1, usize::MAX, None);
    for lie in lies {
        match lie {
            Lie::Whole | Lie::Number => {}
            Lie::Repeats(n) => (longest, shortest) = (longest.max(n), shortest.min(n)),
            Lie::Stretches(n) if *stretch.get_or_insert(n) == n => {}
            Lie::Stretches(_) => return None,
        }
    }
    let pieces = |tiled: bool, unit: usize| Some(Cut { tiled, unit, grain: if tiled { unit } else { PIECE } });
    match stretch {
        // What lies alike everywhere need not be cut.
        None if longest == 1 => pieces(false, usize::MAX),
        None if longest <= PIECE => pieces(true, PIECE / longest * longest),
        None if shortest >= SHORTEST => pieces(false, shortest),
        Some(stretch) if longest == 1 => pieces(false, stretch),
        // What repeats does so within each stretch.
        Some(stretch) if shortest >= SHORTEST && stretch % longest == 0 => pieces(false, shortest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::chain::{Link, Operand, Program, follows};
    use crate::elementwise::BinaryOp;
    use crate::reduce::ReduceOp;
    use crate::unary::UnaryOp;

    #[test]
    fn what_a_chain_follows() {
        let program = Program::new(&[Link::Unary(UnaryOp::Abs, Operand::Input(0))], &[false], 5, &[0]);
        let follows = |operands: &[&[usize]], result: &[usize]| follows(&program, operands.iter().copied(), result);
        assert!(follows(&[&[8, 64], &[64], &[1, 64], &[8, 1], &[]], &[8, 64]));
        assert!(follows(&[&[5, 7], &[3, 5, 7], &[7]], &[3, 5, 7]));
        // A stretch that is too short, one that repeats, two of different lengths.
        assert!(!follows(&[&[8, 1]], &[8, 6]));
        assert!(!follows(&[&[8, 1, 64]], &[8, 2, 64]));
        assert!(!follows(&[&[8, 1, 1], &[8, 2, 1]], &[8, 2, 64]));
    }

    #[test]
    fn what_a_chain_with_reductions_follows() {
        let links = [
            Link::Reduce(ReduceOp::Sum, Operand::Input(0)),
            Link::Binary(BinaryOp::Add, Operand::Link(0), Operand::Input(1)),
        ];
        let program = Program::new(&links, &[true, true], 4, &[1]);
        let follows = |operands: &[&[usize]], result: &[usize]| follows(&program, operands.iter().copied(), result);
        assert!(follows(&[&[8, 64], &[8, 1], &[1, 64], &[64]], &[8, 64]));
        assert!(follows(&[&[8, 2, 64], &[], &[8, 1, 1], &[2, 64]], &[8, 2, 64]));
        // A vector beside numbers of rows; rows that are too short, and too long.
        assert!(!follows(&[&[64, 64], &[64]], &[64, 64]));
        assert!(!follows(&[&[8, 16]], &[8, 16]));
        assert!(!follows(&[&[1, 20_000]], &[1, 20_000]));
    }
}
