//! Collections: named lists of variables, tensors, operations and any other objects.

use super::{
    Graph, State,
    collected::{Collected, Item},
    with_current,
};
use crate::{check::Cx, options::collection, tensor::Variable};
use std::{collections::HashSet, sync::Arc};

/// The collections of a graph, in the order of their first entry. They are lists: what is added twice is there twice (K2).
///
/// The lists are shared with the state that a failed build returns to, and copied when one of them is changed.
#[derive(Default, Clone)]
pub(crate) struct Collections(Vec<(String, Arc<Vec<Item>>)>);

impl Collections {
    pub(crate) fn add(&mut self, name: &str, item: Item) {
        Arc::make_mut(self.entry(name)).push(item);
    }

    pub(crate) fn get(&self, name: &str) -> &[Item] {
        self.0.iter().find(|(key, _)| key == name).map_or(&[], |(_, items)| items)
    }

    /// Each collection's name and entries.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[Item])> {
        self.0.iter().map(|(name, items)| (name.as_str(), items.as_slice()))
    }

    fn entry(&mut self, name: &str) -> &mut Arc<Vec<Item>> {
        let index = self.0.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), Arc::default()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }
}

/// Whether the whole name lies in the scope: both are compared by whole components, so `conv1` holds `conv1/weights` and not
/// `conv10/weights`.
pub(super) fn lies_in(name: &str, scope: &str) -> bool {
    let scope = scope.trim_end_matches('/');
    match name.strip_prefix(scope) {
        Some(rest) => scope.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

impl State {
    /// Adds to a collection. What is added to the trainable variables is trained.
    fn collect(&mut self, name: &str, item: Item) {
        if name != collection::TRAINABLE_VARIABLES {
            return self.collections.add(name, item);
        }
        // What is trained of a variable in parts are those.
        match item.variable() {
            Some(variable) => {
                self.each_part(vec![variable]).into_iter().for_each(|part| self.collections.add(name, part.into()));
            }
            None => self.collections.add(name, item),
        }
        self.training_follows_the_collection();
    }

    fn clear_collection(&mut self, name: &str) {
        self.collections.0.retain(|(key, _)| key != name);
        if name == collection::TRAINABLE_VARIABLES {
            self.training_follows_the_collection();
        }
    }

    /// Replaces the entries of type `C` by these, in their places; what is left over comes last.
    fn replace_entries<C: Collected>(&mut self, name: &str, entries: Vec<C>) {
        let mut entries = entries.into_iter().map(Collected::into_item);
        let list = Arc::make_mut(self.collections.entry(name));
        *list = std::mem::take(list)
            .into_iter()
            .filter_map(|item| if C::from_item(&item).is_some() { entries.next() } else { Some(item) })
            .collect();
        list.extend(entries);
        if name == collection::TRAINABLE_VARIABLES {
            self.training_follows_the_collection();
        }
    }

    /// A variable is trainable if it is in the collection of those: neither is ever said without the other (K11).
    pub(super) fn training_follows_the_collection(&mut self) {
        let listed = self.collections.get(collection::TRAINABLE_VARIABLES).iter().filter_map(Item::variable);
        let listed: HashSet<usize> =
            listed.filter_map(|variable| self.variable_index(variable.graph, variable.handle)).collect();
        for index in 0..self.variables.len() {
            let parts = self.parts_of(index);
            let trainable =
                if parts.is_empty() { listed.contains(&index) } else { parts.iter().all(|part| listed.contains(part)) };
            self.variables[index].trainable = trainable;
            self.registered.variables[index].declared.trainable = trainable;
        }
    }

    /// The entries of a collection whose names lie in `scope`; those without a name are left out (K6).
    pub(super) fn items_in(&self, name: &str, scope: &str) -> Vec<Item> {
        let lies = |item: &&Item| item.name(self).is_some_and(|name| lies_in(name, scope));
        self.collections.get(name).iter().filter(lies).cloned().collect()
    }
}

/// Entries are cloned by code of the user's own, so not while the graph is locked.
pub(super) fn typed<C: Collected>(items: &[Item]) -> Vec<C> {
    items.iter().filter_map(C::from_item).collect()
}

/// Adds a variable, tensor, operation or [`Object`](crate::Object) to a collection of the graph being built; any name will do.
///
/// It is followed in layers and models. A variable that is added to `TRAINABLE_VARIABLES` is trained from then on.
/// TensorFlow: `tf.add_to_collection`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AnyVariable, Graph, Object, VariableOptions, add_to_collection, collection, get_variable};
/// let graph = Graph::new();
/// graph.build(|| {
///     let v = get_variable::<f32, _, _>("v", [2], VariableOptions::new());
///     add_to_collection("mine", v);
///     add_to_collection("mine", Object("a note"));
/// })?;
/// assert_eq!(graph.collection::<AnyVariable>("mine").len(), 1);
/// assert_eq!(graph.collection::<Object<&str>>("mine"), [Object("a note")]);
/// assert_eq!(graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES).len(), 1);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn add_to_collection(name: &str, object: impl Collected) {
    let item = object.into_item();
    // With no graph there is nothing to record the mistake in but the orphans, which `with_current` does.
    let _ = with_current("add_to_collection", |state| state.collect(name, item));
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct add_to_collection<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> add_to_collection<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<C: Collected>(self, name: &str, object: C) {
        if C::VARIABLE.is_some() {
            // SAFETY: only variables are said to be variables; they are laid out alike for every element type.
            let variable = unsafe { &*(&raw const object as *const Variable<f32>) };
            self.cx.collect(variable.0.variable(), name);
        }
        core::mem::forget(object);
    }
}

/// Adds an object to several collections; a name that is listed twice counts once. TensorFlow: `tf.add_to_collections`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Object, add_to_collections};
/// let graph = Graph::new();
/// graph.build(|| add_to_collections(&["c", "d", "c"], Object(1)))?;
/// assert_eq!(graph.collection::<Object<i32>>("c"), [Object(1)]);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn add_to_collections(names: &[&str], object: impl Collected) {
    let item = object.into_item();
    let _ = with_current("add_to_collections", |state| {
        for (index, name) in names.iter().enumerate() {
            if !names[..index].contains(name) {
                state.collect(name, item.clone());
            }
        }
    });
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct add_to_collections<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> add_to_collections<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<C: Collected>(self, names: &[&str], object: C) {
        let mut i = 0;
        while i < names.len() {
            let mut listed = false;
            let mut before = 0;
            while before < i {
                listed |= crate::text::str_eq(names[before], names[i]);
                before += 1;
            }
            if C::VARIABLE.is_some() && !listed {
                // SAFETY: only variables are said to be variables; they are laid out alike for every element type.
                let variable = unsafe { &*(&raw const object as *const Variable<f32>) };
                self.cx.collect(variable.0.variable(), names[i]);
            }
            i += 1;
        }
        core::mem::forget(object);
    }
}

/// The entries of a collection of the graph being built that are of type `C`, oldest first: a copy, empty for a name that nobody
/// used. TensorFlow: `tf.get_collection`.
///
/// It is for dynamic layers and plain code: at build time there is no list to hand out.
#[track_caller]
pub fn get_collection<C: Collected>(name: &str) -> Vec<C> {
    typed(&with_current("get_collection", |state| state.collections.get(name).to_vec()).unwrap_or_default())
}

/// The entries of a collection whose names lie in a scope: variables, tensors and operations by their whole names.
///
/// TensorFlow: `tf.get_collection(name, scope)`, where the scope is the beginning of a regular expression, so that `"conv1"` also
/// finds `conv10/weights`. Here whole components are compared.
///
/// ```
/// # use tf_core as tf;
/// use tf::{AnyVariable, Graph, VariableOptions, collection, get_collection_in, get_variable};
/// let graph = Graph::new();
/// let found = graph.build(|| {
///     for name in ["conv1/weights", "conv10/weights"] {
///         let _ = get_variable::<f32, _, _>(name, [2], VariableOptions::new());
///     }
///     get_collection_in::<AnyVariable>(collection::GLOBAL_VARIABLES, "conv1").len()
/// })?;
/// assert_eq!(found, 1);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn get_collection_in<C: Collected>(name: &str, scope: &str) -> Vec<C> {
    typed(&with_current("get_collection_in", |state| state.items_in(name, scope)).unwrap_or_default())
}

impl Graph {
    /// The entries of a collection that are of type `C`, oldest first: a copy, empty for a name that nobody used.
    pub fn collection<C: Collected>(&self, name: &str) -> Vec<C> {
        let items = self.state().collections.get(name).to_vec();
        typed(&items)
    }

    /// The entries of a collection whose names lie in a scope, compared by whole components; see [`get_collection_in`].
    pub fn collection_in<C: Collected>(&self, name: &str, scope: &str) -> Vec<C> {
        let items = self.state().items_in(name, scope);
        typed(&items)
    }

    /// Adds a variable, tensor, operation or [`Object`](crate::Object) to a collection. TensorFlow: `graph.add_to_collection`.
    pub fn add_to_collection(&self, name: &str, object: impl Collected) {
        let item = object.into_item();
        self.state().collect(name, item);
    }

    /// Changes the entries of a collection that are of type `C`, in their places: what the list holds in the end is what the
    /// collection holds. Entries of other types stay. A collection that was not there is, afterwards.
    ///
    /// TensorFlow: `tf.get_collection_ref`, which hands out the list itself.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Object};
    /// let graph = Graph::new();
    /// (0..4).for_each(|n| graph.add_to_collection("numbers", Object(n)));
    /// graph.edit_collection("numbers", |numbers: &mut Vec<Object<i32>>| numbers.retain(|n| n.0 % 2 == 1));
    /// assert_eq!(graph.collection::<Object<i32>>("numbers"), [Object(1), Object(3)]);
    /// ```
    pub fn edit_collection<C: Collected, R>(&self, name: &str, edit: impl FnOnce(&mut Vec<C>) -> R) -> R {
        let mut entries = self.collection(name);
        let result = edit(&mut entries);
        self.state().replace_entries(name, entries);
        result
    }

    /// Removes a collection with all its entries, which stay in the graph themselves. TensorFlow: `graph.clear_collection`.
    pub fn clear_collection(&self, name: &str) {
        self.state().clear_collection(name);
    }

    /// The names of all collections, in the order of their first entry. TensorFlow: `graph.get_all_collection_keys`.
    pub fn collection_names(&self) -> Vec<String> {
        self.state().collections.iter().map(|(name, _)| name.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::lies_in;

    #[test]
    fn scopes_are_compared_by_whole_components() {
        for (name, scope, lies) in [
            ("conv1/weights", "conv1", true),
            ("conv1/weights", "conv1/", true),
            ("conv1/weights", "conv1/weights", true),
            ("conv1/weights", "", true),
            ("conv10/weights", "conv1", false),
            ("conv1", "conv1/weights", false),
            ("axb/v", "a.b", false),
            ("model/conv1/w", "conv1", false),
        ] {
            assert_eq!(lies_in(name, scope), lies, "{name} in {scope}");
        }
    }
}
