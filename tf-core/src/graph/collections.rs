//! Collections: named lists of variables, tensors, operations and any other objects.

use super::{Graph, node::Operation, variables::AnyVariable, with_current};
use crate::{
    dtype::Element,
    tensor::{Tensor, Variable},
};
use std::{any::Any, sync::Arc};

/// The collections of a graph, in the order of their first entry. They are lists: what is added twice is there twice (K2).
#[derive(Default)]
pub(crate) struct Collections(Vec<(String, Vec<Item>)>);

/// An entry of a collection.
#[derive(Clone)]
pub struct Item(Kind);

#[derive(Clone)]
enum Kind {
    Variable(AnyVariable),
    Object(Arc<dyn Any + Send + Sync>),
}

impl Collections {
    pub(super) fn mark(&self) -> Vec<usize> {
        self.0.iter().map(|(_, items)| items.len()).collect()
    }

    pub(super) fn roll_back(&mut self, mark: &[usize]) {
        self.0.truncate(mark.len());
        for ((_, items), &len) in self.0.iter_mut().zip(mark) {
            items.truncate(len);
        }
    }

    pub(crate) fn add(&mut self, name: &str, item: Item) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, items)) => items.push(item),
            None => self.0.push((name.to_owned(), vec![item])),
        }
    }

    pub(crate) fn get(&self, name: &str) -> &[Item] {
        self.0.iter().find(|(key, _)| key == name).map_or(&[], |(_, items)| items)
    }
}

impl From<AnyVariable> for Item {
    fn from(variable: AnyVariable) -> Item {
        Item(Kind::Variable(variable))
    }
}

/// What collections hold and hand out again.
pub trait Collected: Sized {
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
        match &item.0 {
            Kind::Variable(variable) => Some(*variable),
            Kind::Object(_) => None,
        }
    }
}

impl<T: Element> Collected for Variable<T> {
    fn into_item(self) -> Item {
        AnyVariable { graph: self.0.graph, handle: self.0.node, spec: self.spec() }.into()
    }
    fn from_item(item: &Item) -> Option<Self> {
        AnyVariable::from_item(item)?.typed()
    }
}

macro_rules! collected_as_objects {
    ($([$($g:tt)*] $t:ty;)*) => { $(
        impl<$($g)*> Collected for $t {
            fn into_item(self) -> Item {
                Item(Kind::Object(Arc::new(self)))
            }
            fn from_item(item: &Item) -> Option<Self> {
                Object::<Self>::from_item(item).map(|object| object.0)
            }
        }
    )* };
}
collected_as_objects!([T: Element] Tensor<T>; [] Operation;);

/// Wraps any object for a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object<A>(pub A);

impl<A: Any + Clone + Send + Sync> Collected for Object<A> {
    fn into_item(self) -> Item {
        Item(Kind::Object(Arc::new(self.0)))
    }
    fn from_item(item: &Item) -> Option<Self> {
        match &item.0 {
            Kind::Object(object) => object.downcast_ref::<A>().cloned().map(Object),
            Kind::Variable(_) => None,
        }
    }
}

/// Adds a variable, tensor, operation or [`Object`] to a collection of the graph being built; any name will do.
///
/// TensorFlow: `tf.add_to_collection`.
///
/// ```
/// use tf_core::{AnyVariable, Graph, Object, VariableOptions, add_to_collection, collection, get_variable};
/// let graph = Graph::new();
/// graph.build(|| {
///     let v = get_variable::<f32, _, _>("v", [2], VariableOptions::new());
///     add_to_collection("mine", v);
///     add_to_collection("mine", Object("a note"));
/// })?;
/// assert_eq!(graph.collection::<AnyVariable>("mine").len(), 1);
/// assert_eq!(graph.collection::<Object<&str>>("mine"), [Object("a note")]);
/// assert_eq!(graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES).len(), 1);
/// # Ok::<(), tf_core::Error>(())
/// ```
#[track_caller]
pub fn add_to_collection(name: &str, object: impl Collected) {
    let item = object.into_item();
    // With no graph there is nothing to record the mistake in but the orphans, which `with_current` does.
    let _ = with_current("add_to_collection", |state| state.collections.add(name, item));
}

/// The entries of a collection of the graph being built that are of type `C`, oldest first. TensorFlow: `tf.get_collection`.
#[track_caller]
pub fn get_collection<C: Collected>(name: &str) -> Vec<C> {
    // Entries are cloned by code of the user's own, so not while the graph is locked.
    let items = with_current("get_collection", |state| state.collections.get(name).to_vec()).unwrap_or_default();
    items.iter().filter_map(C::from_item).collect()
}

impl Graph {
    /// The entries of a collection that are of type `C`, oldest first.
    pub fn collection<C: Collected>(&self, name: &str) -> Vec<C> {
        let items = self.state().collections.get(name).to_vec();
        items.iter().filter_map(C::from_item).collect()
    }
}
