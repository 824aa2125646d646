//! Sizes and numbers are computed as Rust computes them, with its inference.

use crate::bindings::conv;
use tf::prelude::*;

/// Literals whose type follows from what they are combined with.
#[variable_scope]
fn inferred(x: Tensor<f32>) -> Tensor<f32> {
    let sizes = [2, 4, 8];
    let mut y = x;
    for i in 0..2 {
        y = variable_scope!("scaled{i}", { conv(y, 3, sizes[i + 1] * 2) });
    }
    let size = 3;
    let mut n = 1;
    for _ in 0..2 {
        n *= 2;
        n = n * size - 1;
    }
    let half = size / 2;
    let depths = [1, size * 2, n];
    let depth = depths[half] + 1;
    let factor = 2.0;
    let ratio = factor * 0.5 + 1.0;
    y = y * ratio;
    let wide = (n + 1) * (size - 1);
    let real = (wide as f32) * 2.0;
    y = y * real.max(1.0).recip();
    variable_scope!("inferred", { conv(y, size, depth + wide) })
}

/// Sizes from shapes, from generic parameters and from numbers' own functions.
#[variable_scope]
fn computed<const C: usize>(x: Tensor<f32>) -> Tensor<f32> {
    let [_, height, width, depth] = x.dims();
    let half = (height + 1) / 2;
    let large = usize::max(depth, C) * 2;
    let clamped = depth.max(3).min(64).clamp(1, 5);
    let power = 2usize.pow(3) + half % 2;
    let shifted = (1 << 3) >> 1;
    let narrow = 0x1F_u8 << 4;
    assert!(narrow == 0xF0, "what leaves on the left is lost");
    let least = std::cmp::min(power, 3);
    let odd = large & 1 | 2;
    let y = variable_scope!("first", { conv(x, 3, C * 2) });
    let y = variable_scope!("second", { conv(y, 1, large + clamped * power + shifted + least + odd) });
    let scale = 1.0 / f32::sqrt(2.0);
    let root = (C as f32).sqrt();
    let y = -y * scale + 1.0 - root * y / 2.0;
    let flat = height * width * y.dim(3);
    let rows = y.reshape([tf::ANY, flat]).relu() * 0.5;
    let total = u32::from(3u8) as usize + 10usize.div_ceil(4) + [1, 2, 3].len();
    tf::matmul(rows, get_variable!("w", [flat, total]))
}

/// Truth values: `!`, `&&`, `||`, comparisons.
#[variable_scope]
fn decided(x: Tensor<f32>, n: usize, on: bool) -> Tensor<f32> {
    let odd = n % 2 == 1;
    let x = if !odd && on || n > 10 { x * -1.0 } else { x };
    let flag = on ^ odd;
    let depth = if flag != on { 2 } else { 3 };
    tf::matmul(x, get_variable!("decided", [x.dim(1), depth]))
}

model! {
    Arithmetic(image: f32[?, 4, 4, 1]) -> f32[?, 2] {
        let x = inferred(image);
        let x = with variable_scope("computed") { computed::<4>(x) };
        decided(x, 3, true)
    }
}

#[test]
fn numbers_are_computed_as_rust_computes_them() {
    agree!(Arithmetic);
    let shapes: Vec<_> = Arithmetic::VARIABLES.iter().map(|v| format!("{} {}", v.name, v.spec.shape)).collect();
    // 2 * max(67, 4) + 5 * 8 + 4 + 3 + 2
    const SECOND: usize = 183;
    assert_eq!(
        shapes,
        [
            "scaled0/kernel [3, 3, 1, 8]".to_owned(),
            "scaled1/kernel [3, 3, 8, 16]".to_owned(),
            "inferred/kernel [3, 3, 16, 67]".to_owned(),
            "computed/first/kernel [3, 3, 67, 8]".to_owned(),
            format!("computed/second/kernel [1, 1, 8, {SECOND}]"),
            format!("computed/w [{}, 9]", 4 * 4 * SECOND),
            "decided [9, 2]".to_owned(),
        ]
    );
}
