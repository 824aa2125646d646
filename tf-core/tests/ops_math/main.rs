//! The ops that compute, against TensorFlow's own answers, in half precision, and on shapes that turn out wrong when the graph runs.

#[path = "../fixtures/mod.rs"]
mod fixtures;
mod replayed;

use fixtures::{Scalar, cases};
use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn, array};
use tf_core::{
    ALL, ANY, Element, Float, Graph, Number, Session, Shape, Tensor, cast,
    check::{Check, Cx, Table},
    constant, constant_array,
    evaluate::M,
    nn, placeholder,
};

#[test]
fn every_case_computes_what_tensorflow_computes() {
    let cases = cases();
    assert!(cases.len() > 500, "{} cases", cases.len());
    for case in cases.iter().filter(|case| !case.moves()) {
        replayed::check(case);
    }
}

/// Computes `build` of these numbers as `T`, and again as f32 of the same (rounded) numbers.
fn against_f32<T: Float>(
    data: &ArrayD<f32>,
    build: impl Fn(Tensor<T>) -> Tensor<T>,
    in_f32: impl Fn(Tensor<f32>) -> Tensor<f32>,
) {
    let graph = Graph::new();
    let (half, single) = graph
        .build(|| {
            let half = cast::<T, f32>(constant_array(data));
            let single = cast::<f32, T>(half);
            (cast::<f32, T>(build(half)), cast::<f32, T>(cast::<T, f32>(in_f32(single))))
        })
        .expect("a graph");
    let (half, single) = Session::new(&graph).expect("a session").run((half, single)).expect("a run");
    assert_eq!(half, single, "{}", T::DTYPE);
}

#[test]
fn half_precision_is_f32_rounded_once() {
    let data = ArrayD::from_shape_fn(IxDyn(&[3, 4]), |i| (i[0] * 4 + i[1]) as f32 * 0.37 - 1.9);
    fn each<T: Float>(data: &ArrayD<f32>) {
        against_f32::<T>(data, |x| x.abs().sqrt(), |x| tf_core::sqrt(cast::<f32, T>(cast::<T, f32>(x.abs()))));
        against_f32::<T>(data, tf_core::exp, tf_core::exp);
        against_f32::<T>(data, nn::softmax, nn::softmax);
        against_f32::<T>(data, |x| tf_core::reduce_mean(x, -1), |x| tf_core::reduce_mean(x, -1));
        against_f32::<T>(
            data,
            |x| tf_core::matmul_transposed(x, x, true, false),
            |x| tf_core::matmul_transposed(x, x, true, false),
        );
        against_f32::<T>(data, |x| -nn::relu(x), |x| -nn::relu(x));
        against_f32::<T>(
            data,
            |x| tf_core::select(tf_core::less(x, -x), x, -x),
            |x| tf_core::select(tf_core::less(x, -x), x, -x),
        );
        against_f32::<T>(
            &data.to_shape((1, 3, 4, 1)).expect("12 elements").to_owned().into_dyn(),
            |x| nn::max_pool(x, [2, 2], [1, 1], nn::Padding::Same),
            |x| nn::max_pool(x, [2, 2], [1, 1], nn::Padding::Same),
        );
    }
    each::<f16>(&data);
    each::<bf16>(&data);
}

#[test]
fn questions_and_places_of_halves_need_no_f32() {
    let graph = Graph::new();
    let built = graph
        .build(|| {
            let x = constant([f16::from_f32(1.5), f16::INFINITY, f16::NAN, f16::from_f32(-2.0)]);
            (tf_core::is_nan(x), tf_core::is_finite(x), tf_core::argmin(x, 0), tf_core::greater(x, f16::from_f32(0.0)))
        })
        .unwrap();
    let (nan, finite, least, positive) = Session::new(&graph).unwrap().run(built).unwrap();
    assert_eq!(nan, array![false, false, true, false].into_dyn());
    assert_eq!(finite, array![true, false, false, true].into_dyn());
    assert_eq!(least[[]], 3);
    assert_eq!(positive, array![true, true, false, false].into_dyn());
}

#[test]
fn texts_are_compared_by_bytes_chosen_and_read_as_numbers() {
    let graph = Graph::new();
    let built = graph
        .build(|| {
            let words = constant([["apple", "Zebra"], ["äpfel", "10"]]);
            let first = tf_core::less(words, "b");
            let chosen = tf_core::select(first, words, constant(["-", "+"]));
            (first, chosen, cast::<i32, String>(constant(["10", "x"])), cast::<String, i32>(constant([7, -1])))
        })
        .unwrap();
    let (first, chosen, numbers, texts) = Session::new(&graph).unwrap().run(built).unwrap();
    assert_eq!(first, array![[true, true], [false, true]].into_dyn());
    let text = |t: &str| t.to_owned();
    assert_eq!(chosen, array![[text("apple"), text("Zebra")], [text("-"), text("10")]].into_dyn());
    assert_eq!(numbers, array![10, 0].into_dyn());
    assert_eq!(texts, array![text("7"), text("-1")].into_dyn());
}

/// The code of the mistake that an op makes of these shapes: when the graph is built, and when it runs on shapes unknown till then.
fn codes<T: Number + Scalar, O: Element>(
    shapes: [&[usize]; 2],
    unknown: [Shape; 2],
    build: impl Fn(Tensor<T>, Tensor<T>) -> Tensor<O>,
) -> (String, String) {
    let graph = Graph::new();
    let built = graph.build(|| build(placeholder("a", Shape::of(shapes[0])), placeholder("b", Shape::of(shapes[1]))));
    let at_building = built.expect_err("the shapes do not fit").code().to_owned();

    let graph = Graph::new();
    let (a, b, y) = graph
        .build(|| {
            let (a, b) = (placeholder::<T, _>("a", unknown[0]), placeholder::<T, _>("b", unknown[1]));
            (a, b, build(a, b))
        })
        .expect("unknown shapes fit");
    let zeros = |shape: &[usize]| ArrayD::from_elem(IxDyn(shape), T::default());
    let ran = Session::new(&graph).unwrap().run_with(y, &[a.feed(zeros(shapes[0])), b.feed(zeros(shapes[1]))]);
    (at_building, ran.expect_err("the shapes do not fit").code().to_owned())
}

#[test]
fn shapes_that_turn_out_wrong_are_refused_with_the_same_code_when_the_graph_runs() {
    let nothing = [Shape::UNKNOWN; 2];
    let same = |code: &str| (code.to_owned(), code.to_owned());
    assert_eq!(codes::<f32, _>([&[2], &[3]], nothing, tf_core::add), same("E-BROADCAST"));
    assert_eq!(codes::<i32, _>([&[2], &[3]], nothing, tf_core::less), same("E-BROADCAST"));
    assert_eq!(codes::<f32, _>([&[2, 3], &[2, 3]], nothing, tf_core::matmul), same("E-MATMUL-INNER"));
    assert_eq!(codes::<f32, _>([&[2, 2, 3], &[3, 3, 1]], nothing, tf_core::matmul), same("E-MATMUL-BATCH"));
    assert_eq!(codes::<f32, _>([&[2, 3], &[2]], nothing, nn::bias_add), same("E-BIAS"));
    assert_eq!(codes::<f32, _>([&[], &[]], nothing, |a, _| nn::softmax(a)), same("E-RANK-LEAST"));
    assert_eq!(codes::<f32, _>([&[2, 3], &[]], nothing, |a, _| tf_core::reduce_sum(a, 2)), same("E-AXIS"));
    assert_eq!(codes::<f32, _>([&[2, 3], &[]], nothing, |a, _| tf_core::reduce_sum(a, [1, -1])), same("E-AXIS-TWICE"));
    assert_eq!(codes::<f32, _>([&[2, 0], &[]], nothing, |a, _| tf_core::argmax(a, 1)), same("E-ARG-EMPTY"));
    let pool = |a, _| nn::max_pool::<f32>(a, [3, 3], [1, 1], nn::Padding::Valid);
    assert_eq!(codes([&[1, 2, 2, 1], &[]], nothing, pool), same("E-WINDOW"));
    let depthwise = |a, b| nn::depthwise_conv2d::<f32>(a, b, [1, 1], nn::Padding::Same);
    assert_eq!(codes([&[1, 2, 2, 3], &[1, 1, 2, 1]], nothing, depthwise), same("E-DEPTHWISE-CHANNELS"));
    assert_eq!(codes([&[1, 2, 2, 1], &[0, 1, 1, 1]], nothing, depthwise), same("E-WINDOW-EMPTY"));
    let conv = |a, b| nn::conv2d::<f32>(a, b, [1, 1], nn::Padding::Same);
    assert_eq!(codes([&[1, 2, 2, 0], &[1, 1, 1, 1]], nothing, conv), same("E-CONV-CHANNELS"));
}

#[test]
fn a_known_output_does_not_hide_an_input_that_turns_out_wrong() {
    // `[?] + [3]` is known to be `[3]`, whatever is fed.
    let unknown = [Shape::of(&[ANY]), Shape::of(&[3])];
    assert_eq!(codes::<f32, _>([&[2], &[3]], unknown, tf_core::add).1, "E-BROADCAST");
    let unknown = [Shape::of(&[2, ANY]), Shape::of(&[3, 4])];
    assert_eq!(codes::<f32, _>([&[2, 2], &[3, 4]], unknown, tf_core::matmul).1, "E-MATMUL-INNER");
}

#[test]
fn ops_have_tensorflows_default_names() {
    let fixture: serde_json::Value = serde_json::from_str(include_str!("../../../tests/parity/names.json")).unwrap();
    let default_name = |function: &str| {
        let entries = fixture["default_names"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["function"] == function);
        entry.unwrap_or_else(|| panic!("no `{function}`"))["default_name"].as_str().unwrap().to_owned()
    };
    fn name<T: Element>(of: impl FnOnce(Tensor<f32>, Tensor<bool>) -> Tensor<T>) -> String {
        let graph = Graph::new();
        let op = graph.build(|| of(placeholder("given", [3, 3]), placeholder("given", [3, 3]))).unwrap();
        graph.name_of(op).unwrap()
    }
    macro_rules! check {
        ($($function:literal = |$x:pat_param, $b:pat_param| $y:expr;)*) => { $(
            assert_eq!(name(|$x, $b| $y), default_name($function), $function);
        )* };
    }
    check! {
        "-x" = |x, _| -x;
        "abs(x)" = |x, _| x.abs();
        "tf.negative" = |x, _| tf_core::negative(x);
        "tf.sign" = |x, _| tf_core::sign(x);
        "tf.square" = |x, _| tf_core::square(x);
        "tf.sqrt" = |x, _| x.sqrt();
        "tf.math.rsqrt" = |x, _| tf_core::rsqrt(x);
        "tf.math.reciprocal" = |x, _| tf_core::reciprocal(x);
        "tf.exp" = |x, _| tf_core::exp(x);
        "tf.math.expm1" = |x, _| tf_core::expm1(x);
        "tf.math.log" = |x, _| tf_core::log(x);
        "tf.math.log1p" = |x, _| tf_core::log1p(x);
        "tf.sin" = |x, _| tf_core::sin(x);
        "tf.cos" = |x, _| tf_core::cos(x);
        "tf.tan" = |x, _| tf_core::tan(x);
        "tf.asin" = |x, _| tf_core::asin(x);
        "tf.acos" = |x, _| tf_core::acos(x);
        "tf.atan" = |x, _| tf_core::atan(x);
        "tf.sinh" = |x, _| tf_core::sinh(x);
        "tf.cosh" = |x, _| tf_core::cosh(x);
        "tf.tanh" = |x, _| tf_core::tanh(x);
        "tf.sigmoid" = |x, _| tf_core::sigmoid(x);
        "tf.math.erf" = |x, _| tf_core::erf(x);
        "tf.floor" = |x, _| tf_core::floor(x);
        "tf.math.ceil" = |x, _| tf_core::ceil(x);
        "tf.round" = |x, _| tf_core::round(x);
        "tf.nn.softplus" = |x, _| nn::softplus(x);
        "tf.nn.softsign" = |x, _| nn::softsign(x);
        "tf.nn.relu" = |x, _| x.relu();
        "tf.nn.relu6" = |x, _| nn::relu6(x);
        "tf.nn.leaky_relu" = |x, _| nn::leaky_relu(x, 0.2);
        "tf.nn.elu" = |x, _| nn::elu(x);
        "tf.nn.selu" = |x, _| nn::selu(x);
        "tf.nn.softmax" = |x, _| nn::softmax(x);
        "tf.nn.log_softmax" = |x, _| nn::log_softmax(x);
        "tf.math.is_nan" = |x, _| tf_core::is_nan(x);
        "tf.math.is_inf" = |x, _| tf_core::is_inf(x);
        "tf.math.is_finite" = |x, _| tf_core::is_finite(x);
        "tf.equal" = |x, _| tf_core::equal(x, x);
        "tf.not_equal" = |x, _| tf_core::not_equal(x, x);
        "tf.less" = |x, _| tf_core::less(x, x);
        "tf.less_equal" = |x, _| tf_core::less_equal(x, x);
        "tf.greater" = |x, _| tf_core::greater(x, x);
        "tf.greater_equal" = |x, _| tf_core::greater_equal(x, x);
        "tf.logical_and" = |_, b| tf_core::logical_and(b, b);
        "tf.logical_or" = |_, b| tf_core::logical_or(b, b);
        "tf.math.logical_xor" = |_, b| tf_core::logical_xor(b, b);
        "tf.logical_not" = |_, b| !b;
        "tf.where_v2 (x, y)" = |x, b| tf_core::select(b, x, x);
        "tf.cast" = |x, _| x.cast::<f64>();
        "tf.cast (same dtype)" = |x, _| x.cast::<f32>();
        "tf.matmul" = |x, _| tf_core::matmul(x, x);
        "tf.reduce_sum" = |x, _| tf_core::reduce_sum(x, ALL);
        "tf.reduce_mean" = |x, _| tf_core::reduce_mean(x, ALL);
        "tf.reduce_prod" = |x, _| tf_core::reduce_prod(x, ALL);
        "tf.reduce_max" = |x, _| tf_core::reduce_max(x, ALL);
        "tf.reduce_min" = |x, _| tf_core::reduce_min_keep(x, ALL);
        "tf.reduce_any" = |_, b| tf_core::reduce_any(b, 0);
        "tf.reduce_all" = |_, b| tf_core::reduce_all(b, [0]);
        "tf.argmax" = |x, _| tf_core::argmax(x, 0);
        "tf.argmin" = |x, _| tf_core::argmin(x, 0);
        "tf.nn.bias_add" = |x, _| nn::bias_add(x, tf_core::reduce_sum(x, 0));
    }
    let images = || placeholder::<f32, _>("given", [1, 4, 4, 3]);
    assert_eq!(name(|_, _| nn::max_pool(images(), [2, 2], [2, 2], nn::Padding::Same)), default_name("tf.nn.max_pool"));
    assert_eq!(name(|_, _| nn::avg_pool(images(), [2, 2], [2, 2], nn::Padding::Same)), default_name("tf.nn.avg_pool"));
    assert_eq!(
        name(|_, _| nn::depthwise_conv2d(images(), placeholder("given", [2, 2, 3, 1]), [1, 1], nn::Padding::Same)),
        default_name("tf.nn.depthwise_conv2d")
    );
}

#[test]
fn sizes_are_read_from_shapes_and_unknown_ones_are_mistakes() {
    let graph = Graph::new();
    let sizes = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY, 28, 3]);
            let [batch, height, _] = x.dims();
            (x.dim(1), batch, height)
        })
        .unwrap();
    assert_eq!(sizes, (28, ANY, 28));
    let code = |read: fn(Tensor<f32>) -> usize| {
        let graph = Graph::new();
        let read = graph.build(|| read(placeholder("x", [ANY, 3])));
        read.unwrap_err().code().to_owned()
    };
    assert_eq!(code(|x| x.dim(0)), "E-DIM-UNKNOWN");
    assert_eq!(code(|x| x.dim(2)), "E-DIM-MISSING");
    assert_eq!(code(|x| x.dims::<3>()[0]), "E-DIM-COUNT");
}

#[test]
fn methods_are_the_functions() {
    let graph = Graph::new();
    let built = graph
        .build(|| {
            let x = constant([[-4.0f32, 9.0, 1.0]]);
            (x.relu(), x.abs().sqrt(), x.cast::<i32>(), x.reshape([3, ANY]), x.transpose([1, 0]))
        })
        .unwrap();
    let (relu, root, int, column, turned) = Session::new(&graph).unwrap().run(built).unwrap();
    assert_eq!(relu, array![[0.0, 9.0, 1.0]].into_dyn());
    assert_eq!(root, array![[2.0, 3.0, 1.0]].into_dyn());
    assert_eq!(int, array![[-4, 9, 1]].into_dyn());
    assert_eq!((column.clone(), column), (array![[-4.0], [9.0], [1.0]].into_dyn(), turned));
}

/// What const evaluation makes of a few ops: their shapes and FLOPs, then the number of mistakes.
const CHECKED: (Shape, Shape, Option<u64>, u32) = {
    let mut table = Table::<4, 4, 16, 64>::new();
    let mut wrong = Table::<4, 4, 16, 64>::new();
    let x = Tensor::<f32>::at_build_time(Shape::of(&[5, 4]));
    let weights = Tensor::<f32>::at_build_time(Shape::of(&[4, 3]));
    let (hidden, classes) = {
        // An evaluation that counts operations, and shows no mistake.
        let mut check = Check::new(&mut table, u32::MAX, 0, &[]);
        let cx = Cx::new(&mut check);
        let hidden = M(tf_core::matmul::at(cx).call(x, weights)).relu(cx);
        let classes = tf_core::argmax::at(cx).call(nn::softmax::at(cx).call(hidden), -1);
        (hidden, M(classes).cast::<i32>(cx))
    };
    {
        let mut check = Check::new(&mut wrong, 0, 0, &[]);
        let cx = Cx::new(&mut check);
        tf_core::reduce_sum::at(cx).call(x, [0, 0]);
        let y = tf_core::matmul::at(cx).call(weights, x);
        // What follows from a mistake is silent.
        tf_core::select::at(cx).call(tf_core::less::at(cx).call(y, weights), y, x);
    }
    (hidden.shape(), classes.shape(), table.flops(), wrong.failed())
};

#[test]
fn const_evaluation_follows_the_same_rules() {
    let (hidden, classes, flops, mistakes) = CHECKED;
    assert_eq!((hidden, classes, mistakes), (Shape::of(&[5, 3]), Shape::of(&[5]), 2));
    let (product, relu, softmax, argmax, cast) = (2 * 5 * 4 * 3, 15, 5 * 15, 15, 5);
    assert_eq!(flops, Some(product + relu + softmax + argmax + cast));
}
