//! The run-time error: the same words as rustc prints at build time, with code, place and names as data.

use core::{fmt, panic::Location};

/// TensorFlow's status of an error: what a program may react to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The caller's argument or model is wrong.
    InvalidArgument,
    /// Something is named that does not exist.
    NotFound,
    /// Something is made that exists.
    AlreadyExists,
    /// The state does not allow it, such as a variable without a value.
    FailedPrecondition,
    /// An index or limit is passed.
    OutOfRange,
    /// A value that the options forbid, such as NaN, came up.
    DataLoss,
}

/// What went wrong while a graph was built or run.
///
/// Displays as: the mistake; where; where its other half is; `help:` with the edit; the code, an entry of docs/errors.md.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// The result of whatever builds or runs.
pub type Result<T, E = Error> = core::result::Result<T, E>;

#[derive(Clone)]
struct Inner {
    status: Status,
    code: &'static str,
    /// The mistake on the first line, further lines indented by two.
    text: String,
    at: Option<&'static Location<'static>>,
    node: Option<String>,
    scope: Option<String>,
    variable: Option<String>,
    /// What tells it from another at the same place, if a layer that is called again makes it again.
    repeats: Option<(&'static str, u32)>,
    others: Vec<Error>,
}

impl Error {
    /// An error of this status and code; `text` has the mistake on its first line and its help on a later one.
    pub(crate) fn new(status: Status, code: &'static str, text: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            status,
            code,
            text: text.into(),
            at: None,
            node: None,
            scope: None,
            variable: None,
            repeats: None,
            others: Vec::new(),
        }))
    }

    pub(crate) fn at(mut self, at: &'static Location<'static>) -> Error {
        self.0.at.get_or_insert(at);
        self
    }

    pub(crate) fn in_scope(mut self, scope: &str) -> Error {
        if !scope.is_empty() {
            self.0.scope = Some(scope.to_owned());
        }
        self
    }

    pub(crate) fn at_node(mut self, node: &str) -> Error {
        self.0.node.get_or_insert_with(|| node.to_owned());
        self
    }

    pub(crate) fn of_variable(mut self, name: &str) -> Error {
        self.0.variable = Some(name.to_owned());
        self
    }

    pub(crate) fn repeated_as(mut self, repeats: Option<(&'static str, u32)>) -> Error {
        self.0.repeats = repeats;
        self
    }

    /// Whether a layer that is called again makes it again.
    pub(crate) fn may_be_repeated(&self) -> bool {
        self.0.repeats.is_some()
    }

    /// Whether a mistake at this place is this one again.
    pub(crate) fn is_repeat(&self, repeats: Option<(&'static str, u32)>, at: &'static Location<'static>) -> bool {
        self.0.repeats == repeats && self.0.at == Some(at)
    }

    /// Adds a line about where the mistake has to do with, before those that are there.
    pub(crate) fn add_line(&mut self, line: &str) {
        let text = &mut self.0.text;
        let end = text.find('\n').unwrap_or(text.len());
        text.insert_str(end, &format!("\n{line}"));
    }

    /// The first of several independent mistakes, holding the rest; `None` if there is none.
    pub(crate) fn first_of(errors: Vec<Error>) -> Option<Error> {
        let mut errors = errors.into_iter();
        let mut first = errors.next()?;
        first.0.others.extend(errors);
        Some(first)
    }

    /// TensorFlow's status.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// The stable code, such as `"E-REUSE-MISSING"`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The mistake alone, without places and help.
    pub fn mistake(&self) -> &str {
        self.0.text.lines().next().unwrap_or("")
    }

    /// The source line that made it.
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.0.at
    }

    /// The node of the graph it happened at.
    pub fn node(&self) -> Option<&str> {
        self.0.node.as_deref()
    }

    /// The variable scope it happened in.
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    /// The whole name of the variable it is about.
    pub fn variable(&self) -> Option<&str> {
        self.0.variable.as_deref()
    }

    /// The further, independent mistakes of the same build.
    pub fn others(&self) -> &[Error] {
        &self.0.others
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let mut lines = inner.text.lines();
        f.write_str(lines.next().unwrap_or(""))?;
        if inner.at.is_some() || inner.node.is_some() {
            f.write_str("\n ")?;
            if let Some(at) = inner.at {
                write!(f, " at {at}")?;
            }
            if let Some(node) = &inner.node {
                write!(f, " in op `{node}`")?;
            }
            if let Some(scope) = &inner.scope {
                write!(f, " in scope `{scope}`")?;
            }
        }
        for line in lines {
            write!(f, "\n{line}")?;
        }
        write!(f, "\n  {} in docs/errors.md", inner.code)?;
        for other in &inner.others {
            write!(f, "\nand: {other}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
