//! [`LoadOptions`]: how a model is made of a file.

use super::import::Import;
use crate::{model_options::ModelOptions, session::SessionOptions};

/// How a model is loaded: `Model::load_with(file, LoadOptions::new().import(import).session(session))`. An import, session options or model
/// options alone will do in its place.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Import, LoadOptions, SessionOptions};
/// let import = Import::new().rename_prefix("classifier.", "dense/").partial();
/// let options = LoadOptions::new().import(import).seed(42).session(SessionOptions::new().cpu_devices(2));
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves"]
pub struct LoadOptions {
    pub(super) import: Import,
    pub(super) seed: Option<u64>,
    pub(super) model: ModelOptions,
}

impl LoadOptions {
    /// Every variable by its own name and as it is in the file, on one device, with values of the model's own.
    pub fn new() -> Self {
        LoadOptions::default()
    }

    /// How the tensors of the file become variables, and whether some may be missing.
    pub fn import(mut self, import: Import) -> Self {
        self.import = import;
        self
    }

    /// The seed of what the file does not have: of variables that a partial import leaves out, and of random ops. Without one they
    /// are drawn anew each time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How the model runs: its devices, threads, and what is looked at on the way.
    pub fn session(mut self, session: SessionOptions) -> Self {
        self.model = self.model.session(session);
        self
    }

    /// How the model is made: with these seeds, on this server, in this container. Values of the file take the place of those that its
    /// variables have on the server.
    pub fn model(mut self, model: ModelOptions) -> Self {
        self.model = model;
        self
    }
}

impl From<Import> for LoadOptions {
    fn from(import: Import) -> Self {
        LoadOptions::new().import(import)
    }
}

impl From<&Import> for LoadOptions {
    fn from(import: &Import) -> Self {
        import.clone().into()
    }
}

impl From<SessionOptions> for LoadOptions {
    fn from(session: SessionOptions) -> Self {
        LoadOptions::new().session(session)
    }
}

impl From<ModelOptions> for LoadOptions {
    fn from(model: ModelOptions) -> Self {
        LoadOptions::new().model(model)
    }
}
