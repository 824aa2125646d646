//! The training loop: what it does with each step, that a resumed run is the run it would have been, and its mistakes in words.

use ndarray::{Array1, Array2};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tf::{
    data::{Batches, Examples},
    prelude::*,
    train::*,
};

/// Two layers, half of whose inner values are left out while it learns.
#[variable_scope]
fn network(x: Tensor<f32>, training: bool) -> Tensor<f32> {
    let hidden = variable_scope!("hidden", {
        let w = get_variable!("weights", [x.dim(1), 16]);
        nn::relu(tf::matmul(x, w) + get_variable!("biases", [16], initializer = zeros_initializer()))
    });
    let kept = tf::layers::dropout(hidden, tf::layers::Dropout::new(0.5).training(training));
    variable_scope!("out", { tf::matmul(kept, get_variable!("weights", [16, 1])) })
}

model! {
    /// The network with its loss.
    pub Learned(x: f32[n, 4], y: f32[n, 1]) -> (f32[], f32[n, 1]) {
        let found = network(x, true) + tf::random_normal([1], 0.0, 0.01);
        (tf::reduce_mean(tf::square(found - y), tf::ALL), found)
    }
}

model! {
    /// The network as it is used, and how far off it is.
    pub Used reuse Learned(x: f32[n, 4], y: f32[n, 1]) -> (f32[], f32[]) {
        let off = network(x, false) - y;
        (tf::reduce_mean(tf::square(off), tf::ALL), tf::reduce_mean(tf::abs(off), tf::ALL))
    }
}

type Points = (Array2<f32>, Array2<f32>);

fn points(count: usize) -> Points {
    let x = Array2::from_shape_fn((count, 4), |(i, j)| ((i * 7 + j * 13) % 29) as f32 / 14.0 - 1.0);
    let y = Array2::from_shape_fn((count, 1), |(i, _)| x[[i, 0]] * x[[i, 1]] - 0.5 * x[[i, 2]]);
    (x, y)
}

fn batches() -> Batches<Points> {
    Batches::new(points(50), 8).expect("there are examples").shuffled(3).prefetched(2)
}

fn learned() -> Learned {
    Learned::init(11).and_then(|model| model.minimize(Adam::new(0.01))).expect("the model is right")
}

/// A folder of one test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("tf-scope-trainer-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every loss and every metric of a run, by its bits, and its report; it is told to stop after a step if asked.
fn recorded(
    checkpoints: Option<Checkpoints>,
    until: Until,
    stop_after: Option<u64>,
) -> (Vec<(u64, u64)>, TrainingReport) {
    let model = learned();
    let used = Used::sharing(&model).expect("it reuses what is there");
    let held_out = Batches::new(points(23), 10).expect("there are examples");
    let (stopper, mut losses) = (Stopper::new(), Vec::new());
    let mut trainer = Trainer::new(&model, batches())
        .evaluate(Evaluation::new(&used, held_out).metric("distance", 1).every(Every::steps(5)))
        .early_stop(EarlyStop::on("eval/loss").patience(1000))
        .stopper(&stopper)
        .on_step(|taken| {
            losses.push((taken.step, taken.loss.to_bits()));
            if Some(taken.step) == stop_after {
                stopper.stop();
            }
        });
    if let Some(checkpoints) = checkpoints {
        trainer = trainer.checkpoints(checkpoints);
    }
    let report = trainer.run(until).expect("training goes well");
    (losses, report)
}

#[test]
fn a_run_that_is_resumed_takes_the_steps_that_it_would_have_taken() {
    let until = Until::epochs(6);
    let (whole, report) = recorded(None, until, None);
    assert_eq!((report.steps, report.ended, whole.len()), (42, Ended::Finished, 42));
    // In the middle of an epoch, at its end, and after what no checkpoint has: each time by a model that is made anew.
    for (name, stop_after) in [("middle", 17), ("end", 21)] {
        let folder = Folder::new(name);
        let checkpoints = || Checkpoints::within(&folder.0).every(Every::steps(4)).resumed();
        let (before, stopped) = recorded(Some(checkpoints()), until, Some(stop_after));
        assert_eq!((stopped.ended, stopped.steps), (Ended::Stopped, stop_after));
        let (after, resumed) = recorded(Some(checkpoints()), until, None);
        assert_eq!(resumed.resumed_at, Some(stop_after));
        assert_eq!([before, after].concat(), whole, "{name}");
        assert_eq!(
            (resumed.metrics, resumed.best, resumed.curves),
            (report.metrics.clone(), report.best, report.curves.clone())
        );
    }
}

#[test]
fn a_run_that_was_killed_goes_on_from_its_last_checkpoint() {
    let folder = Folder::new("killed");
    let until = Until::steps(30);
    let (whole, _) = recorded(None, until, None);
    let checkpoints = || Checkpoints::within(&folder.0).every(Every::steps(8)).keep(0).resumed();
    recorded(Some(checkpoints()), Until::steps(30), Some(21));
    // As if it had been killed at step 21: what it saved at its end is not there.
    let earlier = checkpoints().resumed_from(folder.0.join("model-16"));
    let (after, resumed) = recorded(Some(earlier), until, None);
    assert_eq!(resumed.resumed_at, Some(16));
    assert_eq!(after, whole[16..]);
}

#[test]
fn a_run_says_what_came_of_it() -> tf::Result<()> {
    let folder = Folder::new("report");
    let (losses, report) = recorded(Some(Checkpoints::within(&folder.0).keep(2)), Until::epochs(3), None);
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
    let error = Trainer::new(&model, batches()).chart("no such folder/a.svg").run(Until::steps(1)).unwrap_err();
    assert_eq!(error.code(), "E-CHART");
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

fn refused(result: tf::Result<TrainingReport>, code: &str, words: &[&str]) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn a_loss_that_is_not_a_number_names_its_step() -> tf::Result<()> {
    let model = learned();
    let spoilt = Examples::new(16, |i| {
        let x = if i == 9 { f32::NAN } else { 0.5 };
        (Array1::from_elem(4, x), Array1::from_elem(1, 1.0f32))
    });
    let folder = Folder::new("nan");
    let checkpoints = Checkpoints::within(&folder.0).every(Every::steps(1));
    let result = Trainer::new(&model, Batches::new(spoilt, 4)?).checkpoints(checkpoints).run(Until::epochs(1));
    refused(
        result,
        "E-LOSS-NAN",
        &["the loss is NaN at step 3 (epoch 0, batch 2)", "learning rate", "model-2.safetensors"],
    );
    // The loss before the step is finite, and the step leads to infinity: that is not saved.
    let model = Learned::init(11)?.minimize(GradientDescent::new(f64::MAX))?;
    let checkpoints = Checkpoints::within(folder.0.join("infinite")).every(Every::steps(1));
    let result = Trainer::new(&model, batches()).checkpoints(checkpoints).run(Until::epochs(1));
    refused(result, "E-LOSS-NAN", &["is no longer finite after step 1", "model-0.safetensors"]);
    Ok(())
}

#[test]
fn a_run_whose_random_ops_have_no_seed_is_not_resumed() -> tf::Result<()> {
    let folder = Folder::new("unseeded");
    std::fs::create_dir_all(&folder.0).expect("the folder of temporary files can be written");
    let file = folder.0.join("begun.safetensors");
    Learned::init(11)?.save(&file)?;
    let run = |until| {
        let model = Learned::load(&file)?.minimize(Adam::new(0.01))?;
        Trainer::new(&model, batches()).checkpoints(Checkpoints::within(folder.0.join("run")).resumed()).run(until)
    };
    assert_eq!(run(Until::epochs(1))?.resumed_at, None);
    refused(run(Until::epochs(2)), "E-RESUME", &["has other seeds than in the run", "`Model::init(seed)`"]);
    Ok(())
}

#[test]
fn a_run_is_resumed_by_its_own_model_and_data() -> tf::Result<()> {
    let folder = Folder::new("other");
    let resumed = || Checkpoints::within(&folder.0).resumed();
    recorded(Some(resumed()), Until::epochs(1), None);
    let model = learned();
    let other = |batches: Batches<Points>| Trainer::new(&model, batches).checkpoints(resumed()).run(Until::epochs(2));
    refused(other(Batches::new(points(50), 10)?.shuffled(3)), "E-RESUME", &["the batch size was 8, and is 10"]);
    refused(other(Batches::new(points(50), 8)?.shuffled(4)), "E-RESUME", &["the seed that shuffles was 3, and is 4"]);
    refused(other(Batches::new(points(51), 8)?.shuffled(3)), "E-RESUME", &["number of examples was 50, and is 51"]);
    let (x, y) = points(50);
    refused(other(Batches::new((x * 2.0, y), 8)?.shuffled(3)), "E-RESUME", &["the checksum of the examples"]);
    let with = |model: &Learned| Trainer::new(model, batches()).checkpoints(resumed()).run(Until::epochs(2));
    refused(with(&Learned::init(12)?.minimize(Adam::new(0.01))?), "E-RESUME", &["the model's seed was 11, and is 12"]);
    refused(
        with(&Learned::init(11)?.minimize(Momentum::new(0.01, 0.9))?),
        "E-CHECKPOINT-MISSING",
        &["the optimizer that it began with", "Momentum"],
    );
    let mut rivals = Rivals::init(11)?;
    rivals.attach(Adam::new(0.1), Objective::output(0))?;
    let result = Trainer::new(&rivals, Batches::new(Array1::ones(50), 8)?.shuffled(3))
        .checkpoints(resumed())
        .run(Until::steps(9));
    refused(result, "E-RESUME", &["the model was `Learned`, and is `Rivals`"]);
    let plain = folder.0.join("plain.safetensors");
    model.save(&plain)?;
    let from = Checkpoints::within(&folder.0).resumed_from(&plain);
    refused(
        Trainer::new(&model, batches()).checkpoints(from).run(Until::epochs(2)),
        "E-RESUME",
        &["nothing of a training run"],
    );
    Ok(())
}

#[test]
fn what_cannot_be_done_is_known_before_the_first_step() -> tf::Result<()> {
    let (model, other) = (learned(), learned());
    let apart = Used::sharing(&other)?;
    let used = Used::sharing(&model)?;
    let held_out = || Batches::new(points(23), 10).expect("there are examples");
    let trainer = || Trainer::new(&model, batches()).on_step(|_| panic!("no step is taken"));
    let until = Until::steps(1);
    refused(
        trainer().evaluate(Evaluation::new(&apart, held_out())).run(until),
        "E-EVALUATION",
        &["variables of its own", "Used::sharing"],
    );
    let third = Evaluation::new(&used, held_out()).metric("third", 2);
    refused(trainer().evaluate(third).run(until), "E-EVALUATION", &["`eval/third` is output 2"]);
    let twice = trainer().evaluate(Evaluation::new(&used, held_out())).evaluate(Evaluation::new(&used, held_out()));
    refused(twice.run(until), "E-EVALUATION", &["the name `eval`"]);
    let never = Evaluation::new(&used, held_out()).every(Every::epochs(0));
    refused(trainer().evaluate(never).run(until), "E-EVERY", &["evaluation `eval`"]);
    refused(
        trainer().early_stop(EarlyStop::on("eval/loss")).run(until),
        "E-METRIC-NAME",
        &["did you mean `train/loss`?"],
    );
    let bare = Learned::init(1)?;
    refused(Trainer::new(&bare, batches()).run(until), "E-NO-STEP", &["minimize"]);
    let folder = Folder::new("file");
    std::fs::write(&folder.0, b"a file").unwrap();
    for path in [folder.0.clone(), folder.0.join("below")] {
        refused(trainer().checkpoints(Checkpoints::within(&path)).run(until), "E-CHECKPOINT-FILE", &["cannot be made"]);
    }
    std::fs::remove_file(&folder.0).unwrap();
    Ok(())
}
