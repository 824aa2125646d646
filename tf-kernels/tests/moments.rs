//! Means and variances of columns against two passes in `f64`.

mod support;

use support::*;
use tf_kernels::moments::moments_f32;

/// The definition, of each column.
fn reference(x: &[f32], columns: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (x.len() / columns) as f64;
    let of = |column: usize| x[column..].iter().step_by(columns).map(|&x| f64::from(x));
    let means: Vec<f64> = (0..columns).map(|column| of(column).sum::<f64>() / n).collect();
    let variance = |column: usize| of(column).map(|x| (x - means[column]).powi(2)).sum::<f64>() / n;
    let variances = (0..columns).map(variance).collect();
    (means, variances)
}

#[test]
fn moments_are_those_of_two_passes() {
    for (rows, columns) in [(1, 1), (1, 5), (2, 3), (3, 64), (7, 33), (1000, 3), (4097, 17), (777, 1024), (20_001, 64)]
    {
        // Values around 0, far from it, and with a first row that lies elsewhere.
        for (shift, first) in [(0.0, 0.0), (1e4, 0.0), (0.0, 1e6)] {
            let mut rng = Rng(rows as u64);
            let mut x: Vec<f32> = rng.f32s(rows * columns).iter().map(|x| x + shift).collect();
            x[..columns].iter_mut().for_each(|x| *x += first);
            let (means, variances) = reference(&x, columns);
            on_every_isa(|isa| {
                let (mut mean, mut variance) = (vec![f32::NAN; columns], vec![f32::NAN; columns]);
                moments_f32(&x, columns, &mut mean, &mut variance);
                let what = format!("{rows}x{columns}, {shift} and {first}, on {isa}");
                for column in 0..columns {
                    let near = |got: f32, want: f64| (f64::from(got) - want).abs() <= 2e-7 * want.abs() + 1e-30;
                    assert!(
                        near(mean[column], means[column]) || (mean[column] as f64 - means[column]).abs() < 1e-9,
                        "{what}"
                    );
                    assert!(
                        near(variance[column], variances[column]),
                        "{what}: {} {}",
                        variance[column],
                        variances[column]
                    );
                }
            });
        }
    }
}

#[test]
fn what_is_not_finite_spoils_its_column_only() {
    on_every_isa(|isa| {
        for at in [0, 1, 17] {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = vec![1.0f32; 18 * 3];
                x[at * 3 + 1] = bad;
                let (mut mean, mut variance) = ([0.0; 3], [0.0; 3]);
                moments_f32(&x, 3, &mut mean, &mut variance);
                assert_eq!((mean[0], mean[2], variance[0], variance[2]), (1.0, 1.0, 0.0, 0.0), "{bad} on {isa}");
                assert!(variance[1].is_nan(), "{bad} on {isa}");
                assert!(mean[1] == bad || bad.is_nan() && mean[1].is_nan(), "{bad} on {isa}");
            }
        }
    });
}

#[test]
fn nothing_has_no_mean() {
    let (mut mean, mut variance) = ([0.0; 2], [0.0; 2]);
    moments_f32(&[], 2, &mut mean, &mut variance);
    assert!(mean.iter().chain(&variance).all(|x| x.is_nan()));
    moments_f32(&[], 0, &mut [], &mut []);
}
