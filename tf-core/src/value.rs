//! Values: what tensors are when a graph runs. Row-major, shared by reference count, copied only when written while shared.

use crate::{
    dims::Dims,
    dtype::{DType, Element},
    engine::buffers::Memory,
    error::{Error, Status},
};
use half::{bf16, f16};
use ndarray::{ArrayBase, ArrayD, ArrayViewD, Dimension, IxDyn};
use std::sync::Arc;

/// The elements of a value.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Data {
    F16(Arc<Vec<f16>>),
    BF16(Arc<Vec<bf16>>),
    F32(Arc<Vec<f32>>),
    F64(Arc<Vec<f64>>),
    I8(Arc<Vec<i8>>),
    I16(Arc<Vec<i16>>),
    I32(Arc<Vec<i32>>),
    I64(Arc<Vec<i64>>),
    U8(Arc<Vec<u8>>),
    U16(Arc<Vec<u16>>),
    U32(Arc<Vec<u32>>),
    U64(Arc<Vec<u64>>),
    Bool(Arc<Vec<bool>>),
    String(Arc<Vec<String>>),
}

/// How the elements of a type lie in [`Data`].
#[doc(hidden)]
pub trait Storable: Sized {
    fn wrap(elements: Arc<Vec<Self>>) -> Data;
    fn elements(data: &Data) -> Option<&Arc<Vec<Self>>>;
    fn elements_mut(data: &mut Data) -> Option<&mut Arc<Vec<Self>>>;
    fn into_elements(data: Data) -> Option<Arc<Vec<Self>>>;
}

macro_rules! storable {
    ($($t:ty = $v:ident),*) => {
        $(
            impl Storable for $t {
                fn wrap(elements: Arc<Vec<Self>>) -> Data { Data::$v(elements) }
                fn elements(data: &Data) -> Option<&Arc<Vec<Self>>> {
                    match data { Data::$v(v) => Some(v), _ => None }
                }
                fn elements_mut(data: &mut Data) -> Option<&mut Arc<Vec<Self>>> {
                    match data { Data::$v(v) => Some(v), _ => None }
                }
                fn into_elements(data: Data) -> Option<Arc<Vec<Self>>> {
                    match data { Data::$v(v) => Some(v), _ => None }
                }
            }
        )*
        impl Data {
            /// The element type.
            pub fn dtype(&self) -> DType {
                match self { $(Data::$v(_) => DType::$v,)* }
            }
            /// The number of elements.
            pub fn len(&self) -> usize {
                match self { $(Data::$v(v) => v.len(),)* }
            }
            /// As many elements have room in its memory.
            pub(crate) fn capacity(&self) -> usize {
                match self { $(Data::$v(v) => v.capacity(),)* }
            }
            /// Where it is, as a number: no two that are there have the same.
            pub(crate) fn address(&self) -> usize {
                match self { $(Data::$v(v) => Arc::as_ptr(v).addr(),)* }
            }
            /// The data, if nobody else holds it; from then on nobody knows it by a weak reference either.
            pub(crate) fn reclaimed(self) -> Option<Data> {
                match self {
                    $(Data::$v(mut v) => match Arc::get_mut(&mut v) {
                        Some(_) => Some(Data::$v(v)),
                        None => Arc::try_unwrap(v).ok().map(|elements| Data::$v(Arc::new(elements))),
                    })*
                }
            }
        }
    };
}
storable!(
    f16 = F16,
    bf16 = BF16,
    f32 = F32,
    f64 = F64,
    i8 = I8,
    i16 = I16,
    i32 = I32,
    i64 = I64,
    u8 = U8,
    u16 = U16,
    u32 = U32,
    u64 = U64,
    bool = Bool,
    String = String
);

impl Data {
    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A value of any element type and shape.
#[derive(Clone)]
pub struct Value {
    shape: Dims,
    data: Data,
}

impl Value {
    /// Whether no element is NaN or an infinity; what is no float has none.
    pub(crate) fn is_finite(&self) -> bool {
        match self.data() {
            Data::F16(v) => v.iter().all(|x| x.is_finite()),
            Data::BF16(v) => v.iter().all(|x| x.is_finite()),
            Data::F32(v) => v.iter().all(|x| x.is_finite()),
            Data::F64(v) => v.iter().all(|x| x.is_finite()),
            _ => true,
        }
    }

    /// A value of this shape with these elements in row-major order; there are as many as the shape says.
    pub(crate) fn new<T: Element>(shape: impl Into<Dims>, elements: Vec<T>) -> Value {
        Value::in_memory(shape.into(), Arc::new(elements))
    }

    /// A value of this shape, whose elements are in memory of a run.
    pub(crate) fn of<T: Element>(shape: impl Into<Dims>, memory: Memory<T>) -> Value {
        Value::in_memory(shape.into(), memory.into_shared())
    }

    fn in_memory<T: Element>(shape: Dims, elements: Arc<Vec<T>>) -> Value {
        debug_assert_eq!(
            shape.iter().product::<usize>(),
            elements.len(),
            "a value has as many elements as its shape says"
        );
        Value { shape, data: T::wrap(elements) }
    }

    /// The same elements in another shape of as many elements.
    pub(crate) fn with_shape(self, shape: impl Into<Dims>) -> Value {
        let shape = shape.into();
        debug_assert_eq!(shape.iter().product::<usize>(), self.data.len(), "reshaping keeps the number of elements");
        Value { shape, data: self.data }
    }

    /// A value of no dimensions.
    pub fn scalar<T: Element>(element: T) -> Value {
        Value::new(Dims::SCALAR, vec![element])
    }

    /// The dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The dimensions, to be those of another value.
    pub(crate) fn dims(&self) -> &Dims {
        &self.shape
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.data.dtype()
    }

    /// The elements, by type.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The elements alone.
    pub(crate) fn into_data(self) -> Data {
        self.data
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The elements in row-major order; `None` if they are of another type.
    pub fn as_slice<T: Element>(&self) -> Option<&[T]> {
        T::elements(&self.data).map(|v| v.as_slice())
    }

    /// The elements, to be changed; copied first if others hold the value too. `None` if they are of another type.
    pub(crate) fn as_mut_slice<T: Element>(&mut self) -> Option<&mut [T]> {
        T::elements_mut(&mut self.data).map(|v| Arc::make_mut(v).as_mut_slice())
    }

    /// The elements as `f64`, row by row, truth values as 0 and 1; `None` for texts.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        if self.dtype() == DType::String {
            return None;
        }
        crate::engine::cast::cast(self, DType::F64).as_slice::<f64>().map(<[f64]>::to_vec)
    }

    /// A view as an array; `None` if the elements are of another type.
    pub fn view<T: Element>(&self) -> Option<ArrayViewD<'_, T>> {
        ArrayViewD::from_shape(IxDyn(&self.shape), self.as_slice::<T>()?).ok()
    }

    /// The value as an array of its own, without a copy where nobody else holds it.
    ///
    /// # Errors
    /// E-VALUE-DTYPE if the elements are of another type.
    pub fn into_array<T: Element>(self) -> Result<ArrayD<T>, Error> {
        let shape = self.shape.clone();
        let elements = self.into_elements::<T>()?;
        Ok(array(&shape, Arc::try_unwrap(elements).unwrap_or_else(|shared| shared.to_vec())))
    }

    /// The value as an array of its own, and what its elements were in if nobody else held them.
    ///
    /// # Errors
    /// E-VALUE-DTYPE if the elements are of another type.
    pub(crate) fn into_array_and_rest<T: Element>(self) -> Result<(ArrayD<T>, Option<Emptied<T>>), Error> {
        let shape = self.shape.clone();
        let mut elements = self.into_elements::<T>()?;
        Ok(match Arc::get_mut(&mut elements) {
            Some(alone) => (array(&shape, std::mem::take(alone)), Some(elements)),
            None => (array(&shape, elements.to_vec()), None),
        })
    }

    fn into_elements<T: Element>(self) -> Result<Arc<Vec<T>>, Error> {
        let found = self.dtype();
        T::into_elements(self.data).ok_or_else(|| {
            Error::new(
                Status::InvalidArgument,
                "E-VALUE-DTYPE",
                format!("a value of {found} is read as {}\n  help: read it as {found}", T::DTYPE),
            )
        })
    }
}

/// What elements were in that are an array now.
pub(crate) type Emptied<T> = Arc<Vec<T>>;

/// The array of a value's elements.
fn array<T: Element>(shape: &[usize], elements: Vec<T>) -> ArrayD<T> {
    ArrayD::from_shape_vec(IxDyn(shape), elements).expect("a value has as many elements as its shape says")
}

impl std::fmt::Debug for Value {
    /// The elements as ndarray shows them: of many only the first and last.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        macro_rules! show {
            ($($v:ident),*) => {
                match &self.data {
                    $(Data::$v(elements) => match ArrayViewD::from_shape(IxDyn(&self.shape), elements) {
                        Ok(view) => std::fmt::Debug::fmt(&view, f),
                        Err(_) => Err(std::fmt::Error),
                    },)*
                }
            };
        }
        show!(F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool, String)
    }
}

/// What becomes a value of `T`: arrays and views of any rank, scalars, vectors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of `{T}`",
    label = "expected an ndarray array or view of `{T}`, a `Vec`, or a scalar",
    note = "numbers of another type are converted first: `array.mapv(|v| v as {T})`"
)]
pub trait IntoValue<T: Element> {
    /// The value.
    fn into_value(self) -> Value;
}

impl<T: Element, S: ndarray::Data<Elem = T>, D: Dimension> IntoValue<T> for &ArrayBase<S, D> {
    fn into_value(self) -> Value {
        let elements = match self.as_slice() {
            Some(slice) => slice.to_vec(),
            None => self.iter().cloned().collect(),
        };
        Value::new(self.shape(), elements)
    }
}

impl<T: Element, D: Dimension> IntoValue<T> for ndarray::Array<T, D> {
    fn into_value(self) -> Value {
        let shape = self.shape().to_vec();
        if self.is_standard_layout() && self.len() == shape.iter().product::<usize>() {
            let (elements, offset) = self.into_raw_vec_and_offset();
            if offset.unwrap_or(0) == 0 && elements.len() == shape.iter().product::<usize>() {
                return Value::new(shape, elements);
            }
            let from = offset.unwrap_or(0);
            let len = shape.iter().product::<usize>();
            return Value::new(shape, elements.into_iter().skip(from).take(len).collect());
        }
        (&self).into_value()
    }
}

impl<T: Element> IntoValue<T> for Vec<T> {
    fn into_value(self) -> Value {
        Value::new(vec![self.len()], self)
    }
}

impl<T: Element> IntoValue<T> for T {
    fn into_value(self) -> Value {
        Value::scalar(self)
    }
}

impl<T: Element> IntoValue<T> for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl<T: Element> IntoValue<T> for &Value {
    fn into_value(self) -> Value {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn arrays_go_in_and_come_out_unchanged_also_when_transposed() {
        let a = array![[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let value: Value = (&a.t()).into_value();
        assert_eq!(value.shape(), [3, 2]);
        assert_eq!(value.as_slice::<f32>().unwrap(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(value.into_array::<f32>().unwrap(), a.t().into_dyn());
        let owned: Value = IntoValue::<f32>::into_value(a.clone().reversed_axes());
        assert_eq!(owned.as_slice::<f32>().unwrap(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let sliced: Value = IntoValue::<f32>::into_value(a.slice_move(ndarray::s![1.., ..]));
        assert_eq!(sliced.as_slice::<f32>().unwrap(), [4.0, 5.0, 6.0]);
    }

    #[test]
    fn a_value_read_as_another_type_is_an_error() {
        assert_eq!(Value::scalar(1i32).into_array::<f32>().unwrap_err().code(), "E-VALUE-DTYPE");
    }
}
