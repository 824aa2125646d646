//! Gradients and steps of training on the parts of a variable, against TensorFlow's (O6, O16, P4).

use super::*;
use ndarray::{Array1, arr2};
use tf_core::{
    AnyVariable, Operation, PartitionInfo, Regularizer, Tensor, add_n,
    collection::REGULARIZATION_LOSSES,
    constant, gather, get_collection, gradients, gradients_or_none, partition_initializer, reduce_sum, square,
    train::{Adagrad, Adam, ExponentialMovingAverage, GradientDescent, Momentum, Optimizer, StepOptions},
    variable_gradients, variable_scope, zeros_initializer,
};

fn start(info: &PartitionInfo) -> ndarray::Array2<f32> {
    ndarray::Array2::from_shape_fn((info.shape[0], 2), |(row, column)| {
        ((info.offset[0] + row) * 2 + column) as f32 / 4.0
    })
}

fn quarter(w: Tensor<f32>) -> Tensor<f32> {
    reduce_sum(square(w), tf_core::ALL) * 0.25
}

fn step_of(case: &Json, loss: Tensor<f32>) -> Operation {
    let rate = case["arguments"]["learning_rate"].as_f64().unwrap();
    match text(&case["optimizer"]) {
        "GradientDescent" => GradientDescent::new(rate).minimize(loss),
        "Momentum" => Momentum::new(rate, 0.9).minimize(loss),
        "Adagrad" => Adagrad::new(rate).minimize(loss),
        "Adam" => Adam::new(rate).minimize(loss),
        other => panic!("no optimizer {other}"),
    }
}

#[test]
fn each_part_is_trained_with_slots_of_its_own_p4() {
    for case in list(&recorded("partitioned")["training"]) {
        let graph = Graph::new();
        let (v, loss, step) = graph
            .build(|| {
                let first = options().initializer(partition_initializer(start)).partitioner(fixed_size_partitioner(3));
                let regularizer = case["regularizer"].as_f64().map(|_| Regularizer::function(quarter));
                let v: Variable<f32> =
                    variable_scope("p", |_| get_variable("v", [5, 2], first.regularizer(regularizer)));
                let mut loss = match text(&case["loss_of"]) {
                    "lookup" => reduce_sum(square(gather(v, constant([0, 3, 3]), 0)), tf_core::ALL),
                    _ => reduce_sum(square(v - 1.0), tf_core::ALL),
                };
                let losses = get_collection::<Tensor<f32>>(REGULARIZATION_LOSSES);
                assert_eq!(losses.len(), list(&case["regularization"]).len());
                if !losses.is_empty() {
                    loss += add_n(losses.as_slice());
                }
                (v, loss, step_of(case, loss))
            })
            .unwrap();
        let names: Vec<String> = graph.global_variables().iter().map(|&v| graph.describe(v).unwrap().name).collect();
        let (mut sorted, mut wanted) = (names.clone(), texts(&case["variables"]));
        sorted.sort();
        wanted.sort();
        assert_eq!(sorted, wanted, "the slots of {}", case["optimizer"]);
        let session = started(&graph);
        let losses = list(&case["losses"]);
        for (wanted, value) in losses.iter().zip(list(&case["values"])) {
            near(&[session.run(loss).unwrap()[[]]], &[wanted.as_f64().unwrap() as f32], 1e-5);
            session.run(step).unwrap();
            near(&session.run(v).unwrap().iter().copied().collect::<Vec<_>>(), &floats(value), 1e-5);
        }
        let mut saved: Vec<(String, Vec<usize>)> =
            session.store().values().into_iter().map(|(name, value)| (name, value.shape().to_vec())).collect();
        saved.sort();
        let keys = case["saved"].as_object().unwrap();
        let wanted: Vec<_> = keys.iter().map(|(name, shape)| (name.clone(), sizes(shape))).collect();
        assert_eq!(saved, wanted, "what {} leaves in a store", case["optimizer"]);
    }
}

#[test]
fn the_gradient_for_a_whole_is_those_for_its_parts() {
    let graph = Graph::new();
    let (whole, parts, rows) = graph
        .build(|| {
            let v = cut("v", &[3, 2], 2);
            let scale = constant([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
            let y = reduce_sum(v * scale, tf_core::ALL);
            let row = gather(v, constant([2]), 0);
            (gradients(y, v), gradients(y, [v.part(0)]), gradients(row, v))
        })
        .unwrap();
    let session = started(&graph);
    let (whole, parts, rows) = session.run((whole, parts, rows)).unwrap();
    assert_eq!(whole, arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).into_dyn());
    assert_eq!(parts[0], arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn());
    assert_eq!(rows, arr2(&[[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]).into_dyn());
    graph
        .build(|| {
            let w = cut("w", &[4], 2);
            let y = reduce_sum(square(w.part(0)), tf_core::ALL);
            assert!(gradients_or_none(y, w).is_some() && gradients_or_none(y, w.part(1)).is_none());
            assert!(gradients_or_none(constant(1.0f32), w).is_none());
        })
        .unwrap();
}

#[test]
fn a_lookup_leaves_each_part_slices_of_its_gradient() {
    let graph = Graph::new();
    let found = graph
        .build(|| {
            let v = cut("v", &[4, 2], 2);
            let rows = gather(v, constant([3, 0, 3, 2]), 0) * constant([[1.0f32], [2.0], [3.0], [4.0]]);
            let gradients = variable_gradients(rows, &graph.parts_of(v));
            let slices = gradients.iter().map(|found| found.unwrap().slices::<f32>().expect("slices"));
            slices.map(|slices| (slices.values, slices.indices)).collect::<Vec<_>>()
        })
        .unwrap();
    let session = started(&graph);
    let [first, second] = &session.run(found).unwrap()[..] else { panic!("two parts") };
    assert_eq!(first, &(arr2(&[[2.0, 2.0]]).into_dyn(), Array1::from(vec![0i64]).into_dyn()));
    let rows = arr2(&[[1.0, 1.0], [3.0, 3.0], [4.0, 4.0]]).into_dyn();
    assert_eq!(second, &(rows, Array1::from(vec![1i64, 1, 0]).into_dyn()));
}

#[test]
fn wholes_in_lists_of_variables_stand_for_their_parts() {
    let graph = Graph::new();
    let (v, w, steps) = graph
        .build(|| {
            let ones = options().initializer(tf_core::ones_initializer());
            let v: Variable<f32> = get_variable("v", [3], ones.partitioner(fixed_size_partitioner(2)));
            let w: Variable<f32> = get_variable("w", [3], ones);
            let loss = reduce_sum(v * w, tf_core::ALL);
            let optimizer = GradientDescent::new(0.5);
            let first = optimizer.minimize_with(loss, &StepOptions::new().variables(v));
            let gradient = variable_gradients(loss, &[AnyVariable::from(v)]).remove(0);
            let second = optimizer.apply_gradients(&[(gradient, v.into())], &StepOptions::new());
            let average = ExponentialMovingAverage::new(0.5);
            let third = average.apply(&[v.into()]);
            assert_eq!(average.average(v.part(1)).unwrap().name(), "v/part_1/ExponentialMovingAverage");
            assert_eq!(optimizer.compute_gradients(loss, &[v.into()]).len(), 2);
            (v, w, [first, second, third])
        })
        .unwrap();
    let session = started(&graph);
    for (step, left) in steps.into_iter().zip([0.5f32, 0.0, 0.0]) {
        session.run(step).unwrap();
        assert!(session.run(v).unwrap().iter().all(|&x| x == left));
    }
    assert!(session.run(w).unwrap().iter().all(|&x| x == 1.0));
    let average = session.store().get("v/ExponentialMovingAverage").unwrap();
    assert_eq!(average.as_slice(), Some(&[0.5f32, 0.5, 0.5][..]));
}

#[test]
fn what_is_listed_as_trainable_is_trained_in_all_its_parts() {
    let graph = Graph::new();
    graph
        .build(|| {
            let off = options().trainable(false).initializer(zeros_initializer());
            let v: Variable<f32> = get_variable("v", [3], off.partitioner(fixed_size_partitioner(2)));
            assert!(tf_core::trainable_variables().is_empty());
            tf_core::add_to_collection(tf_core::collection::TRAINABLE_VARIABLES, v);
        })
        .unwrap();
    assert!(graph.variables()[0].trainable);
    assert_eq!(graph.trainable_variables().len(), 2);
}
