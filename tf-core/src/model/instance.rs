//! The built model: its graph, its session and its values.

use super::{Declaration, declaration::result};
use crate::{
    dtype::Element,
    error::{Error, Result, Status},
    graph::{Graph, containers::container},
    model_options::ModelOptions,
    ops::{identity, placeholder},
    server::Server,
    session::{Session, SessionOptions, Target},
    shape::Shape,
    store::Store,
    summary::Summary,
    tensor::Tensor,
    train::{attached::Attached, attached_averages::Averages},
    value::{IntoValue, Value},
};

/// A built model: its graph, its session, its inputs and outputs.
#[derive(Debug)]
pub struct Instance {
    pub(crate) declared: &'static Declaration,
    pub(crate) session: Session,
    pub(super) inputs: Vec<Target>,
    pub(crate) outputs: Vec<Target>,
    /// The steps that optimizers attached.
    pub(crate) steps: Vec<Attached>,
    /// The averages of its variables that these move, if any are kept.
    pub(crate) averages: Option<Averages>,
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
        let instance = Instance::made(declared, Some(seed), options, body)?;
        match options.server {
            Some(_) => instance.session.initialize_missing().map(drop)?,
            None => instance.session.initialize()?,
        }
        Ok(instance)
    }

    /// Builds a model whose variables have no values yet, but for those that a server has of them.
    #[track_caller]
    pub(crate) fn made(
        declared: &'static Declaration,
        seed: Option<u64>,
        options: &ModelOptions,
        body: impl FnOnce(&mut Building),
    ) -> Result<Instance> {
        let graph = Graph::new();
        if let Some(seed) = seed {
            graph.set_random_seed(seed as i64);
        }
        graph.set_seeds(options.seeds);
        let server = options.server.clone().unwrap_or_default();
        let contained = |building: &mut Building| container(&options.container, || body(building));
        Instance::build(declared, &graph, server, options.session, contained)
    }

    /// Builds a model on the variables and values of another, to run in this way; variables of its own get their initial values.
    ///
    /// # Errors
    /// Every mistake that the body makes, and what initializers refuse at run time.
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
        let instance = Instance::build(declared, &graph, other.session.server().clone(), session, body)?;
        // What it has beside the shared variables: the totals of a metric, say.
        instance.session.initialize_missing()?;
        Ok(instance)
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
        let Building { inputs, outputs, .. } = building;
        Ok(Instance { declared, session, inputs, outputs, steps: Vec::new(), averages: None })
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
