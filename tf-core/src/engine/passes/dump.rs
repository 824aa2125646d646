//! Plans in words: with the environment variable `TF_DUMP` set, each plan is printed to standard error before and after the passes, and
//! after a first run how its values share memory.

use crate::{
    engine::{branches::Fork, lifetimes::Layout, plan::Plan},
    ops::Op,
};
use std::{fmt, sync::OnceLock};

pub(super) fn show(when: &str, plan: &Plan) {
    if wanted() {
        eprintln!("-- {when}: {} steps\n{plan}", plan.steps.len());
    }
}

/// Which steps are taken beside each other, by the places that they fill; and how a plan's values share memory: for each step, the buffers
/// of what it asks for.
pub(super) fn show_layout(plan: &Plan, forks: &[Fork], layout: &Layout) {
    if wanted() {
        for fork in forks {
            eprint!("-- beside each other: {}", fork.show(|step| &plan.steps[step].name));
        }
        let names = std::iter::once("what is fed").chain(plan.steps.iter().map(|step| &*step.name));
        eprintln!("-- memory: {layout}\n{}", layout.by_step(names));
    }
}

fn wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| std::env::var_os("TF_DUMP").is_some_and(|value| !value.is_empty() && value != "0"))
}

/// A line for each step: where its values go, the op, where its inputs lie (`!` at the last use), its name.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |places: &mut dyn Iterator<Item = String>| places.collect::<Vec<_>>().join(", ");
        if !self.feeds.is_empty() {
            writeln!(f, "fed: {}", list(&mut self.feeds.iter().map(|place| format!("%{place}"))))?;
        }
        for (place, value) in &self.constants {
            writeln!(f, "%{place} = {}{:?} constant", value.dtype(), value.shape())?;
        }
        for step in &self.steps {
            let outputs = list(&mut (0..step.specs.len()).map(|k| format!("%{}", step.output + k)));
            let inputs =
                list(&mut step.inputs.iter().map(|&(place, last)| format!("%{place}{}", if last { "!" } else { "" })));
            let specs = list(&mut step.specs.iter().map(ToString::to_string));
            if outputs.is_empty() {
                writeln!(f, "{}({inputs})  {}", step.op.type_name(), step.name)?;
            } else {
                writeln!(f, "{outputs} = {}({inputs}) -> {specs}  {}", step.op.type_name(), step.name)?;
            }
            match &step.op {
                Op::Chain(chain) => writeln!(f, "    of {chain:?}")?,
                Op::FusedConv2d(op) => writeln!(f, "    of {op:?}")?,
                Op::FusedMatMul(op) => writeln!(f, "    of {op:?}")?,
                Op::StackedMatMul(op) => writeln!(f, "    of {op:?}")?,
                Op::ProductChain(of) => writeln!(f, "    of {of:?}")?,
                Op::ConvDistance(of) => writeln!(f, "    of {of:?}")?,
                Op::ProductSum(sum) => writeln!(f, "    of {sum:?}")?,
                Op::ProductDescent(op) => writeln!(f, "    of {op:?}")?,
                _ => {}
            }
        }
        let fetched = self.fetches.iter().map(|place| place.map_or("-".to_owned(), |place| format!("%{place}")));
        writeln!(f, "fetched: {}", fetched.collect::<Vec<_>>().join(", "))
    }
}
