//! What a run can be asked for and given.

use crate::{
    dtype::Element,
    error::Result,
    graph::node::Operation,
    tensor::{Tensor, Variable},
    value::{IntoValue, Value},
};
use ndarray::ArrayD;
use std::{collections::BTreeMap, vec::IntoIter};

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
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<Self::Output>;
}

fn next(values: &mut IntoIter<Option<Value>>) -> Value {
    values.next().flatten().expect("a run yields a value for each tensor asked for")
}

impl<T: Element> Fetch for Tensor<T> {
    type Output = ArrayD<T>;
    fn targets(&self, targets: &mut Vec<Target>) {
        targets.push(Target::Node { graph: self.graph, node: self.node, output: Some(self.output) });
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<ArrayD<T>> {
        next(values).into_array()
    }
}

impl<T: Element> Fetch for Variable<T> {
    type Output = ArrayD<T>;
    fn targets(&self, targets: &mut Vec<Target>) {
        self.0.targets(targets);
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<ArrayD<T>> {
        next(values).into_array()
    }
}

impl Fetch for Operation {
    type Output = ();
    fn targets(&self, targets: &mut Vec<Target>) {
        targets.push(Target::Node { graph: self.graph, node: self.node, output: None });
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<()> {
        values.next();
        Ok(())
    }
}

/// A tensor by name: `model/conv1/Relu`, or `split:1` for a further output.
impl Fetch for &str {
    type Output = Value;
    fn targets(&self, targets: &mut Vec<Target>) {
        targets.push(Target::Name((*self).to_owned()));
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<Value> {
        Ok(next(values))
    }
}

impl<F: Fetch, const N: usize> Fetch for [F; N] {
    type Output = [F::Output; N];
    fn targets(&self, targets: &mut Vec<Target>) {
        self.iter().for_each(|fetch| fetch.targets(targets));
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<Self::Output> {
        let outputs = self.iter().map(|fetch| fetch.collect(values)).collect::<Result<Vec<_>>>()?;
        Ok(outputs.try_into().unwrap_or_else(|_| unreachable!("an array yields as many outputs as it has fetches")))
    }
}

impl<F: Fetch> Fetch for Vec<F> {
    type Output = Vec<F::Output>;
    fn targets(&self, targets: &mut Vec<Target>) {
        self.iter().for_each(|fetch| fetch.targets(targets));
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<Self::Output> {
        self.iter().map(|fetch| fetch.collect(values)).collect()
    }
}

/// By key; the values come back under the same keys.
impl<K: Ord + Clone, F: Fetch> Fetch for BTreeMap<K, F> {
    type Output = BTreeMap<K, F::Output>;
    fn targets(&self, targets: &mut Vec<Target>) {
        self.values().for_each(|fetch| fetch.targets(targets));
    }
    fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<Self::Output> {
        self.iter().map(|(key, fetch)| Ok((key.clone(), fetch.collect(values)?))).collect()
    }
}

impl Fetch for () {
    type Output = ();
    fn targets(&self, _: &mut Vec<Target>) {}
    fn collect(&self, _: &mut IntoIter<Option<Value>>) -> Result<()> {
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
            fn collect(&self, values: &mut IntoIter<Option<Value>>) -> Result<Self::Output> {
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
