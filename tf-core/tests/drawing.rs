//! Pictures of graphs: what is drawn, that boxes hold what is in them, and that large graphs stay readable.

use std::collections::HashMap;
use tf_core::{
    Graph, Tensor, VariableOptions, control_dependencies, get_variable, matmul, name_scope, placeholder, scope,
    variable_scope,
};

fn dense(x: Tensor<f32>) -> Tensor<f32> {
    matmul(x, get_variable("weights", [4, 4], VariableOptions::new())) + 0.5
}

/// Two passes through one layer, and an update that comes before what is fetched.
fn shared() -> Graph {
    let graph = Graph::new();
    graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [2, 4]);
            let y = variable_scope("outer", |_| {
                let y = variable_scope("dense", |_| dense(x));
                variable_scope(scope("dense").reuse(true), |_| dense(y))
            });
            let count = get_variable::<f32, _, _>("count", [], VariableOptions::new().trainable(false));
            let counted = count.assign_add(1.0);
            control_dependencies([counted], || tf_core::identity(y))
        })
        .unwrap();
    graph
}

/// The rectangles of an SVG, each by what its title says first.
fn rectangles(svg: &str) -> HashMap<String, [f64; 4]> {
    let titled =
        svg.lines().filter_map(|line| line.strip_prefix("<g><title>").zip(line.find("<rect").map(|at| &line[at..])));
    let attribute = |rectangle: &str, name: &str| -> f64 {
        let from = rectangle.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        rectangle[from..].split('"').next().unwrap().parse().unwrap()
    };
    titled
        .map(|(title, rectangle)| {
            let name = title.split(['\n', '<']).next().unwrap().to_owned();
            (name, ["x", "y", "width", "height"].map(|side| attribute(rectangle, side)))
        })
        .collect()
}

fn holds(outer: [f64; 4], inner: [f64; 4]) -> bool {
    outer[0] <= inner[0]
        && outer[1] <= inner[1]
        && outer[0] + outer[2] >= inner[0] + inner[2]
        && outer[1] + outer[3] >= inner[1] + inner[3]
}

fn apart(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1]
}

#[test]
fn scopes_are_boxes_that_hold_what_is_in_them() {
    let svg = shared().drawing().to_svg();
    let found = rectangles(&svg);
    let outer = found["scope outer"];
    assert!(holds(outer, found["scope outer/dense"]) && holds(outer, found["scope outer/dense_1"]), "{found:?}");
    assert!(apart(found["scope outer/dense"], found["scope outer/dense_1"]));
}

#[test]
fn each_kind_has_its_shape_and_initial_values_are_left_out() {
    let graph = shared();
    let svg = graph.drawing().title("a <graph> & more").to_svg();
    for part in [
        ">weights<",
        ">f32[4, 4]<",
        ">x<",
        ">MatMul<",
        ">output<",
        "changes a variable",
        "a &lt;graph&gt; &amp; more",
        "edge order",
    ] {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    assert!(!svg.contains("Initializer") && !svg.contains("ReadVariableOp") && !svg.contains("Assign<"));
    assert!(graph.drawing().initial_values(true).to_svg().contains("Initializer"));
    assert_eq!(svg.matches(">weights<").count(), 1, "a shared variable is drawn once");
}

#[test]
fn dot_has_a_cluster_for_each_scope_and_an_edge_for_each_use() {
    let dot = shared().drawing().to_dot();
    assert!(dot.starts_with("digraph") && dot.ends_with("}\n"));
    assert_eq!(dot.matches("subgraph cluster_").count(), 3);
    assert_eq!((dot.matches('{').count(), dot.matches('}').count()), (4, 4));
    let weights = dot.lines().find(|line| line.contains("label=\"weights")).unwrap().trim();
    let name = weights.split(' ').next().unwrap();
    assert!(weights.contains("shape=cylinder"));
    assert_eq!(dot.matches(&format!("  {name} -> ")).count(), 2, "both passes use the one variable");
    assert_eq!(dot.matches("style=dashed]").count(), 1);
}

#[test]
fn deep_scopes_of_a_large_graph_are_closed() {
    let graph = Graph::new();
    graph
        .build(|| {
            let mut y = placeholder::<f32, _>("x", [2, 4]);
            for block in 0..12 {
                y = variable_scope(format!("block{block}"), |_| {
                    let y = variable_scope("first", |_| dense(y));
                    variable_scope("second", |_| dense(y))
                });
            }
            y
        })
        .unwrap();
    let picture = graph.drawing().to_svg();
    assert!(
        picture.contains("scope, closed") && picture.contains(">3 ops, 1 variable<") && !picture.contains(">weights<")
    );
    let closed = graph.drawing().depth(0).to_svg();
    assert!(closed.contains(">6 ops, 2 variables<") && !closed.contains(">first<"));
    let open = graph.drawing().depth(9).to_svg();
    assert_eq!(open.matches(">weights<").count(), 24);
}

#[test]
fn scopes_that_feed_each_other_can_be_drawn() {
    let graph = Graph::new();
    graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [2]);
            let a = name_scope("a", || x + 1.0);
            let b = name_scope("b", || a + 1.0);
            name_scope("a/", || b + 1.0)
        })
        .unwrap();
    let svg = graph.drawing().to_svg();
    assert_eq!((svg.matches(">a<").count(), svg.matches(">b<").count()), (1, 1));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn an_empty_graph_is_an_empty_picture() {
    let svg = Graph::new().drawing().to_svg();
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
    assert!(Graph::new().drawing().to_dot().starts_with("digraph"));
}
