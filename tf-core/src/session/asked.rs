//! What a run is asked for, in memory that each thread keeps from one run to the next.

use super::Target;
use crate::engine::plan::Signature;
use std::cell::Cell;

thread_local! {
    static KEPT: Cell<Option<(Vec<Target>, Signature)>> = const { Cell::new(None) };
}

/// What a run is asked for.
pub(crate) struct Asked {
    pub(crate) targets: Vec<Target>,
    /// What that means in the graph, where it is known without a look at the graph.
    pub(super) signature: Signature,
}

impl Asked {
    /// Nothing yet.
    pub(crate) fn new() -> Asked {
        let (targets, signature) = KEPT.take().unwrap_or_default();
        Asked { targets, signature }
    }

    /// Writes down what nodes of this graph are asked for and fed; whether no names were among them, and no others.
    pub(super) fn write_down<'t>(&mut self, graph: u32, fed: impl Iterator<Item = &'t Target>) -> bool {
        let Signature { fetches, feeds } = &mut self.signature;
        fetches.clear();
        feeds.clear();
        let of_graph = |target: &Target| match *target {
            Target::Node { graph: of, node, output } if of == graph => Some((node, output)),
            _ => None,
        };
        fetches.extend(self.targets.iter().map_while(of_graph));
        let mut all = fetches.len() == self.targets.len();
        for target in fed {
            let found = of_graph(target);
            all &= found.is_some();
            feeds.extend(found.map(|(node, output)| (node, output.unwrap_or(0))));
        }
        all
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.targets.clear();
        KEPT.set(Some((std::mem::take(&mut self.targets), std::mem::take(&mut self.signature))));
    }
}
