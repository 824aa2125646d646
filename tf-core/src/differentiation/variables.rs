//! The gradients of lists of variables of any element type, as optimizers ask for them.

use super::{
    differentiable::{Asked, Differentiable},
    functions::find,
    slope::{Slope, Sparse},
    term::Term,
};
use crate::{
    dtype::{DType, Element, Float},
    graph::{described::AnyVariable, node::Input},
    tensor::{AsTensor, Tensor},
};
use std::panic::Location;

/// Slices of a gradient along its first axis: `values[i]` belongs to slice `indices[i]`. Several for one slice add up, and the slices
/// that no index names have none.
///
/// The TensorFlow symbol is `tf.IndexedSlices`.
#[derive(Clone, Copy, Debug)]
pub struct IndexedSlices<T: Element> {
    /// The slices, one after the other.
    pub values: Tensor<T>,
    /// Where each belongs: a vector.
    pub indices: Tensor<i64>,
}

/// The gradient of a variable of any element type: a tensor of its shape, or slices of one, as lookups in an embedding leave it.
#[derive(Clone, Copy)]
pub struct AnyGradient {
    slope: Slope,
}

impl AnyGradient {
    pub(crate) fn of(slope: Slope) -> AnyGradient {
        AnyGradient { slope }
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        match self.slope {
            Slope::Dense(term) => term.dtype,
            Slope::Sparse(sparse) => sparse.values.dtype,
        }
    }

    /// The gradient as a tensor, if its elements are of `T`. Slices are added up where they belong, in a new op for each call.
    pub fn tensor<T: Element>(&self) -> Option<Tensor<T>> {
        self.dtype().is(T::DTYPE).then(|| self.slope.dense().tensor())
    }

    /// All elements that it consists of: of slices, those of each.
    pub(crate) fn values(&self) -> Term {
        match self.slope {
            Slope::Dense(term) => term,
            Slope::Sparse(sparse) => sparse.values,
        }
    }

    /// The same with other elements.
    pub(crate) fn map(&self, elements: impl FnOnce(Term) -> Term) -> AnyGradient {
        let slope = match self.slope {
            Slope::Dense(term) => Slope::Dense(elements(term)),
            Slope::Sparse(sparse) => Slope::Sparse(Sparse { values: elements(sparse.values), ..sparse }),
        };
        AnyGradient { slope }
    }

    /// The gradient as an input of an op: a tensor, slices added up.
    pub(crate) fn dense(&self) -> Input {
        self.slope.dense().input
    }

    /// Slices and the vector of their indices as inputs of an op, if there are only some.
    pub(crate) fn rows(&self) -> Option<(Input, Input)> {
        match self.slope {
            Slope::Sparse(sparse) => sparse.flat().map(|sparse| (sparse.values.input, sparse.indices.input)),
            Slope::Dense(_) => None,
        }
    }

    /// The slices, if there are only some and their elements are of `T`.
    pub fn slices<T: Element>(&self) -> Option<IndexedSlices<T>> {
        match self.slope {
            Slope::Sparse(sparse) if self.dtype().is(T::DTYPE) => {
                let Sparse { values, indices, .. } = sparse.flat()?;
                Some(IndexedSlices { values: values.tensor(), indices: indices.tensor() })
            }
            _ => None,
        }
    }
}

impl<T: Float> From<Tensor<T>> for AnyGradient {
    /// What was computed from gradients, such as a clipped one.
    fn from(tensor: Tensor<T>) -> Self {
        AnyGradient { slope: Slope::Dense(Term::of(tensor, Location::caller())) }
    }
}

impl std::fmt::Debug for AnyGradient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if matches!(self.slope, Slope::Sparse(_)) { "slices" } else { "tensor" };
        write!(f, "AnyGradient({kind} of {})", self.dtype())
    }
}

/// The gradient of `loss` for each variable, in their order; `None` for what it does not depend on and for integers.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AnyVariable, Graph, VariableOptions, collection, constant, gather, get_collection, get_variable, variable_gradients};
/// let graph = Graph::new();
/// graph.build(|| {
///     let embedding = get_variable::<f32, _, _>("embedding", [1000, 8], VariableOptions::new());
///     let _ = get_variable::<f32, _, _>("unused", [3], VariableOptions::new());
///     let loss = gather(embedding, constant([7, 7, 2]), 0);
///     let variables = get_collection::<AnyVariable>(collection::TRAINABLE_VARIABLES);
///     let gradients = variable_gradients(loss, &variables);
///     let slices = gradients[0].expect("the loss depends on it").slices::<f32>().expect("a lookup gives slices");
///     assert_eq!(slices.values.shape().to_string(), "[3, 8]");
///     assert!(gradients[1].is_none());
/// })?;
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn variable_gradients<T: Float>(loss: impl AsTensor<T>, variables: &[AnyVariable]) -> Vec<Option<AnyGradient>> {
    variable_gradients_at(loss.as_tensor(), variables, Location::caller())
}

/// [`variable_gradients`], whose mistakes stand at `at`.
pub(crate) fn variable_gradients_at<T: Float>(
    loss: Tensor<T>,
    variables: &[AnyVariable],
    at: &'static Location<'static>,
) -> Vec<Option<AnyGradient>> {
    let mut ys = Vec::new();
    loss.asked(&mut ys);
    let asked = |variable: &AnyVariable| Asked {
        input: Input { shape: variable.spec.shape, graph: variable.graph, node: variable.handle, output: 0 },
        dtype: variable.spec.dtype,
    };
    let xs: Vec<Asked> = variables.iter().map(asked).collect();
    let found = find(&ys, None, &xs, at);
    found.iter().map(|found| found.slope.map(|slope| AnyGradient { slope })).collect()
}
