//! What is known of a tensor before it has a value, and what a shape rule says when it refuses.

use crate::{
    dtype::DType,
    registry::Registry,
    shape::Shape,
    text::{Text, UNKNOWN_NUMBER},
};

/// Shape and element type of a tensor.
///
/// The TensorFlow symbol is `tf.TensorSpec`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// What is known of the dimensions.
    pub shape: Shape,
    /// The element type.
    pub dtype: DType,
}

impl Spec {
    /// A spec of this element type and shape.
    pub const fn new(dtype: DType, shape: Shape) -> Spec {
        Spec { shape, dtype }
    }

    /// Bytes of a value, where every dimension is known.
    pub const fn bytes(&self) -> Option<usize> {
        match self.shape.elements() {
            Some(n) => Some(n.saturating_mul(self.dtype.size())),
            None => None,
        }
    }
}

impl core::fmt::Display for Spec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}

impl core::fmt::Debug for Spec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// A demand that an op makes of its inputs, with the words for when it is not met.
///
/// `says` and `help` may hold `{x}` and `{y}`, the two numbers of the [`SpecError`].
#[derive(PartialEq, Eq, Debug)]
pub struct Rule {
    /// The stable code, an entry of docs/errors.md.
    pub code: &'static str,
    /// The mistake, after the op's name.
    pub says: &'static str,
    /// What the first shape is, `""` where there is none to show.
    pub left: &'static str,
    /// What the second shape is, `""` where there is none to show.
    pub right: &'static str,
    /// The edit that mends it.
    pub help: &'static str,
}

/// A rule that the inputs of an op break: data, composed into words only when it is shown.
#[derive(Clone, Copy)]
pub struct SpecError {
    /// The op's function, as the user calls it.
    pub op: &'static str,
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// The first shape of the message.
    pub left: Shape,
    /// The second shape of the message.
    pub right: Shape,
    /// The first number of the message.
    pub x: i64,
    /// The second number of the message.
    pub y: i64,
}

impl SpecError {
    /// `op` breaks `rule`; shapes and numbers are added by the other methods.
    pub const fn new(op: &'static str, rule: &'static Rule) -> SpecError {
        SpecError { op, rule, left: Shape::UNKNOWN, right: Shape::UNKNOWN, x: UNKNOWN_NUMBER, y: UNKNOWN_NUMBER }
    }

    /// With the shapes it is about.
    pub const fn shapes(mut self, left: Shape, right: Shape) -> SpecError {
        self.left = left;
        self.right = right;
        self
    }

    /// With the numbers it is about.
    pub const fn numbers(mut self, x: i64, y: i64) -> SpecError {
        self.x = x;
        self.y = y;
        self
    }

    /// Composes the message.
    pub const fn text(&self, text: &mut Text<'_>) {
        self.text_of(None, text);
    }

    /// The same where the variables may be known that the shapes are of.
    pub(crate) const fn text_of(&self, registry: Option<&Registry<'_>>, text: &mut Text<'_>) {
        let rule = self.rule;
        text.str(self.op).str(": ").template(rule.says, self.x, self.y);
        let sides = [(rule.left, &self.left), (rule.right, &self.right)];
        let mut i = 0;
        while i < sides.len() {
            let (label, shape) = sides[i];
            if !label.is_empty() {
                text.str("\n  ").str(label).str(": ").shape(shape);
                if let Some(registry) = registry {
                    registry.tell_variable(shape, text);
                }
            }
            i += 1;
        }
        text.str("\n  help: ").template(rule.help, self.x, self.y);
    }
}

impl core::fmt::Debug for SpecError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = Text::new();
        self.text(&mut text);
        write!(f, "{} ({})", text.as_str(), self.rule.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_stays_small_enough_to_be_returned_by_value() {
        assert!(size_of::<SpecError>() <= 120, "{}", size_of::<SpecError>());
    }
}
