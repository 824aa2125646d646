//! Passes over a plan: each makes of its steps others that compute the same and take less.
//!
//! | file | what it does |
//! |---|---|
//! | `folding` | computes once what never changes |
//! | `common` | computes once what two steps would |
//! | `alike` | which values have one shape whatever is fed |
//! | `shapes` | what is looked at for its shape only is neither kept nor made |
//! | `numbers` | what is computed of single numbers stands where it is needed |
//! | `gates` | the derivative of relu as part of a convolution's gradient |
//! | `reads` | reads a variable once until it changes |
//! | `differences` | a squared difference beside the slope of it as a square |
//! | `unread` | leaves out columns of a product that nobody reads |
//! | `moments` | mean and variance over the first axes in one pass over memory |
//! | `products` | bias and activation as part of a product of matrices; matrices laid out once |
//! | `product_sums` | products of matrices that are added up as one |
//! | `recurrences` | of products whose first matrix is joined of two: those of the halves that are there together |
//! | `descents` | a product of matrices as part of the update of a variable |
//! | `row_sums` | sums of rows of matrices that are added up as one |
//! | `slope_sums` | the slope of a bias as part of the convolution's gradient that it sums |
//! | `chains` | element-wise steps, and reductions of rows among them, as one |
//! | `conv_distances` | a convolution and the slope of how far its results are from a target |
//! | `product_chains` | a product of matrices and the chains that read it; several of them, where each reads the rows of the one before |
//! | `joining` | several steps as one |
//! | `dump` | shows a plan: `TF_DUMP` |
//! | `verify` | holds a plan against what every pass has to keep |
//!
//! A pass changes what a plan does, not what a run can see of it: values are the same, but for the rounding of products and
//! convolutions that others are joined to (a convolution may be computed in another way then) and of variances (see `moments`; over rows a chain finds them so, too), errors name the op and line that they did, what is random or changes a variable stays as it is and in its order. Where a run checks for NaN, is traced or crosses devices there
//! are no passes, so that each op is seen by itself; nor where it leaves out initial values that it finds, nor where a session gives
//! variables their initial values, which is done once.

mod alike;
mod chains;
mod common;
mod conv_distances;
mod descents;
mod differences;
mod dump;
mod folding;
mod gates;
mod joining;
mod moments;
mod numbers;
mod product_chains;
mod product_sums;
mod products;
mod reads;
mod recurrences;
mod row_sums;
mod shapes;
mod slope_sums;
mod unread;
#[cfg(any(test, debug_assertions))]
mod verify;

use super::{
    branches::Fork,
    lifetimes::Layout,
    plan::{Plan, Step},
};
use foldhash::HashMap;

type Pass = fn(&mut Plan);

/// The passes, in their order.
const PASSES: [(&str, Pass); 18] = [
    ("folding", folding::fold),
    ("reads", reads::share),
    ("common", common::share),
    ("numbers", numbers::wait),
    ("gates", gates::fuse),
    ("shapes", shapes::free),
    ("differences", differences::square),
    ("unread", unread::drop_columns),
    ("product sums", product_sums::fuse),
    ("descents", descents::fuse),
    ("moments", moments::fuse),
    ("products", products::fuse),
    ("recurrences", recurrences::part),
    ("row sums", row_sums::fuse),
    ("slope sums", slope_sums::fuse),
    ("chains", chains::fuse),
    ("conv distances", conv_distances::fuse),
    ("product chains", product_chains::fuse),
];

/// Carries out all passes.
pub(super) fn improve(plan: &mut Plan) {
    dump::show("planned", plan);
    for (name, pass) in PASSES {
        pass(plan);
        #[cfg(any(test, debug_assertions))]
        verify::verify(name, plan);
        let _ = name;
    }
    dump::show("improved", plan);
}

/// Shows how the values of a plan share memory, and which steps are taken beside each other, if plans are shown.
pub(super) fn show_layout(plan: &Plan, forks: &[Fork], layout: &Layout) {
    dump::show_layout(plan, forks, layout);
}

/// The places that a step fills.
pub(super) fn outputs(step: &Step) -> std::ops::Range<usize> {
    step.output..step.output + step.specs.len()
}

/// Looks for values in other places.
fn redirect(plan: &mut Plan, to: &HashMap<usize, usize>) {
    if to.is_empty() {
        return;
    }
    let other = |place: &mut usize| {
        if let Some(&to) = to.get(place) {
            *place = to;
        }
    };
    plan.steps.iter_mut().flat_map(|step| &mut step.inputs).for_each(|input| other(&mut input.0));
    plan.fetches.iter_mut().flatten().for_each(other);
}

/// How often each place is read: by steps, and once more if it is fetched.
fn readers(plan: &Plan) -> Vec<usize> {
    let mut readers = vec![0; plan.places];
    let read = plan.steps.iter().flat_map(|step| step.inputs.iter().map(|input| input.0));
    read.chain(plan.fetches.iter().flatten().copied()).for_each(|place| readers[place] += 1);
    readers
}

/// The step that fills each place, as the plan was when it was asked.
struct Makers(Vec<Option<u32>>);

impl Makers {
    fn of(plan: &Plan) -> Makers {
        let mut of = vec![None; plan.places];
        for (index, step) in plan.steps.iter().enumerate() {
            of[outputs(step)].fill(Some(index as u32));
        }
        Makers(of)
    }

    /// None for what is fed, constant, or filled by a step that a pass made meanwhile.
    fn get(&self, place: usize) -> Option<usize> {
        self.0.get(place).copied().flatten().map(|index| index as usize)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        engine::{
            devices::Devices,
            plan::{Care, Plan, Signature},
        },
        graph::{Graph, node::Node},
        initializer::ones_initializer,
        ops::{
            ALL, Op, cast, concat, matmul, nn, ones_like, placeholder, reduce_mean, reduce_prod, reduce_sum, shape_of,
            shaped_as, sqrt, square, squared_difference,
        },
        options::VariableOptions,
        shape::ANY,
        tensor::Tensor,
        train::{GradientDescent, Optimizer},
    };

    /// The plan that computes a tensor, as a dump shows it.
    fn plan(build: impl FnOnce() -> Tensor<f32>) -> String {
        plan_of(Some(0), build)
    }

    /// The plan of a run that asks for this output of a tensor's node, or for the operation alone.
    fn plan_of(output: Option<u16>, build: impl FnOnce() -> Tensor<f32>) -> String {
        let graph = Graph::new();
        let y = graph.build(build).unwrap();
        let placeholders =
            |(number, node): (usize, &Node)| matches!(node.op, Op::Placeholder(_)).then_some((number as u32, 0));
        let feeds = graph.state().nodes.iter().enumerate().filter_map(placeholders).collect();
        let signature = Signature { fetches: vec![(y.node, output)], feeds };
        Plan::new(&graph.state(), &signature, &Devices::cpus(1), false, Care::Improved).unwrap().to_string()
    }

    fn count(plan: &str, op: &str) -> usize {
        plan.matches(&format!("= {op}(")).count()
    }

    #[test]
    fn what_never_changes_is_computed_once() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [2, 3]);
            x * square(sqrt(crate::ops::constant(2.0f32)))
        });
        assert_eq!((count(&plan, "Square"), count(&plan, "Sqrt"), count(&plan, "f32[] constant")), (0, 0, 0), "{plan}");
        assert!(plan.contains("= f32[] constant"), "{plan}");
        assert_eq!(count(&plan, "Mul"), 1, "{plan}");
    }

    #[test]
    fn what_is_asked_for_twice_is_computed_once() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [2, 3]);
            reduce_sum(square(x), 0) + reduce_sum(square(x), 0)
        });
        assert_eq!((count(&plan, "Square"), count(&plan, "Sum")), (1, 1), "{plan}");
    }

    #[test]
    fn element_wise_steps_of_one_shape_become_one() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [ANY, 3]);
            let y = nn::relu(square(x) + 1.0);
            // The middle of the chain is read by a step that is none of it.
            y * reduce_sum(y, 1).reshape([ANY, 1]) - sqrt(y)
        });
        assert_eq!((count(&plan, "Chain"), count(&plan, "Relu"), count(&plan, "Mul")), (2, 0, 0), "{plan}");
    }

    #[test]
    fn what_is_asked_for_as_an_operation_is_computed() {
        let plan = plan_of(None, || {
            let x = placeholder::<f32, _>("x", [2, 3]);
            sqrt(square(x) + 1.0)
        });
        assert!(plan.contains(" = Chain("), "{plan}");
    }

    #[test]
    fn what_reads_the_middle_of_a_chain_waits_for_it() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [ANY, 3]);
            let y = nn::relu(square(x) + 1.0);
            let (before, after) = (reduce_sum(y, ALL), reduce_sum(sqrt(y + x), ALL));
            before + after
        });
        assert_eq!((count(&plan, "Chain"), count(&plan, "Sum"), count(&plan, "Sqrt")), (1, 2, 0), "{plan}");
    }

    #[test]
    fn a_step_of_convolutions_computes_no_more_than_it_must() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [ANY, 8, 8, 1]);
            let variable = |name: &str, shape: &[usize]| {
                let options = VariableOptions::new().initializer(ones_initializer());
                crate::get_variable::<f32, _, _>(name, shape, options)
            };
            let layer = |name: &str, x: Tensor<f32>, kernel: [usize; 4]| {
                let (w, b) = (variable(&format!("{name}w"), &kernel), variable(&format!("{name}b"), &kernel[3..]));
                let y = nn::relu(nn::conv2d(x, w, [1, 1], nn::Padding::Same) + b);
                (y, w)
            };
            let (y, w) = layer("a", x, [5, 5, 1, 4]);
            let (y, _) = layer("b", y, [5, 5, 4, 32]);
            let target = placeholder::<f32, _>("target", [ANY, 8, 8, 32]);
            let loss = reduce_mean(square(y - target), ALL);
            crate::gradients(loss, w)
        });
        let ops =
            ["_FusedConv2D", "_FusedConv2DDistance", "_GatedConv2DBackpropInput", "Conv2DBackpropFilter", "Chain"];
        // The second layer makes the loss's slope of its results.
        assert_eq!(ops.map(|op| count(&plan, op)), [1, 1, 1, 1, 0], "{plan}");
        // Rows are long enough for reductions to be part of it, but the mean is one over all axes, whose value nobody asks for.
        assert_eq!((count(&plan, "RowChain"), count(&plan, "Mean")), (0, 0), "{plan}");
        for op in ["ReluGrad", "BroadcastTo", "Relu", "AddV2", "Sum", "Square"] {
            assert_eq!(count(&plan, op), 0, "{op}: {plan}");
        }
    }

    /// A layer behind another, whose results are held against a target by the mean of the squares.
    fn distance(asked: impl FnOnce(Tensor<f32>, Tensor<f32>) -> Tensor<f32>) -> String {
        step(|y, target| reduce_mean(square(y - target), ALL), asked)
    }

    /// The same by another loss.
    fn step(
        loss: impl FnOnce(Tensor<f32>, Tensor<f32>) -> Tensor<f32>,
        asked: impl FnOnce(Tensor<f32>, Tensor<f32>) -> Tensor<f32>,
    ) -> String {
        plan(|| {
            let variable = |name: &str, shape: &[usize]| {
                let options = VariableOptions::new().initializer(ones_initializer());
                crate::get_variable::<f32, _, _>(name, shape, options)
            };
            let (b, c) = (variable("b", &[4]), variable("c", &[6]));
            let layer = |x: Tensor<f32>, w: &str, kernel: [usize; 4], bias| {
                nn::relu(nn::conv2d(x, variable(w, &kernel), [1, 1], nn::Padding::Same) + bias)
            };
            let y = layer(placeholder::<f32, _>("x", [ANY, 8, 8, 3]), "v", [5, 5, 3, 4], b);
            let y = layer(y, "w", [5, 5, 4, 6], c);
            let loss = loss(y, placeholder::<f32, _>("target", [ANY, 8, 8, 6]));
            let [of_b, of_c] = crate::gradients(loss, [b, c]);
            asked(y, concat([of_b, of_c, loss.reshape([1])], 0))
        })
    }

    #[test]
    fn slopes_of_biases_and_the_loss_are_summed_where_slopes_are_made() {
        let step = distance(|_, of| of);
        assert!(step.contains("= _FusedConv2DDistance(") && step.contains("= _GatedConv2DBackpropInput("), "{step}");
        for op in ["Sum", "Mean", "Chain", "Square", "ReluGrad"] {
            assert_eq!(count(&step, op), 0, "{op}: {step}");
        }
        // Results that somebody asks for have to be stored.
        let asked = distance(|y, of| reduce_sum(y, ALL) + of);
        assert_eq!((count(&asked, "_FusedConv2DDistance"), count(&asked, "_FusedConv2D")), (0, 2), "{asked}");
    }

    #[test]
    fn weighted_losses_of_targets_of_one_shape_are_made_where_results_are() {
        let step = step(
            |y, target| {
                let weight = crate::ops::identity(crate::ops::constant(0.5f32));
                let sum = reduce_sum(squared_difference(y, shaped_as(target, y)) * weight, ALL);
                sum / reduce_sum(cast::<f32, i32>(shape_of(y)), ALL)
            },
            |_, of| of,
        );
        assert_eq!(count(&step, "_FusedConv2DDistance"), 1, "{step}");
        // What is left is the sum of the sizes.
        for op in [("Chain", 0), ("SquaredDifference", 0), ("Sub", 0), ("Identity", 0), ("Sum", 1), ("EnsureShape", 1)]
        {
            assert_eq!(count(&step, op.0), op.1, "{op:?}: {step}");
        }
    }

    #[test]
    fn what_is_computed_of_single_numbers_stands_before_who_needs_it() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [ANY, 3]);
            let (loss, scale) = (reduce_sum(square(x), ALL), placeholder::<f32, _>("scale", []));
            let root = sqrt(loss);
            concat([(sqrt(x) * square(scale)).reshape([ANY]), root.reshape([1])], 0)
        });
        let at = |op: &str| plan.find(op).unwrap_or_else(|| panic!("{op} in {plan}"));
        assert!(at("= Sqrt(") > at("(Sqrt)"), "{plan}");
    }

    #[test]
    fn what_is_made_of_a_known_shape_is_there_before() {
        let plan = plan(|| {
            let x = placeholder::<f32, _>("x", [4, 3]);
            let count = cast::<f32, i32>(reduce_prod(shape_of(x), ALL));
            reduce_sum(x, ALL) / count + ones_like(reduce_sum(x, ALL))
        });
        for op in ["Shape", "Prod", "Cast", "OnesLike"] {
            assert_eq!(count(&plan, op), 0, "{op}: {plan}");
        }
    }

    #[test]
    fn sizes_that_nobody_knows_may_differ() {
        let plan = plan(|| {
            let (x, y) = (placeholder::<f32, _>("x", [ANY, 3]), placeholder::<f32, _>("y", [ANY, 3]));
            crate::gradients(reduce_sum(square(x * y), ALL), x)
        });
        // Inside the chain, which looks when it runs: of `x` there may be one row.
        assert!(plan.contains("(Sum)"), "{plan}");
    }

    #[test]
    fn reductions_of_rows_are_part_of_a_chain() {
        let normalized = |x: Tensor<f32>| {
            let (mean, variance) = nn::moments_keep(x, -1);
            (x - mean) * crate::ops::rsqrt(variance + 1e-3)
        };
        let plan_of_rows = plan(|| normalized(placeholder::<f32, _>("x", [ANY, 64])));
        assert_eq!((count(&plan_of_rows, "RowChain"), count(&plan_of_rows, "Mean")), (1, 0), "{plan_of_rows}");
        // Rows that are too short, and of unknown length.
        for short in [16, ANY] {
            let plan = plan(|| normalized(placeholder::<f32, _>("x", [ANY, short])));
            assert_eq!((count(&plan, "RowChain"), count(&plan, "Mean")), (0, 2), "{plan}");
        }
        // A sum without its dimension is no number for the row where it meets elements.
        let broadcast = plan(|| {
            let x = square(placeholder::<f32, _>("x", [64, 64]));
            x * reduce_sum(x, -1)
        });
        assert_eq!(count(&broadcast, "Mul") + count(&broadcast, "Chain"), 1, "{broadcast}");
        let epilogue = plan(|| sqrt(reduce_sum(square(placeholder::<f32, _>("x", [ANY, 64])), -1)));
        assert_eq!((count(&epilogue, "RowChain"), count(&epilogue, "Sqrt")), (1, 0), "{epilogue}");
    }

    #[test]
    fn mean_and_variance_of_columns_are_one_step() {
        let plan = plan(|| {
            let (mean, variance) = nn::moments(placeholder::<f32, _>("x", [ANY, 5, 3]), [0, 1]);
            mean + variance
        });
        assert_eq!((count(&plan, "Mean"), plan.matches("_FusedMoments(").count()), (0, 1), "{plan}");
    }

    #[test]
    fn a_product_takes_its_bias_and_relu_along() {
        let layer = |bias: [usize; 1]| {
            let x = placeholder::<f32, _>("x", [ANY, 3]);
            let options = || VariableOptions::new().initializer(ones_initializer());
            let w = crate::get_variable::<f32, _, _>("w", [3, 4], options());
            let b = crate::get_variable::<f32, _, _>("b", bias, options());
            nn::relu(matmul(x, w) + b)
        };
        let fused = plan(|| layer([4]));
        assert_eq!(
            (count(&fused, "_FusedMatMul"), count(&fused, "Relu"), count(&fused, "AddV2")),
            (1, 0, 0),
            "{fused}"
        );
        let broadcast = plan(|| layer([1]));
        assert_eq!((count(&broadcast, "_FusedMatMul"), count(&broadcast, "Chain")), (1, 1), "{broadcast}");
    }

    /// Two convolutions around which a value goes, and the gradient of the first filter.
    fn residual_block(channels: usize) -> (Tensor<f32>, Tensor<f32>) {
        let x = placeholder::<f32, _>("x", [ANY, 8, 8, 4]);
        let variable = |name: &str, shape: &[usize]| {
            let options = VariableOptions::new().initializer(ones_initializer());
            crate::get_variable::<f32, _, _>(name, shape, options)
        };
        let (v, w) = (variable("v", &[3, 3, 4, 4]), variable("w", &[3, 3, 4, channels]));
        let convolved =
            |x, w, b: &str, channels| nn::conv2d(x, w, [1, 1], nn::Padding::Same) + variable(b, &[channels]);
        let inner = nn::relu(convolved(x, v, "b", 4));
        let y = nn::relu(convolved(inner, w, "c", channels) + x);
        (y, crate::gradients(reduce_sum(square(y), ALL), v))
    }

    #[test]
    fn a_convolution_takes_along_what_its_results_are_added_to() {
        let forward = plan(|| residual_block(4).0);
        assert_eq!((count(&forward, "_FusedConv2D"), count(&forward, "Chain")), (2, 0), "{forward}");
        assert!(forward.contains(", plus a residual, then relu"), "{forward}");
        for op in ["Relu", "AddV2", "Conv2D"] {
            assert_eq!(count(&forward, op), 0, "{op}: {forward}");
        }
        let step = plan(|| residual_block(4).1);
        assert_eq!((count(&step, "_FusedConv2D"), count(&step, "Relu"), count(&step, "AddV2")), (2, 0, 0), "{step}");
        // Channels of which there is one are broadcast, which a residual is not.
        let broadcast = plan(|| residual_block(1).0);
        assert!(!broadcast.contains("residual"), "{broadcast}");
    }

    fn weights(name: &str, shape: [usize; 2]) -> crate::Variable<f32> {
        crate::get_variable(name, shape, VariableOptions::new().initializer(ones_initializer()))
    }

    #[test]
    fn weights_are_read_once_and_laid_out_once() {
        let plan = plan(|| {
            let w = weights("w", [30, 30]);
            (0..3).fold(placeholder::<f32, _>("x", [ANY, 30]), |x, _| nn::relu(matmul(x, w)))
        });
        assert_eq!((count(&plan, "ReadVariableOp"), plan.matches("laid out once").count()), (1, 3), "{plan}");
    }

    #[test]
    fn a_variable_that_changes_is_read_before_and_after() {
        let plan = plan(|| {
            let w = weights("w", [3, 3]);
            let before = square(w);
            let changed = crate::control_dependencies([before], || w.assign_add(before));
            before + crate::control_dependencies([changed], || w.read_value())
        });
        assert_eq!(count(&plan, "ReadVariableOp"), 2, "{plan}");
    }

    #[test]
    fn gradients_of_weights_that_steps_share_are_one_sum_and_what_was_fed_gets_none() {
        let plan = plan(|| {
            let (w, x) = (weights("w", [6, 2]), placeholder::<f32, _>("x", [5, 4]));
            let step = |h, _| matmul(concat([x, h], 1), w);
            let h = (0..3).fold(placeholder::<f32, _>("h", [5, 2]), step);
            crate::gradients(reduce_sum(h, ALL), w)
        });
        assert_eq!((count(&plan, "_MatMulSum"), count(&plan, "AddN"), count(&plan, "Slice")), (1, 0, 0), "{plan}");
        assert_eq!(plan.matches("columns 4..6").count(), 2, "{plan}");
    }

    /// The last output of an unrolled layer of long short-term memory, and its kernel.
    fn unrolled(x: Tensor<f32>) -> (Tensor<f32>, crate::Variable<f32>, crate::Variable<f32>) {
        let (w, zeros) = (weights("w", [35, 128]), crate::ops::zeros::<f32, _>([5, 32]));
        let b = crate::get_variable::<f32, _, _>("b", [128], VariableOptions::new().initializer(ones_initializer()));
        let xs: [Tensor<f32>; 10] = crate::ops::unstack(x, 1);
        let (_, h) = xs.into_iter().fold((zeros, zeros), |(c, h), x| {
            let [add, new, keep, show] = crate::ops::split(nn::bias_add(matmul(concat([x, h], 1), w), b), 1);
            let c = c * nn::sigmoid(keep + 1.0) + nn::sigmoid(add) * crate::ops::tanh(new);
            (c, crate::ops::tanh(c) * nn::sigmoid(show))
        });
        (h, w, b)
    }

    #[test]
    fn steps_of_a_recurrent_layer_begin_with_what_is_there_and_store_no_gates() {
        let plan = plan(|| unrolled(placeholder::<f32, _>("x", [5, 10, 3])).0);
        let counts = ["_StackedMatMul", "_MatMulChain", "_FusedMatMul", "ConcatV2", "Split", "Unpack", "Chain"];
        assert_eq!(counts.map(|op| count(&plan, op)), [2, 2, 0, 0, 0, 0, 0], "{plan}");
        assert!(plan.contains("8 slices along axis 1, rows 0..3, with a bias"), "{plan}");
        assert!(plan.contains("rows 3..35, begun with part 7, laid out once"), "{plan}");
    }

    #[test]
    fn gradients_of_a_recurrent_layer_are_joined_where_they_are_computed() {
        let plan = plan(|| {
            let (h, w, b) = unrolled(placeholder::<f32, _>("x", [5, 10, 3]));
            let loss = reduce_sum(square(h), ALL);
            let [of_w, of_b] = crate::gradients(loss, [w, b]);
            reduce_sum(of_w, ALL) + reduce_sum(of_b, ALL)
        });
        // Ten forward, and nine back, since the slope of the last is that of the loss; eight at a time.
        assert_eq!((count(&plan, "_MatMulChain"), count(&plan, "_SumOfRows")), (3, 1), "{plan}");
        assert_eq!((count(&plan, "_MatMulSum"), count(&plan, "AddN"), count(&plan, "Split")), (1, 0, 0), "{plan}");
    }

    #[test]
    fn a_product_its_bias_a_residual_and_an_activation_are_one_step() {
        let plan = plan(|| {
            let (x, w) = (placeholder::<f32, _>("x", [ANY, 40]), weights("w", [40, 40]));
            let b = crate::get_variable::<f32, _, _>("b", [40], VariableOptions::new().initializer(ones_initializer()));
            nn::relu(matmul(x, w) + b + x)
        });
        let counts = ["_MatMulChain", "_FusedMatMul", "Chain", "Relu", "AddV2"].map(|op| count(&plan, op));
        assert_eq!(counts, [1, 0, 0, 0, 0], "{plan}");
    }

    #[test]
    fn what_waits_for_a_product_twice_is_not_joined_with_it() {
        let plan = plan(|| {
            let (x, w) = (placeholder::<f32, _>("x", [5, 40]), weights("w", [40, 40]));
            let y = matmul(x, w);
            // The sum waits for another product of the first result.
            nn::relu(square(y) + matmul(crate::ops::tanh(y), w))
        });
        let counts = ["_MatMulChain", "_FusedMatMul", "Chain"].map(|op| count(&plan, op));
        assert_eq!(counts, [1, 1, 0], "{plan}");
    }

    #[test]
    fn a_step_along_a_product_does_not_store_it() {
        let graph = Graph::new();
        let step = graph.build(|| {
            let (w, x) = (weights("w", [3, 4]), placeholder::<f32, _>("x", [ANY, 3]));
            GradientDescent::new(0.5).minimize(reduce_sum(matmul(x, w), ALL))
        });
        let signature = Signature { fetches: vec![(step.unwrap().node, None)], feeds: Vec::new() };
        let plan = Plan::new(&graph.state(), &signature, &Devices::cpus(1), false, Care::Improved).unwrap().to_string();
        // The product that is left is the forward one.
        assert!(plan.contains("_MatMulApplyGradientDescent(") && count(&plan, "MatMul") == 1, "{plan}");
    }
}
