//! Where variables are created and shared, as both worlds list it.

use tf::prelude::*;
use tf::{CallSite, SharingReport};

#[variable_scope]
fn dense(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [x.dim(1), 2]); // DENSE
    tf::matmul(x, w)
}

#[variable_scope("block")] // ATTRIBUTE
fn block(x: Tensor<f32>, times: usize) -> Tensor<f32> {
    let mut y = x;
    for _ in 0..times {
        y = variable_scope!("dense", reuse = AUTO_REUSE, { dense(y) }); // BLOCK
    }
    y
}

model! {
    Shared(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("model") as scope { // MODEL
            let y = block(x, 1); // FIRST
            scope.reuse_variables();
            let y = block(y, 3); // SECOND
            variable_scope!("other", reuse = AUTO_REUSE, { dense(y) }) // OTHER
        }
    }
}

/// The line of this file that a comment marks.
fn line(mark: &str) -> u32 {
    let mark = format!("// {mark}");
    include_str!("call_sites.rs").lines().position(|line| line.ends_with(&mark)).unwrap() as u32 + 1
}

fn lines(site: &CallSite) -> (u32, Vec<u32>, usize) {
    assert!(site.at.file().ends_with("call_sites.rs"));
    (site.at.line(), site.within.iter().map(|at| at.line()).collect(), site.times)
}

#[test]
fn the_constant_lists_the_calls_of_layers() {
    let [w, other] = Shared::VARIABLES else { panic!("two variables") };
    assert_eq!((w.calls, other.calls), (4, 1));
    let (dense, block) = (line("DENSE"), line("BLOCK"));
    let sites: Vec<_> = w.sites().iter().map(lines).collect();
    assert_eq!(sites, [(dense, vec![line("FIRST"), block], 1), (dense, vec![line("SECOND"), block], 3)]);
    assert_eq!(other.sites().iter().map(lines).collect::<Vec<_>>(), [(dense, vec![line("OTHER")], 1)]);
}

#[test]
fn the_graph_lists_the_same_places() {
    let model = agree!(Shared);
    assert_eq!(model.instance().graph().summary().sharing(), SharingReport::from(Shared::VARIABLES));
}

/// A part of a graph that is no layer, with a scope of its own.
fn part(x: Tensor<f32>) -> Tensor<f32> {
    tf::variable_scope(tf::scope("part").reuse(AUTO_REUSE), |_| dense(x)) // PART
}

#[variable_scope(dynamic)]
fn parts(x: Tensor<f32>) -> Tensor<f32> {
    let y = part(x);
    variable_scope!("again", { part(y) }) // AGAIN
}

#[test]
fn two_calls_of_a_layer_in_one_scope_are_two_places_of_a_graph_too() {
    let graph = tf::Graph::new();
    let build = |x: Tensor<f32>| {
        tf::variable_scope(tf::scope("s").reuse(AUTO_REUSE), |_| {
            // SCOPE
            let y = dense(x); // ONCE
            dense(y) // TWICE
        })
    };
    let _ = graph.build(|| build(tf::constant([[1.0, 2.0]]))).unwrap();
    let [w] = &graph.variables()[..] else { panic!("one variable") };
    let opened = line("SCOPE") - 1;
    let sites: Vec<_> = w.sites.iter().map(lines).collect();
    assert_eq!(
        sites,
        [(line("DENSE"), vec![opened, line("ONCE")], 1), (line("DENSE"), vec![opened, line("TWICE")], 1)]
    );
}

#[test]
fn what_is_no_layer_leads_on_by_its_scopes() {
    let graph = tf::Graph::new();
    let here = line("HERE");
    let _ = graph.build(|| parts(tf::constant([[1.0, 2.0]]))).unwrap(); // HERE
    let ways: Vec<_> = graph.variables().iter().map(|v| lines(&v.sites[0]).1).collect();
    let part = line("PART");
    assert_eq!(ways, [vec![here, part, part], vec![here, line("AGAIN"), part, part]]);
}

#[test]
fn both_reports_are_printed() {
    let report = SharingReport::from(Shared::VARIABLES).to_string();
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(lines[0], "model/block/dense/w: f32[2, 2], 4 calls");
    assert!(
        lines[1].starts_with("  created at tests/works/call_sites.rs:8:13, reached from tests/works/call_sites.rs:"),
        "{report}"
    );
    assert!(lines[2].starts_with("  shared at ") && lines[2].ends_with(" (3 times)"), "{report}");
    let model = Shared::init(1).unwrap();
    let summary = model.summary();
    let table = format!("{summary:#}");
    for part in ["Shared", "call sites", "model/block/dense/w", "total", "created at ", "4 calls"] {
        assert!(table.contains(part), "{part} in {table}");
    }
    assert_eq!(
        summary.sharing(),
        SharingReport::from(Shared::VARIABLES),
        "the model's own table knows what rustc found"
    );
}
