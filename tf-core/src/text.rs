//! Text composed in const evaluation: the one place where messages get their words, shown by rustc and by [`Error`](crate::Error) alike.

use crate::shape::{Dim, Shape, is_size, symbol};
use core::panic::Location;

const CAPACITY: usize = 2048;

/// A message under construction: 2 KB, more is cut off.
pub struct Text<'s> {
    buffer: [u8; CAPACITY],
    len: usize,
    symbols: &'s [&'s str],
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'s> Text<'s> {
    /// An empty text.
    pub const fn new() -> Self {
        Text { buffer: [0; CAPACITY], len: 0, symbols: &[] }
    }

    /// An empty text that knows the names of a model's named dimensions.
    pub const fn with_symbols(symbols: &'s [&'s str]) -> Self {
        Text { buffer: [0; CAPACITY], len: 0, symbols }
    }

    /// Appends `s`.
    pub const fn str(&mut self, s: &str) -> &mut Self {
        self.bytes(s.as_bytes())
    }

    /// Appends bytes that are UTF-8 together with what precedes and follows them.
    pub const fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let room = CAPACITY - self.len;
        let n = if bytes.len() < room { bytes.len() } else { room };
        let source = bytes.split_at(n).0;
        let target = self.buffer.split_at_mut(self.len).1.split_at_mut(n).0;
        target.copy_from_slice(source);
        self.len += n;
        self
    }

    /// Appends a number in decimal.
    pub const fn number(&mut self, n: i128) -> &mut Self {
        let mut digits = [0u8; 40];
        let mut at = digits.len();
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
        self.bytes(digits.split_at(at).1)
    }

    /// Appends a dimension: a size, `?`, or its name.
    pub const fn dim(&mut self, dim: Dim) -> &mut Self {
        if is_size(dim) {
            return self.number(dim as i128);
        }
        let index = dim.wrapping_sub(symbol(0)) as usize;
        if index < self.symbols.len() { self.str(self.symbols[index]) } else { self.str("?") }
    }

    /// Appends a shape: `[?, 28, 28, 1]`, `[..]` where nothing is known.
    pub const fn shape(&mut self, shape: &Shape) -> &mut Self {
        if !shape.has_rank() {
            return self.str("[..]");
        }
        self.str("[");
        let mut i = 0;
        while i < shape.rank() {
            if i > 0 {
                self.str(", ");
            }
            self.dim(shape.d(i));
            i += 1;
        }
        self.str("]")
    }

    /// Appends `file:line:column`.
    pub const fn place(&mut self, at: &Location<'_>) -> &mut Self {
        self.str(at.file()).str(":").number(at.line() as i128).str(":").number(at.column() as i128)
    }

    /// Appends `template` with `{x}` and `{y}` replaced by the two numbers (`?` for [`UNKNOWN_NUMBER`]).
    pub const fn template(&mut self, template: &str, x: i64, y: i64) -> &mut Self {
        let bytes = template.as_bytes();
        let mut from = 0;
        let mut i = 0;
        while i < bytes.len() {
            if bytes[i] == b'{' && i + 2 < bytes.len() && bytes[i + 2] == b'}' {
                self.bytes(bytes.split_at(i).0.split_at(from).1);
                let n = if bytes[i + 1] == b'x' { x } else { y };
                if n == UNKNOWN_NUMBER {
                    self.str("?")
                } else {
                    self.number(n as i128)
                };
                i += 3;
                from = i;
            } else {
                i += 1;
            }
        }
        self.bytes(bytes.split_at(from).1)
    }

    /// What was composed; cut at the last whole character if it was too long.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.buffer.split_at(self.len).0) {
            Ok(s) => s,
            Err(cut) => match core::str::from_utf8(self.buffer.split_at(cut.valid_up_to()).0) {
                Ok(s) => s,
                Err(_) => "",
            },
        }
    }
}

/// A number that is not known, in [`Text::template`].
pub const UNKNOWN_NUMBER: i64 = i64::MIN;

/// A dimension as a number for a message.
pub const fn dim_number(dim: Dim) -> i64 {
    if is_size(dim) { dim as i64 } else { UNKNOWN_NUMBER }
}

/// Whether two texts are the same, in const evaluation.
pub const fn str_eq(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composes_numbers_shapes_names_and_templates() {
        let mut t = Text::with_symbols(&["batch"]);
        t.str("a ").number(-12).str(" ").shape(&Shape::of_dims(&[symbol(0), 3, crate::shape::ANY_DIM]));
        t.str(" ").template("{x} of {y}", 3, UNKNOWN_NUMBER);
        assert_eq!(t.as_str(), "a -12 [batch, 3, ?] 3 of ?");
    }

    #[test]
    fn a_text_too_long_is_cut_at_a_whole_character() {
        let mut t = Text::new();
        for _ in 0..2000 {
            t.str("ä€");
        }
        assert!(t.as_str().len() >= CAPACITY - 4 && t.as_str().starts_with("ä€ä€"));
    }
}
