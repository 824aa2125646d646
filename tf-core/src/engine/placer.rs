//! From the devices that nodes are wanted on to those that a session has (V8, V9).

use super::devices::Devices;
use crate::{
    error::{Error, Result, Status},
    graph::{State, node::Node},
    ops::Op,
    placement::DeviceSpec,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where the nodes that were asked for go.
pub(crate) struct Placed {
    devices: Vec<u16>,
    several: bool,
}

impl Placed {
    /// The device of a node that was asked for, of a variable that it touches, or of one that it is placed beside.
    pub(crate) fn device(&self, node: u32) -> u16 {
        self.devices[node as usize]
    }

    /// Whether they go to more than one device.
    pub(crate) fn on_several(&self) -> bool {
        self.several
    }
}

/// Places these nodes. Nodes that are tied together, by a scope or by the variable that they touch, go to one device, which is the
/// first that fits what all of them ask for; a read that asks for a device of its own is handed there.
pub(crate) fn place(
    state: &State,
    nodes: impl Iterator<Item = u32> + Clone,
    devices: &Devices,
    soft: bool,
) -> Result<Placed> {
    if state.nodes.iter().all(|node| node.device().is_empty()) {
        return Ok(Placed { devices: vec![0; state.nodes.len()], several: false });
    }
    let mut ties = Ties((0..state.nodes.len() as u32).collect());
    for node in nodes.clone() {
        for other in tied(state, node) {
            ties.join(node, other);
        }
    }
    // What each group asks for, with a node that asks for it.
    let mut wanted: BTreeMap<u32, (DeviceSpec, u32)> = BTreeMap::new();
    let mut placed = vec![0; state.nodes.len()];
    let variable = |node: u32| home(state, &state.nodes[node as usize]);
    let all = nodes.flat_map(|node| tied(state, node).chain(variable(node)).chain([node]));
    for node in all.clone() {
        let device = &**state.nodes[node as usize].device();
        if device.is_empty() {
            continue;
        }
        let group = wanted.entry(ties.root(node)).or_insert_with(|| (DeviceSpec::new(), node));
        if group.0.agrees_with(device) {
            group.0 = group.0.merge(device);
        } else if !soft {
            return Err(apart(&state.nodes[group.1 as usize], &state.nodes[node as usize]));
        }
    }
    if wanted.is_empty() {
        return Ok(Placed { devices: placed, several: false });
    }
    let mut found: BTreeMap<u32, u16> = BTreeMap::new();
    for (&group, (device, node)) in &wanted {
        let fitting = devices.find(device).or_else(|| devices.instead_of(device).filter(|_| soft));
        let fitting = fitting.ok_or_else(|| missing(&state.nodes[*node as usize], device, devices))?;
        found.insert(group, fitting);
    }
    // Nodes of which nothing is asked go to the first device.
    let mut used = BTreeSet::new();
    for node in all {
        let device = found.get(&ties.root(node)).copied().unwrap_or(0);
        placed[node as usize] = device;
        used.insert(device);
    }
    Ok(Placed { devices: placed, several: used.len() > 1 })
}

/// The nodes that a node has to share a device with.
fn tied(state: &State, node: u32) -> impl Iterator<Item = u32> + Clone {
    let found = &state.nodes[node as usize];
    let variable = match found.op {
        // Such a read is carried out at the variable, and its value handed on.
        Op::ReadVariable(_) if !found.device().is_empty() => None,
        _ => home(state, found),
    };
    let further = found.op.further_variables().iter().map(|&variable| state.variables[variable as usize].handle);
    found.colocated.iter().copied().chain(variable).chain(further)
}

/// The handle of the variable that a node touches.
pub(crate) fn home(state: &State, node: &Node) -> Option<u32> {
    node.op.variable().map(|variable| state.variables[variable as usize].handle)
}

/// Groups of nodes: each node leads to another of its group, the first of which leads to itself.
struct Ties(Vec<u32>);

impl Ties {
    fn root(&mut self, mut node: u32) -> u32 {
        while self.0[node as usize] != node {
            let next = self.0[node as usize];
            self.0[node as usize] = self.0[next as usize];
            node = next;
        }
        node
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// What a node is, in the user's words.
fn named(node: &Node) -> String {
    match node.op {
        Op::Variable(_) => format!("variable `{}`", node.name),
        _ => format!("op `{}` ({})", node.name, node.op.type_name()),
    }
}

fn missing(node: &Node, wanted: &DeviceSpec, devices: &Devices) -> Error {
    let help = match devices.instead_of(wanted) {
        Some(_) if wanted.parts().device_type.is_some_and(|kind| kind != "CPU") => {
            "ask for one of these, or let the session choose another: `Model::init_with(seed, SessionOptions::new().soft_placement(true))`"
                .to_owned()
        }
        Some(_) => format!(
            "ask for one of these, have more CPUs with `SessionOptions::new().cpu_devices({})`, or let the session choose another with `.soft_placement(true)`",
            wanted.parts().index.unwrap_or(1).saturating_add(1)
        ),
        None => {
            "a session in this process has the one job `localhost`: leave `job`, `replica` and `task` out to run here"
                .to_owned()
        }
    };
    let text = format!(
        "{} is wanted on `{wanted}`, and the session has no such device\n  the devices there are: {}\n  help: {help}",
        named(node),
        devices.list()
    );
    node.locate(Error::new(Status::InvalidArgument, "E-DEVICE-MISSING", text))
}

fn apart(one: &Node, other: &Node) -> Error {
    let text = format!(
        "{} is wanted on `{}`, and is placed beside what is wanted on `{}`\n  the other is {}, made at {}\n  help: ask for one device for both, or place them apart; `SessionOptions::new().soft_placement(true)` takes the first",
        named(other),
        other.device(),
        one.device(),
        named(one),
        one.at
    );
    other.locate(Error::new(Status::InvalidArgument, "E-DEVICE-COLOCATION", text))
}
