//! Convolutions for themselves: `cargo bench -p tf-kernels --bench convolution [-- FILTER…]`.
//!
//! Each row is measured many times in turn with the machine's own limit: what
//! registers full of independent multiply-adds reach on the same threads.
//! GFLOP/s and the share of the limit are those of the fastest run, which a
//! machine with other work disturbs least; they count the operations of the
//! definition, so transforms may exceed the limit.

mod support;

use support::{Measured, Peak, measure};
use tf_kernels::conv2d::*;

/// One convolution of a row.
struct Case {
    name: &'static str,
    shape: Conv2dShape,
    precisions: &'static [Precision],
}

const EVERY: &[Precision] = &[Precision::Exact, Precision::Default, Precision::Fast];
const DIRECT: &[Precision] = &[Precision::Exact];

fn case(
    name: &'static str,
    [batch, in_h, in_w, in_c]: [usize; 4],
    [k, out_c]: [usize; 2],
    stride: usize,
    groups: usize,
    precisions: &'static [Precision],
) -> Case {
    // As TensorFlow's "SAME".
    let around = |size: usize| {
        let out = size.div_ceil(stride);
        let all = ((out - 1) * stride + k).saturating_sub(size);
        (all / 2, all - all / 2)
    };
    let ((top, bottom), (left, right)) = (around(in_h), around(in_w));
    let shape = Conv2dShape {
        batch,
        in_h,
        in_w,
        in_c,
        k_h: k,
        k_w: k,
        out_c,
        groups,
        strides: [stride; 2],
        dilations: [1; 2],
        pad: Padding { top, bottom, left, right },
        out_h: in_h.div_ceil(stride),
        out_w: in_w.div_ceil(stride),
    };
    Case { name, shape, precisions }
}

fn cases() -> Vec<Case> {
    vec![
        case("5x5 32-32, 8x128x128", [8, 128, 128, 32], [5, 32], 1, 1, EVERY),
        case("5x5 32-32, 32x28x28", [32, 28, 28, 32], [5, 32], 1, 1, EVERY),
        case("5x5 32-32, 1x28x28", [1, 28, 28, 32], [5, 32], 1, 1, EVERY),
        case("5x5 32-32, 1x10x10", [1, 10, 10, 32], [5, 32], 1, 1, EVERY),
        case("5x5 1-32, 32x28x28", [32, 28, 28, 1], [5, 32], 1, 1, EVERY),
        case("5x5 3-32, 8x64x64", [8, 64, 64, 3], [5, 32], 1, 1, EVERY),
        case("5x5 3-32, 1x512x512", [1, 512, 512, 3], [5, 32], 1, 1, EVERY),
        case("3x3 64-64, 8x56x56", [8, 56, 56, 64], [3, 64], 1, 1, EVERY),
        case("3x3 64-64, 1x56x56", [1, 56, 56, 64], [3, 64], 1, 1, EVERY),
        case("3x3 128-128, 1x28x28", [1, 28, 28, 128], [3, 128], 1, 1, EVERY),
        case("3x3 256-256, 1x14x14", [1, 14, 14, 256], [3, 256], 1, 1, EVERY),
        case("3x3 256-256, 8x14x14", [8, 14, 14, 256], [3, 256], 1, 1, EVERY),
        case("3x3 512-512, 8x7x7", [8, 7, 7, 512], [3, 512], 1, 1, EVERY),
        case("3x3 16-16, 8x32x32", [8, 32, 32, 16], [3, 16], 1, 1, EVERY),
        case("3x3 64-128 stride 2, 1x56x56", [1, 56, 56, 64], [3, 128], 2, 1, DIRECT),
        case("1x1 256-64, 1x56x56", [1, 56, 56, 256], [1, 64], 1, 1, DIRECT),
        case("1x1 64-256, 1x56x56", [1, 56, 56, 64], [1, 256], 1, 1, DIRECT),
        case("7x7 3-64 stride 2, 1x224x224", [1, 224, 224, 3], [7, 64], 2, 1, EVERY),
        case("depthwise 3x3 128, 1x56x56", [1, 56, 56, 128], [3, 128], 1, 128, DIRECT),
        case("depthwise 3x3 32, 8x112x112", [8, 112, 112, 32], [3, 32], 1, 32, DIRECT),
    ]
}

/// Numbers that no cache or branch predictor knows.
fn numbers(n: usize) -> Vec<f32> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    std::iter::repeat_with(next).take(n).collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let threads = rayon::current_num_threads();
    println!("{threads} threads, {} path", tf_kernels::isa());
    if arguments.iter().any(|a| a == "choices") {
        return choices();
    }
    println!(
        "{:32} {:15} {:12} {:>10} {:>10} {:>9} {:>7}",
        "convolution", "what", "how", "median ms", "least ms", "GFLOP/s", "limit"
    );
    for Case { name, shape, precisions } in cases() {
        if !arguments.is_empty() && !arguments.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let s = &shape;
        let input = numbers(s.batch * s.in_h * s.in_w * s.in_c);
        let filter = numbers(s.k_h * s.k_w * s.in_c / s.groups * s.out_c);
        let slope = numbers(s.batch * s.out_h * s.out_w * s.out_c);
        let bias = numbers(s.out_c);
        let epilogue = || Epilogue::bias(&bias).then(Activation::Relu);
        let row = |what: &str, how: &str, run: &mut dyn FnMut()| {
            let Measured { median, least, share } = measure(&Peak, s.flops(), run);
            let rate = s.flops() as f64 / least / 1e9;
            let [median, least] = [median, least].map(|seconds| seconds * 1e3);
            println!("{name:32} {what:15} {how:12} {median:10.4} {least:10.4} {rate:9.1} {:6.1}%", share * 100.0);
        };
        let mut out = vec![0.0; slope.len()];
        let mut shown = Vec::new();
        for &precision in precisions {
            let plan = Conv2dPlan::for_packed(s, precision);
            let how = plan.algorithm();
            if !shown.contains(&how) {
                shown.push(how);
                let packed = plan.pack(&filter);
                row("forward packed", &how.to_string(), &mut || plan.run_packed(&input, &packed, epilogue(), &mut out));
                row("forward", &how.to_string(), &mut || plan.run(&input, &filter, epilogue(), &mut out));
            }
        }
        for &precision in precisions {
            let how = format!("{precision:?}");
            let mut of_input = vec![0.0; input.len()];
            row("input gradient", &how, &mut || {
                conv2d_input_gradient_f32(s, precision, &filter, &slope, Epilogue::default(), &mut of_input);
            });
            let mut of_filter = vec![0.0; filter.len()];
            row("filter gradient", &how, &mut || {
                conv2d_filter_gradient_f32(s, precision, &input, &slope, &mut of_filter);
            });
        }
    }
}

/// How the estimates by which ways are chosen compare with measured times:
/// each way's time over the direct one's, as estimated and as measured.
fn choices() {
    println!("{:32} {:15} {:12} {:>9} {:>9}", "convolution", "what", "how", "estimate", "measured");
    let (mut wrong, mut rows) = (0, 0);
    for k in [3, 5] {
        for [batch, size, in_c, out_c] in [
            [1, 4, 16, 16],
            [1, 7, 32, 32],
            [1, 7, 256, 256],
            [1, 10, 32, 32],
            [1, 14, 64, 64],
            [4, 14, 128, 128],
            [1, 28, 4, 32],
            [1, 28, 8, 16],
            [1, 28, 32, 8],
            [1, 28, 64, 64],
            [1, 56, 16, 16],
            [2, 56, 3, 32],
            [1, 56, 64, 4],
            [2, 56, 32, 48],
            [1, 9, 384, 384],
        ] {
            let shape = case("", [batch, size, size, in_c], [k, out_c], 1, 1, EVERY).shape;
            let input = numbers(batch * size * size * in_c);
            let slope = numbers(batch * size * size * out_c);
            let filter = numbers(k * k * in_c * out_c);
            for task in [Task::Forward, Task::ForwardPacked, Task::FilterGradient] {
                let time = |algorithm: Algorithm| {
                    let plan = Conv2dPlan::by(&shape, algorithm);
                    let packed = plan.pack(&filter);
                    let (mut out, mut of_filter) = (vec![0.0; slope.len()], vec![0.0; filter.len()]);
                    let mut run = || match task {
                        Task::Forward => plan.run(&input, &filter, Epilogue::default(), &mut out),
                        Task::ForwardPacked => plan.run_packed(&input, &packed, Epilogue::default(), &mut out),
                        Task::FilterGradient => plan.filter_gradient(&input, &slope, &mut of_filter),
                    };
                    (plan.cost(task), measure(&Peak, shape.flops(), &mut run).least)
                };
                let direct = time(Algorithm::Direct);
                for how in [Algorithm::F2x5, Algorithm::F4x3, Algorithm::F4x5] {
                    if !how.fits(&shape) {
                        continue;
                    }
                    let this = time(how);
                    let (estimate, measured) = (this.0 / direct.0, this.1 / direct.1);
                    // What a wrong choice costs, where it is more than the noise.
                    let is_wrong = (estimate < 1.0) != (measured < 1.0) && !(0.9..1.1).contains(&measured);
                    wrong += usize::from(is_wrong);
                    rows += 1;
                    let name = format!("{k}x{k} {in_c}-{out_c}, {batch}x{size}x{size}");
                    let (what, how) = (format!("{task:?}"), how.to_string());
                    let mark = if is_wrong { "wrong" } else { "" };
                    println!("{name:32} {what:15} {how:12} {estimate:9.2} {measured:9.2} {mark}");
                }
            }
        }
    }
    println!("{wrong} of {rows} choices cost more than a tenth");
}
