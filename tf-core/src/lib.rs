//! The core of tf-scope: what models are made of, in both worlds.
//!
//! A model function runs twice: in rustc's const evaluation, which checks it, and at run time, where it builds a [`Graph`]. Both go
//! through the same rules, each written once as a `const fn`: names ([`names`]), sharing ([`sharing`]), shapes ([`ops`]).
//!
//! | module | what it holds |
//! |---|---|
//! | | **what a program says** |
//! | [`tensor`], [`value`], `dims`, `few` | handles of tensors, variables and scopes; what tensors are when a graph runs, and its sizes; short lists in place |
//! | [`dtype`], [`shape`], [`spec`] | what is known of a tensor |
//! | [`options`], [`settings`] | the arguments of variables and scopes, and those that a scope hands on to its variables |
//! | [`initializer`], [`literal`], [`initial_function`] | first values of variables: TensorFlow's, constants, functions of the user's own |
//! | [`regularizer`], [`constraint`], [`tensor_function`] | losses and bounds of variables, and the functions that both may be |
//! | [`partitioning`] | variables in parts |
//! | `given` | arguments handed on without knowing whether they were given |
//! | | **both worlds** |
//! | [`sharing`], [`names`], `registry` | variables and scopes |
//! | [`call_site`], [`summary`] | where variables are created and shared; tables of them for people |
//! | `mistake`, [`text`], [`error`] | every mistake, its words, and the run-time error |
//! | [`ops`] | each op: rule, FLOPs, run, gradient |
//! | [`model`], [`model_options`], [`model_arrays`] | what `model! {}` stands on; how a model is made; what it is run on |
//! | | **the build-time world** |
//! | [`check`], [`evaluate`] | a model's table; what the body of a layer becomes in const evaluation |
//! | | **the run-time world** |
//! | [`graph`] | nodes, names, scopes, collections |
//! | [`differentiation`] | the way back from a loss to what it depends on |
//! | [`placement`] | the devices that ops are wanted on |
//! | [`session`], `engine` | running a graph |
//! | [`store`], [`server`] | the values of variables, and where sessions share them |
//! | | **learning** |
//! | [`data`] | examples in batches |
//! | [`train`] | optimizers, averages of variables |
//! | [`checkpoint`] | values in files |
//! | [`chart`] | curves as pictures |
//! | `events` | event files for TensorBoard (a feature) |
//!
//! Users depend on the crate `tf-scope`, which re-exports this one and adds the macros.

#![deny(missing_docs)]

pub mod call_site;
pub mod chart;
pub mod check;
pub mod checkpoint;
pub mod constraint;
pub mod data;
pub mod differentiation;
mod dims;
pub mod dtype;
mod engine;
pub mod error;
pub mod evaluate;
#[cfg(feature = "events")]
pub mod events;
mod few;
mod given;
pub mod graph;
pub mod initial_function;
pub mod initializer;
pub mod literal;
mod mistake;
pub mod model;
pub mod model_arrays;
pub mod model_options;
pub mod names;
pub mod ops;
pub mod options;
pub mod partitioning;
pub mod placement;
mod registry;
pub mod regularizer;
pub mod server;
pub mod session;
pub mod settings;
pub mod shape;
pub mod sharing;
pub mod spec;
pub mod store;
pub mod summary;
pub mod tensor;
pub mod tensor_function;
pub mod text;
pub mod train;
pub mod value;

pub use call_site::CallSite;
pub use chart::Chart;
pub use checkpoint::{
    Checkpoint, CheckpointEntry, CheckpointSource, CheckpointState, CheckpointWriter, GlobalStep, Import, Layout,
    LoadOptions, RestoreReport, SavedVariable, Saver, VariableOrName, init_from_checkpoint, latest_checkpoint,
};
pub use constraint::*;
pub use differentiation::{
    differentiable::Differentiable,
    functions::{gradients, gradients_or_none, gradients_or_zeros, gradients_with},
    variables::{AnyGradient, IndexedSlices, variable_gradients},
};
pub use dtype::{DType, Element, Float, Index, Number};
pub use error::{Error, Result, Status};
pub use given::MaybeGiven;
pub use graph::{
    Graph,
    callable::Callable,
    collected::{Collected, Object},
    collections::{add_to_collection, add_to_collections, get_collection, get_collection_in},
    containers::container,
    described::{AnyVariable, PartDescription, VariableDescription},
    drawing::Drawing,
    getters::{CustomGetter, Getter, VariableAsked},
    global_step::{create_global_step, get_global_step, get_or_create_global_step},
    naming::name_scope,
    node::{NoDependencies, Operation, Operations, control_dependencies},
    scopes::{NoName, ScopeRequest, default_name, get_variable_scope, scope, variable_scope},
    seeds::Seeds,
    templates::{Template, make_template},
    variable_list::Variables,
    variables::get_variable,
    views::{
        global_variables, global_variables_in, local_variables, local_variables_in, metric_variables,
        metric_variables_in, model_variables, model_variables_in, moving_average_variables,
        moving_average_variables_in, trainable_variables, trainable_variables_in,
    },
};
pub use initial_function::{
    DistributionInitializer, FunctionInitializer, InitialResult, PartitionInitializer, distribution_initializer,
    function_initializer, partition_initializer,
};
pub use initializer::*;
pub use literal::{ConstantValue, Literal};
pub use model_options::ModelOptions;
pub use ops::*;
pub use options::{ScopeOptions, VariableOptions, collection};
pub use partitioning::*;
pub use placement::{
    ChoosesDevice, ClusterSpec, DeviceError, DeviceOp, DeviceParts, DeviceSpec, GreedyLoadBalancingStrategy,
    IntoDevice, NamesDevice, PlacementStrategy, ReplicaDeviceSetter, RoundRobinStrategy, STANDARD_PS_OPS,
    byte_size_load_fn, colocate_only_with, colocate_with, device, replica_device_setter, without_colocation,
};
pub use regularizer::*;
pub use server::Server;
pub use session::{
    DefaultSession, Feed, Fetch, InSession, Placement, RunMemory, RunTrace, Session, SessionOptions, TracedStep,
};
pub use settings::Settings;
pub use shape::{ANY, Shape};
pub use sharing::{AUTO_REUSE, NO_REUSE, Reuse};
pub use spec::Spec;
pub use store::Store;
pub use summary::{SharingReport, Summary};
pub use tensor::{AsTensor, NoShape, OpScope, Tensor, Variable, VariableScope};
pub use tf_kernels::conv2d::Precision;
pub use value::{IntoValue, Value};
