//! Which part of which whole a variable is: what checkpoints and stores go by, since they know the whole alone.

use crate::{shape::Shape, spec::Spec, value::Value};
use std::sync::Arc;

/// Says of a variable that it is a part of another. TensorFlow: `tf.Variable.SaveSliceInfo`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PartOf {
    /// The name of the whole, under which it is saved.
    pub(crate) whole: Arc<str>,
    /// The shape of the whole.
    pub(crate) shape: Shape,
    /// The axis along which it is cut.
    pub(crate) axis: usize,
    /// Where this part begins along that axis.
    pub(crate) offset: usize,
    /// Where it ends.
    pub(crate) end: usize,
}

impl PartOf {
    /// The whole's spec.
    pub(crate) fn spec(&self, part: Spec) -> Spec {
        Spec::new(part.dtype, self.shape)
    }

    /// The same part of a whole that belongs to this one: of a slot, whose name below the part is `name`.
    pub(crate) fn slot(&self, name: &str) -> PartOf {
        PartOf { whole: format!("{}/{name}", self.whole).into(), ..self.clone() }
    }

    /// Whether these, in the order of their offsets, are one whole.
    pub(crate) fn complete<'p>(parts: impl Iterator<Item = &'p PartOf>) -> bool {
        let mut length = 0;
        let mut wanted = usize::MAX;
        for part in parts {
            if part.offset != length {
                return false;
            }
            (length, wanted) = (part.end, part.shape.d(part.axis) as usize);
        }
        length == wanted
    }

    /// The part of a value of the whole.
    pub(crate) fn of(&self, whole: &Value) -> Value {
        super::cut(whole, self.axis, self.offset, self.end)
    }
}

/// What a first value is to be made for: a variable, or a part of one.
///
/// TensorFlow: `partition_info` of initializers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionInfo {
    /// The shape that is asked for: of the variable, or of the part.
    pub shape: Vec<usize>,
    /// The shape of the whole variable.
    pub full_shape: Vec<usize>,
    /// Where the part begins along each axis.
    pub offset: Vec<usize>,
}

impl PartitionInfo {
    /// Of a variable of this shape, which may be a part.
    pub(crate) fn new(shape: &Shape, part: Option<&PartOf>) -> PartitionInfo {
        let sizes = |shape: &Shape| shape.to_vec().expect("the register refuses variables of unknown shape");
        let mut info = PartitionInfo { shape: sizes(shape), full_shape: sizes(shape), offset: vec![0; shape.rank()] };
        if let Some(part) = part {
            info.full_shape = sizes(&part.shape);
            info.offset[part.axis] = part.offset;
        }
        info
    }
}
