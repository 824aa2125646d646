//! What gradients say with terms: the ops of this folder, on tensors of any element type.

use super::{
    Arithmetic, Cast, Compare, Filled, FilledLike, Filling, Gather, MatMul, Reduce, Reshape, ReshapeLike,
    ScalarConstant, Select, SpreadLike, SumLike, Unary, Where,
    axes::{ALL, Axes},
};
use crate::{
    differentiation::term::Term,
    dtype::DType,
    shape::{ANY_DIM, Shape},
};
use std::ops::{Add, Div, Mul, Neg, Sub};
use tf_kernels::{compare::CompareOp, unary::UnaryOp};

macro_rules! operators {
    ($($trait:ident $method:ident;)*) => { $(
        impl $trait for Term {
            type Output = Term;
            fn $method(self, other: Term) -> Term {
                self.and(Arithmetic::$trait, other)
            }
        }
        impl $trait<f64> for Term {
            type Output = Term;
            fn $method(self, other: f64) -> Term {
                self.and(Arithmetic::$trait, self.number(other))
            }
        }
    )* };
}
operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Term {
    type Output = Term;
    fn neg(self) -> Term {
        self.apply(UnaryOp::Neg)
    }
}

impl Term {
    /// A scalar of this element type.
    pub(crate) fn number(self, value: f64) -> Term {
        Term::node(ScalarConstant::of(value), &[], self.dtype, self.at)
    }

    /// Ones in a known shape.
    pub(crate) fn ones(self, shape: Shape) -> Term {
        Term::node(Filled::of(Filling::One, shape), &[], self.dtype, self.at)
    }

    /// Zeros in a known shape.
    pub(crate) fn zeros(self, shape: Shape) -> Term {
        Term::node(Filled::of(Filling::Zero, shape), &[], self.dtype, self.at)
    }

    /// Ones in the shape of this.
    pub(crate) fn ones_like(self) -> Term {
        self.then(FilledLike { filling: Filling::One })
    }

    /// Zeros in the shape of this.
    pub(crate) fn zeros_like(self) -> Term {
        self.then(FilledLike { filling: Filling::Zero })
    }

    /// A function of each element.
    pub(crate) fn apply(self, function: UnaryOp) -> Term {
        self.then(Unary(function))
    }

    pub(crate) fn pow(self, exponent: Term) -> Term {
        self.and(Arithmetic::Pow, exponent)
    }

    pub(crate) fn floordiv(self, other: Term) -> Term {
        self.and(Arithmetic::FloorDiv, other)
    }

    /// Whether each element stands so to the other's.
    pub(crate) fn compare(self, by: CompareOp, other: Term) -> Term {
        Term::node(Compare(by), &[self, other], DType::Bool, self.at)
    }

    /// Where this vector is true: the places, as a vector.
    pub(super) fn places(self) -> Term {
        let places = Term::node(Where, &[self], DType::I64, self.at);
        places.then(Reshape::to(Shape::of_dims(&[ANY_DIM])))
    }

    /// Slices along the first axis.
    pub(super) fn gathered(self, indices: Term) -> Term {
        self.and(Gather { axis: 0 }, indices)
    }

    /// The elements of `a` where this is true, those of `b` elsewhere.
    pub(crate) fn choose(self, a: Term, b: Term) -> Term {
        Term::node(Select, &[self, a, b], a.dtype, self.at)
    }

    /// This where the condition is true, zero elsewhere.
    pub(crate) fn only_where(self, condition: Term) -> Term {
        condition.choose(self, self.number(0.0))
    }

    pub(crate) fn cast(self, dtype: DType) -> Term {
        if self.dtype.is(dtype) { self } else { Term::node(Cast, &[self], dtype, self.at) }
    }

    /// The sum over axes, which stay as 1 if `keep`.
    pub(super) fn sum(self, axes: Axes, keep: bool) -> Term {
        self.then(Reduce::sum(axes, keep))
    }

    /// The sum of all elements.
    pub(crate) fn total(self) -> Term {
        self.sum(Axes::of(ALL), false)
    }

    /// The sum over what broadcasting `like` to this shape repeated.
    pub(crate) fn sum_like(self, like: Term) -> Term {
        if self.is_shaped_as(&like) { self } else { self.and(SumLike, like) }
    }

    /// The same elements in the shape of `like`.
    pub(crate) fn reshape_like(self, like: Term) -> Term {
        match like.shape().is_fully_defined() {
            _ if self.is_shaped_as(&like) => self,
            true => self.then(Reshape::to(like.shape())),
            false => self.and(ReshapeLike, like),
        }
    }

    /// Each element of a reduction in the place of all that it was made from.
    pub(super) fn spread_like(self, like: Term, axes: Axes, keep: bool) -> Term {
        self.and(SpreadLike { axes, keep, mean: false }, like)
    }

    /// The product of matrices, of which each may be transposed first.
    pub(crate) fn matmul(self, transpose_a: bool, other: Term, transpose_b: bool) -> Term {
        self.and(MatMul { transpose_a, transpose_b }, other)
    }
}
