//! How well predictions tell yes from no, whatever the threshold between the two.

use super::{
    options::Metric,
    totals::{counted, share, totals},
};
use crate::{
    Reuse, Tensor, control_dependencies, demand, sharing,
    spec::{Rule, SpecError},
    variable_scope,
};

/// The curve that an area lies under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// The part of the right ones that is found, over the part of the wrong ones that is taken for right.
    Roc,
    /// The part of what is found that is right, over the part of the right ones that is found.
    PrecisionRecall,
}

/// How the area between two thresholds is summed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Summation {
    /// As a trapezoid.
    Trapezoidal,
    /// As the lower of the two rectangles: the area is at least this.
    Minoring,
    /// As the higher of the two rectangles: the area is at most this.
    Majoring,
    /// Under [`Curve::PrecisionRecall`] by interpolating the counts, which a trapezoid overstates (Davis and Goadrich 2006); under the
    /// other one as a trapezoid.
    CarefulInterpolation,
}

/// The options of [`auc`](fn@auc).
#[derive(Clone, Copy, Debug)]
#[must_use = "options do nothing by themselves"]
pub struct Auc {
    metric: Metric,
    thresholds: usize,
    curve: Curve,
    summation: Summation,
}

impl Default for Auc {
    fn default() -> Self {
        Self::new()
    }
}

impl Auc {
    /// The area under [`Curve::Roc`], by 200 thresholds and trapezoids.
    pub const fn new() -> Self {
        Auc { metric: Metric::new(), thresholds: 200, curve: Curve::Roc, summation: Summation::Trapezoidal }
    }

    /// The number of thresholds between 0 and 1, both included; 2 or more.
    pub const fn thresholds(mut self, thresholds: usize) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// The curve.
    pub const fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// How areas are summed up.
    pub const fn summation(mut self, summation: Summation) -> Self {
        self.summation = summation;
        self
    }

    /// The name of the metric's scope. Without one it is `auc`, made unique in the scope around it.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.metric = self.metric.name(name);
        self
    }

    /// Whether variables are shared: `true`, [`AUTO_REUSE`](crate::AUTO_REUSE), [`NO_REUSE`](crate::NO_REUSE). Without a name the scope
    /// is then that of the first such metric.
    pub const fn reuse<R: sharing::IntoReuse>(mut self, reuse: R) -> Self {
        self.metric = self.metric.reuse(reuse);
        self
    }

    /// How much each prediction counts; it broadcasts to the predictions.
    pub const fn weights(mut self, weights: Tensor<f32>) -> Self {
        self.metric = self.metric.weights(weights);
        self
    }

    const fn shared(&self) -> Reuse {
        self.metric.reuse
    }
}

static THRESHOLDS: Rule = Rule {
    code: "E-METRIC-THRESHOLDS",
    says: "{x} thresholds make no curve",
    left: "",
    right: "",
    help: "write 2 or more, of which the first is 0 and the last is 1",
};

/// How far the outermost thresholds lie beyond 0 and 1, so that predictions of 0 and 1 are on one side of them.
const BEYOND: f32 = 1e-7;
/// What TensorFlow adds so that nothing is divided by 0.
const EPSILON: f32 = 1e-6;

/// The area under a curve of all predictions so far, which are between 0 and 1, and the update that adds a batch: 1 where some threshold
/// tells all that are labelled yes from the others, about 0.5 where they are guessed.
///
/// Variables, each with a count for every threshold: `true_positives`, `false_negatives`, `true_negatives`, `false_positives`. TensorFlow:
/// `tf.metrics.auc`; predictions outside of 0 and 1 are not refused, and count as beyond every threshold.
///
/// # Errors
/// `E-METRIC-THRESHOLDS` for fewer than 2 thresholds, `E-METRIC-WEIGHTS` for weights that do not broadcast to the predictions.
///
/// ```
/// use tf::{metrics::{Auc, auc}, prelude::*};
/// model! {
///     pub Told(labels: bool[?], predictions: f32[?]) -> f32[] { auc(labels, predictions, Auc::new()).1 }
/// }
/// let (labels, predictions) = (ndarray::arr1(&[true, false, true]), ndarray::arr1(&[0.9, 0.2, 0.6]));
/// let area = Told::init(1)?.run(&labels, &predictions)?[[]];
/// assert!((area - 1.0).abs() < 1e-5);
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn auc(labels: Tensor<bool>, predictions: Tensor<f32>, options: Auc) -> (Tensor<f32>, Tensor<f32>) {
    let enough = options.thresholds >= 2;
    demand(enough, SpecError::new("auc", &THRESHOLDS).numbers(options.thresholds as i64, 0));
    let count = if enough { options.thresholds } else { 2 };
    variable_scope!(options.metric.scope("auc"), default_name = "auc", reuse = options.shared(), {
        let found = totals("true_positives", count);
        let missed = totals("false_negatives", count);
        let dismissed = totals("true_negatives", count);
        let mistaken = totals("false_positives", count);
        let weights = counted(predictions, options.metric.weights).reshape([1, tf::ANY]);
        let yes = tf::greater(predictions.reshape([1, tf::ANY]), thresholds(count));
        let right = labels.reshape([1, tf::ANY]);
        let (no, wrong) = (tf::logical_not(yes), tf::logical_not(right));
        // A batch that fails is in none of them.
        let all = [
            weighed(tf::logical_and(right, yes), weights),
            weighed(tf::logical_and(right, no), weights),
            weighed(tf::logical_and(wrong, no), weights),
            weighed(tf::logical_and(wrong, yes), weights),
        ];
        let after = control_dependencies!([all[0].op(), all[1].op(), all[2].op(), all[3].op()], {
            let (found, missed) = (found.assign_add(all[0]), missed.assign_add(all[1]));
            area(found, missed, dismissed.assign_add(all[2]), mistaken.assign_add(all[3]), count, options)
        });
        (area(found.value(), missed.value(), dismissed.value(), mistaken.value(), count, options), after)
    })
}

/// Numbers from 0 to 1 at equal distances, the outermost a little beyond, as a column.
#[variable_scope]
#[track_caller]
fn thresholds(count: usize) -> Tensor<f32> {
    let last = count - 1;
    let inner = tf::cast::<f32, i32>(tf::range(1, last as i32, 1)) / last as f32;
    let all = tf::concat([tf::constant([-BEYOND]), inner, tf::constant([1.0 + BEYOND])], 0);
    all.reshape([count, 1])
}

/// How much happened at each threshold.
#[variable_scope]
#[track_caller]
fn weighed(happened: Tensor<bool>, weights: Tensor<f32>) -> Tensor<f32> {
    tf::reduce_sum(tf::cast::<f32, bool>(happened) * weights, 1)
}

/// The area under the curve of these counts.
#[variable_scope]
#[track_caller]
fn area(
    found: Tensor<f32>,
    missed: Tensor<f32>,
    dismissed: Tensor<f32>,
    mistaken: Tensor<f32>,
    count: usize,
    options: Auc,
) -> Tensor<f32> {
    let precise = matches!(options.curve, Curve::PrecisionRecall);
    if precise && matches!(options.summation, Summation::CarefulInterpolation) {
        interpolated(found, missed, mistaken, count)
    } else {
        let recall = (found + EPSILON) / (found + missed + EPSILON);
        let (x, y) = if precise {
            (recall, (found + EPSILON) / (found + mistaken + EPSILON))
        } else {
            (mistaken / (mistaken + dismissed + EPSILON), recall)
        };
        let (left, right) = (but_last(y, count), but_first(y, count));
        let heights = match options.summation {
            Summation::Minoring => tf::minimum(left, right),
            Summation::Majoring => tf::maximum(left, right),
            Summation::Trapezoidal | Summation::CarefulInterpolation => (left + right) / 2.0,
        };
        tf::reduce_sum((but_last(x, count) - but_first(x, count)) * heights, tf::ALL)
    }
}

/// The area under precision over recall where the counts, and not their ratios, change evenly between two thresholds.
#[variable_scope]
#[track_caller]
fn interpolated(found: Tensor<f32>, missed: Tensor<f32>, mistaken: Tensor<f32>, count: usize) -> Tensor<f32> {
    let claimed = found + mistaken;
    let (claimed_left, claimed_right) = (but_last(claimed, count), but_first(claimed, count));
    let right = but_first(found, count);
    let more = but_last(found, count) - right;
    let slope = share(more, tf::maximum(claimed_left - claimed_right, 0.0));
    let intercept = right - slope * claimed_right;
    let both = tf::logical_and(tf::greater(claimed_left, 0.0), tf::greater(claimed_right, 0.0));
    let ratio = tf::select(both, share(claimed_left, tf::maximum(claimed_right, 0.0)), tf::ones_like(claimed_right));
    let all = tf::maximum(right + but_first(missed, count), 0.0);
    tf::reduce_sum(share(slope * (more + intercept * tf::log(ratio)), all), tf::ALL)
}

#[variable_scope]
#[track_caller]
fn but_last(x: Tensor<f32>, count: usize) -> Tensor<f32> {
    tf::slice(x, [0], [count - 1])
}

#[variable_scope]
#[track_caller]
fn but_first(x: Tensor<f32>, count: usize) -> Tensor<f32> {
    tf::slice(x, [1], [count - 1])
}
