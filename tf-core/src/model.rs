//! What `model! {}` expands to stands on: the declaration, its check at build time, and the built model at run time.

use crate::{
    check::Cx,
    dtype::Element,
    error::{Error, Result, Status},
    graph::{Graph, containers::container, with_current},
    mistake::Mistake,
    model_options::ModelOptions,
    ops::{identity, placeholder},
    server::Server,
    session::{Feed, Session, SessionOptions, Target},
    shape::{ALL_APART, Dim, Shape, dims_compatible, is_size},
    spec::Spec,
    store::Store,
    summary::Summary,
    tensor::{AsTensor, Tensor},
    train::Step,
    value::{IntoValue, Value},
};
use core::panic::Location;
use ndarray::{Array, ArrayBase, ArrayViewMut, Dimension};

/// An input or output of a model: its name and what is declared of it.
#[derive(Clone, Copy, Debug)]
pub struct Port {
    /// The name in the signature; empty for outputs.
    pub name: &'static str,
    /// Shape and element type.
    pub spec: Spec,
}

/// What a model declares of itself.
#[derive(Debug)]
pub struct Declaration {
    /// The model's name.
    pub name: &'static str,
    /// The names of its named dimensions.
    pub symbols: &'static [&'static str],
    /// Its inputs.
    pub inputs: &'static [Port],
    /// Its outputs.
    pub outputs: &'static [Port],
}

impl Declaration {
    /// The number of an output, where there are others to tell it from.
    const fn index_of_many(&self, index: usize) -> Option<usize> {
        if self.outputs.len() > 1 { Some(index) } else { None }
    }

    /// An output in the words of [`Mistake::Output`].
    fn describe_output(&self, index: usize) -> String {
        match self.index_of_many(index) {
            Some(index) => format!("output {} of model `{}`", index + 1, self.name),
            None => format!("the output of model `{}`", self.name),
        }
    }
}

/// An input of a model under check.
#[doc(hidden)]
pub const fn input<T: Element>(declared: &Declaration, index: usize, _: Cx<'_>) -> Tensor<T> {
    Tensor::at_build_time(Shape { apart: ALL_APART, ..declared.inputs[index].spec.shape })
}

/// Holds what the body returns against the declared output.
#[doc(hidden)]
#[track_caller]
pub const fn output<T: Element>(declared: &Declaration, index: usize, found: Tensor<T>, cx: Cx<'_>) {
    cx.uses(found.variable());
    let want = declared.outputs[index].spec;
    if T::DTYPE.is_float() && want.shape.rank == 0 {
        cx.loss(index, &found.shape);
    }
    if !returns(&want.shape, &found.shape) {
        let found = Spec::new(T::DTYPE, found.shape);
        cx.mistake(&Mistake::Output {
            model: declared.name,
            index: declared.index_of_many(index),
            declared: want,
            found,
        });
    }
}

/// Whether a body may return `found` where `declared` stands. An unknown size is looked at when the model runs; a named one is
/// promised to follow the input of that name, so a number or another name is a mistake.
const fn returns(declared: &Shape, found: &Shape) -> bool {
    if !declared.has_rank() || !found.has_rank() {
        return true;
    }
    if declared.rank() != found.rank() {
        return false;
    }
    let mut i = 0;
    while i < declared.rank() {
        let (d, f) = (declared.d(i), found.d(i));
        let named = is_name(d) && (is_size(f) || is_name(f)) && d != f;
        if named || !dims_compatible(d, f) {
            return false;
        }
        i += 1;
    }
    true
}

const fn is_name(dim: Dim) -> bool {
    !is_size(dim) && dim != crate::shape::ANY_DIM
}

/// A tensor as argument of a model that is used inside a bigger graph.
#[doc(hidden)]
#[track_caller]
pub fn argument<T: Element>(declared: &Declaration, index: usize, value: impl AsTensor<T>) -> Tensor<T> {
    let tensor = value.as_tensor();
    let port = declared.inputs[index];
    if port.spec.shape.compatible(&tensor.shape) {
        return tensor;
    }
    let at = Location::caller();
    let error = Error::new(
        Status::InvalidArgument,
        "E-INPUT",
        format!(
            "input `{}` of model `{}` is declared as {}, and is given {}\n  help: give it a tensor of that shape, or declare another",
            port.name,
            declared.name,
            port.spec,
            tensor.spec()
        ),
    )
    .at(at);
    // With no graph there is nothing to record it in but the orphan that the tensor is then.
    let _ = with_current(declared.name, |state| state.mistakes.push(error));
    Tensor::new(Shape::POISON, tensor.graph, crate::tensor::NO_NODE, 0)
}

/// Holds an output of a model's body against what is declared, in the graph being built.
#[doc(hidden)]
#[track_caller]
pub fn result<T: Element>(declared: &Declaration, index: usize, found: Tensor<T>) -> Tensor<T> {
    let want = declared.outputs[index].spec;
    if !found.shape.is_poison() && !returns(&want.shape, &found.shape) {
        let at = Location::caller();
        let found = found.spec();
        let _ = with_current(declared.name, |state| {
            let index = declared.index_of_many(index);
            state.record(&Mistake::Output { model: declared.name, index, declared: want, found }, at);
        });
    }
    found
}

/// What `model! {}` makes, for programs that are the same for all models, such as [`Trainer`](crate::train::Trainer).
pub trait Model {
    /// What the model runs on: an array, or a tuple of arrays if it has several inputs.
    type Inputs;

    #[doc(hidden)]
    fn built(&self) -> &Instance;

    #[doc(hidden)]
    fn values(inputs: Self::Inputs) -> Vec<Value>;
}

/// A built model: its graph, its session, its inputs and outputs.
#[derive(Debug)]
pub struct Instance {
    pub(crate) declared: &'static Declaration,
    pub(crate) session: Session,
    inputs: Vec<Target>,
    pub(crate) outputs: Vec<Target>,
    /// The steps that optimizers attached.
    pub(crate) steps: Vec<Step>,
}

/// A model being built: hands out its inputs and takes its outputs.
#[doc(hidden)]
pub struct Building {
    declared: &'static Declaration,
    inputs: Vec<Target>,
    outputs: Vec<Target>,
}

impl Building {
    /// Input `index` as a placeholder of the declared name.
    #[track_caller]
    pub fn input<T: Element>(&mut self, index: usize) -> Tensor<T> {
        let port = self.declared.inputs[index];
        let tensor = placeholder::<T, Shape>(port.name, port.spec.shape);
        self.inputs.push(tensor.feed(T::default()).target);
        tensor
    }

    /// Output `index`, held against the declaration.
    #[track_caller]
    pub fn output<T: Element>(&mut self, index: usize, found: Tensor<T>) {
        // An output of its own, so that a variable or input that is handed through can be fetched like any other.
        let found = identity(result(self.declared, index, found));
        self.outputs.push(found.feed(T::default()).target);
    }
}

impl Instance {
    /// Builds a model and gives its variables their initial values, drawn by this seed.
    ///
    /// # Errors
    /// Every mistake that the body makes, and what initializers refuse at run time.
    #[doc(hidden)]
    #[track_caller]
    pub fn init(
        declared: &'static Declaration,
        seed: u64,
        options: &ModelOptions,
        body: impl FnOnce(&mut Building),
    ) -> Result<Instance> {
        let graph = Graph::new();
        graph.set_random_seed(seed as i64);
        graph.set_seeds(options.seeds);
        let server = options.server.clone().unwrap_or_default();
        let contained = |building: &mut Building| container(&options.container, || body(building));
        let instance = Instance::build(declared, &graph, server, options.session, contained)?;
        match options.server {
            Some(_) => instance.session.initialize_missing().map(drop)?,
            None => instance.session.initialize()?,
        }
        Ok(instance)
    }

    /// Builds a model on the variables and values of another, to run in this way.
    ///
    /// # Errors
    /// Every mistake that the body makes.
    #[doc(hidden)]
    #[track_caller]
    pub fn sharing(
        declared: &'static Declaration,
        other: &Instance,
        session: SessionOptions,
        body: impl FnOnce(&mut Building),
    ) -> Result<Instance> {
        let graph = Graph::new();
        graph.adopt(other.graph(), other.declared.name);
        Instance::build(declared, &graph, other.session.server().clone(), session, body)
    }

    #[track_caller]
    pub(crate) fn build(
        declared: &'static Declaration,
        graph: &Graph,
        server: Server,
        session: SessionOptions,
        body: impl FnOnce(&mut Building),
    ) -> Result<Instance> {
        let mut building = Building { declared, inputs: Vec::new(), outputs: Vec::new() };
        graph.state().symbols = declared.symbols;
        graph.build(|| body(&mut building))?;
        let session = Session::with_options(graph, &server, session)?;
        Ok(Instance { declared, session, inputs: building.inputs, outputs: building.outputs, steps: Vec::new() })
    }

    /// Runs the model on one value for each input.
    ///
    /// # Errors
    /// E-FEED-SHAPE, E-DIM-NAME, E-OUTPUT, and what ops refuse at run time.
    #[doc(hidden)]
    pub fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        self.run_and(&[], inputs).map(|(outputs, _)| outputs)
    }

    /// [`run`](Instance::run), with what else is run beside: the outputs, and the further values.
    pub(crate) fn run_and(&self, beside: &[Target], inputs: Vec<Value>) -> Result<(Vec<Value>, Vec<Value>)> {
        self.fits(&inputs)?;
        let sizes = self.named_sizes(&inputs)?;
        let feeds: Vec<Feed> =
            self.inputs.iter().zip(inputs).map(|(target, value)| Feed { target: target.clone(), value }).collect();
        let values = match beside {
            [] => self.session.run_targets(&self.outputs, &feeds)?,
            _ => self.session.run_targets(&[&self.outputs, beside].concat(), &feeds)?,
        };
        let mut values: Vec<Value> = values.into_iter().flatten().collect();
        let further = values.split_off(self.outputs.len());
        for (index, (value, port)) in values.iter().zip(self.declared.outputs).enumerate() {
            let named_right = port.spec.shape.dims().iter().zip(value.shape()).all(|(&dim, &size)| {
                let index = dim.wrapping_sub(crate::shape::symbol(0)) as usize;
                sizes.get(index).is_none_or(|&(known, _)| known.is_none_or(|known| known == size))
            });
            if !port.spec.shape.fits(value.shape()) || !named_right {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-OUTPUT",
                    format!(
                        "{} is declared as {}, and comes out as {}{:?}\n  help: declare what the body returns, or mend the body",
                        self.declared.describe_output(index),
                        self.show(&port.spec),
                        value.dtype(),
                        value.shape()
                    ),
                ));
            }
        }
        Ok((values, further))
    }

    /// Holds what is fed against the declared inputs, which the words of a session's own mistake would not name.
    fn fits(&self, inputs: &[Value]) -> Result<()> {
        let wrong =
            |(port, value): &(&Port, &Value)| value.dtype() != port.spec.dtype || !port.spec.shape.fits(value.shape());
        let Some((port, value)) = self.declared.inputs.iter().zip(inputs).find(wrong) else { return Ok(()) };
        Err(Error::new(
            Status::InvalidArgument,
            "E-FEED-SHAPE",
            format!(
                "input `{}` of model `{}` is declared as {}, and is fed {}{:?}\n  help: feed an array of that shape, or declare another",
                port.name,
                self.declared.name,
                self.show(&port.spec),
                value.dtype(),
                value.shape()
            ),
        ))
    }

    fn show(&self, spec: &Spec) -> String {
        let mut text = crate::text::Text::with_symbols(self.declared.symbols);
        text.str(spec.dtype.name()).shape(&spec.shape);
        text.as_str().to_owned()
    }

    /// The sizes of the named dimensions, with the input each was first seen in; one size for each name.
    fn named_sizes(&self, inputs: &[Value]) -> Result<Vec<(Option<usize>, &'static str)>> {
        let mut sizes = vec![(None, ""); self.declared.symbols.len()];
        for (port, value) in self.declared.inputs.iter().zip(inputs) {
            for (&dim, &size) in port.spec.shape.dims().iter().zip(value.shape()) {
                let index = dim.wrapping_sub(crate::shape::symbol(0)) as usize;
                let Some((known, first)) = sizes.get_mut(index) else { continue };
                match *known {
                    None => (*known, *first) = (Some(size), port.name),
                    Some(before) if before != size => {
                        return Err(Error::new(
                            Status::InvalidArgument,
                            "E-DIM-NAME",
                            format!(
                                "`{}` is {before} in input `{first}` and {size} in input `{}` of model `{}`\n  help: feed arrays that agree in it, or give the dimensions two names",
                                self.declared.symbols[index], port.name, self.declared.name
                            ),
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(sizes)
    }

    /// The graph of the model.
    pub fn graph(&self) -> &Graph {
        self.session.graph()
    }

    /// The session it runs in.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The values of its variables, but for those in containers ([`container`](fn@crate::container)).
    pub fn store(&self) -> &Store {
        self.session.store()
    }

    /// Gives the variables their initial values anew; random ones are drawn anew.
    ///
    /// # Errors
    /// What initializers refuse at run time.
    pub fn initialize(&self) -> Result<()> {
        self.session.initialize()
    }

    /// Gives those variables their initial values that have none yet; yields their names.
    ///
    /// # Errors
    /// What initializers refuse at run time.
    pub fn initialize_missing(&self) -> Result<Vec<String>> {
        self.session.initialize_missing()
    }

    /// The names of the variables that have no value, in the order they were created.
    ///
    /// # Errors
    /// E-STORE-SPEC if another graph on the same values made one with another type or shape.
    pub fn uninitialized_variables(&self) -> Result<Vec<String>> {
        self.session.uninitialized_variables()
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// E-NO-VARIABLE with the nearest name; E-VALUE-DTYPE for another element type.
    pub fn get<T: Element>(&self, name: &str) -> Result<ndarray::ArrayD<T>> {
        let value = self.session.store_of(name).get(name)?;
        let found = value.dtype();
        if found == T::DTYPE {
            return value.into_array();
        }
        let says = format!(
            "variable `{name}` is of {found}, and is read as {asked}\n  help: read it as {found}: `let value: ArrayD<{found}> = ..`",
            asked = T::DTYPE
        );
        Err(Error::new(Status::InvalidArgument, "E-VALUE-DTYPE", says).of_variable(name))
    }

    /// Gives a variable a value.
    ///
    /// # Errors
    /// E-NO-VARIABLE with the nearest name; E-SET-SPEC for another type or shape.
    pub fn set<T: Element>(&self, name: &str, value: impl IntoValue<T>) -> Result<()> {
        self.session.store_of(name).set(name, value.into_value())
    }

    /// The variables with their values, in the order they were created.
    pub fn variables(&self) -> Vec<(String, Value)> {
        let described = self.graph().variables();
        let value = |name: &str| self.session.store_of(name).get(name).ok();
        described.into_iter().filter_map(|v| Some((v.name.clone(), value(&v.name)?))).collect()
    }

    /// A table of the variables, with the places of the program that share them.
    pub fn summary(&self) -> Summary {
        Summary::new(self.declared.name, self.graph().variables())
    }
}

/// An array or view as the value of an input.
#[doc(hidden)]
pub fn value<T: Element, S: ndarray::Data<Elem = T>, D: Dimension>(array: &ArrayBase<S, D>) -> Value {
    IntoValue::<T>::into_value(array)
}

/// An array as the value of an input, taken over.
#[doc(hidden)]
pub fn owned<T: Element, D: Dimension>(array: Array<T, D>) -> Value {
    IntoValue::<T>::into_value(array)
}

/// An output as an array of the declared rank.
///
/// # Errors
/// E-OUTPUT if the model returned another rank.
#[doc(hidden)]
pub fn array<T: Element, D: Dimension>(value: Value) -> Result<Array<T, D>> {
    let found = value.shape().len();
    value.into_array::<T>()?.into_dimensionality::<D>().map_err(|_| {
        let declared = D::NDIM.map_or_else(|| "any number of".to_owned(), |rank| rank.to_string());
        Error::new(
            Status::InvalidArgument,
            "E-OUTPUT",
            format!("an output is declared with {declared} dimensions, and comes out with {found}\n  help: declare `[..]` where the rank is not known"),
        )
    })
}

/// Writes an output into an array of the caller's.
///
/// # Errors
/// E-RUN-INTO if the array has another shape.
#[doc(hidden)]
pub fn write_into<T: Element, D: Dimension>(value: &Value, mut target: ArrayViewMut<'_, T, D>) -> Result<()> {
    let Some(source) = value.view::<T>() else {
        return Err(Error::new(
            Status::InvalidArgument,
            "E-VALUE-DTYPE",
            format!(
                "an output of {} is written into an array of {}\n  help: pass an array of its type",
                value.dtype(),
                T::DTYPE
            ),
        ));
    };
    if source.shape() != target.shape() {
        return Err(Error::new(
            Status::InvalidArgument,
            "E-RUN-INTO",
            format!(
                "an output of shape {:?} is written into an array of shape {:?}\n  help: pass an array of the output's shape",
                source.shape(),
                target.shape()
            ),
        ));
    }
    target.iter_mut().zip(source.iter()).for_each(|(to, from)| to.clone_from(from));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: Port = Port { name: "x", spec: Spec::new(crate::dtype::DType::F32, Shape::of_rank(1)) };
    const PAIR: Port = Port { name: "", spec: Spec::new(crate::dtype::DType::F32, Shape::of(&[2])) };

    fn mistake_of_a_run(declared: &'static Declaration) -> String {
        let instance = Instance::init(declared, 1, &ModelOptions::new(), |building| {
            let x = building.input::<f32>(0);
            (0..declared.outputs.len()).for_each(|index| building.output(index, x));
        })
        .unwrap();
        let error = instance.run(vec![Value::new(vec![3], vec![0.0f32; 3])]).unwrap_err();
        assert_eq!(error.code(), "E-OUTPUT");
        error.mistake().to_owned()
    }

    #[test]
    fn a_run_counts_outputs_as_the_build_does() {
        static ONE: Declaration = Declaration { name: "One", symbols: &[], inputs: &[UNKNOWN], outputs: &[PAIR] };
        static TWO: Declaration =
            Declaration { name: "Two", symbols: &[], inputs: &[UNKNOWN], outputs: &[UNKNOWN, PAIR] };
        let says = "is declared as f32[2], and comes out as f32[3]";
        assert_eq!(mistake_of_a_run(&ONE), format!("the output of model `One` {says}"));
        assert_eq!(mistake_of_a_run(&TWO), format!("output 2 of model `Two` {says}"));
    }

    #[test]
    fn a_wrong_array_is_told_by_input_model_and_named_sizes() {
        const NAMED: Spec = Spec::new(crate::dtype::DType::F32, Shape::of_dims(&[crate::shape::symbol(0), 3]));
        static MODEL: Declaration = Declaration {
            name: "Named",
            symbols: &["batch"],
            inputs: &[Port { name: "x", spec: NAMED }],
            outputs: &[Port { name: "", spec: NAMED }],
        };
        let copy = |building: &mut Building| {
            let x = building.input::<f32>(0);
            building.output(0, x);
        };
        let instance = Instance::init(&MODEL, 1, &ModelOptions::new(), copy).unwrap();
        let error = instance.run(vec![Value::new(vec![2, 4], vec![0.0f32; 8])]).unwrap_err();
        assert_eq!(error.code(), "E-FEED-SHAPE");
        assert_eq!(error.mistake(), "input `x` of model `Named` is declared as f32[batch, 3], and is fed f32[2, 4]");
    }

    #[test]
    fn an_output_of_another_rank_than_declared() {
        let error = array::<f32, ndarray::Ix2>(Value::new(vec![3], vec![0.0f32; 3])).unwrap_err();
        assert_eq!(error.mistake(), "an output is declared with 2 dimensions, and comes out with 1");
    }
}
