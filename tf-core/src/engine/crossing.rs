//! Plans for several devices: values that cross get a step of their own, and the steps of a device stand together.

use super::{
    demand::Demand,
    placer::{Placed, home},
    plan::Step,
};
use crate::{
    graph::State,
    ops::{Op, Transfer},
};
use std::collections::{HashMap, VecDeque};

/// The steps of a plan on their devices, with a transfer wherever a value is used on another device than it lies on.
pub(crate) struct Crossing<'s> {
    state: &'s State,
    placed: &'s Placed,
    steps: Vec<Step>,
    /// The steps that have to be taken before each, as a [`Demand`] has them.
    before: Vec<Vec<Need>>,
    values: HashMap<usize, Lying>,
    /// Where a value lies once it has crossed to a device.
    crossed: HashMap<(usize, u16), usize>,
    /// The step that ends each node.
    ends: HashMap<u32, usize>,
    places: usize,
}

/// A step, and the variable in whose place its value stands, if it is needed only where that has no value.
type Need = (usize, Option<u32>);

/// The value of a place.
#[derive(Clone, Copy)]
struct Lying {
    device: u16,
    /// The step that puts it there; none for a fed value.
    step: Option<usize>,
    node: u32,
    output: u16,
}

impl<'s> Crossing<'s> {
    /// For a plan with so many places, in these of which values are fed. A fed value lies where its node is placed.
    pub(crate) fn new(state: &'s State, placed: &'s Placed, places: usize, fed: &[(u32, u16)], at: &[usize]) -> Self {
        let lying = |&(node, output)| Lying { device: placed.device(node), step: None, node, output };
        Crossing {
            state,
            placed,
            steps: Vec::new(),
            before: Vec::new(),
            values: at.iter().copied().zip(fed.iter().map(lying)).collect(),
            crossed: HashMap::new(),
            ends: HashMap::new(),
            places,
        }
    }

    /// Takes the steps in an order in which they can be taken, and yields one where those of a device stand together; beside it the
    /// number of places, and what may be left out if only these nodes are asked for.
    pub(crate) fn arrange(mut self, steps: Vec<Step>, asked: &[u32]) -> (Vec<Step>, usize, Option<Demand>) {
        let some_left_out = steps.iter().any(|step| matches!(step.op, Op::InitializedValue(_)));
        for step in steps {
            self.add(step);
        }
        let order = together(&self.steps, &self.before);
        let demand = some_left_out.then(|| {
            let mut now = vec![0; order.len()];
            for (at, &index) in order.iter().enumerate() {
                now[index] = at;
            }
            let needs =
                |&index: &usize| self.before[index].iter().map(|&(step, instead)| (now[step], instead)).collect();
            let asked = asked.iter().filter_map(|node| self.ends.get(node)).map(|&step| now[step]).collect();
            Demand { asked, needs: order.iter().map(needs).collect() }
        });
        let mut steps: Vec<Option<Step>> = self.steps.into_iter().map(Some).collect();
        let steps = order.iter().map(|&index| steps[index].take().expect("each step is taken once")).collect();
        (steps, self.places, demand)
    }

    fn add(&mut self, mut step: Step) {
        let (state, id, output) = (self.state, step.node, step.output);
        let node = &state.nodes[id as usize];
        let wanted = self.placed.device(id);
        // What touches a variable does so where the variable lives, so that all of that is done in one order.
        step.device = home(state, node).map_or(wanted, |handle| self.placed.device(handle));
        let waits = node.control().iter().filter_map(|node| self.ends.get(node));
        let mut before: Vec<Need> = waits.map(|&step| (step, None)).collect();
        let instead = match &step.op {
            Op::InitializedValue(op) => Some(op.variable),
            _ => None,
        };
        for index in 0..step.inputs.len() {
            let place = self.bring(step.inputs[index].0, step.device);
            step.inputs[index].0 = place;
            before.extend(self.values[&place].step.map(|step| (step, instead)));
        }
        let here = Lying { device: step.device, step: Some(self.steps.len()), node: id, output: 0 };
        let mut end = self.steps.len();
        if here.device != wanted && !step.specs.is_empty() {
            // The value of a read goes on to the device that it was asked for on, to the place where others look for it.
            let read = self.new_place();
            step.output = read;
            self.push(step, before);
            self.values.insert(read, here);
            end = self.transfer(read, output, wanted);
        } else {
            for k in 0..step.specs.len() {
                // A fed output keeps its place, and the fed value lies there.
                self.values.entry(output + k).or_insert(Lying { output: k as u16, ..here });
            }
            self.push(step, before);
        }
        self.ends.insert(id, end);
    }

    /// The place of a value on this device.
    fn bring(&mut self, place: usize, device: u16) -> usize {
        if self.values[&place].device == device {
            return place;
        }
        if let Some(&crossed) = self.crossed.get(&(place, device)) {
            return crossed;
        }
        let crossed = self.new_place();
        self.transfer(place, crossed, device);
        self.crossed.insert((place, device), crossed);
        crossed
    }

    /// Adds the step that hands a value to another device.
    fn transfer(&mut self, from: usize, to: usize, device: u16) -> usize {
        let lying = self.values[&from];
        let node = &self.state.nodes[lying.node as usize];
        let end = self.push(
            Step {
                node: lying.node,
                op: Op::from(Transfer { from: lying.device }),
                name: node.name.clone(),
                inputs: [(from, false)].into(),
                output: to,
                specs: [node.outputs[lying.output as usize]].into(),
                ruled: true,
                device,
                at: node.at,
                around: node.around().clone(),
            },
            lying.step.map(|step| (step, None)).into_iter().collect(),
        );
        self.values.insert(to, Lying { device, step: Some(end), ..lying });
        end
    }

    fn new_place(&mut self) -> usize {
        self.places += 1;
        self.places - 1
    }

    fn push(&mut self, step: Step, before: Vec<Need>) -> usize {
        self.steps.push(step);
        self.before.push(before);
        self.steps.len() - 1
    }
}

/// Another order of the steps: each device takes its own in the order they had, and goes on until it has to wait for another.
fn together(steps: &[Step], before: &[Vec<Need>]) -> Vec<usize> {
    let devices = steps.iter().map(|step| step.device).max().map_or(0, |last| last as usize + 1);
    let mut waiting: Vec<VecDeque<usize>> = vec![VecDeque::new(); devices];
    for (index, step) in steps.iter().enumerate() {
        waiting[step.device as usize].push_back(index);
    }
    let mut taken = vec![false; steps.len()];
    let mut order = Vec::with_capacity(steps.len());
    while order.len() < steps.len() {
        // Of the steps that are left, the first has all that it needs, so each round takes some.
        for waiting in &mut waiting {
            while let Some(&index) = waiting.front()
                && before[index].iter().all(|&(other, _)| taken[other])
            {
                taken[index] = true;
                order.push(index);
                waiting.pop_front();
            }
        }
    }
    order
}
