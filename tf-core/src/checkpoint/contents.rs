//! What a checkpoint holds, without the values.

use crate::dtype::DType;
use std::collections::BTreeMap;

/// A tensor of a checkpoint: its name, shape and element type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckpointEntry {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) dtype: Option<DType>,
    /// The file's own word for the element type.
    pub(super) stored: String,
    /// The name that the bytes are stored under, where it is another one.
    pub(super) owner: Option<String>,
    /// First byte in the file, and how many.
    pub(super) bytes: (u64, usize),
    pub(super) checksum: Option<u32>,
}

impl CheckpointEntry {
    /// The name: a variable's, or what another program called it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The element type; `None` if tensors here cannot hold it.
    pub fn dtype(&self) -> Option<DType> {
        self.dtype
    }

    /// The name that the tensor is stored under, if this one is a further name of it.
    pub fn alias_of(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.1
    }

    /// The name that the tensor is stored under.
    pub(super) fn owner(&self) -> &str {
        self.owner.as_deref().unwrap_or(&self.name)
    }
}

impl std::fmt::Display for CheckpointEntry {
    /// Element type and shape: `f32[5, 5, 1, 32]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.dtype {
            Some(dtype) => write!(f, "{dtype}{:?}", self.shape),
            None => write!(f, "{}{:?}", self.stored, self.shape),
        }
    }
}

/// Everything that stands before the values.
#[derive(Debug)]
pub(super) struct Contents {
    /// By name, so in alphabetical order.
    pub(super) entries: BTreeMap<String, CheckpointEntry>,
    pub(super) metadata: BTreeMap<String, String>,
}
