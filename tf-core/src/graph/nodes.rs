//! The nodes of a graph: they are many and large, so they stay where they are as the graph grows.

use super::node::Node;
use std::ops::{Index, IndexMut};

/// As many nodes lie side by side.
const PIECE: usize = 64;

/// The nodes by their numbers, in the order they were made.
#[derive(Default)]
pub(crate) struct Nodes(Vec<Vec<Node>>);

impl Nodes {
    pub(crate) fn len(&self) -> usize {
        match self.0.split_last() {
            Some((last, full)) => full.len() * PIECE + last.len(),
            None => 0,
        }
    }

    pub(crate) fn push(&mut self, node: Node) {
        match self.0.last_mut() {
            Some(last) if last.len() < PIECE => last.push(node),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(node);
                self.0.push(piece);
            }
        }
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Node> {
        self.0.get(number / PIECE)?.get(number % PIECE)
    }

    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut Node> {
        self.0.get_mut(number / PIECE)?.get_mut(number % PIECE)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Node> + ExactSizeIterator + Clone {
        (0..self.len()).map(|number| &self[number])
    }

    /// The nodes from this number on.
    pub(super) fn since_mut(&mut self, number: usize) -> impl Iterator<Item = &mut Node> {
        self.0.iter_mut().flatten().skip(number)
    }
}

impl Index<usize> for Nodes {
    type Output = Node;
    fn index(&self, number: usize) -> &Node {
        &self.0[number / PIECE][number % PIECE]
    }
}

impl IndexMut<usize> for Nodes {
    fn index_mut(&mut self, number: usize) -> &mut Node {
        &mut self.0[number / PIECE][number % PIECE]
    }
}
