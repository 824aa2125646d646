//! tf-scope under another name: attributes are told it, the function-like macros know it.
//!
//! There is no crate `tf` here, so whatever an expansion names by that path does not compile.

#![deny(missing_docs)]

use scoped::{AUTO_REUSE, Float, Tensor, helper, nn, variable_scope};

/// A plain function for layers.
#[helper(crate = scoped)]
pub fn double(n: usize) -> usize {
    n * 2
}

/// A layer with scopes, formatted names and operators.
#[variable_scope(crate = scoped)]
pub fn stacked<T: Float>(x: Tensor<T>, width: usize) -> Tensor<T> {
    let mut y = x;
    for i in 0..2 {
        y = variable_scope!("level{i}" as level, reuse = AUTO_REUSE, {
            let w = scoped::get_variable!("w", [y.dim(1), double(width)], initializer = scoped::ones_initializer());
            level.reuse_variables();
            scoped::matmul(y, w)
        });
    }
    scoped::name_scope!("rectified", { nn::relu(y) })
}

/// A layer that is a scope.
#[variable_scope("named", crate = scoped)]
pub fn named(x: Tensor<f32>) -> Tensor<f32> {
    stacked(x, 2)
}

/// A layer that the graph checks.
#[variable_scope(dynamic, crate = scoped)]
pub fn listed(x: Tensor<f32>, widths: Vec<usize>) -> Tensor<f32> {
    widths.into_iter().fold(x, |x, width| variable_scope!("to{width}", { stacked(x, width) }))
}

scoped::model! {
    /// A model of a renamed crate.
    pub Renamed(x: f32[?, 4]) -> (f32[?, 4], f32[?, 4]) {
        with variable_scope("m") as scope {
            let a = named(x);
            scope.reuse_variables();
            (a, named(a))
        }
    }
}

scoped::model! {
    /// On the variables of the first.
    pub Evaluation<const N: usize> reuse Renamed(x: f32[N, 4]) -> f32[N, 4] {
        with variable_scope("m") { named(x) }
    }
    check Evaluation<1>;
}

scoped::model! {
    /// Checked by its graph.
    pub dynamic Listed(x: f32[?, 2]) -> f32[?, 6] { listed(x, vec![1, 3]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_renamed_crate_is_checked_and_runs() {
        let model = Renamed::init(1).unwrap();
        let listed: Vec<_> = Renamed::VARIABLES.iter().map(|v| v.name.to_string()).collect();
        let built: Vec<_> = model.variables().into_iter().map(|v| v.0).collect();
        assert_eq!(listed, ["m/named/level0/w", "m/named/level1/w"]);
        assert_eq!(listed, built);
        let (a, b) = model.run(&Array2::ones((1, 4))).unwrap();
        assert_eq!((a[[0, 0]], b[[0, 0]]), (16.0, 256.0));
        let evaluation = Evaluation::<1>::sharing(&model).unwrap();
        assert_eq!(evaluation.run(&Array2::ones((1, 4))).unwrap(), a);
        assert_eq!(Listed::init(1).unwrap().run(&Array2::ones((1, 2))).unwrap().dim(), (1, 6));
    }
}
