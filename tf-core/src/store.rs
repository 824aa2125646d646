//! Stores: the values of variables by name, outside any run, shared by whoever holds the store.

use crate::{
    error::{Error, Result, Status},
    partitioning::{self, PartOf},
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
    /// The whole that it belongs to, by whose name it is known too.
    part_of: Option<Arc<PartOf>>,
    value: RwLock<Option<Value>>,
}

impl Cell {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn spec(&self) -> Spec {
        self.spec
    }

    pub(crate) fn part_of(&self) -> Option<&Arc<PartOf>> {
        self.part_of.as_ref()
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
    pub(crate) fn cell(&self, name: &Arc<str>, spec: Spec, part_of: Option<&Arc<PartOf>>) -> Result<Arc<Cell>> {
        let mut cells = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let new = || Cell { name: name.clone(), spec, part_of: part_of.cloned(), value: RwLock::new(None) };
        let cell = cells.entry(name.clone()).or_insert_with(|| Arc::new(new()));
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

    /// The variable of this name: in one piece, or all parts of it in their order.
    fn find(&self, name: &str) -> Result<Vec<Arc<Cell>>> {
        let cells = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(cell) = cells.get(name) {
            return Ok(vec![cell.clone()]);
        }
        let parts = parts_of(name, cells.values());
        if !parts.is_empty() {
            return Ok(parts);
        }
        let names = || cells.values().map(|cell| cell.known_as());
        let hint = match nearest(name, names()) {
            None => "the store holds no variables".to_owned(),
            Some(near) if is_alike(name, near) => format!("did you mean `{near}`?"),
            Some(_) => {
                let mut all: Vec<&str> = names().collect();
                all.dedup();
                let more =
                    if all.len() > LISTED { format!(", and {} more", all.len() - LISTED) } else { String::new() };
                all.truncate(LISTED);
                format!("the variables are `{}`{more}", all.join("`, `"))
            }
        };
        Err(Error::new(Status::NotFound, "E-NO-VARIABLE", format!("there is no variable `{name}`\n  help: {hint}"))
            .of_variable(name))
    }

    /// The value of a variable, of all its parts if it has some.
    ///
    /// # Errors
    /// E-NO-VARIABLE, E-UNINITIALIZED.
    pub fn get(&self, name: &str) -> Result<Value> {
        let cells = self.find(name)?;
        match cells.as_slice() {
            [cell] if *cell.name == *name => cell.read(),
            parts => joined(parts),
        }
    }

    /// Gives a variable a value of its type and shape; a variable in parts has its own in each.
    ///
    /// # Errors
    /// E-NO-VARIABLE; E-SET-SPEC for another type or shape.
    pub fn set(&self, name: &str, value: Value) -> Result<()> {
        set(name, &self.find(name)?, value)
    }

    /// The names of the variables, in alphabetical order; one in parts is one.
    pub fn names(&self) -> Vec<String> {
        self.wholes().into_keys().map(|name| name.to_string()).collect()
    }

    /// The variables that have a value, in alphabetical order; one in parts is one.
    pub fn values(&self) -> Vec<(String, Value)> {
        let value = |cells: &[Arc<Cell>]| match cells {
            [cell] if cell.part_of.is_none() => cell.read().ok(),
            parts => joined(parts).ok(),
        };
        self.wholes().into_iter().filter_map(|(name, cells)| Some((name.to_string(), value(&cells)?))).collect()
    }

    /// The cells by the names of variables: several, in their order, where one is in parts. Parts that others are missing of stand by
    /// themselves.
    fn wholes(&self) -> BTreeMap<Arc<str>, Vec<Arc<Cell>>> {
        let cells = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut wholes: BTreeMap<Arc<str>, Vec<Arc<Cell>>> = BTreeMap::new();
        for cell in cells.values() {
            let whole = cell.part_of.as_ref().filter(|of| !cells.contains_key(&of.whole));
            let name = match whole {
                Some(of) if wholes.contains_key(&of.whole) => continue,
                Some(of) => &of.whole,
                None => &cell.name,
            };
            let parts = if whole.is_some() { parts_of(name, cells.values()) } else { vec![cell.clone()] };
            let name = if parts.is_empty() { &cell.name } else { name };
            wholes.insert(name.clone(), if parts.is_empty() { vec![cell.clone()] } else { parts });
        }
        wholes
    }

    pub(crate) fn cells(&self) -> Vec<Arc<Cell>> {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).values().cloned().collect()
    }

    /// Whether both are handles of the same values.
    pub fn is(&self, other: &Store) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Cell {
    /// The name of the variable that it is, or is a part of.
    fn known_as(&self) -> &str {
        self.part_of.as_ref().map_or(&self.name, |of| &of.whole)
    }
}

/// The parts of a variable, in their order; none if some are missing.
fn parts_of<'c>(name: &str, cells: impl Iterator<Item = &'c Arc<Cell>>) -> Vec<Arc<Cell>> {
    let mut parts: Vec<(&PartOf, &Arc<Cell>)> =
        cells.filter_map(|cell| Some((&**cell.part_of.as_ref().filter(|of| *of.whole == *name)?, cell))).collect();
    parts.sort_by_key(|(of, _)| of.offset);
    if PartOf::complete(parts.iter().map(|(of, _)| *of)) {
        parts.into_iter().map(|(_, cell)| cell.clone()).collect()
    } else {
        Vec::new()
    }
}

/// The value of a variable whose parts these are, all as they are at one moment.
pub(crate) fn joined(parts: &[Arc<Cell>]) -> Result<Value> {
    let guards: Vec<_> =
        parts.iter().map(|cell| cell.value.read().unwrap_or_else(|poisoned| poisoned.into_inner())).collect();
    let one = |(guard, cell): (&Option<Value>, &Arc<Cell>)| guard.clone().ok_or_else(|| uninitialized(&cell.name));
    let values: Vec<Value> = guards.iter().map(|guard| &**guard).zip(parts).map(one).collect::<Result<_>>()?;
    let axis = parts.first().and_then(|cell| cell.part_of()).map_or(0, |of| of.axis);
    Ok(partitioning::joined(&values, axis).expect("parts of one variable fit each other"))
}

/// Gives a variable, or each of its parts, what belongs to it of a value.
pub(crate) fn set(name: &str, cells: &[Arc<Cell>], value: Value) -> Result<()> {
    let whole =
        cells.iter().find_map(|cell| cell.part_of().filter(|of| *of.whole == *name).map(|of| of.spec(cell.spec)));
    let spec = whole.or_else(|| cells.first().map(|cell| cell.spec));
    if let Some(spec) = spec.filter(|spec| value.dtype() != spec.dtype || !spec.shape.fits(value.shape())) {
        return Err(wrong_value(name, spec, &value));
    }
    // Those who take several locks take them in the order of the parts.
    let mut locked: Vec<_> = cells.iter().map(|cell| (cell, cell.lock().0)).collect();
    for (cell, slot) in &mut locked {
        **slot = Some(match cell.part_of().filter(|_| whole.is_some()) {
            Some(of) => of.of(&value),
            None => value.clone(),
        });
    }
    Ok(())
}

/// As many variables are named where none is like the one that is asked for.
const LISTED: usize = 12;

/// Whether one may be meant by the other: half of it is the same, or its last part is.
pub(crate) fn is_alike(a: &str, b: &str) -> bool {
    distance(a, b) * 2 <= a.chars().count().max(b.chars().count()) || last(a) == last(b)
}

/// A variable's own name, without its scopes.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The candidate with the fewest edits to `name`; one with the same last part is nearer than one without, since often a scope is
/// forgotten or named twice.
pub(crate) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates.min_by_key(|candidate| {
        let edits = distance(name, candidate);
        if edits > 2 && last(candidate) != last(name) { (true, edits) } else { (false, edits) }
    })
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
            store.cell(&Arc::from(name), Spec::new(DType::F32, Shape::of(&[2])), None).unwrap();
        }
        let error = store.get("conv1/weight").unwrap_err();
        assert_eq!(error.code(), "E-NO-VARIABLE");
        assert!(error.to_string().contains("did you mean `conv1/weights`?"), "{error}");
        let text = store.get("kernel").unwrap_err().to_string();
        assert!(text.contains("the variables are `conv1/biases`, `conv1/weights`"), "{text}");
        // A scope too many, too few, or another: the variable's own name counts most.
        for name in ["model/conv1/conv1/weights", "weights", "encoder/weights"] {
            assert!(store.get(name).unwrap_err().to_string().contains("did you mean `conv1/weights`?"), "{name}");
        }
        assert_eq!(store.get("conv1/weights").unwrap_err().code(), "E-UNINITIALIZED");
        assert_eq!(store.set("conv1/weights", Value::scalar(1f32)).unwrap_err().code(), "E-SET-SPEC");
    }
}
