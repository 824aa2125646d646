//! NumPy's broadcasting rule.

/// The shape two arrays broadcast to, or `None` when they do not fit: aligned
/// at the last axis, lengths must be equal or one of them 1.
///
/// ```
/// use tf_kernels::broadcast::broadcast_shape;
/// assert_eq!(broadcast_shape(&[8, 1, 3], &[5, 1]), Some(vec![8, 5, 3]));
/// assert_eq!(broadcast_shape(&[2, 3], &[2]), None);
/// ```
pub fn broadcast_shape(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[usize], i: usize| {
        let missing = rank - shape.len();
        if i < missing { 1 } else { shape[i - missing] }
    };
    (0..rank)
        .map(|i| match (dim(a, i), dim(b, i)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}
