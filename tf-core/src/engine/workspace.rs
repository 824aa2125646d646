//! What a run works in: places for values, and memory. Runs at the same time have one each; the plan keeps them for those to come.

use super::{
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

/// What one run works in.
#[derive(Default)]
pub(crate) struct Workspace {
    key: Key,
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
    layouts: Mutex<Vec<(Key, Arc<Layout>)>>,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
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
        if !fits || buffers.layout().is_none() {
            let layouts = locked(&self.layouts);
            let layout = layouts.iter().find(|(key, _)| key.is(given, handed_out)).map(|(_, layout)| layout.clone());
            drop(layouts);
            *buffers = Buffers::new(layout, std::mem::take(buffers));
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
        locked(&self.layouts).iter().map(|(key, layout)| (sizes(key), layout.clone())).collect()
    }

    fn plan(&self, key: &Key, layout: Layout) {
        let mut layouts = locked(&self.layouts);
        if layouts.iter().all(|(known, _)| known != key) {
            if layouts.len() == MOST_LAYOUTS {
                layouts.remove(0);
            }
            layouts.push((key.clone(), Arc::new(layout)));
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
        let buffers = workspace.buffers.get_mut();
        buffers.begin(self.plan.steps.len() + 1);
        for (place, value) in workspace.places.iter_mut().enumerate() {
            if self.plan.uses[place] != Use::Lasting
                && let Some(value) = value.take()
            {
                buffers.give(value);
            }
        }
        if let Some(requests) = buffers.end() {
            let layout = Layout::new(requests);
            super::passes::show_layout(&self.plan, &layout);
            self.plan.idle.plan(&workspace.key, layout);
        }
        self.plan.idle.keep(workspace);
    }
}
