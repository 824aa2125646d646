//! Branches that need nothing of each other: whichever threads take them, a model computes the same, in its first run and in all that follow.

use ndarray::{Array1, Array2, Axis, concatenate};
use tf::{
    SessionOptions,
    layers::{Activation, Dense, dense},
    prelude::*,
};

/// Three layers.
#[variable_scope]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    let x = dense(x, Dense::new(48).activation(Activation::Tanh).name("first"));
    let x = nn::softmax(dense(x, Dense::new(64).activation(Activation::Relu).name("second")));
    dense(x, Dense::new(16).name("third"))
}

model! {
    /// How far apart one tower puts two rows, and where.
    Siamese(left: f32[n, 24], right: f32[n, 24]) -> (f32[n], f32[n, 16], f32[n, 16]) {
        let a = variable_scope!("tower", { tower(left) });
        let b = variable_scope!("tower", reuse = true, { tower(right) });
        (tf::reduce_sum(tf::square(a - b), 1), a, b)
    }
}

/// Towers of variables of their own, averaged.
#[variable_scope]
fn members(x: Tensor<f32>) -> Tensor<f32> {
    let mut sum = tf::zeros::<f32, _>([16]) + 0.0;
    for member in 0..6 {
        sum = sum + variable_scope!("member{member}", { tower(x) });
    }
    sum / 6.0
}

model! {
    Ensemble(x: f32[n, 24]) -> f32[n, 16] { members(x) }
}

model! {
    Member reuse Ensemble(x: f32[n, 24]) -> f32[n, 16] {
        variable_scope!("member3", { tower(x) })
    }
}

fn rows(n: usize, columns: usize, by: f32) -> Array2<f32> {
    Array2::from_shape_fn((n, columns), |(row, column)| ((row * columns + column) as f32 * by).sin())
}

/// One thread, those of the process, some of the session's own, and steps that follow each other whatever there is.
fn ways() -> [SessionOptions; 4] {
    let options = SessionOptions::new();
    [options.threads(1), options, options.threads(3), options.threads(2).branches(false)]
}

#[test]
fn one_tower_for_two_inputs() -> tf::Result<()> {
    agree!(Siamese);
    for n in [1, 40] {
        let (left, right) = (rows(n, 24, 0.3), rows(n, 24, 0.7));
        let both = concatenate(Axis(0), &[left.view(), right.view()]).expect("as many columns");
        let mut known: Option<(Array1<f32>, Array2<f32>, Array2<f32>)> = None;
        for options in ways() {
            let model = Siamese::init_with(3, options)?;
            for _ in 0..4 {
                let found = model.run(&left, &right)?;
                // A tower puts a row where it puts it beside others.
                let (_, together, _) = model.run(&both, &both)?;
                let apart = concatenate(Axis(0), &[found.1.view(), found.2.view()]).expect("as many columns");
                assert!(together.iter().zip(&apart).all(|(a, b)| (a - b).abs() < 1e-5), "{n} rows");
                let distance = (&found.1 - &found.2).mapv(|x| x * x).sum_axis(Axis(1));
                assert!(found.0.iter().zip(&distance).all(|(a, b)| (a - b).abs() < 1e-4), "{n} rows");
                assert_eq!(known.get_or_insert_with(|| found.clone()), &found, "{n} rows, {options:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn members_of_an_ensemble() -> tf::Result<()> {
    agree!(Ensemble);
    for n in [1, 40] {
        let x = rows(n, 24, 0.2);
        let mut known: Option<Array2<f32>> = None;
        for options in ways() {
            let model = Ensemble::init_with(3, options)?;
            let member = Member::sharing(&model)?.run(&x)?;
            let mut out = Array2::zeros((n, 16));
            for _ in 0..4 {
                model.run_into(&x, &mut out)?;
                assert_eq!(known.get_or_insert_with(|| out.clone()), &out, "{n} rows, {options:?}");
            }
            assert!(member.iter().any(|x| x.abs() > 1e-3) && member != out, "a member is one of several");
        }
    }
    Ok(())
}
