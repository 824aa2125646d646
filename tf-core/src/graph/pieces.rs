//! Long lists of what is large: nodes, variables and names are many, so they stay where they are as the graph grows. A vector would copy
//! itself through fresh pages of memory again and again.

use std::ops::{Index, IndexMut};

/// A list whose items lie `PIECE` side by side.
pub(crate) struct Pieces<T, const PIECE: usize>(Vec<Vec<T>>);

impl<T, const PIECE: usize> Default for Pieces<T, PIECE> {
    fn default() -> Self {
        Pieces(Vec::new())
    }
}

impl<T, const PIECE: usize> Pieces<T, PIECE> {
    pub(crate) fn len(&self) -> usize {
        match self.0.split_last() {
            Some((last, full)) => full.len() * PIECE + last.len(),
            None => 0,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if self.0.last().is_none_or(|last| last.len() == PIECE) {
            self.0.push(Vec::with_capacity(PIECE));
        }
        self.0.last_mut().expect("there is a piece with room").push(item);
    }

    pub(crate) fn get(&self, number: usize) -> Option<&T> {
        self.0.get(number / PIECE)?.get(number % PIECE)
    }

    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.0.get_mut(number / PIECE)?.get_mut(number % PIECE)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator + Clone {
        (0..self.len()).map(|number| &self[number])
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    /// Drops what comes after the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len.div_ceil(PIECE));
        let full = self.0.len().saturating_sub(1) * PIECE;
        if let Some(last) = self.0.last_mut() {
            last.truncate(len - full);
        }
    }
}

impl<T, const PIECE: usize> Index<usize> for Pieces<T, PIECE> {
    type Output = T;
    fn index(&self, number: usize) -> &T {
        &self.0[number / PIECE][number % PIECE]
    }
}

impl<T, const PIECE: usize> IndexMut<usize> for Pieces<T, PIECE> {
    fn index_mut(&mut self, number: usize) -> &mut T {
        &mut self.0[number / PIECE][number % PIECE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_one_list() {
        let mut pieces = Pieces::<usize, 4>::default();
        for len in 0..13 {
            assert_eq!(pieces.len(), len);
            assert_eq!(pieces.get(len), None);
            pieces.push(len);
            assert_eq!(pieces[len], len);
        }
        pieces.iter_mut().for_each(|item| *item *= 2);
        for len in [20, 12, 9, 8, 5, 4, 1, 0] {
            pieces.truncate(len);
            assert!(pieces.iter().copied().eq((0..len.min(13)).map(|item| 2 * item)), "{len}");
        }
        pieces.push(7);
        assert_eq!((pieces.len(), pieces[0]), (1, 7));
    }
}
