//! Threads that share one piece of work at a time: the caller's and helpers, who wait for the next piece for a moment before they sleep.
//!
//! Waking a sleeping thread takes longer than many kernels. A helper that still waits, as it does while kernels follow each other, takes
//! part within a microsecond; one that sleeps is woken only for work that is worth it, and nobody waits for it to come.

use crate::threads::left_of;
use std::any::Any;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::{self, Thread};

/// How often a helper looks for work before it sleeps: some tens of microseconds.
const LOOKS: usize = 2000;

/// How often the caller looks whether helpers have left before it lets others run: they have begun their last pieces.
const PATIENCE: usize = 10_000;

/// In [`Team::state`]: how many helpers are at work.
const INSIDE: u64 = (1 << 15) - 1;
/// In [`Team::state`]: whether helpers may come.
const OPEN: u64 = 1 << 15;
/// In [`Team::state`]: the number of the work, times this.
const TURN: u64 = 1 << 16;

/// What is shared out: calls by number.
type Work<'f> = dyn Fn(usize) + Sync + 'f;

/// The work at hand.
#[derive(Clone, Copy)]
struct Job {
    work: *const Work<'static>,
    count: usize,
}

// SAFETY: what it points to may be used by all threads, and is while helpers are inside only.
unsafe impl Send for Job {}

pub(crate) struct Team {
    state: AtomicU64,
    job: Mutex<Option<Job>>,
    /// The next number that nobody has taken.
    next: AtomicUsize,
    helpers: Vec<Helper>,
    /// As many of them, from the first on, take part: the others are left to other callers.
    invited: AtomicUsize,
    /// Held while somebody shares work.
    leader: Mutex<()>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

struct Helper {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Team {
    /// The team of this program: a helper for each thread of rayon's pool but one.
    pub(crate) fn of_program() -> &'static Team {
        static TEAM: OnceLock<Team> = OnceLock::new();
        static STARTED: OnceLock<()> = OnceLock::new();
        let team = TEAM.get_or_init(|| {
            let helper = |_| Helper { asleep: AtomicBool::new(false), thread: OnceLock::new() };
            Team {
                state: AtomicU64::new(0),
                job: Mutex::new(None),
                next: AtomicUsize::new(0),
                helpers: (1..rayon::current_num_threads()).map(helper).collect(),
                invited: AtomicUsize::new(0),
                leader: Mutex::new(()),
                panic: Mutex::new(None),
            }
        });
        STARTED.get_or_init(|| {
            for (index, helper) in team.helpers.iter().enumerate() {
                let started =
                    thread::Builder::new().name(format!("tf-kernels-{index}")).spawn(move || team.help(index, helper));
                // Without a helper the caller does the work alone.
                if let Ok(handle) = started {
                    let _ = helper.thread.set(handle.thread().clone());
                }
            }
        });
        team
    }

    /// Calls `work` with each number below `count`, sharing them with helpers; sleeping ones are woken if that is asked for.
    /// While another thread shares its work the caller does all of this one's.
    pub(crate) fn share(&self, count: usize, wake: bool, work: &Work<'_>) {
        let Ok(_leader) = self.leader.try_lock() else { return (0..count).for_each(work) };
        // SAFETY: only the lifetime changes. Helpers use it between coming in and leaving, and `Closing` waits until all have left.
        let work = unsafe { std::mem::transmute::<*const Work<'_>, *const Work<'static>>(work) };
        *self.job.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(Job { work, count });
        self.next.store(0, Ordering::Relaxed);
        let invited = left_of(self.helpers.len() + 1) - 1;
        self.invited.store(invited, Ordering::Relaxed);
        let turn = (self.state.load(Ordering::Relaxed) / TURN).wrapping_add(1);
        self.state.store((turn * TURN) | OPEN, Ordering::SeqCst);
        {
            let _closing = Closing(self);
            if wake {
                for helper in &self.helpers[..invited] {
                    if helper.asleep.load(Ordering::SeqCst)
                        && let Some(thread) = helper.thread.get()
                    {
                        thread.unpark();
                    }
                }
            }
            // SAFETY: `work` is borrowed by the caller.
            self.take_part(unsafe { &*work }, count);
        }
        if let Some(panic) = self.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take() {
            resume_unwind(panic);
        }
    }

    fn take_part(&self, work: &Work<'_>, count: usize) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            work(number);
        }
    }

    /// What a helper does as long as the program runs.
    fn help(&self, index: usize, helper: &Helper) {
        let mut last = 0;
        let mut looks = 0;
        loop {
            let state = self.state.load(Ordering::Acquire);
            if state & OPEN != 0 && state / TURN != last {
                if index >= self.invited.load(Ordering::Relaxed) {
                    last = state / TURN;
                    continue;
                }
                let came = self.state.compare_exchange(state, state + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok();
                if came {
                    (last, looks) = (state / TURN, 0);
                    let job = *self.job.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    if let Some(Job { work, count }) = job {
                        // SAFETY: the leader waits for this helper to leave before the work ends.
                        let work = unsafe { &*work };
                        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.take_part(work, count))) {
                            *self.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(panic);
                        }
                    }
                    self.state.fetch_sub(1, Ordering::Release);
                }
            } else if looks < LOOKS {
                looks += 1;
                spin_loop();
            } else {
                helper.asleep.store(true, Ordering::SeqCst);
                let state = self.state.load(Ordering::SeqCst);
                if state & OPEN == 0 || state / TURN == last {
                    thread::park();
                }
                helper.asleep.store(false, Ordering::SeqCst);
                looks = 0;
            }
        }
    }
}

/// Ends the work, also when the caller's part of it panics: nobody comes in any more, and those inside leave.
struct Closing<'t>(&'t Team);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        // After a panic nothing more is begun.
        if thread::panicking() {
            self.0.next.store(usize::MAX / 2, Ordering::Relaxed);
        }
        let mut looks = 0;
        let mut state = self.0.state.fetch_and(!OPEN, Ordering::AcqRel);
        while state & INSIDE != 0 {
            looks += 1;
            if looks < PATIENCE {
                spin_loop()
            } else {
                thread::yield_now()
            }
            state = self.0.state.load(Ordering::Acquire);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_taken_once_also_by_callers_at_the_same_time() {
        let team = Team::of_program();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for count in [0, 1, 2, 7, 300] {
                        let taken: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                        team.share(count, count % 2 == 1, &|number| {
                            taken[number].fetch_add(1, Ordering::Relaxed);
                        });
                        assert!(taken.iter().all(|taken| taken.load(Ordering::Relaxed) == 1));
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_leaves_the_team_as_it_was() {
        let team = Team::of_program();
        for _ in 0..50 {
            let panicked = catch_unwind(|| team.share(64, true, &|number| assert!(number != 40, "number forty")));
            assert!(panicked.is_err());
            let sum = AtomicUsize::new(0);
            team.share(64, true, &|number| {
                sum.fetch_add(number, Ordering::Relaxed);
            });
            assert_eq!(sum.load(Ordering::Relaxed), 64 * 63 / 2);
        }
    }
}
