//! What can go wrong with the *values* a kernel is given.

use std::fmt;

/// A mistake in run-time values. Wrong lengths and ranks are not listed: they
/// break an invariant of the engine and panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelError {
    /// An integer was divided by zero (division, floor division or floor modulus).
    DivideByZero,
    /// An integer was raised to a negative power.
    NegativeExponent,
    /// `indices[position]` was `index`, which an axis of `size` elements does not have.
    IndexOutOfRange {
        /// Which of the indices, counted over the flattened array of them.
        position: usize,
        /// The index found there.
        index: i64,
        /// The length of the axis.
        size: usize,
    },
    /// The operation is defined for floating-point numbers only.
    FloatOnly,
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::DivideByZero => f.write_str("integer division by zero"),
            Self::NegativeExponent => f.write_str("an integer cannot be raised to a negative integer power"),
            Self::IndexOutOfRange { position, index, size } => {
                write!(f, "index {index} at position {position} is not in [0, {size})")
            }
            Self::FloatOnly => f.write_str("operation is defined for floating-point numbers only"),
        }
    }
}

impl std::error::Error for KernelError {}
