//! A function of one tensor as a `Copy` value: what regularizers and constraints of the user's own are.

use crate::{
    dtype::{DType, Element},
    tensor::Tensor,
};
use core::fmt;

/// A function from a tensor to a tensor of the same element type, kept without that type.
#[derive(Clone, Copy)]
pub struct TensorFunction {
    dtype: DType,
    /// An `fn(Tensor<T>) -> Tensor<T>`, where `T` is the type of `dtype`.
    function: fn(),
}

impl TensorFunction {
    pub(crate) const fn new<T: Element>(function: fn(Tensor<T>) -> Tensor<T>) -> TensorFunction {
        // SAFETY: function pointers are of one size, and `call` turns it back before it calls it.
        let function = unsafe { core::mem::transmute::<fn(Tensor<T>) -> Tensor<T>, fn()>(function) };
        TensorFunction { dtype: T::DTYPE, function }
    }

    /// The element type that it is written for.
    pub const fn dtype(&self) -> DType {
        self.dtype
    }

    /// The function's result; `None` for a tensor of another element type than the function's.
    pub(crate) fn call<T: Element>(&self, x: Tensor<T>) -> Option<Tensor<T>> {
        if T::DTYPE != self.dtype {
            return None;
        }
        // SAFETY: each element type has a `DType` of its own, so `new` was given a function of this very type.
        let function = unsafe { core::mem::transmute::<fn(), fn(Tensor<T>) -> Tensor<T>>(self.function) };
        Some(function(x))
    }
}

impl fmt::Debug for TensorFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fn(Tensor<{}>)", self.dtype)
    }
}
