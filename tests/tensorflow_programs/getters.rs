//! Custom getters: what is asked for on the way to a variable.

use crate::{names, op_name, started, unread};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tf::{
    AnyVariable, Getter, Graph, Result, Variable, VariableAsked, VariableOptions, get_variable, make_template, scope,
    variable_scope,
};

fn vector(name: &str) -> Variable<f32> {
    get_variable(name, [3], VariableOptions::new())
}

/// A getter that counts and asks for the same.
fn counting(count: &Arc<AtomicUsize>) -> impl Fn(&Getter, VariableAsked) -> AnyVariable + Send + Sync + use<> {
    let count = count.clone();
    move |getter, asked| {
        count.fetch_add(1, Ordering::Relaxed);
        getter.get(asked)
    }
}

/// Asks for two variables in the place of one, and hands out the second.
fn doubling(part: &'static str) -> impl Fn(&Getter, VariableAsked) -> AnyVariable + Send + Sync {
    move |getter, asked| {
        let part = |n: u8| asked.clone().with_name(format!("{}/{part}_{n}", asked.name()));
        let _first = getter.get(part(0));
        getter.get(part(1))
    }
}

/// A getter is called at each creation and reuse in its scope, and changes nothing by being there (C49, D5).
#[test]
fn a_getter_that_asks_for_the_same_changes_nothing() -> Result<()> {
    let count: Arc<AtomicUsize> = Arc::default();
    let graph = Graph::new();
    graph.build(|| {
        let (v, first) = variable_scope(scope("scope").custom_getter(counting(&count)), |first| (vector("v"), first));
        let v2 = variable_scope(scope(first).reuse(true), |_| vector("v"));
        let (v3, second) = variable_scope("new_scope", |second| (vector("v3"), second));
        let v4 = variable_scope(scope(second).reuse(true).custom_getter(counting(&count)), |_| vector("v3"));
        assert_eq!((op_name(v), op_name(v3)), (op_name(v2), op_name(v4)));
    })?;
    assert_eq!(count.load(Ordering::Relaxed), 3);
    assert_eq!(names(&graph), ["scope/v", "new_scope/v3"]);
    Ok(())
}

/// Getters of scopes inside each other go on to each other, the innermost first (C50, D5).
#[test]
fn getters_inside_each_other_multiply() -> Result<()> {
    let graph = Graph::new();
    let v = graph.build(|| {
        variable_scope(scope("prod_scope").custom_getter(doubling("prod")), |_| {
            variable_scope(scope("sum_scope").custom_getter(doubling("sum")), |_| {
                variable_scope(scope("inner").custom_getter(doubling("sum")), |_| vector("v"))
            })
        })
    })?;
    let parts = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)];
    let path = |(a, b, c)| format!("prod_scope/sum_scope/inner/v/sum_{a}/sum_{b}/prod_{c}");
    assert_eq!(names(&graph), parts.map(path));
    assert_eq!(started(&graph)?.run(v)?.len(), 3);
    Ok(())
}

/// A template that is first called in a scope with a getter asks it at every call (D5, T11).
#[test]
fn a_template_keeps_the_getter_of_its_first_call() -> Result<()> {
    let count: Arc<AtomicUsize> = Arc::default();
    Graph::new().build(|| {
        let template = make_template("s1", || vector("dummy"));
        let asked = || count.load(Ordering::Relaxed);
        assert_eq!(asked(), 0);
        variable_scope(scope("around").custom_getter(counting(&count)), |_| unread(template.call(())));
        assert_eq!(asked(), 1);
        assert_eq!(template.call(()).name(), "around/s1/dummy");
        assert_eq!(asked(), 2);
    })
}
