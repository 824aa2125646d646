//! Shapes: what is known of a tensor's dimensions, in both worlds.

/// An unknown dimension where a size is asked for: in `placeholder`, and the one inferred size of `reshape`.
///
/// TensorFlow writes `None` or `-1`.
pub const ANY: usize = usize::MAX;

/// A dimension as a shape stores it: a size, [`ANY_DIM`], or one of the model's named dimensions.
pub type Dim = u32;

/// An unknown dimension inside a [`Shape`].
pub const ANY_DIM: Dim = u32::MAX;

/// The largest number of dimensions of a tensor.
pub const MAX_RANK: usize = 8;

/// Sizes from here on are symbols (named dimensions); [`ANY_DIM`] is the last value.
pub(crate) const FIRST_SYMBOL: Dim = u32::MAX - 64;
const UNKNOWN_RANK: u8 = 255;
/// No variable has a part in it.
pub(crate) const ALL_APART: u32 = u32::MAX;
pub(crate) const POISON_RANK: u8 = 254;

/// The dimension of the `index`-th name in a model's signature (`f32[batch, 28]`).
pub const fn symbol(index: u32) -> Dim {
    FIRST_SYMBOL + index
}

/// The dimension for a size; [`ANY`] stays unknown.
pub const fn dim(size: usize) -> Dim {
    if size >= FIRST_SYMBOL as usize { ANY_DIM } else { size as Dim }
}

/// Whether `dim` is a number, not `?` and not a name.
pub const fn is_size(dim: Dim) -> bool {
    dim < FIRST_SYMBOL
}

/// What is known of a tensor's dimensions: rank up to eight, each dimension a size, `?` or a name.
///
/// The TensorFlow symbol is `tf.TensorShape`.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Rules read the fields themselves: const evaluation pays for each call.
    pub(crate) dims: [Dim; MAX_RANK],
    pub(crate) rank: u8,
    /// The variables that certainly have no part in what has this shape, at build time: bit `i % 32` for variable `i`; 0 where that is not
    /// known. It is no part of what the shape is. One word, since every op of a check unites those of its inputs and moves its result: of larger models
    /// some variables share a bit, and one that is apart from the loss is missed if another of its bit is not.
    pub(crate) apart: u32,
}

impl PartialEq for Shape {
    fn eq(&self, other: &Shape) -> bool {
        (self.dims, self.rank) == (other.dims, other.rank)
    }
}

impl Eq for Shape {}

impl core::hash::Hash for Shape {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (self.dims, self.rank).hash(state);
    }
}

impl Shape {
    /// Nothing is known, not even the rank.
    pub const UNKNOWN: Shape = Shape { dims: [0; MAX_RANK], rank: UNKNOWN_RANK, apart: 0 };
    /// The shape of what follows from a mistake: unknown, and silent in every further check.
    pub(crate) const POISON: Shape = Shape { dims: [0; MAX_RANK], rank: POISON_RANK, apart: 0 };
    /// The shape `[]`.
    pub const SCALAR: Shape = Shape { dims: [0; MAX_RANK], rank: 0, apart: 0 };
    /// The shape of a number in the program, in which no variable has a part.
    pub(crate) const NUMBER: Shape = Shape { apart: ALL_APART, ..Shape::SCALAR };

    /// A shape of the given sizes, where [`ANY`] is an unknown one. More than eight make [`Shape::UNKNOWN`].
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ANY, Shape};
    /// assert_eq!(Shape::of(&[ANY, 28, 28, 1]).to_string(), "[?, 28, 28, 1]");
    /// ```
    pub const fn of(sizes: &[usize]) -> Shape {
        if sizes.len() > MAX_RANK {
            return Shape::UNKNOWN;
        }
        let mut shape = Shape { dims: [0; MAX_RANK], rank: sizes.len() as u8, apart: 0 };
        let mut i = 0;
        while i < sizes.len() {
            shape.dims[i] = if sizes[i] >= FIRST_SYMBOL as usize { ANY_DIM } else { sizes[i] as Dim };
            i += 1;
        }
        shape
    }

    /// A shape of dimensions as stored: sizes, [`ANY_DIM`], [`symbol`]s.
    pub const fn of_dims(dims: &[Dim]) -> Shape {
        if dims.len() > MAX_RANK {
            return Shape::UNKNOWN;
        }
        let mut shape = Shape { dims: [0; MAX_RANK], rank: dims.len() as u8, apart: 0 };
        let mut i = 0;
        while i < dims.len() {
            shape.dims[i] = dims[i];
            i += 1;
        }
        shape
    }

    /// `rank` unknown dimensions.
    pub const fn of_rank(rank: usize) -> Shape {
        if rank > MAX_RANK {
            return Shape::UNKNOWN;
        }
        let mut shape = Shape { dims: [0; MAX_RANK], rank: rank as u8, apart: 0 };
        let mut i = 0;
        while i < rank {
            shape.dims[i] = ANY_DIM;
            i += 1;
        }
        shape
    }

    /// Whether the rank is known.
    pub const fn has_rank(&self) -> bool {
        self.rank <= MAX_RANK as u8
    }

    /// Whether this shape follows from a mistake that is already recorded.
    pub const fn is_poison(&self) -> bool {
        self.rank == POISON_RANK
    }

    /// The number of dimensions; 0 where it is not known (see [`Shape::has_rank`]).
    pub const fn rank(&self) -> usize {
        if self.has_rank() { self.rank as usize } else { 0 }
    }

    /// The dimensions as stored; empty where the rank is not known.
    pub const fn dims(&self) -> &[Dim] {
        self.dims.split_at(self.rank()).0
    }

    /// Dimension `axis` as stored; `axis` is below the rank.
    pub const fn d(&self, axis: usize) -> Dim {
        self.dims[axis]
    }

    /// The size of dimension `axis`, where it is known.
    pub const fn size(&self, axis: usize) -> Option<usize> {
        if axis < self.rank as usize && self.rank <= MAX_RANK as u8 {
            let dim = self.dims[axis];
            if dim < FIRST_SYMBOL {
                return Some(dim as usize);
            }
        }
        None
    }

    /// The same shape with another dimension at `axis`.
    pub const fn with(mut self, axis: usize, dim: Dim) -> Shape {
        self.dims[axis] = dim;
        self
    }

    /// The same shape with one more dimension at the end.
    pub const fn push(mut self, dim: Dim) -> Shape {
        if !self.has_rank() || self.rank as usize == MAX_RANK {
            return Shape::UNKNOWN;
        }
        self.dims[self.rank as usize] = dim;
        self.rank += 1;
        self
    }

    /// Whether every dimension is a known size.
    pub const fn is_fully_defined(&self) -> bool {
        self.elements().is_some()
    }

    /// The number of elements, where every dimension is known.
    pub const fn elements(&self) -> Option<usize> {
        // Products of what is below and a size fit into 64 bits.
        const LARGE: usize = 1 << 32;
        // The shapes of most variables without a loop, each turn of which costs const evaluation as much as all of this.
        const SMALL: Dim = 1 << 15;
        let [a, b, c, d, ..] = self.dims;
        match self.rank {
            1 if a < FIRST_SYMBOL => return Some(a as usize),
            2 if (a | b) < SMALL => return Some(a as usize * b as usize),
            4 if (a | b | c | d) < SMALL => return Some(a as usize * b as usize * c as usize * d as usize),
            _ => {}
        }
        let rank = self.rank as usize;
        if rank > MAX_RANK {
            return None;
        }
        let mut count: usize = 1;
        let mut i = 0;
        while i < rank {
            let dim = self.dims[i];
            if dim >= FIRST_SYMBOL {
                return None;
            }
            count = if count < LARGE { count * dim as usize } else { count.saturating_mul(dim as usize) };
            i += 1;
        }
        Some(count)
    }

    /// Whether some tensor has both shapes: unknown dimensions fit everything.
    pub const fn compatible(&self, other: &Shape) -> bool {
        if !self.has_rank() || !other.has_rank() {
            return true;
        }
        if self.rank != other.rank {
            return false;
        }
        let mut i = 0;
        while i < self.rank as usize {
            let (a, b) = (self.dims[i], other.dims[i]);
            if a != b && !dims_compatible(a, b) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Whether a tensor of run-time dimensions `sizes` has this shape (a name fits every size).
    pub fn fits(&self, sizes: &[usize]) -> bool {
        !self.has_rank()
            || self.rank() == sizes.len()
                && self.dims().iter().zip(sizes).all(|(&d, &s)| !is_size(d) || d as usize == s)
    }

    /// The known sizes as a vector, where every dimension is known.
    pub fn to_vec(&self) -> Option<Vec<usize>> {
        self.is_fully_defined().then(|| self.dims().iter().map(|&d| d as usize).collect())
    }
}

/// Whether two dimensions can be equal; two names can, a name and a size can.
pub const fn dims_compatible(a: Dim, b: Dim) -> bool {
    a == b || !is_size(a) || !is_size(b)
}

/// The better known of two compatible dimensions.
pub const fn merge_dims(a: Dim, b: Dim) -> Dim {
    if is_size(a) || b == ANY_DIM { a } else { b }
}

impl core::fmt::Debug for Shape {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl core::fmt::Display for Shape {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = crate::text::Text::new();
        text.shape(self);
        f.write_str(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_dims_fit_everything_and_known_ones_only_themselves() {
        let a = Shape::of(&[ANY, 3]);
        assert!(a.compatible(&Shape::of(&[7, 3])) && a.compatible(&Shape::UNKNOWN));
        assert!(!a.compatible(&Shape::of(&[7, 4])) && !a.compatible(&Shape::of(&[3])));
        assert!(a.fits(&[9, 3]) && !a.fits(&[9, 4]) && Shape::UNKNOWN.fits(&[1, 2, 3]));
    }

    #[test]
    fn equal_shapes_are_equal_however_they_were_made() {
        assert_eq!(Shape::of_rank(2), Shape::of(&[ANY, ANY]));
        assert_eq!(Shape::SCALAR.push(3).push(ANY_DIM), Shape::of_rank(2).with(0, 3));
    }

    #[test]
    fn elements_need_every_dim() {
        assert_eq!(Shape::of(&[2, 3]).elements(), Some(6));
        assert_eq!(Shape::of(&[2, ANY]).elements(), None);
        assert_eq!(Shape::SCALAR.elements(), Some(1));
        assert_eq!(Shape::of_dims(&[symbol(0)]).elements(), None);
        // The same for sizes on both sides of what is multiplied at one go, and of ranks beside those.
        for size in [0, 1, (1 << 15) - 1, 1 << 15, 1 << 20] {
            assert_eq!(Shape::of(&[size]).elements(), Some(size));
            assert_eq!(Shape::of(&[3, size, 2, 1]).elements(), Some(6 * size));
            assert_eq!(Shape::of(&[3, size, 2]).elements(), Some(6 * size));
            assert_eq!(Shape::of(&[3, size, 2, ANY]).elements(), None);
        }
        assert_eq!(Shape::of(&[1 << 30; 4]).elements(), Some(usize::MAX));
    }
}
