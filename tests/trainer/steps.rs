//! What a run does with each step, and what it tells.

use crate::network::{Folder, Learned, Used, batches, go_on, learned, network, points, recorded};
use ndarray::Array1;
use std::sync::{Arc, Mutex};
use tf::{data::Batches, prelude::*, train::*};

#[test]
fn a_run_says_what_came_of_it() -> tf::Result<()> {
    let folder = Folder::new("report");
    let (losses, report) = recorded(Some(Checkpoints::within(&folder.0).keep(2)), Until::epochs(3), go_on);
    assert_eq!(report.loss.map(f64::to_bits), losses.last().map(|loss| loss.1));
    let names: Vec<&str> = report.curves.iter().map(Curve::name).collect();
    assert_eq!(names, ["loss", "eval/loss", "eval/distance", "train/loss"]);
    let epoch: f64 = losses[14..].iter().map(|loss| f64::from_bits(loss.1)).sum::<f64>() / 7.0;
    assert_eq!(report.metrics["train/loss"], epoch);
    // The last checkpoint, the one before, the best, and the state file.
    let mut files: Vec<_> =
        std::fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["best.safetensors", "checkpoint", "model-14.safetensors", "model-21.safetensors"]);
    assert_eq!(report.checkpoint.as_deref(), Some(&*folder.0.join("model-21.safetensors")));
    let told = report.to_string();
    assert!(told.starts_with("21 steps, finished\n") && told.contains("\n  eval/loss "), "{told}");
    assert!(told.ends_with("model-21.safetensors`"), "{told}");
    // They are checkpoints of the model like any other.
    let model = Learned::load(report.checkpoint.as_deref().unwrap())?;
    let used = Used::sharing(&model)?;
    let (x, y) = points(23);
    let (loss, _) = used.run(&x, &y)?;
    assert!((f64::from(loss[[]]) - report.metrics["eval/loss"]).abs() < 1e-6);
    Ok(())
}

#[test]
fn training_ends_early_when_nothing_becomes_better() -> tf::Result<()> {
    let model = Learned::init(11)?.minimize(GradientDescent::new(0.0))?;
    let used = Used::sharing(&model)?;
    let folder = Folder::new("early");
    let held_out = || Batches::new(points(23), 10).expect("there are examples");
    let trainer = || {
        Trainer::new(&model, batches())
            .evaluate(Evaluation::new(&used, held_out()))
            .early_stop(EarlyStop::on("eval/loss").patience(2))
            .checkpoints(Checkpoints::within(&folder.0).resumed())
    };
    let report = trainer().run(Until::epochs(100))?;
    // The first value is the best, and two are no better.
    assert_eq!((report.ended, report.steps, report.best.unwrap().0), (Ended::Early, 21, 7));
    let again = trainer().run(Until::epochs(100))?;
    assert_eq!((again.ended, again.steps, again.loss), (Ended::Early, 21, None));
    Ok(())
}

#[test]
fn progress_is_shown_in_lines() -> tf::Result<()> {
    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Out {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (model, out) = (learned(), Out::default());
    let written = |out: &Out| String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    Trainer::new(&model, batches()).progress_to(out.clone()).run(Until::steps(40))?;
    let text = written(&out);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("steps/s")).collect();
    assert_eq!(lines.len(), 20, "{text}");
    assert!(
        lines[19].starts_with("step 40/40  epoch 5  loss 0.") && lines[19].contains("learning rate 0.01000"),
        "{text}"
    );
    assert!(lines.iter().all(|line| line.ends_with("s left")), "{text}");
    assert!(text.contains("step 7  epoch 0  train/loss 0."), "{text}");
    // A run that was finished says so when it is begun again.
    let (folder, again) = (Folder::new("finished"), Out::default());
    let resumed = || Checkpoints::within(&folder.0).resumed();
    Trainer::new(&learned(), batches()).checkpoints(resumed()).run(Until::steps(3))?;
    let report =
        Trainer::new(&learned(), batches()).checkpoints(resumed()).progress_to(again.clone()).run(Until::steps(3))?;
    assert!(written(&again).starts_with("nothing to do: the run that is resumed has taken its 3 steps already"));
    let further = Out::default();
    Trainer::new(&learned(), batches()).checkpoints(resumed()).progress_to(further.clone()).run(Until::steps(4))?;
    let text = written(&further);
    assert!(text.starts_with("goes on after step 3, from `") && text.contains("model-3.safetensors`"), "{text}");
    assert!(report.to_string().starts_with("3 steps, all of them before it was resumed: train longer"), "{report}");
    Ok(())
}

#[test]
fn the_curves_are_drawn() -> tf::Result<()> {
    let folder = Folder::new("chart");
    std::fs::create_dir_all(&folder.0).unwrap();
    let (model, path) = (learned(), folder.0.join("curves.svg"));
    Trainer::new(&model, batches()).chart(&path).run(Until::epochs(2))?;
    let svg = std::fs::read_to_string(path).unwrap();
    assert_eq!(svg.matches("<polyline").count(), 2, "{svg}");
    assert!(svg.contains(">loss</text>") && svg.contains(">train/loss</text>"));
    Ok(())
}

#[test]
fn metrics_of_another_kind_have_an_axis_of_their_own() -> tf::Result<()> {
    let folder = Folder::new("charts");
    std::fs::create_dir_all(&folder.0).unwrap();
    let (model, path) = (learned(), folder.0.join("curves.svg"));
    let used = Used::sharing(&model)?;
    let evaluation = Evaluation::new(&used, Batches::new(points(23), 10)?).metric("distance", 1);
    Trainer::new(&model, batches()).evaluate(evaluation).chart(&path).run(Until::epochs(2))?;
    let svg = std::fs::read_to_string(path).unwrap();
    let charts: Vec<&str> = svg.split("<svg").skip(2).collect();
    assert_eq!(charts.len(), 2, "{svg}");
    assert!([">loss</text>", ">train/loss</text>", ">eval/loss</text>"].iter().all(|name| charts[0].contains(name)));
    assert!(charts[1].contains(">eval/distance</text>") && charts[1].matches("<polyline").count() == 1, "{svg}");
    assert!(
        svg.contains("viewBox=\"0 0 720 800\"")
            && charts[1].starts_with(" xmlns=\"http://www.w3.org/2000/svg\" y=\"400\"")
    );
    Ok(())
}

model! {
    /// Two parts that pull apart, on one input.
    pub Rivals(x: f32[n]) -> (f32[], f32[]) {
        let a: Variable<f32> = with variable_scope("a") { get_variable!("w", [], initializer = ones_initializer()) };
        let b: Variable<f32> = with variable_scope("b") { get_variable!("w", [], initializer = ones_initializer()) };
        let x = tf::reduce_mean(x, tf::ALL);
        (tf::square(a - b) * x, tf::square(a + b) * x)
    }
}

#[test]
fn several_optimizers_take_turns_on_each_batch() -> tf::Result<()> {
    let mut rivals = Rivals::init(1)?;
    let of_a = rivals.attach(GradientDescent::new(0.25), Objective::output(0).within("a"))?;
    let of_b = rivals.attach(GradientDescent::new(0.25), Objective::output(1).within("b"))?;
    let mut seen = Vec::new();
    Trainer::new(&rivals, Batches::new(Array1::ones(4), 4)?)
        .taking("a", of_a)
        .taking("b", of_b)
        .on_step(|taken| seen.push(taken.losses.to_vec()))
        .run(Until::steps(2))?;
    // a: 1 - 0.25·2·(1-1) = 1; b: 1 - 0.25·2·(1+1) = 0; a: 1 - 0.25·2·1 = 0.5; then b sees 0.5.
    let named = |a: f64, b: f64| vec![("a".to_owned(), a), ("b".to_owned(), b)];
    assert_eq!(seen, [named(0.0, 4.0), named(1.0, 0.25)]);
    Ok(())
}

model! {
    /// The network as it is used, with a total over batches of its own.
    pub Counted reuse Learned(x: f32[n, 4], y: f32[n, 1]) -> (f32[], f32[]) {
        let off = tf::abs(network(x, false) - y);
        with variable_scope("counts", reuse = NO_REUSE) {
            let (_, so_far) = tf::metrics::mean(off, tf::metrics::Metric::new());
            (tf::reduce_mean(off, tf::ALL), so_far)
        }
    }
}

#[test]
fn a_running_metric_is_of_one_evaluation() -> tf::Result<()> {
    let model = learned();
    let counted = Counted::sharing(&model)?;
    let held_out = Batches::new(points(23), 10)?;
    let evaluation = Evaluation::new(&counted, held_out).running_metric("so far", 1).every(Every::steps(3));
    let report = Trainer::new(&model, batches()).evaluate(evaluation).run(Until::steps(9))?;
    let curve =
        |name: &str| report.curves.iter().find(|curve| curve.name() == name).expect("it was evaluated").points();
    // The last batch has 3 of 23 examples: a total counts each once, as the mean over examples does, and each evaluation begins from nothing.
    assert_eq!(curve("eval/so far").len(), 3);
    for ((step, so_far), (_, mean)) in curve("eval/so far").iter().zip(curve("eval/loss")) {
        assert!((so_far - mean).abs() < 1e-6, "step {step}: {so_far} and {mean}");
    }
    assert_ne!(curve("eval/so far")[0].1, curve("eval/so far")[2].1);
    Ok(())
}

#[test]
fn a_learning_rate_follows_the_step_also_of_a_run_that_is_resumed() -> tf::Result<()> {
    let folder = Folder::new("schedule");
    let run = |until| -> tf::Result<Vec<f64>> {
        let rate = LearningRate::scheduled(|step| exponential_decay(0.125, step, 1, 0.5, false));
        let model = Learned::init(11)?.minimize(Adam::new(rate))?;
        let mut rates = Vec::new();
        Trainer::new(&model, batches())
            .checkpoints(Checkpoints::within(&folder.0).resumed())
            .on_step(|taken| rates.push(taken.learning_rate))
            .run(until)?;
        Ok(rates)
    };
    assert_eq!(run(Until::steps(3))?, [0.125, 0.0625, 0.03125]);
    assert_eq!(run(Until::steps(5))?, [0.015625, 0.0078125]);
    Ok(())
}

#[test]
fn an_error_of_what_hears_of_steps_ends_the_run() -> tf::Result<()> {
    let model = learned();
    let used = Used::sharing(&model)?;
    let (x, y) = points(3);
    let trainer = Trainer::new(&model, batches()).on_step(|taken| -> tf::Result<()> {
        let wrong = if taken.step == 4 { &y } else { &x };
        used.run(wrong, &y).map(drop)
    });
    assert_eq!(trainer.run(Until::steps(9)).unwrap_err().code(), "E-FEED-SHAPE");
    assert_eq!(model.instance().global_step()?, 4);
    Ok(())
}
