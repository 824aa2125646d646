//! Layers and models made by a user's own macros: what expansions bind is hidden from them.

use tf::prelude::*;

macro_rules! layer_of_width {
    ($name:ident, $scope:literal, $width:expr) => {
        #[variable_scope]
        fn $name(x: Tensor<f32>) -> Tensor<f32> {
            let mut y = x;
            for i in 0..2 {
                y = variable_scope!($scope, { tf::matmul(y, get_variable!("w{i}", [y.dim(1), $width])) });
            }
            y * 2.0 + $width as f32
        }
    };
}

macro_rules! model_of_layer {
    ($name:ident, $layer:ident, $width:expr) => {
        model! {
            $name(x: f32[?, 3]) -> f32[?, { $width }] {
                with variable_scope("m") as scope {
                    let y = $layer(x);
                    scope.reuse_variables();
                    y + $layer(x)
                }
            }
        }
    };
}

layer_of_width!(four, "four", 4);
layer_of_width!(five, "five", 2 + 3);
model_of_layer!(Four, four, 4);
model_of_layer!(Five, five, 2 + 3);

#[test]
fn layers_and_models_may_come_from_macros() {
    agree!(Four);
    agree!(Five);
    assert_eq!(names!(Four), ["m/four/w0", "m/four/w1"]);
    assert_eq!(Five::VARIABLES[1].spec.shape.to_string(), "[5, 5]");
}

/// A macro that only computes a size stays as it is in both worlds.
macro_rules! area {
    ($side:expr) => {
        $side * $side
    };
}

#[variable_scope]
fn with_area(x: Tensor<f32>) -> Tensor<f32> {
    const SIDE: usize = 3;
    tf::matmul(x, get_variable!("w", [x.dim(1), area!(SIDE)]))
}

model! {
    Area(x: f32[?, 2]) -> f32[?, 9] { with_area(x) }
}

#[test]
fn other_macros_are_left_alone() {
    agree!(Area);
}
