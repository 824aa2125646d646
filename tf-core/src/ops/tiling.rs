//! Tensors repeated.

use super::{
    NO_FLOPS, dimensions,
    lists::List,
    movement::{moved, only},
};
use crate::{
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::Run,
    error::Result,
    shape::{Shape, is_size},
    spec::{Rule, SpecError},
    tensor::{AsTensor, ShapeArgument, shape_argument},
    value::Value,
};
use tf_kernels::reduce::{ReduceOp, reduce_f32, reduce_f64};

op! {
    /// `x` laid out `multiples` times along each dimension. TensorFlow: `tf.tile`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, tile};
    /// let graph = Graph::new();
    /// let y = graph.build(|| tile(constant([1, 2]), [3]))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?.as_slice(), Some(&[1, 2, 1, 2, 1, 2][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn tile[T: Element, const N: usize](x: impl AsTensor<T>, multiples: [usize; N]) -> T;
    "Tile": Tile { multiples: List::of(multiples, 1) }, (x)
}

/// Copies side by side.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tile {
    multiples: List<usize>,
}

impl Tile {
    pub(super) const fn type_name(&self) -> &'static str {
        "Tile"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        if let Err(error) = dimensions::one_for_each("tile", self.multiples.len(), &input) {
            return Err(error);
        }
        let multiples = self.multiples.values();
        let mut output = Shape::of_rank(multiples.len());
        let mut i = 0;
        while i < multiples.len() {
            if multiples[i] == 1 && input.has_rank() {
                output = output.with(i, input.d(i));
            } else if multiples[i] == 0 {
                output = output.with(i, 0);
            } else if let Some(size) = input.size(i) {
                match dimensions::sized("tile", &input, size.saturating_mul(multiples[i])) {
                    Ok(dim) => output = output.with(i, dim),
                    Err(error) => return Err(error),
                }
            }
            i += 1;
        }
        dimensions::limited("tile", &input, output)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let x = run.input(0);
        moved!(
            run,
            &[x],
            vec![run.shape().to_vec()],
            kernel = [tile_u8, tile_u16, tile_u32, tile_u64] =>
                |from, to| kernel(from[0], x.shape(), self.multiples.values(), to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.and(TileGradient(*self), x));
    }
}

/// Adds up the slopes of all copies of each element.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TileGradient(Tile);

impl TileGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "TileGrad"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[1])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        // Each dimension as that of the copies and that of the elements of one.
        let sizes = run.input(1).shape().iter();
        let apart: Vec<usize> = self.0.multiples.values().iter().zip(sizes).flat_map(|(&n, &size)| [n, size]).collect();
        let copies: Vec<usize> = (0..apart.len()).step_by(2).collect();
        kernel!(
            run,
            [F32 f32 = reduce_f32, F64 f64 = reduce_f64],
            kernel => |out, _| kernel(ReduceOp::Sum, run.slice(0), &apart, &copies, out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        back.give(0, || slope.then(self.0));
    }
}

op! {
    /// `x` repeated along its dimensions of 1, and along new ones in front, until it has the shape. TensorFlow: `tf.broadcast_to`.
    pub fn broadcast_to[T: Element, S: ShapeArgument](x: impl AsTensor<T>, shape: S) -> T;
    "BroadcastTo": BroadcastTo { shape: shape_argument(shape) }, (x)
}

/// Repeated to a shape.
#[derive(Clone, Copy, Debug)]
pub struct BroadcastTo {
    shape: Result<Option<Shape>, SpecError>,
}

static BROADCAST_TO: Rule = Rule {
    code: "E-BROADCAST-TO",
    says: "the input does not broadcast to the shape",
    left: "input",
    right: "shape",
    help: "counted from the last, each dimension of the input must be 1 or the one of the shape, and the shape has as many or more",
};

impl BroadcastTo {
    pub(super) const fn type_name(&self) -> &'static str {
        "BroadcastTo"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        let shape = match dimensions::given_whole("broadcast_to", &self.shape) {
            Ok(shape) => shape,
            Err(error) => return Err(error),
        };
        let mut fits = !input.has_rank() || input.rank() <= shape.rank();
        let mut i = 0;
        while fits && i < input.rank() {
            let (from, to) = (input.d(input.rank() - 1 - i), shape.d(shape.rank() - 1 - i));
            fits = from == 1 || from == to || !is_size(from);
            i += 1;
        }
        if fits { Ok(shape) } else { Err(SpecError::new("broadcast_to", &BROADCAST_TO).shapes(input, shape)) }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let (x, shape) = (run.input(0), run.shape());
        moved!(
            run,
            &[x],
            vec![shape.to_vec()],
            kernel = [broadcast_to_u8, broadcast_to_u16, broadcast_to_u32, broadcast_to_u64] =>
                |from, to| kernel(from[0], x.shape(), to[0], shape)
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.sum_like(x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn tiles_multiply_sizes() {
        let of = |multiples: [usize; 2]| {
            Tile { multiples: List::of(multiples, 1) }.rule(&[Shape::of(&[3, ANY])]).map_err(|e| e.rule.code)
        };
        assert_eq!((of([2, 1]), of([0, 0])), (Ok(Shape::of(&[6, ANY])), Ok(Shape::of(&[0, 0]))));
        assert_eq!(of([usize::MAX, 1]), Err("E-SIZE-LIMIT"));
    }

    #[test]
    fn broadcasting_goes_one_way() {
        let of = |input: &[usize], shape: &[usize]| {
            BroadcastTo { shape: Ok(Some(Shape::of(shape))) }.rule(&[Shape::of(input)]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(&[ANY, 1], &[4, 2, 3]), Ok(Shape::of(&[4, 2, 3])));
        assert_eq!((of(&[2, 3], &[3]), of(&[3], &[1])), (Err("E-BROADCAST-TO"), Err("E-BROADCAST-TO")));
        assert_eq!(of(&[1], &[ANY]), Err("E-SHAPE-OPEN"));
    }
}
