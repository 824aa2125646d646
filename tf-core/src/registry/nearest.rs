//! The name that was meant: the nearest one of the same scope, or else the nearest whole name, since the scope may be the one that is
//! misspelt, opened inside itself, or not open. It is looked for only when a message is shown.

use super::Registry;
use crate::{names::Hash, text::Text};

/// More edits than this make another name.
const MOST_EDITS: usize = 2;
/// Names are no longer than this; what is beyond does not count.
const LONGEST: usize = 120;

impl Registry<'_> {
    /// The variable that was probably meant by `name` in the current scope, if there is one.
    pub(crate) const fn nearest(&self, name: &str) -> Option<u32> {
        if let Some(found) = self.nearest_of_scope(name) {
            return Some(found);
        }
        match self.nearest_path(name) {
            None => self.of_other_depth(name),
            found => found,
        }
    }

    /// The first variable whose whole name is the asked one without a part that is there twice, or with one more. (That a scope has another part than its
    /// surroundings is no slip: what it lacks was not created.)
    const fn of_other_depth(&self, name: &str) -> Option<u32> {
        let mut asked = Text::new();
        self.path(self.cursor.scope, name, &mut asked);
        let asked = asked.as_str().as_bytes();
        let mut i = 0;
        while i < self.filled.variables {
            let entry = &self.variables[i];
            if entry.shared && entry.part_of == 0 {
                let mut path = Text::new();
                self.variable_path(i as u32, &mut path);
                let candidate = path.as_str().as_bytes();
                if has_a_part_more(asked, candidate, true) || has_a_part_more(candidate, asked, false) {
                    return Some(i as u32);
                }
            }
            i += 1;
        }
        None
    }

    /// The variable whose whole name is nearest. Names that differ in numbers alone are those of neighbours (`conv1/w`, `conv2/w`), which
    /// nobody mistakes for each other.
    const fn nearest_path(&self, name: &str) -> Option<u32> {
        let mut asked = Text::new();
        self.path(self.cursor.scope, name, &mut asked);
        let asked = asked.as_str().as_bytes();
        let mut best = None;
        let mut fewest = MOST_EDITS + 1;
        let mut i = 0;
        while i < self.filled.variables {
            if self.variables[i].shared {
                let mut path = Text::new();
                self.variable_path(i as u32, &mut path);
                let candidate = path.as_str().as_bytes();
                let edits = edits_of_parts(asked, candidate);
                if edits < fewest && !same_but_numbers(asked, candidate) {
                    fewest = edits;
                    best = Some(i as u32);
                }
            }
            i += 1;
        }
        best
    }

    const fn nearest_of_scope(&self, name: &str) -> Option<u32> {
        let scope = &self.scopes[self.cursor.scope as usize].hash;
        let mut best = None;
        let mut fewest = MOST_EDITS + 1;
        let mut i = 0;
        while i < self.filled.variables {
            let entry = &self.variables[i];
            if entry.shared && entry.part_of == 0 && same(&self.scopes[entry.scope as usize].hash, scope) {
                let candidate = entry.name.read(self.text);
                let edits = edits_of_name(name.as_bytes(), candidate.as_bytes());
                if edits < fewest {
                    fewest = edits;
                    best = Some(i as u32);
                }
            }
            i += 1;
        }
        best
    }
}

const fn same(a: &Hash, b: &Hash) -> bool {
    a.exact_value() == b.exact_value() && a.power == b.power
}

/// The edits of all parts of two paths; more than [`MOST_EDITS`] where they have not as many parts.
const fn edits_of_parts(mut a: &[u8], mut b: &[u8]) -> usize {
    let mut sum = 0;
    loop {
        let (ends_a, ends_b) = (end_of_part(a), end_of_part(b));
        sum += edits_of_name(a.split_at(ends_a).0, b.split_at(ends_b).0);
        if sum > MOST_EDITS {
            return sum;
        }
        match (ends_a < a.len(), ends_b < b.len()) {
            (true, true) => (a, b) = (a.split_at(ends_a + 1).1, b.split_at(ends_b + 1).1),
            (false, false) => return sum,
            _ => return MOST_EDITS + 1,
        }
    }
}

/// Whether `long` is `short` with one part more, which the next one repeats if it is to be `doubled`; the last part, the variable's own name, is
/// the same.
const fn has_a_part_more(long: &[u8], short: &[u8], doubled: bool) -> bool {
    if long.len() <= short.len() {
        return false;
    }
    // The part begins after what both begin with, at the slash before at the latest.
    let mut start = 0;
    while start < short.len() {
        if is_left_out(long, short, start) {
            return !doubled || is_repeated(long.split_at(start).1);
        }
        start += end_of_part(short.split_at(start).1) + 1;
    }
    false
}

/// Whether the first two parts are the same.
const fn is_repeated(path: &[u8]) -> bool {
    let end = end_of_part(path);
    let mut i = 0;
    while i < end && end + 1 + i < path.len() && path[i] == path[end + 1 + i] {
        i += 1;
    }
    let after = end + 1 + i;
    i == end && (after == path.len() || after < path.len() && path[after] == b'/')
}

/// Whether the part of `long` that begins at `start` is all that `short` has not.
const fn is_left_out(long: &[u8], short: &[u8], start: usize) -> bool {
    let more = long.len() - short.len();
    if more < 2 || long[start + more - 1] != b'/' || end_of_part(long.split_at(start).1) != more - 1 {
        return false;
    }
    let mut i = 0;
    while i < short.len() {
        let at = if i < start { i } else { i + more };
        if short[i] != long[at] {
            return false;
        }
        i += 1;
    }
    true
}

const fn end_of_part(path: &[u8]) -> usize {
    let mut end = 0;
    while end < path.len() && path[end] != b'/' {
        end += 1;
    }
    end
}

/// The edits of two names; too many where nothing is left of one: every name of one letter is an edit away from any other.
const fn edits_of_name(a: &[u8], b: &[u8]) -> usize {
    let edits = edits(a, b);
    if edits > 0 && (edits >= a.len() || edits >= b.len()) { MOST_EDITS + 1 } else { edits }
}

/// Whether both are one text where numbers (`1`, `_1`) do not count.
const fn same_but_numbers(a: &[u8], b: &[u8]) -> bool {
    let (mut i, mut j) = (0, 0);
    loop {
        while is_number(a, i) {
            i += 1;
        }
        while is_number(b, j) {
            j += 1;
        }
        if i == a.len() || j == b.len() {
            return i == a.len() && j == b.len();
        }
        if a[i] != b[j] {
            return false;
        }
        i += 1;
        j += 1;
    }
}

/// Whether a digit stands there, or the `_` before one.
const fn is_number(text: &[u8], at: usize) -> bool {
    let at = if at < text.len() && text[at] == b'_' { at + 1 } else { at };
    at < text.len() && text[at].is_ascii_digit()
}

/// Levenshtein's distance of the bytes; more than [`MOST_EDITS`] where the lengths say so.
const fn edits(a: &[u8], b: &[u8]) -> usize {
    if a.len().abs_diff(b.len()) > MOST_EDITS || a.len() > LONGEST || b.len() > LONGEST {
        return MOST_EDITS + 1;
    }
    let mut row = [0; LONGEST + 1];
    let mut j = 0;
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 0;
    while i < a.len() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut j = 0;
        while j < b.len() {
            let mut least = diagonal + (a[i] != b[j]) as usize;
            diagonal = row[j + 1];
            if diagonal + 1 < least {
                least = diagonal + 1;
            }
            if row[j] + 1 < least {
                least = row[j] + 1;
            }
            row[j + 1] = least;
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{edits, has_a_part_more, same_but_numbers};

    #[test]
    fn a_scope_too_many_or_too_few_is_told_from_another_name() {
        let of = |long: &str, short: &str| has_a_part_more(long.as_bytes(), short.as_bytes(), false);
        let doubled = |long: &str, short: &str| has_a_part_more(long.as_bytes(), short.as_bytes(), true);
        assert!(doubled("m/m/w", "m/w") && doubled("a/m/m/w", "a/m/w") && doubled("m/m/m/w", "m/m/w"));
        assert!(!doubled("s/below/w", "s/w") && !doubled("m/w", "w") && !doubled("m/mm/w", "mm/w"));
        assert!(of("m/m/w", "m/w") && of("m/w", "w") && of("a/bc/w", "a/w") && of("a/b/c/w", "b/c/w"));
        assert!(
            !of("m/w", "m/w") && !of("m/w/w1", "m/w") && !of("mm/w", "m/w") && !of("a/b/w", "w") && !of("am/w", "w2")
        );
        assert!(!of("m/w", "m"), "the variable's own name is not the one that is left out");
    }

    #[test]
    fn neighbours_differ_in_numbers_alone() {
        let of = |a: &str, b: &str| same_but_numbers(a.as_bytes(), b.as_bytes());
        assert!(of("conv1/w", "conv12/w") && of("conv/w", "conv9/w") && of("dense/w", "dense_1/w"));
        assert!(!of("conv1/w", "cnov1/w") && !of("conv1/w", "conv_a/w") && !of("conv1", "conv1/w"));
    }

    #[test]
    fn edits_are_counted() {
        let of = |a: &str, b: &str| edits(a.as_bytes(), b.as_bytes());
        assert_eq!((of("weights", "weights"), of("weight", "weights"), of("wieghts", "weights")), (0, 1, 2));
        assert_eq!((of("bias", "biases"), of("kernel", "colonel")), (2, 4));
        assert!(of("w", "weights") > super::MOST_EDITS);
    }
}
