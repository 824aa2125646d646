//! `for` over what is no literal range: arrays, references to them, slices, ranges held in a variable.

use core::ops::{Range, RangeInclusive};

/// What a `for` loop runs over.
pub struct Iter<A>(pub A);

#[allow(clippy::len_without_is_empty, missing_docs)]
impl<T: Copy, const N: usize> Iter<[T; N]> {
    pub const fn len(&self) -> usize {
        N
    }
    pub const fn get(&self, i: usize) -> T {
        self.0[i]
    }
}

#[allow(clippy::len_without_is_empty, missing_docs)]
impl<'a, T, const N: usize> Iter<&'a [T; N]> {
    pub const fn len(&self) -> usize {
        N
    }
    pub const fn get(&self, i: usize) -> &'a T {
        &self.0[i]
    }
}

#[allow(clippy::len_without_is_empty, missing_docs)]
impl<'a, T> Iter<&'a [T]> {
    pub const fn len(&self) -> usize {
        self.0.len()
    }
    pub const fn get(&self, i: usize) -> &'a T {
        &self.0[i]
    }
}

#[allow(clippy::len_without_is_empty, missing_docs)]
impl Iter<Range<usize>> {
    pub const fn len(&self) -> usize {
        self.0.end.saturating_sub(self.0.start)
    }
    pub const fn get(&self, i: usize) -> usize {
        self.0.start + i
    }
}

#[allow(clippy::len_without_is_empty, missing_docs)]
impl Iter<RangeInclusive<usize>> {
    pub const fn len(&self) -> usize {
        self.0.end().saturating_add(1).saturating_sub(*self.0.start())
    }
    pub const fn get(&self, i: usize) -> usize {
        *self.0.start() + i
    }
}
