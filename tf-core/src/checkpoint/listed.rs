//! Which variables are saved and restored, and under which names.

use super::matching::Wanted;
use crate::{
    dtype::Element,
    error::{Error, Result, Status},
    graph::{
        Graph, State,
        collected::Item,
        described::{AnyVariable, VariableNodes},
    },
    options::collection,
    partitioning::PartOf,
    store::nearest,
    tensor::Variable,
};

/// A variable of a graph, as it is or by its whole name.
#[derive(Clone, Debug)]
pub enum VariableOrName {
    /// The variable itself.
    Variable(AnyVariable),
    /// Its whole name, such as `model/conv1/weights`.
    Name(String),
}

/// A variable that a [`Saver`](crate::Saver) saves: the variable or its name, or a pair of the name in the file and one of those.
#[derive(Clone, Debug)]
pub struct SavedVariable {
    /// The name in the file, where it is not the variable's.
    key: Option<String>,
    variable: VariableOrName,
}

macro_rules! variables {
    ($([$($g:tt)*] $t:ty: $of:ident => $variable:expr;)*) => { $(
        impl<$($g)*> From<$t> for VariableOrName {
            fn from($of: $t) -> Self {
                $variable
            }
        }
        impl<$($g)*> From<$t> for SavedVariable {
            fn from(variable: $t) -> Self {
                SavedVariable { key: None, variable: variable.into() }
            }
        }
    )* };
}
variables! {
    [] AnyVariable: variable => VariableOrName::Variable(variable);
    [T: Element] Variable<T>: variable => VariableOrName::Variable(AnyVariable {
        graph: variable.0.graph,
        handle: variable.0.node,
        spec: variable.spec(),
    });
    [] &str: name => VariableOrName::Name(name.to_owned());
    [] String: name => VariableOrName::Name(name);
}

impl<K: Into<String>, V: Into<VariableOrName>> From<(K, V)> for SavedVariable {
    fn from((key, variable): (K, V)) -> Self {
        SavedVariable { key: Some(key.into()), variable: variable.into() }
    }
}

impl std::fmt::Display for VariableOrName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            VariableOrName::Variable(variable) => write!(f, "a variable of {}", variable.spec()),
            VariableOrName::Name(name) => write!(f, "`{name}`"),
        }
    }
}

/// The variable of this graph that is meant.
///
/// # Errors
/// E-GRAPH-MIXED for a handle of another graph, E-NO-VARIABLE with the nearest name.
pub(super) fn find<'s>(state: &'s State, which: &VariableOrName) -> Result<(usize, &'s VariableNodes)> {
    let index = match which {
        VariableOrName::Variable(handle) => state.variable_index(handle.graph, handle.handle).ok_or_else(|| {
            Error::new(
                Status::InvalidArgument,
                "E-GRAPH-MIXED",
                "a variable of another graph, or of a build that failed, is to be saved or restored\n  help: take the variables of the graph that the session runs",
            )
        })?,
        VariableOrName::Name(name) => {
            let known = state.variables.iter().map(|variable| &*variable.name);
            state.variables.iter().position(|variable| *variable.name == **name).ok_or_else(|| {
                let help = nearest(name, known)
                    .map_or_else(|| "the graph has no variables".to_owned(), |near| format!("did you mean `{near}`?"));
                Error::new(
                    Status::NotFound,
                    "E-NO-VARIABLE",
                    format!("there is no variable `{name}` in the graph\n  help: {help}"),
                )
                .of_variable(name)
            })?
        }
    };
    Ok((index, &state.variables[index]))
}

/// The global variables, as far as they exist now (B1).
pub(super) fn global(graph: &Graph) -> Vec<Wanted> {
    let state = graph.state();
    let listed: Vec<usize> = state
        .collections
        .get(collection::GLOBAL_VARIABLES)
        .iter()
        .filter_map(Item::variable)
        .filter_map(|variable| state.variable_index(variable.graph, variable.handle))
        .collect();
    let saved = |(index, variable): (usize, &VariableNodes)| listed.contains(&index).then(|| wanted(None, variable));
    side_by_side(state.variables.iter().enumerate().filter_map(saved).collect())
}

/// The same, with the parts of each variable in its first one's place, in their order. Where some are missing, the others are saved by
/// their own names.
fn side_by_side(all: Vec<Wanted>) -> Vec<Wanted> {
    if all.iter().all(|wanted| wanted.part_of.is_none()) {
        return all;
    }
    let mut listed: Vec<Wanted> = Vec::with_capacity(all.len());
    for wanted in &all {
        if listed.iter().any(|before| before.variable == wanted.variable) {
            continue;
        }
        let mut parts: Vec<&Wanted> = all.iter().filter(|other| other.is_beside(wanted)).collect();
        parts.sort_by_key(|part| part.part_of.as_ref().map(|of| of.offset));
        if parts.is_empty() {
            listed.push(wanted.clone());
        } else if PartOf::complete(parts.iter().filter_map(|part| part.part_of.as_deref())) {
            listed.extend(parts.into_iter().cloned());
        } else {
            let whole = wanted.known_as() == wanted.key;
            let key = if whole { wanted.variable.to_string() } else { wanted.key.clone() };
            listed.push(Wanted { key, part_of: None, ..wanted.clone() });
        }
    }
    listed
}

/// These variables (B2).
///
/// # Errors
/// E-GRAPH-MIXED, E-NO-VARIABLE; E-SAVE-NAME if a name or a variable stands there twice (B4, B5).
pub(super) fn these(graph: &Graph, list: impl IntoIterator<Item = SavedVariable>) -> Result<Vec<Wanted>> {
    let state = graph.state();
    let mut all: Vec<Wanted> = Vec::new();
    let mut each = Vec::new();
    for saved in list {
        let (index, variable) = find(&state, &saved.variable)?;
        match state.parts_of(index) {
            parts if parts.is_empty() => each.push(wanted(saved.key, variable)),
            parts => each.extend(parts.into_iter().map(|part| wanted(saved.key.clone(), &state.variables[part]))),
        }
    }
    for wanted in each {
        for other in &all {
            let twice = if other.is_beside(&wanted) && other.variable != wanted.variable {
                continue;
            } else if other.key == wanted.key {
                format!("two variables are to be saved as `{}`", wanted.key)
            } else if other.variable == wanted.variable {
                format!("variable `{}` is to be saved as `{}` and as `{}`", wanted.variable, other.key, wanted.key)
            } else {
                continue;
            };
            let help = "leave one out; a further name of one variable is `.alias(\"further name\", \"name\")`";
            return Err(Error::new(Status::InvalidArgument, "E-SAVE-NAME", format!("{twice}\n  help: {help}"))
                .of_variable(&wanted.variable));
        }
        all.push(wanted);
    }
    Ok(side_by_side(all))
}

fn wanted(key: Option<String>, variable: &VariableNodes) -> Wanted {
    let part_of = variable.part_of.clone();
    let whole = || part_of.as_ref().map_or(&variable.name, |of| &of.whole).to_string();
    Wanted { key: key.unwrap_or_else(whole), variable: variable.name.clone(), spec: variable.spec, part_of }
}
