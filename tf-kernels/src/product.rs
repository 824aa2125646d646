//! The gradient of products over axes, also where elements are zero.

use crate::threads::SharedMut;
use crate::threads::for_each_index;
use crate::walk::{Walk, elements, for_each_offset, steps, strides};
use std::ops::Mul;

macro_rules! product_gradient {
    ($($name:ident $t:ty;)*) => { $(
        #[doc = concat!("The slopes of an array of `", stringify!($t), "` of `shape` behind whose products over `axes` the slopes are `slope` (`tf.reduce_prod`): each element's is the product of the others times that of the result.")]
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $name(input: &[$t], shape: &[usize], axes: &[usize], slope: &[$t], out: &mut [$t]) {
            product_gradient(input, shape, axes, 1.0, slope, out);
        }
    )* };
}

product_gradient! {
    product_gradient_f32 f32;
    product_gradient_f64 f64;
}

fn product_gradient<T: Copy + Send + Sync + Mul<Output = T>>(
    input: &[T],
    shape: &[usize],
    axes: &[usize],
    one: T,
    slope: &[T],
    out: &mut [T],
) {
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(out.len(), input.len(), "elements of operand and result");
    if out.is_empty() {
        return;
    }
    let (mut kept, mut reduced) = (Walk::<1>::new(), Walk::<1>::new());
    for (axis, stride) in strides(shape).enumerate() {
        let walk = if axes.contains(&axis) { &mut reduced } else { &mut kept };
        walk.push(shape[axis], [stride as isize]);
    }
    assert_eq!(slope.len(), steps(kept.axes()), "elements of the slope");
    let mut places = Vec::with_capacity(steps(reduced.axes()));
    for_each_offset(reduced.axes(), 0..steps(reduced.axes()), [0], |[at]| places.push(at as usize));
    let shared = SharedMut::new(out);
    for_each_index(slope.len(), 2 * input.len(), |i| {
        for_each_offset(kept.axes(), i..i + 1, [0], |[base]| {
            let base = base as usize;
            // From the front the products of what is before each element, from
            // the back those of what is behind it.
            let mut product = one;
            for &place in &places {
                // SAFETY: the element belongs to this result alone, and lies within `out`, as long as the input.
                unsafe { *shared.get().add(base + place) = product };
                product = product * input[base + place];
            }
            let mut product = slope[i];
            for &place in places.iter().rev() {
                // SAFETY: as above.
                unsafe {
                    let out = shared.get().add(base + place);
                    *out = *out * product;
                }
                product = product * input[base + place];
            }
        });
    });
}
