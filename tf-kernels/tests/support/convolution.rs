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
