//! Metrics: running totals over batches, in variables of their own, each a `#[variable_scope]` function like the [layers](crate::layers).
//!
//! A metric yields its value so far and the update that takes in a batch, whose own result is the value afterwards. Its variables are
//! local and in the collection `METRIC_VARIABLES`: they are not trained and not saved. They start again when
//! [`local_variables_initializer`](crate::local_variables_initializer) runs. Value and update that are fetched together are in no order.
//!
//! Two calls have variables of their own, as in TensorFlow (`mean`, `mean_1`), unless they are asked to share: by a scope that reuses,
//! in which TensorFlow's metrics, other than its guide says, never do (M2), or by a name and `reuse`.
//!
//! | metric | its variables |
//! |---|---|
//! | [`mean`](fn@mean), [`accuracy`](fn@accuracy), [`mean_squared_error`](fn@mean_squared_error) | `total`, `count` |
//! | [`precision`](fn@precision) | `true_positives/count`, `false_positives/count` |
//! | [`recall`](fn@recall) | `true_positives/count`, `false_negatives/count` |
//! | [`auc`](fn@auc) | `true_positives`, `false_negatives`, `true_negatives`, `false_positives` |
//!
//! `averages` has means, `detection` precision and recall, `curves` the area under one; `totals` is what they count with, `options` what all take.

mod averages;
mod curves;
mod detection;
mod options;
mod totals;

pub use averages::*;
pub use curves::*;
pub use detection::*;
pub use options::Metric;
