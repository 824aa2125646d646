//! The command line.

use crate::{filters::RANDOM, mistake::Mistake};
use lexopt::{Arg, Parser, ValueExt};
use std::{ffi::OsString, path::PathBuf};

/// What `--help` prints.
pub const HELP: &str = "\
Runs photographs through models that are made with tf-scope.

usage: image_filter [PHOTO] [SECOND PHOTO] [OPTIONS]

  PHOTO            a PNG or JPEG file; a cup of coffee where none is given
  SECOND PHOTO     a photograph for the filter that takes two; a cat where none is given

  --filter NAME    only this filter, given once or more:
                   blur, sharpen, edges, emboss, random, shared
  --seed N         draws other weights for `random` and `shared` (default: 7)
  --save FILE      keeps the weights of `random`, as a safetensors file
  --load FILE      gives `random` the weights of such a file
  --graph          also draws the graph of each model, as SVG
  --out DIR        where the pictures go (default: target/image_filter)
  --help           prints this
";

/// The name of the filter that takes two photographs.
pub const SHARED: &str = "shared";

/// What the user asks for.
pub struct Arguments {
    /// At most two files.
    pub photographs: Vec<PathBuf>,
    /// Names of filters, in the order given; none means all.
    pub filters: Vec<String>,
    /// Gives random variables their values.
    pub seed: u64,
    /// Where the weights of the random filter are kept.
    pub save: Option<PathBuf>,
    /// Where they come from, in place of the seed.
    pub load: Option<PathBuf>,
    /// Whether the graphs of the models are drawn too.
    pub graph: bool,
    /// Where the pictures go.
    pub out: PathBuf,
}

/// Reads the command line without the program's name; `None` where help is asked for.
///
/// # Errors
/// An unknown option or filter, a missing value, a seed that is no number, a third photograph, weights for a filter that is not asked for.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, known: &[&str]) -> Result<Option<Arguments>, Mistake> {
    let mut parser = Parser::from_args(arguments);
    let mut parsed = Arguments {
        photographs: vec![],
        filters: vec![],
        seed: 7,
        save: None,
        load: None,
        graph: false,
        out: PathBuf::from("target/image_filter"),
    };
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("graph") => parsed.graph = true,
            Arg::Long("out") => parsed.out = parser.value().map_err(usage)?.into(),
            Arg::Long("save") => parsed.save = Some(parser.value().map_err(usage)?.into()),
            Arg::Long("load") => parsed.load = Some(parser.value().map_err(usage)?.into()),
            Arg::Long("seed") => parsed.seed = seed(parser.value().map_err(usage)?)?,
            Arg::Long("filter") => {
                let name = parser.value().map_err(usage)?.to_string_lossy().into_owned();
                if !known.contains(&name.as_str()) {
                    let help = format!("the filters are {}", known.join(", "));
                    return Err(Mistake::new(format!("there is no filter `{name}`"), help));
                }
                parsed.filters.push(name);
            }
            Arg::Value(path) if parsed.photographs.len() < 2 => parsed.photographs.push(path.into()),
            Arg::Value(path) => {
                let what = format!("`{}` is a third photograph, and two are the most", path.to_string_lossy());
                return Err(Mistake::new(what, "start the program once for each pair"));
            }
            other => return Err(usage(other.unexpected())),
        }
    }
    let weights = parsed.save.is_some() || parsed.load.is_some();
    if weights && !parsed.filters.is_empty() && !parsed.filters.iter().any(|filter| filter == RANDOM) {
        let what = format!("`--save` and `--load` are about the weights of `{RANDOM}`, which is not asked for");
        return Err(Mistake::new(what, format!("add `--filter {RANDOM}`")));
    }
    Ok(Some(parsed))
}

fn seed(value: OsString) -> Result<u64, Mistake> {
    value.parse().map_err(|_| {
        let what = format!("the seed `{}` is no whole number from 0 on", value.to_string_lossy());
        Mistake::new(what, "write a number, as in `--seed 7`")
    })
}

fn usage(error: lexopt::Error) -> Mistake {
    use lexopt::Error::{MissingValue, UnexpectedOption, UnexpectedValue};
    let what = match error {
        MissingValue { option: Some(option) } => format!("`{option}` needs a value"),
        UnexpectedOption(option) => format!("there is no option `{option}`"),
        UnexpectedValue { option, .. } => format!("`{option}` takes no value"),
        other => other.to_string(),
    };
    Mistake::new(what, "`--help` lists the options")
}
