//! The proof that both worlds agree on a model.

use ndarray::{ArrayD, IxDyn};
use tf::check::VariableInfo;
use tf::model::{Instance, Port};
use tf::{AnyVariable, CallSite, DType, Element, Graph, IntoValue, Value, collection};

/// What const evaluation knows of a model.
pub(crate) struct Known {
    pub(crate) variables: &'static [VariableInfo],
    pub(crate) parameters: usize,
    pub(crate) bytes: usize,
    pub(crate) inputs: &'static [Port],
    pub(crate) outputs: &'static [Port],
}

/// What const evaluation knows of `$model`.
macro_rules! known {
    ($model:ty) => {
        $crate::agreement::Known {
            variables: <$model>::VARIABLES,
            parameters: <$model>::PARAMETERS,
            bytes: <$model>::PARAMETER_BYTES,
            inputs: <$model>::INPUTS,
            outputs: <$model>::OUTPUTS,
        }
    };
}

/// Builds `$model`, proves that both worlds agree on it, and yields it.
macro_rules! agree {
    ($model:ty) => {{
        let model = <$model>::init(42).expect("what const evaluation accepts, the graph accepts");
        $crate::agreement::hold(&known!($model), model.instance());
        model
    }};
}

/// The whole names of the variables that const evaluation found, in order.
macro_rules! names {
    ($model:ty) => {
        <$model>::VARIABLES.iter().map(|variable| variable.name.to_string()).collect::<Vec<_>>()
    };
}

/// What takes the place of every size that is not known before a model runs.
const SIZE: usize = 2;

/// Variables (names, shapes, types, whether they are trained, collections, their order), sums, and the outputs of a run.
#[track_caller]
pub(crate) fn hold(known: &Known, instance: &Instance) {
    let graph = instance.graph();
    variables(known, graph);
    for name in known.variables.iter().flat_map(|v| v.collections.iter()) {
        assert_eq!(members(graph, name), with(known, |v| v.collections.iter().any(|n| n == name)), "collection {name}");
    }
    assert_eq!(members(graph, collection::TRAINABLE_VARIABLES), with(known, |v| v.trainable));
    outputs(known, instance);
}

/// The variables of a model that shares another's, whose collections are those of both.
#[track_caller]
pub(crate) fn hold_sharing(known: &Known, instance: &Instance) {
    variables(known, instance.graph());
    outputs(known, instance);
}

#[track_caller]
fn variables(known: &Known, graph: &Graph) {
    let listed: Vec<_> = known.variables.iter().map(|v| (v.name.to_string(), v.spec, v.trainable)).collect();
    let built: Vec<_> = graph.variables().into_iter().map(|v| (v.name, v.spec, v.trainable)).collect();
    assert_eq!(listed, built, "the variables of both worlds");
    let elements: Vec<_> = built.iter().map(|v| v.1.shape.elements().expect("a variable's shape is known")).collect();
    assert_eq!(known.parameters, elements.iter().sum::<usize>());
    assert_eq!(known.bytes, built.iter().zip(&elements).map(|(v, n)| v.1.dtype.size() * n).sum::<usize>());
    for (listed, built) in known.variables.iter().zip(graph.variables()) {
        let place = listed.created.map(|at| (at.file(), at.line()));
        assert_eq!(place, Some((built.created.file(), built.created.line())), "where {} is created", listed.name);
        assert_eq!(places(&listed.sites()), places(&built.sites), "who shares {}", listed.name);
        let parts: Vec<_> = built.parts.into_iter().map(|part| (part.name, part.shape, part.offset)).collect();
        let known: Vec<_> = listed.parts().into_iter().map(|part| (part.name, part.shape, part.offset)).collect();
        assert_eq!(parts, known, "the parts of {}", listed.name);
    }
}

/// The lines of the places that create or share a variable, with those of the way there, and how often.
fn places(sites: &[CallSite]) -> Vec<(u32, Vec<u32>, usize)> {
    sites.iter().map(|site| (site.at.line(), site.within.iter().map(|at| at.line()).collect(), site.times)).collect()
}

/// The names of the variables that const evaluation found, of those that `is`; the parts stand for a variable that has some.
fn with(known: &Known, is: impl Fn(&VariableInfo) -> bool) -> Vec<String> {
    let names = |v: &VariableInfo| match v.partition {
        Some(_) => v.parts().into_iter().map(|part| part.name).collect(),
        None => vec![v.name.to_string()],
    };
    known.variables.iter().filter(|v| is(v)).flat_map(names).collect()
}

/// The names of the variables in a collection of the graph.
fn members(graph: &Graph, collection: &str) -> Vec<String> {
    graph.collection::<AnyVariable>(collection).iter().map(|v| name(graph, v)).collect()
}

fn name(graph: &Graph, variable: &AnyVariable) -> String {
    fn of<T: Element>(graph: &Graph, variable: &AnyVariable) -> Option<String> {
        graph.name_of(variable.typed::<T>()?)
    }
    of::<f32>(graph, variable)
        .or_else(|| of::<f64>(graph, variable))
        .or_else(|| of::<i32>(graph, variable))
        .or_else(|| of::<i64>(graph, variable))
        .or_else(|| of::<bool>(graph, variable))
        .or_else(|| of::<u8>(graph, variable))
        .expect("a variable of one of the types that these tests use")
}

/// Runs the model on ones and holds what comes out against what is declared.
#[track_caller]
fn outputs(known: &Known, instance: &Instance) {
    let inputs = known.inputs.iter().map(ones).collect();
    let values = instance.run(inputs).expect("a model that is built runs");
    assert_eq!(values.len(), known.outputs.len());
    for (value, port) in values.iter().zip(known.outputs) {
        assert_eq!(value.dtype(), port.spec.dtype);
        assert!(port.spec.shape.fits(value.shape()), "{} declared, {:?} returned", port.spec, value.shape());
    }
}

/// Ones of the declared shape.
fn ones(port: &Port) -> Value {
    let shape = port.spec.shape;
    let sizes: Vec<usize> = if shape.has_rank() {
        (0..shape.rank()).map(|i| shape.size(i).unwrap_or(SIZE)).collect()
    } else {
        vec![SIZE; 2]
    };
    fn filled<T: Element>(sizes: &[usize], one: T) -> Value {
        IntoValue::<T>::into_value(ArrayD::from_elem(IxDyn(sizes), one))
    }
    match port.spec.dtype {
        DType::F32 => filled(&sizes, 1f32),
        DType::F64 => filled(&sizes, 1f64),
        DType::I32 => filled(&sizes, 1i32),
        DType::I64 => filled(&sizes, 1i64),
        DType::Bool => filled(&sizes, true),
        other => panic!("no input of these tests is {other}"),
    }
}
