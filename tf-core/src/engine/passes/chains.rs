//! Element-wise steps of one shape that hand values to each other, and reductions over its rows: one step, whose values stay in the
//! first-level cache. Its kernel finds the mean of a row and the mean of the squared differences from it together, rounded once.

use super::{Makers, alike::shape_of, outputs, readers, redirect};
use crate::{
    engine::{
        chain::{Chain, Kind, link_kind},
        plan::{Plan, Step},
    },
    shape::Shape,
};
use foldhash::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use tf_kernels::chain::{MOST_INPUTS, Program};

pub(super) fn fuse(plan: &mut Plan) {
    let Groups { groups, mut behind } = groups(plan);
    if groups.is_empty() {
        return;
    }
    let chained_up: BTreeSet<usize> = groups.values().flat_map(|group| &group.members).copied().collect();
    let read = readers(plan);
    let fetched: BTreeSet<usize> = plan.fetches.iter().flatten().copied().collect();
    let waiting: BTreeSet<usize> = behind.values().flatten().copied().collect();
    let mut to: HashMap<usize, usize> = HashMap::default();
    let mut steps: Vec<Option<Step>> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    for index in 0..steps.len() {
        // A chain stands where the last of its steps stood.
        if let Some(group) = groups.get(&index) {
            let of_row = group.members.iter().map(|at| group.of_row.contains(at)).collect();
            let kinds: Vec<Kind> = group.members.iter().map(|at| group.kinds[at]).collect();
            let members: Vec<Step> =
                group.members.iter().map(|&at| steps[at].take().expect("a step is in one chain")).collect();
            let leaves = |place: usize| {
                let inside = members.iter().flat_map(|step| &step.inputs).filter(|input| input.0 == place).count();
                // What nobody reads was asked for as an operation.
                fetched.contains(&place) || inside < read[place] || read[place] == 0
            };
            let results: Vec<usize> = (0..members.len()).filter(|&k| leaves(members[k].output)).collect();
            for (number, &result) in results.iter().enumerate() {
                to.insert(members[result].output, plan.places + number);
            }
            let step = chained(members, &kinds, of_row, results, plan.places);
            plan.places += step.specs.len();
            plan.steps.push(step);
            let readers = behind.remove(&index).unwrap_or_default();
            plan.steps.extend(readers.into_iter().filter_map(|reader| steps[reader].take()));
        } else if !chained_up.contains(&index) && !waiting.contains(&index) {
            plan.steps.extend(steps[index].take());
        }
    }
    redirect(plan, &to);
}

/// Which steps become chains.
struct Groups {
    /// The chains, by their last steps.
    groups: HashMap<usize, Group>,
    /// Steps that read values of a chain and stand between its steps: they wait until it is done, by its last step.
    behind: HashMap<usize, Vec<usize>>,
}

/// The steps of a chain to be, in their order.
struct Group {
    members: Vec<usize>,
    /// As what each of them is taken.
    kinds: HashMap<usize, Kind>,
    /// Those that are a number for each row.
    of_row: BTreeSet<usize>,
    /// The shape of the others, as far as it is known: whether it is theirs is seen when they run.
    shape: Shape,
    reductions: usize,
}

impl Group {
    fn of(index: usize, kind: Kind, shape: Shape) -> Group {
        Group {
            members: vec![index],
            kinds: HashMap::from_iter([(index, kind)]),
            of_row: BTreeSet::new(),
            shape,
            reductions: usize::from(kind == Kind::Reduction),
        }
    }
}

fn groups(plan: &Plan) -> Groups {
    let (steps, makers) = (&plan.steps, Makers::of(plan));
    let is_link =
        |step: &Step| link_kind(step, step.inputs.first().and_then(|input| shape_of(plan, &makers, input.0))).is_some();
    if steps.iter().filter(|step| is_link(step)).nth(1).is_none() {
        return Groups { groups: HashMap::default(), behind: HashMap::default() };
    }
    // The chain that each step is in, by its first; and the places that the chain reads.
    let mut of: Vec<Option<usize>> = vec![None; steps.len()];
    let mut groups: HashMap<usize, Group> = HashMap::default();
    let mut maker: HashMap<usize, usize> = HashMap::default();
    // The steps so far that read a value, and are not in the maker's chain.
    let mut readers: HashMap<usize, Vec<usize>> = HashMap::default();
    for (index, step) in steps.iter().enumerate() {
        let operand = || step.inputs.first().and_then(|input| shape_of(plan, &makers, input.0));
        if let Some(kind) = link_kind(step, operand())
            && let Some(shape_of_elements) = elements(step, kind, operand())
            && !plan.feeds.contains(&step.output)
        {
            let mut joined: BTreeSet<usize> = BTreeSet::new();
            // Whether it is a number for each row of the chains that it joins, and which chains it must not join.
            let mut of_row = kind == Kind::Reduction;
            let mut apart: BTreeSet<usize> = BTreeSet::new();
            for (number, input) in step.inputs.iter().enumerate() {
                let Some(&made) = maker.get(&input.0) else { continue };
                let Some(chain) = of[made] else { continue };
                let group = &groups[&chain];
                // What another step has read of the chain must not come before it is computed: that step waits, if nobody waits for it.
                let early = |reader: &usize| {
                    let results = || outputs(&steps[*reader]);
                    let awaited = results().any(|place| readers.contains_key(&place));
                    let needed = step.inputs.iter().any(|input| results().contains(&input.0));
                    awaited || needed || !steps[*reader].op.is_pure() || of[*reader].is_some()
                };
                let read = group.members.iter().filter_map(|&member| readers.get(&steps[member].output));
                let meets = match kind {
                    _ if read.flatten().any(early) => None,
                    Kind::Reduction | Kind::Spread if number > 0 => continue,
                    _ => meeting(group, &steps[made], made, step, kind, shape_of_elements),
                };
                match meets {
                    // What is a number for rows of one chain is an operand to others.
                    Some(true) if kind != Kind::Reduction && !of_row => {
                        apart.append(&mut joined);
                        of_row = true;
                        joined.insert(chain);
                    }
                    Some(now) if now == of_row => drop(joined.insert(chain)),
                    _ => drop(apart.insert(chain)),
                }
            }
            joined.retain(|chain| !apart.contains(chain));
            let of_row = of_row && (kind == Kind::Reduction || !joined.is_empty());
            let shape = joined.first().map_or(shape_of_elements, |chain| groups[chain].shape);
            let alike = joined.iter().all(|chain| groups[chain].shape.dims() == shape.dims());
            let size: usize = joined.iter().map(|chain| groups[chain].members.len()).sum();
            let mut group = Group::of(index, kind, shape);
            for other in joined.iter().map(|chain| &groups[chain]) {
                group.members.extend(&other.members);
                group.kinds.extend(&other.kinds);
                group.of_row.extend(&other.of_row);
                group.reductions += other.reductions;
            }
            group.members.sort_unstable();
            let fits = size < Program::MOST_LINKS
                && group.reductions <= Program::MOST_FOLDS
                && inputs(steps, &group.members).len() <= MOST_INPUTS;
            if !alike || !fits {
                joined.clear();
                group = Group::of(index, kind, shape_of_elements);
            }
            if of_row && (kind == Kind::Reduction || !joined.is_empty()) {
                group.of_row.insert(index);
            }
            joined.iter().for_each(|chain| drop(groups.remove(chain)));
            let chain = group.members[0];
            group.members.iter().for_each(|&member| of[member] = Some(chain));
            groups.insert(chain, group);
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
    let several = groups.into_values().filter(|group| group.members.len() > 1);
    let groups: HashMap<usize, Group> = several.map(|group| (group.members[group.members.len() - 1], group)).collect();
    let mut after: BTreeMap<usize, usize> = BTreeMap::new();
    for (&last, group) in &groups {
        let read = group.members.iter().filter_map(|&member| readers.get(&steps[member].output)).flatten();
        for &reader in read.filter(|&&reader| reader < last && of[reader].is_none()) {
            let after = after.entry(reader).or_default();
            *after = last.max(*after);
        }
    }
    let mut behind: HashMap<usize, Vec<usize>> = HashMap::default();
    after.into_iter().for_each(|(reader, last)| behind.entry(last).or_default().push(reader));
    Groups { groups, behind }
}

/// The shape of the elements that a link is computed of, or spread over, where its first operand has the shape `of`; none if it is not
/// known as far as it has to be.
fn elements(step: &Step, kind: Kind, of: Option<Shape>) -> Option<Shape> {
    let shape = match kind {
        Kind::Function | Kind::Spread => step.specs[0].shape,
        Kind::Reduction => of?,
    };
    shape.has_rank().then_some(shape)
}

/// How a step meets a chain that makes one of its operands: as a number for each row, `true`, or as what has an element for each; not at
/// all if their shapes seem to differ.
fn meeting(group: &Group, maker: &Step, made: usize, step: &Step, kind: Kind, shape: Shape) -> Option<bool> {
    let (of_row, operand) = (group.of_row.contains(&made), maker.specs[0].shape);
    let elements = group.shape.dims() == shape.dims();
    match kind {
        Kind::Reduction => (elements && !of_row).then_some(true),
        Kind::Spread => (elements && of_row).then_some(false),
        Kind::Function if !of_row => elements.then_some(false),
        // A number for each row has a dimension for the row where it meets elements.
        Kind::Function if elements => (operand.rank() == shape.rank()).then_some(false),
        Kind::Function => (operand.dims() == step.specs[0].shape.dims()).then_some(true),
    }
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
fn chained(mut members: Vec<Step>, kinds: &[Kind], of_row: Vec<bool>, results: Vec<usize>, output: usize) -> Step {
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
        around: last.around.clone(),
        op: Chain::new(members, kinds, of_row, inputs.len(), results).into(),
    }
}
