//! Reductions of rows: on the way through the machine, or in registers where a turn does little else.

use super::machine::{Instruction, Lies, Place, load};
use crate::elementwise::BinaryOp;
use crate::reduce::{LANES, ReduceOp, larger, merged, smaller};
use crate::simd::each;
use crate::simd::floats::Floats;

/// A reduction under way: element `i` of a row is added to sum `i % LANES`, or compared with that extreme.
#[derive(Clone, Copy)]
pub(super) struct Fold {
    pub(super) op: ReduceOp,
    pub(super) sums: [f64; LANES],
    pub(super) extremes: [f32; LANES],
}

impl Fold {
    pub(super) const fn new() -> Fold {
        Fold { op: ReduceOp::Sum, sums: [0.0; LANES], extremes: [0.0; LANES] }
    }

    pub(super) fn begin(&mut self, op: ReduceOp) {
        self.op = op;
        match op {
            ReduceOp::Max => self.extremes.fill(f32::NEG_INFINITY),
            ReduceOp::Min => self.extremes.fill(f32::INFINITY),
            _ => self.sums.fill(0.0),
        }
    }

    /// Takes one element.
    pub(super) fn step(&mut self, lane: usize, x: f32) {
        match self.op {
            ReduceOp::Max => self.extremes[lane] = larger(self.extremes[lane], x),
            ReduceOp::Min => self.extremes[lane] = smaller(self.extremes[lane], x),
            _ => self.sums[lane] += f64::from(x),
        }
    }

    /// What became of `count` elements.
    pub(super) fn end(&self, count: usize) -> f32 {
        match self.op {
            ReduceOp::Max => merged(self.extremes, larger),
            ReduceOp::Min => merged(self.extremes, smaller),
            ReduceOp::Mean => (merged(self.sums, |a, b| a + b) / count as f64) as f32,
            _ => merged(self.sums, |a, b| a + b) as f32,
        }
    }
}

/// Registers that are folded at once.
const WIDTH: usize = 4;

/// Folds whole groups of lanes where a turn reduces elements as they lie, or differences or products of them, and does nothing else with
/// them: sums and extremes stay in registers from one end of the row to the other, which they do not between instructions. Yields how many
/// elements it took; the others are left to the machine.
///
/// # Safety
/// Each place that the code names must have `n` elements or be one number, and the instructions of `V` exist; so below.
#[inline(always)]
pub(super) unsafe fn fold_whole<V: Floats>(
    code: &[Instruction],
    places: &[Place],
    folds: &mut [Fold],
    n: usize,
) -> usize {
    use ReduceOp::{Max, Mean, Min, Sum};
    // SAFETY: the caller's promise.
    unsafe {
        let near = code.iter().take_while(|code| matches!(code, Instruction::Near { .. })).count();
        let (near, code) = code.split_at(near);
        // Of several places the first; where there is none, one that is near already.
        let near = |x: Place| match near.first() {
            Some(&Instruction::Near { place, next }) if places[place].lies == Lies::Along => {
                places[place].base.wrapping_add(if next { n } else { 0 }).cast_const()
            }
            _ => x.base.cast_const(),
        };
        match *code {
            [Instruction::Load(x), Instruction::Reduce { op: op @ (Sum | Mean | Max | Min), fold }] => {
                let (x, fold) = (places[x], &mut folds[fold]);
                match op {
                    Max => extremes(&mut fold.extremes, x, near(x), n, |so_far: V, x| so_far.larger(x)),
                    Min => extremes(&mut fold.extremes, x, near(x), n, |so_far: V, x| so_far.smaller(x)),
                    _ => sums(&mut fold.sums, [x, x], near(x), n, |x: V, _| x),
                }
            }
            [
                Instruction::Load(x),
                Instruction::Binary { op, other, .. },
                Instruction::Reduce { op: Sum | Mean, fold },
            ] => {
                let (x, other, sums_of) = (places[x], places[other], &mut folds[fold].sums);
                match op {
                    BinaryOp::Mul => sums(sums_of, [x, other], near(x), n, |x: V, y| x.mul(y)),
                    BinaryOp::SquaredDifference => sums(sums_of, [x, other], near(x), n, |x: V, y| {
                        let difference = x.sub(y);
                        difference.mul(difference)
                    }),
                    _ => 0,
                }
            }
            _ => 0,
        }
    }
}

/// Adds up what `of` makes of the elements of two places, while those at `near` come near.
#[inline(always)]
unsafe fn sums<V: Floats>(
    sums: &mut [f64; LANES],
    [x, y]: [Place; 2],
    near: *const f32,
    n: usize,
    of: impl Fn(V, V) -> V,
) -> usize {
    let group = LANES.max(WIDTH * V::LANES);
    // Of their own, so that they stay in registers.
    let mut here = *sums;
    let mut at = 0;
    while at + group <= n {
        // SAFETY: the caller's promise.
        unsafe {
            let mut part = 0;
            while part < group {
                each!(WIDTH; i => V::prefetch(near.wrapping_add(at + part + i * V::LANES)));
                let xs = load::<V, WIDTH, true>(x, at + part, 0);
                let ys = load::<V, WIDTH, true>(y, at + part, 0);
                let lanes = here.as_mut_ptr().add(part % LANES);
                each!(WIDTH; i => of(xs[i], ys[i]).add_to(lanes.add(i * V::LANES % LANES)));
                part += WIDTH * V::LANES;
            }
        }
        at += group;
    }
    *sums = here;
    at
}

/// Compares the elements of a place with the extremes so far, while those at `near` come near.
#[inline(always)]
unsafe fn extremes<V: Floats>(
    extremes: &mut [f32; LANES],
    x: Place,
    near: *const f32,
    n: usize,
    of: impl Fn(V, V) -> V,
) -> usize {
    let group = LANES.max(WIDTH * V::LANES);
    let mut here = *extremes;
    let mut at = 0;
    while at + group <= n {
        // SAFETY: the caller's promise.
        unsafe {
            let mut part = 0;
            while part < group {
                each!(WIDTH; i => V::prefetch(near.wrapping_add(at + part + i * V::LANES)));
                let xs = load::<V, WIDTH, true>(x, at + part, 0);
                let lanes = here.as_mut_ptr().add(part % LANES);
                each!(WIDTH; i => {
                    let lane = lanes.add(i * V::LANES % LANES);
                    of(V::load(lane), xs[i]).store(lane);
                });
                part += WIDTH * V::LANES;
            }
        }
        at += group;
    }
    *extremes = here;
    at
}
