//! Names of variables and scopes: which are legal, and how const evaluation compares them.
//!
//! A path such as `model/conv1/weights` is compared by two 64-bit polynomial hashes, one of its exact bytes and one of its
//! lower-case bytes. A polynomial hash of a whole follows from those of its parts, so the macros hash literals
//! and const evaluation never loops over them again.

use crate::text::Text;

/// (Of 128 bits: a product of that width, cut off, is cheaper in const evaluation than a call of `wrapping_mul`.)
const BASE: u128 = 0x9E37_79B9_7F4A_7C15;

/// The powers of the base that names need: of 1 + their length, for the slash before them.
static POWERS: [u64; BUFFER + 1] = {
    let mut powers = [BASE as u64; BUFFER + 1];
    let mut i = 1;
    while i <= BUFFER {
        powers[i] = (powers[i - 1] as u128 * BASE) as u64;
        i += 1;
    }
    powers
};

/// What a byte is in a name: most, and the most frequent, are plain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    Plain,
    Upper,
    Slash,
    Foreign,
}

/// One look into a table is cheaper in const evaluation than comparisons.
static BYTES: [u8; 256] = {
    let mut bytes = [Byte::Foreign as u8; 256];
    let mut byte = 0;
    while byte < 256 {
        bytes[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'>' | b'\\' => Byte::Plain as u8,
            b'A'..=b'Z' => Byte::Upper as u8,
            b'/' => Byte::Slash as u8,
            _ => Byte::Foreign as u8,
        };
        byte += 1;
    }
    bytes
};
const PLAIN: u8 = Byte::Plain as u8;
const UPPER: u8 = Byte::Upper as u8;
const SLASH: u8 = Byte::Slash as u8;
/// The hash of the slash before a name.
const SLASH_VALUE: u64 = b'/' as u64;

/// The hashes of a path: exact, and with ASCII letters in lower case. Each of its names counts with the slash before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hash {
    #[doc(hidden)]
    pub exact: u64,
    #[doc(hidden)]
    pub folded: u64,
    /// The base to the power of the path's length.
    #[doc(hidden)]
    pub power: u64,
}

impl Hash {
    /// The hash of the root, which has no name.
    pub const EMPTY: Hash = Hash { exact: 0, folded: 0, power: 1 };

    /// The hash of a text, by a loop over its bytes.
    pub const fn of(text: &str) -> Hash {
        Hash::of_bytes(text.as_bytes())
    }

    pub(crate) const fn of_bytes(bytes: &[u8]) -> Hash {
        examine(bytes).hash
    }

    /// The hash of the path `self/name`.
    pub const fn join(&self, name: &Hash) -> Hash {
        // Written out, since const evaluation pays for calls; the product of 64 bits and the sum stay below 128.
        let power = name.power as u128;
        Hash {
            exact: (self.exact as u128 * power + name.exact as u128) as u64,
            folded: (self.folded as u128 * power + name.folded as u128) as u64,
            power: (self.power as u128 * power) as u64,
        }
    }

    /// The same of what nothing is inside of: without a power of its own.
    pub(crate) const fn join_last(&self, name: &Hash) -> Hash {
        let power = name.power as u128;
        Hash {
            exact: (self.exact as u128 * power + name.exact as u128) as u64,
            folded: (self.folded as u128 * power + name.folded as u128) as u64,
            power: 0,
        }
    }

    /// Whether both are hashes of one text.
    pub const fn same(&self, other: &Hash) -> bool {
        self.exact == other.exact && self.power == other.power
    }

    /// The hash of the exact text, as one number.
    pub(crate) const fn exact_value(&self) -> u64 {
        self.exact
    }

    /// A slot of a table of `size` (a power of two) entries.
    pub const fn slot(&self, size: usize) -> usize {
        (self.folded >> 20) as usize & (size - 1)
    }
}

/// A name of a variable or scope on its way to the store: its text, its hash, and what was found when it was looked at once.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    #[doc(hidden)]
    pub text: &'a str,
    /// Whether the text is part of the program and need not be copied.
    #[doc(hidden)]
    pub literal: Option<&'static str>,
    #[doc(hidden)]
    pub hash: Hash,
    /// Why it is no name.
    #[doc(hidden)]
    pub fault: Option<NameError>,
    /// Why it is none outside every scope.
    #[doc(hidden)]
    pub fault_at_root: Option<NameError>,
    /// Whether it has a slash: then it stands for several nested scopes.
    #[doc(hidden)]
    pub is_path: bool,
}

impl<'a> Name<'a> {
    /// A literal name. The macros put the call into a `const` block, so that it is made once for each place in the source.
    pub const fn literal(text: &'static str) -> Name<'static> {
        let name = Name::of(text);
        Name { text, literal: Some(text), ..name }
    }

    /// A name that is known by its text.
    pub const fn of(text: &'a str) -> Name<'a> {
        let bytes = text.as_bytes();
        let Examined { hash, fault, is_path } = examine(bytes);
        let fault_at_root = match fault {
            None if matches!(bytes[0], b'_' | b'-' | b'>' | b'\\') => Some(NameError::Start),
            same => same,
        };
        Name { text, literal: None, hash, fault, fault_at_root, is_path }
    }

    /// The text of a formatted name.
    pub const fn formatted(buffer: &'a NameBuffer) -> Name<'a> {
        Name::of(buffer.as_str())
    }

    /// Whether this may name a variable or a scope: TensorFlow's rule, with stray slashes refused.
    ///
    /// `at_root` says that no scope precedes it, where the first character is restricted further.
    pub const fn check(&self, at_root: bool) -> Result<(), NameError> {
        match if at_root { self.fault_at_root } else { self.fault } {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }
}

const BUFFER: usize = 120;

/// A name composed in const evaluation from `"conv{i}"`; longer than 120 bytes it is too long for a name.
#[derive(Clone, Copy)]
pub struct NameBuffer {
    bytes: [u8; BUFFER],
    len: usize,
}

impl Default for NameBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl NameBuffer {
    /// An empty name.
    pub const fn new() -> NameBuffer {
        NameBuffer { bytes: [0; BUFFER], len: 0 }
    }

    /// Appends `text`; a name that becomes too long is replaced by characters that no name may hold.
    pub const fn text(&mut self, text: &str) {
        let len = text.len();
        if len > BUFFER - self.len {
            *self = NameBuffer { bytes: [b'~'; BUFFER], len: BUFFER };
            return;
        }
        // SAFETY: the buffer has room for the text after what is in it. (Slices would do, at six times the calls.)
        unsafe { core::ptr::copy_nonoverlapping(text.as_ptr(), (&raw mut self.bytes as *mut u8).add(self.len), len) };
        self.len += len;
    }

    /// Appends a number.
    pub const fn number(&mut self, n: i128) {
        let mut digits = [0u8; 40];
        let mut at = 40;
        let mut rest = n.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if n < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        while at < 40 {
            if self.len == BUFFER {
                self.bytes = [b'~'; BUFFER];
                return;
            }
            self.bytes[self.len] = digits[at];
            self.len += 1;
            at += 1;
        }
    }

    /// The name so far.
    pub const fn as_str(&self) -> &str {
        // SAFETY: only whole texts, digits and `~` were written. (To examine them once more would be the slowest part of a
        // formatted name in const evaluation.)
        unsafe {
            core::str::from_utf8_unchecked(&*core::ptr::slice_from_raw_parts(
                &raw const self.bytes as *const u8,
                self.len,
            ))
        }
    }
}

/// Why a name is not one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameError {
    /// There is no text.
    Empty,
    /// A slash at an end, or two in a row.
    StraySlash,
    /// A character that no name may hold.
    Character {
        /// Byte offset of the character.
        at: usize,
    },
    /// The first character of a path is not a letter, digit or `.`.
    Start,
    /// More than 120 bytes.
    Long,
}

impl NameError {
    /// The stable code, an entry of docs/errors.md.
    pub const fn code(self) -> &'static str {
        match self {
            NameError::Empty => "E-NAME-EMPTY",
            NameError::StraySlash => "E-NAME-SLASH",
            NameError::Character { .. } => "E-NAME-CHARACTER",
            NameError::Start => "E-NAME-START",
            NameError::Long => "E-NAME-LONG",
        }
    }

    /// Composes the message about the name `name` of a `what` ("variable", "scope").
    pub const fn text(self, text: &mut Text<'_>, what: &str, name: &str) {
        match self {
            NameError::Empty => {
                text.str("a ").str(what).str(" has an empty name\n  help: give it one, such as \"weights\"");
            }
            NameError::StraySlash => {
                text.str("`").str(name).str("` is no name of a ").str(what);
                text.str(
                    ": a slash stands between two names\n  help: remove the slash at the end, or the one too many",
                );
            }
            NameError::Character { at } => {
                let bytes = name.as_bytes();
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] & 0xC0 == 0x80 {
                    end += 1;
                }
                text.str("`").str(name).str("` is no name of a ").str(what).str(": it holds `");
                text.bytes(bytes.split_at(end).0.split_at(at).1);
                text.str("`\n  help: use letters, digits and `_ . - >`, and `/` between names");
            }
            NameError::Start => {
                text.str("`").str(name).str("` is no name of a ").str(what);
                text.str(" outside every scope: it starts with `");
                text.bytes(name.as_bytes().split_at(1).0);
                text.str("`\n  help: start it with a letter, a digit or `.`");
            }
            NameError::Long => {
                text.str("the name `").str(name).str("` of a ").str(what);
                text.str(" is longer than 120 bytes\n  help: shorten it, or split it over nested scopes");
            }
        }
    }
}

/// What one walk over the bytes of a name finds.
struct Examined {
    hash: Hash,
    /// What makes them no name, wherever they stand.
    fault: Option<NameError>,
    /// Whether they hold a slash.
    is_path: bool,
}

const fn examine(bytes: &[u8]) -> Examined {
    let len = bytes.len();
    let (mut exact, mut has_upper, mut is_path) = (SLASH_VALUE, false, false);
    let mut fault = None;
    // A pattern takes const evaluation fewer steps than an index.
    let mut left = bytes;
    while let [byte, rest @ ..] = left {
        exact = (exact as u128 * BASE + *byte as u128) as u64;
        let class = BYTES[*byte as usize];
        // First what most bytes are.
        if class == PLAIN {
        } else if class == UPPER {
            has_upper = true;
        } else {
            let at = len - rest.len() - 1;
            if class == SLASH {
                is_path = true;
                if fault.is_none() && (at == 0 || rest.is_empty() || bytes[at - 1] == b'/') {
                    fault = Some(NameError::StraySlash);
                }
            } else if fault.is_none() {
                fault = Some(if *byte == b'~' && at == 0 && len == BUFFER {
                    NameError::Long
                } else {
                    NameError::Character { at }
                });
            }
        }
        left = rest;
    }
    let mut folded = exact;
    if has_upper {
        folded = SLASH_VALUE;
        let mut i = 0;
        while i < len {
            folded = (folded as u128 * BASE + bytes[i].to_ascii_lowercase() as u128) as u64;
            i += 1;
        }
    }
    let power = if len <= BUFFER {
        POWERS[len]
    } else {
        fault = Some(NameError::Long);
        let mut power = POWERS[BUFFER];
        let mut i = BUFFER;
        while i < len {
            power = (power as u128 * BASE) as u64;
            i += 1;
        }
        power
    };
    if len == 0 {
        fault = Some(NameError::Empty);
    }
    Examined { hash: Hash { exact, folded, power }, fault, is_path }
}

/// Whether `name` may name a variable or a scope: see [`Name::check`].
pub const fn check(name: &str, at_root: bool) -> Result<(), NameError> {
    Name::of(name).check(at_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_path_follows_from_its_parts() {
        let whole = Hash::of("model/conv1/Weights");
        let parts = Hash::EMPTY.join(&Hash::of("model")).join(&Hash::of("conv1/Weights"));
        assert!(whole.same(&parts) && whole.folded == parts.folded);
        let other = Hash::of("model/Conv1/weights");
        assert!(!whole.same(&other) && whole.folded == other.folded);
    }

    #[test]
    fn legal_and_illegal_names_c6_c7_c8_s21() {
        assert_eq!(check("w", true), Ok(()));
        assert_eq!(check("a/b-c_d.e>f", true), Ok(()));
        assert_eq!(check("_u", false), Ok(()));
        assert_eq!(check("_u", true), Err(NameError::Start));
        assert_eq!(check("", true), Err(NameError::Empty));
        assert_eq!(check("a b", true), Err(NameError::Character { at: 1 }));
        assert_eq!(check("a:0", true), Err(NameError::Character { at: 1 }));
        for stray in ["/x", "a/", "a//b", "/"] {
            assert_eq!(check(stray, true), Err(NameError::StraySlash), "{stray}");
        }
    }

    #[test]
    fn a_formatted_name_too_long_is_refused_as_such() {
        let mut name = NameBuffer::new();
        name.text(&"a".repeat(119));
        name.number(12);
        assert_eq!(check(name.as_str(), true), Err(NameError::Long));
    }
}
