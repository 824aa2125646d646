//! A graph as the message that TensorBoard draws: its ops by name, so that scopes become boxes.

use super::messages::{GraphDef, NodeDef};
use crate::graph::Graph;
use prost::Message;

/// The encoded `GraphDef`.
pub(super) fn graph_def(graph: &Graph) -> Vec<u8> {
    let state = graph.state();
    let name = |node: u32| &state.nodes[node as usize].name;
    let nodes = state.nodes.iter().filter(|node| !node.is_discarded()).map(|node| {
        let data = node.inputs.iter().map(|&(from, output)| match output {
            0 => name(from).to_string(),
            output => format!("{}:{output}", name(from)),
        });
        let control = node.control().iter().map(|&from| format!("^{}", name(from)));
        let inputs = data.chain(control).collect();
        NodeDef { name: node.name.to_string(), op: node.op.type_name().to_owned(), inputs }
    });
    GraphDef { nodes: nodes.collect() }.encode_to_vec()
}
