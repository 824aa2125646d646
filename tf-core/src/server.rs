//! Servers: containers of values that sessions share by name and that outlive them (U29).

use crate::store::Store;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

/// Values of variables in this process, in containers, for any number of sessions and threads: whoever has the same server, container
/// and name has the same value, also from another graph. They stay when sessions are closed, until a container is reset.
///
/// Cloning gives another handle of the same server. A graph's variables are in the container `""`, or in the one that
/// [`container`](fn@crate::container) says. TensorFlow: `tf.train.Server` with `grpc://` sessions on it.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Server, Session, VariableOptions, get_variable};
/// let server = Server::new();
/// let values = [1i64, 2].map(|add| {
///     let graph = Graph::new();
///     let update = graph.build(|| get_variable::<i64, _, _>("v", [], VariableOptions::new()).assign_add(add))?;
///     let session = Session::with_server(&graph, &server)?;
///     session.initialize_missing()?;
///     session.run(update)
/// });
/// let [_, both] = values;
/// assert_eq!(both?[[]], 3);
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Server(Arc<Mutex<BTreeMap<String, Store>>>);

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Server").field(&self.containers()).finish()
    }
}

impl Server {
    /// A server without values.
    pub fn new() -> Server {
        Server::default()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, Store>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The values of a container, which is made if it is new; `""` is that of variables for which none is said.
    pub fn container(&self, name: &str) -> Store {
        self.locked().entry(name.to_owned()).or_default().clone()
    }

    /// The names of the containers, in alphabetical order.
    pub fn containers(&self) -> Vec<String> {
        self.locked().keys().cloned().collect()
    }

    /// Forgets the values of these containers; with none named, of all.
    ///
    /// Sessions on the server go on: their variables have no value, and may get another type and shape in other graphs.
    /// TensorFlow, which closes the sessions: `tf.Session.reset`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Server, Session, VariableOptions, container, get_variable};
    /// let graph = Graph::new();
    /// let (v, w) = graph.build(|| {
    ///     let v = get_variable::<i64, _, _>("v", [], VariableOptions::new());
    ///     (v, container("experiment", || get_variable::<i64, _, _>("w", [], VariableOptions::new())))
    /// })?;
    /// let server = Server::new();
    /// let session = Session::with_server(&graph, &server)?;
    /// session.initialize()?;
    /// server.reset(&["experiment"]);
    /// assert_eq!(session.uninitialized_variables()?, ["w"]);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn reset(&self, containers: &[&str]) {
        for (name, store) in self.locked().iter() {
            if containers.is_empty() || containers.contains(&name.as_str()) {
                store.clear();
            }
        }
    }

    /// Whether both are handles of the same values.
    pub fn is(&self, other: &Server) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<&Server> for Server {
    fn from(server: &Server) -> Server {
        server.clone()
    }
}

impl From<&Store> for Server {
    /// A server whose container `""` is this store.
    fn from(store: &Store) -> Server {
        let server = Server::new();
        server.locked().insert(String::new(), store.clone());
        server
    }
}
