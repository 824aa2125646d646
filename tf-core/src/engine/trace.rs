//! What a run did, step by step: [`RunTrace`].

use super::{devices::Devices, plan::Step};
use crate::{
    ops::Op,
    placement::DeviceSpec,
    value::{Data, Value},
};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// The steps of a run in the order they were taken, with the device of each; where a value crossed from one device to another that is a
/// step, too.
///
/// From [`Session::run_traced`](crate::Session::run_traced). `Display` shows a line for each step. The TensorFlow symbol is
/// `tf.RunMetadata`.
#[derive(Clone, Debug, Default)]
pub struct RunTrace {
    /// The steps.
    pub steps: Vec<TracedStep>,
}

/// One step of a run.
#[derive(Clone, Debug)]
pub struct TracedStep {
    /// The op's name in the graph; of a transfer, the op whose value crosses.
    pub name: String,
    /// TensorFlow's name of the op type; `Transfer` for a transfer.
    pub op: &'static str,
    /// The device that takes the step; of a transfer, the one that the value comes to.
    pub device: DeviceSpec,
    /// The device that the value of a transfer comes from; `None` for an op.
    pub from: Option<DeviceSpec>,
    /// Bytes of the values that the step yields.
    pub bytes: usize,
    /// When it began, after the start of the run.
    pub start: Duration,
    /// How long it took.
    pub took: Duration,
}

impl RunTrace {
    /// The steps in which a value crossed to another device.
    pub fn transfers(&self) -> impl Iterator<Item = &TracedStep> {
        self.steps.iter().filter(|step| step.from.is_some())
    }
}

impl fmt::Display for RunTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            write!(f, "{:>9.1} us  {} ({}): ", step.start.as_secs_f64() * 1e6, step.name, step.op)?;
            if let Some(from) = &step.from {
                write!(f, "{from} -> ")?;
            }
            writeln!(f, "{}, {} bytes, {:.1} us", step.device, step.bytes, step.took.as_secs_f64() * 1e6)?;
        }
        Ok(())
    }
}

/// A trace being taken.
pub(crate) struct Tracing<'d> {
    began: Instant,
    devices: &'d Devices,
    pub(crate) trace: RunTrace,
}

impl<'d> Tracing<'d> {
    pub(crate) fn new(devices: &'d Devices) -> Self {
        Tracing { began: Instant::now(), devices, trace: RunTrace::default() }
    }

    /// Notes a step that began then and has put these values in place.
    pub(super) fn note(&mut self, step: &Step, start: Instant, outputs: &[Option<Value>]) {
        let from = match &step.op {
            Op::Transfer(transfer) => Some(self.devices.spec(transfer.from).clone()),
            _ => None,
        };
        self.trace.steps.push(TracedStep {
            name: step.name.to_string(),
            op: step.op.type_name(),
            device: self.devices.spec(step.device).clone(),
            from,
            bytes: outputs.iter().flatten().map(bytes).sum(),
            start: start.duration_since(self.began),
            took: start.elapsed(),
        });
    }
}

/// The bytes that a value's elements take; of texts, those of their letters.
fn bytes(value: &Value) -> usize {
    match value.data() {
        Data::String(texts) => texts.iter().map(String::len).sum(),
        _ => value.len() * value.dtype().size(),
    }
}
