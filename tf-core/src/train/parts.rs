//! Variables in parts: what is trained of them are those.

use crate::{
    differentiation::{slope::Slope, term::Term, variables::AnyGradient},
    graph::{described::AnyVariable, with_current},
};
use std::panic::Location;

/// The variables of a list, with the parts of those that are in parts in their place.
#[track_caller]
pub(super) fn each_part(variables: Vec<AnyVariable>) -> Vec<AnyVariable> {
    let parts = with_current("parts", |state| state.each_part(variables.clone()));
    parts.unwrap_or(variables)
}

/// Variables with their gradients, the same: a gradient is cut as its variable is.
pub(super) fn cut_gradients(
    gradients: &[(Option<AnyGradient>, AnyVariable)],
    at: &'static Location<'static>,
) -> Vec<(Option<AnyGradient>, AnyVariable)> {
    let cut = |&(gradient, variable): &(Option<AnyGradient>, AnyVariable)| {
        let parts = each_part(vec![variable]);
        let (Some(gradient), true) = (gradient, parts != [variable]) else {
            return parts.into_iter().map(|part| (gradient, part)).collect::<Vec<_>>();
        };
        let whole = gradient.dense();
        if !gradient.dtype().is(variable.dtype()) || !whole.shape.compatible(&variable.spec().shape) {
            // It is told as the mistake of the whole.
            return vec![(Some(gradient), variable)];
        }
        let of_part = |part: AnyVariable| {
            let input = with_current("split", |state| {
                let index = state.variable_index(part.graph, part.handle)?;
                let name = format!("{}split", state.thread().name_scope);
                Some(state.slice_of_part(index, whole, &name, at))
            });
            let gradient = input.ok().flatten().map(|input| Slope::Dense(Term { input, dtype: part.dtype(), at }));
            (gradient.map(AnyGradient::of), part)
        };
        parts.into_iter().map(of_part).collect()
    };
    gradients.iter().flat_map(cut).collect()
}
