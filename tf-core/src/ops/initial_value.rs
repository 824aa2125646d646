//! The op that computes a variable's first value from its initializer (I1-I10).

use super::{Constant, Draw, Op, Orthogonal, Random};
use crate::{
    dims::Dims,
    dtype::DType,
    engine::cast,
    initializer::{Distribution, FanMode, Initializer},
    literal::Literal,
    partitioning::PartOf,
    shape::Shape,
    spec::Spec,
    value::Value,
};
use tf_kernels::cast::Numbers;

/// The op, and what TensorFlow calls it below `v/Initializer/`; of a part it is scaled for the whole, and so is what is listed (I12, I17).
/// `seeds` draws the seeds of a random op.
pub(crate) fn op(
    initializer: &Initializer,
    spec: &Spec,
    part: Option<&PartOf>,
    seeds: impl FnOnce(Option<i64>) -> (u64, u64),
) -> (&'static str, Op) {
    let whole = part.map_or(*spec, |part| part.spec(*spec));
    let of_whole = |value: Value| part.map_or(value.clone(), |part| part.of(&value));
    let seeds = initializer.op_seed().map_or((0, 0), seeds);
    let random = |label, draw| (label, Op::from(Random { draw, shape: Ok(Some(spec.shape)), seeds }));
    match *initializer {
        Initializer::Constant(literal) => {
            let label = match literal {
                Literal::Int(0) => "zeros",
                Literal::Int(1) => "ones",
                _ => "Const",
            };
            let value = match literal.len() {
                Some(_) => of_whole(constant(&literal, &whole)),
                None => constant(&literal, spec),
            };
            (label, Constant { value }.into())
        }
        Initializer::RandomUniform { min, max, .. } if spec.dtype.is_integer() => {
            random("random_uniform", Draw::UniformInt { low: min as i64, high: max as i64 })
        }
        Initializer::RandomUniform { min, max, .. } => random("random_uniform", Draw::Uniform { low: min, high: max }),
        Initializer::RandomNormal { mean, stddev, .. } => random("random_normal", Draw::Normal { mean, stddev }),
        Initializer::TruncatedNormal { mean, stddev, .. } => {
            random("truncated_normal", Draw::TruncatedNormal { mean, stddev })
        }
        Initializer::VarianceScaling { scale, mode, distribution, .. } => {
            let (fan_in, fan_out) = fans(&whole.shape);
            let fan = match mode {
                FanMode::FanIn => fan_in,
                FanMode::FanOut => fan_out,
                FanMode::FanAvg => (fan_in + fan_out) / 2.0,
            };
            let variance = scale / fan.max(1.0);
            match distribution {
                Distribution::TruncatedNormal => {
                    // The deviation of a normal distribution truncated at two of its deviations.
                    let stddev = variance.sqrt() / 0.879_625_661_034_239_8;
                    random("truncated_normal", Draw::TruncatedNormal { mean: 0.0, stddev })
                }
                Distribution::UntruncatedNormal => {
                    random("random_normal", Draw::Normal { mean: 0.0, stddev: variance.sqrt() })
                }
                Distribution::Uniform => {
                    let limit = (3.0 * variance).sqrt();
                    random("random_uniform", Draw::Uniform { low: -limit, high: limit })
                }
            }
        }
        Initializer::Orthogonal { gain, .. } => {
            ("orthogonal", Orthogonal { shape: spec.shape, gain, delta: false, seeds }.into())
        }
        Initializer::DeltaOrthogonal { gain, .. } => {
            ("delta_orthogonal", Orthogonal { shape: spec.shape, gain, delta: true, seeds }.into())
        }
        Initializer::Identity { gain } => ("eye", Constant { value: of_whole(diagonal(gain, &whole)) }.into()),
        Initializer::Tensor | Initializer::Function => unreachable!("they are made without a description"),
        Initializer::Without(_) => unreachable!("the register refuses what fits no variable"),
    }
}

/// Inputs and outputs of a variable, as TensorFlow counts them from its shape.
fn fans(shape: &Shape) -> (f64, f64) {
    match *shape.dims() {
        [] => (1.0, 1.0),
        [n] => (f64::from(n), f64::from(n)),
        [ref field @ .., inputs, outputs] => {
            let field: f64 = field.iter().map(|&d| f64::from(d)).product();
            (f64::from(inputs) * field, f64::from(outputs) * field)
        }
    }
}

/// A matrix with `gain` along its diagonal.
fn diagonal(gain: f64, spec: &Spec) -> Value {
    let shape = spec.shape.to_vec().expect("the register refuses variables of unknown shape");
    let [rows, columns] = shape[..] else { unreachable!("the register refuses what is no matrix") };
    let mut elements = vec![0.0; rows * columns];
    for i in 0..rows.min(columns) {
        elements[i * columns + i] = gain;
    }
    cast::cast(&Value::new(shape, elements), spec.dtype)
}

fn constant(literal: &Literal, spec: &Spec) -> Value {
    let shape = Dims::of(&spec.shape).expect("the register refuses variables of unknown shape");
    let count = shape.iter().product();
    let repeated = |number: Numbers<'_>| cast::repeated(number, shape.clone(), spec.dtype);
    let floats = |values: Vec<f64>| cast::cast(&Value::new(shape.clone(), values), spec.dtype);
    let integers = |values: Vec<i64>| cast::cast(&Value::new(shape.clone(), values), spec.dtype);
    match (spec.dtype, literal) {
        (DType::String, Literal::Str(text)) => Value::new(shape.clone(), vec![(*text).to_owned(); count]),
        (DType::String, Literal::Strs(texts)) => {
            Value::new(shape.clone(), texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
        }
        (DType::String, _) => Value::new(shape.clone(), vec![String::default(); count]),
        (_, Literal::Float(x)) => repeated(Numbers::F64(&[*x])),
        (_, Literal::Int(n)) => repeated(Numbers::I64(&[*n])),
        (_, Literal::Bool(b)) => Value::new(shape, vec![*b; count]),
        (_, Literal::F32s(values)) => floats(values.iter().map(|&x| f64::from(x)).collect()),
        (_, Literal::F64s(values)) => floats(values.to_vec()),
        (_, Literal::U8s(values)) => integers(values.iter().map(|&n| i64::from(n)).collect()),
        (_, Literal::Bools(values)) => Value::new(shape.clone(), values.to_vec()),
        (_, Literal::I32s(values)) => integers(values.iter().map(|&n| i64::from(n)).collect()),
        (_, Literal::I64s(values)) => integers(values.to_vec()),
        (dtype, Literal::Str(_) | Literal::Strs(_)) => unreachable!("the register refuses a text for {dtype}"),
    }
}
