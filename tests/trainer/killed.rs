//! A run that is killed, whatever it is doing, goes on as if it had not been.

use crate::network::{Folder, go_on, recorded};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tf::train::*;

/// Where the child saves: only the child has it.
const FOLDER: &str = "TF_SCOPE_TEST_KILLED";
const UNTIL: Until = Until::epochs(10);

fn checkpoints(folder: &Path) -> Checkpoints {
    Checkpoints::within(folder).every(Every::steps(2)).resumed()
}

/// The step of a line and its loss, by its bits.
fn said(line: &str) -> Option<(u64, u64)> {
    let (step, bits) = line.split_once("taken ")?.1.split_once(' ')?;
    Some((step.parse().ok()?, bits.parse().ok()?))
}

fn begin(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::a_run_that_is_killed_at_any_point_goes_on_exactly", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_run_that_is_killed_at_any_point_goes_on_exactly() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let told = |taken: &Taken<'_>, _: &Stopper| println!("taken {} {}", taken.step, taken.loss.to_bits());
        recorded(Some(checkpoints(Path::new(&folder))), UNTIL, told);
        return;
    }
    let (whole, finished) = recorded(None, UNTIL, go_on);
    let folder = Folder::new("killed");
    // Killed so long after it has taken so many steps: while it computes, evaluates, or writes a checkpoint.
    let (mut first_steps, mut taken) = (Vec::new(), 0);
    for (steps, after) in [(1, 0), (4, 150), (6, 900), (9, 400), (5, 1900), (7, 60), (3, 3100)] {
        let mut child = begin(&folder.0);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut steps_taken: Vec<_> = lines.by_ref().filter_map(|line| said(&line)).take(steps).collect();
        std::thread::sleep(Duration::from_micros(after));
        child.kill().unwrap();
        child.wait().unwrap();
        steps_taken.extend(lines.filter_map(|line| said(&line)));
        for (step, loss) in &steps_taken {
            assert_eq!(whole[*step as usize - 1], (*step, *loss), "step {step}");
        }
        first_steps.push(steps_taken[0].0);
        taken += steps_taken.len();
    }
    // Each life went on from a checkpoint of the one before, at most two steps before its end.
    assert!(first_steps.is_sorted() && *first_steps.last().unwrap() > 14, "{first_steps:?}");
    let (after, report) = recorded(Some(checkpoints(&folder.0)), UNTIL, go_on);
    let resumed_at = report.resumed_at.expect("there is a checkpoint") as usize;
    assert!((14..=taken).contains(&resumed_at));
    assert_eq!(after, whole[resumed_at..]);
    assert_eq!((report.metrics, report.best, report.curves), (finished.metrics, finished.best, finished.curves));
}
