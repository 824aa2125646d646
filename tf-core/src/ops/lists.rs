//! Attributes given once for each dimension.

use crate::shape::MAX_RANK;

/// A list of as many values as the user's array had: with more than eight no rule is content, so those are not kept.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct List<T> {
    values: [T; MAX_RANK],
    len: usize,
}

impl<T: Copy> List<T> {
    /// The values of an array; `blank` stands where there are none.
    pub(super) const fn of<const N: usize>(array: [T; N], blank: T) -> List<T> {
        let mut values = [blank; MAX_RANK];
        let mut i = 0;
        while i < N && i < MAX_RANK {
            values[i] = array[i];
            i += 1;
        }
        List { values, len: N }
    }

    /// The values of a slice of at most eight.
    pub(super) fn of_slice(slice: &[T], blank: T) -> List<T> {
        let mut values = [blank; MAX_RANK];
        values[..slice.len()].copy_from_slice(slice);
        List { values, len: slice.len() }
    }

    /// How many values the user gave.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The values, at most eight.
    pub(super) const fn values(&self) -> &[T] {
        self.values.split_at(if self.len < MAX_RANK { self.len } else { MAX_RANK }).0
    }
}
