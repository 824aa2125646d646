//! Ctrl-C while a model is trained: the run saves first, and is resumed as if nothing had been.

use ndarray::Array2;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};
use tf::{data::Batches, prelude::*, train::*};

/// Where the child saves: only the child has it.
const FOLDER: &str = "TF_SCOPE_TEST_CTRL_C";
/// More steps than are ever taken.
const LONG: u64 = 1_000_000;

model! {
    /// A layer half of whose inputs are left out.
    pub Learned(x: f32[n, 4], y: f32[n, 1]) -> f32[] {
        let kept = tf::layers::dropout(x, tf::layers::Dropout::new(0.5).training(true));
        tf::reduce_mean(tf::square(tf::matmul(kept, get_variable!("weights", [4, 1])) - y), tf::ALL)
    }
}

fn losses(folder: &Path, until: Until, mut told: impl FnMut(u64)) -> (Vec<u64>, TrainingReport) {
    let x = Array2::from_shape_fn((20, 4), |(i, j)| ((i * 7 + j * 13) % 29) as f32 / 14.0 - 1.0);
    let y = x.slice(ndarray::s![.., ..1]).to_owned();
    let model = Learned::init(5).unwrap().minimize(Adam::new(0.01)).unwrap();
    let mut losses = Vec::new();
    let report = Trainer::new(&model, Batches::new((x, y), 8).unwrap().shuffled(2))
        .checkpoints(Checkpoints::within(folder).every(Every::steps(LONG)).resumed())
        .stop_on_ctrl_c()
        .on_step(|taken| {
            losses.push(taken.loss.to_bits());
            told(taken.step);
        })
        .run(until)
        .unwrap();
    (losses, report)
}

/// As it is in the background of a script: that is no handler of the program's own.
#[test]
#[cfg(target_os = "linux")]
fn a_run_that_was_started_with_ctrl_c_ignored_hears_it() {
    if std::env::var_os(FOLDER).is_none() {
        let folder = std::env::temp_dir().join(format!("tf-scope-ctrl-c-ignored-{}", std::process::id()));
        let name = "ctrl_c::a_run_that_was_started_with_ctrl_c_ignored_hears_it";
        let child = Command::new("sh")
            .args(["-c", "trap '' INT; exec \"$0\" --exact \"$1\" --nocapture"])
            .args([std::env::current_exe().unwrap().as_os_str(), name.as_ref()])
            .env(FOLDER, &folder)
            .output()
            .unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        return;
    }
    let folder = std::env::var_os(FOLDER).expect("only the child is here");
    let told = |step| {
        if step == 10 {
            let sent = Command::new("kill").args(["-INT", &std::process::id().to_string()]).status().unwrap();
            assert!(sent.success());
        }
    };
    let (_, report) = losses(Path::new(&folder), Until::steps(LONG), told);
    assert!(report.ended == Ended::Stopped && (10..LONG).contains(&report.steps));
}

#[test]
fn ctrl_c_saves_first() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let pause = std::time::Duration::from_millis(1);
        let told = |step| {
            println!("step {step}");
            std::thread::sleep(pause);
        };
        let (_, report) = losses(Path::new(&folder), Until::steps(LONG), told);
        println!("ended {:?} {}", report.ended, report.steps);
        return;
    }
    let folder = std::env::temp_dir().join(format!("tf-scope-ctrl-c-{}", std::process::id()));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ctrl_c::ctrl_c_saves_first", "--nocapture"])
        .env(FOLDER, &folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    assert!(lines.by_ref().any(|line| line == "step 10"));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = lines.find(|line| line.starts_with("ended ")).expect("it says how it ended");
    assert!(child.wait().unwrap().success());
    let steps: u64 = ended.strip_prefix("ended Stopped ").expect("it was stopped").parse().unwrap();
    assert!((10..LONG).contains(&steps) && folder.join(format!("model-{steps}.safetensors")).exists());
    let until = Until::steps(steps + 12);
    let (after, report) = losses(&folder, until, |_| {});
    std::fs::remove_dir_all(&folder).unwrap();
    let (whole, _) = losses(&folder, until, |_| {});
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((report.resumed_at, report.ended), (Some(steps), Ended::Finished));
    assert_eq!(after, whole[steps as usize..]);
}

/// Only the child has it.
const HANDLER: &str = "TF_SCOPE_TEST_HANDLER";

/// In a process of its own, since a handler stays.
#[test]
fn a_program_that_handles_ctrl_c_itself_is_told_so() {
    if std::env::var_os(HANDLER).is_none() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ctrl_c::a_program_that_handles_ctrl_c_itself_is_told_so"])
            .env(HANDLER, "1")
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        return;
    }
    ctrlc::set_handler(|| {}).unwrap();
    let model = Learned::init(5).unwrap().minimize(Adam::new(0.01)).unwrap();
    let batches = || Batches::new((Array2::zeros((8, 4)), Array2::zeros((8, 1))), 8).unwrap();
    let trainer = Trainer::new(&model, batches()).stop_on_ctrl_c().on_step(|_| -> () { panic!("no step is taken") });
    let error = trainer.run(Until::steps(1)).unwrap_err();
    assert_eq!(error.code(), "E-CTRL-C");
    assert!(error.to_string().contains("let your handler call `stop()` of a `Stopper`"), "{error}");
    // As the message says, without it all is well.
    assert_eq!(Trainer::new(&model, batches()).run(Until::steps(1)).unwrap().ended, Ended::Finished);
}
