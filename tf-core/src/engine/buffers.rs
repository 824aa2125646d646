//! Memory that the steps of a plan use one after the other, and the next run again: in the steady state a run asks the system for nothing
//! but the arrays that it hands out.
//!
//! The first run on inputs of some shapes notes what its steps ask for and when it is given back ([`super::lifetimes`]); the runs that
//! follow have a buffer for each request. What a run asks for beyond that, since it went another way than the first, is memory of its own.

use super::lifetimes::{Layout, Request, Shared};
use crate::{
    dtype::{DType, Element},
    value::{Data, Value},
};
use std::{
    any::Any,
    ops::{Deref, DerefMut},
    sync::Arc,
};
use tf_kernels::memory::unspecified;

/// Elements from which memory is kept beside a layout.
const WORTH: usize = 256;

/// The most pieces of memory that are kept beside a layout.
const MOST: usize = 64;

/// Memory that a value is computed in; nobody else holds it.
pub(crate) struct Memory<T>(Arc<Vec<T>>);

impl<T> Memory<T> {
    /// The memory as that of a value.
    pub(crate) fn into_shared(self) -> Arc<Vec<T>> {
        self.0
    }
}

impl<T> Deref for Memory<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Memory<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        Arc::get_mut(&mut self.0).expect("nobody else holds memory that is no value yet")
    }
}

/// The memory of a run under way, or between runs.
#[derive(Default)]
pub(crate) struct Buffers {
    /// What was planned; none in a first run.
    layout: Option<Arc<Layout>>,
    /// The memory of each of the layout's buffers, while no value lies in it.
    idle: Vec<Option<Data>>,
    /// Other memory, for first runs.
    beside: Vec<Data>,
    /// Values that lie in memory from here: where, and in which buffer; in a first run, of which request.
    lent: Vec<(usize, usize)>,
    /// What a first run has asked for.
    requests: Vec<Request>,
    /// The step that is under way, and how much it has asked for.
    step: usize,
    number: usize,
}

impl Buffers {
    /// Those of a first run, if nothing is planned, or of a later one; what `from` holds is used again where it fits.
    pub(super) fn new(layout: Option<Arc<Layout>>, from: Buffers) -> Buffers {
        let mut free: Vec<Data> = from.idle.into_iter().flatten().chain(from.beside).collect();
        free.sort_by_key(Data::capacity);
        let Some(layout) = layout else {
            free.truncate(MOST);
            return Buffers { beside: free, ..Buffers::default() };
        };
        let mut find = |&Shared { dtype, len }: &Shared| {
            let fits = |data: &Data| data.dtype() == dtype && data.capacity() >= len;
            free.iter().position(fits).map(|index| free.remove(index))
        };
        // What other threads write to is memory that is asked for together: so it shares few lines of the caches with what this one writes to.
        let mut idle = vec![None; layout.buffers.len()];
        for &buffer in layout.of_lanes() {
            let Shared { dtype, len } = layout.buffers[buffer];
            idle[buffer] = (dtype == DType::F32).then(|| Data::F32(Arc::new(fresh(len))));
        }
        for (idle, buffer) in idle.iter_mut().zip(&layout.buffers).filter(|(idle, _)| idle.is_none()) {
            *idle = find(buffer);
        }
        Buffers { layout: Some(layout), idle, ..Buffers::default() }
    }

    pub(super) fn layout(&self) -> Option<&Arc<Layout>> {
        self.layout.as_ref()
    }

    /// Goes on to a step, of those that ask for memory.
    pub(super) fn begin(&mut self, step: usize) {
        (self.step, self.number) = (step, 0);
    }

    /// Memory for so many elements, of unspecified values.
    pub(super) fn take<T: Element>(&mut self, len: usize) -> Memory<T> {
        let number = self.number;
        self.number += 1;
        let (found, planned, lent) = match &self.layout {
            Some(layout) => {
                let buffer = layout.buffer(self.step, number);
                let found = buffer.and_then(|buffer| T::into_elements(self.idle[buffer].take()?));
                (found, buffer.map_or(len, |buffer| layout.buffers[buffer].len.max(len)), buffer)
            }
            None => {
                let found = self.find::<T>(len);
                let (step, dtype) = (self.step, T::DTYPE);
                self.requests.push(Request { step, number, dtype, len, until: step, leaves: false });
                (found, len, Some(self.requests.len() - 1))
            }
        };
        let mut memory = found.unwrap_or_default();
        let elements = Arc::get_mut(&mut memory).expect("nobody holds memory that was given back");
        if elements.capacity() < len {
            *elements = fresh(planned);
            elements.truncate(len);
        } else {
            elements.resize(len, T::default());
        }
        mark_unspecified(elements);
        lent.inspect(|&to| self.lent.push((Arc::as_ptr(&memory).addr(), to)));
        Memory(memory)
    }

    /// The smallest memory beside the layout that has room, and is not much larger.
    fn find<T: Element>(&mut self, len: usize) -> Option<Arc<Vec<T>>> {
        let fits = |data: &Data| data.dtype() == T::DTYPE && (len..=2 * len).contains(&data.capacity());
        let fitting = self.beside.iter().enumerate().filter(|(_, data)| fits(data));
        let (index, _) = fitting.min_by_key(|(_, data)| data.capacity())?;
        T::into_elements(self.beside.swap_remove(index))
    }

    /// Takes back the memory of a value, if nobody else holds it.
    pub(super) fn give(&mut self, value: Value) {
        let data = value.into_data();
        let at = data.address();
        let Some(data) = data.reclaimed() else { return };
        let lent = self.lent.iter().rposition(|lent| lent.0 == at).map(|index| self.lent.swap_remove(index).1);
        match (lent, &self.layout) {
            (Some(buffer), Some(_)) => self.idle[buffer] = Some(data),
            (request, None) => {
                if let Some(request) = request {
                    self.requests[request].until = self.step;
                }
                if data.dtype() == DType::F32 && data.capacity() >= WORTH && self.beside.len() < MOST {
                    self.beside.push(data);
                }
            }
            // Memory from elsewhere: what was fed, say.
            (None, Some(_)) => {}
        }
    }

    /// Whether memory was asked for since the step began.
    pub(super) fn was_asked(&self) -> bool {
        self.number > 0
    }

    /// Hands these buffers on to those of another thread, until it has them [taken back](Buffers::take_back).
    pub(super) fn lend(&mut self, buffers: &[usize], to: &mut Buffers) {
        buffers.iter().for_each(|&buffer| to.idle[buffer] = self.idle[buffer].take());
    }

    /// Takes back what was lent, and the values that lie in it.
    pub(super) fn take_back(&mut self, buffers: &[usize], from: &mut Buffers) {
        from.lend(buffers, self);
        self.lent.append(&mut from.lent);
    }

    /// Takes back what held the elements of a value that the run hands out.
    pub(super) fn give_emptied<T: Element>(&mut self, elements: Arc<Vec<T>>) {
        let at = Arc::as_ptr(&elements).addr();
        let Some(index) = self.lent.iter().rposition(|lent| lent.0 == at) else { return };
        if self.layout.is_some() {
            let (_, buffer) = self.lent.swap_remove(index);
            self.idle[buffer] = Some(T::wrap(elements));
        }
        // In a first run it stays lent: what is not given back leaves.
    }

    /// Ends a run, after all has been given back that will be. After a first run it yields what it asked for.
    pub(super) fn end(&mut self) -> Option<Vec<Request>> {
        let last = self.step;
        let kept = self.lent.drain(..);
        if self.layout.is_some() {
            drop(kept);
            return None;
        }
        for (_, request) in kept {
            let request = &mut self.requests[request];
            (request.until, request.leaves) = (last, true);
        }
        Some(std::mem::take(&mut self.requests))
    }
}

/// Elements of unspecified values in memory of their own.
fn fresh<T: Element>(len: usize) -> Vec<T> {
    if T::DTYPE != DType::F32 {
        return vec![T::default(); len];
    }
    let mut elements = Some(unspecified(len));
    let same_type = (&mut elements as &mut dyn Any).downcast_mut::<Option<Vec<T>>>();
    same_type.and_then(Option::take).expect("`T` is `f32`")
}

/// What a kernel leaves as it was shows in tests.
fn mark_unspecified(elements: &mut dyn Any) {
    if cfg!(debug_assertions)
        && let Some(elements) = elements.downcast_mut::<Vec<f32>>()
    {
        elements.fill(f32::NAN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(memory: Memory<f32>) -> Value {
        let len = memory.len();
        Value::of(vec![len], memory)
    }

    /// A run of two steps, of which the second reads what the first has made.
    fn run(buffers: &mut Buffers, len: usize) -> (usize, usize) {
        buffers.begin(1);
        let first = value(buffers.take(len));
        buffers.begin(2);
        let second = value(buffers.take(len / 2));
        let at = |value: &Value| value.as_slice::<f32>().unwrap().as_ptr().addr();
        let places = (at(&first), at(&second));
        let held = first.clone();
        buffers.give(first);
        buffers.give(held);
        buffers.begin(3);
        buffers.give(second);
        places
    }

    #[test]
    fn later_runs_compute_where_the_second_did() {
        let mut buffers = Buffers::default();
        run(&mut buffers, 300);
        let requests = buffers.end().expect("a first run notes what it asks for");
        assert_eq!(
            requests.iter().map(|r| (r.step, r.until, r.leaves)).collect::<Vec<_>>(),
            [(1, 2, false), (2, 3, false)]
        );
        let mut planned = Buffers::new(Some(Arc::new(Layout::new(requests, &[]))), buffers);
        let places = run(&mut planned, 300);
        assert!(planned.end().is_none());
        assert_ne!(places.0, places.1);
        for _ in 0..3 {
            assert_eq!(run(&mut planned, 300), places);
            assert!(planned.end().is_none());
        }
        // Another way than planned: larger, or more often.
        assert_ne!(run(&mut planned, 400), places);
        assert_eq!(planned.take::<f32>(7).len(), 7);
    }

    #[test]
    fn what_is_handed_out_is_memory_of_its_own_in_each_run() {
        let mut buffers = Buffers::default();
        let hand_out = |buffers: &mut Buffers| {
            buffers.begin(1);
            let mut elements = buffers.take::<f32>(10).into_shared();
            let out = std::mem::take(Arc::get_mut(&mut elements).unwrap());
            buffers.give_emptied(elements);
            out
        };
        let first = hand_out(&mut buffers);
        let requests = buffers.end().unwrap();
        assert!(requests[0].leaves);
        let mut planned = Buffers::new(Some(Arc::new(Layout::new(requests, &[]))), buffers);
        let others: Vec<Vec<f32>> = (0..3).map(|_| hand_out(&mut planned)).collect();
        let mut places: Vec<usize> = others.iter().chain([&first]).map(|out| out.as_ptr().addr()).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 4);
    }

    #[test]
    fn memory_known_by_a_weak_reference_is_not_written_to() {
        let mut buffers = Buffers::default();
        let layout = |requests| Some(Arc::new(Layout::new(requests, &[])));
        buffers.begin(1);
        let first = value(buffers.take(300));
        buffers.give(first);
        let requests = buffers.end().unwrap();
        let mut buffers = Buffers::new(layout(requests), Buffers::default());
        buffers.begin(1);
        let value = value(buffers.take(300));
        let Data::F32(elements) = value.data() else { unreachable!("it was made of f32") };
        let known = Arc::downgrade(elements);
        buffers.give(value);
        buffers.begin(1);
        let again = buffers.take::<f32>(300);
        assert!(known.upgrade().is_none_or(|known| !Arc::ptr_eq(&known, &again.0)));
    }
}
