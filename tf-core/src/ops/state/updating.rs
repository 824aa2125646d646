//! Updates of a whole variable.

use super::{ASSIGN_SHAPE, changed};
use crate::{
    dtype::{Element, Number},
    engine::{
        cast,
        run::{Run, is_half},
    },
    error::{Error, Result},
    ops::{NO_FLOPS, per_element},
    shape::Shape,
    spec::SpecError,
    tensor::AsTensor,
    value::Value,
};
use tf_kernels::accumulate;

variable_ops! {
    /// Gives the variable a new value of its shape and yields it. TensorFlow: `tf.assign`.
    pub fn assign[T: Element](variable, value: impl AsTensor<T>);
    "Assign": UpdateVariable { variable: 0, update: Update::Assign }, (value)

    /// Adds a value of its shape to the variable and yields the sum. TensorFlow: `tf.assign_add`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, constant, get_variable};
    /// let graph = Graph::new();
    /// let update = graph.build(|| {
    ///     get_variable::<i64, _, _>("v", [3], VariableOptions::new()).assign_add(constant([1, 2, 3]))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// session.run(update)?;
    /// assert_eq!(session.run(update)?.as_slice(), Some(&[2, 4, 6][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn assign_add[T: Number](variable, value: impl AsTensor<T>);
    "AssignAdd": UpdateVariable { variable: 0, update: Update::Add }, (value)

    /// Subtracts a value of its shape from the variable and yields the difference. TensorFlow: `tf.assign_sub`.
    pub fn assign_sub[T: Number](variable, value: impl AsTensor<T>);
    "AssignSub": UpdateVariable { variable: 0, update: Update::Sub }, (value)
}

/// What an update does to a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Update {
    /// The value replaces it.
    Assign,
    /// The value is added.
    Add,
    /// The value is subtracted.
    Sub,
}

/// Changes a variable and yields its new value. Each update is atomic: of concurrent ones none is lost.
#[derive(Clone, Copy, Debug)]
pub struct UpdateVariable {
    pub(crate) variable: u32,
    update: Update,
}

impl UpdateVariable {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        match self.update {
            Update::Assign => "AssignVariableOp",
            Update::Add => "AssignAddVariableOp",
            Update::Sub => "AssignSubVariableOp",
        }
    }

    const fn function(&self) -> &'static str {
        match self.update {
            Update::Assign => "assign",
            Update::Add => "assign_add",
            Update::Sub => "assign_sub",
        }
    }

    const fn works_in_parts(&self) -> bool {
        true
    }

    const fn check(&self, shapes: &[Shape]) -> Result<Shape, SpecError> {
        let (variable, value) = (shapes[0], shapes[1]);
        if !variable.compatible(&value) {
            return Err(SpecError::new(self.function(), &ASSIGN_SHAPE).shapes(variable, value));
        }
        Ok(variable)
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    const fn flops(&self, shapes: &[Shape]) -> u64 {
        match self.update {
            Update::Assign => NO_FLOPS,
            Update::Add | Update::Sub => per_element(&shapes[0]),
        }
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let value = run.input(0).clone();
        if self.update == Update::Assign {
            return run.update(self.variable, |slot, spec| {
                let shapes = [spec.shape, Shape::of(value.shape())];
                self.check(&shapes).map_err(|error| Error::from_spec(&error, &[]))?;
                *slot = Some(value.clone());
                Ok(value)
            });
        }
        changed(
            run,
            self.variable,
            |shapes| self.check(shapes),
            |old, spec| {
                if is_half(spec.dtype) {
                    let mut sum = cast::widen(old);
                    accumulate(self.update, &mut sum, &cast::widen(&value));
                    *old = cast::cast(&sum, spec.dtype);
                } else {
                    accumulate(self.update, old, &value);
                }
                Ok(())
            },
        )
    }
}

/// Adds `value` to `sum`, or subtracts it: in place, where nobody else holds the sum.
fn accumulate(update: Update, sum: &mut Value, value: &Value) {
    macro_rules! by_type {
        ($($dtype:ident $t:ty = $add:ident $subtract:ident;)*) => {
            match sum.dtype() {
                $(crate::DType::$dtype => {
                    let terms = value.as_slice::<$t>().expect("an update has the variable's type");
                    let sum = sum.as_mut_slice::<$t>().expect("the match found this type");
                    if update == Update::Sub { accumulate::$subtract(sum, terms) } else { accumulate::$add(sum, terms) }
                })*
                other => unreachable!("{other} is no `Number`, or goes through f32"),
            }
        };
    }
    by_type! {
        F32 f32 = add_f32 subtract_f32;
        F64 f64 = add_f64 subtract_f64;
        I32 i32 = add_i32 subtract_i32;
        I64 i64 = add_i64 subtract_i64;
    }
}
