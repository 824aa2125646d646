//! Variables in parts, as a check meets them.

use super::Cx;
use crate::{
    dtype::Element,
    mistake::Mistake,
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::Variable,
};

static OF_FUNCTION: Rule = Rule {
    code: "E-PARTITIONER-FUNCTION",
    says: "the variable's partitioner is a function, so its parts are known when the graph is built, not in a checked layer",
    left: "",
    right: "",
    help: "use `fixed_size_partitioner(..)` or one of its neighbours, or make the layer `#[variable_scope(dynamic)]`",
};
pub(crate) static NO_SUCH_PART: Rule = Rule {
    code: "E-PART",
    says: "there is no part {x} of the variable, which has {y}",
    left: "",
    right: "",
    help: "parts are counted from 0; `part_count()` is their number",
};
pub(crate) static IN_PARTS: Rule = Rule {
    code: "E-PARTS-UPDATE",
    says: "the variable is in parts, and this changes a variable in one piece",
    left: "variable",
    right: "",
    help: "change its parts, `variable.part(0)` and so on, or all of it by `assign`, `assign_add` or `assign_sub`",
};

impl Cx<'_> {
    /// The number of a variable's parts: one, if it is in one piece.
    #[track_caller]
    pub(crate) const fn part_count<T: Element>(self, variable: Variable<T>) -> usize {
        let Some(index) = variable.0.variable() else { return 1 };
        // SAFETY: the reference ends with this statement, and the caller holds none.
        let partition = unsafe { self.check() }.registry.variables[index as usize].declared.partition;
        if partition.is_unknown() {
            self.mistake(&Mistake::Spec(SpecError::new("part_count", &OF_FUNCTION)));
            return 1;
        }
        if partition.is_some() { partition.parts() } else { 1 }
    }

    /// A part of a variable, which counts as a use of it: itself, if it is in one piece.
    #[track_caller]
    pub(crate) const fn part<T: Element>(self, variable: Variable<T>, part: usize) -> Variable<T> {
        let Some(index) = variable.0.variable() else { return variable };
        self.uses(Some(index));
        // SAFETY: the reference ends with this statement, and the caller holds none.
        let partition = unsafe { self.check() }.registry.variables[index as usize].declared.partition;
        if partition.is_unknown() {
            self.mistake(&Mistake::Spec(SpecError::new("part", &OF_FUNCTION)));
            return Variable::at_build_time(Shape::POISON, None);
        }
        let count = if partition.is_some() { partition.parts() } else { 1 };
        if part >= count {
            let error = SpecError::new("part", &NO_SUCH_PART).numbers(part as i64, count as i64);
            self.mistake(&Mistake::Spec(error));
            return Variable::at_build_time(Shape::POISON, None);
        }
        if !partition.is_some() {
            return variable;
        }
        let (_, shape) = partition.part(&variable.0.shape, part);
        Variable::at_build_time(shape, Some(index + 1 + part as u32))
    }

    /// Refuses an op that changes a variable in one piece, where the variable is in parts.
    #[track_caller]
    pub(crate) const fn demand_one_piece<T: Element>(self, op: &'static str, variable: Variable<T>) {
        let Some(index) = variable.0.variable() else { return };
        // SAFETY: the reference ends with this statement, and the caller holds none.
        if unsafe { self.check() }.registry.variables[index as usize].declared.partition.is_some() {
            let error = SpecError::new(op, &IN_PARTS).shapes(variable.0.shape, Shape::UNKNOWN);
            self.mistake(&Mistake::Spec(error));
        }
    }
}
