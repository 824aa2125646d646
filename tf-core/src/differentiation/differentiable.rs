//! What can be differentiated, and differentiated for: tensors and variables of floats, arrays and tuples of them.

use crate::{
    check::Cx,
    dtype::{DType, Float},
    graph::node::Input,
    shape::Shape,
    spec::SpecError,
    tensor::{Tensor, TensorKind, Variable},
};
use core::mem::{MaybeUninit, offset_of, size_of};

/// Where in a value a tensor lies, and where among the gradients its own goes.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Part {
    from: usize,
    kind: TensorKind,
    to: usize,
}

/// The tensors that a value consists of.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum Parts {
    One(TensorKind),
    /// The kind of each, how many there are, and how far they lie apart.
    Array(TensorKind, usize, usize),
    Tuple(&'static [Part]),
}

/// A tensor, or variable, with its element type as a value.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Asked {
    pub(super) input: Input,
    pub(super) dtype: DType,
}

/// What [`gradients`](fn@crate::gradients) takes: a tensor or variable of floats, an array of one type of them, a tuple of up to eight.
///
/// # Safety
/// `PARTS` says what `Self` consists of, and where in `Gradients` the gradient of each is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no gradients",
    label = "expected tensors or variables of f16, bf16, f32 or f64: one, or an array or tuple of them",
    note = "integers have no gradient; cast them first: `tf::cast::<f32, _>(x)`"
)]
pub unsafe trait Differentiable: Copy {
    /// A tensor in the place of each tensor and variable.
    type Gradients: Copy;
    /// The same, of what may have no gradient.
    type GradientsOrNone;
    #[doc(hidden)]
    const PARTS: Parts;
    /// No gradient for any.
    #[doc(hidden)]
    const NONE: Self::GradientsOrNone;
    #[doc(hidden)]
    fn asked(self, asked: &mut Vec<Asked>);
    #[doc(hidden)]
    fn given(gradients: Self::Gradients, given: &mut Vec<Asked>);
    #[doc(hidden)]
    fn gradients(found: &mut dyn Iterator<Item = Input>) -> Self::Gradients;
    #[doc(hidden)]
    fn gradients_or_none(found: &mut dyn Iterator<Item = Option<Input>>) -> Self::GradientsOrNone;
}

fn next<I>(found: &mut dyn Iterator<Item = I>) -> I {
    found.next().expect("there is an answer for each tensor that was asked for")
}

fn tensor<T>(found: Input) -> Tensor<T> {
    Tensor::new(found.shape, found.graph, found.node, found.output)
}

macro_rules! handles {
    ($($handle:ty, $kind:ident, $input:expr;)*) => { $(
        // SAFETY: it is one handle of this kind, and `Gradients` one tensor.
        #[diagnostic::do_not_recommend]
        unsafe impl<T: Float> Differentiable for $handle {
            type Gradients = Tensor<T>;
            type GradientsOrNone = Option<Tensor<T>>;
            const PARTS: Parts = Parts::One(TensorKind::$kind);
            const NONE: Option<Tensor<T>> = None;
            fn asked(self, asked: &mut Vec<Asked>) {
                let input: fn($handle) -> Tensor<T> = $input;
                asked.push(Asked { input: input(self).into(), dtype: T::DTYPE });
            }
            fn given(gradient: Tensor<T>, given: &mut Vec<Asked>) {
                given.push(Asked { input: gradient.into(), dtype: T::DTYPE });
            }
            fn gradients(found: &mut dyn Iterator<Item = Input>) -> Tensor<T> {
                tensor(next(found))
            }
            fn gradients_or_none(found: &mut dyn Iterator<Item = Option<Input>>) -> Option<Tensor<T>> {
                next(found).map(tensor)
            }
        }
    )* };
}
handles! {
    Tensor<T>, Tensor, |x| x;
    &Tensor<T>, TensorReference, |x| *x;
    Variable<T>, Variable, |x| x.0;
    &Variable<T>, VariableReference, |x| x.0;
}

const fn kind<X: Differentiable>() -> TensorKind {
    match X::PARTS {
        Parts::One(kind) => kind,
        _ => panic!("lists hold tensors and variables, no lists of them"),
    }
}

// SAFETY: `N` values of the kind of one lie one after the other, and so do `N` tensors.
#[diagnostic::do_not_recommend]
unsafe impl<X: Differentiable, const N: usize> Differentiable for [X; N]
where
    X::Gradients: Copy,
{
    type Gradients = [X::Gradients; N];
    type GradientsOrNone = [X::GradientsOrNone; N];
    const PARTS: Parts = Parts::Array(kind::<X>(), N, size_of::<X>());
    const NONE: Self::GradientsOrNone = [const { X::NONE }; N];
    fn asked(self, asked: &mut Vec<Asked>) {
        self.into_iter().for_each(|x| x.asked(asked));
    }
    fn given(gradients: Self::Gradients, given: &mut Vec<Asked>) {
        gradients.into_iter().for_each(|gradient| X::given(gradient, given));
    }
    fn gradients(found: &mut dyn Iterator<Item = Input>) -> Self::Gradients {
        std::array::from_fn(|_| X::gradients(found))
    }
    fn gradients_or_none(found: &mut dyn Iterator<Item = Option<Input>>) -> Self::GradientsOrNone {
        std::array::from_fn(|_| X::gradients_or_none(found))
    }
}

macro_rules! tuples {
    ($($($x:ident $i:tt),+;)*) => { $(
        // SAFETY: each part is where the compiler put it in both tuples, and of the kind that it says itself.
        #[diagnostic::do_not_recommend]
        unsafe impl<$($x: Differentiable),+> Differentiable for ($($x,)+) {
            type Gradients = ($($x::Gradients,)+);
            type GradientsOrNone = ($($x::GradientsOrNone,)+);
            const PARTS: Parts = Parts::Tuple(&[$(
                Part { from: offset_of!(Self, $i), kind: kind::<$x>(), to: offset_of!(Self::Gradients, $i) }
            ),+]);
            const NONE: Self::GradientsOrNone = ($($x::NONE,)+);
            fn asked(self, asked: &mut Vec<Asked>) {
                $(self.$i.asked(asked);)+
            }
            fn given(gradients: Self::Gradients, given: &mut Vec<Asked>) {
                $($x::given(gradients.$i, given);)+
            }
            fn gradients(found: &mut dyn Iterator<Item = Input>) -> Self::Gradients {
                ($($x::gradients(found),)+)
            }
            fn gradients_or_none(found: &mut dyn Iterator<Item = Option<Input>>) -> Self::GradientsOrNone {
                ($($x::gradients_or_none(found),)+)
            }
        }
    )* };
}
tuples! {
    A 0;
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
    A 0, B 1, C 2, D 3, E 4, F 5;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}

impl Parts {
    const fn count(&self) -> usize {
        match self {
            Parts::One(_) => 1,
            Parts::Array(_, count, _) => *count,
            Parts::Tuple(parts) => parts.len(),
        }
    }

    const fn part(&self, i: usize) -> Part {
        match self {
            Parts::One(kind) => Part { from: 0, kind: *kind, to: 0 },
            Parts::Array(kind, _, apart) => Part { from: i * *apart, kind: *kind, to: i * size_of::<Tensor<f32>>() },
            Parts::Tuple(parts) => parts[i],
        }
    }
}

/// The shape of part `i` at build time; a variable counts as used from here on.
const fn shape_of<X: Differentiable>(value: &X, i: usize, cx: Cx<'_>) -> Shape {
    let part = X::PARTS.part(i);
    // SAFETY: `PARTS` promises a value of this kind there.
    unsafe { cx.input_at(part.kind, (&raw const *value).byte_add(part.from) as *const ()) }
}

/// Whether a part follows from a mistake.
pub(super) const fn is_poisoned<X: Differentiable>(value: &X, cx: Cx<'_>) -> bool {
    let mut poisoned = false;
    let mut i = 0;
    while i < X::PARTS.count() {
        poisoned |= shape_of(value, i, cx).is_poison();
        i += 1;
    }
    poisoned
}

/// The gradients at build time: tensors of the shapes of `xs`, or what follows from a mistake.
pub(super) const fn shapes<X: Differentiable>(xs: &X, poisoned: bool, cx: Cx<'_>) -> X::Gradients {
    let mut gradients = MaybeUninit::<X::Gradients>::uninit();
    let mut i = 0;
    while i < X::PARTS.count() {
        let shape = if poisoned { Shape::POISON } else { shape_of(xs, i, cx) };
        // What a gradient depends on is not followed.
        let tensor: Tensor<f32> = Tensor::at_build_time(Shape { apart: 0, ..shape });
        // SAFETY: `PARTS` promises a tensor there, and handles have one layout for all element types.
        unsafe { gradients.as_mut_ptr().byte_add(X::PARTS.part(i).to).cast::<Tensor<f32>>().write(tensor) };
        i += 1;
    }
    // SAFETY: `PARTS` names every tensor that the gradients consist of.
    unsafe { gradients.assume_init() }
}

/// The first pair of a tensor and a slope that do not fit each other.
pub(super) const fn misfit<Y: Differentiable>(ys: &Y, slopes: &Y::Gradients, cx: Cx<'_>) -> Result<(), SpecError> {
    let mut i = 0;
    while i < Y::PARTS.count() {
        let part = Y::PARTS.part(i);
        // SAFETY: `PARTS` promises a tensor there, and handles have one layout for all element types.
        let slope = unsafe { *(&raw const *slopes).byte_add(part.to).cast::<Tensor<f32>>() };
        if let Err(error) = crate::ops::of_one_shape(slope.shape(), shape_of(ys, i, cx)) {
            return Err(error);
        }
        i += 1;
    }
    Ok(())
}
