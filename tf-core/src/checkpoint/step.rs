//! The number of training steps in the name of a checkpoint.

use crate::{
    dtype::DType,
    engine::cast,
    error::{Error, Result, Status},
    session::{Fetch, Session},
    tensor::{Tensor, Variable},
    value::{IntoValue, Value},
};

/// What tells the step that a checkpoint is of: a number, an integer variable or tensor of one element, or the name of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no global step",
    label = "expected an integer, a variable or tensor of i32 or i64, or the name of one"
)]
pub trait GlobalStep {
    /// The step now.
    ///
    /// # Errors
    /// What a run of the tensor refuses; E-GLOBAL-STEP if it is no whole number from 0 on.
    fn step(self, session: &Session) -> Result<u64>;
}

macro_rules! numbers {
    ($($t:ty),*) => { $(
        impl GlobalStep for $t {
            fn step(self, _: &Session) -> Result<u64> {
                u64::try_from(self).map_err(|_| refused(&self.to_string()))
            }
        }
    )* };
}
numbers!(i32, i64, u32, u64, usize);

macro_rules! tensors {
    ($($kind:ident<$t:ty>),*) => { $(
        impl GlobalStep for $kind<$t> {
            fn step(self, session: &Session) -> Result<u64> {
                run::<$t, _>(session, self)
            }
        }
    )* };
}
tensors!(Variable<i32>, Variable<i64>, Tensor<i32>, Tensor<i64>);

/// The name of a tensor, such as `global_step`.
impl GlobalStep for &str {
    fn step(self, session: &Session) -> Result<u64> {
        number(&session.run(self)?)
    }
}

fn run<T: crate::Element, F: Fetch<Output = ndarray::ArrayD<T>>>(session: &Session, tensor: F) -> Result<u64> {
    number(&IntoValue::<T>::into_value(session.run(tensor)?))
}

fn number(value: &Value) -> Result<u64> {
    if !value.dtype().is_integer() || value.len() != 1 {
        return Err(refused(&format!("{}{:?}", value.dtype(), value.shape())));
    }
    let wide = cast::cast(value, DType::I64);
    let step = wide.as_slice::<i64>().and_then(|elements| elements.first().copied());
    let step = step.expect("one element was cast to i64");
    u64::try_from(step).map_err(|_| refused(&step.to_string()))
}

fn refused(found: &str) -> Error {
    Error::new(
        Status::InvalidArgument,
        "E-GLOBAL-STEP",
        format!(
            "the global step of a checkpoint is {found}\n  help: give it one whole number from 0 on, which becomes a part of the file's name"
        ),
    )
}
