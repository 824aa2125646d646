//! Shapes of convolutions, by what is chosen: the size of the result follows.
#![allow(dead_code, reason = "no test uses all of it")]

use tf_kernels::conv2d::{Conv2dShape, Padding};

pub fn shape(
    [batch, in_h, in_w, in_c]: [usize; 4],
    [k_h, k_w, out_c]: [usize; 3],
    groups: usize,
    strides: [usize; 2],
    dilations: [usize; 2],
    pad: Padding,
) -> Conv2dShape {
    let out = |size: usize, padding: usize, k: usize, stride: usize, dilation: usize| {
        (size + padding - ((k - 1) * dilation + 1)) / stride + 1
    };
    Conv2dShape {
        batch,
        in_h,
        in_w,
        in_c,
        k_h,
        k_w,
        out_c,
        groups,
        strides,
        dilations,
        pad,
        out_h: out(in_h, pad.top + pad.bottom, k_h, strides[0], dilations[0]),
        out_w: out(in_w, pad.left + pad.right, k_w, strides[1], dilations[1]),
    }
}

pub fn pad(top: usize, bottom: usize, left: usize, right: usize) -> Padding {
    Padding { top, bottom, left, right }
}

/// The definition of a convolution, with a bias and a relu.
pub fn reference(s: &Conv2dShape, x: &[f64], w: &[f64], bias: Option<&[f64]>, relu: bool) -> Vec<f64> {
    let (in_cg, out_cg) = (s.in_c / s.groups, s.out_c / s.groups);
    let mut out = vec![0.0; s.batch * s.out_h * s.out_w * s.out_c];
    for (i, out) in out.iter_mut().enumerate() {
        let at = crate::support::coordinates(i, &[s.batch, s.out_h, s.out_w, s.out_c]);
        let mut sum = bias.map_or(0.0, |bias| bias[at[3]]);
        for ky in 0..s.k_h {
            for kx in 0..s.k_w {
                let y = (at[1] * s.strides[0] + ky * s.dilations[0]).wrapping_sub(s.pad.top);
                let x_at = (at[2] * s.strides[1] + kx * s.dilations[1]).wrapping_sub(s.pad.left);
                if y >= s.in_h || x_at >= s.in_w {
                    continue;
                }
                for c in 0..in_cg {
                    let from = ((at[0] * s.in_h + y) * s.in_w + x_at) * s.in_c;
                    let from = from + at[3] / out_cg * in_cg + c;
                    sum += x[from] * w[((ky * s.k_w + kx) * in_cg + c) * s.out_c + at[3]];
                }
            }
        }
        *out = if relu { sum.max(0.0) } else { sum };
    }
    out
}

/// Both gradients, by going through every product of the convolution.
pub fn gradients(s: &Conv2dShape, x: &[f64], w: &[f64], slope: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (in_cg, out_cg) = (s.in_c / s.groups, s.out_c / s.groups);
    let (mut of_x, mut of_w) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    for (i, &slope) in slope.iter().enumerate() {
        let at = crate::support::coordinates(i, &[s.batch, s.out_h, s.out_w, s.out_c]);
        for ky in 0..s.k_h {
            for kx in 0..s.k_w {
                let y = (at[1] * s.strides[0] + ky * s.dilations[0]).wrapping_sub(s.pad.top);
                let x_at = (at[2] * s.strides[1] + kx * s.dilations[1]).wrapping_sub(s.pad.left);
                if y >= s.in_h || x_at >= s.in_w {
                    continue;
                }
                for c in 0..in_cg {
                    let cell = ((at[0] * s.in_h + y) * s.in_w + x_at) * s.in_c + at[3] / out_cg * in_cg + c;
                    let tap = ((ky * s.k_w + kx) * in_cg + c) * s.out_c + at[3];
                    of_x[cell] += slope * w[tap];
                    of_w[tap] += slope * x[cell];
                }
            }
        }
    }
    (of_x, of_w)
}
