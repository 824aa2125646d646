//! Cross entropy of logits, stable where probabilities are next to 0 and 1.

use crate::{
    check::Cx,
    differentiation::backward::Backward,
    dtype::{DType, Float, Index},
    engine::run::Run,
    error::Result,
    graph::{naming::enter_name_scope, node::apply_many},
    ops::{
        ExpandDims, ShapedAs, axes::Axes, demand_shape, exp, gathering::indices, greater_equal, log1p, rules, scalar,
        select, times, zeros_like,
    },
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::{AsTensor, Tensor},
    value::Value,
};
use tf_kernels::cross_entropy::{
    cross_entropy_f32, cross_entropy_f64, sparse_cross_entropy_f32, sparse_cross_entropy_f64,
};

macro_rules! cross_entropies {
    ($($(#[$m:meta])* $name:ident[$($generics:tt)*]($label_type:ty) $label:literal $sparse:literal;)*) => { $(
        $(#[$m])*
        #[track_caller]
        pub fn $name<$($generics)*>(labels: impl AsTensor<$label_type>, logits: impl AsTensor<T>) -> Tensor<T> {
            let op = SoftmaxCrossEntropy { sparse: $sparse };
            let inputs = [logits.as_tensor().into(), labels.as_tensor().into()];
            let [loss, _gradient] = apply_many::<T, 2>($label, op.into(), &inputs, |shapes| {
                let rows = op.rule(shapes)?;
                Ok([rows, shapes[0]])
            });
            loss
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<$($generics)*>(
                self,
                labels: impl AsTensor<$label_type>,
                logits: impl AsTensor<T>,
            ) -> Tensor<T> {
                let op = SoftmaxCrossEntropy { sparse: $sparse };
                let inputs = [self.cx.input(logits), self.cx.input(labels)];
                let rows = self.cx.settle(&inputs, op.rule(&inputs));
                self.cx.count(op.flops(&inputs, &rows));
                Tensor::at_build_time(rows)
            }
        }
    )* };
}

cross_entropies! {
    /// `-Σ labels · log_softmax(logits)` over the last axis: how many nats it takes to say the label if one believes the logits.
    ///
    /// Both are `[.., classes]`; each row of labels is to be a distribution. No gradient goes to the labels.
    /// TensorFlow: `tf.nn.softmax_cross_entropy_with_logits`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, constant, nn};
    /// let graph = Graph::new();
    /// let loss = graph.build(|| {
    ///     nn::softmax_cross_entropy_with_logits(constant([[0.0f32, 1.0]]), constant([[2.0f32, 2.0]]))
    /// })?;
    /// assert_eq!(Session::new(&graph)?.run(loss)?.as_slice(), Some(&[2.0f32.ln()][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    softmax_cross_entropy_with_logits[T: Float](T) "softmax_cross_entropy_with_logits" false;
    /// [`softmax_cross_entropy_with_logits`](fn@softmax_cross_entropy_with_logits) with the number of its class for each row: labels `[..]`
    /// for logits `[.., classes]`. A label that is no class is an error when the graph runs.
    ///
    /// TensorFlow: `tf.nn.sparse_softmax_cross_entropy_with_logits`.
    sparse_softmax_cross_entropy_with_logits[T: Float, I: Index](I) "SparseSoftmaxCrossEntropyWithLogits" true;
}

/// Losses and their gradient by the kernel of the element type, which fills both.
macro_rules! pair {
    ($run:ident, $rows:ident, $logits:ident, [$($dtype:ident $type:ty = $f:path),*], $kernel:ident => |$loss:ident, $gradient:ident| $body:expr) => {
        match $run.spec(0).dtype {
            $(DType::$dtype => {
                use $f as $kernel;
                let mut gradients = vec![<$type>::default(); $logits.iter().product()];
                let $gradient = &mut gradients;
                let losses = $run.make_of($rows, |$loss, _| $body)?;
                Ok(vec![losses, Value::new($logits, gradients)])
            })*
            other => unreachable!("the function's bound keeps {other} out, or the engine goes through f32"),
        }
    };
}

/// The cross entropy of each row of logits, and its gradient; inputs are logits and labels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SoftmaxCrossEntropy {
    /// Whether labels are the numbers of classes.
    pub sparse: bool,
}

static LABELS: Rule = Rule {
    code: "E-LABELS",
    says: "the labels are not shaped as the logits",
    left: "logits",
    right: "labels",
    help: "give a row of labels for each row of logits; for the numbers of classes there is `nn::sparse_softmax_cross_entropy_with_logits`",
};
static CLASSES: Rule = Rule {
    code: "E-LABELS",
    says: "the labels are not shaped as the logits without their last dimension, that of the classes",
    left: "logits",
    right: "labels",
    help: "give the number of a class for each row of logits; for rows of labels there is `nn::softmax_cross_entropy_with_logits`",
};

impl SoftmaxCrossEntropy {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        if self.sparse { "SparseSoftmaxCrossEntropyWithLogits" } else { "SoftmaxCrossEntropyWithLogits" }
    }

    const fn function(&self) -> &'static str {
        if self.sparse { "sparse_softmax_cross_entropy_with_logits" } else { "softmax_cross_entropy_with_logits" }
    }

    /// The shape of the losses: that of the logits without the classes.
    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        let (logits, labels) = (inputs[0], inputs[1]);
        if let Err(error) = rules::need_rank_of_at_least(self.function(), 1, &logits, 1) {
            return Err(error);
        }
        let mut rows = Shape::SCALAR;
        let whole = if self.sparse || logits.has_rank() { logits } else { labels };
        let mut axis = 0;
        while axis + 1 < whole.rank() {
            rows = rows.push(whole.d(axis));
            axis += 1;
        }
        let rows = if whole.has_rank() { rows } else { Shape::UNKNOWN };
        if self.sparse {
            if !labels.compatible(&rows) {
                return Err(SpecError::new(self.function(), &CLASSES).shapes(logits, labels));
            }
            return Ok(rules::merged(rows, labels));
        }
        if !labels.compatible(&logits) {
            return Err(SpecError::new(self.function(), &LABELS).shapes(logits, labels));
        }
        Ok(rows)
    }

    pub(crate) const fn flops(&self, inputs: &[Shape], _: &Shape) -> u64 {
        times(6, &inputs[0])
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Vec<Value>> {
        let logits = run.input(0).shape().to_vec();
        let classes = logits.last().copied().expect("the rule demands a dimension");
        let rows = logits[..logits.len() - 1].to_vec();
        if self.sparse {
            let labels = indices(run.input(1));
            pair!(run, rows, logits, [F32 f32 = sparse_cross_entropy_f32, F64 f64 = sparse_cross_entropy_f64],
                kernel => |loss, gradient| kernel(run.slice(0), &labels, classes, loss, gradient))
        } else {
            pair!(run, rows, logits, [F32 f32 = cross_entropy_f32, F64 f64 = cross_entropy_f64],
                kernel => |loss, gradient| kernel(run.slice(0), run.slice(1), classes, loss, gradient))
        }
    }

    pub(in crate::ops) fn gradient(&self, back: &mut Backward<'_>) {
        let (logits, gradient) = (back.input(0), back.output(1));
        let (of_loss, of_gradient) = (back.slope_of(0), back.slope_of(1));
        back.give(0, || {
            let first = of_loss.map(|slope| slope.then(ExpandDims { axis: -1 }) * gradient);
            // The gradient is differentiated in turn: that of a softmax, as the labels are constants.
            let second = of_gradient.map(|slope| {
                let y = logits.then(super::Softmax { logarithm: false });
                (slope - (slope * y).sum(Axes::of(-1), true)) * y
            });
            match (first, second) {
                (Some(a), Some(b)) => a + b,
                (Some(slope), None) | (None, Some(slope)) => slope,
                (None, None) => logits.zeros_like(),
            }
        });
    }
}

static LABELS_UNLIKE_LOGITS: Rule = Rule {
    code: "E-SHAPED-AS",
    says: "the labels have another shape than the logits, and nothing is broadcast here",
    left: "labels",
    right: "logits",
    help: "give both the same shape, with `tf::reshape`, `tf::squeeze` or `tf::expand_dims`; labels that number classes are for `sparse_softmax_cross_entropy_with_logits`",
};
const UNLIKE: SpecError = SpecError::new("sigmoid_cross_entropy_with_logits", &LABELS_UNLIKE_LOGITS);

/// The cross entropy of each logit by itself: `-z ln σ(x) - (1 - z) ln(1 - σ(x))` for a label `z` and a logit `x`, without overflow.
///
/// For classes that do not exclude each other; both have one shape. TensorFlow: `tf.nn.sigmoid_cross_entropy_with_logits`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, constant, nn};
/// let graph = Graph::new();
/// let loss = graph.build(|| nn::sigmoid_cross_entropy_with_logits(constant([1.0f32, 1.0]), constant([0.0f32, 100.0])))?;
/// let loss = Session::new(&graph)?.run(loss)?;
/// assert!((loss[0] - 2.0f32.ln()).abs() < 1e-6 && loss[1] < 1e-6);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn sigmoid_cross_entropy_with_logits<T: Float>(labels: impl AsTensor<T>, logits: impl AsTensor<T>) -> Tensor<T> {
    let (labels, x) = (labels.as_tensor(), logits.as_tensor());
    let _scope = enter_name_scope("logistic_loss");
    let z = demand_shape::<T, T>(labels, x, UNLIKE);
    // By cases and not by `relu` and `abs`, whose slopes at 0 would not add up to the one of the loss.
    let positive = greater_equal(x, scalar::<T>(0.0));
    let at_least_zero = select(positive, x, zeros_like(x));
    let at_most_zero = select(positive, -x, x);
    at_least_zero - x * z + log1p(exp(at_most_zero))
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct sigmoid_cross_entropy_with_logits<'cx> {
    cx: Cx<'cx>,
}
#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> sigmoid_cross_entropy_with_logits<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Float>(self, labels: impl AsTensor<T>, logits: impl AsTensor<T>) -> Tensor<T> {
        let inputs = [self.cx.input(labels), self.cx.input(logits)];
        let shape = self.cx.settle(&inputs, ShapedAs::of(UNLIKE).rule(&inputs));
        self.cx.count(times(6, &shape));
        Tensor::at_build_time(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::ANY;

    #[test]
    fn labels_are_rows_or_numbers() {
        let of = |sparse, logits: Shape, labels: Shape| {
            SoftmaxCrossEntropy { sparse }.rule(&[logits, labels]).map_err(|e| e.rule.code)
        };
        let logits = Shape::of(&[ANY, 10]);
        assert_eq!(of(false, logits, Shape::of(&[5, 10])), Ok(Shape::of(&[ANY])));
        assert_eq!(of(true, logits, Shape::of(&[5])), Ok(Shape::of(&[5])));
        assert_eq!(
            (of(false, logits, Shape::of(&[5])), of(true, logits, Shape::of(&[5, 10]))),
            (Err("E-LABELS"), Err("E-LABELS"))
        );
        assert_eq!(of(false, Shape::UNKNOWN, Shape::of(&[5, 10])), Ok(Shape::of(&[5])));
        assert_eq!(of(true, Shape::UNKNOWN, Shape::of(&[5])), Ok(Shape::of(&[5])));
        assert_eq!(of(true, Shape::SCALAR, Shape::SCALAR), Err("E-RANK-LEAST"));
    }
}
