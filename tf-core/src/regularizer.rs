//! Regularizers: losses that grow with a variable, as const-friendly values.

use crate::{
    check::in_both_worlds,
    dtype::Float,
    spec::{Rule, Spec, SpecError},
    tensor::Tensor,
    tensor_function::TensorFunction,
};

/// What a new variable adds to the collection `REGULARIZATION_LOSSES`; made by [`l2_regularizer`] and its neighbours.
#[derive(Clone, Copy, Debug)]
pub enum Regularizer {
    /// Nothing, whatever the scope says.
    None,
    /// `scale * Σ |w|`.
    L1 {
        /// The factor.
        scale: f64,
    },
    /// `scale * Σ w² / 2`.
    L2 {
        /// The factor.
        scale: f64,
    },
    /// The sum of both.
    L1L2 {
        /// The factor of the one.
        l1: f64,
        /// The factor of the other.
        l2: f64,
    },
    /// What a function of the variable yields, a scalar.
    Function(TensorFunction),
}

in_both_worlds! {
    /// No regularizer, where the scope has one. TensorFlow: `tf.no_regularizer`.
    pub fn no_regularizer() -> Regularizer { Regularizer::None }
    /// `scale * Σ |w|`; nothing where the scale is 0. TensorFlow: `tf.contrib.layers.l1_regularizer`, and `tf.keras.regularizers.l1`.
    pub fn l1_regularizer(scale: f64) -> Regularizer { Regularizer::L1 { scale } }
    /// `scale * Σ w² / 2`; nothing where the scale is 0. TensorFlow: `tf.contrib.layers.l2_regularizer`
    /// (`tf.keras.regularizers.l2` does not halve the sum).
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, Tensor, VariableOptions, collection, get_variable, l2_regularizer, ones_initializer};
    /// let graph = Graph::new();
    /// graph.build(|| {
    ///     let options = VariableOptions::new().initializer(ones_initializer()).regularizer(l2_regularizer(0.1));
    ///     get_variable::<f32, _, _>("w", [2, 3], options)
    /// })?;
    /// let losses = graph.collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    /// assert_eq!(graph.name_of(losses[0]).as_deref(), Some("w/Regularizer/l2_regularizer"));
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(losses[0])?[[]], 0.1 * 3.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn l2_regularizer(scale: f64) -> Regularizer { Regularizer::L2 { scale } }
    /// The sum of [`l1_regularizer`](fn@l1_regularizer) and [`l2_regularizer`](fn@l2_regularizer).
    /// TensorFlow: `tf.contrib.layers.l1_l2_regularizer`.
    pub fn l1_l2_regularizer(l1: f64, l2: f64) -> Regularizer { Regularizer::L1L2 { l1, l2 } }
}

static NOT_FLOATS: Rule = Rule {
    code: "E-REGULARIZER-DTYPE",
    says: "a regularizer adds up real numbers, and the variable holds none",
    left: "",
    right: "",
    help: "write `regularizer = no_regularizer()` if it is the scope's, otherwise leave it out",
};
static OTHER_FLOATS: Rule = Rule {
    code: "E-REGULARIZER-DTYPE",
    says: "the regularizer is a function of another element type than the variable's",
    left: "",
    right: "",
    help: "write the function for tensors of the variable's type",
};
static NEGATIVE_SCALE: Rule = Rule {
    code: "E-REGULARIZER-SCALE",
    says: "the scale of the regularizer is below zero or no number, which would reward large values",
    left: "",
    right: "",
    help: "give a scale of 0 or more, such as `l2_regularizer(1e-4)`",
};

const fn is_scale(scale: f64) -> bool {
    scale >= 0.0 && scale < f64::INFINITY
}

impl Regularizer {
    /// A function that yields the loss, a scalar, from the variable's value. It is called once, when the variable is created.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{ALL, Regularizer, Tensor, abs, reduce_max};
    /// fn largest(w: Tensor<f32>) -> Tensor<f32> {
    ///     reduce_max(abs(w), ALL)
    /// }
    /// let regularizer = Regularizer::function(largest);
    /// # let _ = regularizer;
    /// ```
    pub const fn function<T: Float>(function: fn(Tensor<T>) -> Tensor<T>) -> Regularizer {
        Regularizer::Function(TensorFunction::new(function))
    }

    /// Whether a variable of this spec can have it.
    pub(crate) const fn fits(&self, spec: &Spec) -> Result<(), SpecError> {
        let right_scale = match *self {
            Regularizer::None => return Ok(()),
            Regularizer::L1 { scale } | Regularizer::L2 { scale } => is_scale(scale),
            Regularizer::L1L2 { l1, l2 } => is_scale(l1) && is_scale(l2),
            Regularizer::Function(function) if spec.dtype.is_float() && !function.dtype().is(spec.dtype) => {
                return Err(SpecError::new("get_variable", &OTHER_FLOATS));
            }
            Regularizer::Function(_) => true,
        };
        if !right_scale {
            return Err(SpecError::new("get_variable", &NEGATIVE_SCALE));
        }
        if !spec.dtype.is_float() {
            return Err(SpecError::new("get_variable", &NOT_FLOATS));
        }
        Ok(())
    }

    /// Whether both add the same loss; two functions count as the same, since const evaluation cannot compare them.
    pub(crate) const fn same(&self, other: &Regularizer) -> bool {
        match (self, other) {
            (Regularizer::None, Regularizer::None) | (Regularizer::Function(_), Regularizer::Function(_)) => true,
            (Regularizer::L1 { scale: a }, Regularizer::L1 { scale: b })
            | (Regularizer::L2 { scale: a }, Regularizer::L2 { scale: b }) => *a == *b,
            (Regularizer::L1L2 { l1: a, l2: b }, Regularizer::L1L2 { l1: c, l2: d }) => *a == *c && *b == *d,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Shape};

    #[test]
    fn a_regularizer_fits_real_numbers_and_has_a_scale_of_zero_or_more() {
        let code = |regularizer: Regularizer, dtype| {
            regularizer.fits(&Spec::new(dtype, Shape::of(&[2]))).map_err(|error| error.rule.code)
        };
        assert_eq!(code(l2_regularizer(0.0), DType::F16), Ok(()));
        assert_eq!(code(l1_regularizer(-0.5), DType::F32), Err("E-REGULARIZER-SCALE"));
        assert_eq!(code(l1_l2_regularizer(0.5, f64::NAN), DType::F32), Err("E-REGULARIZER-SCALE"));
        assert_eq!(code(l1_l2_regularizer(0.5, 0.5), DType::I32), Err("E-REGULARIZER-DTYPE"));
        assert_eq!(code(no_regularizer(), DType::I32), Ok(()));
        assert_eq!(code(Regularizer::function::<f64>(|w| w), DType::F32), Err("E-REGULARIZER-DTYPE"));
        assert_eq!(code(Regularizer::function::<f32>(|w| w), DType::F32), Ok(()));
    }
}
