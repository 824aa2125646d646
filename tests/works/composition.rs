//! Layers made of layers in every way that values can be passed: arrays that fill up, generic structs, enums of tensors, `&mut`,
//! anything that stands for a tensor, and results that are no tensors.

use crate::bindings::conv;
use tf::prelude::*;

/// An array of tensors that is filled in a loop.
#[variable_scope]
fn branches<const N: usize>(x: Tensor<f32>) -> [Tensor<f32>; N] {
    let mut all = [x; N];
    for i in 0..N {
        all[i] = variable_scope!("branch{i}of{N}", { conv(x, 1, 2) });
        all[i] += 1.0;
    }
    all
}

#[variable_scope]
fn summed<const N: usize>(all: [Tensor<f32>; N]) -> Tensor<f32> {
    let mut sum = all[0];
    for i in 1..=N - 1 {
        sum += all[i];
    }
    for x in all {
        sum = tf::maximum(sum, x);
    }
    for (name, x) in [("first", all[0]), ("last", all[N - 1])] {
        sum = sum + x * get_variable!(name, [2]);
    }
    sum
}

/// A struct of the user's that is generic over the element type, with a `const` method.
#[derive(Clone, Copy)]
struct Pair<T: Float> {
    left: Tensor<T>,
    right: Tensor<T>,
    turns: usize,
}

impl<T: Float> Pair<T> {
    const fn turned(self) -> Self {
        Pair { left: self.right, right: self.left, turns: self.turns + 1 }
    }
}

#[variable_scope]
fn turning<T: Float>(pair: Pair<T>) -> Pair<T> {
    let mut pair = pair;
    while pair.turns < 3 {
        pair = pair.turned();
    }
    pair.left = pair.left * pair.right;
    pair
}

/// An enum whose variants hold tensors.
#[derive(Clone, Copy)]
enum Source {
    One(Tensor<f32>),
    Two { a: Tensor<f32>, b: Tensor<f32> },
    Nothing,
}

#[variable_scope]
fn merged(source: Source, otherwise: Tensor<f32>) -> Tensor<f32> {
    match source {
        Source::One(x) => x,
        Source::Two { a, b } if a.rank() == b.rank() => {
            return tf::concat([a, b], 3);
        }
        Source::Two { .. } | Source::Nothing => otherwise,
    }
}

/// Writes through a mutable reference, and returns nothing.
#[variable_scope]
fn refine(xs: &mut [Tensor<f32>; 2], at: usize) {
    let x = xs[at];
    xs[at] = variable_scope!("refined{at}", { conv(x, 1, 4) });
    xs[1 - at] *= 0.5;
}

/// A size, a variable and an option as results.
#[variable_scope]
fn width_of(x: Tensor<f32>, at_most: Option<usize>) -> usize {
    match (x.dim(3), at_most) {
        (width @ 0..=2, None) => width,
        (width, Some(most)) if width > most => most,
        (width, _) => width,
    }
}

#[variable_scope]
fn gain(width: usize) -> Variable<f32> {
    get_variable!("gain", [width], initializer = ones_initializer())
}

/// Whatever stands for a tensor.
#[variable_scope]
fn doubled(x: impl AsTensor<f32>) -> Tensor<f32> {
    tf::add(x, x)
}

const SIDES: [&str; 2] = ["left", "right"];

/// Names from constants, by reference too.
#[variable_scope]
fn by_side(x: Tensor<f32>, sides: &[&'static str]) -> Tensor<f32> {
    let mut y = x;
    for side in &SIDES {
        y = variable_scope!("{side}", { conv(y, 1, 1) });
    }
    for side in sides {
        y = variable_scope!(*side, { conv(y, 1, 1) });
    }
    for (i, side) in SIDES.iter().enumerate() {
        let name = *side;
        y = y + get_variable!("{name}.{i}", [1]);
    }
    y
}

/// Slices of tensors: walked through, taken apart, asked.
#[variable_scope]
fn of_slice(all: &[Tensor<f32>], scale: Option<f32>) -> Tensor<f32> {
    let [first, rest @ ..] = all else { unreachable!("there are {} tensors", all.len()) };
    let mut sum = *first;
    for x in rest {
        sum += *x;
    }
    for (x, by) in all.iter().zip([1.0, 2.0]) {
        sum += *x * by;
    }
    let (last, scaled);
    last = all[all.len() - 1];
    scaled = if scale.is_some() { last * scale.unwrap() } else { last };
    match scaled.dims() {
        [_, height, width, 1] if height == width => sum + scaled,
        [_, _, ..] => sum,
    }
}

#[variable_scope]
fn composed(x: Tensor<f32>) -> Tensor<f32> {
    let all = branches::<3>(x);
    let y = summed(all);
    let Pair { left, right, turns } = turning(Pair { left: y, right: all[1], turns: 0 });
    let two = merged(Source::Two { a: left, b: right }, x);
    let one = merged(Source::One(two), x);
    let none = merged(Source::Nothing, one);
    let mut xs = [none, if turns == 3 { one } else { two }];
    refine(&mut xs, 0);
    refine(&mut xs, 1);
    let width = width_of(xs[0], Some(3)) + width_of(x, None);
    let g = gain(width);
    let y = xs[0] * doubled(g) + doubled(2.0) + doubled(&xs[1]);
    let mut left = Some(2);
    let mut y = y;
    while let Some(n) = left {
        y = variable_scope!("countdown{n}", { conv(y, 1, n) });
        left = if n > 1 { Some(n - 1) } else { None };
    }
    let y = of_slice(&[y, x, y], Some(0.5));
    by_side(y, &["port", "starboard"])
}

model! {
    Composed(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] { composed(image) }
}

#[test]
fn values_pass_between_layers_as_in_any_rust() {
    agree!(Composed);
    assert_eq!(
        names!(Composed),
        [
            "branch0of3/kernel",
            "branch1of3/kernel",
            "branch2of3/kernel",
            "first",
            "last",
            "refined0/kernel",
            "refined1/kernel",
            "gain",
            "countdown2/kernel",
            "countdown1/kernel",
            "left/kernel",
            "right/kernel",
            "port/kernel",
            "starboard/kernel",
            "left.0",
            "right.1"
        ]
    );
}
