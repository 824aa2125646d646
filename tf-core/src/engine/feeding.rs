//! What a run is given: values, or arrays that are copied into memory of the run.

use super::buffers::Buffers;
use crate::{
    dims::Dims,
    dtype::{DType, Element},
    value::Value,
};
use ndarray::{ArrayView, Dimension};

/// The values of a run's feeds, in their order.
pub(crate) trait Given {
    /// How many there are.
    fn count(&self) -> usize;
    /// The element type and the sizes of one.
    fn spec(&self, index: usize) -> (DType, &[usize]);
    /// One as a value of the run.
    fn value(&self, index: usize, buffers: &mut Buffers) -> Value;
}

impl Given for [Value] {
    fn count(&self) -> usize {
        self.len()
    }
    fn spec(&self, index: usize) -> (DType, &[usize]) {
        (self[index].dtype(), self[index].shape())
    }
    fn value(&self, index: usize, _: &mut Buffers) -> Value {
        self[index].clone()
    }
}

/// An array of the user's.
#[doc(hidden)]
pub trait InputArray {
    #[doc(hidden)]
    fn dtype(&self) -> DType;
    #[doc(hidden)]
    fn sizes(&self) -> &[usize];
    #[doc(hidden)]
    fn copied(&self, memory: InputMemory<'_>) -> Value;
}

/// Where arrays are copied to.
#[doc(hidden)]
pub struct InputMemory<'b>(&'b mut Buffers);

impl<T: Element, D: Dimension> InputArray for ArrayView<'_, T, D> {
    fn dtype(&self) -> DType {
        T::DTYPE
    }
    fn sizes(&self) -> &[usize] {
        self.shape()
    }
    fn copied(&self, memory: InputMemory<'_>) -> Value {
        let mut copy = memory.0.take::<T>(self.len());
        match self.as_slice() {
            Some(elements) => copy.clone_from_slice(elements),
            None => copy.iter_mut().zip(self).for_each(|(to, from)| to.clone_from(from)),
        }
        Value::of(Dims::from(self.shape()), copy)
    }
}

impl Given for [&dyn InputArray] {
    fn count(&self) -> usize {
        self.len()
    }
    fn spec(&self, index: usize) -> (DType, &[usize]) {
        (self[index].dtype(), self[index].sizes())
    }
    fn value(&self, index: usize, buffers: &mut Buffers) -> Value {
        self[index].copied(InputMemory(buffers))
    }
}
