//! Loops, and names composed in them.

use crate::bindings::conv;
use tf::prelude::*;

#[variable_scope]
fn over_ranges(x: Tensor<f32>, n: usize) -> Tensor<f32> {
    let mut y = x;
    for i in 0..n {
        y = variable_scope!("up{i}", { nn::relu(conv(y, 1, 2)) });
    }
    for i in (0..=1).rev() {
        y = variable_scope!("down{i}", { conv(y, 1, 2) });
    }
    for _ in n..n {
        y = conv(y, 1, 99);
    }
    let mut i = 0;
    while i < 2 {
        y = variable_scope!("while{i}", { conv(y, 1, 2) });
        i += 1;
    }
    loop {
        if i == 4 {
            break y;
        }
        y = variable_scope!("loop{i}", { conv(y, 1, 2) });
        i += 1;
    }
}

#[variable_scope]
fn over_arrays<const N: usize>(x: Tensor<f32>, widths: [usize; N]) -> Tensor<f32> {
    let mut y = x;
    for i in 0..N {
        y = variable_scope!("index{i}", { conv(y, 1, widths[i]) });
    }
    for width in widths {
        y = variable_scope!("array{width}", { conv(y, 1, width) });
    }
    for width in &widths {
        y = variable_scope!("reference{width}", { conv(y, 1, *width) });
    }
    for (i, width) in widths.into_iter().enumerate() {
        y = variable_scope!("enumerated{i}_{width}", { conv(y, 1, width) });
    }
    for (width, size) in [(2, 1), (3, 3)] {
        y = variable_scope!("tuple{width}", { conv(y, size, width) });
    }
    for (width, size) in widths.into_iter().zip([1, 3]) {
        y = variable_scope!("zipped{width}", { conv(y, size, width) });
    }
    for (i, width) in widths.iter().rev().copied().enumerate() {
        y = variable_scope!("reversed{i}_{width}", { conv(y, 1, width) });
    }
    y
}

#[variable_scope]
fn over_texts(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    for side in ["left", "right"] {
        y = variable_scope!(side, { conv(y, 1, 1) });
        y = variable_scope!("{side}_2", { conv(y, 1, 1) });
        y = y + get_variable!("{side}_bias", [1]);
    }
    y
}

/// `continue` and `break` step over and out of loops and scopes, by labels too.
#[variable_scope]
fn with_jumps(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    'outer: for i in 0..=3 {
        for j in 0..4 {
            if j == 2 {
                continue 'outer;
            }
            if i == 2 {
                break 'outer;
            }
            y = variable_scope!("at{i}{j}", {
                if i == 1 {
                    continue;
                }
                conv(y, 1, 1)
            });
        }
    }
    variable_scope!("after", { conv(y, 1, 1) })
}

/// Braces in a name that are no hole, and several holes.
#[variable_scope]
fn with_holes(x: Tensor<f32>) -> Tensor<f32> {
    let (row, side) = (3u8, "a");
    variable_scope!("{row}.{side}-{row}", { conv(x, 1, 1) })
}

model! {
    Loops(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let x = with variable_scope("ranges") { over_ranges(image, 2) };
        let x = with variable_scope("arrays") { over_arrays(x, [2, 3]) };
        let x = with variable_scope("one") { conv(x, 1, 1) };
        let x = with variable_scope("texts") { over_texts(x) };
        let x = with variable_scope("jumps") { with_jumps(x) };
        let mut x = with variable_scope("holes") { with_holes(x) };
        for i in 0..2 {
            with variable_scope("model{i}") { x = conv(x, 1, 1); }
        }
        x
    }
}

#[test]
fn loops_are_followed_and_their_names_composed() {
    agree!(Loops);
    let names = names!(Loops);
    let of = |scope: &str| -> Vec<String> {
        names.iter().filter_map(|n| n.strip_prefix(scope)?.strip_prefix('/').map(String::from)).collect()
    };
    assert_eq!(
        of("ranges"),
        ["up0", "up1", "down1", "down0", "while0", "while1", "loop2", "loop3"].map(|n| format!("{n}/kernel"))
    );
    assert_eq!(
        of("arrays"),
        [
            "index0",
            "index1",
            "array2",
            "array3",
            "reference2",
            "reference3",
            "enumerated0_2",
            "enumerated1_3",
            "tuple2",
            "tuple3",
            "zipped2",
            "zipped3",
            "reversed0_3",
            "reversed1_2"
        ]
        .map(|n| format!("{n}/kernel"))
    );
    assert_eq!(
        of("texts"),
        ["left/kernel", "left_2/kernel", "left_bias", "right/kernel", "right_2/kernel", "right_bias"]
    );
    assert_eq!(of("jumps"), ["at00/kernel", "at01/kernel", "after/kernel"]);
    assert_eq!(of("holes"), ["3.a-3/kernel"]);
    assert_eq!(of("model1"), ["kernel"]);
}

#[variable_scope]
fn literal_and_composed(x: Tensor<f32>, block: usize, variable: usize) -> Tensor<f32> {
    let y = variable_scope!("Stage/Block_2.a-b>c", { x * get_variable!("inner/Scale7", [3]) });
    variable_scope!("Stage/Block_{block}.a-b>c", reuse = true, { y + get_variable!("inner/Scale{variable}", [3]) })
}

model! { Composed(x: f32[?, 3]) -> f32[?, 3] { literal_and_composed(x, 2, 7) } }

/// The macros hash literal names, the library composed ones.
#[test]
fn a_composed_name_shares_what_a_literal_one_created() {
    agree!(Composed);
    assert_eq!(names!(Composed), ["Stage/Block_2.a-b>c/inner/Scale7"]);
}
