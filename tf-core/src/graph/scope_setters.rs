//! What a scope object is told after it was opened: it holds for the variables that are asked for in it from there on, in scopes that are opened
//! inside later, and when the object is entered again. Scopes that are open inside, and other openings, keep what they have (S24, R11-R13).

use super::{
    State,
    getters::{Getter, VariableAsked},
    node::foreign,
    with_current,
};
use crate::{
    dtype::Element, graph::described::AnyVariable, initializer::Initializer, mistake::Mistake,
    partitioning::Partitioner, placement::DeviceParts, regularizer::Regularizer, tensor::VariableScope,
};
use std::{panic::Location, sync::Arc};

impl VariableScope {
    /// Variables asked for in this scope from here on are shared, not created. There is no way back.
    #[track_caller]
    pub fn reuse_variables(&self) {
        self.change("reuse_variables", |state, scope, at| {
            state.registered.scopes[scope].reuse = crate::sharing::Reuse::Yes;
            state.registered.reuses_since(scope as u32, at);
        });
    }

    /// Gives the scope another initializer for variables that name none. TensorFlow: `scope.set_initializer`.
    ///
    /// What is set holds from here on, in scopes that are opened inside later, and where the object is entered again. In layers rustc
    /// follows it.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, VariableOptions, get_variable, ones_initializer, variable_scope};
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     variable_scope("s", |scope| {
    ///         scope.set_initializer(ones_initializer());
    ///         get_variable::<f32, _, _>("v", [2], VariableOptions::new())
    ///     })
    /// })?;
    /// let session = tf::Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(v)?.as_slice(), Some(&[1.0, 1.0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn set_initializer(&self, initializer: Initializer) {
        self.change("set_initializer", |state, scope, _| {
            state.registered.scopes[scope].initializer = Some(initializer);
        });
    }

    /// Gives the scope another regularizer for variables that name none; [`no_regularizer`](crate::no_regularizer()) for none.
    /// TensorFlow: `scope.set_regularizer`.
    #[track_caller]
    pub fn set_regularizer(&self, regularizer: Regularizer) {
        self.change("set_regularizer", |state, scope, _| {
            state.registered.scopes[scope].settings.regularizer = Some(regularizer);
        });
    }

    /// Says of what element type the scope's variables are; one of another type has to say so with `dtype = ..`.
    /// TensorFlow: `scope.set_dtype`.
    #[track_caller]
    pub fn set_dtype<T: Element>(&self) {
        self.change("set_dtype", |state, scope, _| state.registered.scopes[scope].dtype = Some(T::DTYPE));
    }

    /// Gives the scope another caching device for variables that name none; `""` for none. TensorFlow: `scope.set_caching_device`.
    #[track_caller]
    pub fn set_caching_device(&self, device: &'static str) {
        self.change("set_caching_device", |state, scope, at| match DeviceParts::parse(device) {
            Ok(_) => state.registered.scopes[scope].settings.caching_device = Some(device),
            Err(error) => state.record(&Mistake::Device { text: device, error }, at),
        });
    }

    /// Gives the scope another partitioner for variables that name none; [`no_partitioner`](crate::no_partitioner()) leaves them in one
    /// piece. TensorFlow: `scope.set_partitioner`.
    #[track_caller]
    pub fn set_partitioner(&self, partitioner: Partitioner) {
        self.change("set_partitioner", |state, scope, _| {
            state.registered.scopes[scope].settings.partitioner = partitioner;
        });
    }

    /// Gives the scope a custom getter in place of those that it has, its own and those of the scopes around. Const evaluation cannot call
    /// one, so a layer that sets one is dynamic. TensorFlow: `scope.set_custom_getter`.
    #[track_caller]
    pub fn set_custom_getter(&self, getter: impl Fn(&Getter, VariableAsked) -> AnyVariable + Send + Sync + 'static) {
        self.change("set_custom_getter", |state, scope, _| {
            state.registered.scopes[scope].getter = 0;
            state.chain_getter(*self, Arc::new(getter));
        });
    }

    /// Changes the scope, if it is one of the graph being built.
    #[track_caller]
    fn change(&self, what: &str, change: impl FnOnce(&mut State, usize, &'static Location<'static>)) {
        let at = Location::caller();
        // With no graph there is nothing to record the mistake in but the orphans, which `with_current` does.
        let _ = with_current(what, |state| {
            if state.has_scope(*self) {
                change(state, self.id as usize, at);
            } else {
                state.mistakes.push(foreign("the scope object", at));
            }
        });
    }
}
