//! The sum of the losses that a graph has collected.

use crate::{
    check::Cx,
    dtype::Float,
    error::{Error, Status},
    graph::{Graph, with_current},
    options::collection,
    shape::Shape,
    tensor::{NO_NODE, Tensor},
};
use std::panic::Location;

/// The sum of the losses in the collection `LOSSES` and, if so wanted, of those that regularizers added to `REGULARIZATION_LOSSES`, as
/// far as they are scalars of `T` and exist now.
///
/// With none of them that is a mistake. TensorFlow: `tf.losses.get_total_loss(add_regularization_losses)`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, add_to_collection, collection, constant, get_variable, l2_regularizer};
/// use tf::{ones_initializer, total_loss};
/// let graph = Graph::new();
/// let (without, with) = graph.build(|| {
///     let options = VariableOptions::new().initializer(ones_initializer()).regularizer(l2_regularizer(0.5));
///     let _ = get_variable::<f32, _, _>("w", [4], options);
///     add_to_collection(collection::LOSSES, constant(2.0f32));
///     (total_loss::<f32>(false), total_loss::<f32>(true))
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// let (without, with) = session.run((without, with))?;
/// assert_eq!((without[[]], with[[]]), (2.0, 3.0));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn total_loss<T: Float>(add_regularization_losses: bool) -> Tensor<T> {
    let Some(graph) = Graph::current() else { return super::add_n::<T, &[Tensor<T>]>(&[]) };
    let mut losses: Vec<Tensor<T>> = graph.collection(collection::LOSSES);
    if add_regularization_losses {
        losses.extend(graph.collection::<Tensor<T>>(collection::REGULARIZATION_LOSSES));
    }
    losses.retain(|loss| loss.shape().is_poison() || loss.shape().compatible(&Shape::SCALAR));
    if losses.is_empty() {
        let at = Location::caller();
        let text = format!(
            "there is no loss of {} to add up\n  help: compute one with a function of `tf::losses`, or add yours to the collection: `tf::add_to_collection(collection::LOSSES, loss)`",
            T::DTYPE
        );
        let _ = with_current("total_loss", |state| {
            state.mistakes.push(Error::new(Status::FailedPrecondition, "E-NO-LOSS", text).at(at));
        });
        return Tensor::new(Shape::POISON, graph.id(), NO_NODE, 0);
    }
    super::add_n(losses.as_slice())
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct total_loss<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> total_loss<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    /// A scalar: which losses there are is known when the graph is built.
    pub const fn call<T: Float>(self, _: bool) -> Tensor<T> {
        let _ = self.cx;
        Tensor::at_build_time(Shape::SCALAR)
    }
}
