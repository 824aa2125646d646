//! Functions whose calls share: templates.

use crate::{flat, names_of, op_name, refused, started, unread};
use tf::{
    Graph, Result, Tensor, Variable, VariableOptions, collection, constant, get_variable, get_variable_scope,
    make_template, matmul, reduce_mean, scope,
    train::{GradientDescent, Optimizer},
    truncated_normal_initializer, variable_scope, zeros_initializer,
};

fn zero(name: &str) -> Variable<f32> {
    get_variable(name, [1], VariableOptions::new().initializer(zeros_initializer()))
}

fn dummy() -> Variable<f32> {
    zero("dummy")
}

fn dummy_in(name: &str) -> Variable<f32> {
    variable_scope(name, |_| dummy())
}

/// Makes a variable that is not shared, beside one that is.
fn with_own(trainable: bool) -> Variable<f32> {
    let _ = Variable::<f32>::new("own", [], VariableOptions::new().trainable(trainable));
    dummy()
}

fn with_local() -> Variable<f32> {
    let local = VariableOptions::new().collections([collection::LOCAL_VARIABLES]);
    let _ = get_variable::<f32, _, _>("local", [1], local);
    dummy()
}

/// A line is fitted on one set, and predicts better on another, as the two calls share (T1).
#[test]
fn training_one_call_improves_the_other() -> Result<()> {
    let graph = Graph::new();
    graph.set_random_seed(1234);
    let line = make_template("line", |x: Tensor<f32>| {
        let number = |name: &str| -> Variable<f32> {
            get_variable(name, [], VariableOptions::new().initializer(truncated_normal_initializer()))
        };
        x * number("w") + number("b")
    });
    let (test_loss, step) = graph.build(|| {
        let loss = |x: [f32; 4], y: [f32; 4]| {
            let off = line.call(constant(x)) - constant(y);
            reduce_mean(off * off, tf::ALL)
        };
        let train_loss = loss([1.0, 2.0, 3.0, 4.0], [2.8, 5.1, 7.2, 8.7]);
        let test_loss = loss([5.0, 6.0, 7.0, 8.0], [11.0, 13.0, 15.0, 17.0]);
        (test_loss, GradientDescent::new(0.1).minimize(train_loss))
    })?;
    let session = started(&graph)?;
    let before = session.run(test_loss)?[[]];
    session.run(step)?;
    let after = session.run(test_loss)?[[]];
    assert!(after < before, "{before} before, {after} after");
    Ok(())
}

/// Two templates of a name have a scope each (T1, T2).
#[test]
fn calls_share_and_templates_of_one_name_do_not() -> Result<()> {
    Graph::new().build(|| {
        let (one, other) = (make_template("s1", dummy), make_template("s1", dummy));
        let found = [one.call(()), one.call(()), other.call(())].map(|v| v.name());
        assert_eq!(found, ["s1/dummy", "s1/dummy", "s1_1/dummy"]);
    })
}

/// A template stays in the scope of its first call (T5).
#[test]
fn a_template_ignores_the_scope_of_later_calls() -> Result<()> {
    Graph::new().build(|| {
        let (one, other) = (make_template("s1", dummy), make_template("s1", dummy));
        let first = variable_scope("scope", |_| [one.call(()), other.call(())].map(|v| v.name()));
        assert_eq!(first, ["scope/s1/dummy", "scope/s1_1/dummy"]);
        assert_eq!(variable_scope("scope2", |_| one.call(()).name()), "scope/s1/dummy");
    })
}

/// Unique names are taken as they are: the second is refused, or shares where that is asked for (T7).
#[test]
fn templates_of_one_unique_name_collide_or_share() -> Result<()> {
    let unique = || make_template("any", dummy).unique_name("s1");
    let graph = Graph::new();
    let first = unique();
    graph.build(|| first.call(()).name())?;
    assert_eq!(refused(&graph, || unique().call(())), "E-EXISTS");
    graph.build(|| {
        assert_eq!(first.call(()).name(), "s1/dummy");
        get_variable_scope().reuse_variables();
        let (again, other) = (first.call(()), unique().call(()));
        assert_eq!((op_name(again), op_name(other)), ("s1/dummy".into(), "s1/dummy".into()));
    })
}

/// The function may open scopes of its own; a later call that opens others finds nothing there (T3).
#[test]
fn scopes_inside_a_template_are_shared_too() -> Result<()> {
    let graph = Graph::new();
    let (one, other) = (make_template("s1", dummy_in), make_template("s1", dummy_in));
    graph.build(|| {
        let found = [one.call("test"), one.call("test"), other.call("test")].map(|v| v.name());
        assert_eq!(found, ["s1/test/dummy", "s1/test/dummy", "s1_1/test/dummy"]);
    })?;
    assert_eq!(refused(&graph, || one.call("not_test")), "E-REUSE-MISSING");
    graph.build(|| {
        // An argument that is the same at each call is bound by a closure.
        let bound = make_template("s1", || dummy_in("test"));
        assert_eq!([bound.call(()), bound.call(())].map(|v| v.name()), ["s1_2/test/dummy"; 2]);
    })
}

/// A variable of its own at each call is refused if training changes it, and else let pass (T4).
#[test]
fn later_calls_create_nothing_that_is_trained() -> Result<()> {
    let graph = Graph::new();
    let trained = make_template("s", with_own);
    graph.build(|| unread(trained.call(true)))?;
    assert_eq!(refused(&graph, || trained.call(true)), "E-TEMPLATE-VARIABLE");
    Graph::new().build(|| {
        let fixed = make_template("s", with_own);
        assert_eq!(op_name(fixed.call(false)), op_name(fixed.call(false)));
    })
}

/// The function may itself come back to a scope of its own and share (T1).
#[test]
fn reuse_inside_a_template_is_its_own() -> Result<()> {
    fn nested() -> Variable<f32> {
        let (made, inside) = variable_scope("nested", |inside| (zero("x"), inside));
        let shared = variable_scope(scope(inside).reuse(true), |_| zero("x"));
        assert_eq!(op_name(made), op_name(shared));
        made
    }
    Graph::new().build(|| {
        let (one, other) = (make_template("s1", nested), make_template("s1", nested));
        let found = [one.call(()), one.call(()), other.call(())].map(|v| v.name());
        assert_eq!(found, ["s1/nested/x", "s1/nested/x", "s1_1/nested/x"]);
    })
}

/// Templates made inside a template get the same scopes at each of its calls (T1, S15).
#[test]
fn templates_made_inside_a_template_share_from_call_to_call() -> Result<()> {
    fn nested() -> Variable<f32> {
        let (first, second) = (make_template("nested", dummy), make_template("nested", dummy));
        let (a, b) = (first.call(()), second.call(()));
        assert_ne!(op_name(a), op_name(b));
        b
    }
    Graph::new().build(|| {
        let (one, other) = (make_template("s1", nested), make_template("s1", nested));
        let found = [one.call(()), one.call(()), other.call(())].map(|v| v.name());
        assert_eq!(found, ["s1/nested_1/dummy", "s1/nested_1/dummy", "s1_1/nested_1/dummy"]);
    })
}

/// The scope is that of the making or that of the first call, as it was asked for (T5).
#[test]
fn a_scope_is_created_at_once_or_at_the_first_call() -> Result<()> {
    Graph::new().build(|| {
        let (at_once, later) =
            variable_scope("made", |_| (make_template("a", dummy).create_scope_now(), make_template("b", dummy)));
        let inner = variable_scope("called", |_| [at_once.call(()), later.call(())].map(|v| v.name()));
        let outer = [at_once.call(()), later.call(())].map(|v| v.name());
        assert_eq!(inner, ["made/a/dummy", "called/b/dummy"]);
        assert_eq!(outer, inner);
    })
}

/// A template's scope is known once it is created, under the name it then has (T5, T9).
#[test]
fn a_template_tells_its_scope() -> Result<()> {
    Graph::new().build(|| {
        let made = || make_template("bar", dummy).create_scope_now();
        let (a, b) = variable_scope("foo", |_| (made(), made()));
        let path = |scope: Option<String>| scope.unwrap_or_default();
        assert_eq!(path(a.variable_scope_name()), "foo/bar");
        assert_eq!(path(b.variable_scope_name()), "foo/bar_1");
        let later = variable_scope("foo_2", |_| make_template("blah", dummy));
        assert!(later.variable_scope().is_none());
        let _ = later.call(());
        assert_eq!(path(later.variable_scope_name()), "blah");
    })
}

/// A first call that fails leaves the template as new (T8).
#[test]
fn a_call_that_fails_is_as_none() -> Result<()> {
    for at_once in [true, false] {
        let graph = Graph::new();
        let template = graph.build(|| {
            let template = make_template("f1", |x: Tensor<f32>| matmul(x, x) * zero("w"));
            if at_once { template.create_scope_now() } else { template }
        })?;
        let refused = refused(&graph, || template.call(constant([1.0])));
        assert_eq!(refused, "E-RANK-LEAST", "a vector is no matrix");
        assert!(template.variables().is_empty());
        let y = graph.build(|| template.call(constant([[1.0]])))?;
        assert_eq!(template.variables().len(), 1);
        assert_eq!(flat(&started(&graph)?.run(y)?), [0.0]);
    }
    Ok(())
}

/// The first call's ops are beside the variables, those of others in name scopes of their own (T1, T5).
#[test]
fn names_of_ops_are_numbered_no_more_than_needed() -> Result<()> {
    fn linear(x: Tensor<f32>) -> (Tensor<f32>, Variable<f32>) {
        let made = || VariableOptions::new().initializer(zeros_initializer());
        let w: Variable<f32> = get_variable("w", [x.dim(1), 2], made());
        let b: Variable<f32> = get_variable("b", [2], made());
        (matmul(x, w) + b, w)
    }
    Graph::new().build(|| {
        let x = tf::ones::<f32, _>([3, 4]);
        for (scope, ops) in [("foo", ["foo/add", "foo_1/add"]), ("foo_1", ["foo_1_1/add", "foo_1_2/add"])] {
            let template = make_template("foo", linear).create_scope_now();
            let (calls, w) = (ops.map(|_| template.call(x).0), template.call(x).1);
            assert_eq!(template.variable_scope_name().as_deref(), Some(scope));
            assert_eq!(w.name(), format!("{scope}/w"));
            assert_eq!(calls.map(op_name), ops);
            if scope == "foo" {
                // The third call took `foo_2`, which is in nobody's way.
                assert_eq!(op_name(template.call(x).0), "foo_3/add");
            }
        }
    })
}

/// Its variables are listed by what they are: global, trained, local (T9).
#[test]
fn a_template_lists_its_variables() -> Result<()> {
    Graph::new().build(|| {
        let (a, b, c) = variable_scope("foo", |_| {
            let at_once = make_template("bar", dummy).create_scope_now();
            (at_once, make_template("s", || with_own(false)), make_template("bar", with_local))
        });
        assert!(a.variables().is_empty() && b.global_variables().is_empty() && c.local_variables().is_empty());
        let _ = (a.call(()), b.call(()), c.call(()));
        assert_eq!(names_of(a.global_variables()), ["foo/bar/dummy"]);
        assert_eq!(names_of(a.trainable_variables()), ["foo/bar/dummy"]);
        assert_eq!(names_of(b.global_variables()), ["s/own", "s/dummy"]);
        assert_eq!(names_of(b.trainable_variables()), ["s/dummy"]);
        assert!(a.local_variables().is_empty());
        assert_eq!(names_of(c.local_variables()), ["bar/local"]);
    })
}
