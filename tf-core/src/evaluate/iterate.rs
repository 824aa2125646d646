//! `for` over what is no literal range: arrays, references to them, slices, ranges held in a variable.

use crate::check::Cx;
use core::{
    mem::{ManuallyDrop, transmute_copy},
    ops::{Range, RangeInclusive},
};

/// What a `for` loop runs over.
pub struct Iter<A>(pub A);

/// What a `for` can run over in const evaluation. What it cannot has no [`Iter`](Iterated::Iter), so that rustc says no more of it than this.
///
/// # Safety
/// `Iter` is [`Iter`] of `Self`.
#[diagnostic::on_unimplemented(
    message = "const evaluation, which checks this layer at build time, cannot go through `{Self}`",
    label = "expected a range, an array or a slice",
    note = "a `Vec` is nothing that there can be at build time: hold an array or a `&'static [usize]`, or let the graph check this layer when it is built: `#[variable_scope(dynamic)]`"
)]
pub unsafe trait Iterated {
    /// What has the loop's `len` and `get`.
    type Iter;
}

macro_rules! iterated {
    ($([$($generics:tt)*] $t:ty;)*) => { $(
        // SAFETY: it is `Iter<Self>`.
        #[diagnostic::do_not_recommend]
        unsafe impl<$($generics)*> Iterated for $t {
            type Iter = Iter<$t>;
        }
    )* };
}
iterated! {
    [T: Copy, const N: usize] [T; N];
    ['a, T, const N: usize] &'a [T; N];
    ['a, T] &'a [T];
    [] Range<usize>;
    [] RangeInclusive<usize>;
}

impl Cx<'_> {
    /// What a `for` runs over. A method of the context, of which rustc says nothing where the layer's types are wrong.
    pub const fn iterate<E: Iterated>(self, over: E) -> E::Iter {
        let over = ManuallyDrop::new(Iter(over));
        // SAFETY: the trait promises that both are one type, and what is copied out is not dropped here.
        unsafe { transmute_copy(&over) }
    }
}

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
