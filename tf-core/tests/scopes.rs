//! Variable scopes against TensorFlow: the programs of tests/parity/scopes.json, row by row of its behaviour (S1-S30: scopes and
//! names, R1-R19: reuse, C2-C5: names of variables), and each place where this project answers otherwise, with the reason.

mod programs;

use programs::{Program, Raising, programs};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use tf_core::{
    AUTO_REUSE, Getter, Graph, NO_REUSE, NoShape, Reuse, ScopeOptions, Variable, VariableAsked, VariableDescription,
    VariableOptions, collection, constant, default_name, get_variable, get_variable_scope,
    graph::scopes::{NoName, enter},
    l2_regularizer, name_scope, no_regularizer, ones_initializer, scope, variable_scope, zeros_initializer,
};

/// Programs that end otherwise here: how many of TensorFlow's events hold, and which follow in place of the rest.
const DIFFERENT: &[(&str, &str, usize, &str)] = &[
    ("C3", EMPTY_NAME, 2, r#"[{"error": "E-NAME-EMPTY"}]"#),
    (
        "C3-variable",
        NAME_OF_UNSHARED,
        1,
        r#"[{"variable": "w_1", "created": true, "op_name": "w_1"}, {"unshared_variable": "w_2"}, {"error": "E-NAME-EMPTY"}]"#,
    ),
    ("S9-empty", EMPTY_NAME, 0, r#"[{"error": "E-NAME-EMPTY"}]"#),
    ("random57", NAME_OF_UNSHARED, 11, r#"[{"variable": "v_1", "created": true, "op_name": "v_1"}]"#),
    ("R10", EMPTY_NAME, 1, r#"[{"error": "E-NAME-EMPTY"}]"#),
    ("C4", CASE, 1, r#"[{"error": "E-CASE"}]"#),
    ("C4-scope", CASE, 4, r#"[{"error": "E-CASE"}]"#),
    ("R7-shape-first", TYPE_FIRST, 3, r#"[{"error": "dtype"}]"#),
    ("random3", TYPE_FIRST, 17, r#"[{"error": "dtype"}]"#),
    (
        "R8-constant",
        "the type that a constant has is the type that is asked for, so the second call shares",
        2,
        r#"[{"variable": "a/t", "created": false, "op_name": "a/t"}]"#,
    ),
    ("R9", "an initial value of another type asks for that type", 3, r#"[{"error": "dtype"}]"#),
    ("R9-shape", "an initial value of another shape asks for that shape", 2, r#"[{"caught": "shape"}]"#),
];

const EMPTY_NAME: &str = "an empty name is a mistake (C8, S21); the root is entered again by its scope object";
const CASE: &str = "two variables whose names differ only in case are one mistake, not two variables (C4)";
const TYPE_FIRST: &str = "the type is looked at before the shape, since a handle of another type cannot be handed on";
const NAME_OF_UNSHARED: &str = "values are kept by name, so beside an unshared variable of its name a shared one goes by that of its op (its key in checkpoints)";

/// Programs that cannot be written here.
const IMPOSSIBLE: &[(&str, &str)] = &[
    ("S22", NO_CONTEXT_MANAGERS),
    ("S22-made-outside", NO_CONTEXT_MANAGERS),
    ("R2", "`reuse = 1` and `reuse = \"yes\"` do not compile; the legal values have a test of their own"),
];

const NO_CONTEXT_MANAGERS: &str = "a scope is entered where it is named: there is no context manager to enter twice";

/// Rows that no test here cites.
const ROWS_WITHOUT_TEST: &[(&str, &str)] = &[
    ("S3", "`Variable::new` comes later; that an op follows the name scope is part of s1"),
    ("S12", "`auxiliary_name_scope` is a `bool`"),
    ("S18", "what names a scope is a `NamesScope`: a text or a scope object"),
    ("S22", NO_CONTEXT_MANAGERS),
    ("S23", "closures and guards close in the order they nest"),
    ("S29", "a deprecated alias, left out"),
    ("S30", "`values = ..` is left out: an op that mixes graphs says so itself (E-GRAPH-MIXED)"),
    ("R15", "tests/settings.rs has it"),
    ("R16", "partitioned variables come later"),
    ("R17", "devices come later"),
    ("R19", "the store has no `get_variable`: only scopes share"),
];

fn fixture() -> Vec<Program> {
    let fixture: Value = serde_json::from_str(include_str!("../../tests/parity/scopes.json")).unwrap();
    programs(&fixture)
}

fn expected(program: &Program) -> Vec<Value> {
    match DIFFERENT.iter().find(|different| different.0 == program.id) {
        None => program.events.clone(),
        Some((_, _, equal, instead)) => {
            let instead: Vec<Value> = serde_json::from_str(instead).unwrap();
            assert_ne!(program.events[*equal], instead[0], "{} does not differ there", program.id);
            program.events[..*equal].iter().cloned().chain(instead).collect()
        }
    }
}

/// Runs the fixture's programs about these rows: `S13` means `S13`, `S13-nested`, and so on.
fn as_tensorflow(rows: &[&str]) {
    let all = fixture();
    for row in rows {
        let about_row = |program: &&Program| program.id.split('-').next() == Some(row);
        let possible = |program: &&Program| IMPOSSIBLE.iter().all(|(id, _)| *id != program.id);
        let chosen: Vec<&Program> = all.iter().filter(about_row).filter(possible).collect();
        assert!(!chosen.is_empty(), "the fixture has no program about {row}");
        for program in chosen {
            for raising in [Raising::Returned, Raising::Unwinding] {
                let (found, expected) = (program.run(raising), expected(program));
                let at = found.iter().zip(&expected).position(|(a, b)| a != b);
                assert_eq!(found, expected, "{}, errors {raising:?}, differs at event {at:?}", program.id);
            }
        }
    }
}

fn variable(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new())
}

fn code<R>(graph: &Graph, body: impl FnOnce() -> R) -> &'static str {
    graph.build(body).err().map_or("none", |error| error.code())
}

#[test]
fn c2_c3_c5_variables_are_kept_by_scope_and_name_whatever_their_op_is_called() {
    as_tensorflow(&["C2", "C3", "C5"]);
}

#[test]
fn c3_a_variable_whose_op_name_was_taken_is_found_by_its_own_name() {
    let graph = Graph::new();
    let (first, again) = graph
        .build(|| {
            let _ = tf_core::named(constant(1.0f32), "w");
            let first = variable("w");
            (first, variable_scope(scope(get_variable_scope()).reuse(true), |_| variable("w")))
        })
        .unwrap();
    assert_eq!(graph.name_of(first).as_deref(), Some("w_1"));
    assert_eq!(graph.name_of(again).as_deref(), Some("w_1"));
    assert_eq!(graph.variables().iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["w"], "the store key");
}

#[test]
fn c4_names_that_differ_only_in_case_are_a_mistake() {
    as_tensorflow(&["C4"]);
    let graph = Graph::new();
    let error = graph.build(|| (variable("Weights"), variable("weights"))).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-CASE", Some("weights")));
    assert!(error.to_string().contains("`Weights` is first created "), "{error}");
}

#[test]
fn c6_c7_c8_s21_illegal_names_stray_slashes_and_empty_names_are_mistakes() {
    let graph = Graph::new();
    for (name, expected) in [
        ("a b", "E-NAME-CHARACTER"),
        ("a:0", "E-NAME-CHARACTER"),
        ("_u", "E-NAME-START"),
        ("/x", "E-NAME-SLASH"),
        ("a//b", "E-NAME-SLASH"),
        ("a/b/", "E-NAME-SLASH"),
        ("", "E-NAME-EMPTY"),
    ] {
        assert_eq!(code(&graph, || variable(name)), expected, "variable {name:?}");
        assert_eq!(code(&graph, || variable_scope(name, |_| ())), expected, "scope {name:?}");
    }
    assert_eq!(code(&graph, || variable_scope("a", |_| variable("_u"))), "none", "below a scope it may start so");
    assert_eq!(code(&graph, || variable_scope("b", |_| variable_scope("", |_| ()))), "E-NAME-EMPTY", "S21");
}

#[test]
fn s1_s2_s4_a_scope_prefixes_variables_and_ops_a_name_scope_only_ops() {
    as_tensorflow(&["S1", "S2", "S3", "S4"]);
}

#[test]
fn s5_opening_a_name_again_keeps_the_prefix_of_variables_and_renames_ops() {
    as_tensorflow(&["S5"]);
}

#[test]
fn s6_s7_s8_entering_an_object_goes_to_its_scope_wherever_one_is() {
    as_tensorflow(&["S6", "S7", "S8"]);
}

#[test]
fn s9_original_name_scope_is_that_of_the_first_entry() {
    as_tensorflow(&["S9"]);
}

#[test]
fn s10_s11_without_an_auxiliary_name_scope_ops_stay_where_they_are() {
    as_tensorflow(&["S10", "S11"]);
}

#[test]
fn s13_default_names_take_the_first_free_suffix() {
    as_tensorflow(&["S13"]);
}

#[test]
fn s14_an_entry_counts_as_used_a_variable_or_name_scope_does_not() {
    as_tensorflow(&["S14"]);
}

#[test]
fn s15_default_names_start_again_when_the_scope_around_them_closes() {
    as_tensorflow(&["S15"]);
}

#[test]
fn s16_an_error_inside_a_scope_restores_the_one_around_it() {
    as_tensorflow(&["S16"]);
}

#[test]
fn s16_a_panic_inside_a_scope_restores_the_one_around_it() {
    let graph = Graph::new();
    let names = graph
        .build(|| {
            let outer = get_variable_scope();
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                variable_scope("a", |_| {
                    variable_scope(default_name("d"), |_| {
                        let _ = variable("v");
                        resume_unwind(Box::new("the user's own"))
                    })
                })
            }));
            assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"the user's own"));
            assert_eq!((get_variable_scope().name(), get_variable_scope()), (String::new(), outer));
            let at_root = variable("v");
            let op = graph.name_of(constant(1.0f32));
            // `a` has closed, so its default names start again (S15): the variable made before the panic is still there.
            let again =
                variable_scope(scope("a").reuse(true), |_| variable_scope(default_name("d"), |_| variable("v")));
            (at_root.name(), op.unwrap(), again.name())
        })
        .unwrap();
    assert_eq!(names, ("v".into(), "Const".into(), "a/d/v".into()));
}

#[test]
fn s17_a_scope_needs_a_name_or_a_default_name() {
    as_tensorflow(&["S17"]);
    let graph = Graph::new();
    let error = graph.build(|| drop(enter(NoName, ScopeOptions::new()))).unwrap_err();
    assert_eq!(error.code(), "E-SCOPE-UNNAMED");
}

#[test]
fn s19_a_default_name_cannot_be_reused_but_inherits_reuse() {
    as_tensorflow(&["S19"]);
}

#[test]
fn s20_a_scope_with_a_slash_in_its_name_is_the_nested_one() {
    as_tensorflow(&["S20"]);
}

#[test]
fn s24_what_is_set_on_a_yielded_scope_does_not_change_the_captured_one() {
    as_tensorflow(&["S24"]);
}

#[test]
fn s24_what_a_scope_is_told_holds_from_there_on_and_for_its_object() {
    let of = |name: &str| get_variable::<f32, _, _>(name, [2], VariableOptions::new());
    let regularized = |graph: &Graph| {
        let set = |v: &VariableDescription| v.settings.regularizer.is_some();
        graph.variables().iter().filter(|v| set(v)).map(|v| v.name.clone()).collect::<Vec<_>>()
    };
    let graph = Graph::new();
    let kept = graph
        .build(|| {
            variable_scope("a", |a| {
                let _ = of("before");
                variable_scope("open", |_| {
                    a.set_regularizer(l2_regularizer(0.5));
                    let _ = of("had_its_own");
                });
                let _ = (of("after"), variable_scope("later", |_| of("v")));
                let options = VariableOptions::new().regularizer(no_regularizer());
                let _ = get_variable::<f32, _, _>("off", [2], options);
                variable_scope(a, |again| {
                    again.set_regularizer(no_regularizer());
                    let _ = of("switched_off");
                });
                let _ = of("last");
                a
            })
        })
        .unwrap();
    assert_eq!(regularized(&graph), ["a/after", "a/later/v", "a/last"]);
    // A build that fails takes back what it set.
    let failed = graph.build(|| {
        kept.set_regularizer(no_regularizer());
        kept.set_caching_device("/cpu:0");
        variable_scope(scope("a").reuse(true), |_| of("missing"))
    });
    assert_eq!(failed.unwrap_err().code(), "E-REUSE-MISSING");
    graph.build(|| variable_scope(kept, |_| of("then"))).map(|_| ()).unwrap();
    assert_eq!(regularized(&graph).last().unwrap(), "a/then");
    assert_eq!(graph.variables().last().unwrap().settings.caching_device, None);
}

#[test]
fn s24_a_scope_of_another_graph_cannot_be_told_anything() {
    let other = Graph::new().build(|| variable_scope("s", |s| s)).unwrap();
    let told = |tell: &dyn Fn()| Graph::new().build(tell).unwrap_err().code();
    assert_eq!(told(&|| other.set_initializer(ones_initializer())), "E-GRAPH-MIXED");
    assert_eq!(told(&|| other.set_dtype::<f64>()), "E-GRAPH-MIXED");
    assert_eq!(told(&|| variable_scope("s", |s| s.set_caching_device("/gpx:1"))), "E-DEVICE");
    let typed = || {
        variable_scope("s", |s| {
            s.set_dtype::<f64>();
            let _ = get_variable::<f32, _, _>("v", [2], VariableOptions::new());
        })
    };
    assert_eq!(told(&typed), "E-SCOPE-DTYPE");
}

#[test]
fn s24_a_getter_that_is_set_takes_the_place_of_those_around() {
    let named = |suffix: &'static str| {
        move |getter: &Getter, asked: VariableAsked| {
            let name = format!("{}_{suffix}", asked.name());
            getter.get(asked.with_name(name))
        }
    };
    let graph = Graph::new();
    graph
        .build(|| {
            variable_scope(scope("s").custom_getter(named("outer")), |_| {
                variable_scope(scope("t").custom_getter(named("inner")), |t| {
                    let _ = variable("chained");
                    t.set_custom_getter(named("set"));
                    let _ = variable("replaced");
                });
            });
        })
        .unwrap();
    let names: Vec<_> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["s/t/chained_inner_outer", "s/t/replaced_set"]);
}

#[test]
fn s25_each_thread_starts_at_the_root_with_counters_and_a_root_of_its_own() {
    let graph = Graph::new();
    let captured = graph
        .build(|| {
            get_variable_scope().reuse_variables();
            variable_scope(default_name("d"), |_| ());
            variable_scope(scope("a").reuse(NO_REUSE), |a| {
                let _ = variable("v");
                a
            })
        })
        .unwrap();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            graph
                .build(|| {
                    assert_eq!(
                        (get_variable_scope().name(), get_variable_scope().reuse()),
                        (String::new(), Reuse::No),
                        "R14"
                    );
                    variable_scope(default_name("d"), |d| assert_eq!(d.name(), "d", "its own counters"));
                    let shared = variable_scope(scope("a").reuse(true), |_| variable("v"));
                    assert_eq!(shared.name(), "a/v", "the variables are the graph's");
                    let entered = variable_scope(captured, |_| variable("w"));
                    assert_eq!(entered.name(), "a/w", "a captured scope keeps its prefix");
                })
                .unwrap();
        });
    });
    let back = graph.build(|| (get_variable_scope().reuse(), variable_scope(default_name("d"), |d| d.name()))).unwrap();
    assert_eq!(back, (Reuse::Yes, "d_1".into()), "this thread is as it was");
}

#[test]
fn s25_threads_that_build_one_model_share_its_variables() {
    let graph = Graph::new();
    std::thread::scope(|threads| {
        for i in 0..8 {
            let graph = &graph;
            threads.spawn(move || {
                graph
                    .build(|| {
                        variable_scope(scope("model").reuse(AUTO_REUSE), |_| {
                            variable_scope(default_name("layer"), |_| variable("shared") + variable(&format!("own{i}")))
                        })
                    })
                    .unwrap()
            });
        }
    });
    let mut names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    names.sort();
    let mut expected: Vec<String> = (0..8).map(|i| format!("model/layer/own{i}")).collect();
    expected.push("model/layer/shared".into());
    assert_eq!(names, expected);
}

#[test]
fn s26_each_graph_has_a_root_and_variables_of_its_own() {
    let (one, two) = (Graph::new(), Graph::new());
    one.build(|| {
        variable_scope("a", |_| {
            let _ = variable("v");
            two.build(|| {
                assert_eq!(get_variable_scope().name(), "");
                let _ = variable("a/v");
            })
            .unwrap();
            assert_eq!(get_variable_scope().name(), "a");
            let _ = variable("w");
        });
    })
    .unwrap();
    assert_eq!((one.variables().len(), two.variables().len()), (2, 1));
}

#[test]
fn s27_s28_name_scopes_are_made_unique_entered_again_or_reset() {
    as_tensorflow(&["S27", "S28"]);
}

#[test]
fn r1_r3_r4_what_exists_is_created_once_and_what_is_missing_is_not_found() {
    as_tensorflow(&["R1", "R3", "R4"]);
}

#[test]
fn r2_the_legal_values_of_reuse() {
    let graph = Graph::new();
    graph
        .build(|| {
            let reuse = |request: tf_core::ScopeRequest| variable_scope(request, |scope| scope.reuse());
            assert_eq!(reuse(scope("a").reuse(true)), Reuse::Yes);
            assert_eq!(reuse(scope("a").reuse(false)), Reuse::No, "as the root");
            assert_eq!(reuse(scope("a")), Reuse::No);
            assert_eq!(reuse(scope("a").reuse(AUTO_REUSE)), Reuse::Auto);
            variable_scope(scope("a").reuse(true), |_| {
                assert_eq!(reuse(scope("b").reuse(false)), Reuse::Yes, "`false` inherits, as in TensorFlow");
                assert_eq!(reuse(scope("b").reuse(NO_REUSE)), Reuse::No, "this does not");
            });
        })
        .unwrap();
}

#[test]
fn r2_no_reuse_creates_inside_a_scope_that_reuses() {
    let graph = Graph::new();
    let model =
        || variable_scope(scope("a").reuse(true), |_| variable_scope(scope("b").reuse(NO_REUSE), |_| variable("v")));
    assert_eq!(code(&graph, model), "none");
    assert_eq!(graph.variables()[0].name, "a/b/v");
    assert_eq!(code(&graph, model), "E-EXISTS");
}

#[test]
fn r5_auto_reuse_gets_or_creates() {
    as_tensorflow(&["R5"]);
}

#[test]
fn r5_r9_k10_arguments_that_conflict_on_reuse_are_mistakes() {
    let graph = Graph::new();
    let with = |options: VariableOptions<tf_core::Initializer>| {
        variable_scope(scope("a").reuse(AUTO_REUSE), |_| {
            let _ = get_variable::<f32, _, _>("v", [2], options);
        })
    };
    let zeros = VariableOptions::new().initializer(zeros_initializer());
    graph.build(|| with(zeros)).unwrap();
    graph.build(|| with(zeros.trainable(true).collections([collection::GLOBAL_VARIABLES]))).unwrap();
    assert_eq!(code(&graph, || variable_scope(scope("a").reuse(true), |_| variable("v"))), "none");
    let ones = VariableOptions::new().initializer(tf_core::ones_initializer());
    assert_eq!(code(&graph, || with(ones)), "E-SHARE-INITIALIZER");
    assert_eq!(code(&graph, || with(zeros.trainable(false))), "E-SHARE-TRAINABLE");
    assert_eq!(code(&graph, || with(zeros.collections([collection::LOCAL_VARIABLES]))), "E-SHARE-COLLECTIONS");
    assert_eq!(graph.variables().len(), 1);
}

#[test]
fn r6_r7_sharing_asks_for_the_same_shape_and_type() {
    as_tensorflow(&["R6", "R7"]);
}

#[test]
fn r8_an_integer_variable_is_shared_as_what_it_is() {
    as_tensorflow(&["R8"]);
    let graph = Graph::new();
    let shared: Variable<i32> = graph
        .build(|| {
            let _ = get_variable::<i32, _, _>("iv", [2], VariableOptions::new());
            variable_scope(scope(get_variable_scope()).reuse(true), |_| {
                get_variable("iv", NoShape, VariableOptions::new())
            })
        })
        .unwrap();
    assert_eq!(shared.spec().to_string(), "i32[2]");
}

#[test]
fn r9_an_initial_value_on_reuse_must_be_of_the_variables_type_and_shape() {
    as_tensorflow(&["R9"]);
}

#[test]
fn r11_r12_r13_r14_reuse_variables_holds_for_its_object_and_what_is_opened_after() {
    as_tensorflow(&["R11", "R12", "R13", "R14"]);
}

#[test]
fn r18_a_mistake_creates_nothing_and_leaves_what_was_made_before() {
    as_tensorflow(&["R18"]);
}

#[test]
fn reuse_is_inherited_as_in_tensorflow() {
    as_tensorflow(&["inherit"]);
}

#[test]
fn every_program_of_the_fixture_runs_as_expected() {
    let mut count = 0;
    for program in fixture().iter().filter(|program| IMPOSSIBLE.iter().all(|(id, _)| *id != program.id)) {
        assert_eq!(program.run(Raising::Returned), expected(program), "{}", program.id);
        assert_eq!(program.run(Raising::Unwinding), expected(program), "{}, unwinding", program.id);
        count += 1;
    }
    assert_eq!(count + IMPOSSIBLE.len(), 194);
}

#[test]
fn differences_are_of_programs_that_exist_and_have_a_reason() {
    let all = fixture();
    let differences = DIFFERENT.iter().map(|different| (different.0, different.1));
    for (id, reason) in differences.chain(IMPOSSIBLE.iter().copied()) {
        assert!(all.iter().any(|program| program.id == id) && !reason.is_empty(), "{id}");
    }
}

#[test]
fn every_row_has_a_test_or_a_reason_to_have_none() {
    let source = [include_str!("scopes.rs"), include_str!("names.rs")].concat();
    let tests: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next()).collect();
    let rows = (1..=30).map(|n| format!("S{n}")).chain((1..=19).map(|n| format!("R{n}")));
    for row in rows {
        let tested = tests.iter().any(|test| test.split('_').any(|word| word == row.to_lowercase()));
        let excused = ROWS_WITHOUT_TEST.iter().any(|(id, reason)| *id == row && !reason.is_empty());
        assert!(tested != excused, "{row}: tested {tested}, excused {excused}");
    }
}

#[test]
fn c45_a_variable_shows_its_type_and_shape() {
    let graph = Graph::new();
    let v = graph.build(|| get_variable::<f32, _, _>("v", [2, 3], VariableOptions::new())).unwrap();
    assert_eq!(format!("{v:?}"), "Variable(f32[2, 3])");
}

#[test]
fn c37_r10_an_unshared_variable_is_made_anew_each_time_and_never_found() {
    let graph = Graph::new();
    let unshared = || Variable::<f32>::new("v", [2], VariableOptions::new().initializer(ones_initializer()));
    graph
        .build(|| {
            assert_eq!((unshared().name(), unshared().name()), ("v".into(), "v_1".into()));
            variable_scope(scope("s").reuse(true).initializer(zeros_initializer()), |_| {
                assert_eq!(unshared().name(), "s/v");
                name_scope("inner", || assert_eq!(unshared().name(), "s/inner/v"));
            });
        })
        .unwrap();
    // Made under the same name afterwards, a shared one is kept under the name of its op.
    let graph = Graph::new();
    let (first, second) = graph
        .build(|| {
            let first = unshared();
            let second = get_variable::<f32, _, _>("v", [3], VariableOptions::new().initializer(zeros_initializer()));
            (first, second)
        })
        .unwrap();
    let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["v", "v_1"]);
    let session = tf_core::Session::new(&graph).unwrap();
    session.initialize().unwrap();
    assert_eq!(session.run(first).unwrap().as_slice().unwrap(), [1.0, 1.0]);
    assert_eq!(session.run(second).unwrap().as_slice().unwrap(), [0.0; 3]);
    let error = graph
        .build(|| {
            let _ = Variable::<f32>::new("lonely", [], VariableOptions::new());
            variable_scope(scope(get_variable_scope()).reuse(true), |_| {
                get_variable::<f32, _, _>("lonely", [], VariableOptions::new())
            })
        })
        .unwrap_err();
    assert_eq!(error.code(), "E-REUSE-MISSING");
}
