//! Rows of images: the guide's filter and its steps, convolutions.

use crate::row::{Ready, array, computing, feeding, random};
use tf::{prelude::*, train::Optimizer};

/// The row of this name, if it is one of images.
pub fn row(name: &str) -> tf::Result<Option<Ready>> {
    if let Some(sizes) = name.strip_prefix("filter_step_") {
        return step(sizes_of(sizes)).map(Some);
    }
    if let Some(sizes) = name.strip_prefix("filter_") {
        return forward(sizes_of(sizes)).map(Some);
    }
    let call = match name {
        "conv3x3_b1" => convolution([1, 56, 56, 64], [3, 3, 64, 64], 1),
        "conv3x3_b8" => convolution([8, 56, 56, 64], [3, 3, 64, 64], 1),
        "conv1x1" => convolution([8, 56, 56, 256], [1, 1, 256, 64], 1),
        "conv7x7_stem" => convolution([4, 224, 224, 3], [7, 7, 3, 64], 2),
        "depthwise3x3" => computing(|| {
            let (x, w) = (random("x", [8, 56, 56, 128], 1.0), random("w", [3, 3, 128, 1], 0.05));
            nn::depthwise_conv2d(x, w, [1, 1], Padding::Same)
        }),
        "conv2d_transpose" => computing(|| {
            let (x, w) = (random("x", [8, 28, 28, 64], 1.0), random("w", [4, 4, 32, 64], 0.05));
            nn::conv2d_transpose(x, w, [2, 2], Padding::Same)
        }),
        _ => return Ok(None),
    };
    call.map(Some)
}

/// `1x28x28x1`.
fn sizes_of(text: &str) -> [usize; 4] {
    let mut sizes = text.split('x').filter_map(|size| size.parse().ok());
    std::array::from_fn(|_| sizes.next().unwrap_or(1))
}

/// One layer of the guide's filter.
#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer().stddev(0.05));
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

/// The guide's filter.
#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let channels = input_images.dim(3);
    let relu1 = variable_scope!("conv1", { conv_relu(input_images, [5, 5, channels, 32], [32]) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 32], [32]) })
}

fn forward(sizes: [usize; 4]) -> tf::Result<Ready> {
    feeding(|| {
        let x = tf::placeholder::<f32, _>("x", [tf::ANY, sizes[1], sizes[2], sizes[3]]);
        (my_image_filter(x), vec![x.feed(array(sizes))])
    })
}

fn step(sizes: [usize; 4]) -> tf::Result<Ready> {
    let [n, height, width, channels] = sizes;
    feeding(|| {
        let x = tf::placeholder::<f32, _>("x", [tf::ANY, height, width, channels]);
        let target = tf::placeholder::<f32, _>("target", [tf::ANY, height, width, 32]);
        let loss = tf::reduce_mean(tf::square(my_image_filter(x) - target), tf::ALL);
        let step = tf::train::GradientDescent::new(0.01).minimize(loss);
        ((loss, step), vec![x.feed(array(sizes)), target.feed(array([n, height, width, 32]))])
    })
}

fn convolution(images: [usize; 4], kernel: [usize; 4], stride: usize) -> tf::Result<Ready> {
    computing(|| {
        let (x, w) = (random("x", images, 1.0), random("w", kernel, 0.05));
        nn::conv2d(x, w, [stride, stride], Padding::Same)
    })
}
