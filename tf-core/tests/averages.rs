//! Exponential moving averages of variables and tensors, against TensorFlow's (`tests/parity/training.json`; B31).

use serde_json::Value as Json;
use tf_core::{
    AnyVariable, DType, Float, Graph, IntoValue, Saver, Session, Tensor, Value, Variable, VariableOptions, cast,
    collection, constant, get_variable, identity, name_scope, named, ones_initializer, placeholder, reduce_sum,
    train::ExponentialMovingAverage, variable_scope,
};

fn fixture(name: &str) -> Json {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/parity/training.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str::<Json>(&text).expect("it is JSON")[name].take()
}

fn numbers(json: &Json) -> Vec<f64> {
    json["data"].as_array().expect("data").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn texts(json: &Json) -> Vec<&str> {
    json.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

fn as_f64(value: &Value) -> Vec<f64> {
    match value.dtype() {
        DType::F32 => value.as_slice::<f32>().unwrap().iter().map(|&x| x.into()).collect(),
        _ => value.as_slice::<f64>().unwrap().to_vec(),
    }
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "{found} instead of {wanted}");
}

fn options() -> VariableOptions {
    VariableOptions::new()
}

fn scalar(name: &str) -> Variable<f32> {
    get_variable(name, [], options().initializer(ones_initializer()))
}

#[test]
fn averages_are_tensorflows() {
    for case in fixture("averages").as_array().unwrap() {
        let graph = Graph::new();
        let (value, n, set, update, average) = graph
            .build(|| {
                let w = scalar("w");
                let (value, n) = (placeholder::<f32, _>("value", []), placeholder::<i64, _>("n", []));
                let mut averages = ExponentialMovingAverage::new(case["decay"].as_f64().unwrap() as f32);
                if case["counted"] == true {
                    averages = averages.num_updates(n);
                }
                let update = averages.apply(w);
                (value, n, w.assign(value), update, averages.average(w).expect("it was just made"))
            })
            .unwrap();
        assert_eq!(graph.name_of(average).as_deref(), case["name"].as_str());
        assert_eq!(graph.collection::<AnyVariable>(collection::MOVING_AVERAGE_VARIABLES).len(), 1);
        let session = Session::new(&graph).unwrap();
        session.initialize().unwrap();
        for (i, wanted) in numbers(&case["values"]).into_iter().enumerate() {
            session.run_with(set, &[value.feed(ndarray::arr0((i * i) as f32))]).unwrap();
            session.run_with(update, &[n.feed(ndarray::arr0(i as i64))]).unwrap();
            let found = f64::from(session.run(average).unwrap()[[]]);
            assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "{found} instead of {wanted}");
        }
    }
}

fn averages_of_a_tensor<T: Float>(case: &Json)
where
    Vec<T>: IntoValue<T>,
{
    let graph = Graph::new();
    let (value, n, update) = graph
        .build(|| {
            let (value, n) = (placeholder::<f64, _>("value", [2]), placeholder::<i64, _>("n", []));
            let x: Tensor<T> = name_scope("deep", || named(identity(cast::<T, _>(value)), "x"));
            let mut averages = ExponentialMovingAverage::new(case["decay"].as_f64().unwrap() as f32);
            if case["counted"] == true {
                averages = averages.num_updates(n);
            }
            if case["zero_debias"] == true {
                averages = averages.zero_debias();
            }
            assert!(averages.average(x).is_none());
            let update = averages.apply(x);
            assert_eq!(averages.average(x).expect("it was just made").name(), texts(&case["variables"])[0]);
            (value, n, update)
        })
        .unwrap();
    let names: Vec<String> = graph.variables().into_iter().map(|variable| variable.name).collect();
    assert_eq!(names, texts(&case["variables"]));
    assert_eq!(graph.global_variables().len(), names.len());
    assert!(graph.trainable_variables().is_empty() && graph.moving_average_variables().is_empty());
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    for (i, wanted) in numbers(&case["values"]).chunks(2).enumerate() {
        if i > 0 {
            let step = (i - 1) as f64;
            let feeds = [value.feed(vec![step + 1.0, 0.5 - step * step]), n.feed(ndarray::arr0(i as i64 - 1))];
            session.run_with(update, &feeds).unwrap();
        }
        let found = as_f64(&session.store().get(&names[0]).unwrap());
        found.iter().zip(wanted).for_each(|(&found, &wanted)| near(found, wanted));
    }
}

#[test]
fn averages_of_tensors_start_from_zeros_that_may_be_divided_out() {
    for case in fixture("tensor_averages").as_array().unwrap() {
        match case["dtype"].as_str() {
            Some("f32") => averages_of_a_tensor::<f32>(case),
            _ => averages_of_a_tensor::<f64>(case),
        }
    }
}

#[test]
fn a_decay_may_change_from_update_to_update() {
    let recorded = fixture("changing_decay");
    let graph = Graph::new();
    let (w, decay, given, updates, averages) = graph
        .build(|| {
            let (w, decay, given) = (scalar("w"), scalar("decay"), placeholder::<f32, _>("given", []));
            let averages = [ExponentialMovingAverage::new(decay), ExponentialMovingAverage::new(given)];
            let updates = averages.each_ref().map(|averages| averages.apply(w));
            (w, decay, given, updates, averages.map(|averages| averages.average(w).expect("it was just made")))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let decays = recorded["decays"].as_array().unwrap().iter().map(|decay| decay.as_f64().unwrap() as f32);
    for (n, (now, wanted)) in decays.zip(numbers(&recorded["values"])).enumerate() {
        decay.load(ndarray::arr0(now), &session).unwrap();
        w.load(ndarray::arr0((n * n) as f32), &session).unwrap();
        session.run_with(updates, &[given.feed(ndarray::arr0(now))]).unwrap();
        session.run(averages).unwrap().iter().for_each(|found| near(found[[]].into(), wanted));
    }
}

/// `v0`, `s/fixed`, `s/v1` and the sum `x` of the trained ones.
fn two_and_their_sum() -> (Variable<f32>, Variable<f32>, Tensor<f32>) {
    let v0 = scalar("v0");
    let v1 = variable_scope("s", |_| {
        let _ = get_variable::<f32, _, _>("fixed", [], options().trainable(false));
        scalar("v1")
    });
    (v0, v1, named(identity(v0 + v1), "x"))
}

#[test]
fn averages_are_called_and_restored_as_tensorflows() {
    let recorded = fixture("average_names");
    let graph = Graph::new();
    let restored = graph
        .build(|| {
            let (v0, v1, x) = two_and_their_sum();
            let averages = ExponentialMovingAverage::new(0.25).name("slow");
            let names = || [averages.average_name(v0), averages.average_name(v1), averages.average_name(x)];
            assert_eq!(names()[..], texts(&recorded["before"]));
            let _ = averages.apply((v0, v1, x));
            assert_eq!(names()[..], texts(&recorded["after"]));
            averages.variables_to_restore()
        })
        .unwrap();
    let named = |variable: &AnyVariable| graph.describe(*variable).unwrap().name;
    let moving: Vec<String> = graph.moving_average_variables().iter().map(named).collect();
    assert_eq!(moving, texts(&recorded["moving"]));
    // A file with a tensor of each of TensorFlow's names gives every variable the value that it has there.
    let pairs: Vec<Vec<&str>> = recorded["restored"].as_array().unwrap().iter().map(texts).collect();
    let mut writer = tf_core::CheckpointWriter::new();
    for (i, pair) in pairs.iter().enumerate() {
        writer = writer.tensor(pair[0], Value::scalar(i as f32 + 10.0)).unwrap();
    }
    let file = std::env::temp_dir().join(format!("tf_core_average_names_{}.safetensors", std::process::id()));
    writer.write(&file).unwrap();
    let session = Session::new(&graph).unwrap();
    let report = Saver::of(&graph, restored).unwrap().restore(&session, &file).unwrap();
    // A file left behind harms nobody.
    let _ = std::fs::remove_file(&file);
    assert_eq!((report.applied.len(), report.unused.len()), (pairs.len(), 0));
    for (i, pair) in pairs.iter().enumerate() {
        assert_eq!(as_f64(&session.store().get(pair[1]).unwrap()), [i as f64 + 10.0], "{}", pair[1]);
    }
}

#[test]
fn a_tensor_of_any_shape_is_averaged_once_it_is_known() {
    for debiased in [false, true] {
        let graph = Graph::new();
        let (x, update, average) = graph
            .build(|| {
                let x = placeholder::<f32, _>("x", [tf_core::ANY]);
                let averages = ExponentialMovingAverage::new(0.75);
                let averages = if debiased { averages.zero_debias() } else { averages };
                (x, averages.apply(x), averages.average(x).expect("it was just made"))
            })
            .unwrap();
        let session = Session::new(&graph).unwrap();
        let fed = [x.feed(vec![4.0f32, 8.0, 12.0])];
        session.run_with(graph.build(tf_core::global_variables_initializer).unwrap(), &fed).unwrap();
        session.run_with(update, &fed).unwrap();
        let scale = if debiased { 1.0 } else { 0.25 };
        assert_eq!(session.run(average).unwrap(), ndarray::arr1(&[4.0, 8.0, 12.0]).into_dyn() * scale);
    }
}

#[test]
fn halves_are_averaged_and_integers_refused() {
    let graph = Graph::new();
    let (average, update) = graph
        .build(|| {
            let v = get_variable::<half::f16, _, _>("v", [2], options().initializer(ones_initializer()));
            let averages = ExponentialMovingAverage::new(0.5);
            let doubled = named(v.value() + v, "doubled");
            let update = averages.apply((v, doubled));
            (averages.average(doubled).expect("it was just made"), update)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    session.run(update).unwrap();
    assert!(session.run(average).unwrap().iter().all(|&x| x == half::f16::ONE));
    let error = graph
        .build(|| {
            let n = get_variable::<i32, _, _>("n", [], options());
            ExponentialMovingAverage::new(0.5).apply(AnyVariable::from(n))
        })
        .unwrap_err();
    assert_eq!(error.code(), "E-AVERAGE-DTYPE");
    assert!(error.to_string().starts_with("variable `n` of i32 is to be averaged"), "{error}");
}

#[test]
fn averages_of_two_outputs_of_an_op_are_two() {
    let graph = Graph::new();
    let names = graph
        .build(|| {
            let x = named(constant([1.0f32, 2.0, 3.0, 4.0]), "x");
            let halves: [Tensor<f32>; 2] = tf_core::split(x, 0);
            let averages = ExponentialMovingAverage::new(0.5);
            let _ = averages.apply(halves);
            halves.map(|half| averages.average_name(half))
        })
        .unwrap();
    assert_eq!(names, ["split/ExponentialMovingAverage", "split/ExponentialMovingAverage_1"]);
}

#[test]
fn an_average_beside_another_is_of_its_own() {
    let graph = Graph::new();
    graph
        .build(|| {
            let (fast, slow) = (ExponentialMovingAverage::new(0.5), ExponentialMovingAverage::new(0.9));
            let v = scalar("v");
            assert_eq!(fast.average_name(v), "v/ExponentialMovingAverage");
            let _ = (fast.apply(v), slow.apply(v), slow.apply(v));
            assert_eq!(fast.average_name(v), "v/ExponentialMovingAverage");
            assert_eq!(slow.average_name(v), "v/ExponentialMovingAverage_1");
            assert_eq!(graph.name_of(reduce_sum(v, tf_core::ALL)).as_deref(), Some("Sum"));
        })
        .unwrap();
    assert_eq!(graph.variables().len(), 3);
}
