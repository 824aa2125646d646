//! Methods that a layer's check follows: those of tensors and scopes that need the check, and those of numbers that are not const.
//!
//! The macros rewrite `x.dim(1)` to `M(x).dim(1, cx)` for the names in [`METHODS`]; a test compares the list with theirs.

use crate::{
    check::Cx,
    dtype::{Element, Float, Index, Number},
    graph::node::Operation,
    initializer::Initializer,
    mistake::Mistake,
    ops::{self, Counter, VariableSlice},
    partitioning::Partitioner,
    placement::choosing::caching_device,
    regularizer::Regularizer,
    shape::{Shape, is_size},
    tensor::{AsTensor, ShapeArgument, Tensor, Variable, VariableScope},
};

/// The methods that are rewritten.
pub const METHODS: &[&str] = &[
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

/// The receiver of a rewritten method.
#[derive(Clone, Copy)]
pub struct M<A>(pub A);

/// The size of a dimension; where it is not known, a mistake and 1, which does no harm when something is divided by it.
#[track_caller]
pub(crate) const fn dim(shape: &Shape, axis: usize, cx: Cx<'_>) -> usize {
    if let Some(size) = shape.size(axis) {
        return size;
    }
    if shape.is_poison() {
        cx.doubt_sizes();
        return 1;
    }
    if shape.has_rank() && axis >= shape.rank() {
        cx.mistake(&Mistake::NoSuchDim { shape: *shape, axis });
    } else {
        cx.mistake(&Mistake::UnknownDim { shape: *shape, axis });
    }
    1
}

#[track_caller]
const fn dims<const N: usize>(shape: &Shape, cx: Cx<'_>) -> [usize; N] {
    let mut sizes = [1; N];
    if shape.is_poison() {
        cx.doubt_sizes();
        return sizes;
    }
    if shape.rank() != N || !shape.has_rank() {
        cx.mistake(&Mistake::DimCount { shape: *shape, wanted: N });
        return sizes;
    }
    let mut i = 0;
    while i < N {
        // An unknown size may go unused, as in `let [_, h, w, c] = x.dims()`: it stays unknown, and is refused where it is used.
        sizes[i] = if is_size(shape.d(i)) { shape.d(i) as usize } else { crate::shape::ANY };
        i += 1;
    }
    sizes
}

macro_rules! tensor_methods {
    ($($t:ty, $self:ident => $shape:expr);* $(;)?) => { $(
        #[allow(missing_docs)]
        impl<T: Element> M<$t> {
            #[track_caller]
            pub const fn dim($self, axis: usize, cx: Cx<'_>) -> usize {
                dim(&$shape, axis, cx)
            }
            #[track_caller]
            pub const fn dims<const N: usize>($self, cx: Cx<'_>) -> [usize; N] {
                dims(&$shape, cx)
            }
            #[track_caller]
            pub const fn reshape<S: ShapeArgument>($self, shape: S, cx: Cx<'_>) -> Tensor<T> {
                ops::reshape::at(cx).call($self.0, shape)
            }
            #[track_caller]
            pub const fn transpose<const N: usize>($self, order: [usize; N], cx: Cx<'_>) -> Tensor<T> {
                ops::transpose::at(cx).call($self.0, order)
            }
            #[track_caller]
            pub const fn cast<U: Element>($self, cx: Cx<'_>) -> Tensor<U> {
                ops::cast::at(cx).call::<U, T>($self.0)
            }
            #[track_caller]
            pub const fn relu($self, cx: Cx<'_>) -> Tensor<T> where T: Number {
                ops::nn::relu::at(cx).call($self.0)
            }
            #[track_caller]
            pub const fn abs($self, cx: Cx<'_>) -> Tensor<T> where T: Number {
                ops::abs::at(cx).call($self.0)
            }
            #[track_caller]
            pub const fn sqrt($self, cx: Cx<'_>) -> Tensor<T> where T: Float {
                ops::sqrt::at(cx).call($self.0)
            }
        }
    )* };
}
tensor_methods!(
    Tensor<T>, self => self.0.shape;
    &Tensor<T>, self => self.0.shape;
    Variable<T>, self => self.0.0.shape;
    &Variable<T>, self => self.0.0.shape;
);

macro_rules! variable_methods {
    ($($t:ty, $self:ident => $variable:expr);* $(;)?) => { $(
        #[allow(missing_docs)]
        impl<T: Element> M<$t> {
            pub const fn value($self, cx: Cx<'_>) -> Tensor<T> {
                $self.read_value(cx)
            }
            pub const fn read_value($self, cx: Cx<'_>) -> Tensor<T> {
                Tensor::at_build_time(cx.input::<T, Variable<T>>($variable))
            }
            #[track_caller]
            pub const fn assign<A: AsTensor<T>>($self, value: A, cx: Cx<'_>) -> Tensor<T> {
                ops::assign::at(cx).call($variable, value)
            }
            #[track_caller]
            pub const fn assign_add<A: AsTensor<T>>($self, value: A, cx: Cx<'_>) -> Tensor<T> where T: Number {
                ops::assign_add::at(cx).call($variable, value)
            }
            #[track_caller]
            pub const fn assign_sub<A: AsTensor<T>>($self, value: A, cx: Cx<'_>) -> Tensor<T> where T: Number {
                ops::assign_sub::at(cx).call($variable, value)
            }
            pub const fn initialized_value($self, cx: Cx<'_>) -> Tensor<T> {
                $self.read_value(cx)
            }
            pub const fn initializer($self, _: Cx<'_>) -> Operation {
                Operation::AT_BUILD_TIME
            }
            #[track_caller]
            pub const fn part_count($self, cx: Cx<'_>) -> usize {
                cx.part_count($variable)
            }
            #[track_caller]
            pub const fn part($self, part: usize, cx: Cx<'_>) -> Variable<T> {
                cx.part($variable, part)
            }
            #[track_caller]
            pub const fn count_up_to($self, limit: T, cx: Cx<'_>) -> Tensor<T> where T: Counter {
                ops::count_up_to::at(cx).call($variable, limit)
            }
            pub const fn slice<const N: usize>($self, begin: [usize; N], size: [usize; N], _: Cx<'_>) -> VariableSlice<T> {
                $variable.slice(begin, size)
            }
            pub const fn strided_slice<const N: usize>(
                $self,
                begin: [isize; N],
                end: [isize; N],
                strides: [isize; N],
                _: Cx<'_>,
            ) -> VariableSlice<T> {
                $variable.strided_slice(begin, end, strides)
            }
        }
    )* };
}
variable_methods!(Variable<T>, self => self.0; &Variable<T>, self => *self.0);

macro_rules! scatter_methods {
    ($($t:ty, $self:ident => $variable:expr, $methods:tt;)*) => { $( scatter_methods!(@of $t, $self => $variable, $methods); )* };
    (@of $t:ty, $self:ident => $variable:expr, [$($name:ident[$($number:tt)*])*]) => {
        #[allow(missing_docs)]
        impl<T: Element> M<$t> {
            $(#[track_caller]
            pub const fn $name<I: Index, A: AsTensor<I>, U: AsTensor<T>>($self, indices: A, updates: U, cx: Cx<'_>) -> Tensor<T>
            $(where T: $number)*
            {
                ops::$name::at(cx).call($variable, indices, updates)
            })*
        }
    };
}
scatter_methods! {
    Variable<T>, self => self.0, [
        scatter_update[] scatter_add[Number] scatter_sub[Number] scatter_mul[Number] scatter_div[Number] scatter_min[Number]
        scatter_max[Number] scatter_nd_update[] scatter_nd_add[Number] scatter_nd_sub[Number]
    ];
    &Variable<T>, self => *self.0, [
        scatter_update[] scatter_add[Number] scatter_sub[Number] scatter_mul[Number] scatter_div[Number] scatter_min[Number]
        scatter_max[Number] scatter_nd_update[] scatter_nd_add[Number] scatter_nd_sub[Number]
    ];
}

#[allow(missing_docs)]
impl<T: Element> M<VariableSlice<T>> {
    #[track_caller]
    pub const fn assign<A: AsTensor<T>>(self, value: A, cx: Cx<'_>) -> Tensor<T> {
        self.0.assign_at_build_time(value, cx)
    }
}

macro_rules! scope_methods {
    ($($t:ty, $self:ident => $scope:expr);* $(;)?) => { $(
        #[allow(missing_docs)]
        impl M<$t> {
            #[track_caller]
            pub const fn reuse_variables($self, cx: Cx<'_>) {
                cx.reuse_variables($scope);
            }
            pub const fn set_initializer($self, initializer: Initializer, cx: Cx<'_>) {
                cx.scope($scope).initializer = Some(initializer);
            }
            pub const fn set_regularizer($self, regularizer: Regularizer, cx: Cx<'_>) {
                cx.scope($scope).settings.regularizer = Some(regularizer);
            }
            pub const fn set_dtype<T: Element>($self, cx: Cx<'_>) {
                cx.scope($scope).dtype = Some(T::DTYPE);
            }
            #[track_caller]
            pub const fn set_caching_device($self, device: &'static str, cx: Cx<'_>) {
                cx.scope($scope).settings.caching_device = Some(caching_device(device, cx));
            }
            pub const fn set_partitioner($self, partitioner: Partitioner, cx: Cx<'_>) {
                cx.scope($scope).settings.partitioner = partitioner;
            }
        }
    )* };
}
scope_methods!(
    VariableScope, self => self.0;
    &VariableScope, self => *self.0;
);

macro_rules! ordered {
    ($($t:ty)*) => { $(
        #[allow(missing_docs)]
        impl M<$t> {
            pub const fn max(self, other: $t, _: Cx<'_>) -> $t {
                if self.0 > other { self.0 } else { other }
            }
            pub const fn min(self, other: $t, _: Cx<'_>) -> $t {
                if self.0 < other { self.0 } else { other }
            }
            pub const fn clamp(self, low: $t, high: $t, _: Cx<'_>) -> $t {
                if self.0 < low { low } else if self.0 > high { high } else { self.0 }
            }
        }
    )* };
}
ordered!(usize u8 u16 u32 u64 isize i8 i16 i32 i64 f32 f64);

macro_rules! signed {
    ($($t:ty)*) => { $(
        #[allow(missing_docs)]
        impl M<$t> {
            pub const fn abs(self, _: Cx<'_>) -> $t {
                self.0.abs()
            }
        }
    )* };
}
signed!(isize i8 i16 i32 i64 f32 f64);

macro_rules! roots {
    ($($t:ty)*) => { $(
        #[allow(missing_docs)]
        impl M<$t> {
            pub const fn sqrt(self, _: Cx<'_>) -> $t {
                square_root(self.0 as f64) as $t
            }
            pub const fn powi(self, exponent: i32, _: Cx<'_>) -> $t {
                let mut power = 1.0;
                let mut left = exponent.unsigned_abs();
                while left > 0 {
                    power *= self.0;
                    left -= 1;
                }
                if exponent < 0 { 1.0 / power } else { power }
            }
        }
    )* };
}
roots!(f32 f64);

/// The square root by Newton's method from an estimate by halving the exponent: exact to an ulp after six steps.
const fn square_root(x: f64) -> f64 {
    if x <= 0.0 || !x.is_finite() {
        return if x < 0.0 { f64::NAN } else { x };
    }
    let mut root = f64::from_bits((x.to_bits() >> 1) + (1023_u64 << 51));
    let mut step = 0;
    while step < 6 {
        root = 0.5 * (root + x / root);
        step += 1;
    }
    root
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_square_root_of_const_evaluation_is_the_usual_one() {
        for x in [0.25, 2.0, 3.0, 1e-8, 12345.678, 1e30] {
            let (ours, std) = (super::square_root(x), f64::sqrt(x));
            assert!((ours - std).abs() <= std * 4e-16, "{x}: {ours} {std}");
        }
    }
}
