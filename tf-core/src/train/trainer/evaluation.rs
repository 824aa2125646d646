//! Evaluation while a model is trained: another model on its variables, and data of its own.

use super::{draws, early_stop::EarlyStop, period::Every};
use crate::{
    data::{Batches, Dataset, Position},
    engine::cast::cast,
    error::{Error, Result, Status},
    model::{InputsOf, Instance, Model},
    options::collection,
    value::Value,
};
use std::collections::HashSet;

/// The metric that is known without an evaluation.
pub(super) const EPOCH_LOSS: &str = "train/loss";

/// A model that reuses the one that is trained, run on a whole dataset every now and then.
///
/// ```
/// # use tf_core as tf;
/// # use tf::{data::{Batches, Dataset}, model::{InputsOf, Model}, train::{Evaluation, Every}};
/// # fn made<'t, M: Model, D: Dataset<Batch: InputsOf<M>> + 'static>(check: &'t M, held_out: Batches<D>) -> Evaluation<'t, D> {
/// Evaluation::new(check, held_out).metric("accuracy", 1).every(Every::epochs(1))
/// # }
/// ```
#[derive(Debug)]
pub struct Evaluation<'t, D: Dataset> {
    instance: &'t Instance,
    batches: Batches<D>,
    inputs: fn(D::Batch) -> Vec<Value>,
    name: String,
    every: Every,
    metrics: Vec<Metric>,
    images: Vec<(String, usize)>,
    of_averages: bool,
}

#[derive(Debug)]
struct Metric {
    name: String,
    output: usize,
    /// Whether the output is a total over all batches already.
    running: bool,
}

impl<'t, D: Dataset + 'static> Evaluation<'t, D> {
    /// Runs the model, made by `Evaluate::sharing(&train)`, on one epoch of these batches after each epoch of training. Its first output is the metric
    /// `eval/loss`, the mean over all examples.
    pub fn new<M: Model>(model: &'t M, batches: Batches<D>) -> Self
    where
        D::Batch: InputsOf<M>,
    {
        let loss = Metric { name: "loss".to_owned(), output: 0, running: false };
        Evaluation {
            instance: model.built(),
            batches,
            inputs: D::Batch::into_values,
            name: "eval".to_owned(),
            every: Every::epochs(1),
            metrics: vec![loss],
            images: Vec::new(),
            of_averages: false,
        }
    }

    /// With the averages of the trained model's variables in place of their values: those that
    /// [`ExponentialMovingAverage`](crate::train::ExponentialMovingAverage) keeps, attached by the model's `averaged`. Meanwhile
    /// whoever else reads the variables sees the averages too; afterwards they are as they were.
    pub fn of_averages(mut self) -> Self {
        self.of_averages = true;
        self
    }

    /// Another name than `eval`, which the names of its metrics start with; where there are several evaluations each has its own.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How often; after each epoch where nothing is said. It is also done at the end of training.
    pub fn every(mut self, every: Every) -> Self {
        self.every = every;
        self
    }

    /// A further output, counted from 0, as a metric: the mean of its elements over all examples. The name `loss` takes the place of the first output.
    pub fn metric(self, name: impl Into<String>, output: usize) -> Self {
        self.with(Metric { name: name.into(), output, running: false })
    }

    /// A further output that is a total of its own, as those of `tf::metrics` are: its value after the last batch. Their variables start anew
    /// with each evaluation.
    pub fn running_metric(self, name: impl Into<String>, output: usize) -> Self {
        self.with(Metric { name: name.into(), output, running: true })
    }

    /// An output of images `[batch, height, width, channels]`: the first of each evaluation is written to the event files.
    pub fn image(mut self, name: impl Into<String>, output: usize) -> Self {
        self.images.push((name.into(), output));
        self
    }

    fn with(mut self, metric: Metric) -> Self {
        self.metrics.retain(|known| known.name != metric.name);
        self.metrics.push(metric);
        self
    }
}

/// What an evaluation found.
pub(super) struct Evaluated {
    /// By their whole names.
    pub(super) metrics: Vec<(String, f64)>,
    /// The outputs for the first batch that are images.
    #[cfg_attr(not(feature = "events"), allow(dead_code))]
    pub(super) images: Vec<(String, Value)>,
}

/// An evaluation of any model on any data.
pub(super) trait Evaluates {
    fn name(&self) -> &str;
    fn every(&self) -> Every;
    fn instance(&self) -> &Instance;
    fn metric_names(&self) -> Vec<String>;
    /// # Errors
    /// E-EVALUATION if it is of other variables, or asks for an output that is not there; E-NO-AVERAGES, E-EVERY.
    fn check(&self, trained: &Instance) -> Result<()>;
    /// Evaluates what the trained model has learned so far.
    fn evaluate(&mut self, trained: &Instance) -> Result<Evaluated>;
}

impl<D: Dataset + 'static> Evaluates for Evaluation<'_, D> {
    fn name(&self) -> &str {
        &self.name
    }

    fn every(&self) -> Every {
        self.every
    }

    fn instance(&self) -> &Instance {
        self.instance
    }

    fn metric_names(&self) -> Vec<String> {
        self.metrics.iter().map(|metric| format!("{}/{}", self.name, metric.name)).collect()
    }

    fn check(&self, trained: &Instance) -> Result<()> {
        let (own, of) = (self.instance, trained.declared.name);
        let refused = |text: String| Err(Error::new(Status::InvalidArgument, "E-EVALUATION", text));
        if !own.store().is(trained.store()) {
            let name = if own.declared.name == of { "Evaluate" } else { own.declared.name };
            return refused(format!(
                "model `{}` evaluates model `{of}`, and has variables of its own\n  help: declare it as `model! {{ {name} reuse {of} (..) -> .. }}`, and make it by `{name}::sharing(&model)`",
                own.declared.name
            ));
        }
        let outputs = own.declared.outputs;
        let named = self.metrics.iter().map(|metric| (&metric.name, metric.output));
        for (name, output) in named.chain(self.images.iter().map(|(name, output)| (name, *output))) {
            let numbers = outputs.get(output).is_some_and(|port| port.spec.dtype != crate::DType::String);
            if !numbers {
                return refused(format!(
                    "`{}/{name}` is output {output} of model `{}`, which has {} outputs, counted from 0, and numbers in those that are metrics\n  help: return it from the model, and give its number",
                    self.name,
                    own.declared.name,
                    outputs.len()
                ));
            }
        }
        if self.of_averages {
            trained.averages()?;
        }
        self.every.check(&format!("evaluation `{}` is made", self.name))
    }

    fn evaluate(&mut self, trained: &Instance) -> Result<Evaluated> {
        if self.of_averages { trained.on_averages(|| self.run()) } else { self.run() }
    }
}

impl<D: Dataset + 'static> Evaluation<'_, D> {
    /// One epoch of the held-out data.
    fn run(&mut self) -> Result<Evaluated> {
        start_anew(self.instance)?;
        self.batches.seek(Position { epoch: self.batches.position().epoch, batch: 0 });
        let epoch = self.batches.position().epoch;
        let mut sums = vec![0.0; self.metrics.len()];
        let (mut examples, mut images) = (0, None);
        while self.batches.position().epoch == epoch {
            let size = self.batches.next_size();
            let outputs = self.instance.run((self.inputs)(self.batches.next_batch()?))?;
            for (metric, sum) in self.metrics.iter().zip(&mut sums) {
                let value = mean(&outputs[metric.output]);
                if metric.running { *sum = value } else { *sum += value * size as f64 }
            }
            examples += size;
            images.get_or_insert_with(|| {
                self.images
                    .iter()
                    .map(|(name, output)| (format!("{}/{name}", self.name), outputs[*output].clone()))
                    .collect()
            });
        }
        // The same order each time.
        self.batches.seek(Position { epoch, batch: 0 });
        let found = self.metrics.iter().zip(sums).map(|(metric, sum)| {
            (format!("{}/{}", self.name, metric.name), if metric.running { sum } else { sum / examples as f64 })
        });
        Ok(Evaluated { metrics: found.collect(), images: images.unwrap_or_default() })
    }
}

/// Looks at all evaluations of a run, and for the metric that is to end it.
///
/// # Errors
/// E-EVALUATION, E-EVERY, E-METRIC-NAME.
pub(super) fn check(
    instance: &Instance,
    evaluations: &[Box<dyn Evaluates + '_>],
    stop: Option<&EarlyStop>,
) -> Result<()> {
    let mut names = HashSet::from([draws::OWN]);
    let mut metrics = vec![EPOCH_LOSS.to_owned()];
    for evaluation in evaluations {
        evaluation.check(instance)?;
        metrics.extend(evaluation.metric_names());
        if !names.insert(evaluation.name()) {
            let name = evaluation.name();
            return Err(Error::new(
                Status::AlreadyExists,
                "E-EVALUATION",
                format!(
                    "two evaluations have the name `{name}`, or it is that of the model\n  help: give each its own: `Evaluation::new(..).named(\"test\")`"
                ),
            ));
        }
    }
    stop.map_or(Ok(()), |stop| stop.check(&metrics))
}

/// The variables of metrics that total up over batches start from nothing again.
fn start_anew(instance: &Instance) -> Result<()> {
    let names: Vec<String> = {
        let state = instance.graph().state();
        let metrics = state.collections.get(collection::METRIC_VARIABLES).iter();
        let variables = metrics.filter_map(|item| item.variable());
        let indices = variables.filter_map(|variable| state.variable_index(variable.graph, variable.handle));
        indices.map(|index| state.variables[index].name.to_string()).collect()
    };
    if names.is_empty() {
        return Ok(());
    }
    instance.session().initialize_where(|variable| names.contains(&variable.name)).map(|_| ())
}

/// The sum of the elements.
pub(super) fn sum(value: &Value) -> f64 {
    cast(value, crate::DType::F64).as_slice::<f64>().unwrap_or_default().iter().sum()
}

fn mean(value: &Value) -> f64 {
    sum(value) / value.len() as f64
}
