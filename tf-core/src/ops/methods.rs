//! Methods of tensors and variables: short forms of functions, and sizes. A layer's check follows the same names in
//! [`evaluate::METHODS`](crate::evaluate::METHODS).

use super::nn;
use crate::{
    dtype::{Element, Float, Number},
    graph::with_current,
    mistake::Mistake,
    shape::{ANY, Shape},
    tensor::{AsTensor, ShapeArgument, Tensor, Variable},
};
use std::panic::Location;

#[track_caller]
fn record(mistake: &Mistake<'_>) {
    let at = Location::caller();
    // With no graph at hand there is nothing to record in: the handle itself carries that mistake already.
    let _ = with_current("dim", |state| state.record(mistake, at));
}

#[track_caller]
pub(super) fn dim(shape: &Shape, axis: usize) -> usize {
    if shape.is_poison() {
        return 1;
    }
    if let Some(size) = shape.size(axis) {
        return size;
    }
    record(&if shape.has_rank() && axis >= shape.rank() {
        Mistake::NoSuchDim { shape: *shape, axis }
    } else {
        Mistake::UnknownDim { shape: *shape, axis }
    });
    1
}

#[track_caller]
fn dims<const N: usize>(shape: &Shape) -> [usize; N] {
    if shape.is_poison() {
        return [1; N];
    }
    if !shape.has_rank() || shape.rank() != N {
        record(&Mistake::DimCount { shape: *shape, wanted: N });
        return [1; N];
    }
    std::array::from_fn(|axis| shape.size(axis).unwrap_or(ANY))
}

macro_rules! methods {
    ($($handle:ident)*) => { $(
        impl<T: Element> $handle<T> {
            /// The size of dimension `axis`, which must be known when the graph is built; otherwise that is a mistake, and 1.
            ///
            /// TensorFlow: `x.shape[axis]`.
            #[track_caller]
            pub fn dim(&self, axis: usize) -> usize {
                dim(&self.shape(), axis)
            }

            /// The sizes of all dimensions, to be taken apart: `let [_, height, width, depth] = x.dims();`. One that is not known
            /// is [`ANY`], and must not be computed with: a checked layer is refused by rustc, and in a `dynamic` one, which computes
            /// with plain numbers, the sum overflows. There [`dim`](Self::dim) asks for one size and records that it is not known.
            ///
            /// TensorFlow: `x.shape.as_list()`.
            #[track_caller]
            pub fn dims<const N: usize>(&self) -> [usize; N] {
                dims(&self.shape())
            }

            /// [`reshape(x, shape)`](fn@crate::reshape).
            #[track_caller]
            pub fn reshape<S: ShapeArgument>(self, shape: S) -> Tensor<T> {
                super::reshape(AsTensor::<T>::as_tensor(self), shape)
            }

            /// [`transpose(x, order)`](fn@crate::transpose).
            #[track_caller]
            pub fn transpose<const N: usize>(self, order: [usize; N]) -> Tensor<T> {
                super::transpose(AsTensor::<T>::as_tensor(self), order)
            }

            /// [`cast::<U, _>(x)`](fn@crate::cast).
            #[track_caller]
            pub fn cast<U: Element>(self) -> Tensor<U> {
                super::cast::<U, T>(AsTensor::<T>::as_tensor(self))
            }
        }

        impl<T: Number> $handle<T> {
            /// [`nn::relu(x)`](fn@crate::nn::relu).
            #[track_caller]
            pub fn relu(self) -> Tensor<T> {
                nn::relu(AsTensor::<T>::as_tensor(self))
            }

            /// [`abs(x)`](fn@crate::abs).
            #[track_caller]
            pub fn abs(self) -> Tensor<T> {
                super::abs(AsTensor::<T>::as_tensor(self))
            }
        }

        impl<T: Float> $handle<T> {
            /// [`sqrt(x)`](fn@crate::sqrt).
            #[track_caller]
            pub fn sqrt(self) -> Tensor<T> {
                super::sqrt(AsTensor::<T>::as_tensor(self))
            }
        }
    )* };
}
methods!(Tensor Variable);
