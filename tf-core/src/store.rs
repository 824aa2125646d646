//! Stores: the values of variables by name, outside any run, shared by whoever holds the store.

use crate::{
    error::{Error, Result, Status},
    spec::Spec,
    value::Value,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, RwLock, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

/// How often a store was emptied: what was found in one before may not be there any more.
static CLEARED: AtomicU64 = AtomicU64::new(0);

/// The values of variables, by name. Cloning gives another handle of the same values.
#[derive(Clone, Default, Debug)]
pub struct Store(Arc<RwLock<BTreeMap<Arc<str>, Arc<Cell>>>>);

/// The value of one variable.
#[derive(Debug)]
pub(crate) struct Cell {
    name: Arc<str>,
    spec: Spec,
    value: RwLock<Option<Value>>,
}

impl Cell {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn spec(&self) -> Spec {
        self.spec
    }

    pub(crate) fn read(&self) -> Result<Value> {
        let value = self.value.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        value.clone().ok_or_else(|| uninitialized(&self.name))
    }

    pub(crate) fn is_initialized(&self) -> bool {
        self.value.read().unwrap_or_else(|poisoned| poisoned.into_inner()).is_some()
    }

    /// The value, for this thread alone until the guard is dropped.
    pub(crate) fn lock(&self) -> (RwLockWriteGuard<'_, Option<Value>>, Spec) {
        (self.value.write().unwrap_or_else(|poisoned| poisoned.into_inner()), self.spec)
    }

    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut Option<Value>, Spec) -> Result<R>) -> Result<R> {
        let (mut value, spec) = self.lock();
        change(&mut value, spec)
    }
}

pub(crate) fn uninitialized(name: &str) -> Error {
    Error::new(
        Status::FailedPrecondition,
        "E-UNINITIALIZED",
        format!("variable `{name}` has no value yet\n  help: run `session.initialize()`, the graph's `global_variables_initializer()`, or the variable's own initializer first"),
    )
    .of_variable(name)
}

pub(crate) fn wrong_value(name: &str, spec: Spec, value: &Value) -> Error {
    Error::new(
        Status::InvalidArgument,
        "E-SET-SPEC",
        format!(
            "variable `{name}` is {spec}, and is given {}{:?}\n  help: give it a value of its own type and shape",
            value.dtype(),
            value.shape()
        ),
    )
    .of_variable(name)
}

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        Store::default()
    }

    /// The cell of a variable, made without a value if it is new.
    pub(crate) fn cell(&self, name: &Arc<str>, spec: Spec) -> Result<Arc<Cell>> {
        let mut cells = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let cell = cells
            .entry(name.clone())
            .or_insert_with(|| Arc::new(Cell { name: name.clone(), spec, value: RwLock::new(None) }));
        if cell.spec.dtype != spec.dtype || !cell.spec.shape.compatible(&spec.shape) {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-STORE-SPEC",
                format!("variable `{name}` is {spec} in the graph, and {} in the store\n  help: use a store of its own for this graph, or give the variable another name", cell.spec),
            )
            .of_variable(name));
        }
        Ok(cell.clone())
    }

    /// Forgets the variables and their values.
    pub(crate) fn clear(&self) {
        let mut cells = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        CLEARED.fetch_add(1, Ordering::AcqRel);
        cells.clear();
    }

    /// How often any store was emptied.
    pub(crate) fn cleared() -> u64 {
        CLEARED.load(Ordering::Acquire)
    }

    fn find(&self, name: &str) -> Result<Arc<Cell>> {
        let cells = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        cells.get(name).cloned().ok_or_else(|| {
            let nearest = nearest(name, cells.keys().map(|key| &**key));
            let hint = nearest
                .map_or_else(|| "the store holds no variables".to_owned(), |near| format!("did you mean `{near}`?"));
            Error::new(Status::NotFound, "E-NO-VARIABLE", format!("there is no variable `{name}`\n  help: {hint}"))
                .of_variable(name)
        })
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// E-NO-VARIABLE, E-UNINITIALIZED.
    pub fn get(&self, name: &str) -> Result<Value> {
        self.find(name)?.read()
    }

    /// Gives a variable a value of its type and shape.
    ///
    /// # Errors
    /// E-NO-VARIABLE; E-SET-SPEC for another type or shape.
    pub fn set(&self, name: &str, value: Value) -> Result<()> {
        self.find(name)?.update(|slot, spec| {
            if value.dtype() != spec.dtype || !spec.shape.fits(value.shape()) {
                return Err(wrong_value(name, spec, &value));
            }
            *slot = Some(value);
            Ok(())
        })
    }

    /// The names of the variables, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).keys().map(|name| name.to_string()).collect()
    }

    /// The variables that have a value, in alphabetical order.
    pub fn values(&self) -> Vec<(String, Value)> {
        let cells = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        cells.values().filter_map(|cell| Some((cell.name.to_string(), cell.read().ok()?))).collect()
    }

    pub(crate) fn cells(&self) -> Vec<Arc<Cell>> {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).values().cloned().collect()
    }

    /// Whether both are handles of the same values.
    pub fn is(&self, other: &Store) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The candidate with the fewest edits to `name`.
pub(crate) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates.min_by_key(|candidate| distance(name, candidate))
}

/// Levenshtein's distance.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Shape};

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        let store = Store::new();
        for name in ["conv1/weights", "conv1/biases"] {
            store.cell(&Arc::from(name), Spec::new(DType::F32, Shape::of(&[2]))).unwrap();
        }
        let error = store.get("conv1/weight").unwrap_err();
        assert_eq!(error.code(), "E-NO-VARIABLE");
        assert!(error.to_string().contains("did you mean `conv1/weights`?"), "{error}");
        assert_eq!(store.get("conv1/weights").unwrap_err().code(), "E-UNINITIALIZED");
        assert_eq!(store.set("conv1/weights", Value::scalar(1f32)).unwrap_err().code(), "E-SET-SPEC");
    }
}
