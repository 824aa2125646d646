//! One tensor becomes several along a dimension.

use super::{Concat, Op, Stack, dimensions, lists::List, movement::moved, rules};
use crate::{
    check::Cx,
    differentiation::{backward::Backward, term::Term},
    dtype::Element,
    engine::run::Run,
    error::Result,
    graph::node::apply_many,
    shape::{ANY, ANY_DIM, MAX_RANK, Shape, is_size},
    spec::{Rule, SpecError},
    tensor::{AsTensor, Tensor},
    value::Value,
};

macro_rules! splitting_functions {
    ($($(#[$m:meta])* $name:ident($($a:ident: $t:ty),*) $label:literal = $op:expr;)*) => { $(
        $(#[$m])*
        #[track_caller]
        pub fn $name<T: Element, const N: usize>(x: impl AsTensor<T>, $($a: $t),*) -> [Tensor<T>; N] {
            let op = $op;
            apply_many($label, Op::from(op), &[x.as_tensor().into()], |shapes| op.parts(shapes[0]))
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<T: Element, const N: usize>(self, x: impl AsTensor<T>, $($a: $t),*) -> [Tensor<T>; N] {
                let op = $op;
                let input = self.cx.input(x);
                let parts: Result<[Shape; N], SpecError> = op.parts(input);
                let mut tensors = [Tensor::at_build_time(Shape::POISON); N];
                match parts {
                    _ if input.is_poison() => {}
                    Ok(parts) => {
                        let mut i = 0;
                        while i < N {
                            tensors[i] = Tensor::at_build_time(Shape { apart: input.apart, ..parts[i] });
                            i += 1;
                        }
                    }
                    Err(error) => {
                        self.cx.settle(&[input], Err(error));
                    }
                }
                tensors
            }
        }
    )* };
}

splitting_functions! {
    /// `N` equal parts of `x` along `axis`; -1 is the last. TensorFlow: `tf.split`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, constant, split};
    /// let graph = Graph::new();
    /// let [left, right] = graph.build(|| split(constant([[1, 2, 3, 4], [5, 6, 7, 8]]), 1))?;
    /// assert_eq!((left.shape().to_string(), right.shape().to_string()), ("[2, 2]".into(), "[2, 2]".into()));
    /// # Ok::<(), tf::Error>(())
    /// ```
    split(axis: i32) "split" = Split { axis, count: N };
    /// Parts of these sizes of `x` along `axis`; one may be [`ANY`](crate::ANY): it takes what the others leave.
    ///
    /// TensorFlow: `tf.split` with a list of sizes.
    split_sizes(sizes: [usize; N], axis: i32) "split" = SplitSizes { axis, sizes: List::of(sizes, 0) };
    /// The `N` slices of `x` along `axis`, which their shape lacks; -1 is the last. TensorFlow: `tf.unstack`.
    unstack(axis: i32) "unstack" = Unstack { axis, count: N };
}

static SPLIT: Rule = Rule {
    code: "E-SPLIT",
    says: "{x} elements do not make {y} equal parts",
    left: "input",
    right: "",
    help: "take a number of parts that divides {x}, or give their sizes with `tf::split_sizes`",
};
static SIZES: Rule = Rule {
    code: "E-SPLIT-SIZES",
    says: "{x} elements are split into parts of {y} together",
    left: "input",
    right: "",
    help: "give sizes that add up to {x}, or `tf::ANY` for one of them",
};
static TWO_OPEN: Rule = Rule {
    code: "E-SPLIT-TWO-UNKNOWN",
    says: "{x} of the parts have no size, and one can take what is left",
    left: "",
    right: "",
    help: "write all sizes but one",
};
static MANY: Rule = Rule {
    code: "E-SPLIT-MANY",
    says: "{x} sizes are given, and eight are the most",
    left: "",
    right: "",
    help: "split into fewer parts, and those again",
};
static UNSTACK: Rule = Rule {
    code: "E-UNSTACK",
    says: "the axis has {x} elements, and {y} tensors are asked for",
    left: "input",
    right: "",
    help: "ask for {x} tensors",
};

/// Equal parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// The dimension.
    pub axis: i32,
    /// How many.
    pub count: usize,
}

impl Split {
    pub(super) const fn type_name(&self) -> &'static str {
        "Split"
    }

    /// The shape of each part.
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if !input.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let axis = match rules::axis("split", &input, self.axis) {
            Ok(axis) => axis,
            Err(error) => return Err(error),
        };
        let size = input.d(axis);
        if !is_size(size) {
            return Ok(input.with(axis, ANY_DIM));
        }
        if self.count == 0 || !(size as usize).is_multiple_of(self.count) {
            return Err(SpecError::new("split", &SPLIT)
                .shapes(input, Shape::UNKNOWN)
                .numbers(size as i64, self.count as i64));
        }
        Ok(input.with(axis, (size as usize / self.count) as u32))
    }

    const fn parts<const N: usize>(&self, input: Shape) -> Result<[Shape; N], SpecError> {
        match self.rule(&[input]) {
            Ok(shape) => Ok([shape; N]),
            Err(error) => Err(error),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Vec<Value>> {
        let axis = axis(run, self.axis);
        let size = run.input(0).shape()[axis] / self.count;
        cut(run, axis, &vec![size; self.count], vec![run.shape().to_vec(); self.count])
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slopes = back.slopes();
        back.give(0, || Term::node(Concat { axis: self.axis }, &slopes, slopes[0].dtype, slopes[0].at));
    }
}

/// Parts of given sizes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SplitSizes {
    axis: i32,
    sizes: List<usize>,
}

impl SplitSizes {
    pub(super) const fn type_name(&self) -> &'static str {
        "SplitV"
    }

    /// The sizes of the parts along the axis: `input`'s there is `size`, if it is known.
    const fn sizes(&self, input: &Shape, size: Option<usize>) -> Result<[usize; MAX_RANK], SpecError> {
        let given = self.sizes.values();
        if self.sizes.len() > given.len() {
            return Err(SpecError::new("split_sizes", &MANY).numbers(self.sizes.len() as i64, 0));
        }
        let mut sizes = [0; MAX_RANK];
        let (mut sum, mut open, mut last) = (0usize, 0, 0);
        let mut i = 0;
        while i < given.len() {
            sizes[i] = given[i];
            if given[i] == ANY {
                open += 1;
                last = i;
            } else {
                sum = sum.saturating_add(given[i]);
            }
            i += 1;
        }
        if open > 1 {
            return Err(SpecError::new("split_sizes", &TWO_OPEN).numbers(open, 0));
        }
        if let Some(size) = size {
            if sum > size || open == 0 && sum != size {
                return Err(SpecError::new("split_sizes", &SIZES)
                    .shapes(*input, Shape::UNKNOWN)
                    .numbers(size as i64, sum as i64));
            }
            if open == 1 {
                sizes[last] = size - sum;
            }
        }
        Ok(sizes)
    }

    const fn parts<const N: usize>(&self, input: Shape) -> Result<[Shape; N], SpecError> {
        let (axis, size) = if input.has_rank() {
            match rules::axis("split_sizes", &input, self.axis) {
                Ok(axis) => (axis, input.size(axis)),
                Err(error) => return Err(error),
            }
        } else {
            (0, None)
        };
        let sizes = match self.sizes(&input, size) {
            Ok(sizes) => sizes,
            Err(error) => return Err(error),
        };
        let mut parts = [Shape::UNKNOWN; N];
        let mut i = 0;
        while i < N && input.has_rank() {
            parts[i] = input.with(axis, crate::shape::dim(sizes[i]));
            i += 1;
        }
        Ok(parts)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Vec<Value>> {
        let input = run.input(0).shape().to_vec();
        let refused = |error: SpecError| crate::Error::from_spec(&error, &[]);
        let axis = rules::axis("split_sizes", &Shape::of(&input), self.axis).map_err(refused)?;
        let sizes = self.sizes(&Shape::of(&input), Some(input[axis])).map_err(refused)?;
        let sizes = &sizes[..self.sizes.len()];
        let part = |&size: &usize| {
            let mut shape = input.clone();
            shape[axis] = size;
            shape
        };
        cut(run, axis, sizes, sizes.iter().map(part).collect())
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slopes = back.slopes();
        back.give(0, || Term::node(Concat { axis: self.axis }, &slopes, slopes[0].dtype, slopes[0].at));
    }
}

/// The slices along a dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unstack {
    /// The dimension.
    pub axis: i32,
    /// How many.
    pub count: usize,
}

impl Unstack {
    pub(super) const fn type_name(&self) -> &'static str {
        "Unpack"
    }

    /// The shape of each slice.
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if !input.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        let axis = match rules::axis("unstack", &input, self.axis) {
            Ok(axis) => axis,
            Err(error) => return Err(error),
        };
        if is_size(input.d(axis)) && input.d(axis) as usize != self.count {
            return Err(SpecError::new("unstack", &UNSTACK)
                .shapes(input, Shape::UNKNOWN)
                .numbers(input.d(axis) as i64, self.count as i64));
        }
        let mut gone = [false; MAX_RANK];
        gone[axis] = true;
        Ok(dimensions::without(&input, &gone))
    }

    const fn parts<const N: usize>(&self, input: Shape) -> Result<[Shape; N], SpecError> {
        match self.rule(&[input]) {
            Ok(shape) => Ok([shape; N]),
            Err(error) => Err(error),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Vec<Value>> {
        let axis = axis(run, self.axis);
        cut(run, axis, &vec![1; self.count], vec![run.shape().to_vec(); self.count])
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slopes = back.slopes();
        back.give(0, || Term::node(Stack { axis: self.axis }, &slopes, slopes[0].dtype, slopes[0].at));
    }
}

/// The axis of the input that the rule has let pass.
fn axis(run: &Run<'_>, axis: i32) -> usize {
    rules::axis("split", &Shape::of(run.input(0).shape()), axis).expect("the rule has let the axis pass")
}

fn cut(run: &Run<'_>, axis: usize, sizes: &[usize], shapes: Vec<Vec<usize>>) -> Result<Vec<Value>> {
    let x = run.input(0);
    if sizes.is_empty() {
        return Ok(Vec::new());
    }
    moved!(
        run,
        &[x],
        shapes,
        kernel = [split_u8, split_u16, split_u32, split_u64] => |from, to| kernel(from[0], x.shape(), axis, sizes, to)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal() {
        let of = |axis, count| Split { axis, count }.rule(&[Shape::of(&[ANY, 6])]).map_err(|e| e.rule.code);
        assert_eq!((of(1, 3), of(0, 3)), (Ok(Shape::of(&[ANY, 2])), Ok(Shape::of(&[ANY, 6]))));
        assert_eq!((of(-1, 4), of(1, 0), of(2, 2)), (Err("E-SPLIT"), Err("E-SPLIT"), Err("E-AXIS")));
    }

    #[test]
    fn sizes_add_up() {
        let of = |sizes: [usize; 2]| {
            let op = SplitSizes { axis: 1, sizes: List::of(sizes, 0) };
            op.parts::<2>(Shape::of(&[4, 6])).map_err(|e| e.rule.code)
        };
        assert_eq!(of([2, ANY]), Ok([Shape::of(&[4, 2]), Shape::of(&[4, 4])]));
        assert_eq!(of([6, 0]), Ok([Shape::of(&[4, 6]), Shape::of(&[4, 0])]));
        assert_eq!((of([2, 3]), of([7, ANY])), (Err("E-SPLIT-SIZES"), Err("E-SPLIT-SIZES")));
        assert_eq!(of([ANY, ANY]), Err("E-SPLIT-TWO-UNKNOWN"));
        let many = SplitSizes { axis: 0, sizes: List::of([1; 9], 0) };
        assert_eq!(many.parts::<9>(Shape::of(&[9])).map_err(|e| e.rule.code), Err("E-SPLIT-MANY"));
    }

    #[test]
    fn all_slices_are_taken() {
        let of = |count| Unstack { axis: -1, count }.rule(&[Shape::of(&[2, 3])]).map_err(|e| e.rule.code);
        assert_eq!((of(3), of(2)), (Ok(Shape::of(&[2])), Err("E-UNSTACK")));
    }
}
