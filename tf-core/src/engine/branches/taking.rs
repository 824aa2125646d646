//! Takes the steps of a fork.

use super::{Fork, Lane};
use crate::{
    engine::{buffers::Buffers, execute::take, lifetimes::Layout, plan::Plan, run::Around, workspace::locked},
    error::{Error, Result},
    value::Value,
};
use std::{
    cell::RefCell,
    sync::{Arc, Mutex, PoisonError},
};
use tf_kernels::threads::{alone, beside};

/// What the lane of another thread works in.
pub(in crate::engine) struct LaneSpace {
    places: Vec<Option<Value>>,
    /// The inputs of the step under way, between steps none.
    inputs: Vec<Value>,
    /// What the lane is given: so nobody computes in its memory, and whoever runs the plan gives it back.
    held: Vec<Value>,
    /// Memory that is lent to it.
    buffers: RefCell<Buffers>,
}

impl LaneSpace {
    fn new(plan: &Plan, layout: Option<Arc<Layout>>) -> LaneSpace {
        let mut places = vec![None; plan.places];
        for (place, value) in &plan.constants {
            places[*place] = Some(value.clone());
        }
        let buffers = RefCell::new(Buffers::new(layout, Buffers::default()));
        LaneSpace { places, inputs: Vec::new(), held: Vec::new(), buffers }
    }
}

/// The first mistake so far, and the step that made it.
type Failed = Mutex<Option<(usize, Error)>>;

/// Takes the steps of a fork, which is the one of this number, its lanes beside each other. Before memory is planned they follow each other.
///
/// # Errors
/// That of the first step that fails, as if they were taken in their order.
pub(in crate::engine) fn take_fork(
    plan: &Plan,
    (number, fork): (usize, &Fork),
    places: &mut [Option<Value>],
    inputs: &mut Vec<Value>,
    spaces: &mut Vec<Mutex<LaneSpace>>,
    around: &Around<'_>,
) -> Result<()> {
    for &index in &fork.first {
        if let Err(error) = take(plan, index, places, inputs, around) {
            // Those of lanes that come before it fail first, if they do.
            let mut before = (fork.steps.start..index).filter(|step| !fork.first.contains(step));
            return before.try_for_each(|step| take(plan, step, places, inputs, around)).and(Err(error));
        }
    }
    let layout = around.buffers.borrow().layout().cloned();
    while spaces.len() < fork.others.len() {
        spaces.push(Mutex::new(LaneSpace::new(plan, layout.clone())));
    }
    for (index, (lane, space)) in fork.others.iter().zip(&mut *spaces).enumerate() {
        let LaneSpace { places: of_lane, held, buffers, .. } = unlocked(space);
        for &(place, _) in &lane.given {
            of_lane[place] = places[place].clone();
            held.extend(places[place].clone());
        }
        if let Some(layout) = &layout {
            around.buffers.borrow_mut().lend(layout.of_lane(number, index), buffers.get_mut());
        }
    }

    let failed = Failed::default();
    if layout.is_some() {
        let Around { cells, streams, precision, .. } = *around;
        let spaces = &spaces[..];
        let other = |index: usize| {
            let LaneSpace { places, inputs, buffers, .. } = &mut *locked(&spaces[index]);
            let around = Around { cells, streams, buffers, precision };
            take_lane(plan, &fork.others[index].steps, places, inputs, &around, &failed);
        };
        beside(|| take_lane(plan, &fork.own, places, inputs, around, &failed), fork.others.len(), other);
    } else {
        alone(|| {
            take_lane(plan, &fork.own, places, inputs, around, &failed);
            for (lane, space) in fork.others.iter().zip(&mut *spaces) {
                let LaneSpace { places, inputs, .. } = unlocked(space);
                take_lane(plan, &lane.steps, places, inputs, around, &failed);
            }
        });
    }
    if let Some((_, error)) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }

    let mut memory = around.buffers.borrow_mut();
    memory.begin(fork.steps.end + 1);
    for (index, (Lane { given, made, .. }, space)) in fork.others.iter().zip(spaces).enumerate() {
        let LaneSpace { places: of_lane, held, buffers, .. } = unlocked(space);
        made.iter().for_each(|&place| places[place] = of_lane[place].take());
        if let Some(layout) = &layout {
            memory.take_back(layout.of_lane(number, index), buffers.get_mut());
        }
        for &(place, last) in given {
            of_lane[place] = None;
            held.extend(places[place].take_if(|_| last));
        }
        held.drain(..).for_each(|value| memory.give(value));
    }
    Ok(())
}

/// Takes the steps of a lane, up to one that fails.
fn take_lane(
    plan: &Plan,
    steps: &[usize],
    places: &mut [Option<Value>],
    inputs: &mut Vec<Value>,
    around: &Around<'_>,
    failed: &Failed,
) {
    for &index in steps {
        if let Err(error) = take(plan, index, places, inputs, around) {
            let mut failed = locked(failed);
            if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                *failed = Some((index, error));
            }
            return;
        }
    }
}

/// What no other thread holds now.
fn unlocked<T>(of: &mut Mutex<T>) -> &mut T {
    of.get_mut().unwrap_or_else(PoisonError::into_inner)
}
