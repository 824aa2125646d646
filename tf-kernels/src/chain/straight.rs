//! Turns of a few additions and multiplications, as normalizations end: a loop each, since looking up an instruction takes as long as
//! carrying it out on the registers of an accumulator.

use super::machine::{Instruction, Lies, Place, load};
use crate::elementwise::BinaryOp;
use crate::simd::each;
use crate::simd::floats::Floats;

/// The most functions of such a turn.
const MOST: usize = 4;

/// Takes whole groups of `W` registers, if there is a loop for the code; yields how many elements those are.
///
/// # Safety
/// Each place that the code names must have `n` elements or be one number, what is stored must not lie where elements are loaded from, and
/// the instructions of `V` exist.
#[inline(always)]
pub(super) unsafe fn straight<V: Floats, const W: usize>(code: &[Instruction], places: &[Place], n: usize) -> usize {
    use BinaryOp::{Add, Mul, Sub};
    let [Instruction::Load(x), ref functions @ .., Instruction::Store(to)] = *code else { return 0 };
    let (x, to) = (places[x], places[to]);
    if functions.len() > MOST || to.lies != Lies::Along || x.lies == Lies::Here {
        return 0;
    }
    let (mut ops, mut others) = ([Add; MOST], [Place::NOWHERE; MOST]);
    for (function, (op_here, other_here)) in functions.iter().zip(ops.iter_mut().zip(&mut others)) {
        let Instruction::Binary { op, other, reversed } = *function else { return 0 };
        let other = places[other];
        if other.lies == Lies::Here || reversed && op == Sub {
            return 0;
        }
        (*op_here, *other_here) = (op, other);
    }
    let mut at = 0;
    macro_rules! groups {
        ($($k:literal $op:ident),*) => {
            while at + W * V::LANES <= n {
                // SAFETY: the caller's promise.
                unsafe {
                    let mut acc = load::<V, W, true>(x, at, 0);
                    $(
                        let other = load::<V, W, true>(others[$k], at, 0);
                        each!(W; i => acc[i] = acc[i].$op(other[i]));
                    )*
                    each!(W; i => acc[i].store(to.from(at).add(i * V::LANES)));
                }
                at += W * V::LANES;
            }
        };
    }
    match ops[..functions.len()] {
        [Sub, Mul] => groups!(0 sub, 1 mul),
        [Sub, Mul, Mul] => groups!(0 sub, 1 mul, 2 mul),
        [Sub, Mul, Add] => groups!(0 sub, 1 mul, 2 add),
        [Sub, Mul, Mul, Add] => groups!(0 sub, 1 mul, 2 mul, 3 add),
        [Mul, Add] => groups!(0 mul, 1 add),
        _ => {}
    }
    at
}
