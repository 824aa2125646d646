//! An opened checkpoint: its table of contents in memory, its values where they are.

use super::{
    contents::{CheckpointEntry, Contents},
    encoding::value_of,
    format::{Format, Unreadable},
    source::{cannot, file_at},
};
use crate::{
    error::{Error, Result, Status},
    store::nearest,
    value::Value,
};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// A checkpoint, opened: what it holds is known and checked, values are read when they are asked for.
///
/// A file that is replaced or deleted meanwhile goes on being the one that was opened. Cloning gives another handle of it. `Display` lists what it
/// holds. TensorFlow: `tf.train.load_checkpoint`, `tf.train.list_variables`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Checkpoint, CheckpointWriter, Value};
/// let bytes = CheckpointWriter::new().tensor("model/scale", Value::scalar(2.0f32))?.to_bytes()?;
/// let checkpoint = Checkpoint::from_bytes(bytes)?;
/// assert_eq!(checkpoint.to_string(), "model/scale  f32[]\n");
/// assert_eq!(checkpoint.get("model/scale")?.as_slice(), Some(&[2.0f32][..]));
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone)]
pub struct Checkpoint(Arc<Opened>);

struct Opened {
    path: Option<PathBuf>,
    data: Data,
    contents: Contents,
}

enum Data {
    File(Mutex<File>),
    Bytes(Cow<'static, [u8]>),
}

impl Checkpoint {
    /// Opens a file; of a folder, the latest checkpoint in it. `.safetensors` may be left out.
    ///
    /// # Errors
    /// E-CHECKPOINT-FILE if the system refuses; E-CHECKPOINT-DAMAGED if it is no checkpoint, or an incomplete one; E-CHECKPOINT-VERSION if a
    /// newer version wrote it.
    pub fn open(path: impl AsRef<Path>) -> Result<Checkpoint> {
        let (path, mut file) = file_at(path.as_ref())?;
        let contents = Format::default().contents(&mut file).map_err(|why| unreadable(Some(&path), why))?;
        Ok(Checkpoint(Arc::new(Opened { path: Some(path), data: Data::File(Mutex::new(file)), contents })))
    }

    /// The checkpoint that these bytes are, such as `include_bytes!("filter.safetensors")`, which makes it a part of the program.
    ///
    /// # Errors
    /// E-CHECKPOINT-DAMAGED, E-CHECKPOINT-VERSION.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Checkpoint> {
        let bytes = bytes.into();
        let contents = Format::default().contents(&mut Cursor::new(&bytes)).map_err(|why| unreadable(None, why))?;
        Ok(Checkpoint(Arc::new(Opened { path: None, data: Data::Bytes(bytes), contents })))
    }

    /// Where the file is; `None` for bytes in memory.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// What it holds, in alphabetical order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &CheckpointEntry> {
        self.0.contents.entries.values()
    }

    /// What it holds under this name.
    pub fn entry(&self, name: &str) -> Option<&CheckpointEntry> {
        self.0.contents.entries.get(name)
    }

    /// What its writer says of it besides, such as the program it comes from.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.contents.metadata
    }

    /// Reads one value.
    ///
    /// # Errors
    /// E-CHECKPOINT-NAME with the nearest name; E-CHECKPOINT-DTYPE if tensors here cannot hold its elements; E-CHECKPOINT-DAMAGED if its bytes
    /// are not those that were written.
    pub fn get(&self, name: &str) -> Result<Value> {
        let entry = self.entry(name).ok_or_else(|| self.unknown(name))?;
        let Some(dtype) = entry.dtype else { return Err(self.other_dtype(entry)) };
        let (from, len) = entry.bytes;
        let value = value_of(dtype, entry.shape.clone(), len, |bytes| {
            self.read(from, bytes)?;
            match entry.checksum {
                Some(written) if crc32c::crc32c(bytes) != written => {
                    Err(self.damaged(&format!("the bytes of `{name}` are not those that were written")))
                }
                _ => Ok(()),
            }
        })?;
        value.map_err(|what| self.damaged(&format!("`{name}`: {what}")))
    }

    fn read(&self, from: u64, bytes: &mut [u8]) -> Result<()> {
        let mut read = |file: &mut dyn ReadSeek| {
            file.seek(SeekFrom::Start(from))?;
            file.read_exact(bytes)
        };
        let done = match &self.0.data {
            Data::File(file) => read(&mut *file.lock().unwrap_or_else(|poisoned| poisoned.into_inner())),
            Data::Bytes(all) => read(&mut Cursor::new(all)),
        };
        done.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it was shortened after it was opened"),
            _ => unreadable(self.path(), Unreadable::System(error)),
        })
    }

    fn damaged(&self, what: &str) -> Error {
        unreadable(self.path(), Unreadable::Damaged(what.to_owned()))
    }

    pub(super) fn unknown(&self, name: &str) -> Error {
        let near = nearest(name, self.0.contents.entries.keys().map(String::as_str));
        let help = near.map_or_else(|| "it holds nothing".to_owned(), |near| format!("did you mean `{near}`?"));
        Error::new(Status::NotFound, "E-CHECKPOINT-NAME", format!("{self:?} has no tensor `{name}`\n  help: {help}"))
    }

    pub(super) fn other_dtype(&self, entry: &CheckpointEntry) -> Error {
        Error::new(
            Status::InvalidArgument,
            "E-CHECKPOINT-DTYPE",
            format!(
                "{self:?} has `{}` in {}, which tensors here cannot hold\n  help: convert it in the program that wrote it, or leave it out",
                entry.name, entry.stored
            ),
        )
    }
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl fmt::Debug for Checkpoint {
    /// What errors call it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            Some(path) => write!(f, "checkpoint `{}`", path.display()),
            None => f.write_str("a checkpoint in memory"),
        }
    }
}

impl fmt::Display for Checkpoint {
    /// A line for each tensor: its name, element type and shape.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.entries().map(|entry| entry.name.len()).max().unwrap_or(0);
        for entry in self.entries() {
            write!(f, "{:width$}  {entry}", entry.name)?;
            match entry.alias_of() {
                Some(owner) => writeln!(f, "  the same as `{owner}`")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

fn unreadable(path: Option<&Path>, why: Unreadable) -> Error {
    let which = path.map_or_else(|| "the bytes of a checkpoint".to_owned(), |path| format!("`{}`", path.display()));
    match why {
        Unreadable::System(error) => cannot("read", path.unwrap_or(Path::new("")), &error),
        Unreadable::Damaged(what) => Error::new(
            Status::DataLoss,
            "E-CHECKPOINT-DAMAGED",
            format!(
                "{which} cannot be restored from: {what}\n  help: take the checkpoint before it, or copy the file again; it is no safetensors file, or not a complete one"
            ),
        ),
        Unreadable::Newer(version) => Error::new(
            Status::FailedPrecondition,
            "E-CHECKPOINT-VERSION",
            format!(
                "{which} is of version {version:?}, and this library reads version 1\n  help: use the version of tf-scope that wrote it, or a later one"
            ),
        ),
    }
}
