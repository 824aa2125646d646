//! Collections (K rows): lists by name, filtered by scope, of variables and any other objects.

use tf_core::{
    AUTO_REUSE, AnyVariable, Graph, Object, Operation, Tensor, Variable, VariableOptions, add_to_collection,
    add_to_collections, collection, constant, create_global_step, get_collection, get_collection_in, get_global_step,
    get_or_create_global_step, get_variable, get_variable_scope, global_variables, group, scope, trainable_variables,
    trainable_variables_in, variable_scope, zeros_initializer,
};

fn variable(name: &str) -> Variable<f32> {
    get_variable(name, [2], VariableOptions::new())
}

fn names(variables: &[AnyVariable]) -> Vec<String> {
    variables.iter().map(AnyVariable::name).collect()
}

fn build<R>(body: impl FnOnce() -> R) -> (Graph, R) {
    let graph = Graph::new();
    let result = graph.build(body).unwrap();
    (graph, result)
}

#[test]
fn k1_the_standard_collections_have_tensorflows_names() {
    let keys = [
        (collection::GLOBAL_VARIABLES, "variables"),
        (collection::LOCAL_VARIABLES, "local_variables"),
        (collection::TRAINABLE_VARIABLES, "trainable_variables"),
        (collection::MODEL_VARIABLES, "model_variables"),
        (collection::METRIC_VARIABLES, "metric_variables"),
        (collection::MOVING_AVERAGE_VARIABLES, "moving_average_variables"),
        (collection::REGULARIZATION_LOSSES, "regularization_losses"),
        (collection::UPDATE_OPS, "update_ops"),
        (collection::GLOBAL_STEP, "global_step"),
        (collection::SAVERS, "savers"),
        (collection::TRAIN_OP, "train_op"),
        (collection::SAVEABLE_OBJECTS, "saveable_objects"),
        (collection::LOSSES, "losses"),
    ];
    keys.iter().for_each(|(ours, tensorflows)| assert_eq!(ours, tensorflows));
}

#[test]
fn k2_collections_are_lists_of_anything_typed_on_the_way_out() {
    let (graph, (tensor, op)) = build(|| {
        let tensor = constant(1.0f32);
        let op = group([tensor]);
        for object in [Object("second"), Object("first"), Object("second")] {
            add_to_collection("mixed", object);
        }
        add_to_collection("mixed", tensor);
        add_to_collection("mixed", op);
        add_to_collection("mixed", variable("v"));
        add_to_collection("mixed", Object(vec![1, 2]));
        (tensor, op)
    });
    assert_eq!(graph.collection::<Object<&str>>("mixed"), [Object("second"), Object("first"), Object("second")]);
    assert_eq!(graph.collection::<Object<Vec<i32>>>("mixed"), [Object(vec![1, 2])]);
    assert_eq!(graph.collection::<Operation>("mixed"), [op]);
    assert_eq!(graph.name_of(graph.collection::<Tensor<f32>>("mixed")[0]), graph.name_of(tensor));
    assert_eq!(graph.collection::<Variable<f32>>("mixed").len(), 1);
    assert_eq!(graph.collection::<Variable<i32>>("mixed").len(), 0, "of another type");
}

#[test]
fn k3_a_name_listed_twice_counts_once() {
    let (graph, ()) = build(|| add_to_collections(&["c", "d", "c"], Object(7)));
    assert_eq!(graph.collection::<Object<i32>>("c"), [Object(7)]);
    assert_eq!(graph.collection::<Object<i32>>("d"), [Object(7)]);
}

#[test]
fn k4_a_collection_is_handed_out_as_a_copy_and_an_unknown_one_is_empty() {
    let (graph, ()) = build(|| {
        add_to_collection("c", Object(1));
        let mut copy = get_collection::<Object<i32>>("c");
        copy.clear();
        assert_eq!(get_collection::<Object<i32>>("c"), [Object(1)]);
        assert!(get_collection::<Object<i32>>("unknown").is_empty());
    });
    assert_eq!(graph.collection_names(), ["c"], "asking creates nothing");
}

#[test]
fn k5_the_list_itself_can_be_edited() {
    let graph = Graph::new();
    graph.add_to_collection("c", Object(1));
    graph.add_to_collection("c", Object("note"));
    graph.add_to_collection("c", Object(2));
    let sum = graph.edit_collection("c", |numbers: &mut Vec<Object<i32>>| {
        numbers.reverse();
        numbers.push(Object(3));
        numbers.iter().map(|n| n.0).sum::<i32>()
    });
    assert_eq!(sum, 6);
    assert_eq!(graph.collection::<Object<i32>>("c"), [Object(2), Object(1), Object(3)]);
    assert_eq!(graph.collection::<Object<&str>>("c"), [Object("note")]);
    graph.edit_collection("made", |_: &mut Vec<Object<i32>>| ());
    assert_eq!(graph.collection_names(), ["c", "made"]);
}

#[test]
fn k6_a_scope_filter_compares_whole_components() {
    let (graph, ()) = build(|| {
        for name in ["foo/x", "foo_1/x", "a/foo/x", "foo/deeper/y"] {
            let _ = variable(name);
        }
        let in_foo = get_collection_in::<AnyVariable>(collection::GLOBAL_VARIABLES, "foo");
        assert_eq!(names(&in_foo), ["foo/x", "foo/deeper/y"]);
        assert_eq!(names(&trainable_variables_in("foo/deeper")), ["foo/deeper/y"]);
        assert!(trainable_variables_in(".*foo").is_empty(), "a scope is no pattern");
        variable_scope("foo", |_| add_to_collection("mixed", constant(1.0f32)));
        add_to_collection("mixed", Object("without a name"));
    });
    assert_eq!(graph.collection_in::<Tensor<f32>>("mixed", "foo").len(), 1);
    assert_eq!(graph.collection_in::<Tensor<f32>>("mixed", "fo").len(), 0);
    assert_eq!(graph.collection_in::<Object<&str>>("mixed", "").len(), 0, "what has no name lies in no scope");
}

#[test]
fn k7_a_scope_lists_its_variables_and_those_below() {
    let (_, ()) = build(|| {
        let local = VariableOptions::new().collections([collection::LOCAL_VARIABLES]);
        let root = get_variable_scope();
        let _ = variable("axb/v");
        let first = variable_scope("a.b", |it| {
            let _ = variable("v");
            let _ = variable_scope("below", |_| get_variable::<f32, _, _>("count", [], local));
            it
        });
        variable_scope(first, |again| {
            let fixed = VariableOptions::new().trainable(false);
            let _ = get_variable::<f32, _, _>("fixed", [1], fixed);
            assert_eq!(names(&again.global_variables()), ["a.b/v", "a.b/fixed"]);
        });
        assert_eq!(names(&first.trainable_variables()), ["a.b/v"]);
        assert_eq!(names(&first.local_variables()), ["a.b/below/count"]);
        assert_eq!(names(&root.global_variables()), ["axb/v", "a.b/v", "a.b/fixed"]);
        assert_eq!(first.get_collection::<Variable<f32>>(collection::GLOBAL_VARIABLES).len(), 2);
    });
}

#[test]
fn k7_a_scope_of_another_graph_is_a_mistake() {
    let (_, foreign) = build(|| variable_scope("s", |s| s));
    let error = Graph::new().build(|| foreign.global_variables()).unwrap_err();
    assert_eq!(error.code(), "E-GRAPH-MIXED");
}

#[test]
fn k8_any_text_is_a_name_and_all_names_are_listed() {
    let (graph, ()) = build(|| {
        let options = VariableOptions::new().collections(["a, b", "ä"]);
        let _ = get_variable::<f32, _, _>("v", [2], options);
    });
    assert_eq!(graph.collection_names(), ["a, b", "ä", collection::TRAINABLE_VARIABLES]);
}

#[test]
fn k9_a_cleared_collection_is_gone_and_a_failed_build_brings_it_back() {
    let (graph, ()) = build(|| add_to_collection("c", Object(1)));
    let trained = Graph::new();
    let _ = trained.build(|| variable("v")).unwrap();
    let failed = trained.build(|| {
        trained.clear_collection(collection::TRAINABLE_VARIABLES);
        variable("")
    });
    assert!(failed.is_err() && trained.variables()[0].trainable);
    let failed = graph.build(|| {
        Graph::current().unwrap().clear_collection("c");
        add_to_collection("d", Object(2));
        get_variable::<f32, _, _>("", [2], VariableOptions::new())
    });
    assert!(failed.is_err());
    assert_eq!(
        (graph.collection_names(), graph.collection::<Object<i32>>("c")),
        (vec!["c".to_owned()], vec![Object(1)])
    );
    graph.clear_collection("c");
    assert!(graph.collection_names().is_empty());
}

#[test]
fn k11_what_is_listed_as_trainable_is_trainable() {
    let (graph, fixed) = build(|| {
        let fixed = get_variable::<f32, _, _>("fixed", [2], VariableOptions::new().trainable(false));
        let _ = variable("trained");
        fixed
    });
    let trained = || graph.variables().into_iter().filter(|v| v.trainable).map(|v| v.name).collect::<Vec<_>>();
    assert_eq!(trained(), ["trained"]);
    graph.add_to_collection(collection::TRAINABLE_VARIABLES, fixed);
    assert_eq!(trained(), ["fixed", "trained"]);
    graph.edit_collection(collection::TRAINABLE_VARIABLES, |list: &mut Vec<AnyVariable>| list.truncate(1));
    assert_eq!(trained(), ["trained"]);
    graph.clear_collection(collection::TRAINABLE_VARIABLES);
    assert!(trained().is_empty());
    let _ = graph
        .build(|| {
            let options = VariableOptions::new().trainable(false);
            variable_scope(scope(get_variable_scope()).reuse(true), |_| {
                get_variable::<f32, _, _>("trained", [2], options)
            })
        })
        .expect("it is not trained any more, so this says nothing else");
}

#[test]
fn k12_collections_belong_to_a_graph() {
    let (one, ()) = build(|| add_to_collection("c", variable("v")));
    let (other, ()) = build(|| {
        let _ = variable("w");
        assert_eq!(names(&global_variables()), ["w"]);
        assert_eq!(names(&trainable_variables()), ["w"]);
    });
    assert_eq!((one.collection_names().len(), other.collection_names().len()), (3, 2));
}

#[test]
fn the_counter_of_steps_is_one_variable_of_the_root() {
    let (graph, ()) = build(|| {
        assert!(get_global_step().is_none());
        let step = variable_scope("training", |_| get_or_create_global_step());
        assert_eq!(step.name(), "global_step");
        let again = variable_scope(scope("other").reuse(AUTO_REUSE), |_| get_or_create_global_step());
        assert_eq!((again.name(), get_global_step().map(|s| s.name())), (step.name(), Some(step.name())));
    });
    let described = graph.describe(graph.collection(collection::GLOBAL_STEP)[0]).unwrap();
    assert_eq!((described.spec.to_string(), described.trainable), ("i64[]".to_owned(), false));
    assert_eq!(graph.variables().len(), 1);
    let error = graph.build(create_global_step).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-EXISTS", Some("global_step")));
}

#[test]
fn a_counter_that_the_program_made_itself_is_found_by_its_name() {
    let (graph, ()) = build(|| {
        let options = VariableOptions::new().initializer(zeros_initializer()).trainable(false);
        let mine = get_variable::<i64, _, _>("global_step", [], options);
        assert_eq!(get_or_create_global_step().name(), mine.name());
    });
    assert_eq!(graph.variables().len(), 1);
    let float = Graph::new();
    let _ = float.build(|| variable("global_step")).unwrap();
    assert_eq!(float.build(get_or_create_global_step).unwrap_err().code(), "E-SHARE-DTYPE");
}
