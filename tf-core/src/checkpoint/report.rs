//! What a restore did.

use std::fmt;

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

    /// Of the variables that got no value, the one whose name is most like that of a tensor.
    pub fn nearest_missing(&self, tensor: &str) -> Option<&str> {
        alike(tensor, &self.missing)
    }
}

/// The nearest candidate, if at least half of it is the same.
fn alike<'c>(name: &str, candidates: &'c [String]) -> Option<&'c str> {
    let near = crate::store::nearest(name, candidates.iter().map(String::as_str))?;
    (crate::store::distance(name, near) * 2 <= name.chars().count().max(near.chars().count())).then_some(near)
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
