//! A convolution whose results are only held against a target: with the chain that makes the slope of the squared distance, the squares'
//! mean or sum, and the slopes' sums for the bias, one step.

use super::{
    Makers,
    alike::shape_of,
    joining::{Joined, joined},
    readers, redirect,
};
use crate::{
    dtype::DType,
    engine::{
        chain::Chain,
        conv_distance::{ConvDistance, Factor, Scale, Slope, Yield},
        plan::{Plan, Step},
    },
    ops::{Arithmetic, Op},
};
use foldhash::HashMap;
use tf_kernels::{reduce::ReduceOp, slopes::SlopeOp, unary::UnaryOp};

pub(super) fn fuse(plan: &mut Plan) {
    if !plan.steps.iter().any(|step| matches!(step.op, Op::FusedConv2d(_))) {
        return;
    }
    let (readers, makers) = (readers(plan), Makers::of(plan));
    let mut found: HashMap<usize, Found> = HashMap::default();
    let mut taken = vec![false; plan.steps.len()];
    for index in 0..plan.steps.len() {
        let Some(of) = distance(plan, &makers, &readers, index) else { continue };
        of.members.iter().for_each(|&member| taken[member] = true);
        found.insert(index, of);
    }
    if found.is_empty() {
        return;
    }
    let mut steps: Vec<Option<Step>> = std::mem::take(&mut plan.steps).into_iter().map(Some).collect();
    let mut to: HashMap<usize, usize> = HashMap::default();
    for index in 0..steps.len() {
        match found.remove(&index) {
            Some(Found { members, yields, slope }) => {
                let name = steps[index].as_ref().map(|chain| chain.name.clone());
                let members: Vec<Step> =
                    members.iter().map(|&at| steps[at].take().expect("a step is in one group")).collect();
                let mut step = joined(members, &readers, plan.places, &mut to, |Joined { steps, inputs, results }| {
                    let place = |input: usize| {
                        inputs.iter().position(|&place| place == input).expect("the step reads what the chain reads")
                    };
                    let scale = |scale: &Scale| numbered(scale, place);
                    let slope = Slope { target: place(slope.target), scale: scale(&slope.scale) };
                    // What was found by its place is numbered as the step's values are.
                    let first: Vec<usize> = steps.iter().map(|step| step.output).collect();
                    let of = |(member, value): (usize, usize)| first[member] + value;
                    let yielded = |result: &usize| {
                        let is = |(at, _): &&((usize, usize), Yield)| of(*at) == *result;
                        match &yields.iter().find(is).expect("what leaves is known").1 {
                            Yield::Squares { mean, scale: of } => Yield::Squares { mean: *mean, scale: scale(of) },
                            yielded => yielded.clone(),
                        }
                    };
                    let yields = results.iter().map(yielded).collect();
                    ConvDistance::new(steps, inputs.len(), results, yields, slope).into()
                });
                step.name = name.unwrap_or(step.name);
                plan.places += step.specs.len();
                plan.steps.push(step);
            }
            None if taken[index] => {}
            None => plan.steps.extend(steps[index].take()),
        }
    }
    redirect(plan, &to);
}

/// The steps that go together: the convolution, its chain, and what reads that.
struct Found {
    members: Vec<usize>,
    /// What is yielded, by member and by which of its values.
    yields: Vec<((usize, usize), Yield)>,
    /// With the places of the plan.
    slope: Slope,
}

/// The same, of inputs that have other numbers.
fn numbered(scale: &Scale, number: impl Fn(usize) -> usize) -> Scale {
    let factors = scale.factors.iter().map(|factor| Factor { input: number(factor.input), ..*factor });
    Scale { factors: factors.collect(), negative: scale.negative }
}

/// What goes with the chain `index`.
fn distance(plan: &Plan, makers: &Makers, readers: &[usize], index: usize) -> Option<Found> {
    let step = &plan.steps[index];
    let Op::Chain(chain) = &step.op else { return None };
    let convolution = |place: usize| {
        let made = makers.get(place)?;
        let Op::FusedConv2d(op) = &plan.steps[made].op else { return None };
        (!op.residual && readers[place] == 1).then_some((made, op.relu))
    };
    let (y, made, relu) = step.inputs.iter().enumerate().find_map(|(input, &(place, _))| {
        let (made, relu) = convolution(place)?;
        Some((input, made, relu))
    })?;
    let is_number = |input: usize| {
        let shape = shape_of(plan, makers, step.inputs[input].0);
        shape.is_some_and(|shape| shape.has_rank() && shape.rank() == 0)
    };
    let forms = forms(chain, y, is_number)?;
    let (_, _, results) = chain.links();
    let (mut squares, mut slope) = (None, None);
    for (value, &link) in results.iter().enumerate() {
        match &forms[link] {
            Form::Squares { target, scale } if squares.is_none() => squares = Some((value, *target, scale)),
            Form::Slope { slope: of, gated } if *gated == relu && slope.is_none() => {
                slope = Some((value, of.clone()));
            }
            _ => return None,
        }
    }
    let (slopes, of) = slope?;
    if squares.is_some_and(|(_, target, _)| target != of.target) {
        return None;
    }
    let in_plan = |input: usize| step.inputs[input].0;
    let of = Slope { target: in_plan(of.target), scale: numbered(&of.scale, in_plan) };
    let mut found = Found { members: vec![made, index], yields: vec![((1, slopes), Yield::Slopes)], slope: of };
    let readers_of = |place: usize| {
        let reads = move |step: &Step| step.inputs.first().is_some_and(|input| input.0 == place);
        (0..plan.steps.len()).filter(move |&at| reads(&plan.steps[at]))
    };
    if let Some((value, _, scale)) = squares {
        let place = step.output + value;
        let by = readers_of(place).next().filter(|_| readers[place] == 1)?;
        let Op::Reduce(reduce) = &plan.steps[by].op else { return None };
        let mean = match reduce.of_numbers().filter(|_| reduce.is_over_all() && !reduce.keeps())? {
            ReduceOp::Mean => true,
            ReduceOp::Sum => false,
            _ => return None,
        };
        let scale = numbered(scale, in_plan);
        found.yields.push(((found.members.len(), 0), Yield::Squares { mean, scale }));
        found.members.push(by);
    }
    let channels = plan.steps[made].specs[0].shape.dims().last().copied();
    let sums = readers_of(step.output + slopes).find(|&at| {
        let sum = &plan.steps[at];
        // What it has the shape of is there before.
        let known = |place: usize| makers.get(place).is_none_or(|maker| maker < index);
        matches!(sum.op, Op::SumLike(_))
            && sum.specs[0].shape.has_rank()
            && sum.specs[0].shape.dims() == channels.as_slice()
            && known(sum.inputs[1].0)
    });
    if let Some(sums) = sums {
        found.yields.push(((found.members.len(), 0), Yield::Sums));
        found.members.push(sums);
    }
    Some(found)
}

/// What the links of a chain are, where one input is the results of a convolution.
#[derive(Clone)]
enum Form {
    Results,
    /// Another input with an element for each.
    Input(usize),
    /// Results less the target, or the target less them.
    Distance {
        target: usize,
        negative: bool,
    },
    /// Numbers times the squared distances from this target.
    Squares {
        target: usize,
        scale: Scale,
    },
    /// Numbers for all elements.
    Number(Scale),
    /// Numbers times the distance; `gated` by the derivative of relu.
    Slope {
        slope: Slope,
        gated: bool,
    },
}

/// The form of each link, if all have one. `y` is the input of the convolution's results.
fn forms(chain: &Chain, y: usize, is_number: impl Fn(usize) -> bool) -> Option<Vec<Form>> {
    let (steps, inputs, _) = chain.links();
    let mut forms: Vec<Form> = (0..inputs)
        .map(|input| match input {
            input if input == y => Form::Results,
            input if is_number(input) => {
                Form::Number(Scale { factors: vec![Factor { input, mean: false }], negative: false })
            }
            input => Form::Input(input),
        })
        .collect();
    for step in steps {
        if step.specs[0].dtype != DType::F32 {
            return None;
        }
        let operand = |k: usize| forms[step.inputs[k].0].clone();
        forms.push(match &step.op {
            Op::Arithmetic(Arithmetic::Sub) => distance_of(operand(0), operand(1))?,
            Op::Arithmetic(Arithmetic::SquaredDifference) => squared(distance_of(operand(0), operand(1))?)?,
            Op::Arithmetic(Arithmetic::Mul) => product(operand(0), operand(1))?,
            Op::Unary(op) if op.kernel() == UnaryOp::Square => squared(operand(0))?,
            Op::Unary(op) if op.kernel() == UnaryOp::Neg => negated(operand(0))?,
            Op::SumLike(_) => operand(0),
            Op::SpreadLike(op) if op.is_over_all() => match operand(0) {
                Form::Number(scale) if !op.mean => Form::Number(scale),
                Form::Number(Scale { factors, negative }) if factors.len() == 1 && !factors[0].mean => {
                    Form::Number(Scale { factors: vec![Factor { mean: true, ..factors[0] }], negative })
                }
                _ => return None,
            },
            Op::UnarySlope(op) if op.kernel() == SlopeOp::Relu => match (operand(0), operand(1)) {
                (Form::Results, Form::Slope { slope, gated: false }) => Form::Slope { slope, gated: true },
                _ => return None,
            },
            _ => return None,
        });
    }
    Some(forms.split_off(inputs))
}

fn distance_of(a: Form, b: Form) -> Option<Form> {
    match (a, b) {
        (Form::Results, Form::Input(target)) => Some(Form::Distance { target, negative: false }),
        (Form::Input(target), Form::Results) => Some(Form::Distance { target, negative: true }),
        _ => None,
    }
}

fn squared(form: Form) -> Option<Form> {
    if let Form::Distance { target, .. } = form {
        Some(Form::Squares { target, scale: Scale::default() })
    } else {
        None
    }
}

fn product(a: Form, b: Form) -> Option<Form> {
    match (a, b) {
        (Form::Number(scale), Form::Number(more)) => Some(Form::Number(scale.and(more))),
        (Form::Number(scale), Form::Distance { target, negative })
        | (Form::Distance { target, negative }, Form::Number(scale)) => {
            let scale = if negative { scale.negated() } else { scale };
            Some(Form::Slope { slope: Slope { target, scale }, gated: false })
        }
        (Form::Number(more), Form::Squares { target, scale })
        | (Form::Squares { target, scale }, Form::Number(more)) => {
            Some(Form::Squares { target, scale: scale.and(more) })
        }
        (Form::Number(more), Form::Slope { slope: Slope { target, scale }, gated: false })
        | (Form::Slope { slope: Slope { target, scale }, gated: false }, Form::Number(more)) => {
            Some(Form::Slope { slope: Slope { target, scale: scale.and(more) }, gated: false })
        }
        _ => None,
    }
}

fn negated(form: Form) -> Option<Form> {
    match form {
        Form::Distance { target, negative } => Some(Form::Distance { target, negative: !negative }),
        Form::Number(scale) => Some(Form::Number(scale.negated())),
        Form::Squares { target, scale } => Some(Form::Squares { target, scale: scale.negated() }),
        Form::Slope { slope: Slope { target, scale }, gated: false } => {
            Some(Form::Slope { slope: Slope { target, scale: scale.negated() }, gated: false })
        }
        _ => None,
    }
}
