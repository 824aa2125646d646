//! Variables as ops: the handle, reading, assigning, updating.

use super::{NO_FLOPS, per_element};
use crate::{
    dtype::{Element, Number},
    engine::run::{Outputs, Run},
    error::{Error, Result, Status},
    graph::{
        node::{Operation, apply},
        with_current,
    },
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::{AsTensor, Tensor, Variable},
    value::Value,
};
use tf_kernels::elementwise::{self, BinaryOp};

/// A variable; fetching it reads its value.
#[derive(Clone, Copy, Debug)]
pub struct VariableHandle {
    pub(crate) variable: u32,
}

impl VariableHandle {
    pub(super) const fn type_name(&self) -> &'static str {
        "VarHandleOp"
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        run.read(self.variable)
    }
}

/// Reads a variable's value as it is when the op runs.
#[derive(Clone, Copy, Debug)]
pub struct ReadVariable {
    pub(crate) variable: u32,
}

impl ReadVariable {
    pub(super) const fn type_name(&self) -> &'static str {
        "ReadVariableOp"
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        run.read(self.variable)
    }
}

/// Gives a variable its initial value.
#[derive(Clone, Copy, Debug)]
pub struct AssignVariable {
    pub(crate) variable: u32,
}

impl AssignVariable {
    pub(super) const fn type_name(&self) -> &'static str {
        "AssignVariableOp"
    }
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let value = run.take(0);
        run.update(self.variable, |slot, spec| {
            if !spec.shape.fits(value.shape()) {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-ASSIGN-SHAPE",
                    format!("a value of shape {:?} is assigned to a variable of shape {}\n  help: assign a value of the variable's shape", value.shape(), spec.shape),
                ));
            }
            *slot = Some(value);
            Ok(())
        })?;
        Ok(Outputs::None)
    }
}

static ASSIGN_SHAPE: Rule = Rule {
    code: "E-ASSIGN-SHAPE",
    says: "the value's shape is not the variable's (nothing is broadcast)",
    left: "variable",
    right: "value   ",
    help: "assign a value of the variable's shape, for one number `tf::fill` or `broadcast_to`",
};

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
    pub(super) const fn type_name(&self) -> &'static str {
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

    const fn check(&self, variable: Shape, value: Shape) -> Result<Shape, SpecError> {
        if !variable.compatible(&value) {
            return Err(SpecError::new(self.function(), &ASSIGN_SHAPE).shapes(variable, value));
        }
        Ok(variable)
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        Ok(inputs[0])
    }

    const fn flops(&self, output: &Shape) -> u64 {
        match self.update {
            Update::Assign => NO_FLOPS,
            Update::Add | Update::Sub => per_element(output),
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let value = run.take(0);
        let update = *self;
        let halves = matches!(value.dtype(), crate::DType::F16 | crate::DType::BF16);
        let (name, node) = (run.variable_name(self.variable).to_owned(), run.node_name().to_owned());
        run.update(self.variable, |slot, spec| {
            if let Err(error) = update.check(spec.shape, Shape::of(value.shape())) {
                return Err(Error::from_spec(&error, &[]).at_node(&node));
            }
            let new = match (&update.update, slot.take()) {
                (Update::Assign, _) => value,
                (_, None) => return Err(crate::store::uninitialized(&name)),
                (op, Some(old)) => {
                    let op = if *op == Update::Add { BinaryOp::Add } else { BinaryOp::Sub };
                    if halves {
                        let (old, value) = (crate::engine::cast::widen(&old), crate::engine::cast::widen(&value));
                        crate::engine::cast::cast(&combine(op, old, &value), spec.dtype)
                    } else {
                        combine(op, old, &value)
                    }
                }
            };
            *slot = Some(new.clone());
            Ok(new)
        })
    }
}

/// `old OP value`.
fn combine(op: BinaryOp, old: Value, value: &Value) -> Value {
    let shape = old.shape().to_vec();
    macro_rules! by_type {
        ($($dtype:ident $t:ty = $f:path;)*) => {
            match old.dtype() {
                $(crate::DType::$dtype => {
                    let before = old.as_slice::<$t>().expect("the match found this type");
                    let delta = value.as_slice::<$t>().expect("an update has the variable's type");
                    let mut after = vec![<$t>::default(); before.len()];
                    $f(op, before, &shape, delta, &shape, &mut after, &shape).expect("sums do not fail");
                    Value::new(shape, after)
                })*
                other => unreachable!("{other} is no `Number`, or goes through f32"),
            }
        };
    }
    by_type! {
        F32 f32 = elementwise::binary_f32;
        F64 f64 = elementwise::binary_f64;
        I32 i32 = elementwise::binary_i32;
        I64 i64 = elementwise::binary_i64;
    }
}

macro_rules! updates {
    ($($(#[$m:meta])* $name:ident[$bound:ident] $label:literal = $update:ident;)*) => { $(
        $(#[$m])*
        #[track_caller]
        pub fn $name<T: $bound>(variable: Variable<T>, value: impl AsTensor<T>) -> Tensor<T> {
            update(variable, value.as_tensor(), Update::$update, $label)
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: crate::check::Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: crate::check::Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<T: $bound>(self, variable: Variable<T>, value: impl AsTensor<T>) -> Tensor<T> {
                let inputs = [self.cx.input::<T, _>(variable), self.cx.input(value)];
                let op = UpdateVariable { variable: 0, update: Update::$update };
                let shape = self.cx.settle(&inputs, op.check(inputs[0], inputs[1]));
                self.cx.count(op.flops(&shape));
                Tensor::at_build_time(shape)
            }
        }
        impl<T: $bound> Variable<T> {
            $(#[$m])*
            #[track_caller]
            pub fn $name(self, value: impl AsTensor<T>) -> Tensor<T> {
                update(self, value.as_tensor(), Update::$update, $label)
            }
        }
    )* };
}

updates! {
    /// Gives the variable a new value of its shape and yields it. TensorFlow: `tf.assign`.
    assign[Element] "Assign" = Assign;
    /// Adds a value of its shape to the variable and yields the sum. TensorFlow: `tf.assign_add`.
    assign_add[Number] "AssignAdd" = Add;
    /// Subtracts a value of its shape from the variable and yields the difference. TensorFlow: `tf.assign_sub`.
    assign_sub[Number] "AssignSub" = Sub;
}

#[track_caller]
fn update<T: Element>(variable: Variable<T>, value: Tensor<T>, update: Update, label: &str) -> Tensor<T> {
    let index = with_current(label, |state| state.variable_index(variable.0.graph, variable.0.node));
    let index = match index {
        Ok(index) => index,
        Err(orphan) => return orphan.tensor(),
    };
    let handle = variable.0;
    match index {
        Some(index) => {
            let op = UpdateVariable { variable: index as u32, update };
            apply(label, op.into(), &[value.into()], |shapes| op.check(handle.shape, shapes[0]))
        }
        // The variable follows from a mistake, or belongs to another graph: as an input it says so.
        None => {
            let op = UpdateVariable { variable: 0, update };
            apply(label, op.into(), &[value.into(), handle.into()], |shapes| op.check(shapes[1], shapes[0]))
        }
    }
}

/// The operation that initializes the variables of the global collection, as far as they exist now (N1).
///
/// TensorFlow: `tf.global_variables_initializer`.
#[track_caller]
pub fn global_variables_initializer() -> Operation {
    initializer_of(crate::collection::GLOBAL_VARIABLES)
}

/// The operation that initializes the variables of the local collection, as far as they exist now (N3).
///
/// TensorFlow: `tf.local_variables_initializer`.
#[track_caller]
pub fn local_variables_initializer() -> Operation {
    initializer_of(crate::collection::LOCAL_VARIABLES)
}

#[track_caller]
fn initializer_of(collection: &str) -> Operation {
    use crate::graph::{collected::Item, variables::AnyVariable};
    let initializers = with_current("variables_initializer", |state| {
        let variables: Vec<AnyVariable> = state.collections.get(collection).iter().filter_map(Item::variable).collect();
        variables
            .iter()
            .filter_map(|variable| state.variable_index(variable.graph, variable.handle))
            .filter_map(|index| state.variables[index].initializer)
            .map(|node| Operation { graph: state.id, node })
            .collect::<Vec<_>>()
    });
    super::placeholders::group_named("init", initializers.unwrap_or_default())
}
