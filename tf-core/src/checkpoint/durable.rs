//! Replaces files so that, whenever the process or the machine stops, either the old content is there or the new one.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// What the names of unfinished files end in.
const UNFINISHED: &str = ".tf-scope-unfinished";

/// A file of its own beside the target, held by a lock while it is written; gone again unless it takes the target's place.
struct Unfinished {
    path: PathBuf,
    file: File,
    placed: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.placed {
            // It is in nobody's way: the next writer sweeps it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a file beside the target, brings it to the disk, and lets it take the target's place in one step.
pub(super) fn replace(target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(target);
    let name =
        target.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    sweep(folder);
    let mut unfinished = Unfinished::beside(folder, name)?;
    let mut out = io::BufWriter::with_capacity(1 << 20, &unfinished.file);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    unfinished.file.sync_all()?;
    fs::rename(&unfinished.path, target)?;
    unfinished.placed = true;
    sync_folder(folder)
}

/// The folder a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

impl Unfinished {
    fn beside(folder: &Path, name: &std::ffi::OsStr) -> io::Result<Unfinished> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let mut own = OsString::from(".");
            own.push(name);
            own.push(format!(".{}-{}{UNFINISHED}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
            let path = folder.join(own);
            let file = match File::create_new(&path) {
                // A process of the same number left it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                created => created?,
            };
            // Whoever sweeps holds the lock while it deletes, so a file that is still there after this stays.
            match file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
                locked => locked?,
            }
            if path.exists() {
                return Ok(Unfinished { path, file, placed: false });
            }
        }
    }
}

/// Removes what processes left in a folder that were stopped while they wrote there: nobody holds the lock of those files.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if !name.starts_with(b".") || !name.ends_with(UNFINISHED.as_bytes()) {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
        {
            // What cannot be removed costs space, and nothing else.
            let _ = fs::remove_file(&path);
        }
    }
}

/// Brings the names in a folder to the disk, where the system has a way to.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("tf_scope_durable_{name}_{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }
        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> =
                fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_content_and_nothing_beside_it() {
        let folder = Folder::new("failed");
        let target = folder.0.join("file");
        replace(&target, |out| out.write_all(b"old")).unwrap();
        let failed = replace(&target, |out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(folder.names(), ["file"]);
    }

    #[test]
    fn what_stopped_processes_left_is_swept_and_what_others_write_is_not() {
        let folder = Folder::new("swept");
        let target = folder.0.join("file");
        fs::write(folder.0.join(format!(".file.1-0{UNFINISHED}")), b"left").unwrap();
        fs::write(folder.0.join(".other"), b"somebody else's").unwrap();
        let under_way = Unfinished::beside(&folder.0, target.file_name().unwrap()).unwrap();
        replace(&target, |out| out.write_all(b"new")).unwrap();
        let kept = under_way.path.file_name().unwrap().to_str().unwrap();
        let mut want = vec![kept.to_owned(), ".other".to_owned(), "file".to_owned()];
        want.sort();
        assert_eq!(folder.names(), want);
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = Folder::new("folder");
        let error = replace(&folder.0, |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }
}
