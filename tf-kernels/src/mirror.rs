//! The gradient of mirror padding: what a mirror shows is added to what it shows it of.

use crate::movement::MirrorMode;
use crate::threads::for_each_chunk;
use crate::walk::elements;
use std::ops::AddAssign;

macro_rules! mirror_pad_gradient {
    ($($name:ident $t:ty;)*) => { $(
        #[doc = concat!("The slopes of an array of `", stringify!($t), "` of `shape` behind whose mirror padding (before, after on every axis) the slopes are `slope` (`MirrorPadGrad`).")]
        ///
        /// # Panics
        /// If a length or rank does not fit `shape`.
        pub fn $name(
            slope: &[$t],
            shape: &[usize],
            paddings: &[(usize, usize)],
            mode: MirrorMode,
            out: &mut [$t],
        ) {
            mirror_pad_gradient(slope, shape, paddings, mode, out);
        }
    )* };
}

mirror_pad_gradient! {
    mirror_pad_gradient_f32 f32;
    mirror_pad_gradient_f64 f64;
}

fn mirror_pad_gradient<T: Copy + Default + Send + Sync + AddAssign>(
    slope: &[T],
    shape: &[usize],
    paddings: &[(usize, usize)],
    mode: MirrorMode,
    out: &mut [T],
) {
    assert_eq!(shape.len(), paddings.len(), "axes of shape and paddings");
    assert_eq!(out.len(), elements(shape), "elements of the result");
    // One axis after the other loses its padding.
    let mut folded: Vec<usize> =
        shape.iter().zip(paddings).map(|(&size, (before, after))| size + before + after).collect();
    assert_eq!(slope.len(), elements(&folded), "elements of the slope");
    let mut slopes = slope.to_vec();
    for (axis, &(before, after)) in paddings.iter().enumerate() {
        if (before, after) == (0, 0) {
            continue;
        }
        // The axes behind are still padded.
        let (size, inner) = (shape[axis], elements(&folded[axis + 1..]));
        let row = folded[axis] * inner;
        folded[axis] = size;
        let mut narrow = vec![T::default(); elements(&folded)];
        for_each_chunk(&mut narrow, (size * inner).max(1), slopes.len(), |start, out| {
            let first = start / (size * inner).max(1);
            for (i, out) in out.chunks_exact_mut(size * inner).enumerate() {
                let from = &slopes[(first + i) * row..][..row];
                out.copy_from_slice(&from[before * inner..][..size * inner]);
                let mut add = |at: usize, source: usize| {
                    for (out, &x) in out[source * inner..][..inner].iter_mut().zip(&from[at * inner..][..inner]) {
                        *out += x;
                    }
                };
                // The outermost element is shown again, or is not.
                let skipped = match mode {
                    MirrorMode::Reflect => 1,
                    MirrorMode::Symmetric => 0,
                };
                for at in 0..before {
                    add(at, before - 1 - at + skipped);
                }
                for at in 0..after {
                    add(before + size + at, size - 1 - at - skipped);
                }
            }
        });
        slopes = narrow;
    }
    out.copy_from_slice(&slopes);
}
