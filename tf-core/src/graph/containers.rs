//! In which container of a server new variables are.

use super::{Graph, with_current};
use std::sync::Arc;

/// Runs `body`, whose new variables are in this container of the [`Server`](crate::Server) that a session runs on; `""` is the usual one.
///
/// Variables that are shared stay where they were created. Layers say nothing of containers: theirs are where the code around says.
/// TensorFlow: `tf.container`.
#[track_caller]
pub fn container<R>(name: &str, body: impl FnOnce() -> R) -> R {
    let before = with_current("container", |state| {
        let before = std::mem::replace(&mut state.thread().container, Arc::from(name));
        Some((Graph::current()?, before))
    });
    let _undo = Undo(before.ok().flatten());
    body()
}

struct Undo(Option<(Graph, Arc<str>)>);

impl Drop for Undo {
    fn drop(&mut self) {
        if let Some((graph, before)) = self.0.take() {
            graph.state().thread().container = before;
        }
    }
}
