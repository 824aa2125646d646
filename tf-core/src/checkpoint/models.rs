//! Saving and restoring what is no graph with a saver: models, stores.

use super::{
    import::Import, listed::global, load_options::LoadOptions, matching::Wanted, report::RestoreReport,
    restoring::restore, source::CheckpointSource, writing::CheckpointWriter,
};
use crate::{
    error::Result,
    model::{Building, Declaration, Instance},
    store::{Cell, Store, joined},
};
use std::{path::Path, sync::Arc};

impl Instance {
    /// Builds a model with the values of a checkpoint, which holds nothing but them and what training keeps beside.
    ///
    /// # Errors
    /// Those of [`Instance::load`], and E-CHECKPOINT-UNUSED for what would be left out without a word.
    #[doc(hidden)]
    #[track_caller]
    pub fn load_all(
        declared: &'static Declaration,
        source: impl CheckpointSource,
        body: impl FnOnce(&mut Building),
    ) -> Result<Instance> {
        let checkpoint = source.open()?;
        let (instance, report) = Instance::load(declared, &checkpoint, &LoadOptions::new(), body)?;
        report.left_over(&checkpoint).map_or(Ok(instance), Err)
    }

    /// Builds a model with the values of a checkpoint. Its initializers are not run, except those of local variables and of what the
    /// checkpoint does not have.
    ///
    /// # Errors
    /// Every mistake that the body makes, and those of [`Instance::restore_with`].
    #[doc(hidden)]
    #[track_caller]
    pub fn load(
        declared: &'static Declaration,
        source: impl CheckpointSource,
        options: &LoadOptions,
        body: impl FnOnce(&mut Building),
    ) -> Result<(Instance, RestoreReport)> {
        let instance = Instance::made(declared, options.seed, &options.model, body)?;
        let report = instance.restore_with(source, &options.import)?;
        let _ = instance.session().initialize_missing()?;
        Ok((instance, report))
    }

    /// Writes the values of the model's global variables into a file.
    ///
    /// # Errors
    /// E-CHECKPOINT-FILE if the system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let wanted = global(self.graph());
        let cells = cells_of(|variable| self.session().store_of(variable), &wanted)?;
        gathered(CheckpointWriter::new(), &wanted, &cells)?.write(path)
    }

    /// Gives the model's global variables the values of a checkpoint: all of them or, where anything is wrong, none.
    ///
    /// # Errors
    /// E-CHECKPOINT-MISSING, E-CHECKPOINT-SPEC, and those of [`CheckpointSource::open`].
    pub fn restore(&self, source: impl CheckpointSource) -> Result<RestoreReport> {
        self.restore_with(source, &Import::new())
    }

    /// [`restore`](Instance::restore) with renames, conversions, or only what the file has. Averages that it does not have begin as their
    /// variables are then.
    ///
    /// # Errors
    /// Those of [`restore`](Instance::restore), and E-IMPORT.
    pub fn restore_with(&self, source: impl CheckpointSource, import: &Import) -> Result<RestoreReport> {
        let wanted = global(self.graph());
        let report = restore_into(|variable| self.session().store_of(variable), &wanted, source, import)?;
        self.average_restored(&report)?;
        Ok(report)
    }
}

impl Store {
    /// Writes every value into a file, under the names of the variables; those that have none are left out.
    ///
    /// # Errors
    /// E-CHECKPOINT-FILE if the system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut values = self.values().into_iter();
        values.try_fold(CheckpointWriter::new(), |writer, (name, value)| writer.tensor(name, value))?.write(path)
    }

    /// Gives the variables of the store the values of a checkpoint: all of them or, where anything is wrong, none.
    ///
    /// # Errors
    /// E-CHECKPOINT-MISSING, E-CHECKPOINT-SPEC, and those of [`CheckpointSource::open`].
    pub fn restore(&self, source: impl CheckpointSource) -> Result<RestoreReport> {
        self.restore_with(source, &Import::new())
    }

    /// [`restore`](Store::restore) with renames, conversions, or only what the file has.
    ///
    /// # Errors
    /// Those of [`restore`](Store::restore), and E-IMPORT.
    pub fn restore_with(&self, source: impl CheckpointSource, import: &Import) -> Result<RestoreReport> {
        let wanted: Vec<Wanted> = self
            .cells()
            .into_iter()
            .map(|cell| {
                let part_of = cell.part_of().cloned();
                let key = part_of.as_ref().map_or(cell.name(), |of| &of.whole).to_owned();
                Wanted { key, variable: cell.name().into(), spec: cell.spec(), part_of }
            })
            .collect();
        restore_into(|_| self.clone(), &wanted, source, import)
    }
}

fn restore_into(
    store: impl Fn(&str) -> Store,
    wanted: &[Wanted],
    source: impl CheckpointSource,
    import: &Import,
) -> Result<RestoreReport> {
    restore(&source.open()?, wanted, &cells_of(store, wanted)?, import)
}

/// The cell of each variable.
pub(super) fn cells_of(store: impl Fn(&str) -> Store, wanted: &[Wanted]) -> Result<Vec<Arc<Cell>>> {
    wanted
        .iter()
        .map(|wanted| store(&wanted.variable).cell(&wanted.variable, wanted.spec, wanted.part_of.as_ref()))
        .collect()
}

/// Adds the values of variables, the n-th of which has the n-th cell; parts that stand side by side are added as one.
pub(super) fn gathered(
    mut writer: CheckpointWriter,
    wanted: &[Wanted],
    cells: &[Arc<Cell>],
) -> Result<CheckpointWriter> {
    let mut rest = wanted.iter().zip(cells).peekable();
    while let Some((first, cell)) = rest.next() {
        if first.part_of.is_none() {
            writer = writer.tensor(first.key.clone(), cell.read()?)?;
            continue;
        }
        let mut parts = vec![cell.clone()];
        while let Some((_, cell)) = rest.next_if(|(next, _)| next.is_beside(first)) {
            parts.push(cell.clone());
        }
        writer = writer.tensor(first.key.clone(), joined(&parts)?)?;
    }
    Ok(writer)
}
