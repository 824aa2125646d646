//! `tf diff`: what two checkpoints differ in.

use super::{Answer, numbers::Short};
use std::fmt::Write;
use tf::{Checkpoint, CheckpointEntry, Value};

pub(super) fn diff(a: &str, b: &str) -> tf::Result<Answer> {
    let (a, b) = (Checkpoint::open(a)?, Checkpoint::open(b)?);
    let mut text = String::new();
    let (mut same, mut other) = (0, 0);
    for entry in a.entries() {
        let name = entry.name();
        let found = match b.entry(name) {
            None => Some(format!("missing  {name}  {entry}")),
            Some(in_b) => changed(&a, &b, entry, in_b)?.map(|what| format!("changed  {name}  {what}")),
        };
        match found {
            Some(line) => {
                other += 1;
                let _ = writeln!(text, "{line}");
            }
            None => same += 1,
        }
    }
    for entry in b.entries().filter(|entry| a.entry(entry.name()).is_none()) {
        other += 1;
        let _ = writeln!(text, "extra    {}  {entry}", entry.name());
    }
    let _ = writeln!(text, "{same} the same, {other} different");
    Ok((text, other == 0))
}

/// In what a tensor differs.
fn changed(
    a: &Checkpoint,
    b: &Checkpoint,
    in_a: &CheckpointEntry,
    in_b: &CheckpointEntry,
) -> tf::Result<Option<String>> {
    let spec = |entry: &CheckpointEntry| entry.to_string();
    if spec(in_a) != spec(in_b) {
        return Ok(Some(format!("from {in_a} to {in_b}")));
    }
    if in_a.dtype().is_none() {
        return Ok(Some(format!("{in_a}, which cannot be compared")));
    }
    let (left, right) = (a.get(in_a.name())?, b.get(in_b.name())?);
    Ok(difference(&left, &right).map(|difference| format!("{in_a}  {difference}")))
}

fn difference(left: &Value, right: &Value) -> Option<String> {
    let (Some(a), Some(b)) = (left.numbers(), right.numbers()) else {
        let differ = left.as_slice::<String>() != right.as_slice::<String>();
        return differ.then(|| "other texts".to_owned());
    };
    let pairs = || a.iter().zip(&b).filter(|(a, b)| a != b && !(a.is_nan() && b.is_nan()));
    let count = pairs().count();
    let odd = pairs().filter(|(a, b)| !(*a - *b).is_finite()).count();
    let most = pairs().map(|(a, b)| (a - b).abs()).filter(|x| x.is_finite()).fold(0.0, f64::max);
    let and = if odd > 0 { format!(", {odd} of them in what is not finite") } else { String::new() };
    (count > 0).then(|| format!("max abs difference {} ({count} of {} elements differ{and})", Short(most), a.len()))
}
