//! Numbers over steps, kept in bounded space however long a run is.

use crate::{chart::Chart, error::Result};
use serde_json::{Value as Json, json};
use std::path::Path;

/// As many points as are kept of a curve, at most.
const MOST: usize = 2048;

/// A number over steps: the loss, or a metric. Of a long run a point is the mean of several steps in a row.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    name: String,
    points: Vec<(u64, f64)>,
    /// How many numbers make a point.
    width: u64,
    /// The numbers that make no point yet: how many, and their sum.
    pending: (u64, f64),
}

impl Curve {
    pub(super) fn new(name: &str) -> Curve {
        Curve { name: name.to_owned(), points: Vec::new(), width: 1, pending: (0, 0.0) }
    }

    /// What it is of: `loss`, `eval/accuracy`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Steps and numbers, in the order of the steps.
    pub fn points(&self) -> &[(u64, f64)] {
        &self.points
    }

    pub(super) fn push(&mut self, step: u64, value: f64) {
        let (count, sum) = (self.pending.0 + 1, self.pending.1 + value);
        self.pending = (count, sum);
        if count < self.width {
            return;
        }
        self.points.push((step, sum / count as f64));
        self.pending = (0, 0.0);
        if self.points.len() >= MOST {
            self.points = self.points.chunks(2).map(|two| (two[1].0, (two[0].1 + two[1].1) / 2.0)).collect();
            self.width *= 2;
        }
    }

    pub(super) fn to_json(&self) -> Json {
        let points: Vec<Json> = self.points.iter().map(|&(step, value)| json!([step, value.to_bits()])).collect();
        json!({ "name": self.name, "points": points, "width": self.width, "pending": [self.pending.0, self.pending.1.to_bits()] })
    }

    pub(super) fn from_json(json: &Json) -> Option<Curve> {
        let pair = |json: &Json| Some((json.get(0)?.as_u64()?, f64::from_bits(json.get(1)?.as_u64()?)));
        Some(Curve {
            name: json.get("name")?.as_str()?.to_owned(),
            points: json.get("points")?.as_array()?.iter().map(pair).collect::<Option<_>>()?,
            width: json.get("width")?.as_u64().filter(|width| *width > 0)?,
            pending: pair(json.get("pending")?)?,
        })
    }
}

/// The curves of a run, each made when its first number comes.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Curves(pub(super) Vec<Curve>);

impl Curves {
    pub(super) fn push(&mut self, name: &str, step: u64, value: f64) {
        let index = self.0.iter().position(|curve| curve.name == name).unwrap_or_else(|| {
            self.0.push(Curve::new(name));
            self.0.len() - 1
        });
        self.0[index].push(step, value);
    }

    /// Writes them as a chart: one below the other for quantities of different kinds, which have different sizes; losses share one, whoever they are of.
    pub(super) fn save(&self, title: &str, path: &Path) -> Result<()> {
        let mut charts: Vec<(&str, Chart)> = Vec::new();
        for curve in self.0.iter().filter(|curve| !curve.points.is_empty()) {
            let kind = curve.name.rsplit(['/', ' ']).next().unwrap_or_default();
            let index = charts.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
                let title = if charts.is_empty() { title } else { "" };
                charts.push((kind, Chart::new(title).x_label("step").y_label(kind)));
                charts.len() - 1
            });
            let points = curve.points.iter().map(|&(step, value)| (step as f64, value));
            charts[index].1 = charts[index].1.clone().curve(curve.name(), points);
        }
        let mut charts = charts.into_iter().map(|(_, chart)| chart);
        let first = charts.next().unwrap_or_else(|| Chart::new(title).x_label("step"));
        charts.fold(first, Chart::below).save(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_is_thinned_and_keeps_its_mean() {
        let mut curve = Curve::new("loss");
        for step in 1..=10_240u64 {
            curve.push(step, step as f64);
        }
        assert!(curve.points().len() < MOST && curve.width == 8);
        let mean = curve.points().iter().map(|point| point.1).sum::<f64>() / curve.points().len() as f64;
        assert_eq!(mean, 5120.5);
        assert_eq!(curve.points().last(), Some(&(10_240, 10_236.5)));
    }

    #[test]
    fn a_curve_goes_on_from_what_was_written() {
        let mut whole = Curve::new("loss");
        (1..=3000u64).for_each(|step| whole.push(step, 1.0 / step as f64));
        let mut resumed = Curve::new("loss");
        (1..=2501u64).for_each(|step| resumed.push(step, 1.0 / step as f64));
        let mut resumed = Curve::from_json(&resumed.to_json()).expect("it was written as it is read");
        (2502..=3000u64).for_each(|step| resumed.push(step, 1.0 / step as f64));
        assert_eq!(resumed, whole);
    }
}
