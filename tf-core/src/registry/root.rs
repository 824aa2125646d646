//! Going to the root scope and back, for variables that are one for the whole graph.

use super::Registry;
use crate::sharing::Reuse;

/// Where the register stood, and how the root scope reused.
pub(crate) struct Elsewhere {
    scope: u32,
    root: u32,
    reuse: Reuse,
}

impl Registry<'_> {
    /// Goes to the root scope, and has it reuse in this way unless it only reuses.
    pub(crate) const fn go_to_root(&mut self, reuse: Reuse) -> Elsewhere {
        let scope = self.cursor.scope;
        let mut root = scope;
        while !self.scopes[root as usize].is_root() {
            root = self.scopes[root as usize].parent;
        }
        let before = self.scopes[root as usize].reuse;
        if !matches!(before, Reuse::Yes) {
            self.scopes[root as usize].reuse = reuse;
        }
        self.cursor.scope = root;
        Elsewhere { scope, root, reuse: before }
    }

    /// Goes back.
    pub(crate) const fn come_back(&mut self, from: Elsewhere) {
        self.scopes[from.root as usize].reuse = from.reuse;
        self.cursor.scope = from.scope;
    }
}
