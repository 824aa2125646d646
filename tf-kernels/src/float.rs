//! What kernels that are written once for `f32` and `f64` ask of them.

use std::ops::{Add, Mul};

/// A floating-point number.
pub(crate) trait Float:
    Copy + Default + PartialOrd + Add<Output = Self> + Mul<Output = Self> + Send + Sync
{
}

impl Float for f32 {}
impl Float for f64 {}
