//! Averages of a model's variables: moved by each step, evaluated in place of the values, saved and resumed with them.

use crate::network::{Folder, Learned, Points, Used, batches, learned, points};
use ndarray::ArrayD;
use tf::{data::Batches, prelude::*, train::*};

const WEIGHTS: &str = "hidden/weights";

fn averaged() -> Learned {
    learned().averaged(ExponentialMovingAverage::new(0.9)).expect("it has an optimizer")
}

fn held_out() -> Batches<Points> {
    Batches::new(points(23), 10).expect("there are examples")
}

fn close(a: &ArrayD<f32>, b: &ArrayD<f32>) -> bool {
    (a - b).iter().all(|difference| difference.abs() < 1e-6)
}

#[test]
fn each_step_moves_them_after_the_variables() -> tf::Result<()> {
    let model = averaged();
    let average = |model: &Learned| model.get::<f32>(&format!("{WEIGHTS}/ExponentialMovingAverage"));
    // They begin as the variables are, though those were drawn at random.
    let mut expected = model.get::<f32>(WEIGHTS)?;
    assert_eq!(average(&model)?, expected);
    let (x, y) = points(8);
    for _ in 0..5 {
        model.step(&x, &y)?;
        expected = &expected - (&expected - model.get::<f32>(WEIGHTS)?) * (1.0 - 0.9);
        assert!(close(&average(&model)?, &expected), "{} is not {expected}", average(&model)?);
    }
    assert_ne!(average(&model)?, model.get::<f32>(WEIGHTS)?);
    Ok(())
}

#[test]
fn a_model_of_the_averages_is_one_of_its_own() -> tf::Result<()> {
    let model = averaged();
    let (x, y) = points(8);
    for _ in 0..3 {
        model.step(&x, &y)?;
    }
    let smooth = model.averages()?;
    let then = model.get::<f32>(&format!("{WEIGHTS}/ExponentialMovingAverage"))?;
    assert_eq!(smooth.get::<f32>(WEIGHTS)?, then);
    assert_eq!(smooth.variables().len(), 3, "no slots, no averages: {}", smooth.summary());
    model.step(&x, &y)?;
    assert_eq!(smooth.get::<f32>(WEIGHTS)?, then);
    // What is saved of it is a checkpoint like any other.
    let folder = Folder::new("averages");
    std::fs::create_dir_all(&folder.0).expect("a folder");
    smooth.save(folder.0.join("smooth.safetensors"))?;
    assert_eq!(Learned::load(folder.0.join("smooth.safetensors"))?.get::<f32>(WEIGHTS)?, then);
    Ok(())
}

#[test]
fn an_optimizer_that_is_attached_later_moves_those_of_its_variables() -> tf::Result<()> {
    let mut model = Learned::init(3)?;
    let hidden = model.attach(GradientDescent::new(0.1), Objective::output(0).within("hidden"))?;
    let mut model = model.averaged(ExponentialMovingAverage::new(0.5))?;
    let out = model.attach(GradientDescent::new(0.1), Objective::output(0).within("out"))?;
    let (x, y) = points(8);
    let moved = |model: &Learned, name: &str| -> tf::Result<bool> {
        Ok(model.get::<f32>(&format!("{name}/ExponentialMovingAverage"))? != model.averages()?.get::<f32>(name)?
            || model.get::<f32>(&format!("{name}/ExponentialMovingAverage"))? != model.get::<f32>(name)?)
    };
    model.take(hidden, &x, &y)?;
    assert!(moved(&model, WEIGHTS)? && !moved(&model, "out/weights")?);
    model.take(out, &x, &y)?;
    assert!(moved(&model, "out/weights")?);
    Ok(())
}

#[test]
fn the_decay_of_early_steps_follows_the_count_of_steps() -> tf::Result<()> {
    let model = learned().averaged(ExponentialMovingAverage::new(0.999).global_step())?;
    let before = model.get::<f32>(WEIGHTS)?;
    let (x, y) = points(8);
    model.step(&x, &y)?;
    // After the first step the decay is (1 + 1) / (10 + 1).
    let after = model.get::<f32>(WEIGHTS)?;
    let expected = &before - (&before - &after) * (1.0 - 2.0 / 11.0);
    assert!(close(&model.averages()?.get::<f32>(WEIGHTS)?, &expected));
    Ok(())
}

#[test]
fn an_evaluation_of_averages_leaves_the_variables_as_they_are() -> tf::Result<()> {
    let until = Until::epochs(4);
    let plain = learned();
    let without = Trainer::new(&plain, batches()).run(until)?;
    let model = averaged();
    let used = Used::sharing(&model)?;
    let report = Trainer::new(&model, batches())
        .evaluate(Evaluation::new(&used, held_out()).named("averages").of_averages())
        .evaluate(Evaluation::new(&used, held_out()))
        .run(until)?;
    assert_eq!((report.loss, model.get::<f32>(WEIGHTS)?), (without.loss, plain.get::<f32>(WEIGHTS)?));
    let by_hand = |used: &Used| -> tf::Result<f64> {
        let mut loss = 0.0;
        for rows in [0..10, 10..20, 20..23] {
            let (x, y) = points(23);
            let chosen = |array: &ndarray::Array2<f32>| array.slice(ndarray::s![rows.clone(), ..]).to_owned();
            loss += f64::from(used.run(&chosen(&x), &chosen(&y))?.0[[]]) * rows.len() as f64;
        }
        Ok(loss / 23.0)
    };
    let (own, smooth) = (by_hand(&used)?, by_hand(&Used::sharing(&model.averages()?)?)?);
    assert!((report.metrics["eval/loss"] - own).abs() < 1e-9);
    assert!((report.metrics["averages/loss"] - smooth).abs() < 1e-9);
    assert_ne!(own, smooth);
    Ok(())
}

#[test]
fn a_resumed_run_has_the_averages_of_one_that_was_not_stopped() -> tf::Result<()> {
    let folder = Folder::new("resumed-averages");
    let checkpoints = || Checkpoints::within(&folder.0).every(Every::steps(5)).resumed();
    let whole = averaged();
    Trainer::new(&whole, batches()).run(Until::steps(12))?;
    Trainer::new(&averaged(), batches()).checkpoints(checkpoints()).run(Until::steps(7))?;
    let resumed = averaged();
    let report = Trainer::new(&resumed, batches()).checkpoints(checkpoints()).run(Until::steps(12))?;
    assert_eq!(report.resumed_at, Some(7));
    assert_eq!(resumed.averages()?.get::<f32>(WEIGHTS)?, whole.averages()?.get::<f32>(WEIGHTS)?);
    Ok(())
}

#[test]
fn averages_of_what_a_checkpoint_brings_begin_as_that() -> tf::Result<()> {
    let folder = Folder::new("weights-only");
    std::fs::create_dir_all(&folder.0).expect("a folder");
    let weights = folder.0.join("weights.safetensors");
    Learned::init(5)?.save(&weights)?;
    let model = averaged();
    let report = model.restore_with(&weights, &tf::Import::new().partial())?;
    assert!(report.missing.contains(&format!("{WEIGHTS}/ExponentialMovingAverage")));
    assert_eq!(model.averages()?.get::<f32>(WEIGHTS)?, model.get::<f32>(WEIGHTS)?);
    Ok(())
}

#[test]
fn averages_that_are_not_kept_or_kept_twice() -> tf::Result<()> {
    let code = |result: tf::Result<Learned>| result.err().map(|error| error.code());
    let average = || ExponentialMovingAverage::new(0.9);
    assert_eq!(code(Learned::init(1)?.averaged(average())), Some("E-NO-STEP"));
    assert_eq!(code(learned().averages()), Some("E-NO-AVERAGES"));
    for decay in [2.0, -0.5, f32::NAN] {
        assert_eq!(code(learned().averaged(ExponentialMovingAverage::new(decay))), Some("E-AVERAGE-DECAY"));
    }
    let twice = averaged().averaged(average()).err().expect("there are averages");
    assert_eq!(twice.code(), "E-AVERAGED-TWICE");
    assert!(twice.location().is_some_and(|at| at.file().ends_with("averages.rs")), "{twice}");
    let model = learned();
    let used = Used::sharing(&model)?;
    let evaluation = Evaluation::new(&used, held_out()).of_averages();
    let error = Trainer::new(&model, batches()).evaluate(evaluation).run(Until::steps(1)).unwrap_err();
    assert_eq!(error.code(), "E-NO-AVERAGES");
    Ok(())
}
