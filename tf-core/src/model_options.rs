//! [`ModelOptions`]: where a model's first values come from, where they are kept, and how it runs.

use crate::{graph::seeds::Seeds, server::Server, session::SessionOptions};

/// How a model is made: `Model::init_with(seed, ModelOptions::new().server(&server))`. Seeds or session options alone will do in its place.
///
/// ```
/// # use tf_core as tf;
/// use tf::{ModelOptions, Seeds, Server, SessionOptions};
/// let server = Server::new();
/// let session = SessionOptions::new().cpu_devices(2).soft_placement(true);
/// let options = ModelOptions::new().seeds(Seeds::ByName).session(session).server(&server).container("run_1");
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing by themselves"]
pub struct ModelOptions {
    pub(crate) seeds: Seeds,
    pub(crate) session: SessionOptions,
    pub(crate) server: Option<Server>,
    pub(crate) container: String,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ModelOptions {
    /// Seeds counted as in TensorFlow, one device, values of the model's own.
    pub fn new() -> Self {
        let session = SessionOptions::new();
        ModelOptions { seeds: Seeds::Counted, session, server: None, container: String::new() }
    }

    /// How the seeds of random ops follow from the model's.
    pub fn seeds(mut self, seeds: Seeds) -> Self {
        self.seeds = seeds;
        self
    }

    /// How the model runs: its devices, threads, and what is looked at on the way.
    pub fn session(mut self, session: SessionOptions) -> Self {
        self.session = session;
        self
    }

    /// The values of a server: those that other models and sessions on it see too, and that outlive the model. Variables that have a value
    /// there keep it; the others get their initial ones.
    pub fn server(mut self, server: &Server) -> Self {
        self.server = Some(server.clone());
        self
    }

    /// The container of the model's variables, but for those that the model itself puts into others. TensorFlow: `tf.container`.
    pub fn container(mut self, name: impl Into<String>) -> Self {
        self.container = name.into();
        self
    }
}

impl From<Seeds> for ModelOptions {
    fn from(seeds: Seeds) -> Self {
        ModelOptions::new().seeds(seeds)
    }
}

impl From<SessionOptions> for ModelOptions {
    fn from(session: SessionOptions) -> Self {
        ModelOptions::new().session(session)
    }
}
