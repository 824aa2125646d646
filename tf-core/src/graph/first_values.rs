//! Where a new variable's first value comes from.

use super::{
    State,
    naming::enter_derived_name_scope,
    node::{Input, NoDependencies, enter_control_dependencies},
    with_current,
};
use crate::{
    error::{Error, Status},
    initial_function::Start,
    names::Name,
    ops::{self, Computed, Op},
    options::VariableRequest,
    partitioning::{PartOf, PartitionInfo},
    registry::write_path,
    shape::Shape,
    sharing::Declared,
    text::Text,
};
use std::{panic::Location, sync::Arc};

/// The first value that a call of `get_variable` gives, beside what the register knows of it.
#[derive(Clone)]
pub(super) enum Initial {
    /// The register knows it: an initializer of the call, of the scope or of the element type.
    Described,
    /// A tensor or a variable.
    Input(Input),
    /// A function or a distribution.
    Start(Start),
    /// Tensors for the parts of a variable.
    Parts(Vec<Input>),
}

impl Initial {
    /// The same with its function called, if it is one that yields a tensor and the variable comes into being: a variable that is shared
    /// needs no ops. They lie below `name/Initializer/` and wait for no control dependencies, as TensorFlow's.
    #[track_caller]
    pub(super) fn made(self, name: &Name<'_>, request: &VariableRequest<'_>) -> Initial {
        let Initial::Start(Start::Tensor(function)) = &self else { return self };
        let at = Location::caller();
        let new = with_current("get_variable", |state| {
            Some((state.path_if_new(name, request.shared)?, state.partition_asked(request)))
        });
        let Some((path, partition)) = new.ok().flatten() else { return Initial::Described };
        let whole = request.asked.spec.shape;
        if !whole.is_fully_defined() {
            return Initial::Described;
        }
        let _no_dependencies = enter_control_dependencies(NoDependencies);
        if partition.known_parts() == 0 {
            return Initial::Input(made(&**function, &path, &PartitionInfo::new(&whole, None), at));
        }
        let of_part = |number: usize| {
            let (offset, shape) = partition.part(&whole, number);
            let mut info = PartitionInfo { full_shape: whole.to_vec()?, ..PartitionInfo::new(&shape, None) };
            info.offset[partition.axis()] = offset;
            Some(made(&**function, &format!("{path}/part_{number}"), &info, at))
        };
        Initial::Parts((0..partition.known_parts()).filter_map(of_part).collect())
    }
}

/// What the function yields for a variable of this name.
fn made(
    function: &dyn Fn(&PartitionInfo) -> Input,
    path: &str,
    info: &PartitionInfo,
    at: &'static Location<'static>,
) -> Input {
    let _names = enter_derived_name_scope(&format!("{path}/Initializer/"));
    let input = function(info);
    let shape = Shape::of(&info.shape);
    if !input.shape.compatible(&shape) {
        let text = format!(
            "the function of the initializer of variable `{path}` is asked for shape {shape}, and yields {}\n  help: yield a tensor of the shape that the function is given",
            input.shape
        );
        let error = Error::new(Status::InvalidArgument, "E-INITIALIZER-SHAPE", text).at(at).of_variable(path);
        // There is a graph: it knew the path.
        let _ = with_current("get_variable", |state| state.mistakes.push(error));
    }
    Input { shape, ..input }
}

impl State {
    /// The whole name of a variable, if the current scope would create it.
    fn path_if_new(&mut self, name: &Name<'_>, shared: bool) -> Option<String> {
        if !shared {
            return Some(format!("{}{}", self.thread().name_scope, name.text));
        }
        let (registry, _) = self.registry(0);
        registry.creates(name).then(|| {
            let mut path = Text::new();
            write_path(registry.scopes, registry.text, registry.cursor.scope, name.text, &mut path);
            path.as_str().to_owned()
        })
    }

    /// The op of a first value that is no tensor of the graph, and what it is called below `name/Initializer/`.
    pub(super) fn initial_value_op(
        &mut self,
        initial: &Initial,
        declared: &Declared,
        name: &str,
        part: Option<&Arc<PartOf>>,
    ) -> (&'static str, Op) {
        match initial {
            Initial::Start(start) => {
                let seeds = match start {
                    Start::Drawn(_, seed) => self.seeds_of_variable(*seed, name),
                    _ => (0, 0),
                };
                ("function", Computed { start: start.clone(), part: part.cloned(), seeds }.into())
            }
            _ => {
                let part = part.map(|part| &**part);
                ops::initial_value::op(&declared.initializer, &declared.spec, part, |seed| {
                    self.seeds_of_variable(seed, name)
                })
            }
        }
    }
}
