//! The state file of a folder: which checkpoints a [`Saver`](crate::Saver) keeps there, and which is the latest.
//!
//! It is the text that TensorFlow writes, under the same name.

use super::{
    durable::{self, folder_of},
    source::{cannot, with_extension},
};
use crate::error::{Error, Result, Status};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What the state file is called where nothing else is asked for.
pub(super) const STATE_FILE: &str = "checkpoint";
const LATEST: &str = "model_checkpoint_path";
const KEPT: &str = "all_model_checkpoint_paths";

/// The checkpoints of a folder, as its state file has them. TensorFlow: `tf.train.CheckpointState`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckpointState {
    /// The one that was saved last.
    pub latest: PathBuf,
    /// Those that are kept, the oldest first.
    pub kept: Vec<PathBuf>,
}

impl CheckpointState {
    /// Reads the state file of this name in a folder; `None` where there is none. Relative paths in it start at the folder.
    ///
    /// # Errors
    /// E-CHECKPOINT-STATE if the file is something else; E-CHECKPOINT-FILE if the system refuses.
    ///
    /// ```
    /// # use tf_core as tf;
    /// assert_eq!(tf::CheckpointState::read("no such folder", "checkpoint")?, None);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn read(folder: impl AsRef<Path>, name: &str) -> Result<Option<CheckpointState>> {
        let folder = folder.as_ref();
        let path = folder.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(cannot("read", &path, &error)),
        };
        let state = str::from_utf8(&bytes).ok().and_then(|text| parse(text, folder));
        state.map(Some).ok_or_else(|| {
            Error::new(
                Status::DataLoss,
                "E-CHECKPOINT-STATE",
                format!(
                    "`{}` is no state file of checkpoints\n  help: move it away; a saver writes it anew, and takes another name for it from `.state_file(..)`",
                    path.display()
                ),
            )
        })
    }

    /// Writes the state file into a folder, in one step.
    pub(super) fn write(&self, folder: &Path, name: &str) -> Result<()> {
        let path = folder.join(name);
        let mut text = format!("{LATEST}: {}\n", quote(&shown(&self.latest, folder)?));
        for kept in &self.kept {
            text.push_str(&format!("{KEPT}: {}\n", quote(&shown(kept, folder)?)));
        }
        durable::replace(&path, |out| out.write_all(text.as_bytes())).map_err(|error| cannot("written", &path, &error))
    }
}

/// The checkpoint that was saved last in a folder: the newest of those that its state file lists and that are still there.
///
/// TensorFlow: `tf.train.latest_checkpoint`, which looks at the last one alone.
///
/// # Errors
/// E-CHECKPOINT-STATE if the folder's file `checkpoint` is something else; E-CHECKPOINT-FILE if the system refuses.
///
/// ```
/// # use tf_core as tf;
/// assert_eq!(tf::latest_checkpoint("no such folder")?, None);
/// # Ok::<(), tf::Error>(())
/// ```
pub fn latest_checkpoint(folder: impl AsRef<Path>) -> Result<Option<PathBuf>> {
    let Some(state) = CheckpointState::read(folder, STATE_FILE)? else { return Ok(None) };
    let newest_first = std::iter::once(&state.latest).chain(state.kept.iter().rev());
    Ok(newest_first
        .flat_map(|path| [path.clone(), with_extension(path, super::Format::default())])
        .find(|path| path.is_file()))
}

/// A path as the state file has it: without the folder where it is in it, so that the folder can be moved.
fn shown(path: &Path, folder: &Path) -> Result<String> {
    let path = match path.file_name() {
        Some(name) if folder_of(path) == folder => PathBuf::from(name),
        _ => std::path::absolute(path).map_err(|error| cannot("found", path, &error))?,
    };
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Error::new(
            Status::InvalidArgument,
            "E-CHECKPOINT-STATE",
            format!("`{}` is no UTF-8, as names in a state file are\n  help: give the file another name, or save without a state file", path.display()),
        )
    })
}

/// A path of the state file of a folder; one beside it in the working folder stays as it is.
fn inside(folder: &Path, path: String) -> PathBuf {
    if folder == Path::new(".") { path.into() } else { folder.join(path) }
}

fn parse(text: &str, folder: &Path) -> Option<CheckpointState> {
    let (mut latest, mut kept) = (None, Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.split_once(':')?;
        match key.trim_end() {
            LATEST => latest = Some(inside(folder, unquote(value.trim())?)),
            KEPT => kept.push(inside(folder, unquote(value.trim())?)),
            // What TensorFlow may add, such as times.
            other if other.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {}
            _ => return None,
        }
    }
    Some(CheckpointState { latest: latest?, kept })
}

/// A text as protocol buffers show it: printable ASCII, and the other bytes in octal.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b'\n' => quoted.push_str("\\n"),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('"');
    quoted
}

fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte == b'"' {
            return None;
        }
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    match rest.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                        Some(digit) => value = value * 8 + u32::from(digit - b'0'),
                        None => break,
                    }
                }
                u8::try_from(value).ok()?
            }
            itself @ (b'"' | b'\\' | b'\'') => itself,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b14_the_text_is_tensorflows() {
        let text = "model_checkpoint_path: \"model-2\"\nall_model_checkpoint_paths: \"/runs/a/model-1\"\n\
                    all_model_checkpoint_paths: \"model-2\"\nall_model_checkpoint_timestamps: 1700000000.5\n";
        let state = parse(text, Path::new("runs/b")).unwrap();
        assert_eq!(state.latest, Path::new("runs/b/model-2"));
        assert_eq!(state.kept, [Path::new("/runs/a/model-1"), Path::new("runs/b/model-2")]);
    }

    #[test]
    fn names_of_any_kind_come_back() {
        for name in ["plain", "with space", "q\"uote", "back\\slash", "new\nline", "ähm é"] {
            assert_eq!(unquote(&quote(name)).as_deref(), Some(name));
        }
        assert_eq!(quote("ä"), r#""\303\244""#);
        assert_eq!(unquote(r#""\x""#), None);
        assert_eq!(unquote(r#""\777""#), None);
        assert_eq!(unquote(r#""a" "b""#), None);
    }

    #[test]
    fn b16_what_is_no_state_file_is_none() {
        for text in [
            "",
            "# only a comment",
            "hello",
            "model_checkpoint_path: model",
            "all_model_checkpoint_paths: \"a\"",
            "{\"a\": 1}",
        ] {
            assert_eq!(parse(text, Path::new("")), None, "{text}");
        }
    }
}
