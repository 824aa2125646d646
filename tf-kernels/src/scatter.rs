//! Writing to chosen places of an array that stays where it is.
//!
//! The caller has looked at the rows, so that nothing is written if one of them is wrong. Rows that are named twice are updated
//! twice, in the order in which they are named; that is why no kernel here is cut into parts.

use half::{bf16, f16};

use crate::error::KernelError;
use crate::walk::{elements, strides};

/// What happens to an element of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScatterOp {
    /// The update is added; integers wrap, here and below.
    Add,
    /// The update is subtracted.
    Sub,
    /// The element is multiplied by the update.
    Mul,
    /// The element is divided by the update; integers truncate toward zero.
    Div,
    /// The smaller one; an update that is NaN changes nothing, as in TensorFlow.
    Min,
    /// The larger one; an update that is NaN changes nothing.
    Max,
}

/// Gives each of `rows`, of `width` elements each, the next row of `updates`, or its one element.
///
/// # Panics
/// If a row is not in `target`, or `updates` holds neither one element nor one for each element of the rows.
pub fn scatter_update<T: Clone>(target: &mut [T], width: usize, rows: &[usize], updates: &[T]) {
    for_each_row(target, width, rows, updates, |row, updates| match updates {
        [update] => row.fill(update.clone()),
        _ => row.clone_from_slice(updates),
    });
}

fn for_each_row<T>(
    target: &mut [T],
    width: usize,
    rows: &[usize],
    updates: &[T],
    mut write: impl FnMut(&mut [T], &[T]),
) {
    let count = rows.len() * width;
    assert!(updates.len() == count || updates.len() == 1, "{} updates of {count} elements", updates.len());
    if count == 0 {
        return;
    }
    for (k, &row) in rows.iter().enumerate() {
        let own = if updates.len() == count { &updates[k * width..][..width] } else { updates };
        write(&mut target[row * width..][..width], own);
    }
}

fn combine<T: Copy>(target: &mut [T], width: usize, rows: &[usize], updates: &[T], f: impl Fn(T, T) -> T) {
    for_each_row(target, width, rows, updates, |row, updates| match *updates {
        [update] => row.iter_mut().for_each(|x| *x = f(*x, update)),
        _ => row.iter_mut().zip(updates).for_each(|(x, &update)| *x = f(*x, update)),
    });
}

macro_rules! scatter {
    ($($name:ident $t:ty, $divides:expr, $add:expr, $sub:expr, $mul:expr, $div:expr;)*) => {$(
        #[doc = concat!("Changes each of `rows`, of `width` elements of `", stringify!($t), "` each, by the next row of `updates`, or by its one element.")]
        ///
        /// # Errors
        /// [`KernelError::DivideByZero`], for integers only; `target` is then untouched.
        ///
        /// # Panics
        /// If a row is not in `target`, or `updates` holds neither one element nor one for each element of the rows.
        pub fn $name(op: ScatterOp, target: &mut [$t], width: usize, rows: &[usize], updates: &[$t]) -> Result<(), KernelError> {
            if op == ScatterOp::Div && !rows.is_empty() && !updates.iter().copied().all($divides) {
                return Err(KernelError::DivideByZero);
            }
            match op {
                ScatterOp::Add => combine(target, width, rows, updates, $add),
                ScatterOp::Sub => combine(target, width, rows, updates, $sub),
                ScatterOp::Mul => combine(target, width, rows, updates, $mul),
                ScatterOp::Div => combine(target, width, rows, updates, $div),
                ScatterOp::Min => combine(target, width, rows, updates, |x, update| if update < x { update } else { x }),
                ScatterOp::Max => combine(target, width, rows, updates, |x, update| if update > x { update } else { x }),
            }
            Ok(())
        }
    )*};
}

scatter! {
    scatter_f16 f16, |_| true, |a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b;
    scatter_bf16 bf16, |_| true, |a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b;
    scatter_f32 f32, |_| true, |a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b;
    scatter_f64 f64, |_| true, |a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b;
    scatter_i32 i32, |b| b != 0, i32::wrapping_add, i32::wrapping_sub, i32::wrapping_mul, i32::wrapping_div;
    scatter_i64 i64, |b| b != 0, i64::wrapping_add, i64::wrapping_sub, i64::wrapping_mul, i64::wrapping_div;
}

/// Writes `values`, in row-major order, to the places `first + i * step` of each axis, `i` below `sizes`; steps may be negative.
///
/// # Panics
/// If a place is not in `shape`, or a length or rank does not fit.
pub fn assign_strided<T: Clone>(
    target: &mut [T],
    shape: &[usize],
    first: &[usize],
    step: &[isize],
    sizes: &[usize],
    values: &[T],
) {
    assert_eq!(target.len(), elements(shape), "elements of the target");
    assert_eq!(values.len(), elements(sizes), "elements of the values");
    assert!([first.len(), step.len(), sizes.len()].iter().all(|&rank| rank == shape.len()), "axes of the places");
    let Some(last) = sizes.len().checked_sub(1) else {
        target.clone_from_slice(values);
        return;
    };
    if values.is_empty() {
        return;
    }
    let apart: Vec<isize> = strides(shape).zip(step).map(|(stride, step)| stride as isize * step).collect();
    let start: usize = strides(shape).zip(first).map(|(stride, first)| stride * first).sum();
    let mut at = vec![0; last];
    for row in values.chunks_exact(sizes[last]) {
        let offset: isize = at.iter().zip(&apart).map(|(&i, apart)| i as isize * apart).sum();
        for (i, value) in row.iter().enumerate() {
            target[(start as isize + offset + i as isize * apart[last]) as usize].clone_from(value);
        }
        for (i, &size) in at.iter_mut().zip(sizes).rev() {
            *i += 1;
            if *i < size {
                break;
            }
            *i = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_named_twice_is_updated_twice() {
        let mut target = [1.0, 2.0, 3.0, 4.0];
        scatter_f64(ScatterOp::Add, &mut target, 2, &[1, 1], &[1.0, 2.0, 10.0, 20.0]).unwrap();
        assert_eq!(target, [1.0, 2.0, 14.0, 26.0]);
        scatter_update(&mut target, 2, &[0, 0], &[5.0, 6.0, 7.0, 8.0]);
        assert_eq!(target, [7.0, 8.0, 14.0, 26.0]);
        scatter_f64(ScatterOp::Mul, &mut target, 2, &[0, 0], &[2.0]).unwrap();
        assert_eq!(target, [28.0, 32.0, 14.0, 26.0]);
    }

    #[test]
    fn nothing_is_written_where_a_divisor_is_zero() {
        let mut target = [7, -7, i32::MIN];
        assert_eq!(scatter_i32(ScatterOp::Div, &mut target, 1, &[0, 1], &[2, 0]), Err(KernelError::DivideByZero));
        assert_eq!(target, [7, -7, i32::MIN]);
        scatter_i32(ScatterOp::Div, &mut target, 1, &[0, 1, 2], &[2, 2, -1]).unwrap();
        assert_eq!(target, [3, -3, i32::MIN]);
    }

    #[test]
    fn places_at_equal_distances_are_written_in_order() {
        let mut target = [0; 12];
        assign_strided(&mut target, &[3, 4], &[2, 0], &[-2, 3], &[2, 2], &[1, 2, 3, 4]);
        assert_eq!(target, [3, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 2]);
        assign_strided(&mut target, &[3, 4], &[0, 4], &[1, 1], &[3, 0], &[]);
        let mut scalar = [1];
        assign_strided(&mut scalar, &[], &[], &[], &[], &[9]);
        assert_eq!(scalar, [9]);
    }
}
