//! Ctrl-C while a run is under way: the first asks it to end, the next ends the program.

use crate::error::{Error, Result, Status};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// The runs that listen.
static RUNS: AtomicUsize = AtomicUsize::new(0);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// A program has one handler, which stays.
static INSTALLED: Mutex<bool> = Mutex::new(false);
/// What shells expect of a program that Ctrl-C ended.
const EXIT: i32 = 130;

/// While it lives, Ctrl-C is heard.
#[derive(Debug)]
pub(super) struct Guard(());

impl Guard {
    /// # Errors
    /// E-CTRL-C if the program has a handler of its own.
    pub(super) fn new() -> Result<Guard> {
        let mut installed = INSTALLED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !*installed {
            let set = if is_ignored() { ctrlc::set_handler(interrupt) } else { ctrlc::try_set_handler(interrupt) };
            set.map_err(|error| {
                Error::new(
                    Status::FailedPrecondition,
                    "E-CTRL-C",
                    format!(
                        "training is to stop at Ctrl-C, and the program has a handler of its own: {error}\n  help: leave `stop_on_ctrl_c` out, and let your handler call `stop()` of a `Stopper`"
                    ),
                )
            })?;
            *installed = true;
        }
        RUNS.fetch_add(1, Ordering::AcqRel);
        Ok(Guard(()))
    }

    pub(super) fn is_interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::Acquire)
    }
}

/// What is done at Ctrl-C.
fn interrupt() {
    if RUNS.load(Ordering::Acquire) == 0 || INTERRUPTED.swap(true, Ordering::AcqRel) {
        std::process::exit(EXIT);
    }
}

/// Whether the program was started with Ctrl-C ignored, as in the background of a script, which is no handler of its own: `kill -INT` is to
/// stop such a run, too. Where the system does not say so in a file, it counts as one.
fn is_ignored() -> bool {
    const INTERRUPT: u64 = 1 << 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & INTERRUPT != 0)
}

impl Drop for Guard {
    fn drop(&mut self) {
        if RUNS.fetch_sub(1, Ordering::AcqRel) == 1 {
            INTERRUPTED.store(false, Ordering::Release);
        }
    }
}
