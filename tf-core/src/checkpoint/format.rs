//! Formats of checkpoints: what is in a file, and how it is written. Everything else in this module knows no format.

use super::{contents::Contents, safetensors};
use crate::value::Value;
use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, Write},
};

/// A format that values can be kept in.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum Format {
    /// One file, with the names and shapes before the bytes, as <https://github.com/safetensors/safetensors> describes it. Entries of its metadata
    /// that start with `tf_scope.` hold the version, the checksums, the shapes of texts and the further names of tensors.
    #[default]
    Safetensors,
}

/// What a file is to hold.
pub(super) struct Written<'w> {
    pub(super) tensors: &'w BTreeMap<String, Value>,
    /// Further names, and the name under which each is in `tensors`.
    pub(super) aliases: &'w BTreeMap<String, String>,
    /// What else the writer says of it.
    pub(super) metadata: &'w BTreeMap<String, String>,
}

/// Why a file cannot be read.
pub(super) enum Unreadable {
    System(io::Error),
    /// What is wrong with it.
    Damaged(String),
    /// Which version of the format wrote it.
    Newer(String),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Unreadable {
        Unreadable::System(error)
    }
}

impl Format {
    /// What the names of its files end in.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Safetensors => "safetensors",
        }
    }

    /// The table of contents of a file, checked against its length.
    pub(super) fn contents(self, file: &mut (impl Read + Seek)) -> Result<Contents, Unreadable> {
        match self {
            Format::Safetensors => safetensors::contents(file),
        }
    }

    pub(super) fn write(self, written: &Written<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Format::Safetensors => safetensors::write(written, out),
        }
    }
}
