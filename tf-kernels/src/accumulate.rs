//! Sums in place: `sum += terms` and `sum -= terms`.

use crate::threads::for_each_chunk;

macro_rules! accumulate {
    ($($add:ident $subtract:ident $t:ty, $a:ident, $b:ident => $sum:expr, $difference:expr;)*) => {$(
        #[doc = concat!("Adds to each `", stringify!($t), "` of `sum` the one of `terms` in its place.")]
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn $add(sum: &mut [$t], terms: &[$t]) {
            accumulate(sum, terms, |$a, $b| $sum);
        }

        #[doc = concat!("Subtracts from each `", stringify!($t), "` of `sum` the one of `terms` in its place.")]
        ///
        /// # Panics
        /// If the lengths differ.
        pub fn $subtract(sum: &mut [$t], terms: &[$t]) {
            accumulate(sum, terms, |$a, $b| $difference);
        }
    )*};
}

accumulate! {
    add_f32 subtract_f32 f32, a, b => a + b, a - b;
    add_f64 subtract_f64 f64, a, b => a + b, a - b;
    add_i32 subtract_i32 i32, a, b => a.wrapping_add(b), a.wrapping_sub(b);
    add_i64 subtract_i64 i64, a, b => a.wrapping_add(b), a.wrapping_sub(b);
}

#[inline(always)]
fn accumulate<T: Copy + Send + Sync>(sum: &mut [T], terms: &[T], op: impl Fn(T, T) -> T + Sync) {
    assert_eq!(sum.len(), terms.len(), "a term for each sum");
    let work = 2 * sum.len();
    for_each_chunk(sum, 1, work, |start, part| {
        let terms = &terms[start..start + part.len()];
        part.iter_mut().zip(terms).for_each(|(sum, &term)| *sum = op(*sum, term));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_every_length_and_of_integers_that_wrap() {
        for len in [0, 1, 7, 70_000] {
            let terms: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let mut sum = vec![0.5; len];
            add_f32(&mut sum, &terms);
            assert!(sum.iter().zip(&terms).all(|(sum, term)| *sum == term + 0.5));
            subtract_f32(&mut sum, &terms);
            assert!(sum.iter().all(|&sum| sum == 0.5));
        }
        let mut sum = [i64::MAX, 5];
        add_i64(&mut sum, &[1, -6]);
        assert_eq!(sum, [i64::MIN, -1]);
    }
}
