//! What can go wrong, in one shape: the mistake, and the way out.

use std::{error::Error, fmt, io, path::Path};

/// A mistake that whoever starts the program can mend.
#[derive(Debug)]
pub struct Mistake {
    what: String,
    help: String,
}

impl Mistake {
    /// What is wrong, in lower case and without a full stop, and what to do instead.
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Mistake { what: what.into(), help: help.into() }
    }

    /// A file or folder with which the system refuses to do something.
    pub fn file(path: &Path, cannot: &str, error: &io::Error, help: &str) -> Self {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "a file is in the way".to_owned(),
            io::ErrorKind::PermissionDenied => "it is not permitted".to_owned(),
            _ => error.to_string(),
        };
        Mistake::new(format!("`{}` cannot be {cannot}: {why}", path.display()), help)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  help: {}", self.what, self.help)
    }
}

impl Error for Mistake {}
