//! The counter of training steps: one variable of the root scope, found through its collection.

use super::{
    State,
    collected::{Collected, Item},
    first_values::Initial,
    with_current,
};
use crate::{
    check::Cx,
    dtype::DType,
    names::Name,
    options::{Collections, VariableRequest, collection},
    shape::Shape,
    sharing::{Asked, Reuse},
    spec::Spec,
    tensor::{Tensor, Variable},
};
use std::panic::Location;

/// What both worlds ask for. Left out is what a variable of this name that the program made itself may say otherwise.
static COLLECTIONS: Collections = Collections::of(&[collection::GLOBAL_VARIABLES, collection::GLOBAL_STEP]);
const REQUEST: VariableRequest<'static> = VariableRequest {
    asked: Asked {
        spec: Spec::new(DType::I64, Shape::SCALAR),
        trainable: Some(false),
        initializer: None,
        collections: None,
        settings: None,
    },
    shape_given: true,
    dtype_given: true,
    validate_shape: true,
    shared: true,
    collections: &COLLECTIONS,
};
const NAME: Name<'static> = Name::literal(collection::GLOBAL_STEP);

impl State {
    /// The variable of the collection, or the one of that name, or a new one.
    fn global_step(&mut self, reuse: Reuse, at: &'static Location<'static>) -> Variable<i64> {
        if let (Reuse::Auto, Some(step)) = (reuse, self.listed_global_step()) {
            if let Some(index) = self.variable_index(step.0.graph, step.0.node) {
                self.note_site(index, at);
            }
            return step;
        }
        let elsewhere = self.registry(0).0.go_to_root(reuse);
        let got = self.get_variable(&NAME, &REQUEST, &Initial::Described, at);
        self.registry(0).0.come_back(elsewhere);
        Variable(Tensor::new(got.shape, self.id, got.handle, 0))
    }

    fn listed_global_step(&self) -> Option<Variable<i64>> {
        let item: Option<&Item> = self.collections.get(collection::GLOBAL_STEP).first();
        item.and_then(Variable::from_item)
    }
}

/// The counter of training steps of the graph being built, if there is one. TensorFlow: `tf.train.get_global_step`.
#[track_caller]
pub fn get_global_step() -> Option<Variable<i64>> {
    with_current("get_global_step", |state| state.listed_global_step()).ok().flatten()
}

macro_rules! makes_the_global_step {
    ($($(#[$meta:meta])* $name:ident $reuse:ident)*) => { $(
        $(#[$meta])*
        #[track_caller]
        pub fn $name() -> Variable<i64> {
            let at = Location::caller();
            let made = with_current(stringify!($name), |state| state.global_step(Reuse::$reuse, at));
            made.unwrap_or_else(|orphan| Variable(orphan.tensor()))
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
            pub const fn call(self) -> Variable<i64> {
                self.cx.variable_at_root(&NAME, &REQUEST, Reuse::$reuse)
            }
        }
    )* };
}

makes_the_global_step! {
    /// The counter of training steps: a 64-bit integer that starts at 0 and is not trained, called `global_step` whatever scope
    /// is open. It is created at the first call, also in layers and models. TensorFlow: `tf.train.get_or_create_global_step`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, get_or_create_global_step, variable_scope};
    /// let graph = Graph::new();
    /// graph.build(|| {
    ///     let step = variable_scope("training", |_| get_or_create_global_step());
    ///     let _ = step.assign_add(1i64);
    ///     assert_eq!(get_or_create_global_step().name(), "global_step");
    /// })?;
    /// assert_eq!(graph.variables().len(), 1);
    /// # Ok::<(), tf::Error>(())
    /// ```
    get_or_create_global_step Auto
    /// The same where there must be none yet: a second one is a mistake (`E-EXISTS`). TensorFlow: `tf.train.create_global_step`.
    create_global_step No
}
