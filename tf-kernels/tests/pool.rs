//! Pooling against the definition.

mod support;

use support::*;
use tf_kernels::pool::*;

/// The real cells under every result, for each channel.
fn windows<T: Copy>(s: &Pool2dShape, input: &[T]) -> Vec<Vec<T>> {
    (0..s.batch * s.out_h * s.out_w * s.channels)
        .map(|i| {
            let at = coordinates(i, &[s.batch, s.out_h, s.out_w, s.channels]);
            let mut cells = Vec::new();
            for dy in 0..s.window[0] {
                for dx in 0..s.window[1] {
                    let y = (at[1] * s.strides[0] + dy).wrapping_sub(s.pad.top);
                    let x = (at[2] * s.strides[1] + dx).wrapping_sub(s.pad.left);
                    if y < s.in_h && x < s.in_w {
                        cells.push(input[((at[0] * s.in_h + y) * s.in_w + x) * s.channels + at[3]]);
                    }
                }
            }
            cells
        })
        .collect()
}

fn shapes() -> Vec<Pool2dShape> {
    let mut shapes = Vec::new();
    for (in_h, in_w, channels) in [(1, 1, 1), (7, 5, 3), (8, 9, 33), (60, 50, 16)] {
        for (window, strides, pad) in [
            ([1, 1], [1, 1], Padding::default()),
            ([2, 2], [2, 2], Padding { top: 1, bottom: 1, left: 1, right: 1 }),
            ([3, 2], [1, 3], Padding { top: 1, bottom: 1, left: 0, right: 1 }),
        ] {
            let (h, w) = (in_h + pad.top + pad.bottom, in_w + pad.left + pad.right);
            shapes.push(Pool2dShape {
                batch: 2,
                in_h,
                in_w,
                channels,
                window,
                strides,
                pad,
                out_h: (h - window[0]) / strides[0] + 1,
                out_w: (w - window[1]) / strides[1] + 1,
            });
        }
    }
    shapes
}

#[test]
fn the_maximum_ignores_padding() {
    let mut rng = Rng(1);
    for s in shapes() {
        let n = s.batch * s.in_h * s.in_w * s.channels;
        // All negative: a padding of zeros would win.
        let input: Vec<f32> = rng.f32s(n).iter().map(|x| x - 2.0).collect();
        let want: Vec<f64> = windows(&s, &input)
            .iter()
            .map(|cells| f64::from(cells.iter().copied().fold(f32::NEG_INFINITY, f32::max)))
            .collect();
        on_every_isa(|isa| {
            let mut out = vec![0.0; want.len()];
            max_pool_f32(&s, &input, &mut out);
            assert_close(&widen(&out), &want, 0.0, &format!("{s:?} on {isa}"));
            let mut out = vec![0.0; want.len()];
            max_pool_f64(&s, &widen(&input), &mut out);
            assert_close(&out, &want, 0.0, &format!("{s:?} on {isa}"));
        });
    }
}

#[test]
fn the_maximum_of_integers_is_exact() {
    let mut rng = Rng(2);
    for s in shapes() {
        let input = rng.i64s(s.batch * s.in_h * s.in_w * s.channels);
        let want: Vec<i64> = windows(&s, &input).iter().map(|cells| *cells.iter().max().unwrap()).collect();
        let mut out = vec![0; want.len()];
        max_pool_i64(&s, &input, &mut out);
        assert_eq!(out, want);
        let input: Vec<i32> = input.iter().map(|&x| (x >> 32) as i32).collect();
        let want: Vec<i32> = want.iter().map(|&x| (x >> 32) as i32).collect();
        let mut out = vec![0; want.len()];
        max_pool_i32(&s, &input, &mut out);
        assert_eq!(out, want);
    }
}

#[test]
fn the_average_counts_real_cells_only() {
    let mut rng = Rng(3);
    for s in shapes() {
        let input = rng.f32s(s.batch * s.in_h * s.in_w * s.channels);
        let want: Vec<f64> =
            windows(&s, &widen(&input)).iter().map(|cells| cells.iter().sum::<f64>() / cells.len() as f64).collect();
        on_every_isa(|isa| {
            let mut out = vec![0.0; want.len()];
            avg_pool_f32(&s, &input, &mut out);
            assert_close(&widen(&out), &want, 1e-6, &format!("{s:?} on {isa}"));
            let mut out = vec![0.0; want.len()];
            avg_pool_f64(&s, &widen(&input), &mut out);
            assert_close(&out, &want, 1e-14, &format!("{s:?} on {isa}"));
        });
    }
}

#[test]
fn nan_wins_the_maximum() {
    let s = Pool2dShape {
        batch: 1,
        in_h: 1,
        in_w: 3,
        channels: 1,
        window: [1, 3],
        strides: [1, 1],
        pad: Padding::default(),
        out_h: 1,
        out_w: 1,
    };
    for at in 0..3 {
        let mut input = [1.0f32; 3];
        input[at] = f32::NAN;
        let mut out = [0.0];
        max_pool_f32(&s, &input, &mut out);
        assert!(out[0].is_nan());
    }
}
