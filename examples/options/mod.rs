//! The command line of the small examples: `--steps N --seed N --out DIR`.

use std::{path::PathBuf, process::exit};

/// What the user asks for.
pub struct Options {
    /// How many steps of training.
    pub steps: usize,
    /// Decides first values and the order of the data.
    pub seed: u64,
    /// Where pictures and checkpoints go.
    pub out: PathBuf,
}

impl Options {
    /// Reads the command line of the example `name`, which takes `steps` steps if it is not told otherwise. What cannot be read ends
    /// the program with a message, and so does `--help`.
    pub fn read(name: &str, steps: usize) -> Options {
        let usage = format!(
            "usage: {name} [OPTIONS]\n\n  \
             --steps N    steps of training (default: {steps})\n  \
             --seed N     other first values, and another order of the data (default: 1)\n  \
             --out DIR    where the pictures go (default: target/{name})\n"
        );
        let mut options = Options { steps, seed: 1, out: PathBuf::from("target").join(name) };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            if argument == "--help" {
                print!("{usage}");
                exit(0);
            }
            let value = arguments.next().unwrap_or_else(|| refused(&format!("`{argument}` needs a value"), &usage));
            let number = || {
                value.parse().unwrap_or_else(|_| refused(&format!("`{value}` is no whole number from 0 on"), &usage))
            };
            match argument.as_str() {
                "--steps" => options.steps = number() as usize,
                "--seed" => options.seed = number(),
                "--out" => options.out = PathBuf::from(value),
                _ => refused(&format!("there is no option `{argument}`"), &usage),
            }
        }
        if let Err(error) = std::fs::create_dir_all(&options.out) {
            refused(&format!("there can be no folder `{}`: {error}", options.out.display()), &usage);
        }
        options
    }
}

fn refused(what: &str, usage: &str) -> ! {
    eprintln!("error: {what}\n{usage}");
    exit(2)
}
