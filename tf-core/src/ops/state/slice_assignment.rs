//! Updates of slices of a variable (U17).

use super::{change, changed};
use crate::{
    check::Cx,
    dtype::Element,
    engine::run::Run,
    error::Result,
    ops::{
        rules::broadcast_position,
        slicing::{Places, Slice, StridedSlice},
    },
    shape::{Shape, is_size},
    spec::{Rule, SpecError},
    tensor::{AsTensor, Tensor, Variable},
    value::{Data, Value},
};

/// A part of a variable, to be assigned to: `v.slice([1, 0], [2, ANY]).assign(x)`.
///
/// TensorFlow: `v[1:3]`.
#[derive(Clone, Copy)]
#[must_use = "a slice of a variable is of use when something is assigned to it"]
pub struct VariableSlice<T> {
    variable: Variable<T>,
    part: Part,
}

impl<T: Element> std::fmt::Debug for VariableSlice<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "slice of {:?}", self.variable)
    }
}

/// Which part of a variable.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Part {
    Block(Slice),
    Strided(StridedSlice),
}

impl<T: Element> Variable<T> {
    /// `size` elements along each dimension from `begin` on, to be assigned to; the size [`ANY`](crate::ANY) takes all that follow.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, Session, VariableOptions, constant, get_variable};
    /// let graph = Graph::new();
    /// let update = graph.build(|| {
    ///     let v = get_variable::<i64, _, _>("v", [3, 2], VariableOptions::new());
    ///     v.slice([1, 0], [2, ANY]).assign(constant([[1, 2], [3, 4]]))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(update)?, ndarray::arr2(&[[0, 0], [1, 2], [3, 4]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub const fn slice<const N: usize>(self, begin: [usize; N], size: [usize; N]) -> VariableSlice<T> {
        VariableSlice { variable: self, part: Part::Block(Slice::of(begin, size)) }
    }

    /// Every `strides`-th element along each dimension from `begin` up to and without `end`, to be assigned to; places count as in
    /// [`strided_slice`](fn@crate::strided_slice).
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, OPEN, Session, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let update = graph.build(|| {
    ///     get_variable::<i64, _, _>("v", [5], VariableOptions::new()).strided_slice([1], [OPEN], [2]).assign(7)
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(update)?.as_slice(), Some(&[0, 7, 0, 7, 0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub const fn strided_slice<const N: usize>(
        self,
        begin: [isize; N],
        end: [isize; N],
        strides: [isize; N],
    ) -> VariableSlice<T> {
        VariableSlice { variable: self, part: Part::Strided(StridedSlice::of(begin, end, strides)) }
    }
}

impl<T: Element> VariableSlice<T> {
    /// Gives this part of the variable a new value, which is broadcast to it, and yields the whole variable.
    ///
    /// TensorFlow: `v[1:3].assign(value)`.
    #[track_caller]
    pub fn assign(self, value: impl AsTensor<T>) -> Tensor<T> {
        let VariableSlice { variable, part } = self;
        change(
            "strided_slice/_assign",
            variable,
            &[value.as_tensor().into()],
            |variable| AssignSlice { variable, part }.into(),
            |shapes| part.check(shapes),
        )
    }

    /// The build-time half of [`assign`](VariableSlice::assign).
    #[track_caller]
    pub(crate) const fn assign_at_build_time<A: AsTensor<T>>(self, value: A, cx: Cx<'_>) -> Tensor<T> {
        cx.demand_one_piece("assign", self.variable);
        let shapes = &[cx.input::<T, Variable<T>>(self.variable), cx.input(value)];
        Tensor::at_build_time(cx.settle(shapes, self.part.check(shapes)))
    }
}

static SLICE_SHAPE: Rule = Rule {
    code: "E-ASSIGN-SHAPE",
    says: "the value does not fill the slice of the variable",
    left: "slice",
    right: "value",
    help: "assign a value of the slice's shape; dimensions that are missing in front or of size 1 are repeated",
};

impl Part {
    const fn shape(&self, variable: Shape) -> Result<Shape, SpecError> {
        match self {
            Part::Block(slice) => slice.rule(&[variable]),
            Part::Strided(slice) => slice.rule(&[variable]),
        }
    }

    const fn check(&self, shapes: &[Shape]) -> Result<Shape, SpecError> {
        let slice = match self.shape(shapes[0]) {
            Ok(slice) => slice,
            Err(error) => return Err(error),
        };
        if !fills(&slice, &shapes[1]) {
            return Err(SpecError::new("assign", &SLICE_SHAPE).shapes(slice, shapes[1]));
        }
        Ok(shapes[0])
    }

    fn places(&self, shape: &[usize]) -> Places {
        match self {
            Part::Block(slice) => slice.places(shape),
            Part::Strided(slice) => slice.places(shape),
        }
    }
}

/// Whether a value can be broadcast to a slice.
const fn fills(slice: &Shape, value: &Shape) -> bool {
    if !slice.has_rank() || !value.has_rank() {
        return true;
    }
    if value.rank() > slice.rank() {
        return false;
    }
    let offset = slice.rank() - value.rank();
    let mut i = 0;
    while i < value.rank() {
        let (there, given) = (slice.d(offset + i), value.d(i));
        if is_size(there) && is_size(given) && given != there && given != 1 {
            return false;
        }
        i += 1;
    }
    true
}

/// Changes a part of a variable and yields its new value.
#[derive(Clone, Copy, Debug)]
pub struct AssignSlice {
    pub(crate) variable: u32,
    part: Part,
}

impl AssignSlice {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "ResourceStridedSliceAssign"
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let new = run.input(0).clone();
        changed(
            run,
            self.variable,
            |shapes| self.part.check(shapes),
            |value, _| {
                let shape = value.shape().to_vec();
                write(value, &shape, &self.part.places(&shape), &new);
                Ok(())
            },
        )
    }
}

fn write(value: &mut Value, shape: &[usize], places: &Places, new: &Value) {
    let Places { first, strides, sizes } = places;
    macro_rules! by_type {
        ($($variant:ident)*) => {
            match new.data() {
                $(Data::$variant(new_elements) => {
                    let elements = value.as_mut_slice().expect("a value has its variable's type");
                    if new.shape() == sizes {
                        tf_kernels::scatter::assign_strided(elements, shape, first, strides, sizes, new_elements);
                    } else {
                        let count = sizes.iter().product();
                        let repeated: Vec<_> = (0..count)
                            .map(|i| new_elements[broadcast_position(i, sizes, new.shape())].clone())
                            .collect();
                        tf_kernels::scatter::assign_strided(elements, shape, first, strides, sizes, &repeated);
                    }
                })*
            }
        };
    }
    by_type!(F16 BF16 F32 F64 I8 I16 I32 I64 U8 U16 U32 U64 Bool String);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn a_value_fills_a_slice_if_it_can_be_broadcast_to_it() {
        let part = Part::Block(Slice::of([1, 0], [2, ANY]));
        let of = |value: &[usize]| part.check(&[Shape::of(&[3, 4]), Shape::of(value)]).map_err(|error| error.rule.code);
        let whole = Ok(Shape::of(&[3, 4]));
        for fits in [&[2usize, 4][..], &[4], &[], &[2, 1], &[1, 4], &[ANY, 4]] {
            assert_eq!(of(fits), whole, "{fits:?}");
        }
        for not in [&[3usize, 4][..], &[2], &[1, 2, 4]] {
            assert_eq!(of(not), Err("E-ASSIGN-SHAPE"), "{not:?}");
        }
        let beyond = Part::Block(Slice::of([2, 0], [2, ANY]));
        assert_eq!(beyond.check(&[Shape::of(&[3, 4]), Shape::SCALAR]).map_err(|e| e.rule.code), Err("E-SLICE"));
    }
}
