//! `tf inspect`: what is in a checkpoint.

use super::numbers::Statistics;
use std::fmt::Write;

/// As many letters of a metadata entry are shown.
const SHOWN: usize = 60;

pub(super) fn inspect(path: &str, part: &str) -> tf::Result<String> {
    let checkpoint = tf::Checkpoint::open(path)?;
    let mut text = String::new();
    let (mut count, mut elements, mut bytes) = (0, 0, 0);
    let width = checkpoint.entries().map(|entry| entry.name().len()).max().unwrap_or(0);
    for entry in checkpoint.entries().filter(|entry| entry.name().contains(part)) {
        let _ = write!(text, "{:width$}  {entry}", entry.name());
        if let Some(owner) = entry.alias_of() {
            let _ = writeln!(text, "  the same as `{owner}`");
            continue;
        }
        (count, bytes) = (count + 1, bytes + entry.bytes());
        elements += entry.shape().iter().product::<usize>();
        let value = if entry.dtype().is_some() { checkpoint.get(entry.name())?.numbers() } else { None };
        let statistics = value.as_ref().and_then(|numbers| Some((Statistics::of(numbers)?, numbers.as_slice())));
        match (statistics, value.as_deref()) {
            (Some((_, [one])), _) => {
                let _ = writeln!(text, "  {one}");
            }
            (Some((statistics, numbers)), _) => {
                let _ = writeln!(text, "\n    {statistics}\n    |{}|", statistics.histogram(numbers));
            }
            (None, Some([_, ..])) => text.push_str("\n    no number is finite\n"),
            _ => text.push('\n'),
        }
    }
    let file = checkpoint.path().unwrap_or(std::path::Path::new(path));
    let _ = writeln!(text, "{count} tensors, {elements} elements, {bytes} bytes in `{}`", file.display());
    for (key, value) in checkpoint.metadata().iter().filter(|(key, _)| !key.starts_with("tf_scope.")) {
        let cut: String = value.chars().take(SHOWN).collect();
        let more = if cut.len() < value.len() { ".." } else { "" };
        let _ = writeln!(text, "{key}: {cut}{more}");
    }
    Ok(text)
}
