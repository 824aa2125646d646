//! `get_variable` at run time: the register decides, `variable_nodes` makes what is new.

use super::{
    State, described::AnyVariable, first_values::Initial, getters, partitioned, regularization, templates::users_place,
    with_current,
};
use crate::{
    check::{VariableCall, request},
    dtype::Element,
    initial_function::Start,
    initializer::{InitializerFor, InitializerKind},
    names::Name,
    options::{VariableOptions, VariableRequest},
    regularizer::Regularizer,
    shape::Shape,
    tensor::{NO_NODE, ShapeArgument, Tensor, Variable},
};
use std::{panic::Location, sync::Arc};

/// Creates a variable in the current scope, or shares the one of that name, as the scope says.
///
/// TensorFlow: `tf.get_variable`. In layers, and wherever `tf::get_variable!` is at hand, write that.
/// A mistake is recorded in the graph and returned by [`Graph::build`](crate::Graph::build).
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, VariableOptions, get_variable, zeros_initializer};
/// let graph = Graph::new();
/// let v = graph.build(|| {
///     get_variable::<f32, _, _>("v", [1, 2, 3], VariableOptions::new().initializer(zeros_initializer()))
/// })?;
/// assert_eq!(v.shape().to_string(), "[1, 2, 3]");
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn get_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: impl AsRef<str>,
    shape: S,
    options: VariableOptions<I>,
) -> Variable<T> {
    variable(name.as_ref(), shape, options, true)
}

/// What `new_variable!` calls: [`Variable::new`], its type arguments in the order of [`get_variable`]'s.
#[doc(hidden)]
#[track_caller]
pub fn new_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: impl AsRef<str>,
    shape: S,
    options: VariableOptions<I>,
) -> Variable<T> {
    variable(name.as_ref(), shape, options, false)
}

#[track_caller]
pub(super) fn variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: &str,
    shape: S,
    options: VariableOptions<I>,
    shared: bool,
) -> Variable<T> {
    let at = users_place(Location::caller());
    let name = Name::of(name);
    let mut mistake = None;
    let call = VariableCall {
        name: &name,
        shape: (S::KIND, &raw const shape as *const ()),
        initializer: (I::KIND, &raw const options.initializer as *const ()),
        dtype: T::DTYPE,
        trainable: options.trainable,
        dtype_given: options.dtype_given,
        validate_shape: options.validate_shape,
        shared,
        collections: &options.collections,
        settings: options.settings(),
    };
    // SAFETY: shape and initializer are of these kinds, as their traits promise, and live until the end of this function.
    let mut request = unsafe { request(&call, &mut mistake) };
    let tensor: Option<Tensor<T>> = (I::KIND == InitializerKind::Tensor).then(|| {
        // SAFETY: the kind promises a tensor of `T`, or a variable, which wraps one.
        unsafe { *(&raw const options.initializer as *const Tensor<T>) }
    });
    let initial = match (tensor, options.initializer.start()) {
        (Some(tensor), _) => Initial::Input(tensor.into()),
        (None, Start::Described) => Initial::Described,
        (None, start) => Initial::Start(start),
    };
    if shared
        && mistake.is_none()
        && let Some(got) = getters::asked_of_getters(options.getter, &name, &request, &initial, at)
    {
        return Variable(Tensor::new(got.spec.shape, got.graph, got.handle, 0));
    }
    let resolved = partitioned::resolved(&request);
    request.asked.settings = resolved.as_ref().or(request.asked.settings);
    let initial = initial.made(&name, &request);
    let made = with_current("get_variable", |state| {
        if let Some(mistake) = mistake {
            state.record(&mistake, at);
        }
        let got = state.get_variable(&name, &request, &initial, at);
        (Variable(Tensor::new(got.shape, state.id, got.handle, 0)), got.regularized)
    });
    let (variable, regularized) = match made {
        Ok(made) => made,
        Err(orphan) => return Variable(orphan.tensor()),
    };
    regularized.iter().for_each(Regularized::add_loss);
    variable
}

/// What a call of `get_variable` came to.
pub(super) struct Got {
    pub(super) shape: Shape,
    pub(super) handle: u32,
    /// A new variable that has a regularizer, or its parts: the caller adds the losses, which may be functions of the user's own, once
    /// the graph is not locked.
    pub(super) regularized: Vec<Regularized>,
}

/// A new variable in one piece, its name and its regularizer.
pub(super) struct Regularized {
    variable: AnyVariable,
    name: Arc<str>,
    regularizer: Regularizer,
}

impl Regularized {
    #[track_caller]
    pub(super) fn add_loss(&self) {
        regularization::add_loss(self.variable, &self.name, &self.regularizer);
    }
}

impl Got {
    fn nothing(shape: Shape) -> Got {
        Got { shape, handle: NO_NODE, regularized: Vec::new() }
    }
}

impl State {
    pub(super) fn get_variable(
        &mut self,
        name: &Name<'_>,
        request: &VariableRequest<'_>,
        initial: &Initial,
        at: &'static Location<'static>,
    ) -> Got {
        let initial = match initial {
            Initial::Input(input) => &Initial::Input(self.value_of(*input, at)),
            other => other,
        };
        let text = name.text.len() + request.collections.list().iter().map(|c| c.len() + 1).sum::<usize>();
        let parts = self.partition_asked(request).known_parts();
        let (mut registry, _) = self.registry_with_room(1 + parts, text);
        let mut mistake = None;
        let granted = registry.get_variable(name, request, Some(at), &mut mistake);
        if let Some(mistake) = &mistake {
            self.record(mistake, at);
        }
        let Some(index) = granted.index else { return Got::nothing(granted.shape) };
        if granted.created && mistake.is_some() {
            // The table knows the variable, so that what follows is judged as usual; the build fails, so it needs no nodes.
            let parts = self.registered.variables[index as usize].declared.partition.known_parts() as u32;
            (index..=index + parts).for_each(|index| self.add_variable_record(index, NO_NODE, at));
            return Got::nothing(granted.shape);
        }
        if granted.created {
            self.create_nodes(index, request, initial, at);
        } else {
            self.note_site(index as usize, at);
        }
        let nodes = &self.variables[index as usize];
        let mut got = Got { shape: granted.shape, handle: nodes.handle, regularized: Vec::new() };
        if let (true, Some(regularizer)) = (granted.created, self.settings_of(index as usize).regularizer) {
            let each = self.each_part(vec![self.any_variable(index as usize)]).into_iter();
            let named = each.filter_map(|variable| {
                let name = self.variables[self.variable_index(variable.graph, variable.handle)?].name.clone();
                Some(Regularized { variable, name, regularizer })
            });
            got.regularized = named.collect();
        }
        got
    }
}
