//! Several tensors as one argument.

use crate::{dtype::Element, tensor::AsTensor};

/// How a value lists tensors.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum ListKind {
    Array(usize),
    ArrayReference(usize),
    Slice,
}

/// What counts as several tensors of `T`: `[a, b]`, `&[a, b]`, or a slice; their items are of one Rust type.
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads it by that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of tensors of `{T}`",
    label = "expected `[a, b]`, or a slice",
    note = "tensors and variables go into one list as tensors: `v.value()`"
)]
pub unsafe trait AsTensors<T: Element>: Copy {
    #[doc(hidden)]
    type Item: AsTensor<T>;
    #[doc(hidden)]
    const KIND: ListKind;
}
// SAFETY: an array of N tensors.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, A: AsTensor<T>, const N: usize> AsTensors<T> for [A; N] {
    type Item = A;
    const KIND: ListKind = ListKind::Array(N);
}
// SAFETY: a reference to an array of N tensors.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, A: AsTensor<T>, const N: usize> AsTensors<T> for &[A; N] {
    type Item = A;
    const KIND: ListKind = ListKind::ArrayReference(N);
}
// SAFETY: a slice of tensors.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, A: AsTensor<T>> AsTensors<T> for &[A] {
    type Item = A;
    const KIND: ListKind = ListKind::Slice;
}

/// The items of a list, in both worlds.
pub(super) const fn items<T: Element, L: AsTensors<T>>(list: &L) -> &[L::Item] {
    // SAFETY: each arm reads what `KIND` promises; what a reference inside the list points to lives at least as long as the list.
    unsafe {
        match L::KIND {
            ListKind::Array(n) => core::slice::from_raw_parts((&raw const *list).cast(), n),
            ListKind::ArrayReference(n) => core::slice::from_raw_parts(core::mem::transmute_copy(list), n),
            ListKind::Slice => core::mem::transmute_copy(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_list_has_its_items() {
        let array = [1.0f32, 2.0, 3.0];
        assert_eq!(items::<f32, _>(&array), array);
        assert_eq!(items::<f32, _>(&&array), array);
        assert_eq!(items::<f32, _>(&&array[1..]), &array[1..]);
        assert!(items::<f32, [f32; 0]>(&[]).is_empty());
    }
}
