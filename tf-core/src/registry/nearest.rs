//! The name that was meant: the nearest one of the same scope, looked for only when a message is shown.

use super::Registry;
use crate::names::Hash;

/// More edits than this make another name.
const MOST_EDITS: usize = 2;
/// Names are no longer than this; what is beyond does not count.
const LONGEST: usize = 120;

impl Registry<'_> {
    /// The variable of the current scope whose name is nearest to `name`, if it is near.
    pub(crate) const fn nearest(&self, name: &str) -> Option<u32> {
        let scope = &self.scopes[self.standing.scope as usize].hash;
        let mut best = None;
        let mut fewest = MOST_EDITS + 1;
        let mut i = 0;
        while i < self.filled.variables {
            let entry = &self.variables[i];
            if same(&self.scopes[entry.scope as usize].hash, scope) {
                let candidate = entry.name.read(self.text);
                let edits = edits(name.as_bytes(), candidate.as_bytes());
                // Every name of one letter is an edit away from any other.
                if edits < fewest && edits < name.len() && edits < candidate.len() {
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
    use super::edits;

    #[test]
    fn edits_are_counted() {
        let of = |a: &str, b: &str| edits(a.as_bytes(), b.as_bytes());
        assert_eq!((of("weights", "weights"), of("weight", "weights"), of("wieghts", "weights")), (0, 1, 2));
        assert_eq!((of("bias", "biases"), of("kernel", "colonel")), (2, 4));
        assert!(of("w", "weights") > super::MOST_EDITS);
    }
}
