//! Averages attached to a built model: each step of its optimizers moves them, and what runs on them is evaluated and saved.

use super::{attached::Attached, average::ExponentialMovingAverage};
use crate::{
    checkpoint::RestoreReport,
    error::{Error, Result, Status},
    graph::node::control_dependencies,
    model::{Building, Declaration, Instance},
    model_options::ModelOptions,
    ops::group,
    value::Value,
};
use std::panic::Location;

/// The averages that are kept of a model's variables.
#[derive(Debug)]
pub(crate) struct Averages {
    of: ExponentialMovingAverage,
    /// The name of each variable with that of its average.
    names: Vec<(String, String)>,
}

impl Attached {
    /// Lets the step be followed by updates of the averages; yields the names of its variables with those of their averages.
    fn averaged(&mut self, of: &ExponentialMovingAverage) -> Vec<(String, String)> {
        let updates = control_dependencies([self.step.operation], || of.apply(&self.changes[..]));
        self.runs = group([self.step.operation, updates]);
        of.names(&self.changes)
    }
}

impl Instance {
    /// Keeps averages of the variables that the attached optimizers change, moved after each of their steps.
    ///
    /// # Errors
    /// E-NO-STEP if no optimizer is attached, E-AVERAGED-TWICE if there are averages already, E-AVERAGE-DECAY, E-AVERAGE-DTYPE.
    #[doc(hidden)]
    #[track_caller]
    pub fn averaged(&mut self, of: ExponentialMovingAverage) -> Result<()> {
        let at = Location::caller();
        let name = self.declared.name;
        if self.averages.is_some() {
            let text = format!(
                "averages of model `{name}` are kept already\n  help: call `averaged` once; it keeps those of each optimizer that is attached"
            );
            return Err(Error::new(Status::InvalidArgument, "E-AVERAGED-TWICE", text).at(at));
        }
        if self.steps.is_empty() {
            let text = format!(
                "averages are to follow the steps of model `{name}`, and no optimizer is attached to it\n  help: attach it first: `Model::init(seed)?.minimize(Adam::new(0.001))?.averaged(..)?`"
            );
            return Err(Error::new(Status::FailedPrecondition, "E-NO-STEP", text).at(at));
        }
        self.averages = Some(Averages { of, names: Vec::new() });
        for index in 0..self.steps.len() {
            self.average(index)?;
        }
        Ok(())
    }

    /// Lets a step move the averages, if any are kept; they begin as their variables are now.
    pub(super) fn average(&mut self, index: usize) -> Result<()> {
        let Some(averages) = &mut self.averages else { return Ok(()) };
        let (graph, attached) = (self.session.graph().clone(), &mut self.steps[index]);
        let names = graph.build(|| attached.averaged(&averages.of))?;
        self.session.initialize_missing()?;
        for (name, average) in names {
            if averages.names.iter().all(|(known, _)| *known != name) {
                // The graph's initial value would be drawn anew, where it is random.
                let value = self.session.store_of(&name).get(&name)?;
                self.session.store_of(&average).set(&average, value)?;
                averages.names.push((name, average));
            }
        }
        Ok(())
    }

    /// Lets averages that a checkpoint does not have begin as the variables that it has: those from before it are of other values.
    pub(crate) fn average_restored(&self, report: &RestoreReport) -> Result<()> {
        let Some(averages) = &self.averages else { return Ok(()) };
        for (name, average) in &averages.names {
            if report.missing.contains(average) && !report.missing.contains(name) {
                let value = self.session.store_of(name).get(name)?;
                self.session.store_of(average).set(average, value)?;
            }
        }
        Ok(())
    }

    /// Builds the model anew, with the averages of another of its kind as the values of its variables; those without are as they are there.
    ///
    /// # Errors
    /// E-NO-AVERAGES if none are kept there, and every mistake that the body makes.
    #[doc(hidden)]
    #[track_caller]
    pub fn of_averages(
        declared: &'static Declaration,
        other: &Instance,
        body: impl FnOnce(&mut Building),
    ) -> Result<Instance> {
        let averaged = other.averages()?;
        let options = ModelOptions::new().session(other.session.options());
        let instance = Instance::made(declared, None, &options, body)?;
        for variable in instance.graph().variables() {
            let from = averaged.iter().find(|(name, _)| *name == variable.name);
            let from = from.map_or(&variable.name, |(_, average)| average);
            if let Ok(value) = other.session.store_of(from).get(from) {
                instance.session.store_of(&variable.name).set(&variable.name, value)?;
            }
        }
        instance.session.initialize_missing()?;
        Ok(instance)
    }

    /// Runs something while the variables have the values of their averages, and gives them their own again.
    pub(super) fn on_averages<R>(&self, run: impl FnOnce() -> Result<R>) -> Result<R> {
        let mut borrowed = Borrowed { instance: self, own: Vec::new() };
        for (name, average) in self.averages()? {
            let value = self.session.store_of(average).get(average)?;
            borrowed.own.push((name, self.session.store_of(name).get(name)?));
            self.session.store_of(name).set(name, value)?;
        }
        let found = run();
        drop(borrowed);
        found
    }

    /// # Errors
    /// E-NO-AVERAGES.
    pub(super) fn averages(&self) -> Result<&[(String, String)]> {
        let text = || {
            format!(
                "model `{}` is asked for averages of its variables, and none are kept\n  help: attach them after the optimizer: `let model = Model::init(seed)?.minimize(..)?.averaged(ExponentialMovingAverage::new(0.999))?`",
                self.declared.name
            )
        };
        let missing = || Error::new(Status::FailedPrecondition, "E-NO-AVERAGES", text());
        self.averages.as_ref().map(|averages| &averages.names[..]).ok_or_else(missing)
    }
}

/// Variables whose values are others for a while; they have their own again when it ends, also by a panic.
struct Borrowed<'i> {
    instance: &'i Instance,
    own: Vec<(&'i String, Value)>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        for (name, value) in self.own.drain(..) {
            self.instance.session.store_of(name).set(name, value).expect("the value was the variable's before");
        }
    }
}
