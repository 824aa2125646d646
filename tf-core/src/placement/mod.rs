//! Which device an op is wanted on, as far as the program says: device strings, scopes, colocation, parameter servers.
//!
//! A node of a graph carries what was asked for; which device of a session it runs on is decided by the engine's placer.
//!
//! | file | what it holds |
//! |---|---|
//! | [`parse`] | device strings, read by a `const fn` |
//! | [`spec`] | [`DeviceSpec`], merging, printing |
//! | [`scopes`] | `device(..)`, and what it makes of a new node |
//! | [`choosing`] | what names a device: texts, specs, functions |
//! | [`colocation`] | ops placed beside others |
//! | [`cluster`] | [`ClusterSpec`]: the jobs there are |
//! | [`setter`] | `replica_device_setter`: variables on parameter servers |
//! | [`strategies`] | which parameter server is next |

pub mod choosing;
pub mod cluster;
pub mod colocation;
pub mod parse;
pub mod scopes;
pub mod setter;
pub mod spec;
pub mod strategies;

pub use choosing::{ChoosesDevice, DeviceOp, IntoDevice, NamesDevice};
pub use cluster::ClusterSpec;
pub use colocation::{colocate_only_with, colocate_with, without_colocation};
pub use parse::{DeviceError, DeviceParts};
pub use scopes::device;
pub use setter::{ReplicaDeviceSetter, STANDARD_PS_OPS, replica_device_setter};
pub use spec::DeviceSpec;
pub use strategies::{GreedyLoadBalancingStrategy, PlacementStrategy, RoundRobinStrategy, byte_size_load_fn};
