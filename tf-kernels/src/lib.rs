//! CPU kernels of tf-scope: functions on slices that know no graph.
//!
//! | module | kernels |
//! |---|---|
//! | [`elementwise`] | arithmetic on two arrays, with broadcasting |
//! | [`accumulate`] | sums in place |
//! | [`unary`] | functions of one array: signs, roots, exponentials, activations |
//! | [`chain`] | several element-wise functions in one pass, and reductions of rows |
//! | [`compare`] | comparisons and logic, with broadcasting |
//! | [`cast`] | conversion between element types |
//! | [`matmul`] | matrix products, batched and transposed |
//! | [`conv2d`] | convolution: grouped, dilated, strided, depthwise; its gradients |
//! | [`pool`], [`pool_gradients`] | maximum and average over windows, and their gradients |
//! | [`reduce`], [`arg_reduce`], [`moments`] | reductions over axes; positions of extremes; mean and variance at once |
//! | [`softmax`], [`cross_entropy`] | softmax and its logarithm; cross entropy of logits |
//! | [`slopes`] | derivatives of functions of one array |
//! | [`sum`], [`segments`] | sums of several arrays, of slices that indices send to one place |
//! | [`scatter`] | updates of chosen places of an array |
//! | [`product_chain`] | products of matrices, each with chains that read it, turn after turn |
//! | [`mirror`], [`product`] | gradients of mirror padding and of products |
//! | [`movement`] | transposition, slices, concatenation, padding, gathering, … by element width |
//! | [`optimizers`] | the updates of a variable and its slots by a gradient |
//! | [`sequence`] | ranges and linear spaces |
//! | [`philox`], [`random`] | TensorFlow's generator and its distributions |
//! | [`orthogonal`] | orthonormal columns, for initial values |
//! | [`broadcast`] | the shape that two arrays broadcast to |
//!
//! | module | what kernels stand on |
//! |---|---|
//! | [`mod@isa`], `simd` | which instruction set is used; vectors in registers |
//! | [`threads`], `team`, `scratch` | how work is cut; who shares it; memory that a thread keeps between calls |
//! | [`memory`] | fresh memory of megabytes |
//! | `map`, `zip` | the loops under kernels of one array and of two |
//! | `walk`, `window` | walks over strided index spaces; windows that slide over a padded image |
//! | `math`, `float` | functions of one `f64`; what is asked of `f32` and `f64` |
//! | `exponentials` | rows of `f32` as softmax and what is made of it |
//! | [`error`] | what can be wrong with values |
//!
//! # Conventions
//!
//! Arrays are row-major slices; a shape is a `&[usize]`, `[]` that of a scalar.
//! The caller provides the result, which is overwritten whole. Lengths and ranks
//! are the engine's business: a kernel asserts them and panics. What only values
//! can break is a [`KernelError`]. Functions are concrete, one for each element
//! type, so that they are compiled here, optimised also in a dev build.
//!
//! ```
//! use tf_kernels::elementwise::{BinaryOp, binary_f32};
//!
//! let (cells, bias) = ([1.0, 2.0, 3.0, 4.0], [10.0, 20.0]);
//! let mut out = [0.0; 4];
//! binary_f32(BinaryOp::Add, &cells, &[2, 2], &bias, &[2], &mut out, &[2, 2])?;
//! assert_eq!(out, [11.0, 22.0, 13.0, 24.0]);
//! # Ok::<(), tf_kernels::KernelError>(())
//! ```
//!
//! # Threads
//!
//! Work is cut into contiguous parts of the result, a few for each thread;
//! small work (below some 16,000 elementary operations) stays on the calling
//! thread. Each part is computed by one thread from beginning to end, and
//! reductions to few results are cut by their size alone, so results do not
//! depend on the number of threads. The calling thread works too; its helpers,
//! one fewer than rayon's global pool has threads, wait a moment for the next
//! kernel before they sleep. While one thread shares its work, kernels that
//! others call stay on theirs. In a pool of rayon's that pool is used.
//!
//! # Instruction sets
//!
//! On x86-64 hot loops are compiled for AVX-512, for AVX2 with FMA, and for
//! what every machine has; on 64-bit ARM the loops of convolutions, chains and
//! exponentials use NEON explicitly, others are compiled to it. The best path that the machine supports
//! is chosen at run time. The environment variable `TF_KERNELS_ISA` (`portable`, `neon`,
//! `avx2` or `avx512`, read once) forces a lower one, and [`isa()`] names the path in use.
//! Arithmetic, reductions and pooling give the same bits on every path;
//! exponentials, logarithms and what is made of them, convolutions and products
//! of matrices differ in the last bits, as FMA rounds once.

#![deny(missing_docs)]

pub mod accumulate;
pub mod arg_reduce;
pub mod broadcast;
pub mod cast;
pub mod chain;
pub mod compare;
pub mod conv2d;
pub mod cross_entropy;
pub mod elementwise;
pub mod error;
pub mod isa;
pub mod matmul;
pub mod memory;
pub mod mirror;
pub mod moments;
pub mod movement;
pub mod optimizers;
pub mod orthogonal;
pub mod philox;
pub mod pool;
pub mod pool_gradients;
pub mod product;
pub mod product_chain;
pub mod random;
pub mod reduce;
pub mod scatter;
pub mod segments;
pub mod sequence;
pub mod slopes;
pub mod softmax;
pub mod sum;
pub mod unary;

mod exponentials;
mod float;
mod map;
mod math;
mod scratch;
mod simd;
mod team;
pub mod threads;
mod walk;
mod window;
mod zip;

pub use error::KernelError;
pub use isa::{Isa, isa};
