//! Exponential moving averages of variables, which are often better to evaluate with than what training left last, and of tensors.

use super::{
    averaged::{Averaged, AveragedAs, AveragedList, Decay},
    slots::{Kept, SlotRequest, SlotValue},
};
use crate::{
    checkpoint::SavedVariable,
    dtype::{DType, Float},
    error::{Error, Status},
    graph::{
        State,
        described::AnyVariable,
        global_step::get_or_create_global_step,
        naming::enter_name_scope,
        node::{NoDependencies, Operation, enter_control_dependencies},
        with_current,
    },
    ops::{add, assign, assign_sub, cast, constant, divide, group, minimum, multiply, pow, subtract, zeros_like},
    options::collection,
    shape::Shape,
    spec::Spec,
    tensor::{NO_NODE, Tensor, Variable},
};
use std::{
    panic::Location,
    sync::atomic::{AtomicU64, Ordering},
};

/// Keeps averages `a` of variables and tensors `x`: each update does `a -= (1 - decay)·(a - x)`.
///
/// They are global variables named `x/ExponentialMovingAverage`, which nothing trains. That of a variable starts as the variable does and is
/// placed beside it; that of a tensor starts from zeros, since the tensor has no value before a run, and is drawn to them at first unless
/// it is [debiased](ExponentialMovingAverage::zero_debias). The TensorFlow symbol is `tf.train.ExponentialMovingAverage`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, ones_initializer, train::ExponentialMovingAverage};
/// let graph = Graph::new();
/// let (averages, assign, update) = graph.build(|| {
///     let x = get_variable::<f32, _, _>("x", [], VariableOptions::new().initializer(ones_initializer()));
///     let squared = x * x;
///     let averages = ExponentialMovingAverage::new(0.75);
///     let update = averages.apply((x, squared));
///     let [of_x, of_squared] = [averages.average(x), averages.average(squared)].map(|made| made.expect("it was just made"));
///     ([of_x, of_squared], x.assign(5.0), update)
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// session.run(assign)?;
/// session.run(update)?;
/// let [of_x, of_squared] = session.run(averages)?;
/// assert_eq!((of_x[[]], of_squared[[]]), (2.0, 6.25));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExponentialMovingAverage {
    id: u64,
    decay: Decay,
    updates: Updates,
    zero_debias: bool,
    name: String,
}

/// What counts updates, so that averages move faster at first.
#[derive(Clone, Copy, Debug)]
enum Updates {
    Uncounted,
    Tensor(Tensor<i64>),
    /// `global_step` of the graph in which the averages are updated.
    GlobalStep,
}

/// Beyond the numbers of optimizers, whose slots lie in the same list.
const FIRST: u64 = 1 << 63;

/// What the list of slots calls averages, and what is kept to debias them.
const AVERAGE: &str = "average";
const BIASED: &str = "biased";
const LOCAL_STEP: &str = "local_step";

impl ExponentialMovingAverage {
    /// With this decay: near 1, as 0.999, for averages over long times; a number, or a tensor or variable that an update reads.
    pub fn new(decay: impl Into<Decay>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(FIRST);
        let name = "ExponentialMovingAverage".to_owned();
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        ExponentialMovingAverage { id, decay: decay.into(), updates: Updates::Uncounted, zero_debias: false, name }
    }

    /// The same with a decay of at most `(1 + n) / (10 + n)` after `n` updates, so that averages move faster at first.
    #[must_use]
    pub fn num_updates(mut self, n: Tensor<i64>) -> Self {
        self.updates = Updates::Tensor(n);
        self
    }

    /// [`num_updates`](ExponentialMovingAverage::num_updates) of the graph's `global_step`, which the steps of a model count:
    /// for averages that are attached to a model.
    #[must_use]
    pub fn global_step(mut self) -> Self {
        self.updates = Updates::GlobalStep;
        self
    }

    /// The same with averages of tensors divided by `1 - decay^n` after `n` updates: the first update makes them the tensor itself,
    /// instead of a mean of it and the zeros that they start from.
    ///
    /// Beside such an average are two more variables: `biased`, which is the average without the division, and `local_step`, the count of
    /// updates. (Kingma, Ba: [Adam](https://arxiv.org/abs/1412.6980), section 3.)
    #[must_use]
    pub fn zero_debias(mut self) -> Self {
        self.zero_debias = true;
        self
    }

    /// The same with averages that are called `x/name`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The operation that updates the averages of these: variables, parts of variables, or tensors. They are made by the first call.
    ///
    /// Mistakes: E-AVERAGE-DECAY for a decay that is not between 0 and 1, E-AVERAGE-DTYPE for a variable that is none of floats, E-GRAPH-MIXED for one of another graph.
    #[track_caller]
    pub fn apply(&self, of: impl AveragedList) -> Operation {
        let at = Location::caller();
        if let Decay::Constant(decay) = self.decay
            && !(0.0..=1.0).contains(&decay)
        {
            let _ = with_current("apply", |state| state.mistakes.push(no_decay(decay).at(at)));
        }
        let each: Vec<(Averaged, AnyVariable)> = each_part(of.averaged())
            .into_iter()
            .filter_map(|of| Some((of, self.find(of).or_else(|| self.make(of, at))?)))
            .collect();
        let _scope = enter_name_scope(self.name.as_str());
        let decay = match self.decay {
            Decay::Constant(decay) => constant(decay),
            Decay::Tensor(decay) => decay,
            Decay::Variable(decay) => decay.value(),
        };
        let updates = match self.updates {
            Updates::Uncounted => None,
            Updates::Tensor(updates) => Some(updates),
            Updates::GlobalStep => Some(get_or_create_global_step().read_value()),
        };
        let decay = updates.map_or(decay, |updates| {
            let n = cast::<f32, _>(updates);
            minimum(decay, divide(add(n, 1.0), add(n, 10.0)))
        });
        let rest = subtract(1.0, decay);
        let mut updates = Vec::new();
        for (of, average) in each {
            macro_rules! update {
                ($($t:ty),*) => {
                    $(if let Some(average) = average.typed::<$t>() {
                        updates.push(self.update(of, average, cast::<$t, _>(rest), at));
                    })*
                };
            }
            update!(f32, f64, half::f16, half::bf16);
        }
        group(updates)
    }

    /// One average's update.
    fn update<T: Float>(
        &self,
        of: Averaged,
        average: Variable<T>,
        rest: Tensor<T>,
        at: &'static Location<'static>,
    ) -> Operation {
        let is_variable = with_current("apply", |state| state.is_variable(of)).unwrap_or_default();
        let tensor: Tensor<T> = Tensor::new(of.input.shape, of.input.graph, of.input.node, of.input.output);
        let value = if is_variable { Variable(tensor).read_value() } else { tensor };
        let toward = |average: Variable<T>| multiply(subtract(average.read_value(), value), rest);
        if is_variable || !self.zero_debias {
            return assign_sub(average, toward(average)).op();
        }
        let beside = |name: &'static str, shape: Shape| self.beside(average, name, shape, at);
        let (Some(biased), Some(step)) = (beside(BIASED, of.input.shape), beside(LOCAL_STEP, Shape::SCALAR)) else {
            return average.0.op();
        };
        let one = || cast::<T, _>(constant::<f32, _>(1.0));
        let sum = assign_sub(biased, toward(biased));
        let count = step.assign_add(one());
        assign(average, divide(sum, subtract(one(), pow(subtract(one(), rest), count)))).op()
    }

    /// The average of a variable or tensor, once `apply` has made it. That of a variable in parts is one in the same parts.
    #[track_caller]
    pub fn average<T: Float>(&self, of: impl AveragedAs<T>) -> Option<Variable<T>> {
        let of = of.into();
        let at = Location::caller();
        let found = with_current("average", |state| {
            let kept = state.kept_for(of);
            state.find_slot(self.id, kept, AVERAGE).or_else(|| state.slot_of_whole(self.id, kept, AVERAGE, at))
        });
        found.ok().flatten().and_then(|average| average.typed())
    }

    /// The name that the average of a variable or tensor has, or would have: under which a checkpoint has it.
    /// TensorFlow: `ExponentialMovingAverage.average_name`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, VariableOptions, get_variable, train::ExponentialMovingAverage};
    /// let graph = Graph::new();
    /// let name = graph.build(|| {
    ///     let v = get_variable::<f32, _, _>("v", [], VariableOptions::new());
    ///     ExponentialMovingAverage::new(0.9).name("slow").average_name(v)
    /// })?;
    /// assert_eq!(name, "v/slow");
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn average_name<T: Float>(&self, of: impl AveragedAs<T>) -> String {
        let of = of.into();
        with_current("average_name", |state| self.name_in(state, of)).unwrap_or_default()
    }

    /// The global variables of the graph that is built, each with the name to restore it from: its average's, where training changes it or
    /// it has one, else its own. They are a saver's list. TensorFlow: `ExponentialMovingAverage.variables_to_restore`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Saver, Session, VariableOptions, get_variable, train::ExponentialMovingAverage};
    /// # let folder = std::env::temp_dir().join(format!("tf_scope_averages_{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).expect("a folder");
    /// let training = Graph::new();
    /// let update = training.build(|| {
    ///     let v = get_variable::<f32, _, _>("v", [], VariableOptions::new());
    ///     ExponentialMovingAverage::new(0.9).apply(v)
    /// })?;
    /// let session = Session::new(&training)?;
    /// session.initialize()?;
    /// session.run(update)?;
    /// let saved = Saver::new(&training).save(&session, folder.join("model"))?;
    ///
    /// let evaluation = Graph::new();
    /// let averages = evaluation.build(|| {
    ///     let _ = get_variable::<f32, _, _>("v", [], VariableOptions::new());
    ///     ExponentialMovingAverage::new(0.9).variables_to_restore()
    /// })?;
    /// Saver::of(&evaluation, averages)?.restore(&Session::new(&evaluation)?, saved)?;
    /// # std::fs::remove_dir_all(&folder).expect("it is ours");
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn variables_to_restore(&self) -> Vec<SavedVariable> {
        let listed = with_current("variables_to_restore", |state| {
            let list = |state: &State, name: &str| -> Vec<AnyVariable> {
                state.collections.get(name).iter().filter_map(crate::graph::collected::Item::variable).collect()
            };
            let moving = [collection::TRAINABLE_VARIABLES, collection::MOVING_AVERAGE_VARIABLES];
            let mut named: Vec<(String, AnyVariable)> = Vec::new();
            let moving: Vec<AnyVariable> = moving.iter().flat_map(|name| list(state, name)).collect();
            for variable in moving {
                if named.iter().all(|(_, before)| *before != variable) {
                    named.push((self.name_in(state, variable.into()), variable));
                }
            }
            for variable in list(state, collection::GLOBAL_VARIABLES) {
                let Some(index) = state.variable_index(variable.graph, variable.handle) else { continue };
                let known_as = state.variables[index].known_as();
                if named.iter().all(|(name, before)| *before != variable && name != known_as) {
                    named.push((known_as.to_owned(), variable));
                }
            }
            named
        });
        listed.unwrap_or_default().into_iter().map(SavedVariable::from).collect()
    }

    /// The names of variables, each with that of its average, if it has one; those of the whole for one in parts.
    pub(super) fn names(&self, of: &[AnyVariable]) -> Vec<(String, String)> {
        let named = with_current("averages", |state| {
            let named = |variable: AnyVariable, state: &State| {
                let average = state.find_slot(self.id, Kept::Variable(variable), AVERAGE)?;
                let known_as = |variable: AnyVariable| {
                    let index = state.variable_index(variable.graph, variable.handle)?;
                    Some(state.variables[index].known_as().to_owned())
                };
                Some((known_as(variable)?, known_as(average)?))
            };
            let each = state.each_part(of.to_vec());
            let mut names: Vec<_> = each.into_iter().filter_map(|variable| named(variable, state)).collect();
            names.dedup();
            names
        });
        named.unwrap_or_default()
    }

    /// The name under which a checkpoint has the average: of a part, that of the whole.
    fn name_in(&self, state: &mut State, of: Averaged) -> String {
        if let Some(average) = state.find_slot(self.id, state.kept_for(of), AVERAGE)
            && let Some(index) = state.variable_index(average.graph, average.handle)
        {
            return state.variables[index].known_as().to_owned();
        }
        let own = match state.variable_index(of.input.graph, of.input.node) {
            Some(index) => state.variables[index].known_as().to_owned(),
            None => state.nodes.get(of.input.node as usize).map_or_else(String::new, |node| node.name.to_string()),
        };
        state.names.would_be(&format!("{own}/{}", self.name))
    }

    fn find(&self, of: Averaged) -> Option<AnyVariable> {
        with_current("apply", |state| state.find_slot(self.id, state.kept_for(of), AVERAGE)).ok().flatten()
    }

    /// Makes the average: of a variable beside it, of a tensor where variables are placed now.
    fn make(&self, of: Averaged, at: &'static Location<'static>) -> Option<AnyVariable> {
        let zeros = self.zeros(of);
        let made = with_current("apply", |state| {
            let what = || "what is averaged".to_owned();
            if of.input.node == NO_NODE || state.refuses(of.input.graph, of.input.node, what, at) {
                return None;
            }
            let kept = state.kept_for(of);
            let (name, initial) = match kept {
                Kept::Variable(variable) => {
                    let index = state.variable_index(variable.graph, variable.handle)?;
                    (state.variables[index].name.to_string(), SlotValue::OfVariable)
                }
                _ => (state.nodes[of.input.node as usize].name.to_string(), zeros),
            };
            if !of.dtype.is_float() {
                state.mistakes.push(no_floats(&name, of.dtype).at(at));
                return None;
            }
            let request = SlotRequest {
                owner: self.id,
                kept,
                key: AVERAGE,
                path: &format!("{name}/{}", self.name),
                spec: Spec::new(of.dtype, of.input.shape),
                initial,
            };
            let average = state.slot(&request, at);
            if let Kept::Variable(variable) = kept {
                state.collections.add(collection::MOVING_AVERAGE_VARIABLES, variable.into());
            }
            Some(average)
        });
        made.ok().flatten()
    }

    /// What the average of a tensor starts from: if its shape is only known in a run, zeros like the tensor.
    fn zeros(&self, of: Averaged) -> SlotValue {
        let is_variable = with_current("apply", |state| state.is_variable(of)).unwrap_or_default();
        if is_variable || of.input.node == NO_NODE || of.input.shape.is_fully_defined() {
            return SlotValue::Number(0.0);
        }
        let _no_dependencies = enter_control_dependencies(NoDependencies);
        macro_rules! zeros {
            ($($t:ty),*) => {
                $(if of.dtype.is(<$t as crate::Element>::DTYPE) {
                    let tensor: Tensor<$t> = Tensor::new(of.input.shape, of.input.graph, of.input.node, of.input.output);
                    return SlotValue::Tensor(zeros_like(tensor).into());
                })*
            };
        }
        zeros!(f32, f64, half::f16, half::bf16);
        SlotValue::Number(0.0)
    }

    /// What is kept beside an average to debias it.
    fn beside<T: Float>(
        &self,
        average: Variable<T>,
        name: &'static str,
        shape: Shape,
        at: &'static Location<'static>,
    ) -> Option<Variable<T>> {
        let variable = AnyVariable::from(average);
        let made = with_current("apply", |state| {
            let index = state.variable_index(variable.graph, variable.handle)?;
            let path = format!("{}/{name}", state.variables[index].name);
            // Of a shape that is only known in a run, it starts as the average does.
            let initial = if shape.is_fully_defined() { SlotValue::Number(0.0) } else { SlotValue::OfVariable };
            let spec = Spec::new(T::DTYPE, shape);
            let kept = Kept::Variable(variable);
            Some(state.slot(&SlotRequest { owner: self.id, kept, key: name, path: &path, spec, initial }, at))
        });
        made.ok().flatten().and_then(|made| made.typed())
    }
}

impl State {
    fn is_variable(&self, of: Averaged) -> bool {
        self.variable_index(of.input.graph, of.input.node).is_some()
    }

    fn kept_for(&self, Averaged { input, dtype }: Averaged) -> Kept {
        match self.variable_index(input.graph, input.node) {
            Some(index) => Kept::Variable(self.any_variable(index)),
            None => Kept::Tensor { node: input.node, output: input.output, dtype },
        }
    }
}

/// The same, with the parts of variables that are in parts in their place.
#[track_caller]
fn each_part(list: Vec<Averaged>) -> Vec<Averaged> {
    let parts = with_current("apply", |state| {
        let parts = |of: &Averaged| match state.kept_for(*of) {
            Kept::Variable(variable) => state.each_part(vec![variable]).into_iter().map(Averaged::from).collect(),
            _ => vec![*of],
        };
        list.iter().flat_map(parts).collect()
    });
    parts.unwrap_or(list)
}

fn no_decay(decay: f32) -> Error {
    let text = format!(
        "an average is to keep {decay} of itself at each update\n  help: name a part of it, from 0 to 1; `0.999` is an average over about a thousand updates"
    );
    Error::new(Status::InvalidArgument, "E-AVERAGE-DECAY", text)
}

fn no_floats(name: &str, dtype: DType) -> Error {
    let text = format!(
        "variable `{name}` of {dtype} is to be averaged, and only floats are\n  help: leave it out, or average the tensor `tf::cast::<f32, _>(variable)`"
    );
    Error::new(Status::InvalidArgument, "E-AVERAGE-DTYPE", text).of_variable(name)
}
