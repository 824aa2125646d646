//! The sizes of a value's dimensions, in place: a run makes values all the time, and is to ask the system for nothing.

use crate::shape::{Shape, is_size};
use std::ops::{Deref, DerefMut};

/// As many dimensions are kept in place.
const FEW: usize = 6;

/// The sizes of a value's dimensions.
#[derive(Clone)]
pub(crate) struct Dims(Kept);

#[derive(Clone)]
enum Kept {
    Few(u8, [usize; FEW]),
    Many(Vec<usize>),
}

impl Dims {
    /// No dimensions.
    pub(crate) const SCALAR: Dims = Dims(Kept::Few(0, [0; FEW]));

    /// The sizes of a shape; none if one is not known.
    pub(crate) fn of(shape: &Shape) -> Option<Dims> {
        if !shape.has_rank() || !shape.dims().iter().all(|&dim| is_size(dim)) {
            return None;
        }
        let mut dims = Dims::zeros(shape.rank());
        dims.iter_mut().zip(shape.dims()).for_each(|(size, &dim)| *size = dim as usize);
        Some(dims)
    }

    fn zeros(rank: usize) -> Dims {
        Dims(if rank <= FEW { Kept::Few(rank as u8, [0; FEW]) } else { Kept::Many(vec![0; rank]) })
    }
}

impl Deref for Dims {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        match &self.0 {
            Kept::Few(rank, sizes) => &sizes[..usize::from(*rank)],
            Kept::Many(sizes) => sizes,
        }
    }
}

impl DerefMut for Dims {
    fn deref_mut(&mut self) -> &mut [usize] {
        match &mut self.0 {
            Kept::Few(rank, sizes) => &mut sizes[..usize::from(*rank)],
            Kept::Many(sizes) => sizes,
        }
    }
}

impl From<&[usize]> for Dims {
    fn from(sizes: &[usize]) -> Dims {
        let mut dims = Dims::zeros(sizes.len());
        dims.copy_from_slice(sizes);
        dims
    }
}

impl From<Vec<usize>> for Dims {
    fn from(sizes: Vec<usize>) -> Dims {
        Dims::from(&sizes[..])
    }
}

impl PartialEq for Dims {
    fn eq(&self, other: &Dims) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Dims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_what_they_are_in_place_and_beyond() {
        for rank in 0..10 {
            let sizes: Vec<usize> = (1..=rank).collect();
            let dims = Dims::from(&sizes[..]);
            assert_eq!((&*dims, &dims), (&sizes[..], &Dims::from(sizes.clone())));
        }
        assert_eq!(Dims::of(&Shape::of(&[2, 3])), Some(Dims::from(vec![2, 3])));
        assert_eq!(Dims::of(&Shape::of_rank(2)), None);
    }
}
