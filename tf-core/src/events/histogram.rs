//! Values as counts between limits that grow by a tenth each, as TensorBoard shows them.

use super::messages::Histogram;

/// The histogram of the values that are finite.
pub(super) fn histogram(values: impl Iterator<Item = f64>) -> Histogram {
    let limits = limits();
    let mut counts = vec![0.0; limits.len()];
    let mut out = Histogram { min: f64::INFINITY, max: f64::NEG_INFINITY, ..Histogram::default() };
    for value in values.filter(|value| value.is_finite()) {
        counts[limits.partition_point(|limit| *limit <= value).min(limits.len() - 1)] += 1.0;
        out.min = out.min.min(value);
        out.max = out.max.max(value);
        out.count += 1.0;
        out.sum += value;
        out.sum_of_squares += value * value;
    }
    if out.count == 0.0 {
        return Histogram::default();
    }
    // Limits outside the values say nothing.
    let first = counts.iter().position(|count| *count > 0.0).unwrap_or(0);
    let last = counts.iter().rposition(|count| *count > 0.0).unwrap_or(0);
    out.limits = limits[first..=last].to_vec();
    out.counts = counts[first..=last].to_vec();
    out
}

/// From the lowest to the highest: 1e-12 and its multiples by 1.1 up to 1e20, below and above zero, and the ends.
fn limits() -> Vec<f64> {
    let positive: Vec<f64> =
        std::iter::successors(Some(1e-12), |limit| Some(limit * 1.1)).take_while(|limit| *limit < 1e20).collect();
    let mut limits = vec![-f64::MAX];
    limits.extend(positive.iter().rev().map(|limit| -limit));
    limits.push(0.0);
    limits.extend(positive);
    limits.push(f64::MAX);
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_counted_once_below_its_limit() {
        let values = [-1e30, -3.0, -3.0, 0.0, 1e-13, 0.5, 2.0, 1e25, f64::NAN, f64::INFINITY];
        let found = histogram(values.into_iter());
        assert_eq!((found.count, found.min, found.max), (8.0, -1e30, 1e25));
        assert_eq!(found.counts.iter().sum::<f64>(), 8.0);
        assert_eq!(found.limits.len(), found.counts.len());
        for value in [-3.0, 0.5, 2.0] {
            let place = found.limits.iter().position(|limit| value < *limit).unwrap();
            assert!(found.counts[place] > 0.0 && found.limits[place - 1] <= value, "{value}");
        }
    }

    #[test]
    fn no_values_make_an_empty_histogram() {
        assert_eq!(histogram([f64::NAN].into_iter()), Histogram::default());
    }
}
