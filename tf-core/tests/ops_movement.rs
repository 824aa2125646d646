//! The ops that move elements: against TensorFlow's own answers, for every element type, and on values that turn out wrong when
//! the graph runs.

mod fixtures;

use fixtures::{Case, EXACT, Inputs, Scalar, cases};
use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn, array};
use tf_core::{
    ALL, ANY, Element, Error, Graph, IntoValue, Mirror, OPEN, Session, Shape, Tensor, broadcast_to,
    check::{Check, Cx, Table},
    concat, constant, constant_array, expand_dims, fill, gather, linspace, mirror_pad, one_hot, one_hot_along, ones,
    ones_like, pad, pad_with, placeholder, places_of, range, reshape, reverse, shape_of, slice, split, split_sizes,
    squeeze, stack, strided_slice, tile, transpose, unstack, zeros, zeros_like,
};

#[test]
fn every_case_moves_as_tensorflow_does() {
    let cases = cases();
    let moving: Vec<&Case> = cases.iter().filter(|case| case.moves()).collect();
    assert!(moving.len() >= 90, "{} cases", moving.len());
    for case in moving {
        match case.inputs[0].dtype.as_str() {
            _ if case.op == "one_hot" => check_one_hot(case),
            _ if case.op == "where" => case.check(EXACT, |i| vec![places_of(i.tensor::<bool>(0))]),
            "f32" => check::<f32>(case),
            "i32" => check::<i32>(case),
            "bool" => check::<bool>(case),
            other => panic!("{case}: no {other} here"),
        }
    }
}

/// An array of the length that a list has.
macro_rules! by_length {
    ($list:expr, [$($n:literal),*], $array:ident => $body:expr) => {{
        let list = $list;
        match list.len() {
            $($n => {
                let $array: [_; $n] = list.try_into().expect("the length was just looked at");
                $body
            })*
            n => panic!("no list of {n} values here"),
        }
    }};
}

fn sizes(case: &Case, key: &str) -> Vec<usize> {
    let list = case.integers(key).unwrap_or_else(|| panic!("{case}: sizes `{key}`"));
    list.into_iter().map(|n| if n == -1 { ANY } else { usize::try_from(n).expect("a size") }).collect()
}

fn check<T: Scalar>(case: &Case)
where
    ArrayD<T>: IntoValue<T>,
{
    let axis = || case.integer("axis") as i32;
    let one = |build: &dyn Fn(&Inputs<'_>) -> Tensor<T>| case.check(EXACT, |inputs| vec![build(inputs)]);
    match case.op.as_str() {
        "reshape" => one(&|i| reshape(i.tensor(0), &sizes(case, "shape")[..])),
        "expand_dims" => one(&|i| expand_dims(i.tensor(0), axis())),
        "squeeze" => one(&|i| match case.integers("axis") {
            Some(axes) => squeeze(i.tensor(0), &axes.iter().map(|&a| a as i32).collect::<Vec<i32>>()[..]),
            None => squeeze(i.tensor(0), ALL),
        }),
        "transpose" => one(&|i| {
            let rank = case.inputs[0].shape.len();
            let order = case.integers("perm").map_or((0..rank).rev().collect(), |_| sizes(case, "perm"));
            by_length!(order, [2, 3], order => transpose(i.tensor(0), order))
        }),
        "broadcast_to" => one(&|i| broadcast_to(i.tensor(0), &sizes(case, "shape")[..])),
        "concat" => one(&|i| concat(&all(case, i)[..], axis())),
        "stack" => one(&|i| stack(&all(case, i)[..], axis())),
        "unstack" => case.check(EXACT, |i| match case.outputs.len() {
            2 => unstack::<T, 2>(i.tensor(0), axis()).to_vec(),
            3 => unstack::<T, 3>(i.tensor(0), axis()).to_vec(),
            n => panic!("{case}: {n} outputs"),
        }),
        "split" => case.check(EXACT, |i| match &sizes(case, "num_or_size_splits")[..] {
            [3] => split::<T, 3>(i.tensor(0), axis()).to_vec(),
            [2] => split::<T, 2>(i.tensor(0), axis()).to_vec(),
            &[a, b] => split_sizes(i.tensor(0), [a, b], axis()).to_vec(),
            &[a, b, c] => split_sizes(i.tensor(0), [a, b, c], axis()).to_vec(),
            other => panic!("{case}: {other:?}"),
        }),
        "slice" => one(&|i| {
            let (begin, size) = (sizes(case, "begin"), sizes(case, "size"));
            by_length!(begin, [3], begin => slice(i.tensor(0), begin, size.clone().try_into().expect("three sizes")))
        }),
        "strided_slice" => one(&|i| strided(case, i)),
        "pad" => one(&|i| padded(case, i)),
        "tile" => one(&|i| by_length!(sizes(case, "multiples"), [2], multiples => tile(i.tensor(0), multiples))),
        "gather" => one(&|i| gather(i.tensor(0), i.tensor::<i32>(1), axis())),
        "fill" => one(&|i| {
            let dims: Vec<i32> = sizes(case, "dims").into_iter().map(|size| size as i32).collect();
            fill(constant_array(&ndarray::Array1::from(dims)), i.tensor(0))
        }),
        "reverse" => one(&|i| {
            reverse(
                i.tensor(0),
                &case.integers("axis").expect("axes").iter().map(|&a| a as i32).collect::<Vec<i32>>()[..],
            )
        }),
        "zeros_like" => one(&|i| zeros_like(i.tensor(0))),
        "ones_like" => one(&|i| ones_like(i.tensor(0))),
        "range" => check_range(case),
        other => panic!("{case}: no {other} here"),
    }
}

fn all<T: Scalar>(case: &Case, inputs: &Inputs<'_>) -> Vec<Tensor<T>>
where
    ArrayD<T>: IntoValue<T>,
{
    (0..case.inputs.len()).map(|index| inputs.tensor(index)).collect()
}

/// TensorFlow's masks in our words: an open end is [`OPEN`], an axis that shrinks is squeezed, a new one is put in, and an ellipsis
/// is a number of ranges that are open at both ends.
fn strided<T: Scalar>(case: &Case, inputs: &Inputs<'_>) -> Tensor<T>
where
    ArrayD<T>: IntoValue<T>,
{
    let list = |key| case.integers(key).unwrap_or_else(|| panic!("{case}: `{key}`"));
    let (begin, end, strides) = (list("begin"), list("end"), list("strides"));
    let marked = |key: &str, i: usize| case.attrs[key].as_i64().unwrap_or(0) >> i & 1 == 1;
    let (mut from, mut to, mut by) = (Vec::new(), Vec::new(), Vec::new());
    let (mut shrunk, mut new) = (Vec::new(), Vec::new());
    let given = (0..begin.len()).filter(|&i| !marked("new_axis_mask", i) && !marked("ellipsis_mask", i)).count();
    for i in 0..begin.len() {
        if marked("new_axis_mask", i) {
            new.push(i as i32);
            continue;
        }
        if marked("ellipsis_mask", i) {
            for _ in given..case.inputs[0].shape.len() {
                from.push(OPEN);
                to.push(OPEN);
                by.push(1);
            }
            continue;
        }
        if marked("shrink_axis_mask", i) {
            shrunk.push(from.len() as i32);
            from.push(begin[i] as isize);
            to.push(if begin[i] == -1 { OPEN } else { begin[i] as isize + 1 });
        } else {
            from.push(if marked("begin_mask", i) { OPEN } else { begin[i] as isize });
            to.push(if marked("end_mask", i) { OPEN } else { end[i] as isize });
        }
        by.push(strides[i] as isize);
    }
    let (to, by) = (&to, &by);
    let mut y = by_length!(from, [1, 2, 3], from => {
        let list = |list: &Vec<isize>| list.clone().try_into().expect("as many ranges");
        strided_slice(inputs.tensor(0), from, list(to), list(by))
    });
    y = squeeze(y, &shrunk[..]);
    for axis in new {
        y = expand_dims(y, axis);
    }
    y
}

fn padded<T: Scalar>(case: &Case, inputs: &Inputs<'_>) -> Tensor<T>
where
    ArrayD<T>: IntoValue<T>,
{
    let pairs: Vec<[usize; 2]> = case.attrs["paddings"]
        .as_array()
        .expect("pairs")
        .iter()
        .map(|pair| [0, 1].map(|i| pair[i].as_u64().expect("a padding") as usize))
        .collect();
    let value = T::read(&case.attrs["constant_values"]);
    by_length!(pairs, [1, 2], pairs => match case.text("mode") {
        "CONSTANT" if case.case == "constant_value" => {
            pad_with(inputs.tensor(0), pairs, constant_array(&ndarray::arr0(value)))
        }
        "CONSTANT" => pad(inputs.tensor(0), pairs),
        "REFLECT" => mirror_pad(inputs.tensor(0), pairs, Mirror::Reflect),
        "SYMMETRIC" => mirror_pad(inputs.tensor(0), pairs, Mirror::Symmetric),
        other => panic!("{case}: {other}"),
    })
}

fn check_one_hot(case: &Case) {
    let float = |key: &str| case.attrs[key].as_f64().expect("a number") as f32;
    let (on, off) = (float("on_value"), float("off_value"));
    let depth = case.integer("depth") as usize;
    case.check(EXACT, |i| {
        vec![match case.integer("axis") {
            -1 => one_hot(i.tensor::<i32>(0), depth, on, off),
            axis => one_hot_along(i.tensor::<i32>(0), depth, on, off, axis as i32),
        }]
    });
}

fn check_range(case: &Case) {
    macro_rules! of {
        ($t:ident) => {
            case.check::<$t>(EXACT, |_| {
                let [start, limit, delta] = [0, 1, 2].map(|index| case.inputs[index].array::<$t>()[[]]);
                vec![range(start, limit, delta)]
            })
        };
    }
    match case.dtype(0) {
        "f32" => of!(f32),
        "i32" => of!(i32),
        other => panic!("{case}: no {other} here"),
    }
}

/// Sends values of one type through every op that moves, and compares with the places that they should end at.
fn move_all<T: Element>(values: [T; 6])
where
    ArrayD<T>: IntoValue<T>,
{
    let of = |shape: &[usize], places: &[usize]| -> ArrayD<T> {
        let elements = places.iter().map(|&at| if at == 9 { T::default() } else { values[at].clone() }).collect();
        ArrayD::from_shape_vec(IxDyn(shape), elements).expect("as many places as elements")
    };
    let graph = Graph::new();
    let (x, last, tensors) = graph
        .build(|| {
            let x = placeholder::<T, _>("x", [2, 3]);
            let last = placeholder::<T, _>("last", []);
            let [left, right] = split_sizes(x, [1, ANY], 1);
            let [top, bottom] = unstack(x, 0);
            let [all] = split(x, 0);
            let mut tensors = vec![reshape(x, [3, ANY]), transpose(x, [1, 0]), expand_dims(x, -1), squeeze(all, [])];
            tensors.extend([concat([right, left], 1), stack([bottom, top], 1)]);
            tensors.extend([slice(x, [1, 0], [1, 2]), strided_slice(x, [OPEN, 2], [OPEN, OPEN], [-1, -2])]);
            tensors.extend([reverse(x, 1), pad(top, [[1, 2]]), pad_with(top, [[1, 0]], last)]);
            tensors.extend([mirror_pad(top, [[2, 1]], Mirror::Reflect), tile(top, [2]), broadcast_to(top, [2, 3])]);
            tensors.extend([gather(x, constant([2i64, 2]), 1), one_hot(constant([1i32, 7]), 2, last, x_at(x))]);
            tensors.extend([fill(constant([2, 1]), last), zeros_like(top), zeros([2])]);
            (x, last, tensors)
        })
        .unwrap();
    let feeds = [x.feed(of(&[2, 3], &[0, 1, 2, 3, 4, 5])), last.feed(of(&[], &[5]))];
    let moved = Session::new(&graph).unwrap().run_with(tensors, &feeds).unwrap();
    let want = [
        of(&[3, 2], &[0, 1, 2, 3, 4, 5]),
        of(&[3, 2], &[0, 3, 1, 4, 2, 5]),
        of(&[2, 3, 1], &[0, 1, 2, 3, 4, 5]),
        of(&[2, 3], &[0, 1, 2, 3, 4, 5]),
        of(&[2, 3], &[1, 2, 0, 4, 5, 3]),
        of(&[3, 2], &[3, 0, 4, 1, 5, 2]),
        of(&[1, 2], &[3, 4]),
        of(&[2, 2], &[5, 3, 2, 0]),
        of(&[2, 3], &[2, 1, 0, 5, 4, 3]),
        of(&[6], &[9, 0, 1, 2, 9, 9]),
        of(&[4], &[5, 0, 1, 2]),
        of(&[6], &[2, 1, 0, 1, 2, 1]),
        of(&[6], &[0, 1, 2, 0, 1, 2]),
        of(&[2, 3], &[0, 1, 2, 0, 1, 2]),
        of(&[2, 2], &[2, 2, 5, 5]),
        of(&[2, 2], &[0, 5, 0, 0]),
        of(&[2, 1], &[5, 5]),
        of(&[3], &[9, 9, 9]),
        of(&[2], &[9, 9]),
    ];
    assert_eq!(moved.len(), want.len());
    for (index, (moved, want)) in moved.iter().zip(&want).enumerate() {
        assert_eq!(moved, want, "op {index} on {}", T::DTYPE);
    }
}

/// The first element of a matrix as a scalar.
fn x_at<T: Element>(x: Tensor<T>) -> Tensor<T> {
    reshape(slice(x, [0, 0], [1, 1]), [])
}

#[test]
fn elements_of_every_type_arrive_where_they_should() {
    move_all::<f16>([1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(f16::from_f32));
    move_all::<bf16>([1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(bf16::from_f32));
    move_all::<f32>([1.5, 2.0, 3.0, 4.0, 5.0, 6.0]);
    move_all::<f64>([1.5, 2.0, 3.0, 4.0, 5.0, 6.0]);
    move_all::<i8>([-1, 2, 3, 4, 5, 6]);
    move_all::<i16>([-1, 2, 3, 4, 5, 6]);
    move_all::<i32>([-1, 2, 3, 4, 5, 6]);
    move_all::<i64>([-1, 2, 3, 4, 5, 6]);
    move_all::<u8>([1, 2, 3, 4, 5, 6]);
    move_all::<u16>([1, 2, 3, 4, 5, 6]);
    move_all::<u32>([1, 2, 3, 4, 5, 6]);
    move_all::<u64>([1, 2, 3, 4, 5, 6]);
    move_all::<bool>([true, false, false, true, true, false]);
    move_all::<String>(["a", "b", "c", "d", "", "f"].map(String::from));
}

#[test]
fn sources_know_their_values() {
    let graph = Graph::new();
    let (halves, line, ones, size) = graph
        .build(|| {
            let ones = ones::<bool, _>([2, 1]);
            (
                range(f16::ZERO, f16::from_f32(1.5), f16::from_f32(0.5)),
                linspace::<f32>(0.0, 1.0, 5),
                ones,
                shape_of(ones),
            )
        })
        .unwrap();
    let (halves, line, ones, size) = Session::new(&graph).unwrap().run((halves, line, ones, size)).unwrap();
    assert_eq!(halves, array![0.0, 0.5, 1.0].mapv(f16::from_f32).into_dyn());
    assert_eq!(line, array![0.0, 0.25, 0.5, 0.75, 1.0].into_dyn());
    assert_eq!((ones, size), (array![[true], [true]].into_dyn(), array![2, 1].into_dyn()));
}

/// The error that comes of an op on what is fed, of which nothing was known before.
fn refused<T: Element, O: Element>(fed: ArrayD<T>, build: impl FnOnce(Tensor<T>) -> Tensor<O>) -> Error
where
    ArrayD<T>: IntoValue<T>,
{
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<T, _>("x", Shape::UNKNOWN);
            (x, build(x))
        })
        .unwrap();
    Session::new(&graph).unwrap().run_with(y, &[x.feed(fed)]).unwrap_err()
}

#[test]
fn what_turns_out_wrong_when_the_graph_runs_is_an_error_with_its_place() {
    let five = || array![1.0f32, 2.0, 3.0, 4.0, 5.0].into_dyn();
    let error = refused(five(), |x| reshape(x, [2, 3]));
    assert_eq!((error.code(), error.mistake()), ("E-RESHAPE", "reshape: 5 elements cannot be reshaped to 6"));
    assert!(error.node() == Some("Reshape") && error.location().is_some());
    assert_eq!(refused(five(), |x| reshape(x, [2, ANY])).code(), "E-RESHAPE");
    assert_eq!(refused(five(), |x| squeeze(x, 0)).code(), "E-SQUEEZE");
    assert_eq!(refused(five(), |x| transpose(x, [1, 0])).code(), "E-PER-DIM");
    assert_eq!(refused(five(), |x| concat([x, expand_dims(x, 0)], 0)).code(), "E-CONCAT");
    assert_eq!(refused(five(), |x| stack([x, pad(x, [[1, 0]])], 0)).code(), "E-STACK");
    assert_eq!(refused(five(), |x| split::<f32, 2>(x, 0)[0]).code(), "E-SPLIT");
    assert_eq!(refused(five(), |x| split_sizes(x, [2, 2], 0)[1]).code(), "E-SPLIT-SIZES");
    assert_eq!(refused(five(), |x| unstack::<f32, 4>(x, 0)[3]).code(), "E-UNSTACK");
    assert_eq!(refused(five(), |x| slice(x, [3], [3])).code(), "E-SLICE");
    assert_eq!(refused(five(), |x| mirror_pad(x, [[5, 0]], Mirror::Reflect)).code(), "E-PAD-MIRROR");
    assert_eq!(refused(five(), |x| broadcast_to(x, [2, 3])).code(), "E-BROADCAST-TO");
    assert_eq!(refused(array![2, -3].into_dyn(), |dims| fill(dims, 1.0f32)).code(), "E-FILL");
    let error = refused(array![0, 5].into_dyn(), |indices: Tensor<i32>| gather(constant([1, 2, 3]), indices, 0));
    assert_eq!((error.code(), error.mistake()), ("E-INDEX-RANGE", "index 5 (number 1 of the indices) is not in 0..3"));
}

#[test]
fn a_wrong_op_is_one_mistake_of_the_build() {
    let graph = Graph::new();
    let error = graph
        .build(|| {
            let parts = split_sizes(constant([1, 2, 3]), [2, 2], 0);
            concat(parts, 0)
        })
        .unwrap_err();
    assert_eq!((error.code(), error.others().len()), ("E-SPLIT-SIZES", 0));
    let error = graph.build(|| zeros::<f32, _>([ANY, 2])).unwrap_err();
    assert_eq!(error.code(), "E-SHAPE-OPEN");
}

/// The output shapes of every op as const evaluation finds them, and the number of mistakes.
const fn at_build_time() -> ([Shape; 26], u32) {
    let mut table = Table::<4, 4, 16, 64>::new();
    let mut check = Check::new(&mut table, 0, 0, &[]);
    let cx = Cx::new(&mut check);
    let x = Tensor::<f32>::at_build_time(Shape::of(&[ANY, 4]));
    let row = Tensor::<f32>::at_build_time(Shape::of(&[4]));
    let indices = Tensor::<i32>::at_build_time(Shape::of(&[3]));
    let names = Tensor::<String>::at_build_time(Shape::of(&[2, 2]));
    let [half, _] = split::at(cx).call(x, 1);
    let [_, rest] = split_sizes::at(cx).call(x, [1, ANY], 1);
    let [first, _, _, _] = unstack::at(cx).call(x, -1);
    let [_, name] = unstack::at(cx).call(names, 0);
    let shapes = [
        reshape::at(cx).call(x, [ANY, 2, 2]).shape(),
        expand_dims::at(cx).call(x, -1).shape(),
        squeeze::at(cx).call(x, 0).shape(),
        transpose::at(cx).call(x, [1, 0]).shape(),
        concat::at(cx).call([x, rest], 1).shape(),
        stack::at(cx).call([row, row].as_slice(), 0).shape(),
        half.shape(),
        rest.shape(),
        first.shape(),
        name.shape(),
        slice::at(cx).call(x, [0, 1], [ANY, 2]).shape(),
        strided_slice::at(cx).call(x, [OPEN, -1], [OPEN, OPEN], [1, -2]).shape(),
        reverse::at(cx).call(x, ALL).shape(),
        pad::at(cx).call(x, [[0, 0], [1, 1]]).shape(),
        pad_with::at(cx).call(x, [[1, 0], [1, 1]], 0.5).shape(),
        mirror_pad::at(cx).call(row, [[3, 3]], Mirror::Reflect).shape(),
        tile::at(cx).call(x, [1, 3]).shape(),
        broadcast_to::at(cx).call(row, [2, 4]).shape(),
        gather::at(cx).call(x, indices, 0).shape(),
        one_hot::at(cx).call::<f32, i32>(indices, 10, 1.0, 0.0).shape(),
        fill::at(cx).call::<f32>(indices, 1.0).shape(),
        zeros::at(cx).call::<String, _>([2, 3]).shape(),
        ones_like::at(cx).call(x).shape(),
        shape_of::at(cx).call(names).shape(),
        range::at(cx).call(0, 10, 4).shape(),
        linspace::at(cx).call::<f64>(0.0, 1.0, 7).shape(),
    ];
    // One mistake each; what follows from it is silent.
    let wrong = stack::at(cx).call([x, expand_dims::at(cx).call(x, 0)], 0);
    let [wrong, _] = split_sizes::at(cx).call(wrong, [1, 2], 7);
    let _ = concat::at(cx).call([wrong, row], 0);
    let _: [Tensor<f32>; 3] = split::at(cx).call(row, 0);
    let _ = range::at(cx).call(0.0, 1.0, -1.0);
    (shapes, table.failed())
}

#[test]
fn const_evaluation_finds_the_same_shapes() {
    const FOUND: ([Shape; 26], u32) = at_build_time();
    let want = [
        "[?, 2, 2]",
        "[?, 4, 1]",
        "[4]",
        "[4, ?]",
        "[?, 7]",
        "[2, 4]",
        "[?, 2]",
        "[?, 3]",
        "[?]",
        "[2]",
        "[?, 2]",
        "[?, 2]",
        "[?, 4]",
        "[?, 6]",
        "[?, 6]",
        "[10]",
        "[?, 12]",
        "[2, 4]",
        "[3, 4]",
        "[3, 10]",
        "[?, ?, ?]",
        "[2, 3]",
        "[?, 4]",
        "[2]",
        "[3]",
        "[7]",
    ];
    assert_eq!(FOUND.0.map(|shape| shape.to_string()), want.map(String::from));
    assert_eq!(FOUND.1, 3);
}
