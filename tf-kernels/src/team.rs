//! Threads that share one piece of work at a time: the caller's and helpers, who wait for the next piece for a moment before they sleep.
//!
//! Waking a sleeping thread takes longer than many kernels. A helper that still waits, as it does while kernels follow each other, takes
//! part within a microsecond; one that sleeps is woken only for work that is worth it, and nobody waits for it to come.

use crate::threads::left_of;
use std::any::Any;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::ops::{Deref, Range};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, TryLockError};
use std::thread::{self, Thread};

/// How often a helper looks for work before it sleeps: some tens of microseconds.
const LOOKS: usize = 2000;

/// How often the caller looks whether helpers have left before it lets others run: they have begun their last pieces.
const PATIENCE: usize = 10_000;

/// Of the numbers that are left of a part this part is taken at once.
const PORTIONS: usize = 4;

/// In [`Team::state`]: how many helpers are at work.
const INSIDE: u64 = (1 << 15) - 1;
/// In [`Team::state`]: whether helpers may come.
const OPEN: u64 = 1 << 15;
/// In [`Team::state`]: the number of the work, times this.
const TURN: u64 = 1 << 16;

/// What is shared out: calls by number.
type Work<'f> = dyn Fn(usize) + Sync + 'f;

/// The work at hand: who leads writes it while no helper is inside, and those inside read it. What is written is seen: who leads says in
/// [`Team::state`] that there is work after it was written, helpers come in by what they read there, and leave by what who leads waits for.
struct Job(UnsafeCell<Option<*const Work<'static>>>);

// SAFETY: it is written and read as said; what it points to may be used by all threads, and is while helpers are inside only.
unsafe impl Sync for Job {}
// SAFETY: as above.
unsafe impl Send for Job {}

/// What lies in lines of the cache of its own, two that come together: what one thread writes does not take from another what it waits for.
#[repr(align(128))]
struct Apart<T>(T);

impl<T> Deref for Apart<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// What helpers read when there is work.
struct Posted {
    job: Job,
    /// As many of them, from the first on, take part: the others are left to other callers.
    invited: AtomicUsize,
}

/// What nobody but callers looks at.
struct Callers {
    /// Held while somebody shares work.
    leader: Mutex<()>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// The numbers that a thread begins with: neighbours, so that kernels that follow each other find in its cache what it has written there.
/// It takes them from the front; who has no more of its own takes from the end. The first and the end, 32 bits each.
struct Part(AtomicU64);

impl Part {
    fn set(&self, numbers: Range<usize>) {
        self.0.store((numbers.start as u64) << 32 | numbers.end as u64, Ordering::Relaxed);
    }

    /// Some that nobody has taken: several while many are left, then fewer, so that nobody is waited for long.
    fn take(&self, from_front: bool) -> Option<Range<usize>> {
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            let (start, end) = ((now >> 32) as usize, now as u32 as usize);
            if start >= end {
                return None;
            }
            let count = ((end - start) / PORTIONS).max(1);
            let (taken, left) = if from_front {
                (start..start + count, start + count..end)
            } else {
                (end - count..end, start..end - count)
            };
            let left = (left.start as u64) << 32 | left.end as u64;
            match self.0.compare_exchange_weak(now, left, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(taken),
                Err(other) => now = other,
            }
        }
    }
}

pub(crate) struct Team {
    state: Apart<AtomicU64>,
    posted: Apart<Posted>,
    callers: Apart<Callers>,
    /// The part of the caller, and of each helper.
    parts: Vec<Apart<Part>>,
    helpers: Vec<Helper>,
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
            // As many as can be counted in `state`.
            let threads = rayon::current_num_threads().min(INSIDE as usize);
            let helper = |_| Helper { asleep: AtomicBool::new(false), thread: OnceLock::new() };
            let part = |_| Apart(Part(AtomicU64::new(0)));
            Team {
                state: Apart(AtomicU64::new(0)),
                posted: Apart(Posted { job: Job(UnsafeCell::new(None)), invited: AtomicUsize::new(0) }),
                callers: Apart(Callers { leader: Mutex::new(()), panic: Mutex::new(None) }),
                parts: (0..threads).map(part).collect(),
                helpers: (1..threads).map(helper).collect(),
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

    /// Whether a helper would come at once.
    pub(crate) fn is_awake(&self) -> bool {
        let invited = &self.helpers[..left_of(self.helpers.len() + 1) - 1];
        invited.iter().any(|helper| helper.thread.get().is_some() && !helper.asleep.load(Ordering::Relaxed))
    }

    /// Calls `work` with each number below `count`, sharing them with helpers; sleeping ones are woken if that is asked for.
    /// While another thread shares its work the caller does all of this one's.
    pub(crate) fn share(&self, count: usize, wake: bool, work: &Work<'_>) {
        self.share_beside(count, wake, work, || ());
    }

    /// The same, where the caller first does something of its own. Where there is a helper for each number it begins with none of them.
    pub(crate) fn share_beside(&self, count: usize, wake: bool, work: &Work<'_>, own: impl FnOnce()) {
        let leader = match self.callers.leader.try_lock() {
            Ok(leader) => Some(leader),
            // The work of one who led has panicked; the team is as it was.
            Err(TryLockError::Poisoned(leader)) => Some(leader.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        let leader = leader.filter(|_| u32::try_from(count).is_ok());
        let Some(_leader) = leader else {
            own();
            return (0..count).for_each(work);
        };
        // SAFETY: only the lifetime changes. Helpers use it between coming in and leaving, and `Closing` waits until all have left.
        let work = unsafe { std::mem::transmute::<*const Work<'_>, *const Work<'static>>(work) };
        // SAFETY: who leads is alone, and the last work ended when all helpers had left; they read it behind what `state` says below.
        unsafe { *self.posted.job.0.get() = Some(work) };
        let invited = left_of(self.helpers.len() + 1) - 1;
        for (i, part) in self.parts[..=invited].iter().enumerate() {
            part.set(count * i / (invited + 1)..count * (i + 1) / (invited + 1));
        }
        self.posted.invited.store(invited, Ordering::Relaxed);
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
            own();
            // SAFETY: `work` is borrowed by the caller.
            self.take_part(unsafe { &*work }, 0);
        }
        if let Some(panic) = self.callers.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take() {
            resume_unwind(panic);
        }
    }

    /// Does a thread's own part of the work, from its front, then what is left of the others', from their ends.
    fn take_part(&self, work: &Work<'_>, own: usize) {
        let parts = &self.parts[..=self.posted.invited.load(Ordering::Relaxed)];
        let (before, from_own) = parts.split_at(own);
        for (i, part) in from_own.iter().chain(before).enumerate() {
            while let Some(numbers) = part.take(i == 0) {
                numbers.for_each(work);
            }
        }
    }

    /// What a helper does as long as the program runs.
    fn help(&self, index: usize, helper: &Helper) {
        let mut last = 0;
        let mut looks = 0;
        loop {
            let state = self.state.load(Ordering::Acquire);
            if state & OPEN != 0 && state / TURN != last {
                if index >= self.posted.invited.load(Ordering::Relaxed) {
                    last = state / TURN;
                    continue;
                }
                let came = self.state.compare_exchange(state, state + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok();
                if came {
                    (last, looks) = (state / TURN, 0);
                    // SAFETY: it is inside.
                    if let Some(work) = unsafe { *self.posted.job.0.get() } {
                        // SAFETY: the leader waits for this helper to leave before the work ends.
                        let work = unsafe { &*work };
                        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.take_part(work, index + 1))) {
                            *self.callers.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(panic);
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
            self.0.parts.iter().for_each(|part| part.set(0..0));
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
        // One panic is told, the caller's own: who shares work next has nothing to do with a helper's.
        if thread::panicking() {
            self.0.callers.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_taken_from_both_sides_in_ever_fewer() {
        let part = Part(AtomicU64::new(0));
        assert_eq!(part.take(true), None);
        part.set(100..116);
        let taken: Vec<_> = (0..16).map_while(|i| part.take(i % 3 < 2)).collect();
        assert_eq!(taken[..3], [100..104, 104..107, 114..116], "two from the front, then one from the end");
        assert!(taken.windows(2).all(|two| two[0].len() >= two[1].len()));
        let mut numbers: Vec<usize> = taken.into_iter().flatten().collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (100..116).collect::<Vec<_>>());
    }

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
            for all in [false, true] {
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    team.share(64, true, &|number| assert!(!all && number != 40, "number forty, or each"))
                }));
                assert!(panicked.is_err());
            }
            let sum = AtomicUsize::new(0);
            team.share(64, true, &|number| {
                sum.fetch_add(number, Ordering::Relaxed);
            });
            assert_eq!(sum.load(Ordering::Relaxed), 64 * 63 / 2);
        }
    }
}
