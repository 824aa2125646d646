//! Numbers at equal distances.

use super::{NO_FLOPS, dimensions};
use crate::{
    dtype::{DType, Float, Number},
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::{Rule, SpecError},
    value::Value,
};
use half::{bf16, f16};
use tf_kernels::sequence;

op! {
    /// `start`, `start + delta`, and so on, up to and without `limit`. TensorFlow: `tf.range`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, range};
    /// let graph = Graph::new();
    /// let (up, down) = graph.build(|| (range(0, 10, 3), range(1.0f32, 0.0, -0.25)))?;
    /// let (up, down) = Session::new(&graph)?.run((up, down))?;
    /// assert_eq!((up.as_slice(), down.as_slice()), (Some(&[0, 3, 6, 9][..]), Some(&[1.0, 0.75, 0.5, 0.25][..])));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn range[T: Number](start: T, limit: T, delta: T) -> T;
    "range": Range { start: Plain::of(&start), limit: Plain::of(&limit), delta: Plain::of(&delta) }, ()
}

/// A number with its type as data, which const evaluation can compute with.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Plain {
    Single(f32),
    Double(f64),
    Whole(i64),
}

impl Plain {
    const fn of<T: Number>(number: &T) -> Plain {
        // SAFETY: `DTYPE` says what `T` is.
        unsafe {
            match T::DTYPE {
                DType::F16 => Plain::Single(core::mem::transmute_copy::<T, f16>(number).to_f32_const()),
                DType::BF16 => Plain::Single(core::mem::transmute_copy::<T, bf16>(number).to_f32_const()),
                DType::F32 => Plain::Single(core::mem::transmute_copy(number)),
                DType::F64 => Plain::Double(core::mem::transmute_copy(number)),
                DType::I32 => Plain::Whole(core::mem::transmute_copy::<T, i32>(number) as i64),
                DType::I64 => Plain::Whole(core::mem::transmute_copy(number)),
                _ => panic!("numbers are of the six types above"),
            }
        }
    }
}

macro_rules! plain_numbers {
    ($($t:ty, $x:ident => $single:expr, $double:expr, $whole:expr;)*) => { $(
        impl From<Plain> for $t {
            fn from(plain: Plain) -> $t {
                match plain {
                    Plain::Single($x) => $single,
                    Plain::Double($x) => $double,
                    Plain::Whole($x) => $whole,
                }
            }
        }
    )* };
}
plain_numbers! {
    f16, x => f16::from_f32(x), f16::from_f64(x), f16::from_f64(x as f64);
    bf16, x => bf16::from_f32(x), bf16::from_f64(x), bf16::from_f64(x as f64);
    f32, x => x, x as f32, x as f32;
    f64, x => f64::from(x), x, x as f64;
    i32, x => x as i32, x as i32, x as i32;
    i64, x => x as i64, x as i64, x;
}

/// Numbers from one to another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Range {
    start: Plain,
    limit: Plain,
    delta: Plain,
}

static STEP: Rule = Rule {
    code: "E-RANGE",
    says: "the range has a step of 0",
    left: "",
    right: "",
    help: "give a step that leads from the start to the limit",
};
static AWAY: Rule = Rule {
    code: "E-RANGE",
    says: "the steps of the range lead away from its limit",
    left: "",
    right: "",
    help: "give a negative step to count down, a positive one to count up",
};

/// How many steps there are, by TensorFlow's formula in the type of the numbers.
macro_rules! steps {
    ($start:ident, $limit:ident, $delta:ident, $zero:expr, $count:expr) => {{
        // Asked so that a NaN is refused: neither forward nor backward, or never arriving.
        let (forward, backward) = ($delta > $zero, $delta < $zero);
        let arrives = forward && $start <= $limit || backward && $start >= $limit;
        if !forward && !backward {
            Err(SpecError::new("range", &STEP))
        } else if !arrives {
            Err(SpecError::new("range", &AWAY))
        } else {
            Ok($count)
        }
    }};
}

impl Range {
    pub(super) const fn type_name(&self) -> &'static str {
        "Range"
    }

    const fn steps(&self) -> Result<usize, SpecError> {
        match (self.start, self.limit, self.delta) {
            (Plain::Single(a), Plain::Single(b), Plain::Single(d)) => {
                steps!(a, b, d, 0.0, ((b - a) / d).abs().ceil() as usize)
            }
            (Plain::Double(a), Plain::Double(b), Plain::Double(d)) => {
                steps!(a, b, d, 0.0, ((b - a) / d).abs().ceil() as usize)
            }
            (Plain::Whole(a), Plain::Whole(b), Plain::Whole(d)) => {
                steps!(a, b, d, 0, b.abs_diff(a).div_ceil(d.unsigned_abs()) as usize)
            }
            _ => panic!("the three numbers are of one type"),
        }
    }

    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, SpecError> {
        match self.steps() {
            Ok(steps) => match dimensions::sized("range", &Shape::UNKNOWN, steps) {
                Ok(_) => dimensions::limited("range", &Shape::UNKNOWN, Shape::of(&[steps])),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        kernel!(
            run,
            [
                F16 f16 = sequence::range_f16,
                BF16 bf16 = sequence::range_bf16,
                F32 f32 = sequence::range_f32,
                F64 f64 = sequence::range_f64,
                I32 i32 = sequence::range_i32,
                I64 i64 = sequence::range_i64,
            ],
            kernel => |out, _| kernel(self.start.into(), self.delta.into(), out)
        )
    }
}

op! {
    /// `count` numbers at equal distances from `start` to `stop`, both included; one alone is `start`. TensorFlow: `tf.linspace`.
    pub fn linspace[T: Float](start: f64, stop: f64, count: usize) -> T;
    "LinSpace": LinSpace { start, stop, count }, ()
}

/// Numbers between two.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LinSpace {
    start: f64,
    stop: f64,
    count: usize,
}

impl LinSpace {
    pub(super) const fn type_name(&self) -> &'static str {
        "LinSpace"
    }

    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, SpecError> {
        match dimensions::sized("linspace", &Shape::UNKNOWN, self.count) {
            Ok(count) => Ok(Shape::of_dims(&[count])),
            Err(error) => Err(error),
        }
    }

    pub(crate) const fn flops(&self, _: &[Shape], _: &Shape) -> u64 {
        NO_FLOPS
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        kernel!(
            run,
            [F32 f32 = sequence::linspace_f32, F64 f64 = sequence::linspace_f64],
            kernel => |out, _| kernel(self.start as _, self.stop as _, out)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps<T: Number>(start: T, limit: T, delta: T) -> Result<usize, &'static str> {
        let range = Range { start: Plain::of(&start), limit: Plain::of(&limit), delta: Plain::of(&delta) };
        range.steps().map_err(|e| e.rule.code)
    }

    #[test]
    fn the_limit_is_not_reached() {
        assert_eq!((steps(0, 10, 3), steps(0, 9, 3), steps(5, 0, -2), steps(4i64, 4, 1)), (Ok(4), Ok(3), Ok(3), Ok(0)));
        assert_eq!((steps(0.0f32, 1.0, 0.1), steps(0.0, 1.0, 0.25)), (Ok(10), Ok(4)));
        assert_eq!(steps(f16::ZERO, f16::from_f32(2.0), f16::ONE), Ok(2));
        assert_eq!(steps(i64::MIN, i64::MAX, i64::MAX), Ok(3));
    }

    #[test]
    fn steps_that_lead_nowhere_are_refused() {
        assert_eq!((steps(0, 1, 0), steps(0, 1, -1), steps(1, 0, 1)), (Err("E-RANGE"), Err("E-RANGE"), Err("E-RANGE")));
        assert_eq!((steps(0.0, 1.0, f64::NAN), steps(f32::NAN, 1.0, 1.0)), (Err("E-RANGE"), Err("E-RANGE")));
        let endless =
            Range { start: Plain::Single(0.0), limit: Plain::Single(f32::INFINITY), delta: Plain::Single(1.0) };
        assert_eq!(endless.rule(&[]).map_err(|e| e.rule.code), Err("E-SIZE-LIMIT"));
    }
}
