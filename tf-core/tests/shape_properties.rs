//! An op on random shapes comes to the same in both worlds: the same shape, or a mistake of the same code.

use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tf_core::{
    ANY, Graph, Shape, Tensor, add,
    check::{Check, Cx, Table},
    nn::{self, Padding},
    placeholder,
};

type Room = Table<1, 8, 16, 64>;

/// The shape of what `build` makes of two placeholders, or the code of its mistake.
fn in_graph(
    a: &[usize],
    b: &[usize],
    build: impl Fn(Tensor<f32>, Tensor<f32>) -> Tensor<f32>,
) -> Result<Shape, String> {
    let made = Graph::new().build(|| build(placeholder("a", a), placeholder("b", b)).shape());
    made.map_err(|error| error.code().to_owned())
}

/// The shape that the build-time half makes of two such tensors, or the code that it panics with.
fn in_check(
    a: &[usize],
    b: &[usize],
    half: impl Fn(Tensor<f32>, Tensor<f32>, Cx<'_>) -> Tensor<f32>,
) -> Result<Shape, String> {
    let (a, b) = (Tensor::at_build_time(Shape::of(a)), Tensor::at_build_time(Shape::of(b)));
    let mut table = Room::new();
    let shape = half(a, b, Cx::new(&mut Check::new(&mut table, 0, 0, &[]))).shape();
    if table.failed() == 0 {
        return Ok(shape);
    }
    assert_eq!(table.failed(), 1, "one op makes one mistake");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut table = Room::new();
        let _ = half(a, b, Cx::new(&mut Check::new(&mut table, 1, 1, &[])));
    }));
    let payload = panicked.expect_err("the check panics at the mistake it is asked for");
    let message = payload.downcast_ref::<String>().expect("the message is composed");
    let code = message.lines().find_map(|line| line.trim().strip_suffix(" in docs/errors.md"));
    Err(code.expect("a message ends with its code").to_owned())
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1..5usize, 2 => Just(1), 1 => Just(ANY), 1 => Just(0)]
}

fn sizes(ranks: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(size(), ranks)
}

fn padding() -> impl Strategy<Value = Padding> {
    prop_oneof![Just(Padding::Same), Just(Padding::Valid)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broadcasting_is_the_same_in_both_worlds(a in sizes(0..5), b in sizes(0..5)) {
        let graph = in_graph(&a, &b, |a, b| add(a, b));
        prop_assert_eq!(&graph, &in_check(&a, &b, |a, b, cx| add::at(cx).call(a, b)));
        let swapped = in_graph(&b, &a, |a, b| add(a, b));
        prop_assert_eq!(graph, swapped, "broadcasting is symmetric");
    }

    #[test]
    fn convolution_is_the_same_in_both_worlds(
        a in prop_oneof![9 => sizes(4), 1 => sizes(0..6)],
        b in prop_oneof![9 => sizes(4), 1 => sizes(0..6)],
        strides in [0..4usize, 1..4usize],
        padding in padding(),
    ) {
        let graph = in_graph(&a, &b, |a, b| nn::conv2d(a, b, strides, padding));
        prop_assert_eq!(graph, in_check(&a, &b, |a, b, cx| nn::conv2d::at(cx).call(a, b, strides, padding)));
    }
}
