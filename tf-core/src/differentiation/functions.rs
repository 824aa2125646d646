//! `gradients` and its relatives, in both worlds.

use super::{
    differentiable::{Asked, Differentiable, is_poisoned, misfit, shapes},
    mistakes,
    slope::Slope,
    term::Term,
    walk::{Source, walk},
};
use crate::{
    check::{Cx, UNKNOWN_FLOPS},
    graph::{Graph, State, naming::enter_name_scope, node::Input, with_current},
    mistake::Mistake,
    ops::Concat,
    spec::{Rule, SpecError},
    tensor::NO_NODE,
};
use std::panic::Location;

/// The gradient of `ys` for each of `xs`: how much the sum of all elements of `ys` changes with each element of an `x`.
///
/// Both are a tensor or variable of floats, or arrays or tuples of them; the result has a tensor of the `x`'s shape in the place of each
/// `x`. Uses of a variable are summed, wherever it is read. The gradients are ordinary tensors under the name scope
/// `gradients`, so they can be differentiated again. An `x` that no `y` depends on is a mistake: see [`gradients_or_none`] and
/// [`gradients_or_zeros`]. TensorFlow: `tf.gradients`.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Session, VariableOptions, get_variable, gradients, ones_initializer, placeholder, reduce_sum};
/// let graph = Graph::new();
/// let (x, slopes) = graph.build(|| {
///     let x = placeholder::<f32, _>("x", [3]);
///     let w = get_variable::<f32, _, _>("w", [], VariableOptions::new().initializer(ones_initializer()));
///     let loss = reduce_sum(x * x * w, 0);
///     (x, gradients(loss, (x, w)))
/// })?;
/// let session = Session::new(&graph)?;
/// session.initialize()?;
/// let (by_x, by_w) = session.run_with(slopes, &[x.feed(vec![1.0f32, 2.0, 3.0])])?;
/// assert_eq!((by_x.as_slice(), by_w[[]]), (Some(&[2.0, 4.0, 6.0][..]), 14.0));
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn gradients<Y: Differentiable, X: Differentiable>(ys: Y, xs: X) -> X::Gradients {
    let at = Location::caller();
    demanded::<X>(&found(ys, None, xs, at), at)
}

/// [`gradients`](fn@gradients) behind which the gradients of `ys` themselves are known: `slopes` has a tensor of its shape for each `y`,
/// where `gradients` takes ones.
///
/// TensorFlow: `tf.gradients(.., grad_ys)`.
#[track_caller]
pub fn gradients_with<Y: Differentiable, X: Differentiable>(ys: Y, slopes: Y::Gradients, xs: X) -> X::Gradients {
    let at = Location::caller();
    let mut given = Vec::new();
    Y::given(slopes, &mut given);
    demanded::<X>(&found(ys, Some(given), xs, at), at)
}

/// [`gradients`](fn@gradients) with `None` for what no `y` depends on, as in TensorFlow. That is known when the graph is built, not
/// before, so a layer that calls it is `#[variable_scope(dynamic)]`.
#[track_caller]
pub fn gradients_or_none<Y: Differentiable, X: Differentiable>(ys: Y, xs: X) -> X::GradientsOrNone {
    let found = found(ys, None, xs, Location::caller());
    let mut slopes = found.iter().map(|found| match found.slope {
        Some(slope) => Some(slope.dense().input),
        None if found.failed => Some(found.nothing()),
        None => None,
    });
    X::gradients_or_none(&mut slopes)
}

/// [`gradients`](fn@gradients) with zeros for what no `y` depends on. TensorFlow: `tf.gradients(.., unconnected_gradients="zero")`.
#[track_caller]
pub fn gradients_or_zeros<Y: Differentiable, X: Differentiable>(ys: Y, xs: X) -> X::Gradients {
    let found = found(ys, None, xs, Location::caller());
    let mut slopes = found.iter().map(|found| match found.slope {
        Some(slope) => slope.dense().input,
        None if found.failed => found.nothing(),
        None => zeros(found.x).input,
    });
    X::gradients(&mut slopes)
}

/// What was found for one `x`.
pub(super) struct Found {
    pub(super) x: Term,
    pub(super) slope: Option<Slope>,
    /// Whether a mistake, which is recorded, keeps it from being known.
    pub(super) failed: bool,
    y: Term,
    source: Option<Source>,
}

impl Found {
    /// A handle of the gradient that follows from a mistake.
    pub(super) fn nothing(&self) -> Input {
        match self.source {
            Some(_) => Input { node: NO_NODE, output: 0, ..self.x.input },
            // With no graph, `x` carries that mistake.
            None => self.x.input,
        }
    }
}

#[track_caller]
fn demanded<X: Differentiable>(found: &[Found], at: &'static Location<'static>) -> X::Gradients {
    for found in found.iter().filter(|found| found.slope.is_none() && !found.failed) {
        // With no graph there is another mistake, which `x` carries.
        let _ = with_current("gradients", |state| {
            let name = |source: Option<Source>| match source {
                Some(Source::Variable(variable)) => state.variables[variable as usize].name.to_string(),
                Some(Source::Output(node, _)) => mistakes::name(state, &state.nodes[node as usize]),
                None => String::new(),
            };
            let y = name(Some(Source::Output(found.y.input.node, 0)));
            let is_read = matches!(found.source, Some(Source::Output(node, _)) if state.nodes[node as usize].op.reads().is_some());
            let error = mistakes::independent(&y, &name(found.source), is_read, at);
            state.mistakes.push(error);
        });
    }
    let mut slopes = found.iter().map(|found| match found.slope {
        Some(slope) => slope.dense().input,
        None => found.nothing(),
    });
    X::gradients(&mut slopes)
}

fn found<Y: Differentiable, X: Differentiable>(
    ys: Y,
    slopes: Option<Vec<Asked>>,
    xs: X,
    at: &'static Location<'static>,
) -> Vec<Found> {
    let (mut y, mut x) = (Vec::new(), Vec::new());
    ys.asked(&mut y);
    xs.asked(&mut x);
    find(&y, slopes, &x, at)
}

/// The gradients of `ys` for each of `xs`.
pub(super) fn find(
    ys: &[Asked],
    slopes: Option<Vec<Asked>>,
    xs: &[Asked],
    at: &'static Location<'static>,
) -> Vec<Found> {
    let term = |asked: &Asked| Term { input: asked.input, dtype: asked.dtype, at };
    let read = with_current("gradients", |state| {
        let complete = usable(state, ys, "the tensor to differentiate", at)
            & usable(state, xs, "the tensor to differentiate for", at)
            & slopes.as_ref().is_none_or(|slopes| usable(state, slopes, "the gradient of a tensor", at));
        let ys: Vec<Term> =
            ys.iter().map(|y| Term { input: state.value_of(y.input, at), dtype: y.dtype, at }).collect();
        let sources = xs.iter().map(|x| source(state, x.input)).collect::<Vec<Source>>();
        let parts = xs.iter().map(|x| Parts::of(state, x)).collect::<Vec<Parts>>();
        (complete && !ys.is_empty(), ys, sources, parts)
    });
    let (complete, ys, sources, parts) = match read {
        Ok(read) => read,
        Err(orphan) => {
            let orphan: crate::Tensor<f32> = orphan.tensor();
            let x = |x: &Asked| Term { input: orphan.into(), ..term(x) };
            return xs.iter().map(|a| Found { x: x(a), slope: None, failed: true, y: x(a), source: None }).collect();
        }
    };
    let slopes = match complete {
        false => Vec::new(),
        true if parts.iter().all(|parts| parts.sources.is_empty()) => walked(&ys, slopes, &sources, at),
        true => {
            let one = |(parts, source): (&Parts, &Source)| match parts.sources.as_slice() {
                [] => vec![*source],
                sources => sources.to_vec(),
            };
            let all: Vec<Source> = parts.iter().zip(&sources).flat_map(one).collect();
            let found = walked(&ys, slopes, &all, at);
            if found.len() == all.len() { Parts::join(&parts, found) } else { Vec::new() }
        }
    };
    let one = |(i, x): (usize, &Asked)| Found {
        x: term(x),
        slope: slopes.get(i).copied().flatten(),
        failed: slopes.len() != sources.len(),
        y: ys[0],
        source: Some(sources[i]),
    };
    xs.iter().enumerate().map(one).collect()
}

fn walked(
    ys: &[Term],
    slopes: Option<Vec<Asked>>,
    sources: &[Source],
    at: &'static Location<'static>,
) -> Vec<Option<Slope>> {
    let graph = Graph::current().expect("a graph was at hand a moment ago");
    let _scope = enter_name_scope("gradients");
    let given = slopes.map(|slopes| slopes.into_iter().map(|a| Term { input: a.input, dtype: a.dtype, at }));
    let seeds: Vec<Slope> = match given {
        Some(given) => ys.iter().zip(given).map(|(y, slope)| Slope::Dense(fitted(slope, *y))).collect(),
        None => ys.iter().map(|y| Slope::Dense(ones(*y))).collect(),
    };
    if seeds.iter().any(|seed| matches!(seed, Slope::Dense(term) if term.input.node == NO_NODE)) {
        return Vec::new();
    }
    walk(&graph, ys, &seeds, sources, at)
}

/// The gradient of a `y` with respect to itself.
fn ones(y: Term) -> Term {
    if y.shape().is_fully_defined() { y.ones(y.shape()) } else { y.ones_like() }
}

/// The gradient for an `x` that no `y` depends on; a variable is not read for it.
fn zeros(x: Term) -> Term {
    if x.shape().is_fully_defined() { x.zeros(x.shape()) } else { x.zeros_like() }
}

/// A slope that the user gives for `y`.
fn fitted(slope: Term, y: Term) -> Term {
    if let Err(error) = crate::ops::of_one_shape(slope.shape(), y.shape()) {
        // A graph is at hand, as slopes are only made with one.
        let _ = with_current("gradients", |state| state.record(&Mistake::Spec(error), y.at));
        return Term { input: Input { node: NO_NODE, ..slope.input }, ..slope };
    }
    slope.reshape_like(y)
}

/// Whether all of these stand for nodes of this graph; what does not is recorded, unless a mistake that is recorded made it.
fn usable(state: &mut State, asked: &[Asked], what: &str, at: &'static Location<'static>) -> bool {
    asked.iter().fold(true, |usable, Asked { input, .. }| {
        let refused = state.refuses(input.graph, input.node, || what.to_owned(), at);
        usable && !refused && input.node != NO_NODE
    })
}

/// The parts of a variable that is differentiated for; none for anything else.
struct Parts {
    sources: Vec<Source>,
    terms: Vec<Term>,
    axis: i32,
}

impl Parts {
    fn of(state: &State, x: &Asked) -> Parts {
        let Some(whole) = state.variable_index(x.input.graph, x.input.node) else {
            return Parts { sources: Vec::new(), terms: Vec::new(), axis: 0 };
        };
        let term = |part: usize| {
            let nodes = &state.variables[part];
            let input = Input { shape: nodes.spec.shape, graph: state.id, node: nodes.handle, output: 0 };
            Term { input, dtype: x.dtype, at: nodes.created }
        };
        Parts {
            sources: state.parts_of(whole).into_iter().map(|part| Source::Variable(part as u32)).collect(),
            terms: state.parts_of(whole).into_iter().map(term).collect(),
            axis: state.variables[whole].partition.axis() as i32,
        }
    }

    /// The slopes of parts, joined to those of the wholes. What nothing depends on has zeros, unless that is so of all parts.
    fn join(all: &[Parts], found: Vec<Option<Slope>>) -> Vec<Option<Slope>> {
        let mut found = found.into_iter();
        let mut next = || found.next().flatten();
        let joined = |parts: &Parts| {
            if parts.terms.is_empty() {
                return next();
            }
            let slopes: Vec<Option<Slope>> = parts.terms.iter().map(|_| next()).collect();
            if slopes.iter().all(Option::is_none) {
                return None;
            }
            let dense = |(slope, part): (&Option<Slope>, &Term)| slope.map_or_else(|| zeros(*part), Slope::dense);
            let terms: Vec<Term> = slopes.iter().zip(&parts.terms).map(dense).collect();
            Some(Slope::Dense(match terms.as_slice() {
                [only] => *only,
                terms => Term::node(Concat { axis: parts.axis }, terms, terms[0].dtype, terms[0].at),
            }))
        };
        all.iter().map(joined).collect()
    }
}

fn source(state: &State, input: Input) -> Source {
    match state.variable_index(input.graph, input.node) {
        Some(variable) => Source::Variable(variable as u32),
        None => Source::Output(input.node, input.output),
    }
}

static UNDECIDED: Rule = Rule {
    code: "E-GRADIENT-UNDECIDED",
    says: "whether one tensor depends on another is known when the graph is built, not in a checked layer",
    left: "",
    right: "",
    help: "ask with `tf::gradients(..)` or `tf::gradients_or_zeros(..)`, or make the layer `#[variable_scope(dynamic)]`",
};

macro_rules! build_time_halves {
    ($($name:ident($ys:ident $(: $slopes:ident)?, $xs:ident);)*) => { $(
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> {
            cx: Cx<'cx>,
        }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: Cx<'cx>) -> Self {
                Self { cx }
            }
            #[track_caller]
            pub const fn call<Y: Differentiable, X: Differentiable>(
                self,
                $ys: Y,
                $($slopes: Y::Gradients,)?
                $xs: X,
            ) -> X::Gradients {
                let mut poisoned = is_poisoned(&$ys, self.cx);
                $(if !poisoned && let Err(error) = misfit::<Y>(&$ys, &$slopes, self.cx) {
                    self.cx.mistake(&Mistake::Spec(error));
                    poisoned = true;
                })?
                let _ = &mut poisoned;
                self.cx.count(UNKNOWN_FLOPS);
                shapes(&$xs, poisoned, self.cx)
            }
        }
    )* };
}
build_time_halves! {
    gradients(ys, xs);
    gradients_with(ys: slopes, xs);
    gradients_or_zeros(ys, xs);
}

#[doc(hidden)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy)]
pub struct gradients_or_none<'cx> {
    cx: Cx<'cx>,
}
#[doc(hidden)]
#[allow(missing_docs)]
impl<'cx> gradients_or_none<'cx> {
    pub const fn at(cx: Cx<'cx>) -> Self {
        Self { cx }
    }
    /// A mistake.
    #[track_caller]
    pub const fn call<Y: Differentiable, X: Differentiable>(self, ys: Y, xs: X) -> X::GradientsOrNone {
        let _ = is_poisoned(&ys, self.cx) | is_poisoned(&xs, self.cx);
        self.cx.mistake(&Mistake::Spec(SpecError::new("gradients_or_none", &UNDECIDED)));
        X::NONE
    }
}
