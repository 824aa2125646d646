//! What a training run writes into event files. `scripts/check_events.sh` has TensorFlow read the same files.
#![cfg(feature = "events")]

use ndarray::Array4;
use std::path::PathBuf;
use tf::{data::Batches, prelude::*, train::*};

#[variable_scope]
fn filter(images: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("conv", { nn::conv2d(images, get_variable!("weights", [3, 3, 1, 1]), [1, 1], Padding::Same) })
}

model! {
    /// A filter that learns to hand images through.
    pub Filter(images: f32[?, 8, 8, 1]) -> f32[] { tf::reduce_mean(tf::square(filter(images) - images), tf::ALL) }
}

model! {
    /// What it makes of images.
    pub Shown reuse Filter(images: f32[?, 8, 8, 1]) -> (f32[], f32[?, 8, 8, 1]) {
        let filtered = filter(images);
        (tf::reduce_mean(tf::abs(filtered - images), tf::ALL), filtered)
    }
}

fn images() -> Array4<f32> {
    Array4::from_shape_fn((12, 8, 8, 1), |(n, y, x, _)| ((n + y * 3 + x * 5) % 7) as f32 / 6.0)
}

#[test]
fn a_run_is_in_its_event_files() -> tf::Result<()> {
    // The script says where: then the files stay.
    let wanted = std::env::var_os("TF_SCOPE_EVENTS").map(PathBuf::from);
    let own = std::env::temp_dir().join(format!("tf-scope-trainer-events-{}", std::process::id()));
    let directory = wanted.as_ref().unwrap_or(&own);
    let model = Filter::init(1)?.minimize(Adam::new(0.01))?;
    let shown = Shown::sharing(&model)?;
    let trainer = || -> tf::Result<_> {
        let evaluation = Evaluation::new(&shown, Batches::new(images(), 5)?).image("filtered", 1);
        let batches = Batches::new(images(), 4)?;
        Ok(Trainer::new(&model, batches).evaluate(evaluation).events(directory, Every::steps(3)))
    };
    trainer()?.run(Until::epochs(2))?;
    let files: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(&files[0]).unwrap();
    let times = |word: &str| bytes.windows(word.len()).filter(|found| *found == word.as_bytes()).count();
    // Six steps; two epochs; histograms before the first step and after every third.
    assert_eq!((times("learning_rate"), times("eval/loss"), times("train/loss"), times("eval/filtered")), (6, 2, 2, 2));
    assert!(times("conv/weights/Adam_1") >= 3 && times("conv/Conv2D") >= 1 && times("IHDR") == 2);
    let error = Trainer::new(&model, Batches::new(images(), 4)?)
        .evaluate(Evaluation::new(&shown, Batches::new(images(), 5)?).image("loss", 0))
        .events(own.join("refused"), Every::steps(3))
        .run(Until::steps(1))
        .unwrap_err();
    assert_eq!(error.code(), "E-EVENTS-IMAGE");
    let _ = std::fs::remove_dir_all(&own);
    Ok(())
}

#[test]
fn a_resumed_run_says_in_its_file_from_which_step_it_goes_on() -> tf::Result<()> {
    let own = std::env::temp_dir().join(format!("tf-scope-trainer-events-resumed-{}", std::process::id()));
    let run = |until| -> tf::Result<_> {
        let model = Filter::init(1)?.minimize(Adam::new(0.01))?;
        Trainer::new(&model, Batches::new(images(), 4)?)
            .checkpoints(Checkpoints::within(own.join("run")).every(Every::steps(4)).resumed())
            .events(own.join("events"), Every::epochs(10))
            .run(until)
    };
    let files = || -> Vec<PathBuf> {
        let mut files: Vec<_> = std::fs::read_dir(own.join("events")).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        files
    };
    assert_eq!(run(Until::steps(4))?.resumed_at, None);
    let first = files();
    assert_eq!(run(Until::steps(6))?.resumed_at, Some(4));
    let second = files().into_iter().find(|file| !first.contains(file)).expect("each run has a file of its own");
    // `SessionLog.START` at step 5: an event's step is field 2, its log field 7, whose status is field 1.
    let start = |step: u8| [0x10, step, 0x3a, 0x02, 0x08, 0x01];
    let says = |file: &PathBuf, step: u8| std::fs::read(file).unwrap().windows(6).any(|bytes| bytes == start(step));
    assert!(says(&second, 5) && !(0..9).any(|step| says(&first[0], step)));
    let _ = std::fs::remove_dir_all(&own);
    Ok(())
}
