//! Parts of a tensor, and its elements in opposite order.

use super::{
    NO_FLOPS, SliceGradient,
    axes::{Axes, AxesArgument},
    dimensions,
    lists::List,
    movement::{moved, only},
};
use crate::{
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::Run,
    error::Result,
    shape::{ANY, ANY_DIM, Dim, MAX_RANK, Shape, is_size},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};

op! {
    /// `size` elements along each dimension from `begin` on; the size [`ANY`](crate::ANY) takes all that follow.
    ///
    /// TensorFlow: `tf.slice`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Graph, Session, constant, slice};
    /// let graph = Graph::new();
    /// let y = graph.build(|| slice(constant([[1, 2, 3], [4, 5, 6]]), [1, 1], [1, ANY]))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr2(&[[5, 6]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn slice[T: Element, const N: usize](x: impl AsTensor<T>, begin: [usize; N], size: [usize; N]) -> T;
    "Slice": Slice::of(begin, size), (x)
}

/// A block of elements.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slice {
    begin: List<usize>,
    size: List<usize>,
}

static SLICE: Rule = Rule {
    code: "E-SLICE",
    says: "the slice goes beyond the {y} elements of axis {x}",
    left: "input",
    right: "",
    help: "let begin and size add up to {y} at most, or write `tf::ANY` as the size to take what is there",
};

/// The elements that a slice takes: along each dimension the first, how far the next one is, and how many.
pub(super) struct Places {
    pub(super) first: Vec<usize>,
    pub(super) strides: Vec<isize>,
    pub(super) sizes: Vec<usize>,
}

impl Slice {
    pub(super) const fn of<const N: usize>(begin: [usize; N], size: [usize; N]) -> Slice {
        Slice { begin: List::of(begin, 0), size: List::of(size, 0) }
    }

    /// So many elements from these on.
    pub(crate) fn of_lists(begin: &[usize], size: &[usize]) -> Slice {
        Slice { begin: List::of_slice(begin, 0), size: List::of_slice(size, 0) }
    }

    /// What is taken of a tensor of this shape, which the rule has let pass.
    pub(super) fn places(&self, shape: &[usize]) -> Places {
        let (begin, size) = (self.begin.values(), self.size.values());
        let taken = |axis: usize| if size[axis] == ANY { shape[axis] - begin[axis] } else { size[axis] };
        Places { first: begin.to_vec(), strides: vec![1; begin.len()], sizes: (0..begin.len()).map(taken).collect() }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "Slice"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        let (begin, size) = (self.begin.values(), self.size.values());
        if let Err(error) = dimensions::one_for_each("slice", self.begin.len(), &input) {
            return Err(error);
        }
        let mut output = Shape::of_rank(begin.len());
        let mut i = 0;
        while i < begin.len() {
            let there = input.size(i);
            let taken = match there {
                Some(there) if size[i] == ANY && begin[i] <= there => there - begin[i],
                Some(there) if size[i] != ANY && begin[i].saturating_add(size[i]) <= there => size[i],
                Some(there) => {
                    return Err(SpecError::new("slice", &SLICE)
                        .shapes(input, Shape::UNKNOWN)
                        .numbers(i as i64, there as i64));
                }
                None => size[i],
            };
            if taken != ANY {
                match dimensions::sized("slice", &input, taken) {
                    Ok(dim) => output = output.with(i, dim),
                    Err(error) => return Err(error),
                }
            } else if begin[i] == 0 && input.has_rank() {
                output = output.with(i, input.d(i));
            }
            i += 1;
        }
        Ok(output)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (x, size) = (run.input(0), run.shape());
        moved!(
            run,
            &[x],
            vec![size.to_vec()],
            kernel = [slice_u8, slice_u16, slice_u32, slice_u64] =>
                |from, to| kernel(from[0], x.shape(), self.begin.values(), size, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.and(SliceGradient::OfSlice(*self), x));
    }
}

/// An end of [`strided_slice`](fn@strided_slice) that is left open: as far as there are elements, in the direction of the stride.
///
/// `strided_slice(x, [OPEN], [OPEN], [-1])` is what Python writes `x[::-1]`.
pub const OPEN: isize = isize::MIN;

op! {
    /// Every `strides`-th element along each dimension, from `begin` up to and without `end`.
    ///
    /// Negative places count from the end, negative strides go backwards, places beyond an end are the end, and [`OPEN`] is as
    /// far as there are elements. Dimensions after the first `N` are taken whole. TensorFlow: `tf.strided_slice`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, OPEN, Session, constant, strided_slice};
    /// let graph = Graph::new();
    /// let (odd, back) = graph.build(|| {
    ///     let x = constant([0, 1, 2, 3, 4, 5]);
    ///     (strided_slice(x, [1], [OPEN], [2]), strided_slice(x, [-2], [OPEN], [-1]))
    /// })?;
    /// let (odd, back) = Session::new(&graph)?.run((odd, back))?;
    /// assert_eq!((odd.as_slice(), back.as_slice()), (Some(&[1, 3, 5][..]), Some(&[4, 3, 2, 1, 0][..])));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn strided_slice[T: Element, const N: usize](
        x: impl AsTensor<T>,
        begin: [isize; N],
        end: [isize; N],
        strides: [isize; N],
    ) -> T;
    "StridedSlice": StridedSlice::of(begin, end, strides), (x)
}

/// Elements at equal distances.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StridedSlice {
    begin: List<isize>,
    end: List<isize>,
    strides: List<isize>,
}

static STRIDE: Rule = Rule {
    code: "E-STRIDE-ZERO",
    says: "the stride along axis {x} is 0",
    left: "input",
    right: "",
    help: "write 1 to take each element, -1 to take them backwards",
};
static RANGES: Rule = Rule {
    code: "E-PER-DIM",
    says: "{x} ranges are given for the {y} dimensions of the input",
    left: "input",
    right: "",
    help: "give one range for each dimension, or fewer to take the last dimensions whole",
};

/// The elements of one dimension that a slice takes.
#[derive(Clone, Copy)]
struct Taken {
    first: usize,
    stride: isize,
    count: usize,
}

impl StridedSlice {
    pub(super) const fn of<const N: usize>(begin: [isize; N], end: [isize; N], strides: [isize; N]) -> StridedSlice {
        StridedSlice { begin: List::of(begin, 0), end: List::of(end, 0), strides: List::of(strides, 1) }
    }

    /// What is taken of a tensor of this shape, which the rule has let pass.
    pub(super) fn places(&self, shape: &[usize]) -> Places {
        let taken: Vec<Taken> = shape.iter().enumerate().map(|(axis, &size)| self.taken(axis, size)).collect();
        Places {
            first: taken.iter().map(|taken| taken.first).collect(),
            strides: taken.iter().map(|taken| taken.stride).collect(),
            sizes: taken.iter().map(|taken| taken.count).collect(),
        }
    }

    /// Without the elements that these paddings added.
    pub(super) fn inside(paddings: &[[usize; 2]]) -> StridedSlice {
        let mut begin = [0; MAX_RANK];
        let mut end = [OPEN; MAX_RANK];
        for (i, &[before, after]) in paddings.iter().enumerate() {
            begin[i] = before as isize;
            end[i] = if after == 0 { OPEN } else { -(after as isize) };
        }
        let rank = paddings.len();
        StridedSlice {
            begin: List::of_slice(&begin[..rank], 0),
            end: List::of_slice(&end[..rank], 0),
            strides: List::of_slice(&[1; MAX_RANK][..rank], 1),
        }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "StridedSlice"
    }

    /// What is taken of `size` elements along dimension `axis`.
    const fn taken(&self, axis: usize, size: usize) -> Taken {
        let size = size as isize;
        if axis >= self.begin.len() {
            return Taken { first: 0, stride: 1, count: size as usize };
        }
        let stride = self.strides.values()[axis];
        // The places where a slice may begin and end: one beyond the last element, one before the first when it goes backwards.
        let (least, most) = if stride > 0 { (0, size) } else { (-1, size - 1) };
        let begin = place(self.begin.values()[axis], size, least, most, if stride > 0 { least } else { most });
        let end = place(self.end.values()[axis], size, least, most, if stride > 0 { most } else { least });
        let span = if stride > 0 { end - begin } else { begin - end };
        let count = if span <= 0 { 0 } else { (span as usize).div_ceil(stride.unsigned_abs()) };
        match count {
            0 => Taken { first: 0, stride: 1, count },
            1 => Taken { first: begin as usize, stride: 1, count },
            _ => Taken { first: begin as usize, stride, count },
        }
    }

    /// Dimension `axis` of the result.
    const fn dim(&self, axis: usize, dim: Dim) -> Dim {
        if is_size(dim) {
            return self.taken(axis, dim as usize).count as Dim;
        }
        let whole = axis >= self.begin.len()
            || self.begin.values()[axis] == OPEN
                && self.end.values()[axis] == OPEN
                && self.strides.values()[axis].unsigned_abs() == 1;
        if whole { dim } else { ANY_DIM }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        let mut i = 0;
        while i < self.strides.values().len() {
            if self.strides.values()[i] == 0 {
                return Err(SpecError::new("strided_slice", &STRIDE)
                    .shapes(input, Shape::UNKNOWN)
                    .numbers(i as i64, 0));
            }
            i += 1;
        }
        if let Err(error) = dimensions::need_room("strided_slice", &input, self.begin.len()) {
            return Err(error);
        }
        if !input.has_rank() {
            return Ok(Shape::UNKNOWN);
        }
        if self.begin.len() > input.rank() {
            return Err(SpecError::new("strided_slice", &RANGES)
                .shapes(input, Shape::UNKNOWN)
                .numbers(self.begin.len() as i64, input.rank() as i64));
        }
        let mut output = input;
        let mut axis = 0;
        while axis < input.rank() {
            output = output.with(axis, self.dim(axis, input.d(axis)));
            axis += 1;
        }
        Ok(output)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (x, shape) = (run.input(0), run.shape());
        let Places { first, strides, .. } = self.places(x.shape());
        moved!(
            run,
            &[x],
            vec![shape.to_vec()],
            kernel = [strided_slice_u8, strided_slice_u16, strided_slice_u32, strided_slice_u64] =>
                |from, to| kernel(from[0], x.shape(), &first, &strides, shape, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.and(SliceGradient::OfStridedSlice(*self), x));
    }
}

/// A place as the user gave it, among `size` elements, no further than the ends.
const fn place(given: isize, size: isize, least: isize, most: isize, open: isize) -> isize {
    if given == OPEN {
        return open;
    }
    let place = if given < 0 { given + size } else { given };
    if place < least {
        least
    } else if place > most {
        most
    } else {
        place
    }
}

op! {
    /// The elements in opposite order along the named dimensions. TensorFlow: `tf.reverse`.
    pub fn reverse[T: Element, A: AxesArgument](x: impl AsTensor<T>, axes: A) -> T;
    "ReverseV2": Reverse { axes: Axes::of(axes) }, (x)
}

/// Elements in opposite order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reverse {
    axes: Axes,
}

impl Reverse {
    pub(super) const fn type_name(&self) -> &'static str {
        "ReverseV2"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if !input.has_rank() {
            return Ok(input);
        }
        match self.axes.chosen("reverse", &input) {
            Ok(_) => Ok(input),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let x = run.input(0);
        let chosen = self.axes.chosen("reverse", &Shape::of(x.shape())).expect("the rule has let the axes pass");
        let axes: Vec<usize> = (0..x.shape().len()).filter(|&axis| chosen[axis]).collect();
        moved!(
            run,
            &[x],
            vec![run.shape().to_vec()],
            kernel = [reverse_u8, reverse_u16, reverse_u32, reverse_u64] =>
                |from, to| kernel(from[0], x.shape(), &axes, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        back.give(0, || slope.then(*self));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::symbol;

    #[test]
    fn a_slice_stays_inside() {
        let of = |begin: [usize; 2], size: [usize; 2]| {
            let op = Slice::of(begin, size);
            op.rule(&[Shape::of_dims(&[symbol(0), 4])]).map_err(|e| e.rule.code)
        };
        assert_eq!(of([0, 1], [ANY, ANY]), Ok(Shape::of_dims(&[symbol(0), 3])));
        assert_eq!(of([1, 4], [ANY, 0]), Ok(Shape::of(&[ANY, 0])));
        assert_eq!((of([0, 2], [5, 3]), of([0, 5], [5, ANY])), (Err("E-SLICE"), Err("E-SLICE")));
        assert_eq!(of([0, usize::MAX], [1, 2]), Err("E-SLICE"));
    }

    #[test]
    fn strided_slices_count_as_python_does() {
        let of = |begin, end, stride| {
            let op = StridedSlice::of([begin], [end], [stride]);
            op.rule(&[Shape::of(&[7])]).map(|shape| shape.d(0)).map_err(|e| e.rule.code)
        };
        assert_eq!((of(1, 6, 2), of(-4, -1, 1), of(5, 1, -2)), (Ok(3), Ok(3), Ok(2)));
        assert_eq!((of(OPEN, OPEN, -1), of(OPEN, OPEN, -3), of(OPEN, OPEN, 7)), (Ok(7), Ok(3), Ok(1)));
        assert_eq!((of(-20, 20, 3), of(4, 2, 1), of(0, 0, -1)), (Ok(3), Ok(0), Ok(0)));
        assert_eq!((of(0, isize::MAX, isize::MAX), of(6, -isize::MAX, -isize::MAX)), (Ok(1), Ok(1)));
        assert_eq!(of(0, 1, 0), Err("E-STRIDE-ZERO"));
    }

    #[test]
    fn further_dimensions_are_taken_whole() {
        let op = StridedSlice::of([1], [OPEN], [1]);
        assert_eq!(op.rule(&[Shape::of(&[3, ANY])]).map_err(|e| e.rule.code), Ok(Shape::of(&[2, ANY])));
        assert_eq!(op.rule(&[Shape::SCALAR]).map_err(|e| e.rule.code), Err("E-PER-DIM"));
    }
}
