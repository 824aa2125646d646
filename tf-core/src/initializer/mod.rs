//! Initializers: what a variable's first value is, as const-friendly values.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | the initializers, and what makes them |
//! | `fitting` | which variables can start from which |
//! | `argument` | what else can be given in their place: tensors, variables, functions, distributions |

mod argument;
mod fitting;

pub use argument::{InitializerFor, InitializerKind, IntoInitializer, NoInitializer};

use crate::{
    check::in_both_worlds,
    dtype::DType,
    literal::{ConstantValue, Literal, literal},
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
    /// One that was told what it has no use for: no variable starts from it.
    Without(InitializerOption),
}

/// What an initializer may be told beyond the arguments that make it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InitializerOption {
    /// [`Initializer::seed`].
    Seed,
    /// [`Initializer::mean`].
    Mean,
    /// [`Initializer::stddev`].
    Stddev,
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
    /// All ones; `true` where the variable holds truth values. TensorFlow: `tf.ones_initializer`.
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

    /// The same with this op seed, for those that draw; others are refused where a variable is to start from them. Equal seeds give equal
    /// values.
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
            _ => Initializer::Without(InitializerOption::Seed),
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
            Initializer::Constant(_)
            | Initializer::Identity { .. }
            | Initializer::Tensor
            | Initializer::Function
            | Initializer::Without(_) => None,
        }
    }

    /// The same with this mean, for the two normal initializers; others are refused where a variable is to start from them.
    pub const fn mean(self, mean: f64) -> Initializer {
        match self {
            Initializer::RandomNormal { stddev, seed, .. } => Initializer::RandomNormal { mean, stddev, seed },
            Initializer::TruncatedNormal { stddev, seed, .. } => Initializer::TruncatedNormal { mean, stddev, seed },
            _ => Initializer::Without(InitializerOption::Mean),
        }
    }

    /// The same with this standard deviation, for the two normal initializers; others are refused where a variable is to start from them.
    pub const fn stddev(self, stddev: f64) -> Initializer {
        match self {
            Initializer::RandomNormal { mean, seed, .. } => Initializer::RandomNormal { mean, stddev, seed },
            Initializer::TruncatedNormal { mean, seed, .. } => Initializer::TruncatedNormal { mean, stddev, seed },
            _ => Initializer::Without(InitializerOption::Stddev),
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

const fn same_seed(a: Option<i64>, b: Option<i64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        (None, None) => true,
        _ => false,
    }
}
