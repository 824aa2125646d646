//! Custom getters (rows C49 to C52 and D5).

use tf_core::{
    AUTO_REUSE, AnyVariable, Getter, Graph, Reuse, Variable, VariableAsked, VariableOptions, constant_initializer,
    get_variable, scope, variable_scope,
};

fn ones(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new().initializer(constant_initializer(1.0)))
}

fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|variable| variable.name).collect()
}

/// Asks for a name with something at its end.
fn suffixed(suffix: &'static str) -> impl Fn(&Getter, VariableAsked) -> AnyVariable + Send + Sync {
    move |getter, asked| {
        let name = format!("{}{suffix}", asked.name());
        getter.get(asked.with_name(name))
    }
}

#[test]
fn c50_d5_the_getter_of_the_inner_scope_comes_first_and_goes_on_to_the_outer_one() {
    let graph = Graph::new();
    graph
        .build(|| {
            let kept = variable_scope(scope("a").custom_getter(suffixed("/outer")), |kept| {
                let _ = ones("v");
                variable_scope(scope("b").custom_getter(suffixed("/inner")), |_| {
                    let _ = ones("v");
                });
                variable_scope("c", |_| {
                    let _ = ones("v");
                });
                kept
            });
            let _ = ones("v");
            variable_scope("a", |_| {
                let _ = ones("plain");
            });
            variable_scope(kept, |_| {
                let _ = ones("again");
            });
        })
        .unwrap();
    assert_eq!(names(&graph), ["a/v/outer", "a/b/v/inner/outer", "a/c/v/outer", "v", "a/plain", "a/again/outer"]);
}

/// Looks at what it is given, and changes what is said of training.
fn frozen(getter: &Getter, asked: VariableAsked) -> AnyVariable {
    assert_eq!(asked.reuse(), Reuse::Auto);
    assert_eq!(asked.spec().to_string(), "f32[2]");
    getter.get(asked.with_trainable(false).with_initializer(constant_initializer(3.0)))
}

#[test]
fn c49_c51_the_getter_of_a_call_takes_the_place_of_the_scopes() {
    let graph = Graph::new();
    let (first, second) = graph
        .build(|| {
            let get = || {
                variable_scope(scope("a").reuse(AUTO_REUSE).custom_getter(suffixed("/outer")), |_| {
                    get_variable::<f32, _, _>("v", [2], VariableOptions::new().custom_getter(frozen))
                })
            };
            (
                get(),
                variable_scope(scope("a").reuse(true), |_| get_variable::<f32, _, _>("v", [2], VariableOptions::new())),
            )
        })
        .unwrap();
    assert_eq!(names(&graph), ["a/v"]);
    assert!(!graph.variables()[0].trainable);
    let session = tf_core::Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let (first, second) = session.run((first, second)).unwrap();
    assert_eq!((first.as_slice().unwrap(), second.as_slice().unwrap()), (&[3.0, 3.0][..], &[3.0, 3.0][..]));
}

#[test]
fn c49_a_getter_may_rename_out_of_its_scope_and_make_other_variables_itself() {
    let graph = Graph::new();
    graph
        .build(|| {
            let elsewhere = |getter: &Getter, asked: VariableAsked| {
                // Not followed by the getter again.
                let _ = ones("beside");
                getter.get(asked.with_name("elsewhere/w"))
            };
            variable_scope(scope("a").custom_getter(elsewhere), |_| {
                let _ = ones("v");
            });
        })
        .unwrap();
    assert_eq!(names(&graph), ["a/beside", "elsewhere/w"]);
}

#[test]
fn a_getter_must_yield_the_type_that_is_asked_for() {
    let graph = Graph::new();
    let error = graph
        .build(|| {
            let other = get_variable::<f64, _, _>("other", [2], VariableOptions::new());
            let getter = move |_: &Getter, _: VariableAsked| AnyVariable::from(other);
            variable_scope(scope("a").custom_getter(getter), |_| {
                let _ = ones("v");
            });
        })
        .unwrap_err();
    assert_eq!(error.code(), "E-GETTER-DTYPE");
}
