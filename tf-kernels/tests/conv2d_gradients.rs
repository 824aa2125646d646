//! Gradients of convolutions against the definition, in `f64`, on every instruction set.

#[path = "support/convolution.rs"]
mod convolution;
mod support;

use convolution::*;
use support::*;
use tf_kernels::conv2d::*;

fn check(s: &Conv2dShape) {
    let mut rng = Rng(s.flops());
    let x = rng.f32s(s.batch * s.in_h * s.in_w * s.in_c);
    let w = rng.f32s(s.k_h * s.k_w * s.in_c / s.groups * s.out_c);
    let slope = rng.f32s(s.batch * s.out_h * s.out_w * s.out_c);
    let gates = rng.f32s(x.len());
    let (wide_x, wide_w, wide_slope) = (widen(&x), widen(&w), widen(&slope));
    let (of_x, of_w) = gradients(s, &wide_x, &wide_w, &wide_slope);
    on_every_isa(|isa| {
        let what = format!("{s:?} on {isa}");
        let mut out = vec![f32::NAN; x.len()];
        conv2d_input_gradient_f32(s, Precision::Exact, &w, &slope, Epilogue::default(), &mut out);
        assert_close(&widen(&out), &of_x, 2e-5, &format!("input, {what}"));
        let (bias, residual, gate) = (&x[..s.in_c], &x[..], &gates[..]);
        let epilogue =
            Epilogue { bias: Some(bias), residual: Some(residual), activation: Activation::Relu, gate: Some(gate) };
        let mut out = vec![f32::NAN; x.len()];
        conv2d_input_gradient_f32(s, Precision::Exact, &w, &slope, epilogue, &mut out);
        let after = |i: usize| (of_x[i] + f64::from(bias[i % s.in_c]) + f64::from(residual[i])).max(0.0);
        let want: Vec<f64> = (0..x.len()).map(|i| if gate[i] > 0.0 { after(i) } else { 0.0 }).collect();
        assert_close(&widen(&out), &want, 2e-5, &format!("input and what follows, {what}"));
        let mut out = vec![f64::NAN; x.len()];
        conv2d_input_gradient_f64(s, Precision::Exact, &wide_w, &wide_slope, Epilogue::default(), &mut out);
        assert_close(&out, &of_x, 1e-11, &format!("input, {what}"));
        let mut out = vec![f32::NAN; w.len()];
        conv2d_filter_gradient_f32(s, Precision::Exact, &x, &slope, &mut out);
        assert_close(&widen(&out), &of_w, 1e-4, &format!("filter, {what}"));
        let mut out = vec![f64::NAN; w.len()];
        conv2d_filter_gradient_f64(s, Precision::Exact, &wide_x, &wide_slope, &mut out);
        assert_close(&out, &of_w, 1e-11, &format!("filter, {what}"));
    });
}

#[test]
fn the_filters_of_the_variable_guide() {
    check(&shape([3, 28, 28, 1], [5, 5, 32], 1, [1, 1], [1, 1], pad(2, 2, 2, 2)));
    check(&shape([2, 10, 10, 32], [5, 5, 32], 1, [1, 1], [1, 1], pad(2, 2, 2, 2)));
    check(&shape([2, 10, 10, 32], [5, 5, 32], 32, [1, 1], [1, 1], pad(2, 2, 2, 2)));
}

#[test]
fn channels_of_every_remainder_of_a_register() {
    for c in (1..=20).chain([31, 33, 48]) {
        check(&shape([1, 5, 6, 3], [3, 3, c], 1, [1, 1], [1, 1], pad(1, 1, 1, 1)));
        check(&shape([1, 5, 6, c], [3, 2, 5], 1, [1, 1], [1, 1], pad(1, 1, 0, 1)));
    }
}

#[test]
fn strides_and_dilations_alone_and_together() {
    for strides in [[1, 1], [2, 2], [3, 1], [2, 3], [4, 6]] {
        for dilations in [[1, 1], [2, 2], [1, 3], [4, 2], [6, 4]] {
            check(&shape([2, 17, 19, 3], [3, 2, 6], 1, strides, dilations, pad(2, 1, 3, 2)));
            check(&shape([1, 15, 16, 4], [2, 3, 4], 2, strides, dilations, pad(0, 0, 0, 0)));
        }
    }
}

#[test]
fn taps_that_the_stride_jumps_over_and_cells_that_no_tap_reaches() {
    check(&shape([1, 11, 9, 2], [1, 1, 3], 1, [3, 2], [1, 1], pad(0, 0, 0, 0)));
    check(&shape([2, 8, 8, 2], [2, 2, 3], 1, [5, 4], [1, 1], pad(0, 1, 1, 0)));
    check(&shape([1, 9, 9, 3], [4, 3, 2], 1, [2, 2], [2, 2], pad(1, 1, 2, 2)));
}

#[test]
fn padding_beyond_the_reach_of_the_filter() {
    check(&shape([1, 4, 5, 2], [1, 1, 3], 1, [1, 1], [1, 1], pad(3, 2, 1, 4)));
    check(&shape([2, 4, 3, 2], [2, 1, 3], 1, [2, 3], [1, 1], pad(7, 5, 6, 4)));
    check(&shape([2, 3, 4, 1], [2, 2, 1], 1, [1, 1], [1, 2], pad(5, 0, 0, 6)));
}

#[test]
fn groups_of_few_and_of_many_channels() {
    for (in_c, out_c, groups) in [(6, 6, 6), (4, 12, 4), (6, 4, 2), (24, 36, 3), (34, 34, 2)] {
        check(&shape([2, 9, 7, in_c], [3, 3, out_c], groups, [1, 1], [1, 1], pad(1, 1, 1, 1)));
        check(&shape([1, 9, 8, in_c], [3, 2, out_c], groups, [2, 1], [1, 2], pad(1, 2, 0, 1)));
    }
}

#[test]
fn images_of_many_bands_shared_among_threads() {
    check(&shape([2, 70, 80, 3], [3, 3, 8], 1, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    check(&shape([3, 40, 30, 16], [3, 3, 24], 1, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    check(&shape([2, 60, 50, 12], [3, 3, 12], 12, [1, 1], [1, 1], pad(1, 1, 1, 1)));
}

#[test]
fn sums_do_not_depend_on_the_number_of_threads() {
    let s = shape([4, 40, 40, 3], [3, 3, 16], 1, [1, 1], [1, 1], pad(1, 1, 1, 1));
    let mut rng = Rng(7);
    let x = rng.f32s(s.batch * s.in_h * s.in_w * s.in_c);
    let slope = rng.f32s(s.batch * s.out_h * s.out_w * s.out_c);
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut out = vec![0.0; 3 * 3 * 3 * 16];
        pool.install(|| conv2d_filter_gradient_f32(&s, Precision::Exact, &x, &slope, &mut out));
        out
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn nothing_gives_zeros() {
    let s = Conv2dShape { out_h: 0, ..shape([1, 3, 3, 2], [3, 3, 2], 1, [1, 1], [1, 1], pad(0, 0, 0, 0)) };
    let mut out = [1.0; 18];
    conv2d_input_gradient_f32(&s, Precision::Exact, &[1.0; 36], &[], Epilogue::default(), &mut out);
    assert_eq!(out, [0.0; 18]);
    let mut out = [1.0; 36];
    conv2d_filter_gradient_f32(&s, Precision::Exact, &[1.0; 18], &[], &mut out);
    assert_eq!(out, [0.0; 36]);
}
