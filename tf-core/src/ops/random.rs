//! Random ops: Philox streams as TensorFlow's, so that equal seeds give equal values.

use super::{dimensions, times};
use crate::{
    check::Cx,
    dtype::{DType, Float, Index},
    engine::run::Run,
    error::{Error, Result, Status},
    graph::{node::apply, with_current},
    shape::Shape,
    spec::{Rule, SpecError},
    tensor::{ShapeArgument, Tensor, shape_argument},
    value::Value,
};
use tf_kernels::random::{self, RandomStream};

/// What a random op draws from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Draw {
    /// Real numbers in `[low, high)`.
    Uniform {
        /// Lower end, included.
        low: f64,
        /// Upper end, excluded.
        high: f64,
    },
    /// Whole numbers in `[low, high)`.
    UniformInt {
        /// Lower end, included.
        low: i64,
        /// Upper end, excluded.
        high: i64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        stddev: f64,
    },
    /// Normal, drawn again outside two standard deviations.
    TruncatedNormal {
        /// Mean.
        mean: f64,
        /// Standard deviation before truncation.
        stddev: f64,
    },
}

/// Draws values of a fixed shape; each run of the op goes on in its stream.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    pub(crate) draw: Draw,
    pub(crate) shape: Result<Option<Shape>, SpecError>,
    /// Graph seed and op seed, as TensorFlow combines them.
    pub(crate) seeds: (u64, u64),
}

static EMPTY: Rule = Rule {
    code: "E-RANDOM-RANGE",
    says: "the range {x}..{y} is empty",
    left: "",
    right: "",
    help: "give a `high` above `low`; it is not drawn itself",
};

impl Draw {
    const fn function(&self) -> &'static str {
        match self {
            Draw::Uniform { .. } => "random_uniform",
            Draw::UniformInt { .. } => "random_uniform_int",
            Draw::Normal { .. } => "random_normal",
            Draw::TruncatedNormal { .. } => "truncated_normal",
        }
    }
}

impl Random {
    pub(super) const fn type_name(&self) -> &'static str {
        match self.draw {
            Draw::Uniform { .. } => "RandomUniform",
            Draw::UniformInt { .. } => "RandomUniformInt",
            Draw::Normal { .. } => "RandomStandardNormal",
            Draw::TruncatedNormal { .. } => "TruncatedNormal",
        }
    }

    pub(crate) const fn rule(&self, _: &[Shape]) -> Result<Shape, SpecError> {
        if let Draw::UniformInt { low, high } = self.draw
            && low >= high
        {
            return Err(SpecError::new("random_uniform_int", &EMPTY).numbers(low, high));
        }
        dimensions::given_whole(self.draw.function(), &self.shape)
    }

    const fn flops(&self, output: &Shape) -> u64 {
        times(1, output)
    }

    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        // An initializer's op comes here without its rule having been asked.
        self.rule(&[]).map_err(|error| Error::from_spec(&error, &[]))?;
        let count: usize = run.shape().iter().product();
        let block = run.advance(random::blocks_per_execution(count));
        let stream = RandomStream { seed: self.seeds.0, seed2: self.seeds.1, block };
        let single = run.spec(0).dtype == DType::F32;
        macro_rules! float {
            ($f32:path, $f64:path, $finish:expr) => {
                if single {
                    run.make::<f32, _>(|out, _| {
                        $f32(stream, out);
                        let (scale, offset) = $finish;
                        scale_by(out, scale as f32, offset as f32);
                    })
                } else {
                    run.make::<f64, _>(|out, _| {
                        $f64(stream, out);
                        let (scale, offset) = $finish;
                        scale_by(out, scale, offset);
                    })
                }
            };
        }
        match self.draw {
            Draw::Uniform { low, high } if single => run.make::<f32, _>(|out, _| {
                random::uniform_f32(stream, out);
                // TensorFlow subtracts in the type of the tensor.
                scale_by(out, high as f32 - low as f32, low as f32);
            }),
            Draw::Uniform { low, high } => float!(random::uniform_f32, random::uniform_f64, (high - low, low)),
            Draw::Normal { mean, stddev } => float!(random::normal_f32, random::normal_f64, (stddev, mean)),
            Draw::TruncatedNormal { mean, stddev } => {
                float!(random::truncated_normal_f32, random::truncated_normal_f64, (stddev, mean))
            }
            Draw::UniformInt { low, high } if run.spec(0).dtype == DType::I32 => {
                let (Ok(low), Ok(high)) = (i32::try_from(low), i32::try_from(high)) else {
                    return Err(Error::new(
                        Status::OutOfRange,
                        "E-RANDOM-RANGE",
                        format!(
                            "{low}..{high} goes beyond i32\n  help: draw i64: `random_uniform_int::<i64, _>(..)`, or numbers of a smaller range"
                        ),
                    ));
                };
                run.make::<i32, _>(|out, _| random::uniform_i32(stream, low, high, out))
            }
            Draw::UniformInt { low, high } => run.make::<i64, _>(|out, _| random::uniform_i64(stream, low, high, out)),
        }
    }
}

/// `x * scale + offset`, in two roundings as TensorFlow's separate ops do it.
fn scale_by<F: Copy + std::ops::Mul<Output = F> + std::ops::Add<Output = F>>(out: &mut [F], scale: F, offset: F) {
    for x in out {
        *x = *x * scale + offset;
    }
}

macro_rules! random_functions {
    ($($(#[$m:meta])* $name:ident $seeded:ident $link:literal [$bound:ident]($($a:ident: $t:ty),*) $label:literal = $draw:expr;)*) => { $(
        random_functions!(@ $(#[$m])* $name[$bound]($($a: $t),*) $label, None => $draw);
        random_functions!(@
            #[doc = concat!($link, " with a seed of its own: calls with equal seeds draw equal numbers, whatever else the graph has.")]
            ///
            /// TensorFlow: the argument `seed`.
            $seeded[$bound]($($a: $t,)* seed: i64) $label, Some(seed) => $draw
        );
    )* };
    (@ $(#[$m:meta])* $name:ident[$bound:ident]($($a:ident: $t:ty),*) $label:literal, $seed:expr => $draw:expr) => {
        $(#[$m])*
        #[track_caller]
        pub fn $name<T: $bound, S: ShapeArgument>(shape: S, $($a: $t),*) -> Tensor<T> {
            draw($label, $draw, shape, $seed)
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<T: $bound, S: ShapeArgument>(self, shape: S, $($a: $t),*) -> Tensor<T> {
                let _: Option<i64> = $seed;
                let op = Random { draw: $draw, shape: shape_argument(shape), seeds: (0, 0) };
                let shape = self.cx.settle(&[], op.rule(&[]));
                self.cx.count(op.flops(&shape));
                Tensor::at_build_time(shape)
            }
        }
    };
}

random_functions! {
    /// Real numbers drawn evenly from `[low, high)`. TensorFlow: `tf.random_uniform`.
    random_uniform random_uniform_seeded "[`random_uniform`](fn@random_uniform)" [Float](low: f64, high: f64) "random_uniform" = Draw::Uniform { low, high };
    /// Whole numbers drawn evenly from `[low, high)`. TensorFlow: `tf.random_uniform` of an integer type.
    random_uniform_int random_uniform_int_seeded "[`random_uniform_int`](fn@random_uniform_int)" [Index](low: i64, high: i64) "random_uniform" = Draw::UniformInt { low, high };
    /// Numbers drawn from a normal distribution. TensorFlow: `tf.random_normal`.
    random_normal random_normal_seeded "[`random_normal`](fn@random_normal)" [Float](mean: f64, stddev: f64) "random_normal" = Draw::Normal { mean, stddev };
    /// Numbers drawn from a normal distribution, again if more than two standard deviations off. TensorFlow: `tf.truncated_normal`.
    truncated_normal truncated_normal_seeded "[`truncated_normal`](fn@truncated_normal)" [Float](mean: f64, stddev: f64) "truncated_normal" = Draw::TruncatedNormal { mean, stddev };
}

#[track_caller]
fn draw<T: crate::dtype::Element, S: ShapeArgument>(label: &str, draw: Draw, shape: S, seed: Option<i64>) -> Tensor<T> {
    let seeds = match with_current(label, |state| state.seeds(seed)) {
        Ok(seeds) => seeds,
        Err(orphan) => return orphan.tensor(),
    };
    let op = Random { draw, shape: shape_argument(shape), seeds };
    apply(label, op.into(), &[], |shapes| op.rule(shapes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, shape::ANY};

    /// The pairs that three random ops in succession get, as recorded from TensorFlow.
    #[test]
    fn seeds_combine_as_tensorflows_do() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/parity/random.json");
        let text = std::fs::read_to_string(path).expect("the fixtures lie beside the crates");
        let recorded: serde_json::Value = serde_json::from_str(&text).expect("the fixtures are JSON");
        let cases = recorded["get_seed"].as_array().expect("a list");
        assert!(cases.len() >= 14);
        for case in cases {
            let graph = Graph::new();
            if let Some(seed) = case["graph_seed"].as_i64() {
                graph.set_random_seed(seed);
            }
            for (index, want) in case["answers"].as_array().expect("pairs").iter().enumerate() {
                let got = graph.state().seeds(case["op_seed"].as_i64());
                match (want[0].as_u64(), want[1].as_u64()) {
                    (Some(seed), Some(seed2)) => assert_eq!(got, (seed, seed2), "{case}, op {index}"),
                    _ => assert_ne!(got, graph.state().seeds(None), "without any seed values differ"),
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let of = |draw, shape: &[usize]| {
            Random { draw, shape: Ok(Some(Shape::of(shape))), seeds: (0, 0) }.rule(&[]).map_err(|e| e.rule.code)
        };
        assert_eq!(of(Draw::UniformInt { low: 2, high: 2 }, &[1]), Err("E-RANDOM-RANGE"));
        assert_eq!(of(Draw::Normal { mean: 0.0, stddev: 1.0 }, &[ANY]), Err("E-SHAPE-OPEN"));
        assert_eq!(of(Draw::Uniform { low: 0.0, high: 1.0 }, &[]), Ok(Shape::SCALAR));
    }
}
