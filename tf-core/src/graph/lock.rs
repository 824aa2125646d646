//! Lets one thread at a time build a graph, and that one also inside its own build. Builds of several graphs inside each other
//! cannot come to wait for each other: the one that would close the circle is refused.

use crate::error::{Error, Result, Status};
use std::{
    collections::HashMap,
    panic::Location,
    sync::{Condvar, LazyLock, Mutex, MutexGuard},
    thread::ThreadId,
};

/// Who builds which graph, and who waits for one; for all graphs, since only together they show a circle.
static BUILDS: LazyLock<Mutex<Builds>> = LazyLock::new(Mutex::default);
static FREE: Condvar = Condvar::new();

#[derive(Default)]
struct Builds {
    /// Who builds a graph, by its number.
    held: HashMap<u32, Holder>,
    waiting: HashMap<ThreadId, u32>,
}

struct Holder {
    thread: ThreadId,
    depth: usize,
    since: &'static Location<'static>,
}

/// A build under way.
pub(super) struct Held {
    graph: u32,
}

fn builds() -> MutexGuard<'static, Builds> {
    BUILDS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Begins a build, when no other thread builds the graph.
///
/// # Errors
/// E-BUILD-CIRCLE if the other thread waits, directly or by way of others, for a graph that this one builds.
pub(super) fn enter(graph: u32, at: &'static Location<'static>) -> Result<Held> {
    let me = std::thread::current().id();
    let mut builds = builds();
    loop {
        match builds.held.get_mut(&graph) {
            None => {
                builds.held.insert(graph, Holder { thread: me, depth: 1, since: at });
                return Ok(Held { graph });
            }
            Some(holder) if holder.thread == me => {
                holder.depth += 1;
                return Ok(Held { graph });
            }
            Some(_) => {}
        }
        if let Some(since) = builds.circle(me, graph) {
            return Err(circle(since).at(at));
        }
        builds.waiting.insert(me, graph);
        builds = FREE.wait(builds).unwrap_or_else(|poisoned| poisoned.into_inner());
        builds.waiting.remove(&me);
    }
}

impl Builds {
    /// Where the build of `graph` began, if it goes on only after one of `me`'s.
    fn circle(&self, me: ThreadId, graph: u32) -> Option<&'static Location<'static>> {
        let first = self.held.get(&graph)?;
        let mut holder = first;
        while holder.thread != me {
            holder = self.held.get(self.waiting.get(&holder.thread)?)?;
        }
        Some(first.since)
    }
}

fn circle(since: &'static Location<'static>) -> Error {
    Error::new(
        Status::FailedPrecondition,
        "E-BUILD-CIRCLE",
        format!(
            "two threads build the same graphs inside each other in opposite order, so each would wait for the other\n  the other thread's build began at {since}\n  help: let every thread begin with the same graph, or build one after the other; this build can be tried again"
        ),
    )
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut builds = builds();
        if let Some(holder) = builds.held.get_mut(&self.graph) {
            holder.depth -= 1;
            if holder.depth == 0 {
                builds.held.remove(&self.graph);
            }
        }
        drop(builds);
        FREE.notify_all();
    }
}
