//! Cutting and joining values along an axis.

use crate::{
    dtype::Element,
    value::{Data, Value},
};

macro_rules! by_type {
    ($value:expr, $elements:ident => $body:expr) => {
        by_type!(@of $value, $elements => $body; F16 BF16 F32 F64 I8 I16 I32 I64 U8 U16 U32 U64 Bool String)
    };
    (@of $value:expr, $elements:ident => $body:expr; $($variant:ident)*) => {
        match $value.data() {
            $(Data::$variant($elements) => $body,)*
        }
    };
}

/// The elements before, along and after an axis: of one block, and how many of them there are.
fn blocks(shape: &[usize], axis: usize) -> (usize, usize) {
    (shape[..axis].iter().product(), shape[axis + 1..].iter().product())
}

/// What lies from `offset` up to, but without, `end` along an axis.
pub(crate) fn cut(value: &Value, axis: usize, offset: usize, end: usize) -> Value {
    fn of<T: Element>(shape: &[usize], elements: &[T], axis: usize, offset: usize, end: usize) -> Value {
        let (outer, inner) = blocks(shape, axis);
        let row = shape[axis] * inner;
        let mut taken = Vec::with_capacity(outer * (end - offset) * inner);
        for block in 0..outer {
            taken.extend_from_slice(&elements[block * row + offset * inner..block * row + end * inner]);
        }
        let mut shape = shape.to_vec();
        shape[axis] = end - offset;
        Value::new(shape, taken)
    }
    by_type!(value, elements => of(value.shape(), elements, axis, offset, end))
}

/// Values of one element type, one after the other along an axis; `None` if they do not fit each other.
pub(crate) fn joined(values: &[Value], axis: usize) -> Option<Value> {
    fn of<T: Element>(values: &[Value], axis: usize, shape: Vec<usize>) -> Option<Value> {
        let (outer, inner) = blocks(&shape, axis);
        let mut all = Vec::with_capacity(shape.iter().product());
        for block in 0..outer {
            for value in values {
                let row = value.shape()[axis] * inner;
                all.extend_from_slice(&value.as_slice::<T>()?[block * row..(block + 1) * row]);
            }
        }
        Some(Value::new(shape, all))
    }
    let first = values.first()?;
    let mut shape = first.shape().to_vec();
    shape[axis] = 0;
    for value in values {
        let fits = value.shape().len() == shape.len()
            && value.shape().iter().zip(&shape).enumerate().all(|(i, (a, b))| i == axis || a == b);
        if !fits {
            return None;
        }
        shape[axis] += value.shape()[axis];
    }
    fn typed<T: Element>(_: &[T], values: &[Value], axis: usize, shape: Vec<usize>) -> Option<Value> {
        of::<T>(values, axis, shape)
    }
    by_type!(first, elements => typed(elements, values, axis, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_joined_again_along_every_axis() {
        let whole = Value::new(vec![2, 3, 4], (0..24).collect::<Vec<i32>>());
        for axis in 0..3 {
            let length = whole.shape()[axis];
            let parts = [cut(&whole, axis, 0, 1), cut(&whole, axis, 1, length)];
            let again = joined(&parts, axis).unwrap();
            assert_eq!((again.shape(), again.as_slice::<i32>()), (whole.shape(), whole.as_slice::<i32>()));
        }
        assert_eq!(cut(&whole, 1, 1, 2).as_slice::<i32>(), Some(&[4, 5, 6, 7, 16, 17, 18, 19][..]));
        assert!(joined(&[cut(&whole, 0, 0, 1), whole.clone()], 1).is_none());
    }
}
