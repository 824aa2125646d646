//! Mistakes that a user can make, one program each, and what rustc says of them (`ui/*.stderr`).
//!
//! To record them anew: `TRYBUILD=overwrite cargo test --test ui`. Read what changed as a user would.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

fn files(extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory())
        .expect("the directory of the cases is part of the repository")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_mistake_is_refused_in_the_recorded_words() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn every_case_has_its_words_and_every_words_their_case() {
    for case in files("rs") {
        assert!(case.with_extension("stderr").exists(), "{} has no recorded words", case.display());
    }
    for words in files("stderr") {
        assert!(words.with_extension("rs").exists(), "{} is left over from a case", words.display());
    }
}

/// Notes into the standard library's sources differ between installations, and so do places on the machine that recorded them.
#[test]
fn no_words_depend_on_the_machine() {
    for path in files("stderr") {
        let words = read(&path);
        for place in ["/rustc/", "$RUST", "rust-src", "rustlib", ".rustup", "$CARGO", env!("CARGO_MANIFEST_DIR")] {
            assert!(!words.contains(place), "{} mentions {place}", path.display());
        }
    }
}

/// A mistake is told once. A case with more errors says so in its second line, `//! errors: 2, because ..`.
#[test]
fn every_mistake_is_one_error() {
    for path in files("rs") {
        let case = read(&path);
        assert!(case.starts_with("//! "), "{} does not say what the mistake is", path.display());
        let expected = case.lines().find_map(|line| line.strip_prefix("//! errors: ")).map_or(1, |said| {
            let digits = said.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            digits.parse().unwrap_or_else(|_| panic!("{}: `errors:` wants a number", path.display()))
        });
        let words = read(&path.with_extension("stderr"));
        let found = words.lines().filter(|line| line.starts_with("error:") || line.starts_with("error[")).count();
        assert_eq!(found, expected, "errors in {}", path.with_extension("stderr").display());
    }
}
