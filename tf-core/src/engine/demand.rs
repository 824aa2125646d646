//! Which steps of a run are left out: those that only compute the initial value of a variable that has a value.

use super::run::Cells;

/// How the steps of a plan need each other; only plans with a step that may not need its input have it.
pub(crate) struct Demand {
    /// The steps that are asked for.
    pub(super) asked: Vec<usize>,
    /// What each step needs: a step, and the variable in whose place it stands, if it is needed only where that has no value.
    pub(super) needs: Vec<Vec<(usize, Option<u32>)>>,
}

impl Demand {
    /// Whether each step is to be taken, as the variables are now.
    pub(super) fn taken(&self, cells: &Cells) -> Vec<bool> {
        let cell = |variable: u32| cells.get(variable as usize).and_then(Option::as_ref);
        let has_value = |variable| cell(variable).is_some_and(|cell| cell.is_initialized());
        let mut taken = vec![false; self.needs.len()];
        for &step in &self.asked {
            taken[step] = true;
        }
        // What a step needs comes before it.
        for step in (0..self.needs.len()).rev() {
            if taken[step] {
                for &(needed, in_place_of) in &self.needs[step] {
                    taken[needed] |= in_place_of.is_none_or(|variable| !has_value(variable));
                }
            }
        }
        taken
    }
}
