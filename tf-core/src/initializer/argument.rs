//! What initializes a variable: an initializer, or a tensor, a variable, a function, a distribution in its place.

use super::Initializer;
use crate::{
    dtype::Element,
    initial_function::{DistributionInitializer, FunctionInitializer, InitialResult, PartitionInitializer, Start},
    partitioning::PartitionInfo,
    tensor::Tensor,
};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Initializer {}
    impl Sealed for Option<super::Initializer> {}
    impl<T> Sealed for crate::tensor::Tensor<T> {}
    impl<T> Sealed for crate::tensor::Variable<T> {}
    impl Sealed for super::NoInitializer {}
    impl<F> Sealed for super::FunctionInitializer<F> {}
    impl<F> Sealed for super::PartitionInitializer<F> {}
    impl<D, T> Sealed for super::DistributionInitializer<D, T> {}
}

/// Stands for an initializer that was not given.
#[derive(Clone, Copy, Debug)]
pub struct NoInitializer;

/// What can initialize some variable: an [`Initializer`] (or `None`, which says nothing), a tensor or a variable.
///
/// Asked for before the variable's type is known, so that what is none of them is refused once, where it stands.
///
/// # Safety
/// `Given` is `Self`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no initializer",
    label = "expected an initializer such as `zeros_initializer()` or `constant_initializer(0.5)`, or a tensor"
)]
pub unsafe trait IntoInitializer: Copy + sealed::Sealed {
    /// The type itself: a projection, so that rustc looks no further where there is none.
    #[doc(hidden)]
    type Given: Copy;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl IntoInitializer for Initializer {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl IntoInitializer for Option<Initializer> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<T> IntoInitializer for Tensor<T> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<T> IntoInitializer for crate::tensor::Variable<T> {
    type Given = Self;
}

// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<F: Copy> IntoInitializer for FunctionInitializer<F> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<F: Copy> IntoInitializer for PartitionInitializer<F> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<D: Copy, T: Copy> IntoInitializer for DistributionInitializer<D, T> {
    type Given = Self;
}

/// What can initialize a variable of `T`: an [`Initializer`], a tensor or variable of `T`, or a function that yields such values.
///
/// # Safety
/// `KIND` must say what `Self` is: both worlds read the value by it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot initialize a variable of `{T}`",
    label = "expected an initializer such as `zeros_initializer()`, or a tensor of `{T}`"
)]
pub unsafe trait InitializerFor<T: Element>: Copy + sealed::Sealed {
    #[doc(hidden)]
    const KIND: InitializerKind;
    /// What the graph makes of it; const evaluation does not ask.
    #[doc(hidden)]
    fn start(self) -> Start {
        Start::Described
    }
}

/// What stands for an initializer.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InitializerKind {
    Nothing,
    Initializer,
    /// An initializer, or none: an option of a layer that may be left out.
    Optional,
    /// A tensor, or a variable, which wraps one.
    Tensor,
    /// A function or a distribution, of which const evaluation reads nothing.
    Function,
}

// SAFETY: it is `Initializer`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for Initializer {
    const KIND: InitializerKind = InitializerKind::Initializer;
}
// SAFETY: it is `Option<Initializer>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for Option<Initializer> {
    const KIND: InitializerKind = InitializerKind::Optional;
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for NoInitializer {
    const KIND: InitializerKind = InitializerKind::Nothing;
}
// SAFETY: it is `Tensor<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for Tensor<T> {
    const KIND: InitializerKind = InitializerKind::Tensor;
}
// SAFETY: `Variable<T>` is a transparent wrapper of `Tensor<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for crate::tensor::Variable<T> {
    const KIND: InitializerKind = InitializerKind::Tensor;
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, F, R> InitializerFor<T> for FunctionInitializer<F>
where
    F: Fn(&[usize]) -> R + Copy + Send + Sync + 'static,
    R: InitialResult<T>,
{
    const KIND: InitializerKind = InitializerKind::Function;
    fn start(self) -> Start {
        Start::of_function::<T, _, R>(move |info: &PartitionInfo| (self.0)(&info.shape))
    }
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, F, R> InitializerFor<T> for PartitionInitializer<F>
where
    F: Fn(&PartitionInfo) -> R + Copy + Send + Sync + 'static,
    R: InitialResult<T>,
{
    const KIND: InitializerKind = InitializerKind::Function;
    fn start(self) -> Start {
        Start::of_function::<T, F, R>(self.0)
    }
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element + Copy, D> InitializerFor<T> for DistributionInitializer<D, T>
where
    D: rand::distr::Distribution<T> + Copy + Send + Sync + 'static,
{
    const KIND: InitializerKind = InitializerKind::Function;
    fn start(self) -> Start {
        Start::of_distribution(self)
    }
}
