//! Ends a training run from outside.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Ends a training run after the step that is under way, with a last checkpoint: from another thread, or from what watches it.
#[derive(Clone, Default, Debug)]
pub struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// One that has not stopped anything yet.
    pub fn new() -> Stopper {
        Stopper::default()
    }

    /// Asks for the end.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
