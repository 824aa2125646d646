//! What a run works in: places for values, and memory. Runs at the same time have one each; the plan keeps them for those to come.

use super::{
    branches::{Fork, LaneSpace, Noted, forks as forks_of},
    buffers::Buffers,
    feeding::Given,
    lifetimes::{FEEDS, Layout},
    plan::{Plan, Use},
};
use crate::{dims::Dims, dtype::Element, error::Result, value::Value};
use ndarray::ArrayD;
use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard},
};

/// As many shapes of inputs have memory planned; then those that came first are planned anew.
const MOST_LAYOUTS: usize = 64;

/// What the memory of a run is planned for: the shapes of what is fed, and whether its results are handed out.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Key {
    shapes: Vec<Dims>,
    handed_out: bool,
}

impl Key {
    fn is(&self, given: &(impl Given + ?Sized), handed_out: bool) -> bool {
        self.handed_out == handed_out
            && self.shapes.len() == given.count()
            && self.shapes.iter().enumerate().all(|(index, shape)| **shape == *given.spec(index).1)
    }

    fn set(&mut self, given: &(impl Given + ?Sized), handed_out: bool) {
        self.handed_out = handed_out;
        self.shapes.clear();
        self.shapes.extend((0..given.count()).map(|index| Dims::from(given.spec(index).1)));
    }
}

/// What one run works in. Runs note what is not planned yet, the first what memory steps ask for.
#[derive(Default)]
pub(crate) struct Workspace {
    key: Key,
    /// Where threads take steps beside each other. While it is not known, and memory is planned, the run notes the work of its steps: not
    /// the first one, which also makes ready what is made ready once.
    pub(super) forks: Option<Arc<[Fork]>>,
    pub(super) noted: Noted,
    /// What other threads work in.
    pub(super) lanes: Vec<Mutex<LaneSpace>>,
    pub(super) places: Vec<Option<Value>>,
    /// The inputs of the step under way, between steps none.
    pub(super) inputs: Vec<Value>,
    pub(super) buffers: RefCell<Buffers>,
}

/// The workspaces of a plan that no run uses, and what is planned for them.
#[derive(Default)]
pub(crate) struct Idle {
    /// Whether there will be runs after the first: else nothing is planned for them.
    again: bool,
    workspaces: Mutex<Vec<Workspace>>,
    known: Mutex<Vec<(Key, Known)>>,
}

/// What is planned for inputs of some shapes.
#[derive(Clone, Default)]
struct Known {
    forks: Option<Arc<[Fork]>>,
    /// The memory; none yet where forks were found, which need another one.
    layout: Option<Arc<Layout>>,
}

impl Known {
    /// How much is known: with forks more than without, with both most.
    fn rank(&self) -> (bool, bool) {
        (self.forks.is_some(), self.layout.is_some())
    }
}

pub(super) fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Idle {
    pub(super) fn of(again: bool) -> Idle {
        Idle { again, ..Idle::default() }
    }

    /// A workspace for inputs of these shapes.
    fn workspace(&self, given: &(impl Given + ?Sized), handed_out: bool) -> Workspace {
        let mut workspace = {
            let mut workspaces = locked(&self.workspaces);
            let fitting = workspaces.iter().rposition(|workspace| workspace.key.is(given, handed_out));
            let index = fitting.or(workspaces.len().checked_sub(1));
            index.map(|index| workspaces.swap_remove(index)).unwrap_or_default()
        };
        let fits = workspace.key.is(given, handed_out);
        let buffers = workspace.buffers.get_mut();
        if !fits || workspace.forks.is_none() || buffers.layout().is_none() {
            let all = locked(&self.known);
            let known = all.iter().find(|(key, _)| key.is(given, handed_out)).map(|(_, known)| known.clone());
            drop(all);
            let Known { forks, layout } = known.unwrap_or_default();
            *buffers = Buffers::new(layout, std::mem::take(buffers));
            workspace.forks = forks;
            workspace.lanes.clear();
            workspace.key.set(given, handed_out);
        }
        workspace
    }

    fn keep(&self, workspace: Workspace) {
        locked(&self.workspaces).push(workspace);
    }

    /// What is planned, by the sizes of what is fed.
    pub(crate) fn layouts(&self) -> Vec<(Vec<Vec<usize>>, Arc<Layout>)> {
        let sizes = |key: &Key| key.shapes.iter().map(|shape| shape.to_vec()).collect();
        let all = locked(&self.known);
        all.iter().filter_map(|(key, known)| Some((sizes(key), known.layout.clone()?))).collect()
    }

    /// The forks of each of them.
    #[cfg(test)]
    pub(super) fn forks(&self) -> Vec<Arc<[Fork]>> {
        locked(&self.known).iter().filter_map(|(_, known)| known.forks.clone()).collect()
    }

    fn plan(&self, key: &Key, new: Known) {
        let mut all = locked(&self.known);
        match all.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) if known.rank() >= new.rank() => {}
            Some((_, known)) => *known = new,
            None => {
                if all.len() == MOST_LAYOUTS {
                    all.remove(0);
                }
                all.push((key.clone(), new));
            }
        }
    }
}

/// A run of a plan, from the values that it is given to those that are fetched.
pub(crate) struct Ran {
    plan: Arc<Plan>,
    /// Gone where the run failed.
    pub(super) workspace: Option<Workspace>,
    /// The fetch that is next.
    next: usize,
}

impl Ran {
    /// Puts what is given in place. Results are either handed out, or looked at and their memory used again.
    pub(super) fn begin(plan: Arc<Plan>, given: &(impl Given + ?Sized), handed_out: bool) -> Ran {
        let mut workspace = plan.idle.workspace(given, handed_out);
        let Workspace { places, buffers, .. } = &mut workspace;
        if places.is_empty() {
            places.resize(plan.places, None);
            for (place, value) in &plan.constants {
                places[*place] = Some(value.clone());
            }
        }
        let buffers = buffers.get_mut();
        buffers.begin(FEEDS);
        for (index, &place) in plan.feeds.iter().enumerate() {
            places[place] = Some(given.value(index, buffers));
        }
        Ran { plan, workspace: Some(workspace), next: 0 }
    }

    pub(super) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// How many values were asked for, operations among them.
    pub(crate) fn count(&self) -> usize {
        self.plan.fetches.len()
    }

    /// The place of the next fetch, and whether a later one is of the same; none for an operation.
    fn advance(&mut self) -> Option<(usize, bool)> {
        let index = self.next;
        self.next += 1;
        let place = (*self.plan.fetches.get(index)?)?;
        Some((place, self.plan.fetches[self.next..].contains(&Some(place))))
    }

    fn places(&mut self) -> &mut [Option<Value>] {
        &mut self.workspace.as_mut().expect("a run that failed yields an error in its place").places
    }

    /// The next of the fetched values; none for an operation.
    pub(crate) fn value(&mut self) -> Option<Value> {
        let (place, again) = self.advance()?;
        let kept = again || self.plan.uses[place] == Use::Lasting;
        let place = &mut self.places()[place];
        if kept { place.clone() } else { place.take() }
    }

    /// A look at the next of the fetched values, which stays where it is.
    pub(crate) fn look(&mut self) -> Option<&Value> {
        let (place, _) = self.advance()?;
        self.places()[place].as_ref()
    }

    /// Fetched value `index`, whichever is next.
    pub(crate) fn fetched(&self, index: usize) -> Option<&Value> {
        let place = (*self.plan.fetches.get(index)?)?;
        self.workspace.as_ref()?.places[place].as_ref()
    }

    /// The next of the fetched values as an array of its own; none for an operation.
    ///
    /// # Errors
    /// E-VALUE-DTYPE if it is of another type.
    pub(crate) fn array<T: Element>(&mut self) -> Result<Option<ArrayD<T>>> {
        let Some(value) = self.value() else { return Ok(None) };
        let (array, rest) = value.into_array_and_rest::<T>()?;
        if let (Some(rest), Some(workspace)) = (rest, &mut self.workspace) {
            workspace.buffers.get_mut().give_emptied(rest);
        }
        Ok(Some(array))
    }

    /// The values that are fetched, from the next on.
    pub(crate) fn into_values(mut self) -> Vec<Option<Value>> {
        (self.next..self.count()).map(|_| self.value()).collect()
    }
}

impl Drop for Ran {
    fn drop(&mut self) {
        let Some(mut workspace) = self.workspace.take().filter(|_| self.plan.idle.again) else { return };
        let Workspace { key, places, buffers, forks, noted, .. } = &mut workspace;
        let buffers = buffers.get_mut();
        buffers.begin(self.plan.steps.len() + 1);
        for (place, value) in places.iter_mut().enumerate() {
            if self.plan.uses[place] != Use::Lasting
                && let Some(value) = value.take()
            {
                buffers.give(value);
            }
        }
        if let Some(requests) = buffers.end() {
            let had = forks.as_deref().unwrap_or_default();
            let layout = Layout::new(requests, had);
            super::passes::show_layout(&self.plan, had, &layout);
            let forks = forks.take().or_else(|| (!self.plan.may_fork).then(Arc::default));
            self.plan.idle.plan(key, Known { forks, layout: Some(Arc::new(layout)) });
        } else if forks.is_none() {
            let found: Arc<[Fork]> = forks_of(&self.plan, noted).into();
            // Without forks the memory stays as it is planned.
            let layout = buffers.layout().filter(|_| found.is_empty()).cloned();
            self.plan.idle.plan(key, Known { forks: Some(found), layout });
        }
        self.plan.idle.keep(workspace);
    }
}
