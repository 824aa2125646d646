//! Functions of any number of arguments, called with a tuple of them.

/// A function that can be called with `Arguments`: one, or a tuple of up to eight.
///
/// `Form` tells functions of one argument from those of several; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "the function of this template cannot be called with `{Arguments}`",
    label = "expected the function's one argument, or a tuple of its arguments"
)]
pub trait Callable<Arguments, Form> {
    /// What the function returns.
    type Output;
    #[doc(hidden)]
    fn call_with(&self, arguments: Arguments) -> Self::Output;
}

/// The form of a function of one argument.
#[doc(hidden)]
pub struct One;

/// The form of a function of several arguments, or none.
#[doc(hidden)]
pub struct Several;

impl<F: Fn(A) -> R, A, R> Callable<A, One> for F {
    type Output = R;
    #[track_caller]
    fn call_with(&self, argument: A) -> R {
        self(argument)
    }
}

macro_rules! callable {
    ($($argument:ident)*) => {
        impl<F: Fn($($argument),*) -> R, R, $($argument),*> Callable<($($argument,)*), Several> for F {
            type Output = R;
            #[track_caller]
            #[allow(non_snake_case)]
            fn call_with(&self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument),*)
            }
        }
    };
}
callable!();
callable!(A B);
callable!(A B C);
callable!(A B C D);
callable!(A B C D E);
callable!(A B C D E G);
callable!(A B C D E G H);
callable!(A B C D E G H I);
