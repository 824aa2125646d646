//! Convolutions by transforms against the definition, in `f64`, on every instruction set.

#[path = "support/convolution.rs"]
mod convolution;
mod support;

use convolution::*;
use support::*;
use tf_kernels::conv2d::*;

const ALGORITHMS: [(Algorithm, usize); 5] =
    [(Algorithm::F2x5, 5), (Algorithm::F4x3, 3), (Algorithm::F4x5, 5), (Algorithm::Row4x4, 4), (Algorithm::Row4x5, 5)];

/// Shapes whose rows alone are transformed, of other strides and filters: `[images, rows, columns, channels]`, rows and columns of taps
/// and output channels, strides.
fn of_rows() -> impl Iterator<Item = (Algorithm, Conv2dShape)> {
    let shapes = [
        (Algorithm::Row4x4, [2, 23, 37, 3], [7, 7, 20], [2, 2]),
        (Algorithm::Row4x4, [1, 30, 131, 1], [7, 7, 64], [2, 2]),
        (Algorithm::Row4x4, [1, 9, 20, 5], [3, 8, 33], [1, 2]),
        (Algorithm::Row4x4, [1, 17, 40, 4], [7, 7, 16], [3, 2]),
        (Algorithm::Row4x4, [3, 8, 50, 2], [16, 10, 7], [2, 3]),
        (Algorithm::Row4x4, [1, 40, 55, 3], [2, 13, 31], [5, 4]),
        (Algorithm::Row4x4, [2, 1, 7, 6], [1, 4, 40], [1, 1]),
        (Algorithm::Row4x5, [1, 21, 34, 3], [9, 9, 17], [2, 2]),
        (Algorithm::Row4x5, [1, 12, 33, 17], [3, 5, 9], [1, 1]),
        (Algorithm::Row4x5, [2, 13, 29, 1], [2, 14, 5], [3, 3]),
    ];
    shapes.into_iter().flat_map(|(algorithm, images, filter, strides)| {
        let [rows, columns, _] = filter;
        let same = pad((rows - 1) / 2, rows / 2, (columns - 1) / 2, columns / 2);
        let pads = [same, pad(rows, 0, 0, columns), pad(0, rows, 2 * columns + 1, 1)];
        pads.map(|pad| (algorithm, shape(images, filter, 1, strides, [1, 1], pad)))
    })
}

/// A convolution of stride 1 whose filter an algorithm fits.
fn square(input: [usize; 4], taps: usize, out_c: usize, pad: Padding) -> Conv2dShape {
    shape(input, [taps, taps, out_c], 1, [1, 1], [1, 1], pad)
}

fn same(taps: usize) -> Padding {
    let around = taps / 2;
    pad(around, around, around, around)
}

fn normal(rng: &mut Rng, n: usize) -> Vec<f32> {
    let mut uniform = || (rng.unit() + 1.0) / 2.0 + 1e-12;
    (0..n).map(|_| ((-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()) as f32).collect()
}

/// The largest and the root mean square error, over the root mean square of `want`.
fn errors(got: &[f32], want: &[f64]) -> (f64, f64) {
    let mean = |sum: f64| (sum / want.len() as f64).sqrt();
    let scale = mean(want.iter().map(|x| x * x).sum()).max(1e-3);
    let differences = || got.iter().zip(want).map(|(&g, &w)| (f64::from(g) - w).abs());
    let largest = differences().fold(0.0, f64::max);
    assert!(differences().all(|d| d.is_finite()));
    (largest / scale, mean(differences().map(|d| d * d).sum()) / scale)
}

/// Both ways to run a plan, on every path, with and without an epilogue.
fn check(s: &Conv2dShape, algorithm: Algorithm) {
    let mut rng = Rng(s.flops());
    let x = normal(&mut rng, s.batch * s.in_h * s.in_w * s.in_c);
    let w = normal(&mut rng, s.k_h * s.k_w * s.in_c * s.out_c);
    let bias = normal(&mut rng, s.out_c);
    let (wide_x, wide_w) = (widen(&x), widen(&w));
    let plain = reference(s, &wide_x, &wide_w, None, false);
    let residual = normal(&mut rng, plain.len());
    let gate = normal(&mut rng, plain.len());
    let mut finished = plain.clone();
    for (i, y) in finished.iter_mut().enumerate() {
        *y = (*y + f64::from(bias[i % s.out_c]) + f64::from(residual[i])).clamp(0.0, 6.0);
        if gate[i] <= 0.0 {
            *y = 0.0;
        }
    }
    let all =
        Epilogue { bias: Some(&bias), residual: Some(&residual), activation: Activation::Relu6, gate: Some(&gate) };
    on_every_isa(|isa| {
        let plan = Conv2dPlan::by(s, algorithm);
        let packed = plan.pack(&w);
        for (want, epilogue) in [(&plain, Epilogue::default()), (&finished, all)] {
            let mut out = vec![f32::NAN; want.len()];
            plan.run(&x, &w, epilogue, &mut out);
            let (largest, rms) = errors(&out, want);
            assert!(largest < 3e-4 && rms < 3e-5, "{algorithm} on {isa}: {largest:e}, {rms:e} for {s:?}");
            let mut again = vec![f32::NAN; want.len()];
            plan.run_packed(&x, &packed, epilogue, &mut again);
            assert!(out == again, "a packed filter gives the same bits");
        }
    });
}

#[test]
fn sizes_that_tiles_do_not_divide() {
    for (algorithm, taps) in ALGORITHMS {
        for (h, w) in [(13, 17), (7, 5), (29, 31), (1, 1), (3, 50), (1, 9), (10, 10)] {
            check(&square([1, h, w, 5], taps, 7, same(taps)), algorithm);
        }
    }
}

#[test]
fn channels_of_every_remainder_of_a_register() {
    for (algorithm, taps) in ALGORITHMS {
        for c in (1..=18).chain([31, 32, 33, 48, 65]) {
            check(&square([1, 6, 5, c], taps, 3, same(taps)), algorithm);
            check(&square([1, 6, 5, 3], taps, c, same(taps)), algorithm);
        }
        check(&square([1, 5, 9, 40], taps, 150, same(taps)), algorithm);
    }
}

#[test]
fn padding_may_be_missing_uneven_or_larger_than_the_filter() {
    for (algorithm, taps) in ALGORITHMS {
        for around in [[0, 0, 0, 0], [1, 0, 0, 2], [0, 3, 1, 0], [7, 6, 9, 8], [0, 0, 20, 0], [20, 0, 0, 0]] {
            let [top, bottom, left, right] = around;
            check(&square([2, 9, 8, 4], taps, 6, pad(top, bottom, left, right)), algorithm);
        }
    }
}

#[test]
fn blocks_and_bands_have_no_seams() {
    for (algorithm, taps) in ALGORITHMS {
        check(&square([1, 61, 90, 8], taps, 20, same(taps)), algorithm);
        check(&square([5, 7, 7, 16], taps, 33, same(taps)), algorithm);
        check(&square([3, 28, 28, 3], taps, 16, same(taps)), algorithm);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for (algorithm, taps) in ALGORITHMS {
        let s = square([2, 31, 45, 19], taps, 37, same(taps));
        let mut rng = Rng(3);
        let (x, w) = (normal(&mut rng, 2 * 31 * 45 * 19), normal(&mut rng, taps * taps * 19 * 37));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut out = vec![0.0; s.batch * s.out_h * s.out_w * s.out_c];
            pool.install(|| Conv2dPlan::by(&s, algorithm).run(&x, &w, Epilogue::default(), &mut out));
            out
        };
        let one = run(1);
        assert!(run(2) == one && run(7) == one, "{algorithm}");
    }
}

#[test]
fn rows_of_every_stride_and_filter() {
    for (algorithm, s) in of_rows() {
        check(&s, algorithm);
        check_gradients(&s, algorithm);
    }
}

/// The bounds that `Precision` states.
#[test]
fn errors_stay_within_the_stated_bounds() {
    let bounds = [
        (Algorithm::Direct, 5, 1e-5, 7e-7),
        (Algorithm::Direct, 3, 1e-5, 7e-7),
        (Algorithm::F2x5, 5, 2e-5, 1.2e-6),
        (Algorithm::F4x3, 3, 2e-5, 1.2e-6),
        (Algorithm::F4x5, 5, 8e-5, 4e-6),
        (Algorithm::Row4x4, 4, 2e-5, 1.2e-6),
        (Algorithm::Row4x5, 5, 2e-5, 1.2e-6),
    ];
    let squares = bounds.map(|(algorithm, taps, ..)| (algorithm, taps, square([2, 26, 37, 32], taps, 32, same(taps))));
    // As many terms as are allowed by default.
    let strided = shape([2, 26, 37, 11], [7, 7, 32], 1, [2, 2], [1, 1], same(7));
    for (algorithm, taps, s) in squares.into_iter().chain([(Algorithm::Row4x4, 7, strided)]) {
        let (.., largest, rms) = bounds.into_iter().find(|of| of.0 == algorithm).unwrap();
        let mut rng = Rng(11);
        let (x, w) = (normal(&mut rng, 2 * 26 * 37 * s.in_c), normal(&mut rng, taps * taps * s.in_c * 32));
        let want = reference(&s, &widen(&x), &widen(&w), None, false);
        on_every_isa(|isa| {
            let mut out = vec![0.0; want.len()];
            Conv2dPlan::by(&s, algorithm).run(&x, &w, Epilogue::default(), &mut out);
            let (of_largest, of_rms) = errors(&out, &want);
            println!("{algorithm} on {isa}: largest {of_largest:e}, root mean square {of_rms:e}");
            // Without FMA every product is rounded as well.
            let more = if isa.to_string() == "portable" { 1.5 } else { 1.0 };
            assert!(of_largest <= more * largest, "{algorithm} on {isa}: {of_largest:e}");
            assert!(of_rms <= more * rms, "{algorithm} on {isa}: {of_rms:e}");
        });
    }
}

/// What is not finite is the same as in a direct sum, and what is finite is as
/// close as without it.
#[test]
fn nan_and_infinities_are_those_of_direct_sums() {
    let squares = ALGORITHMS.map(|(algorithm, taps)| (algorithm, taps, square([2, 9, 11, 5], taps, 20, same(taps))));
    let strided = shape([2, 9, 11, 5], [7, 7, 20], 1, [1, 2], [1, 1], same(7));
    for (algorithm, taps, s) in squares.into_iter().chain([(Algorithm::Row4x4, 7, strided)]) {
        for (i, wild) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX].into_iter().enumerate() {
            for in_filter in [false, true] {
                let mut rng = Rng(5);
                let mut x = normal(&mut rng, 2 * 9 * 11 * 5);
                let mut w = normal(&mut rng, taps * taps * 5 * 20);
                let at = if in_filter { &mut w } else { &mut x };
                let middle = at.len() / 2 + 37 * i;
                at[middle] = wild;
                on_every_isa(|isa| {
                    let mut want = vec![0.0; 2 * s.out_h * s.out_w * 20];
                    Conv2dPlan::by(&s, Algorithm::Direct).run(&x, &w, Epilogue::default(), &mut want);
                    let mut out = vec![0.0; want.len()];
                    Conv2dPlan::by(&s, algorithm).run(&x, &w, Epilogue::default(), &mut out);
                    for (i, (&got, &want)) in out.iter().zip(&want).enumerate() {
                        let close = (got - want).abs() <= 1e-4 * (1.0 + want.abs());
                        // A finite one leaves traces next to what it overflows.
                        let same = if wild == f32::MAX {
                            got.is_finite() == want.is_finite()
                        } else {
                            got == want || close || (got.is_nan() && want.is_nan())
                        };
                        assert!(same, "{algorithm} on {isa}, {wild}, result {i}: {got}, not {want}");
                    }
                });
            }
        }
    }
}

/// F(2×2) lets nothing of a large input into results that do not see it;
/// F(4×4), and F(4) within a row, at most what is stated, two pixels far.
#[test]
fn a_large_input_leaves_no_more_than_the_stated_traces_beyond_its_windows() {
    for (algorithm, taps) in ALGORITHMS {
        let s = square([1, 24, 24, 16], taps, 16, same(taps));
        let mut rng = Rng(8);
        let (x, w) = (normal(&mut rng, 24 * 24 * 16), normal(&mut rng, taps * taps * 16 * 16));
        for (y0, x0) in (8..12).flat_map(|y| (8..12).map(move |x| (y, x))) {
            on_every_isa(|isa| {
                let plan = Conv2dPlan::by(&s, algorithm);
                let results = s.out_h * s.out_w * 16;
                let (mut without, mut with) = (vec![0.0; results], vec![0.0; results]);
                let spike = (y0 * 24 + x0) * 16 + 3;
                for (value, out) in [(0.0, &mut without), (1e4, &mut with)] {
                    let mut x = x.clone();
                    x[spike] = value;
                    plan.run(&x, &w, Epilogue::default(), out);
                }
                for (i, (&a, &b)) in without.iter().zip(&with).enumerate() {
                    let (y, x) = (i / 16 / s.out_w, i / 16 % s.out_w);
                    let beyond = y.abs_diff(y0).max(x.abs_diff(x0)).saturating_sub(taps / 2);
                    match (beyond, algorithm) {
                        (0, _) => {}
                        (1 | 2, Algorithm::F4x3 | Algorithm::F4x5) => {
                            assert!((a - b).abs() <= 1e4 * 1e-5, "{algorithm} on {isa}: {a}, with the spike {b}");
                        }
                        // Rows know nothing of each other.
                        (1 | 2, Algorithm::Row4x4 | Algorithm::Row4x5) if y.abs_diff(y0) <= taps / 2 => {
                            assert!((a - b).abs() <= 1e4 * 1e-5, "{algorithm} on {isa}: {a}, with the spike {b}");
                        }
                        _ => assert_eq!(a, b, "{algorithm} on {isa}, {beyond} pixels beyond"),
                    }
                }
            });
        }
    }
}

/// The gradients, on every path: the images' is a convolution, the filter's has sums of its own.
fn check_gradients(s: &Conv2dShape, algorithm: Algorithm) {
    let mut rng = Rng(s.flops());
    let x = normal(&mut rng, s.batch * s.in_h * s.in_w * s.in_c);
    let slope = normal(&mut rng, s.batch * s.out_h * s.out_w * s.out_c);
    let w = normal(&mut rng, s.k_h * s.k_w * s.in_c * s.out_c);
    let (of_x, of_w) = gradients(s, &widen(&x), &widen(&w), &widen(&slope));
    on_every_isa(|isa| {
        let mut out = vec![f32::NAN; w.len()];
        Conv2dPlan::by(s, algorithm).filter_gradient(&x, &slope, &mut out);
        let (largest, rms) = errors(&out, &of_w);
        assert!(largest < 2e-4 && rms < 3e-5, "filter, {algorithm} on {isa}: {largest:e}, {rms:e} for {s:?}");
        let gate = normal(&mut Rng(7), x.len());
        let want: Vec<f64> = of_x.iter().zip(&gate).map(|(&y, &gate)| if gate > 0.0 { y } else { 0.0 }).collect();
        for precision in [Precision::Exact, Precision::Default, Precision::Fast] {
            let mut out = vec![f32::NAN; x.len()];
            let epilogue = Epilogue { gate: Some(&gate), ..Epilogue::default() };
            conv2d_input_gradient_f32(s, precision, &w, &slope, epilogue, &mut out);
            let (largest, rms) = errors(&out, &want);
            assert!(largest < 2e-4 && rms < 3e-5, "images, {precision:?} on {isa}: {largest:e}, {rms:e} for {s:?}");
        }
    });
}

#[test]
fn gradients_of_sizes_that_tiles_and_registers_do_not_divide() {
    for (algorithm, taps) in ALGORITHMS {
        for (h, w) in [(13, 17), (7, 5), (29, 31), (1, 1), (3, 50), (10, 10)] {
            check_gradients(&square([2, h, w, 5], taps, 7, same(taps)), algorithm);
        }
        for c in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50] {
            check_gradients(&square([1, 9, 7, c], taps, 4, same(taps)), algorithm);
            check_gradients(&square([1, 9, 7, 4], taps, c, same(taps)), algorithm);
        }
        for around in [[0, 0, 0, 0], [1, 0, 0, 2], [7, 6, 9, 8], [20, 0, 0, 0]] {
            let [top, bottom, left, right] = around;
            check_gradients(&square([2, 9, 8, 4], taps, 6, pad(top, bottom, left, right)), algorithm);
        }
    }
}

/// Long sums, cut into parts that threads share: as close as direct ones, and
/// the same for any number of threads.
#[test]
fn long_sums_of_gradients_are_as_good_as_direct_ones() {
    for (algorithm, taps, most) in [
        (Algorithm::F2x5, 5, 2e-6),
        (Algorithm::F4x3, 3, 1.5e-6),
        (Algorithm::F4x5, 5, 5e-6),
        (Algorithm::Row4x4, 4, 2e-6),
        (Algorithm::Row4x5, 5, 2e-6),
        (Algorithm::Direct, 3, 1.5e-6),
    ] {
        let s = square([16, 28, 28, 16], taps, 32, same(taps));
        let mut rng = Rng(3);
        let (x, slope) = (normal(&mut rng, 16 * 28 * 28 * 16), normal(&mut rng, 16 * s.out_h * s.out_w * 32));
        let w = vec![0.0; taps * taps * 16 * 32];
        let (_, want) = gradients(&s, &widen(&x), &w, &widen(&slope));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut out = vec![0.0; want.len()];
            pool.install(|| Conv2dPlan::by(&s, algorithm).filter_gradient(&x, &slope, &mut out));
            out
        };
        let one = run(1);
        assert!(run(2) == one && run(5) == one, "{algorithm}");
        let (_, rms) = errors(&one, &want);
        println!("{algorithm}: {rms:e}");
        assert!(rms <= most, "{algorithm}: {rms:e}");
    }
}

#[test]
fn gradients_that_are_not_finite_are_those_of_direct_sums() {
    for (algorithm, taps) in ALGORITHMS {
        let s = square([2, 9, 11, 5], taps, 20, same(taps));
        for wild in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut rng = Rng(5);
            let mut x = normal(&mut rng, 2 * 9 * 11 * 5);
            let slope = normal(&mut rng, 2 * s.out_h * s.out_w * 20);
            x[333] = wild;
            on_every_isa(|isa| {
                let (mut want, mut out) = (vec![0.0; taps * taps * 100], vec![0.0; taps * taps * 100]);
                Conv2dPlan::by(&s, Algorithm::Direct).filter_gradient(&x, &slope, &mut want);
                Conv2dPlan::by(&s, algorithm).filter_gradient(&x, &slope, &mut out);
                for (&got, &want) in out.iter().zip(&want) {
                    assert!(got == want || (got.is_nan() && want.is_nan()), "{algorithm} on {isa}: {got}, not {want}");
                }
            });
        }
    }
}

/// What the estimates choose for shapes where there is no doubt.
#[test]
fn the_precision_bounds_the_choice() {
    use Algorithm::{Direct, F2x5, F4x3, F4x5, Row4x4, Row4x5};
    use Precision::{Default, Exact, Fast};
    let strided = |stride, dilation| shape([1, 28, 28, 32], [5, 5, 32], 1, [stride; 2], [dilation; 2], same(5));
    let cases = [
        (square([1, 28, 28, 32], 5, 32, same(5)), [Direct, F2x5, F4x5]),
        (square([8, 56, 56, 64], 3, 64, same(3)), [Direct, F4x3, F4x3]),
        (square([4, 32, 32, 16], 3, 16, pad(0, 1, 0, 2)), [Direct, F4x3, F4x3]),
        (strided(2, 1), [Direct; 3]),
        (strided(1, 2), [Direct; 3]),
        (square([8, 56, 56, 64], 1, 64, same(1)), [Direct; 3]),
        (shape([1, 28, 28, 32], [3, 5, 32], 1, [1, 1], [1, 1], same(5)), [Direct, Row4x5, Row4x5]),
        (shape([1, 28, 28, 64], [3, 5, 32], 1, [1, 1], [1, 1], same(5)), [Direct, Direct, Row4x5]),
        (shape([1, 28, 28, 32], [3, 3, 32], 2, [1, 1], [1, 1], same(3)), [Direct; 3]),
        // Few channels: rows only.
        (square([8, 64, 64, 3], 5, 32, same(5)), [Direct, Row4x5, F4x5]),
        (shape([1, 224, 224, 3], [7, 7, 64], 1, [2, 2], [1, 1], pad(2, 3, 2, 3)), [Direct, Row4x4, Row4x4]),
        // The filter's transform would take longer than the convolution.
        (square([1, 1, 1, 32], 3, 32, same(3)), [Direct; 3]),
    ];
    on_every_isa(|isa| {
        for (shape, expected) in cases {
            let chosen = [Exact, Default, Fast].map(|precision| Conv2dPlan::new(&shape, precision).algorithm());
            assert_eq!(chosen, expected, "{shape:?} on {isa}");
        }
    });
}
