//! What is said of the numbers of a variable in a line or two.

use std::fmt;

/// Bars from the lowest to the highest part of a histogram.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const PARTS: usize = 24;

/// Extremes, mean and deviation of those numbers that are finite, and how many are not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Statistics {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
    /// The standard deviation of all the numbers, not of a sample.
    pub(super) deviation: f64,
    pub(super) not_finite: usize,
}

impl Statistics {
    /// None where no number is finite.
    pub(super) fn of(numbers: &[f64]) -> Option<Statistics> {
        let finite = || numbers.iter().copied().filter(|x| x.is_finite());
        let count = finite().count();
        if count == 0 {
            return None;
        }
        let mean = finite().sum::<f64>() / count as f64;
        let squares = finite().map(|x| (x - mean).powi(2)).sum::<f64>();
        Some(Statistics {
            min: finite().fold(f64::INFINITY, f64::min),
            max: finite().fold(f64::NEG_INFINITY, f64::max),
            mean,
            deviation: (squares / count as f64).sqrt(),
            not_finite: numbers.len() - count,
        })
    }

    /// How the numbers are spread between the extremes, as bars.
    pub(super) fn histogram(&self, numbers: &[f64]) -> String {
        let mut counts = [0usize; PARTS];
        let width = (self.max - self.min) / PARTS as f64;
        for x in numbers.iter().filter(|x| x.is_finite()) {
            let part = if width > 0.0 { ((x - self.min) / width) as usize } else { PARTS / 2 };
            counts[part.min(PARTS - 1)] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(1).max(1);
        let bar = |count: usize| if count == 0 { ' ' } else { BARS[(count * BARS.len()).div_ceil(most) - 1] };
        counts.into_iter().map(bar).collect()
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { min, max, mean, deviation, not_finite } = *self;
        write!(f, "min {}  max {}  mean {}  std {}", Short(min), Short(max), Short(mean), Short(deviation))?;
        if not_finite > 0 { write!(f, "  not finite: {not_finite}") } else { Ok(()) }
    }
}

/// A number in about five digits.
pub(super) struct Short(pub(super) f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || ((1e-3..1e6).contains(&size) && self.0.fract() == 0.0) {
            return write!(f, "{}", self.0);
        }
        if !(1e-3..1e6).contains(&size) {
            return write!(f, "{:.4e}", self.0);
        }
        write!(f, "{:.*}", (4 - size.log10().floor() as i32).clamp(0, 8) as usize, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_of_what_is_finite() {
        let found = Statistics::of(&[1.0, f64::NAN, 3.0, f64::INFINITY, 5.0, 3.0]).unwrap();
        assert_eq!((found.min, found.max, found.mean, found.deviation), (1.0, 5.0, 3.0, 2f64.sqrt()));
        assert_eq!(found.to_string(), "min 1  max 5  mean 3  std 1.4142  not finite: 2");
        assert_eq!(Statistics::of(&[f64::NAN]), None);
    }

    #[test]
    fn bars_are_as_high_as_there_are_numbers() {
        let numbers: Vec<f64> = (0..PARTS).flat_map(|part| vec![part as f64; 1 + part % 8]).collect();
        let bars = Statistics::of(&numbers).unwrap().histogram(&numbers);
        assert_eq!(bars, "▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█");
        assert_eq!(Statistics::of(&[2.0]).unwrap().histogram(&[2.0]).trim(), "█");
    }
}
