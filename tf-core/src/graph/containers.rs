//! In which container of a server new variables are.

use super::{Graph, with_current};
use std::sync::Arc;

/// Runs `body`, whose new variables are in this container of the [`Server`](crate::Server) that a session runs on; `""` is the usual one.
///
/// Variables that are shared stay where they were created. In layers and models write `container!("name", { .. })`. TensorFlow: `tf.container`.
#[track_caller]
pub fn container<R>(name: &str, body: impl FnOnce() -> R) -> R {
    let _guard = enter_container(name);
    body()
}

/// The container of new variables until this is dropped.
#[must_use = "the container holds until this is dropped"]
pub struct ContainerGuard(Option<(Graph, Arc<str>)>);

#[doc(hidden)]
#[track_caller]
pub fn enter_container(name: &str) -> ContainerGuard {
    let before = with_current("container", |state| {
        let before = std::mem::replace(&mut state.thread().container, Arc::from(name));
        Some((Graph::current()?, before))
    });
    ContainerGuard(before.ok().flatten())
}

impl Drop for ContainerGuard {
    fn drop(&mut self) {
        if let Some((graph, before)) = self.0.take() {
            graph.state().thread().container = before;
        }
    }
}
