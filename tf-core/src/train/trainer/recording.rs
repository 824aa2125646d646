//! A run in event files: graph, scalars, histograms, images.

use super::{Every, Taken};
use crate::{data::Position, engine::cast::cast, error::Result, events::EventWriter, model::Instance, value::Value};
use ndarray::{ArrayView3, Ix4};
use std::path::PathBuf;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) directory: PathBuf,
    pub(super) histograms: Every,
}

/// Files under way.
#[derive(Debug)]
pub(super) struct Recording {
    writer: EventWriter,
    histograms: Every,
}

impl Events {
    pub(super) fn begin(self, instance: &Instance, resumed_at: Option<u64>) -> Result<Recording> {
        self.histograms.check("histograms are written")?;
        let writer = EventWriter::create(&self.directory)?;
        match resumed_at {
            // What an earlier run wrote beyond is not shown.
            Some(step) => writer.resumed(step as i64 + 1)?,
            None => writer.variables(0, instance.store())?,
        }
        writer.graph(instance.graph())?;
        Ok(Recording { writer, histograms: self.histograms })
    }
}

impl Recording {
    pub(super) fn step(&self, taken: &Taken<'_>, position: Position, instance: &Instance) -> Result<()> {
        let step = taken.step as i64;
        for (name, loss) in taken.losses {
            self.writer.scalar(name, step, *loss as f32)?;
        }
        self.writer.scalar("learning_rate", step, taken.learning_rate as f32)?;
        if self.histograms.is_due(taken.step, position) {
            self.writer.variables(step, instance.store())?;
        }
        Ok(())
    }

    pub(super) fn metrics(&self, step: u64, found: &[(String, f64)]) -> Result<()> {
        found.iter().try_for_each(|(name, value)| self.writer.scalar(name, step as i64, *value as f32))
    }

    /// # Errors
    /// E-EVENTS-IMAGE for outputs that are no images.
    pub(super) fn images(&self, step: u64, found: &[(String, Value)]) -> Result<()> {
        // What is no batch of images has no first one: the writer refuses it.
        let nothing = ArrayView3::from_shape([0, 0, 0], &[]).expect("there is nothing in it");
        for (name, value) in found {
            let numbers = cast(value, crate::DType::F32);
            let images = numbers.view::<f32>().and_then(|all| all.into_dimensionality::<Ix4>().ok());
            let first = images.as_ref().and_then(|images| images.outer_iter().next());
            self.writer.image(name, step as i64, first.unwrap_or(nothing))?;
        }
        Ok(())
    }
}
