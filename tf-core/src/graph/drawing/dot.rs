//! The picture in Graphviz's language.

use super::outline::{Item, Kind, Outline};
use std::fmt::Write as _;

/// The whole file.
pub(super) fn text(title: &str, outline: &Outline) -> String {
    let mut out =
        String::from("digraph graph_of_ops {\n  rankdir=TB;\n  node [fontname=\"sans-serif\", fontsize=11];\n");
    if !title.is_empty() {
        // Writing to a `String` does not fail.
        let _ = writeln!(out, "  label={};\n  labelloc=t;", quoted(title));
    }
    inside(&mut out, outline, None, 1);
    for edge in &outline.edges {
        let style = if edge.control { " [style=dashed]" } else { "" };
        let _ = writeln!(out, "  n{} -> n{}{style};", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

fn inside(out: &mut String, outline: &Outline, parent: Option<usize>, depth: usize) {
    let indent = "  ".repeat(depth);
    for index in outline.children(parent) {
        let item = &outline.items[index];
        if item.kind == Kind::Box {
            let _ = writeln!(out, "{indent}subgraph cluster_{index} {{\n{indent}  label={};", quoted(&item.label));
            inside(out, outline, Some(index), depth + 1);
            let _ = writeln!(out, "{indent}}}");
        } else {
            let lines = [item.label.as_str(), item.detail.as_str()];
            let label = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            let tooltip = quoted(&item.hint);
            let _ = writeln!(out, "{indent}n{index} [label={}, tooltip={tooltip}, {}];", quoted(&label), look(item));
        }
    }
}

fn look(item: &Item) -> &'static str {
    match item.kind {
        Kind::Box | Kind::Op => "shape=box, style=rounded",
        Kind::Closed => "shape=box3d",
        Kind::Placeholder => "shape=parallelogram",
        Kind::Variable => "shape=cylinder",
        Kind::Constant => "shape=plaintext",
        Kind::Output => "shape=ellipse",
        Kind::Update => "shape=box, style=\"rounded,bold\"",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
