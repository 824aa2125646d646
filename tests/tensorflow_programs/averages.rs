//! Moving averages of variables.

use crate::{flat, from, names_of, op_name, started};
use tf::{
    AnyVariable, Graph, Result, Session, constant, control_dependencies, device, moving_average_variables, ones,
    train::ExponentialMovingAverage, trainable_variables,
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

/// The averages of the variables of `of`, after one update and after two, at this decay.
fn check_decay(averages: impl FnOnce() -> ExponentialMovingAverage, decay: f32, length: usize) -> Result<()> {
    let graph = Graph::new();
    let (vars, avgs, assign, update) = graph.build(|| {
        let filled = |name: &str, value: f32| from(name, ones::<f32, _>([length]) * value);
        let vars = [filled("v0", 10.0), filled("v1", 30.0)];
        let averages = averages();
        let update = averages.apply(&vars.map(AnyVariable::from));
        let avgs = vars.map(|v| averages.average(v).expect("it was just made"));
        assert_eq!(avgs.map(op_name), ["v0/ExponentialMovingAverage", "v1/ExponentialMovingAverage"]);
        assert_eq!(names_of(moving_average_variables()), ["v0", "v1"]);
        assert_eq!(names_of(trainable_variables()), ["v0", "v1"], "averages are not trained");
        (vars, avgs, vars.map(|v| v.assign(v * 2.0)), update)
    })?;
    let session = started(&graph)?;
    let near = |found: &ndarray::ArrayD<f32>, expected: f32| {
        assert_eq!(found.len(), length);
        assert!(found.iter().all(|x| (x - expected).abs() < 1e-4), "{found}, not {expected}");
    };
    // They start as the variables do, and an update that changes nothing leaves them there.
    session.run(update)?;
    for (avg, start) in session.run(avgs)?.iter().zip([10.0, 30.0]) {
        near(avg, start);
    }
    session.run(assign)?;
    let mut expected = [10.0, 30.0];
    for _ in 0..2 {
        session.run(update)?;
        for ((avg, expected), start) in session.run(avgs)?.iter().zip(&mut expected).zip([10.0, 30.0]) {
            *expected = *expected * decay + 2.0 * start * (1.0 - decay);
            near(avg, *expected);
        }
    }
    assert_eq!(session.run(vars)?[0][[0]], 20.0);
    Ok(())
}

/// Averages follow at their decay, or at a lower one while there were few updates (B31).
#[test]
fn averages_follow_at_their_decay() -> Result<()> {
    for length in [1, 5] {
        check_decay(|| ExponentialMovingAverage::new(0.25), 0.25, length)?;
        let early = || ExponentialMovingAverage::new(0.25).num_updates(constant(1i64));
        check_decay(early, 2.0 / 11.0, length)?;
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
        let update = control_dependencies([count], || averages.apply(&[v1.into()]));
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

/// The average of a variable is where the variable is (V32).
#[test]
fn an_average_is_placed_beside_its_variable() -> Result<()> {
    Graph::new().build(|| {
        let v0 = device("/job:dev_v0", || from("v0", constant(10.0f32)));
        let v1 = device("/job:dev_v1", || from("v1", constant(30.0f32)));
        let averages = ExponentialMovingAverage::new(0.25);
        device("/job:default", || averages.apply(&[v0.into(), v1.into()]));
        for (v, expected) in [(v0, "/job:dev_v0"), (v1, "/job:dev_v1")] {
            assert_eq!(averages.average(v).expect("it was just made").device(), expected);
        }
    })
}
