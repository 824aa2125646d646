//! The filters: layers, and the models made of them.
//!
//! Pictures come as `[batch, height, width, 3]`, red, green and blue between 0 and 1, and leave so.

use ndarray::{Array4, ArrayView4};
use std::{path::Path, rc::Rc};
use tf::{losses, prelude::*};

/// Binomial weights, which come near to a Gauss curve of standard deviation 1. They sum to 1, so grey stays as bright as it was.
const GAUSSIAN: &[f32; 25] = &[
    0.00390625, 0.015625, 0.0234375, 0.015625, 0.00390625, //
    0.015625, 0.0625, 0.09375, 0.0625, 0.015625, //
    0.0234375, 0.09375, 0.140625, 0.09375, 0.0234375, //
    0.015625, 0.0625, 0.09375, 0.0625, 0.015625, //
    0.00390625, 0.015625, 0.0234375, 0.015625, 0.00390625,
];
/// The picture and its difference from its surroundings.
const SHARPEN: &[f32; 9] = &[0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0];
/// Sobel's kernels: the slope to the right, and downwards.
const SLOPE_RIGHT: &[f32; 9] = &[-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0];
const SLOPE_DOWN: &[f32; 9] = &[-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0];
/// The slope away from a light at the top left.
const EMBOSS: &[f32; 9] = &[-1.0, -1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 1.0, 1.0];

/// How often the blur is repeated: sixteen times make a standard deviation of four pixels.
const BLUR_PASSES: usize = 16;

/// Slides one `size` × `size` kernel over each colour by itself.
///
/// The kernel is a variable like any other, so it has a name, and stands in checkpoints; training leaves it alone.
#[variable_scope]
fn each_colour(images: Tensor<f32>, size: usize, kernel: &'static [f32]) -> Tensor<f32> {
    let kernel =
        get_variable!("kernel", [size, size, 1, 1], initializer = constant_initializer(kernel), trainable = false);
    // Broadcasting makes `[size, size, 3, 1]` of it: the same kernel for each of the three colours.
    let kernels = kernel * tf::constant([[1.0f32], [1.0], [1.0]]);
    nn::depthwise_conv2d(images, kernels, [1, 1], Padding::Same)
}

/// Cuts off what is darker than black or brighter than white.
#[variable_scope]
fn as_colours(images: Tensor<f32>) -> Tensor<f32> {
    tf::minimum(tf::maximum(images, 0.0), 1.0)
}

/// A strong blur made of weak ones: each pass reuses the kernel that the first one creates.
#[variable_scope]
fn repeated_blur(images: Tensor<f32>, passes: usize) -> Tensor<f32> {
    let mut blurred = images;
    for _ in 0..passes {
        blurred = variable_scope!("gaussian", reuse = AUTO_REUSE, { each_colour(blurred, 5, GAUSSIAN) });
    }
    blurred
}

/// How steep the colours are, whatever the direction.
#[variable_scope]
fn steepness(images: Tensor<f32>) -> Tensor<f32> {
    let right = variable_scope!("right", { each_colour(images, 3, SLOPE_RIGHT) });
    let down = variable_scope!("down", { each_colour(images, 3, SLOPE_DOWN) });
    tf::sqrt(right * right + down * down)
}

/// A convolution as a network learns it, with weights that keep the size of the values about the same (He et al. 2015).
#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1], bias: f32) -> Tensor<f32> {
    let inputs = kernel_shape[0] * kernel_shape[1] * kernel_shape[2];
    let stddev = (2.0 / inputs as f64).sqrt();
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer().stddev(stddev));
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(bias));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

/// Two convolutions: from three colours to 32 features, and back to three colours around grey.
#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let relu1 = variable_scope!("conv1", { conv_relu(input_images - 0.5, [5, 5, 3, 32], [32], 0.0) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 3], [3], 0.5) })
}

model! {
    /// Softens.
    pub Blur(images: f32[batch, height, width, 3]) -> f32[batch, height, width, 3] {
        with variable_scope("blur") { repeated_blur(images, BLUR_PASSES) }
    }
}

model! {
    /// Makes differences between neighbours larger.
    pub Sharpen(images: f32[batch, height, width, 3]) -> f32[batch, height, width, 3] {
        with variable_scope("sharpen") { as_colours(each_colour(images, 3, SHARPEN)) }
    }
}

model! {
    /// Bright where the colours change, dark where they do not.
    pub Edges(images: f32[batch, height, width, 3]) -> f32[batch, height, width, 3] {
        with variable_scope("edges") { as_colours(steepness(images) * 0.6) }
    }
}

model! {
    /// A relief in grey, lit from the top left.
    pub Emboss(images: f32[batch, height, width, 3]) -> f32[batch, height, width, 3] {
        with variable_scope("emboss") {
            // The middle one of 256 greys.
            let grey = get_variable!("grey", [], initializer = constant_initializer(128.0 / 255.0), trainable = false);
            as_colours(each_colour(images, 3, EMBOSS) + grey)
        }
    }
}

model! {
    /// What an untrained network makes of a picture.
    pub Random(images: f32[batch, height, width, 3]) -> f32[batch, height, width, 3] {
        with variable_scope("model") { as_colours(my_image_filter(images)) }
    }
}

model! {
    /// How far what the filter makes of pictures is from what is wanted, which has no rim as wide as the filter looks: beyond the edge of a
    /// picture is nothing to learn from.
    pub Learn(given: f32[batch, height, width, 3], wanted: f32[batch, ?, ?, 3]) -> f32[] {
        with variable_scope("model") {
            let made = my_image_filter(given);
            let inside = tf::strided_slice(made, [0, RIM, RIM], [tf::OPEN, -RIM, -RIM], [1, 1, 1]);
            losses::mean_squared_error(wanted, inside)
        }
    }
}

model! {
    /// What was learned, to be applied. It has the variables of `Random`, so that one can load what the other saves.
    pub Learned reuse Learn(images: f32[batch, height, width, 3]) -> f32[batch, height, width, 3] {
        with variable_scope("model") { as_colours(my_image_filter(images)) }
    }
}

model! {
    /// Two pictures of any sizes, one filter.
    pub Shared(first: f32[?, ?, ?, 3], second: f32[?, ?, ?, 3]) -> (f32[?, ?, ?, 3], f32[?, ?, ?, 3]) {
        with variable_scope("model") as scope {
            let output1 = as_colours(my_image_filter(first));
            // Without this line rustc refuses the next one: its variables exist.
            scope.reuse_variables();
            let output2 = as_colours(my_image_filter(second));
            (output1, output2)
        }
    }
}

// What rustc counts is a constant of the program: the second picture of `Shared` costs no parameter.
const _: () = assert!(Shared::PARAMETERS == Random::PARAMETERS && Learn::PARAMETERS == Random::PARAMETERS);

/// A filter that can be chosen by its name.
pub struct Filter {
    /// As in `--filter blur`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// How many pixels away from a pixel its new colour may come from.
    pub reach: usize,
    /// Builds its model.
    pub build: fn(Start<'_>) -> tf::Result<Built>,
}

/// Where the variables of a filter have their first values from.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Their initializers; the seed decides what random ones draw.
    Seed(u64),
    /// A file that was saved. No initializer is run then.
    File(&'a Path),
}

/// A built filter.
pub struct Built {
    /// The table of its variables.
    pub summary: tf::Summary,
    /// What it is made of, to be drawn.
    pub graph: Graph,
    /// Runs it on a batch of pictures.
    pub run: Box<Run>,
    /// Writes its variables into a file.
    pub save: Box<Save>,
}

/// From pictures to filtered pictures of the same sizes.
type Run = dyn Fn(ArrayView4<'_, f32>) -> tf::Result<Array4<f32>>;

/// From a file to what is written there.
type Save = dyn Fn(&Path) -> tf::Result<()>;

/// Each model is a type of its own; behind a function they are alike, and stand in one list.
macro_rules! build {
    ($model:ident) => {
        |start| {
            let model = Rc::new(match start {
                Start::Seed(seed) => $model::init(seed)?,
                Start::File(file) => $model::load(file)?,
            });
            let saved = model.clone();
            Ok(Built {
                summary: model.summary(),
                graph: model.instance().graph().clone(),
                run: Box::new(move |images| model.run(images)),
                save: Box::new(move |file| saved.save(file)),
            })
        }
    };
}

/// How far two 5×5 convolutions reach.
pub const RANDOM_REACH: usize = 4;
const RIM: isize = RANDOM_REACH as isize;

/// The name of the filter whose weights are saved and loaded.
pub const RANDOM: &str = "random";

/// Every filter of one photograph.
pub const FILTERS: [Filter; 5] = [
    Filter { name: "blur", about: "a 5×5 gaussian, sixteen times", reach: 2 * BLUR_PASSES, build: build!(Blur) },
    Filter { name: "sharpen", about: "each pixel away from its neighbours", reach: 1, build: build!(Sharpen) },
    Filter { name: "edges", about: "the slope of the colours, after Sobel", reach: 1, build: build!(Edges) },
    Filter { name: "emboss", about: "a grey relief", reach: 1, build: build!(Emboss) },
    Filter { name: RANDOM, about: "two untrained layers", reach: RANDOM_REACH, build: build!(Random) },
];
