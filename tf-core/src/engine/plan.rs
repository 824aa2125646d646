//! From fetches and feeds to the steps to take: what nothing asks for is left out.

use super::{
    branches::changes_variables, crossing::Crossing, demand::Demand, devices::Devices, order::order, passes::improve,
    placer::place, workspace::Idle,
};
use crate::{
    error::{Error, Result, Status},
    few::Few,
    graph::{
        State,
        node::{Around, Specs},
    },
    ops::{Identity, Op},
    spec::Spec,
    value::Value,
};
use foldhash::HashMap;
use std::{panic::Location, sync::Arc};

/// What a run asks for and is given: plans are made once for each.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(crate) struct Signature {
    /// Node and output of each value to hand out; no output for operations.
    pub(crate) fetches: Vec<(u32, Option<u16>)>,
    /// Node and output of each value that is given.
    pub(crate) feeds: Vec<(u32, u16)>,
}

/// What is made of a plan before it is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Care {
    /// Passes make fewer steps of it: it is carried out many times.
    Improved,
    /// Nothing, since that would take longer than it saves: it is carried out once.
    Once,
    /// Nothing, and values that nobody reads are kept: each op is seen by itself, as a trace and a check of each value have to.
    ByItself,
}

/// Where the inputs of a step lie, and whether it is the last that uses them.
pub(crate) type Reads = Few<(usize, bool), 2>;

/// An op to run.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) node: u32,
    pub(crate) op: Op,
    pub(crate) name: Arc<str>,
    /// Where the inputs lie, and whether this is the last use of each.
    pub(crate) inputs: Reads,
    /// Where the outputs go: the first place; the others follow.
    pub(crate) output: usize,
    pub(crate) specs: Specs,
    /// Whether every input's shape was known when the graph was built, so that the op's rule has nothing left to refuse.
    pub(crate) ruled: bool,
    /// The number of the device that takes it.
    pub(crate) device: u16,
    pub(crate) at: &'static Location<'static>,
    pub(crate) around: Arc<Around>,
}

/// What becomes of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// It is read, or fetched.
    Some,
    /// It is not, and gone once it is computed.
    None,
    /// It is there for all runs.
    Lasting,
}

/// The steps of a run, in an order in which every input is there.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// How many places for values there are.
    pub(crate) places: usize,
    /// Where the fed values go.
    pub(crate) feeds: Vec<usize>,
    /// What is known of them.
    pub(crate) feed_specs: Vec<Option<Spec>>,
    /// Values that are in place before a run begins.
    pub(crate) constants: Vec<(usize, Value)>,
    /// Where the fetched values lie.
    pub(crate) fetches: Vec<Option<usize>>,
    /// The variables that the steps touch.
    pub(crate) variables: Vec<u32>,
    /// Which steps need which others, where some may be left out.
    pub(crate) demand: Option<Demand>,
    /// What becomes of the value in each place.
    pub(super) uses: Vec<Use>,
    /// Whether steps that need nothing of each other may be taken beside each other.
    pub(crate) may_fork: bool,
    /// What runs work in, between runs.
    pub(crate) idle: Idle,
}

impl Plan {
    /// Plans the part of the graph that the signature needs.
    ///
    /// # Errors
    /// E-INITIAL-CYCLE, E-FEED-CHANGED, E-DEVICE-MISSING, E-DEVICE-COLOCATION.
    pub(crate) fn new(state: &State, signature: &Signature, devices: &Devices, soft: bool, care: Care) -> Result<Plan> {
        let fed = FedVariables::of(state, signature);
        let before = |node: u32, nodes: &mut Vec<u32>| before(state, signature, &fed, node, nodes);
        let ordered = order(state, &needed(state, signature, before), before)?;

        let feeds: Vec<usize> = (0..signature.feeds.len()).collect();
        let mut places = Places { fed: &signature.feeds, first: vec![None; state.nodes.len()] };
        let mut next = feeds.len();
        let nodes = ordered.iter().copied().chain(signature.feeds.iter().map(|feed| feed.0));
        let placed = place(state, nodes, devices, soft)?;
        let mut steps = Vec::with_capacity(ordered.len());
        let mut variables = Vec::new();
        let mut touched = vec![false; state.variables.len()];
        for index in ordered {
            let node = &state.nodes[index as usize];
            let output = next;
            places.first[index as usize] = Some(output as u32);
            next += node.outputs.len();
            let (op, inputs) = match fed.read_by(state, index)? {
                // The fed value in place of the variable's.
                Some(feed) => (Identity.into(), [(feeds[feed], false)].into()),
                None => (node.op.clone(), node.inputs.iter().map(|&input| (places.of(input), false)).collect()),
            };
            // A handle that nothing fetches has nothing to do: to depend on a variable is not to read it (U27).
            let is_read = || signature.fetches.contains(&(index, Some(0))) && !signature.feeds.contains(&(index, 0));
            if matches!(op, Op::Variable(_)) && !is_read() {
                continue;
            }
            for variable in op.variable().into_iter().chain(op.further_variables().iter().copied()) {
                if !std::mem::replace(&mut touched[variable as usize], true) {
                    variables.push(variable);
                }
            }
            steps.push(Step {
                node: index,
                op,
                name: node.name.clone(),
                inputs,
                output,
                specs: node.outputs.clone(),
                ruled: node.inputs.iter().all(|&(from, output)| {
                    state.nodes[from as usize].outputs[output as usize].shape.is_fully_defined()
                }),
                device: placed.device(index),
                at: node.at,
                around: node.around().clone(),
            });
        }
        let fetches: Vec<Option<usize>> = signature
            .fetches
            .iter()
            .map(|&(node, output)| output.and_then(|output| places.get((node, output), state)))
            .collect();
        let asked: Vec<u32> = asked(signature).collect();
        let demand = if placed.on_several() {
            let crossing = Crossing::new(state, &placed, next, &signature.feeds, &feeds);
            let demand;
            (steps, next, demand) = crossing.arrange(steps, &asked);
            demand
        } else {
            demand(state, &asked, &steps, before)
        };
        let spec = |&(node, output): &(u32, u16)| state.nodes[node as usize].outputs.get(output as usize).copied();
        let feed_specs = signature.feeds.iter().map(spec).collect();
        let (constants, uses, idle) = (Vec::new(), Vec::new(), Idle::of(care != Care::Once));
        // Steps that may be left out, and those that wait for another device, are named by their numbers.
        let may_improve = care == Care::Improved && demand.is_none() && !placed.on_several();
        let may_fork = may_improve && !changes_variables(&steps);
        let mut plan = Plan {
            steps,
            places: next,
            feeds,
            feed_specs,
            constants,
            fetches,
            variables,
            demand,
            uses,
            may_fork,
            idle,
        };
        if may_improve {
            improve(&mut plan);
        }
        plan.mark_last_uses(care == Care::ByItself);
        Ok(plan)
    }

    /// Marks where a value is used for the last time, so that its memory is freed, or written to, there. Where each op is to be seen
    /// `by_itself`, values that nobody reads are kept, too.
    fn mark_last_uses(&mut self, by_itself: bool) {
        let mut kept = vec![false; self.places];
        let lasting = self.constants.iter().map(|constant| constant.0);
        for place in self.fetches.iter().flatten().copied().chain(lasting) {
            kept[place] = true;
        }
        for step in self.steps.iter_mut().rev() {
            for input in step.inputs.iter_mut().rev() {
                input.1 = !std::mem::replace(&mut kept[input.0], true);
            }
        }
        self.uses = kept.iter().map(|&kept| if kept || by_itself { Use::Some } else { Use::None }).collect();
        for (place, _) in &self.constants {
            self.uses[*place] = Use::Lasting;
        }
        for &place in &self.feeds {
            self.uses[place] = Use::Some;
        }
    }
}

/// Where the values of nodes lie: what is fed comes first.
struct Places<'f> {
    fed: &'f [(u32, u16)],
    /// The place of each planned node's first output; the others follow.
    first: Vec<Option<u32>>,
}

impl Places<'_> {
    /// The place of an output of a node; a fed one has that of the fed value.
    fn get(&self, (node, output): (u32, u16), state: &State) -> Option<usize> {
        let exists = (output as usize) < state.nodes[node as usize].outputs.len();
        let fed = self.fed.iter().position(|&fed| fed == (node, output));
        fed.or_else(|| Some(self.first[node as usize].filter(|_| exists)? as usize + output as usize))
    }

    /// The place of an input of a planned node.
    fn of(&self, input: (u32, u16)) -> usize {
        let fed = self.fed.iter().position(|&fed| fed == input);
        fed.unwrap_or_else(|| {
            self.first[input.0 as usize].expect("what a node reads comes before it") as usize + input.1 as usize
        })
    }
}

/// The nodes that must be computed.
fn needed(state: &State, signature: &Signature, before: impl Fn(u32, &mut Vec<u32>)) -> Vec<bool> {
    let mut needed = vec![false; state.nodes.len()];
    let mut open: Vec<u32> = asked(signature).collect();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut needed[node as usize], true) {
            before(node, &mut open);
        }
    }
    needed
}

/// The nodes that are asked for, but for those whose value is given.
fn asked(signature: &Signature) -> impl Iterator<Item = u32> {
    let given = |node, output: Option<u16>| output.is_some_and(|output| signature.feeds.contains(&(node, output)));
    signature.fetches.iter().filter(move |&&(node, output)| !given(node, output)).map(|fetch| fetch.0)
}

/// Appends the nodes that a node waits for.
fn before(state: &State, signature: &Signature, fed: &FedVariables, node: u32, nodes: &mut Vec<u32>) {
    let node = &state.nodes[node as usize];
    let replaced = matches!(&node.op, Op::InitializedValue(op) if fed.feed_of(op.variable).is_some());
    let inputs = node.inputs.iter().filter(|input| !replaced && !signature.feeds.contains(input)).map(|input| input.0);
    // What is fed has nothing left to do, so there is nothing to wait for.
    let is_fed = |node: u32| {
        let outputs = state.nodes[node as usize].outputs.len() as u16;
        outputs > 0 && (0..outputs).all(|output| signature.feeds.contains(&(node, output)))
    };
    nodes.extend(inputs.chain(node.control().iter().copied().filter(|&control| !is_fed(control))));
}

/// What each step needs, if any step may do without its input.
fn demand(state: &State, asked: &[u32], steps: &[Step], before: impl Fn(u32, &mut Vec<u32>)) -> Option<Demand> {
    if !steps.iter().any(|step| matches!(step.op, Op::InitializedValue(_))) {
        return None;
    }
    let step_of: HashMap<u32, usize> = steps.iter().enumerate().map(|(index, step)| (step.node, index)).collect();
    let step = |node: u32| step_of.get(&node).copied();
    let needs = |of: &Step| {
        let initial = match &of.op {
            Op::InitializedValue(op) => {
                state.nodes[of.node as usize].inputs.first().map(|input| (input.0, op.variable))
            }
            _ => None,
        };
        let in_place_of = |node: u32| initial.filter(|&(initial, _)| initial == node).map(|(_, variable)| variable);
        let mut nodes = Vec::new();
        before(of.node, &mut nodes);
        nodes.into_iter().filter_map(|node| Some((step(node)?, in_place_of(node)))).collect()
    };
    Some(Demand { asked: asked.iter().copied().filter_map(step).collect(), needs: steps.iter().map(needs).collect() })
}

/// The variables that a run is given values for (U22).
struct FedVariables(Vec<(u32, usize)>);

impl FedVariables {
    fn of(state: &State, signature: &Signature) -> FedVariables {
        let variable = |node: u32| match &state.nodes[node as usize].op {
            Op::Variable(op) => Some(op.variable),
            _ => None,
        };
        let feeds = signature.feeds.iter().enumerate();
        FedVariables(feeds.filter_map(|(feed, &(node, _))| Some((variable(node)?, feed))).collect())
    }

    fn feed_of(&self, variable: u32) -> Option<usize> {
        self.0.iter().find(|(fed, _)| *fed == variable).map(|&(_, feed)| feed)
    }

    /// The feed that a node reads in place of its variable.
    fn read_by(&self, state: &State, node: u32) -> Result<Option<usize>> {
        let node = &state.nodes[node as usize];
        let Some(variable) = node.op.variable() else { return Ok(None) };
        let Some(feed) = self.feed_of(variable) else { return Ok(None) };
        match node.op {
            Op::ReadVariable(_) | Op::InitializedValue(_) => Ok(Some(feed)),
            Op::Variable(_) | Op::IsInitialized(_) => Ok(None),
            _ => {
                let name = &state.variables[variable as usize].name;
                let text = format!(
                    "variable `{name}` is given a value for this run, which also changes it\n  help: leave the feed out, or change the variable in a run of its own"
                );
                let error = Error::new(Status::InvalidArgument, "E-FEED-CHANGED", text).of_variable(name);
                Err(node.locate(error))
            }
        }
    }
}

impl Step {
    /// An error that happened here.
    pub(crate) fn locate(&self, error: Error) -> Error {
        error.at_node(&self.name).at(self.at).in_scope(&self.around.scope)
    }
}
