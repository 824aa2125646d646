//! Reads of a variable that are kept on its caching device: one for the whole graph, which every expression with the variable uses (C35).

use super::{State, node::Inputs};
use crate::{
    mistake::Mistake,
    ops::{Identity, Op, ReadVariable},
    placement::{DeviceParts, IntoDevice},
};
use std::panic::Location;

impl State {
    /// Adds the one read of a variable that has a caching device, and the op that keeps it there, whatever scopes are open. Neither waits for
    /// anything (C44): what is kept is the value from the beginning of a run, or from where the variable got its first one.
    pub(super) fn keep_reads(&mut self, index: u32, at: &'static Location<'static>) {
        let variable = &self.variables[index as usize];
        let (spec, handle, name) = (variable.spec, variable.handle, variable.name.clone());
        let Some(device) = self.settings_of(index as usize).caching_device else { return };
        let frame = match DeviceParts::parse(device) {
            Ok(parts) => parts.into_frame().expect("parts of a device are one"),
            Err(error) => {
                self.record(&Mistake::Device { text: device, error }, at);
                return;
            }
        };
        let [read_name, kept_name] =
            ["ReadVariableOp", "Identity"].map(|kind| self.names.unique(&format!("{name}/Read/{kind}")));
        let read = Op::from(ReadVariable { variable: index });
        let read =
            self.beside(handle, |state| state.push(read_name, read, Inputs::NONE, Vec::new(), [spec].into(), at));
        let kept = self.only_on(frame, |state| {
            state.push(kept_name, Op::from(Identity), [(read, 0)].into(), Vec::new(), [spec].into(), at)
        });
        self.variables[index as usize].cached = Some(kept);
    }
}
