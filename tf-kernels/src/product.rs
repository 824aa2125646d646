//! The gradient of products over axes and its derivatives of every order, also where elements are zero.

use crate::threads::SharedMut;
use crate::threads::for_each_index;
use crate::walk::{Walk, elements, for_each_offset, steps, strides};
use std::ops::{Add, Mul};

macro_rules! product_gradient {
    ($($name:ident $t:ty;)*) => { $(
        #[doc = concat!("The slopes of an array of `", stringify!($t), "` of `shape` behind whose products over `axes` the slopes are `slope` (`tf.reduce_prod`): each element's is the product of the others times that of the result.")]
        ///
        /// With `directions`, arrays of the same shape: how these slopes change
        /// where the array changes in the first of them, how that changes in
        /// the second, and so on.
        ///
        /// # Panics
        /// If a length does not fit `shape`.
        pub fn $name(
            input: &[$t],
            shape: &[usize],
            axes: &[usize],
            slope: &[$t],
            directions: &[&[$t]],
            out: &mut [$t],
        ) {
            product_gradient(&Moving { input, directions }, shape, axes, slope, out);
        }
    )* };
}

product_gradient! {
    product_gradient_f32 f32;
    product_gradient_f64 f64;
}

trait Float: Copy + Send + Sync + From<u8> + Add<Output = Self> + Mul<Output = Self> {}
impl Float for f32 {}
impl Float for f64 {}

/// An array that moves in several directions.
///
/// A product of its elements has a coefficient for each set of directions, which are the bits of the coefficient's number: what it
/// changes by where the array moves in all of these, in each one once.
struct Moving<'d, T> {
    input: &'d [T],
    directions: &'d [&'d [T]],
}

impl<T: Float> Moving<'_, T> {
    fn coefficients(&self) -> usize {
        1 << self.directions.len()
    }

    /// The product of no elements.
    fn one(&self) -> Vec<T> {
        let mut one = vec![T::from(0); self.coefficients()];
        one[0] = T::from(1);
        one
    }

    /// Multiplies a product by one more element.
    fn multiply(&self, product: &mut [T], place: usize) {
        // Coefficients of fewer directions are needed as they were.
        for set in (0..product.len()).rev() {
            let mut sum = product[set] * self.input[place];
            for (i, direction) in self.directions.iter().enumerate() {
                if set >> i & 1 == 1 {
                    sum = sum + product[set ^ 1 << i] * direction[place];
                }
            }
            product[set] = sum;
        }
    }

    /// The product of what is before each of these elements and what is behind it, in all directions at once, times the slope.
    fn others(&self, places: &[usize], base: usize, slope: T, mut put: impl FnMut(usize, T)) {
        let all = self.coefficients() - 1;
        let (mut product, mut before) = (self.one(), Vec::with_capacity(places.len() * self.coefficients()));
        for &place in places {
            before.extend_from_slice(&product);
            self.multiply(&mut product, base + place);
        }
        let mut behind = self.one();
        for (&place, before) in places.iter().zip(before.chunks(self.coefficients())).rev() {
            let moved = before.iter().enumerate().map(|(set, &factor)| factor * behind[all ^ set]);
            put(base + place, slope * moved.reduce(Add::add).expect("there is a coefficient without directions"));
            self.multiply(&mut behind, base + place);
        }
    }
}

fn product_gradient<T: Float>(moving: &Moving<'_, T>, shape: &[usize], axes: &[usize], slope: &[T], out: &mut [T]) {
    let Moving { input, directions } = *moving;
    assert_eq!(input.len(), elements(shape), "elements of the operand");
    assert_eq!(out.len(), input.len(), "elements of operand and result");
    for direction in directions {
        assert_eq!(direction.len(), input.len(), "elements of operand and direction");
    }
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
    for_each_index(slope.len(), 2 * input.len() * moving.coefficients(), |i| {
        for_each_offset(kept.axes(), i..i + 1, [0], |[base]| {
            let base = base as usize;
            if !directions.is_empty() {
                return moving.others(&places, base, slope[i], |place, slope| {
                    // SAFETY: the element belongs to this result alone, and lies within `out`, as long as the input.
                    unsafe { *shared.get().add(place) = slope };
                });
            }
            // The same of plain numbers, which need no memory of their own: from the front the products of what is before each
            // element, from the back those of what is behind it.
            let mut product = T::from(1);
            for &place in &places {
                // SAFETY: as above.
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
