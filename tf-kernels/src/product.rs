//! The gradient of products over axes, also where elements are zero.

use crate::threads::SharedMut;
use crate::threads::for_each_index;
use crate::walk::{Walk, elements, for_each_offset, steps, strides};
use std::ops::{Add, Mul};

macro_rules! product_gradient {
    ($($name:ident $change:ident $t:ty;)*) => { $(
        #[doc = concat!("The slopes of an array of `", stringify!($t), "` of `shape` behind whose products over `axes` the slopes are `slope` (`tf.reduce_prod`): each element's is the product of the others times that of the result.")]
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $name(input: &[$t], shape: &[usize], axes: &[usize], slope: &[$t], out: &mut [$t]) {
            product_gradient(input, shape, axes, 1.0, slope, out);
        }

        #[doc = concat!("How the slopes of [`", stringify!($name), "`] change where the array changes in the direction `to`: its derivative times that direction.")]
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $change(input: &[$t], to: &[$t], shape: &[usize], axes: &[usize], slope: &[$t], out: &mut [$t]) {
            assert_eq!(to.len(), input.len(), "elements of operand and direction");
            let moving: Vec<Dual<$t>> = input.iter().zip(to).map(|(&value, &change)| Dual { value, change }).collect();
            let slope: Vec<Dual<$t>> = slope.iter().map(|&value| Dual { value, change: 0.0 }).collect();
            let one = Dual { value: 1.0, change: 0.0 };
            let mut slopes = vec![one; out.len()];
            product_gradient(&moving, shape, axes, one, &slope, &mut slopes);
            for (out, slope) in out.iter_mut().zip(slopes) {
                *out = slope.change;
            }
        }
    )* };
}

product_gradient! {
    product_gradient_f32 product_gradient_change_f32 f32;
    product_gradient_f64 product_gradient_change_f64 f64;
}

/// A number, and how it changes in a direction: products of such know how they change, too.
#[derive(Clone, Copy)]
struct Dual<T> {
    value: T,
    change: T,
}

impl<T: Copy + Add<Output = T> + Mul<Output = T>> Mul for Dual<T> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Dual { value: self.value * other.value, change: self.value * other.change + self.change * other.value }
    }
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
