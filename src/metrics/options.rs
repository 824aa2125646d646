//! What metrics have in common that a caller may say.

use crate::{Reuse, Tensor, layers::scope_name, sharing};

/// The options of a metric.
#[derive(Clone, Copy, Debug)]
#[must_use = "options do nothing by themselves"]
pub struct Metric {
    name: Option<&'static str>,
    pub(super) reuse: Reuse,
    pub(super) weights: Option<Tensor<f32>>,
}

impl Default for Metric {
    fn default() -> Self {
        Self::new()
    }
}

impl Metric {
    /// All values count alike, in a scope of the metric's own kind.
    pub const fn new() -> Self {
        Metric { name: None, reuse: Reuse::Inherit, weights: None }
    }

    /// The name of the metric's scope. Without one it is the metric's kind, made unique in the scope around it.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Whether variables are shared: `true`, [`AUTO_REUSE`](crate::AUTO_REUSE), [`NO_REUSE`](crate::NO_REUSE). Without a name the scope
    /// is then that of the first metric of the kind.
    pub const fn reuse<R: sharing::IntoReuse>(mut self, reuse: R) -> Self {
        self.reuse = sharing::into_reuse(reuse);
        self
    }

    /// How much each value counts; it broadcasts to the values.
    pub const fn weights(mut self, weights: Tensor<f32>) -> Self {
        self.weights = Some(weights);
        self
    }

    /// The name to open the metric's scope by.
    pub(super) const fn scope(&self, kind: &'static str) -> Option<&'static str> {
        scope_name(self.name, self.reuse, kind)
    }
}
