//! Variables as ops.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | how an op on a variable becomes a node, and its build-time half |
//! | [`reading`] | the handle, reads |
//! | [`parts`] | variables in parts |
//! | [`updating`] | `assign`, `assign_add`, `assign_sub` |
//! | [`scattering`], [`scattering_nd`] | updates of chosen rows, and of chosen elements or blocks |
//! | [`slice_assignment`] | updates of slices |
//! | [`counting`] | `count_up_to` |
//! | [`initial`] | first values: assigning them, asking for them, initializers of several variables |

use super::Op;
use crate::{
    dtype::Element,
    engine::{execute::Shapes, run::Run},
    error::{Error, Result},
    graph::{
        node::{Input, apply},
        with_current,
    },
    shape::Shape,
    spec::{Rule, Spec, SpecError},
    tensor::{Tensor, Variable},
    value::Value,
};
use std::panic::Location;

/// Declares functions that change a variable and yield its new value: the function, its build-time half, and the method.
///
/// The op has a field `variable`, `const fn check(&self, shapes)` that sees the variable's shape first, then the inputs', and
/// `const fn works_in_parts(&self)`: whether it changes a variable in parts by changing those.
macro_rules! variable_ops {
    ($(
        $(#[$meta:meta])*
        pub fn $name:ident [$t:ident: $bound:ident $(, $g:ident: $gb:ident)*] (variable $(, $argument:ident: $type:ty)*);
        $label:literal: $op:expr, ($($input:ident),*)
    )*) => { $(
        $(#[$meta])*
        #[track_caller]
        pub fn $name<$t: $bound $(, $g: $gb)*>(
            variable: $crate::tensor::Variable<$t>
            $(, $argument: $type)*
        ) -> $crate::tensor::Tensor<$t> {
            let op = $op;
            $crate::ops::state::change(
                $label,
                variable,
                &[$($input.as_tensor().into()),*],
                |variable| { let mut op = op; op.variable = variable; op.into() },
                |shapes| op.check(shapes),
            )
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: $crate::check::Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: $crate::check::Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<$t: $bound $(, $g: $gb)*>(
                self,
                variable: $crate::tensor::Variable<$t>
                $(, $argument: $type)*
            ) -> $crate::tensor::Tensor<$t> {
                let op = $op;
                if !op.works_in_parts() {
                    self.cx.demand_one_piece(stringify!($name), variable);
                }
                let shapes: &[$crate::shape::Shape] =
                    &[self.cx.input::<$t, $crate::tensor::Variable<$t>>(variable) $(, self.cx.input($input))*];
                let shape = self.cx.settle(shapes, op.check(shapes));
                self.cx.count(op.flops(shapes));
                $crate::tensor::Tensor::at_build_time(shape)
            }
        }
        impl<$t: $crate::dtype::Element> $crate::tensor::Variable<$t> {
            #[doc = concat!("[`", stringify!($name), "(variable, ..)`](fn@crate::", stringify!($name), ").")]
            #[track_caller]
            pub fn $name<$($g: $gb),*>(self $(, $argument: $type)*) -> $crate::tensor::Tensor<$t>
            where
                $t: $bound,
            {
                $name(self $(, $argument)*)
            }
        }
    )* };
}

pub mod counting;
pub mod initial;
pub mod parts;
pub mod reading;
pub mod scattering;
pub mod scattering_nd;
pub mod slice_assignment;
pub mod updating;

pub use counting::*;
pub use initial::*;
pub use parts::PartitionedVariable;
pub use reading::*;
pub use scattering::*;
pub use scattering_nd::*;
pub use slice_assignment::*;
pub use updating::*;

/// Adds the node of an op on a variable. `check` sees the variable's shape, then those of the inputs.
#[track_caller]
pub(super) fn change<T: Element, R: Element>(
    label: &str,
    variable: Variable<T>,
    inputs: &[Input],
    op: impl Fn(u32) -> Op,
    check: impl FnOnce(&[Shape]) -> Result<Shape, SpecError>,
) -> Tensor<R> {
    let at = Location::caller();
    let handle = variable.0;
    let found = with_current(label, |state| {
        let index = state.variable_index(handle.graph, handle.node);
        (index, index.is_some_and(|index| state.variables[index].partition.is_some()))
    });
    let (index, in_parts) = match found {
        Ok(found) => found,
        Err(orphan) => return orphan.tensor(),
    };
    let with_variable = |shapes: &[Shape]| [&[handle.shape], &shapes[..inputs.len()]].concat();
    match index {
        Some(index) if in_parts => {
            let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
            match check(&with_variable(&shapes)) {
                Ok(_) => parts::change_parts(label, index, inputs, op, at),
                // The mistake of the op on a variable in one piece.
                Err(error) => apply(label, op(index as u32), inputs, |_| Err(error)),
            }
        }
        Some(index) => apply(label, op(index as u32), inputs, |shapes| check(&with_variable(shapes))),
        // The variable follows from a mistake, or belongs to another graph: as an input it says so.
        None => {
            let inputs = [inputs, &[handle.into()]].concat();
            apply(label, op(0), &inputs, |shapes| check(&with_variable(shapes)))
        }
    }
}

/// Changes the value of a variable, alone with it meanwhile, after `check` has let its shape and those of the inputs pass;
/// yields what it has then.
fn changed(
    run: &Run<'_>,
    variable: u32,
    check: impl FnOnce(&[Shape]) -> Result<Shape, SpecError>,
    change: impl FnOnce(&mut Value, Spec) -> Result<()>,
) -> Result<Value> {
    run.update(variable, |slot, spec| {
        let Some(value) = slot else { return Err(crate::store::uninitialized(run.variable_name(variable))) };
        let shapes = Shapes::of(std::iter::once(value.shape()).chain(run.inputs().iter().map(Value::shape)));
        check(shapes.as_slice()).map_err(|error| Error::from_spec(&error, &[]))?;
        change(value, spec)?;
        Ok(value.clone())
    })
}

static ASSIGN_SHAPE: Rule = Rule {
    code: "E-ASSIGN-SHAPE",
    says: "the value's shape is not the variable's (nothing is broadcast)",
    left: "variable",
    right: "value   ",
    help: "assign a value of the variable's shape, for one number `tf::fill` or `broadcast_to`",
};
