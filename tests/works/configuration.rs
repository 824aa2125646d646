//! Configuration: structs, enums, traits with associated constants, texts.

use crate::bindings::conv;
use tf::prelude::*;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Activation {
    Relu,
    Linear,
    Scaled(f32),
}

#[derive(Clone, Copy)]
struct Config {
    width: usize,
    activation: Activation,
    bias: bool,
    scale: f32,
    sizes: [usize; 2],
}

impl Config {
    const fn new() -> Self {
        Config { width: 2, activation: Activation::Relu, bias: true, scale: 0.5, sizes: [3, 5] }
    }

    const fn double(&self) -> usize {
        self.width * 2
    }
}

#[variable_scope]
fn configured(x: Tensor<f32>, config: Config) -> Tensor<f32> {
    let y = variable_scope!("first", { conv(x, 3, config.width * 2) });
    let y = if config.bias { y + get_variable!("bias", [config.width * 2]) } else { y };
    let y = y * config.scale;
    let depth = config.double() / 2;
    let y = match config.activation {
        Activation::Relu => nn::relu(y),
        Activation::Linear => y,
        Activation::Scaled(scale) => y * scale,
    };
    let y = if config.activation == Activation::Linear {
        y
    } else {
        variable_scope!("second", { conv(y, config.sizes[0], depth) })
    };
    if !config.bias && config.activation != Activation::Relu { x } else { y }
}

/// Struct update, a clone of a `Copy` value, a configuration by reference.
#[variable_scope]
fn varied(x: Tensor<f32>, config: &Config) -> Tensor<f32> {
    let scaled = Config { activation: Activation::Scaled(0.5), ..*config };
    let y = variable_scope!("scaled", { configured(x, scaled.clone()) });
    let linear = Config { activation: Activation::Linear, bias: false, ..Config::new() };
    variable_scope!("linear", { configured(y, linear) })
}

trait Width: Copy {
    const WIDTH: usize;
    const ACTIVATION: Activation;
}

#[derive(Clone, Copy)]
struct Small;

impl Width for Small {
    const WIDTH: usize = 3;
    const ACTIVATION: Activation = Activation::Relu;
}

#[derive(Clone, Copy)]
struct Large;

impl Width for Large {
    const WIDTH: usize = 7;
    const ACTIVATION: Activation = Activation::Linear;
}

/// What stands in for a layer as argument: a type that says what the layer does.
#[variable_scope]
fn of_type<W: Width>(x: Tensor<f32>) -> Tensor<f32> {
    let y = variable_scope!("typed", { conv(x, 1, W::WIDTH * 2) });
    match W::ACTIVATION {
        Activation::Relu => nn::relu(y),
        Activation::Linear | Activation::Scaled(_) => y,
    }
}

/// Texts select: compared, matched, in alternatives, under a guard, bound.
#[variable_scope]
fn by_text(x: Tensor<f32>, kind: &'static str, depth: usize) -> Tensor<f32> {
    let x = if kind == "relu" { nn::relu(x) } else { x };
    match kind {
        "relu" | "linear" => x,
        "wide" if depth > 2 => variable_scope!(kind, { conv(x, 1, depth * 2) }),
        other => variable_scope!(other, { conv(x, 1, depth) }),
    }
}

model! {
    Configured(image: f32[?, 3, 3, 1]) -> f32[?, 3, 3, 4] {
        let x = varied(image, &Config::new());
        let x = with variable_scope("small") { of_type::<Small>(x) };
        let x = with variable_scope("large") { of_type::<Large>(x) };
        let x = by_text(by_text(x, "relu", 1), "wide", 3);
        let x = by_text(x, "narrow", 4);
        if matches!("b", "a" | "b") { x } else { image }
    }
}

#[test]
fn configuration_is_followed() {
    agree!(Configured);
    assert_eq!(
        names!(Configured),
        [
            "scaled/first/kernel",
            "scaled/bias",
            "scaled/second/kernel",
            "linear/first/kernel",
            "small/typed/kernel",
            "large/typed/kernel",
            "wide/kernel",
            "narrow/kernel"
        ]
    );
}
