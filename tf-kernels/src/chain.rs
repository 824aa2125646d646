//! Several element-wise functions in one pass over memory: each piece of the operands goes through all of them while it is in the
//! first-level cache.

use crate::elementwise::{BinaryOp, zip_piece_f32};
use crate::isa::isa;
use crate::scratch::with_scratch;
use crate::slopes::{SlopeOp, slope_f32};
use crate::threads::{SharedMut, for_each_index, pieces};
use crate::unary::{UnaryOp, unary_f32};
use crate::walk::elements;

/// An operand of a link: an operand of the chain, or the value of an earlier link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An operand of the chain.
    Input(usize),
    /// The value of a link.
    Link(usize),
}

/// One function of a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// A value as it is.
    Same(Operand),
    /// A value divided by the number of the result's elements.
    Share(Operand),
    /// A function of one value.
    Unary(UnaryOp, Operand),
    /// A function of two.
    Binary(BinaryOp, Operand, Operand),
    /// A derivative, at a value, times a slope.
    Slope(SlopeOp, Operand, Operand),
}

/// Elements that go through a chain at once.
const PIECE: usize = 1024;

/// The shortest stretch over which an operand may stay one number.
const SHORTEST: usize = 32;

/// The most elements that one thread takes at a time.
const BLOCK: usize = 1 << 15;

/// How an operand of a chain lies under its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
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
fn lie(operand: &[usize], result: &[usize]) -> Option<Lie> {
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
struct Cut {
    /// Whether operands that repeat are laid out over a whole piece.
    tiled: bool,
    /// What a piece is a multiple of, if they are, or else does not go beyond a multiple of.
    unit: usize,
}

/// How to cut a result whose operands lie so, if pieces become long enough.
fn cut(lies: impl Iterator<Item = Lie>) -> Option<Cut> {
    let (mut longest, mut shortest, mut stretch) = (1, usize::MAX, None);
    for lie in lies {
        match lie {
            Lie::Whole | Lie::Number => {}
            Lie::Repeats(n) => (longest, shortest) = (longest.max(n), shortest.min(n)),
            Lie::Stretches(n) if *stretch.get_or_insert(n) == n => {}
            Lie::Stretches(_) => return None,
        }
    }
    match stretch {
        None if longest <= PIECE => Some(Cut { tiled: true, unit: PIECE / longest * longest }),
        None if shortest >= SHORTEST => Some(Cut { tiled: false, unit: shortest }),
        Some(stretch) if longest == 1 => Some(Cut { tiled: false, unit: stretch }),
        // What repeats does so within each stretch.
        Some(stretch) if shortest >= SHORTEST && stretch % longest == 0 => Some(Cut { tiled: false, unit: shortest }),
        _ => None,
    }
}

/// Whether [`chain_f32`] takes operands of these shapes for a result of the other.
pub fn follows<'s>(operands: impl Iterator<Item = &'s [usize]>, result: &[usize]) -> bool {
    let lies: Option<Vec<Lie>> = operands.map(|operand| lie(operand, result)).collect();
    lies.is_some_and(|lies| lies.len() <= MOST_INPUTS && cut(lies.into_iter()).is_some())
}

/// Computes the links of a chain for each element of `shape`, and stores the values of those that `results` names in `outs`.
///
/// Operands are broadcast as [`follows`] says. The values are those of the functions one after the other, bit for bit.
///
/// # Panics
/// If a slice does not fit its shape, `follows` says no, or a link names an operand that is not before it.
pub fn chain_f32(
    links: &[Link],
    inputs: &[(&[f32], &[usize])],
    results: &[usize],
    outs: &mut [&mut [f32]],
    shape: &[usize],
) {
    let n = elements(shape);
    assert_eq!(results.len(), outs.len(), "an array for each result");
    assert!(outs.iter().all(|out| out.len() == n), "elements of the results");
    assert!(inputs.iter().all(|(input, shape)| input.len() == elements(shape)), "elements of the operands");
    assert!(inputs.len() <= MOST_INPUTS, "operands of a chain");
    if n == 0 {
        return;
    }
    let mut lies = [Lie::Number; MOST_INPUTS];
    for (known, input) in lies.iter_mut().zip(inputs) {
        *known = lie(input.1, shape).expect("operands that lie as a chain can follow");
    }
    let lies = &lies[..inputs.len()];
    let Cut { tiled, unit } = cut(lies.iter().copied()).expect("pieces that are long enough");
    let piece = if tiled { unit } else { PIECE };
    let work = n * links.iter().map(|link| link.work()).sum::<usize>();
    let block = n.div_ceil(pieces(work)).min(BLOCK).next_multiple_of(unit);
    let outs: Vec<SharedMut<f32>> = outs.iter_mut().map(|out| SharedMut::new(out)).collect();
    let slots = Slots::of(links, results);
    let repeated = lies.iter().filter(|lie| tiled && matches!(lie, Lie::Repeats(_))).count();
    let isa = isa();
    for_each_index(n.div_ceil(block), work, |index| {
        with_scratch((slots.count + repeated) * PIECE, |memory| {
            let (values, tiles) = memory.split_at_mut(slots.count * PIECE);
            let values = values.as_mut_ptr();
            for ((lie, (input, _)), tile) in (lies.iter().zip(inputs))
                .filter(|(lie, _)| tiled && matches!(lie, Lie::Repeats(_)))
                .zip(tiles.chunks_exact_mut(PIECE))
            {
                let Lie::Repeats(n) = *lie else { unreachable!("only those that repeat were kept") };
                tile[..unit].chunks_exact_mut(n).for_each(|tile| tile.copy_from_slice(input));
            }
            let mut tile_of = [0; MOST_INPUTS];
            let mut next = 0;
            for (lie, tile) in lies.iter().zip(&mut tile_of) {
                if matches!(lie, Lie::Repeats(_)) {
                    *tile = next;
                    next += 1;
                }
            }
            let end = n.min((index + 1) * block);
            let mut start = index * block;
            while start < end {
                let until = if tiled { start + piece } else { end.min(start - start % unit + unit).min(start + piece) };
                let len = until.min(end) - start;
                // SAFETY: blocks are disjoint, and pieces lie within their block.
                let out = |result: usize| unsafe { std::slice::from_raw_parts_mut(outs[result].get().add(start), len) };
                for (at, link) in links.iter().enumerate() {
                    // A value that is a result is computed in its place.
                    let target: *mut f32 = match results.iter().position(|&result| result == at) {
                        Some(result) => out(result).as_mut_ptr(),
                        // SAFETY: each slot is a piece long.
                        None => unsafe { values.add(slots.of[at] * PIECE) },
                    };
                    let operand = |operand: Operand| -> &[f32] {
                        match operand {
                            Operand::Input(i) => match lies[i] {
                                Lie::Whole => &inputs[i].0[start..start + len],
                                Lie::Number => &inputs[i].0[..1],
                                Lie::Repeats(_) if tiled => &tiles[tile_of[i] * PIECE..][..len],
                                Lie::Repeats(n) => &inputs[i].0[start % n..][..len],
                                Lie::Stretches(n) => &inputs[i].0[start / n..][..1],
                            },
                            Operand::Link(j) => {
                                assert!(j < at, "a link follows what it is computed from");
                                match results.iter().position(|&result| result == j) {
                                    Some(result) => out(result),
                                    // SAFETY: the slot of an earlier link, which is not that of the target.
                                    None => unsafe { std::slice::from_raw_parts(values.add(slots.of[j] * PIECE), len) },
                                }
                            }
                        }
                    };
                    // SAFETY: the place of this link's value, of `len` elements or more, which no operand shares.
                    let target = unsafe { std::slice::from_raw_parts_mut(target, len) };
                    apply(isa, *link, n, operand, target);
                }
                start += len;
            }
        });
    });
}

/// The most operands of a chain.
pub const MOST_INPUTS: usize = 24;

/// Computes one link of one piece of a result of so many elements. A number stands for as many as there are of the other operand.
fn apply<'v>(isa: crate::Isa, link: Link, elements: usize, operand: impl Fn(Operand) -> &'v [f32], out: &mut [f32]) {
    /// An operand of one number, laid out.
    fn whole<'s>(operand: &'s [f32], memory: &'s mut [f32; PIECE], n: usize) -> &'s [f32] {
        if operand.len() == n {
            return operand;
        }
        memory[..n].fill(operand[0]);
        &memory[..n]
    }
    let n = out.len();
    match link {
        Link::Same(x) => match operand(x) {
            &[x] => out.fill(x),
            x => out.copy_from_slice(x),
        },
        Link::Share(x) => match operand(x) {
            &[x] => out.fill(x / elements as f32),
            x => zip_piece_f32(isa, BinaryOp::Div, x, &[elements as f32], out),
        },
        Link::Binary(op, a, b) => zip_piece_f32(isa, op, operand(a), operand(b), out),
        Link::Unary(op, x) => {
            let x = operand(x);
            let mut memory = [0.0; PIECE];
            unary_f32(op, whole(x, &mut memory, n), out).expect("floats have every function");
        }
        Link::Slope(op, at, slope) => {
            let (mut first, mut second) = ([0.0; PIECE], [0.0; PIECE]);
            slope_f32(op, whole(operand(at), &mut first, n), whole(operand(slope), &mut second, n), out);
        }
    }
}

/// Places for the values of links that are no results; a place is used again once its value has been used for the last time.
struct Slots {
    of: Vec<usize>,
    count: usize,
}

impl Slots {
    fn of(links: &[Link], results: &[usize]) -> Slots {
        let mut last = vec![0; links.len()];
        for (at, link) in links.iter().enumerate() {
            for operand in link.operands() {
                if let Operand::Link(j) = operand {
                    last[j] = at;
                }
            }
        }
        let (mut of, mut free, mut count) = (vec![0; links.len()], Vec::new(), 0);
        for (at, link) in links.iter().enumerate() {
            if !results.contains(&at) {
                of[at] = free.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                });
            }
            let mut freed = [usize::MAX; 2];
            for (operand, freed) in link.operands().zip(&mut freed) {
                if let Operand::Link(j) = operand
                    && last[j] == at
                    && !results.contains(&j)
                {
                    *freed = of[j];
                }
            }
            if freed[0] == freed[1] {
                freed[1] = usize::MAX;
            }
            free.extend(freed.into_iter().filter(|&slot| slot != usize::MAX));
        }
        Slots { of, count }
    }
}

impl Link {
    /// Elementary operations for one element.
    fn work(self) -> usize {
        match self {
            Link::Same(_)
            | Link::Share(_)
            | Link::Unary(UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Square | UnaryOp::Relu | UnaryOp::Relu6, _) => 1,
            Link::Unary(UnaryOp::Sqrt | UnaryOp::Rsqrt | UnaryOp::Reciprocal, _) => 4,
            Link::Binary(BinaryOp::Pow | BinaryOp::Atan2 | BinaryOp::FloorMod, ..) => 32,
            Link::Unary(..) => 12,
            Link::Binary(..) | Link::Slope(..) => 2,
        }
    }

    /// What it is computed from.
    pub fn operands(self) -> impl Iterator<Item = Operand> {
        let (a, b) = match self {
            Link::Same(x) | Link::Share(x) | Link::Unary(_, x) => (x, None),
            Link::Binary(_, a, b) | Link::Slope(_, a, b) => (a, Some(b)),
        };
        std::iter::once(a).chain(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        use Operand::{Input, Link as Of};
        let double = |x| Link::Binary(BinaryOp::Add, x, x);
        let links = [double(Input(0)), double(Of(0)), double(Of(1)), double(Of(2))];
        let slots = Slots::of(&links, &[3]);
        assert_eq!((slots.count, &slots.of[..3]), (2, &[0, 1, 0][..]));
    }

    #[test]
    fn what_a_chain_follows() {
        let follows = |operands: &[&[usize]], result: &[usize]| follows(operands.iter().copied(), result);
        assert!(follows(&[&[8, 64], &[64], &[1, 64], &[8, 1], &[]], &[8, 64]));
        assert!(follows(&[&[5, 7], &[3, 5, 7], &[7]], &[3, 5, 7]));
        // A stretch that is too short, one that repeats, two of different lengths.
        assert!(!follows(&[&[8, 1]], &[8, 6]));
        assert!(!follows(&[&[8, 1, 64]], &[8, 2, 64]));
        assert!(!follows(&[&[8, 1, 1], &[8, 2, 1]], &[8, 2, 64]));
    }
}
