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
        conv_distance::{ConvDistance, Factor, Slope, Yield},
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
                    let factors = slope.factors.iter();
                    let factors = factors.map(|factor| Factor { input: place(factor.input), ..*factor }).collect();
                    let slope = Slope { target: place(slope.target), factors, negative: slope.negative };
                    // What was found by its place is numbered as the step's values are.
                    let first: Vec<usize> = steps.iter().map(|step| step.output).collect();
                    let of = |(member, value): (usize, usize)| first[member] + value;
                    let yielded = |result: &usize| {
                        let is = |(at, _): &&((usize, usize), Yield)| of(*at) == *result;
                        yields.iter().find(is).expect("what leaves is known").1
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
            &Form::Squares(target) if squares.is_none() => squares = Some((value, target)),
            Form::Slope { slope: of, gated } if *gated == relu && slope.is_none() => {
                slope = Some((value, of.clone()));
            }
            _ => return None,
        }
    }
    let (slopes, mut of) = slope?;
    if squares.is_some_and(|(_, target)| target != of.target) {
        return None;
    }
    of.target = step.inputs[of.target].0;
    of.factors.iter_mut().for_each(|factor| factor.input = step.inputs[factor.input].0);
    let mut found = Found { members: vec![made, index], yields: vec![((1, slopes), Yield::Slopes)], slope: of };
    let readers_of = |place: usize| {
        let reads = move |step: &Step| step.inputs.first().is_some_and(|input| input.0 == place);
        (0..plan.steps.len()).filter(move |&at| reads(&plan.steps[at]))
    };
    if let Some((value, _)) = squares {
        let place = step.output + value;
        let by = readers_of(place).next().filter(|_| readers[place] == 1)?;
        let Op::Reduce(reduce) = &plan.steps[by].op else { return None };
        let mean = match reduce.of_numbers().filter(|_| reduce.is_over_all() && !reduce.keeps())? {
            ReduceOp::Mean => true,
            ReduceOp::Sum => false,
            _ => return None,
        };
        found.yields.push(((found.members.len(), 0), Yield::Squares { mean }));
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
    /// Of distances from this target.
    Squares(usize),
    /// Numbers for all elements.
    Number {
        factors: Vec<Factor>,
        negative: bool,
    },
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
            input if is_number(input) => Form::Number { factors: vec![Factor { input, mean: false }], negative: false },
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
                Form::Number { factors, negative } if !op.mean => Form::Number { factors, negative },
                Form::Number { factors, negative } if factors.len() == 1 && !factors[0].mean => {
                    Form::Number { factors: vec![Factor { mean: true, ..factors[0] }], negative }
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
    if let Form::Distance { target, .. } = form { Some(Form::Squares(target)) } else { None }
}

fn product(a: Form, b: Form) -> Option<Form> {
    match (a, b) {
        (Form::Number { mut factors, negative }, Form::Number { factors: more, negative: also }) => {
            factors.extend(more);
            Some(Form::Number { factors, negative: negative != also })
        }
        (Form::Number { factors, negative }, Form::Distance { target, negative: also })
        | (Form::Distance { target, negative: also }, Form::Number { factors, negative }) => {
            Some(Form::Slope { slope: Slope { target, factors, negative: negative != also }, gated: false })
        }
        (Form::Number { factors, negative }, Form::Slope { mut slope, gated: false })
        | (Form::Slope { mut slope, gated: false }, Form::Number { factors, negative }) => {
            slope.factors.extend(factors);
            slope.negative ^= negative;
            Some(Form::Slope { slope, gated: false })
        }
        _ => None,
    }
}

fn negated(form: Form) -> Option<Form> {
    match form {
        Form::Distance { target, negative } => Some(Form::Distance { target, negative: !negative }),
        Form::Number { factors, negative } => Some(Form::Number { factors, negative: !negative }),
        Form::Slope { mut slope, gated: false } => {
            slope.negative = !slope.negative;
            Some(Form::Slope { slope, gated: false })
        }
        _ => None,
    }
}
