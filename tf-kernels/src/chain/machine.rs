//! The machine of chains: an accumulator of a few registers, and instructions with one operand in memory.

use super::folds::{Fold, fold_whole};
use super::program::Program;
use super::straight::straight;
use super::values::{binary, slope, unary};
use crate::elementwise::BinaryOp;
use crate::isa::Isa;
use crate::reduce::{LANES, ReduceOp};
use crate::simd::floats::Floats;
use crate::simd::{Portable, WIDEST, each, streams};
use crate::slopes::SlopeOp;
use crate::unary::UnaryOp;

/// Registers of the accumulator, but where there are 32 wide ones: while one waits for its result the others are worked on.
const NARROW: usize = 4;

/// Registers of the accumulator with AVX-512, so that an instruction is looked up half as often. Sixteen do not fit beside an operand.
#[cfg(target_arch = "x86_64")]
const WIDE: usize = 8;

/// Elements of the largest accumulator.
pub(super) const BLOCK: usize = 8 * WIDEST;

/// So many elements before they are needed lines are asked for: whole rows, of so many elements or more.
const AHEAD: usize = 1024;

/// [`AHEAD`] where rows have `row` elements.
pub(super) fn ahead(row: usize) -> usize {
    AHEAD.next_multiple_of(row)
}

/// What the machine does next. Operands are numbers of places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Instruction {
    Load(usize),
    Store(usize),
    Unary(UnaryOp),
    /// Of the accumulator and a place; reversed, the place comes first.
    Binary {
        op: BinaryOp,
        other: usize,
        reversed: bool,
    },
    /// The accumulator is where the derivative is taken, the place the slope; or the other way round.
    Slope {
        op: SlopeOp,
        other: usize,
        reversed: bool,
    },
    Reduce {
        op: ReduceOp,
        fold: usize,
    },
    /// Mean and variance.
    Moments {
        fold: usize,
    },
    /// Divides by a number of elements.
    Share(Count),
    /// Has elements come near that are needed some [`AHEAD`] on, or so many times that.
    Near {
        place: usize,
        times: usize,
    },
}

/// Whose elements are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Those of a row.
    Row,
    /// Those of all; where there is a number for each row, all such numbers.
    All,
}

/// How many elements there are.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// In the piece: in the row, if a program goes by them.
    pub(super) row: usize,
    /// In the whole result.
    pub(super) all: usize,
    /// Elements before the first line of the cache in what is stored past the caches.
    pub(super) before_line: usize,
}

/// Where elements lie.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(super) base: *mut f32,
    pub(super) lies: Lies,
}

/// How elements lie at a place. One field beside the address: both are handed over in registers, where a value put together in memory would
/// wait for all that was stored before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lies {
    /// One number for all.
    Number,
    /// Elements for what goes through the machine at once.
    Here,
    /// An element for each.
    Along,
    /// An element for each, stored past the caches.
    Past,
}

impl Place {
    pub(super) const NOWHERE: Place = Place { base: std::ptr::null_mut(), lies: Lies::Here };

    /// An element for each.
    pub(crate) fn along(base: *mut f32) -> Place {
        Place { base, lies: Lies::Along }
    }

    /// As [`along`](Self::along), for what is stored past the caches.
    pub(super) fn streamed(base: *mut f32) -> Place {
        Place { base, lies: Lies::Past }
    }

    /// One number for all.
    pub(super) fn number(base: *mut f32) -> Place {
        Place { base, lies: Lies::Number }
    }

    /// The place so many elements on.
    pub(super) fn advance(&mut self, step: usize) {
        self.base = self.base.wrapping_add(step);
    }

    /// Elements for what goes through the machine at once.
    pub(super) fn here(base: *mut f32) -> Place {
        Place { base, lies: Lies::Here }
    }

    /// Where the elements from `at` on lie.
    #[inline(always)]
    pub(super) fn from(self, at: usize) -> *mut f32 {
        self.base.wrapping_add(if matches!(self.lies, Lies::Along | Lies::Past) { at } else { 0 })
    }
}

/// The registers of a place, from element `at` on; of the only one `n` elements if it need not be whole.
///
/// # Safety
/// The place must have them, and the instructions of `V` exist.
#[inline(always)]
pub(super) unsafe fn load<V: Floats, const W: usize, const WHOLE: bool>(place: Place, at: usize, n: usize) -> [V; W] {
    // SAFETY: the caller's promise.
    unsafe {
        if place.lies == Lies::Number {
            return [V::splat(*place.base); W];
        }
        let from = place.from(at);
        let mut out = [V::splat(0.0); W];
        each!(W; i => {
            out[i] = if WHOLE || n == V::LANES { V::load(from.add(i * V::LANES)) } else { V::load_first(from, n) };
        });
        out
    }
}

/// Carries out instructions on the elements from `at` on: `W` registers of them, or `n` of one, which may be all.
///
/// # Safety
/// Each place that they name must have them, and the instructions of `V` exist.
#[inline(always)]
unsafe fn step<V: Floats, const W: usize, const WHOLE: bool>(
    code: &[Instruction],
    places: &[Place],
    folds: &mut [Fold],
    at: usize,
    n: usize,
    sizes: Sizes,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut acc = [V::splat(0.0); W];
        for instruction in code {
            match *instruction {
                Instruction::Load(place) => acc = load::<V, W, WHOLE>(places[place], at, n),
                Instruction::Store(place) => {
                    let place = places[place];
                    let to = place.from(at);
                    if WHOLE && place.lies == Lies::Past && streams::before_line(to) == 0 {
                        each!(W; i => acc[i].stream(to.add(i * V::LANES)));
                    } else {
                        each!(W; i => {
                            if WHOLE || n == V::LANES { acc[i].store(to.add(i * V::LANES)) } else { acc[i].store_first(to, n) }
                        });
                    }
                }
                Instruction::Unary(op) => acc = unary(op, acc),
                Instruction::Binary { op, other, reversed } => {
                    let place = places[other];
                    let other = load::<V, W, WHOLE>(place, at, n);
                    let (a, b) = if reversed { (other, acc) } else { (acc, other) };
                    acc = binary(op, a, b);
                }
                Instruction::Slope { op, other, reversed } => {
                    let other = load::<V, W, WHOLE>(places[other], at, n);
                    let (a, b) = if reversed { (other, acc) } else { (acc, other) };
                    acc = slope(op, a, b);
                }
                Instruction::Reduce { fold, .. } | Instruction::Moments { fold } if !WHOLE => {
                    let elements = elements_of(acc[0]);
                    if at == 0 {
                        folds[fold].moments.begin_with(elements[0]);
                    }
                    for (i, &x) in elements[..n].iter().enumerate() {
                        folds[fold].step((at + i) % LANES, x);
                    }
                }
                Instruction::Reduce { op: op @ (ReduceOp::Max | ReduceOp::Min), fold } => {
                    let extremes = folds[fold].extremes.as_mut_ptr();
                    each!(W; i => {
                        let lanes = extremes.add(lane::<V, W>(at, i));
                        let so_far = V::load(lanes);
                        let now = if op == ReduceOp::Max { so_far.larger(acc[i]) } else { so_far.smaller(acc[i]) };
                        now.store(lanes);
                    });
                }
                Instruction::Reduce { fold, .. } => {
                    let sums = folds[fold].sums.as_mut_ptr();
                    each!(W; i => acc[i].add_to(sums.add(lane::<V, W>(at, i))));
                }
                Instruction::Moments { fold } => {
                    let moments = &mut folds[fold].moments;
                    if at == 0 {
                        moments.begin_with(elements_of(acc[0])[0]);
                    }
                    each!(W; i => moments.add(acc[i], lane::<V, W>(at, i)));
                }
                Instruction::Near { place, times } if WHOLE && places[place].lies == Lies::Along => {
                    let soon = places[place].base.wrapping_add(at + times * ahead(sizes.row));
                    each!(W; i => V::prefetch_second(soon.wrapping_add(i * V::LANES)));
                }
                Instruction::Near { .. } => {}
                Instruction::Share(of) => {
                    let count = if of == Count::Row { sizes.row } else { sizes.all };
                    let count = V::splat(count as f32);
                    each!(W; i => acc[i] = acc[i].div(count));
                }
            }
        }
    }
}

/// The elements of a register.
///
/// # Safety
/// The instructions of `V` must exist.
#[inline(always)]
unsafe fn elements_of<V: Floats>(x: V) -> [f32; WIDEST] {
    let mut elements = [0.0; WIDEST];
    // SAFETY: the caller's promise; no register is wider than the array.
    unsafe { x.store(elements.as_mut_ptr()) };
    elements
}

/// The first lane of register `i` of the elements from `at` on.
#[inline(always)]
fn lane<V: Floats, const W: usize>(at: usize, i: usize) -> usize {
    // Where whole accumulators fill all lanes, these are known when the machine is compiled.
    if (W * V::LANES).is_multiple_of(LANES) { i * V::LANES % LANES } else { (at + i * V::LANES) % LANES }
}

/// Carries out instructions on `n` elements. If they are repeatable, the first few are taken apart, so that the others begin with a line of
/// what is stored past the caches, and the last ones together with some that were taken before, which makes the same values again and spares
/// the machine steps of a single register. Reductions would count those twice.
///
/// # Safety
/// As for [`step`]. What is stored must not lie where elements are loaded from.
#[inline(always)]
unsafe fn walk<V: Floats, const W: usize>(
    code: &[Instruction],
    places: &[Place],
    folds: &mut [Fold],
    (n, repeatable): (usize, bool),
    sizes: Sizes,
) {
    let first = if repeatable { sizes.before_line } else { 0 };
    let (wide, narrow) = (W * V::LANES, NARROW * V::LANES);
    // SAFETY: the caller's promise; no step goes beyond the last element.
    unsafe {
        let mut at = match repeatable {
            true if first == 0 => straight::<V, W>(code, places, n),
            true => 0,
            false => fold_whole::<V>(code, places, folds, n),
        };
        while at < n {
            let left = n - at;
            let whole = at >= first;
            if whole && n >= wide && (left >= wide || repeatable && (W == NARROW || left > narrow)) {
                let from = at.min(n - wide);
                step::<V, W, true>(code, places, folds, from, wide, sizes);
                at = from + wide;
            } else if W > NARROW && whole && n >= narrow && (left >= narrow || repeatable) {
                let from = at.min(n - narrow);
                step::<V, NARROW, true>(code, places, folds, from, narrow, sizes);
                at = from + narrow;
            } else {
                let end = if whole { n } else { first.min(n) };
                let some = V::LANES.min(end - at);
                step::<V, 1, false>(code, places, folds, at, some, sizes);
                at += some;
            }
        }
    }
}

/// Takes the turns of a program on a piece: a row, if it reduces any.
///
/// # Safety
/// As for [`step`].
#[inline(always)]
unsafe fn piece<V: Floats, const W: usize>(program: &Program, places: &[Place], sizes: Sizes, folds: &mut [Fold]) {
    let n = sizes.row;
    let of_rows = Sizes { all: sizes.all / n, ..sizes };
    for turn in program.turns() {
        // SAFETY: the caller's promise; what is a number for the row has one element.
        unsafe {
            if !turn.of_row.is_empty() {
                step::<V, 1, false>(&turn.of_row, places, folds, 0, 1, of_rows);
            }
            turn.folds.iter().for_each(|fold| folds[fold.fold].begin(fold.op));
            if !turn.of_elements.is_empty() {
                walk::<V, W>(&turn.of_elements, places, folds, (n, turn.folds.is_empty()), sizes);
            }
            turn.folds.iter().for_each(|fold| folds[fold.fold].end(n, places, fold.to));
        }
    }
}

/// Defines the two ways into the machine, for each instruction set.
macro_rules! enter {
    ($($(#[$enable:meta])* $piece:ident $code:ident $V:ty, $W:expr;)*) => { $(
        /// # Safety
        /// As for [`step`].
        $(#[$enable])*
        unsafe fn $piece(program: &Program, places: &[Place], sizes: Sizes, folds: &mut [Fold]) {
            // SAFETY: the caller's promise.
            unsafe { piece::<$V, { $W }>(program, places, sizes, folds) }
        }

        /// # Safety
        /// As for [`step`].
        $(#[$enable])*
        unsafe fn $code(code: &[Instruction], places: &[Place], n: usize) {
            // SAFETY: the caller's promise.
            unsafe { walk::<$V, { $W }>(code, places, &mut [], (n, true), Sizes { row: n, all: n, before_line: 0 }) }
        }
    )* };
}

#[cfg(target_arch = "x86_64")]
use crate::simd::x86::{F32x8, F32x16};
#[cfg(target_arch = "x86_64")]
enter! {
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")] piece_avx512 code_avx512 F32x16, WIDE;
    #[target_feature(enable = "avx2,fma")] piece_avx2 code_avx2 F32x8, NARROW;
}
#[cfg(target_arch = "aarch64")]
use crate::simd::arm::F32x4;
#[cfg(target_arch = "aarch64")]
enter! { piece_neon code_neon F32x4, NARROW; }
enter! { piece_portable code_portable Portable<f32, 4>, NARROW; }

/// Takes the turns of a program on a piece: a row, if it reduces any.
///
/// # Safety
/// Every place that the program uses must have the piece's elements, or [`BLOCK`] where it does not move, or be one number; `isa` was detected.
pub(super) unsafe fn run_piece(isa: Isa, program: &Program, places: &[Place], sizes: Sizes, folds: &mut [Fold]) {
    // SAFETY: the caller's promise.
    unsafe {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => piece_avx512(program, places, sizes, folds),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => piece_avx2(program, places, sizes, folds),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => piece_neon(program, places, sizes, folds),
            _ => piece_portable(program, places, sizes, folds),
        }
    }
}

/// Carries out instructions without reductions on `n` elements.
///
/// # Safety
/// Every place that they name must have `n` elements, or be one number; `isa` was detected.
pub(crate) unsafe fn run_code(isa: Isa, code: &[Instruction], places: &[Place], n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => code_avx512(code, places, n),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => code_avx2(code, places, n),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => code_neon(code, places, n),
            _ => code_portable(code, places, n),
        }
    }
}
