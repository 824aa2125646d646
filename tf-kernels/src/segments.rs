//! Sums of slices that indices send to the same place.

use crate::error::KernelError;
use crate::threads::for_each_chunk;
use crate::walk::elements;
use std::ops::AddAssign;

macro_rules! segment_sum {
    ($($name:ident $t:ty;)*) => { $(
        #[doc = concat!("The gradient of [`gather`](crate::movement) for `", stringify!($t), "`: slice `i` of `values` along `axis`, where the indices' axes are taken as one, is added to slice `indices[i]` of `out`, which has `shape` and starts as zeros (`tf.math.unsorted_segment_sum` along the first axis). What goes to one place is added in the order of the indices.")]
        ///
        /// # Errors
        /// [`KernelError::IndexOutOfRange`] for the first index outside the axis.
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $name(
            values: &[$t],
            indices: &[i64],
            shape: &[usize],
            axis: usize,
            out: &mut [$t],
        ) -> Result<(), KernelError> {
            segment_sum(values, indices, shape, axis, out)
        }
    )* };
}

segment_sum! {
    segment_sum_f32 f32;
    segment_sum_f64 f64;
}

fn segment_sum<T: Copy + Default + Send + Sync + AddAssign>(
    values: &[T],
    indices: &[i64],
    shape: &[usize],
    axis: usize,
    out: &mut [T],
) -> Result<(), KernelError> {
    let (outer, size, inner) = (elements(&shape[..axis]), shape[axis], elements(&shape[axis + 1..]));
    assert_eq!(out.len(), outer * size * inner, "elements of the result");
    assert_eq!(values.len(), outer * indices.len() * inner, "elements of the operand");
    let outside = |&index: &i64| usize::try_from(index).map_or(true, |index| index >= size);
    if let Some(position) = indices.iter().position(outside) {
        return Err(KernelError::IndexOutOfRange { position, index: indices[position], size });
    }
    if out.is_empty() {
        return Ok(());
    }
    // Each thread looks at all indices and adds what falls into its own slices.
    for_each_chunk(out, inner, values.len() + out.len(), |start, out| {
        out.fill(T::default());
        let (first, end) = (start / inner, (start + out.len()) / inner);
        for o in first / size..end.div_ceil(size) {
            for (i, &index) in indices.iter().enumerate() {
                let place = o * size + index as usize;
                if (first..end).contains(&place) {
                    let from = &values[(o * indices.len() + i) * inner..][..inner];
                    for (out, &x) in out[(place - first) * inner..][..inner].iter_mut().zip(from) {
                        *out += x;
                    }
                }
            }
        }
    });
    Ok(())
}
