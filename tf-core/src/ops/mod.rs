//! Ops: each in one file, read top to bottom: the function, its rules, its shape rule, its FLOPs, its run, its gradient.
//! (A file is never named like a function: both would be one name in the type namespace.)
//!
//! `op!` makes from one declaration the run-time function and its build-time half; the op's struct holds the attributes.
//! [`Op`] is the closed list of them: a new op is a file, an entry in the list below, and a re-export.
//!
//! | family | files |
//! |---|---|
//! | what comes from outside, or is there | `placeholders` (also `identity`, `group`), `constants`, `filling`, `ranging` |
//! | random values | `random`, `random_like` |
//! | variables | `state`, a folder: reads and updates; `applying`: the steps of optimizers |
//! | first values of variables | [`initial_value`], `computed_values`, `orthogonal_matrices`, `restoring` |
//! | element by element | `arithmetic`, `mathematics`, `comparisons`, `logic`, `float_tests`, `selection`, `casting`, `sums`, `summed_rows` |
//! | over axes | `reductions`, `exponential_sums` |
//! | where something is | `extremes`, `searching` |
//! | matrices | `matrices`, `fused_product`, `stacked_products` |
//! | elements moved | `reshaping`, `transposing`, `slicing`, `splitting`, `concatenation`, `gathering`, `padding`, `tiling` |
//! | neural networks | [`nn`], a folder |
//! | losses | `adding_up` |
//! | demands | `demands` (of layers, on their arguments), `ensuring` (on tensors) |
//! | gradients | `stopping`, `slopes`, `joining_gradients`, `like`, `terms` |
//! | between devices | `transfers` |
//! | arguments | `axes`, `tensor_list`, `lists`, `methods` (short forms of functions) |
//! | what several ops share | `rules` and `dimensions` (shapes), `movement` (runs) |

macro_rules! op {
    (
        $(#[$meta:meta])*
        pub fn $name:ident [$($generics:tt)*] ($($argument:ident: $type:ty),* $(,)?) -> $element:ty;
        $label:literal: $op:expr, ($($input:ident),* $(,)?)
    ) => {
        $(#[$meta])*
        #[track_caller]
        pub fn $name<$($generics)*>($($argument: $type),*) -> $crate::tensor::Tensor<$element> {
            let op = $op;
            $crate::graph::node::apply(
                $label,
                $crate::ops::Op::from(op.clone()),
                &[$($input.as_tensor().into()),*],
                |shapes| op.rule(shapes),
            )
        }
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: $crate::check::Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs, clippy::too_many_arguments)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: $crate::check::Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<$($generics)*>(self, $($argument: $type),*) -> $crate::tensor::Tensor<$element> {
                let op = $op;
                let inputs: &[$crate::shape::Shape] = &[$(self.cx.input($input)),*];
                let shape = self.cx.settled(inputs, &op.rule(inputs));
                if self.cx.takes_notes {
                    self.cx.count(op.flops(inputs, &shape));
                }
                $crate::tensor::Tensor::at_build_time(shape)
            }
        }
    };
}

/// Runs the kernel of a family (`binary_f32`, `binary_f64`, …) that fits the element type of the output, under one name.
macro_rules! kernel {
    ($run:ident, [$($dtype:ident $type:ty = $f:path),* $(,)?], $kernel:ident => $body:expr) => {
        kernel!(@by $run.spec(0).dtype; $run, [$($dtype $type = $f),*], $kernel => $body)
    };
    (@by $by:expr; $run:ident, [$($dtype:ident $type:ty = $f:path),*], $kernel:ident => $body:expr) => {
        match $by {
            $($crate::DType::$dtype => {
                use $f as $kernel;
                $run.make::<$type, _>($body)
            })*
            other => unreachable!("the function's bound keeps {other} out, or the engine goes through f32"),
        }
    };
}

mod adding_up;
mod applying;
mod arithmetic;
mod axes;
mod casting;
mod comparisons;
mod computed_values;
mod concatenation;
mod constants;
mod demands;
pub(crate) mod dimensions;
mod ensuring;
mod exponential_sums;
mod extremes;
mod filling;
mod float_tests;
mod fused_product;
mod gathering;
pub mod initial_value;
mod joining_gradients;
mod like;
mod lists;
mod logic;
mod mathematics;
mod matrices;
mod methods;
mod movement;
pub mod nn;
mod orthogonal_matrices;
mod padding;
mod placeholders;
mod random;
mod random_like;
mod ranging;
mod reductions;
mod reshaping;
mod restoring;
pub(crate) mod rules;
mod searching;
mod selection;
mod slicing;
mod slopes;
mod splitting;
mod stacked_products;
mod state;
mod stopping;
mod summed_rows;
mod sums;
mod tensor_list;
mod terms;
mod tiling;
mod transfers;
mod transposing;

pub use adding_up::*;
pub use applying::ApplyGradient;
pub(crate) use applying::{finite_rate, misfit};
pub use arithmetic::*;
pub use axes::{ALL, AllAxes, AxesArgument, AxesKind};
pub use casting::*;
pub use comparisons::*;
pub use computed_values::*;
pub use concatenation::*;
pub use constants::*;
pub use demands::*;
pub use ensuring::*;
pub use exponential_sums::*;
pub use extremes::*;
pub use filling::*;
pub use float_tests::*;
pub use fused_product::*;
pub use gathering::*;
pub use joining_gradients::*;
pub(crate) use like::of_one_shape;
pub use like::{Portion, ReshapeLike, SpreadLike, SumLike};
pub use logic::*;
pub use mathematics::*;
pub use matrices::*;
pub use orthogonal_matrices::*;
pub use padding::*;
pub use placeholders::*;
pub use random::*;
pub use random_like::*;
pub use ranging::*;
pub use reductions::*;
pub use reshaping::*;
pub use restoring::*;
pub use searching::*;
pub use selection::*;
pub use slicing::*;
pub use slopes::*;
pub use splitting::*;
pub use stacked_products::*;
pub use state::*;
pub use stopping::*;
pub use summed_rows::*;
pub use sums::*;
pub use tensor_list::AsTensors;
pub use tiling::*;
pub use transfers::*;
pub use transposing::*;

use crate::{
    check::UNKNOWN_FLOPS,
    differentiation::backward::Backward,
    engine::run::{Outputs, Run},
    error::Result,
    shape::Shape,
    spec::SpecError,
};
use std::sync::Arc;
use tf_kernels::unary::UnaryOp;

macro_rules! rule_of {
    ($op:ident, $shapes:ident) => {
        Some($op.rule($shapes))
    };
    ($op:ident, $shapes:ident, $without:ident) => {{
        let _ = ($op, $shapes);
        None
    }};
}

macro_rules! gradient_of {
    ($op:ident, $back:ident) => {
        $op.gradient($back)
    };
    ($op:ident, $back:ident, $ends:ident) => {{
        let _ = ($op, $back);
    }};
}

/// Attributes of more than three words lie behind a pointer, which plans share: a graph has many nodes, most of which have few.
macro_rules! held {
    ($op:ty) => {
        $op
    };
    ($op:ty, $pointer:ident) => {
        Arc<$op>
    };
}

macro_rules! op_list {
    ($($variant:ident($op:ty) $(by $pointer:ident)? $(through $f32:ident)? $(without $rule:ident)? $(ends $gradients:ident)? $(is $pure:ident)?;)*) => {
        /// Every op that a graph can hold, with its attributes.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)]
        pub enum Op {
            $($variant(held!($op $(, $pointer)?)),)*
        }
        $(
            impl From<$op> for Op {
                fn from(op: $op) -> Op {
                    Op::$variant(op.into())
                }
            }
        )*
        impl Op {
            /// TensorFlow's name of the op type, such as `Conv2D`.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Op::$variant(op) => op.type_name(),)*
                }
            }

            /// Whether f16 and bf16 are computed through f32 by the engine around this op.
            pub(crate) fn through_f32(&self) -> bool {
                match self {
                    $(Op::$variant(_) => false $(|| stringify!($f32) == "f32")?,)*
                }
            }

            /// The shape rule, applied to shapes as the run finds them; `None` where the shape does not follow from shapes.
            pub(crate) fn rule(&self, shapes: &[Shape]) -> Option<Result<Shape, SpecError>> {
                match self {
                    $(Op::$variant(op) => rule_of!(op, shapes $(, $rule)?),)*
                }
            }

            /// Whether no slope goes back through this op: it has no inputs, none of floats, or is a step in each.
            pub(crate) fn ends_gradients(&self) -> bool {
                match self {
                    $(Op::$variant(_) => false $(|| stringify!($gradients) == "gradients")?,)*
                }
            }

            /// Whether the op computes the same of the same inputs and does nothing else, whatever the session says: then the engine may
            /// compute it once for all steps, or once for all runs.
            pub(crate) fn is_pure(&self) -> bool {
                match self {
                    $(Op::$variant(_) => false $(|| stringify!($pure) == "pure")?,)*
                }
            }

            /// Gives the inputs their slopes, from those of the outputs.
            pub(crate) fn gradient(&self, back: &mut Backward<'_>) {
                match self {
                    $(Op::$variant(op) => gradient_of!(op, back $(, $gradients)?),)*
                }
            }

            /// Computes the outputs.
            pub(crate) fn run(&self, run: &mut Run<'_>) -> Result<Outputs> {
                match self {
                    $(Op::$variant(op) => op.run(run).map(Into::into),)*
                }
            }
        }
    };
}

op_list! {
    // Sources and state.
    Constant(Constant) by pointer without rule ends gradients;
    ScalarConstant(ScalarConstant) ends gradients is pure;
    Placeholder(Placeholder) without rule ends gradients;
    Identity(Identity) is pure;
    Group(Group) without rule ends gradients;
    Variable(VariableHandle) without rule ends gradients;
    ReadVariable(ReadVariable) without rule ends gradients;
    PartitionedVariable(PartitionedVariable) without rule ends gradients;
    AssignVariable(AssignVariable) without rule ends gradients;
    UpdateVariable(UpdateVariable) ends gradients;
    Scatter(Scatter) without rule ends gradients;
    ScatterNd(ScatterNd) without rule ends gradients;
    AssignSlice(AssignSlice) by pointer without rule ends gradients;
    CountUpTo(CountUpTo) without rule ends gradients;
    IsInitialized(IsInitialized) without rule ends gradients;
    InitializedValue(InitializedValue) without rule ends gradients;
    ApplyGradient(ApplyGradient) by pointer without rule ends gradients;
    Random(Random) by pointer through f32 ends gradients;
    Orthogonal(Orthogonal) by pointer ends gradients;
    Computed(Computed) by pointer without rule ends gradients;
    RandomLike(RandomLike) by pointer through f32 ends gradients;
    Restore(Restore) by pointer without rule ends gradients;
    Transfer(Transfer) without rule ends gradients;
    // Made by the engine of several others.
    Chain(crate::engine::chain::Chain) without rule ends gradients;
    FusedMatMul(FusedMatMul) by pointer ends gradients;
    StackedMatMul(StackedMatMul) by pointer without rule ends gradients;
    ProductChain(crate::engine::product_chain::ProductChain) without rule ends gradients;
    SummedRows(SummedRows) ends gradients;
    ProductSum(crate::engine::product_sum::ProductSum) without rule ends gradients;
    ProductDescent(crate::engine::product_descent::ProductDescent) without rule ends gradients;
    FusedConv2d(nn::FusedConv2d) by pointer ends gradients;
    GatedConvGradient(nn::GatedConvGradient) by pointer ends gradients;
    ConvDistance(crate::engine::conv_distance::ConvDistance) without rule ends gradients;
    Portion(Portion) by pointer through f32 ends gradients;
    FusedMoments(nn::FusedMoments) without rule ends gradients;
    // Elementwise.
    Arithmetic(Arithmetic) through f32 is pure;
    Unary(Unary) through f32 is pure;
    TestFloat(TestFloat) through f32 ends gradients is pure;
    Compare(Compare) ends gradients is pure;
    Logical(Logical) ends gradients is pure;
    LogicalNot(LogicalNot) ends gradients is pure;
    Select(Select) is pure;
    Cast(Cast) is pure;
    AddN(AddN) through f32 is pure;
    StopGradient(StopGradient) ends gradients;
    CustomGradient(CustomGradient);
    ShapedAs(ShapedAs) by pointer;
    // Movement.
    Reshape(Reshape) by pointer is pure;
    ExpandDims(ExpandDims) is pure;
    Squeeze(Squeeze) by pointer is pure;
    Transpose(Transpose) by pointer is pure;
    Concat(Concat) is pure;
    Stack(Stack) is pure;
    Split(Split) is pure;
    SplitSizes(SplitSizes) by pointer without rule;
    Unstack(Unstack) is pure;
    Slice(Slice) by pointer is pure;
    StridedSlice(StridedSlice) by pointer is pure;
    Reverse(Reverse) by pointer is pure;
    Pad(Pad) by pointer is pure;
    MirrorPad(MirrorPad) by pointer;
    Tile(Tile) by pointer is pure;
    BroadcastTo(BroadcastTo) by pointer is pure;
    Gather(Gather);
    OneHot(OneHot) ends gradients;
    Where(Where) ends gradients;
    // Sources of known values.
    Fill(Fill) is pure;
    Filled(Filled) by pointer ends gradients is pure;
    FilledLike(FilledLike) ends gradients is pure;
    ShapeOf(ShapeOf) ends gradients is pure;
    Range(Range) by pointer ends gradients is pure;
    LinSpace(LinSpace) through f32 ends gradients is pure;
    // Matrices and reductions.
    MatMul(MatMul) through f32 is pure;
    Reduce(Reduce) by pointer through f32 is pure;
    Extreme(Extreme) ends gradients;
    // Neural networks.
    Conv2d(nn::Conv2d) by pointer through f32;
    DepthwiseConv2d(nn::DepthwiseConv2d) by pointer through f32;
    Conv2dTranspose(nn::Conv2dTranspose) by pointer through f32;
    BiasAdd(nn::BiasAdd) through f32 is pure;
    Pool(nn::Pool) by pointer through f32;
    Softmax(nn::Softmax) through f32 is pure;
    SoftmaxCrossEntropy(nn::SoftmaxCrossEntropy) through f32;
    // Gradients.
    SumLike(SumLike) through f32 is pure;
    ReshapeLike(ReshapeLike) is pure;
    SpreadLike(SpreadLike) by pointer through f32 is pure;
    UnarySlope(UnarySlope) through f32 is pure;
    ConcatGradient(ConcatGradient) without rule;
    SliceGradient(SliceGradient) by pointer;
    MirrorPadGradient(MirrorPadGradient) by pointer through f32;
    TileGradient(TileGradient) by pointer through f32;
    GatherGradient(GatherGradient) through f32;
    ProductGradient(ProductGradient) by pointer through f32;
    ConvGradient(nn::ConvGradient) by pointer through f32;
    PoolGradient(nn::PoolGradient) by pointer through f32;
    PoolChoice(nn::PoolChoice) by pointer through f32;
}

impl Op {
    /// The variable that the op reads or changes.
    pub(crate) fn variable(&self) -> Option<u32> {
        match self {
            Op::Variable(op) => Some(op.variable),
            Op::ReadVariable(op) => Some(op.variable),
            Op::AssignVariable(op) => Some(op.variable),
            Op::UpdateVariable(op) => Some(op.variable),
            Op::Scatter(op) => Some(op.variable),
            Op::ScatterNd(op) => Some(op.variable),
            Op::AssignSlice(op) => Some(op.variable),
            Op::CountUpTo(op) => Some(op.variable),
            Op::IsInitialized(op) => Some(op.variable),
            Op::InitializedValue(op) => Some(op.variable),
            Op::ApplyGradient(op) => op.variables.first().copied(),
            Op::ProductDescent(op) => Some(op.variable),
            _ => None,
        }
    }

    /// The seeds of the stream that the op draws from.
    pub(crate) fn seeds(&self) -> Option<(u64, u64)> {
        match self {
            Op::Random(op) => Some(op.seeds),
            Op::RandomLike(op) => Some(op.seeds),
            Op::Computed(op) => Some(op.seeds),
            Op::Orthogonal(op) => Some(op.seeds),
            _ => None,
        }
    }

    /// The variables that the op changes beside that one.
    pub(crate) fn further_variables(&self) -> &[u32] {
        match self {
            Op::ApplyGradient(op) => op.variables.get(1..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether the op is `max(x, 0)`.
    pub(crate) fn is_relu(&self) -> bool {
        matches!(self, Op::Unary(op) if op.kernel() == UnaryOp::Relu)
    }

    /// The variable whose value is the op's output.
    pub(crate) fn reads(&self) -> Option<u32> {
        match self {
            Op::AssignVariable(_) | Op::ApplyGradient(_) | Op::ProductDescent(_) => None,
            op => op.variable(),
        }
    }
}

/// What ops that only move or name values count.
pub(crate) const NO_FLOPS: u64 = 0;

/// One operation for each element of an output of this shape.
pub(crate) const fn per_element(output: &Shape) -> u64 {
    match output.elements() {
        Some(n) => n as u64,
        None => UNKNOWN_FLOPS,
    }
}

/// `n` operations for each element of an output of this shape.
pub(crate) const fn times(n: u64, output: &Shape) -> u64 {
    match output.elements() {
        Some(elements) => n.saturating_mul(elements as u64),
        None => UNKNOWN_FLOPS,
    }
}
