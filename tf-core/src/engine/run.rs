//! What one op sees of its run: its inputs, the shape of its output, the variables.

use super::{
    buffers::{Buffers, Memory},
    plan::Step,
};
use crate::{
    dims::Dims,
    dtype::{DType, Element},
    error::{Error, Result, Status},
    spec::{Spec, SpecError},
    store::Cell,
    text::Text,
    value::Value,
};
use std::{borrow::Cow, cell::RefCell, collections::HashMap, sync::Arc, sync::Mutex};
use tf_kernels::conv2d::Precision;

thread_local! {
    /// What stands where an input was: none that each op would have to ask the system for.
    static GONE: Value = Value::scalar(false);
}

/// What an op computes.
pub(crate) enum Outputs {
    None,
    One(Value),
    Many(Vec<Value>),
}

impl From<Value> for Outputs {
    fn from(value: Value) -> Outputs {
        Outputs::One(value)
    }
}

impl From<Vec<Value>> for Outputs {
    fn from(values: Vec<Value>) -> Outputs {
        Outputs::Many(values)
    }
}

/// How far each random op of a session has drawn, by node.
pub(crate) type Streams = Mutex<HashMap<u32, u64>>;

/// The cells of the variables of a graph, by their numbers; a variable in parts has none.
pub(crate) type Cells = Vec<Option<Arc<Cell>>>;

/// What the steps of a run have in common.
#[derive(Clone, Copy)]
pub(crate) struct Around<'r> {
    /// The variables.
    pub(super) cells: &'r Cells,
    pub(super) streams: &'r Streams,
    /// Memory to compute in.
    pub(super) buffers: &'r RefCell<Buffers>,
    /// How much rounding convolutions may add.
    pub(super) precision: Precision,
}

/// One op under way.
pub(crate) struct Run<'r> {
    pub(super) step: &'r Step,
    pub(super) inputs: Vec<Value>,
    /// The output specs, with the element type as it is computed (f32 for halves).
    pub(super) specs: Cow<'r, [Spec]>,
    /// The shape of the first output, where it follows from the inputs' shapes.
    pub(super) shape: Dims,
    pub(super) around: Around<'r>,
    /// Whether the engine left out an input, since the variable that it stands in for had a value.
    pub(super) left_out: bool,
}

impl Run<'_> {
    /// Input `index`.
    pub(crate) fn input(&self, index: usize) -> &Value {
        &self.inputs[index]
    }

    /// All inputs.
    pub(crate) fn inputs(&self) -> &[Value] {
        &self.inputs
    }

    /// Input `index`, to be changed or handed on; it is gone from the run then.
    pub(crate) fn take(&mut self, index: usize) -> Value {
        std::mem::replace(&mut self.inputs[index], GONE.with(Value::clone))
    }

    /// The elements of input `index`, whose type the function that made the op fixed.
    pub(crate) fn slice<T: Element>(&self, index: usize) -> &[T] {
        self.inputs[index].as_slice().expect("an op's inputs have the element types that its function was called with")
    }

    /// The shape of the first output.
    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The shape of the first output, to be that of a value.
    pub(crate) fn dims(&self) -> &Dims {
        &self.shape
    }

    /// The spec of output `index`.
    pub(crate) fn spec(&self, index: usize) -> Spec {
        self.specs[index]
    }

    /// A value of the output's shape, whose elements `f` fills all.
    pub(crate) fn make<T: Element, R: KernelResult>(&self, f: impl FnOnce(&mut [T], &[usize]) -> R) -> Result<Value> {
        self.make_of(self.shape.clone(), f)
    }

    /// A value of this shape, whose elements `f` fills all.
    pub(crate) fn make_of<T: Element, R: KernelResult>(
        &self,
        shape: impl Into<Dims>,
        f: impl FnOnce(&mut [T], &[usize]) -> R,
    ) -> Result<Value> {
        let shape = shape.into();
        let mut out = self.memory::<T>(shape.iter().product());
        f(&mut out, &shape).into_result().map_err(|error| kernel_error(&error))?;
        Ok(Value::of(shape, out))
    }

    /// Memory for so many elements, of unspecified values.
    pub(crate) fn memory<T: Element>(&self, len: usize) -> Memory<T> {
        self.around.buffers.borrow_mut().take(len)
    }

    /// Gives memory back that was needed for this op only.
    pub(crate) fn give_back<T: Element>(&self, memory: Memory<T>) {
        let len = memory.len();
        self.around.buffers.borrow_mut().give(Value::of(Dims::from(&[len][..]), memory));
    }

    /// The error of a placeholder that runs.
    pub(crate) fn unfed(&self) -> Error {
        let spec = self.specs[0];
        let name = &self.step.name;
        Error::new(
            Status::InvalidArgument,
            "E-UNFED",
            format!(
                "placeholder `{name}` of {spec} is not fed\n  help: pass its value: `session.run_with(.., &[{name}.feed(&array)])`"
            ),
        )
    }

    /// How much rounding convolutions may add.
    pub(crate) fn precision(&self) -> Precision {
        self.around.precision
    }

    /// The name of a variable.
    pub(crate) fn variable_name(&self, variable: u32) -> &str {
        self.cell(variable).name()
    }

    fn cell(&self, variable: u32) -> &Cell {
        let cell = self.around.cells.get(variable as usize).and_then(Option::as_deref);
        cell.expect("the plan has a cell for each variable that its steps touch")
    }

    /// Whether there is an input to stand in for a variable's value.
    pub(crate) fn has_fallback(&self) -> bool {
        !self.left_out && !self.inputs.is_empty()
    }

    /// Whether a variable has a value now.
    pub(crate) fn is_initialized(&self, variable: u32) -> bool {
        self.cell(variable).is_initialized()
    }

    /// The value of a variable now.
    pub(crate) fn read(&self, variable: u32) -> Result<Value> {
        self.cell(variable).read()
    }

    /// Changes a variable, alone with it meanwhile.
    pub(crate) fn update<R>(
        &self,
        variable: u32,
        change: impl FnOnce(&mut Option<Value>, Spec) -> Result<R>,
    ) -> Result<R> {
        self.cell(variable).update(change)
    }

    /// Changes several variables, alone with them meanwhile. They are locked in this order, so whoever changes the same ones lists them alike.
    pub(crate) fn update_all<R>(
        &self,
        variables: &[u32],
        change: impl FnOnce(&mut [(&mut Option<Value>, Spec)]) -> Result<R>,
    ) -> Result<R> {
        let mut locked: Vec<_> = variables.iter().map(|&variable| self.cell(variable).lock()).collect();
        let mut cells: Vec<(&mut Option<Value>, Spec)> =
            locked.iter_mut().map(|(value, spec)| (&mut **value, *spec)).collect();
        change(&mut cells)
    }

    /// Where this execution draws from the op's random stream, which goes on by `blocks`.
    pub(crate) fn advance(&self, blocks: u64) -> u64 {
        let mut streams = self.around.streams.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let next = streams.entry(self.step.node).or_insert(0);
        let from = *next;
        *next += blocks;
        from
    }
}

/// What kernels return: nothing, or an error that only values can cause.
pub(crate) trait KernelResult {
    fn into_result(self) -> Result<(), tf_kernels::KernelError>;
}

impl KernelResult for () {
    fn into_result(self) -> Result<(), tf_kernels::KernelError> {
        Ok(())
    }
}

impl KernelResult for Result<(), tf_kernels::KernelError> {
    fn into_result(self) -> Result<(), tf_kernels::KernelError> {
        self
    }
}

/// A kernel's refusal in our words.
pub(crate) fn kernel_error(error: &tf_kernels::KernelError) -> Error {
    use tf_kernels::KernelError;
    match error {
        KernelError::DivideByZero => Error::new(
            Status::InvalidArgument,
            "E-DIVIDE-BY-ZERO",
            "an integer is divided by zero\n  help: keep zeros out of the divisor, or compute with floats",
        ),
        KernelError::NegativeExponent => Error::new(
            Status::InvalidArgument,
            "E-NEGATIVE-EXPONENT",
            "an integer is raised to a negative power\n  help: compute with floats: `tf::cast::<f32, _>(x)`",
        ),
        KernelError::IndexOutOfRange { position, index, size } => Error::new(
            Status::InvalidArgument,
            "E-INDEX-RANGE",
            format!(
                "index {index} (number {position} of the indices) is not in 0..{size}\n  help: look at where the indices come from"
            ),
        ),
        other => {
            Error::new(Status::InvalidArgument, "E-KERNEL", format!("{other}\n  help: look at the op's documentation"))
        }
    }
}

impl Error {
    /// A rule's refusal, in its own words.
    pub(crate) fn from_spec(error: &SpecError, symbols: &[&str]) -> Error {
        let mut text = Text::with_symbols(symbols);
        error.text(&mut text);
        Error::new(Status::InvalidArgument, error.rule.code, text.as_str())
    }
}

/// Whether the engine computes this type through f32.
pub(crate) fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}
