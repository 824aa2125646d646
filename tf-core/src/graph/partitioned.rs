//! Variables in parts, where the graph is built (P rows): the parts are variables, and the whole is a handle that stands for all of them.

use super::{
    Graph, State,
    described::{AnyVariable, VariableNodes},
    first_values::Initial,
    node::{Input, Inputs},
    with_current,
};
use crate::{
    check::parts::NO_SUCH_PART,
    dtype::Element,
    initializer::Initializer,
    literal::Literal,
    mistake::Mistake,
    names::Hash,
    ops::{Concat, Identity, Op, PartitionedVariable, ReadVariable, Slice},
    options::VariableRequest,
    partitioning::{PartOf, Partition},
    settings::Settings,
    shape::{MAX_RANK, Shape},
    sharing::Declared,
    spec::{Spec, SpecError},
    tensor::{NO_NODE, Tensor, Variable},
};
use std::{panic::Location, sync::Arc};

/// The settings of a request whose partitioner, its own or the scope's, is a function: with its answer in the function's place. The
/// function is the user's own, so it is called while the graph is not locked.
pub(super) fn resolved(request: &VariableRequest<'_>) -> Option<Settings> {
    let own = request.asked.settings.copied().unwrap_or(Settings::NONE);
    let partitioner = match own.partitioner() {
        Some(partitioner) => partitioner,
        None if request.shared => with_current("get_variable", State::scope_settings).ok()?.partitioner()?,
        None => return None,
    };
    let resolved = partitioner.resolved(&request.asked.spec)?;
    Some(Settings { partitioner: resolved, ..own })
}

impl State {
    fn scope_settings(&mut self) -> Settings {
        let scope = self.thread().cursor.scope;
        self.registered.scopes[scope as usize].settings
    }

    /// The parts that a new variable would have.
    pub(super) fn partition_asked(&mut self, request: &VariableRequest<'_>) -> Partition {
        let scope = if request.shared { self.scope_settings() } else { Settings::NONE };
        let own = request.asked.settings.copied().unwrap_or(Settings::NONE);
        own.within(&scope).partition(&request.asked.spec)
    }

    /// The numbers of a variable's parts; none for one in one piece.
    pub(crate) fn parts_of(&self, variable: usize) -> Vec<usize> {
        let VariableNodes { partition, over, .. } = &self.variables[variable];
        match over {
            Some(over) => over.iter().map(|&part| part as usize).collect(),
            None => (variable + 1..variable + 1 + partition.known_parts()).collect(),
        }
    }

    /// The variable as collections hold it.
    pub(crate) fn any_variable(&self, variable: usize) -> AnyVariable {
        let VariableNodes { handle, spec, .. } = self.variables[variable];
        AnyVariable { graph: self.id, handle, spec }
    }

    /// The variables of a list, with the parts of those that are in parts in their place.
    pub(crate) fn each_part(&self, list: Vec<AnyVariable>) -> Vec<AnyVariable> {
        let parts = |variable: AnyVariable| match self.variable_index(variable.graph, variable.handle) {
            Some(index) if self.variables[index].partition.is_some() => {
                self.parts_of(index).into_iter().map(|part| self.any_variable(part)).collect()
            }
            _ => vec![variable],
        };
        list.into_iter().flat_map(parts).collect()
    }

    /// Makes the parts of a variable that is recorded, and the handle of the whole.
    pub(super) fn create_parts(
        &mut self,
        whole: usize,
        shared: bool,
        initial: &Initial,
        at: &'static Location<'static>,
    ) -> Vec<AnyVariable> {
        let VariableNodes { name, spec, partition, .. } = self.variables[whole].clone();
        let mut parts = Vec::new();
        for (number, index) in self.parts_of(whole).into_iter().enumerate() {
            self.add_variable_record(index as u32, NO_NODE, at);
            self.variables[index].name = format!("{name}/part_{number}").into();
            let handle_name = self.claim_name(index as u32, shared);
            let (offset, shape) = partition.part(&spec.shape, number);
            let end = offset + shape.d(partition.axis()) as usize;
            let part = PartOf { whole: name.clone(), shape: spec.shape, axis: partition.axis(), offset, end };
            self.variables[index].part_of = Some(Arc::new(part));
            let initial = self.initial_of_part(index, &handle_name, initial, number, at);
            parts.push(self.initialized_nodes(index as u32, handle_name, &initial, at));
        }
        self.push_whole(whole, at);
        parts
    }

    /// The handle of a variable whose parts have theirs. What it reads, where it is fetched, waits for no control dependencies.
    pub(super) fn push_whole(&mut self, whole: usize, at: &'static Location<'static>) {
        let VariableNodes { name, spec, partition, .. } = self.variables[whole].clone();
        let handle_name = self.names.unique(&format!("{name}/PartitionedVariable"));
        let op = PartitionedVariable { variable: whole as u32, axis: partition.axis() as i32 };
        let mut inputs = Inputs::NONE;
        for part in self.parts_of(whole) {
            let VariableNodes { handle, spec, .. } = self.variables[part];
            let name = self.names.unique(&format!("{handle_name}/ReadVariableOp"));
            let read = Op::from(ReadVariable { variable: part as u32 });
            let push = |state: &mut State| state.push(name, read, Inputs::NONE, Vec::new(), [spec].into(), at);
            inputs.push((self.beside(handle, push), 0));
        }
        self.variables[whole].handle = self.push(handle_name, op.into(), inputs, Vec::new(), [spec].into(), at);
    }

    /// A variable whose parts are these, cut as `like` is; they are saved as one already.
    pub(crate) fn put_together(
        &mut self,
        like: usize,
        parts: Vec<u32>,
        at: &'static Location<'static>,
    ) -> Option<AnyVariable> {
        let first = self.variables[*parts.first()? as usize].clone();
        let of = first.part_of.as_ref()?;
        let declared = Declared {
            name: Hash::EMPTY,
            spec: of.spec(first.spec),
            trainable: first.trainable,
            initializer: Initializer::Constant(Literal::Float(0.0)),
            collections: 0,
            settings: Settings::NONE,
            partition: self.variables[like].partition,
        };
        let whole = self.registered.add_unshared(&of.whole, declared, at);
        self.add_variable_record(whole, NO_NODE, at);
        let nodes = &mut self.variables[whole as usize];
        (nodes.over, nodes.container) = (Some(parts.into()), first.container);
        self.push_whole(whole as usize, at);
        Some(self.any_variable(whole as usize))
    }

    /// What a part starts from, where the whole starts from `initial`.
    fn initial_of_part(
        &mut self,
        index: usize,
        handle_name: &str,
        initial: &Initial,
        number: usize,
        at: &'static Location<'static>,
    ) -> Initial {
        match initial {
            Initial::Input(input) => {
                let name = format!("{handle_name}/PartitionedInitializer/Slice");
                Initial::Input(self.slice_of_part(index, *input, &name, at))
            }
            Initial::Parts(inputs) => Initial::Input(inputs[number]),
            same => same.clone(),
        }
    }

    /// What belongs to a part, of a tensor in the shape of the whole; it waits for no control dependencies.
    pub(crate) fn slice_of_part(
        &mut self,
        part: usize,
        whole: Input,
        name: &str,
        at: &'static Location<'static>,
    ) -> Input {
        let spec = self.variables[part].spec;
        let of = self.variables[part].part_of.clone().expect("it was made as a part");
        let mut begin = [0; MAX_RANK];
        begin[of.axis] = of.offset;
        let sizes = spec.shape.to_vec().expect("parts have a known shape");
        let name = self.names.unique(name);
        if whole.node == NO_NODE {
            return Input { shape: spec.shape, ..whole };
        }
        let op = Op::from(Slice::of_lists(&begin[..sizes.len()], &sizes));
        let node = self.push(name, op, [(whole.node, whole.output)].into(), Vec::new(), [spec].into(), at);
        Input { shape: spec.shape, graph: self.id, node, output: 0 }
    }

    /// Reads the parts of a variable and joins them: the value has the variable's name, as TensorFlow's.
    pub(super) fn read_parts(&mut self, whole: usize, beside: bool, at: &'static Location<'static>) -> Input {
        let name = self.variables[whole].name.clone();
        let before = std::mem::replace(&mut self.thread().name_scope, format!("{name}/ConcatPartitions/").into());
        let parts: Vec<Input> =
            self.parts_of(whole).into_iter().map(|part| self.read_variable(part, beside, at)).collect();
        let joined = self.joined_parts(whole, &parts, at);
        self.thread().name_scope = Arc::default();
        let spec = self.variables[whole].spec;
        let (graph, node, _) = self.add(&name, Identity.into(), &[joined], |_| Ok([spec].into()), at);
        self.thread().name_scope = before;
        Input { graph, node, output: 0, shape: spec.shape }
    }

    /// Tensors for the parts of a variable, as one; what the one of a single part is already.
    pub(crate) fn joined_parts(&mut self, whole: usize, parts: &[Input], at: &'static Location<'static>) -> Input {
        let VariableNodes { spec, partition, .. } = self.variables[whole];
        if let [only] = parts {
            return *only;
        }
        let op = Concat { axis: partition.axis() as i32 };
        let ruled = |shapes: &[Shape]| Ok([Spec::new(spec.dtype, op.rule(shapes)?)].into());
        let (graph, node, _) = self.add("concat", op.into(), parts, ruled, at);
        Input { graph, node, output: 0, shape: spec.shape }
    }
}

impl<T: Element> Variable<T> {
    /// The number of its parts: one, if no partitioner cuts it. It is followed in layers; known while its graph is being built.
    #[track_caller]
    pub fn part_count(&self) -> usize {
        self.parts().len()
    }

    /// Its parts, each a variable; itself alone, if no partitioner cuts it. Known while its graph is being built, and by
    /// [`Graph::parts_of`] after. In layers there are [`part_count`](Variable::part_count) and [`part`](Variable::part).
    /// TensorFlow: `list(partitioned_variable)`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, VariableOptions, fixed_size_partitioner, get_variable};
    /// let graph = Graph::new();
    /// let names = graph.build(|| {
    ///     let options = VariableOptions::new().partitioner(fixed_size_partitioner(2));
    ///     let v = get_variable::<f32, _, _>("v", [3], options);
    ///     v.parts().iter().map(|part| part.name()).collect::<Vec<_>>()
    /// })?;
    /// assert_eq!(names, ["v/part_0", "v/part_1"]);
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    pub fn parts(&self) -> Vec<Variable<T>> {
        let parts = with_current("parts", |state| state.each_part(vec![(*self).into()])).unwrap_or_default();
        let typed = |part: AnyVariable| Variable(Tensor::new(part.spec.shape, part.graph, part.handle, 0));
        if parts.is_empty() { vec![*self] } else { parts.into_iter().map(typed).collect() }
    }

    /// Tensors for its parts, as one.
    #[track_caller]
    pub(crate) fn joined(&self, parts: &[Tensor<T>]) -> Tensor<T> {
        let at = Location::caller();
        let inputs: Vec<Input> = parts.iter().map(|&part| part.into()).collect();
        let joined = with_current("concat", |state| {
            let whole = state.variable_index(self.0.graph, self.0.node)?;
            Some(state.joined_parts(whole, &inputs, at))
        });
        match joined {
            Ok(Some(joined)) => Tensor::new(joined.shape, joined.graph, joined.node, joined.output),
            Ok(None) => self.0,
            Err(orphan) => orphan.tensor(),
        }
    }

    /// Part `index` of [`parts`](Variable::parts).
    #[track_caller]
    pub fn part(&self, index: usize) -> Variable<T> {
        let at = Location::caller();
        let parts = self.parts();
        parts.get(index).copied().unwrap_or_else(|| {
            let error = SpecError::new("part", &NO_SUCH_PART).numbers(index as i64, parts.len() as i64);
            // With no graph the handle itself carries the mistake.
            let _ = with_current("part", |state| state.record(&Mistake::Spec(error), at));
            Variable(Tensor::new(Shape::POISON, self.0.graph, NO_NODE, 0))
        })
    }
}

impl Graph {
    /// The parts of a variable of this graph; itself alone, if no partitioner cuts it.
    pub fn parts_of(&self, variable: impl Into<AnyVariable>) -> Vec<AnyVariable> {
        self.state().each_part(vec![variable.into()])
    }
}
