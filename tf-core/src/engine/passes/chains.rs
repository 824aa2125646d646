//! Element-wise steps of one shape that hand values to each other: one step, whose values stay in the first-level cache.

use super::{outputs, readers, redirect};
use crate::{
    engine::{
        chain::{Chain, is_link},
        plan::{Plan, Step},
    },
    shape::Shape,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tf_kernels::chain::MOST_INPUTS;

/// The most steps of a chain.
const MOST_LINKS: usize = 40;

pub(super) fn fuse(plan: &mut Plan) {
    let Groups { groups, mut behind } = groups(plan);
    let chained_up: BTreeSet<usize> = groups.values().flatten().copied().collect();
    let read = readers(plan);
    let fetched: BTreeSet<usize> = plan.fetches.iter().flatten().copied().collect();
    let mut to: HashMap<usize, usize> = HashMap::new();
    let mut steps: Vec<Option<Step>> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    for index in 0..steps.len() {
        // A chain stands where the last of its steps stood.
        if let Some(members) = groups.get(&index) {
            let members: Vec<Step> =
                members.iter().map(|&at| steps[at].take().expect("a step is in one chain")).collect();
            let leaves = |place: usize| {
                let inside = members.iter().flat_map(|step| &step.inputs).filter(|input| input.0 == place).count();
                // What nobody reads was asked for as an operation.
                fetched.contains(&place) || inside < read[place] || read[place] == 0
            };
            let results: Vec<usize> = (0..members.len()).filter(|&k| leaves(members[k].output)).collect();
            for (number, &result) in results.iter().enumerate() {
                to.insert(members[result].output, plan.places + number);
            }
            let step = chained(members, results, plan.places);
            plan.places += step.specs.len();
            plan.steps.push(step);
            let readers = behind.remove(&index).unwrap_or_default();
            plan.steps.extend(readers.into_iter().filter_map(|reader| steps[reader].take()));
        } else if !chained_up.contains(&index) && !behind.values().any(|readers| readers.contains(&index)) {
            plan.steps.extend(steps[index].take());
        }
    }
    redirect(plan, &to);
}

/// Which steps become chains.
struct Groups {
    /// The steps of each chain, in their order, by its last one.
    groups: HashMap<usize, Vec<usize>>,
    /// Steps that read values of a chain and stand between its steps: they wait until it is done, by its last step.
    behind: HashMap<usize, Vec<usize>>,
}

fn groups(plan: &Plan) -> Groups {
    let steps = &plan.steps;
    // The chain that each step is in, by its first; and the places that the chain reads.
    let mut of: Vec<Option<usize>> = vec![None; steps.len()];
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut maker: HashMap<usize, usize> = HashMap::new();
    // The steps so far that read a value, and are not in the maker's chain.
    let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        if is_link(step) && !plan.feeds.contains(&step.output) {
            let mut joined: BTreeSet<usize> = BTreeSet::new();
            for input in &step.inputs {
                let Some(&made) = maker.get(&input.0) else { continue };
                let Some(chain) = of[made] else { continue };
                // What another step has read of the chain must not come before it is computed: that step waits, if nobody waits for it.
                let early = |reader: &usize| {
                    let results = || outputs(&steps[*reader]);
                    let awaited = results().any(|place| readers.contains_key(&place));
                    let needed = step.inputs.iter().any(|input| results().contains(&input.0));
                    awaited || needed || !steps[*reader].op.is_pure() || of[*reader].is_some()
                };
                let read = members[&chain].iter().filter_map(|&member| readers.get(&steps[member].output));
                if alike(&steps[made], step) && !read.flatten().any(early) {
                    joined.insert(chain);
                }
            }
            let size: usize = joined.iter().map(|chain| members[chain].len()).sum();
            let mut all: Vec<usize> = joined.iter().flat_map(|chain| members[chain].iter().copied()).collect();
            all.push(index);
            all.sort_unstable();
            if size >= MOST_LINKS || inputs(steps, &all).len() > MOST_INPUTS {
                joined.clear();
                all = vec![index];
            }
            joined.iter().for_each(|chain| drop(members.remove(chain)));
            let chain = all[0];
            all.iter().for_each(|&member| of[member] = Some(chain));
            members.insert(chain, all);
        }
        for input in &step.inputs {
            if let Some(&made) = maker.get(&input.0)
                && (of[index].is_none() || of[made] != of[index])
            {
                readers.entry(input.0).or_default().push(index);
            }
        }
        maker.extend(outputs(step).map(|place| (place, index)));
    }
    let several = members.into_values().filter(|members| members.len() > 1);
    let groups: HashMap<usize, Vec<usize>> = several.map(|members| (members[members.len() - 1], members)).collect();
    let mut after: BTreeMap<usize, usize> = BTreeMap::new();
    for (&last, members) in &groups {
        let read = members.iter().filter_map(|&member| readers.get(&steps[member].output)).flatten();
        for &reader in read.filter(|&&reader| reader < last && of[reader].is_none()) {
            let after = after.entry(reader).or_default();
            *after = last.max(*after);
        }
    }
    let mut behind: HashMap<usize, Vec<usize>> = HashMap::new();
    after.into_iter().for_each(|(reader, last)| behind.entry(last).or_default().push(reader));
    Groups { groups, behind }
}

/// Whether two steps seem to come out in one shape: whether they do is seen when they run.
fn alike(one: &Step, other: &Step) -> bool {
    let (a, b): (Shape, Shape) = (one.specs[0].shape, other.specs[0].shape);
    a.has_rank() && b.has_rank() && a.dims() == b.dims()
}

/// What steps read that none of them computes.
fn inputs(steps: &[Step], members: &[usize]) -> Vec<usize> {
    let made: Vec<usize> = members.iter().map(|&member| steps[member].output).collect();
    let mut inputs = Vec::new();
    for input in members.iter().flat_map(|&member| &steps[member].inputs) {
        if !made.contains(&input.0) && !inputs.contains(&input.0) {
            inputs.push(input.0);
        }
    }
    inputs
}

/// The step of a chain; its values go to `output` and on.
fn chained(mut members: Vec<Step>, results: Vec<usize>, output: usize) -> Step {
    let all: Vec<usize> = (0..members.len()).collect();
    let inputs = inputs(&members, &all);
    let made: Vec<usize> = members.iter().map(|member| member.output).collect();
    for (k, member) in members.iter_mut().enumerate() {
        for input in &mut member.inputs {
            let number = match made.iter().position(|&place| place == input.0) {
                Some(link) => inputs.len() + link,
                None => inputs.iter().position(|&place| place == input.0).expect("an input of the chain"),
            };
            *input = (number, false);
        }
        member.output = inputs.len() + k;
    }
    let last = &members[members.len() - 1];
    Step {
        node: last.node,
        name: last.name.clone(),
        inputs: inputs.iter().map(|&place| (place, false)).collect(),
        output,
        specs: results.iter().map(|&result| members[result].specs[0]).collect(),
        ruled: false,
        device: last.device,
        at: last.at,
        scope: last.scope.clone(),
        op: Chain::new(members, inputs.len(), results).into(),
    }
}
