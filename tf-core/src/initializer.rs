//! Initializers: what a variable's first value is, as const-friendly values.

use crate::{
    dtype::{DType, Element},
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
    /// The value of a tensor of the graph.
    Tensor,
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

/// A constant of an initializer.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// One number.
    Float(f64),
    /// One integer.
    Int(i64),
    /// One truth value.
    Bool(bool),
    /// One text.
    Str(&'static str),
    /// One number for each element.
    F32s(&'static [f32]),
    /// One number for each element.
    F64s(&'static [f64]),
    /// One integer for each element.
    I32s(&'static [i32]),
    /// One integer for each element.
    I64s(&'static [i64]),
}

mod kind {
    #[derive(Clone, Copy)]
    pub enum LiteralKind {
        F32,
        F64,
        I32,
        I64,
        Usize,
        Bool,
        Str,
        F32s(usize),
        F64s(usize),
        I32s(usize),
        I64s(usize),
        Slice(SliceKind),
    }
    #[derive(Clone, Copy)]
    pub enum SliceKind {
        F32,
        F64,
        I32,
        I64,
    }
}
use kind::{LiteralKind, SliceKind};

/// What [`constant_initializer`] takes: a number, a truth value, a text, or a `&'static` list of numbers.
///
/// # Safety
/// `KIND` must say what `Self` is: const evaluation reads the value by it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a constant of an initializer",
    label = "expected a number, a bool, a text, or a `&'static` list of f32, f64, i32 or i64",
    note = "for values computed in the layer write `initializer = tf::constant(..)`, without a shape"
)]
pub unsafe trait ConstantValue: Copy {
    #[doc(hidden)]
    const KIND: LiteralKind;
}

macro_rules! constants {
    ($($t:ty = $k:expr),* $(,)?) => { $(
        // SAFETY: the kind names exactly this type.
        #[diagnostic::do_not_recommend]
        unsafe impl ConstantValue for $t { const KIND: LiteralKind = $k; }
    )* };
    (lists $($t:ty = $k:ident),*) => { $(
        // SAFETY: the kind names exactly this type, with its length.
        #[diagnostic::do_not_recommend]
        unsafe impl<const N: usize> ConstantValue for &'static [$t; N] { const KIND: LiteralKind = LiteralKind::$k(N); }
    )* };
}
constants!(
    f32 = LiteralKind::F32,
    f64 = LiteralKind::F64,
    i32 = LiteralKind::I32,
    i64 = LiteralKind::I64,
    usize = LiteralKind::Usize,
    bool = LiteralKind::Bool,
    &'static str = LiteralKind::Str,
    &'static [f32] = LiteralKind::Slice(SliceKind::F32),
    &'static [f64] = LiteralKind::Slice(SliceKind::F64),
    &'static [i32] = LiteralKind::Slice(SliceKind::I32),
    &'static [i64] = LiteralKind::Slice(SliceKind::I64),
);
constants!(lists f32 = F32s, f64 = F64s, i32 = I32s, i64 = I64s);

const fn literal<V: ConstantValue>(value: V) -> Literal {
    const unsafe fn get<A: Copy, B: Copy>(a: A) -> B {
        // SAFETY: the caller reads `a` as the type that its `KIND` names.
        unsafe { *(&raw const a as *const B) }
    }
    // SAFETY: every arm reads the type that `KIND` promises, which `ConstantValue` requires of its implementations;
    // a reference to an array of N is a pointer to N elements.
    unsafe {
        match V::KIND {
            LiteralKind::F32 => Literal::Float(get::<V, f32>(value) as f64),
            LiteralKind::F64 => Literal::Float(get(value)),
            LiteralKind::I32 => Literal::Int(get::<V, i32>(value) as i64),
            LiteralKind::I64 => Literal::Int(get(value)),
            LiteralKind::Usize => Literal::Int(get::<V, usize>(value) as i64),
            LiteralKind::Bool => Literal::Bool(get(value)),
            LiteralKind::Str => Literal::Str(get(value)),
            LiteralKind::F32s(n) => Literal::F32s(core::slice::from_raw_parts(get(value), n)),
            LiteralKind::F64s(n) => Literal::F64s(core::slice::from_raw_parts(get(value), n)),
            LiteralKind::I32s(n) => Literal::I32s(core::slice::from_raw_parts(get(value), n)),
            LiteralKind::I64s(n) => Literal::I64s(core::slice::from_raw_parts(get(value), n)),
            LiteralKind::Slice(SliceKind::F32) => Literal::F32s(get(value)),
            LiteralKind::Slice(SliceKind::F64) => Literal::F64s(get(value)),
            LiteralKind::Slice(SliceKind::I32) => Literal::I32s(get(value)),
            LiteralKind::Slice(SliceKind::I64) => Literal::I64s(get(value)),
        }
    }
}

macro_rules! initializers {
    ($($(#[$m:meta])* pub fn $name:ident $([$($g:tt)*])? ($($a:ident: $t:ty),*) $body:expr;)*) => { $(
        $(#[$m])*
        pub const fn $name $(<$($g)*>)? ($($a: $t),*) -> Initializer { $body }
        crate::check::at_build_time! { pub fn $name $([$($g)*])? ($($a: $t),*) -> Initializer { $name($($a),*) } }
    )* };
}

initializers! {
    /// All zeros; `false` and `""` where the variable holds those. TensorFlow: `tf.zeros_initializer`.
    pub fn zeros_initializer() Initializer::Constant(Literal::Int(0));
    /// All ones. TensorFlow: `tf.ones_initializer`.
    pub fn ones_initializer() Initializer::Constant(Literal::Int(1));
    /// One value for every element, or a `&'static` list with one value for each, in row-major order.
    ///
    /// TensorFlow: `tf.constant_initializer`. A list of another length is refused (TensorFlow repeats the last value).
    ///
    /// ```
    /// use tf_core::constant_initializer;
    /// let half = constant_initializer(0.5);
    /// let edges = constant_initializer(&[-1.0, 0.0, 1.0]);
    /// # let _ = (half, edges);
    /// ```
    pub fn constant_initializer[V: ConstantValue](value: V) Initializer::Constant(literal(value));
    /// Uniform in `[min, max)`. TensorFlow: `tf.random_uniform_initializer`.
    pub fn random_uniform_initializer(min: f64, max: f64) Initializer::RandomUniform { min, max, seed: None };
    /// Normal with mean 0 and standard deviation 1. TensorFlow: `tf.random_normal_initializer`.
    pub fn random_normal_initializer() Initializer::RandomNormal { mean: 0.0, stddev: 1.0, seed: None };
    /// Normal with mean 0 and standard deviation 1, drawn again outside ±2. TensorFlow: `tf.truncated_normal_initializer`.
    pub fn truncated_normal_initializer() Initializer::TruncatedNormal { mean: 0.0, stddev: 1.0, seed: None };
    /// Scaled by fan-in, fan-out or their mean. TensorFlow: `tf.variance_scaling_initializer`.
    pub fn variance_scaling_initializer(scale: f64, mode: FanMode, distribution: Distribution)
        Initializer::VarianceScaling { scale, mode, distribution, seed: None };
    /// Uniform in `±sqrt(6 / (fan_in + fan_out))`: the default of floating point variables (Glorot and Bengio 2010).
    /// TensorFlow: `tf.glorot_uniform_initializer`.
    pub fn glorot_uniform_initializer() Initializer::GLOROT_UNIFORM;
    /// Truncated normal with variance `2 / (fan_in + fan_out)`. TensorFlow: `tf.glorot_normal_initializer`.
    pub fn glorot_normal_initializer()
        variance_scaling_initializer(1.0, FanMode::FanAvg, Distribution::TruncatedNormal);
    /// Truncated normal with variance `2 / fan_in` (He et al. 2015). TensorFlow: `tf.initializers.he_normal`.
    pub fn he_normal_initializer()
        variance_scaling_initializer(2.0, FanMode::FanIn, Distribution::TruncatedNormal);
    /// Uniform with variance `2 / fan_in`. TensorFlow: `tf.initializers.he_uniform`.
    pub fn he_uniform_initializer()
        variance_scaling_initializer(2.0, FanMode::FanIn, Distribution::Uniform);
    /// Truncated normal with variance `1 / fan_in`. TensorFlow: `tf.initializers.lecun_normal`.
    pub fn lecun_normal_initializer()
        variance_scaling_initializer(1.0, FanMode::FanIn, Distribution::TruncatedNormal);
    /// Uniform with variance `1 / fan_in`. TensorFlow: `tf.initializers.lecun_uniform`.
    pub fn lecun_uniform_initializer()
        variance_scaling_initializer(1.0, FanMode::FanIn, Distribution::Uniform);
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

    /// What a variable of this type gets when nothing is said: glorot for floats, zeros for the rest (I15).
    pub const fn default_for(dtype: DType) -> Initializer {
        if dtype.is_float() { Initializer::GLOROT_UNIFORM } else { Initializer::Constant(Literal::Int(0)) }
    }

    /// The same with this op seed; constants have none. Equal seeds give equal values (I16).
    pub const fn seed(self, seed: i64) -> Initializer {
        let seed = Some(seed);
        match self {
            Initializer::RandomUniform { min, max, .. } => Initializer::RandomUniform { min, max, seed },
            Initializer::RandomNormal { mean, stddev, .. } => Initializer::RandomNormal { mean, stddev, seed },
            Initializer::TruncatedNormal { mean, stddev, .. } => Initializer::TruncatedNormal { mean, stddev, seed },
            Initializer::VarianceScaling { scale, mode, distribution, .. } => {
                Initializer::VarianceScaling { scale, mode, distribution, seed }
            }
            same => same,
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
        let Initializer::Constant(constant) = self else {
            let drawn = !matches!(self, Initializer::Tensor);
            let whole_uniform = spec.dtype.is_integer() && matches!(self, Initializer::RandomUniform { .. });
            if drawn && !spec.dtype.is_float() && !whole_uniform {
                return Err(SpecError::new("get_variable", &FLOATS_ONLY));
            }
            return Ok(());
        };
        let zero = matches!(constant, Literal::Int(0));
        let right_type = match constant {
            Literal::Float(_) | Literal::F32s(_) | Literal::F64s(_) => spec.dtype.is_float(),
            Literal::Int(_) | Literal::I32s(_) | Literal::I64s(_) => {
                spec.dtype.is_float() || spec.dtype.is_integer() || zero
            }
            Literal::Bool(_) => matches!(spec.dtype, DType::Bool),
            Literal::Str(_) => matches!(spec.dtype, DType::String),
        };
        if !right_type {
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

    /// Whether both describe one value; two tensors count as the same, since their value is not known here.
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
            (Initializer::Tensor, Initializer::Tensor) => true,
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

/// The least and the greatest value of an integer type, as far as an `i64` has it; nothing for the other types.
const fn integers_of(dtype: DType) -> Option<(i64, i64)> {
    Some(match dtype {
        DType::I8 => (i8::MIN as i64, i8::MAX as i64),
        DType::I16 => (i16::MIN as i64, i16::MAX as i64),
        DType::I32 => (i32::MIN as i64, i32::MAX as i64),
        DType::I64 => (i64::MIN, i64::MAX),
        DType::U8 => (0, u8::MAX as i64),
        DType::U16 => (0, u16::MAX as i64),
        DType::U32 => (0, u32::MAX as i64),
        DType::U64 => (0, i64::MAX),
        DType::F16 | DType::BF16 | DType::F32 | DType::F64 | DType::Bool | DType::String => return None,
    })
}

impl Literal {
    /// The number of listed values; `None` for one value that fills every element.
    pub const fn len(&self) -> Option<usize> {
        match self {
            Literal::F32s(v) => Some(v.len()),
            Literal::F64s(v) => Some(v.len()),
            Literal::I32s(v) => Some(v.len()),
            Literal::I64s(v) => Some(v.len()),
            _ => None,
        }
    }

    /// Whether a list was given that has no values.
    pub const fn is_empty(&self) -> bool {
        matches!(self.len(), Some(0))
    }

    /// The first integer that is outside the range of an integer type, and the end of the range that it is beyond.
    const fn beyond(&self, dtype: DType) -> Option<(i64, i64)> {
        let Some((least, most)) = integers_of(dtype) else { return None };
        let mut i = 0;
        while i < self.values() {
            let integer = match self {
                Literal::Int(n) => *n,
                Literal::I32s(v) => v[i] as i64,
                Literal::I64s(v) => v[i],
                _ => return None,
            };
            if integer < least {
                return Some((integer, least));
            }
            if integer > most {
                return Some((integer, most));
            }
            i += 1;
        }
        None
    }

    /// The number of values that are written out.
    const fn values(&self) -> usize {
        match self.len() {
            Some(count) => count,
            None => 1,
        }
    }

    const fn number(&self, i: usize) -> Option<f64> {
        match self {
            Literal::Float(x) => Some(*x),
            Literal::Int(n) => Some(*n as f64),
            Literal::F32s(v) => Some(v[i] as f64),
            Literal::F64s(v) => Some(v[i]),
            Literal::I32s(v) => Some(v[i] as f64),
            Literal::I64s(v) => Some(v[i] as f64),
            Literal::Bool(_) | Literal::Str(_) => None,
        }
    }

    const fn same(&self, other: &Literal) -> bool {
        match (self, other) {
            (Literal::Bool(a), Literal::Bool(b)) => return *a == *b,
            (Literal::Str(a), Literal::Str(b)) => return crate::text::str_eq(a, b),
            _ => {}
        }
        let count = match (self.len(), other.len()) {
            (None, None) => 1,
            (Some(a), Some(b)) if a == b => a,
            _ => return false,
        };
        let mut i = 0;
        while i < count {
            match (self.number(i), other.number(i)) {
                (Some(a), Some(b)) if a == b => {}
                _ => return false,
            }
            i += 1;
        }
        true
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Initializer {}
    impl Sealed for Option<super::Initializer> {}
    impl<T> Sealed for super::Tensor<T> {}
    impl<T> Sealed for crate::tensor::Variable<T> {}
    impl Sealed for super::NoInitializer {}
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

/// What can initialize a variable of `T`: an [`Initializer`], or a tensor or variable of `T`.
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
