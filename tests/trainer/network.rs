//! A network with all that a run has to keep: random ops, an order of the data, averages, an evaluation.

use ndarray::Array2;
use std::path::PathBuf;
use tf::{data::Batches, prelude::*, train::*};

/// Two layers, half of whose inner values are left out while it learns.
#[variable_scope]
pub fn network(x: Tensor<f32>, training: bool) -> Tensor<f32> {
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

pub type Points = (Array2<f32>, Array2<f32>);

pub fn points(count: usize) -> Points {
    let x = Array2::from_shape_fn((count, 4), |(i, j)| ((i * 7 + j * 13) % 29) as f32 / 14.0 - 1.0);
    let y = Array2::from_shape_fn((count, 1), |(i, _)| x[[i, 0]] * x[[i, 1]] - 0.5 * x[[i, 2]]);
    (x, y)
}

pub fn batches() -> Batches<Points> {
    Batches::new(points(50), 8).expect("there are examples").shuffled(3).prefetched(2)
}

pub fn learned() -> Learned {
    Learned::init(11).and_then(|model| model.minimize(Adam::new(0.01))).expect("the model is right")
}

/// A folder of one test, removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
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

/// Every loss of a run, by its bits, and its report; `told` hears of each step, and may stop the run.
pub fn recorded(
    checkpoints: Option<Checkpoints>,
    until: Until,
    mut told: impl FnMut(&Taken<'_>, &Stopper),
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
            told(taken, &stopper);
        });
    if let Some(checkpoints) = checkpoints {
        trainer = trainer.checkpoints(checkpoints);
    }
    let report = trainer.run(until).expect("training goes well");
    (losses, report)
}

/// Hears of steps, and lets them go on.
pub fn go_on(_: &Taken<'_>, _: &Stopper) {}

/// Stops a run after this step.
pub fn stop_after(step: u64) -> impl FnMut(&Taken<'_>, &Stopper) {
    move |taken, stopper| {
        if taken.step == step {
            stopper.stop();
        }
    }
}
