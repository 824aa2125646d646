//! Layers and models that the graph checks: there everything of Rust may be used.

use tf::prelude::*;

#[variable_scope]
fn projected(x: Tensor<f32>, width: usize) -> Tensor<f32> {
    tf::matmul(x, get_variable!("w", [x.dim(1), width]))
}

#[variable_scope(dynamic)]
fn of_widths(x: Tensor<f32>, widths: Vec<usize>, prefix: String) -> Tensor<f32> {
    widths.into_iter().enumerate().fold(x, |x, (i, width)| {
        let name = format!("{prefix}{i}");
        variable_scope!(&name, { projected(x, width) })
    })
}

#[variable_scope(dynamic)]
fn applied(x: Tensor<f32>, layer: impl Fn(Tensor<f32>) -> Tensor<f32>) -> Tensor<f32> {
    layer(layer(x))
}

#[variable_scope("boxed", dynamic)]
fn boxed(x: Tensor<f32>, layers: &[Box<dyn Fn(Tensor<f32>) -> Tensor<f32>>]) -> Tensor<f32> {
    layers.iter().fold(x, |x, layer| layer(x))
}

model! {
    dynamic Dynamic(x: f32[?, 3]) -> f32[?, 2] {
        let x = of_widths(x, vec![4, 5], "d".to_owned());
        let x = with variable_scope("shared", reuse = AUTO_REUSE) { applied(x, |x| projected(x, 5)) };
        boxed(x, &[Box::new(|x| projected(x, 2)), Box::new(nn::relu)])
    }
}

#[test]
fn dynamic_models_are_checked_when_they_are_built() {
    let model = Dynamic::init(7).unwrap();
    let names: Vec<_> = model.variables().into_iter().map(|v| v.0).collect();
    assert_eq!(names, ["d0/w", "d1/w", "shared/w", "boxed/w"]);
    let y = model.run(&ndarray::Array2::ones((4, 3))).unwrap();
    assert!(y.dim() == (4, 2) && y.iter().all(|y| *y >= 0.0));
    assert_eq!((Dynamic::INPUTS[0].name, Dynamic::OUTPUTS.len()), ("x", 1));
}

model! {
    dynamic Wrong(x: f32[?, 3]) -> f32[?, 2] {
        let first = of_widths(x, vec![2], "a".to_owned());
        first + of_widths(x, vec![2], String::from("a"))
    }
}

#[test]
fn their_mistakes_are_errors_of_the_build() {
    let error = Wrong::init(7).err().expect("the same names twice");
    assert_eq!(error.code(), "E-EXISTS", "{error}");
    assert_eq!(error.variable(), Some("a0/w"));
}
