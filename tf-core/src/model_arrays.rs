//! What a model can be run on, and write into: traits of our own, so that rustc says in our words what does not fit.

use ndarray::{ArrayView, ArrayViewMut, Dimension};

/// An array to run a model on: a view, or a reference to an array, of the declared element type and number of dimensions.
#[diagnostic::on_unimplemented(
    message = "an input of `{T}` is given `{Self}`",
    label = "expected a view or a reference of an array of `{T}` with the dimensions `{D}`",
    note = "numbers of another type are converted first: `&array.mapv(|v| v as {T})`",
    note = "an array is passed as `&array`; lists become arrays by `ndarray::arr1(&[..])`, `arr2`, `arr3`, a `Vec` by `Array::from_shape_vec`; all of the version of `ndarray` that the library is built with"
)]
pub trait ModelInput<'a, T: 'a, D: Dimension> {
    #[doc(hidden)]
    fn view(self) -> ArrayView<'a, T, D>;
}

#[diagnostic::do_not_recommend]
impl<'a, T: 'a, D: Dimension, A: Into<ArrayView<'a, T, D>>> ModelInput<'a, T, D> for A {
    fn view(self) -> ArrayView<'a, T, D> {
        self.into()
    }
}

/// An array that a model writes an output into: a mutable view or reference, of the declared element type and number of dimensions.
#[diagnostic::on_unimplemented(
    message = "an output of `{T}` is written into `{Self}`",
    label = "expected a mutable view or reference of an array of `{T}` with the dimensions `{D}`",
    note = "an array is passed as `&mut array`"
)]
pub trait ModelOutput<'a, T: 'a, D: Dimension> {
    #[doc(hidden)]
    fn view_mut(self) -> ArrayViewMut<'a, T, D>;
}

#[diagnostic::do_not_recommend]
impl<'a, T: 'a, D: Dimension, A: Into<ArrayViewMut<'a, T, D>>> ModelOutput<'a, T, D> for A {
    fn view_mut(self) -> ArrayViewMut<'a, T, D> {
        self.into()
    }
}
