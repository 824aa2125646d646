//! Convolutions against the definition, in `f64`, on every instruction set.

#[path = "support/convolution.rs"]
mod convolution;
mod support;

use convolution::*;
use support::*;
use tf_kernels::conv2d::*;

/// Both types against the reference, with and without an epilogue.
fn check(s: &Conv2dShape) {
    let mut rng = Rng(s.flops());
    let x = rng.f32s(s.batch * s.in_h * s.in_w * s.in_c);
    let w = rng.f32s(s.k_h * s.k_w * s.in_c / s.groups * s.out_c);
    let bias = rng.f32s(s.out_c);
    let (wide_x, wide_w, wide_bias) = (widen(&x), widen(&w), widen(&bias));
    for (with_bias, relu) in [(false, false), (true, true)] {
        let want = reference(s, &wide_x, &wide_w, with_bias.then_some(&wide_bias), relu);
        on_every_isa(|isa| {
            let what = format!("{s:?} on {isa}");
            let activation = if relu { Activation::Relu } else { Activation::Identity };
            let mut out = vec![f32::NAN; want.len()];
            let epilogue = Epilogue { bias: with_bias.then_some(&bias[..]), activation, ..Epilogue::default() };
            conv2d_f32(s, Precision::Exact, &x, &w, epilogue, &mut out);
            assert_close(&widen(&out), &want, 1e-5, &what);
            let mut out = vec![f64::NAN; want.len()];
            let epilogue = Epilogue { bias: with_bias.then_some(&wide_bias[..]), activation, ..Epilogue::default() };
            conv2d_f64(s, Precision::Exact, &wide_x, &wide_w, epilogue, &mut out);
            assert_close(&out, &want, 1e-12, &what);
        });
    }
}

const NONE: Padding = Padding { top: 0, bottom: 0, left: 0, right: 0 };

#[test]
fn output_channels_of_every_remainder_of_a_register() {
    for out_c in (1..=35).chain([48, 63, 64]) {
        check(&shape([1, 4, 5, 3], [3, 3, out_c], 1, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    }
}

#[test]
fn widths_of_every_remainder_of_a_tile() {
    for width in 1..=31 {
        check(&shape([1, 3, width, 2], [3, 3, 17], 1, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    }
}

#[test]
fn few_and_odd_input_channels() {
    for in_c in [1, 2, 3, 5, 16, 33] {
        check(&shape([2, 7, 5, in_c], [5, 5, 8], 1, [1, 1], [1, 1], pad(2, 2, 2, 2)));
    }
}

#[test]
fn the_filters_of_the_variable_guide() {
    check(&shape([1, 28, 28, 1], [5, 5, 32], 1, [1, 1], [1, 1], pad(2, 2, 2, 2)));
    check(&shape([1, 10, 10, 32], [5, 5, 32], 1, [1, 1], [1, 1], pad(2, 2, 2, 2)));
}

#[test]
fn padding_may_be_missing_uneven_or_larger_than_the_image() {
    check(&shape([1, 9, 8, 3], [3, 2, 5], 1, [1, 1], [1, 1], NONE));
    check(&shape([1, 6, 7, 3], [4, 4, 5], 1, [1, 1], [1, 1], pad(1, 2, 1, 2)));
    check(&shape([1, 2, 1, 3], [5, 7, 5], 1, [1, 1], [1, 1], pad(2, 2, 3, 3)));
    check(&shape([1, 2, 3, 2], [3, 3, 4], 1, [1, 1], [1, 1], pad(4, 0, 0, 5)));
    check(&shape([1, 2, 3, 2], [3, 3, 4], 1, [1, 1], [1, 1], pad(0, 4, 5, 0)));
}

#[test]
fn strides_and_dilations() {
    for strides in [[1, 1], [2, 2], [1, 3], [3, 1]] {
        for dilations in [[1, 1], [2, 2], [1, 3], [3, 1]] {
            check(&shape([1, 11, 13, 3], [3, 3, 18], 1, strides, dilations, pad(1, 2, 2, 1)));
            check(&shape([1, 11, 13, 3], [3, 3, 18], 1, strides, dilations, NONE));
        }
    }
}

#[test]
fn groups_see_only_their_channels() {
    for (groups, in_c, out_c) in [(2, 6, 4), (3, 6, 51), (4, 4, 8), (2, 32, 64), (5, 10, 5)] {
        check(&shape([2, 5, 6, in_c], [3, 3, out_c], groups, [1, 1], [1, 1], pad(1, 1, 1, 1)));
        check(&shape([1, 5, 6, in_c], [2, 3, out_c], groups, [2, 1], [1, 2], pad(0, 1, 2, 2)));
    }
}

#[test]
fn cell_by_cell_convolution_is_a_matrix_product() {
    for (batch, in_h, in_w, in_c, out_c) in [(1, 1, 1, 7, 5), (3, 5, 7, 9, 40), (2, 31, 30, 33, 64)] {
        check(&shape([batch, in_h, in_w, in_c], [1, 1, out_c], 1, [1, 1], [1, 1], NONE));
    }
    check(&shape([2, 6, 5, 4], [1, 1, 6], 1, [2, 2], [1, 1], NONE));
    check(&shape([2, 6, 5, 4], [1, 1, 6], 1, [1, 1], [1, 1], pad(1, 0, 1, 0)));
    check(&shape([2, 6, 5, 4], [1, 1, 6], 2, [1, 1], [1, 1], NONE));
}

#[test]
fn bands_shared_among_threads_have_no_seams() {
    check(&shape([2, 61, 37, 8], [3, 3, 24], 1, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    check(&shape([3, 40, 37, 5], [5, 3, 33], 1, [2, 1], [1, 2], pad(2, 2, 1, 1)));
    check(&shape([1, 120, 90, 3], [3, 3, 16], 1, [1, 1], [1, 1], NONE));
}

#[test]
fn depthwise_convolution_keeps_channels_apart() {
    for (in_c, multiplier) in [(1, 1), (3, 1), (32, 1), (37, 1), (65, 1), (3, 2), (5, 17)] {
        let out_c = in_c * multiplier;
        for (strides, dilations) in [([1, 1], [1, 1]), ([2, 2], [1, 1]), ([1, 1], [2, 3])] {
            let pad = pad(1, 1, 2, 1);
            let s = shape([2, 8, 9, in_c], [3, 3, out_c], in_c, strides, dilations, pad);
            check(&s);
            let mut rng = Rng(9);
            let x = rng.f32s(2 * 8 * 9 * in_c);
            let w = rng.f32s(9 * out_c);
            let mut out = vec![0.0; s.batch * s.out_h * s.out_w * out_c];
            depthwise_conv2d_f32(&s, &x, &w, Epilogue::default(), &mut out);
            let want = reference(&s, &widen(&x), &widen(&w), None, false);
            assert_close(&widen(&out), &want, 1e-5, "depthwise");
        }
    }
}

#[test]
fn depthwise_rows_of_every_remainder_of_a_register() {
    for width in 1..=40 {
        check(&shape([1, 3, width, 3], [3, 3, 3], 3, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    }
    for in_c in (1..=35).chain([47, 63, 65, 97, 129]) {
        check(&shape([1, 4, 5, in_c], [3, 3, in_c], in_c, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    }
}

#[test]
fn depthwise_strides_dilations_and_uneven_padding() {
    for in_c in [1, 3, 5, 16, 33] {
        for strides in [[1, 1], [2, 2], [1, 3], [3, 1]] {
            for dilations in [[1, 1], [2, 2], [1, 3], [3, 1]] {
                let strided = |k, pad| check(&shape([2, 9, 17, in_c], [k, 3, in_c], in_c, strides, dilations, pad));
                strided(3, pad(1, 2, 2, 1));
                strided(2, pad(0, 3, 9, 0));
                strided(3, NONE);
            }
        }
        check(&shape([1, 2, 1, in_c], [5, 7, in_c], in_c, [1, 1], [1, 1], pad(2, 2, 3, 3)));
        check(&shape([1, 2, 3, in_c], [3, 3, in_c], in_c, [1, 1], [1, 1], pad(4, 0, 0, 5)));
        check(&shape([1, 2, 3, in_c], [3, 3, in_c], in_c, [1, 5], [1, 1], pad(0, 4, 7, 0)));
    }
}

#[test]
fn narrow_groups_and_multipliers() {
    for (in_cg, out_cg) in [(1, 2), (1, 3), (1, 4), (1, 7), (2, 1), (2, 2), (3, 3), (4, 4), (4, 2), (5, 2)] {
        for groups in [1, 3, 8] {
            let [in_c, out_c] = [in_cg, out_cg].map(|channels| channels * groups);
            check(&shape([2, 5, 19, in_c], [3, 3, out_c], groups, [1, 1], [1, 1], pad(1, 1, 1, 1)));
            check(&shape([1, 6, 8, in_c], [2, 3, out_c], groups, [2, 2], [1, 3], pad(0, 1, 4, 2)));
        }
    }
}

#[test]
fn depthwise_bands_have_no_seams() {
    check(&shape([2, 61, 90, 3], [5, 5, 3], 3, [1, 1], [1, 1], pad(2, 2, 2, 2)));
    check(&shape([1, 7, 7, 512], [3, 3, 512], 512, [1, 1], [1, 1], pad(1, 1, 1, 1)));
    // A single row is cut into columns.
    check(&shape([1, 1, 30_000, 3], [1, 9, 3], 3, [1, 1], [1, 2], pad(0, 0, 8, 8)));
    check(&shape([1, 1, 9_001, 33], [1, 1, 33], 33, [1, 1], [1, 1], NONE));
    check(&shape([1, 3, 5_001, 5], [3, 3, 10], 5, [1, 2], [1, 1], pad(1, 1, 1, 1)));
}

/// A NaN makes NaN of what its windows compute from it, and of nothing else.
#[test]
fn nan_reaches_only_the_windows_that_see_it() {
    for (in_c, groups, stride, dilation) in
        [(1, 1, 1, 1), (3, 3, 1, 1), (5, 5, 1, 2), (33, 33, 2, 1), (16, 16, 1, 3), (6, 3, 1, 1)]
    {
        let [stride, dilation] = [[stride; 2], [dilation; 2]];
        let s = shape([1, 9, 23, in_c], [3, 3, in_c], groups, stride, dilation, pad(1, 2, 2, 1));
        let mut rng = Rng(4);
        let w = widen(&rng.f32s(9 * in_c / groups * in_c));
        for at in (0..9 * 23 * in_c).step_by(41) {
            let mut x = widen(&rng.f32s(9 * 23 * in_c));
            x[at] = f64::NAN;
            let want = reference(&s, &x, &w, None, false);
            assert!(stride != [1, 1] || want.iter().any(|x| x.is_nan()));
            let (x, w): (Vec<f32>, Vec<f32>) =
                (x.iter().map(|&x| x as f32).collect(), w.iter().map(|&w| w as f32).collect());
            on_every_isa(|isa| {
                let mut out = vec![0.0; want.len()];
                conv2d_f32(&s, Precision::Exact, &x, &w, Epilogue::default(), &mut out);
                assert_close(&widen(&out), &want, 1e-5, &format!("NaN at {at}, {s:?} on {isa}"));
            });
        }
    }
}

#[test]
fn nan_passes_through_the_fused_relu() {
    for (in_c, groups, out_c) in [(1, 1, 32), (3, 3, 3)] {
        let s = shape([1, 3, 3, in_c], [3, 3, out_c], groups, [1, 1], [1, 1], pad(1, 1, 1, 1));
        on_every_isa(|isa| {
            let x = vec![f32::NAN; 9 * in_c];
            let w = vec![1.0; 9 * in_c / groups * out_c];
            let mut out = vec![0.0; 9 * out_c];
            conv2d_f32(&s, Precision::Exact, &x, &w, Epilogue::default().then(Activation::Relu), &mut out);
            assert!(out.iter().all(|x| x.is_nan()), "{isa}");
        });
    }
}

#[test]
fn nothing_to_do_is_done() {
    let empty = shape([0, 4, 4, 2], [3, 3, 4], 1, [1, 1], [1, 1], NONE);
    conv2d_f32(&empty, Precision::Exact, &[], &[0.0; 72], Epilogue::default(), &mut []);
    let no_channels = shape([1, 4, 4, 0], [3, 3, 4], 1, [1, 1], [1, 1], NONE);
    conv2d_f64(
        &shape([1, 4, 4, 0], [1, 1, 4], 1, [1, 1], [1, 1], NONE),
        Precision::Exact,
        &[],
        &[],
        Epilogue::default(),
        &mut [0.0; 64],
    );
    let mut out = [5.0f32; 16];
    let bias = Some(&[1.0, 2.0, 3.0, 4.0][..]);
    conv2d_f32(&no_channels, Precision::Exact, &[], &[], Epilogue { bias, ..Epilogue::default() }, &mut out);
    assert!(out.chunks(4).all(|cell| cell == [1.0, 2.0, 3.0, 4.0]));
}

#[test]
#[should_panic(expected = "windows of 3 cells")]
fn windows_that_do_not_fit_are_refused() {
    let mut s = shape([1, 4, 4, 1], [3, 3, 1], 1, [1, 1], [1, 1], NONE);
    s.out_h = 3;
    conv2d_f32(&s, Precision::Exact, &[0.0; 16], &[0.0; 9], Epilogue::default(), &mut [0.0; 6]);
}
