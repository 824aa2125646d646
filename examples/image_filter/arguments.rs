//! The command line.

use crate::{filters::RANDOM, mistake::Mistake};
use lexopt::{Arg, Parser, ValueExt};
use std::{ffi::OsString, path::PathBuf};

/// What `--help` prints.
pub const HELP: &str = "\
Runs photographs through models that are made with tf-scope.

usage: image_filter [PHOTO] [SECOND PHOTO] [OPTIONS]
       image_filter train [NAME] [PHOTO].. [OPTIONS]     learns a filter from photographs
       image_filter apply WEIGHTS [PHOTO] [--out DIR]    runs a learned filter

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

to learn:

  NAME             denoise, sharpen, edges or emboss; all where none is given
  PHOTO            what is learned from; a cup of coffee where none is given
  --test PHOTO     what the filter is tried on; a cat where none is given
  --steps N        how long it learns (default: 3000)
  --seed N         draws other first weights, and other parts of the photographs (default: 7)
  --out DIR        where pictures and weights go (default: target/image_filter)
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

/// What the user asks to be learned.
pub struct Training {
    /// Names of lessons; none means all.
    pub lessons: Vec<String>,
    /// Learned from.
    pub photographs: Vec<PathBuf>,
    /// What the filter is tried on.
    pub test: Option<PathBuf>,
    /// How long.
    pub steps: usize,
    /// Decides the first weights and the parts that are learned from.
    pub seed: u64,
    /// Where pictures and weights go.
    pub out: PathBuf,
}

/// Reads what stands behind `train`; `None` where help is asked for. What is no lesson is a photograph.
///
/// # Errors
/// An unknown option, a missing value, a number that is none, no steps at all.
pub fn training(arguments: impl IntoIterator<Item = OsString>, known: &[&str]) -> Result<Option<Training>, Mistake> {
    let mut parser = Parser::from_args(arguments);
    let mut parsed = Training {
        lessons: vec![],
        photographs: vec![],
        test: None,
        steps: 3000,
        seed: 7,
        out: PathBuf::from("target/image_filter"),
    };
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("out") => parsed.out = parser.value().map_err(usage)?.into(),
            Arg::Long("test") => parsed.test = Some(parser.value().map_err(usage)?.into()),
            Arg::Long("seed") => parsed.seed = number("seed", parser.value().map_err(usage)?)?,
            Arg::Long("steps") => {
                parsed.steps = number("steps", parser.value().map_err(usage)?)? as usize;
                if parsed.steps == 0 {
                    return Err(Mistake::new("nothing is learned in 0 steps", "write a number, as in `--steps 3000`"));
                }
            }
            Arg::Value(name) if known.iter().any(|known| name == *known) => {
                parsed.lessons.push(name.to_string_lossy().into_owned());
            }
            Arg::Value(path) if path.to_string_lossy().contains('.') => parsed.photographs.push(path.into()),
            Arg::Value(name) => {
                let what = format!("`{}` is neither something to learn nor a photograph", name.to_string_lossy());
                return Err(Mistake::new(what, format!("what can be learned is {}", known.join(", "))));
            }
            other => return Err(usage(other.unexpected())),
        }
    }
    Ok(Some(parsed))
}

/// What the user asks a learned filter to be applied to.
pub struct Application {
    /// The file of the weights.
    pub weights: PathBuf,
    /// The picture.
    pub photograph: Option<PathBuf>,
    /// Where the filtered picture goes.
    pub out: PathBuf,
}

/// Reads what stands behind `apply`; `None` where help is asked for.
///
/// # Errors
/// No weights, an unknown option, a missing value, a second photograph.
pub fn application(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Application>, Mistake> {
    let mut parser = Parser::from_args(arguments);
    let (mut weights, mut photograph, mut out) = (None, None, PathBuf::from("target/image_filter"));
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("out") => out = parser.value().map_err(usage)?.into(),
            Arg::Value(path) if weights.is_none() => weights = Some(PathBuf::from(path)),
            Arg::Value(path) if photograph.is_none() => photograph = Some(PathBuf::from(path)),
            other => return Err(usage(other.unexpected())),
        }
    }
    let help = "learn them with `image_filter train denoise`, which says where they are";
    let weights = weights.ok_or_else(|| Mistake::new("`apply` needs the weights of a filter", help))?;
    Ok(Some(Application { weights, photograph, out }))
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
            Arg::Long("seed") => parsed.seed = number("seed", parser.value().map_err(usage)?)?,
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

fn number(what: &str, value: OsString) -> Result<u64, Mistake> {
    value.parse().map_err(|_| {
        let text = match what {
            "seed" => format!("the seed `{}` is no whole number from 0 on", value.to_string_lossy()),
            _ => format!("`{}` is no number of {what}", value.to_string_lossy()),
        };
        Mistake::new(text, format!("write a number, as in `--{what} 7`"))
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
