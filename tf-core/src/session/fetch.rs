//! What a run can be asked for and given.

use crate::{
    dtype::{DType, Element},
    engine::{buffers::Buffers, feeding::Given, workspace::Ran},
    error::Result,
    graph::node::Operation,
    tensor::{Tensor, Variable},
    value::{IntoValue, Value},
};
use ndarray::ArrayD;
use std::collections::BTreeMap;

/// What a fetch or feed means in the graph.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum Target {
    Node { graph: u32, node: u32, output: Option<u16> },
    Name(String),
}

/// What [`Session::run`](crate::Session::run) can compute: tensors and variables (as arrays), operations, names, and tuples,
/// arrays, vectors and maps of those.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be fetched",
    label = "expected tensors, variables, operations, names, or tuples, arrays, vectors and maps of those"
)]
pub trait Fetch {
    /// What comes back.
    type Output;
    #[doc(hidden)]
    fn targets(&self, targets: &mut Vec<Target>);
    #[doc(hidden)]
    fn collect(&self, values: &mut Fetched) -> Result<Self::Output>;
}

/// What a run has computed of what it was asked for, in that order.
#[doc(hidden)]
pub struct Fetched(pub(super) Ran);

impl Fetched {
    fn array<T: Element>(&mut self) -> Result<ArrayD<T>> {
        Ok(self.0.array()?.expect(VALUE_FOR_EACH))
    }
}

const VALUE_FOR_EACH: &str = "a run yields a value for each tensor asked for";

impl<T: Element> Fetch for Tensor<T> {
    type Output = ArrayD<T>;
    fn targets(&self, targets: &mut Vec<Target>) {
        targets.push(Target::Node { graph: self.graph, node: self.node, output: Some(self.output) });
    }
    fn collect(&self, values: &mut Fetched) -> Result<ArrayD<T>> {
        values.array()
    }
}

impl<T: Element> Fetch for Variable<T> {
    type Output = ArrayD<T>;
    fn targets(&self, targets: &mut Vec<Target>) {
        self.0.targets(targets);
    }
    fn collect(&self, values: &mut Fetched) -> Result<ArrayD<T>> {
        values.array()
    }
}

impl Fetch for Operation {
    type Output = ();
    fn targets(&self, targets: &mut Vec<Target>) {
        targets.push(Target::Node { graph: self.graph, node: self.node, output: None });
    }
    fn collect(&self, values: &mut Fetched) -> Result<()> {
        values.0.value();
        Ok(())
    }
}

/// A tensor by name: `model/conv1/Relu`, or `split:1` for a further output.
impl Fetch for &str {
    type Output = Value;
    fn targets(&self, targets: &mut Vec<Target>) {
        targets.push(Target::Name((*self).to_owned()));
    }
    fn collect(&self, values: &mut Fetched) -> Result<Value> {
        Ok(values.0.value().expect(VALUE_FOR_EACH))
    }
}

impl<F: Fetch, const N: usize> Fetch for [F; N] {
    type Output = [F::Output; N];
    fn targets(&self, targets: &mut Vec<Target>) {
        self.iter().for_each(|fetch| fetch.targets(targets));
    }
    fn collect(&self, values: &mut Fetched) -> Result<Self::Output> {
        let outputs = self.iter().map(|fetch| fetch.collect(values)).collect::<Result<Vec<_>>>()?;
        Ok(outputs.try_into().unwrap_or_else(|_| unreachable!("an array yields as many outputs as it has fetches")))
    }
}

impl<F: Fetch> Fetch for Vec<F> {
    type Output = Vec<F::Output>;
    fn targets(&self, targets: &mut Vec<Target>) {
        self.iter().for_each(|fetch| fetch.targets(targets));
    }
    fn collect(&self, values: &mut Fetched) -> Result<Self::Output> {
        self.iter().map(|fetch| fetch.collect(values)).collect()
    }
}

/// By key; the values come back under the same keys.
impl<K: Ord + Clone, F: Fetch> Fetch for BTreeMap<K, F> {
    type Output = BTreeMap<K, F::Output>;
    fn targets(&self, targets: &mut Vec<Target>) {
        self.values().for_each(|fetch| fetch.targets(targets));
    }
    fn collect(&self, values: &mut Fetched) -> Result<Self::Output> {
        self.iter().map(|(key, fetch)| Ok((key.clone(), fetch.collect(values)?))).collect()
    }
}

impl Fetch for () {
    type Output = ();
    fn targets(&self, _: &mut Vec<Target>) {}
    fn collect(&self, _: &mut Fetched) -> Result<()> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($($f:ident),+;)*) => { $(
        impl<$($f: Fetch),+> Fetch for ($($f,)+) {
            type Output = ($($f::Output,)+);
            #[allow(non_snake_case)]
            fn targets(&self, targets: &mut Vec<Target>) {
                let ($($f,)+) = self;
                $($f.targets(targets);)+
            }
            #[allow(non_snake_case)]
            fn collect(&self, values: &mut Fetched) -> Result<Self::Output> {
                let ($($f,)+) = self;
                Ok(($($f.collect(values)?,)+))
            }
        }
    )* };
}
tuples!(A; A, B; A, B, C; A, B, C, D; A, B, C, D, E; A, B, C, D, E, F; A, B, C, D, E, F, G; A, B, C, D, E, F, G, H;);

/// A value for a placeholder, or in place of another tensor, for one run.
#[derive(Clone, Debug)]
pub struct Feed {
    pub(crate) target: Target,
    pub(crate) value: Value,
}

impl Given for [Feed] {
    fn count(&self) -> usize {
        self.len()
    }
    fn spec(&self, index: usize) -> (DType, &[usize]) {
        (self[index].value.dtype(), self[index].value.shape())
    }
    fn value(&self, index: usize, _: &mut Buffers) -> Value {
        self[index].value.clone()
    }
}

impl<T: Element> Tensor<T> {
    /// This value in place of the tensor, for one run: `session.run_with(y, &[x.feed(&array)])`.
    pub fn feed(&self, value: impl IntoValue<T>) -> Feed {
        let target = Target::Node { graph: self.graph, node: self.node, output: Some(self.output) };
        Feed { target, value: value.into_value() }
    }
}

impl<T: Element> Variable<T> {
    /// This value in place of the variable's, wherever one run reads it; the variable itself stays as it is.
    pub fn feed(&self, value: impl IntoValue<T>) -> Feed {
        self.0.feed(value)
    }
}
