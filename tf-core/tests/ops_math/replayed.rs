//! The ops of the fixtures, built again.

use crate::fixtures::{Case, EXACT, Inputs};
use half::{bf16, f16};
use tf_core::{ALL, Float, Tensor, cast, nn};

/// How far apart two good implementations of an elementary function may be.
const CLOSE: f64 = 4.0;

/// Builds the op of the case and compares its values, its gradients, and the gradients of those.
pub fn check(case: &Case) {
    macro_rules! by_type {
        ($ulps:expr, [$($name:literal = $t:ident),*], $inputs:ident => $body:expr) => {
            match case.dtype(0) {
                $($name => case.check::<$t>($ulps, |$inputs| {
                    #[allow(dead_code)]
                    type T = $t;
                    vec![$body]
                }),)*
                other => panic!("{case}: no {other} here"),
            }
        };
    }
    macro_rules! unary {
        ($f:path, $ulps:expr) => {
            by_type!($ulps, ["f32" = f32, "f64" = f64], i => $f(i.tensor::<T>(0)))
        };
    }
    macro_rules! unary_number {
        ($f:path) => {
            by_type!(EXACT, ["f32" = f32, "f64" = f64, "i32" = i32], i => $f(i.tensor::<T>(0)))
        };
    }
    macro_rules! float_test {
        ($f:path) => {
            case.check::<bool>(EXACT, |i| match case.dtype(0) {
                "f64" => vec![$f(i.tensor::<f64>(0))],
                _ => vec![$f(i.tensor::<f32>(0))],
            })
        };
    }
    macro_rules! binary {
        ($f:path, $ulps:expr) => {
            by_type!($ulps, ["f32" = f32, "f64" = f64, "i32" = i32], i => $f(i.tensor::<T>(0), i.tensor::<T>(1)))
        };
    }
    macro_rules! comparison {
        ($f:path) => {
            case.check::<bool>(EXACT, |i| match case.dtype(0) {
                "i32" => vec![$f(i.tensor::<i32>(0), i.tensor::<i32>(1))],
                "bool" => vec![$f(i.tensor::<bool>(0), i.tensor::<bool>(1))],
                _ => vec![$f(i.tensor::<f32>(0), i.tensor::<f32>(1))],
            })
        };
    }
    macro_rules! logical {
        ($f:path) => {
            case.check::<bool>(EXACT, |i| vec![$f(i.tensor::<bool>(0), i.tensor::<bool>(1))])
        };
    }
    macro_rules! reduction {
        ($f:path, $keep:path) => {
            by_type!(sums_to(case), ["f32" = f32, "i32" = i32, "bool" = bool], i => reduction!(@ $f, $keep, i.tensor::<T>(0)))
        };
        ($f:path, $keep:path, numbers) => {
            by_type!(sums_to(case), ["f32" = f32, "f64" = f64, "i32" = i32], i => reduction!(@ $f, $keep, i.tensor::<T>(0)))
        };
        ($f:path, $keep:path, bools) => {
            by_type!(EXACT, ["bool" = bool], i => reduction!(@ $f, $keep, i.tensor::<T>(0)))
        };
        (@ $f:path, $keep:path, $x:expr) => {{
            let axes: Option<Vec<i32>> = case.integers("axis").map(|axes| axes.iter().map(|&axis| axis as i32).collect());
            match (axes, case.flag("keepdims")) {
                (None, false) => $f($x, ALL),
                (None, true) => $keep($x, ALL),
                (Some(axes), false) => $f($x, axes.as_slice()),
                (Some(axes), true) => $keep($x, axes.as_slice()),
            }
        }};
    }
    match case.op.as_str() {
        "add" => binary!(tf_core::add, EXACT),
        "sub" => binary!(tf_core::subtract, EXACT),
        "mul" => binary!(tf_core::multiply, EXACT),
        "div" => binary!(tf_core::divide, CLOSE),
        "truncatediv" => binary!(tf_core::divide, EXACT),
        "floordiv" => binary!(tf_core::floordiv, EXACT),
        "floormod" => binary!(tf_core::floormod, CLOSE),
        "maximum" => binary!(tf_core::maximum, EXACT),
        "minimum" => binary!(tf_core::minimum, EXACT),
        "pow" => binary!(tf_core::pow, CLOSE),
        "atan2" => by_type!(CLOSE, ["f32" = f32, "f64" = f64], i => tf_core::atan2(i.tensor::<T>(0), i.tensor::<T>(1))),
        "add_n" => by_type!(EXACT, ["f32" = f32],
            i => tf_core::add_n([i.tensor::<T>(0), i.tensor::<T>(1), i.tensor::<T>(2)])),
        "squared_difference" => binary!(tf_core::squared_difference, EXACT),
        "neg" => unary_number!(tf_core::negative),
        "abs" => unary_number!(tf_core::abs),
        "sign" => unary_number!(tf_core::sign),
        "square" => unary_number!(tf_core::square),
        "relu" => unary_number!(nn::relu),
        "sqrt" => unary!(tf_core::sqrt, EXACT),
        "rsqrt" => unary!(tf_core::rsqrt, CLOSE),
        "reciprocal" => unary!(tf_core::reciprocal, CLOSE),
        "exp" => unary!(tf_core::exp, CLOSE),
        "expm1" => unary!(tf_core::expm1, CLOSE),
        "log" => unary!(tf_core::log, CLOSE),
        "log1p" => unary!(tf_core::log1p, CLOSE),
        "sin" => unary!(tf_core::sin, CLOSE),
        "cos" => unary!(tf_core::cos, CLOSE),
        "tan" => unary!(tf_core::tan, CLOSE),
        "asin" => unary!(tf_core::asin, CLOSE),
        "acos" => unary!(tf_core::acos, CLOSE),
        "atan" => unary!(tf_core::atan, CLOSE),
        "sinh" => unary!(tf_core::sinh, CLOSE),
        "cosh" => unary!(tf_core::cosh, CLOSE),
        "tanh" => unary!(tf_core::tanh, CLOSE),
        "sigmoid" => unary!(tf_core::sigmoid, CLOSE),
        "softplus" => unary!(nn::softplus, CLOSE),
        "erf" => unary!(tf_core::erf, CLOSE),
        "floor" => unary!(tf_core::floor, EXACT),
        "ceil" => unary!(tf_core::ceil, EXACT),
        "round" => unary!(tf_core::round, EXACT),
        "softsign" => unary!(nn::softsign, CLOSE),
        "relu6" => unary!(nn::relu6, EXACT),
        "elu" => unary!(nn::elu, CLOSE),
        "selu" => unary!(nn::selu, CLOSE),
        "leaky_relu" => {
            let alpha = case.attrs["alpha"].as_f64().expect("a number");
            by_type!(CLOSE, ["f32" = f32], i => nn::leaky_relu(i.tensor::<T>(0), alpha));
        }
        "is_nan" => float_test!(tf_core::is_nan),
        "is_inf" => float_test!(tf_core::is_inf),
        "is_finite" => float_test!(tf_core::is_finite),
        "equal" => comparison!(tf_core::equal),
        "not_equal" => comparison!(tf_core::not_equal),
        "less" => comparison!(tf_core::less),
        "less_equal" => comparison!(tf_core::less_equal),
        "greater" => comparison!(tf_core::greater),
        "greater_equal" => comparison!(tf_core::greater_equal),
        "logical_and" => logical!(tf_core::logical_and),
        "logical_or" => logical!(tf_core::logical_or),
        "logical_xor" => logical!(tf_core::logical_xor),
        "logical_not" => case.check::<bool>(EXACT, |i| vec![!i.tensor::<bool>(0)]),
        "cast" => check_cast(case),
        "select" => check_select(case),
        "matmul" => {
            let (a, b) = (case.flag("transpose_a"), case.flag("transpose_b"));
            by_type!(sums_to(case), ["f32" = f32, "f64" = f64, "i32" = i32],
                i => tf_core::matmul_transposed(i.tensor::<T>(0), i.tensor::<T>(1), a, b));
        }
        "bias_add" => by_type!(EXACT, ["f32" = f32], i => nn::bias_add(i.tensor::<T>(0), i.tensor::<T>(1))),
        "softmax" => {
            by_type!(CLOSE, ["f32" = f32, "f64" = f64], i => over_axis(case, i, i.tensor::<T>(0), nn::softmax))
        }
        "log_softmax" => {
            by_type!(CLOSE, ["f32" = f32, "f64" = f64], i => over_axis(case, i, i.tensor::<T>(0), nn::log_softmax))
        }
        "conv2d" => {
            let (strides, dilations, padding) = (inner(case, "strides"), inner(case, "dilations"), padding(case));
            by_type!(sums_to(case), ["f32" = f32, "f64" = f64],
                i => nn::conv2d_dilated(i.tensor::<T>(0), i.tensor::<T>(1), strides, padding, dilations));
        }
        "depthwise_conv2d" => {
            let (strides, dilations, padding) = (inner(case, "strides"), inner(case, "dilations"), padding(case));
            by_type!(sums_to(case), ["f32" = f32],
                i => nn::depthwise_conv2d_dilated(i.tensor::<T>(0), i.tensor::<T>(1), strides, padding, dilations));
        }
        "conv2d_transpose" => {
            let (strides, padding) = (inner(case, "strides"), padding(case));
            by_type!(sums_to(case), ["f32" = f32, "f64" = f64],
                i => nn::conv2d_transpose(i.tensor::<T>(0), i.tensor::<T>(1), strides, padding));
        }
        "max_pool" => {
            let (window, strides, padding) = (inner(case, "ksize"), inner(case, "strides"), padding(case));
            by_type!(EXACT, ["f32" = f32], i => nn::max_pool(i.tensor::<T>(0), window, strides, padding));
        }
        "avg_pool" => {
            let (window, strides, padding) = (inner(case, "ksize"), inner(case, "strides"), padding(case));
            by_type!(CLOSE, ["f32" = f32], i => nn::avg_pool(i.tensor::<T>(0), window, strides, padding));
        }
        "reduce_sum" => reduction!(tf_core::reduce_sum, tf_core::reduce_sum_keep, numbers),
        "reduce_mean" => reduction!(tf_core::reduce_mean, tf_core::reduce_mean_keep, numbers),
        "reduce_prod" => reduction!(tf_core::reduce_prod, tf_core::reduce_prod_keep, numbers),
        "reduce_max" => reduction!(tf_core::reduce_max, tf_core::reduce_max_keep, numbers),
        "reduce_min" => reduction!(tf_core::reduce_min, tf_core::reduce_min_keep, numbers),
        "reduce_any" => reduction!(tf_core::reduce_any, tf_core::reduce_any_keep, bools),
        "reduce_all" => reduction!(tf_core::reduce_all, tf_core::reduce_all_keep, bools),
        "l2_loss" => unary!(nn::l2_loss, CLOSE),
        "l2_normalize" => {
            by_type!(CLOSE, ["f32" = f32, "f64" = f64], i => nn::l2_normalize(i.tensor::<T>(0), axes(case).as_slice()))
        }
        "reduce_logsumexp" => {
            by_type!(CLOSE, ["f32" = f32, "f64" = f64], i => tf_core::reduce_logsumexp(i.tensor::<T>(0), axes(case).as_slice()))
        }
        "moments" => case.check::<f32>(64.0, |i| {
            let (mean, variance) = nn::moments(i.tensor::<f32>(0), axes(case).as_slice());
            vec![mean, variance]
        }),
        "argmax" => case.check::<i64>(EXACT, |i| {
            vec![match case.dtype(0) {
                "i32" => tf_core::argmax(i.tensor::<i32>(0), case.integer("axis") as i32),
                _ => tf_core::argmax(i.tensor::<f32>(0), case.integer("axis") as i32),
            }]
        }),
        "argmin" => case.check::<i64>(EXACT, |i| {
            vec![match case.dtype(0) {
                "i32" => tf_core::argmin(i.tensor::<i32>(0), case.integer("axis") as i32),
                _ => tf_core::argmin(i.tensor::<f32>(0), case.integer("axis") as i32),
            }]
        }),
        other => panic!("the fixtures have an op `{other}` that neither this test nor `MOVING` knows"),
    }
}

/// Sums are exact in the fixtures except where a case says otherwise; those differ by what cancels.
fn sums_to(case: &Case) -> f64 {
    if case.case.contains("inexact") || case.case.contains("f64") || case.op == "reduce_mean" { 64.0 } else { EXACT }
}

fn axes(case: &Case) -> Vec<i32> {
    case.integers("axis").expect("axes").into_iter().map(|axis| axis as i32).collect()
}

/// The inner two of four numbers.
fn inner(case: &Case, key: &str) -> [usize; 2] {
    let all = case.integers(key).expect("four numbers");
    [all[1] as usize, all[2] as usize]
}

fn padding(case: &Case) -> nn::Padding {
    match case.text("padding") {
        "SAME" => nn::Padding::Same,
        "VALID" => nn::Padding::Valid,
        "EXPLICIT" => {
            let pad = |axis: usize, side: usize| {
                case.attrs["explicit_paddings"][axis][side].as_u64().expect("cells") as usize
            };
            nn::Padding::Explicit([[pad(1, 0), pad(1, 1)], [pad(2, 0), pad(2, 1)]])
        }
        other => panic!("{case}: padding {other}"),
    }
}

/// Softmax goes over the last axis; another is transposed there and back.
fn over_axis<T: Float>(case: &Case, _: &Inputs<'_>, x: Tensor<T>, f: fn(Tensor<T>) -> Tensor<T>) -> Tensor<T> {
    match (case.inputs[0].shape.len(), case.integer("axis")) {
        (_, -1) => f(x),
        (2, 0) => tf_core::transpose(f(tf_core::transpose(x, [1, 0])), [1, 0]),
        (3, 1) => tf_core::transpose(f(tf_core::transpose(x, [0, 2, 1])), [0, 2, 1]),
        other => panic!("{case}: rank and axis {other:?}"),
    }
}

fn check_cast(case: &Case) {
    let to: Vec<&str> =
        case.attrs["to"].as_array().expect("dtypes").iter().map(|t| t.as_str().expect("a dtype")).collect();
    macro_rules! pairs {
        ($($from:ident $to:ident;)*) => {
            match (case.dtype(0), to.as_slice()) {
                $((stringify!($from), [stringify!($to)]) => {
                    case.check::<$to>(EXACT, |i| vec![cast::<$to, $from>(i.tensor::<$from>(0))])
                })*
                ("f32", ["f16", "f32"]) => {
                    case.check::<f32>(EXACT, |i| vec![cast(cast::<f16, f32>(i.tensor::<f32>(0)))])
                }
                ("f32", ["bf16", "f32"]) => {
                    case.check::<f32>(EXACT, |i| vec![cast(cast::<bf16, f32>(i.tensor::<f32>(0)))])
                }
                other => panic!("{case}: {other:?}"),
            }
        };
    }
    pairs! {
        f32 i32; f32 i64; f32 u8; f32 bool; f32 f64; f64 f32; i32 f32; i32 bool; i32 u8; i32 i64; bool f32; bool i32; u8 f32; i64 i32;
    }
}

fn check_select(case: &Case) {
    // TensorFlow's first version lets a vector choose rows, which here is written as a column.
    let rows = case.integer("version") == 1 && case.inputs[0].shape.len() < case.inputs[1].shape.len();
    case.check::<f32>(EXACT, |i| {
        let condition = i.tensor::<bool>(0);
        let condition = if rows { tf_core::expand_dims(condition, -1) } else { condition };
        vec![tf_core::select(condition, i.tensor::<f32>(1), i.tensor::<f32>(2))]
    });
}
