//! One run of a model: what is fed and what comes out, held against what is declared.

use super::{Instance, OutputArrays, Port};
use crate::{
    dtype::DType,
    engine::{
        feeding::{Given, InputArray},
        workspace::Ran,
    },
    error::{Error, Result, Status},
    session::{Asked, Target},
    spec::Spec,
    value::Value,
};

/// As many named dimensions are looked at in place.
const FEW_NAMES: usize = 8;

/// The size of a named dimension, and the input that it was first seen in.
type NamedSize = (Option<usize>, &'static str);

impl Instance {
    /// Runs the model on one value for each input.
    ///
    /// # Errors
    /// E-FEED-SHAPE, E-DIM-NAME, E-OUTPUT, and what ops refuse at run time.
    #[doc(hidden)]
    pub fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        self.run_and(&[], &inputs).map(|(outputs, _)| outputs)
    }

    /// [`run`](Instance::run), with what else is run beside: the outputs, and the further values.
    pub(crate) fn run_and(&self, beside: &[Target], inputs: &[Value]) -> Result<(Vec<Value>, Vec<Value>)> {
        let values = self.run_given(beside, inputs, true)?.into_values();
        let mut values: Vec<Value> = values.into_iter().flatten().collect();
        let further = values.split_off(self.outputs.len());
        Ok((values, further))
    }

    /// Runs the model on arrays, whose outputs become arrays.
    ///
    /// # Errors
    /// Those of [`run`](Instance::run).
    #[doc(hidden)]
    pub fn run_arrays(&self, inputs: &[&dyn InputArray]) -> Result<OutputArrays> {
        Ok(OutputArrays(self.run_given(&[], inputs, true)?))
    }

    /// Runs the model on arrays, whose outputs are written into arrays: their memory stays here.
    ///
    /// # Errors
    /// Those of [`run`](Instance::run).
    #[doc(hidden)]
    pub fn run_into_arrays(&self, inputs: &[&dyn InputArray]) -> Result<OutputArrays> {
        Ok(OutputArrays(self.run_given(&[], inputs, false)?))
    }

    /// One run, whose outputs come first.
    pub(crate) fn run_given(&self, beside: &[Target], inputs: &(impl Given + ?Sized), handed_out: bool) -> Result<Ran> {
        self.fits(inputs)?;
        let (mut few, mut many);
        let count = self.declared.symbols.len();
        let sizes: &mut [NamedSize] = if count <= FEW_NAMES {
            few = [NamedSize::default(); FEW_NAMES];
            &mut few[..count]
        } else {
            many = vec![NamedSize::default(); count];
            &mut many
        };
        self.named_sizes(inputs, sizes)?;
        let mut asked = Asked::new();
        asked.targets.extend(self.outputs.iter().chain(beside).cloned());
        let ran = self.session.run_given(&mut asked, &self.inputs, inputs, handed_out)?;
        for (index, port) in self.declared.outputs.iter().enumerate() {
            let Some(value) = ran.fetched(index) else { continue };
            let named_right = port.spec.shape.dims().iter().zip(value.shape()).all(|(&dim, &size)| {
                let index = dim.wrapping_sub(crate::shape::symbol(0)) as usize;
                sizes.get(index).is_none_or(|&(known, _)| known.is_none_or(|known| known == size))
            });
            if !port.spec.shape.fits(value.shape()) || !named_right {
                return Err(Error::new(
                    Status::InvalidArgument,
                    "E-OUTPUT",
                    format!(
                        "{} is declared as {}, and comes out as {}{:?}\n  help: declare what the body returns, or mend the body",
                        self.declared.describe_output(index),
                        self.show(&port.spec),
                        value.dtype(),
                        value.shape()
                    ),
                ));
            }
        }
        Ok(ran)
    }

    /// Holds what is fed against the declared inputs, which the words of a session's own mistake would not name.
    fn fits(&self, inputs: &(impl Given + ?Sized)) -> Result<()> {
        let given = (0..inputs.count()).map(|index| inputs.spec(index));
        let wrong = |(port, (dtype, sizes)): &(&Port, (DType, &[usize]))| {
            *dtype != port.spec.dtype || !port.spec.shape.fits(sizes)
        };
        let Some((port, (dtype, sizes))) = self.declared.inputs.iter().zip(given).find(wrong) else { return Ok(()) };
        Err(Error::new(
            Status::InvalidArgument,
            "E-FEED-SHAPE",
            format!(
                "input `{}` of model `{}` is declared as {}, and is fed {dtype}{sizes:?}\n  help: feed an array of that shape, or declare another",
                port.name,
                self.declared.name,
                self.show(&port.spec),
            ),
        ))
    }

    fn show(&self, spec: &Spec) -> String {
        self.declared.show(spec)
    }

    /// Finds the sizes of the named dimensions; one size for each name.
    fn named_sizes(&self, inputs: &(impl Given + ?Sized), sizes: &mut [NamedSize]) -> Result<()> {
        for (input, port) in self.declared.inputs.iter().enumerate().take(inputs.count()) {
            for (&dim, &size) in port.spec.shape.dims().iter().zip(inputs.spec(input).1) {
                let index = dim.wrapping_sub(crate::shape::symbol(0)) as usize;
                let Some((known, first)) = sizes.get_mut(index) else { continue };
                match *known {
                    None => (*known, *first) = (Some(size), port.name),
                    Some(before) if before != size => {
                        return Err(Error::new(
                            Status::InvalidArgument,
                            "E-DIM-NAME",
                            format!(
                                "`{}` is {before} in input `{first}` and {size} in input `{}` of model `{}`\n  help: feed arrays that agree in it, or give the dimensions two names",
                                self.declared.symbols[index], port.name, self.declared.name
                            ),
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Building, Declaration};
    use super::*;
    use crate::{model_options::ModelOptions, shape::Shape};

    const UNKNOWN: Port = Port { name: "x", spec: Spec::new(crate::dtype::DType::F32, Shape::of_rank(1)) };
    const PAIR: Port = Port { name: "", spec: Spec::new(crate::dtype::DType::F32, Shape::of(&[2])) };

    fn mistake_of_a_run(declared: &'static Declaration) -> String {
        let instance = Instance::init(declared, 1, &ModelOptions::new(), |building| {
            let x = building.input::<f32>(0);
            (0..declared.outputs.len()).for_each(|index| building.output(index, x));
        })
        .unwrap();
        let error = instance.run(vec![Value::new(vec![3], vec![0.0f32; 3])]).unwrap_err();
        assert_eq!(error.code(), "E-OUTPUT");
        error.mistake().to_owned()
    }

    #[test]
    fn a_run_counts_outputs_as_the_build_does() {
        static ONE: Declaration = Declaration { name: "One", symbols: &[], inputs: &[UNKNOWN], outputs: &[PAIR] };
        static TWO: Declaration =
            Declaration { name: "Two", symbols: &[], inputs: &[UNKNOWN], outputs: &[UNKNOWN, PAIR] };
        let says = "is declared as f32[2], and comes out as f32[3]";
        assert_eq!(mistake_of_a_run(&ONE), format!("the output of model `One` {says}"));
        assert_eq!(mistake_of_a_run(&TWO), format!("output 2 of model `Two` {says}"));
    }

    #[test]
    fn a_wrong_array_is_told_by_input_model_and_named_sizes() {
        const NAMED: Spec = Spec::new(crate::dtype::DType::F32, Shape::of_dims(&[crate::shape::symbol(0), 3]));
        static MODEL: Declaration = Declaration {
            name: "Named",
            symbols: &["batch"],
            inputs: &[Port { name: "x", spec: NAMED }],
            outputs: &[Port { name: "", spec: NAMED }],
        };
        let copy = |building: &mut Building| {
            let x = building.input::<f32>(0);
            building.output(0, x);
        };
        let instance = Instance::init(&MODEL, 1, &ModelOptions::new(), copy).unwrap();
        let error = instance.run(vec![Value::new(vec![2, 4], vec![0.0f32; 8])]).unwrap_err();
        assert_eq!(error.code(), "E-FEED-SHAPE");
        assert_eq!(error.mistake(), "input `x` of model `Named` is declared as f32[batch, 3], and is fed f32[2, 4]");
    }
}
