//! Gradients against their functions: a linear function and its gradient have equal inner products, the others equal
//! central differences in `f64`.

mod support;

use support::*;
use tf_kernels::{
    KernelError, cross_entropy::*, mirror::*, movement::*, pool::*, pool_gradients::*, product::*, reduce::*,
    segments::*, slopes::*, sum::*, unary::*,
};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The slope of `f` at `x` in the direction `to`.
fn difference(x: &[f64], to: &[f64], f: impl Fn(&[f64]) -> f64) -> f64 {
    const STEP: f64 = 1e-6;
    let at = |sign: f64| f(&x.iter().zip(to).map(|(x, to)| x + sign * STEP * to).collect::<Vec<_>>());
    (at(1.0) - at(-1.0)) / (2.0 * STEP)
}

#[test]
fn the_slopes_of_functions_are_their_central_differences() {
    let alpha = 0.3;
    for (slope, function, of_value) in [
        (SlopeOp::Relu, UnaryOp::Relu, false),
        (SlopeOp::Relu6, UnaryOp::Relu6, false),
        (SlopeOp::LeakyRelu { alpha }, UnaryOp::LeakyRelu { alpha }, false),
        (SlopeOp::Elu, UnaryOp::Elu, true),
        (SlopeOp::Selu, UnaryOp::Selu, true),
        (SlopeOp::Sigmoid, UnaryOp::Sigmoid, true),
        (SlopeOp::Tanh, UnaryOp::Tanh, true),
        (SlopeOp::Softplus, UnaryOp::Softplus, false),
        (SlopeOp::Softsign, UnaryOp::Softsign, false),
        (SlopeOp::Sqrt, UnaryOp::Sqrt, true),
        (SlopeOp::Rsqrt, UnaryOp::Rsqrt, true),
        (SlopeOp::Reciprocal, UnaryOp::Reciprocal, true),
    ] {
        let positive = matches!(slope, SlopeOp::Sqrt | SlopeOp::Rsqrt);
        let mut rng = Rng(9);
        let x: Vec<f64> = (0..101).map(|_| if positive { 2.0 + rng.unit() } else { 8.0 * rng.unit() }).collect();
        let behind = rng.f64s(x.len());
        let value = |x: &[f64]| {
            let mut y = vec![0.0; x.len()];
            unary_f64(function, x, &mut y).unwrap();
            y
        };
        let want: Vec<f64> =
            x.iter().zip(&behind).map(|(&x, s)| s * difference(&[x], &[1.0], |x| value(x)[0])).collect();
        let at = if of_value { value(&x) } else { x.clone() };
        on_every_isa(|isa| {
            let mut out = vec![f64::NAN; x.len()];
            slope_f64(slope, &at, &behind, &mut out);
            assert_close(&out, &want, 1e-6, &format!("{slope:?} on {isa}"));
            let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<f32>>();
            let mut single = vec![f32::NAN; x.len()];
            slope_f32(slope, &narrow(&at), &narrow(&behind), &mut single);
            assert_close(&widen(&single), &out, 1e-5, &format!("{slope:?} on {isa}"));
        });
    }
}

#[test]
fn where_no_slope_comes_from_behind_there_is_none_before_a_pole() {
    for (slope, at) in [(SlopeOp::Sqrt, 0.0), (SlopeOp::Rsqrt, f64::INFINITY), (SlopeOp::Reciprocal, f64::NEG_INFINITY)]
    {
        on_every_isa(|isa| {
            let (mut out, mut single) = ([f64::NAN; 19], [f32::NAN; 19]);
            slope_f64(slope, &[at; 19], &[0.0; 19], &mut out);
            slope_f32(slope, &[at as f32; 19], &[0.0; 19], &mut single);
            assert!(out == [0.0; 19] && single == [0.0; 19], "{slope:?} on {isa}: {out:?}, {single:?}");
        });
    }
}

fn pools() -> Vec<Pool2dShape> {
    let mut shapes = Vec::new();
    for (in_h, in_w, channels) in [(1, 1, 1), (7, 5, 3), (8, 9, 33), (90, 50, 16)] {
        for (window, strides, pad) in [
            ([1, 1], [1, 1], Padding::default()),
            ([2, 2], [2, 2], Padding { top: 1, bottom: 1, left: 1, right: 1 }),
            ([3, 2], [1, 3], Padding { top: 1, bottom: 1, left: 0, right: 1 }),
            ([1, 1], [3, 2], Padding::default()),
        ] {
            let (h, w) = (in_h + pad.top + pad.bottom, in_w + pad.left + pad.right);
            let (out_h, out_w) = ((h - window[0]) / strides[0] + 1, (w - window[1]) / strides[1] + 1);
            shapes.push(Pool2dShape { batch: 2, in_h, in_w, channels, window, strides, pad, out_h, out_w });
        }
    }
    shapes
}

#[test]
fn the_gradient_of_means_over_windows_is_their_transpose() {
    let mut rng = Rng(1);
    for s in pools() {
        let x = rng.f64s(s.batch * s.in_h * s.in_w * s.channels);
        let slope = rng.f64s(s.batch * s.out_h * s.out_w * s.channels);
        on_every_isa(|isa| {
            let (mut y, mut out) = (vec![0.0; slope.len()], vec![f64::NAN; x.len()]);
            avg_pool_f64(&s, &x, &mut y);
            avg_pool_gradient_f64(&s, &slope, &mut out);
            assert_close(&[dot(&out, &x)], &[dot(&slope, &y)], 1e-12, &format!("{s:?} on {isa}"));
        });
    }
}

#[test]
fn the_gradient_of_largest_elements_goes_to_each_windows_largest() {
    let mut rng = Rng(2);
    for s in pools() {
        let x = rng.f64s(s.batch * s.in_h * s.in_w * s.channels);
        let slope = rng.f64s(s.batch * s.out_h * s.out_w * s.channels);
        let to = rng.f64s(x.len());
        let mut want = vec![0.0; x.len()];
        for (i, slope) in slope.iter().enumerate() {
            let at = coordinates(i, &[s.batch, s.out_h, s.out_w, s.channels]);
            let cells = (0..s.window[0] * s.window[1]).filter_map(|tap| {
                let y = (at[1] * s.strides[0] + tap / s.window[1]).wrapping_sub(s.pad.top);
                let x = (at[2] * s.strides[1] + tap % s.window[1]).wrapping_sub(s.pad.left);
                (y < s.in_h && x < s.in_w).then(|| ((at[0] * s.in_h + y) * s.in_w + x) * s.channels + at[3])
            });
            if let Some(place) = cells.max_by(|&a, &b| x[a].total_cmp(&x[b])) {
                want[place] += slope;
            }
        }
        on_every_isa(|isa| {
            let mut out = vec![f64::NAN; x.len()];
            max_pool_gradient_f64(&s, &x, &slope, &mut out);
            assert_close(&out, &want, 1e-12, &format!("{s:?} on {isa}"));
            // The gradient is linear in the slopes, and what is chosen is its own gradient.
            let mut chosen = vec![f64::NAN; slope.len()];
            max_pool_chosen_f64(&s, &x, &to, &mut chosen);
            assert_close(&[dot(&chosen, &slope)], &[dot(&out, &to)], 1e-12, &format!("{s:?} on {isa}"));
        });
    }
}

#[test]
fn of_equal_largest_elements_the_first_has_the_slope() {
    let s = Pool2dShape {
        batch: 1,
        in_h: 2,
        in_w: 2,
        channels: 1,
        window: [2, 2],
        strides: [1, 1],
        pad: Padding::default(),
        out_h: 1,
        out_w: 1,
    };
    let mut out = [0.0; 4];
    max_pool_gradient_f32(&s, &[1.0, 3.0, 3.0, 3.0], &[5.0], &mut out);
    assert_eq!(out, [0.0, 5.0, 0.0, 0.0]);
    max_pool_gradient_f32(&s, &[1.0, 3.0, f32::NAN, 3.0], &[5.0], &mut out);
    assert_eq!(out, [0.0, 0.0, 5.0, 0.0]);
}

#[test]
fn slices_are_added_where_their_indices_say() {
    let mut rng = Rng(3);
    for (shape, axis, count) in
        [(vec![5, 3], 0, 7), (vec![2, 4, 3], 1, 9), (vec![3, 2], 1, 4), (vec![4000, 40], 0, 3000)]
    {
        let size = shape[axis];
        let indices: Vec<i64> = (0..count).map(|_| rng.below(size) as i64).collect();
        let mut taken = shape.clone();
        taken[axis] = count;
        let values = rng.f64s(elements(&taken));
        let mut want = vec![0.0; elements(&shape)];
        for (i, value) in values.iter().enumerate() {
            let mut at = coordinates(i, &taken);
            at[axis] = indices[at[axis]] as usize;
            want[offset(&at, &shape)] += value;
        }
        let mut out = vec![f64::NAN; want.len()];
        segment_sum_f64(&values, &indices, &shape, axis, &mut out).unwrap();
        assert_close(&out, &want, 1e-12, &format!("{shape:?} along {axis}"));
    }
    let mut out = [0.0f32; 2];
    let error = segment_sum_f32(&[1.0, 1.0], &[0, 2], &[2], 0, &mut out).unwrap_err();
    assert_eq!(error, KernelError::IndexOutOfRange { position: 1, index: 2, size: 2 });
}

#[test]
fn a_strided_slice_goes_back_to_where_it_was_taken_from() {
    let mut rng = Rng(4);
    for (shape, first, strides, count) in [
        (vec![7], vec![1], vec![2], vec![3]),
        (vec![5, 6], vec![4, 0], vec![-2, 1], vec![3, 6]),
        (vec![3, 4, 5], vec![0, 3, 1], vec![1, -1, 3], vec![3, 4, 2]),
        (vec![60, 70, 9], vec![3, 0, 0], vec![2, 1, 1], vec![28, 70, 9]),
        (vec![2, 2], vec![0, 0], vec![1, 1], vec![2, 2]),
        (vec![3], vec![0], vec![1], vec![0]),
    ] {
        let x: Vec<u32> = rng.u32s(elements(&shape));
        let slope: Vec<u32> = rng.u32s(elements(&count));
        let mut taken = vec![0; slope.len()];
        strided_slice_u32(&x, &shape, &first, &strides, &count, &mut taken);
        let mut out = vec![7; x.len()];
        scatter_slice_u32(&slope, &first, &strides, &count, &shape, &mut out);
        let product =
            |a: &[u32], b: &[u32]| a.iter().zip(b).fold(0u32, |s, (&a, &b)| s.wrapping_add(a.wrapping_mul(b)));
        assert_eq!(product(&out, &x), product(&slope, &taken), "{shape:?}");
        assert_eq!(out.iter().filter(|&&x| x != 0).count(), slope.len());
    }
}

#[test]
fn the_gradient_of_mirrors_is_their_transpose() {
    let mut rng = Rng(5);
    for (shape, paddings) in [
        (vec![3], vec![(2, 1)]),
        (vec![3, 4], vec![(1, 2), (0, 3)]),
        (vec![4, 2, 5], vec![(0, 0), (1, 1), (3, 0)]),
        (vec![60, 50, 8], vec![(20, 3), (0, 9), (2, 2)]),
    ] {
        for mode in [MirrorMode::Reflect, MirrorMode::Symmetric] {
            let padded: Vec<usize> = shape.iter().zip(&paddings).map(|(d, (a, b))| d + a + b).collect();
            // Words that are moved: whole numbers below 2²⁰, so that the sums are exact.
            let x: Vec<u64> = (0..elements(&shape)).map(|_| rng.below(1 << 10) as u64).collect();
            let mut y = vec![0; elements(&padded)];
            mirror_pad_u64(&x, &shape, &paddings, mode, &mut y);
            let slope: Vec<f64> = (0..y.len()).map(|_| rng.below(1 << 10) as f64).collect();
            let mut out = vec![f64::NAN; x.len()];
            mirror_pad_gradient_f64(&slope, &shape, &paddings, mode, &mut out);
            let floats = |x: &[u64]| x.iter().map(|&x| x as f64).collect::<Vec<f64>>();
            assert_eq!(dot(&out, &floats(&x)), dot(&slope, &floats(&y)), "{shape:?} {mode:?}");
        }
    }
}

#[test]
fn the_gradient_of_products_is_that_of_the_others() {
    let mut rng = Rng(6);
    for (shape, axes) in
        [(vec![4], vec![0]), (vec![3, 4, 2], vec![1]), (vec![3, 2, 4], vec![0, 2]), (vec![50, 40, 9], vec![1])]
    {
        let mut x = rng.f64s(elements(&shape));
        x[1] = 0.0;
        x[2] = 0.0;
        let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
        let slope = rng.f64s(elements(&kept));
        let to = rng.f64s(x.len());
        let value = |x: &[f64]| {
            let mut y = vec![0.0; slope.len()];
            reduce_f64(ReduceOp::Prod, x, &shape, &axes, &mut y);
            dot(&y, &slope)
        };
        let slopes = |x: &[f64], directions: &[&[f64]]| {
            let mut out = vec![f64::NAN; x.len()];
            product_gradient_f64(x, &shape, &axes, &slope, directions, &mut out);
            dot(&out, &to)
        };
        assert_close(&[slopes(&x, &[])], &[difference(&x, &to, value)], 1e-6, &format!("{shape:?}"));
        // Each further direction is one more derivative; beyond as many as there are elements they vanish.
        let directions: Vec<Vec<f64>> = (0..4).map(|_| rng.f64s(x.len())).collect();
        let directions: Vec<&[f64]> = directions.iter().map(|direction| &direction[..]).collect();
        for order in 1..=4 {
            let (before, last) = (&directions[..order - 1], directions[order - 1]);
            let want = difference(&x, last, |x| slopes(x, before));
            assert_close(&[slopes(&x, &directions[..order])], &[want], 1e-6, &format!("{shape:?}, order {order}"));
        }
    }
}

#[test]
fn cross_entropy_is_that_of_the_softmax_and_its_gradient_the_difference() {
    let mut rng = Rng(8);
    for (rows, classes) in [(1, 1), (3, 5), (700, 33)] {
        let logits: Vec<f64> = (0..rows * classes).map(|_| 9.0 * rng.unit()).collect();
        let classes_of: Vec<i64> = (0..rows).map(|_| rng.below(classes) as i64).collect();
        let mut labels = vec![0.0; logits.len()];
        for (row, &class) in classes_of.iter().enumerate() {
            labels[row * classes + class as usize] = 1.0;
        }
        let dense = |logits: &[f64], gradient: &mut [f64]| {
            let mut loss = vec![f64::NAN; rows];
            cross_entropy_f64(logits, &labels, classes, &mut loss, gradient);
            loss
        };
        on_every_isa(|isa| {
            let mut gradient = vec![f64::NAN; logits.len()];
            let loss = dense(&logits, &mut gradient);
            let want: Vec<f64> = (0..rows)
                .map(|row| {
                    let logits = &logits[row * classes..][..classes];
                    logits.iter().map(|x| x.exp()).sum::<f64>().ln() - logits[classes_of[row] as usize]
                })
                .collect();
            assert_close(&loss, &want, 1e-12, &format!("loss on {isa}"));
            let to = Rng(1).f64s(logits.len());
            let slope = difference(&logits, &to, |x| dense(x, &mut vec![0.0; x.len()]).iter().sum());
            assert_close(&[dot(&gradient, &to)], &[slope], 1e-5, &format!("gradient on {isa}"));
            let (mut sparse_loss, mut sparse) = (vec![f64::NAN; rows], vec![f64::NAN; logits.len()]);
            sparse_cross_entropy_f64(&logits, &classes_of, classes, &mut sparse_loss, &mut sparse).unwrap();
            assert_close(&sparse_loss, &loss, 1e-14, "sparse loss");
            assert_close(&sparse, &gradient, 1e-14, "sparse gradient");
        });
    }
    let mut gradient = [0.0f32; 2];
    let error = sparse_cross_entropy_f32(&[0.0; 2], &[2], 2, &mut [0.0], &mut gradient).unwrap_err();
    assert_eq!(error, KernelError::IndexOutOfRange { position: 0, index: 2, size: 2 });
}

#[test]
fn sums_of_several_arrays() {
    let mut rng = Rng(10);
    for (count, len) in [(1, 5), (3, 0), (4, 100_001)] {
        let arrays: Vec<Vec<f64>> = (0..count).map(|_| rng.f64s(len)).collect();
        let views: Vec<&[f64]> = arrays.iter().map(Vec::as_slice).collect();
        let mut out = vec![f64::NAN; len];
        add_n_f64(&views, &mut out);
        let want: Vec<f64> = (0..len).map(|i| arrays.iter().map(|a| a[i]).sum()).collect();
        assert_close(&out, &want, 1e-15, "sum");
    }
}
