//! Shape rules that several ops share.

use crate::{
    shape::{ANY_DIM, Dim, MAX_RANK, Shape, is_size, merge_dims},
    spec::{Rule, SpecError},
    text::dim_number,
};

static BROADCAST: Rule = Rule {
    code: "E-BROADCAST",
    says: "the shapes do not fit together: {x} against {y}",
    left: "left ",
    right: "right",
    help: "counted from the last, dimensions must be equal, or one of them 1: reshape one side, or give the variable the other's size",
};

/// NumPy's and TensorFlow's broadcasting of two shapes.
pub(crate) const fn broadcast(op: &'static str, a: &Shape, b: &Shape) -> Result<Shape, SpecError> {
    const MOST: u8 = MAX_RANK as u8;
    if a.rank > MOST || b.rank > MOST {
        return Ok(Shape::UNKNOWN);
    }
    if b.rank == 0 {
        return Ok(*a);
    }
    if a.rank == 4 && b.rank == 4 {
        // Images of one size, without a loop: const evaluation pays for each of its turns.
        let ([a0, a1, a2, a3, ..], [b0, b1, b2, b3, ..]) = (&a.dims, &b.dims);
        if *a0 == *b0 && *a1 == *b1 && *a2 == *b2 && *a3 == *b3 {
            return Ok(*a);
        }
    }
    let (large, small) = if a.rank >= b.rank { (a, b) } else { (b, a) };
    let mut out = *large;
    let (mut i, mut at) = (small.rank as usize, large.rank as usize);
    while i > 0 {
        i -= 1;
        at -= 1;
        let (x, y) = (large.dims[at], small.dims[i]);
        if x != y && y != 1 {
            match broadcast_dims(x, y) {
                Some(dim) => out.dims[at] = dim,
                None => {
                    let from_last = small.rank as usize - i;
                    let left = dim_number(a.d(a.rank() - from_last));
                    let right = dim_number(b.d(b.rank() - from_last));
                    return Err(SpecError::new(op, &BROADCAST).shapes(*a, *b).numbers(left, right));
                }
            }
        }
    }
    Ok(out)
}

const fn broadcast_dims(x: Dim, y: Dim) -> Option<Dim> {
    if x == 1 {
        return Some(y);
    }
    match (is_size(x), is_size(y)) {
        (true, true) => None,
        // A size other than 1 stays, whatever the other turns out to be.
        (true, false) => Some(x),
        (false, true) => Some(y),
        (false, false) => Some(ANY_DIM),
    }
}

/// Where element `index` of an output of shape `output` comes from in an operand of shape `operand` that is broadcast to it.
pub(crate) fn broadcast_position(index: usize, output: &[usize], operand: &[usize]) -> usize {
    let (mut left, mut position, mut stride) = (index, 0, 1);
    for (axis, &size) in output.iter().enumerate().rev() {
        let at = left % size;
        left /= size;
        if let Some(own) = (axis + operand.len()).checked_sub(output.len()).map(|own| operand[own]) {
            position += if own == 1 { 0 } else { at * stride };
            stride *= own;
        }
    }
    position
}

/// What is known of two shapes that are the same.
pub(crate) const fn merged(a: Shape, b: Shape) -> Shape {
    if !a.has_rank() || !b.has_rank() {
        return if a.has_rank() { a } else { b };
    }
    let mut both = a;
    let mut axis = 0;
    while axis < a.rank() {
        both = both.with(axis, merge_dims(a.d(axis), b.d(axis)));
        axis += 1;
    }
    both
}

static RANK: Rule = Rule {
    code: "E-RANK",
    says: "argument {x} needs {y} dimensions",
    left: "found",
    right: "",
    help: "reshape it to {y} dimensions, or look at what it was made from",
};

/// The rank that input `index` must have, where it is known; the message counts arguments from 1.
pub(crate) const fn need_rank(op: &'static str, index: usize, shape: &Shape, rank: usize) -> Result<(), SpecError> {
    if shape.has_rank() && shape.rank() != rank {
        return Err(SpecError::new(op, &RANK).shapes(*shape, Shape::UNKNOWN).numbers(index as i64 + 1, rank as i64));
    }
    Ok(())
}

static RANK_LEAST: Rule = Rule {
    code: "E-RANK-LEAST",
    says: "argument {x} needs {y} dimensions or more",
    left: "found",
    right: "",
    help: "reshape it to at least {y} dimensions, or look at what it was made from",
};

/// The least rank that input `index` must have, where it is known; the message counts arguments from 1.
pub(crate) const fn need_rank_of_at_least(
    op: &'static str,
    index: usize,
    shape: &Shape,
    rank: usize,
) -> Result<(), SpecError> {
    if shape.has_rank() && shape.rank() < rank {
        return Err(SpecError::new(op, &RANK_LEAST)
            .shapes(*shape, Shape::UNKNOWN)
            .numbers(index as i64 + 1, rank as i64));
    }
    Ok(())
}

static AXIS: Rule = Rule {
    code: "E-AXIS",
    says: "axis {x} is not in a tensor of {y} dimensions",
    left: "input",
    right: "",
    help: "axes count from 0, or back from -1, the last: name one of the {y}",
};

/// The axis that a user means by `axis`, negative ones counted from the end; the caller knows that `shape` has a rank.
pub(crate) const fn axis(op: &'static str, shape: &Shape, axis: i32) -> Result<usize, SpecError> {
    let rank = shape.rank() as i64;
    let from_start = if axis < 0 { axis as i64 + rank } else { axis as i64 };
    if from_start < 0 || from_start >= rank {
        return Err(SpecError::new(op, &AXIS).shapes(*shape, Shape::UNKNOWN).numbers(axis as i64, rank));
    }
    Ok(from_start as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn positions_follow_broadcasting() {
        let of =
            |operand: &[usize]| -> Vec<usize> { (0..6).map(|i| broadcast_position(i, &[2, 3], operand)).collect() };
        assert_eq!(of(&[2, 3]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(of(&[3]), [0, 1, 2, 0, 1, 2]);
        assert_eq!(of(&[2, 1]), [0, 0, 0, 1, 1, 1]);
        assert_eq!(of(&[]), [0; 6]);
    }

    #[test]
    fn negative_axes_count_from_the_end() {
        let of = |a: i32| axis("argmax", &Shape::of(&[2, ANY, 4]), a).map_err(|e| e.rule.code);
        assert_eq!((of(0), of(2), of(-1), of(-3)), (Ok(0), Ok(2), Ok(2), Ok(0)));
        assert_eq!((of(3), of(-4), of(i32::MIN)), (Err("E-AXIS"), Err("E-AXIS"), Err("E-AXIS")));
    }

    #[test]
    fn broadcasting_is_numpys() {
        let of = |a: &[usize], b: &[usize]| broadcast("add", &Shape::of(a), &Shape::of(b)).map_err(|e| e.rule.code);
        assert_eq!(of(&[2, 3], &[3]), Ok(Shape::of(&[2, 3])));
        assert_eq!(of(&[3], &[2, 1]), Ok(Shape::of(&[2, 3])));
        assert_eq!(of(&[ANY, 3], &[5, 1]), Ok(Shape::of(&[5, 3])));
        assert_eq!(of(&[ANY], &[ANY]), Ok(Shape::of(&[ANY])));
        assert_eq!(of(&[ANY], &[1]), Ok(Shape::of(&[ANY])));
        assert_eq!(of(&[], &[4]), Ok(Shape::of(&[4])));
        assert_eq!(of(&[2], &[3]), Err("E-BROADCAST"));
    }
}
