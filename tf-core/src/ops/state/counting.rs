//! A variable that counts (U15).

use super::change;
use crate::{
    check::Cx,
    dtype::{DType, Element, Index},
    engine::{cast::cast, run::Run},
    error::{Error, Result, Status},
    ops::{per_element, rules},
    shape::Shape,
    spec::SpecError,
    tensor::{Tensor, Variable},
    value::Value,
};

/// An integer type that variables count in: `i32`, `i64`.
#[diagnostic::on_unimplemented(
    message = "a variable of `{Self}` does not count",
    label = "`count_up_to` needs a variable of i32 or i64",
    note = "other numbers go up by `variable.assign_add(1.0)`"
)]
pub trait Counter: Index {}
impl Counter for i32 {}
impl Counter for i64 {}

/// The value of a scalar variable, which then goes up by one; an error once it is at `limit`. Each number is handed out once, to
/// however many threads.
///
/// The error's status is [`OutOfRange`](Status::OutOfRange). TensorFlow: `tf.count_up_to`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, Status, VariableOptions, count_up_to, get_variable};
/// let graph = Graph::new();
/// let next = graph.build(|| count_up_to(get_variable::<i64, _, _>("step", [], VariableOptions::new()), 2))?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// assert_eq!((session.run(next)?[[]], session.run(next)?[[]]), (0, 1));
/// assert_eq!(session.run(next).unwrap_err().status(), Status::OutOfRange);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn count_up_to<T: Counter>(variable: Variable<T>, limit: T) -> Tensor<T> {
    let wide = cast(&Value::scalar(limit), DType::I64);
    let limit = wide.as_slice::<i64>().expect("a value cast to i64 is of i64")[0];
    change("CountUpTo", variable, &[], |variable| CountUpTo { variable, limit }.into(), CountUpTo::check)
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct count_up_to<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> count_up_to<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Counter>(self, variable: Variable<T>, _: T) -> Tensor<T> {
        let shapes = &[self.cx.input::<T, Variable<T>>(variable)];
        let shape = self.cx.settle(shapes, CountUpTo::check(shapes));
        self.cx.count(per_element(&shape));
        Tensor::at_build_time(shape)
    }
}

impl<T: Element> Variable<T> {
    /// [`count_up_to(variable, limit)`](fn@crate::count_up_to).
    #[track_caller]
    pub fn count_up_to(self, limit: T) -> Tensor<T>
    where
        T: Counter,
    {
        count_up_to(self, limit)
    }
}

/// Hands out a variable's value and counts on.
#[derive(Clone, Copy, Debug)]
pub struct CountUpTo {
    pub(crate) variable: u32,
    limit: i64,
}

impl CountUpTo {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "ResourceCountUpTo"
    }

    const fn check(shapes: &[Shape]) -> Result<Shape, SpecError> {
        match rules::need_rank("count_up_to", 0, &shapes[0], 0) {
            Ok(()) => Ok(Shape::SCALAR),
            Err(error) => Err(error),
        }
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let mut handed_out = None;
        super::changed(run, self.variable, CountUpTo::check, |value, spec| {
            let wide = cast(value, DType::I64);
            let now = wide.as_slice::<i64>().expect("a value cast to i64 is of i64")[0];
            if now >= self.limit {
                return Err(Error::new(
                    Status::OutOfRange,
                    "E-COUNT-LIMIT",
                    format!(
                        "variable `{}` has reached its limit of {}\n  help: end the loop where the error's status is `OutOfRange`, or assign a lower value",
                        run.variable_name(self.variable),
                        self.limit
                    ),
                )
                .of_variable(run.variable_name(self.variable)));
            }
            handed_out = Some(std::mem::replace(value, cast(&Value::scalar(now + 1), spec.dtype)));
            Ok(())
        })?;
        Ok(handed_out.expect("a change that succeeded has handed out what was there"))
    }
}
