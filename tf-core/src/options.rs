//! The arguments of `get_variable` and `variable_scope`, with the same spelling in macros and functions.

use crate::{
    constraint::Constraint,
    dtype::{DType, Element},
    given::{MaybeGiven, given},
    graph::getters::CustomGetter,
    initializer::{Initializer, IntoInitializer, NoInitializer},
    names::Name,
    partitioning::Partitioner,
    regularizer::Regularizer,
    settings::Settings,
    sharing::{Asked, IntoReuse, Reuse, into_reuse},
    tensor::VariableScope,
};

/// The names of the collections every graph knows. Any other string is a collection too.
///
/// TensorFlow: `tf.GraphKeys`.
pub mod collection {
    /// Variables shared between devices and saved in checkpoints: where a variable goes unless told otherwise.
    pub const GLOBAL_VARIABLES: &str = "variables";
    /// Variables of this process only: not saved, not trained.
    pub const LOCAL_VARIABLES: &str = "local_variables";
    /// Variables that training changes.
    pub const TRAINABLE_VARIABLES: &str = "trainable_variables";
    /// Variables that a model needs to be run after training.
    pub const MODEL_VARIABLES: &str = "model_variables";
    /// Running totals of metrics.
    pub const METRIC_VARIABLES: &str = "metric_variables";
    /// Variables with a moving average.
    pub const MOVING_AVERAGE_VARIABLES: &str = "moving_average_variables";
    /// Losses that regularizers add.
    pub const REGULARIZATION_LOSSES: &str = "regularization_losses";
    /// Operations that a training step has to run.
    pub const UPDATE_OPS: &str = "update_ops";
    /// The counter of training steps.
    pub const GLOBAL_STEP: &str = "global_step";
    /// Losses that a training step sums up.
    pub const LOSSES: &str = "losses";
    /// The operation that carries out a training step.
    pub const TRAIN_OP: &str = "train_op";
    /// Savers of checkpoints.
    pub const SAVERS: &str = "savers";
    /// Objects other than variables that checkpoints save.
    pub const SAVEABLE_OBJECTS: &str = "saveable_objects";
}

const MOST_COLLECTIONS: usize = 8;

/// The collections that `get_variable` puts a variable into: at most eight names.
#[derive(Clone, Copy)]
pub enum Collections {
    /// Nothing was said: the variable is global.
    Default,
    /// These.
    Given {
        /// The names, `len` of them.
        names: [&'static str; MOST_COLLECTIONS],
        /// How many were listed; more than eight are a mistake.
        len: usize,
    },
}

impl Collections {
    pub(crate) const fn of(list: &[&'static str]) -> Collections {
        let mut names = [""; MOST_COLLECTIONS];
        let mut i = 0;
        while i < list.len() && i < MOST_COLLECTIONS {
            names[i] = list[i];
            i += 1;
        }
        Collections::Given { names, len: list.len() }
    }

    pub(crate) const fn is_given(&self) -> bool {
        matches!(self, Collections::Given { .. })
    }

    /// The names.
    pub const fn list(&self) -> &[&'static str] {
        match self {
            Collections::Default => &[collection::GLOBAL_VARIABLES],
            Collections::Given { names, len } => {
                names.split_at(if *len < MOST_COLLECTIONS { *len } else { MOST_COLLECTIONS }).0
            }
        }
    }

    /// Whether a variable in these collections is trained when nothing else is said: not if it is local (the guide, against C28).
    pub(crate) const fn trains(&self) -> bool {
        if !self.is_given() {
            return true;
        }
        let list = self.list();
        let mut i = 0;
        while i < list.len() {
            if crate::text::str_eq(list[i], collection::LOCAL_VARIABLES) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// A hash of the set: the order of the names does not matter.
    pub(crate) const fn hash(&self) -> u64 {
        if self.is_given() { hash_of(self.list()) } else { GLOBAL_HASH }
    }

    pub(crate) const fn too_many(&self) -> bool {
        matches!(self, Collections::Given { len, .. } if *len > MOST_COLLECTIONS)
    }
}

const GLOBAL_HASH: u64 = hash_of(&[collection::GLOBAL_VARIABLES]);

const fn hash_of(names: &[&str]) -> u64 {
    let mut sum = 0u64;
    let mut i = 0;
    while i < names.len() {
        sum = sum.wrapping_add(crate::names::Hash::of(names[i]).exact_value().wrapping_mul(0x2545_F491_4F6C_DD1D));
        i += 1;
    }
    sum
}

/// What lists collections: `["a", "b"]` or `&["a", "b"]`.
///
/// # Safety
/// `LEN` and `BY_REFERENCE` describe `Self`: an array of `LEN` names, a reference to one, or (`None`) a slice.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of collections",
    label = "expected a list of names, such as `[tf::collection::LOCAL_VARIABLES]`"
)]
pub unsafe trait IntoCollections: Copy {
    #[doc(hidden)]
    const LEN: Option<usize>;
    #[doc(hidden)]
    const BY_REFERENCE: bool;
}
// SAFETY: an array of N names.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> IntoCollections for [&'static str; N] {
    const LEN: Option<usize> = Some(N);
    const BY_REFERENCE: bool = false;
}
// SAFETY: a reference to an array of N names.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> IntoCollections for &[&'static str; N] {
    const LEN: Option<usize> = Some(N);
    const BY_REFERENCE: bool = true;
}
// SAFETY: a slice.
#[diagnostic::do_not_recommend]
unsafe impl IntoCollections for &[&'static str] {
    const LEN: Option<usize> = None;
    const BY_REFERENCE: bool = true;
}

const fn into_collections<C: IntoCollections>(list: C) -> Collections {
    // SAFETY: each arm reads `list` as what `LEN` and `BY_REFERENCE` promise.
    unsafe {
        match (C::LEN, C::BY_REFERENCE) {
            (Some(n), false) => Collections::of(core::slice::from_raw_parts((&raw const list).cast(), n)),
            (Some(n), true) => Collections::of(core::slice::from_raw_parts(core::mem::transmute_copy(&list), n)),
            (None, _) => Collections::of(core::mem::transmute_copy::<C, &[&'static str]>(&list)),
        }
    }
}

/// The optional arguments of `get_variable`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{VariableOptions, collection, zeros_initializer};
/// let options = VariableOptions::new()
///     .initializer(zeros_initializer())
///     .trainable(false)
///     .collections([collection::LOCAL_VARIABLES]);
/// # let _ = options;
/// ```
#[derive(Clone, Copy)]
pub struct VariableOptions<I = NoInitializer> {
    pub(crate) initializer: I,
    pub(crate) trainable: Option<bool>,
    pub(crate) collections: Collections,
    pub(crate) dtype_given: bool,
    pub(crate) validate_shape: bool,
    pub(crate) getter: Option<CustomGetter>,
    /// Whether `settings` says anything.
    has_settings: bool,
    settings: Settings,
}

impl Default for VariableOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl VariableOptions {
    /// What [`new`](Self::new) makes, for expansions: const evaluation takes a constant without a call.
    #[doc(hidden)]
    pub const NONE: VariableOptions = VariableOptions {
        initializer: NoInitializer,
        trainable: None,
        collections: Collections::Default,
        dtype_given: false,
        validate_shape: true,
        getter: None,
        has_settings: false,
        settings: Settings::NONE,
    };

    /// No argument: the scope's initializer or the type's, trainable, global.
    pub const fn new() -> Self {
        VariableOptions::NONE
    }
}

impl<I: Copy> VariableOptions<I> {
    /// The first value: an initializer, or a tensor, from which the variable takes its shape.
    pub const fn initializer<J: IntoInitializer>(self, initializer: J) -> VariableOptions<J::Given> {
        VariableOptions {
            // SAFETY: `IntoInitializer` promises that `J::Given` is `J`.
            initializer: unsafe { *(&raw const initializer as *const J::Given) },
            trainable: self.trainable,
            collections: self.collections,
            dtype_given: self.dtype_given,
            validate_shape: self.validate_shape,
            getter: self.getter,
            has_settings: self.has_settings,
            settings: self.settings,
        }
    }

    /// Whether training changes the variable.
    pub const fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = Some(trainable);
        self
    }

    /// The collections the variable belongs to, in place of the global one.
    pub const fn collections<C: IntoCollections>(mut self, collections: C) -> Self {
        self.collections = into_collections(collections);
        self
    }

    /// What adds a loss for the variable's size to the collection `REGULARIZATION_LOSSES`.
    pub const fn regularizer<G: MaybeGiven<Regularizer>>(mut self, regularizer: G) -> Self {
        self.settings.regularizer = given(regularizer);
        self.has_settings |= self.settings.regularizer.is_some();
        self
    }

    /// What an optimizer does to the variable after it has changed it.
    pub const fn constraint<G: MaybeGiven<Constraint>>(mut self, constraint: G) -> Self {
        self.settings.constraint = given(constraint);
        self.has_settings |= self.settings.constraint.is_some();
        self
    }

    /// The device on which reads of the variable are kept, such as `"/cpu:0"`; `""` for none where the scope has one. Expressions with the
    /// variable then use one read for the whole graph, which is from the beginning of a run:
    /// [`read_value`](crate::Variable::read_value) reads anew. TensorFlow: `caching_device`.
    pub const fn caching_device(mut self, device: &'static str) -> Self {
        self.settings.caching_device = Some(device);
        self.has_settings = true;
        self
    }

    /// What cuts the variable into parts.
    pub const fn partitioner<G: MaybeGiven<Partitioner>>(mut self, partitioner: G) -> Self {
        if let Some(partitioner) = given(partitioner) {
            self.settings.partitioner = partitioner;
            self.has_settings = true;
        }
        self
    }

    /// Whether the initial value's shape must be known; `false` lets a tensor of unknown sizes be one.
    pub const fn validate_shape(mut self, validate: bool) -> Self {
        self.validate_shape = validate;
        self
    }

    /// What is asked in place of the scope's getters. Const evaluation cannot call it: layers that have one are dynamic.
    pub const fn custom_getter(mut self, getter: CustomGetter) -> Self {
        self.getter = Some(getter);
        self
    }

    pub(crate) const fn settings(&self) -> Option<&Settings> {
        if self.has_settings { Some(&self.settings) } else { None }
    }

    /// Says that the element type was chosen at the call, so that the scope's default does not apply.
    pub const fn dtype_given(mut self) -> Self {
        self.dtype_given = true;
        self
    }
}

/// A request for a variable, with its types erased.
#[derive(Clone, Copy)]
pub(crate) struct VariableRequest<'c> {
    pub(crate) asked: Asked<'c>,
    pub(crate) shape_given: bool,
    pub(crate) dtype_given: bool,
    pub(crate) validate_shape: bool,
    /// Whether it is found by its name; not, if it is asked for by `Variable::new`.
    pub(crate) shared: bool,
    pub(crate) collections: &'c Collections,
}

/// The optional arguments of `variable_scope`.
#[derive(Clone, Copy)]
pub struct ScopeOptions<'n> {
    pub(crate) reuse: Reuse,
    pub(crate) default_name: Option<Name<'n>>,
    pub(crate) initializer: Option<Initializer>,
    pub(crate) dtype: Option<DType>,
    pub(crate) auxiliary_name_scope: bool,
    pub(crate) settings: Settings,
    pub(crate) getter: Option<CustomGetter>,
}

impl Default for ScopeOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'n> ScopeOptions<'n> {
    /// What [`new`](Self::new) makes, for expansions: const evaluation takes a constant without a call.
    #[doc(hidden)]
    pub const NONE: ScopeOptions<'n> = ScopeOptions {
        reuse: Reuse::Inherit,
        default_name: None,
        initializer: None,
        dtype: None,
        auxiliary_name_scope: true,
        settings: Settings::NONE,
        getter: None,
    };

    /// No argument: everything is inherited.
    pub const fn new() -> Self {
        ScopeOptions::NONE
    }

    /// How variables that exist are treated: `true`, `AUTO_REUSE`, `NO_REUSE`, `inherit`.
    pub const fn reuse<R: IntoReuse>(mut self, reuse: R) -> Self {
        self.reuse = into_reuse(reuse);
        self
    }

    /// The name where none is given, made unique: `d`, `d_1`, `d_2`, …
    pub const fn default_name(mut self, name: Name<'n>) -> Self {
        self.default_name = Some(name);
        self
    }

    /// The initializer of variables that name none.
    pub const fn initializer(mut self, initializer: Initializer) -> Self {
        self.initializer = Some(initializer);
        self
    }

    /// The element type of the scope's variables; one of another type has to say so with `dtype = ..`.
    pub const fn dtype(mut self, dtype: DType) -> Self {
        self.dtype = Some(dtype);
        self
    }

    /// The regularizer of variables that name none, here and in scopes inside.
    pub const fn regularizer(mut self, regularizer: Regularizer) -> Self {
        self.settings.regularizer = Some(regularizer);
        self
    }

    /// The constraint of variables that name none; scopes inside do not inherit it.
    pub const fn constraint(mut self, constraint: Constraint) -> Self {
        self.settings.constraint = Some(constraint);
        self
    }

    /// The caching device of variables that name none, here and in scopes inside; `""` for none.
    pub const fn caching_device(mut self, device: &'static str) -> Self {
        self.settings.caching_device = Some(device);
        self
    }

    /// What cuts variables that name none into parts, here and in scopes inside.
    pub const fn partitioner(mut self, partitioner: Partitioner) -> Self {
        self.settings.partitioner = partitioner;
        self
    }

    /// What is asked for each variable of the scope, before the getters of the scopes around. Const evaluation cannot call it:
    /// layers that have one are dynamic.
    pub const fn custom_getter(mut self, getter: CustomGetter) -> Self {
        self.getter = Some(getter);
        self
    }

    /// Whether entering also opens a name scope for ops.
    pub const fn auxiliary_name_scope(mut self, open: bool) -> Self {
        self.auxiliary_name_scope = open;
        self
    }
}

/// The run-time name of an element type, for `dtype = T` of a scope.
pub const fn dtype_of<T: Element>() -> DType {
    T::DTYPE
}

/// What names a scope: a name, a scope object, or nothing (then `default_name` does).
#[derive(Clone, Copy)]
pub enum ScopeArgument<'n> {
    /// A name below the current scope.
    Name(Name<'n>),
    /// A scope that was open before.
    Object(VariableScope),
    /// Nothing.
    None,
}

impl<'n> ScopeArgument<'n> {
    /// A name below the current scope.
    pub const fn name(name: Name<'n>) -> Self {
        ScopeArgument::Name(name)
    }

    /// Nothing: `default_name` names the scope.
    pub const fn none() -> Self {
        ScopeArgument::None
    }
}
