//! Who called the layer whose body adds to the graph. At build time a context says so; at run time a function does not know its caller,
//! so the attribute of a layer notes each call.

use super::{Graph, templates::users_place};
use std::panic::Location;

/// A call of a layer, until this is dropped.
#[must_use = "the call ends when this is dropped"]
pub struct CallGuard(Option<Before>);

/// What holds again when the call ends.
struct Before {
    graph: Graph,
    call: u32,
    scopes_lead: bool,
}

/// Notes that a layer is called here. The body of a dynamic one may do what no layer does, so in it the openings of scopes lead on, too.
#[doc(hidden)]
#[track_caller]
pub fn enter_layer(dynamic: bool) -> CallGuard {
    let at = users_place(Location::caller());
    CallGuard(Graph::current().map(|graph| {
        let mut state = graph.state();
        let (call, scopes_lead) = (state.thread().cursor.call, state.thread().scopes_lead);
        let step = state.registered.ways.step(call, at);
        let thread = state.thread();
        (thread.cursor.call, thread.scopes_lead) = (step, dynamic);
        drop(state);
        Before { graph, call, scopes_lead }
    }))
}

/// Begins the body of a model, which is no step of the way.
#[doc(hidden)]
pub fn enter_model(dynamic: bool) -> CallGuard {
    CallGuard(Graph::current().map(|graph| {
        let mut state = graph.state();
        let thread = state.thread();
        let (call, scopes_lead) = (thread.cursor.call, thread.scopes_lead);
        thread.scopes_lead = dynamic;
        drop(state);
        Before { graph, call, scopes_lead }
    }))
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        if let Some(Before { graph, call, scopes_lead }) = self.0.take() {
            let mut state = graph.state();
            let thread = state.thread();
            (thread.cursor.call, thread.scopes_lead) = (call, scopes_lead);
        }
    }
}
