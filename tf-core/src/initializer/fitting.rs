//! Which variables can start from which initializers: one rule for both worlds.

use super::{Initializer, InitializerOption};
use crate::{
    dtype::DType,
    literal::{Literal, integers_of},
    partitioning::Partition,
    shape::Shape,
    spec::{Rule, Spec, SpecError},
};

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
static DRAWS_NOTHING: Rule = Rule {
    code: "E-INITIALIZER-OPTION",
    says: "the initializer draws nothing, and is given a seed",
    left: "",
    right: "",
    help: "leave `.seed(..)` out, or use one that draws, such as `random_normal_initializer()`",
};
static NO_MEAN: Rule = Rule {
    code: "E-INITIALIZER-OPTION",
    says: "the initializer has no mean to be set",
    left: "",
    right: "",
    help: "leave `.mean(..)` out, or use `random_normal_initializer()` or `truncated_normal_initializer()`",
};
static NO_STDDEV: Rule = Rule {
    code: "E-INITIALIZER-OPTION",
    says: "the initializer has no standard deviation to be set",
    left: "",
    right: "",
    help: "leave `.stddev(..)` out, or use `random_normal_initializer()` or `truncated_normal_initializer()`",
};
static DEVIATION: Rule = Rule {
    code: "E-INITIALIZER-SCALE",
    says: "the standard deviation of the initializer is below zero, or it or the mean is no finite number",
    left: "",
    right: "",
    help: "give a standard deviation of 0.0 or more, such as 0.1",
};
static GAIN: Rule = Rule {
    code: "E-INITIALIZER-SCALE",
    says: "the gain of the initializer is no finite number",
    left: "",
    right: "",
    help: "give a number, such as 1.0",
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
static ENDS: Rule = Rule {
    code: "E-RANDOM-RANGE",
    says: "the initializer draws from a range whose upper end is below the lower one, or that has an end which is no finite number",
    left: "",
    right: "",
    help: "give the lower end first, as in `random_uniform_initializer(-0.5, 0.5)`",
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
    /// Whether a variable of this spec can start from this initializer.
    pub const fn fits(&self, spec: &Spec) -> Result<(), SpecError> {
        match self {
            Initializer::Constant(constant) => constant_fits(constant, spec),
            Initializer::Tensor | Initializer::Function => Ok(()),
            Initializer::RandomUniform { min, max, .. } if spec.dtype.is_integer() => {
                range_fits(*min, *max, spec.dtype)
            }
            Initializer::Without(option) => {
                let rule = match option {
                    InitializerOption::Seed => &DRAWS_NOTHING,
                    InitializerOption::Mean => &NO_MEAN,
                    InitializerOption::Stddev => &NO_STDDEV,
                };
                Err(SpecError::new("get_variable", rule))
            }
            _ if !spec.dtype.is_float() => Err(SpecError::new("get_variable", &FLOATS_ONLY)),
            Initializer::RandomUniform { min, max, .. } => {
                holds(*min <= *max && min.is_finite() && max.is_finite(), &ENDS)
            }
            Initializer::RandomNormal { mean, stddev, .. } | Initializer::TruncatedNormal { mean, stddev, .. } => {
                holds(*stddev >= 0.0 && stddev.is_finite() && mean.is_finite(), &DEVIATION)
            }
            Initializer::VarianceScaling { scale, .. } => holds(*scale > 0.0 && scale.is_finite(), &SCALE),
            Initializer::Orthogonal { gain, .. }
            | Initializer::Identity { gain }
            | Initializer::DeltaOrthogonal { gain, .. }
                if !gain.is_finite() =>
            {
                Err(SpecError::new("get_variable", &GAIN))
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
}

const fn holds(demand: bool, rule: &'static Rule) -> Result<(), SpecError> {
    if demand { Ok(()) } else { Err(SpecError::new("get_variable", rule)) }
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
