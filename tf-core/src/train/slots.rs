//! The variables that training keeps beside a variable. They are named after it alone, whatever scope is open and however it reuses,
//! so that `minimize` may be called anywhere and always gives the same names.

use crate::{
    dtype::DType,
    graph::{State, described::AnyVariable, node::Input, variable_nodes::Unshared},
    initializer::Initializer,
    literal::Literal,
    options::collection,
    shape::Shape,
    spec::Spec,
};
use std::{panic::Location, sync::Arc};

/// What a slot is kept for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kept {
    /// For all of its owner's variables.
    Once,
    /// For a variable.
    Variable(AnyVariable),
    /// For a tensor of this type.
    Tensor { node: u32, output: u16, dtype: DType },
}

impl Kept {
    fn variable(self) -> Option<AnyVariable> {
        match self {
            Kept::Variable(variable) => Some(variable),
            Kept::Once | Kept::Tensor { .. } => None,
        }
    }
}

/// A slot that was made: whose, for what, and which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotRecord {
    owner: u64,
    kept: Kept,
    key: &'static str,
    slot: AnyVariable,
}

/// Which slot is asked for.
pub(crate) struct SlotRequest<'r> {
    /// Whose.
    pub(crate) owner: u64,
    pub(crate) kept: Kept,
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
    /// A tensor.
    Tensor(Input),
}

impl State {
    /// The slot, made if it is not there yet: global, and not trained (O7).
    pub(crate) fn slot(&mut self, request: &SlotRequest<'_>, at: &'static Location<'static>) -> AnyVariable {
        let &SlotRequest { owner, kept, key, .. } = request;
        if let Some(slot) = self.find_slot(owner, kept, key) {
            return slot;
        }
        let initial = match (&request.initial, kept.variable()) {
            (SlotValue::OfVariable, Some(variable)) => self
                .variable_index(variable.graph, variable.handle)
                .and_then(|index| self.variables[index].initial_value),
            (SlotValue::Tensor(input), _) => Some((input.node, input.output)),
            _ => None,
        };
        let number = match request.initial {
            SlotValue::Number(number) => number,
            SlotValue::OfVariable | SlotValue::Tensor(_) => 0.0,
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
        let slot = match kept.variable() {
            Some(variable) => self.beside(variable.handle, |state| state.add_unshared(&unshared, at)),
            None => self.add_unshared(&unshared, at),
        };
        self.save_with_the_whole(kept.variable(), slot);
        self.slots.push(SlotRecord { owner, kept, key, slot });
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
    pub(crate) fn find_slot(&self, owner: u64, kept: Kept, key: &str) -> Option<AnyVariable> {
        let matches = |record: &&SlotRecord| record.owner == owner && record.kept == kept && record.key == key;
        self.slots.iter().find(matches).map(|record| record.slot)
    }

    /// The slots of all parts of a variable as one variable, in parts as that one is; none, if a part has none.
    ///
    /// It is a view, made when it is first asked for: the slots are listed and saved as the parts' own, as they were before.
    pub(crate) fn slot_of_whole(
        &mut self,
        owner: u64,
        kept: Kept,
        key: &str,
        at: &'static Location<'static>,
    ) -> Option<AnyVariable> {
        let whole = kept.variable()?;
        let index = self.variable_index(whole.graph, whole.handle)?;
        let slot_of = |part: usize| {
            let kept = Kept::Variable(self.any_variable(part));
            let record =
                self.slots.iter().find(|record| record.owner == owner && record.kept == kept && record.key == key)?;
            Some((record.key, self.variable_index(record.slot.graph, record.slot.handle)?))
        };
        let parts: Vec<(&'static str, usize)> =
            self.parts_of(index).into_iter().map(slot_of).collect::<Option<Vec<_>>>()?;
        let key = parts.first()?.0;
        let parts: Vec<u32> = parts.into_iter().map(|(_, part)| part as u32).collect();
        let slot = self.put_together(index, parts, at)?;
        self.slots.push(SlotRecord { owner, kept, key, slot });
        Some(slot)
    }
}

/// The spec of a number that an optimizer of variables of this type keeps.
pub(crate) fn number_spec(dtype: DType) -> Spec {
    Spec::new(if dtype.is(DType::F64) { DType::F64 } else { DType::F32 }, Shape::SCALAR)
}
