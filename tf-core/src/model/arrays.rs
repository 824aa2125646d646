//! The user's arrays as values, and values as arrays.

use crate::{
    dtype::Element,
    engine::{feeding::InputArray, workspace::Ran},
    error::{Error, Result, Status},
    value::{IntoValue, Value},
};
use ndarray::{Array, ArrayBase, ArrayD, ArrayView, ArrayViewMut, Dimension};

/// An array or view as the value of an input.
#[doc(hidden)]
pub fn value<T: Element, S: ndarray::Data<Elem = T>, D: Dimension>(array: &ArrayBase<S, D>) -> Value {
    IntoValue::<T>::into_value(array)
}

/// A view as what an input is copied from.
#[doc(hidden)]
pub fn given<'v, T: Element, D: Dimension>(view: &'v ArrayView<'_, T, D>) -> &'v dyn InputArray {
    view
}

/// The outputs of a run, in their order.
#[doc(hidden)]
pub struct OutputArrays(pub(super) Ran);

impl OutputArrays {
    /// The next output as an array of the declared rank.
    ///
    /// # Errors
    /// E-OUTPUT if the model returned another rank.
    #[doc(hidden)]
    pub fn array<T: Element, D: Dimension>(&mut self) -> Result<Array<T, D>> {
        ranked(self.0.array::<T>()?.expect(VALUE_FOR_EACH))
    }

    /// Writes the next output into an array of the caller's.
    ///
    /// # Errors
    /// E-RUN-INTO if the array has another shape.
    #[doc(hidden)]
    pub fn write_into<T: Element, D: Dimension>(&mut self, target: ArrayViewMut<'_, T, D>) -> Result<()> {
        write_into(self.0.look().expect(VALUE_FOR_EACH), target)
    }
}

const VALUE_FOR_EACH: &str = "a run yields one value for each output";

/// An array as the value of an input, taken over.
#[doc(hidden)]
pub fn owned<T: Element, D: Dimension>(array: Array<T, D>) -> Value {
    IntoValue::<T>::into_value(array)
}

/// An output as an array of the declared rank.
///
/// # Errors
/// E-OUTPUT if the model returned another rank.
#[doc(hidden)]
pub fn array<T: Element, D: Dimension>(value: Value) -> Result<Array<T, D>> {
    ranked(value.into_array::<T>()?)
}

fn ranked<T: Element, D: Dimension>(array: ArrayD<T>) -> Result<Array<T, D>> {
    let found = array.ndim();
    array.into_dimensionality::<D>().map_err(|_| {
        let declared = D::NDIM.map_or_else(|| "any number of".to_owned(), |rank| rank.to_string());
        Error::new(
            Status::InvalidArgument,
            "E-OUTPUT",
            format!("an output is declared with {declared} dimensions, and comes out with {found}\n  help: declare `[..]` where the rank is not known"),
        )
    })
}

/// Writes an output into an array of the caller's.
///
/// # Errors
/// E-RUN-INTO if the array has another shape.
fn write_into<T: Element, D: Dimension>(value: &Value, mut target: ArrayViewMut<'_, T, D>) -> Result<()> {
    let Some(source) = value.view::<T>() else {
        return Err(Error::new(
            Status::InvalidArgument,
            "E-VALUE-DTYPE",
            format!(
                "an output of {} is written into an array of {}\n  help: pass an array of its type",
                value.dtype(),
                T::DTYPE
            ),
        ));
    };
    if source.shape() != target.shape() {
        return Err(Error::new(
            Status::InvalidArgument,
            "E-RUN-INTO",
            format!(
                "an output of shape {:?} is written into an array of shape {:?}\n  help: pass an array of the output's shape",
                source.shape(),
                target.shape()
            ),
        ));
    }
    match (target.as_slice_mut(), source.as_slice()) {
        (Some(to), Some(from)) => to.clone_from_slice(from),
        _ => target.iter_mut().zip(source.iter()).for_each(|(to, from)| to.clone_from(from)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_of_another_rank_than_declared() {
        let error = array::<f32, ndarray::Ix2>(Value::new(vec![3], vec![0.0f32; 3])).unwrap_err();
        assert_eq!(error.mistake(), "an output is declared with 2 dimensions, and comes out with 1");
    }
}
