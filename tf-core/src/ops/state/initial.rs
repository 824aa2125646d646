//! First values of variables: giving them, asking for them (N rows).

use super::change;
use crate::{
    check::{Cx, at_build_time},
    collection,
    dtype::Element,
    engine::run::{Outputs, Run},
    error::{Error, Result, Status},
    graph::{
        collected::Item,
        described::AnyVariable,
        naming::enter_name_scope,
        node::{Input, Operation},
        variable_list::Variables,
        with_current,
    },
    ops,
    shape::Shape,
    tensor::{Tensor, Variable},
    value::Value,
};
use std::panic::Location;

/// Gives a variable its initial value.
#[derive(Clone, Copy, Debug)]
pub struct AssignVariable {
    pub(crate) variable: u32,
}

impl AssignVariable {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "AssignVariableOp"
    }
    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
        let value = run.take(0);
        run.update(self.variable, |slot, spec| {
            if !spec.shape.fits(value.shape()) {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-ASSIGN-SHAPE",
                    format!("a value of shape {:?} is assigned to a variable of shape {}\n  help: assign a value of the variable's shape", value.shape(), spec.shape),
                ));
            }
            *slot = Some(value);
            Ok(())
        })?;
        Ok(Outputs::None)
    }
}

/// Whether the variable has a value when this op runs. TensorFlow: `tf.is_variable_initialized`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, is_variable_initialized};
/// let graph = Graph::new();
/// let there = graph.build(|| is_variable_initialized(get_variable::<f32, _, _>("v", [2], VariableOptions::new())))?;
/// let session = Session::new(&graph)?;
/// assert!(!session.run(there)?[[]]);
/// session.initialize()?;
/// assert!(session.run(there)?[[]]);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn is_variable_initialized<T: Element>(variable: Variable<T>) -> Tensor<bool> {
    let one = |variable: Variable<T>| {
        change("VarIsInitializedOp", variable, &[], |variable| IsInitialized { variable }.into(), |_| Ok(Shape::SCALAR))
    };
    match variable.parts().as_slice() {
        [only] => one(*only),
        parts => {
            ops::reduce_all(ops::stack(parts.iter().map(|&part| one(part)).collect::<Vec<_>>().as_slice(), 0), ops::ALL)
        }
    }
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct is_variable_initialized<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> is_variable_initialized<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    pub const fn call<T: Element>(self, variable: Variable<T>) -> Tensor<bool> {
        self.cx.input::<T, Variable<T>>(variable);
        Tensor::at_build_time(Shape::SCALAR)
    }
}

/// Whether a variable has a value.
#[derive(Clone, Copy, Debug)]
pub struct IsInitialized {
    pub(crate) variable: u32,
}

impl IsInitialized {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "VarIsInitializedOp"
    }
    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        Ok(Value::scalar(run.is_initialized(self.variable)))
    }
}

impl<T: Element> Variable<T> {
    /// The variable's value if it has one, else its initial value, which is computed only then: what another variable's initial
    /// value is best made from.
    ///
    /// It gives the variable no value. In one run all of this and the variable's initializer draw the same random numbers.
    /// TensorFlow: `variable.initialized_value()`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, NoShape, Session, Variable, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let w = graph.build(|| {
    ///     let v = get_variable::<f32, _, _>("v", [2], VariableOptions::new().initializer(tf::zeros_initializer()));
    ///     let w: Variable<f32> =
    ///         get_variable("w", NoShape, VariableOptions::new().initializer(v.initialized_value() + 1.0));
    ///     (w, w.initializer())
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.run(w.1)?;
    /// assert_eq!(session.run(w.0)?.as_slice(), Some(&[1.0, 1.0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn initialized_value(&self) -> Tensor<T> {
        let parts = self.parts();
        if parts.len() > 1 {
            let values: Vec<Tensor<T>> = parts.iter().map(Variable::initialized_value).collect();
            return self.joined(&values);
        }
        let variable = parts[0];
        let handle = variable.0;
        // One that adopted variables has no initial values: there the value is all there is.
        let initial = with_current("initialized_value", |state| {
            let variable = state.variable_index(handle.graph, handle.node)?;
            let (node, output) = state.variables[variable].initial_value?;
            Some(Input { graph: state.id, node, output, shape: handle.shape })
        });
        let inputs: Vec<Input> = initial.ok().flatten().into_iter().collect();
        change("cond", variable, &inputs, |variable| InitializedValue { variable }.into(), |shapes| Ok(shapes[0]))
    }
}

/// A variable's value, or else its initial value, which the engine leaves out where it is not needed.
#[derive(Clone, Copy, Debug)]
pub struct InitializedValue {
    pub(crate) variable: u32,
}

impl InitializedValue {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "Cond"
    }
    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        match run.read(self.variable) {
            Err(_) if run.has_fallback() => Ok(run.take(0)),
            read => read,
        }
    }
}

/// The operation that initializes the variables of the global collection, as far as they exist now.
///
/// Those whose initial values depend on others come after them. TensorFlow: `tf.global_variables_initializer`.
#[track_caller]
pub fn global_variables_initializer() -> Operation {
    variables_initializer(in_collections(&[collection::GLOBAL_VARIABLES]))
}

at_build_time! {
    pub fn global_variables_initializer() -> Operation { Operation::AT_BUILD_TIME }
}

/// The operation that initializes the variables of the local collection, as far as they exist now.
///
/// TensorFlow: `tf.local_variables_initializer`.
#[track_caller]
pub fn local_variables_initializer() -> Operation {
    variables_initializer(in_collections(&[collection::LOCAL_VARIABLES]))
}

at_build_time! {
    pub fn local_variables_initializer() -> Operation { Operation::AT_BUILD_TIME }
}

/// The operation that initializes these variables, each after those of them that its initial value depends on.
///
/// One without an initial value of its own, of a model that shares another's, is left out. TensorFlow: `tf.variables_initializer`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, variables_initializer};
/// let graph = Graph::new();
/// let (a, b, init) = graph.build(|| {
///     let a = get_variable::<f32, _, _>("a", [2], VariableOptions::new());
///     let b = get_variable::<i32, _, _>("b", [], VariableOptions::new());
///     (a, b, variables_initializer((a, b)))
/// })?;
/// let session = Session::new(&graph)?;
/// session.run(init)?;
/// assert_eq!(session.run(b)?[[]], 0);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn variables_initializer(variables: impl Variables) -> Operation {
    let at = Location::caller();
    let variables = variables.variables();
    let initializers = with_current("variables_initializer", |state| {
        let mut initializers = Vec::new();
        for (index, variable) in state.each_part(variables).iter().enumerate() {
            if state.refuses(variable.graph, variable.handle, || format!("variable {index} of the list"), at) {
                continue;
            }
            let Some(index) = state.variable_index(variable.graph, variable.handle) else { continue };
            let initializer = state.variables[index].initializer;
            initializers.extend(initializer.map(|node| Operation { graph: state.id, node }));
        }
        initializers
    });
    ops::placeholders::group_named("init", initializers.unwrap_or_default())
}

at_build_time! {
    pub fn variables_initializer[V: Variables](variables: V) -> Operation {{
        core::mem::forget(variables);
        Operation::AT_BUILD_TIME
    }}
}

/// The variables of the graph that are in these collections; anything can be, also variables of another graph.
#[track_caller]
fn in_collections(names: &[&str]) -> Vec<AnyVariable> {
    let variables = with_current("variables_initializer", |state| {
        let items = names.iter().flat_map(|name| state.collections.get(name));
        let variables = items.filter_map(Item::variable);
        variables.filter(|variable| state.variable_index(variable.graph, variable.handle).is_some()).collect()
    });
    variables.unwrap_or_default()
}

/// The names of the global and local variables, as far as they exist now, that have no value when this runs: first the global ones,
/// each in the order they were created. TensorFlow: `tf.report_uninitialized_variables`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, report_uninitialized_variables};
/// let graph = Graph::new();
/// let (assigned, report) = graph.build(|| {
///     let v = get_variable::<f32, _, _>("v", [], VariableOptions::new());
///     let w = get_variable::<f32, _, _>("w", [], VariableOptions::new());
///     (v.assign(1.0), report_uninitialized_variables())
/// })?;
/// let session = Session::new(&graph)?;
/// session.run(assigned)?;
/// assert_eq!(session.run(report)?.as_slice(), Some(&["w".to_owned()][..]));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn report_uninitialized_variables() -> Tensor<String> {
    report_uninitialized(in_collections(&[collection::GLOBAL_VARIABLES, collection::LOCAL_VARIABLES]))
}

at_build_time! {
    pub fn report_uninitialized_variables() -> Tensor<String> { Tensor::at_build_time(Shape::of_rank(1)) }
}

/// The names of those of these variables that have no value when this runs. TensorFlow: `tf.report_uninitialized_variables(var_list)`.
#[track_caller]
pub fn report_uninitialized(variables: impl Variables) -> Tensor<String> {
    let at = Location::caller();
    let variables = variables.variables();
    let _scope = enter_name_scope("report_uninitialized_variables");
    let questions = with_current("report_uninitialized_variables", |state| {
        let mut names = Vec::new();
        let mut questions = Vec::new();
        for (index, variable) in state.each_part(variables).iter().enumerate() {
            if state.refuses(variable.graph, variable.handle, || format!("variable {index} of the list"), at) {
                continue;
            }
            let Some(index) = state.variable_index(variable.graph, variable.handle) else { continue };
            names.push(state.variables[index].name.to_string());
            let op = IsInitialized { variable: index as u32 };
            let spec = crate::Spec::new(crate::DType::Bool, Shape::SCALAR);
            let (graph, node, _) = state.add("VarIsInitializedOp", op.into(), &[], |_| Ok([spec].into()), at);
            questions.push(Tensor::<bool>::new(Shape::SCALAR, graph, node, 0));
        }
        (names, questions)
    });
    let (names, questions) = match questions {
        Ok(found) => found,
        Err(orphan) => return orphan.tensor(),
    };
    let names: Tensor<String> = ops::constants::node(Value::new(vec![names.len()], names));
    if questions.is_empty() {
        return names;
    }
    let without = ops::places_of(ops::logical_not(ops::stack(questions.as_slice(), 0)));
    ops::gather(names, ops::reshape(without, [crate::ANY]), 0)
}

at_build_time! {
    pub fn report_uninitialized[V: Variables](variables: V) -> Tensor<String> {{
        core::mem::forget(variables);
        Tensor::at_build_time(Shape::of_rank(1))
    }}
}
