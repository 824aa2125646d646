//! Programs of moving_averages_test.py and slot_creator_test.py: moving averages of variables and tensors, and what is kept for variables.

use crate::{flat, from, names_of, op_name, started};
use tf::{
    Checkpoint, Graph, NoShape, Result, Saver, Session, Variable, VariableOptions, constant, control_dependencies,
    device, identity, moving_average_variables, ones, placeholder, reduce_sum,
    train::{ExponentialMovingAverage, Momentum, Optimizer},
    trainable_variables, variable_scope,
};

/// An average by hand: `a·d + x·(1 - d)`, as an update of the variable (U9).
#[test]
fn a_moving_average_is_an_update() -> Result<()> {
    let graph = Graph::new();
    let (var, update) = graph.build(|| {
        let var = from("var", constant([10.0f32, 11.0]));
        (var, var.assign_sub((var - constant([1.0, 2.0])) * 0.75))
    })?;
    let session = started(&graph)?;
    session.run(update)?;
    assert_eq!(flat(&session.run(var)?), [10.0 * 0.25 + 0.75, 11.0 * 0.25 + 2.0 * 0.75]);
    Ok(())
}

/// The averages of two variables and of their sum, after one update and after two, at this decay.
fn check_decay(
    averages: impl FnOnce() -> ExponentialMovingAverage,
    decay: f32,
    length: usize,
    debiased: bool,
) -> Result<()> {
    let graph = Graph::new();
    let (vars, avgs, assign, update) = graph.build(|| {
        let filled = |name: &str, value: f32| from(name, ones::<f32, _>([length]) * value);
        let vars = [filled("v0", 10.0), filled("v1", 30.0)];
        // No variable, but what follows from two.
        let sum = vars[0] + vars[1];
        let averages = averages();
        let update = averages.apply((vars[0], vars[1], sum));
        let of = |average: Option<Variable<f32>>| average.expect("it was just made");
        let avgs = [of(averages.average(vars[0])), of(averages.average(vars[1])), of(averages.average(sum))];
        let sum_s = format!("{}/ExponentialMovingAverage", op_name(sum));
        assert_eq!(avgs.map(op_name), ["v0/ExponentialMovingAverage", "v1/ExponentialMovingAverage", &sum_s]);
        assert_eq!(names_of(moving_average_variables()), ["v0", "v1"]);
        assert_eq!(names_of(trainable_variables()), ["v0", "v1"], "averages are not trained");
        (vars, avgs, vars.map(|v| v.assign(v * 2.0)), update)
    })?;
    let session = started(&graph)?;
    let near = |found: &ndarray::ArrayD<f32>, expected: f32| {
        assert_eq!(found.len(), length);
        assert!(found.iter().all(|x| (x - expected).abs() < 1e-4), "{found}, not {expected}");
    };
    for (avg, start) in session.run(avgs)?.iter().zip([10.0, 30.0, 0.0]) {
        near(avg, start);
    }
    session.run(assign)?;
    let (mut expected, mut biased) = ([10.0, 30.0], 0.0);
    for n in 1..=2 {
        session.run(update)?;
        let found = session.run(avgs)?;
        for ((avg, expected), start) in found.iter().zip(&mut expected).zip([10.0, 30.0]) {
            *expected = *expected * decay + 2.0 * start * (1.0 - decay);
            near(avg, *expected);
        }
        biased = biased * decay + 80.0 * (1.0 - decay);
        near(&found[2], if debiased { biased / (1.0 - decay.powi(n)) } else { biased });
    }
    assert_eq!(session.run(vars)?[0][[0]], 20.0);
    Ok(())
}

/// Averages follow at their decay, or at a lower one while there were few updates; that of a tensor starts from zeros (B31).
#[test]
fn averages_follow_at_their_decay() -> Result<()> {
    for length in [1, 5] {
        for debiased in [false, true] {
            let plain = || ExponentialMovingAverage::new(0.25);
            let made = move || if debiased { plain().zero_debias() } else { plain() };
            check_decay(made, 0.25, length, debiased)?;
            check_decay(move || made().num_updates(constant(1i64)), 2.0 / 11.0, length, debiased)?;
        }
    }
    Ok(())
}

/// The name is the variable's with that of the averages, before they are made and after (B31).
#[test]
fn averages_are_named_after_what_they_are_of() -> Result<()> {
    let graph = Graph::new();
    let (vars, restored) = graph.build(|| {
        let (v0, v1) = (from("v0", constant(10.0f32)), from("v1", constant(30.0f32)));
        // Of a variable that is not trained there is none.
        let fixed = VariableOptions::new().initializer(constant(20.0f32)).trainable(false);
        let v2: Variable<f32> = Variable::new("v2", NoShape, fixed);
        let sum = v0 + v1;
        let averages = ExponentialMovingAverage::new(0.25).name("foo_avg");
        let names = || [averages.average_name(v0), averages.average_name(v1), averages.average_name(sum)];
        let expected = ["v0/foo_avg", "v1/foo_avg", "add/foo_avg"];
        assert_eq!(names(), expected);
        let _ = averages.apply((v0, v1, sum));
        assert_eq!(names(), expected);
        let made = [averages.average(v0), averages.average(v1), averages.average(sum)];
        assert_eq!(made.map(|average| op_name(average.expect("it was just made"))), expected);
        assert!(averages.average(v2).is_none());
        ([v0, v1, v2], averages.variables_to_restore())
    })?;
    // A file of averages alone is enough to go on from.
    let folder = crate::checkpoints::Folder::new("foo_avg");
    let saver = Saver::of(&graph, restored)?;
    let session = started(&graph)?;
    let path = saver.save(&session, folder.file("model"))?;
    let mut found: Vec<String> = Checkpoint::open(&path)?.entries().map(|entry| entry.name().to_owned()).collect();
    found.sort();
    assert_eq!(found, ["add/foo_avg", "v0/foo_avg", "v1/foo_avg", "v2"]);
    for v in vars {
        v.load(ndarray::arr0(0.0f32), &session)?;
    }
    let _ = saver.restore(&session, path)?;
    assert_eq!(session.run(vars)?.map(|value| value[[]]), [10.0, 30.0, 20.0]);
    Ok(())
}

/// The scope around `apply` does not name averages: their variables do (B31, O4).
#[test]
fn averages_keep_out_of_the_scope_around_them() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let averages = ExponentialMovingAverage::new(0.25);
        let (v0, v1) = variable_scope("scope1", |_| {
            let (v0, v1) = (from("v0", constant(10.0f32)), from("v1", constant(30.0f32)));
            let sum = v0 + v1;
            let update = variable_scope("scope2", |_| averages.apply((v0, v1, sum)));
            assert_eq!(op_name(update), "scope1/scope2/ExponentialMovingAverage/group_deps");
            assert_eq!(averages.average_name(sum), "scope1/add/ExponentialMovingAverage");
            (v0, v1)
        });
        assert_eq!([v0, v1].map(op_name), ["scope1/v0", "scope1/v1"]);
        assert_eq!(averages.average_name(v0), "scope1/v0/ExponentialMovingAverage");
        assert_eq!(averages.average(v1).map(op_name).as_deref(), Some("scope1/v1/ExponentialMovingAverage"));
    })
}

/// A mean in which each value has a weight: two averages, one over the other.
#[test]
fn a_weighted_average_is_two_averages() -> Result<()> {
    let graph = Graph::new();
    let (value, weight, mean) = graph.build(|| {
        let (value, weight) = (placeholder::<f32, _>("value", []), placeholder::<f32, _>("weight", []));
        let averages = ExponentialMovingAverage::new(0.5);
        let (weighted, total) = (value * weight, identity(weight));
        let update = averages.apply((weighted, total));
        let of = |tensor| averages.average(tensor).expect("it was just made").read_value();
        (value, weight, control_dependencies(update, || of(weighted) / of(total)))
    })?;
    let session = started(&graph)?;
    let (mut above, mut below) = (0.0, 0.0);
    for (x, w) in [(3.0f32, 4.0f32), (11.0, 22.0)] {
        (above, below) = (above * 0.5 + x * w * 0.5, below * 0.5 + w * 0.5);
        let feeds = [value.feed(ndarray::arr0(x)), weight.feed(ndarray::arr0(w))];
        assert!((session.run_with(mean, &feeds)?[[]] - above / below).abs() < 1e-6);
    }
    Ok(())
}

/// An update under a dependency waits for it; the average itself is initialized without (U25).
#[test]
fn averages_are_initialized_without_the_dependencies_of_their_update() -> Result<()> {
    let graph = Graph::new();
    let (v0, assign, average, update, inits) = graph.build(|| {
        let (v0, v1) = (from("v0", constant(0)), from("v1", constant([10.0f32])));
        let (count, assign) = (v0.assign_add(1), v1.assign(constant([20.0])));
        let averages = ExponentialMovingAverage::new(0.25);
        let update = control_dependencies([count], || averages.apply(v1));
        let average = averages.average(v1).expect("it was just made");
        (v0, assign, average, update, [average.initializer(), v0.initializer()])
    })?;
    let session = Session::new(&graph)?;
    for init in inits {
        session.run(init)?;
    }
    assert_eq!(flat(&session.run(average)?), [10.0]);
    session.run(assign)?;
    session.run(update)?;
    assert_eq!((session.run(v0)?[[]], flat(&session.run(average)?)), (1, vec![17.5]));
    Ok(())
}

/// The average of a variable is where the variable is, that of a tensor where it is made (V32).
#[test]
fn an_average_is_placed_beside_its_variable() -> Result<()> {
    Graph::new().build(|| {
        let v0 = device("/job:dev_v0", || from("v0", constant(10.0f32)));
        let v1 = device("/job:dev_v1", || from("v1", constant(30.0f32)));
        let sum = v0 + v1;
        let averages = ExponentialMovingAverage::new(0.25);
        device("/job:default", || averages.apply((v0, v1, sum)));
        for (average, expected) in [
            (averages.average(v0), "/job:dev_v0"),
            (averages.average(v1), "/job:dev_v1"),
            (averages.average(sum), "/job:default"),
        ] {
            assert_eq!(average.expect("it was just made").device(), expected);
        }
    })
}

/// What an optimizer or an average keeps for a variable is of its shape and type, named after it, and starts as it is told to (O1).
#[test]
fn what_is_kept_for_a_variable_is_like_it() -> Result<()> {
    let graph = Graph::new();
    let kept = graph.build(|| {
        let v = from("var", constant([1.0f64, 2.5]));
        let (momentum, averages) = (Momentum::new(0.1, 0.9), ExponentialMovingAverage::new(0.5).name("slot"));
        let _ = (momentum.minimize(reduce_sum(v, tf::ALL)), averages.apply(v));
        let zeros = momentum.slot(v, "momentum").and_then(|slot| slot.typed::<f64>()).expect("it was just made");
        let copy = averages.average(v).expect("it was just made");
        assert_eq!([zeros, copy].map(op_name), ["var/Momentum", "var/slot"]);
        assert_eq!([zeros, copy].map(|slot| slot.shape().to_string()), ["[2]", "[2]"]);
        [zeros, copy]
    })?;
    let [zeros, copy] = started(&graph)?.run(kept)?;
    assert_eq!((flat(&zeros), flat(&copy)), (vec![0.0, 0.0], vec![1.0, 2.5]));
    Ok(())
}
