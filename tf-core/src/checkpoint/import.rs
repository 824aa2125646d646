//! How tensors of a file become variables: renamed, with their axes in another order, converted, only as far as they fit.

use super::{
    contents::CheckpointEntry,
    conversion::{Conversion, Layout},
    pattern::Pattern,
};
use crate::{
    dtype::DType,
    error::{Error, Result, Status},
    shape::MAX_RANK,
    spec::Spec,
};

/// How the tensors of a checkpoint are brought into variables, where that is not by their own names and as they are.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Import, Layout};
/// // What PyTorch calls `features.0.weight` is `conv0/weights` here, and so on.
/// let import = Import::new()
///     .rename("features.{i}.weight", "conv{i}/weights")
///     .rename("features.{i}.bias", "conv{i}/biases")
///     .rename_prefix("classifier.", "dense/")
///     .layout("conv{i}/weights", Layout::OIHW_TO_HWIO)
///     .layout("dense/weight", Layout::OUT_IN_TO_IN_OUT);
/// # let _ = import;
/// ```
#[derive(Clone, Default, Debug)]
pub struct Import {
    pub(super) renames: Vec<Rename>,
    layouts: Vec<(Pattern, Layout)>,
    pub(super) partial: bool,
    cast: bool,
    reshape: bool,
    /// The first thing said that means nothing.
    mistake: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Rename {
    Name { from: Pattern, to: Pattern },
    Prefix { from: String, to: String },
    Suffix { from: String, to: String },
}

impl Import {
    /// By their own names, as they are, all of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the file calls `from` is the variable `to`. Both may have holes: `features.{i}.weight`, `conv{i}/weights`; a hole is any part of a name
    /// between `/` and `.`. Of several renames that fit a name the first holds.
    pub fn rename(mut self, from: &str, to: &str) -> Self {
        let parsed = Pattern::parse(from).and_then(|from| Ok((from, Pattern::parse(to)?)));
        match parsed {
            Ok((from, to)) if to.beyond(&from).is_none() => self.renames.push(Rename::Name { from, to }),
            Ok(_) => self.mistaken(format!("`{to}` has a hole that `{from}` has not")),
            Err(mistake) => self.mistaken(mistake),
        }
        self
    }

    /// Whatever starts with `from` in the file starts with `to` here: `rename_prefix("module.", "")`.
    pub fn rename_prefix(mut self, from: &str, to: &str) -> Self {
        self.renames.push(Rename::Prefix { from: from.to_owned(), to: to.to_owned() });
        self
    }

    /// Whatever ends in `from` in the file ends in `to` here: `rename_suffix("/ExponentialMovingAverage", "")` gives variables the values of their
    /// moving averages.
    pub fn rename_suffix(mut self, from: &str, to: &str) -> Self {
        self.renames.push(Rename::Suffix { from: from.to_owned(), to: to.to_owned() });
        self
    }

    /// The file has the axes of these variables in another order. The name is that of the variable, and may have holes.
    pub fn layout(mut self, variables: &str, layout: Layout) -> Self {
        match Pattern::parse(variables) {
            Ok(_) if !layout.is_permutation() => {
                self.mistaken(format!(
                    "the layout of `{variables}` does not name each axis once, or has more than eight"
                ));
            }
            Ok(pattern) => self.layouts.push((pattern, layout)),
            Err(mistake) => self.mistaken(mistake),
        }
        self
    }

    /// Numbers of another type are converted, as `tf::cast` does. Without this they are a mismatch.
    pub fn cast(mut self) -> Self {
        self.cast = true;
        self
    }

    /// A tensor of another shape with as many elements takes the variable's shape. Without this it is a mismatch.
    pub fn reshape(mut self) -> Self {
        self.reshape = true;
        self
    }

    /// Variables that the file does not have stay as they are, or get their initial values; the report lists them.
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    fn mistaken(&mut self, mistake: String) {
        self.mistake.get_or_insert(mistake);
    }

    /// Whether what is said means something, and means one of these variables.
    ///
    /// # Errors
    /// E-IMPORT for braces or axes that mean nothing, and for a layout of no variable.
    pub(super) fn check<'v>(&self, variables: impl Iterator<Item = &'v str> + Clone) -> Result<()> {
        if let Some(mistake) = &self.mistake {
            let help = "write holes as `{i}`, each once, the same ones in both names; and each axis of a layout once";
            return Err(refused(mistake, help));
        }
        for (pattern, _) in &self.layouts {
            if !variables.clone().any(|name| pattern.matches(name)) {
                let near = crate::store::nearest(&pattern.to_string(), variables.clone());
                let help = near.map_or_else(|| "leave it out".to_owned(), |near| format!("did you mean `{near}`?"));
                return Err(refused(
                    &format!("a layout is given for `{pattern}`, and no variable has such a name"),
                    &help,
                ));
            }
        }
        Ok(())
    }

    /// What makes a value of the variable from the tensor; `None` if nothing that is allowed does.
    pub(super) fn conversion(&self, variable: &str, spec: Spec, entry: &CheckpointEntry) -> Option<Conversion> {
        let layout = self.layouts.iter().find(|(pattern, _)| pattern.matches(variable)).map(|(_, layout)| *layout);
        let dtype = entry.dtype()?;
        let mut conversion = Conversion { layout, reshape: None, cast: None };
        let mut shape = entry.shape().to_vec();
        if let Some(layout) = layout {
            shape = layout.shape(&shape)?;
        }
        if shape.len() > MAX_RANK {
            return None;
        }
        if !spec.shape.fits(&shape) {
            let wanted = spec.shape.to_vec().filter(|_| self.reshape)?;
            let elements = |sizes: &[usize]| sizes.iter().product::<usize>();
            if elements(&wanted) != elements(&shape) {
                return None;
            }
            conversion.reshape = Some(wanted);
        }
        if dtype != spec.dtype {
            let convertible = self.cast && dtype != DType::String && spec.dtype != DType::String;
            conversion.cast = Some(convertible.then_some(spec.dtype)?);
        }
        Some(conversion)
    }
}

impl Rename {
    /// What the variable is called that this name is for.
    pub(super) fn apply(&self, name: &str) -> Option<String> {
        match self {
            Rename::Name { from, to } => from.holes(name).map(|holes| to.filled(&holes)),
            Rename::Prefix { from, to } => name.strip_prefix(from.as_str()).map(|rest| format!("{to}{rest}")),
            Rename::Suffix { from, to } => name.strip_suffix(from.as_str()).map(|rest| format!("{rest}{to}")),
        }
    }
}

impl std::fmt::Display for Rename {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Rename::Name { from, .. } => write!(f, "`{from}`"),
            Rename::Prefix { from, .. } => write!(f, "the prefix `{from}`"),
            Rename::Suffix { from, .. } => write!(f, "the suffix `{from}`"),
        }
    }
}

pub(super) fn refused(says: &str, help: &str) -> Error {
    Error::new(Status::InvalidArgument, "E-IMPORT", format!("{says}\n  help: {help}"))
}
