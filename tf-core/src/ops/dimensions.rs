//! What rules that put dimensions in, take them out, or go through them one by one have in common.

use crate::{
    shape::{ANY_DIM, Dim, MAX_RANK, Shape, dim},
    spec::{Rule, SpecError},
};

static PER_DIM: Rule = Rule {
    code: "E-PER-DIM",
    says: "{x} values are given for the {y} dimensions of the input",
    left: "input",
    right: "",
    help: "give one value for each dimension",
};
static NEW_AXIS: Rule = Rule {
    code: "E-AXIS-NEW",
    says: "axis {x} is not in a result of {y} dimensions",
    left: "input",
    right: "",
    help: "the result has one dimension more than the input; its axes count from 0, or from the end: -1 is the last",
};
static RANK_LIMIT: Rule = Rule {
    code: "E-RANK-LIMIT",
    says: "the result has {x} dimensions, and eight are the most",
    left: "input",
    right: "",
    help: "join dimensions of the input with `tf::reshape` first",
};
static SIZE_LIMIT: Rule = Rule {
    code: "E-SIZE-LIMIT",
    says: "the result is larger than a tensor can be",
    left: "input",
    right: "",
    help: "a dimension has less than 4294967231 elements, and all elements have to fit into memory: look at the sizes given here",
};
static SHAPE_OPEN: Rule = Rule {
    code: "E-SHAPE-OPEN",
    says: "the shape has a size that is not known",
    left: "shape",
    right: "",
    help: "write the sizes out; for sizes known only when the graph runs there are `tf::zeros_like(x)` and `tf::fill(dims, value)`",
};

/// Demands one value for each dimension, where the rank is known.
pub(super) const fn one_for_each(op: &'static str, values: usize, input: &Shape) -> Result<(), SpecError> {
    if input.has_rank() && values != input.rank() {
        return Err(SpecError::new(op, &PER_DIM)
            .shapes(*input, Shape::UNKNOWN)
            .numbers(values as i64, input.rank() as i64));
    }
    need_room(op, input, values)
}

/// Refuses more dimensions than a tensor can have.
pub(super) const fn need_room(op: &'static str, input: &Shape, rank: usize) -> Result<(), SpecError> {
    if rank > MAX_RANK {
        return Err(SpecError::new(op, &RANK_LIMIT).shapes(*input, Shape::UNKNOWN).numbers(rank as i64, 0));
    }
    Ok(())
}

/// The shape with a dimension more at `axis` of the result, negative ones counted from its end.
pub(super) const fn insert(op: &'static str, input: &Shape, axis: i32, size: Dim) -> Result<Shape, SpecError> {
    if !input.has_rank() {
        return Ok(Shape::UNKNOWN);
    }
    let rank = input.rank() + 1;
    if let Err(error) = need_room(op, input, rank) {
        return Err(error);
    }
    let from_start = if axis < 0 { axis as i64 + rank as i64 } else { axis as i64 };
    if from_start < 0 || from_start >= rank as i64 {
        return Err(SpecError::new(op, &NEW_AXIS).shapes(*input, Shape::UNKNOWN).numbers(axis as i64, rank as i64));
    }
    let axis = from_start as usize;
    let mut shape = Shape::SCALAR;
    let mut i = 0;
    while i < rank {
        shape = shape.push(if i < axis {
            input.d(i)
        } else if i == axis {
            size
        } else {
            input.d(i - 1)
        });
        i += 1;
    }
    Ok(shape)
}

/// Where [`insert`] puts the dimension; the rule has let `axis` pass.
pub(super) fn inserted_at(axis: i32, output_rank: usize) -> usize {
    if axis < 0 { (i64::from(axis) + output_rank as i64) as usize } else { axis as usize }
}

/// The shape without the marked dimensions.
pub(super) const fn without(input: &Shape, marked: &[bool; MAX_RANK]) -> Shape {
    let mut shape = Shape::SCALAR;
    let mut i = 0;
    while i < input.rank() {
        if !marked[i] {
            shape = shape.push(input.d(i));
        }
        i += 1;
    }
    shape
}

/// A computed size as a dimension.
pub(in crate::ops) const fn sized(op: &'static str, input: &Shape, size: usize) -> Result<Dim, SpecError> {
    let dim = dim(size);
    if dim == ANY_DIM {
        return Err(SpecError::new(op, &SIZE_LIMIT).shapes(*input, Shape::UNKNOWN));
    }
    Ok(dim)
}

/// Refuses what no memory holds.
pub(in crate::ops) const fn limited(op: &'static str, input: &Shape, output: Shape) -> Result<Shape, SpecError> {
    if exceeds_memory(&output) {
        return Err(SpecError::new(op, &SIZE_LIMIT).shapes(*input, Shape::UNKNOWN));
    }
    Ok(output)
}

/// A tensor of more elements is held by no memory.
pub(crate) const MOST_ELEMENTS: usize = isize::MAX as usize / size_of::<String>();

/// Whether no memory holds a tensor of this shape.
pub(crate) const fn exceeds_memory(shape: &Shape) -> bool {
    match shape.elements() {
        Some(elements) => elements > MOST_ELEMENTS,
        None => false,
    }
}

/// A shape argument, whose sizes may be open.
pub(super) const fn given(argument: &Result<Option<Shape>, SpecError>) -> Result<Shape, SpecError> {
    match argument {
        Ok(Some(shape)) => Ok(*shape),
        Ok(None) => Ok(Shape::SCALAR),
        Err(error) => Err(*error),
    }
}

/// A shape argument of which every size has to be known.
pub(super) const fn given_whole(
    op: &'static str,
    argument: &Result<Option<Shape>, SpecError>,
) -> Result<Shape, SpecError> {
    match given(argument) {
        Ok(shape) if shape.is_poison() || shape.is_fully_defined() => limited(op, &shape, shape),
        Ok(shape) => Err(SpecError::new(op, &SHAPE_OPEN).shapes(shape, Shape::UNKNOWN)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn dimensions_go_in_where_the_result_has_them() {
        let of = |axis| insert("stack", &Shape::of(&[2, ANY]), axis, 7).map_err(|e| e.rule.code);
        assert_eq!((of(0), of(1)), (Ok(Shape::of(&[7, 2, ANY])), Ok(Shape::of(&[2, 7, ANY]))));
        assert_eq!((of(2), of(-1), of(-3)), (of(-1), Ok(Shape::of(&[2, ANY, 7])), of(0)));
        assert_eq!((of(3), of(-4)), (Err("E-AXIS-NEW"), Err("E-AXIS-NEW")));
        assert_eq!(insert("stack", &Shape::of_rank(8), 0, 1).unwrap_err().rule.code, "E-RANK-LIMIT");
    }

    #[test]
    fn what_no_memory_holds_is_refused() {
        let big = Shape::of(&[4_000_000_000, 4_000_000_000, 4]);
        assert_eq!(given_whole("zeros", &Ok(Some(big))).unwrap_err().rule.code, "E-SIZE-LIMIT");
        assert_eq!(given_whole("zeros", &Ok(Some(Shape::of(&[ANY])))).unwrap_err().rule.code, "E-SHAPE-OPEN");
    }
}
