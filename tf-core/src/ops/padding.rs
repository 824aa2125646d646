//! Elements around a tensor.

use super::{
    NO_FLOPS, StridedSlice,
    axes::Axes,
    dimensions,
    lists::List,
    movement::{moved, only},
    rules,
};
use crate::{
    differentiation::backward::Backward,
    dtype::Element,
    engine::run::Run,
    error::Result,
    shape::{Shape, is_size},
    spec::{Rule, SpecError},
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::{
    mirror::{mirror_pad_gradient_f32, mirror_pad_gradient_f64},
    movement::MirrorMode,
};

op! {
    /// `x` with zeros (false, empty texts) around it: `[before, after]` for each dimension. TensorFlow: `tf.pad`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, pad};
    /// let graph = Graph::new();
    /// let y = graph.build(|| pad(constant([[1, 2]]), [[0, 1], [1, 0]]))?;
    /// assert_eq!(Session::new(&graph)?.run(y)?, ndarray::arr2(&[[0, 1, 2], [0, 0, 0]]).into_dyn());
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn pad[T: Element, const N: usize](x: impl AsTensor<T>, paddings: [[usize; 2]; N]) -> T;
    "Pad": Pad { paddings: List::of(paddings, [0; 2]), with: false }, (x)
}

op! {
    /// [`pad`](fn@pad) with a value of one's own: a scalar. TensorFlow: `tf.pad(.., constant_values=value)`.
    pub fn pad_with[T: Element, const N: usize](
        x: impl AsTensor<T>,
        paddings: [[usize; 2]; N],
        value: impl AsTensor<T>,
    ) -> T;
    "PadV2": Pad { paddings: List::of(paddings, [0; 2]), with: true }, (x, value)
}

op! {
    /// `x` with its mirror image around it: `[before, after]` for each dimension.
    ///
    /// TensorFlow: `tf.pad(.., mode="REFLECT")` and `"SYMMETRIC"`.
    pub fn mirror_pad[T: Element, const N: usize](x: impl AsTensor<T>, paddings: [[usize; 2]; N], mirror: Mirror) -> T;
    "MirrorPad": MirrorPad { paddings: List::of(paddings, [0; 2]), mirror }, (x)
}

/// Where the mirror of [`mirror_pad`](fn@mirror_pad) stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mirror {
    /// In the outermost element, which is not repeated: `2 1 0 1 2`.
    Reflect,
    /// Beside the outermost element, which is repeated: `1 0 0 1 2`.
    Symmetric,
}

/// A value around a tensor: the second input, or zero.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pad {
    paddings: List<[usize; 2]>,
    /// Whether the value is the second input.
    with: bool,
}

/// The mirror image around a tensor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MirrorPad {
    paddings: List<[usize; 2]>,
    mirror: Mirror,
}

static MIRROR: Rule = Rule {
    code: "E-PAD-MIRROR",
    says: "axis {x} is padded by more than the {y} elements that a mirror can show",
    left: "input",
    right: "",
    help: "pad by {y} at most, or with a constant: `tf::pad`",
};

const fn padded(op: &'static str, input: &Shape, paddings: &List<[usize; 2]>) -> Result<Shape, SpecError> {
    if let Err(error) = dimensions::one_for_each(op, paddings.len(), input) {
        return Err(error);
    }
    let paddings = paddings.values();
    let mut output = Shape::of_rank(paddings.len());
    let mut i = 0;
    while i < paddings.len() && input.has_rank() {
        let around = paddings[i][0].saturating_add(paddings[i][1]);
        if let Some(size) = input.size(i) {
            match dimensions::sized(op, input, size.saturating_add(around)) {
                Ok(dim) => output = output.with(i, dim),
                Err(error) => return Err(error),
            }
        } else if around == 0 {
            output = output.with(i, input.d(i));
        }
        i += 1;
    }
    dimensions::limited(op, input, output)
}

fn pairs(paddings: &List<[usize; 2]>) -> Vec<(usize, usize)> {
    paddings.values().iter().map(|&[before, after]| (before, after)).collect()
}

impl Pad {
    pub(super) const fn type_name(&self) -> &'static str {
        if self.with { "PadV2" } else { "Pad" }
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        if self.with
            && let Err(error) = rules::need_rank("pad_with", 1, &inputs[1], 0)
        {
            return Err(error);
        }
        padded("pad", &inputs[0], &self.paddings)
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let x = run.input(0);
        let inputs: Vec<&Value> = run.inputs().iter().collect();
        moved!(
            run,
            &inputs,
            vec![run.shape().to_vec()],
            kernel = [pad_u8, pad_u16, pad_u32, pad_u64] => |from, to| {
                // The word 0 is zero in every element type.
                let value = from.get(1).map_or(0, |value| value[0]);
                kernel(from[0], x.shape(), &pairs(&self.paddings), value, to[0])
            }
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        let inside = slope.then(StridedSlice::inside(self.paddings.values()));
        back.give(0, || inside);
        if self.with {
            back.give(1, || slope.sum(Axes::All, false) - inside.sum(Axes::All, false));
        }
    }
}

impl MirrorPad {
    const fn mode(&self) -> MirrorMode {
        match self.mirror {
            Mirror::Reflect => MirrorMode::Reflect,
            Mirror::Symmetric => MirrorMode::Symmetric,
        }
    }

    pub(super) const fn type_name(&self) -> &'static str {
        "MirrorPad"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let input = inputs[0];
        let output = padded("mirror_pad", &input, &self.paddings);
        if output.is_err() {
            return output;
        }
        let paddings = self.paddings.values();
        let mut i = 0;
        while i < paddings.len() && input.has_rank() {
            if is_size(input.d(i)) {
                let size = input.d(i) as usize;
                let most = match self.mirror {
                    Mirror::Reflect => size.saturating_sub(1),
                    Mirror::Symmetric => size,
                };
                if paddings[i][0] > most || paddings[i][1] > most {
                    return Err(SpecError::new("mirror_pad", &MIRROR)
                        .shapes(input, Shape::UNKNOWN)
                        .numbers(i as i64, most as i64));
                }
            }
            i += 1;
        }
        output
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let x = run.input(0);
        let mode = self.mode();
        moved!(
            run,
            &[x],
            vec![run.shape().to_vec()],
            kernel = [mirror_pad_u8, mirror_pad_u16, mirror_pad_u32, mirror_pad_u64] =>
                |from, to| kernel(from[0], x.shape(), &pairs(&self.paddings), mode, to[0])
        )
        .map(only)
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let (x, slope) = (back.input(0), back.slope());
        back.give(0, || slope.and(MirrorPadGradient(*self), x));
    }
}

/// Adds to each element the slopes of its mirror images.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MirrorPadGradient(MirrorPad);

impl MirrorPadGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        "MirrorPadGrad"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[1])
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let mode = self.0.mode();
        let paddings = pairs(&self.0.paddings);
        kernel!(
            run,
            [F32 f32 = mirror_pad_gradient_f32, F64 f64 = mirror_pad_gradient_f64],
            kernel => |out, shape| kernel(run.slice(0), shape, &paddings, mode, out)
        )
    }

    pub(super) fn gradient(&self, back: &mut Backward<'_>) {
        let slope = back.slope();
        back.give(0, || slope.then(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn sizes_grow_by_both_paddings() {
        let of = |paddings: [[usize; 2]; 2]| {
            let op = Pad { paddings: List::of(paddings, [0; 2]), with: false };
            op.rule(&[Shape::of(&[2, ANY])]).map_err(|e| e.rule.code)
        };
        assert_eq!(of([[1, 2], [0, 0]]), Ok(Shape::of(&[5, ANY])));
        assert_eq!(of([[usize::MAX, 2], [0, 0]]), Err("E-SIZE-LIMIT"));
        let vector = Pad { paddings: List::of([[1, 1]], [0; 2]), with: true };
        assert_eq!(vector.rule(&[Shape::of(&[2, 3]), Shape::SCALAR]).map_err(|e| e.rule.code), Err("E-PER-DIM"));
        assert_eq!(vector.rule(&[Shape::of(&[2]), Shape::of(&[1])]).map_err(|e| e.rule.code), Err("E-RANK"));
    }

    #[test]
    fn a_mirror_shows_what_is_there() {
        let of = |before, mirror| {
            let op = MirrorPad { paddings: List::of([[before, 0]], [0; 2]), mirror };
            op.rule(&[Shape::of(&[3])]).map_err(|e| e.rule.code)
        };
        assert_eq!((of(2, Mirror::Reflect), of(3, Mirror::Symmetric)), (Ok(Shape::of(&[5])), Ok(Shape::of(&[6]))));
        assert_eq!((of(3, Mirror::Reflect), of(4, Mirror::Symmetric)), (Err("E-PAD-MIRROR"), Err("E-PAD-MIRROR")));
    }
}
