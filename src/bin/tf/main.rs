//! `tf`: looks into checkpoints, and at what this machine computes with.

mod devices;
mod diff;
mod inspect;
mod numbers;

use lexopt::prelude::{Long, Short, Value};
use std::{fmt::Write, process::ExitCode};

const HELP: &str = "\
Looks into checkpoints, and at what this machine computes with.

Usage: tf COMMAND

  tf inspect FILE [NAME]   the variables of a checkpoint (those whose names contain NAME):
                           shapes, element types, statistics, histograms
  tf diff A B              what B lacks, has besides, or has changed, with the largest difference;
                           ends with 1 if there is any, as `diff` does
  tf devices               logical devices, cores, the instruction set that was chosen,
                           and how it computes convolutions of typical shapes

FILE, A and B are safetensors files, or folders: then their latest checkpoint is meant.

  -h, --help               this text
  -V, --version            the version
";

/// What a command leads to: its text, and whether all is alike.
type Answer = (String, bool);

fn main() -> ExitCode {
    match arguments().and_then(answer) {
        Ok((text, alike)) => {
            // A reader that has seen enough closes the pipe: no mistake.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
            ExitCode::from(u8::from(!alike))
        }
        Err(mistake) => {
            eprintln!("{mistake}");
            ExitCode::from(2)
        }
    }
}

/// The words of the command line; help and version are commands too.
fn arguments() -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next().map_err(|error| misused(&error.to_string()))? {
        match argument {
            Short('h') | Long("help") => return Ok(vec!["help".to_owned()]),
            Short('V') | Long("version") => return Ok(vec!["version".to_owned()]),
            Value(word) => words.push(word.into_string().map_err(|word| misused(&format!("{word:?} is no UTF-8")))?),
            other => return Err(misused(&other.unexpected().to_string())),
        }
    }
    Ok(words)
}

fn answer(words: Vec<String>) -> Result<Answer, String> {
    let told = |error: tf::Error| error.to_string();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["help"] => Ok((HELP.to_owned(), true)),
        ["version"] => Ok((format!("tf {}\n", env!("CARGO_PKG_VERSION")), true)),
        ["inspect", file] => inspect::inspect(file, "").map(|text| (text, true)).map_err(told),
        ["inspect", file, name] => inspect::inspect(file, name).map(|text| (text, true)).map_err(told),
        ["diff", a, b] => diff::diff(a, b).map_err(told),
        ["devices"] => devices::devices().map(|text| (text, true)).map_err(told),
        [] => Err(misused("no command is given")),
        [command @ ("inspect" | "diff" | "devices"), ..] => {
            let takes = match command {
                "inspect" => "a file, and perhaps a name,",
                "diff" => "two files",
                _ => "nothing",
            };
            Err(misused(&format!("`{command}` takes {takes} and is given {}", words.len() - 1)))
        }
        [command, ..] => Err(misused(&format!("there is no command `{command}`"))),
    }
}

fn misused(what: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{what}");
    text + "  help: `tf --help` shows what there is"
}
