//! What cannot be done, in words, before the first step where that is possible.

use crate::network::{Folder, Learned, Points, Used, batches, go_on, learned, points, recorded};
use crate::steps::Rivals;
use ndarray::Array1;
use tf::{
    data::{Batches, Examples},
    prelude::*,
    train::*,
};

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
        &[
            "the loss is NaN at step 3 (epoch 0, batch 2 of it, both counted from 0)",
            "learning rate",
            "model-2.safetensors",
        ],
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
    let run = |model: &Learned, until| {
        Trainer::new(model, batches()).checkpoints(Checkpoints::within(folder.0.join("run")).resumed()).run(until)
    };
    assert_eq!(run(&Learned::load(&file)?.minimize(Adam::new(0.01))?, Until::epochs(1))?.resumed_at, None);
    let model = Learned::load(&file)?.minimize(Adam::new(0.01))?;
    let values = || format!("{:?}", model.variables());
    let before = values();
    refused(run(&model, Until::epochs(2)), "E-RESUME", &["has other seeds than in the run", "`Model::init(seed)`"]);
    assert_eq!(values(), before, "a run that is refused has changed nothing");
    Ok(())
}

#[test]
fn a_run_is_resumed_by_its_own_model_and_data() -> tf::Result<()> {
    let folder = Folder::new("other");
    let resumed = || Checkpoints::within(&folder.0).resumed();
    recorded(Some(resumed()), Until::epochs(1), go_on);
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
    let trainer = || Trainer::new(&model, batches()).on_step(|_| -> () { panic!("no step is taken") });
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
    refused(trainer().chart("no such folder/a.svg").run(until), "E-CHART", &["there is no such folder"]);
    let mut rivals = Rivals::init(1)?;
    for output in [0, 1] {
        rivals.attach(GradientDescent::new(0.1), Objective::output(output))?;
    }
    let data = Batches::new(Array1::<f32>::ones(4), 2)?;
    refused(Trainer::new(&rivals, data).run(until), "E-STEP-CHOICE", &["`Rivals` has 2 optimizers", ".taking("]);
    let folder = Folder::new("file");
    std::fs::write(&folder.0, b"a file").unwrap();
    for path in [folder.0.clone(), folder.0.join("below")] {
        refused(trainer().checkpoints(Checkpoints::within(&path)).run(until), "E-CHECKPOINT-FILE", &["cannot be made"]);
    }
    std::fs::remove_file(&folder.0).unwrap();
    Ok(())
}

#[test]
fn a_run_does_not_begin_anew_where_another_has_its_checkpoints() -> tf::Result<()> {
    let folder = Folder::new("in use");
    let run =
        |checkpoints: Checkpoints| Trainer::new(&learned(), batches()).checkpoints(checkpoints).run(Until::steps(3));
    run(Checkpoints::within(&folder.0))?;
    let before = std::fs::read_dir(&folder.0).unwrap().count();
    let words = ["has the checkpoints of another", "model-3.safetensors", "`.resumed()` goes on from there"];
    refused(run(Checkpoints::within(&folder.0)), "E-CHECKPOINT-FOLDER", &words);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), before);
    assert_eq!(run(Checkpoints::within(&folder.0).resumed())?.resumed_at, Some(3));
    Ok(())
}

#[test]
fn examples_that_make_no_batch_end_a_run() -> tf::Result<()> {
    let model = learned();
    let growing = |large: usize| {
        Examples::new(16, move |i| {
            let y: Array1<f32> = Array1::ones(if i == large { 2 } else { 1 });
            (Array1::<f32>::ones(4), y)
        })
    };
    let until = Until::epochs(1);
    let result = Trainer::new(&model, Batches::new(growing(9), 4)?.prefetched(2)).run(until);
    refused(result, "E-DATASET-SHAPES", &["example 9 of a dataset has the shape [2]", "example 8", "cropping"]);
    // One batch has them all: the first example has another shape than the model's input.
    let result = Trainer::new(&model, Batches::new(growing(0), 1)?).run(until);
    refused(result, "E-FEED-SHAPE", &["input `y` of model `Learned` is declared as f32[n, 1], and is fed f32[1, 2]"]);
    let missing = Examples::new(16, |i| -> std::io::Result<_> {
        match i {
            11 => Err(std::io::Error::other("photograph 11 is cut off")),
            _ => Ok((Array1::<f32>::ones(4), Array1::<f32>::ones(1))),
        }
    });
    let result = Trainer::new(&model, Batches::new(missing, 4)?.shuffled(1)).run(until);
    refused(result, "E-DATASET-EXAMPLE", &["example 11 of a dataset cannot be made: photograph 11 is cut off"]);
    Ok(())
}
