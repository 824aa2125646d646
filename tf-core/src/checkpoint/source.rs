//! Where a checkpoint comes from: a file, a folder with a state file, bytes in the program.

use super::{durable::folder_of, format::Format, opened::Checkpoint, state::latest_checkpoint};
use crate::error::{Error, Result, Status};
use std::{
    borrow::Cow,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// What values can be restored from: a path, an opened [`Checkpoint`], or bytes such as those of `include_bytes!`.
///
/// A path names the file, or the file without its extension, or a folder: then the latest checkpoint in it is meant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no checkpoint",
    label = "expected a path, a `Checkpoint`, or bytes (`include_bytes!(..)`)"
)]
pub trait CheckpointSource {
    /// Reads what it holds, without the values.
    ///
    /// # Errors
    /// E-CHECKPOINT-FILE, E-CHECKPOINT-DAMAGED, E-CHECKPOINT-VERSION.
    fn open(self) -> Result<Checkpoint>;
}

macro_rules! paths {
    ($($t:ty),*) => { $(
        impl CheckpointSource for $t {
            fn open(self) -> Result<Checkpoint> {
                Checkpoint::open(self)
            }
        }
    )* };
}
paths!(&str, String, &String, &Path, PathBuf, &PathBuf);

macro_rules! bytes {
    ($([$($g:tt)*] $t:ty => $bytes:ident: $cow:expr;)*) => { $(
        impl<$($g)*> CheckpointSource for $t {
            fn open(self) -> Result<Checkpoint> {
                let $bytes = self;
                Checkpoint::from_bytes($cow)
            }
        }
    )* };
}
bytes! {
    [] &'static [u8] => bytes: bytes;
    [const N: usize] &'static [u8; N] => bytes: &bytes[..];
    [] Vec<u8> => bytes: bytes;
    [] Cow<'static, [u8]> => bytes: bytes;
}

impl CheckpointSource for Checkpoint {
    fn open(self) -> Result<Checkpoint> {
        Ok(self)
    }
}

impl CheckpointSource for &Checkpoint {
    fn open(self) -> Result<Checkpoint> {
        Ok(self.clone())
    }
}

/// The file that a path means, opened.
pub(super) fn file_at(path: &Path) -> Result<(PathBuf, File)> {
    if path.is_dir() {
        return match latest_checkpoint(path)? {
            Some(latest) => file_at(&latest),
            None => Err(missing(
                path,
                "is a folder in which no checkpoint is recorded",
                "name a file in it, or save there with a `Saver` first",
            )),
        };
    }
    let with_extension = with_extension(path, Format::default());
    let found = if path.exists() { path } else { &with_extension };
    // Opening a pipe or a device would wait, or never end.
    match fs::metadata(found) {
        Ok(metadata) if !metadata.is_file() => Err(missing(path, "is no file", "name a file")),
        Ok(_) => File::open(found).map(|file| (found.to_owned(), file)).map_err(|error| cannot("read", found, &error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(missing(path, "does not exist", &what_there_is(path)))
        }
        Err(error) => Err(cannot("read", found, &error)),
    }
}

/// The path with the extension of the format, unless it has it.
pub(super) fn with_extension(path: &Path, format: Format) -> PathBuf {
    if path.extension().is_some_and(|extension| extension == format.extension()) {
        return path.to_owned();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(format.extension());
    PathBuf::from(name)
}

/// The help for a checkpoint that is not there: those that are.
fn what_there_is(path: &Path) -> String {
    let folder = folder_of(path);
    let Ok(files) = fs::read_dir(folder) else { return format!("there is no folder `{}` either", folder.display()) };
    let extension = Format::default().extension();
    let names: Vec<String> = files
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|found| found == extension))
        .filter_map(|file| file.file_name().into_string().ok())
        .collect();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    match crate::store::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{}`?", folder.join(near).display()),
        None => match names.first() {
            None => format!("look at the path: there is no checkpoint in `{}` at all", folder.display()),
            Some(other) => {
                format!("look at the path: `{}` has {} others, such as `{other}`", folder.display(), names.len())
            }
        },
    }
}

fn missing(path: &Path, says: &str, help: &str) -> Error {
    Error::new(Status::NotFound, "E-CHECKPOINT-FILE", format!("checkpoint `{}` {says}\n  help: {help}", path.display()))
}

/// What the system refuses to do with a path.
pub(crate) fn cannot(verb: &str, path: &Path, error: &io::Error) -> Error {
    let help = match error.kind() {
        io::ErrorKind::NotFound => {
            format!("create the folder first: `std::fs::create_dir_all({:?})`", folder_of(path))
        }
        io::ErrorKind::PermissionDenied => "look at the permissions of the file and its folder".to_owned(),
        io::ErrorKind::IsADirectory => "name a file: that is a folder".to_owned(),
        io::ErrorKind::StorageFull => "free some space on the disk".to_owned(),
        _ => "look at the path and the disk it is on".to_owned(),
    };
    Error::new(
        if error.kind() == io::ErrorKind::NotFound { Status::NotFound } else { Status::FailedPrecondition },
        "E-CHECKPOINT-FILE",
        format!("`{}` cannot be {verb}: {error}\n  help: {help}", path.display()),
    )
}
