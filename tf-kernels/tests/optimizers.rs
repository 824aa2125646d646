//! The updates of optimizers: against TensorFlow's first steps, and against one another on every path and odd lengths.

use tf_kernels::KernelError;
use tf_kernels::isa::{Isa, with_isa};
use tf_kernels::optimizers::{UpdateRule, update_f32, update_f64, update_rows_f32};

/// Three steps from 1 with a gradient of a half and a rate of a tenth (O20), the slots as TensorFlow starts them.
fn three_steps(mut rule_of: impl FnMut(i32) -> UpdateRule, start: &[f32]) -> Vec<f32> {
    let mut x = [1.0f32];
    let mut slots: Vec<Vec<f32>> = start.iter().map(|&value| vec![value]).collect();
    (1..=3)
        .map(|step| {
            let mut slots: Vec<&mut [f32]> = slots.iter_mut().map(|slot| slot.as_mut_slice()).collect();
            update_f32(&rule_of(step), &mut x, &mut slots, &[0.5]);
            x[0]
        })
        .collect()
}

#[track_caller]
fn assert_near(found: &[f32], wanted: [f32; 3]) {
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= 2e-7 * wanted.abs().max(1.0), "{found} instead of {wanted}");
    }
}

#[test]
fn the_first_steps_are_tensorflows_o20() {
    let lr = 0.1;
    assert_near(&three_steps(|_| UpdateRule::GradientDescent { lr }, &[]), [0.95, 0.90, 0.85]);
    let momentum = |nesterov| move |_| UpdateRule::Momentum { lr, momentum: 0.9, nesterov };
    assert_near(&three_steps(momentum(false), &[0.0]), [0.95, 0.855, 0.7195]);
    assert_near(&three_steps(momentum(true), &[0.0]), [0.905, 0.7695, 0.597_55]);
    assert_near(&three_steps(|_| UpdateRule::Adagrad { lr }, &[0.1]), [0.915_484_5, 0.850_934_8, 0.796_702_2]);
    let adadelta = |_| UpdateRule::Adadelta { lr, rho: 0.95, epsilon: 1e-8 };
    assert_near(&three_steps(adadelta, &[0.0, 0.0]), [0.999_955_3, 0.999_91, 0.999_864_3]);
    let rms_prop = |_| UpdateRule::RmsProp { lr, decay: 0.9, momentum: 0.0, epsilon: 1e-10 };
    assert_near(&three_steps(rms_prop, &[1.0, 0.0]), [0.948_012_5, 0.894_017_5, 0.838_001_9]);
    let adam = |step: i32| {
        // In f32, as the powers are variables of TensorFlow's.
        let lr = lr as f32 * (1.0 - 0.999f32.powi(step)).sqrt() / (1.0 - 0.9f32.powi(step));
        UpdateRule::Adam { lr: lr.into(), beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.0 }
    };
    assert_near(&three_steps(adam, &[0.0, 0.0]), [0.9, 0.800_000_4, 0.700_001_2]);
    let ftrl = |_| UpdateRule::Ftrl { lr, lr_power: -0.5, l1: 0.0, l2: 0.0, l2_shrinkage: 0.0 };
    assert_near(&three_steps(ftrl, &[0.1, 0.0]), [0.380_962_1, 0.316_412_4, 0.262_179_8]);
}

const RULES: [UpdateRule; 10] = [
    UpdateRule::GradientDescent { lr: 0.1 },
    UpdateRule::Momentum { lr: 0.1, momentum: 0.9, nesterov: false },
    UpdateRule::Momentum { lr: 0.1, momentum: 0.9, nesterov: true },
    UpdateRule::Adagrad { lr: 0.1 },
    UpdateRule::Adadelta { lr: 0.1, rho: 0.95, epsilon: 1e-6 },
    UpdateRule::RmsProp { lr: 0.1, decay: 0.9, momentum: 0.5, epsilon: 1e-6 },
    UpdateRule::CenteredRmsProp { lr: 0.1, decay: 0.9, momentum: 0.5, epsilon: 1e-2 },
    UpdateRule::Adam { lr: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 },
    UpdateRule::Ftrl { lr: 0.1, lr_power: -0.5, l1: 0.2, l2: 0.1, l2_shrinkage: 0.05 },
    UpdateRule::Ftrl { lr: 0.1, lr_power: -0.3, l1: 0.2, l2: 0.1, l2_shrinkage: 0.05 },
];

/// Numbers without a pattern in -1..1.
fn numbers(n: usize, salt: u64) -> Vec<f64> {
    (0..n as u64)
        .map(|i| {
            let mixed = (i + salt * 7919 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (mixed >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
        })
        .collect()
}

/// One element at a time, in f64, by the formulas of the papers.
fn reference(rule: &UpdateRule, x: &mut f64, s: &mut [f64], g: f64) {
    match *rule {
        UpdateRule::GradientDescent { lr } => *x -= lr * g,
        UpdateRule::Momentum { lr, momentum, nesterov } => {
            s[0] = momentum * s[0] + g;
            *x -= lr * if nesterov { g + momentum * s[0] } else { s[0] };
        }
        UpdateRule::Adagrad { lr } => {
            s[0] += g * g;
            *x -= lr * g / s[0].sqrt();
        }
        UpdateRule::Adadelta { lr, rho, epsilon } => {
            s[0] = rho * s[0] + (1.0 - rho) * g * g;
            let step = g * ((s[1] + epsilon) / (s[0] + epsilon)).sqrt();
            s[1] = rho * s[1] + (1.0 - rho) * step * step;
            *x -= lr * step;
        }
        UpdateRule::RmsProp { lr, decay, momentum, epsilon } => {
            s[0] = decay * s[0] + (1.0 - decay) * g * g;
            s[1] = momentum * s[1] + lr * g / (s[0] + epsilon).sqrt();
            *x -= s[1];
        }
        UpdateRule::CenteredRmsProp { lr, decay, momentum, epsilon } => {
            s[0] = decay * s[0] + (1.0 - decay) * g * g;
            s[1] = decay * s[1] + (1.0 - decay) * g;
            s[2] = momentum * s[2] + lr * g / (s[0] - s[1] * s[1] + epsilon).sqrt();
            *x -= s[2];
        }
        UpdateRule::Adam { lr, beta1, beta2, epsilon, decay } => {
            *x *= 1.0 - decay;
            s[0] = beta1 * s[0] + (1.0 - beta1) * g;
            s[1] = beta2 * s[1] + (1.0 - beta2) * g * g;
            *x -= lr * s[0] / (s[1].sqrt() + epsilon);
        }
        UpdateRule::Ftrl { lr, lr_power, l1, l2, l2_shrinkage } => {
            let sum = s[0] + g * g;
            let sigma = (sum.powf(-lr_power) - s[0].powf(-lr_power)) / lr;
            s[1] += g + 2.0 * l2_shrinkage * *x - sigma * *x;
            s[0] = sum;
            let quadratic = sum.powf(-lr_power) / lr + 2.0 * l2;
            *x = if s[1].abs() > l1 { (l1 * s[1].signum() - s[1]) / quadratic } else { 0.0 };
        }
    }
}

#[test]
fn every_rule_follows_the_formulas_on_every_path() {
    for rule in RULES {
        // The last length is shared among threads.
        for n in [0, 1, 7, 16, 33, 100_003] {
            let start: Vec<Vec<f64>> = (0..rule.slots())
                .map(|k| numbers(n, k as u64).iter().map(|x| x * x + if k == 1 { 0.1 } else { 2.0 }).collect())
                .collect();
            let (x, g) = (numbers(n, 11), numbers(n, 12));
            let (mut want, mut want_slots) = (x.clone(), start.clone());
            for i in 0..n {
                let mut slots: Vec<f64> = want_slots.iter().map(|slot| slot[i]).collect();
                reference(&rule, &mut want[i], &mut slots, g[i]);
                want_slots.iter_mut().zip(slots).for_each(|(to, from)| to[i] = from);
            }
            for isa in Isa::available() {
                macro_rules! check {
                    ($t:ty, $update:ident, $tolerance:expr) => {{
                        let narrow = |v: &[f64]| v.iter().map(|&x| x as $t).collect::<Vec<$t>>();
                        let mut found = narrow(&x);
                        let mut slots: Vec<Vec<$t>> = start.iter().map(|slot| narrow(slot)).collect();
                        let mut borrowed: Vec<&mut [$t]> = slots.iter_mut().map(|slot| slot.as_mut_slice()).collect();
                        with_isa(isa, || $update(&rule, &mut found, &mut borrowed, &narrow(&g)));
                        let all = found.iter().chain(slots.iter().flatten());
                        for (found, want) in all.zip(want.iter().chain(want_slots.iter().flatten())) {
                            let error = (f64::from(*found) - want).abs();
                            assert!(
                                error <= $tolerance * want.abs().max(1.0),
                                "{rule:?} on {isa}: {found} instead of {want}"
                            );
                        }
                    }};
                }
                check!(f32, update_f32, 3e-6);
                check!(f64, update_f64, 1e-12);
            }
        }
    }
}

#[test]
fn rows_are_updated_once_by_the_sum_of_their_gradients() {
    let rule = UpdateRule::Momentum { lr: 0.1, momentum: 0.9, nesterov: false };
    let (mut x, mut a) = (vec![1.0f32; 6], vec![1.0f32; 6]);
    let gradient = [1.0, 2.0, 0.5, 0.5, 3.0, 4.0];
    update_rows_f32(&rule, &mut x, &mut [&mut a], 2, &gradient, &[2, 0, 2]).unwrap();
    let (mut want, mut slot) = (vec![1.0f32; 4], vec![1.0f32; 4]);
    update_f32(&rule, &mut want, &mut [&mut slot], &[0.5, 0.5, 4.0, 6.0]);
    assert_eq!(x, [want[0], want[1], 1.0, 1.0, want[2], want[3]]);
    assert_eq!(a, [slot[0], slot[1], 1.0, 1.0, slot[2], slot[3]]);
}

#[test]
fn a_row_that_is_not_there_changes_nothing() {
    let rule = UpdateRule::GradientDescent { lr: 0.1 };
    for index in [3, -1] {
        let mut x = vec![1.0f32; 6];
        let error = update_rows_f32(&rule, &mut x, &mut [], 2, &[1.0; 4], &[0, index]).unwrap_err();
        assert_eq!(error, KernelError::IndexOutOfRange { position: 1, index, size: 3 });
        assert_eq!(x, [1.0; 6]);
    }
}
