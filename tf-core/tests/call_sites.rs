//! Who created a variable and who shares it, in reports and in messages.

use std::panic::Location;
use tf_core::{
    AUTO_REUSE, Error, Graph, Variable, VariableOptions, get_variable, scope, variable_scope, zeros_initializer,
};

#[track_caller]
fn variable(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new())
}

fn part() -> Variable<f32> {
    variable("w")
}

fn here(line_before: &Location<'_>) -> u32 {
    line_before.line() + 1
}

#[track_caller]
fn this() -> &'static Location<'static> {
    Location::caller()
}

fn fails(body: impl FnOnce() -> Variable<f32>) -> Error {
    Graph::new().build(body).unwrap_err()
}

#[test]
fn each_place_that_shares_is_listed_once_with_its_way() {
    let graph = Graph::new();
    let mut lines = Vec::new();
    graph
        .build(|| {
            lines.push(here(this()));
            let _ = variable_scope("s", |_| part());
            for _ in 0..3 {
                lines.push(here(this()));
                let _ = variable_scope(scope("s").reuse(true), |_| part());
            }
        })
        .unwrap();
    let [w] = &graph.variables()[..] else { panic!("one variable") };
    assert_eq!((w.calls, w.sites.len()), (4, 2));
    assert_eq!(w.sites.iter().map(|s| s.within[0].line()).collect::<Vec<_>>(), lines[..2]);
    assert_eq!(w.sites.iter().map(|s| s.times).collect::<Vec<_>>(), [1, 3]);
    assert!(w.sites.iter().all(|s| s.at == w.created && s.within.len() == 1));
}

#[test]
fn of_very_many_places_some_are_only_counted() {
    fn deeper(left: usize) -> Variable<f32> {
        let opened = || variable_scope(tf_core::get_variable_scope(), |_| deeper(left - 1));
        if left > 0 {
            let _ = opened();
        }
        variable("w")
    }
    let graph = Graph::new();
    let reused = || variable_scope(scope("s").reuse(AUTO_REUSE), |_| deeper(99));
    let _ = graph.build(reused).unwrap();
    let [w] = &graph.variables()[..] else { panic!("one variable") };
    assert_eq!((w.calls, w.sites.len()), (100, 64));
    let report = graph.summary().sharing().to_string();
    assert!(report.ends_with("  and 36 calls from further places\n"), "{report}");
}

#[test]
fn a_failed_build_leaves_no_site() {
    let graph = Graph::new();
    let _ = graph.build(|| variable_scope("s", |_| part())).unwrap();
    graph.build(|| variable_scope(scope("s").reuse(true), |_| (part(), variable("missing")))).unwrap_err();
    assert_eq!((graph.variables()[0].calls, graph.variables()[0].sites.len()), (1, 1));
}

#[test]
fn a_variable_that_exists_says_by_which_way_it_came() {
    let mut first = 0;
    let error = fails(|| {
        first = here(this());
        let _ = variable_scope("s", |_| part());
        variable_scope("s", |_| part())
    });
    assert_eq!(error.code(), "E-EXISTS");
    let says = format!(", reached from {}:{first}:17", file!());
    assert!(error.to_string().contains(&says), "{error}\n{says}");
    // By one way, as in a loop, there is nothing to tell apart.
    let again = || variable_scope("s", |_| part());
    let error = fails(|| {
        let _ = again();
        again()
    });
    assert!(error.to_string().contains("first created by an earlier call, at "), "{error}");
}

#[test]
fn a_missing_variable_names_the_nearest_and_who_reuses() {
    let mut switched = 0;
    let error = fails(|| {
        variable_scope("s", |s| {
            let _ = (variable("weights"), variable("biases"));
            switched = here(this());
            s.reuse_variables();
            variable("bias")
        })
    });
    let text = error.to_string();
    assert_eq!(error.code(), "E-REUSE-MISSING");
    assert!(text.contains(&format!("reuse was switched on at {}:{switched}:15\n", file!())), "{text}");
    assert!(text.contains("did you mean `s/biases`?"), "{text}");
    let error = fails(|| {
        let _ = variable_scope("s", |_| variable("weights"));
        variable_scope(scope("s").reuse(true), |_| variable_scope("below", |_| variable("weights")))
    });
    assert!(!error.to_string().contains("did you mean"), "of another scope: {error}");
    assert!(error.to_string().contains("reuse was switched on at "), "inherited: {error}");
}

#[test]
fn a_refused_shape_is_told_with_the_variable_that_it_is_of() {
    let mut line = 0;
    let build = || {
        let x = tf_core::placeholder::<f32, _>("x", [1, 4, 4, 3]);
        line = here(this());
        let k: Variable<f32> = get_variable("conv/kernel", [3, 3, 2, 8], VariableOptions::new());
        tf_core::nn::conv2d(x, k, [1, 1], tf_core::nn::Padding::Same)
    };
    let error = Graph::new().build(build).unwrap_err();
    assert_eq!(error.code(), "E-CONV-CHANNELS");
    let told = format!("filter: [3, 3, 2, 8] of variable `conv/kernel`, created at {}:{line}:", file!());
    assert!(error.to_string().contains(&told), "{error}");
    // Of two variables of that shape nobody knows which it was computed of, nor of what is computed of several.
    let build = || {
        let (a, b) = (variable("a"), variable("b"));
        tf_core::matmul(a + b, tf_core::constant([[1.0f32]]))
    };
    let error = Graph::new().build(build).unwrap_err();
    assert!(!error.to_string().contains("of variable"), "{error}");
}

#[test]
fn a_misspelt_scope_is_answered_with_the_variable_that_was_meant() {
    let asked = |name: &'static str| {
        let error = fails(|| {
            for known in ["encoder/conv1", "encoder/conv2"] {
                let _ = variable_scope(known, |_| variable("weights"));
            }
            let _ = variable_scope("a", |_| variable("w"));
            let _ = variable_scope("apart", |_| {
                Variable::<f32>::new("weights", [3], VariableOptions::new().initializer(zeros_initializer()))
            });
            let (scope_name, name) = name.rsplit_once('/').unwrap();
            variable_scope(scope(scope_name).reuse(true), |_| variable(name))
        });
        assert_eq!(error.code(), "E-REUSE-MISSING");
        error.to_string().lines().find_map(|line| Some(line.trim().strip_prefix("did you mean ")?.to_owned()))
    };
    assert_eq!(asked("encodre/conv1/weights").as_deref(), Some("`encoder/conv1/weights`?"));
    assert_eq!(asked("encoder/cnov2/weights").as_deref(), Some("`encoder/conv2/weights`?"));
    assert_eq!(asked("encodr/conv2/weight").as_deref(), Some("`encoder/conv2/weights`?"), "in two parts");
    assert_eq!(asked("encoder/conv3/weights"), None, "a neighbour is another");
    assert_eq!(asked("b/w"), None, "of one letter nothing is left");
    assert_eq!(asked("conv1/weights").as_deref(), Some("`encoder/conv1/weights`?"), "a part is missing");
    assert_eq!(asked("a/a/w").as_deref(), Some("`a/w`?"), "a part is there twice");
    assert_eq!(asked("a/below/w"), None, "a part is another");
    assert_eq!(asked("apartt/weights"), None, "what is not shared is not found");
}
