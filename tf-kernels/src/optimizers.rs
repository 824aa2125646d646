//! The updates of optimizers: a variable and its slots changed in one pass over memory.
//!
//! Each update reads and writes the variable, its slots and the gradient once: between 12 bytes for an element (gradient
//! descent in f32: the variable read and written, the gradient read) and 36 (four arrays), and so runs at the speed of memory.
//! The formulas are TensorFlow's (`ResourceApply…`), in its order of operations.

use crate::error::KernelError;
use crate::isa::{Isa, isa, multiversion};
use crate::threads::{SharedMut, for_each_index, pieces};
use std::collections::{BTreeMap, btree_map::Entry};

/// What an optimizer does to a variable, with its constants.
///
/// In the formulas `x` is the variable, `g` the gradient, `lr` the learning rate; the slots are named in the order in which they are passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UpdateRule {
    /// `x -= lr·g`; no slots (`tf.train.GradientDescentOptimizer`).
    GradientDescent {
        /// The learning rate.
        lr: f64,
    },
    /// `a = momentum·a + g; x -= lr·a`, or with `nesterov` `x -= lr·(g + momentum·a)`; slot `a` (`tf.train.MomentumOptimizer`).
    Momentum {
        /// The learning rate.
        lr: f64,
        /// How much of the accumulated gradient stays.
        momentum: f64,
        /// Whether the step looks ahead (Nesterov 1983).
        nesterov: bool,
    },
    /// `a += g²; x -= lr·g/√a`; slot `a` (Duchi et al. 2011, `tf.train.AdagradOptimizer`).
    Adagrad {
        /// The learning rate.
        lr: f64,
    },
    /// `a = ρ·a + (1-ρ)·g²; d = g·√(u+ε)/√(a+ε); u = ρ·u + (1-ρ)·d²; x -= lr·d`; slots `a`, `u` (Zeiler 2012,
    /// `tf.train.AdadeltaOptimizer`).
    Adadelta {
        /// The learning rate.
        lr: f64,
        /// How much of the averages stays.
        rho: f64,
        /// Keeps the quotient finite.
        epsilon: f64,
    },
    /// `r += (1-decay)·(g²-r); m = momentum·m + lr·g/√(r+ε); x -= m`; slots `r`, `m` (Tieleman and Hinton 2012,
    /// `tf.train.RMSPropOptimizer`).
    RmsProp {
        /// The learning rate.
        lr: f64,
        /// How much of the average stays.
        decay: f64,
        /// How much of the last step stays.
        momentum: f64,
        /// Keeps the quotient finite.
        epsilon: f64,
    },
    /// As [`RmsProp`](Self::RmsProp) with the variance: `c += (1-decay)·(g-c)`, and `r - c² + ε` under the root; slots `r`, `c`, `m`.
    CenteredRmsProp {
        /// The learning rate.
        lr: f64,
        /// How much of the averages stays.
        decay: f64,
        /// How much of the last step stays.
        momentum: f64,
        /// Keeps the quotient finite.
        epsilon: f64,
    },
    /// `m += (1-β₁)(g-m); v += (1-β₂)(g²-v); x -= lr·m/(√v+ε)`, where `lr` is corrected for the bias already; slots `m`, `v`
    /// (Kingma and Ba 2015, `tf.train.AdamOptimizer`).
    Adam {
        /// The learning rate times `√(1-β₂ᵗ)/(1-β₁ᵗ)`.
        lr: f64,
        /// How much of the mean stays.
        beta1: f64,
        /// How much of the mean square stays.
        beta2: f64,
        /// Keeps the quotient finite.
        epsilon: f64,
        /// What is taken off the variable before the step, as a part of it: `lr·weight_decay` of AdamW, 0 for Adam. In a graph the rate is a factor
        /// that a run adds: there it is `weight_decay`.
        decay: f64,
    },
    /// The follow-the-regularized-leader update; slots `a` (sum of squares), `l` (linear) (McMahan et al. 2013,
    /// `tf.train.FtrlOptimizer`).
    Ftrl {
        /// The learning rate.
        lr: f64,
        /// The power of the sum of squares that the rate falls with, at most 0; `-0.5` as a rule.
        lr_power: f64,
        /// The weight of `|x|`.
        l1: f64,
        /// The weight of `x²`.
        l2: f64,
        /// The weight of `x²` in the gradient alone.
        l2_shrinkage: f64,
    },
}

impl UpdateRule {
    /// How many slots the update has beside the variable.
    pub const fn slots(&self) -> usize {
        match self {
            UpdateRule::GradientDescent { .. } => 0,
            UpdateRule::Momentum { .. } | UpdateRule::Adagrad { .. } => 1,
            UpdateRule::Adadelta { .. }
            | UpdateRule::RmsProp { .. }
            | UpdateRule::Adam { .. }
            | UpdateRule::Ftrl { .. } => 2,
            UpdateRule::CenteredRmsProp { .. } => 3,
        }
    }

    /// Whether a step is corrected by powers of its constants, which somebody counts.
    pub const fn has_powers(&self) -> bool {
        match self {
            UpdateRule::Adam { .. } => true,
            UpdateRule::GradientDescent { .. }
            | UpdateRule::Momentum { .. }
            | UpdateRule::Adagrad { .. }
            | UpdateRule::Adadelta { .. }
            | UpdateRule::RmsProp { .. }
            | UpdateRule::CenteredRmsProp { .. }
            | UpdateRule::Ftrl { .. } => false,
        }
    }
}

/// One optimizer on one element: the variable and its slots, `N` in all. An update is given pieces of a variable, rows of it and parts: what needs
/// a number of the whole, such as a norm, has that computed before, and passed in.
trait Update<T, const N: usize>: Copy + Sync {
    /// Cost in elementary operations.
    const WORK: usize;

    fn apply(self, state: [T; N], gradient: T) -> [T; N];
}

/// Runs an update over all elements, in pieces that threads share.
fn run<T: Copy + Send + Sync, const N: usize>(
    update: impl Update<T, N>,
    state: [&mut [T]; N],
    gradient: &[T],
    slice: impl Fn(Isa, [&mut [T]; N], &[T]) + Sync,
) {
    fn work_of<T, const N: usize, U: Update<T, N>>(_: U) -> usize {
        U::WORK
    }
    let n = gradient.len();
    for part in &state {
        assert_eq!(part.len(), n, "elements of variable, slots and gradient");
    }
    let isa = isa();
    let work = n * work_of(update);
    let count = pieces(work);
    let piece = n.div_ceil(count.max(1)).max(1);
    let parts = state.map(|part| SharedMut::new(part));
    for_each_index(n.div_ceil(piece), work, |i| {
        let from = i * piece;
        let len = piece.min(n - from);
        // SAFETY: the pieces `from..from + len` are disjoint and lie inside slices that this function borrows exclusively.
        let state = parts.each_ref().map(|part| unsafe { std::slice::from_raw_parts_mut(part.get().add(from), len) });
        slice(isa, state, &gradient[from..from + len]);
    });
}

multiversion! {
    fn update_slice[T: Copy, const N: usize, U: Update<T, N>](update: U, state: [&mut [T]; N], gradient: &[T]) {
        let n = gradient.len();
        let mut state = state;
        for part in &mut state {
            // Slices of one length, so that the loop below has nothing left to check.
            *part = &mut std::mem::take(part)[..n];
        }
        for i in 0..n {
            let mut now = [gradient[i]; N];
            for k in 0..N {
                now[k] = state[k][i];
            }
            let next = update.apply(now, gradient[i]);
            for k in 0..N {
                state[k][i] = next[k];
            }
        }
    }
}

macro_rules! optimizers {
    ($apply:ident $module:ident $t:ident) => {
        #[doc = concat!("Applies an update in `", stringify!($t), "`: changes `variable` and its `slots`, which the rule names in order.")]
        ///
        /// # Panics
        /// If the lengths differ or there are not [`UpdateRule::slots`] slots.
        pub fn $apply(rule: &UpdateRule, variable: &mut [$t], slots: &mut [&mut [$t]], gradient: &[$t]) {
            use $module::*;
            assert_eq!(slots.len(), rule.slots(), "slots of the update");
            macro_rules! run_with {
                ($update:expr; $slots:expr) => {
                    run($update, $slots, gradient, |isa, state, gradient| update_slice(isa, $update, state, gradient))
                };
            }
            match (*rule, slots) {
                (UpdateRule::GradientDescent { lr }, []) => {
                    let update = GradientDescent { lr: lr as $t };
                    run_with!(update; [variable]);
                }
                (UpdateRule::Momentum { lr, momentum, nesterov: false }, [a]) => {
                    let update = Momentum { lr: lr as $t, momentum: momentum as $t };
                    run_with!(update; [variable, a]);
                }
                (UpdateRule::Momentum { lr, momentum, nesterov: true }, [a]) => {
                    let update = Nesterov { lr: lr as $t, momentum: momentum as $t };
                    run_with!(update; [variable, a]);
                }
                (UpdateRule::Adagrad { lr }, [a]) => {
                    let update = Adagrad { lr: lr as $t };
                    run_with!(update; [variable, a]);
                }
                (UpdateRule::Adadelta { lr, rho, epsilon }, [a, u]) => {
                    let update = Adadelta { lr: lr as $t, rho: rho as $t, epsilon: epsilon as $t };
                    run_with!(update; [variable, a, u]);
                }
                (UpdateRule::RmsProp { lr, decay, momentum, epsilon }, [r, m]) => {
                    let update = RmsProp { lr: lr as $t, decay: decay as $t, momentum: momentum as $t, epsilon: epsilon as $t };
                    run_with!(update; [variable, r, m]);
                }
                (UpdateRule::CenteredRmsProp { lr, decay, momentum, epsilon }, [r, c, m]) => {
                    let update = CenteredRmsProp { lr: lr as $t, decay: decay as $t, momentum: momentum as $t, epsilon: epsilon as $t };
                    run_with!(update; [variable, r, c, m]);
                }
                (UpdateRule::Adam { lr, beta1, beta2, epsilon, decay }, [m, v]) => {
                    let update = Adam {
                        lr: lr as $t,
                        rest1: 1.0 - beta1 as $t,
                        rest2: 1.0 - beta2 as $t,
                        epsilon: epsilon as $t,
                        decay: decay as $t,
                    };
                    run_with!(update; [variable, m, v]);
                }
                (UpdateRule::Ftrl { lr, lr_power, l1, l2, l2_shrinkage }, [a, l]) => {
                    let (lr, l1, l2, l2_shrinkage) = (lr as $t, l1 as $t, l2 as $t, l2_shrinkage as $t);
                    if lr_power == -0.5 {
                        let update = FtrlRoot { lr, l1, l2, l2_shrinkage };
                        run_with!(update; [variable, a, l]);
                    } else {
                        let update = FtrlPower { lr, power: -lr_power as $t, l1, l2, l2_shrinkage };
                        run_with!(update; [variable, a, l]);
                    }
                }
                _ => unreachable!("the number of slots was checked"),
            }
        }

        mod $module {
            use super::Update;

            #[derive(Clone, Copy)]
            pub(super) struct GradientDescent {
                pub(super) lr: $t,
            }
            impl Update<$t, 1> for GradientDescent {
                const WORK: usize = 3;
                #[inline(always)]
                fn apply(self, [x]: [$t; 1], g: $t) -> [$t; 1] {
                    [x - g * self.lr]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct Momentum {
                pub(super) lr: $t,
                pub(super) momentum: $t,
            }
            impl Update<$t, 2> for Momentum {
                const WORK: usize = 5;
                #[inline(always)]
                fn apply(self, [x, a]: [$t; 2], g: $t) -> [$t; 2] {
                    let a = a * self.momentum + g;
                    [x - a * self.lr, a]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct Nesterov {
                pub(super) lr: $t,
                pub(super) momentum: $t,
            }
            impl Update<$t, 2> for Nesterov {
                const WORK: usize = 5;
                #[inline(always)]
                fn apply(self, [x, a]: [$t; 2], g: $t) -> [$t; 2] {
                    let a = a * self.momentum + g;
                    [x - (g * self.lr + a * self.momentum * self.lr), a]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct Adagrad {
                pub(super) lr: $t,
            }
            impl Update<$t, 2> for Adagrad {
                const WORK: usize = 8;
                #[inline(always)]
                fn apply(self, [x, a]: [$t; 2], g: $t) -> [$t; 2] {
                    let a = a + g * g;
                    [x - g * self.lr / a.sqrt(), a]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct Adadelta {
                pub(super) lr: $t,
                pub(super) rho: $t,
                pub(super) epsilon: $t,
            }
            impl Update<$t, 3> for Adadelta {
                const WORK: usize = 16;
                #[inline(always)]
                fn apply(self, [x, a, u]: [$t; 3], g: $t) -> [$t; 3] {
                    let a = a * self.rho + g * g * (1.0 - self.rho);
                    let step = (u + self.epsilon).sqrt() / (a + self.epsilon).sqrt() * g;
                    let u = u * self.rho + step * step * (1.0 - self.rho);
                    [x - step * self.lr, a, u]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct RmsProp {
                pub(super) lr: $t,
                pub(super) decay: $t,
                pub(super) momentum: $t,
                pub(super) epsilon: $t,
            }
            impl Update<$t, 3> for RmsProp {
                const WORK: usize = 12;
                #[inline(always)]
                fn apply(self, [x, r, m]: [$t; 3], g: $t) -> [$t; 3] {
                    let r = r + (g * g - r) * (1.0 - self.decay);
                    let m = m * self.momentum + g * self.lr / (r + self.epsilon).sqrt();
                    [x - m, r, m]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct CenteredRmsProp {
                pub(super) lr: $t,
                pub(super) decay: $t,
                pub(super) momentum: $t,
                pub(super) epsilon: $t,
            }
            impl Update<$t, 4> for CenteredRmsProp {
                const WORK: usize = 14;
                #[inline(always)]
                fn apply(self, [x, r, c, m]: [$t; 4], g: $t) -> [$t; 4] {
                    let r = r + (g * g - r) * (1.0 - self.decay);
                    let c = c + (g - c) * (1.0 - self.decay);
                    let m = m * self.momentum + g * self.lr / ((r - c * c) + self.epsilon).sqrt();
                    [x - m, r, c, m]
                }
            }

            #[derive(Clone, Copy)]
            pub(super) struct Adam {
                pub(super) lr: $t,
                /// `1 - β₁`.
                pub(super) rest1: $t,
                /// `1 - β₂`.
                pub(super) rest2: $t,
                pub(super) epsilon: $t,
                pub(super) decay: $t,
            }
            impl Update<$t, 3> for Adam {
                const WORK: usize = 12;
                #[inline(always)]
                fn apply(self, [x, m, v]: [$t; 3], g: $t) -> [$t; 3] {
                    let x = x - x * self.decay;
                    let m = m + (g - m) * self.rest1;
                    let v = v + (g * g - v) * self.rest2;
                    [x - m * self.lr / (v.sqrt() + self.epsilon), m, v]
                }
            }

            /// Where the rate falls with the root of the sum of squares.
            #[derive(Clone, Copy)]
            pub(super) struct FtrlRoot {
                pub(super) lr: $t,
                pub(super) l1: $t,
                pub(super) l2: $t,
                pub(super) l2_shrinkage: $t,
            }
            impl Update<$t, 3> for FtrlRoot {
                const WORK: usize = 16;
                #[inline(always)]
                fn apply(self, [x, a, l]: [$t; 3], g: $t) -> [$t; 3] {
                    let sum = a + g * g;
                    let (before, after) = (a.sqrt(), sum.sqrt());
                    let l = l + (g + 2.0 * self.l2_shrinkage * x) - (after - before) / self.lr * x;
                    [ftrl(l, after / self.lr + 2.0 * self.l2, self.l1), sum, l]
                }
            }

            /// Where it falls with another power.
            #[derive(Clone, Copy)]
            pub(super) struct FtrlPower {
                pub(super) lr: $t,
                /// Not negative.
                pub(super) power: $t,
                pub(super) l1: $t,
                pub(super) l2: $t,
                pub(super) l2_shrinkage: $t,
            }
            impl Update<$t, 3> for FtrlPower {
                const WORK: usize = 64;
                #[inline(always)]
                fn apply(self, [x, a, l]: [$t; 3], g: $t) -> [$t; 3] {
                    let sum = a + g * g;
                    let (before, after) = (a.powf(self.power), sum.powf(self.power));
                    let l = l + (g + 2.0 * self.l2_shrinkage * x) - (after - before) / self.lr * x;
                    [ftrl(l, after / self.lr + 2.0 * self.l2, self.l1), sum, l]
                }
            }

            /// The variable that minimizes the sum so far: 0 where its linear part is within `l1`.
            #[inline(always)]
            fn ftrl(linear: $t, quadratic: $t, l1: $t) -> $t {
                let beyond = l1.copysign(linear) - linear;
                if linear.abs() > l1 { beyond / quadratic } else { 0.0 }
            }
        }
    };
}

macro_rules! rows {
    ($update_rows:ident $apply:ident $t:ident) => {
        #[doc = concat!("[`", stringify!($apply), "`] on some rows of `width` elements: `gradient` holds a row for each of `rows`.")]
        ///
        /// Gradients of one row are added up first, so that each row is updated once; the other rows, and their slots, stay as they are.
        ///
        /// # Errors
        /// [`KernelError::IndexOutOfRange`]; nothing is changed then.
        ///
        /// # Panics
        /// If the lengths do not fit together.
        pub fn $update_rows(
            rule: &UpdateRule,
            variable: &mut [$t],
            slots: &mut [&mut [$t]],
            width: usize,
            gradient: &[$t],
            rows: &[i64],
        ) -> Result<(), KernelError> {
            assert_eq!(gradient.len(), rows.len() * width, "a row of gradients for each index");
            let mut sums: BTreeMap<usize, Vec<$t>> = BTreeMap::new();
            let count = variable.len().checked_div(width).unwrap_or(0);
            for (position, &index) in rows.iter().enumerate() {
                let row = usize::try_from(index).ok().filter(|row| *row < count);
                let row = row.ok_or(KernelError::IndexOutOfRange { position, index, size: count })?;
                let part = &gradient[position * width..][..width];
                match sums.entry(row) {
                    Entry::Vacant(entry) => {
                        entry.insert(part.to_vec());
                    }
                    Entry::Occupied(mut entry) => entry.get_mut().iter_mut().zip(part).for_each(|(sum, x)| *sum += x),
                }
            }
            for (row, sum) in sums {
                let range = row * width..(row + 1) * width;
                let mut parts: Vec<&mut [$t]> = slots.iter_mut().map(|slot| &mut slot[range.clone()]).collect();
                $apply(rule, &mut variable[range.clone()], &mut parts, &sum);
            }
            Ok(())
        }
    };
}

optimizers!(update_f32 single f32);
optimizers!(update_f64 double f64);
rows!(update_rows_f32 update_f32 f32);
rows!(update_rows_f64 update_f64 f64);
