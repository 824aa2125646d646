//! The macros of tf-scope.
//!
//! A layer is an ordinary function under `#[variable_scope]`. The attribute leaves the function as it is and adds its *shadow*: a
//! struct of the same name, in the namespace of types, with a `const fn` whose body is the layer's own, rewritten so that const
//! evaluation can follow it. `model!` runs the shadows of its layers in constants, so that rustc itself refuses a model whose
//! variables are shared wrongly.
//!
//! | file | what it holds |
//! |---|---|
//! | `attribute` | the arguments of `#[variable_scope(..)]` and `#[helper(..)]` |
//! | `layer` | what the attributes emit |
//! | `arguments` | the arguments of `get_variable!` and of the scopes: one parser for both worlds |
//! | `name` | names of variables and scopes, and the variables in them |
//! | `options` | the options of variables and scopes, as both worlds pass them on |
//! | `run_time` | what those macros expand to where the graph is built |
//! | `shadow` | the rewriting rules for const evaluation, one file each |
//! | `typed` | why a mistake of types is told once, though a body is there twice |
//! | `model` | `model!`: its grammar, `with`, what it emits |
//! | `methods` | the methods that are followed in const evaluation |
//! | `mistake` | the codes and the shape of every error |
//! | `groups` | what a user's own macro has put together stays together |
//! | `spans`, `crate_path` | where emitted tokens point to, and how they name the library |
//! | `expansions` | whole expansions, recorded by the tests |
//!
//! Users depend on the facade crate `tf-scope`, which re-exports the attributes and wraps the function-like macros, so that they
//! learn the path of the library from `$crate`. Each function-like macro expects that path first: `$crate; arguments`.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod arguments;
mod attribute;
mod crate_path;
#[cfg(test)]
mod expansions;
mod groups;
mod layer;
mod methods;
mod mistake;
mod model;
mod name;
mod options;
mod run_time;
mod shadow;
mod spans;
mod typed;

use groups::visible;
use proc_macro::TokenStream;

/// Makes a function a layer: its variables are named by scopes, and its models are checked by rustc.
///
/// Arguments, all optional: `"name"` opens a variable scope of that name around each call, `default_name = "name"` one whose name
/// is made unique; `reuse = ..`, `initializer = ..`, `dtype = T` and `auxiliary_name_scope = ..` are those of `variable_scope!`.
/// `dynamic` leaves the layer to the graph, which checks it while it is built. `crate = path` says where the library is, if it is not `::tf`.
///
/// TensorFlow: `tf.variable_scope`, as a decorator and as a context manager.
///
/// ```text
/// #[variable_scope("dense")]
/// fn dense(x: Tensor<f32>, width: usize) -> Tensor<f32> {
///     let weights = get_variable!("weights", [x.dim(1), width]);
///     tf::matmul(x, weights)
/// }
/// ```
#[proc_macro_attribute]
pub fn variable_scope(arguments: TokenStream, item: TokenStream) -> TokenStream {
    layer::expand(visible(arguments.into()), visible(item.into()), layer::Kind::Layer).into()
}

/// Makes a plain function one that layers may call: it is carried into const evaluation as layers are.
///
/// It need not be a `const fn`: its body may hold what the body of a layer may, such as `for` loops.
///
/// The only argument is `crate = path`, where the library is not `::tf`.
///
/// ```text
/// #[helper]
/// const fn half(n: usize) -> usize {
///     n / 2
/// }
/// ```
#[proc_macro_attribute]
pub fn helper(arguments: TokenStream, item: TokenStream) -> TokenStream {
    layer::expand(visible(arguments.into()), visible(item.into()), layer::Kind::Helper).into()
}

/// Behind `tf::model!`: a model, its checks and its constants.
#[doc(hidden)]
#[proc_macro]
pub fn __model(input: TokenStream) -> TokenStream {
    model::expand(visible(input.into())).into()
}

/// Behind `tf::get_variable!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __get_variable(input: TokenStream) -> TokenStream {
    run_time::get_variable(visible(input.into())).into()
}

/// Behind `tf::new_variable!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __new_variable(input: TokenStream) -> TokenStream {
    run_time::new_variable(visible(input.into())).into()
}

/// What layers and models make of `variable_scope!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __variable_scope(input: TokenStream) -> TokenStream {
    run_time::variable_scope(visible(input.into())).into()
}

/// Behind `tf::name_scope!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __name_scope(input: TokenStream) -> TokenStream {
    run_time::name_scope(visible(input.into())).into()
}

/// Behind `tf::device!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __device(input: TokenStream) -> TokenStream {
    run_time::device(visible(input.into())).into()
}

/// Behind `tf::colocate_with!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __colocate_with(input: TokenStream) -> TokenStream {
    run_time::colocate_with(visible(input.into())).into()
}

/// Behind `tf::container!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __container(input: TokenStream) -> TokenStream {
    run_time::container(visible(input.into())).into()
}

/// The type of a layer or helper that another one calls.
///
/// Where there is no such type, rustc says so of a token that this macro has made, and names the macro: its name is what the user has to know.
#[doc(hidden)]
#[proc_macro]
pub fn functions_that_layers_call_are_marked_variable_scope_or_helper(input: TokenStream) -> TokenStream {
    spans::made_here(input.into()).into()
}

/// Behind `tf::control_dependencies!`, where the graph is built.
#[doc(hidden)]
#[proc_macro]
pub fn __control_dependencies(input: TokenStream) -> TokenStream {
    run_time::control_dependencies(visible(input.into())).into()
}
