//! The variables that training keeps beside a variable. They are named after it alone, whatever scope is open and however it reuses,
//! so that `minimize` may be called anywhere and always gives the same names.

use crate::{
    dtype::DType,
    graph::{State, described::AnyVariable, variable_nodes::Unshared},
    initializer::Initializer,
    literal::Literal,
    options::collection,
    shape::Shape,
    spec::Spec,
};
use std::{panic::Location, sync::Arc};

/// A slot that was made: whose, for which variable (none for what an optimizer keeps once), and which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotRecord {
    owner: u64,
    variable: Option<u32>,
    key: &'static str,
    slot: AnyVariable,
}

/// Which slot is asked for.
pub(crate) struct SlotRequest<'r> {
    /// Whose.
    pub(crate) owner: u64,
    /// The variable that it is kept for.
    pub(crate) variable: Option<AnyVariable>,
    /// Which of the owner's.
    pub(crate) key: &'static str,
    /// The variable's name if it is free, else with a suffix.
    pub(crate) path: &'r str,
    pub(crate) spec: Spec,
    pub(crate) initial: SlotValue,
}

/// What a slot starts from.
pub(crate) enum SlotValue {
    /// A number for every element.
    Number(f64),
    /// The initial value of the variable it is kept for.
    OfVariable,
}

impl State {
    /// The slot, made if it is not there yet: global, and not trained (O7).
    pub(crate) fn slot(&mut self, request: &SlotRequest<'_>, at: &'static Location<'static>) -> AnyVariable {
        let variable = request.variable.map(|variable| variable.handle);
        let found = self
            .slots
            .iter()
            .find(|record| (record.owner, record.variable, record.key) == (request.owner, variable, request.key));
        if let Some(record) = found {
            return record.slot;
        }
        let initial = match (&request.initial, request.variable) {
            (SlotValue::OfVariable, Some(variable)) => self
                .variable_index(variable.graph, variable.handle)
                .and_then(|index| self.variables[index].initial_value),
            _ => None,
        };
        let number = match request.initial {
            SlotValue::Number(number) => number,
            SlotValue::OfVariable => 0.0,
        };
        let unshared = Unshared {
            name: request.path,
            spec: request.spec,
            initializer: Initializer::Constant(Literal::Float(number)),
            initial,
            trainable: false,
            collections: &[collection::GLOBAL_VARIABLES],
        };
        // A slot is placed beside its variable, and takes no turn of a `replica_device_setter` (V32).
        let slot = match request.variable {
            Some(variable) => self.beside(variable.handle, |state| state.add_unshared(&unshared, at)),
            None => self.add_unshared(&unshared, at),
        };
        self.save_with_the_whole(request.variable, slot);
        self.slots.push(SlotRecord { owner: request.owner, variable, key: request.key, slot });
        slot
    }

    /// Lets the slot of a part be saved as the same part of a slot of the whole (P4).
    fn save_with_the_whole(&mut self, variable: Option<AnyVariable>, slot: AnyVariable) {
        let of = |variable: AnyVariable| self.variable_index(variable.graph, variable.handle);
        let (Some(variable), Some(slot)) = (variable.and_then(of), of(slot)) else { return };
        let (part, own) = (&self.variables[variable], &self.variables[slot]);
        let name = own.name.strip_prefix(&*part.name).and_then(|rest| rest.strip_prefix('/'));
        if let (Some(of), Some(name)) = (&part.part_of, name)
            && part.spec.shape == own.spec.shape
        {
            self.variables[slot].part_of = Some(Arc::new(of.slot(name)));
        }
    }

    /// The slot, if it was made.
    pub(crate) fn find_slot(&self, owner: u64, variable: u32, name: &str) -> Option<AnyVariable> {
        let matches =
            |record: &&SlotRecord| record.owner == owner && record.variable == Some(variable) && record.key == name;
        self.slots.iter().find(matches).map(|record| record.slot)
    }
}

/// The spec of a number that an optimizer of variables of this type keeps.
pub(crate) fn number_spec(dtype: DType) -> Spec {
    Spec::new(if dtype.is(DType::F64) { DType::F64 } else { DType::F32 }, Shape::SCALAR)
}
