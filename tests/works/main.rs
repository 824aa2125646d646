//! Bodies that must work: each kind of Rust that a layer or a model may be written in, one file a theme.
//!
//! For every model one assertion, [`agreement::hold`], proves that its two worlds agree: what rustc's const evaluation found of it, and
//! the graph that its body builds when it runs.

// Bodies are written here in every way that Rust has, also where clippy knows a better one.
#![allow(clippy::style, clippy::complexity)]

#[macro_use]
mod agreement;

mod arithmetic;
mod bindings;
mod branches;
mod call_sites;
mod collections;
mod composition;
mod configuration;
mod default_names;
mod devices;
mod dynamic;
mod generics;
mod helpers;
mod initializers;
mod leaving;
mod library_layers;
mod loops;
mod methods;
mod models;
mod modules;
mod names_of_ops;
mod options;
mod options_of_models;
mod parts;
mod reentry;
mod references;
mod scopes;
mod settings;
mod sharing;
mod training;
mod unshared;
mod updates;
mod user_macros;
