//! Layers in modules and crates, paths to them, and what is written around a layer.

use crate::bindings::conv;
use layers::deep::{self, tower as skyscraper};
use tf::prelude::*;

mod inner {
    use tf::prelude::*;

    /// Of the crate.
    #[variable_scope]
    pub(crate) fn visible(x: Tensor<f32>) -> Tensor<f32> {
        variable_scope!("visible", { self::nested::deep(super::local(x), (2, 3)) })
    }

    pub(super) mod nested {
        use tf::prelude::*;

        /// Documented, attributed, of restricted visibility.
        #[variable_scope]
        #[must_use]
        #[inline]
        pub(in crate::modules) fn deep(mut x: Tensor<f32>, (a, b): (usize, usize)) -> Tensor<f32> {
            x = x + 1.0;
            let depth = {
                let area = a * b;
                area + 1
            };
            variable_scope!("deep", { super::super::conv(x, 1, depth) })
        }
    }

    pub(super) use nested::deep as renamed;
}

use inner::{
    nested::{self, deep as direct},
    renamed, visible,
};

#[variable_scope]
fn local(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("local", { conv(x, 1, 1) })
}

#[variable_scope]
fn by_paths(x: Tensor<f32>) -> Tensor<f32> {
    let x = visible(x);
    let x = variable_scope!("direct", { direct(x, (1, 1)) });
    let x = variable_scope!("renamed", { renamed(x, (1, 1)) });
    let x = variable_scope!("module", { nested::deep(x, (1, 0)) });
    crate::bindings::conv(x, 1, 1)
}

model! {
    Paths(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] { by_paths(image) }
}

#[test]
fn layers_are_found_by_any_path() {
    agree!(Paths);
    assert_eq!(
        names!(Paths),
        [
            "visible/local/kernel",
            "visible/deep/kernel",
            "direct/deep/kernel",
            "renamed/deep/kernel",
            "module/deep/kernel",
            "kernel"
        ]
    );
}

model! {
    Crates(x: f32[?, 3]) -> f32[?, { 2 * layers::WIDTH }] {
        let x = with variable_scope("first") { layers::dense::<{ layers::WIDTH }, f32>(x) };
        let x = skyscraper(x);
        with variable_scope("second") { deep::tower(x) }
    }
}

#[test]
fn layers_of_another_crate_are_followed() {
    agree!(Crates);
    assert_eq!(
        names!(Crates),
        ["first/kernel", "first/bias", "tower/kernel", "tower/bias", "second/tower/kernel", "second/tower/bias"]
    );
}

model! {
    /// Uses a model of another crate as a part.
    Whole(x: f32[?, 3]) -> f32[?, 2] { with variable_scope("whole") { layers::pair(x).1 } }
}

#[test]
fn models_of_another_crate_run_and_their_layers_return_tuples() {
    agree!(Whole);
    agree!(layers::Classifier);
    assert_eq!(names!(Whole), ["whole/left/kernel", "whole/left/bias", "whole/right/kernel", "whole/right/bias"]);
}

/// Nothing is imported here: every path is written out, and inside a layer `variable_scope!` needs no import.
mod without_imports {
    #[tf::helper]
    const fn third(n: usize) -> usize {
        n / 3
    }

    #[tf::variable_scope("layer")]
    pub(super) fn layer(x: tf::Tensor<f32>) -> tf::Tensor<f32> {
        variable_scope!("scope", reuse = tf::AUTO_REUSE, {
            let w: tf::Variable<f32> = tf::get_variable!("w", [x.dim(1), third(6)]);
            tf::name_scope!("product", { tf::matmul(x, w) })
        })
    }

    tf::model! {
        pub(super) Written(x: f32[?, 3]) -> f32[?, 2] { layer(x) }
    }
}

#[test]
fn nothing_needs_to_be_imported() {
    agree!(without_imports::Written);
    assert_eq!(names!(without_imports::Written), ["layer/scope/w"]);
}

/// Absent under every configuration: neither the function nor anything beside it is left.
#[cfg(any())]
#[variable_scope]
fn absent(x: Missing) -> Missing {
    missing(x)
}

model! {
    #[cfg(any())]
    Absent(x: f32[?]) -> f32[?] { absent(x) }
}

/// Takes the name that the absent ones would have.
#[cfg(not(any()))]
#[variable_scope]
fn absent(x: Tensor<f32>) -> Tensor<f32> {
    #[cfg(any())]
    let x = missing(x);
    #[cfg(not(any()))]
    let x = x * 2.0;
    x
}

model! {
    #[cfg(not(any()))]
    Absent(x: f32[?]) -> f32[?] { absent(x) }
}

#[test]
fn configured_items_come_and_go_as_a_whole() {
    let model = agree!(Absent);
    assert_eq!(model.run(&ndarray::arr1(&[1.0, 2.0])).unwrap(), ndarray::arr1(&[2.0, 4.0]));
}
