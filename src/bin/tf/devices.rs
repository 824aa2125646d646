//! `tf devices`: what graphs run on here, and how convolutions are computed.

use std::fmt::Write;
use tf_kernels::conv2d::{Conv2dPlan, Conv2dShape, Padding, Precision, Task};

pub(super) fn devices() -> tf::Result<String> {
    let session = tf::Session::new(&tf::Graph::new())?;
    let mut text = String::new();
    for device in session.devices() {
        let _ = writeln!(text, "{device}");
    }
    let cores = std::thread::available_parallelism().map_or_else(|_| "unknown".to_owned(), |n| n.to_string());
    let chosen = tf_kernels::isa();
    let sets: Vec<String> = tf_kernels::Isa::available().map(|isa| isa.to_string()).collect();
    let _ = writeln!(text, "cores: {cores}");
    let _ = writeln!(text, "instruction set: {chosen} (of {}; `TF_KERNELS_ISA` chooses)", sets.join(", "));
    let _ = writeln!(text, "more logical devices: `SessionOptions::new().cpu_devices(n)`");
    convolutions(&mut text);
    Ok(text)
}

/// Sizes of a convolution with `"SAME"` padding that somebody may have.
struct Typical {
    about: &'static str,
    images: [usize; 2],
    kernel: usize,
    stride: usize,
    channels: [usize; 2],
    groups: usize,
}

impl Typical {
    const fn new(about: &'static str, images: [usize; 2], kernel: usize, channels: [usize; 2]) -> Typical {
        Typical { about, images, kernel, stride: 1, channels, groups: 1 }
    }

    fn shape(&self) -> Conv2dShape {
        let &Typical { images: [batch, side], kernel, stride, channels: [in_c, out_c], groups, .. } = self;
        let out = side.div_ceil(stride);
        let around = ((out - 1) * stride + kernel).saturating_sub(side);
        let (before, behind) = (around / 2, around - around / 2);
        Conv2dShape {
            batch,
            in_h: side,
            in_w: side,
            in_c,
            k_h: kernel,
            k_w: kernel,
            out_c,
            groups,
            strides: [stride, stride],
            dilations: [1, 1],
            pad: Padding { top: before, bottom: behind, left: before, right: behind },
            out_h: out,
            out_w: out,
        }
    }
}

/// The ways that convolutions of typical shapes go, for the chosen instruction set.
fn convolutions(text: &mut String) {
    let typical = [
        Typical::new("first layer, of colours", [1, 224], 3, [3, 32]),
        Typical { stride: 2, ..Typical::new("stem", [1, 224], 7, [3, 64]) },
        Typical::new("3×3", [1, 56], 3, [64, 64]),
        Typical::new("3×3, many channels", [8, 14], 3, [256, 256]),
        Typical { stride: 2, ..Typical::new("3×3, halves", [1, 56], 3, [64, 128]) },
        Typical::new("5×5", [1, 28], 5, [32, 32]),
        Typical::new("the guide's filter", [1, 10], 5, [32, 32]),
        Typical::new("1×1", [1, 56], 1, [256, 64]),
        Typical { groups: 64, ..Typical::new("depthwise", [1, 56], 3, [64, 64]) },
        Typical { groups: 4, ..Typical::new("grouped", [1, 28], 3, [128, 128]) },
    ];
    let _ = writeln!(text, "\nconvolutions of f32 (`Precision::Exact` takes the direct ways alone):");
    let row = |cells: [&str; 5]| {
        let [about, sizes, default, fast, gradient] = cells;
        let line = format!("  {about:<24}{sizes:<34}{default:<22}{fast:<22}{gradient}");
        line.trim_end().to_owned() + "\n"
    };
    text.push_str(&row(["", "", "Precision::Default", "Precision::Fast", "gradient of the filter"]));
    for typical in typical {
        let shape = typical.shape();
        let Typical { images: [batch, side], kernel, stride, channels: [from, to], .. } = typical;
        let by = if stride > 1 { format!(" by {stride}") } else { String::new() };
        let sizes = format!("{batch}×{side}×{side}, {kernel}×{kernel}{by}, {from} → {to}");
        let way = |precision, task| Conv2dPlan::for_task(&shape, precision, task).to_string();
        let ways = [
            way(Precision::Default, Task::Forward),
            way(Precision::Fast, Task::Forward),
            way(Precision::Default, Task::FilterGradient),
        ];
        text.push_str(&row([typical.about, &sizes, &ways[0], &ways[1], &ways[2]]));
    }
}
