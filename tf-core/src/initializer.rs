//! Initializers: what a variable's first value is, as const-friendly values.

use crate::{
    check::in_both_worlds,
    dtype::{DType, Element},
    initial_function::{DistributionInitializer, FunctionInitializer, InitialResult, PartitionInitializer, Start},
    literal::{ConstantValue, Literal, integers_of, literal},
    partitioning::{Partition, PartitionInfo},
    shape::Shape,
    spec::{Rule, Spec, SpecError},
    tensor::Tensor,
};

/// How a variable gets its first value; made by [`zeros_initializer`], [`glorot_uniform_initializer`] and their neighbours.
#[derive(Clone, Copy, Debug)]
pub enum Initializer {
    /// A constant: one value for every element, or a list with one value for each.
    Constant(Literal),
    /// Uniform in `[min, max)`.
    RandomUniform {
        /// Lower end, included.
        min: f64,
        /// Upper end, excluded.
        max: f64,
        /// The op seed, where one is given.
        seed: Option<i64>,
    },
    /// Normal.
    RandomNormal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        stddev: f64,
        /// The op seed, where one is given.
        seed: Option<i64>,
    },
    /// Normal, drawn again outside two standard deviations.
    TruncatedNormal {
        /// Mean.
        mean: f64,
        /// Standard deviation before truncation.
        stddev: f64,
        /// The op seed, where one is given.
        seed: Option<i64>,
    },
    /// Scaled by the number of inputs and outputs of the variable.
    VarianceScaling {
        /// Multiplies the variance.
        scale: f64,
        /// What the variance is divided by.
        mode: FanMode,
        /// The distribution drawn from.
        distribution: Distribution,
        /// The op seed, where one is given.
        seed: Option<i64>,
    },
    /// Orthonormal rows or columns: `Q` of the QR decomposition of a normal matrix.
    Orthogonal {
        /// Multiplies the matrix.
        gain: f64,
        /// The op seed, where one is given.
        seed: Option<i64>,
    },
    /// An orthonormal matrix in the middle of a filter that is zero elsewhere.
    DeltaOrthogonal {
        /// Multiplies the matrix.
        gain: f64,
        /// The op seed, where one is given.
        seed: Option<i64>,
    },
    /// Ones along the diagonal of a matrix.
    Identity {
        /// What stands along it.
        gain: f64,
    },
    /// The value of a tensor of the graph.
    Tensor,
    /// What a function or distribution of the user's own yields.
    Function,
}

/// What [`Initializer::VarianceScaling`] divides the variance by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FanMode {
    /// The number of inputs.
    FanIn,
    /// The number of outputs.
    FanOut,
    /// The mean of both.
    FanAvg,
}

/// The distribution of [`Initializer::VarianceScaling`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Distribution {
    /// Truncated at two standard deviations, which are widened to keep the variance.
    TruncatedNormal,
    /// Not truncated.
    UntruncatedNormal,
    /// Uniform with that variance.
    Uniform,
}

in_both_worlds! {
    /// All zeros; `false` and `""` where the variable holds those. TensorFlow: `tf.zeros_initializer`.
    pub fn zeros_initializer() -> Initializer { Initializer::Constant(Literal::Int(0)) }
    /// All ones. TensorFlow: `tf.ones_initializer`.
    pub fn ones_initializer() -> Initializer { Initializer::Constant(Literal::Int(1)) }
    /// One value for every element, or a `&'static` list with one value for each, in row-major order.
    ///
    /// TensorFlow: `tf.constant_initializer`. A list of another length is refused (TensorFlow repeats the last value).
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::constant_initializer;
    /// let half = constant_initializer(0.5);
    /// let edges = constant_initializer(&[-1.0, 0.0, 1.0]);
    /// # let _ = (half, edges);
    /// ```
    pub fn constant_initializer[V: ConstantValue](value: V) -> Initializer { Initializer::Constant(literal(value)) }
    /// Uniform in `[min, max)`. TensorFlow: `tf.random_uniform_initializer`.
    pub fn random_uniform_initializer(min: f64, max: f64) -> Initializer { Initializer::RandomUniform { min, max, seed: None } }
    /// Normal with mean 0 and standard deviation 1. TensorFlow: `tf.random_normal_initializer`.
    pub fn random_normal_initializer() -> Initializer { Initializer::RandomNormal { mean: 0.0, stddev: 1.0, seed: None } }
    /// Normal with mean 0 and standard deviation 1, drawn again outside ±2. TensorFlow: `tf.truncated_normal_initializer`.
    pub fn truncated_normal_initializer() -> Initializer { Initializer::TruncatedNormal { mean: 0.0, stddev: 1.0, seed: None } }
    /// Scaled by fan-in, fan-out or their mean. TensorFlow: `tf.variance_scaling_initializer`.
    pub fn variance_scaling_initializer(scale: f64, mode: FanMode, distribution: Distribution) -> Initializer { Initializer::VarianceScaling { scale, mode, distribution, seed: None } }
    /// Uniform in `±sqrt(6 / (fan_in + fan_out))`: the default of floating point variables (Glorot and Bengio 2010).
    /// TensorFlow: `tf.glorot_uniform_initializer`.
    pub fn glorot_uniform_initializer() -> Initializer { Initializer::GLOROT_UNIFORM }
    /// Truncated normal with variance `2 / (fan_in + fan_out)`. TensorFlow: `tf.glorot_normal_initializer`.
    pub fn glorot_normal_initializer() -> Initializer { variance_scaling_initializer(1.0, FanMode::FanAvg, Distribution::TruncatedNormal) }
    /// Truncated normal with variance `2 / fan_in` (He et al. 2015). TensorFlow: `tf.initializers.he_normal`.
    pub fn he_normal_initializer() -> Initializer { variance_scaling_initializer(2.0, FanMode::FanIn, Distribution::TruncatedNormal) }
    /// Uniform with variance `2 / fan_in`. TensorFlow: `tf.initializers.he_uniform`.
    pub fn he_uniform_initializer() -> Initializer { variance_scaling_initializer(2.0, FanMode::FanIn, Distribution::Uniform) }
    /// Truncated normal with variance `1 / fan_in`. TensorFlow: `tf.initializers.lecun_normal`.
    pub fn lecun_normal_initializer() -> Initializer { variance_scaling_initializer(1.0, FanMode::FanIn, Distribution::TruncatedNormal) }
    /// Uniform with variance `1 / fan_in`. TensorFlow: `tf.initializers.lecun_uniform`.
    pub fn lecun_uniform_initializer() -> Initializer { variance_scaling_initializer(1.0, FanMode::FanIn, Distribution::Uniform) }
    /// Orthonormal columns, or rows where those are fewer, times `gain` (Saxe et al. 2014). The variable has two dimensions or more, of
    /// which all but the last are one. TensorFlow: `tf.orthogonal_initializer`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, get_variable, matmul, orthogonal_initializer, transpose};
    /// let graph = Graph::new();
    /// let product = graph.build(|| {
    ///     let w = get_variable::<f32, _, _>("w", [4, 4], VariableOptions::new().initializer(orthogonal_initializer(1.0)));
    ///     matmul(transpose(w, [1, 0]), w)
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert!((session.run(product)? - ndarray::Array2::<f32>::eye(4)).iter().all(|x| x.abs() < 1e-5));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn orthogonal_initializer(gain: f64) -> Initializer { Initializer::Orthogonal { gain, seed: None } }
    /// For filters of convolutions, with no more inputs than outputs: an orthonormal matrix times `gain` in the middle, zeros elsewhere
    /// (Xiao et al. 2018). TensorFlow: `tf.contrib.framework.convolutional_delta_orthogonal`.
    pub fn delta_orthogonal_initializer(gain: f64) -> Initializer { Initializer::DeltaOrthogonal { gain, seed: None } }
    /// `gain` along the diagonal of a matrix, which need not be square. TensorFlow: `tf.initializers.identity`.
    pub fn identity_initializer(gain: f64) -> Initializer { Initializer::Identity { gain } }
}

static FLOATS_ONLY: Rule = Rule {
    code: "E-INITIALIZER-DTYPE",
    says: "the initializer draws real numbers, and the variable holds none",
    left: "",
    right: "",
    help: "use `constant_initializer(..)` or `zeros_initializer()`, or make the variable f32",
};
static WRONG_CONSTANT: Rule = Rule {
    code: "E-INITIALIZER-DTYPE",
    says: "the initializer's constant is not of the variable's element type",
    left: "",
    right: "",
    help: "write the constant in the variable's type, as in `constant_initializer(1)` for integers and `constant_initializer(1.0)` for real numbers",
};
static OUT_OF_RANGE: Rule = Rule {
    code: "E-INITIALIZER-RANGE",
    says: "the initializer's constant is {x}, and the integers of the variable's element type end at {y}",
    left: "",
    right: "",
    help: "write a constant that the element type holds, or give the variable a wider one, such as i64",
};
static RANK: Rule = Rule {
    code: "E-INITIALIZER-RANK",
    says: "the initializer makes variables of {x} dimensions or more",
    left: "variable",
    right: "",
    help: "give the variable a shape of {x} dimensions, such as [inputs, outputs], or another initializer",
};
static MATRIX: Rule = Rule {
    code: "E-INITIALIZER-RANK",
    says: "the initializer makes matrices",
    left: "variable",
    right: "",
    help: "give the variable a shape of two dimensions, or another initializer",
};
static FILTER: Rule = Rule {
    code: "E-INITIALIZER-RANK",
    says: "the initializer makes filters, of three to five dimensions",
    left: "variable",
    right: "",
    help: "give the variable a shape such as [3, 3, inputs, outputs], or another initializer",
};
static FILTER_CHANNELS: Rule = Rule {
    code: "E-INITIALIZER-CHANNELS",
    says: "the initializer makes filters with no more inputs than outputs, and here are {x} inputs and {y} outputs",
    left: "variable",
    right: "",
    help: "give the filter at least {x} outputs, or another initializer",
};
static SCALE: Rule = Rule {
    code: "E-INITIALIZER-SCALE",
    says: "the scale of the initializer is not above zero",
    left: "",
    right: "",
    help: "give a positive scale, such as 1.0; for zeros there is `zeros_initializer()`",
};
static INTEGERS_DRAWN: Rule = Rule {
    code: "E-INITIALIZER-DTYPE",
    says: "the initializer draws integers of i32 and i64, and the variable holds others",
    left: "",
    right: "",
    help: "make the variable i32 or i64, or use `constant_initializer(..)`",
};
static RANGE: Rule = Rule {
    code: "E-RANDOM-RANGE",
    says: "the initializer draws integers from {x} up to, but without, {y}, and there are none, or none of the variable's type",
    left: "",
    right: "",
    help: "give whole numbers of the variable's type, the upper one above the lower",
};
static WHOLE: Rule = Rule {
    code: "E-RANDOM-RANGE",
    says: "the variable holds integers, and the ends of the initializer's range are no whole numbers",
    left: "",
    right: "",
    help: "give whole numbers, such as `random_uniform_initializer(0.0, 10.0)`",
};
static WRONG_LENGTH: Rule = Rule {
    code: "E-INITIALIZER-LENGTH",
    says: "the initializer lists {x} values, and the variable has {y} elements",
    left: "variable",
    right: "",
    help: "list {y} values, or give one value for all",
};

impl Initializer {
    pub(crate) const GLOROT_UNIFORM: Initializer = Initializer::VarianceScaling {
        scale: 1.0,
        mode: FanMode::FanAvg,
        distribution: Distribution::Uniform,
        seed: None,
    };

    /// What a variable of this type gets when nothing is said: glorot for floats, zeros for the rest.
    pub const fn default_for(dtype: DType) -> Initializer {
        if dtype.is_float() { Initializer::GLOROT_UNIFORM } else { Initializer::Constant(Literal::Int(0)) }
    }

    /// The same with this op seed; what is not drawn has none. Equal seeds give equal values.
    pub const fn seed(self, seed: i64) -> Initializer {
        let seed = Some(seed);
        match self {
            Initializer::RandomUniform { min, max, .. } => Initializer::RandomUniform { min, max, seed },
            Initializer::RandomNormal { mean, stddev, .. } => Initializer::RandomNormal { mean, stddev, seed },
            Initializer::TruncatedNormal { mean, stddev, .. } => Initializer::TruncatedNormal { mean, stddev, seed },
            Initializer::VarianceScaling { scale, mode, distribution, .. } => {
                Initializer::VarianceScaling { scale, mode, distribution, seed }
            }
            Initializer::Orthogonal { gain, .. } => Initializer::Orthogonal { gain, seed },
            Initializer::DeltaOrthogonal { gain, .. } => Initializer::DeltaOrthogonal { gain, seed },
            same => same,
        }
    }

    /// The seed of an op that draws the value: `None` where nothing is drawn, `Some(None)` where the seed follows from the graph's.
    pub(crate) const fn op_seed(&self) -> Option<Option<i64>> {
        match *self {
            Initializer::RandomUniform { seed, .. }
            | Initializer::RandomNormal { seed, .. }
            | Initializer::TruncatedNormal { seed, .. }
            | Initializer::VarianceScaling { seed, .. }
            | Initializer::Orthogonal { seed, .. }
            | Initializer::DeltaOrthogonal { seed, .. } => Some(seed),
            Initializer::Constant(_) | Initializer::Identity { .. } | Initializer::Tensor | Initializer::Function => {
                None
            }
        }
    }

    /// The same with this mean, for the two normal initializers.
    pub const fn mean(self, mean: f64) -> Initializer {
        match self {
            Initializer::RandomNormal { stddev, seed, .. } => Initializer::RandomNormal { mean, stddev, seed },
            Initializer::TruncatedNormal { stddev, seed, .. } => Initializer::TruncatedNormal { mean, stddev, seed },
            same => same,
        }
    }

    /// The same with this standard deviation, for the two normal initializers.
    pub const fn stddev(self, stddev: f64) -> Initializer {
        match self {
            Initializer::RandomNormal { mean, seed, .. } => Initializer::RandomNormal { mean, stddev, seed },
            Initializer::TruncatedNormal { mean, seed, .. } => Initializer::TruncatedNormal { mean, stddev, seed },
            same => same,
        }
    }

    /// Whether a variable of this spec can start from this initializer.
    pub const fn fits(&self, spec: &Spec) -> Result<(), SpecError> {
        match self {
            Initializer::Constant(constant) => constant_fits(constant, spec),
            Initializer::Tensor | Initializer::Function => Ok(()),
            Initializer::RandomUniform { min, max, .. } if spec.dtype.is_integer() => {
                range_fits(*min, *max, spec.dtype)
            }
            _ if !spec.dtype.is_float() => Err(SpecError::new("get_variable", &FLOATS_ONLY)),
            Initializer::RandomUniform { .. }
            | Initializer::RandomNormal { .. }
            | Initializer::TruncatedNormal { .. } => Ok(()),
            Initializer::VarianceScaling { scale, .. } => {
                if *scale > 0.0 {
                    Ok(())
                } else {
                    Err(SpecError::new("get_variable", &SCALE))
                }
            }
            Initializer::Orthogonal { .. } => rank_fits(spec, 2, usize::MAX, &RANK),
            Initializer::Identity { .. } => rank_fits(spec, 2, 2, &MATRIX),
            Initializer::DeltaOrthogonal { .. } => {
                if let Err(error) = rank_fits(spec, 3, 5, &FILTER) {
                    return Err(error);
                }
                let rank = spec.shape.rank();
                let (inputs, outputs) = (spec.shape.d(rank - 2) as i64, spec.shape.d(rank - 1) as i64);
                if inputs > outputs {
                    return Err(SpecError::new("get_variable", &FILTER_CHANNELS)
                        .shapes(spec.shape, Shape::UNKNOWN)
                        .numbers(inputs, outputs));
                }
                Ok(())
            }
        }
    }

    /// Whether a variable that it fits can start from it in parts too, each of which is computed by itself.
    pub(crate) const fn fits_parts(&self, spec: &Spec, partition: &Partition) -> Result<(), SpecError> {
        match self {
            // A list is for the whole, and cut as it is.
            Initializer::Constant(_) => Ok(()),
            _ if partition.known_parts() == 0 => Ok(()),
            _ => {
                let (_, shape) = partition.part(&spec.shape, partition.known_parts() - 1);
                self.fits(&Spec { shape, dtype: spec.dtype })
            }
        }
    }

    /// Whether both describe one value; two tensors, or functions, count as the same, since their value is not known here.
    pub const fn same(&self, other: &Initializer) -> bool {
        match (self, other) {
            (Initializer::Constant(a), Initializer::Constant(b)) => a.same(b),
            (
                Initializer::RandomUniform { min: a, max: b, seed: s },
                Initializer::RandomUniform { min: c, max: d, seed: t },
            ) => *a == *c && *b == *d && same_seed(*s, *t),
            (
                Initializer::RandomNormal { mean: a, stddev: b, seed: s },
                Initializer::RandomNormal { mean: c, stddev: d, seed: t },
            )
            | (
                Initializer::TruncatedNormal { mean: a, stddev: b, seed: s },
                Initializer::TruncatedNormal { mean: c, stddev: d, seed: t },
            ) => *a == *c && *b == *d && same_seed(*s, *t),
            (
                Initializer::VarianceScaling { scale: a, mode: m, distribution: d, seed: s },
                Initializer::VarianceScaling { scale: b, mode: n, distribution: e, seed: t },
            ) => *a == *b && *m as u8 == *n as u8 && *d as u8 == *e as u8 && same_seed(*s, *t),
            (Initializer::Orthogonal { gain: a, seed: s }, Initializer::Orthogonal { gain: b, seed: t })
            | (Initializer::DeltaOrthogonal { gain: a, seed: s }, Initializer::DeltaOrthogonal { gain: b, seed: t }) => {
                *a == *b && same_seed(*s, *t)
            }
            (Initializer::Identity { gain: a }, Initializer::Identity { gain: b }) => *a == *b,
            (Initializer::Tensor, Initializer::Tensor) | (Initializer::Function, Initializer::Function) => true,
            _ => false,
        }
    }
}

const fn constant_fits(constant: &Literal, spec: &Spec) -> Result<(), SpecError> {
    if !constant.is_of(spec.dtype) {
        return Err(SpecError::new("get_variable", &WRONG_CONSTANT));
    }
    if let Some((integer, end)) = constant.beyond(spec.dtype) {
        return Err(SpecError::new("get_variable", &OUT_OF_RANGE).numbers(integer, end));
    }
    match (constant.len(), spec.shape.elements()) {
        (Some(given), Some(wanted)) if given != wanted => Err(SpecError::new("get_variable", &WRONG_LENGTH)
            .shapes(spec.shape, Shape::UNKNOWN)
            .numbers(given as i64, wanted as i64)),
        _ => Ok(()),
    }
}

/// Whether integers of this type can be drawn from a range.
const fn range_fits(min: f64, max: f64, dtype: DType) -> Result<(), SpecError> {
    if !matches!(dtype, DType::I32 | DType::I64) {
        return Err(SpecError::new("get_variable", &INTEGERS_DRAWN));
    }
    let (low, high) = (min as i64, max as i64);
    if low as f64 != min || high as f64 != max {
        return Err(SpecError::new("get_variable", &WHOLE));
    }
    if let Some((least, most)) = integers_of(dtype)
        && (low >= high || low < least || high > most)
    {
        return Err(SpecError::new("get_variable", &RANGE).numbers(low, high));
    }
    Ok(())
}

const fn rank_fits(spec: &Spec, least: usize, most: usize, rule: &'static Rule) -> Result<(), SpecError> {
    let rank = spec.shape.rank();
    if rank < least || rank > most {
        return Err(SpecError::new("get_variable", rule).shapes(spec.shape, Shape::UNKNOWN).numbers(least as i64, 0));
    }
    Ok(())
}

const fn same_seed(a: Option<i64>, b: Option<i64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        (None, None) => true,
        _ => false,
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Initializer {}
    impl Sealed for Option<super::Initializer> {}
    impl<T> Sealed for super::Tensor<T> {}
    impl<T> Sealed for crate::tensor::Variable<T> {}
    impl Sealed for super::NoInitializer {}
    impl<F> Sealed for super::FunctionInitializer<F> {}
    impl<F> Sealed for super::PartitionInitializer<F> {}
    impl<D, T> Sealed for super::DistributionInitializer<D, T> {}
}

/// Stands for an initializer that was not given.
#[derive(Clone, Copy, Debug)]
pub struct NoInitializer;

/// What can initialize some variable: an [`Initializer`] (or `None`, which says nothing), a tensor or a variable.
///
/// Asked for before the variable's type is known, so that what is none of them is refused once, where it stands.
///
/// # Safety
/// `Given` is `Self`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no initializer",
    label = "expected an initializer such as `zeros_initializer()` or `constant_initializer(0.5)`, or a tensor"
)]
pub unsafe trait IntoInitializer: Copy + sealed::Sealed {
    /// The type itself: a projection, so that rustc looks no further where there is none.
    #[doc(hidden)]
    type Given: Copy;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl IntoInitializer for Initializer {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl IntoInitializer for Option<Initializer> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<T> IntoInitializer for Tensor<T> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<T> IntoInitializer for crate::tensor::Variable<T> {
    type Given = Self;
}

// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<F: Copy> IntoInitializer for FunctionInitializer<F> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<F: Copy> IntoInitializer for PartitionInitializer<F> {
    type Given = Self;
}
// SAFETY: it is itself.
#[diagnostic::do_not_recommend]
unsafe impl<D: Copy, T: Copy> IntoInitializer for DistributionInitializer<D, T> {
    type Given = Self;
}

/// What can initialize a variable of `T`: an [`Initializer`], a tensor or variable of `T`, or a function that yields such values.
///
/// # Safety
/// `KIND` must say what `Self` is: both worlds read the value by it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot initialize a variable of `{T}`",
    label = "expected an initializer such as `zeros_initializer()`, or a tensor of `{T}`"
)]
pub unsafe trait InitializerFor<T: Element>: Copy + sealed::Sealed {
    #[doc(hidden)]
    const KIND: InitializerKind;
    /// What the graph makes of it; const evaluation does not ask.
    #[doc(hidden)]
    fn start(self) -> Start {
        Start::Described
    }
}

/// What stands for an initializer.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InitializerKind {
    Nothing,
    Initializer,
    /// An initializer, or none: an option of a layer that may be left out.
    Optional,
    /// A tensor, or a variable, which wraps one.
    Tensor,
    /// A function or a distribution, of which const evaluation reads nothing.
    Function,
}

// SAFETY: it is `Initializer`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for Initializer {
    const KIND: InitializerKind = InitializerKind::Initializer;
}
// SAFETY: it is `Option<Initializer>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for Option<Initializer> {
    const KIND: InitializerKind = InitializerKind::Optional;
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for NoInitializer {
    const KIND: InitializerKind = InitializerKind::Nothing;
}
// SAFETY: it is `Tensor<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for Tensor<T> {
    const KIND: InitializerKind = InitializerKind::Tensor;
}
// SAFETY: `Variable<T>` is a transparent wrapper of `Tensor<T>`.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element> InitializerFor<T> for crate::tensor::Variable<T> {
    const KIND: InitializerKind = InitializerKind::Tensor;
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, F, R> InitializerFor<T> for FunctionInitializer<F>
where
    F: Fn(&[usize]) -> R + Copy + Send + Sync + 'static,
    R: InitialResult<T>,
{
    const KIND: InitializerKind = InitializerKind::Function;
    fn start(self) -> Start {
        Start::of_function::<T, _, R>(move |info: &PartitionInfo| (self.0)(&info.shape))
    }
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element, F, R> InitializerFor<T> for PartitionInitializer<F>
where
    F: Fn(&PartitionInfo) -> R + Copy + Send + Sync + 'static,
    R: InitialResult<T>,
{
    const KIND: InitializerKind = InitializerKind::Function;
    fn start(self) -> Start {
        Start::of_function::<T, F, R>(self.0)
    }
}
// SAFETY: nothing is read of it.
#[diagnostic::do_not_recommend]
unsafe impl<T: Element + Copy, D> InitializerFor<T> for DistributionInitializer<D, T>
where
    D: rand::distr::Distribution<T> + Copy + Send + Sync + 'static,
{
    const KIND: InitializerKind = InitializerKind::Function;
    fn start(self) -> Start {
        Start::of_distribution(self)
    }
}
