//! What training looks at in both worlds: gradients inside of layers, and which variables a loss depends on.

use tf::{losses, prelude::*};

/// Names of the variables that the loss does not depend on, as far as the check knows.
fn apart(variables: &[tf::check::VariableInfo]) -> Vec<String> {
    variables.iter().filter(|variable| !variable.in_loss).map(|variable| variable.name.to_string()).collect()
}

/// The slope of a loss, as a penalty needs it.
#[variable_scope]
fn penalized(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [3], initializer = ones_initializer());
    let b: Variable<f32> = get_variable!("b", [], initializer = ones_initializer());
    let y = tf::reduce_sum(tf::square(x * w), 1) + b;
    let slope = tf::gradients(y, x);
    let (by_w, by_b) = tf::gradients(y, (w, b));
    tf::reduce_mean(y + tf::reduce_sum(tf::square(slope), 1), 0) + tf::reduce_sum(by_w, 0) * 0.0 + by_b * 0.0
}

model! {
    Penalized(x: f32[n, 3]) -> f32[] { penalized(x) }
}

#[test]
fn gradients_are_computed_with_in_layers() -> tf::Result<()> {
    agree!(Penalized);
    let x = ndarray::arr2(&[[1.0f32, 2.0, 0.0], [0.0, 0.0, 3.0]]);
    // The squares sum up to 5 and 9, the squares of the slope `2 x` to 20 and 36.
    assert_eq!(Penalized::init(1)?.run(&x)?[[]], (5.0 + 1.0 + 20.0 + 9.0 + 1.0 + 36.0) / 2.0);
    Ok(())
}

#[variable_scope]
fn scaled(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [4])
}

mod warned {
    #![allow(deprecated)]
    use super::*;

    model! {
        /// Two branches, of which one is in the loss.
        pub Branches(x: f32[n, 4], y: f32[n, 4]) -> (f32[], f32[n, 4]) {
            let found = variable_scope!("found", { scaled(x) });
            let apart = variable_scope!("apart", { scaled(found) });
            (losses::mean_squared_error(y, found), apart)
        }
    }

    model! {
        /// The loss goes through operators, arrays, splits, sums and casts.
        pub Roundabout(x: f32[n, 4]) -> (f32[], f32[n, 4]) {
            let apart = variable_scope!("apart", { scaled(x) });
            let [a, b]: [Tensor<f32>; 2] = tf::split(variable_scope!("first", { scaled(x) }), 1);
            let joined = tf::concat([a * 2.0 - 1.0, -b], 1);
            let sum = tf::add_n([joined, variable_scope!("second", { scaled(x) })]);
            (tf::reduce_mean(tf::cast::<f32, f64>(tf::cast::<f64, f32>(sum)), tf::ALL), apart)
        }
    }

    model! {
        /// Variables that are created and not trained by a loss, for good reasons, and one for none.
        pub Reasons(x: f32[n, 4]) -> (f32[], f32[n, 4]) {
            let counted: Variable<f32> = get_variable!("counted", [], trainable = false);
            let drawn: Variable<f32> = get_variable!("drawn", [], regularizer = l2_regularizer(0.5));
            let none: Variable<f32> = get_variable!("none", []);
            let y = scaled(x);
            (tf::reduce_sum(y, tf::ALL), y * counted + drawn * none)
        }
    }

    model! {
        /// A tower of many variables, of which the last is not in the loss.
        pub Tower(x: f32[n, 4]) -> (f32[], f32[n, 4]) {
            let mut y = x;
            for i in 0..31 {
                y = variable_scope!("layer{i}", { scaled(y) });
            }
            (tf::reduce_sum(y, tf::ALL), variable_scope!("apart", { scaled(y) }))
        }
    }
}

#[test]
fn variables_apart_from_the_loss_are_known() {
    assert_eq!(apart(warned::Branches::VARIABLES), ["apart/scale"]);
    assert_eq!(apart(warned::Roundabout::VARIABLES), ["apart/scale"]);
    assert_eq!(apart(warned::Reasons::VARIABLES), ["none"]);
    assert_eq!(apart(warned::Tower::VARIABLES), ["apart/scale"]);
}

model! {
    /// Two losses, of which each variable is in one.
    Rivals(x: f32[n, 4]) -> (f32[], f32[]) {
        let a = variable_scope!("a", { scaled(x) });
        let b = variable_scope!("b", { scaled(x) });
        (tf::reduce_sum(a, tf::ALL), tf::reduce_sum(b, tf::ALL))
    }
}

model! {
    /// No output can be a loss.
    Answer(x: f32[n, 4]) -> f32[n, 4] { scaled(x) }
}

model! {
    /// A loss that const evaluation does not follow: through a collection.
    Collected(x: f32[n, 4]) -> f32[] {
        tf::add_to_collection(tf::collection::LOSSES, tf::reduce_sum(scaled(x), tf::ALL));
        losses::total_loss(false)
    }
}

#[test]
fn what_is_in_a_loss_or_cannot_be_known_is_not_warned_of() {
    for variables in [Rivals::VARIABLES, Answer::VARIABLES, Collected::VARIABLES, Penalized::VARIABLES] {
        assert!(!variables.is_empty() && apart(variables).is_empty(), "{:?}", apart(variables));
    }
}
