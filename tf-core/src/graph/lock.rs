//! Lets one thread at a time build a graph, and that one also inside its own build.

use std::{
    sync::{Condvar, Mutex},
    thread::ThreadId,
};

#[derive(Default)]
pub(super) struct BuildLock {
    holder: Mutex<Option<(ThreadId, usize)>>,
    free: Condvar,
}

pub(super) struct Held<'l>(&'l BuildLock);

impl BuildLock {
    pub(super) fn enter(&self) -> Held<'_> {
        let me = std::thread::current().id();
        let mut holder = self.holder.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        loop {
            match &mut *holder {
                None => {
                    *holder = Some((me, 1));
                    return Held(self);
                }
                Some((thread, depth)) if *thread == me => {
                    *depth += 1;
                    return Held(self);
                }
                Some(_) => holder = self.free.wait(holder).unwrap_or_else(|poisoned| poisoned.into_inner()),
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut holder = self.0.holder.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match &mut *holder {
            Some((_, depth)) if *depth > 1 => *depth -= 1,
            _ => {
                *holder = None;
                self.0.free.notify_one();
            }
        }
    }
}
