//! Writes checkpoints: whole files, each in one step.

use super::{
    durable,
    format::{Format, Written},
    header::{METADATA, OWN_METADATA},
    source::cannot,
};
use crate::{
    error::{Error, Result, Status},
    value::Value,
};
use std::{collections::BTreeMap, path::Path};

/// Gathers values under names, and writes them as a checkpoint. [`Saver`](crate::Saver) and `Model::save` do so for variables.
///
/// The same values under the same names make the same bytes.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Checkpoint, CheckpointWriter, IntoValue, Value};
/// let embedding: Value = IntoValue::<f32>::into_value(ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]));
/// let bytes = CheckpointWriter::new()
///     .tensor("embedding", embedding)?
///     .alias("softmax/weights", "embedding")? // stored once, and known by both names
///     .to_bytes()?;
/// assert_eq!(Checkpoint::from_bytes(bytes)?.entry("softmax/weights").unwrap().alias_of(), Some("embedding"));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct CheckpointWriter {
    format: Format,
    tensors: BTreeMap<String, Value>,
    aliases: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
}

impl CheckpointWriter {
    /// A checkpoint that holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    ///
    /// # Errors
    /// E-SAVE-NAME if the name is taken, or if the format keeps it for itself.
    pub fn tensor(mut self, name: impl Into<String>, value: Value) -> Result<Self> {
        let name = name.into();
        self.check(&name)?;
        self.tensors.insert(name, value);
        Ok(self)
    }

    /// Adds a further name for a value that is there.
    ///
    /// # Errors
    /// E-SAVE-NAME if the name is taken, or if nothing has the other one.
    pub fn alias(mut self, name: impl Into<String>, of: &str) -> Result<Self> {
        let name = name.into();
        self.check(&name)?;
        if !self.tensors.contains_key(of) {
            let near = crate::store::nearest(of, self.tensors.keys().map(String::as_str));
            let help = near.map_or_else(|| "add the tensor first".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(refused(
                format!("`{name}` is to be another name of `{of}`, and nothing is saved under that"),
                &help,
            ));
        }
        self.aliases.insert(name, of.to_owned());
        Ok(self)
    }

    /// Says something of the checkpoint: any key and text, such as the program that writes it.
    ///
    /// # Errors
    /// E-SAVE-NAME if the key starts with `tf_scope.`.
    pub fn metadata(mut self, key: impl Into<String>, text: impl Into<String>) -> Result<Self> {
        let key = key.into();
        if key.starts_with(OWN_METADATA) {
            return Err(refused(
                format!(
                    "metadata is to be saved as `{key}`, and keys that start with `{OWN_METADATA}` are kept for the format itself"
                ),
                "give it another key",
            ));
        }
        self.metadata.insert(key, text.into());
        Ok(self)
    }

    fn check(&self, name: &str) -> Result<()> {
        if name == METADATA {
            return Err(refused(
                format!("`{name}` is kept for the format itself"),
                "save the variable under another name",
            ));
        }
        if self.tensors.contains_key(name) || self.aliases.contains_key(name) {
            return Err(refused(
                format!("two values are to be saved as `{name}`"),
                "leave one out, or give it another name",
            ));
        }
        Ok(())
    }

    /// Writes the file. Whenever this is stopped, the file that was there before is whole, or the new one is.
    ///
    /// # Errors
    /// E-CHECKPOINT-FILE if the system refuses, as where the folder does not exist.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        durable::replace(path, |out| self.format.write(&self.written(), out))
            .map_err(|error| cannot("written", path, &error))
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// None that is known: writing to memory does not fail.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.format
            .write(&self.written(), &mut bytes)
            .map_err(|error| cannot("written", Path::new("memory"), &error))?;
        Ok(bytes)
    }

    fn written(&self) -> Written<'_> {
        Written { tensors: &self.tensors, aliases: &self.aliases, metadata: &self.metadata }
    }
}

fn refused(says: String, help: &str) -> Error {
    Error::new(Status::InvalidArgument, "E-SAVE-NAME", format!("{says}\n  help: {help}"))
}
