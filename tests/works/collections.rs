//! Collections in bodies: what is added there is known in both worlds, and dynamic layers read them.

use tf::prelude::*;
use tf::{AnyVariable, add_to_collection, add_to_collections};

#[variable_scope]
fn collecting(x: Tensor<f32>) -> Tensor<f32> {
    let kept = get_variable!("kept", [2]);
    add_to_collection("mine", kept);
    tf::add_to_collections(&["yours", "mine too", "yours"], kept);
    let fixed = get_variable!("fixed", [2], trainable = false, collections = [collection::MODEL_VARIABLES]);
    tf::add_to_collection(collection::TRAINABLE_VARIABLES, fixed);
    // Read by whoever looks into the collection, not here.
    let side: Variable<f32> = get_variable!("side", [3], collections = [collection::LOCAL_VARIABLES]);
    add_to_collection(collection::METRIC_VARIABLES, side);
    let y = x * kept + fixed;
    add_to_collection(collection::LOSSES, tf::reduce_sum(y, tf::ALL));
    add_to_collections(&[collection::UPDATE_OPS], kept.assign_add(tf::reduce_mean(x, 0)).op());
    add_to_collection("notes", tf::Object(x.rank()));
    y
}

model! {
    Collecting(x: f32[?, 2]) -> f32[?, 2] { with variable_scope("c") { collecting(x) } }
}

#[test]
fn what_a_body_collects_is_known_in_both_worlds() {
    let model = agree!(Collecting);
    let of = |name: &str| Collecting::VARIABLES.iter().find(|v| v.name == name).unwrap();
    let collections = |name: &str| of(name).collections.iter().collect::<Vec<_>>();
    assert_eq!(collections("c/kept"), [collection::GLOBAL_VARIABLES, "mine", "yours", "mine too"]);
    assert_eq!(collections("c/fixed"), [collection::MODEL_VARIABLES]);
    assert_eq!(collections("c/side"), [collection::LOCAL_VARIABLES, collection::METRIC_VARIABLES]);
    assert!(of("c/fixed").trainable && !of("c/side").trainable && of("c/side").used);
    let graph = model.instance().graph();
    assert_eq!(graph.collection::<Tensor<f32>>(collection::LOSSES).len(), 1);
    assert_eq!(graph.collection::<tf::Operation>(collection::UPDATE_OPS).len(), 1);
    assert_eq!(graph.collection::<tf::Object<usize>>("notes"), [tf::Object(2)]);
}

/// A model that reuses another has its collections of variables.
#[variable_scope("evaluated")]
fn evaluated(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [2]);
    add_to_collection("mine", w);
    x * w
}

model! {
    Trained(x: f32[?, 2]) -> f32[?, 2] { evaluated(x) }
}

model! {
    Evaluated reuse Trained (x: f32[?, 2]) -> f32[?, 2] { evaluated(x) * 2.0 }
}

#[test]
fn a_model_that_reuses_another_has_its_collections() {
    let trained = agree!(Trained);
    let evaluated = Evaluated::sharing(&trained).unwrap();
    let graph = evaluated.instance().graph();
    assert_eq!(graph.trainable_variables().len(), 1);
    assert_eq!(graph.collection::<AnyVariable>("mine").len(), 2, "it adds it once more, as the list says");
    assert_eq!(graph.describe(graph.global_variables()[0]).unwrap().name, "evaluated/w");
}

/// The counter of steps is one, and of the root, whichever scope asks.
#[variable_scope]
fn counting(x: Tensor<f32>) -> Tensor<f32> {
    let step = tf::get_or_create_global_step();
    x + step.cast::<f32>()
}

model! {
    Counting(x: f32[2]) -> f32[2] {
        let y = variable_scope!("first", { counting(x) });
        variable_scope!("second", { counting(y) })
    }
}

#[test]
fn the_counter_of_steps_is_one_in_both_worlds() {
    let model = agree!(Counting);
    assert_eq!(names!(Counting), ["global_step"]);
    let collections = Counting::VARIABLES[0].collections.iter().collect::<Vec<_>>();
    assert_eq!(collections, [collection::GLOBAL_VARIABLES, collection::GLOBAL_STEP]);
    assert!(!Counting::VARIABLES[0].trainable);
    model.set("global_step", ndarray::arr0(3i64).into_dyn()).unwrap();
    assert_eq!(model.run(&ndarray::arr1(&[0.5, 1.0])).unwrap(), ndarray::arr1(&[6.5, 7.0]));
}

/// Lists are read where the graph is built.
#[variable_scope(dynamic)]
fn decayed(x: Tensor<f32>) -> Tensor<f32> {
    let mut sum = tf::reduce_sum(x, tf::ALL);
    for variable in tf::get_variable_scope().trainable_variables() {
        if let Some(weights) = variable.typed::<f32>() {
            sum = sum + tf::reduce_sum(weights * weights, tf::ALL);
        }
    }
    sum
}

model! {
    dynamic Decayed(x: f32[2]) -> f32[] {
        let one = ones_initializer();
        let _outside: Variable<f32> = get_variable!("outside", [5], initializer = one);
        variable_scope!("inside", {
            let w = get_variable!("w", [2], initializer = one);
            decayed(x * w)
        })
    }
}

#[test]
fn a_dynamic_layer_reads_the_variables_of_its_scope() {
    let model = Decayed::init(1).unwrap();
    assert_eq!(model.run(&ndarray::arr1(&[1.0, 2.0])).unwrap(), ndarray::arr0(5.0));
}
