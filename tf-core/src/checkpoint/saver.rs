//! Saves the variables of a session again and again, and keeps the last few checkpoints.

use super::{
    durable::folder_of,
    format::Format,
    import::Import,
    kept::Kept,
    listed::{SavedVariable, global, these},
    matching::Wanted,
    models::{cells_of, gathered},
    report::RestoreReport,
    restoring::restore,
    source::{CheckpointSource, with_extension},
    state::STATE_FILE,
    step::GlobalStep,
    writing::CheckpointWriter,
};
use crate::{
    error::{Error, Result, Status},
    graph::Graph,
    session::Session,
    store::Cell,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

/// Saves variables by their names and restores them; keeps the last five checkpoints, and records them in the folder's state file.
///
/// A checkpoint is written beside its place, brought to the disk, and put there in one step, so that whenever the process stops the last complete
/// one is there. A saver may be used by several threads; each variable is saved as it is at one moment. TensorFlow: `tf.train.Saver`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Saver, Session, VariableOptions, get_variable, latest_checkpoint, zeros_initializer};
/// # let folder = std::env::temp_dir().join(format!("tf_scope_doc_saver_{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// let graph = Graph::new();
/// let count = graph.build(|| {
///     let v = get_variable::<f32, _, _>("v", [], VariableOptions::new().initializer(zeros_initializer()));
///     v.assign_add(1.0)
/// })?;
/// let saver = Saver::new(&graph).max_to_keep(3);
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// for step in 1..=10 {
///     session.run(count)?;
///     saver.save_step(&session, folder.join("model"), step)?; // model-1.safetensors, ..
/// }
///
/// let later = Session::new(&graph)?; // no initializer is run: the checkpoint has the values
/// let latest = latest_checkpoint(&folder)?.expect("there are three");
/// let report = saver.restore(&later, latest)?;
/// assert_eq!((report.applied.len(), later.run(count)?[[]]), (1, 11.0));
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Debug)]
pub struct Saver {
    graph: Graph,
    variables: Vec<Wanted>,
    aliases: Vec<(String, String)>,
    allow_empty: bool,
    pad_step: bool,
    state_file: Option<String>,
    /// Also lets one thread save at a time.
    kept: Mutex<Kept>,
}

impl Saver {
    /// A saver of the global variables that the graph has now.
    ///
    /// A saver of nothing is refused when it saves or restores.
    pub fn new(graph: &Graph) -> Saver {
        Saver::with(graph, global(graph))
    }

    /// A saver of these: variables or names, each by itself or in a pair with the name that the file is to have for it.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Saver, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let (v, w) = graph.build(|| {
    ///     let variable = |name| get_variable::<f32, _, _>(name, [2], VariableOptions::new());
    ///     (variable("v"), variable("w"))
    /// })?;
    /// let some = Saver::of(&graph, [v])?;
    /// let by_name = Saver::of(&graph, ["v", "w"])?;
    /// let renamed = Saver::of(&graph, [("old/v", v), ("old/w", w)])?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// E-NO-VARIABLE with the nearest name; E-GRAPH-MIXED; E-SAVE-NAME if a name or a variable stands there twice.
    pub fn of(graph: &Graph, variables: impl IntoIterator<Item = impl Into<SavedVariable>>) -> Result<Saver> {
        Ok(Saver::with(graph, these(graph, variables.into_iter().map(Into::into))?))
    }

    fn with(graph: &Graph, variables: Vec<Wanted>) -> Saver {
        Saver {
            graph: graph.clone(),
            variables,
            aliases: Vec::new(),
            allow_empty: false,
            pad_step: false,
            state_file: Some(STATE_FILE.to_owned()),
            kept: Mutex::new(Kept::new()),
        }
    }

    /// Keeps the last `n` checkpoints, 5 where nothing is said, and deletes older ones; 0 keeps all.
    pub fn max_to_keep(self, n: usize) -> Self {
        self.kept().at_most(n);
        self
    }

    /// Of those that would be deleted, keeps one for each period of this length for good.
    pub fn keep_one_every(self, period: Duration) -> Self {
        self.kept().one_every(period);
        self
    }

    /// A further name under which the file knows what is saved under another one. The tensor is stored once.
    pub fn alias(mut self, name: impl Into<String>, of: impl Into<String>) -> Self {
        self.aliases.push((name.into(), of.into()));
        self
    }

    /// Writes steps with leading zeros, `model-00000007`, so that names sort as steps do.
    pub fn pad_step_number(mut self) -> Self {
        self.pad_step = true;
        self
    }

    /// Another name for the state file, for several savers in one folder. TensorFlow: `latest_filename`.
    pub fn state_file(mut self, name: impl Into<String>) -> Self {
        self.state_file = Some(name.into());
        self
    }

    /// Writes no state file. TensorFlow: `write_state=False`.
    pub fn without_state_file(mut self) -> Self {
        self.state_file = None;
        self
    }

    /// Saves and restores nothing, where there is nothing, without a mistake.
    pub fn allow_empty(mut self) -> Self {
        self.allow_empty = true;
        self
    }

    /// Saves into the file of this name, with the extension `.safetensors` where it has none; says which file it is.
    ///
    /// # Errors
    /// E-UNINITIALIZED if a variable has no value; E-CHECKPOINT-FILE if the system refuses, as where the folder does not exist;
    /// E-SAVER for a saver of nothing or a state file in another folder; E-GRAPH-MIXED for a session of another graph.
    pub fn save(&self, session: &Session, path: impl AsRef<Path>) -> Result<PathBuf> {
        let format = Format::default();
        let file = with_extension(path.as_ref(), format);
        self.save_into(session, &file, &file.with_extension(""), None)
    }

    /// Saves into a file whose name ends in the step: `model-100.safetensors` for `model` and 100.
    ///
    /// # Errors
    /// Those of [`save`](Saver::save), and E-GLOBAL-STEP.
    pub fn save_step(&self, session: &Session, path: impl AsRef<Path>, step: impl GlobalStep) -> Result<PathBuf> {
        self.save_step_with(session, path.as_ref(), step, None)
    }

    /// [`save_step`](Saver::save_step), with an entry of the file's metadata.
    pub(crate) fn save_step_with(
        &self,
        session: &Session,
        path: &Path,
        step: impl GlobalStep,
        metadata: Option<(&str, String)>,
    ) -> Result<PathBuf> {
        let format = Format::default();
        let stem = with_extension(path, format).with_extension("");
        let step = step.step(session)?;
        let mut name = stem.as_os_str().to_owned();
        name.push(if self.pad_step { format!("-{step:08}") } else { format!("-{step}") });
        name.push(format!(".{}", format.extension()));
        self.save_into(session, Path::new(&name), &stem, metadata)
    }

    fn save_into(
        &self,
        session: &Session,
        file: &Path,
        stem: &Path,
        metadata: Option<(&str, String)>,
    ) -> Result<PathBuf> {
        self.check(session)?;
        let state_file = self.state_file.as_deref();
        if let Some(name) = state_file {
            if Path::new(name).file_name().is_none_or(|only| only != name) {
                return Err(refused(
                    &format!("the state file is to be `{name}`, which is no file name"),
                    "give it a name without folders: it is beside the checkpoints",
                ));
            }
            if file.file_name().is_some_and(|own| own == name) {
                return Err(refused(
                    &format!("`{}` is the state file and the checkpoint", file.display()),
                    "give the state file another name",
                ));
            }
        }
        let mut kept = self.kept();
        let folder = folder_of(file);
        if let Some(name) = state_file {
            kept.take_over(folder, name, stem)?;
        }
        let mut writer = gathered(CheckpointWriter::new(), &self.variables, &self.cells(session)?)?;
        for (name, of) in &self.aliases {
            writer = writer.alias(name.clone(), of)?;
        }
        if let Some((key, text)) = metadata {
            writer = writer.metadata(key, text)?;
        }
        writer.write(file)?;
        kept.saved(file, SystemTime::now());
        if let Some(name) = state_file {
            kept.record(folder, name)?;
        }
        kept.delete_old();
        Ok(file.to_owned())
    }

    /// Restores its variables: every one of them, or, where anything is wrong, none. What else the file holds is left alone.
    ///
    /// # Errors
    /// E-CHECKPOINT-MISSING, E-CHECKPOINT-SPEC, and those of [`CheckpointSource::open`].
    pub fn restore(&self, session: &Session, source: impl CheckpointSource) -> Result<RestoreReport> {
        self.restore_with(session, source, &Import::new())
    }

    /// [`restore`](Saver::restore) with renames, conversions, or only what the file has.
    ///
    /// # Errors
    /// Those of [`restore`](Saver::restore), and E-IMPORT.
    pub fn restore_with(
        &self,
        session: &Session,
        source: impl CheckpointSource,
        import: &Import,
    ) -> Result<RestoreReport> {
        self.check(session)?;
        restore(&source.open()?, &self.variables, &self.cells(session)?, import)
    }

    /// The checkpoints that it keeps, the oldest first.
    pub fn last_checkpoints(&self) -> Vec<PathBuf> {
        self.kept().paths()
    }

    /// Takes these for the checkpoints that it keeps, with the times they were saved at, the oldest first.
    pub fn set_last_checkpoints_with_times(&self, checkpoints: impl IntoIterator<Item = (PathBuf, SystemTime)>) {
        self.kept().set(checkpoints.into_iter().collect());
    }

    /// Takes those of these files that exist for the checkpoints that it keeps, with the times at which they were changed.
    pub fn recover_last_checkpoints(&self, paths: impl IntoIterator<Item = PathBuf>) {
        self.kept().set(paths.into_iter().filter_map(super::kept::existing).collect());
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn cells(&self, session: &Session) -> Result<Vec<Arc<Cell>>> {
        cells_of(|variable| session.store_of(variable), &self.variables)
    }

    fn check(&self, session: &Session) -> Result<()> {
        if *session.graph() != self.graph {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-GRAPH-MIXED",
                "the saver was made on another graph than the session\n  help: make a saver on the session's graph: `Saver::new(session.graph())`",
            ));
        }
        if self.variables.is_empty() && !self.allow_empty {
            return Err(refused(
                "the saver has no variables",
                "make it after the variables; what a saver of nothing shall do, `.allow_empty()` says",
            ));
        }
        Ok(())
    }
}

fn refused(says: &str, help: &str) -> Error {
    Error::new(Status::InvalidArgument, "E-SAVER", format!("{says}\n  help: {help}"))
}
