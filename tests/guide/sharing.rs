//! "Sharing variables": by handing them on, and by scopes.

use crate::{known, names, started};
use ndarray::{Array4, ArrayD};
use tf::{Result, VariableOptions, prelude::*};

#[variable_scope]
fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
    let weights = get_variable!("weights", kernel_shape, initializer = random_normal_initializer());
    let biases = get_variable!("biases", bias_shape, initializer = constant_initializer(0.0));
    let conv = nn::conv2d(input, weights, [1, 1], Padding::Same);
    nn::relu(conv + biases)
}

#[variable_scope]
fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
    let relu1 = variable_scope!("conv1", { conv_relu(input_images, [5, 5, 1, 32], [32]) });
    variable_scope!("conv2", { conv_relu(relu1, [5, 5, 32, 32], [32]) })
}

// The two ways to share.

/// The first way to share: variables as arguments.
#[variable_scope]
fn filtered(input: Tensor<f32>, weights: Variable<f32>, biases: Variable<f32>) -> Tensor<f32> {
    nn::relu(nn::conv2d(input, weights, [1, 1], Padding::Same) + biases)
}

model! {
    /// Two images through one filter that is passed around.
    ByArgument(image1: f32[1, 4, 4, 1], image2: f32[1, 4, 4, 1]) -> (f32[1, 4, 4, 2], f32[1, 4, 4, 2]) {
        let weights = get_variable!("weights", [3, 3, 1, 2]);
        let biases = get_variable!("biases", [2], initializer = zeros_initializer());
        (filtered(image1, weights, biases), filtered(image2, weights, biases))
    }
}

#[test]
fn variables_are_shared_by_passing_them() -> Result<()> {
    assert_eq!(ByArgument::PARAMETERS, 3 * 3 * 2 + 2);
    let image = Array4::from_shape_fn((1, 4, 4, 1), |(_, y, x, _)| (y * x) as f32);
    let (first, second) = ByArgument::init(7)?.run(&image, &image)?;
    assert_eq!(first, second);
    Ok(())
}

/// The second way: the scope decides what a function that says nothing of sharing does with its variables (R3, R4, R5).
#[test]
fn scopes_control_reuse_of_functions_that_use_variables_implicitly() -> Result<()> {
    let implicit = || -> Tensor<f32> { tf::get_variable("v", [2], VariableOptions::new()) * 2.0 };
    let within = |reuse: Reuse| move || tf::variable_scope(tf::scope("scope").reuse(reuse), |_| implicit());
    let graph = Graph::new();
    assert_eq!(graph.build(within(Reuse::Yes)).unwrap_err().code(), "E-REUSE-MISSING");
    graph.build(within(AUTO_REUSE))?;
    assert_eq!(graph.build(within(Reuse::Inherit)).unwrap_err().code(), "E-EXISTS");
    graph.build(within(Reuse::Yes))?;
    graph.build(within(AUTO_REUSE))?;
    assert_eq!(names(&graph), ["scope/v"]);
    Ok(())
}

/// "name your variables in a hierarchical and understandable way" (S4).
#[test]
fn scopes_name_variables_hierarchically() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        variable_scope("encoder", |_| {
            for layer in 0..2 {
                variable_scope(format!("layer_{layer}"), |_| {
                    let _w: Variable<f32> = get_variable!("weights", [2]);
                });
            }
        });
        variable_scope("decoder", |_| {
            let _w: Variable<f32> = get_variable!("weights", [2]);
        });
    })?;
    assert_eq!(names(&graph), ["encoder/layer_0/weights", "encoder/layer_1/weights", "decoder/weights"]);
    Ok(())
}

// A convolutional layer.

#[test]
fn a_layer_makes_variables_of_short_names() -> Result<()> {
    let graph = Graph::new();
    let y = graph.build(|| conv_relu(tf::zeros([1, 4, 4, 1]), [5, 5, 1, 32], [32]))?;
    assert_eq!(y.shape().to_string(), "[1, 4, 4, 32]");
    assert_eq!(names(&graph), ["weights", "biases"]);
    Ok(())
}

/// One element of a convolution with padding, in f64 and as plainly as it is defined.
fn convolved(image: &Array4<f32>, weights: &ArrayD<f32>, [y, x, output]: [usize; 3]) -> f64 {
    let (height, width) = (image.dim().1, image.dim().2);
    let pixel = |row: usize, column: usize| {
        let inside = |at: usize, size: usize| at.checked_sub(2).filter(|at| *at < size);
        Some(f64::from(image[[0, inside(y + row, height)?, inside(x + column, width)?, 0]]))
    };
    let products = (0..25).map(|i| {
        let (row, column) = (i / 5, i % 5);
        pixel(row, column).unwrap_or(0.0) * f64::from(weights[[row, column, 0, output]])
    });
    products.sum()
}

/// The listing computes what it says: normal weights, biases of zero, a padded convolution, and nothing below zero.
#[test]
fn the_layer_is_a_convolution_a_bias_and_a_relu() -> Result<()> {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let image = Array4::from_shape_fn((1, 6, 7, 1), |(_, y, x, _)| ((y * 5 + x * 3) % 7) as f32 - 3.0);
    let (input, y) = graph.build(|| {
        let input = tf::placeholder::<f32, _>("image", [1, 6, 7, 1]);
        (input, conv_relu(input, [5, 5, 1, 32], [32]))
    })?;
    let session = started(&graph)?;
    let weights: ArrayD<f32> = session.store().get("weights")?.into_array()?;
    assert!(session.store().get("biases")?.as_slice::<f32>().is_some_and(|biases| biases == [0.0; 32]));
    let (mean, square) = weights.iter().fold((0.0, 0.0), |(sum, squares), &w| (sum + w, squares + w * w));
    assert!((mean / 800.0).abs() < 0.15 && (square / 800.0 - 1.0).abs() < 0.2, "800 values of a normal distribution");
    let biases: Vec<f32> = (0..32).map(|i| i as f32 / 4.0 - 4.0).collect();
    session.store().set("biases", tf::IntoValue::<f32>::into_value(biases.clone()))?;
    let found = session.run_with(y, &[input.feed(image.clone())])?;
    let mut cut = 0;
    for (at, found) in found.indexed_iter() {
        let wanted = convolved(&image, &weights, [at[1], at[2], at[3]]) + f64::from(biases[at[3]]);
        assert!((f64::from(*found) - wanted.max(0.0)).abs() < 1e-4, "{at:?}: {found} is not {wanted}");
        cut += usize::from(wanted < 0.0);
    }
    assert!(cut > 100, "there is something to cut");
    Ok(())
}

/// In a model, rustc refuses the same: `tests/ui/conv_relu_called_twice.rs`.
#[test]
fn the_same_layer_twice_in_one_scope_fails() {
    let graph = Graph::new();
    let error = graph
        .build(|| {
            let x = conv_relu(tf::zeros([1, 4, 4, 1]), [5, 5, 1, 32], [32]);
            conv_relu(x, [5, 5, 32, 32], [32])
        })
        .unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-EXISTS", Some("weights")));
    // The graph is as it was, so that it can be tried again.
    assert!(names(&graph).is_empty());
}

/// The guide's first call, word for word: 32 channels and a kernel for one are a convolution in 32 groups. It is the second that fails.
#[test]
fn the_guides_example_that_fails_fails_at_its_second_line() {
    let graph = Graph::new();
    let first = || conv_relu(tf::random_normal([1, 10, 10, 32], 0.0, 1.0), [5, 5, 1, 32], [32]);
    let shape = graph.build(first).map(|x| x.shape().to_string());
    assert_eq!(shape.as_deref().ok(), Some("[1, 10, 10, 32]"));
    let second = Graph::new().build(|| conv_relu(first(), [5, 5, 32, 32], [32]));
    assert_eq!(second.unwrap_err().variable(), Some("weights"));
}

const FOUR: [&str; 4] = ["model/conv1/weights", "model/conv1/biases", "model/conv2/weights", "model/conv2/biases"];

#[test]
fn scopes_give_each_call_variables_of_its_own() -> Result<()> {
    let graph = Graph::new();
    let _filtered = graph.build(|| my_image_filter(tf::zeros([1, 4, 4, 1])))?;
    assert_eq!(names(&graph), FOUR.map(|name| name.trim_start_matches("model/")));
    Ok(())
}

// The three forms that share all four.

model! {
    /// By a scope of the same name.
    ByName(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1]) -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32]) {
        let output1 = with variable_scope("model") { my_image_filter(image1) };
        let output2 = with variable_scope("model", reuse = true) { my_image_filter(image2) };
        (output1, output2)
    }
}

model! {
    /// By telling the scope.
    ByReuseVariables(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1]) -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32]) {
        with variable_scope("model") as scope {
            let output1 = my_image_filter(image1);
            scope.reuse_variables();
            let output2 = my_image_filter(image2);
            (output1, output2)
        }
    }
}

model! {
    /// By the scope as an object.
    ByObject(image1: f32[1, 10, 10, 1], image2: f32[1, 20, 20, 1]) -> (f32[1, 10, 10, 32], f32[1, 20, 20, 32]) {
        let (output1, scope) = with variable_scope("model") as scope { (my_image_filter(image1), scope) };
        let output2 = with variable_scope(scope, reuse = true) { my_image_filter(image2) };
        (output1, output2)
    }
}

/// The variables are the guide's four, in both worlds, and the outputs have the names that TensorFlow gives their ops.
macro_rules! shares {
    ($model:ty, $first:literal, $second:literal) => {
        assert_eq!(known(<$model>::VARIABLES), FOUR);
        assert_eq!(<$model>::PARAMETERS, 5 * 5 * 32 + 32 + 5 * 5 * 32 * 32 + 32);
        assert!(<$model>::VARIABLES.iter().all(|variable| variable.calls == 2));
        let graph = Graph::new();
        let (first, second) = graph.build(|| <$model>::graph(tf::zeros([1, 10, 10, 1]), tf::zeros([1, 20, 20, 1])))?;
        shared(&graph, (first, $first), (second, $second));
    };
}

/// The graph has the guide's four variables, and two outputs of these names.
fn shared(graph: &Graph, (first, first_name): (Tensor<f32>, &str), (second, second_name): (Tensor<f32>, &str)) {
    assert_eq!(names(graph), FOUR);
    assert_eq!(graph.name_of(first).as_deref(), Some(first_name));
    assert_eq!(graph.name_of(second).as_deref(), Some(second_name));
    let shapes = [first, second].map(|output| output.shape().to_string());
    assert_eq!(shapes, ["[1, 10, 10, 32]", "[1, 20, 20, 32]"]);
}

#[test]
fn a_scope_of_the_same_name_that_reuses_shares() -> Result<()> {
    shares!(ByName, "model/conv2/Relu", "model_1/conv2/Relu");
    Ok(())
}

#[test]
fn a_scope_that_is_told_to_reuse_shares() -> Result<()> {
    shares!(ByReuseVariables, "model/conv2/Relu", "model/conv2_1/Relu");
    Ok(())
}

#[test]
fn a_scope_object_entered_again_shares() -> Result<()> {
    shares!(ByObject, "model/conv2/Relu", "model_1/conv2/Relu");
    Ok(())
}

/// The same three without macros, of a layer that is a plain function too.
#[test]
fn plain_functions_share_in_the_same_three_ways() -> Result<()> {
    fn conv_relu(input: Tensor<f32>, kernel_shape: [usize; 4], bias_shape: [usize; 1]) -> Tensor<f32> {
        let options = VariableOptions::new;
        let weights = tf::get_variable("weights", kernel_shape, options().initializer(random_normal_initializer()));
        let biases = tf::get_variable("biases", bias_shape, options().initializer(constant_initializer(0.0)));
        nn::relu(nn::conv2d(input, weights, [1, 1], Padding::Same) + biases)
    }
    fn my_image_filter(input_images: Tensor<f32>) -> Tensor<f32> {
        let relu1 = tf::variable_scope("conv1", |_| conv_relu(input_images, [5, 5, 1, 32], [32]));
        tf::variable_scope("conv2", |_| conv_relu(relu1, [5, 5, 32, 32], [32]))
    }
    let inputs = || -> (Tensor<f32>, Tensor<f32>) { (tf::zeros([1, 10, 10, 1]), tf::zeros([1, 20, 20, 1])) };

    let by_name = Graph::new();
    let (first, second) = by_name.build(|| {
        let (input1, input2) = inputs();
        let output1 = tf::variable_scope("model", |_| my_image_filter(input1));
        (output1, tf::variable_scope(tf::scope("model").reuse(true), |_| my_image_filter(input2)))
    })?;
    shared(&by_name, (first, "model/conv2/Relu"), (second, "model_1/conv2/Relu"));

    let by_reuse_variables = Graph::new();
    let (first, second) = by_reuse_variables.build(|| {
        let (input1, input2) = inputs();
        tf::variable_scope("model", |scope| {
            let output1 = my_image_filter(input1);
            scope.reuse_variables();
            (output1, my_image_filter(input2))
        })
    })?;
    shared(&by_reuse_variables, (first, "model/conv2/Relu"), (second, "model/conv2_1/Relu"));

    let by_object = Graph::new();
    let (first, second) = by_object.build(|| {
        let (input1, input2) = inputs();
        let (output1, scope) = tf::variable_scope("model", |scope| (my_image_filter(input1), scope));
        (output1, tf::variable_scope(tf::scope(scope).reuse(true), |_| my_image_filter(input2)))
    })?;
    shared(&by_object, (first, "model/conv2/Relu"), (second, "model_1/conv2/Relu"));
    Ok(())
}

/// "depending on exact string names of scopes can feel dangerous": elsewhere, the name is another scope's, and the object still leads
/// to its own (S6).
#[test]
fn an_object_finds_its_scope_from_anywhere() -> Result<()> {
    let graph = Graph::new();
    let scope = graph.build(|| {
        tf::variable_scope("model", |scope| {
            let _output = my_image_filter(tf::zeros([1, 4, 4, 1]));
            scope
        })
    })?;
    let elsewhere = |shares: &dyn Fn() -> Tensor<f32>| graph.build(|| tf::variable_scope("elsewhere", |_| shares()));
    let by_name = || tf::variable_scope(tf::scope("model").reuse(true), |_| my_image_filter(tf::zeros([1, 4, 4, 1])));
    let by_object = || tf::variable_scope(tf::scope(scope).reuse(true), |_| my_image_filter(tf::zeros([1, 4, 4, 1])));
    let error = elsewhere(&by_name).unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-REUSE-MISSING", Some("elsewhere/model/conv1/weights")));
    elsewhere(&by_object)?;
    assert_eq!(names(&graph), FOUR);
    Ok(())
}

/// What is shared has one value: both outputs follow it.
#[test]
fn both_outputs_follow_one_variable() -> Result<()> {
    let model = ByName::init(42)?;
    let (image1, image2) = (Array4::ones((1, 10, 10, 1)), Array4::ones((1, 20, 20, 1)));
    let (before1, before2) = model.run(&image1, &image2)?;
    // Away from the border every pixel of either image sees the same neighbours.
    assert_eq!(before1[[0, 5, 5, 0]], before2[[0, 9, 9, 0]]);
    assert!(before1.iter().any(|x| *x > 0.0));
    model.set("model/conv2/weights", ArrayD::<f32>::zeros(vec![5, 5, 32, 32]))?;
    model.set("model/conv2/biases", ArrayD::<f32>::from_elem(vec![32], 2.0))?;
    let (after1, after2) = model.run(&image1, &image2)?;
    assert!(after1.iter().chain(&after2).all(|x| *x == 2.0));
    Ok(())
}
