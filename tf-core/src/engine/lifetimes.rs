//! Which values of a run share memory: planned once, from what a run asked for and when it gave it back, for all runs on inputs of the same
//! shapes.
//!
//! A *request* is memory that a step asked for. Requests that are never held at the same time may have the same *buffer*. They are taken by
//! their size, the largest first, each to the smallest buffer that is free as long as it is held; what fits none is a buffer of its own.
//! (To find the least memory is as hard as packing; this is the greedy order of Pisarchyk and Lee, "Efficient Memory Management for Deep
//! Neural Net Inference", 2020.)

use super::branches::{Fork, Times};
use crate::dtype::DType;
use std::{cmp::Reverse, fmt};

/// The number of a step among those that ask for memory: what is fed comes first.
pub(super) const FEEDS: usize = 0;

/// Memory that a step asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Request {
    /// The step that asked, and which of its requests it is.
    pub(super) step: usize,
    pub(super) number: usize,
    pub(super) dtype: DType,
    /// Elements.
    pub(super) len: usize,
    /// The last step that held it.
    pub(super) until: usize,
    /// Whether the run handed it out: then each run has memory of its own for it.
    pub(super) leaves: bool,
}

impl Request {
    fn bytes(&self) -> usize {
        self.len * self.dtype.size()
    }

    /// Whether both may be held at some time.
    fn meets(&self, other: &Request, times: &Times) -> bool {
        !times.is_before(self.until, other.step) && !times.is_before(other.until, self.step)
    }
}

/// Memory that requests share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    pub(super) dtype: DType,
    /// Elements of the largest request.
    pub(super) len: usize,
}

/// Which buffer each request of a run has.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Where each step's requests begin.
    first: Vec<u32>,
    /// The buffer of each request.
    of: Vec<u32>,
    pub(crate) buffers: Vec<Shared>,
    /// The buffers of each lane that another thread takes, by fork.
    lanes: Vec<Vec<Vec<usize>>>,
    /// Bytes of all buffers.
    pub(crate) peak: usize,
    /// Bytes of the values that are held at the same time, where they are most: no plan has less.
    pub(crate) bound: usize,
    /// Bytes of all requests: the memory if none was used again.
    pub(crate) apart: usize,
}

impl Layout {
    /// That of a plan with these forks.
    pub(super) fn new(mut requests: Vec<Request>, forks: &[Fork]) -> Layout {
        let times = Times::new(forks);
        requests.sort_by_key(|request| (request.step, request.number));
        let mut order: Vec<usize> = (0..requests.len()).collect();
        order.sort_by_key(|&index| Reverse(requests[index].bytes()));
        let mut of = vec![0; requests.len()];
        let mut buffers: Vec<Shared> = Vec::new();
        let mut held: Vec<Vec<usize>> = Vec::new();
        for index in order {
            let request = &requests[index];
            let free = |buffer: &usize| {
                let others = held[*buffer].iter().map(|&other| &requests[other]);
                let alone = request.leaves || others.clone().any(|other| other.leaves);
                buffers[*buffer].dtype == request.dtype
                    && !alone
                    && !others.clone().any(|other| other.meets(request, &times))
            };
            let buffer = (0..buffers.len()).filter(free).min_by_key(|&buffer| buffers[buffer].len);
            let buffer = buffer.unwrap_or_else(|| {
                buffers.push(Shared { dtype: request.dtype, len: request.len });
                held.push(Vec::new());
                buffers.len() - 1
            });
            held[buffer].push(index);
            of[index] = buffer as u32;
        }
        let steps = requests.last().map_or(0, |request| request.step + 1);
        let first = (0..=steps).map(|step| requests.partition_point(|request| request.step < step) as u32).collect();
        let bytes = |buffer: &Shared| buffer.len * buffer.dtype.size();
        let mut layout = Layout {
            first,
            of,
            lanes: Vec::new(),
            peak: buffers.iter().map(bytes).sum(),
            bound: largest_live_set(&requests, &times),
            apart: requests.iter().map(Request::bytes).sum(),
            buffers,
        };
        let lanes_of = |fork: &Fork| fork.others.iter().map(|lane| layout.of_steps(&lane.steps)).collect();
        layout.lanes = forks.iter().map(lanes_of).collect();
        layout
    }

    /// The buffers of these steps' requests.
    fn of_steps(&self, steps: &[usize]) -> Vec<usize> {
        let of_step = |&step: &usize| (0..).map_while(move |number| self.buffer(step + 1, number));
        let mut buffers: Vec<usize> = steps.iter().flat_map(of_step).collect();
        buffers.sort_unstable();
        buffers.dedup();
        buffers
    }

    /// Those of all such lanes.
    pub(super) fn of_lanes(&self) -> impl Iterator<Item = &usize> {
        self.lanes.iter().flatten().flatten()
    }

    /// The buffers of a lane that another thread takes.
    pub(super) fn of_lane(&self, fork: usize, lane: usize) -> &[usize] {
        &self.lanes[fork][lane]
    }

    /// The buffer of a request; none if there was no such request when the layout was made.
    pub(super) fn buffer(&self, step: usize, number: usize) -> Option<usize> {
        let (&first, &end) = (self.first.get(step)?, self.first.get(step + 1)?);
        let index = first as usize + number;
        (index < end as usize).then(|| self.of[index] as usize)
    }

    /// A line for each of the steps that ask for memory, with the buffers that they are given.
    pub(super) fn by_step<'n>(&self, names: impl Iterator<Item = &'n str>) -> String {
        let asking = self.first.windows(2).zip(names).filter(|(ends, _)| ends[0] < ends[1]);
        let line = |(ends, name): (&[u32], &str)| {
            let buffers = self.of[ends[0] as usize..ends[1] as usize].iter().map(|buffer| format!("#{buffer}"));
            format!("{name}: {}\n", buffers.collect::<Vec<_>>().join(", "))
        };
        asking.map(line).collect()
    }

    /// How many values it is for.
    pub(crate) fn values(&self) -> usize {
        self.of.len()
    }
}

/// The buffers with their bytes, the whole, and the bound.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buffers = self.buffers.iter().enumerate();
        let buffers = buffers.map(|(index, buffer)| format!("#{index} {} bytes", buffer.len * buffer.dtype.size()));
        let (peak, bound, values) = (self.peak, self.bound, self.values());
        write!(f, "{peak} bytes, {bound} needed at the same time, for {values} values: ")?;
        f.write_str(&buffers.collect::<Vec<_>>().join(", "))
    }
}

/// Bytes held at the same time, where they are most: those that are held then whichever lane is how far.
fn largest_live_set(requests: &[Request], times: &Times) -> usize {
    let held = requests.iter().map(|request| (times.throughout(request.step, request.until), request.bytes()));
    let end = held.clone().map(|(stages, _)| stages.end).max().unwrap_or(0);
    let (mut begins, mut ends) = (vec![0; end], vec![0; end + 1]);
    for (stages, bytes) in held.filter(|(stages, _)| !stages.is_empty()) {
        begins[stages.start] += bytes;
        ends[stages.end] += bytes;
    }
    let mut live = 0;
    let held = begins.iter().zip(&ends).map(|(begin, end)| {
        live = live + begin - end;
        live
    });
    held.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(step: usize, len: usize, until: usize) -> Request {
        Request { step, number: 0, dtype: DType::F32, len, until, leaves: false }
    }

    #[test]
    fn values_that_follow_each_other_take_turns_in_two_buffers() {
        let layout = Layout::new((1..9).map(|step| request(step, 100, step + 1)).collect(), &[]);
        assert_eq!((layout.buffers.len(), layout.peak, layout.bound, layout.apart), (2, 800, 800, 3200));
        assert_ne!(layout.buffer(3, 0), layout.buffer(4, 0));
        assert_eq!((layout.buffer(3, 1), layout.buffer(40, 0), layout.buffer(FEEDS, 0)), (None, None, None));
    }

    #[test]
    fn what_is_handed_out_shares_with_nothing() {
        let leaving = Request { leaves: true, ..request(5, 100, 6) };
        let layout = Layout::new(vec![request(1, 100, 2), leaving, request(7, 100, 8)], &[]);
        assert_eq!((layout.buffers.len(), layout.buffer(1, 0)), (2, layout.buffer(7, 0)));
    }

    proptest! {
        #[test]
        fn no_two_that_are_held_together_overlap_and_no_plan_beats_the_bound(
            lives in prop::collection::vec((0usize..40, 0usize..300, 0usize..12, any::<bool>(), 0u8..8), 0..60),
        ) {
            let mut requests: Vec<Request> = Vec::new();
            for (step, len, more, wide, leaves) in lives {
                let number = requests.iter().filter(|other| other.step == step).count();
                let dtype = if wide { DType::F64 } else { DType::F32 };
                requests.push(Request { step, number, dtype, len, until: step + more, leaves: leaves == 0 });
            }
            let layout = Layout::new(requests.clone(), &[]);
            prop_assert!(layout.bound <= layout.peak && layout.peak <= layout.apart, "{layout:?}");
            prop_assert_eq!(layout.values(), requests.len());
            for (index, one) in requests.iter().enumerate() {
                let buffer = layout.buffer(one.step, one.number).expect("a request that was there");
                prop_assert!(layout.buffers[buffer].len >= one.len && layout.buffers[buffer].dtype == one.dtype);
                for other in &requests[index + 1..] {
                    let together = (one.step..=one.until).any(|step| (other.step..=other.until).contains(&step));
                    if together || one.leaves || other.leaves {
                        prop_assert_ne!(layout.buffer(other.step, other.number), Some(buffer), "{:?} and {:?}", one, other);
                    }
                }
            }
            // By the definition: at each step, what is held then.
            let at = |step: usize| requests.iter().filter(|r| (r.step..=r.until).contains(&step)).map(Request::bytes).sum();
            prop_assert_eq!(layout.bound, (0..60).map(at).max().unwrap_or(0usize));
        }
    }
}
