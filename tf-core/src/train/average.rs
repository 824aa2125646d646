//! Exponential moving averages of variables, as are often better to evaluate with than what training left last.

use super::{
    parts::each_part,
    slots::{SlotRequest, SlotValue},
};
use crate::{
    graph::{described::AnyVariable, naming::enter_name_scope, node::Operation, with_current},
    ops::{add, assign_sub, cast, constant, divide, group, minimum, multiply, subtract},
    options::collection,
    tensor::{Tensor, Variable},
};
use std::{
    panic::Location,
    sync::atomic::{AtomicU64, Ordering},
};

/// Keeps averages `a` of variables `x`: each update does `a -= (1 - decay)·(a - x)`.
///
/// They are variables named `x/ExponentialMovingAverage` that start as `x` does. The TensorFlow symbol is
/// `tf.train.ExponentialMovingAverage`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, ones_initializer, train::ExponentialMovingAverage};
/// let graph = Graph::new();
/// let (average, assign, update) = graph.build(|| {
///     let x = get_variable::<f32, _, _>("x", [], VariableOptions::new().initializer(ones_initializer()));
///     let averages = ExponentialMovingAverage::new(0.75);
///     let update = averages.apply(&[x.into()]);
///     (averages.average(x).expect("it was just made"), x.assign(5.0), update)
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// session.run(assign)?;
/// session.run(update)?;
/// assert_eq!(session.run(average)?[[]], 2.0);
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExponentialMovingAverage {
    id: u64,
    decay: f32,
    updates: Option<Tensor<i64>>,
}

/// Beyond the numbers of optimizers, whose slots lie in the same list.
const FIRST: u64 = 1 << 63;

impl ExponentialMovingAverage {
    /// With this decay: near 1, as 0.999, for averages over long times.
    pub fn new(decay: f32) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(FIRST);
        ExponentialMovingAverage { id: NEXT.fetch_add(1, Ordering::Relaxed), decay, updates: None }
    }

    /// The same with a decay of at most `(1 + n) / (10 + n)` after `n` updates, so that averages move faster at first.
    #[must_use]
    pub fn num_updates(mut self, n: Tensor<i64>) -> Self {
        self.updates = Some(n);
        self
    }

    /// The operation that updates the averages of these variables, or of their parts. Variables that are no floats have none.
    #[track_caller]
    pub fn apply(&self, variables: &[AnyVariable]) -> Operation {
        let at = Location::caller();
        let _scope = enter_name_scope("ExponentialMovingAverage");
        let decay: Tensor<f32> = match self.updates {
            None => constant(self.decay),
            Some(updates) => {
                let n = cast::<f32, _>(updates);
                minimum(self.decay, divide(add(n, 1.0), add(n, 10.0)))
            }
        };
        let rest = subtract(1.0, decay);
        let mut updates = Vec::new();
        for variable in each_part(variables.to_vec()) {
            macro_rules! update {
                ($($t:ty),*) => {
                    $(if let Some(variable) = variable.typed::<$t>()
                        && let Some(average) = self.average_of(variable, at)
                    {
                        let toward = subtract(average.read_value(), variable.read_value());
                        updates.push(assign_sub(average, multiply(toward, cast::<$t, _>(rest))).op());
                    })*
                };
            }
            update!(f32, f64);
        }
        group(updates)
    }

    /// The average of a variable, once `apply` has made it; a variable in parts has one for each of those.
    #[track_caller]
    pub fn average<T: crate::Float>(&self, variable: Variable<T>) -> Option<Variable<T>> {
        let found = with_current("average", |state| state.find_slot(self.id, variable.0.node, NAME)).ok().flatten();
        found.and_then(|average| average.typed())
    }

    fn average_of<T: crate::Float>(
        &self,
        variable: Variable<T>,
        at: &'static Location<'static>,
    ) -> Option<Variable<T>> {
        let any = AnyVariable::from(variable);
        let made = with_current("average", |state| {
            let index = state.variable_index(any.graph, any.handle)?;
            let path = format!("{}/{NAME}", state.variables[index].name);
            let request = SlotRequest {
                owner: self.id,
                variable: Some(any),
                key: NAME,
                path: &path,
                spec: any.spec(),
                initial: SlotValue::OfVariable,
            };
            let new = state.find_slot(self.id, any.handle, NAME).is_none();
            let average = state.slot(&request, at);
            if new {
                state.collections.add(collection::MOVING_AVERAGE_VARIABLES, any.into());
            }
            Some(average)
        });
        made.ok().flatten().and_then(|average| average.typed())
    }
}

const NAME: &str = "ExponentialMovingAverage";
