//! Optimizers against TensorFlow's steps (`tests/parity/training.json`), and what surrounds a step: names, scopes, collections.

use serde_json::Value as Json;
use tf_core::{
    AnyGradient, AnyVariable, AsTensor, DType, Float, Graph, Operation, Reuse, Session, Tensor, Value, Variable,
    VariableOptions, cast, collection, constant, control_dependencies, gather, get_variable, name_scope,
    non_neg_constraint, ones_initializer, placeholder, reduce_sum, stop_gradient, train::*, variable_scope,
    zeros_initializer,
};

fn fixture() -> Json {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/parity/training.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there")).expect("it is JSON")
}

fn numbers(json: &Json) -> Vec<f64> {
    match &json["data"] {
        Json::Array(list) => list.iter().map(|x| x.as_f64().expect("a number")).collect(),
        other => panic!("no data: {other}"),
    }
}

fn as_f64(value: &Value) -> Vec<f64> {
    match value.dtype() {
        DType::F32 => value.as_slice::<f32>().unwrap().iter().map(|&x| x.into()).collect(),
        _ => value.as_slice::<f64>().unwrap().to_vec(),
    }
}

fn options() -> VariableOptions {
    VariableOptions::new()
}

/// Takes one step with each gradient, and looks at the variable and its slots after each.
fn replay<T: Float, O: Optimizer>(case: &Json, gradients: &[Vec<f64>], optimizer: O, tolerance: f64)
where
    Vec<T>: tf_core::IntoValue<T>,
{
    let graph = Graph::new();
    let (gradient, step) = graph
        .build(|| {
            let w = get_variable::<T, _, _>(
                "w",
                [4],
                options().initializer(tf_core::constant_initializer(&[1.0f64, -2.0, 0.5, 3.0])),
            );
            let gradient = placeholder::<f64, _>("gradient", [4]);
            let given = AnyGradient::from(cast::<T, _>(gradient));
            (gradient, optimizer.apply_gradients(&[(Some(given), w.into())], &StepOptions::new()))
        })
        .unwrap();
    assert_eq!(graph.name_of(step).as_deref(), case["operation"].as_str());
    let slots: Vec<&str> = case["slots"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut found: Vec<String> = graph.variables().into_iter().skip(1).map(|v| v.name).collect();
    let mut wanted = slots.clone();
    found.sort();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "slots of {}", case["optimizer"]);
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    for (n, (g, after)) in gradients.iter().zip(case["steps"].as_array().unwrap()).enumerate() {
        session.run_with(step, &[gradient.feed(g.clone())]).unwrap();
        for (name, wanted) in ["w"].iter().chain(&slots).zip(after.as_array().unwrap()) {
            let found = as_f64(&session.store().get(name).unwrap());
            for (found, wanted) in found.iter().zip(numbers(wanted)) {
                let error = (found - wanted).abs();
                // Slots are sums of terms around one.
                assert!(
                    error <= tolerance * wanted.abs().max(0.1),
                    "{} {} of {name} after step {n}: {found} instead of {wanted}",
                    case["optimizer"],
                    case["dtype"]
                );
            }
        }
    }
}

#[test]
fn twelve_steps_of_each_optimizer_are_tensorflows_o1_o20_o21() {
    let fixture = fixture();
    for case in fixture["optimizers"].as_array().unwrap() {
        let attrs = &case["attrs"];
        // TensorFlow rounds its arguments to f32 also for variables of f64; this project does not.
        let number = |key: &str, otherwise: f64| f64::from(attrs[key].as_f64().unwrap_or(otherwise) as f32);
        let rate = number("learning_rate", 0.0);
        let dtype = case["dtype"].as_str().unwrap();
        let gradients: Vec<Vec<f64>> = fixture["gradients"][dtype].as_array().unwrap().iter().map(numbers).collect();
        macro_rules! run {
            ($optimizer:expr) => {
                match dtype {
                    "f32" => replay::<f32, _>(case, &gradients, $optimizer, 2e-6),
                    _ => replay::<f64, _>(case, &gradients, $optimizer, 2e-6),
                }
            };
        }
        match case["optimizer"].as_str().unwrap() {
            "gradient_descent" => run!(GradientDescent::new(rate)),
            "momentum" => run!(Momentum::new(rate, number("momentum", 0.0))),
            "nesterov" => run!(Momentum::new(rate, number("momentum", 0.0)).nesterov(true)),
            "adagrad" | "adagrad_started" => {
                run!(Adagrad::new(rate).initial_accumulator(number("initial_accumulator", 0.1)))
            }
            "adadelta" => run!(Adadelta::new(rate).rho(number("rho", 0.0)).epsilon(number("epsilon", 0.0))),
            "rms_prop" | "rms_prop_momentum" | "rms_prop_centered" => {
                let (decay, momentum, epsilon) =
                    (number("decay", 0.9), number("momentum", 0.0), number("epsilon", 1e-10));
                let optimizer = RmsProp::new(rate).decay(decay).momentum(momentum).epsilon(epsilon);
                let centered = case["optimizer"] == "rms_prop_centered";
                run!(if centered { optimizer.centered() } else { optimizer })
            }
            "adam" | "adam_other" => run!(
                Adam::new(rate)
                    .beta1(number("beta1", 0.9))
                    .beta2(number("beta2", 0.999))
                    .epsilon(number("epsilon", 1e-8))
            ),
            "ftrl" | "ftrl_regularized" | "ftrl_power" => run!(
                Ftrl::new(rate)
                    .learning_rate_power(number("learning_rate_power", -0.5))
                    .initial_accumulator(number("initial_accumulator", 0.1))
                    .l1(number("l1", 0.0))
                    .l2(number("l2", 0.0))
                    .l2_shrinkage(number("l2_shrinkage", 0.0))
            ),
            other => panic!("no optimizer `{other}`"),
        }
    }
}

fn scalar_variable(name: &str) -> Variable<f32> {
    get_variable::<f32, _, _>(name, [], options().initializer(ones_initializer()))
}

fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|v| v.name).collect()
}

/// Complaints 3 and 4: TensorFlow prefixes slots with the scope (O4), and fails where that reuses (O5).
#[test]
fn minimize_gives_the_same_names_in_any_scope_o4_o5_o6_o7() {
    for reuse in [Reuse::Inherit, Reuse::Yes, Reuse::Auto] {
        let graph = Graph::new();
        graph
            .build(|| {
                let w = variable_scope("model", |_| scalar_variable("w"));
                variable_scope(tf_core::scope("train").reuse(reuse), |_| {
                    name_scope("inside", || Adam::new(0.1).minimize(w * w))
                })
            })
            .unwrap();
        assert_eq!(names(&graph), ["model/w", "beta1_power", "beta2_power", "model/w/Adam", "model/w/Adam_1"]);
        let global = graph.collection::<AnyVariable>(collection::GLOBAL_VARIABLES);
        let trained = graph.collection::<AnyVariable>(collection::TRAINABLE_VARIABLES);
        assert_eq!((global.len(), trained.len()), (5, 1));
        assert!(graph.collection::<AnyVariable>(collection::REGULARIZATION_LOSSES).is_empty());
    }
}

#[test]
fn optimizers_share_no_slots_and_copies_of_one_do_o2() {
    let graph = Graph::new();
    let slot = graph
        .build(|| {
            let w = scalar_variable("w");
            let first = Momentum::new(0.1, 0.9);
            let _steps = [first.minimize(w * w), Momentum::new(0.1, 0.9).minimize(w * w), first.minimize(w * 2.0)];
            assert_eq!(first.slot_names(), ["momentum"]);
            first.slot(w, "momentum").expect("it was made")
        })
        .unwrap();
    assert_eq!(names(&graph), ["w", "w/Momentum", "w/Momentum_1"]);
    assert_eq!(graph.name_of(slot).as_deref(), Some("w/Momentum"));
}

fn run_once(build: impl FnOnce() -> Operation) -> (Graph, Session) {
    let graph = Graph::new();
    let step = graph.build(build).unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    session.run(step).unwrap();
    (graph, session)
}

fn value(session: &Session, name: &str) -> f64 {
    let value = session.store().get(name).unwrap();
    assert_eq!(value.len(), 1);
    match value.dtype() {
        DType::I64 => value.as_slice::<i64>().unwrap()[0] as f64,
        _ => as_f64(&value)[0],
    }
}

#[test]
fn a_step_is_counted_after_all_have_changed_o14() {
    let (graph, session) = run_once(|| {
        let w = scalar_variable("w");
        let count =
            get_variable::<i64, _, _>("global_step", [], options().initializer(zeros_initializer()).trainable(false));
        let step = GradientDescent::new(0.5).minimize_with(w * w, &StepOptions::new().global_step(count));
        control_dependencies(step, || {
            // A step in which everything is done.
            tf_core::group([step])
        })
    });
    assert_eq!((value(&session, "w"), value(&session, "global_step")), (0.0, 1.0));
    let ops = graph.op_names();
    for name in ["GradientDescent", "GradientDescent/update", "GradientDescent/update_w/ResourceApplyGradientDescent"] {
        assert!(ops.iter().any(|op| op == name), "{name} in {ops:?}");
    }
    assert_eq!(graph.collection::<Operation>(collection::TRAIN_OP).len(), 1);
}

#[test]
fn what_is_not_trainable_stays_unless_it_is_listed_o8_o9() {
    let (_, session) = run_once(|| {
        let w = scalar_variable("w");
        let fixed = get_variable::<f32, _, _>("fixed", [], options().initializer(ones_initializer()).trainable(false));
        GradientDescent::new(0.5).minimize(w * fixed)
    });
    assert_eq!((value(&session, "w"), value(&session, "fixed")), (0.5, 1.0));
    let (_, session) = run_once(|| {
        let w = scalar_variable("w");
        let fixed = get_variable::<f32, _, _>("fixed", [], options().initializer(ones_initializer()).trainable(false));
        GradientDescent::new(0.5).minimize_with(w * fixed, &StepOptions::new().variables(fixed))
    });
    assert_eq!((value(&session, "w"), value(&session, "fixed")), (1.0, 0.5));
}

fn refused(build: impl FnOnce() -> Operation) -> &'static str {
    Graph::new().build(build).unwrap_err().code()
}

#[test]
fn there_is_nothing_to_train_o10() {
    assert_eq!(refused(|| GradientDescent::new(0.1).minimize(constant::<f32, _>(1.0))), "E-NOTHING-TO-TRAIN");
}

#[test]
fn the_loss_depends_on_nothing_that_is_trained_o11() {
    let code = refused(|| {
        let w = scalar_variable("w");
        GradientDescent::new(0.1).minimize(stop_gradient(w.as_tensor()) * 2.0)
    });
    assert_eq!(code, "E-NO-GRADIENTS");
}

#[test]
fn gradients_of_another_shape_or_type_are_refused() {
    let apply = |gradient: fn() -> AnyGradient| {
        refused(move || {
            let w = get_variable::<f32, _, _>("w", [2], options());
            GradientDescent::new(0.1).apply_gradients(&[(Some(gradient()), w.into())], &StepOptions::new())
        })
    };
    assert_eq!(apply(|| constant::<f32, _>([1.0, 2.0, 3.0]).into()), "E-APPLY-SHAPE");
    assert_eq!(apply(|| constant::<f64, _>([1.0, 2.0]).into()), "E-APPLY-SHAPE");
    // A shape that is known only when it runs.
    let graph = Graph::new();
    let (given, step) = graph
        .build(|| {
            let w = get_variable::<f32, _, _>("w", [2], options());
            let given = placeholder::<f32, _>("g", [tf_core::ANY]);
            let gradients = [(Some(AnyGradient::from(given)), AnyVariable::from(w))];
            (given, GradientDescent::new(0.1).apply_gradients(&gradients, &StepOptions::new()))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let error = session.run_with(step, &[given.feed(vec![1.0f32; 3])]).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-APPLY-SHAPE", Some("w")));
}

#[test]
fn a_constraint_holds_after_each_step_o15() {
    let (_, session) = run_once(|| {
        let w = get_variable::<f32, _, _>(
            "w",
            [],
            options().initializer(ones_initializer()).constraint(non_neg_constraint()),
        );
        GradientDescent::new(5.0).minimize(w * w)
    });
    assert_eq!(value(&session, "w"), 0.0);
}

/// Rows that were not looked up keep their value and their slots; duplicates count once, with their sum (O18).
#[test]
fn lookups_update_the_rows_that_were_looked_up_o18() {
    let (_, session) = run_once(|| {
        let table = get_variable::<f32, _, _>("table", [4, 2], options().initializer(ones_initializer()));
        let rows = gather(table, constant([2, 0, 2]), 0);
        Momentum::new(0.1, 0.9).minimize(reduce_sum(rows, tf_core::ALL))
    });
    let found = as_f64(&session.store().get("table").unwrap());
    let wanted = [0.9, 0.9, 1.0, 1.0, 0.8, 0.8, 1.0, 1.0];
    assert!(found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6), "{found:?}");
    assert_eq!(as_f64(&session.store().get("table/Momentum").unwrap()), [1.0, 1.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0]);
}

#[test]
fn the_rate_may_be_a_tensor() {
    let graph = Graph::new();
    let (rate, step) = graph
        .build(|| {
            let rate: Tensor<f32> = placeholder("rate", []);
            (rate, GradientDescent::new(rate).minimize(scalar_variable("w") * 1.0))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    for (given, wanted) in [(0.5f32, 0.5), (0.25, 0.25)] {
        session.run_with(step, &[rate.feed(ndarray::arr0(given))]).unwrap();
        assert_eq!(value(&session, "w"), wanted);
    }
}

/// AdamW: at a gradient of zero only the decay is left.
#[test]
fn weights_decay_apart_from_the_gradient() {
    let (graph, session) = run_once(|| {
        let w = scalar_variable("w");
        Adam::with_weight_decay(0.5, 0.5).minimize(w * 0.0)
    });
    assert_eq!(value(&session, "w"), 0.75);
    assert!(names(&graph).contains(&"w/AdamW".to_owned()));
}

#[test]
fn halves_are_updated_through_f32() {
    let (_, session) = run_once(|| {
        let w = get_variable::<half::f16, _, _>("w", [2], options().initializer(ones_initializer()));
        Momentum::new(0.5, 0.9).minimize(reduce_sum(w * w, tf_core::ALL))
    });
    let found = session.store().get("w").unwrap();
    assert_eq!(found.as_slice::<half::f16>().unwrap(), [half::f16::from_f32(0.0); 2]);
}
