//! What layers demand of their arguments, said in both worlds: at build time an error of rustc, at run time one of the build.
//!
//! An `assert!` in a layer is a mistake of the model at build time and a panic at run time, where no user's mistake should panic; these
//! are recorded.

use super::rules::{axis as rule_of_axis, need_rank, need_rank_of_at_least};
use crate::{
    check::Cx,
    dtype::Element,
    evaluate::dim as followed_dim,
    graph::{templates::users_place, with_current},
    mistake::Mistake,
    shape::Shape,
    spec::SpecError,
    tensor::Tensor,
};
use std::panic::Location;

/// Refuses what a layer is asked for, unless it `holds`.
///
/// For libraries of layers: the error names the layer, has a code of its own, and stands at the call of a layer that is marked
/// `#[track_caller]`. It says nothing where its first shape follows from another mistake.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, demand, spec::{Rule, SpecError}};
/// static UNITS: Rule = Rule { code: "E-LAYER-SIZE", says: "{x} units are no layer", left: "", right: "", help: "ask for 1 or more" };
/// let refused = Graph::new().build(|| demand(false, SpecError::new("my_layer", &UNITS).numbers(0, 0)));
/// assert_eq!(refused.unwrap_err().code(), "E-LAYER-SIZE");
/// ```
#[track_caller]
pub fn demand(holds: bool, error: SpecError) {
    if !holds && !error.left.is_poison() {
        let at = users_place(Location::caller());
        // With no graph there is nothing to record in but the orphans, which `with_current` does.
        let _ = with_current("demand", |state| state.record(&Mistake::Spec(error), at));
    }
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct demand<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> demand<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call(self, holds: bool, error: SpecError) {
        if !holds && !error.left.is_poison() {
            self.cx.settle(&[], Err(error));
            self.cx.doubt_sizes();
        }
    }
}

/// How many dimensions a layer wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ranks {
    /// These.
    Exactly(usize),
    /// These or more.
    AtLeast(usize),
}

impl Ranks {
    const fn check(self, layer: &'static str, shape: &Shape) -> Result<(), SpecError> {
        match self {
            Ranks::Exactly(rank) => need_rank(layer, 0, shape, rank),
            Ranks::AtLeast(rank) => need_rank_of_at_least(layer, 0, shape, rank),
        }
    }

    /// The axis from the first on; of an unknown rank it is counted in what is wanted.
    const fn axis(self, layer: &'static str, shape: &Shape, axis: i32) -> Result<usize, SpecError> {
        if let Err(error) = self.check(layer, shape) {
            return Err(error);
        }
        let (Ranks::Exactly(wanted) | Ranks::AtLeast(wanted)) = self;
        let wanted = Shape::of_rank(wanted);
        rule_of_axis(layer, if shape.has_rank() { shape } else { &wanted }, axis)
    }
}

/// The size of the last dimension of a layer's input, which has to be known: channels of images, features of a batch.
///
/// Where the input has another number of dimensions than the layer wants, or the size is not known, that is a mistake, and 1.
///
/// ```
/// # use tf_core as tf;
/// use tf::{ANY, Graph, Ranks, depth_of, placeholder};
/// let depth = Graph::new().build(|| depth_of("my_layer", placeholder::<f32, _>("x", [ANY, 28, 28, 3]), Ranks::Exactly(4)))?;
/// assert_eq!(depth, 3);
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn depth_of<T: Element>(layer: &'static str, x: Tensor<T>, ranks: Ranks) -> usize {
    size_along(layer, x, ranks, -1).1
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct depth_of<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> depth_of<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Element>(self, layer: &'static str, x: Tensor<T>, ranks: Ranks) -> usize {
        size_along::at(self.cx).call(layer, x, ranks, -1).1
    }
}

/// An axis of a layer's input, counted from the first on, and the size along it, which has to be known. A negative axis counts from the end.
///
/// Where there is no such axis, or the size is not known, that is a mistake, and the size 1.
///
/// ```
/// # use tf_core as tf;
/// use tf::{ANY, Graph, Ranks, placeholder, size_along};
/// let found = Graph::new().build(|| size_along("my_layer", placeholder::<f32, _>("x", [ANY, 3, 28]), Ranks::AtLeast(2), -2))?;
/// assert_eq!(found, (1, 3));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn size_along<T: Element>(layer: &'static str, x: Tensor<T>, ranks: Ranks, axis: i32) -> (usize, usize) {
    let shape = x.shape();
    match ranks.axis(layer, &shape, axis) {
        _ if shape.is_poison() => (0, 1),
        Ok(axis) => (axis, super::methods::dim(&shape, axis)),
        Err(error) => {
            demand(false, error);
            (0, 1)
        }
    }
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct size_along<'cx> {
    cx: Cx<'cx>,
}

#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> size_along<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    #[track_caller]
    pub const fn call<T: Element>(self, layer: &'static str, x: Tensor<T>, ranks: Ranks, axis: i32) -> (usize, usize) {
        let shape = self.cx.input(x);
        if shape.is_poison() {
            return (0, 1);
        }
        match ranks.axis(layer, &shape, axis) {
            Ok(axis) => (axis, followed_dim(&shape, axis, self.cx)),
            Err(error) => {
                self.cx.settle(&[shape], Err(error));
                self.cx.doubt_sizes();
                (0, 1)
            }
        }
    }
}
