//! Optimizers attached to a built model, from outside its layers: the model then takes steps as well as runs.

use super::{
    methods::{Method, Rate},
    optimizer::{Optimizer, StepOptions, minimize},
};
use crate::{
    dtype::{DType, Float},
    error::{Error, Result, Status},
    graph::{
        Graph, State,
        collections::get_collection,
        described::AnyVariable,
        global_step::get_or_create_global_step,
        node::{Operation, control_dependencies},
        views::{trainable_variables, trainable_variables_in},
        with_current,
    },
    model::Instance,
    ops::{ALL, add, group, reduce_sum},
    options::collection,
    session::{Fetch, Target},
    store::nearest,
    tensor::Tensor,
    text::Text,
    value::Value,
};
use std::{
    collections::{BTreeSet, HashSet},
    panic::Location,
};

/// What a step makes smaller, and the variables that it may change.
///
/// ```
/// # use tf_core as tf;
/// use tf::train::Objective;
/// let generator = Objective::output(1).within("generator");
/// # let _ = generator;
/// ```
#[derive(Clone, Debug)]
pub struct Objective {
    output: usize,
    scopes: Vec<String>,
    collections: Vec<String>,
}

impl Objective {
    /// An output of the model, counted from 0: a float, summed if it is no scalar. All trainable variables may change.
    pub fn output(index: usize) -> Objective {
        Objective { output: index, scopes: Vec::new(), collections: Vec::new() }
    }

    /// The same, changing only the trainable variables in this scope; called again, those in either.
    #[must_use]
    pub fn within(mut self, scope: &str) -> Self {
        self.scopes.push(scope.to_owned());
        self
    }

    /// The same, changing only the variables in this collection of the model, also such that are not trainable; with scopes or called again,
    /// those in any.
    #[must_use]
    pub fn collected(mut self, collection: &str) -> Self {
        self.collections.push(collection.to_owned());
        self
    }
}

/// A step that is attached to a model.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub(super) operation: Operation,
    /// The number of the output that it makes smaller.
    pub(super) output: usize,
    rate: Rate,
}

/// A step as a model keeps it: what a run of it does.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(super) step: Step,
    /// The variables that the optimizer may change; what else runs with it, as the updates of batch normalization, is not among them.
    pub(super) changes: Vec<AnyVariable>,
    /// The step, and after it what moves the averages of these variables.
    pub(super) runs: Operation,
}

impl Instance {
    /// Attaches an optimizer: a step makes the objective, with the losses of regularizers, smaller, runs the operations of the
    /// collection `UPDATE_OPS` (the averages of batch normalization), and counts in `global_step`. Slots get their initial values;
    /// the variables keep theirs.
    ///
    /// # Errors
    /// E-OBJECTIVE for an output that the model lacks or that is no float; E-LEARNING-RATE, E-HYPERPARAMETER, E-NOTHING-TO-TRAIN,
    /// E-NO-GRADIENTS, E-NO-GRADIENT.
    #[doc(hidden)]
    #[track_caller]
    pub fn attach(&mut self, optimizer: &impl Optimizer, objective: &Objective) -> Result<Step> {
        let at = Location::caller();
        let graph = self.graph().clone();
        let loss = self.loss(objective)?;
        let mut missing = None;
        let step = graph.build(|| {
            let all = objective.scopes.is_empty() && objective.collections.is_empty();
            let mut variables = if all { trainable_variables() } else { Vec::new() };
            let mut add = |found: Vec<AnyVariable>, nothing: &dyn Fn() -> Error| {
                if found.is_empty() {
                    missing = missing.take().or_else(|| Some(nothing()));
                }
                for variable in found {
                    if !variables.contains(&variable) {
                        variables.push(variable);
                    }
                }
            };
            for scope in &objective.scopes {
                add(trainable_variables_in(scope), &|| nothing_within(&graph, scope));
            }
            for name in &objective.collections {
                add(get_collection(name.as_str()), &|| nothing_collected(name));
            }
            if missing.is_some() {
                return None;
            }
            let counter = get_or_create_global_step();
            let options = StepOptions::new().variables(&variables[..]).global_step(counter);
            let rate = optimizer.method().rate.settled(|| counter);
            let method = &Method { rate: rate.into(), ..*optimizer.method() };
            let operation = match loss {
                Loss::F32(loss) => minimized(method, loss, &options, at),
                Loss::F64(loss) => minimized(method, loss, &options, at),
                Loss::F16(loss) => minimized(method, loss, &options, at),
                Loss::BF16(loss) => minimized(method, loss, &options, at),
            };
            Some(Attached {
                step: Step { operation, output: objective.output, rate },
                changes: variables,
                runs: operation,
            })
        })?;
        if let Some(error) = missing {
            return Err(error.at(at));
        }
        let attached = step.expect("there is a step unless a scope is missing");
        let step = attached.step;
        self.session.initialize_missing()?;
        self.steps.push(attached);
        self.average(self.steps.len() - 1)?;
        Ok(step)
    }

    /// Attaches the only optimizer of a model, which makes the first output smaller.
    ///
    /// # Errors
    /// E-OBJECTIVE where that is no single number, E-MINIMIZE-TWICE where an optimizer is attached already; those of `attach`.
    #[doc(hidden)]
    #[track_caller]
    pub fn minimize(&mut self, optimizer: &impl Optimizer) -> Result<Step> {
        let at = Location::caller();
        let name = self.declared.name;
        if !self.steps.is_empty() {
            let text = format!(
                "model `{name}` has an optimizer already, whose steps `step` takes\n  help: call `minimize` once; a further optimizer is \
                 `let second = model.attach(optimizer, Objective::output(0))?`, and `model.take(second, ..)` its step"
            );
            return Err(Error::new(Status::InvalidArgument, "E-MINIMIZE-TWICE", text).at(at));
        }
        if let Some(&Target::Node { node, output: Some(output), .. }) = self.outputs.first() {
            let shape = self.graph().state().nodes[node as usize].outputs[output as usize].shape;
            if shape.has_rank() && shape.rank() > 0 {
                let mut shown = Text::with_symbols(self.declared.symbols);
                shown.shape(&shape);
                let text = format!(
                    "the first output of model `{name}` is no loss: it has the shape {}, and a loss is one number\n  help: return the loss \
                     first, or say which output it is: `model.attach(optimizer, Objective::output({}))`, which sums up what is no scalar",
                    shown.as_str(),
                    usize::from(self.outputs.len() > 1)
                );
                return Err(Error::new(Status::InvalidArgument, "E-OBJECTIVE", text).at(at));
            }
        }
        self.attach(optimizer, &Objective::output(0))
    }

    /// Runs the model on one value for each input, and takes a step: the outputs are those from before it.
    ///
    /// Without `step`, the first that was attached is taken.
    ///
    /// # Errors
    /// E-NO-STEP if none is attached, or if it belongs to another model; E-LEARNING-RATE where a schedule yields no number; those of `run`.
    #[doc(hidden)]
    pub fn step(&self, step: Option<Step>, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let mut targets = Vec::new();
        self.attached(step)?.runs.targets(&mut targets);
        self.run_and(&targets, &inputs).map(|(outputs, _)| outputs).map_err(|error| self.in_step(error))
    }

    /// An error of a step; a learning rate is wrong at one of many, and which one it is leads to the reason.
    fn in_step(&self, mut error: Error) -> Error {
        if error.code() == "E-LEARNING-RATE"
            && let Ok(taken) = self.global_step()
        {
            error.add_line(&format!("  in step {} of model `{}`", taken + 1, self.declared.name));
        }
        error
    }

    /// Takes a step that is attached: yields the outputs from before it, and the learning rate that it had.
    pub(super) fn step_at_rate(&self, step: Step, inputs: Vec<Value>) -> Result<(Vec<Value>, f64)> {
        let mut targets = Vec::new();
        self.attached(Some(step))?.runs.targets(&mut targets);
        match step.rate {
            Rate::Constant(rate) => self.run_and(&targets, &inputs).map(|(outputs, _)| (outputs, rate)),
            Rate::Tensor(rate) => {
                rate.targets(&mut targets);
                let (outputs, rate) = self.run_and(&targets, &inputs).map_err(|error| self.in_step(error))?;
                let rate = rate.first().and_then(|rate| rate.as_slice::<f32>()?.first().copied());
                Ok((outputs, rate.map_or(f64::NAN, f64::from)))
            }
        }
    }

    /// The step that is meant: this one, or the first.
    pub(super) fn attached(&self, step: Option<Step>) -> Result<&Attached> {
        let attached = match step {
            None => self.steps.first(),
            Some(step) => self.steps.iter().find(|known| known.step.operation == step.operation),
        };
        attached.ok_or_else(|| {
            Error::new(
                Status::FailedPrecondition,
                "E-NO-STEP",
                match step {
                    Some(_) => format!(
                        "model `{}` is asked for a step that belongs to another model\n  help: take one that `attach` returned for this one",
                        self.declared.name
                    ),
                    None => format!(
                        "model `{}` is asked for a step, and no optimizer is attached to it\n  help: attach one first: `let model = Model::init(seed)?.minimize(Adam::new(0.001))?`",
                        self.declared.name
                    ),
                },
            )
        })
    }

    /// The steps taken so far, of all optimizers that are attached; restored with a checkpoint.
    ///
    /// # Errors
    /// E-NO-VARIABLE if no optimizer is attached.
    pub fn global_step(&self) -> Result<i64> {
        Ok(self.get::<i64>(collection::GLOBAL_STEP)?[[]])
    }

    fn loss(&self, objective: &Objective) -> Result<Loss> {
        let refused = |why: String| {
            let text = format!(
                "{why} of model `{}` cannot be made smaller\n  help: return the loss as a float, and name its number: `Objective::output(0)`",
                self.declared.name
            );
            Error::new(Status::InvalidArgument, "E-OBJECTIVE", text)
        };
        let Some(&Target::Node { graph, node, output: Some(output) }) = self.outputs.get(objective.output) else {
            let text = format!(
                "model `{}` has no output {}, counted from 0: it has {}\n  help: name the one that is the loss: `Objective::output(0)`",
                self.declared.name,
                objective.output,
                self.outputs.len()
            );
            return Err(Error::new(Status::InvalidArgument, "E-OBJECTIVE", text));
        };
        let spec = self.graph().state().nodes[node as usize].outputs[output as usize];
        match spec.dtype {
            DType::F32 => Ok(Loss::F32(Tensor::new(spec.shape, graph, node, output))),
            DType::F64 => Ok(Loss::F64(Tensor::new(spec.shape, graph, node, output))),
            DType::F16 => Ok(Loss::F16(Tensor::new(spec.shape, graph, node, output))),
            DType::BF16 => Ok(Loss::BF16(Tensor::new(spec.shape, graph, node, output))),
            other => Err(refused(format!("output {} of {other}", objective.output))),
        }
    }
}

/// A loss of any float type.
#[derive(Clone, Copy)]
enum Loss {
    F32(Tensor<f32>),
    F64(Tensor<f64>),
    F16(Tensor<half::f16>),
    BF16(Tensor<half::bf16>),
}

/// A step against the loss and what regularizers add to it, unless the loss has that in it already, as `total_loss` does.
fn minimized<T: Float>(
    method: &Method,
    loss: Tensor<T>,
    options: &StepOptions,
    at: &'static Location<'static>,
) -> Operation {
    let loss = reduce_sum(loss, ALL);
    let regularizers = get_collection::<Tensor<T>>(collection::REGULARIZATION_LOSSES);
    let (before, updates) = with_current("minimize", |state| {
        let items = state.collections.get(collection::UPDATE_OPS);
        (ancestors(state, loss.node), items.iter().filter_map(|item| item.operation()).collect::<Vec<_>>())
    })
    .unwrap_or_default();
    let apart = regularizers.into_iter().filter(|added| !before.contains(&added.node));
    let loss = apart.fold(loss, |sum, added| add(sum, added));
    let step = minimize(method, loss, options, at);
    if updates.is_empty() {
        return step;
    }
    control_dependencies(updates, || group([step]))
}

/// The nodes that a node is computed from.
fn ancestors(state: &State, node: u32) -> HashSet<u32> {
    let mut found = HashSet::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if let Some(node) = state.nodes.get(node as usize) {
            open.extend(node.inputs.iter().map(|input| input.0).filter(|input| found.insert(*input)));
        }
    }
    found
}

/// Why an objective with a collection has nothing to change.
fn nothing_collected(name: &str) -> Error {
    let text = format!(
        "there is no variable in collection `{name}`\n  help: create those that are meant with `collections = [\"{name}\", tf::collection::GLOBAL_VARIABLES]`, or add them in a layer: `tf::add_to_collection(\"{name}\", variable)`"
    );
    Error::new(Status::InvalidArgument, "E-NOTHING-TO-TRAIN", text)
}

/// Why an objective within a scope has nothing to change.
fn nothing_within(graph: &Graph, scope: &str) -> Error {
    let names: Vec<String> = graph.variables().into_iter().filter(|v| v.trainable).map(|v| v.name).collect();
    let scopes: BTreeSet<&str> =
        names.iter().flat_map(|name| name.match_indices('/').map(|(end, _)| &name[..end])).collect();
    let help = match nearest(scope, scopes.into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the model's trainable variables are in no scope: leave `within` out".to_owned(),
    };
    Error::new(
        Status::InvalidArgument,
        "E-NOTHING-TO-TRAIN",
        format!("there is no trainable variable in scope `{scope}`\n  help: {help}"),
    )
}
