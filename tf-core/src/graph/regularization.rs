//! The loss that a regularizer adds for a new variable (R15).

use super::{
    State,
    described::AnyVariable,
    naming::enter_derived_name_scope,
    node::{NoDependencies, apply, enter_control_dependencies},
    with_current,
};
use crate::{
    dtype::{DType, Float},
    engine::cast,
    error::{Error, Status},
    ops::{ALL, Arithmetic, Constant, Op, abs, multiply, reduce_sum, scalar, square},
    options::collection,
    placement::colocation::enter_colocation,
    regularizer::Regularizer,
    shape::Shape,
    tensor::Tensor,
};
use half::{bf16, f16};
use std::panic::Location;

/// Adds the loss of variable `name` to the collection `REGULARIZATION_LOSSES`. Its ops lie below `name/Regularizer/`, wherever
/// the variable is created, beside the variable, and wait for no control dependencies.
#[track_caller]
pub(super) fn add_loss(variable: AnyVariable, name: &str, regularizer: &Regularizer) {
    match variable.dtype() {
        DType::F16 => add_loss_of::<f16>(variable, name, regularizer),
        DType::BF16 => add_loss_of::<bf16>(variable, name, regularizer),
        DType::F32 => add_loss_of::<f32>(variable, name, regularizer),
        DType::F64 => add_loss_of::<f64>(variable, name, regularizer),
        _ => unreachable!("the register refuses regularizers of variables without real numbers"),
    }
}

#[track_caller]
fn add_loss_of<T: Float>(variable: AnyVariable, name: &str, regularizer: &Regularizer) {
    let Some(variable) = variable.typed::<T>() else { return };
    let at = Location::caller();
    let below = format!("{name}/Regularizer/");
    let _no_dependencies = enter_control_dependencies(NoDependencies);
    let _beside = enter_colocation(variable);
    let loss = {
        let _names = enter_derived_name_scope(&below);
        let value = || variable.read_value();
        match *regularizer {
            Regularizer::None => None,
            Regularizer::L1 { scale } => l1(&below, value, scale),
            Regularizer::L2 { scale } => l2(&below, value, scale),
            Regularizer::L1L2 { l1: scale1, l2: scale2 } => {
                let inside = format!("{below}l1_l2_regularizer/");
                match (l1(&inside, value, scale1), l2(&inside, value, scale2)) {
                    (Some(a), Some(b)) => Some(named(&below, "l1_l2_regularizer", Arithmetic::Add, a, b)),
                    (one, other) => one.or(other),
                }
            }
            Regularizer::Function(function) => function.call(value()),
        }
    };
    let Some(loss) = loss else { return };
    // There is a graph: the variable was just created in it.
    let _ = with_current("regularizer", |state| state.keep_loss(loss, name, at));
}

impl State {
    fn keep_loss<T: Float>(&mut self, loss: Tensor<T>, name: &str, at: &'static Location<'static>) {
        use super::collected::Collected;
        if !loss.shape.compatible(&Shape::SCALAR) {
            let text = format!(
                "the regularizer of variable `{name}` yields a tensor of shape {}, and a loss is one number\n  help: reduce it: `tf::reduce_sum(.., tf::ALL)`",
                loss.shape
            );
            self.mistakes
                .push(Error::new(Status::InvalidArgument, "E-REGULARIZER-SHAPE", text).at(at).of_variable(name));
            return;
        }
        self.collections.add(collection::REGULARIZATION_LOSSES, loss.into_item());
    }
}

/// `scale * Σ |w|`
#[track_caller]
fn l1<T: Float>(below: &str, value: impl Fn() -> Tensor<T>, scale: f64) -> Option<Tensor<T>> {
    scaled(below, "l1_regularizer", scale, || reduce_sum(abs(value()), ALL))
}

/// `scale * Σ w² / 2`
#[track_caller]
fn l2<T: Float>(below: &str, value: impl Fn() -> Tensor<T>, scale: f64) -> Option<Tensor<T>> {
    scaled(below, "l2_regularizer", scale, || multiply(reduce_sum(square(value()), ALL), scalar::<T>(0.5)))
}

/// `scale` times a sum; nothing where the scale is 0.
#[track_caller]
fn scaled<T: Float>(below: &str, label: &str, scale: f64, sum: impl FnOnce() -> Tensor<T>) -> Option<Tensor<T>> {
    if scale == 0.0 {
        return None;
    }
    let (scale, sum) = {
        let _names = enter_derived_name_scope(&format!("{below}{label}/"));
        let constant = Constant { value: cast::number(scale, T::DTYPE) };
        (apply::<T>("scale", Op::from(constant), &[], |_| Ok(Shape::SCALAR)), sum())
    };
    Some(named(below, label, Arithmetic::Mul, scale, sum))
}

/// An op whose name is exactly that of the scope its inputs are in.
#[track_caller]
fn named<T: Float>(below: &str, label: &str, op: Arithmetic, a: Tensor<T>, b: Tensor<T>) -> Tensor<T> {
    let _names = enter_derived_name_scope(below);
    apply(label, Op::from(op), &[a.into(), b.into()], |shapes| op.rule(shapes))
}
