//! Memory that the steps of a plan use one after the other, and the next run again: in the steady state a run allocates nothing of size
//! but the arrays that it hands out.

use crate::{
    dtype::{DType, Element},
    value::{Data, Storable, Value},
};
use std::sync::Arc;
use tf_kernels::memory::zeros;

/// Elements from which memory is worth keeping.
const WORTH: usize = 256;

/// The most pieces that are kept.
const MOST: usize = 64;

/// Memory that no value lies in any more: of `f32`, the type that has the large ones.
#[derive(Default)]
pub(crate) struct Buffers(Vec<Vec<f32>>);

impl Buffers {
    /// Memory for so many elements, of unspecified values.
    pub(super) fn take<T: Element>(&mut self, len: usize) -> Vec<T> {
        if T::DTYPE != DType::F32 || len < WORTH {
            return vec![T::default(); len];
        }
        retyped(self.find(len).unwrap_or_else(|| zeros(len)))
    }

    fn find(&mut self, len: usize) -> Option<Vec<f32>> {
        let fits = |buffer: &Vec<f32>| buffer.len() >= len && buffer.len() / 2 <= len;
        let fitting = self.0.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (index, _) = fitting.min_by_key(|(_, buffer)| buffer.len())?;
        let mut buffer = self.0.swap_remove(index);
        buffer.truncate(len);
        // What a kernel leaves as it was shows in tests.
        #[cfg(debug_assertions)]
        buffer.fill(f32::NAN);
        Some(buffer)
    }

    /// Takes back the memory of values that nobody else holds.
    pub(super) fn give(&mut self, values: impl IntoIterator<Item = Value>) {
        for value in values {
            if value.len() >= WORTH
                && self.0.len() < MOST
                && let Data::F32(elements) = value.into_data()
                && let Ok(buffer) = Arc::try_unwrap(elements)
            {
                self.0.push(buffer);
            }
        }
    }
}

/// The memory as that of `T`, which is `f32`.
fn retyped<T: Element>(buffer: Vec<f32>) -> Vec<T> {
    let mut data = <f32 as Storable>::wrap(Arc::new(buffer));
    let elements = T::elements_mut(&mut data).and_then(Arc::get_mut);
    std::mem::take(elements.expect("the only holder, of the same type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_once_nobody_holds_it() {
        let mut buffers = Buffers::default();
        let value = Value::new(vec![300], vec![1.0f32; 300]);
        let bytes = |buffers: &Buffers| buffers.0.iter().map(|buffer| buffer.len() * size_of::<f32>()).sum::<usize>();
        let held = value.clone();
        let at = value.as_slice::<f32>().unwrap().as_ptr();
        buffers.give([value]);
        assert_eq!(bytes(&buffers), 0, "somebody holds it");
        buffers.give([held]);
        assert_eq!(bytes(&buffers), 1200);
        // Too large for it, too small to take it, of another type; then one that fits.
        assert_eq!(buffers.take::<f32>(400).len(), 400);
        let small = buffers.take::<f32>(100);
        assert_ne!(small.as_ptr(), at);
        let again = buffers.take::<f32>(260);
        assert_eq!((again.len(), again.as_ptr()), (260, at));
        assert_eq!(bytes(&buffers), 0);
    }
}
