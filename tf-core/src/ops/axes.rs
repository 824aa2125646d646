//! Which axes a reduction goes over: `-1`, `[0, 2]`, [`ALL`].

use super::rules;
use crate::{
    shape::{MAX_RANK, Shape},
    spec::{Rule, SpecError},
};

/// How a value stands for axes.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum AxesKind {
    One,
    Array(usize),
    ArrayReference(usize),
    Slice,
    All,
}

/// What counts as axes: one (`-1` is the last), an array or slice of them, or [`ALL`].
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads it by that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no axes",
    label = "expected an axis such as `-1`, some such as `[0, 2]`, or `tf::ALL`"
)]
pub unsafe trait AxesArgument: Copy {
    #[doc(hidden)]
    const KIND: AxesKind;
}
// SAFETY: one axis.
#[diagnostic::do_not_recommend]
unsafe impl AxesArgument for i32 {
    const KIND: AxesKind = AxesKind::One;
}
// SAFETY: an array of N axes.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> AxesArgument for [i32; N] {
    const KIND: AxesKind = AxesKind::Array(N);
}
// SAFETY: a reference to an array of N axes.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> AxesArgument for &[i32; N] {
    const KIND: AxesKind = AxesKind::ArrayReference(N);
}
// SAFETY: a slice of axes.
#[diagnostic::do_not_recommend]
unsafe impl AxesArgument for &[i32] {
    const KIND: AxesKind = AxesKind::Slice;
}
// SAFETY: all axes.
#[diagnostic::do_not_recommend]
unsafe impl AxesArgument for AllAxes {
    const KIND: AxesKind = AxesKind::All;
}

/// Stands for all axes of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllAxes;

/// All axes of a tensor: `tf::reduce_sum(x, tf::ALL)`. TensorFlow: `axis=None`.
pub const ALL: AllAxes = AllAxes;

/// One more than a tensor can have: among so many, one is out of range or repeated.
const MOST: usize = MAX_RANK + 1;

/// Axes as they are named, before a shape is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Axes {
    All,
    These { axes: [i32; MOST], count: usize },
}

static TWICE: Rule = Rule {
    code: "E-AXIS-TWICE",
    says: "axis {x} is named twice",
    left: "input",
    right: "",
    help: "name each axis once; negative ones count from the end, so that -1 and {y} are the same",
};

impl Axes {
    /// Reads the argument.
    pub(super) const fn of<A: AxesArgument>(argument: A) -> Axes {
        // SAFETY: each arm reads what `KIND` promises.
        let list: &[i32] = unsafe {
            match A::KIND {
                AxesKind::All => return Axes::All,
                AxesKind::One => core::slice::from_raw_parts((&raw const argument).cast(), 1),
                AxesKind::Array(n) => core::slice::from_raw_parts((&raw const argument).cast(), n),
                AxesKind::ArrayReference(n) => core::slice::from_raw_parts(core::mem::transmute_copy(&argument), n),
                AxesKind::Slice => core::mem::transmute_copy(&argument),
            }
        };
        let mut axes = [0; MOST];
        let mut count = 0;
        while count < MOST && count < list.len() {
            axes[count] = list[count];
            count += 1;
        }
        Axes::These { axes, count }
    }

    /// Which axes of a tensor of this shape are meant; the shape has a rank.
    pub(super) const fn chosen(&self, op: &'static str, shape: &Shape) -> Result<[bool; MAX_RANK], SpecError> {
        let mut chosen = [false; MAX_RANK];
        match self {
            Axes::All => chosen = [true; MAX_RANK],
            Axes::These { axes, count } => {
                let mut i = 0;
                while i < *count {
                    let axis = match rules::axis(op, shape, axes[i]) {
                        Ok(axis) => axis,
                        Err(error) => return Err(error),
                    };
                    if chosen[axis] {
                        return Err(SpecError::new(op, &TWICE)
                            .shapes(*shape, Shape::UNKNOWN)
                            .numbers(axis as i64, shape.rank() as i64 - 1));
                    }
                    chosen[axis] = true;
                    i += 1;
                }
            }
        }
        Ok(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(axes: impl AxesArgument) -> Result<Vec<usize>, &'static str> {
        let shape = Shape::of(&[2, 3, 4]);
        let chosen = Axes::of(axes).chosen("reduce_sum", &shape).map_err(|e| e.rule.code)?;
        Ok((0..shape.rank()).filter(|&axis| chosen[axis]).collect())
    }

    #[test]
    fn axes_are_read_from_every_kind_of_argument() {
        assert_eq!(chosen(-1), Ok(vec![2]));
        assert_eq!(chosen([2, 0]), Ok(vec![0, 2]));
        let by_reference = &[-3, 1];
        assert_eq!(chosen(by_reference), Ok(vec![0, 1]));
        assert_eq!(chosen(&[1][..]), Ok(vec![1]));
        assert_eq!(chosen([0; 0]), Ok(vec![]));
        assert_eq!(chosen(ALL), Ok(vec![0, 1, 2]));
    }

    #[test]
    fn axes_out_of_range_or_repeated_are_refused() {
        assert_eq!(chosen([0, 3]), Err("E-AXIS"));
        assert_eq!(chosen([2, -1]), Err("E-AXIS-TWICE"));
        assert_eq!(chosen([0; 20]), Err("E-AXIS-TWICE"));
    }
}
