//! Recurrent layers, whose steps the engine takes apart and together: against a plain reference in `f64`, and against each op by itself.

use ndarray::{ArrayD, IxDyn};
use tf_core::{self as tf, ANY, Graph, Session, SessionOptions, Store, Tensor, nn, placeholder, train::Optimizer};

/// More than go together.
const STEPS: usize = 11;
const FEATURES: usize = 5;

fn variable(name: &str, shape: &[usize]) -> tf::Variable<f32> {
    let initializer = tf::random_normal_initializer().stddev(0.2);
    tf::get_variable(name, shape, tf::VariableOptions::new().initializer(initializer))
}

/// The outputs of a layer of long short-term memory, and its last state.
fn layer(xs: &[Tensor<f32>], mut c: Tensor<f32>, mut h: Tensor<f32>, units: usize) -> (Vec<Tensor<f32>>, Tensor<f32>) {
    let features = xs[0].dim(1);
    let (kernel, bias) = (variable("kernel", &[features + units, 4 * units]), variable("bias", &[4 * units]));
    let mut outputs = Vec::new();
    for &x in xs {
        let gates = nn::bias_add(tf::matmul(tf::concat([x, h], 1), kernel), bias);
        let [add, new, keep, show] = tf::split(gates, 1);
        c = c * nn::sigmoid(keep + 1.0) + nn::sigmoid(add) * tf::tanh(new);
        h = tf::tanh(c) * nn::sigmoid(show);
        outputs.push(h);
    }
    (outputs, c)
}

/// The same in `f64`, of `[batch, steps, features]`: the last output.
fn reference(x: &ArrayD<f32>, c: &ArrayD<f32>, h: &ArrayD<f32>, kernel: &ArrayD<f32>, bias: &ArrayD<f32>) -> Vec<f64> {
    let (batch, units) = (h.shape()[0], h.shape()[1]);
    let mut last = Vec::new();
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    for row in 0..batch {
        let of = |state: &ArrayD<f32>| (0..units).map(|unit| f64::from(state[[row, unit]])).collect::<Vec<f64>>();
        let (mut c, mut h) = (of(c), of(h));
        for step in 0..STEPS {
            let x = (0..FEATURES).map(|feature| f64::from(x[[row, step, feature]]));
            let joined: Vec<f64> = x.chain(h.iter().copied()).collect();
            let gate = |gate: usize, unit: usize| {
                let column = gate * units + unit;
                let products = joined.iter().enumerate().map(|(i, x)| x * f64::from(kernel[[i, column]]));
                products.sum::<f64>() + f64::from(bias[[column]])
            };
            for (unit, c) in c.iter_mut().enumerate() {
                *c = *c * sigmoid(gate(2, unit) + 1.0) + sigmoid(gate(0, unit)) * gate(1, unit).tanh();
            }
            h = (0..units).map(|unit| c[unit].tanh() * sigmoid(gate(3, unit))).collect();
        }
        last.extend(h);
    }
    last
}

fn wave(shape: &[usize], by: f32) -> ArrayD<f32> {
    let mut at = 0.0;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        at += by;
        f32::sin(at)
    })
}

fn value(session: &Session, name: &str) -> ArrayD<f32> {
    session.store().get(name).unwrap().into_array().unwrap()
}

fn furthest<'a>(found: &ArrayD<f32>, want: impl IntoIterator<Item = &'a f64>) -> f64 {
    found.iter().zip(want).map(|(found, want)| (f64::from(*found) - want).abs()).fold(0.0, f64::max)
}

#[test]
fn a_layer_computes_what_the_definition_says() {
    // Gates that are whole registers, and that are not; one row, a few, and more than one thread's.
    for (units, batch) in [(9, 7), (33, 1), (33, 7), (32, 3), (48, 40)] {
        let graph = Graph::new();
        graph.set_random_seed(5);
        let (x, c, h, y) = graph
            .build(|| {
                let x = placeholder::<f32, _>("x", [ANY, STEPS, FEATURES]);
                let [c, h] = ["c", "h"].map(|name| placeholder::<f32, _>(name, [ANY, units]));
                let xs: [Tensor<f32>; STEPS] = tf::unstack(x, 1);
                let (outputs, _) = layer(&xs, c, h, units);
                (x, c, h, outputs[STEPS - 1])
            })
            .unwrap();
        let session = Session::new(&graph).unwrap();
        session.initialize().unwrap();
        let [kernel, bias] = ["kernel", "bias"].map(|name| value(&session, name));
        // Twice, with another batch in between: what was found out for one must not be taken for the other.
        for batch in [batch, batch + 1, batch] {
            let (first, state) = (wave(&[batch, STEPS, FEATURES], 0.7), wave(&[batch, units], 0.3));
            let feeds = [x.feed(&first), c.feed(&state), h.feed(&state)];
            let found = session.run_with(y, &feeds).unwrap();
            let want = reference(&first, &state, &state, &kernel, &bias);
            assert!(furthest(&found, &want) < 2e-6, "{units} units, {batch} rows: {}", furthest(&found, &want));
        }
    }
}

/// A trained layer, on inputs that are slices of one tensor, or placeholders of their own: losses and variables after some steps.
fn trained(slices: bool, layers: usize, by_itself: bool) -> Vec<ArrayD<f32>> {
    const UNITS: usize = 35;
    let graph = Graph::new();
    graph.set_random_seed(3);
    let (xs, loss, step) = graph
        .build(|| {
            let (fed, mut steps): (Vec<Tensor<f32>>, Vec<Tensor<f32>>) = if slices {
                let x = placeholder::<f32, _>("x", [STEPS, ANY, FEATURES]);
                let steps: [Tensor<f32>; STEPS] = tf::unstack(x, 0);
                (vec![x], steps.to_vec())
            } else {
                let one = |step: usize| placeholder::<f32, _>(&format!("x{step}"), [7, FEATURES]);
                let steps: Vec<Tensor<f32>> = (0..STEPS).map(one).collect();
                (steps.clone(), steps)
            };
            for number in 0..layers {
                let zeros = tf::matmul(steps[0], tf::zeros::<f32, _>([steps[0].dim(1), UNITS]));
                let build = |_| layer(&steps, zeros, zeros, UNITS).0;
                steps = tf::variable_scope(format!("layer{number}"), build);
            }
            let loss = tf::reduce_mean(tf::square(tf::add_n(&steps[..])), tf::ALL);
            (fed, loss, tf::train::GradientDescent::new(0.1).minimize(loss))
        })
        .unwrap();
    let options = SessionOptions::new().check_numerics(by_itself);
    let session = Session::with_options(&graph, &Store::new(), options).unwrap();
    session.initialize().unwrap();
    let whole = wave(&[STEPS, 7, FEATURES], 0.7);
    let part = |step: usize| whole.index_axis(ndarray::Axis(0), step).to_owned();
    let feeds: Vec<_> = match &xs[..] {
        [x] => vec![x.feed(&whole)],
        xs => xs.iter().enumerate().map(|(step, x)| x.feed(part(step))).collect(),
    };
    let mut values: Vec<_> = (0..4).map(|_| session.run_with((loss, step), &feeds).unwrap().0).collect();
    assert!(values[3][[]] < values[0][[]], "{} after {}", values[3], values[0]);
    values.extend(session.store().names().iter().map(|name| value(&session, name)));
    values
}

#[test]
fn a_trained_layer_is_what_it_was() {
    for (slices, layers) in [(true, 1), (false, 1), (true, 2)] {
        for (found, want) in trained(slices, layers, false).iter().zip(&trained(slices, layers, true)) {
            let want: Vec<f64> = want.iter().map(|&x| f64::from(x)).collect();
            assert!(furthest(found, &want) < 1e-5, "{slices} {layers}: {found} instead of {want:?}");
        }
    }
}

#[test]
fn inputs_and_a_state_of_different_heights_are_told_as_they_were() {
    let graph = Graph::new();
    let (x, state, cell, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY, STEPS, FEATURES]);
            let [state, cell] = ["state", "cell"].map(|name| placeholder::<f32, _>(name, [ANY, 32]));
            let xs: [Tensor<f32>; STEPS] = tf::unstack(x, 1);
            (x, state, cell, layer(&xs, state, cell, 32).0[STEPS - 1])
        })
        .unwrap();
    let told = |rows: [usize; 2], by_itself: bool| {
        let options = SessionOptions::new().check_numerics(by_itself);
        let session = Session::with_options(&graph, &Store::new(), options).unwrap();
        session.initialize().unwrap();
        let [state, cell] = [(state, rows[0]), (cell, rows[1])].map(|(fed, rows)| fed.feed(wave(&[rows, 32], 0.1)));
        session.run_with(y, &[x.feed(wave(&[3, STEPS, FEATURES], 0.1)), state, cell]).unwrap_err()
    };
    for rows in [[2, 2], [2, 3], [3, 2]] {
        let (found, want) = (told(rows, false), told(rows, true));
        assert_eq!((found.code(), found.node()), (want.code(), want.node()), "{rows:?}");
        assert_eq!(found.to_string(), want.to_string(), "{rows:?}");
    }
}

#[test]
fn products_without_columns_are_empty() {
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [2, STEPS, FEATURES]);
            let options = tf::VariableOptions::new().initializer(tf::ones_initializer());
            let w = tf::get_variable::<f32, _, _>("none", [2 * FEATURES, 0], options);
            let xs: [Tensor<f32>; STEPS] = tf::unstack(x, 1);
            let products: Vec<Tensor<f32>> = xs.iter().map(|&x_t| tf::matmul(tf::concat([x_t, xs[0]], 1), w)).collect();
            (x, tf::concat(&products[..], 1))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let y = session.run_with(y, &[x.feed(wave(&[2, STEPS, FEATURES], 0.1))]).unwrap();
    assert_eq!(y.shape(), [2, 0]);
}
