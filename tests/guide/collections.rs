//! "Variable collections": named lists of variables and other objects.

use crate::{known, names, started};
use tf::{
    AnyVariable, Object, Operation, Result, VariableOptions, add_to_collection, get_collection,
    global_variables_initializer, local_variables_initializer,
    prelude::*,
    train::{GradientDescent, Optimizer},
};

/// The names of the variables of a collection.
fn listed(graph: &Graph, name: &str) -> Vec<String> {
    let described = |v: AnyVariable| graph.describe(v).expect("it is a variable of this graph").name;
    graph.collection::<AnyVariable>(name).into_iter().map(described).collect()
}

fn part_of_a_program(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("here", [2])
}

mod elsewhere {
    use tf::prelude::*;

    pub fn another_part(x: Tensor<f32>) -> Tensor<f32> {
        tf::variable_scope("elsewhere", |_| x + get_variable!("there", [2]))
    }
}

/// Neither part hands its variables on: one collection has them all.
#[test]
fn there_is_one_way_to_all_variables_of_disconnected_parts() -> Result<()> {
    let graph = Graph::new();
    let all = graph.build(|| {
        let _ = elsewhere::another_part(part_of_a_program(tf::ones([2])));
        get_collection::<AnyVariable>(collection::GLOBAL_VARIABLES)
    })?;
    let described: Vec<_> = all.into_iter().map(|v| graph.describe(v).expect("it is of this graph").name).collect();
    assert_eq!(described, ["here", "elsewhere/there"]);
    Ok(())
}

/// "lists of tensors or other objects": in their order, each kind as what it is (K2).
#[test]
fn collections_list_tensors_and_other_objects() -> Result<()> {
    let graph = Graph::new();
    let (first, second, op) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [2], initializer = ones_initializer());
        let (first, second) = (v * 2.0, v * 3.0);
        let op = v.assign_add(first).op();
        add_to_collection("things", second);
        add_to_collection("things", Object("a note"));
        add_to_collection("things", first);
        add_to_collection("things", v);
        add_to_collection("things", op);
        (first, second, op)
    })?;
    let tensors: Vec<Tensor<f32>> = graph.collection("things");
    let names: Vec<_> = tensors.iter().map(|tensor| graph.name_of(*tensor)).collect();
    assert_eq!(names, [graph.name_of(second), graph.name_of(first)]);
    assert_eq!(listed(&graph, "things"), ["v"]);
    assert_eq!(graph.collection::<Object<&str>>("things"), [Object("a note")]);
    let ops: Vec<Operation> = graph.collection("things");
    let session = started(&graph)?;
    session.run(ops[0])?;
    assert_eq!((ops.len(), graph.name_of(ops[0])), (1, graph.name_of(op)));
    assert_eq!(session.run(tensors[1])?[[0]], 6.0);
    Ok(())
}

#[test]
fn a_variable_is_global_and_trainable() -> Result<()> {
    let graph = Graph::new();
    let _v: Variable<f32> = graph.build(|| get_variable!("v", [1]))?;
    for name in [collection::GLOBAL_VARIABLES, collection::TRAINABLE_VARIABLES] {
        assert_eq!(listed(&graph, name), ["v"], "{name}");
    }
    assert!(graph.collection::<AnyVariable>(collection::LOCAL_VARIABLES).is_empty());
    assert!(graph.variables()[0].trainable);
    Ok(())
}

/// "variables that can be shared across multiple devices": one value, read and changed from several.
#[test]
fn a_global_variable_is_shared_across_devices() -> Result<()> {
    let graph = Graph::new();
    let changes = graph.build(|| {
        let v: Variable<f32> = tf::device("/cpu:2", || get_variable!("v", [], initializer = zeros_initializer()));
        let from = |device: &'static str| tf::device(device, || v.assign_add(tf::constant(1.0)));
        [from("/cpu:0"), from("/cpu:1"), from("/cpu:2")]
    })?;
    let options = tf::SessionOptions::new().cpu_devices(3);
    let session = Session::with_options(&graph, &tf::Store::new(), options)?;
    session.initialize()?;
    changes.iter().try_for_each(|change| session.run(*change).map(drop))?;
    assert_eq!(listed(&graph, collection::GLOBAL_VARIABLES), ["v"]);
    assert_eq!(session.store().get("v")?.as_slice::<f32>(), Some(&[3.0][..]));
    Ok(())
}

model! {
    /// Variables of each kind that the guide has, all in one loss.
    Trained(x: f32[3]) -> f32[] {
        let trained = get_variable!("trained", [3], initializer = ones_initializer());
        let my_local = get_variable!("my_local", [3], collections = [collection::LOCAL_VARIABLES], initializer = ones_initializer());
        let my_non_trainable = get_variable!("my_non_trainable", [3], trainable = false, initializer = ones_initializer());
        tf::reduce_sum(x * trained * my_local * my_non_trainable, tf::ALL)
    }
}

/// "variables for which TensorFlow will calculate gradients": those of the trainable collection and no others, in both worlds.
#[test]
fn gradients_are_calculated_for_the_trainable_variables() -> Result<()> {
    let trainable: Vec<_> = Trained::VARIABLES.iter().map(|v| (v.name.to_string(), v.trainable)).collect();
    let wanted = [("trained", true), ("my_local", false), ("my_non_trainable", false)];
    assert_eq!(trainable, wanted.map(|(name, is)| (name.to_owned(), is)));
    let model = Trained::init(1)?;
    let graph = model.instance().graph();
    assert_eq!(listed(graph, collection::TRAINABLE_VARIABLES), ["trained"]);
    let loss = graph.build(|| Trained::graph(tf::ones([3])));
    assert_eq!(loss.unwrap_err().code(), "E-EXISTS", "the model is in its graph once");

    let model = model.minimize(GradientDescent::new(0.25))?;
    assert_eq!(model.step(&ndarray::arr1(&[1.0, 2.0, 3.0]))?[()], 6.0);
    // The gradient of each is x: what is trained moved by a quarter of it, the rest stayed.
    assert_eq!(model.get::<f32>("trained")?, ndarray::arr1(&[0.75, 0.5, 0.25]).into_dyn());
    for name in ["my_local", "my_non_trainable"] {
        assert_eq!(model.get::<f32>(name)?, ndarray::arr1(&[1.0, 1.0, 1.0]).into_dyn(), "{name}");
    }
    Ok(())
}

/// As the guide has it: TensorFlow itself goes on training such a variable (C28).
#[test]
fn a_local_variable_is_not_trained() -> Result<()> {
    let graph = Graph::new();
    let v: Variable<f32> =
        graph.build(|| get_variable!("my_local", [], collections = [collection::LOCAL_VARIABLES]))?;
    assert!(!graph.variables()[0].trainable);
    assert_eq!(listed(&graph, collection::LOCAL_VARIABLES), ["my_local"]);
    assert!(graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES).is_empty());
    assert!(graph.collection::<AnyVariable>(collection::TRAINABLE_VARIABLES).is_empty());
    let (global, local) = graph.build(|| (global_variables_initializer(), local_variables_initializer()))?;
    let session = Session::new(&graph)?;
    session.run(global)?;
    assert_eq!(session.run(v).unwrap_err().code(), "E-UNINITIALIZED");
    session.run(local)?;
    session.run(v).map(|_| ())
}

#[test]
fn a_variable_may_be_kept_from_training() -> Result<()> {
    let graph = Graph::new();
    let _v: Variable<f32> = graph.build(|| get_variable!("my_non_trainable", [], trainable = false))?;
    assert!(!graph.variables()[0].trainable);
    assert_eq!(listed(&graph, collection::GLOBAL_VARIABLES), ["my_non_trainable"]);
    assert!(graph.collection::<AnyVariable>(collection::TRAINABLE_VARIABLES).is_empty());
    Ok(())
}

/// Both listings without macros: an optimizer finds nothing to train.
#[test]
fn plain_functions_keep_variables_from_training_too() -> Result<()> {
    let graph = Graph::new();
    let minimized = graph.build(|| {
        let options = VariableOptions::new;
        let local: Variable<f32> =
            tf::get_variable("my_local", [], options().collections([collection::LOCAL_VARIABLES]));
        let fixed: Variable<f32> = tf::get_variable("my_non_trainable", [], options().trainable(false));
        GradientDescent::new(0.1).minimize(local * fixed)
    });
    assert_eq!(minimized.unwrap_err().code(), "E-NOTHING-TO-TRAIN");
    Ok(())
}

#[test]
fn any_text_is_a_collection() -> Result<()> {
    let graph = Graph::new();
    let (v, found) = graph.build(|| {
        let v: Variable<f32> = get_variable!("my_local", []);
        add_to_collection("my_collection_name", v);
        add_to_collection("my_collection_name", Object(7));
        (v, get_collection::<AnyVariable>("my_collection_name"))
    })?;
    let found: Vec<_> = found.into_iter().filter_map(|any| any.typed::<f32>()).collect();
    assert_eq!(found.iter().map(|v| graph.name_of(*v)).collect::<Vec<_>>(), [graph.name_of(v)]);
    assert_eq!(graph.collection::<Object<i32>>("my_collection_name"), [Object(7)]);
    Ok(())
}

/// Nothing creates a collection beforehand, and there are no signs that its name may not have (K4, K8).
#[test]
fn no_collection_needs_to_be_created() -> Result<()> {
    let graph = Graph::new();
    for name in ["a b", "", "ünïcode/…", "variables "] {
        assert!(graph.collection::<Object<i32>>(name).is_empty());
        assert!(!graph.collection_names().contains(&name.to_owned()), "asking makes none");
        graph.build(|| {
            let _v: Variable<f32> = new_variable!("v", [], collections = [name]);
            add_to_collection(name, Object(1));
        })?;
        assert_eq!((listed(&graph, name).len(), graph.collection::<Object<i32>>(name).len()), (1, 1), "{name:?}");
    }
    assert!(listed(&graph, collection::GLOBAL_VARIABLES).is_empty());
    Ok(())
}

/// "after creating the variable": also in another build, and by a part that did not create it.
#[test]
fn an_existing_variable_is_added_later() -> Result<()> {
    let graph = Graph::new();
    let my_local: Variable<f32> =
        graph.build(|| get_variable!("my_local", [], collections = [collection::LOCAL_VARIABLES]))?;
    graph.build(|| add_to_collection("my_collection_name", my_local))?;
    assert_eq!(listed(&graph, "my_collection_name"), ["my_local"]);
    assert_eq!(listed(&graph, collection::LOCAL_VARIABLES), ["my_local"]);
    assert_eq!(names(&graph), ["my_local"]);
    Ok(())
}

#[variable_scope]
fn collects(x: Tensor<f32>) -> Tensor<f32> {
    let my_local = get_variable!("my_local", [2], collections = [collection::LOCAL_VARIABLES]);
    add_to_collection("my_collection_name", my_local);
    let y = x * my_local;
    add_to_collection("my_collection_name", y);
    y
}

model! {
    Collects(x: f32[2]) -> f32[2] { collects(x) }
}

/// What a layer adds is in the graph of its model; rustc knows which of its variables are where.
#[test]
fn layers_add_to_collections() -> Result<()> {
    assert_eq!(known(Collects::VARIABLES), ["my_local"]);
    let model = Collects::init(1)?;
    let graph = model.instance().graph();
    assert_eq!(listed(graph, "my_collection_name"), ["my_local"]);
    assert_eq!(graph.collection::<Tensor<f32>>("my_collection_name").len(), 1);
    Ok(())
}
