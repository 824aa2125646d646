//! Which variable a shape is of, for messages: that is where a wrong one was made.

use super::Registry;
use crate::{shape::Shape, text::Text};

impl Registry<'_> {
    /// Names the variable that a shape is of, and where it was created, if there is just one that it can be.
    pub(crate) const fn tell_variable(&self, shape: &Shape, text: &mut Text<'_>) {
        if let Some(index) = self.variable_of(shape)
            && let Some(at) = self.variables[index as usize].created
        {
            text.str(" of variable `");
            self.variable_path(index, text);
            text.str("`, created at ").place(at);
        }
    }

    /// The only variable of this shape of those that had a part in it, if it was only one that had. (What is computed of several is no variable's own; and what
    /// is computed of one seldom has its shape.)
    const fn variable_of(&self, shape: &Shape) -> Option<u32> {
        let had_a_part = !shape.apart;
        if !had_a_part.is_power_of_two() || !shape.is_fully_defined() {
            return None;
        }
        let mut found = None;
        let mut i = 0;
        while i < self.filled.variables {
            let entry = &self.variables[i];
            if had_a_part == 1 << (i % 32) && entry.part_of == 0 && entry.declared.spec.shape.compatible(shape) {
                if found.is_some() {
                    return None;
                }
                found = Some(i as u32);
            }
            i += 1;
        }
        found
    }
}
