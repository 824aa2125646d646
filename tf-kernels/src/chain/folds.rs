//! Reductions of rows: on the way through the machine, or in registers where a turn does little else.

use super::machine::{Instruction, Lies, Place, ahead, load};
use crate::elementwise::BinaryOp;
use crate::reduce::{LANES, ReduceOp, larger, merged, smaller};
use crate::simd::each;
use crate::simd::floats::Floats;

/// What becomes of the elements of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding {
    /// One number.
    Reduce(ReduceOp),
    /// The mean, and the mean of the squared differences from it, which goes to this place.
    Moments { variance: usize },
}

/// A reduction under way: element `i` of a row is added to sum `i % LANES`, or compared with that extreme.
#[derive(Clone, Copy)]
pub(super) struct Fold {
    op: Folding,
    pub(super) sums: [f64; LANES],
    /// The sums and those of squares, where both are added up. They are of differences from the origin, which is an element of the row: so
    /// the squares are at most one more time the number of elements what is left when the mean is taken off, and lose nothing to it.
    pub(super) moments: Moments,
    pub(super) extremes: [f32; LANES],
}

#[derive(Clone, Copy)]
pub(super) struct Moments {
    origin: f64,
    sums: [f64; LANES],
    squares: [f64; LANES],
}

impl Moments {
    const NONE: Moments = Moments { origin: 0.0, sums: [0.0; LANES], squares: [0.0; LANES] };

    /// Adds registers of elements of these lanes; the first of all elements becomes the origin.
    ///
    /// # Safety
    /// The instructions of `V` must exist, and the lanes be those of a register.
    #[inline(always)]
    pub(super) unsafe fn add<V: Floats>(&mut self, x: V, lane: usize) {
        // SAFETY: the caller's promise.
        unsafe { x.add_moments_to(self.origin, self.sums.as_mut_ptr().add(lane), self.squares.as_mut_ptr().add(lane)) }
    }

    /// Has differences taken from this element, the first one. An infinite one would make NaN of all of them.
    pub(super) fn begin_with(&mut self, first: f32) {
        self.origin = if first.is_finite() { f64::from(first) } else { 0.0 };
    }

    /// The mean and the variance.
    fn of(&self, count: usize) -> (f32, f32) {
        let [sum, square] = [self.sums, self.squares].map(|lanes| merged(lanes, |a, b| a + b));
        let n = count as f64;
        let squares = (square - sum / n * sum) / n;
        // Rounding may leave less than nothing; NaN stays.
        ((self.origin + sum / n) as f32, (if squares < 0.0 { 0.0 } else { squares }) as f32)
    }
}

impl Fold {
    pub(super) const fn new() -> Fold {
        Fold { op: Folding::Reduce(ReduceOp::Sum), sums: [0.0; LANES], moments: Moments::NONE, extremes: [0.0; LANES] }
    }

    #[inline(always)]
    pub(super) fn begin(&mut self, op: Folding) {
        self.op = op;
        match op {
            Folding::Moments { .. } => self.moments = Moments::NONE,
            Folding::Reduce(ReduceOp::Max) => self.extremes.fill(f32::NEG_INFINITY),
            Folding::Reduce(ReduceOp::Min) => self.extremes.fill(f32::INFINITY),
            Folding::Reduce(_) => self.sums.fill(0.0),
        }
    }

    /// Takes one element.
    pub(super) fn step(&mut self, lane: usize, x: f32) {
        match self.op {
            Folding::Moments { .. } => {
                let difference = f64::from(x) - self.moments.origin;
                self.moments.sums[lane] += difference;
                self.moments.squares[lane] += difference * difference;
            }
            Folding::Reduce(ReduceOp::Max) => self.extremes[lane] = larger(self.extremes[lane], x),
            Folding::Reduce(ReduceOp::Min) => self.extremes[lane] = smaller(self.extremes[lane], x),
            Folding::Reduce(_) => self.sums[lane] += f64::from(x),
        }
    }

    /// Stores what became of `count` elements.
    ///
    /// # Safety
    /// There must be a number at each of these places.
    #[inline(always)]
    pub(super) unsafe fn end(&self, count: usize, places: &[Place], to: usize) {
        let value = match self.op {
            Folding::Moments { variance } => {
                let (mean, of_squares) = self.moments.of(count);
                // SAFETY: the caller's promise; so below.
                unsafe { *places[variance].base = of_squares };
                mean
            }
            Folding::Reduce(ReduceOp::Max) => merged(self.extremes, larger),
            Folding::Reduce(ReduceOp::Min) => merged(self.extremes, smaller),
            Folding::Reduce(ReduceOp::Mean) => (merged(self.sums, |a, b| a + b) / count as f64) as f32,
            Folding::Reduce(_) => merged(self.sums, |a, b| a + b) as f32,
        };
        // SAFETY: as above.
        unsafe { *places[to].base = value };
    }
}

/// Registers that are folded at once.
const WIDTH: usize = 4;

/// Places whose elements come near while others are folded.
const NEAR: usize = 2;

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
    let near = code.iter().take_while(|code| matches!(code, Instruction::Near { .. })).count();
    let (near, code) = code.split_at(near);
    let [Instruction::Load(x), ..] = *code else { return 0 };
    let x = places[x];
    // Of several places the first; where there is none, one that is near already.
    let mut soon = [x.base.cast_const(); NEAR];
    for (soon, near) in soon.iter_mut().zip(near) {
        if let Instruction::Near { place, times } = *near
            && places[place].lies == Lies::Along
        {
            *soon = places[place].base.wrapping_add(times * ahead(n));
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match code[1..] {
            [Instruction::Moments { fold }] => {
                if n > 0 {
                    folds[fold].moments.begin_with(*x.base);
                }
                elements::<V, Moments>(&mut folds[fold].moments, [x, x], soon, n)
            }
            [Instruction::Reduce { op, fold }] => match op {
                Max => elements::<V, Largest>(&mut folds[fold].extremes, [x, x], soon, n),
                Min => elements::<V, Smallest>(&mut folds[fold].extremes, [x, x], soon, n),
                _ => elements::<V, Sums>(&mut folds[fold].sums, [x, x], soon, n),
            },
            [Instruction::Binary { op, other, .. }, Instruction::Reduce { op: Sum | Mean, fold }] => {
                let (both, sums) = ([x, places[other]], &mut folds[fold].sums);
                match op {
                    BinaryOp::Mul => elements::<V, Products>(sums, both, soon, n),
                    BinaryOp::SquaredDifference => elements::<V, SquaredDifferences>(sums, both, soon, n),
                    _ => 0,
                }
            }
            _ => 0,
        }
    }
}

/// What is made of two registers, the first of which has this lane; not a closure, which would not be inlined where the instructions exist.
trait Step<V> {
    type State: Copy;

    /// # Safety
    /// The lane must be that of a register, and the instructions of `V` exist.
    unsafe fn step(state: &mut Self::State, x: V, y: V, lane: usize);
}

macro_rules! steps {
    ($($name:ident: $state:ty, |$to:ident, $x:ident, $y:ident, $lane:ident| $step:expr;)*) => { $(
        struct $name;

        impl<V: Floats> Step<V> for $name {
            type State = $state;

            #[inline(always)]
            unsafe fn step(state: &mut $state, $x: V, $y: V, $lane: usize) {
                // SAFETY: the caller's promise.
                unsafe {
                    let $to = state.as_mut_ptr().add($lane);
                    $step
                }
            }
        }
    )* };
}

steps! {
    Sums: [f64; LANES], |to, x, _y, lane| x.add_to(to);
    Products: [f64; LANES], |to, x, y, lane| x.mul(y).add_to(to);
    SquaredDifferences: [f64; LANES], |to, x, y, lane| {
        let difference = x.sub(y);
        difference.mul(difference).add_to(to);
    };
    Largest: [f32; LANES], |to, x, _y, lane| V::load(to).larger(x).store(to);
    Smallest: [f32; LANES], |to, x, _y, lane| V::load(to).smaller(x).store(to);
}

impl<V: Floats> Step<V> for Moments {
    type State = Moments;

    #[inline(always)]
    unsafe fn step(state: &mut Moments, x: V, _y: V, lane: usize) {
        // SAFETY: the caller's promise.
        unsafe { state.add(x, lane) };
    }
}

/// Takes the registers of two places in whole groups of lanes, while what is needed `soon` comes near.
#[inline(always)]
unsafe fn elements<V: Floats, S: Step<V>>(
    state: &mut S::State,
    [x, y]: [Place; 2],
    soon: [*const f32; NEAR],
    n: usize,
) -> usize {
    let group = LANES.max(WIDTH * V::LANES);
    // Of its own, so that it stays in registers.
    let mut here = *state;
    let mut at = 0;
    while at + group <= n {
        // SAFETY: the caller's promise; lanes are those of a register.
        unsafe {
            let mut part = 0;
            while part < group {
                each!(WIDTH; i => V::prefetch_second(soon[0].wrapping_add(at + part + i * V::LANES)));
                each!(WIDTH; i => V::prefetch_second(soon[1].wrapping_add(at + part + i * V::LANES)));
                let xs = load::<V, WIDTH, true>(x, at + part, 0);
                let ys = load::<V, WIDTH, true>(y, at + part, 0);
                each!(WIDTH; i => S::step(&mut here, xs[i], ys[i], (part + i * V::LANES) % LANES));
                part += WIDTH * V::LANES;
            }
        }
        at += group;
    }
    *state = here;
    at
}
