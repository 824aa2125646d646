//! The optimizers, each a value with TensorFlow's arguments and defaults.

use super::{clipping::Clipping, optimizer::Optimizer};
use crate::tensor::{AsTensor, Tensor, Variable};
use std::sync::atomic::{AtomicU64, Ordering};
use tf_kernels::optimizers::UpdateRule;

/// How large steps are: a number, or a scalar tensor, as schedules yield it.
#[derive(Clone, Copy, Debug)]
pub enum LearningRate {
    /// The same at every step.
    Constant(f64),
    /// What the tensor is when the step is taken.
    Tensor(Tensor<f32>),
    /// What the function makes of the count of steps taken so far.
    Scheduled(fn(Tensor<i64>) -> Tensor<f32>),
}

impl LearningRate {
    /// A rate that follows the count of steps: `schedule` is called once, when the optimizer is attached, with the counter of its steps, or with
    /// the `global_step` of the graph if it counts none. Optimizers that are attached to a model count in one `global_step`: with two of them it
    /// grows by two for each batch.
    ///
    /// It is a `fn`, which captures nothing: settings are constants, or the arguments of `const` parameters.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, cast, get_or_create_global_step, get_variable, zeros_initializer};
    /// use tf::train::{GradientDescent, LearningRate, Optimizer, StepOptions};
    /// let graph = Graph::new();
    /// let (x, step) = graph.build(|| {
    ///     let x = get_variable::<f32, _, _>("x", [], VariableOptions::new().initializer(zeros_initializer()));
    ///     let rate = LearningRate::scheduled(|step| 1.0 / (cast::<f32, i64>(step) + 1.0));
    ///     let counted = StepOptions::new().global_step(get_or_create_global_step());
    ///     (x, GradientDescent::new(rate).minimize_with(x, &counted))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// session.run(step)?;
    /// session.run(step)?;
    /// assert_eq!(session.run(x)?[[]], -1.5);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn scheduled(schedule: fn(Tensor<i64>) -> Tensor<f32>) -> LearningRate {
        LearningRate::Scheduled(schedule)
    }

    /// What it is in a graph whose steps `counter` counts.
    pub(super) fn settled(self, counter: impl FnOnce() -> Variable<i64>) -> Rate {
        match self {
            LearningRate::Constant(rate) => Rate::Constant(rate),
            LearningRate::Tensor(rate) => Rate::Tensor(rate),
            LearningRate::Scheduled(schedule) => Rate::Tensor(schedule(counter().value())),
        }
    }
}

/// A learning rate in a graph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rate {
    /// The same at every step.
    Constant(f64),
    /// What the tensor is when the step is taken.
    Tensor(Tensor<f32>),
}

impl From<Rate> for LearningRate {
    fn from(rate: Rate) -> Self {
        match rate {
            Rate::Constant(rate) => LearningRate::Constant(rate),
            Rate::Tensor(rate) => LearningRate::Tensor(rate),
        }
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> Self {
        LearningRate::Constant(rate)
    }
}

impl From<f32> for LearningRate {
    fn from(rate: f32) -> Self {
        LearningRate::Constant(rate.into())
    }
}

impl From<Tensor<f32>> for LearningRate {
    fn from(rate: Tensor<f32>) -> Self {
        LearningRate::Tensor(rate)
    }
}

impl From<Variable<f32>> for LearningRate {
    fn from(rate: Variable<f32>) -> Self {
        LearningRate::Tensor(rate.as_tensor())
    }
}

/// A slot: where each of its elements begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) name: &'static str,
    pub(crate) initial: f64,
}

const fn slot(name: &'static str, initial: f64) -> Slot {
    Slot { name, initial }
}

/// What an optimizer is, for the graph.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Tells optimizers apart: their copies share slots, others never (O2).
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) rate: LearningRate,
    pub(crate) rule: UpdateRule,
    /// Those of the rule, and `NO_SLOT` behind them.
    pub(crate) slots: [Slot; 3],
    pub(crate) clipping: Clipping,
}

impl Method {
    fn new(name: &'static str, rate: impl Into<LearningRate>, rule: UpdateRule, slots: [Slot; 3]) -> Method {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Method { id, name, rate: rate.into(), rule, slots, clipping: Clipping::None }
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots[..self.rule.slots()]
    }
}

const NO_SLOT: Slot = slot("", 0.0);

macro_rules! optimizers {
    ($($name:ident)*) => { $(
        impl $name {
            /// The same under another name, which slots and ops have.
            #[must_use]
            pub fn name(mut self, name: &'static str) -> Self {
                self.0.name = name;
                self
            }

            /// The same, where `minimize` steps against gradients of which each element is at least `min` and at most `max`.
            #[must_use]
            pub fn clip_by_value(mut self, min: f64, max: f64) -> Self {
                self.0.clipping = Clipping::Value(min, max);
                self
            }

            /// The same, where `minimize` scales each gradient of a greater Euclidean norm down to this one.
            #[must_use]
            pub fn clip_by_norm(mut self, norm: f64) -> Self {
                self.0.clipping = Clipping::Norm(norm);
                self
            }

            /// The same, where `minimize` scales all gradients down by one factor if together they have a greater Euclidean norm than
            /// this (Pascanu et al. 2013). One that is not finite makes them all NaN.
            #[must_use]
            pub fn clip_by_global_norm(mut self, norm: f64) -> Self {
                self.0.clipping = Clipping::GlobalNorm(norm);
                self
            }
        }

        impl Optimizer for $name {
            fn method(&self) -> &Method {
                &self.0
            }
        }
    )* };
}
optimizers!(GradientDescent Momentum Adagrad Adadelta RmsProp Adam Ftrl);

/// Defines arguments as methods that change a field of the rule, and where two variants have it, of either.
macro_rules! arguments {
    ($optimizer:ident: $($(#[$meta:meta])* $argument:ident: $type:ty => $($variant:ident.$field:ident)|+;)*) => {
        impl $optimizer { $(
            $(#[$meta])*
            #[must_use]
            pub fn $argument(mut self, value: $type) -> Self {
                match &mut self.0.rule {
                    $(UpdateRule::$variant { $field: field, .. } => *field = value,)+
                    _ => unreachable!("the optimizer has this rule"),
                }
                self
            }
        )* }
    };
}

/// Steps against the gradient, as long as it is steep. TensorFlow: `tf.train.GradientDescentOptimizer`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, ones_initializer, train::{GradientDescent, Optimizer}};
/// let graph = Graph::new();
/// let (x, step) = graph.build(|| {
///     let x = get_variable::<f32, _, _>("x", [], VariableOptions::new().initializer(ones_initializer()));
///     (x, GradientDescent::new(0.25).minimize(x * x))
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// session.run(step)?;
/// assert_eq!(session.run(x)?[[]], 0.5);
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GradientDescent(Method);

impl GradientDescent {
    /// With this learning rate.
    pub fn new(rate: impl Into<LearningRate>) -> Self {
        GradientDescent(Method::new("GradientDescent", rate, UpdateRule::GradientDescent { lr: 0.0 }, [NO_SLOT; 3]))
    }
}

/// Steps that keep part of the steps before (Polyak 1964). TensorFlow: `tf.train.MomentumOptimizer`. Slot `momentum`.
#[derive(Clone, Copy, Debug)]
pub struct Momentum(Method);

impl Momentum {
    /// With this learning rate and momentum.
    pub fn new(rate: impl Into<LearningRate>, momentum: f64) -> Self {
        let rule = UpdateRule::Momentum { lr: 0.0, momentum, nesterov: false };
        Momentum(Method::new("Momentum", rate, rule, [slot("momentum", 0.0), NO_SLOT, NO_SLOT]))
    }
}

arguments! { Momentum:
    /// Whether steps look ahead (Nesterov 1983); not unless said.
    nesterov: bool => Momentum.nesterov;
}

/// Steps that get shorter for elements with large gradients before (Duchi et al. 2011). TensorFlow: `tf.train.AdagradOptimizer`.
/// Slot `accumulator`, which starts at 0.1.
#[derive(Clone, Copy, Debug)]
pub struct Adagrad(Method);

impl Adagrad {
    /// With this learning rate.
    pub fn new(rate: impl Into<LearningRate>) -> Self {
        Adagrad(Method::new(
            "Adagrad",
            rate,
            UpdateRule::Adagrad { lr: 0.0 },
            [slot("accumulator", 0.1), NO_SLOT, NO_SLOT],
        ))
    }

    /// Where the accumulator starts; 0.1 unless said.
    #[must_use]
    pub fn initial_accumulator(mut self, value: f64) -> Self {
        self.0.slots[0].initial = value;
        self
    }
}

/// Steps in proportion to those before, with no rate to choose (Zeiler 2012). TensorFlow: `tf.train.AdadeltaOptimizer`.
/// Slots `accum`, `accum_update`.
#[derive(Clone, Copy, Debug)]
pub struct Adadelta(Method);

impl Adadelta {
    /// With this learning rate (1 in the paper), ρ = 0.95, ε = 1e-8.
    pub fn new(rate: impl Into<LearningRate>) -> Self {
        let rule = UpdateRule::Adadelta { lr: 0.0, rho: 0.95, epsilon: 1e-8 };
        Adadelta(Method::new("Adadelta", rate, rule, [slot("accum", 0.0), slot("accum_update", 0.0), NO_SLOT]))
    }
}

arguments! { Adadelta:
    /// How much of the averages stays.
    rho: f64 => Adadelta.rho;
    /// Keeps quotients finite.
    epsilon: f64 => Adadelta.epsilon;
}

/// Steps divided by the root of an average of squares (Tieleman and Hinton 2012). TensorFlow: `tf.train.RMSPropOptimizer`.
/// Slots `rms`, which starts at 1, and `momentum`; centred also `mg`.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp(Method);

impl RmsProp {
    /// With this learning rate, a decay of 0.9, no momentum, ε = 1e-10.
    pub fn new(rate: impl Into<LearningRate>) -> Self {
        let rule = UpdateRule::RmsProp { lr: 0.0, decay: 0.9, momentum: 0.0, epsilon: 1e-10 };
        RmsProp(Method::new("RMSProp", rate, rule, [slot("rms", 1.0), slot("momentum", 0.0), NO_SLOT]))
    }

    /// The same divided by an estimate of the standard deviation, for which the average gradient is taken off (Graves 2013).
    #[must_use]
    pub fn centered(mut self) -> Self {
        if let UpdateRule::RmsProp { lr, decay, momentum, epsilon } = self.0.rule {
            self.0.rule = UpdateRule::CenteredRmsProp { lr, decay, momentum, epsilon };
            self.0.slots = [slot("rms", 1.0), slot("mg", 0.0), slot("momentum", 0.0)];
        }
        self
    }
}

arguments! { RmsProp:
    /// How much of the averages stays.
    decay: f64 => RmsProp.decay | CenteredRmsProp.decay;
    /// How much of the step before stays.
    momentum: f64 => RmsProp.momentum | CenteredRmsProp.momentum;
    /// Keeps quotients finite.
    epsilon: f64 => RmsProp.epsilon | CenteredRmsProp.epsilon;
}

/// Steps of averaged gradients, each element scaled by an average of squares (Kingma and Ba 2015). TensorFlow:
/// `tf.train.AdamOptimizer`. Slots `m`, `v`, and the powers of β₁ and β₂ so far, which all variables share.
#[derive(Clone, Copy, Debug)]
pub struct Adam(Method);

impl Adam {
    /// With this learning rate, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn new(rate: impl Into<LearningRate>) -> Self {
        let rule = UpdateRule::Adam { lr: 0.0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.0 };
        Adam(Method::new("Adam", rate, rule, [slot("m", 0.0), slot("v", 0.0), NO_SLOT]))
    }

    /// AdamW: the same, and each step takes `rate · weight_decay` of the variable off it, apart from the gradient (Loshchilov and
    /// Hutter 2019). Its ops and slots are named `AdamW`.
    pub fn with_weight_decay(rate: impl Into<LearningRate>, weight_decay: f64) -> Self {
        Adam::new(rate).name("AdamW").weight_decay(weight_decay)
    }
}

arguments! { Adam:
    /// How much of the averaged gradient stays.
    beta1: f64 => Adam.beta1;
    /// How much of the averaged square stays.
    beta2: f64 => Adam.beta2;
    /// Keeps quotients finite; added after the bias is corrected, as TensorFlow does.
    epsilon: f64 => Adam.epsilon;
    /// The part of the variable that a step takes off it, times the learning rate; 0 unless said.
    weight_decay: f64 => Adam.decay;
}

/// Follow the regularized leader (McMahan et al. 2013): makes many elements exactly 0. TensorFlow: `tf.train.FtrlOptimizer`.
/// Slots `accum`, which starts at 0.1, and `linear`.
#[derive(Clone, Copy, Debug)]
pub struct Ftrl(Method);

impl Ftrl {
    /// With this learning rate, which falls with the power -0.5 of the sum of squares, and without regularization.
    pub fn new(rate: impl Into<LearningRate>) -> Self {
        let rule = UpdateRule::Ftrl { lr: 0.0, lr_power: -0.5, l1: 0.0, l2: 0.0, l2_shrinkage: 0.0 };
        Ftrl(Method::new("Ftrl", rate, rule, [slot("accum", 0.1), slot("linear", 0.0), NO_SLOT]))
    }

    /// Where the sum of squares starts; 0.1 unless said.
    #[must_use]
    pub fn initial_accumulator(mut self, value: f64) -> Self {
        self.0.slots[0].initial = value;
        self
    }
}

arguments! { Ftrl:
    /// The power of the sum of squares that the rate falls with: at most 0.
    learning_rate_power: f64 => Ftrl.lr_power;
    /// The weight of absolute values.
    l1: f64 => Ftrl.l1;
    /// The weight of squares, which is part of each solution.
    l2: f64 => Ftrl.l2;
    /// The weight of squares in the gradient alone.
    l2_shrinkage: f64 => Ftrl.l2_shrinkage;
}
