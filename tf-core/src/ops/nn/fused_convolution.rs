//! A convolution with what follows it, and with a filter that is made ready once: the engine makes it of several ops.

use super::Conv2d;
use crate::{
    engine::run::Run,
    error::Result,
    shape::Shape,
    spec::SpecError,
    value::{Data, Value},
};
use std::{
    fmt,
    sync::{Arc, Mutex, Weak},
};
use tf_kernels::conv2d::{Activation, Against, Conv2dPlan, Conv2dShape, Epilogue, PackedFilter, Precision, conv2d_f32};

/// A convolution of `f32`. If so asked, what follows it: of the further inputs the first, a bias, is added to each channel, the last, a
/// `residual`, to the whole, and `max(x, 0)` taken of that.
#[derive(Clone)]
pub struct FusedConv2d {
    pub(crate) of: Conv2d,
    /// Whether the last input is added to the whole: a value of the result's shape.
    pub(crate) residual: bool,
    pub(crate) relu: bool,
    /// The filter as it was when it was last made ready; none if it changes in each run.
    pub(crate) filter: Option<Arc<Mutex<Ready>>>,
}

/// The filter that was made ready last.
#[derive(Default)]
pub(crate) struct Ready(Option<Known>);

struct Known {
    /// The filter as it was then.
    value: Weak<Vec<f32>>,
    shape: Conv2dShape,
    precision: Precision,
    plan: Conv2dPlan,
    packed: Arc<PackedFilter>,
}

impl Ready {
    /// The plan for this shape, and the filter made ready for it. The memory of a value that somebody knows by a weak reference is not
    /// written to, so the same memory means the same values.
    fn of(
        &mut self,
        shape: &Conv2dShape,
        precision: Precision,
        filter: &Arc<Vec<f32>>,
    ) -> (Conv2dPlan, Arc<PackedFilter>) {
        if let Some(known) = &self.0
            && (known.shape, known.precision) == (*shape, precision)
            && known.value.upgrade().is_some_and(|value| Arc::ptr_eq(&value, filter))
        {
            return (known.plan.clone(), known.packed.clone());
        }
        let plan = Conv2dPlan::for_packed(shape, precision);
        let packed = Arc::new(plan.pack(filter));
        let value = Arc::downgrade(filter);
        self.0 = Some(Known { value, shape: *shape, precision, plan: plan.clone(), packed: packed.clone() });
        (plan, packed)
    }
}

impl fmt::Debug for FusedConv2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (residual, relu) =
            (if self.residual { ", plus a residual" } else { "" }, if self.relu { ", then relu" } else { "" });
        write!(f, "{:?}{residual}{relu}", self.of)
    }
}

impl FusedConv2d {
    pub(in crate::ops) const fn type_name(&self) -> &'static str {
        "_FusedConv2D"
    }

    pub(crate) const fn rule(&self, inputs: &[Shape]) -> Result<Shape, SpecError> {
        self.of.rule(&[inputs[0], inputs[1]])
    }

    /// The slopes of how far the results are from a target, in place of them, and the sums of each channel of these; returns the sum of the
    /// squared distances. The convolution's are the first `inputs` of the run's; there is no residual.
    pub(crate) fn run_against(
        &self,
        run: &Run<'_>,
        inputs: usize,
        shape: &[usize],
        against: Against<'_>,
        slopes: &mut [f32],
        sums: &mut [f32],
    ) -> f64 {
        let shape = self.of.sizes(run.input(0).shape(), run.input(1).shape(), shape);
        let bias = (inputs > 2).then(|| run.slice::<f32>(2));
        let activation = if self.relu { Activation::Relu } else { Activation::Identity };
        let epilogue = Epilogue { bias, activation, ..Epilogue::default() };
        if let (Some(ready), Data::F32(filter)) = (&self.filter, run.input(1).data()) {
            let mut ready = ready.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let (plan, packed) = ready.of(&shape, run.precision(), filter);
            drop(ready);
            return plan.run_packed_against(run.slice(0), &packed, epilogue, against, slopes, sums);
        }
        let plan = Conv2dPlan::new(&shape, run.precision());
        plan.run_against(run.slice(0), run.slice(1), epilogue, against, slopes, sums)
    }

    pub(in crate::ops) fn run(&self, run: &mut Run<'_>) -> Result<Value> {
        let shape = self.of.sizes(run.input(0).shape(), run.input(1).shape(), run.shape());
        let further = run.inputs().len() - 2;
        let bias = (further > usize::from(self.residual)).then(|| run.slice::<f32>(2));
        let residual = self.residual.then(|| run.slice::<f32>(further + 1));
        let activation = if self.relu { Activation::Relu } else { Activation::Identity };
        let epilogue = Epilogue { bias, residual, activation, gate: None };
        if let (Some(ready), Data::F32(filter)) = (&self.filter, run.input(1).data()) {
            let mut ready = ready.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let (plan, packed) = ready.of(&shape, run.precision(), filter);
            drop(ready);
            return run.make::<f32, _>(|out, _| plan.run_packed(run.slice(0), &packed, epilogue, out));
        }
        run.make::<f32, _>(|out, _| {
            conv2d_f32(&shape, run.precision(), run.slice(0), run.slice(1), epilogue, out);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tf_kernels::conv2d::Padding;

    #[test]
    fn a_filter_is_made_ready_again_when_it_has_changed() {
        let shape = Conv2dShape {
            batch: 1,
            in_h: 3,
            in_w: 3,
            in_c: 1,
            k_h: 1,
            k_w: 1,
            out_c: 1,
            groups: 1,
            strides: [1, 1],
            dilations: [1, 1],
            pad: Padding { top: 0, bottom: 0, left: 0, right: 0 },
            out_h: 3,
            out_w: 3,
        };
        let mut ready = Ready::default();
        let mut value = Value::new(vec![1, 1, 1, 1], vec![2.0f32]);
        let mut packed = |value: &Value| {
            let Data::F32(filter) = value.data() else { unreachable!("it was made of f32") };
            ready.of(&shape, Precision::Default, filter).1
        };
        let first = packed(&value);
        assert!(Arc::ptr_eq(&first, &packed(&value.clone())));
        // In place, since nobody else holds the value.
        value.as_mut_slice::<f32>().unwrap()[0] = 3.0;
        let second = packed(&value);
        assert!(!Arc::ptr_eq(&first, &second));
        let mut out = [0.0; 9];
        Conv2dPlan::for_packed(&shape, Precision::Default).run_packed(
            &[1.0; 9],
            &second,
            Epilogue::default(),
            &mut out,
        );
        assert_eq!(out, [3.0; 9]);
    }
}
