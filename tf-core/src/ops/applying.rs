//! What an optimizer does to a variable in one op: the variable and its slots change in one pass.

use crate::{
    dtype::{DType, Element},
    engine::{
        cast::cast,
        run::{Outputs, Run, kernel_error},
    },
    error::{Error, Result, Status},
    shape::Shape,
    value::Value,
};
use tf_kernels::optimizers::{self, UpdateRule};

/// Changes a variable and its slots by a gradient.
///
/// Inputs: the gradient; for slices of one the rows that they belong to; the learning rate; for Adam the powers of β₁ and β₂.
#[derive(Clone, Debug)]
pub struct ApplyGradient {
    /// The variable, and the slots in the order of the rule.
    pub(crate) variables: Vec<u32>,
    /// The rule, whose rate is the input's. Adam's decay is the part of the variable that it takes off at a rate of 1.
    pub(crate) rule: UpdateRule,
    /// Whether the gradient is of some rows only.
    pub(crate) rows: bool,
}

impl ApplyGradient {
    pub(super) const fn type_name(&self) -> &'static str {
        match (self.rule, self.rows) {
            (UpdateRule::GradientDescent { .. }, false) => "ResourceApplyGradientDescent",
            (UpdateRule::GradientDescent { .. }, true) => "ResourceScatterSub",
            (UpdateRule::Momentum { .. }, false) => "ResourceApplyMomentum",
            (UpdateRule::Momentum { .. }, true) => "ResourceSparseApplyMomentum",
            (UpdateRule::Adagrad { .. }, false) => "ResourceApplyAdagrad",
            (UpdateRule::Adagrad { .. }, true) => "ResourceSparseApplyAdagrad",
            (UpdateRule::Adadelta { .. }, false) => "ResourceApplyAdadelta",
            (UpdateRule::Adadelta { .. }, true) => "ResourceSparseApplyAdadelta",
            (UpdateRule::RmsProp { .. }, false) => "ResourceApplyRMSProp",
            (UpdateRule::RmsProp { .. }, true) => "ResourceSparseApplyRMSProp",
            (UpdateRule::CenteredRmsProp { .. }, false) => "ResourceApplyCenteredRMSProp",
            (UpdateRule::CenteredRmsProp { .. }, true) => "ResourceSparseApplyCenteredRMSProp",
            (UpdateRule::Adam { .. }, _) => "ResourceApplyAdam",
            (UpdateRule::Ftrl { .. }, false) => "ResourceApplyFtrl",
            (UpdateRule::Ftrl { .. }, true) => "ResourceSparseApplyFtrl",
        }
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let rate = if self.rows { 2 } else { 1 };
        let gradient = run.take(0);
        let rows = self.rows.then(|| cast(run.input(1), DType::I64));
        let powers = self.rule.has_powers().then(|| (run.input(rate + 1).clone(), run.input(rate + 2).clone()));
        let rate = finite_rate(run.input(rate))?;
        let names: Vec<String> =
            self.variables.iter().map(|&variable| run.variable_name(variable).to_owned()).collect();
        run.update_all(&self.variables, |cells| {
            for ((cell, spec), name) in cells.iter().zip(&names) {
                let Some(value) = cell.as_ref() else { return Err(crate::store::uninitialized(name)) };
                debug_assert!(spec.shape.fits(value.shape()), "a cell holds what its variable is");
            }
            let shape = cells[0].0.as_ref().map(|value| value.shape().to_vec()).unwrap_or_default();
            let fits = match &rows {
                None => gradient.shape() == shape,
                Some(rows) => gradient.len() == rows.len() * shape.iter().skip(1).product::<usize>(),
            };
            if !fits {
                return Err(misfit(&names[0], Shape::of(&shape), Shape::of(gradient.shape())));
            }
            // All are there: from here on nothing fails but an index, which changes nothing.
            let mut values: Vec<Value> =
                cells.iter_mut().map(|(cell, _)| cell.take().expect("each was looked at")).collect();
            let dtype = values[0].dtype();
            let changed = match dtype {
                DType::F32 => self.update::<f32>(&mut values, &gradient, rows.as_ref(), rate, &powers),
                DType::F64 => self.update::<f64>(&mut values, &gradient, rows.as_ref(), rate, &powers),
                half => {
                    let mut wide: Vec<Value> = values.iter().map(|value| cast(value, DType::F32)).collect();
                    let gradient = cast(&gradient, DType::F32);
                    let changed = self.update::<f32>(&mut wide, &gradient, rows.as_ref(), rate, &powers);
                    values = wide.iter().map(|value| cast(value, half)).collect();
                    changed
                }
            };
            for ((cell, _), value) in cells.iter_mut().zip(values) {
                **cell = Some(value);
            }
            changed
        })?;
        Ok(Outputs::None)
    }

    fn update<T: Updated>(
        &self,
        values: &mut [Value],
        gradient: &Value,
        rows: Option<&Value>,
        given: f64,
        powers: &Option<(Value, Value)>,
    ) -> Result<()> {
        let rate = match powers {
            // In the variable's type, as TensorFlow does it.
            Some((power1, power2)) => T::corrected(given, number(power1), number(power2)),
            None => given,
        };
        let rule = with_rate(self.rule, rate, given);
        let width: usize = values[0].shape().iter().skip(1).product();
        let mut parts: Vec<&mut [T]> = values
            .iter_mut()
            .map(|value| value.as_mut_slice::<T>().expect("slots are of the variable's type"))
            .collect();
        let (variable, slots) = parts.split_first_mut().expect("the variable comes first");
        let gradient = gradient.as_slice::<T>().expect("a gradient is of its variable's type");
        match rows {
            None => {
                T::update(&rule, variable, slots, gradient);
                Ok(())
            }
            Some(rows) => {
                let rows = rows.as_slice::<i64>().expect("they were made i64");
                T::update_rows(&rule, variable, slots, width, gradient, rows).map_err(|error| kernel_error(&error))
            }
        }
    }
}

/// The element types with kernels.
trait Updated: Element {
    /// Adam's rate, corrected for the bias of its averages.
    fn corrected(rate: f64, power1: f64, power2: f64) -> f64;
    fn update(rule: &UpdateRule, variable: &mut [Self], slots: &mut [&mut [Self]], gradient: &[Self]);
    fn update_rows(
        rule: &UpdateRule,
        variable: &mut [Self],
        slots: &mut [&mut [Self]],
        width: usize,
        gradient: &[Self],
        rows: &[i64],
    ) -> std::result::Result<(), tf_kernels::KernelError>;
}

macro_rules! updated {
    ($($t:ident $update:ident $update_rows:ident;)*) => { $(
        impl Updated for $t {
            fn corrected(rate: f64, power1: f64, power2: f64) -> f64 {
                let (rate, power1, power2) = (rate as $t, power1 as $t, power2 as $t);
                f64::from(rate * (1.0 - power2).sqrt() / (1.0 - power1))
            }
            fn update(rule: &UpdateRule, variable: &mut [$t], slots: &mut [&mut [$t]], gradient: &[$t]) {
                optimizers::$update(rule, variable, slots, gradient);
            }
            fn update_rows(
                rule: &UpdateRule,
                variable: &mut [$t],
                slots: &mut [&mut [$t]],
                width: usize,
                gradient: &[$t],
                rows: &[i64],
            ) -> std::result::Result<(), tf_kernels::KernelError> {
                optimizers::$update_rows(rule, variable, slots, width, gradient, rows)
            }
        }
    )* };
}
updated! {
    f32 update_f32 update_rows_f32;
    f64 update_f64 update_rows_f64;
}

/// The one number of a value.
fn number(value: &Value) -> f64 {
    cast(value, DType::F64).as_slice::<f64>().and_then(|numbers| numbers.first().copied()).unwrap_or(f64::NAN)
}

/// The learning rate of a step. One that is not finite, as a schedule may yield it, would spoil the variable.
pub(crate) fn finite_rate(value: &Value) -> Result<f64> {
    let rate = number(value);
    if rate.is_finite() {
        return Ok(rate);
    }
    let text = format!(
        "the learning rate is {rate}, and nothing is changed by it\n  help: look at what it is computed from: a schedule has to yield a number at every step"
    );
    Err(Error::new(Status::InvalidArgument, "E-LEARNING-RATE", text))
}

/// The rule with this learning rate; the decay of weights is by the rate as it was `given`.
fn with_rate(rule: UpdateRule, rate: f64, given: f64) -> UpdateRule {
    match rule {
        UpdateRule::GradientDescent { .. } => UpdateRule::GradientDescent { lr: rate },
        UpdateRule::Momentum { momentum, nesterov, .. } => UpdateRule::Momentum { lr: rate, momentum, nesterov },
        UpdateRule::Adagrad { .. } => UpdateRule::Adagrad { lr: rate },
        UpdateRule::Adadelta { rho, epsilon, .. } => UpdateRule::Adadelta { lr: rate, rho, epsilon },
        UpdateRule::RmsProp { decay, momentum, epsilon, .. } => {
            UpdateRule::RmsProp { lr: rate, decay, momentum, epsilon }
        }
        UpdateRule::CenteredRmsProp { decay, momentum, epsilon, .. } => {
            UpdateRule::CenteredRmsProp { lr: rate, decay, momentum, epsilon }
        }
        UpdateRule::Adam { beta1, beta2, epsilon, decay, .. } => {
            UpdateRule::Adam { lr: rate, beta1, beta2, epsilon, decay: given * decay }
        }
        UpdateRule::Ftrl { lr_power, l1, l2, l2_shrinkage, .. } => {
            UpdateRule::Ftrl { lr: rate, lr_power, l1, l2, l2_shrinkage }
        }
    }
}

/// The error of a gradient that is not of its variable's shape.
pub(crate) fn misfit(name: &str, variable: Shape, gradient: Shape) -> Error {
    Error::new(
        Status::InvalidArgument,
        "E-APPLY-SHAPE",
        format!(
            "variable `{name}` of shape {variable} is given a gradient of shape {gradient}\n  help: apply gradients of the variable's own shape"
        ),
    )
    .of_variable(name)
}
