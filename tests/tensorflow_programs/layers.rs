//! Some of the programs once more as layers of models, which rustc has checked before they run.

use crate::names;
use tf::{Result, prelude::*};

/// A scalar that starts at one.
#[variable_scope]
fn one(name: &'static str) -> Tensor<f32> {
    get_variable!(name, [], initializer = ones_initializer()).value()
}

/// `tower/w` and `default/w`, each in a scope of its own.
#[variable_scope]
fn named_and_default(x: Tensor<f32>) -> Tensor<f32> {
    let y = variable_scope!("tower", default_name = "default", { x + one("w") });
    variable_scope!(default_name = "default", { y + one("w") })
}

/// A scope's variables found again through its object, with scopes inside of every kind.
#[variable_scope]
fn found_again(x: Tensor<f32>) -> Tensor<f32> {
    let (y, outer) = variable_scope!("outer" as outer, { (named_and_default(x), outer) });
    variable_scope!(outer, reuse = true, { named_and_default(y) })
}

/// A scope left empty, filled through its object and shared.
#[variable_scope]
fn filled_later(x: Tensor<f32>) -> Tensor<f32> {
    let later = variable_scope!("later" as later, { later });
    let mut y = x;
    for turn in 0..2 {
        y = variable_scope!(later, reuse = turn > 0, { y + one("w") + variable_scope!("default", { one("w") }) });
    }
    y
}

/// A scope entered inside itself, and one that opens no name scope.
#[variable_scope]
fn inside_itself(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("selfish" as selfish, {
        let y = variable_scope!(selfish, { x + one("w") });
        variable_scope!("inner", auxiliary_name_scope = false, { y + one("w") })
    })
}

/// Default names beside each other, one of which begins as another does.
#[variable_scope]
fn counted(x: Tensor<f32>) -> Tensor<f32> {
    let y = variable_scope!(default_name = "scope1", { x + one("w") });
    let y = variable_scope!(default_name = "scope1", { y + one("w") });
    let y = variable_scope!(default_name = "scope", { y + one("w") });
    variable_scope!(default_name = "scope1", { y + one("w") })
}

model! {
    Programs(x: f32[?]) -> f32[?] {
        counted(inside_itself(filled_later(found_again(x))))
    }
}

const NAMES: [&str; 10] = [
    "outer/tower/w",
    "outer/default/w",
    "later/w",
    "later/default/w",
    "selfish/w",
    "selfish/inner/w",
    "scope1/w",
    "scope1_1/w",
    "scope/w",
    "scope1_2/w",
];

/// rustc and the graph come to the same variables, those of TensorFlow, and each use adds its one (S6, S7, S10, S13, R4).
#[test]
fn scopes_in_layers_are_those_of_tensorflow() -> Result<()> {
    assert_eq!(Programs::PARAMETERS, NAMES.len());
    let model = Programs::init(1)?;
    let checked: Vec<String> = Programs::VARIABLES.iter().map(|variable| variable.name.to_string()).collect();
    assert_eq!(checked, NAMES, "to rustc");
    assert_eq!(names(model.instance().graph()), NAMES, "to the graph");
    let y = model.run(&ndarray::arr1(&[0.0, 1.0]))?;
    assert_eq!(y, ndarray::arr1(&[14.0, 15.0]));
    Ok(())
}

/// A line with a slope and a height to be learned.
#[variable_scope("line", reuse = AUTO_REUSE)]
fn line(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("w", [], initializer = truncated_normal_initializer())
        + get_variable!("b", [], initializer = truncated_normal_initializer())
}

#[variable_scope]
fn loss(x: Tensor<f32>, y: Tensor<f32>) -> Tensor<f32> {
    let off = line(x) - y;
    tf::reduce_mean(off * off, tf::ALL)
}

model! {
    Fit(x: f32[4], y: f32[4]) -> f32[] {
        let first = loss(x, y);
        (first + loss(x, y)) / 2.0
    }
}

/// A layer that is its own template has one line, however often it is called (T1, R5).
#[test]
fn a_layer_that_reuses_itself_is_a_template() -> Result<()> {
    assert_eq!(Fit::PARAMETERS, 2);
    let fit = Fit::init(1234)?;
    let set = |name: &str, value: f32| fit.set(name, ndarray::arr0(value).into_dyn());
    set("line/w", 2.0)?;
    set("line/b", 1.0)?;
    let found = fit.run(&ndarray::arr1(&[5.0, 6.0, 7.0, 8.0]), &ndarray::arr1(&[11.0, 13.0, 15.0, 17.0]))?;
    assert_eq!(found, ndarray::arr0(0.0));
    Ok(())
}
