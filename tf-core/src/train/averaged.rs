//! What averages are made by: variables and tensors, alone or in lists, that they are kept of, and a decay.

use crate::{
    dtype::{DType, Float},
    graph::{described::AnyVariable, node::Input},
    tensor::{Tensor, Variable},
};

/// A variable or tensor that an [`ExponentialMovingAverage`](super::ExponentialMovingAverage) is kept of.
#[derive(Clone, Copy, Debug)]
pub struct Averaged {
    /// The tensor, or the handle of the variable.
    pub(super) input: Input,
    pub(super) dtype: DType,
}

impl<T: Float> From<Variable<T>> for Averaged {
    fn from(variable: Variable<T>) -> Self {
        AnyVariable::from(variable).into()
    }
}

impl From<AnyVariable> for Averaged {
    fn from(AnyVariable { graph, handle, spec }: AnyVariable) -> Self {
        Averaged { input: Input { shape: spec.shape, graph, node: handle, output: 0 }, dtype: spec.dtype }
    }
}

impl<T: Float> From<Tensor<T>> for Averaged {
    fn from(tensor: Tensor<T>) -> Self {
        Averaged { input: tensor.into(), dtype: T::DTYPE }
    }
}

/// How much of an average an update keeps.
#[derive(Clone, Copy, Debug)]
pub enum Decay {
    /// The same at every update.
    Constant(f32),
    /// What the tensor is when the update runs.
    Tensor(Tensor<f32>),
    /// What the variable is when the update runs.
    Variable(Variable<f32>),
}

impl From<f32> for Decay {
    fn from(decay: f32) -> Self {
        Decay::Constant(decay)
    }
}

impl From<Tensor<f32>> for Decay {
    fn from(decay: Tensor<f32>) -> Self {
        Decay::Tensor(decay)
    }
}

impl From<Variable<f32>> for Decay {
    fn from(decay: Variable<f32>) -> Self {
        Decay::Variable(decay)
    }
}

/// A variable or tensor of `T`, whose average is one of `T` too.
pub trait AveragedAs<T: Float>: Into<Averaged> {}

impl<T: Float> AveragedAs<T> for Variable<T> {}
impl<T: Float> AveragedAs<T> for Tensor<T> {}

/// Variables and tensors in a list: one, an array, slice or vector of one kind, or a tuple of several kinds.
pub trait AveragedList {
    /// Each of them.
    fn averaged(self) -> Vec<Averaged>;
}

impl<A: Into<Averaged>> AveragedList for A {
    fn averaged(self) -> Vec<Averaged> {
        vec![self.into()]
    }
}

impl<A: Into<Averaged>, const N: usize> AveragedList for [A; N] {
    fn averaged(self) -> Vec<Averaged> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<A: Into<Averaged> + Copy> AveragedList for &[A] {
    fn averaged(self) -> Vec<Averaged> {
        self.iter().map(|&one| one.into()).collect()
    }
}

impl<A: Into<Averaged>> AveragedList for Vec<A> {
    fn averaged(self) -> Vec<Averaged> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! lists_of_tuples {
    ($($($a:ident),+;)*) => { $(
        impl<$($a: Into<Averaged>),+> AveragedList for ($($a,)+) {
            #[allow(non_snake_case)]
            fn averaged(self) -> Vec<Averaged> {
                let ($($a,)+) = self;
                vec![$($a.into()),+]
            }
        }
    )* };
}
lists_of_tuples!(A; A, B; A, B, C; A, B, C, D; A, B, C, D, E; A, B, C, D, E, F; A, B, C, D, E, F, G; A, B, C, D, E, F, G, H;);
