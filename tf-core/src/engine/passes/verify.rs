//! What every pass has to keep, held against a plan after each pass in builds with debug assertions.

use crate::{
    engine::plan::{Plan, Step},
    ops::Op,
};

/// # Panics
/// If a place is read before it is filled, filled twice, or beyond those there are; if what is fetched is nowhere; if a chain has other
/// operands or results than its steps; if a step that was joined has other inputs than it reads.
pub(super) fn verify(pass: &str, plan: &Plan) {
    let mut filled = vec![false; plan.places];
    let mut fill = |place: usize, by: &str| {
        assert!(place < plan.places, "after {pass}: {by} fills place {place} of {}", plan.places);
        assert!(!std::mem::replace(&mut filled[place], true), "after {pass}: {by} fills place {place} again");
    };
    plan.feeds.iter().for_each(|&place| fill(place, "a feed"));
    plan.constants.iter().for_each(|(place, _)| fill(*place, "a constant"));
    for step in &plan.steps {
        for &(place, _) in &step.inputs {
            assert!(
                filled.get(place).is_some_and(|filled| *filled),
                "after {pass}: `{}` reads place {place}, which nothing before it fills\n{plan}",
                step.name
            );
        }
        let joined = match &step.op {
            Op::Chain(chain) => Some(chain.places()),
            Op::ProductChain(of) => Some(of.places()),
            Op::ConvDistance(of) => Some(of.places()),
            _ => None,
        };
        if let Some(joined) = joined {
            let places = (step.inputs.len(), step.specs.len());
            assert_eq!(joined, places, "after {pass}: `{}` has other operands or results\n{plan}", step.name);
        }
        assert!(inputs_fit(step), "after {pass}: `{}` has {} inputs\n{plan}", step.name, step.inputs.len());
        for place in super::outputs(step) {
            let free = filled.get_mut(place).map(|filled| !std::mem::replace(filled, true));
            assert_eq!(free, Some(true), "after {pass}: `{}` fills place {place} of {}", step.name, plan.places);
        }
    }
    for place in plan.fetches.iter().flatten() {
        assert!(filled[*place], "after {pass}: place {place} is fetched, and nothing fills it\n{plan}");
    }
}

/// Whether a step that was joined has as many inputs as it was given to read: besides its own two a bias, and a residual if it says so.
fn inputs_fit(step: &Step) -> bool {
    let residual = match &step.op {
        Op::FusedConv2d(op) => usize::from(op.residual),
        // Its own half of what was joined, the matrix, and what the other half's products came to.
        Op::FusedMatMul(op) if op.begun.is_some() => return step.inputs.len() == 3,
        Op::FusedMatMul(_) => 0,
        _ => return true,
    };
    (2 + residual..=3 + residual).contains(&step.inputs.len())
}
