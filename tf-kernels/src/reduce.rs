//! Reductions over any set of axes.
//!
//! The axes fall into kept and reduced ones. If the innermost axis is reduced,
//! each result folds contiguous rows with many accumulators; if it is kept,
//! whole rows are added up at once. `f32` sums are kept in `f64`. A reduction
//! to few results is cut into pieces that depend on the size alone, so a result
//! does not depend on the number of threads.

use std::ops::Range;

use crate::isa::{Isa, isa, multiversion};
use crate::threads::{fixed_pieces, for_each_chunk};
use crate::walk::{Walk, elements, for_each_offset, strides};

/// What a reduction makes of the elements it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReduceOp {
    /// The sum, 0 of none; integers wrap (`tf.reduce_sum`).
    Sum,
    /// The sum divided by the count, truncated for integers; of none it is NaN
    /// or integer 0 (`tf.reduce_mean`).
    Mean,
    /// The product, 1 of none; integers wrap (`tf.reduce_prod`).
    Prod,
    /// The largest, NaN if there is one; of none the least value (`tf.reduce_max`).
    Max,
    /// The smallest, NaN if there is one; of none the greatest value (`tf.reduce_min`).
    Min,
}

/// A reduction of truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolReduceOp {
    /// Whether one is true (`tf.reduce_any`).
    Any,
    /// Whether none is false (`tf.reduce_all`).
    All,
}

/// How elements become an accumulator and accumulators a result.
trait Reducer<T>: Copy + Send + Sync {
    type Acc: Copy + Send + Sync;
    const IDENTITY: Self::Acc;

    fn step(acc: Self::Acc, x: T) -> Self::Acc;
    fn merge(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The result of `count` elements.
    fn finish(acc: Self::Acc, count: usize) -> T;
}

macro_rules! reducers {
    ($($name:ident $t:ident as $acc:ident: $identity:expr,
        |$a:ident, $b:ident| $merge:expr, |$sum:ident, $count:ident| $finish:expr;)*) => {$(
        impl Reducer<$t> for $name {
            type Acc = $acc;
            const IDENTITY: $acc = $identity;

            #[inline(always)]
            fn step($a: $acc, x: $t) -> $acc {
                let $b = x as $acc;
                $merge
            }

            #[inline(always)]
            fn merge($a: $acc, $b: $acc) -> $acc {
                $merge
            }

            #[inline(always)]
            fn finish($sum: $acc, $count: usize) -> $t {
                $finish as $t
            }
        }
    )*};
}

#[derive(Clone, Copy)]
struct Sum;
#[derive(Clone, Copy)]
struct Mean;
#[derive(Clone, Copy)]
struct Prod;
#[derive(Clone, Copy)]
struct Max;
#[derive(Clone, Copy)]
struct Min;
#[derive(Clone, Copy)]
struct Any;
#[derive(Clone, Copy)]
struct All;

macro_rules! float_reducers {
    ($($t:ident)*) => {$(reducers! {
        Sum $t as f64: 0.0, |a, b| a + b, |sum, _count| sum;
        Mean $t as f64: 0.0, |a, b| a + b, |sum, count| (sum / count as f64);
        Prod $t as $t: 1.0, |a, b| a * b, |product, _count| product;
        Max $t as $t: $t::NEG_INFINITY, |a, b| larger(a, b), |max, _count| max;
        Min $t as $t: $t::INFINITY, |a, b| smaller(a, b), |min, _count| min;
    })*};
}

/// The larger one, NaN if either is.
#[inline(always)]
pub(crate) fn larger<T: PartialOrd + Copy>(a: T, b: T) -> T {
    if is_nan(a) || a > b { a } else { b }
}

/// The smaller one, NaN if either is.
#[inline(always)]
pub(crate) fn smaller<T: PartialOrd + Copy>(a: T, b: T) -> T {
    if is_nan(a) || a < b { a } else { b }
}

#[inline(always)]
#[allow(clippy::eq_op, reason = "what differs from itself is NaN")]
fn is_nan<T: PartialOrd + Copy>(x: T) -> bool {
    x != x
}

macro_rules! integer_reducers {
    ($($t:ident)*) => {$(reducers! {
        Sum $t as $t: 0, |a, b| a.wrapping_add(b), |sum, _count| sum;
        Mean $t as $t: 0, |a, b| a.wrapping_add(b),
            |sum, count| sum.checked_div(count as $t).unwrap_or(0);
        Prod $t as $t: 1, |a, b| a.wrapping_mul(b), |product, _count| product;
        Max $t as $t: $t::MIN, |a, b| a.max(b), |max, _count| max;
        Min $t as $t: $t::MAX, |a, b| a.min(b), |min, _count| min;
    })*};
}

float_reducers!(f32 f64);
integer_reducers!(i32 i64);

reducers! {
    Any bool as bool: false, |a, b| a | b, |any, _count| any;
    All bool as bool: true, |a, b| a & b, |all, _count| all;
}

macro_rules! reduce {
    ($($name:ident $t:ty;)*) => {$(
        #[doc = concat!("Reduces the strictly ascending `axes` of a `", stringify!($t), "` array; `out` has the other axes in order.")]
        ///
        /// # Panics
        /// If a length does not fit or `axes` are not ascending axes of `shape`.
        pub fn $name(op: ReduceOp, input: &[$t], shape: &[usize], axes: &[usize], out: &mut [$t]) {
            match op {
                ReduceOp::Sum => reduce(Sum, input, shape, axes, out),
                ReduceOp::Mean => reduce(Mean, input, shape, axes, out),
                ReduceOp::Prod => reduce(Prod, input, shape, axes, out),
                ReduceOp::Max => reduce(Max, input, shape, axes, out),
                ReduceOp::Min => reduce(Min, input, shape, axes, out),
            }
        }
    )*};
}

reduce! {
    reduce_f32 f32;
    reduce_f64 f64;
    reduce_i32 i32;
    reduce_i64 i64;
}

/// Reduces the strictly ascending `axes` of an array of truth values; `out` has
/// the other axes in order.
///
/// # Panics
/// If a length does not fit or `axes` are not ascending axes of `shape`.
pub fn reduce_bool(op: BoolReduceOp, input: &[bool], shape: &[usize], axes: &[usize], out: &mut [bool]) {
    match op {
        BoolReduceOp::Any => reduce(Any, input, shape, axes, out),
        BoolReduceOp::All => reduce(All, input, shape, axes, out),
    }
}

/// Results accumulated together.
const TILE: usize = 256;

/// Most pieces that one reduction is cut into.
const MOST_PIECES: usize = 64;

/// Most partial results of all pieces.
const MOST_PARTIAL: usize = 1 << 16;

fn reduce<T, R>(reducer: R, input: &[T], shape: &[usize], axes: &[usize], out: &mut [T])
where
    T: Copy + Send + Sync,
    R: Reducer<T>,
{
    assert!(axes.is_sorted_by(|a, b| a < b), "ascending axes: {axes:?}");
    assert!(axes.iter().all(|&axis| axis < shape.len()), "axes {axes:?} of {shape:?}");
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    let is_reduced = |axis: usize| axes.binary_search(&axis).is_ok();
    let count: usize = axes.iter().map(|&axis| shape[axis]).product();
    let results: usize = (0..shape.len()).filter(|&i| !is_reduced(i)).map(|i| shape[i]).product();
    assert_eq!(out.len(), results, "elements of the result");
    if out.is_empty() {
        return;
    }
    if count == 0 {
        return out.fill(R::finish(R::IDENTITY, 0));
    }

    let mut plan = Plan { isa: isa(), kept: Walk::new(), reduced: Walk::new(), inner_kept: true };
    for (axis, stride) in strides(shape).enumerate() {
        if shape[axis] != 1 {
            let walk = if is_reduced(axis) { &mut plan.reduced } else { &mut plan.kept };
            walk.push(shape[axis], [stride as isize]);
            plan.inner_kept = !is_reduced(axis);
        }
    }

    // Enough results to share: each thread makes some of them from beginning to end. Columns are not worth it unless there are very
    // many, since memory is best read as it lies.
    let enough = if plan.inner_kept { MOST_PARTIAL / 2 } else { 16 };
    let pieces = fixed_pieces(input.len(), MOST_PIECES.min(MOST_PARTIAL / results)).min(count);
    if results >= enough || pieces <= 1 {
        return for_each_chunk(out, 1, input.len(), |start, out| {
            let mut acc = [R::IDENTITY; TILE];
            for (i, out) in out.chunks_mut(TILE).enumerate() {
                let start = start + i * TILE;
                let acc = &mut acc[..out.len()];
                plan.accumulate(reducer, input, 0..count, start..start + out.len(), acc);
                for (out, &acc) in out.iter_mut().zip(&*acc) {
                    *out = R::finish(acc, count);
                }
            }
        });
    }

    // Few results: each piece accumulates a part of all of them.
    let piece = count.div_ceil(pieces);
    let mut partial = vec![R::IDENTITY; pieces * results];
    for_each_chunk(&mut partial, results, input.len(), |start, partial| {
        for (i, acc) in partial.chunks_exact_mut(results).enumerate() {
            let from = (start / results + i) * piece;
            let span = from.min(count)..(from + piece).min(count);
            plan.accumulate(reducer, input, span, 0..results, acc);
        }
    });
    for (i, out) in out.iter_mut().enumerate() {
        let parts = partial[i..].iter().step_by(results);
        let acc = parts.fold(R::IDENTITY, |acc, &part| R::merge(acc, part));
        *out = R::finish(acc, count);
    }
}

struct Plan {
    isa: Isa,
    kept: Walk<1>,
    reduced: Walk<1>,
    /// Whether the innermost axis is kept.
    inner_kept: bool,
}

impl Plan {
    /// `acc` of the `results` (counted over the kept axes) from the elements
    /// `span` (counted over the reduced axes) of each.
    fn accumulate<T, R>(&self, reducer: R, input: &[T], span: Range<usize>, results: Range<usize>, acc: &mut [R::Acc])
    where
        T: Copy,
        R: Reducer<T>,
    {
        acc.fill(R::IDENTITY);
        if span.is_empty() {
            return;
        }
        if !self.inner_kept {
            let mut acc = acc.iter_mut();
            return for_each_offset(self.kept.axes(), results, [0], |[base]| {
                let acc = acc.next().expect("one accumulator for each result");
                *acc = self.fold_rows(reducer, input, span.clone(), base);
            });
        }
        let (outer, row) = self.kept.rows();
        let mut at = results.start;
        while at < results.end {
            let column = at % row.size;
            let n = (row.size - column).min(results.end - at);
            let acc = &mut acc[at - results.start..][..n];
            for_each_offset(outer, at / row.size..at / row.size + 1, [column as isize], |base| {
                // Several rows at once, so that accumulators are loaded and stored once for all of them.
                let (mut rows, mut count) = ([&input[..0]; ROWS], 0);
                let acc = &mut acc[..];
                for_each_offset(self.reduced.axes(), span.clone(), base, |[from]| {
                    rows[count] = &input[from as usize..from as usize + n];
                    count += 1;
                    if count == ROWS {
                        add_rows(self.isa, reducer, rows, acc);
                        count = 0;
                    }
                });
                let (half, rest) = rows[..count].as_chunks::<HALF>();
                half.iter().for_each(|&rows| add_half(self.isa, reducer, rows, acc));
                rest.iter().for_each(|row| add_row(self.isa, reducer, row, acc));
            });
            at += n;
        }
    }

    /// The elements `span` of one result, whose first lies at `base`.
    fn fold_rows<T, R>(&self, reducer: R, input: &[T], span: Range<usize>, base: isize) -> R::Acc
    where
        T: Copy,
        R: Reducer<T>,
    {
        let (outer, row) = self.reduced.rows();
        let n = row.size;
        let mut acc = R::IDENTITY;
        let mut at = span.start;
        for_each_offset(outer, span.start / n..span.end.div_ceil(n), [base], |[from]| {
            let skip = at % n;
            let take = (n - skip).min(span.end - at);
            let from = from as usize + skip;
            acc = R::merge(acc, fold_row(self.isa, reducer, &input[from..from + take]));
            at += take;
        });
        acc
    }
}

/// Accumulators of a row: as many as keep the adders busy. Element `i` goes to number `i % LANES`.
pub(crate) const LANES: usize = 32;

/// What all accumulators amount to.
#[inline(always)]
pub(crate) fn merged<A: Copy>(mut lanes: [A; LANES], merge: impl Fn(A, A) -> A) -> A {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = merge(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

multiversion! {
    /// All elements of a contiguous row.
    fn fold_row[T: Copy, R: Reducer<T>](_reducer: R, row: &[T]) -> R::Acc {
        let mut lanes = [R::IDENTITY; LANES];
        let chunks = row.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane = R::step(*lane, x);
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(rest) {
            *lane = R::step(*lane, x);
        }
        merged(lanes, R::merge)
    }
}

/// Rows that are added to accumulators at once.
const ROWS: usize = 8;

/// Fewer, where not as many are left.
const HALF: usize = ROWS / 2;

multiversion! {
    /// An element of each row for each accumulator, in the order of the rows.
    fn add_rows[T: Copy, R: Reducer<T>](_reducer: R, rows: [&[T]; ROWS], acc: &mut [R::Acc]) {
        let rows = rows.map(|row| &row[..acc.len()]);
        for (i, acc) in acc.iter_mut().enumerate() {
            *acc = rows.iter().fold(*acc, |acc, row| R::step(acc, row[i]));
        }
    }
}

multiversion! {
    /// The same of fewer.
    fn add_half[T: Copy, R: Reducer<T>](_reducer: R, rows: [&[T]; HALF], acc: &mut [R::Acc]) {
        let rows = rows.map(|row| &row[..acc.len()]);
        for (i, acc) in acc.iter_mut().enumerate() {
            *acc = rows.iter().fold(*acc, |acc, row| R::step(acc, row[i]));
        }
    }
}

multiversion! {
    /// One element for each accumulator.
    fn add_row[T: Copy, R: Reducer<T>](_reducer: R, row: &[T], acc: &mut [R::Acc]) {
        for (acc, &x) in acc.iter_mut().zip(row) {
            *acc = R::step(*acc, x);
        }
    }
}
