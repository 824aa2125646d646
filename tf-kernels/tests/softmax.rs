//! Normalised exponentials against `f64`.

mod support;

use support::*;
use tf_kernels::softmax::*;

#[test]
fn rows_of_every_length_agree_with_the_definition() {
    on_every_isa(|isa| {
        let mut rng = Rng(1);
        for classes in (1..40).chain([64, 100, 1000]) {
            let input: Vec<f32> = rng.f32s(7 * classes).iter().map(|x| 20.0 * x).collect();
            let wide = widen(&input);
            let sums: Vec<f64> = wide.chunks(classes).map(|row| row.iter().map(|x| x.exp()).sum()).collect();
            let want: Vec<f64> = (0..wide.len()).map(|i| wide[i].exp() / sums[i / classes]).collect();
            let log: Vec<f64> = (0..wide.len()).map(|i| wide[i] - sums[i / classes].ln()).collect();
            let what = format!("{classes} classes on {isa}");
            let (mut out, mut out64) = (vec![0.0f32; input.len()], vec![0.0f64; input.len()]);
            softmax_f32(&input, classes, &mut out);
            assert_close(&widen(&out), &want, 2e-6, &what);
            softmax_f64(&wide, classes, &mut out64);
            assert_close(&out64, &want, 1e-13, &what);
            log_softmax_f32(&input, classes, &mut out);
            assert_close(&widen(&out), &log, 1e-6, &what);
            log_softmax_f64(&wide, classes, &mut out64);
            assert_close(&out64, &log, 1e-13, &what);
        }
    });
}

#[test]
fn large_inputs_do_not_overflow() {
    let mut out = [0.0f32; 2];
    softmax_f32(&[1e30, 1e30], 2, &mut out);
    assert_eq!(out, [0.5, 0.5]);
    log_softmax_f32(&[-1e4, 1e4], 2, &mut out);
    assert_eq!(out, [-2e4, 0.0]);
    softmax_f32(&[f32::NEG_INFINITY, 3.0], 2, &mut out);
    assert_eq!(out, [0.0, 1.0]);
}

#[test]
fn nan_spoils_its_row_only() {
    on_every_isa(|_| {
        let mut input = [1.0f32; 40];
        input[7] = f32::NAN;
        let mut out = [0.0; 40];
        softmax_f32(&input, 20, &mut out);
        assert!(out[..20].iter().all(|x| x.is_nan()));
        assert!(out[20..].iter().all(|x| (x - 0.05).abs() < 1e-7));
    });
}

#[test]
fn no_rows_and_many_rows() {
    softmax_f32(&[], 10, &mut []);
    let input = Rng(2).f64s(10 * 20_000);
    let mut out = vec![0.0; input.len()];
    softmax_f64(&input, 10, &mut out);
    assert!(out.chunks(10).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-14));
}
