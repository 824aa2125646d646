//! Several variables as one argument.

use super::described::AnyVariable;

/// Variables in a list: one, an array, slice or vector of one kind, or a tuple of several kinds.
pub trait Variables {
    /// The variables.
    fn variables(self) -> Vec<AnyVariable>;
}

impl<V: Into<AnyVariable>> Variables for V {
    fn variables(self) -> Vec<AnyVariable> {
        vec![self.into()]
    }
}

impl<V: Into<AnyVariable>, const N: usize> Variables for [V; N] {
    fn variables(self) -> Vec<AnyVariable> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<V: Into<AnyVariable> + Copy> Variables for &[V] {
    fn variables(self) -> Vec<AnyVariable> {
        self.iter().map(|&variable| variable.into()).collect()
    }
}

impl<V: Into<AnyVariable>> Variables for Vec<V> {
    fn variables(self) -> Vec<AnyVariable> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! variables_of_tuples {
    ($($($v:ident),+;)*) => { $(
        impl<$($v: Into<AnyVariable>),+> Variables for ($($v,)+) {
            #[allow(non_snake_case)]
            fn variables(self) -> Vec<AnyVariable> {
                let ($($v,)+) = self;
                vec![$($v.into()),+]
            }
        }
    )* };
}
variables_of_tuples!(A; A, B; A, B, C; A, B, C, D; A, B, C, D, E; A, B, C, D, E, F; A, B, C, D, E, F, G; A, B, C, D, E, F, G, H;);
