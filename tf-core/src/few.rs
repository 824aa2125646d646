//! Short lists, in place: a graph is made of many nodes, and most have an input or two and one output.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// What can be in such a list.
pub(crate) trait Short: Copy {
    /// What is in a place that the list does not reach.
    const BLANK: Self;
}

impl Short for u32 {
    const BLANK: u32 = 0;
}

impl<A: Short, B: Short> Short for (A, B) {
    const BLANK: (A, B) = (A::BLANK, B::BLANK);
}

impl Short for u16 {
    const BLANK: u16 = 0;
}

impl Short for usize {
    const BLANK: usize = 0;
}

impl Short for bool {
    const BLANK: bool = false;
}

/// A list of which up to `N` are in place.
#[derive(Clone)]
pub(crate) struct Few<T, const N: usize>(Kept<T, N>);

#[derive(Clone)]
enum Kept<T, const N: usize> {
    Few(u8, [T; N]),
    Many(Vec<T>),
}

impl<T: Short, const N: usize> Few<T, N> {
    /// An empty list.
    pub(crate) const NONE: Few<T, N> = Few(Kept::Few(0, [T::BLANK; N]));

    pub(crate) fn push(&mut self, item: T) {
        match &mut self.0 {
            Kept::Few(count, few) if usize::from(*count) < N => {
                few[usize::from(*count)] = item;
                *count += 1;
            }
            Kept::Few(_, few) => self.0 = Kept::Many(few.iter().copied().chain([item]).collect()),
            Kept::Many(many) => many.push(item),
        }
    }
}

impl<T, const N: usize> Deref for Few<T, N> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match &self.0 {
            Kept::Few(count, few) => &few[..usize::from(*count)],
            Kept::Many(many) => many,
        }
    }
}

impl<T, const N: usize> DerefMut for Few<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Kept::Few(count, few) => &mut few[..usize::from(*count)],
            Kept::Many(many) => many,
        }
    }
}

impl<T: Short, const N: usize> Extend<T> for Few<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T: Short, const N: usize> FromIterator<T> for Few<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Few<T, N> {
        let mut few = Few::NONE;
        few.extend(items);
        few
    }
}

impl<T: Short, const N: usize, const M: usize> From<[T; M]> for Few<T, N> {
    fn from(items: [T; M]) -> Few<T, N> {
        items.into_iter().collect()
    }
}

impl<'f, T, const N: usize> IntoIterator for &'f Few<T, N> {
    type Item = &'f T;
    type IntoIter = std::slice::Iter<'f, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'f, T, const N: usize> IntoIterator for &'f mut Few<T, N> {
    type Item = &'f mut T;
    type IntoIter = std::slice::IterMut<'f, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Few<T, N> {
    fn eq(&self, other: &Few<T, N>) -> bool {
        **self == **other
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for Few<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_same_in_place_and_beyond() {
        let mut few: Few<u32, 2> = Few::NONE;
        for count in 0..5 {
            assert_eq!(*few, *(0..count).collect::<Vec<u32>>());
            assert_eq!(few, (0..count).collect());
            few.push(count);
        }
        few.iter_mut().for_each(|item| *item *= 2);
        assert_eq!(few, [0, 2, 4, 6, 8].into());
        assert_eq!(format!("{:?}", Few::<u32, 2>::from([7])), "[7]");
    }
}
