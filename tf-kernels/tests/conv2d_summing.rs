//! What a convolution sums of its results while they are near, against the results themselves.

#[path = "support/convolution.rs"]
mod convolution;
mod support;

use convolution::*;
use support::*;
use tf_kernels::conv2d::*;

/// Of every way: both transforms of tiles, that of rows, tiles, cells; channels and tiles that end within registers and images.
fn shapes() -> Vec<Conv2dShape> {
    let same = |taps: usize| pad(taps / 2, taps / 2, taps / 2, taps / 2);
    let square = |input, taps, out_c| shape(input, [taps, taps, out_c], 1, [1, 1], [1, 1], same(taps));
    vec![
        square([3, 28, 28, 32], 5, 32),
        square([2, 13, 17, 16], 5, 37),
        square([2, 14, 11, 33], 3, 20),
        square([1, 31, 45, 16], 3, 140),
        square([2, 12, 29, 3], 5, 32),
        square([2, 9, 7, 4], 1, 5),
        square([1, 1, 1, 16], 5, 16),
        shape([2, 15, 9, 5], [3, 3, 6], 1, [2, 2], [1, 1], pad(1, 1, 1, 1)),
    ]
}

fn close(got: f64, want: f64, of: f64) -> bool {
    (got - want).abs() <= 1e-6 * of.abs().max(1e-3)
}

/// Sums of each channel, and how large they might be.
fn sums_of(values: &[f32], channels: usize) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); channels];
    for (i, &x) in values.iter().enumerate() {
        sums[i % channels].0 += f64::from(x);
        sums[i % channels].1 += f64::from(x.abs());
    }
    sums
}

#[test]
fn slopes_of_squared_distances_take_the_place_of_results() {
    for s in shapes() {
        let mut rng = Rng(s.flops());
        let x = rng.f32s(s.batch * s.in_h * s.in_w * s.in_c);
        let w = rng.f32s(s.k_h * s.k_w * s.in_c * s.out_c);
        let bias = rng.f32s(s.out_c);
        let target = rng.f32s(s.batch * s.out_h * s.out_w * s.out_c);
        on_every_isa(|isa| {
            for activation in [Activation::Identity, Activation::Relu] {
                let epilogue = Epilogue::bias(&bias).then(activation);
                let plan = Conv2dPlan::for_packed(&s, Precision::Default);
                let mut y = vec![f32::NAN; target.len()];
                plan.run(&x, &w, epilogue, &mut y);
                let mut squares = 0.0;
                let want: Vec<f32> = y
                    .iter()
                    .zip(&target)
                    .map(|(&y, &target)| {
                        squares += f64::from((y - target) * (y - target));
                        if activation == Activation::Relu && y <= 0.0 { 0.0 } else { (y - target) * 0.37 }
                    })
                    .collect();
                let against = Against { target: &target, factor: 0.37 };
                let (mut slopes, mut sums) = (vec![f32::NAN; y.len()], vec![f32::NAN; s.out_c]);
                let got = plan.run_against(&x, &w, epilogue, against, &mut slopes, &mut sums);
                assert!(slopes == want, "{plan} on {isa}: {s:?}");
                assert!(close(got, squares, squares), "{plan} on {isa}: {got}, not {squares} for {s:?}");
                for (&got, (want, of)) in sums.iter().zip(sums_of(&want, s.out_c)) {
                    assert!(close(f64::from(got), want, of), "{plan} on {isa}: {got}, not {want} for {s:?}");
                }
                let (mut again, mut sums_again) = (vec![f32::NAN; y.len()], vec![f32::NAN; s.out_c]);
                let packed = plan.pack(&w);
                let squares_again = tf_kernels::threads::alone(|| {
                    plan.run_packed_against(&x, &packed, epilogue, against, &mut again, &mut sums_again)
                });
                assert!(
                    (again, sums_again, squares_again) == (slopes, sums, got),
                    "a packed filter gives the same bits, and so does one thread"
                );
            }
        });
    }
}

#[test]
fn slopes_of_images_are_summed_by_channel() {
    for s in shapes() {
        let mut rng = Rng(s.flops());
        let slope = rng.f32s(s.batch * s.out_h * s.out_w * s.out_c);
        let w = rng.f32s(s.k_h * s.k_w * s.in_c * s.out_c);
        let gate = rng.f32s(s.batch * s.in_h * s.in_w * s.in_c);
        on_every_isa(|isa| {
            for gate in [None, Some(&gate[..])] {
                let epilogue = Epilogue { gate, ..Epilogue::default() };
                let mut want = vec![f32::NAN; s.batch * s.in_h * s.in_w * s.in_c];
                conv2d_input_gradient_f32(&s, Precision::Default, &w, &slope, epilogue, &mut want);
                let (mut out, mut sums) = (vec![f32::NAN; want.len()], vec![f32::NAN; s.in_c]);
                conv2d_input_gradient_sums_f32(&s, Precision::Default, &w, &slope, epilogue, &mut out, &mut sums);
                assert!(out == want, "{isa}: {s:?}");
                for (&got, (want, of)) in sums.iter().zip(sums_of(&want, s.in_c)) {
                    assert!(close(f64::from(got), want, of), "{isa}: {got}, not {want} for {s:?}");
                }
            }
        });
    }
}

/// Tiles that are computed anew count once, by what they come to then.
#[test]
fn what_is_not_finite_is_summed_once() {
    let s = shapes()[0];
    let mut rng = Rng(4);
    let mut x = rng.f32s(s.batch * s.in_h * s.in_w * s.in_c);
    let w = rng.f32s(s.k_h * s.k_w * s.in_c * s.out_c);
    let target = rng.f32s(s.batch * s.out_h * s.out_w * s.out_c);
    // Below 0 where it is seen, which relu makes 0: all is finite in the end, but the tiles' own sums are not.
    let wild = 14 * 28 * 32 + 14 * 32;
    x[wild] = f32::NEG_INFINITY;
    let w: Vec<f32> = w.into_iter().map(f32::abs).collect();
    on_every_isa(|isa| {
        let plan = Conv2dPlan::for_packed(&s, Precision::Default);
        assert_eq!(plan.algorithm(), Algorithm::F2x5);
        let relu = Epilogue::default().then(Activation::Relu);
        let mut y = vec![f32::NAN; target.len()];
        plan.run(&x, &w, relu, &mut y);
        assert!(y.iter().all(|y| y.is_finite()) && y[wild] == 0.0);
        let (mut slopes, mut sums) = (vec![f32::NAN; y.len()], vec![f32::NAN; s.out_c]);
        let against = Against { target: &target, factor: 1.0 };
        let squares = plan.run_against(&x, &w, relu, against, &mut slopes, &mut sums);
        let distances = || y.iter().zip(&target).map(|(y, target)| y - target);
        let want: f64 = distances().map(|d| f64::from(d * d)).sum();
        assert!(close(squares, want, want), "{isa}: {squares}, not {want}");
        let want: Vec<f32> = y.iter().zip(distances()).map(|(&y, d)| if y > 0.0 { d } else { 0.0 }).collect();
        assert!(slopes == want, "{isa}");
        for (&got, (want, of)) in sums.iter().zip(sums_of(&want, s.out_c)) {
            assert!(close(f64::from(got), want, of), "{isa}: {got}, not {want}");
        }
    });
}
