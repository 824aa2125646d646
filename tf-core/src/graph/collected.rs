//! What a collection holds: variables, tensors, operations, and any other objects, typed on the way out.

use super::{State, described::AnyVariable, node::Operation};
use crate::{
    dtype::Element,
    tensor::{Tensor, Variable},
};
use std::{any::Any, marker::PhantomData, sync::Arc};

/// An entry of a collection.
#[derive(Clone)]
pub struct Item(Kind);

#[derive(Clone)]
enum Kind {
    Variable(AnyVariable),
    /// An object, and the op that names it where it is a tensor or an operation.
    Object {
        object: Arc<dyn Any + Send + Sync>,
        op: Option<Operation>,
    },
}

impl Item {
    pub(crate) fn variable(&self) -> Option<AnyVariable> {
        match &self.0 {
            Kind::Variable(variable) => Some(*variable),
            Kind::Object { .. } => None,
        }
    }

    /// The op of a tensor or operation.
    pub(crate) fn operation(&self) -> Option<Operation> {
        match &self.0 {
            Kind::Object { op, .. } => *op,
            Kind::Variable(_) => None,
        }
    }

    /// The whole name of a variable, tensor or operation of this graph; other objects have none.
    pub(super) fn name<'s>(&self, state: &'s State) -> Option<&'s str> {
        let op = match &self.0 {
            Kind::Variable(variable) => {
                let index = state.variable_index(variable.graph, variable.handle)?;
                return Some(&state.variables[index].name);
            }
            Kind::Object { op, .. } => (*op)?,
        };
        if op.graph != state.id {
            return None;
        }
        state.nodes.get(op.node as usize).filter(|node| !node.is_discarded()).map(|node| &*node.name)
    }

    fn object<A: Any + Clone>(&self) -> Option<A> {
        match &self.0 {
            Kind::Object { object, .. } => object.downcast_ref::<A>().cloned(),
            Kind::Variable(_) => None,
        }
    }
}

impl From<AnyVariable> for Item {
    fn from(variable: AnyVariable) -> Item {
        Item(Kind::Variable(variable))
    }
}

/// Says that `A` is a [`Variable`]: const evaluation reads it as one.
#[doc(hidden)]
pub struct IsVariable<A>(PhantomData<A>);

/// What collections hold and hand out again: variables, tensors, operations, and whatever is wrapped in an [`Object`].
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Object, Tensor, add_to_collection, constant};
/// let graph = Graph::new();
/// graph.build(|| {
///     add_to_collection("mixed", constant(1.0f32));
///     add_to_collection("mixed", Object(3));
/// })?;
/// assert_eq!(graph.collection::<Tensor<f32>>("mixed").len(), 1);
/// assert_eq!(graph.collection::<Object<i32>>("mixed"), [Object(3)]);
/// # Ok::<(), tf::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in a collection as it is",
    label = "expected a variable, a tensor, an operation or an `Object`",
    note = "wrap other values: `Object(value)`"
)]
pub trait Collected: Sized {
    #[doc(hidden)]
    const VARIABLE: Option<IsVariable<Self>> = None;
    /// The entry for it.
    fn into_item(self) -> Item;
    /// It, if the entry is of this type.
    fn from_item(item: &Item) -> Option<Self>;
}

impl Collected for AnyVariable {
    fn into_item(self) -> Item {
        self.into()
    }
    fn from_item(item: &Item) -> Option<Self> {
        item.variable()
    }
}

impl<T: Element> Collected for Variable<T> {
    const VARIABLE: Option<IsVariable<Self>> = Some(IsVariable(PhantomData));
    fn into_item(self) -> Item {
        AnyVariable::from(self).into()
    }
    fn from_item(item: &Item) -> Option<Self> {
        item.variable()?.typed()
    }
}

impl<T: Element> Collected for Tensor<T> {
    fn into_item(self) -> Item {
        Item(Kind::Object { op: Some(self.op()), object: Arc::new(self) })
    }
    fn from_item(item: &Item) -> Option<Self> {
        item.object()
    }
}

impl Collected for Operation {
    fn into_item(self) -> Item {
        Item(Kind::Object { op: Some(self), object: Arc::new(self) })
    }
    fn from_item(item: &Item) -> Option<Self> {
        item.object()
    }
}

/// Wraps any object for a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object<A>(pub A);

impl<A: Any + Clone + Send + Sync> Collected for Object<A> {
    fn into_item(self) -> Item {
        Item(Kind::Object { object: Arc::new(self.0), op: None })
    }
    fn from_item(item: &Item) -> Option<Self> {
        item.object().map(Object)
    }
}
