//! Some inputs left out at random.

use crate::{
    Float, Shape, Tensor, demand, name_scope,
    spec::{Rule, SpecError},
    variable_scope,
};

/// The options of [`dropout`](fn@dropout).
#[derive(Clone, Copy, Debug)]
#[must_use = "options do nothing by themselves"]
pub struct Dropout {
    rate: f64,
    training: bool,
    seed: Option<i64>,
    noise: Option<Shape>,
}

impl Dropout {
    /// The part of the inputs that is left out, at least 0 and below 1. Nothing is left out unless it is [`training`](Self::training).
    pub const fn new(rate: f64) -> Self {
        Dropout { rate, training: false, seed: None, noise: None }
    }

    /// Whether inputs are left out; false.
    pub const fn training(mut self, training: bool) -> Self {
        self.training = training;
        self
    }

    /// The seed of the choice; without one it follows from the graph's.
    pub const fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The shape of the choice, which broadcasts to the input: 1 where the inputs along a dimension are left out together,
    /// [`ANY`](crate::ANY) where each is chosen by itself, as everywhere without it. `[tf::ANY, 1, 1, tf::ANY]` leaves out whole channels
    /// of images.
    pub const fn noise_shape<const N: usize>(mut self, sizes: [usize; N]) -> Self {
        self.noise = Some(Shape::of(&sizes));
        self
    }
}

static RATE: Rule = Rule {
    code: "E-DROPOUT-RATE",
    says: "the rate is not at least 0 and below 1",
    left: "",
    right: "",
    help: "write the part that is left out: 0.1 leaves out a tenth",
};

/// Each input left out, which makes it 0, at a rate, and the others multiplied by `1 / (1 - rate)`, so that their sum stays about
/// the same (Srivastava et al. 2014). Each run chooses anew.
///
/// It has no variables. TensorFlow: `tf.layers.dropout`; equal seeds leave out the same inputs.
///
/// # Errors
/// `E-DROPOUT-RATE` for a rate below 0, or of 1 and more; `E-NOISE-SHAPE` for a choice whose shape does not broadcast to the input.
///
/// ```
/// use tf::{layers::{Dropout, dropout}, prelude::*};
/// model! {
///     pub Noisy(x: f32[?, 100]) -> f32[?, 100] { dropout(x, Dropout::new(0.25).training(true)) }
/// }
/// let y = Noisy::init(1)?.run(&ndarray::Array2::from_elem((1, 100), 3.0))?;
/// assert!(y.iter().all(|&y| y == 0.0 || y == 4.0));
/// # Ok::<(), tf::Error>(())
/// ```
#[variable_scope]
#[track_caller]
pub fn dropout<T: Float>(x: Tensor<T>, options: Dropout) -> Tensor<T> {
    demand(options.rate >= 0.0 && options.rate < 1.0, SpecError::new("dropout", &RATE));
    if !options.training || options.rate == 0.0 {
        return x;
    }
    name_scope!("dropout", {
        let drawn = match options.noise {
            Some(noise) => tf::random_uniform_along(x, noise, 0.0, 1.0, options.seed),
            None => tf::random_uniform_like(x, 0.0, 1.0, options.seed),
        };
        let kept = tf::greater_equal(drawn, tf::scalar(options.rate));
        let scaled = x * tf::scalar(1.0 / (1.0 - options.rate));
        tf::select(kept, scaled, tf::zeros_like(scaled))
    })
}
