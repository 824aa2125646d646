//! The methods that are followed in const evaluation.

/// Calls of these become `__private::M(receiver).method(arguments, cx)`: traits and non-const methods cannot be called there.
/// Every other method is called as it is, and has to be a `const fn`.
pub(crate) const METHODS: &[&str] = &[
    "dim",
    "dims",
    "reuse_variables",
    "set_initializer",
    "set_regularizer",
    "set_dtype",
    "set_caching_device",
    "set_partitioner",
    "value",
    "read_value",
    "assign",
    "assign_add",
    "assign_sub",
    "initialized_value",
    "initializer",
    "part_count",
    "part",
    "scatter_update",
    "scatter_add",
    "scatter_sub",
    "scatter_mul",
    "scatter_div",
    "scatter_min",
    "scatter_max",
    "scatter_nd_update",
    "scatter_nd_add",
    "scatter_nd_sub",
    "count_up_to",
    "slice",
    "strided_slice",
    "reshape",
    "relu",
    "cast",
    "transpose",
    "max",
    "min",
    "clamp",
    "abs",
    "sqrt",
    "powi",
];

/// Those of [`METHODS`] that are followed only where they have no argument: with one they are methods of options.
pub(crate) const WITHOUT_ARGUMENTS: &[&str] = &["initializer"];

/// Those of [`METHODS`] that are written as functions of numbers too: `usize::max(a, b)`, `std::cmp::max(a, b)`, `f32::sqrt(x)`.
pub(crate) const NUMBER_FUNCTIONS: &[&str] = &["max", "min", "clamp", "abs", "sqrt", "powi"];
