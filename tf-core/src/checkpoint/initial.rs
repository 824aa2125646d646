//! Initial values from a checkpoint, in place of those that initializers compute.

use super::{
    import::Import,
    listed::{VariableOrName, find},
    opened::Checkpoint,
    source::CheckpointSource,
};
use crate::{
    error::{Error, Result, Status},
    graph::{Graph, State, with_current},
    ops::Restore,
    store::nearest,
};
use std::{collections::BTreeMap, panic::Location};

/// Lets variables of a graph start from the values of a checkpoint: running their initializers, singly or all together, takes those, and the
/// initializers that were given are not run. What was initialized stays as it is until then.
///
/// The map has pairs of what the checkpoint has and what the graph has: two names, two scopes (`"old/"`, `"new/"`; `"/"` is the root), or a name and
/// a variable. TensorFlow: `tf.train.init_from_checkpoint`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{CheckpointWriter, Graph, Session, Value, VariableOptions, get_variable, init_from_checkpoint, variable_scope};
/// let bytes = CheckpointWriter::new().tensor("old/scale", Value::scalar(3.0f32))?.to_bytes()?;
/// let graph = Graph::new();
/// let v = graph.build(|| variable_scope("new", |_| get_variable::<f32, _, _>("scale", [], VariableOptions::new())))?;
/// init_from_checkpoint(&graph, bytes, [("old/", "new/")])?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// assert_eq!(session.run(v)?[[]], 3.0);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// E-CHECKPOINT-NAME for a name that the checkpoint does not have, with the nearest; E-NO-VARIABLE and E-ASSIGNMENT-MAP for what the graph
/// does not have; E-CHECKPOINT-SPEC for another shape or type; those of [`CheckpointSource::open`]. Nothing is changed then.
#[track_caller]
pub fn init_from_checkpoint<K: AsRef<str>, V: Into<VariableOrName>>(
    graph: &Graph,
    source: impl CheckpointSource,
    map: impl IntoIterator<Item = (K, V)>,
) -> Result<()> {
    let at = Location::caller();
    let checkpoint = source.open()?;
    let map: Vec<(K, VariableOrName)> = map.into_iter().map(|(from, to)| (from, to.into())).collect();
    graph.build(|| {
        let supplied = with_current("init_from_checkpoint", |state| {
            for (variable, entry) in supplies(state, &checkpoint, &map)? {
                let part = state.variables[variable].part_of.clone();
                state.supply(variable, Restore { checkpoint: checkpoint.clone(), entry, part }, at);
            }
            Ok(())
        });
        // There is a current graph: this one.
        supplied.unwrap_or(Ok(()))
    })?
}

/// The variables by number, each with the tensor that is for it.
fn supplies<K: AsRef<str>>(
    state: &State,
    checkpoint: &Checkpoint,
    map: &[(K, VariableOrName)],
) -> Result<BTreeMap<usize, String>> {
    let mut supplied: BTreeMap<usize, String> = BTreeMap::new();
    let mut errors = Vec::new();
    for (from, to) in map {
        let from = from.as_ref();
        let mut last = None;
        for (index, entry) in pairs(state, from, to)? {
            // What is wrong for one part is so for the next.
            let known_as = state.variables[index].known_as();
            if last.replace(known_as) != Some(known_as) {
                errors.extend(misfit(state, checkpoint, index, &entry));
            }
            if let Some(other) = supplied.insert(index, entry.clone()) {
                let name = &state.variables[index].name;
                errors.push(refused(
                    &format!("variable `{name}` is to start from `{other}` and from `{entry}`"),
                    "leave one of the two pairs out",
                ));
            }
        }
    }
    match Error::first_of(errors) {
        Some(error) => Err(error),
        None => Ok(supplied),
    }
}

/// The variables that a pair of the map is about, with the name that the checkpoint is to have for each.
fn pairs(state: &State, from: &str, to: &VariableOrName) -> Result<Vec<(usize, String)>> {
    let scopes = |name: &str| name.ends_with('/');
    let scope = match to {
        VariableOrName::Name(name) if scopes(name) => Some(name.as_str()),
        _ => None,
    };
    match (scopes(from), scope) {
        (true, Some(to)) => {
            let prefix = |scope: &str| if scope == "/" { String::new() } else { scope.to_owned() };
            let (from, to_prefix) = (prefix(from), prefix(to));
            let in_one_piece = state.variables.iter().enumerate().filter(|(_, variable)| !variable.partition.is_some());
            let known: Vec<(usize, &str)> =
                in_one_piece.map(|(index, variable)| (index, variable.known_as())).collect();
            let names = || known.iter().map(|&(_, name)| name);
            let below: Vec<(usize, String)> = known
                .iter()
                .filter_map(|&(index, name)| Some((index, format!("{from}{}", name.strip_prefix(&to_prefix)?))))
                .collect();
            if below.is_empty() {
                let scopes: Vec<String> =
                    names().filter_map(|name| name.rsplit_once('/')).map(|(scope, _)| format!("{scope}/")).collect();
                let help = nearest(to, scopes.iter().map(String::as_str))
                    .map_or_else(|| "create its variables first".to_owned(), |near| format!("did you mean `{near}`?"));
                return Err(refused(&format!("scope `{to}` of the graph has no variables"), &help));
            }
            Ok(below)
        }
        (false, None) => {
            let (index, _) = find(state, to)?;
            let parts = state.parts_of(index);
            let each = if parts.is_empty() { vec![index] } else { parts };
            Ok(each.into_iter().map(|index| (index, from.to_owned())).collect())
        }
        (true, None) => Err(refused(
            &format!("scope `{from}` of the checkpoint is for {to}, which is no scope"),
            "write both with a slash at the end, or neither",
        )),
        (false, Some(to)) => Err(refused(
            &format!("`{from}` of the checkpoint is for scope `{to}`, and is no scope"),
            "write both with a slash at the end, or neither",
        )),
    }
}

/// Why a variable cannot start from a tensor.
fn misfit(state: &State, checkpoint: &Checkpoint, index: usize, entry: &str) -> Option<Error> {
    let variable = &state.variables[index];
    let Some(entry) = checkpoint.entry(entry) else {
        return Some(checkpoint.unknown(entry).of_variable(variable.known_as()));
    };
    if variable.initializer.is_none() {
        return Some(refused(
            &format!("variable `{}` is another model's, which gives it its value", variable.name),
            "let the model that creates it start from the checkpoint",
        ));
    }
    let spec = variable.part_of.as_ref().map_or(variable.spec, |of| of.spec(variable.spec));
    if Import::new().conversion(variable.known_as(), spec, entry).is_some() {
        return None;
    }
    let text = format!(
        "variable `{}` is {}, and `{}` in {checkpoint:?} is {entry}\n  help: nothing was changed; leave the variable out, or give it the type and shape of the tensor",
        variable.known_as(),
        spec,
        entry.name()
    );
    Some(Error::new(Status::InvalidArgument, "E-CHECKPOINT-SPEC", text).of_variable(variable.known_as()))
}

fn refused(says: &str, help: &str) -> Error {
    Error::new(Status::InvalidArgument, "E-ASSIGNMENT-MAP", format!("{says}\n  help: {help}"))
}
