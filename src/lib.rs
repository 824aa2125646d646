//! Models whose parts share variables, checked by rustc.
//!
//! A layer is a Rust function with `#[variable_scope]`, a model a `model! {}`. Their variables are named by scopes and shared only where
//! the code says so; what shares wrongly does not compile.
//!
//! ```
//! use tf::prelude::*;
//!
//! #[variable_scope]
//! fn dense(x: Tensor<f32>, units: usize) -> Tensor<f32> {
//!     let w = get_variable!("weights", [x.dim(1), units]);
//!     let b = get_variable!("biases", [units], initializer = zeros_initializer());
//!     nn::relu(tf::matmul(x, w) + b)
//! }
//!
//! model! {
//!     /// Two towers with the same variables.
//!     pub Towers(left: f32[?, 8], right: f32[?, 8]) -> (f32[?, 4], f32[?, 4]) {
//!         with variable_scope("tower") as scope {
//!             let a = dense(left, 4);
//!             scope.reuse_variables();
//!             let b = dense(right, 4);
//!             (a, b)
//!         }
//!     }
//! }
//!
//! const _: () = assert!(Towers::PARAMETERS == 36);
//!
//! fn main() -> tf::Result<()> {
//!     let towers = Towers::init(42)?;
//!     let x = ndarray::Array2::ones((3, 8));
//!     let (a, b) = towers.run(&x, &x)?;
//!     assert_eq!(a, b);
//!     Ok(())
//! }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`prelude`] | what layers and models need |
//! | [`layers`] | ready layers: dense, convolutional, normalizing, recurrent, … |
//! | [`losses`] | what training makes small |
//! | [`metrics`] | totals over batches: accuracy, precision, … |
//! | [`train`](mod@train) | optimizers, averages, learning rates, clipping |
//! | [`errors`] | every error code, with wrong code and right code |
//!
//! [`Graph`] and [`Session`] build and run the same without macros.

#![deny(missing_docs)]

extern crate self as tf;

pub mod layers;
pub mod losses;
pub mod metrics;
pub mod prelude;
pub mod train;

pub use tf_core::*;
pub use tf_macros::{helper, variable_scope};

/// The programs of the README, so that they are compiled and run as they stand.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct ReadmeDoctests;

/// Every error code, with wrong code and right code.
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/errors.md"))]
pub mod errors {}

/// A variable of the current scope: created, or shared, as the scope says.
///
/// `get_variable!(name, shape, key = value, ..)`, where the keys are `dtype`, `initializer`, `regularizer`, `trainable`, `collections`,
/// `caching_device`, `partitioner`, `validate_shape` and `constraint`. The shape is left out when the initializer is a tensor. In layers and models rustc
/// checks it. TensorFlow: `tf.get_variable`.
///
/// ```
/// use tf::prelude::*;
/// let graph = tf::Graph::new();
/// let v = graph.build(|| -> Variable<i32> {
///     get_variable!("my_variable", [1, 2, 3], initializer = zeros_initializer())
/// })?;
/// assert_eq!(v.shape().to_string(), "[1, 2, 3]");
/// # Ok::<(), tf::Error>(())
/// ```
#[macro_export]
macro_rules! get_variable {
    ($($argument:tt)*) => { $crate::__private::__get_variable! { $crate; $($argument)* } };
}

/// A variable of its own: never shared, and named by the name scope, like an op. The arguments are those of
/// [`get_variable!`](crate::get_variable!). TensorFlow: `tf.Variable`.
///
/// ```
/// use tf::prelude::*;
/// #[variable_scope]
/// fn counted(x: Tensor<f32>) -> Tensor<f32> {
///     let calls = new_variable!("calls", [], initializer = zeros_initializer(), trainable = false);
///     control_dependencies!([calls.assign_add(1.0)], { x + calls.read_value() })
/// }
/// model! {
///     Counted(x: f32[?]) -> f32[?] { counted(counted(x)) }
/// }
/// assert_eq!(Counted::PARAMETERS, 2);
/// # Counted::init(1).unwrap();
/// ```
#[macro_export]
macro_rules! new_variable {
    ($($argument:tt)*) => { $crate::__private::__new_variable! { $crate; $($argument)* } };
}

/// A model: a graph with declared inputs and outputs, checked by rustc.
///
/// ```
/// use tf::prelude::*;
/// model! {
///     /// Scales its input by a number to be learned.
///     pub Scale(x: f32[?, 3]) -> f32[?, 3] {
///         let factor = get_variable!("factor", [], initializer = ones_initializer());
///         x * factor
///     }
/// }
/// assert_eq!(Scale::PARAMETERS, 1);
/// let scale = Scale::init(7)?;
/// scale.set("factor", &ndarray::arr0(2.0f32).into_dyn())?;
/// assert_eq!(scale.run(&ndarray::arr2(&[[1.0, 2.0, 3.0]]))?, ndarray::arr2(&[[2.0, 4.0, 6.0]]));
/// # Ok::<(), tf::Error>(())
/// ```
#[macro_export]
macro_rules! model {
    ($($model:tt)*) => { $crate::__private::__model! { $crate; $($model)* } };
}

/// A block of ops in a name scope, in layers and models: `name_scope!("x", { .. })`. Elsewhere: [`name_scope`](fn@name_scope).
#[macro_export]
macro_rules! name_scope {
    ($($argument:tt)*) => { $crate::__private::__name_scope! { $crate; $($argument)* } };
}

/// A block of ops that run after others, in layers and models: `control_dependencies!([a, b], { .. })`.
/// Elsewhere: [`control_dependencies`](fn@control_dependencies).
#[macro_export]
macro_rules! control_dependencies {
    ($($argument:tt)*) => { $crate::__private::__control_dependencies! { $crate; $($argument)* } };
}

/// A block of ops that are wanted on a device, in layers and models: `device!("/gpu:1", { .. })`. Elsewhere: [`device`](fn@device).
///
/// rustc reads a literal wherever the macro stands, and in layers and models any other text, too. TensorFlow: `tf.device`.
///
/// ```
/// use tf::prelude::*;
/// #[variable_scope]
/// fn scaled(x: Tensor<f32>, on: &str) -> Tensor<f32> {
///     device!("/job:worker", { device!(on, { x * get_variable!("scale", [3]) }) })
/// }
/// model! {
///     pub Scaled(x: f32[?, 3]) -> f32[?, 3] {
///         with variable_scope("first") { scaled(x, "/cpu:0") }
///     }
/// }
/// let graph = tf::Graph::new();
/// let v: Variable<f32> = graph.build(|| device!("/gpu:1", { get_variable!("v", [1]) }))?;
/// assert_eq!(graph.variables()[0].device.to_string(), "/device:GPU:1");
/// # Ok::<(), tf::Error>(())
/// ```
///
/// ```compile_fail
/// tf::device!("/gpx:1", { 3 });
/// ```
#[macro_export]
macro_rules! device {
    ($($argument:tt)*) => { $crate::__private::__device! { $crate; $($argument)* } };
}

/// A block of ops placed beside another, in layers and models: `colocate_with!(w, { .. })`.
/// Elsewhere: [`colocate_with`](fn@colocate_with).
#[macro_export]
macro_rules! colocate_with {
    ($($argument:tt)*) => { $crate::__private::__colocate_with! { $crate; $($argument)* } };
}

/// A block whose new variables are in a container of the server that a model or session runs on, in layers and models:
/// `container!("run_1", { .. })`. Elsewhere: [`container`](fn@container). TensorFlow: `tf.container`.
///
/// ```
/// use tf::prelude::*;
/// model! {
///     pub Counted(x: f32[?]) -> f32[?] {
///         let calls = with container("statistics") { get_variable!("calls", [], initializer = zeros_initializer()) };
///         x + calls.assign_add(1.0)
///     }
/// }
/// let server = tf::Server::new();
/// let counted = Counted::init_with(1, tf::ModelOptions::new().server(&server))?;
/// counted.run(&ndarray::arr1(&[0.0]))?;
/// assert_eq!(server.container("statistics").get("calls")?.as_slice::<f32>(), Some(&[1.0][..]));
/// # Ok::<(), tf::Error>(())
/// ```
#[macro_export]
macro_rules! container {
    ($($argument:tt)*) => { $crate::__private::__container! { $crate; $($argument)* } };
}

/// What expansions name. Not for users: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use ndarray;
    pub use tf_core::{
        check::{
            Check, Cx, Table, Tabled, ThisModel, VariableInfo, control, dynamic, enter, enter_named, leave, name_scope,
            noted, scope,
        },
        checkpoint::{CheckpointSource, Import, LoadOptions, RestoreReport},
        dtype::{DType, Element},
        evaluate::{
            M, operators as v,
            typed::{Of, Typed},
        },
        model,
        model_arrays::{ModelInput, ModelOutput},
        model_options::ModelOptions,
        names::{Hash, Name, NameBuffer},
        options::{ScopeArgument, ScopeOptions, VariableOptions, dtype_of},
        placement::{
            choosing::{caching_device, check as device},
            parse::DeviceParts,
        },
        session::{Session, SessionOptions},
        shape::ANY,
        shape::{ANY_DIM, Shape, dim, symbol},
        sharing::Reuse,
        spec::Spec,
        summary::Summary,
        tensor::{AsTensor, NoShape, Tensor, Variable, VariableScope},
        train::{ExponentialMovingAverage, Objective, Optimizer, Step},
        value::{IntoValue, Value},
    };
    pub use tf_macros::{
        __colocate_with, __container, __control_dependencies, __device, __get_variable, __model, __name_scope,
        __new_variable, __variable_scope, __variable_scope as variable_scope,
        functions_that_layers_call_are_marked_variable_scope_or_helper,
    };

    /// The run-time halves.
    pub mod run {
        pub use tf_core::graph::{
            called::{enter_layer, enter_model},
            containers::enter_container,
            naming::enter_name_scope,
            node::enter_control_dependencies,
            scopes::{NoName as NO_NAME, enter},
            variables::{get_variable, new_variable},
        };
        pub use tf_core::placement::{colocation::enter_colocation, scopes::enter_device};
    }
}
