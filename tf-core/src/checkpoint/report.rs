//! What a restore did.

use super::opened::Checkpoint;
use crate::{
    error::{Error, Status},
    options::collection,
    train::POWERS,
};
use std::fmt::{self, Write as _};

/// What a restore did: which variables got which tensor, which got none, and which tensors nobody asked for.
///
/// `Display` shows it with the nearest names, since what is missing and what is unused are often one thing under two names.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RestoreReport {
    /// The variables that have a new value.
    pub applied: Vec<Applied>,
    /// The variables that the file does not have. Only a partial restore leaves some.
    pub missing: Vec<String>,
    /// The tensors of the file that no variable asked for.
    pub unused: Vec<String>,
}

/// A variable and the tensor that it has its value from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// The variable's whole name.
    pub variable: String,
    /// What the file calls it.
    pub from: String,
}

impl RestoreReport {
    /// Of the tensors that nobody asked for, the one whose name is most like that of a variable.
    pub fn nearest_unused(&self, variable: &str) -> Option<&str> {
        alike(variable, &self.unused)
    }

    /// The refusal of a checkpoint that holds more than was asked for, where there is no report to tell it: what a user saved is not left out without a
    /// word. What an optimizer keeps beside variables is left to a model that has one.
    pub(super) fn left_over(&self, checkpoint: &Checkpoint) -> Option<Error> {
        let names: Vec<&String> = self.unused.iter().filter(|name| !self.is_of_training(name)).collect();
        let (first, rest) = names.split_first()?;
        let mut text = match rest.len() {
            0 => format!("the model has no variable `{first}`, and {checkpoint:?} has one"),
            more => format!("the model has no variables for {} tensors of {checkpoint:?}", more + 1),
        };
        if !rest.is_empty() {
            for name in names.iter().take(SHOWN) {
                // Writing to a `String` does not fail.
                let _ = write!(text, "\n  `{name}`");
            }
            if names.len() > SHOWN {
                let _ = write!(text, "\n  and {} more", names.len() - SHOWN);
            }
        }
        text.push_str("\n  help: load it into the model that it was saved from; or leave these out, and be told of it: `let (model, report) = Model::load_with(file, LoadOptions::new())?`");
        Some(Error::new(Status::InvalidArgument, "E-CHECKPOINT-UNUSED", text).of_variable(first))
    }

    /// Whether it is what training keeps: a slot beside a variable that was restored, the count of steps, powers of Adam's constants.
    fn is_of_training(&self, name: &str) -> bool {
        let is_slot =
            |applied: &Applied| name.strip_prefix(applied.from.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let numbered = |base: &str| {
            let rest = name.strip_prefix(base).map(|rest| rest.strip_prefix('_').unwrap_or(rest));
            rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.applied.iter().any(is_slot) || POWERS.into_iter().chain([collection::GLOBAL_STEP]).any(numbered)
    }

    /// Of the variables that got no value, the one whose name is most like that of a tensor.
    pub fn nearest_missing(&self, tensor: &str) -> Option<&str> {
        alike(tensor, &self.missing)
    }
}

/// The nearest candidate, if at least half of it is the same.
fn alike<'c>(name: &str, candidates: &'c [String]) -> Option<&'c str> {
    let near = crate::store::nearest(name, candidates.iter().map(String::as_str))?;
    crate::store::is_alike(name, near).then_some(near)
}

/// The most names of a kind that are shown.
const SHOWN: usize = 32;

impl fmt::Display for RestoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RestoreReport { applied, missing, unused } = self;
        writeln!(f, "{} of {} variables restored", applied.len(), applied.len() + missing.len())?;
        for Applied { variable, from } in applied.iter().filter(|applied| applied.variable != applied.from) {
            writeln!(f, "  `{variable}` from `{from}`")?;
        }
        list(f, "not in the file", missing, |name| self.nearest_unused(name), "the file has")?;
        list(f, "in the file, and no variable asked for it", unused, |name| self.nearest_missing(name), "missing is")
    }
}

fn list<'n>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    names: &'n [String],
    nearest: impl Fn(&'n str) -> Option<&'n str>,
    there: &str,
) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    writeln!(f, "{} {what}:", names.len())?;
    for name in names.iter().take(SHOWN) {
        match nearest(name) {
            Some(near) => writeln!(f, "  `{name}`, {there} `{near}`")?,
            None => writeln!(f, "  `{name}`")?,
        }
    }
    if names.len() > SHOWN { writeln!(f, "  and {} more", names.len() - SHOWN) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_unused_are_shown_together() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        let report = RestoreReport {
            applied: vec![Applied { variable: "a".to_owned(), from: "x.a".to_owned() }],
            missing: names(&["conv1/biases", "step"]),
            unused: names(&["conv1/bias"]),
        };
        assert_eq!(
            report.to_string(),
            "1 of 3 variables restored\n  `a` from `x.a`\n2 not in the file:\n  `conv1/biases`, the file has `conv1/bias`\n  \
             `step`\n1 in the file, and no variable asked for it:\n  `conv1/bias`, missing is `conv1/biases`\n"
        );
    }
}
