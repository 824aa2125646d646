//! Bindings and patterns: shadowed names, tuples, arrays, structs and options of tensors, items inside bodies.

use tf::prelude::*;

/// The layer that most of these bodies use: one kernel, named by the scope.
#[variable_scope]
pub(crate) fn conv(x: Tensor<f32>, size: usize, depth: usize) -> Tensor<f32> {
    let kernel = get_variable!("kernel", [size, size, x.dim(3), depth]);
    nn::conv2d(x, kernel, [1, 1], Padding::Same)
}

/// A name that is bound again and again, as tensor and as number.
#[variable_scope]
fn rebound(x: Tensor<f32>) -> Tensor<f32> {
    let x = x.relu();
    let x = x * 2.0;
    let x = 0.5 * x;
    let size = 2;
    let size = size + 1;
    let depth = size * 2;
    // A local variable may have the name of a layer.
    let conv = conv(x, size, depth);
    conv
}

#[variable_scope]
fn pair(x: Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
    let y = nn::relu(x);
    (y, y + x)
}

#[variable_scope]
fn triple(x: Tensor<f32>) -> [Tensor<f32>; 3] {
    let (a, b) = pair(x);
    [a, b, a - b]
}

#[variable_scope]
fn taken_apart(x: Tensor<f32>) -> Tensor<f32> {
    let [a, b, c] = triple(x);
    let all = [a, b, c];
    let [first, .., last] = all;
    let ends = tf::concat([first, last], 3);
    ends + tf::concat([all[0], all[1 + 1]], 3)
}

/// An optional tensor, looked into in every way.
#[variable_scope]
fn optional(x: Tensor<f32>, skip: Option<Tensor<f32>>) -> Tensor<f32> {
    let mut y = nn::relu(x);
    if let Some(skip) = skip {
        y = y + skip;
    }
    match skip {
        Some(skip) => y += skip,
        None => y *= 2.0,
    }
    let Some(skip) = skip else { return y };
    y -= skip;
    if let Some(again) = Some(skip)
        && y.dim(3) > 1
    {
        again + y
    } else {
        y
    }
}

/// What a recurrent cell hands on. No second type stands for it in const evaluation.
#[derive(Clone, Copy)]
struct State {
    hidden: Tensor<f32>,
    carried: Tensor<f32>,
}

#[variable_scope]
fn cell(state: State, x: Tensor<f32>) -> State {
    let hidden = nn::relu(state.hidden + x);
    State { hidden, carried: state.carried * hidden, ..state }
}

#[variable_scope]
fn unrolled(x: Tensor<f32>) -> Tensor<f32> {
    let mut state = State { hidden: x, carried: x };
    for _ in 0..3 {
        state = cell(state, x);
    }
    let State { hidden, carried } = state;
    hidden * carried
}

type Image = Tensor<f32>;

/// A parameter of the name that expansions use inside, `mut` and destructured parameters, items, labelled blocks.
#[variable_scope]
fn everything_else(mut __cx: Image, (low, high): (usize, usize)) -> Image {
    const BASE: usize = 3;
    use tf::matmul as product;
    let grid = [[1, 2], [3, 4]];
    let pair = (2, 3);
    let mut total = 0;
    for row in grid {
        for n in row {
            total += n;
        }
    }
    for row in &grid {
        for n in row {
            total += *n;
        }
    }
    __cx = __cx + 1.0;
    let scale = 'found: {
        if total > BASE {
            break 'found 1.5;
        }
        2.5
    };
    let rows = __cx.reshape([tf::ANY, 2]);
    let width = pair.0 * pair.1 + total + { low * high };
    let w = get_variable!("w", [rows.dim(1), width]);
    let count = {
        let Some(count) = Some(grid.len()) else { return __cx };
        count
    };
    let back = get_variable!("back", [width, count]);
    product(product(rows, w) * scale, back).reshape([tf::ANY, 4, 4, 2])
}

model! {
    Bindings(image: f32[?, 4, 4, 1]) -> (f32[?, 4, 4, 12], f32[?, 4, 4, 2]) {
        let x = with variable_scope("rebound") { rebound(image) };
        let y = taken_apart(x);
        let y = optional(optional(y, None), Some(y));
        let y = unrolled(y);
        let z = with variable_scope("narrow") { conv(y, 1, 2) };
        (y, with variable_scope("rest") { everything_else(z, (1, 2)) })
    }
}

#[test]
fn bindings_and_patterns_are_followed() {
    agree!(Bindings);
    assert_eq!(names!(Bindings), ["rebound/kernel", "narrow/kernel", "rest/w", "rest/back"]);
    // 6 + 20 + 2, of which the loops over the grid add 20.
    assert_eq!(Bindings::VARIABLES[2].spec.shape.to_string(), "[2, 28]");
}
