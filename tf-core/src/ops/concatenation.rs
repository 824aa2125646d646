//! Several tensors become one: along a dimension that they have, or along a new one.

use super::{
    ConcatGradient, Logical, Op, Unstack, dimensions,
    movement::{moved, only},
    rules,
    tensor_list::{AsTensors, items},
};
use crate::{
    check::Cx,
    differentiation::{backward::Backward, term::Term},
    dtype::{DType, Element},
    engine::run::Run,
    error::Result,
    graph::node::{Input, apply},
    shape::{ALL_APART, ANY_DIM, Shape, dims_compatible, is_size, merge_dims},
    spec::{Rule, SpecError},
    tensor::{AsTensor, Tensor},
    value::Value,
};
use tf_kernels::compare::CompareOp;

macro_rules! joining_functions {
    ($($(#[$m:meta])* $name:ident $label:literal = $op:ident;)*) => { $(
        $(#[$m])*
        #[track_caller]
        pub fn $name<T: Element, L: AsTensors<T>>(tensors: L, axis: i32) -> Tensor<T> {
            let op = $op { axis };
            let inputs: Vec<Input> = items::<T, L>(&tensors).iter().map(|item| item.as_tensor().into()).collect();
            apply($label, Op::from(op), &inputs, |shapes| op.rule(shapes))
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
            pub const fn call<T: Element, L: AsTensors<T>>(self, tensors: L, axis: i32) -> Tensor<T> {
                let op = $op { axis };
                let list = items::<T, L>(&tensors);
                let mut joined = Joined::NOTHING;
                let mut apart = ALL_APART;
                let mut i = 0;
                while i < list.len() {
                    let shape = self.cx.input(list[i]);
                    if shape.is_poison() {
                        return Tensor::at_build_time(Shape::POISON);
                    }
                    apart &= shape.apart;
                    joined = joined.and(&shape, op.open_axis(&shape));
                    i += 1;
                }
                Tensor::at_build_time(Shape { apart, ..self.cx.settle(&[], op.finish(joined)) })
            }
        }
    )* };
}

joining_functions! {
    /// The tensors one after the other along `axis`, where their sizes may differ; -1 is the last. TensorFlow: `tf.concat`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, concat, constant};
    /// let graph = Graph::new();
    /// let y = graph.build(|| concat([constant([[1], [2]]), constant([[3], [4]])], 1))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr2(&[[1, 3], [2, 4]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    concat "concat" = Concat;
    /// Tensors of one shape side by side along a new dimension, `axis` of the result; -1 is its last. TensorFlow: `tf.stack`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, constant, stack};
    /// let graph = Graph::new();
    /// let y = graph.build(|| stack([constant([1, 2, 3]), constant([4, 5, 6])], -1))?;
    /// assert_eq!(y.shape().to_string(), "[3, 2]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    stack "stack" = Stack;
}

/// The shapes joined so far.
#[derive(Clone, Copy)]
struct Joined {
    /// What all of them have in common; the sizes along the open axis are added up.
    shape: Shape,
    count: usize,
    /// Whether the rank of each was known.
    ranked: bool,
    refused: Option<Refused>,
}

/// An input that does not fit the ones before it.
#[derive(Clone, Copy)]
struct Refused {
    index: usize,
    before: Shape,
    shape: Shape,
}

impl Joined {
    const NOTHING: Joined = Joined { shape: Shape::UNKNOWN, count: 0, ranked: true, refused: None };

    /// With one shape more, whose sizes along `open` may differ.
    const fn and(mut self, shape: &Shape, open: Option<usize>) -> Joined {
        let index = self.count;
        self.count += 1;
        if !shape.has_rank() {
            self.ranked = false;
            return self;
        }
        if !self.shape.has_rank() {
            self.shape = *shape;
            return self;
        }
        let before = self.shape;
        let mut fits = before.rank() == shape.rank();
        let mut i = 0;
        while fits && i < shape.rank() {
            let (a, b) = (before.d(i), shape.d(i));
            let is_open = match open {
                Some(axis) => axis == i,
                None => false,
            };
            if is_open {
                let sum = if is_size(a) && is_size(b) { crate::shape::dim(a as usize + b as usize) } else { ANY_DIM };
                self.shape = self.shape.with(i, sum);
            } else {
                fits = dims_compatible(a, b);
                self.shape = self.shape.with(i, merge_dims(a, b));
            }
            i += 1;
        }
        if !fits {
            self.shape = before;
            if self.refused.is_none() {
                self.refused = Some(Refused { index, before, shape: *shape });
            }
        }
        self
    }

    const fn all(inputs: &[Shape], axis: Option<i32>) -> Joined {
        let mut joined = Joined::NOTHING;
        let mut i = 0;
        while i < inputs.len() {
            let open = match axis {
                Some(axis) => open_axis(axis, &inputs[i]),
                None => None,
            };
            joined = joined.and(&inputs[i], open);
            i += 1;
        }
        joined
    }

    /// The common shape, if there is one.
    const fn settled(self, op: &'static str, rule: &'static Rule) -> Result<Shape, SpecError> {
        if self.count == 0 {
            return Err(SpecError::new(op, &NOTHING));
        }
        match self.refused {
            Some(Refused { index, before, shape }) => {
                Err(SpecError::new(op, rule).shapes(before, shape).numbers(index as i64 + 1, 0))
            }
            None => Ok(self.shape),
        }
    }
}

/// The axis of the user in this shape; `None` where it has none such, which the rule tells later.
const fn open_axis(axis: i32, shape: &Shape) -> Option<usize> {
    if !shape.has_rank() {
        return None;
    }
    match rules::axis("concat", shape, axis) {
        Ok(axis) => Some(axis),
        Err(_) => None,
    }
}

static NOTHING: Rule = Rule {
    code: "E-JOIN-NOTHING",
    says: "the list of tensors is empty",
    left: "",
    right: "",
    help: "give one tensor or more",
};
static CONCAT: Rule = Rule {
    code: "E-CONCAT",
    says: "tensor {x} of the list does not fit the ones before it",
    left: "so far",
    right: "tensor",
    help: "reshape it: all dimensions but the one along which the tensors are joined have to be the same",
};
static STACK: Rule = Rule {
    code: "E-STACK",
    says: "tensor {x} of the list has another shape than the ones before it",
    left: "so far",
    right: "tensor",
    help: "give tensors of one shape, or join them along a dimension that they have with `tf::concat`",
};

/// Joined along a dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Concat {
    /// The dimension.
    pub axis: i32,
}

impl Concat {
    pub(super) const fn type_name(&self) -> &'static str {
        "ConcatV2"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        self.finish(Joined::all(inputs, Some(self.axis)))
    }

    const fn open_axis(&self, shape: &Shape) -> Option<usize> {
        open_axis(self.axis, shape)
    }

    const fn finish(&self, joined: Joined) -> Result<Shape, SpecError> {
        let shape = match joined.settled("concat", &CONCAT) {
            Ok(shape) => shape,
            Err(error) => return Err(error),
        };
        if !shape.has_rank() {
            return Ok(shape);
        }
        match rules::axis("concat", &shape, self.axis) {
            Ok(axis) if !joined.ranked => Ok(shape.with(axis, ANY_DIM)),
            Ok(_) => Ok(shape),
            Err(error) => Err(error),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let inputs: Vec<&Value> = run.inputs().iter().collect();
        let shapes: Vec<&[usize]> = inputs.iter().map(|value| value.shape()).collect();
        let axis = rules::axis("concat", &Shape::of(run.shape()), self.axis).expect("the rule has let the axis pass");
        moved!(
            run,
            &inputs,
            vec![run.shape().to_vec()],
            kernel = [concat_u8, concat_u16, concat_u32, concat_u64] => |from, to| kernel(from, &shapes, axis, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        if self.axis == 0
            && let Some((values, indices)) = back.slices()
            && self.give_slices(back, values, indices)
        {
            return;
        }
        let (op, slope) = (ConcatGradient { axis: self.axis }, back.slope());
        let shapes: Vec<Shape> = back.inputs().iter().map(Term::shape).collect();
        let inputs: Vec<Term> = std::iter::once(slope).chain(back.inputs().iter().copied()).collect();
        let parts = Term::nodes(op, &inputs, slope.dtype, slope.at, || Ok(shapes));
        for (i, part) in parts.into_iter().enumerate() {
            back.give(i, || part);
        }
    }
}

impl Concat {
    /// Gives each tensor those slices of the slope that belong to it, as a lookup in an embedding of several parts leaves them; not if the
    /// lengths are not known.
    fn give_slices(&self, back: &mut Backward<'_>, values: Term, indices: Term) -> bool {
        let lengths: Option<Vec<usize>> = back.inputs().iter().map(|input| input.shape().size(0)).collect();
        let Some(lengths) = lengths else { return false };
        let mut start = 0;
        for (i, length) in lengths.into_iter().enumerate() {
            let end = start + length;
            if back.wants(i) {
                let from = indices.compare(CompareOp::GreaterEqual, indices.number(start as f64));
                let to = indices.compare(CompareOp::Less, indices.number(end as f64));
                let places = Term::node(Logical::AND, &[from, to], DType::Bool, indices.at).places();
                let own = indices.gathered(places) - start as f64;
                back.give_slices(i, values.gathered(places), own);
            }
            start = end;
        }
        true
    }
}

/// Joined along a new dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stack {
    /// Where the result has the new dimension.
    pub axis: i32,
}

impl Stack {
    pub(super) const fn type_name(&self) -> &'static str {
        "Pack"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        self.finish(Joined::all(inputs, None))
    }

    const fn open_axis(&self, _: &Shape) -> Option<usize> {
        None
    }

    const fn finish(&self, joined: Joined) -> Result<Shape, SpecError> {
        match joined.settled("stack", &STACK) {
            Ok(shape) => match dimensions::sized("stack", &shape, joined.count) {
                Ok(count) => dimensions::insert("stack", &shape, self.axis, count),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let inputs: Vec<&Value> = run.inputs().iter().collect();
        let axis = dimensions::inserted_at(self.axis, run.shape().len());
        // A stack is a concatenation of tensors that have the new dimension, of 1, already.
        let mut single = run.shape().to_vec();
        single[axis] = 1;
        let shapes = vec![&single[..]; inputs.len()];
        moved!(
            run,
            &inputs,
            vec![run.shape().to_vec()],
            kernel = [concat_u8, concat_u16, concat_u32, concat_u64] => |from, to| kernel(from, &shapes, axis, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        let op = Unstack { axis: self.axis, count: back.inputs().len() };
        let parts = Term::nodes(op, &[slope], slope.dtype, slope.at, || Ok(vec![op.rule(&[slope.shape()])?; op.count]));
        for (i, part) in parts.into_iter().enumerate() {
            back.give(i, || part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn sizes_along_the_axis_add_up_and_the_others_agree() {
        let of = |axis, shapes: &[Shape]| Concat { axis }.rule(shapes).map_err(|e| e.rule.code);
        let (a, b) = (Shape::of(&[ANY, 3]), Shape::of(&[2, 4]));
        assert_eq!(of(1, &[a, b]), Ok(Shape::of(&[2, 7])));
        assert_eq!(of(-1, &[a, b, a]), Ok(Shape::of(&[2, 10])));
        assert_eq!(of(0, &[a, a]), Ok(Shape::of(&[ANY, 3])));
        assert_eq!(
            (of(0, &[a, b]), of(2, &[a, b]), of(0, &[])),
            (Err("E-CONCAT"), Err("E-CONCAT"), Err("E-JOIN-NOTHING"))
        );
        assert_eq!(of(2, &[a, a]), Err("E-AXIS"));
        assert_eq!(of(1, &[Shape::UNKNOWN, b]), Ok(Shape::of(&[2, ANY])));
        let error = Concat { axis: 1 }.rule(&[b, b, Shape::of(&[5, 1])]).unwrap_err();
        assert_eq!((error.x, error.left), (3, Shape::of(&[2, 8])));
    }

    #[test]
    fn a_stack_has_a_dimension_more() {
        let of = |axis, shapes: &[Shape]| Stack { axis }.rule(shapes).map_err(|e| e.rule.code);
        let a = Shape::of(&[ANY, 3]);
        assert_eq!(of(-1, &[a, Shape::of(&[2, 3]), Shape::UNKNOWN]), Ok(Shape::of(&[2, 3, 3])));
        assert_eq!((of(0, &[a, Shape::of(&[3])]), of(3, &[a])), (Err("E-STACK"), Err("E-AXIS-NEW")));
    }
}
