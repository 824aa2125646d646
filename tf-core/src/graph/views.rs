//! The standard collections of variables, whole and by scope.

use super::{
    Graph,
    collected::Collected,
    collections::typed,
    described::{AnyVariable, VariableDescription},
    node::{Operation, foreign},
    with_current,
};
use crate::{options::collection, registry::write_scope, tensor::VariableScope, text::Text};
use std::panic::Location;

macro_rules! views {
    ($($name:ident $within:ident $collection:ident, $what:literal;)*) => { $(
        #[doc = concat!("The ", $what, " of the graph being built, oldest first. TensorFlow: `tf.", stringify!($name), "`.")]
        #[track_caller]
        pub fn $name() -> Vec<AnyVariable> {
            super::collections::get_collection(collection::$collection)
        }

        #[doc = concat!("Those of the ", $what, " whose names lie in a scope, compared by whole components.")]
        ///
        #[doc = concat!("TensorFlow: `tf.", stringify!($name), "(scope)`, which compares beginnings, and takes `conv10` for a part of `conv1`.")]
        #[track_caller]
        pub fn $within(scope: &str) -> Vec<AnyVariable> {
            super::collections::get_collection_in(collection::$collection, scope)
        }

        impl Graph {
            #[doc = concat!("The ", $what, ", oldest first.")]
            pub fn $name(&self) -> Vec<AnyVariable> {
                self.collection(collection::$collection)
            }
        }
    )* };
}

views! {
    global_variables global_variables_in GLOBAL_VARIABLES, "global variables";
    local_variables local_variables_in LOCAL_VARIABLES, "local variables";
    trainable_variables trainable_variables_in TRAINABLE_VARIABLES, "trainable variables";
    model_variables model_variables_in MODEL_VARIABLES, "variables that a model needs after training";
    metric_variables metric_variables_in METRIC_VARIABLES, "variables of metrics";
    moving_average_variables moving_average_variables_in MOVING_AVERAGE_VARIABLES, "variables with a moving average";
}

impl VariableScope {
    /// The entries of a collection that lie in this scope, in whichever opening of it they were made; known while its graph is
    /// being built. TensorFlow: `scope.get_collection`, for which the scope `a.b` also holds `axb/v`.
    #[track_caller]
    pub fn get_collection<C: Collected>(&self, name: &str) -> Vec<C> {
        let (scope, at) = (*self, Location::caller());
        let items = with_current("get_collection", |state| {
            if !state.has_scope(scope) {
                state.mistakes.push(foreign("the scope object", at));
                return Vec::new();
            }
            let mut path = Text::new();
            write_scope(&state.registered.scopes, &state.registered.text, scope.id, &mut path);
            state.items_in(name, path.as_str())
        });
        typed(&items.unwrap_or_default())
    }

    /// The global variables of this scope and those below; known while its graph is being built.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, VariableOptions, get_variable, variable_scope};
    /// let graph = Graph::new();
    /// let counts = graph.build(|| {
    ///     variable_scope("model", |model| {
    ///         variable_scope("part", |part| {
    ///             let _ = get_variable::<f32, _, _>("w", [2], VariableOptions::new());
    ///             (model.global_variables().len(), part.trainable_variables().len(), part.local_variables().len())
    ///         })
    ///     })
    /// })?;
    /// assert_eq!(counts, (1, 1, 0));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn global_variables(&self) -> Vec<AnyVariable> {
        self.get_collection(collection::GLOBAL_VARIABLES)
    }

    /// The trainable variables of this scope and those below; known while its graph is being built.
    #[track_caller]
    pub fn trainable_variables(&self) -> Vec<AnyVariable> {
        self.get_collection(collection::TRAINABLE_VARIABLES)
    }

    /// The local variables of this scope and those below; known while its graph is being built.
    #[track_caller]
    pub fn local_variables(&self) -> Vec<AnyVariable> {
        self.get_collection(collection::LOCAL_VARIABLES)
    }
}

impl AnyVariable {
    /// The whole name, such as `model/conv1/weights`; known while its graph is being built, and from [`Graph::describe`] after.
    #[track_caller]
    pub fn name(&self) -> String {
        let variable = *self;
        let found = with_current("name", |state| {
            let index = state.variable_index(variable.graph, variable.handle)?;
            Some(state.variables[index].name.to_string())
        });
        found.ok().flatten().unwrap_or_default()
    }
}

impl From<AnyVariable> for Operation {
    fn from(variable: AnyVariable) -> Operation {
        Operation { graph: variable.graph, node: variable.handle }
    }
}

impl Graph {
    /// What is known of a variable of this graph; `None` for one of another.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let _ = graph.build(|| get_variable::<f32, _, _>("part/w", [2], VariableOptions::new()))?;
    /// let found = graph.describe(graph.trainable_variables()[0]);
    /// assert_eq!(found.map(|v| v.name).as_deref(), Some("part/w"));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn describe(&self, variable: AnyVariable) -> Option<VariableDescription> {
        let state = self.state();
        let index = state.variable_index(variable.graph, variable.handle)?;
        Some(state.describe(index))
    }
}
