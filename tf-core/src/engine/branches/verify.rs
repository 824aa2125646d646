//! What forks have to keep, held against a plan in builds with debug assertions.

use super::Fork;
use crate::engine::{
    passes::outputs,
    plan::{Plan, Use},
};
use std::collections::BTreeSet;

/// # Panics
/// If forks overlap; if a step of one is taken twice, or not at all; if it reads what is not there when it is taken, since another lane makes
/// it, or since it was taken away; if what is read later is not handed on, or is kept for nobody.
pub(super) fn verify(plan: &Plan, forks: &[Fork]) {
    assert!(
        forks.windows(2).all(|two| two[0].steps.end <= two[1].steps.start),
        "forks follow each other: {forks:?}\n{plan}"
    );
    let constants: BTreeSet<usize> = plan.constants.iter().map(|constant| constant.0).collect();
    for fork in forks {
        let mut taken: Vec<usize> = fork.lanes().chain([&fork.first[..]]).flatten().copied().collect();
        taken.sort_unstable();
        assert!(taken.into_iter().eq(fork.steps.clone()), "each step is taken once: {fork:?}\n{plan}");
        let mut there: BTreeSet<usize> = plan.feeds.iter().copied().chain(constants.iter().copied()).collect();
        (0..fork.steps.start).for_each(|index| take(plan, index, &mut there, fork));
        let mut in_turn = there.clone();
        fork.steps.clone().for_each(|index| take(plan, index, &mut in_turn, fork));
        take_all(plan, &fork.first, &mut there, fork);
        // What other lanes are given they are given before the own begins.
        let given: Vec<BTreeSet<usize>> =
            fork.others.iter().map(|lane| lane.given.iter().map(|given| given.0).collect()).collect();
        assert!(given.iter().all(|given| given.is_subset(&there)), "lanes are given what is there: {fork:?}\n{plan}");
        take_all(plan, &fork.own, &mut there, fork);
        for (lane, given) in fork.others.iter().zip(given) {
            let mut own: BTreeSet<usize> = given.union(&constants).copied().collect();
            take_all(plan, &lane.steps, &mut own, fork);
            for place in &lane.made {
                assert!(own.remove(place) && there.insert(*place), "%{place} is handed on: {fork:?}\n{plan}");
            }
            for (place, last) in &lane.given {
                assert_ne!(own.remove(place), *last, "%{place} is taken by who reads it last: {fork:?}\n{plan}");
                assert!(!last || there.remove(place), "%{place} is given back once: {fork:?}\n{plan}");
            }
            assert_eq!(own, constants, "the next run begins with nothing: {fork:?}\n{plan}");
        }
        assert_eq!(there, in_turn, "what is there afterwards: {fork:?}\n{plan}");
    }
}

fn take_all(plan: &Plan, steps: &[usize], there: &mut BTreeSet<usize>, fork: &Fork) {
    assert!(steps.is_sorted(), "steps keep their order: {fork:?}\n{plan}");
    steps.iter().for_each(|&index| take(plan, index, there, fork));
}

/// Takes a step on what is in these places.
fn take(plan: &Plan, index: usize, there: &mut BTreeSet<usize>, fork: &Fork) {
    let step = &plan.steps[index];
    for (place, _) in &step.inputs {
        assert!(there.contains(place), "`{}` reads %{place}, which is there: {fork:?}\n{plan}", step.name);
    }
    step.inputs.iter().filter(|input| input.1).for_each(|input| {
        there.remove(&input.0);
    });
    there.extend(outputs(step).filter(|&place| plan.uses[place] != Use::None));
}
