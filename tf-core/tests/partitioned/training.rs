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
            let third = average.apply(v);
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
fn what_is_kept_for_a_whole_is_a_whole() {
    let graph = Graph::new();
    let (v, steps, kept) = graph
        .build(|| {
            let ones = options().initializer(tf_core::ones_initializer());
            let v: Variable<f32> = get_variable("v", [3, 2], ones.partitioner(fixed_size_partitioner(2)));
            let (adam, averages) = (Adam::new(0.1), ExponentialMovingAverage::new(0.5));
            assert!(adam.slot(v, "m").is_none() && averages.average(v).is_none(), "nothing was made yet");
            let step = adam.minimize(reduce_sum(v * v, tf_core::ALL));
            let update = tf_core::control_dependencies(step, || averages.apply(v));
            let (m, second) = (adam.slot(v, "m").unwrap().typed::<f32>().unwrap(), adam.slot(v, "v").unwrap());
            let average = averages.average(v).expect("all parts have one");
            assert_eq!((m.name(), averages.average_name(v)), ("v/Adam".into(), average.name()));
            assert_eq!(second.typed::<f32>().unwrap().name(), "v/Adam_1");
            assert_eq!(averages.average(v).map(|again| again.parts().len()), Some(2));
            assert_eq!(average.part(1).name(), averages.average(v.part(1)).unwrap().name());
            assert_eq!(m.shape().to_string(), "[3, 2]");
            assert!(adam.slot(v, "no_such_slot").is_none());
            (v, [step, update], [m, average])
        })
        .unwrap();
    // It is a view: what is listed, initialized and saved is what the parts have.
    assert!(graph.variables().iter().all(|variable| variable.name != "v/Adam"));
    assert_eq!(graph.global_variables().len(), 10);
    let session = started(&graph);
    session.run(steps[1]).unwrap();
    let [m, average] = session.run(kept).unwrap();
    assert!(m.iter().all(|x| (x - 0.2).abs() < 1e-6), "{m}");
    assert!(average.iter().all(|x| (x - 0.95).abs() < 1e-6), "{average}");
    // What was averaged takes the place of what was trained, as one assignment.
    let assign = graph.build(|| v.assign(kept[1])).unwrap();
    session.run(assign).unwrap();
    assert_eq!(session.run(v).unwrap(), average);
    kept[0].load(arr2(&[[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]), &session).unwrap();
    assert_eq!(session.store().get("v/part_1/Adam").unwrap().as_slice(), Some(&[5.0f32, 6.0][..]));
    // A saver may be given it, and it is in the same file as one tensor.
    let file = std::env::temp_dir().join(format!("tf_core_kept_whole_{}.safetensors", std::process::id()));
    let saver = tf_core::Saver::of(&graph, [("m", kept[0])]).unwrap();
    let saved = saver.save(&session, &file).unwrap();
    let entry = tf_core::Checkpoint::open(&saved).unwrap().get("m").unwrap();
    std::fs::remove_file(&saved).unwrap();
    assert_eq!(entry.as_slice(), Some(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0][..]));
}

#[test]
fn what_only_some_parts_have_is_nothing_for_the_whole() {
    let graph = Graph::new();
    graph
        .build(|| {
            let v: Variable<f32> = get_variable("v", [3], options().partitioner(fixed_size_partitioner(2)));
            let momentum = Momentum::new(0.1, 0.9);
            let loss = reduce_sum(v * v, tf_core::ALL);
            let _ = momentum.minimize_with(loss, &StepOptions::new().variables(v.part(1)));
            assert!(momentum.slot(v.part(1), "momentum").is_some() && momentum.slot(v, "momentum").is_none());
            let _ = momentum.minimize(loss);
            assert!(momentum.slot(v, "momentum").is_some());
        })
        .unwrap();
}

#[test]
fn a_build_that_fails_takes_the_whole_back() {
    let graph = Graph::new();
    let averages = ExponentialMovingAverage::new(0.5);
    let v = graph
        .build(|| {
            let v: Variable<f32> = get_variable("v", [3], options().partitioner(fixed_size_partitioner(2)));
            let _ = averages.apply(v);
            v
        })
        .unwrap();
    let failed = graph.build(|| {
        assert!(averages.average(v).is_some());
        get_variable::<f32, _, _>("v", [3], options())
    });
    assert_eq!(failed.unwrap_err().code(), "E-EXISTS");
    let average = graph.build(|| averages.average(v).expect("it is put together again")).unwrap();
    assert_eq!(started(&graph).run(average).unwrap().len(), 3);
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
