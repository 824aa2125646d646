//! Variables in parts: how they are cut, and how their values are put together again.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | [`Partition`]: into how many parts, along which axis |
//! | `partitioner` | [`Partitioner`]: from a shape to a partition, said by a call or by a scope |
//! | `parts` | which part of which whole a variable is; [`PartitionInfo`], which initializers get of that |
//! | `values` | cutting and joining values |
//!
//! What a graph makes of it is in `graph/partitioned.rs`.

mod partitioner;
mod parts;
mod values;

pub(crate) use partitioner::Kind;
pub use partitioner::*;
pub(crate) use parts::PartOf;
pub use parts::PartitionInfo;
pub(crate) use values::{cut, joined};

use crate::{shape::Shape, text::Text};

/// Into how many parts a variable is cut, and along which axis.
///
/// The parts are as long as each other; where that does not come out even, the first ones are longer by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Partition {
    axis: u32,
    parts: u32,
}

impl Partition {
    /// In one piece.
    pub(crate) const NONE: Partition = Partition { axis: 0, parts: 0 };
    /// In parts that only a graph knows: the partitioner is a function.
    pub(crate) const UNKNOWN: Partition = Partition { axis: 0, parts: u32::MAX };

    const fn new(axis: usize, parts: usize) -> Partition {
        // One part is cut along no axis; so it is the same one, whichever was meant.
        Partition { axis: if parts > 1 { axis as u32 } else { 0 }, parts: parts as u32 }
    }

    /// Whether the variable is cut, if only into one part.
    pub(crate) const fn is_some(&self) -> bool {
        self.parts > 0
    }

    /// Whether it is known only to a graph.
    pub(crate) const fn is_unknown(&self) -> bool {
        self.parts == u32::MAX
    }

    pub(crate) const fn same(&self, other: &Partition) -> bool {
        self.axis == other.axis && self.parts == other.parts
    }

    /// The parts that the register has entries for.
    pub(crate) const fn known_parts(&self) -> usize {
        if self.is_unknown() { 0 } else { self.parts as usize }
    }

    /// The axis.
    pub const fn axis(&self) -> usize {
        self.axis as usize
    }

    /// The number of parts.
    pub const fn parts(&self) -> usize {
        self.parts as usize
    }

    /// Where part `index` of a variable of this shape begins along the axis, and its own shape.
    pub(crate) const fn part(&self, whole: &Shape, index: usize) -> (usize, Shape) {
        let axis = self.axis as usize;
        let (length, parts) = (whole.d(axis) as usize, self.parts as usize);
        let (least, longer) = (length / parts, length % parts);
        let size = least + (index < longer) as usize;
        let offset = index * least + if index < longer { index } else { longer };
        (offset, whole.with(axis, crate::shape::dim(size)))
    }

    pub(crate) const fn text<'t, 's>(&self, text: &'t mut Text<'s>) -> &'t mut Text<'s> {
        match self.parts {
            0 => text.str("in one piece"),
            1 => text.str("in one part"),
            parts => text.str("in ").number(parts as i128).str(" parts along axis ").number(self.axis as i128),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parts_are_longer_where_it_does_not_come_out_even_p1() {
        let whole = Shape::of(&[10, 2]);
        let parts = |partition: Partition| {
            (0..partition.parts())
                .map(|i| partition.part(&whole, i))
                .map(|(at, s)| (at, s.to_string()))
                .collect::<Vec<_>>()
        };
        let want = [(0, "[4, 2]"), (4, "[3, 2]"), (7, "[3, 2]")].map(|(at, shape)| (at, shape.to_owned()));
        assert_eq!(parts(Partition::new(0, 3)), want);
        let want = [(0, "[10, 1]"), (1, "[10, 1]")].map(|(at, shape)| (at, shape.to_owned()));
        assert_eq!(parts(Partition::new(1, 2)), want);
        assert_eq!(Partition::new(1, 1), Partition::new(0, 1));
    }
}
