//! Partitioners: from a variable's shape to its parts, as const-friendly values (P rows).

use super::Partition;
use crate::{
    check::in_both_worlds,
    dtype::DType,
    shape::Shape,
    spec::{Rule, Spec, SpecError},
};

/// Says into how many parts a variable is cut; made by [`fixed_size_partitioner`](fn@fixed_size_partitioner) and its neighbours.
///
/// It is an argument of `get_variable` and of scopes. The variable is then kept as several, `weights/part_0`, `weights/part_1`, …, each
/// with a place, an initial value and slots of its own, and counts as one tensor wherever it is used. A scalar stays in one piece (C24).
#[derive(Clone, Copy, Debug)]
pub struct Partitioner {
    // Numbers that always say something, in place of variants that differ: const evaluation pays for each hole in a value, at every copy.
    pub(crate) kind: Kind,
    axis: i32,
    /// Parts, or the most of them.
    parts: u32,
    /// The bytes that a text is taken to have; of a list its length.
    of_text: u32,
    /// The bytes of a part; of a list what is wrong with it.
    bytes: u64,
    function: Option<PartitionFunction>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum Kind {
    /// Nothing is said.
    Unsaid,
    /// One piece, whatever the scope says.
    None,
    FixedSize,
    LargestPart,
    SmallestPart,
    /// How many parts there are to be along each axis: `axis` is cut into `parts`.
    Slicing,
    Function,
    /// It was told what it has no use for.
    Unfit,
}

type PartitionFunction = fn(&[usize], DType) -> Vec<usize>;

/// What is wrong with a list, beside the axis that it is about.
const SECOND: u64 = 1 << 32;
const WITHOUT: u64 = 2 << 32;

in_both_worlds! {
    /// In one piece, where the scope has a partitioner.
    pub fn no_partitioner() -> Partitioner { Partitioner { kind: Kind::None, ..Partitioner::UNSAID } }
    /// `shards` parts along the first axis, or as many as it is long. TensorFlow: `tf.fixed_size_partitioner`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, VariableOptions, fixed_size_partitioner, get_variable};
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     get_variable::<f32, _, _>("v", [10, 2], VariableOptions::new().partitioner(fixed_size_partitioner(3)))
    /// })?;
    /// let parts: Vec<String> = graph.parts_of(v).iter().map(|part| part.spec().shape.to_string()).collect();
    /// assert_eq!(parts, ["[4, 2]", "[3, 2]", "[3, 2]"]);
    /// assert_eq!(v.shape().to_string(), "[10, 2]");
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn fixed_size_partitioner(shards: usize) -> Partitioner {
        Partitioner { kind: Kind::FixedSize, parts: count(shards), ..Partitioner::UNSAID }
    }
    /// As few parts along the first axis as let none be larger than so many bytes, as far as rows can be told apart.
    /// TensorFlow: `tf.variable_axis_size_partitioner`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::variable_axis_size_partitioner;
    /// let partitioner = variable_axis_size_partitioner(64 << 20).max_shards(8);
    /// # let _ = partitioner;
    /// ```
    pub fn variable_axis_size_partitioner(max_shard_bytes: usize) -> Partitioner {
        Partitioner { kind: Kind::LargestPart, bytes: max_shard_bytes as u64, ..Partitioner::UNSAID }
    }
    /// As many parts along the first axis as let none be smaller than 256 KiB, but no more than `max_partitions`.
    /// TensorFlow: `tf.min_max_variable_partitioner`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::min_max_variable_partitioner;
    /// let partitioner = min_max_variable_partitioner(4).min_slice_size(64 << 10).axis(1);
    /// # let _ = partitioner;
    /// ```
    pub fn min_max_variable_partitioner(max_partitions: usize) -> Partitioner {
        Partitioner { kind: Kind::SmallestPart, bytes: 256 << 10, parts: count(max_partitions), ..Partitioner::UNSAID }
    }
    /// So many parts along each axis, of which one at most may have several. TensorFlow: a function that returns this list.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::slicing_partitioner;
    /// let two_columns = slicing_partitioner([1, 2]);
    /// # let _ = two_columns;
    /// ```
    pub fn slicing_partitioner[const N: usize](parts: [usize; N]) -> Partitioner {
        Partitioner::listed(&parts)
    }
}

/// A number of parts; the greatest ones are no different from each other.
const fn count(parts: usize) -> u32 {
    if parts < u32::MAX as usize { parts as u32 } else { u32::MAX - 1 }
}

static AXIS: Rule = Rule {
    code: "E-PARTITIONER-AXIS",
    says: "the partitioner cuts axis {x}, and the variable has {y} dimensions",
    left: "variable",
    right: "",
    help: "axes count from 0, or from -1 for the last one on",
};
static RANK: Rule = Rule {
    code: "E-PARTITIONER-AXIS",
    says: "the partitioner lists a number of parts for {x} of the axes, and the variable has {y} dimensions",
    left: "variable",
    right: "",
    help: "list one number for each dimension: 1 for those that are not cut",
};
static SECOND_AXIS: Rule = Rule {
    code: "E-PARTITIONER-AXIS",
    says: "the partitioner cuts both axis {x} and axis {y}, and one is all that can be cut",
    left: "variable",
    right: "",
    help: "let all numbers of parts but one be 1",
};
static NO_PARTS: Rule = Rule {
    code: "E-PARTITIONER-PARTS",
    says: "the partitioner cuts axis {x} into no parts",
    left: "variable",
    right: "",
    help: "give 1 part or more, or `no_partitioner()` for a variable in one piece",
};
static TOO_MANY: Rule = Rule {
    code: "E-PARTITIONER-PARTS",
    says: "the partitioner cuts an axis of length {x} into {y} parts",
    left: "variable",
    right: "",
    help: "give no more parts than the axis is long, or use `fixed_size_partitioner(..)`, which takes as many as there can be",
};
static BYTES: Rule = Rule {
    code: "E-PARTITIONER-BYTES",
    says: "the partitioner's numbers of bytes are not all above zero",
    left: "",
    right: "",
    help: "give 1 byte or more",
};
static OPTION: Rule = Rule {
    code: "E-PARTITIONER-OPTION",
    says: "the partitioner is told what it has no use for",
    left: "",
    right: "",
    help: "`.axis(..)` is for those that cut along one axis, `.max_shards(..)` for `variable_axis_size_partitioner(..)`, `.min_slice_size(..)` for `min_max_variable_partitioner(..)`, `.bytes_per_string(..)` for the latter two",
};
static UNKNOWN_SHAPE: Rule = Rule {
    code: "E-PARTITIONER-SHAPE",
    says: "the variable's shape is not known, so it cannot be cut into parts",
    left: "variable",
    right: "",
    help: "give every dimension a size, or leave the partitioner out",
};

const fn error(rule: &'static Rule, spec: &Spec, x: usize, y: usize) -> SpecError {
    SpecError::new("get_variable", rule).shapes(spec.shape, Shape::UNKNOWN).numbers(x as i64, y as i64)
}

const fn least(a: u64, b: u64) -> u64 {
    if a < b { a } else { b }
}

impl Partitioner {
    /// A function of shape and element type that yields the number of parts along each axis, of which one at most may have several.
    ///
    /// Const evaluation cannot call it: the parts of a checked layer's variable are then known when the graph is built.
    /// TensorFlow: any callable as partitioner.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{DType, Graph, Partitioner, VariableOptions, get_variable};
    /// fn rows(shape: &[usize], _: DType) -> Vec<usize> {
    ///     shape.iter().enumerate().map(|(axis, size)| if axis == 0 { *size } else { 1 }).collect()
    /// }
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     get_variable::<f32, _, _>("v", [4, 2], VariableOptions::new().partitioner(Partitioner::function(rows)))
    /// })?;
    /// assert_eq!(graph.parts_of(v).len(), 4);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub const fn function(function: fn(&[usize], DType) -> Vec<usize>) -> Partitioner {
        Partitioner { kind: Kind::Function, function: Some(function), ..Partitioner::UNSAID }
    }

    /// The same along another axis, -1 for the last; for partitioners that cut along one that is not said otherwise.
    pub const fn axis(mut self, axis: i32) -> Partitioner {
        self.axis = axis;
        self.told(matches!(self.kind, Kind::FixedSize | Kind::LargestPart | Kind::SmallestPart))
    }

    /// The same with this many parts at most, which may then be larger; for [`variable_axis_size_partitioner`](fn@variable_axis_size_partitioner).
    pub const fn max_shards(mut self, most: usize) -> Partitioner {
        self.parts = count(most);
        self.told(matches!(self.kind, Kind::LargestPart))
    }

    /// The same with parts of at least so many bytes; for [`min_max_variable_partitioner`](fn@min_max_variable_partitioner).
    pub const fn min_slice_size(mut self, bytes: usize) -> Partitioner {
        self.bytes = bytes as u64;
        self.told(matches!(self.kind, Kind::SmallestPart))
    }

    /// The same with another estimate of the bytes of a text, 16 where nothing is said; for partitioners that count bytes.
    pub const fn bytes_per_string(mut self, length: usize) -> Partitioner {
        self.of_text = count(length);
        self.told(matches!(self.kind, Kind::LargestPart | Kind::SmallestPart))
    }

    /// One that was told something, which is a mistake of every variable that it is to cut unless it has use for that.
    const fn told(mut self, has_use: bool) -> Partitioner {
        if !has_use {
            self.kind = Kind::Unfit;
        }
        self
    }

    /// Nothing is said.
    pub(crate) const UNSAID: Partitioner =
        Partitioner { kind: Kind::Unsaid, axis: 0, parts: u32::MAX - 1, of_text: 16, bytes: 0, function: None };

    /// Whether something is said.
    pub(crate) const fn is_said(&self) -> bool {
        !matches!(self.kind, Kind::Unsaid)
    }

    /// Whether both say the same; of two functions that is not known here.
    pub(crate) const fn same(&self, other: &Partitioner) -> bool {
        self.kind as u32 == other.kind as u32
            && self.axis == other.axis
            && self.parts == other.parts
            && self.of_text == other.of_text
            && self.bytes == other.bytes
    }

    /// Whether it leaves variables in one piece, as if nothing were said.
    pub(crate) const fn cuts(&self) -> bool {
        !matches!(self.kind, Kind::Unsaid | Kind::None)
    }

    const fn listed(list: &[usize]) -> Partitioner {
        // Beyond the rank of any variable it is the length of the list that is wrong.
        let length = if list.len() < u8::MAX as usize { list.len() } else { u8::MAX as usize };
        let mut made = Partitioner { kind: Kind::Slicing, parts: 1, of_text: length as u32, ..Partitioner::UNSAID };
        let mut i = 0;
        while i < length {
            if list[i] == 0 && made.bytes < WITHOUT {
                made.bytes = WITHOUT | i as u64;
            } else if list[i] > 1 && made.parts > 1 && made.bytes == 0 {
                made.bytes = SECOND | i as u64;
            } else if list[i] > 1 && made.parts == 1 {
                made.axis = i as i32;
                made.parts = count(list[i]);
            }
            i += 1;
        }
        made
    }

    /// The rule: the parts of a variable of this spec.
    pub(crate) const fn partition(&self, spec: &Spec) -> Result<Partition, SpecError> {
        if !self.cuts() {
            return Ok(Partition::NONE);
        }
        if matches!(self.kind, Kind::Unfit) {
            return Err(SpecError::new("get_variable", &OPTION));
        }
        let rank = spec.shape.rank();
        let Some(elements) = spec.shape.elements() else { return Err(error(&UNKNOWN_SHAPE, spec, 0, 0)) };
        if rank == 0 {
            return Ok(Partition::NONE);
        }
        if matches!(self.kind, Kind::Function) {
            return Ok(Partition::UNKNOWN);
        }
        if matches!(self.kind, Kind::Slicing) {
            return self.slicing(spec);
        }
        if self.axis >= rank as i32 || self.axis < -(rank as i32) {
            return Err(SpecError::new("get_variable", &AXIS)
                .shapes(spec.shape, Shape::UNKNOWN)
                .numbers(self.axis as i64, rank as i64));
        }
        let axis = if self.axis < 0 { (self.axis + rank as i32) as usize } else { self.axis as usize };
        let length = spec.shape.d(axis) as u64;
        let most = least(self.parts as u64, length);
        let element = if spec.dtype.is(DType::String) { self.of_text as u64 } else { spec.dtype.size() as u64 };
        if !matches!(self.kind, Kind::FixedSize) && (self.bytes == 0 || element == 0) {
            return Err(error(&BYTES, spec, 0, 0));
        }
        let bytes = (elements as u64).saturating_mul(element);
        let parts = match self.kind {
            Kind::LargestPart => {
                let row = bytes / if length == 0 { 1 } else { length };
                let rows = if row == 0 || self.bytes < row { 1 } else { self.bytes / row };
                least(length.div_ceil(rows), most)
            }
            Kind::SmallestPart => {
                let parts = least(bytes.div_ceil(self.bytes), most);
                if parts == 0 { 1 } else { parts }
            }
            _ => most,
        };
        if parts == 0 {
            return Err(error(&NO_PARTS, spec, axis, 0));
        }
        Ok(Partition::new(axis, parts as usize))
    }

    const fn slicing(&self, spec: &Spec) -> Result<Partition, SpecError> {
        let rank = spec.shape.rank();
        if self.of_text as usize != rank {
            return Err(error(&RANK, spec, self.of_text as usize, rank));
        }
        let (axis, parts, wrong) = (self.axis as usize, self.parts as usize, self.bytes as u32 as usize);
        if self.bytes >= WITHOUT {
            return Err(error(&NO_PARTS, spec, wrong, 0));
        }
        if self.bytes >= SECOND {
            return Err(error(&SECOND_AXIS, spec, axis, wrong));
        }
        let length = spec.shape.d(axis) as usize;
        if parts > 1 && parts > length {
            return Err(error(&TOO_MANY, spec, length, parts));
        }
        Ok(Partition::new(axis, parts))
    }

    /// What a graph goes by in place of a function: its answer for this shape. `None` for what is no function.
    pub(crate) fn resolved(&self, spec: &Spec) -> Option<Partitioner> {
        let sizes = spec.shape.to_vec().filter(|sizes| !sizes.is_empty())?;
        Some(Partitioner::listed(&(self.function?)(&sizes, spec.dtype)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(partitioner: Partitioner, dtype: DType, sizes: &[usize]) -> Result<(usize, usize), &'static str> {
        let found = partitioner.partition(&Spec::new(dtype, Shape::of(sizes)));
        found.map(|partition| (partition.axis(), partition.parts())).map_err(|error| error.rule.code)
    }

    #[test]
    fn no_more_parts_than_rows_and_none_of_a_scalar_p2_c24() {
        assert_eq!(parts(fixed_size_partitioner(5), DType::F32, &[3, 2]), Ok((0, 3)));
        assert_eq!(parts(fixed_size_partitioner(1), DType::F32, &[3, 2]), Ok((0, 1)));
        assert_eq!(parts(fixed_size_partitioner(2).axis(-1), DType::F32, &[3, 4]), Ok((1, 2)));
        assert_eq!(parts(fixed_size_partitioner(5), DType::F32, &[]), Ok((0, 0)));
        assert_eq!(parts(slicing_partitioner([2]), DType::F32, &[]), Ok((0, 0)));
        assert_eq!(parts(no_partitioner(), DType::F32, &[3]), Ok((0, 0)));
    }

    #[test]
    fn what_cannot_be_cut_is_told_by_code_p5_p6_p7_p9() {
        assert_eq!(parts(slicing_partitioner([2]), DType::F32, &[4, 4]), Err("E-PARTITIONER-AXIS"));
        assert_eq!(parts(slicing_partitioner([2, 2]), DType::F32, &[4, 4]), Err("E-PARTITIONER-AXIS"));
        assert_eq!(parts(fixed_size_partitioner(2).axis(2), DType::F32, &[4, 4]), Err("E-PARTITIONER-AXIS"));
        assert_eq!(parts(slicing_partitioner([0, 1]), DType::F32, &[4, 4]), Err("E-PARTITIONER-PARTS"));
        assert_eq!(parts(slicing_partitioner([1, 5]), DType::F32, &[4, 4]), Err("E-PARTITIONER-PARTS"));
        assert_eq!(parts(fixed_size_partitioner(0), DType::F32, &[4, 4]), Err("E-PARTITIONER-PARTS"));
        assert_eq!(parts(fixed_size_partitioner(2), DType::F32, &[0, 4]), Err("E-PARTITIONER-PARTS"));
        assert_eq!(parts(variable_axis_size_partitioner(0), DType::F32, &[4]), Err("E-PARTITIONER-BYTES"));
        assert_eq!(
            parts(min_max_variable_partitioner(2).bytes_per_string(0), DType::String, &[4]),
            Err("E-PARTITIONER-BYTES")
        );
        for told in [
            slicing_partitioner([1, 2]).axis(1),
            fixed_size_partitioner(2).max_shards(2),
            variable_axis_size_partitioner(8).min_slice_size(8),
            fixed_size_partitioner(2).bytes_per_string(8),
            no_partitioner().axis(0),
        ] {
            assert_eq!(parts(told, DType::F32, &[4, 4]), Err("E-PARTITIONER-OPTION"));
        }
        let unknown = fixed_size_partitioner(2).partition(&Spec::new(DType::F32, Shape::of(&[crate::ANY, 4])));
        assert_eq!(unknown.map_err(|error| error.rule.code), Err("E-PARTITIONER-SHAPE"));
    }

    #[test]
    fn a_function_is_asked_by_a_graph_only_c34() {
        let rows = Partitioner::function(|shape, _| vec![shape[0], 1]);
        let spec = Spec::new(DType::F32, Shape::of(&[4, 2]));
        assert!(rows.partition(&spec).is_ok_and(|partition| partition.is_unknown()));
        let resolved = rows.resolved(&spec).unwrap().partition(&spec);
        assert_eq!(resolved.map_err(|error| error.rule.code), Ok(Partition::new(0, 4)));
    }
}
