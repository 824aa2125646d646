//! Losses against TensorFlow's numbers (`tests/parity/losses.json`), and in checked models.

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf::losses::{self, Reduction};
use tf::prelude::*;

fn recorded() -> Vec<Json> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/losses.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is a list")
}

fn array(json: &Json) -> ArrayD<f32> {
    let sizes: Vec<usize> =
        json["shape"].as_array().expect("a shape").iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let data = json["data"].as_array().expect("data").iter().map(|x| x.as_f64().unwrap() as f32).collect();
    ArrayD::from_shape_vec(IxDyn(&sizes), data).expect("as many numbers as the shape says")
}

fn reduction(name: &str) -> Reduction {
    match name {
        "none" => Reduction::None,
        "sum" => Reduction::Sum,
        "mean" => Reduction::Mean,
        "sum_over_batch_size" => Reduction::SumOverBatchSize,
        "sum_by_nonzero_weights" => Reduction::SumByNonzeroWeights,
        other => panic!("a reduction {other}"),
    }
}

#[track_caller]
fn assert_near(found: &ArrayD<f32>, wanted: &ArrayD<f32>, of: &str) {
    assert_eq!(found.shape(), wanted.shape(), "{of}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= 4e-6 * wanted.abs().max(0.1), "{of}: {found} instead of {wanted}");
    }
}

#[test]
fn losses_and_their_gradients_are_tensorflows() -> tf::Result<()> {
    for (case, known) in recorded().iter().flat_map(|case| [(case, true), (case, false)]) {
        let (name, attrs) = (case["loss"].as_str().unwrap(), &case["attrs"]);
        let what = format!("{name}/{}, shapes known: {known}", case["case"].as_str().unwrap());
        let number = |key: &str| attrs[key].as_f64().unwrap();
        let (labels, predictions) = (array(&case["labels"]), array(&case["predictions"]));
        let value = array(&case["value"]);
        let graph = Graph::new();
        let (z, x, loss, by_x, collected) = graph.build(|| {
            let shape = |array: &ArrayD<f32>| if known { Shape::of(array.shape()) } else { Shape::UNKNOWN };
            let z = tf::placeholder::<f32, _>("labels", shape(&labels));
            let x = tf::placeholder::<f32, _>("predictions", shape(&predictions));
            let w = tf::constant_array::<f32, _, _>(&array(&case["weights"]));
            let by = reduction(case["reduction"].as_str().unwrap());
            let loss = match name {
                "absolute_difference" => losses::absolute_difference_with(z, x, w, by),
                "mean_squared_error" => losses::mean_squared_error_with(z, x, w, by),
                "huber_loss" => losses::huber_loss_with(z, x, number("delta"), w, by),
                "hinge_loss" => losses::hinge_loss_with(z, x, w, by),
                "log_loss" => losses::log_loss_with(z, x, number("epsilon"), w, by),
                "cosine_distance" => losses::cosine_distance_with(z, x, number("axis") as i32, w, by),
                "softmax_cross_entropy" => losses::softmax_cross_entropy_with(z, x, number("label_smoothing"), w, by),
                "sparse_softmax_cross_entropy" => {
                    losses::sparse_softmax_cross_entropy_with(tf::cast::<i32, _>(z), x, w, by)
                }
                "sigmoid_cross_entropy" => losses::sigmoid_cross_entropy_with(z, x, number("label_smoothing"), w, by),
                "softmax_cross_entropy_with_logits" => nn::softmax_cross_entropy_with_logits(z, x),
                "sparse_softmax_cross_entropy_with_logits" => {
                    nn::sparse_softmax_cross_entropy_with_logits(tf::cast::<i64, _>(z), x)
                }
                "sigmoid_cross_entropy_with_logits" => nn::sigmoid_cross_entropy_with_logits(z, x),
                other => panic!("a loss {other}"),
            };
            let slopes: Vec<f32> = (0..value.len()).map(|i| ((i * 5 + 3) % 9) as f32 / 4.0 - 1.0).collect();
            let slopes = ArrayD::from_shape_vec(value.shape(), slopes).expect("a slope for each element");
            let by_x = tf::gradients_with(loss, tf::constant_array::<f32, _, _>(&slopes), x);
            (z, x, loss, by_x, tf::get_collection::<Tensor<f32>>(collection::LOSSES).len())
        })?;
        assert_eq!(collected, usize::from(!name.ends_with("_with_logits")), "{what}");
        let session = Session::new(&graph)?;
        let (found, by_x) = session.run_with((loss, by_x), &[z.feed(&labels), x.feed(&predictions)])?;
        assert_near(&found, &value, &what);
        assert_near(&by_x, &array(&case["gradient"]), &format!("gradient of {what}"));
    }
    Ok(())
}

#[test]
fn plain_losses_are_those_of_weight_one() -> tf::Result<()> {
    let graph = Graph::new();
    let all = graph.build(|| {
        let z = tf::constant([[0.0f32, 1.0], [1.0, 0.0]]);
        let x = tf::constant([[0.25f32, 0.5], [0.75, 0.125]]);
        let (one, by) = (tf::constant(1.0f32), Reduction::SumByNonzeroWeights);
        [
            [losses::absolute_difference(z, x), losses::absolute_difference_with(z, x, one, by)],
            [losses::mean_squared_error(z, x), losses::mean_squared_error_with(z, x, one, by)],
            [losses::huber_loss(z, x, 0.3), losses::huber_loss_with(z, x, 0.3, one, by)],
            [losses::hinge_loss(z, x), losses::hinge_loss_with(z, x, one, by)],
            [losses::log_loss(z, x, 1e-7), losses::log_loss_with(z, x, 1e-7, one, by)],
            [losses::cosine_distance(z, x, 0), losses::cosine_distance_with(z, x, 0, one, by)],
            [losses::softmax_cross_entropy(z, x), losses::softmax_cross_entropy_with(z, x, 0.0, one, by)],
            [losses::sigmoid_cross_entropy(z, x), losses::sigmoid_cross_entropy_with(z, x, 0.0, one, by)],
        ]
    })?;
    for [plain, with] in Session::new(&graph)?.run(all)? {
        assert_eq!(plain, with);
    }
    Ok(())
}

/// How many elements count, whatever shape the weights broadcast from, and which of the sizes are known before.
#[test]
fn losses_are_divided_by_what_their_weights_stand_for() -> tf::Result<()> {
    let losses = ArrayD::from_shape_fn(IxDyn(&[2, 3]), |at| (1 + at[0] * 3 + at[1]) as f32);
    let weights: [(&[usize], &[f32]); 6] = [
        (&[], &[2.0]),
        (&[], &[0.0]),
        (&[1, 1], &[3.0]),
        (&[2, 1], &[0.0, 2.0]),
        (&[1, 3], &[1.0, 0.0, 4.0]),
        (&[2, 3], &[0.0, 1.0, 2.0, 0.0, 0.0, 0.5]),
    ];
    let by = [Reduction::Sum, Reduction::Mean, Reduction::SumOverBatchSize, Reduction::SumByNonzeroWeights];
    for (shape, of) in weights {
        let of = ArrayD::from_shape_vec(IxDyn(shape), of.to_vec()).expect("a weight for each element");
        let each = of.broadcast(losses.dim()).expect("weights of losses");
        let sum: f32 = (&losses * &each).sum();
        let counts = [1.0, each.sum(), 6.0, each.iter().filter(|&&weight| weight != 0.0).count() as f32];
        let want = counts.map(|count| if count == 0.0 { 0.0 } else { sum / count });
        for known in [true, false] {
            let graph = Graph::new();
            let (x, w, found) = graph.build(|| {
                let shape = |array: &ArrayD<f32>| if known { Shape::of(array.shape()) } else { Shape::UNKNOWN };
                let x = tf::placeholder::<f32, _>("losses", shape(&losses));
                let w = tf::placeholder::<f32, _>("weights", shape(&of));
                (x, w, by.map(|by| losses::compute_weighted_loss(x, w, by)))
            })?;
            let found = Session::new(&graph)?.run_with(found, &[x.feed(&losses), w.feed(&of)])?.map(|loss| loss[[]]);
            assert_eq!(found, want, "weights {of}");
        }
    }
    Ok(())
}

/// Nothing to be divided by: there are no elements.
#[test]
fn the_loss_of_nothing_is_zero() -> tf::Result<()> {
    let graph = Graph::new();
    let found = graph.build(|| {
        let (none, no_rows) = (tf::zeros::<f32, _>([0, 3]), tf::zeros::<f32, _>([0, 1]));
        [Reduction::Mean, Reduction::SumOverBatchSize, Reduction::SumByNonzeroWeights]
            .map(|by| [losses::compute_weighted_loss(none, 2.0, by), losses::compute_weighted_loss(none, no_rows, by)])
    })?;
    assert!(Session::new(&graph)?.run(found)?.as_flattened().iter().all(|loss| loss[[]] == 0.0));
    Ok(())
}

#[test]
fn pairs_that_are_alike_come_together_and_others_part_up_to_a_margin() -> tf::Result<()> {
    let graph = Graph::new();
    let (loss, slope) = graph.build(|| {
        let a = tf::constant([[1.0f64, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        let b = tf::constant([[0.0f64, 2.0], [1.0, 0.5], [5.0, 0.0], [1.0, 1.0]]);
        let alike = tf::constant([1.0f64, 0.0, 0.0, 0.0]);
        let loss = losses::contrastive_loss_with(alike, a, b, 2.0, 1.0, Reduction::None);
        (loss, tf::gradients(loss, a))
    })?;
    let (loss, slope) = Session::new(&graph)?.run((loss, slope))?;
    let want = [5.0, 1.5f64.powi(2), 0.0, (2.0 - 1e-6f64).powi(2)];
    for (found, want) in loss.iter().zip(want) {
        assert!((found - want).abs() < 1e-9, "{found} for {want}");
    }
    let want = [2.0, -4.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0];
    for (found, want) in slope.iter().zip(want) {
        assert!((found - want).abs() < 1e-9, "{slope}");
    }
    Ok(())
}

#[test]
fn labels_of_another_shape_are_a_mistake_not_broadcast() {
    let error = Graph::new()
        .build(|| losses::mean_squared_error(tf::constant([1.0f32, 2.0]), tf::constant([[1.0f32], [2.0]])))
        .unwrap_err();
    assert_eq!(error.code(), "E-SHAPED-AS");
    let graph = Graph::new();
    let (x, loss) = graph
        .build(|| {
            let x = tf::placeholder::<f32, _>("x", Shape::UNKNOWN);
            (x, losses::absolute_difference(tf::constant([1.0f32, 2.0]), x))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let error = session.run_with(loss, &[x.feed(ndarray::arr2(&[[1.0f32], [2.0]]))]).unwrap_err();
    assert_eq!(error.code(), "E-SHAPED-AS");
    let error = Graph::new().build(|| losses::total_loss::<f32>(true)).unwrap_err();
    assert_eq!(error.code(), "E-NO-LOSS");
    let graph = Graph::new();
    let loss = graph.build(|| {
        nn::sparse_softmax_cross_entropy_with_logits(tf::constant([0, 3]), tf::constant([[1.0f32, 2.0], [3.0, 4.0]]))
    });
    let error = Session::new(&graph).unwrap().run(loss.unwrap()).unwrap_err();
    assert_eq!(error.code(), "E-INDEX-RANGE");
}

#[variable_scope]
fn logits_of(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [x.dim(1), 3], initializer = zeros_initializer(), regularizer = l2_regularizer(0.1));
    tf::matmul(x, w)
}

/// A step of gradient descent within a layer: gradients in both worlds.
#[variable_scope]
fn step_on(x: Tensor<f32>, labels: Tensor<i64>) -> (Tensor<f32>, Tensor<f32>) {
    let w = get_variable!("w", [4, 3], initializer = zeros_initializer());
    let loss = losses::sparse_softmax_cross_entropy(labels, tf::matmul(x, w));
    let slope = tf::gradients(loss, w);
    let (by_x, by_w) = tf::gradients_with(loss, tf::constant(2.0), (x, w));
    let unused = tf::gradients_or_zeros(loss, (tf::zeros::<f32, _>([2, 2]), w));
    let (_, again) = unused;
    (slope + by_w * 0.0 + again * 0.0, by_x)
}

model! {
    /// A classifier with its loss.
    Classifier(x: f32[batch, 4], labels: i64[batch]) -> (f32[], f32[]) {
        let logits = with variable_scope("dense") { logits_of(x) };
        let loss = losses::sparse_softmax_cross_entropy(labels, logits);
        (loss, losses::total_loss(true))
    }
}

model! {
    /// Its gradients.
    Slopes(x: f32[5, 4], labels: i64[5]) -> (f32[4, 3], f32[5, 4]) {
        step_on(x, labels)
    }
}

#[test]
fn losses_and_gradients_are_followed_by_rustc() -> tf::Result<()> {
    assert_eq!(Classifier::PARAMETERS, 12);
    let x = ndarray::Array2::from_shape_fn((5, 4), |(i, j)| (i * 4 + j) as f32 * 0.1 - 1.0);
    let labels = ndarray::arr1(&[0i64, 1, 2, 1, 0]);
    let (loss, total) = Classifier::init(1)?.run(&x, &labels)?;
    assert!((loss[[]] - 3.0f32.ln()).abs() < 1e-6);
    // The weights are zeros: their regularizer adds nothing.
    assert_eq!(loss, total);
    let (slope, _) = Slopes::init(1)?.run(&x, &labels)?;
    let mut want = ndarray::Array2::<f32>::zeros((4, 3));
    for (row, &label) in x.outer_iter().zip(&labels) {
        for class in 0..3 {
            let part = (1.0 / 3.0 - f32::from(u8::from(class as i64 == label))) / 5.0;
            want.column_mut(class).scaled_add(part, &row);
        }
    }
    assert!((&slope - &want).iter().all(|x| x.abs() < 1e-6), "{slope} for {want}");
    Ok(())
}
