//! Moving elements about. Nothing here looks into an element, so there is one
//! function for each width, on words: `f32` moves as `u32`, `bool` as `u8`.
//!
//! | file | what it holds |
//! |---|---|
//! | `transpose` | axes in another order |
//! | `slice`, `scatter_slice` | slices, strided and reversed; slices put back |
//! | `concat` | arrays joined along an axis, and cut |
//! | `pad` | elements added around an array |
//! | `broadcast_to` | repetition: broadcasting, tiling, filling |
//! | `gather`, `one_hot` | elements picked by index; codes of indices |
//! | `select` | choice between two arrays |
//! | `strided` | the copy under most of these |

mod broadcast_to;
mod concat;
mod gather;
mod one_hot;
mod pad;
mod scatter_slice;
mod select;
mod slice;
mod strided;
mod transpose;

pub use broadcast_to::*;
pub use concat::*;
pub use gather::*;
pub use one_hot::*;
pub use pad::*;
pub use scatter_slice::*;
pub use select::*;
pub use slice::*;
pub use transpose::*;

/// An element as a bare word.
trait Word: Copy + Send + Sync {}

impl Word for u8 {}
impl Word for u16 {}
impl Word for u32 {}
impl Word for u64 {}

/// The work of moving `count` words: elementary operations are four bytes.
fn moving<W>(count: usize) -> usize {
    (count * size_of::<W>()).div_ceil(4)
}
