//! Types that are there only where a function's body has the right ones.
//!
//! The shadow of a layer names what it calls through [`Of`], with a number that is a constant of the layer's own function. Where rustc found fault
//! with that function the number has no value and `Of` is no type, and rustc says nothing of what follows: one mistake is one error.

/// Stands for a body. `N` is 0, or an error that rustc has told already.
#[derive(Debug)]
pub struct Typed<const N: usize>;

/// What `T` is for such a body.
pub trait In<T> {
    /// `T` itself.
    type Type;
}

impl<T> In<T> for Typed<0> {
    type Type = T;
}

/// `T`, where the body is right.
pub type Of<T, Body> = <Body as In<T>>::Type;
