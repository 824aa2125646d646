//! Which tensor of a checkpoint is for which variable, decided and checked before anything is changed.

use super::{
    conversion::Conversion,
    import::{Import, refused},
    opened::Checkpoint,
    report::{Applied, RestoreReport},
};
use crate::{
    error::{Error, Result, Status},
    partitioning::PartOf,
    spec::Spec,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

/// A variable that is to get a value.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The name to look for.
    pub(super) key: String,
    /// The variable's name, which may be another.
    pub(super) variable: Arc<str>,
    pub(super) spec: Spec,
    /// The whole that it is a part of: the file holds that.
    pub(super) part_of: Option<Arc<PartOf>>,
}

impl Wanted {
    /// The name by which users know it: of a part that of the whole.
    pub(super) fn known_as(&self) -> &str {
        self.part_of.as_ref().map_or(&self.variable, |of| &of.whole)
    }

    /// What the file is to hold for it.
    fn stored(&self) -> Spec {
        self.part_of.as_ref().map_or(self.spec, |of| of.spec(self.spec))
    }

    /// Whether both are parts of one variable, and of one tensor of the file.
    pub(super) fn is_beside(&self, other: &Wanted) -> bool {
        let parts = self.part_of.as_ref().zip(other.part_of.as_ref());
        parts.is_some_and(|(a, b)| a.whole == b.whole) && self.key == other.key
    }
}

/// A tensor for a variable.
pub(super) struct Found {
    /// Which of the variables.
    pub(super) wanted: usize,
    pub(super) entry: String,
    pub(super) conversion: Conversion,
}

/// Finds a tensor for each variable, or for as many as the import asks for.
///
/// # Errors
/// E-IMPORT, E-CHECKPOINT-MISSING and E-CHECKPOINT-SPEC, which name every variable that they are about.
pub(super) fn match_up(
    checkpoint: &Checkpoint,
    wanted: &[Wanted],
    import: &Import,
) -> Result<(Vec<Found>, RestoreReport)> {
    import.check(wanted.iter().map(Wanted::known_as))?;
    let named = by_new_name(checkpoint, import)?;
    let mut found = Vec::new();
    let mut misfits = Vec::new();
    let mut report = RestoreReport::default();
    let mut used = BTreeSet::new();
    for (index, want) in wanted.iter().enumerate() {
        // What is found of one part is so of the next.
        let told = index > 0 && want.is_beside(&wanted[index - 1]);
        let candidates = named.get(want.key.as_str()).map_or(&[][..], Vec::as_slice);
        let entry = match candidates {
            [] => {
                if !told {
                    report.missing.push(want.key.clone());
                }
                continue;
            }
            [entry] => *entry,
            [first, second, ..] => {
                return Err(refused(
                    &format!("`{first}` and `{second}` of {checkpoint:?} are both renamed to `{}`", want.key),
                    "narrow one of the renames",
                ));
            }
        };
        let entry = checkpoint.entry(entry).expect("names are those of the checkpoint's entries");
        used.insert(entry.owner().to_owned());
        match import.conversion(want.known_as(), want.stored(), entry) {
            Some(conversion) => found.push(Found { wanted: index, entry: entry.name().to_owned(), conversion }),
            None if told => continue,
            None => misfits.push((want, entry)),
        }
        if !told {
            report.applied.push(Applied { variable: want.known_as().to_owned(), from: entry.name().to_owned() });
        }
    }
    report.unused = checkpoint
        .entries()
        .filter(|entry| !used.contains(entry.owner()))
        .map(|entry| entry.name().to_owned())
        .collect();

    let mut errors = Vec::new();
    if !report.missing.is_empty() && !import.partial {
        errors.push(missing(checkpoint, &report, import));
    }
    if !misfits.is_empty() {
        let mut text = match misfits.len() {
            1 => format!("a variable does not fit the tensor of {checkpoint:?}"),
            n => format!("{n} variables do not fit the tensors of {checkpoint:?}"),
        };
        for (want, entry) in &misfits {
            // Writing to a `String` does not fail.
            let _ = write!(
                text,
                "\n  variable `{}` is {}, and `{}` in the file is {entry}",
                want.known_as(),
                want.stored(),
                entry.name()
            );
        }
        let elements = |sizes: &[usize]| sizes.iter().product::<usize>();
        let fits = |want: &Wanted, sizes: &[usize]| want.stored().shape.elements() == Some(elements(sizes));
        text.push_str(if misfits.iter().all(|(want, entry)| !fits(want, entry.shape())) {
            "\n  help: nothing was changed; restore what the model was saved with: a tensor of another number of elements cannot be made to fit"
        } else {
            "\n  help: nothing was changed; restore what the model was saved with, or say with `restore_with` or `load_with` what may be done to the tensors: `Import::new().cast()`, `.reshape()`, `.layout(..)`"
        });
        errors
            .push(Error::new(Status::InvalidArgument, "E-CHECKPOINT-SPEC", text).of_variable(misfits[0].0.known_as()));
    }
    match Error::first_of(errors) {
        Some(error) => Err(error),
        None => Ok((found, report)),
    }
}

/// The tensors by the names they are to have. One that is renamed to a name comes before the one that has it.
fn by_new_name<'c>(checkpoint: &'c Checkpoint, import: &Import) -> Result<BTreeMap<String, Vec<&'c str>>> {
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut met = vec![false; import.renames.len()];
    let mut kept = Vec::new();
    for entry in checkpoint.entries() {
        let new = import.renames.iter().enumerate().find_map(|(index, rename)| {
            let new = rename.apply(entry.name())?;
            met[index] = true;
            Some(new)
        });
        match new {
            Some(new) => named.entry(new).or_default().push(entry.name()),
            None => kept.push(entry.name()),
        }
    }
    for name in kept {
        named.entry(name.to_owned()).or_insert_with(|| vec![name]);
    }
    match met.iter().position(|met| !met) {
        None => Ok(named),
        Some(index) => {
            let rename = &import.renames[index];
            let near =
                crate::store::nearest(rename.to_string().trim_matches('`'), checkpoint.entries().map(|e| e.name()));
            let help = near.map_or_else(
                || "leave it out".to_owned(),
                |near| format!("did you mean `{near}`? An earlier rename may have taken it"),
            );
            Err(refused(&format!("{rename} is to be renamed, and {checkpoint:?} has no such tensor"), &help))
        }
    }
}

/// The most variables that an error lists with the nearest name in the file.
const LISTED: usize = 16;

fn missing(checkpoint: &Checkpoint, report: &RestoreReport, import: &Import) -> Error {
    let names = &report.missing;
    let mut text = match names.len() {
        1 => format!("variable `{}` is not in {checkpoint:?}", names[0]),
        n => format!("{n} variables are not in {checkpoint:?}, and {} are", report.applied.len()),
    };
    for name in names.iter().take(LISTED) {
        let near = report.nearest_unused(name).map_or_else(String::new, |near| {
            match import.renames.iter().find_map(|rename| rename.apply(near)) {
                Some(new) => format!(": it has `{near}`, which is renamed to `{new}`, and no variable is called so"),
                None => format!(": it has `{near}`, which no variable asks for"),
            }
        });
        if names.len() > 1 || !near.is_empty() {
            // Writing to a `String` does not fail.
            let _ = write!(text, "\n  `{name}`{near}");
        }
    }
    if names.len() > LISTED {
        let _ = write!(text, "\n  and {} more", names.len() - LISTED);
    }
    text.push_str("\n  help: nothing was changed; with `restore_with` or `load_with` say what the file calls them (`Import::new().rename(\"in the file\", \"variable\")`), or take what there is (`Import::new().partial()`)");
    Error::new(Status::NotFound, "E-CHECKPOINT-MISSING", text).of_variable(&names[0])
}
