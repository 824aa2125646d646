//! From a loss to the operation that takes a step: gradients, one update for each variable, what comes after them.

use super::{
    clipping::clipped,
    methods::{Method, Rate},
    numbers,
    parts::{cut_gradients, each_part},
    slots::{Kept, SlotRequest, SlotValue, number_spec},
};
use crate::{
    differentiation::variables::{AnyGradient, variable_gradients, variable_gradients_at},
    dtype::Float,
    error::{Error, Status},
    graph::{
        State,
        collections::{add_to_collection, get_collection},
        described::AnyVariable,
        global_step::get_or_create_global_step,
        naming::enter_name_scope,
        node::{Input, Inputs, Operation, Specs, control_dependencies},
        variable_list::Variables,
        with_current,
    },
    ops::{ApplyGradient, Op, assign, constant, misfit},
    options::collection,
    shape::Shape,
    tensor::{AsTensor, NO_NODE, Tensor, Variable},
};
use std::panic::Location;
use tf_kernels::optimizers::UpdateRule;

/// What a step does beside changing variables.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AnyVariable, train::StepOptions};
/// fn options(generator: &[AnyVariable], step: tf::Variable<i64>) -> StepOptions {
///     StepOptions::new().variables(generator).global_step(step)
/// }
/// ```
#[derive(Clone, Default, Debug)]
pub struct StepOptions {
    variables: Option<Vec<AnyVariable>>,
    global_step: Option<Variable<i64>>,
}

impl StepOptions {
    /// Changes the trainable variables, and counts nothing.
    pub fn new() -> StepOptions {
        StepOptions::default()
    }

    /// Changes these variables, also such that are not trainable; those of a scope are `scope.trainable_variables()`.
    #[must_use]
    pub fn variables(mut self, variables: impl Variables) -> Self {
        self.variables = Some(variables.variables());
        self
    }

    /// Adds 1 to this variable after the others have changed.
    #[must_use]
    pub fn global_step(mut self, step: Variable<i64>) -> Self {
        self.global_step = Some(step);
        self
    }
}

/// What changes variables to make a loss smaller.
///
/// An optimizer keeps variables of its own, its slots, beside each variable, named after it: `conv1/weights/Momentum`. They are made by
/// `minimize`, also inside a scope, and have the same names wherever that is called. Copies of an optimizer share slots.
/// The TensorFlow symbol is `tf.train.Optimizer`.
pub trait Optimizer {
    #[doc(hidden)]
    fn method(&self) -> &Method;

    /// The operation that takes a step: changes each trainable variable against the gradient of `loss`, summed if it is no scalar.
    ///
    /// It is in the collection `TRAIN_OP` too. Mistakes: E-NOTHING-TO-TRAIN without trainable variables, E-NO-GRADIENTS if
    /// `loss` depends on none of them, E-LEARNING-RATE and E-HYPERPARAMETER for numbers that no step can be taken with, and those of
    /// [`variable_gradients`](fn@variable_gradients). A rate that is not finite when a step is taken is E-LEARNING-RATE then, and changes nothing.
    #[track_caller]
    fn minimize<T: Float>(&self, loss: impl AsTensor<T>) -> Operation {
        self.minimize_with(loss, &StepOptions::new())
    }

    /// [`minimize`](Optimizer::minimize) for some variables only, or with a count of steps.
    #[track_caller]
    fn minimize_with<T: Float>(&self, loss: impl AsTensor<T>, options: &StepOptions) -> Operation {
        minimize(self.method(), loss.as_tensor(), options, Location::caller())
    }

    /// The gradient of `loss` for each variable, in their order, to be changed before [`apply_gradients`](Optimizer::apply_gradients);
    /// none for a variable that it does not depend on. In place of a variable in parts stand those.
    #[track_caller]
    fn compute_gradients<T: Float>(
        &self,
        loss: impl AsTensor<T>,
        variables: &[AnyVariable],
    ) -> Vec<(Option<AnyGradient>, AnyVariable)> {
        let variables = each_part(variables.to_vec());
        variable_gradients(loss, &variables).into_iter().zip(variables).collect()
    }

    /// The operation that changes each variable by its gradient; those without one stay as they are.
    #[track_caller]
    fn apply_gradients(&self, gradients: &[(Option<AnyGradient>, AnyVariable)], options: &StepOptions) -> Operation {
        apply_gradients(self.method(), gradients, options, Location::caller())
    }

    /// The names of the slots.
    fn slot_names(&self) -> Vec<&'static str> {
        self.method().slots().iter().map(|slot| slot.name).collect()
    }

    /// The slot of a variable of the graph being built, once `minimize` has made it. That of a variable in parts is one in the same parts.
    #[track_caller]
    fn slot(&self, variable: impl Into<AnyVariable>, name: &str) -> Option<AnyVariable> {
        let (owner, kept, at) = (self.method().id, Kept::Variable(variable.into()), Location::caller());
        let found = with_current("slot", |state| {
            state.find_slot(owner, kept, name).or_else(|| state.slot_of_whole(owner, kept, name, at))
        });
        found.ok().flatten()
    }
}

/// [`Optimizer::minimize_with`], whose mistakes stand at `at`.
pub(super) fn minimize<T: Float>(
    method: &Method,
    loss: Tensor<T>,
    options: &StepOptions,
    at: &'static Location<'static>,
) -> Operation {
    let trainable = || get_collection::<AnyVariable>(collection::TRAINABLE_VARIABLES);
    let variables = each_part(options.variables.clone().unwrap_or_else(trainable));
    let gradients = variable_gradients_at(loss, &variables, at).into_iter().zip(variables).collect::<Vec<_>>();
    let gradients = clipped(&gradients, method.clipping, at);
    apply_gradients(method, &gradients, options, at)
}

fn apply_gradients(
    method: &Method,
    gradients: &[(Option<AnyGradient>, AnyVariable)],
    options: &StepOptions,
    at: &'static Location<'static>,
) -> Operation {
    let gradients = &cut_gradients(gradients, at)[..];
    let known: Vec<(&AnyGradient, AnyVariable)> =
        gradients.iter().filter_map(|(gradient, variable)| Some((gradient.as_ref()?, *variable))).collect();
    let misfits = numbers::misfits(method);
    let scope = enter_name_scope(method.name);
    let begun = with_current("minimize", |state| {
        let fits = misfits.is_empty();
        state.mistakes.extend(misfits.into_iter().map(|error| error.at(at)));
        if known.is_empty() {
            let error = if gradients.is_empty() { nothing_to_train(state) } else { no_gradients(state, gradients) };
            state.mistakes.push(error.at(at));
        }
        let usable = |(index, (_, variable)): (usize, &(&AnyGradient, AnyVariable))| {
            !state.refuses(variable.graph, variable.handle, || format!("variable {index} of the step"), at)
        };
        let usable = known.iter().enumerate().map(usable).fold(!known.is_empty() & fits, |all, one| all & one);
        (state.thread().name_scope.clone(), usable, Operation { graph: state.id, node: NO_NODE })
    });
    let (prefix, usable, nothing) = match begun {
        Ok(begun) => begun,
        Err(orphan) => return orphan.tensor::<f32>().op(),
    };
    if !usable {
        return nothing;
    }
    let rate: Input = match method.rate.settled(|| options.global_step.unwrap_or_else(get_or_create_global_step)) {
        Rate::Constant(rate) => constant::<f64, _>(rate).into(),
        Rate::Tensor(rate) => rate.into(),
    };
    let variables: Vec<AnyVariable> = known.iter().map(|known| known.1).collect();
    let powers = powers(method, &variables, at);
    let mut updates = Vec::new();
    for (gradient, variable) in known {
        let further = [Some(rate)].into_iter().chain(powers.iter().map(|power| Some(power.read(at))));
        let further: Vec<Input> = further.flatten().collect();
        updates.push(update(method, &prefix, gradient, variable, &further, at));
    }
    let all = control_dependencies(updates.as_slice(), || {
        let advanced: Vec<Operation> = powers.iter().map(Power::advance).collect();
        [updates.as_slice(), &advanced].concat()
    });
    drop(scope);
    finish(&prefix, &all, options.global_step, at)
}

/// One variable's update, and its constraint.
fn update(
    method: &Method,
    prefix: &str,
    gradient: &AnyGradient,
    variable: AnyVariable,
    further: &[Input],
    at: &'static Location<'static>,
) -> Operation {
    // Adam's means move also where there is no gradient, as in TensorFlow.
    let rows = gradient.rows().filter(|_| !method.rule.has_powers());
    let mut inputs = match rows {
        Some((values, indices)) => vec![values, indices],
        None => vec![gradient.dense()],
    };
    inputs.extend_from_slice(further);
    let made = with_current("minimize", |state| {
        let index = state.variable_index(variable.graph, variable.handle)?;
        let (name, spec, constraint) = {
            let nodes = &state.variables[index];
            (nodes.name.clone(), nodes.spec, state.settings_of(index).constraint)
        };
        if let Some(error) = unfit(&name, variable, gradient, rows.is_none().then_some(inputs[0].shape)) {
            state.mistakes.push(error.at(at));
            return None;
        }
        let mut variables = vec![index as u32];
        for slot in method.slots() {
            let slot = state.slot(
                &SlotRequest {
                    owner: method.id,
                    kept: Kept::Variable(variable),
                    key: slot.name,
                    path: &format!("{name}/{}", method.name),
                    spec,
                    initial: SlotValue::Number(slot.initial),
                },
                at,
            );
            variables.extend(state.variable_index(slot.graph, slot.handle).map(|index| index as u32));
        }
        let op = Op::from(ApplyGradient { variables, rule: method.rule, rows: rows.is_some() });
        let label = format!("update_{name}/{}", op.type_name());
        debug_assert!(*state.thread().name_scope == *prefix, "the scope of the step is open");
        let (graph, node, _) = state.add(&label, op, &inputs, |_| Ok(Specs::NONE), at);
        Some((Operation { graph, node }, constraint))
    });
    let (operation, constraint) = match made {
        Ok(Some(made)) => made,
        _ => return Operation { graph: variable.graph, node: NO_NODE },
    };
    let Some(constraint) = constraint else { return operation };
    macro_rules! constrained {
        ($($t:ty),*) => {
            $(if let Some(variable) = variable.typed::<$t>() {
                return control_dependencies(operation, || assign(variable, constraint.apply::<$t>(variable.read_value())).op());
            })*
        };
    }
    constrained!(f32, f64, half::f16, half::bf16);
    operation
}

/// Why a variable cannot take this gradient.
fn unfit(name: &str, variable: AnyVariable, gradient: &AnyGradient, shape: Option<Shape>) -> Option<Error> {
    let spec = variable.spec();
    if gradient.dtype().is(spec.dtype) {
        let shape = shape.filter(|shape| !spec.shape.compatible(shape))?;
        return Some(misfit(name, spec.shape, shape));
    }
    let text = format!(
        "variable `{name}` of {} is given a gradient of {}\n  help: apply gradients of the variable's own type",
        spec.dtype,
        gradient.dtype()
    );
    Some(Error::new(Status::InvalidArgument, "E-APPLY-SHAPE", text).of_variable(name))
}

/// What the variables of those powers are called.
pub(crate) const POWERS: [&str; 2] = ["beta1_power", "beta2_power"];

/// A power of one of Adam's constants: it grows by a factor at each step, after every variable has changed.
struct Power {
    variable: AnyVariable,
    factor: f64,
}

impl Power {
    fn read(&self, at: &'static Location<'static>) -> Input {
        let handle = Input { shape: Shape::SCALAR, graph: self.variable.graph, node: self.variable.handle, output: 0 };
        with_current("minimize", |state| state.value_of(handle, at)).unwrap_or(handle)
    }

    fn advance(&self) -> Operation {
        if let Some(power) = self.variable.typed::<f64>() {
            return assign(power, power.read_value() * self.factor).op();
        }
        let power = self.variable.typed::<f32>().expect("powers are f32 or f64");
        assign(power, power.read_value() * self.factor as f32).op()
    }
}

/// The powers that the method keeps: none, or Adam's two, placed beside the first variable by name (V32).
fn powers(method: &Method, variables: &[AnyVariable], at: &'static Location<'static>) -> Vec<Power> {
    let UpdateRule::Adam { beta1, beta2, .. } = method.rule else { return Vec::new() };
    let one = |(name, factor): (&'static str, f64)| {
        let request = SlotRequest {
            owner: method.id,
            kept: Kept::Once,
            key: name,
            path: name,
            spec: number_spec(variables.first()?.dtype()),
            initial: SlotValue::Number(factor),
        };
        let made = with_current("minimize", |state| {
            let name = |variable: &&AnyVariable| {
                state.variable_index(variable.graph, variable.handle).map(|index| state.variables[index].name.clone())
            };
            let first = variables.iter().min_by_key(name)?.handle;
            Some(state.beside(first, |state| state.slot(&request, at)))
        });
        let variable = made.ok()??;
        Some(Power { variable, factor })
    };
    POWERS.into_iter().zip([beta1, beta2]).filter_map(one).collect()
}

/// The operation of the whole step, which has the name of the optimizer's scope.
fn finish(
    prefix: &str,
    updates: &[Operation],
    global_step: Option<Variable<i64>>,
    at: &'static Location<'static>,
) -> Operation {
    let name = prefix.trim_end_matches('/');
    let made = with_current("minimize", |state| {
        let group = if global_step.is_some() { state.names.unique(&format!("{name}/update")) } else { name.into() };
        let control = updates.iter().map(|update| update.node).filter(|node| *node != NO_NODE).collect();
        let node = state.push(group, crate::ops::Group.into(), Inputs::NONE, control, Specs::NONE, at);
        Operation { graph: state.id, node }
    });
    let mut step = match made {
        Ok(step) => step,
        Err(orphan) => return orphan.tensor::<f32>().op(),
    };
    if let Some(global_step) = global_step {
        step = control_dependencies(step, || {
            let counted = global_step.assign_add(1i64).op();
            let _ = with_current("minimize", |state| {
                if let Some(node) = state.nodes.get_mut(counted.node as usize) {
                    node.name = name.into();
                }
            });
            counted
        });
    }
    add_to_collection(collection::TRAIN_OP, step);
    step
}

fn nothing_to_train(state: &State) -> Error {
    let fixed = state.variables.iter().find(|variable| variable.spec.dtype.is_float());
    let text = match fixed {
        None => "there are no variables to train\n  help: create variables before `minimize`".to_owned(),
        Some(fixed) => format!(
            "there are no variables to train: `{}` is not trainable, nor is any other\n  help: leave `trainable = false` out, or say which are to change: of a model `Objective::output(0).collected(\"name\")`, in a graph `StepOptions::variables`",
            fixed.name
        ),
    };
    Error::new(Status::InvalidArgument, "E-NOTHING-TO-TRAIN", text)
}

fn no_gradients(state: &crate::graph::State, gradients: &[(Option<AnyGradient>, AnyVariable)]) -> Error {
    let name = |variable: &AnyVariable| {
        state.variable_index(variable.graph, variable.handle).map(|index| format!("`{}`", state.variables[index].name))
    };
    let names: Vec<String> = gradients.iter().filter_map(|(_, variable)| name(variable)).take(4).collect();
    let more = if gradients.len() > names.len() {
        format!(" and {} more", gradients.len() - names.len())
    } else {
        String::new()
    };
    Error::new(
        Status::InvalidArgument,
        "E-NO-GRADIENTS",
        format!(
            "the loss depends on none of the variables to train: {}{more}\n  help: compute the loss from them, without `stop_gradient` between, or train others",
            names.join(", ")
        ),
    )
}
