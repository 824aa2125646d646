//! Templates against TensorFlow's behaviour (the T rows), and from several threads.

use std::{cell::Cell, thread};
use tf_core::{
    AUTO_REUSE, AnyVariable, Graph, Reuse, Session, Tensor, Variable, VariableOptions, collection, constant,
    get_variable, make_template, name_scope, ones_initializer, scope, variable_scope,
};

fn variable(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new().initializer(ones_initializer()))
}

/// `x * w`, with a variable of the scope that is open.
fn scaled(x: Tensor<f32>) -> Tensor<f32> {
    x * variable("w")
}

fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|v| v.name).collect()
}

fn named(graph: &Graph, variables: &[AnyVariable]) -> Vec<String> {
    variables.iter().map(|&variable| graph.describe(variable).expect("a variable of this graph").name).collect()
}

#[test]
fn t1_the_first_call_creates_and_the_others_share() {
    let graph = Graph::new();
    let template = make_template("sc", scaled);
    let (first, second) = graph.build(|| (template.call(constant(2.0)), template.call(constant(3.0)))).unwrap();
    assert_eq!(names(&graph), ["sc/w"]);
    let op = |x| graph.name_of(x).unwrap();
    assert_eq!((op(first), op(second)), ("sc/mul".into(), "sc_1/mul".into()));
    // A later build shares too.
    let third = graph.build(|| template.call(constant(4.0))).unwrap();
    assert_eq!(names(&graph).len(), 1);
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (first, second, third) = session.run((first, second, third)).unwrap();
    assert_eq!((first[[]], second[[]], third[[]]), (2.0, 3.0, 4.0));
}

#[test]
fn t1_functions_of_any_number_of_arguments_are_called_with_a_tuple_of_them() {
    let graph = Graph::new();
    let none = make_template("none", || variable("w"));
    let two = make_template("two", |x: Tensor<f32>, name: &str| x * variable(name));
    let pair = make_template("pair", |(x, y): (Tensor<f32>, Tensor<f32>)| x * variable("w") + y);
    graph
        .build(|| {
            let _ = (none.call(()), none.call(()));
            let x = two.call((constant(1.0), "a"));
            let x = pair.call((two.call((x, "a")), x));
            pair.call((x, x))
        })
        .unwrap();
    assert_eq!(names(&graph), ["none/w", "two/a", "pair/w"]);
}

#[test]
fn t2_a_second_template_of_the_name_has_a_scope_of_its_own() {
    let graph = Graph::new();
    let (a, b) = (make_template("sc", scaled), make_template("sc", scaled));
    graph.build(|| b.call(b.call(a.call(a.call(constant(1.0)))))).unwrap();
    assert_eq!(names(&graph), ["sc/w", "sc_1/w"]);
}

#[test]
fn t3_a_new_variable_in_a_later_call_is_a_mistake_that_names_the_template() {
    let graph = Graph::new();
    let calls = Cell::new(0);
    let template = make_template("grown", |x: Tensor<f32>| {
        calls.set(calls.get() + 1);
        x * variable(&format!("w{}", calls.get()))
    });
    let line = line!() - 4;
    let refused = graph.build(|| template.call(template.call(constant(1.0)))).unwrap_err();
    assert_eq!((refused.code(), refused.variable()), ("E-REUSE-MISSING", Some("grown/w2")));
    let origin = format!("in template `grown`, made at {}:{line}:", file!());
    assert!(refused.to_string().contains(&origin), "{refused}");
}

#[test]
fn t4_a_later_call_must_not_create_variables_to_be_trained() {
    let graph = Graph::new();
    let template = make_template("grown", |name: &str, trainable: bool| -> Variable<f32> {
        variable_scope(scope("part").reuse(AUTO_REUSE), |_| {
            get_variable(name, [2], VariableOptions::new().trainable(trainable))
        })
    });
    let _ = graph.build(|| template.call(("a", true))).unwrap();
    let refused = graph.build(|| template.call(("b", true))).unwrap_err();
    assert_eq!(refused.code(), "E-TEMPLATE-VARIABLE");
    assert!(refused.to_string().contains("`grown/part/b`"), "{refused}");
    assert!(refused.to_string().contains("in template `grown`, made at"), "{refused}");
    // One that is not trained is let pass, as in TensorFlow, which only logs it.
    let _ = graph.build(|| template.call(("c", false))).unwrap();
    assert_eq!(names(&graph), ["grown/part/a", "grown/part/c"]);
}

#[test]
fn t5_the_scope_is_where_the_template_is_first_called() {
    let graph = Graph::new();
    let template = make_template("i", scaled);
    graph
        .build(|| {
            let x = variable_scope("first", |_| template.call(constant(1.0)));
            variable_scope("second", |_| template.call(x))
        })
        .unwrap();
    assert_eq!(names(&graph), ["first/i/w"]);
}

#[test]
fn t5_or_where_it_is_made_when_its_scope_is_created_at_once() {
    let graph = Graph::new();
    let (first, second) = graph
        .build(|| {
            let template = variable_scope("outer", |_| make_template("i", scaled).create_scope_now());
            assert_eq!(template.variable_scope_name().as_deref(), Some("outer/i"));
            assert!(template.variables().is_empty());
            let call = |x| variable_scope("call", |_| template.call(x));
            let both = name_scope("elsewhere", || (call(constant(1.0)), template.call(constant(2.0))));
            assert_eq!(template.variables().len(), 1);
            both
        })
        .unwrap();
    assert_eq!(names(&graph), ["outer/i/w"]);
    let op = |x| graph.name_of(x).unwrap();
    assert_eq!((op(first), op(second)), ("elsewhere/call/i/mul".into(), "elsewhere/i/mul".into()));
}

#[test]
fn t7_two_templates_of_one_unique_name_collide_unless_the_second_is_called_under_reuse() {
    let made = || make_template("any", scaled).unique_name("one");
    let graph = Graph::new();
    let (a, b) = (made(), made());
    let refused = graph.build(|| b.call(a.call(constant(1.0)))).unwrap_err();
    assert_eq!((refused.code(), refused.variable()), ("E-EXISTS", Some("one/w")));
    let graph = Graph::new();
    let (a, b) = (made(), made());
    graph
        .build(|| {
            variable_scope("s", |_| a.call(constant(1.0)));
            variable_scope(scope("s").reuse(true), |_| b.call(b.call(constant(1.0))))
        })
        .unwrap();
    assert_eq!(names(&graph), ["s/one/w"]);
}

#[test]
fn t8_a_first_call_that_fails_does_not_count() {
    let graph = Graph::new();
    let fails = Cell::new(true);
    let template = make_template("sc", |x: Tensor<f32>| {
        if fails.get() { x * get_variable::<f32, _, _>("", [], VariableOptions::new()) } else { scaled(x) }
    });
    let refused = graph.build(|| template.call(constant(1.0))).unwrap_err();
    assert_eq!(refused.code(), "E-NAME-EMPTY");
    assert!(template.variable_scope().is_none() && template.variables().is_empty());
    fails.set(false);
    graph.build(|| template.call(template.call(constant(1.0)))).unwrap();
    assert_eq!(names(&graph), ["sc/w"]);
}

#[test]
fn t8_nor_does_one_whose_build_fails_later_on() {
    let graph = Graph::new();
    let template = make_template("sc", scaled);
    let refused = graph.build(|| (template.call(constant(1.0)), variable("a"), variable("a"))).unwrap_err();
    assert_eq!(refused.code(), "E-EXISTS");
    assert!(template.variable_scope().is_none());
    graph.build(|| template.call(constant(1.0))).unwrap();
    assert_eq!(names(&graph), ["sc/w"]);
}

#[test]
fn t9_a_template_knows_its_name_its_scope_and_its_variables() {
    let graph = Graph::new();
    let template = make_template("kw", |x: Tensor<f32>| {
        let options = || VariableOptions::new().initializer(ones_initializer());
        let fixed: Variable<f32> = get_variable("fixed", [], options().trainable(false));
        let local: Variable<f32> = get_variable("local", [], options().collections([collection::LOCAL_VARIABLES]));
        scaled(x) * fixed * local
    });
    assert_eq!(template.name(), "kw");
    assert!(template.variable_scope().is_none() && template.variable_scope_name().is_none());
    assert!(template.variables().is_empty() && template.trainable_variables().is_empty());
    graph
        .build(|| {
            let x = variable_scope("m", |_| template.call(constant(1.0)));
            // Another scope whose name begins alike.
            variable_scope("m/kw2", |_| scaled(x))
        })
        .unwrap();
    assert_eq!(template.variable_scope_name().as_deref(), Some("m/kw"));
    let all = ["m/kw/fixed", "m/kw/w", "m/kw/local"];
    assert_eq!(named(&graph, &template.variables()), all);
    assert_eq!(named(&graph, &template.global_variables()), all[..2]);
    assert_eq!(named(&graph, &template.local_variables()), all[2..]);
    assert_eq!(named(&graph, &template.trainable_variables()), ["m/kw/w"]);
    assert_eq!(named(&graph, &template.non_trainable_variables()), ["m/kw/fixed", "m/kw/local"]);
    let reuse = graph.build(|| variable_scope(template.variable_scope().unwrap(), |s| s.reuse())).unwrap();
    assert_eq!(reuse, Reuse::No);
}

#[test]
fn t10_a_first_call_in_a_scope_that_reuses_finds_nothing() {
    let graph = Graph::new();
    let template = make_template("sc", scaled);
    let refused = graph.build(|| variable_scope(scope("s").reuse(true), |_| template.call(constant(1.0)))).unwrap_err();
    assert_eq!((refused.code(), refused.variable()), ("E-REUSE-MISSING", Some("s/sc/w")));
}

#[test]
fn templates_nest_and_each_shares_its_own() {
    let graph = Graph::new();
    let inner = make_template("inner", scaled);
    let outer = make_template("outer", |x: Tensor<f32>| scaled(inner.call(inner.call(x))));
    graph.build(|| outer.call(outer.call(inner.call(constant(1.0))))).unwrap();
    assert_eq!(names(&graph), ["inner/w", "outer/w"]);
    // Called first inside, the inner one has its scope there, and shares it everywhere.
    let graph = Graph::new();
    let inner = make_template("inner", scaled);
    let outer = make_template("outer", |x: Tensor<f32>| scaled(inner.call(x)));
    graph.build(|| inner.call(outer.call(outer.call(constant(1.0))))).unwrap();
    assert_eq!(names(&graph), ["outer/inner/w", "outer/w"]);
}

#[test]
fn a_template_belongs_to_the_graph_of_its_first_call() {
    let template = make_template("sc", scaled);
    Graph::new().build(|| template.call(constant(1.0))).unwrap();
    let refused = Graph::new().build(|| template.call(constant(1.0))).unwrap_err();
    assert_eq!(refused.code(), "E-GRAPH-MIXED");
    assert!(refused.mistake().contains("template `sc`"), "{refused}");
}

#[test]
fn s25_threads_share_a_template() {
    let graph = Graph::new();
    let template = make_template("tower", |x: Tensor<f32>| scaled(x) + variable("b"));
    let outputs: Vec<Tensor<f32>> = thread::scope(|threads| {
        let call = || graph.build(|| template.call(constant(2.0))).unwrap();
        let called: Vec<_> = (0..8).map(|_| threads.spawn(call)).collect();
        called.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(names(&graph), ["tower/w", "tower/b"]);
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert!(session.run(outputs).unwrap().iter().all(|y| y[[]] == 3.0));
}
