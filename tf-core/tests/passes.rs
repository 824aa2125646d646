//! What a session computes with passes over its plans, against each op by itself: the same bits, the same mistakes.

use ndarray::{ArrayD, Dimension, IxDyn};
use proptest::prelude::*;
use tf_core::{self as tf, ANY, Graph, Session, SessionOptions, Store, Tensor, nn, placeholder};

/// One step of a random program: which op, and on which of the tensors so far.
type Instruction = (u8, usize, usize);

/// Two sessions with the same variables, which have their first values: with passes, and each op by itself.
fn with_and_without_passes(graph: &Graph) -> [Session; 2] {
    let store = Store::new();
    let improved = Session::with_options(graph, &store, SessionOptions::new()).unwrap();
    improved.initialize().unwrap();
    [improved, Session::with_options(graph, &store, SessionOptions::new().check_numerics(true)).unwrap()]
}

/// A variable whose first values are normal, with this deviation.
fn random_variable(name: &str, shape: &[usize], deviation: f64) -> tf::Variable<f32> {
    let options = tf::VariableOptions::new().initializer(tf::random_normal_initializer().stddev(deviation));
    tf::get_variable(name, shape, options)
}

/// Tensors made one from the other, of shapes that broadcast.
fn program(x: Tensor<f32>, columns: usize, instructions: &[Instruction]) -> Vec<Tensor<f32>> {
    let bias: Vec<f32> = (0..columns).map(|i| [1.0, -2.0, 0.25, 3.0, -1.5][i % 5]).collect();
    let mut made = vec![x, tf::constant(0.5f32), tf::constant_array(&ndarray::Array1::from(bias))];
    for &(op, a, b) in instructions {
        let (a, b) = (made[a % made.len()], made[b % made.len()]);
        let next = match op % 19 {
            0 => a + b,
            1 => a - b,
            2 => a * b,
            3 => tf::maximum(a, b),
            4 => nn::relu(a),
            5 => tf::tanh(a),
            6 => nn::sigmoid(a),
            7 => tf::square(a),
            8 => -a,
            9 => tf::squared_difference(a, b),
            10 => tf::abs(a),
            11 => tf::add_n([a, a]),
            // Of what nobody else has: a variance is rounded less often with passes than without.
            12 if a.rank() == 2 => tf::reduce_mean_keep(a * 0.5, 1),
            13 if a.rank() == 2 => tf::reduce_sum(a, 0),
            14 if a.rank() == 2 => nn::softmax(a),
            15 if a.rank() == 2 => tf::reduce_max_keep(a, -1),
            16 if a.rank() == 2 => tf::reduce_sum_keep(a, [1]),
            17 if a.rank() == 2 => tf::exp(tf::minimum(a, 1.0)),
            _ => tf::minimum(a, b),
        };
        made.push(next);
    }
    made
}

fn bits(arrays: &[ArrayD<f32>]) -> Vec<(Vec<usize>, Vec<u32>)> {
    arrays.iter().map(|array| (array.shape().to_vec(), array.iter().map(|x| x.to_bits()).collect())).collect()
}

/// A session that sees each op by itself.
fn by_itself(graph: &Graph) -> Session {
    Session::with_options(graph, &Store::new(), SessionOptions::new().check_numerics(true)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn passes_change_no_bit(
        instructions in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..25),
        rows in 1usize..80,
        // Rows that are too short to be reduced in a chain, and such that are not.
        columns in prop::sample::select(vec![5, 37, 64]),
        asked in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        sloped in any::<bool>(),
    ) {
        let graph = Graph::new();
        let (x, fetches) = graph.build(|| {
            let x = placeholder::<f32, _>("x", [ANY, columns]);
            let made = program(x, columns, &instructions);
            let mut fetches: Vec<Tensor<f32>> = asked.iter().map(|asked| made[asked.index(made.len())]).collect();
            if sloped {
                // Nothing is lost if the last does not depend on `x`: its gradient is then none.
                fetches.extend(tf::gradients_or_none(made[made.len() - 1], [x]).into_iter().flatten());
            }
            (x, fetches)
        }).unwrap();
        let value = ArrayD::from_shape_fn(IxDyn(&[rows, columns]), |at| ((at[0] * columns + at[1]) as f32 * 0.37).sin());
        let improved = Session::new(&graph).unwrap();
        let apart = by_itself(&graph);
        let Ok(want) = apart.run_with(fetches.clone(), &[x.feed(&value)]) else { return Ok(()) };
        // Twice: the second run computes in the memory of the first.
        for _ in 0..2 {
            let found = improved.run_with(fetches.clone(), &[x.feed(&value)]).unwrap();
            prop_assert_eq!(bits(&found), bits(&want));
        }
    }
}

type Reduction = fn(Tensor<f32>, &[i32]) -> Tensor<f32>;

/// Reductions over each choice of axes, of shapes whose last axis is long enough for chains of rows, and what they are derived to.
#[test]
fn reductions_over_any_axes_and_their_gradients_stay_what_they_are() {
    let shapes: [&[usize]; 6] = [&[40], &[7, 40], &[1, 33], &[40, 1], &[3, 4, 48], &[2, 3, 2, 36]];
    let reductions: [Reduction; 8] = [
        |x, axes| tf::reduce_mean(x, axes),
        |x, axes| tf::reduce_sum(x, axes),
        |x, axes| tf::reduce_max(x, axes),
        |x, axes| tf::reduce_mean_keep(x, axes),
        |x, axes| tf::reduce_sum_keep(x, axes),
        |x, axes| tf::reduce_max_keep(x, axes),
        |x, axes| tf::reduce_logsumexp(x, axes),
        |x, axes| {
            let (mean, variance) = nn::moments_keep(x, axes);
            mean + variance
        },
    ];
    for shape in shapes {
        let rank = shape.len();
        for chosen in 1..1usize << rank {
            let axes: Vec<i32> = (0..rank).filter(|axis| chosen >> axis & 1 == 1).map(|axis| axis as i32).collect();
            for (index, reduce) in reductions.iter().enumerate() {
                // Sizes that are known when the graph is built, and such that a run brings.
                for known in [true, false] {
                    let graph = Graph::new();
                    let (x, y) = graph
                        .build(|| {
                            let x = match known {
                                true => placeholder::<f32, _>("x", shape),
                                false => placeholder::<f32, _>("x", &vec![ANY; rank][..]),
                            };
                            let reduced = reduce(x * 2.0 + 1.0, &axes);
                            let loss = tf::reduce_mean(tf::square(tf::tanh(reduced) - 0.25), tf::ALL);
                            (x, [loss, tf::gradients(loss, x)])
                        })
                        .unwrap();
                    let mut at = 0.0;
                    let value = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
                        at += 0.37;
                        f32::sin(at)
                    });
                    let joined = Session::new(&graph).unwrap().run_with(y, &[x.feed(value.clone())]).unwrap();
                    let apart = by_itself(&graph).run_with(y, &[x.feed(value)]).unwrap();
                    for (joined, apart) in joined.iter().zip(&apart) {
                        assert_eq!(joined.shape(), apart.shape(), "{shape:?} over {axes:?}, reduction {index}");
                        let off = (joined - apart).iter().fold(0.0, |most: f32, off| most.max(off.abs()));
                        assert!(
                            off < 1e-6,
                            "{shape:?} over {axes:?}, reduction {index}, known {known}: {joined} is not {apart}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_mistake_in_a_chain_names_the_op_that_made_it() {
    let graph = Graph::new();
    let (x, y, z) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY, ANY]);
            let y = placeholder::<f32, _>("y", [ANY, ANY]);
            (x, y, tf::tanh(tf::square(x) + tf::abs(y)) * 2.0)
        })
        .unwrap();
    let run = |session: &Session, columns: usize| {
        let of = |columns| ArrayD::<f32>::ones(IxDyn(&[2, columns]));
        session.run_with(z, &[x.feed(of(3)), y.feed(of(columns))])
    };
    let (improved, apart) = (Session::new(&graph).unwrap(), by_itself(&graph));
    let (found, want) = (run(&improved, 4).unwrap_err(), run(&apart, 4).unwrap_err());
    assert_eq!(found.to_string(), want.to_string());
    assert_eq!(found.node(), Some("add"));
    // Columns of which there is one are broadcast, which the chain does not follow.
    assert_eq!(bits(&[run(&improved, 1).unwrap()]), bits(&[run(&apart, 1).unwrap()]));
}

#[test]
fn normalization_and_its_gradients_are_those_of_each_op_by_itself() {
    for (shape, axes) in
        [(vec![9, 40], vec![-1]), (vec![2, 3, 33], vec![-1]), (vec![30, 5], vec![0]), (vec![4, 6, 5], vec![0, 1])]
    {
        let graph = Graph::new();
        let (x, fetches) = graph
            .build(|| {
                let x = placeholder::<f32, _>("x", &shape[..]);
                let (mean, variance) = nn::moments_keep(x, &axes[..]);
                let y = (x - mean) * tf::rsqrt(variance + 1e-3) * 1.5 + 0.25;
                let slopes = tf::gradients(tf::reduce_sum(y * nn::sigmoid(y), tf::ALL), x);
                (x, [y, mean, variance, slopes])
            })
            .unwrap();
        let value = ArrayD::from_shape_fn(IxDyn(&shape), |at| {
            (at.slice().iter().fold(0, |n, &i| n * 7 + i) as f32 * 0.61).sin() * 3.0 + 2.0
        });
        let found = Session::new(&graph).unwrap().run_with(fetches.to_vec(), &[x.feed(&value)]).unwrap();
        let want = by_itself(&graph).run_with(fetches.to_vec(), &[x.feed(&value)]).unwrap();
        for (found, want) in found.iter().zip(&want) {
            assert_eq!(found.shape(), want.shape());
            // Means and variances are rounded once, whatever else they are made of.
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 2e-6 * (1.0 + b.abs());
            assert!(found.iter().zip(want).all(near), "{shape:?} over {axes:?}: {found} and {want}");
        }
    }
}

#[test]
fn a_value_inside_a_chain_can_be_fetched_and_fed() {
    let graph = Graph::new();
    let (x, inside, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [400]);
            let inside = tf::square(x);
            (x, inside, tf::sqrt(inside + 1.0) * inside)
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let threes = ArrayD::<f32>::from_elem(IxDyn(&[400]), 3.0);
    let (value, all) = session.run_with((inside, y), &[x.feed(&threes)]).unwrap();
    assert_eq!((value[[7]], all[[7]]), (9.0, 10f32.sqrt() * 9.0));
    let by_name = session.run_with("Square:0", &[x.feed(&threes)]).unwrap();
    assert_eq!(by_name.as_slice::<f32>().unwrap()[0], 9.0);
    let eights = ArrayD::<f32>::from_elem(IxDyn(&[400]), 8.0);
    assert_eq!(session.run_with(y, &[inside.feed(&eights)]).unwrap()[[0]], 24.0);
    // What was handed out stays as it is when the session runs again.
    session.run_with(y, &[x.feed(&eights)]).unwrap();
    assert_eq!((value[[0]], all[[0]]), (9.0, 10f32.sqrt() * 9.0));
}

#[test]
fn runs_at_the_same_time_compute_in_memory_of_their_own() {
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [64, 64]);
            (x, tf::matmul(tf::tanh(x * 2.0) + 1.0, x))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    let value = |k: usize| ArrayD::from_shape_fn(IxDyn(&[64, 64]), |at| ((at[0] + at[1] * k) as f32 * 0.1).cos());
    let want: Vec<_> = (0..4).map(|k| session.run_with(y, &[x.feed(value(k))]).unwrap()).collect();
    std::thread::scope(|scope| {
        for (k, want) in want.iter().enumerate() {
            let session = &session;
            scope.spawn(move || {
                for _ in 0..20 {
                    assert_eq!(
                        bits(&[session.run_with(y, &[x.feed(value(k))]).unwrap()]),
                        bits(std::slice::from_ref(want))
                    );
                }
            });
        }
    });
}

#[test]
fn convolutions_that_are_joined_and_their_gradients_stay_what_they_are() {
    let graph = Graph::new();
    graph.set_random_seed(3);
    let (x, target, forward, step) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY, 9, 7, 2]);
            let target = placeholder::<f32, _>("target", [ANY, 9, 7, 3]);
            let variable = |name: &str, shape: &[usize]| random_variable(name, shape, 1.0);
            let layer = |name: &str, x: Tensor<f32>, kernel: [usize; 4]| {
                let (w, b) = (variable(&format!("{name}/w"), &kernel), variable(&format!("{name}/b"), &kernel[3..]));
                (nn::relu(nn::conv2d(x, w, [1, 1], nn::Padding::Same) + b), w, b)
            };
            let (y, w1, b1) = layer("first", x, [3, 3, 2, 4]);
            // A value that goes around two convolutions.
            let (inner, w3, b3) = layer("inner", y, [5, 5, 4, 4]);
            let outer = variable("outer/w", &[3, 3, 4, 4]);
            let around = nn::conv2d(inner, outer, [1, 1], nn::Padding::Same) + variable("outer/b", &[4]);
            let y = nn::relu(around + y);
            let (y, w2, b2) = layer("second", y, [3, 3, 4, 3]);
            let loss = tf::reduce_mean(tf::square(y - target), tf::ALL);
            let (weights, biases) = (tf::gradients(loss, [w1, w2, w3, outer]), tf::gradients(loss, [b1, b2, b3]));
            let [slope] = tf::gradients(loss, [target]);
            (x, target, vec![y], [&[loss, slope][..], &weights[..], &biases[..]].concat())
        })
        .unwrap();
    let [improved, apart] = with_and_without_passes(&graph);
    let wave = |n: usize, channels: usize| {
        ArrayD::from_shape_fn(IxDyn(&[n, 9, 7, channels]), |at| ((at[0] * 5 + at[1] * 3 + at[2] + at[3]) as f32).sin())
    };
    // A single target is broadcast over the images, which sums have to undo.
    for (images, targets) in [(3, 3), (3, 1), (1, 1)] {
        let feeds = [x.feed(wave(images, 2)), target.feed(wave(targets, 3))];
        for (fetches, feeds) in [(&forward, &feeds[..1]), (&step, &feeds[..])] {
            let run = |session: &Session| session.run_with(fetches.clone(), feeds).unwrap();
            for (found, want) in run(&improved).iter().zip(&run(&apart)) {
                assert_eq!(found.shape(), want.shape());
                let largest = want.iter().fold(1e-6, |largest: f32, x| largest.max(x.abs()));
                // A bias that sums begin with is rounded elsewhere than one that is added to them.
                let near = found.iter().zip(want).all(|(found, want)| (found - want).abs() <= 2e-5 * largest);
                assert!(near, "{images} images, {targets} targets: {found} instead of {want}");
            }
        }
    }
}

/// Steps of training whose results are only held against a target, in each form that the engine knows, and in some that it does not; with
/// passes and without.
#[test]
fn distances_from_a_target_stay_what_they_are() {
    type Loss = fn(Tensor<f32>, Tensor<f32>) -> Tensor<f32>;
    // As weighted losses are: of each distance, times a weight, divided by the number of elements, which depends on what is fed.
    let weighted: Loss = |y, target| {
        let weight = tf::identity(tf::constant(-0.5f32));
        let sum = tf::reduce_sum(tf::squared_difference(y, tf::shaped_as(target, y)) * weight, tf::ALL);
        let count = tf::reduce_prod(tf::cast::<f32, i32>(tf::shape_of(y)), tf::ALL);
        let none = tf::equal(count, tf::constant(0.0f32));
        tf::select(none, tf::zeros_like(sum), sum / tf::select(none, tf::ones_like(count), count))
    };
    let losses: [Loss; 8] = [
        weighted,
        |y, target| tf::reduce_mean(tf::square(y - target), tf::ALL),
        |y, target| tf::reduce_sum(tf::square(target - y), tf::ALL) * 0.01,
        |y, target| tf::reduce_mean(tf::squared_difference(y, target), tf::ALL),
        |y, target| tf::reduce_mean(tf::squared_difference(target, y) * 3.0, tf::ALL),
        |y, target| tf::reduce_mean(tf::reduce_sum(tf::square(y - target), 3), tf::ALL),
        |y, target| tf::reduce_mean(tf::abs(y - target), tf::ALL),
        |y, target| tf::reduce_mean(tf::square(y - target), tf::ALL) + tf::reduce_mean(y, tf::ALL),
    ];
    for (number, loss) in losses.into_iter().enumerate() {
        for (taps, relu, biased) in [(5, true, true), (5, false, true), (3, true, false), (1, true, true)] {
            let graph = Graph::new();
            graph.set_random_seed(3);
            let (x, target, step) = graph
                .build(|| {
                    let x = placeholder::<f32, _>("x", [ANY, 9, 7, 3]);
                    let target = placeholder::<f32, _>("target", [ANY, 9, 7, 18]);
                    let variable = |name: &str, shape: &[usize]| random_variable(name, shape, 0.3);
                    let (v, c) = (variable("v", &[taps, taps, 3, 16]), variable("c", &[16]));
                    let (w, b) = (variable("w", &[taps, taps, 16, 18]), variable("b", &[18]));
                    let inner = nn::relu(nn::conv2d(x, v, [1, 1], nn::Padding::Same) + c);
                    let y = nn::conv2d(inner, w, [1, 1], nn::Padding::Same);
                    let y = if biased { y + b } else { y };
                    let loss = loss(if relu { nn::relu(y) } else { y }, target);
                    let mut slopes = tf::gradients(loss, [v, w]).to_vec();
                    slopes.extend(tf::gradients(loss, [c]));
                    if biased {
                        slopes.extend(tf::gradients(loss, [b]));
                    }
                    (x, target, [&[loss][..], &slopes[..]].concat())
                })
                .unwrap();
            let [improved, apart] = with_and_without_passes(&graph);
            let wave = |n: usize, channels: usize, k: usize| {
                let value = |at: IxDyn| ((at[0] * 5 + at[1] * 3 + at[2] * k + at[3]) as f32).sin();
                ArrayD::from_shape_fn(IxDyn(&[n, 9, 7, channels]), value)
            };
            // A single target is broadcast over the images, and then the other way; without the loss, and with it.
            for (images, targets) in [(3, 3), (3, 1), (1, 3), (1, 1), (3, 3)] {
                let feeds = [x.feed(wave(images, 3, 1)), target.feed(wave(targets, 18, 2))];
                for fetches in [&step[..], &step[1..]] {
                    let case = format!("loss {number}, {taps} taps, relu {relu}, {images} images, {targets} targets");
                    let (found, want) =
                        match [&improved, &apart].map(|session| session.run_with(fetches.to_vec(), &feeds)) {
                            [Ok(found), Ok(want)] => (found, want),
                            [Err(found), Err(want)] => {
                                assert!(number == 0 && images != targets, "{case}: {found}");
                                assert_eq!(found.to_string(), want.to_string());
                                continue;
                            }
                            [found, want] => panic!("{case}: {found:?} instead of {want:?}"),
                        };
                    for (found, want) in found.iter().zip(&want) {
                        assert_eq!(found.shape(), want.shape());
                        let largest = want.iter().fold(1e-6, |largest: f32, x| largest.max(x.abs()));
                        let near = found.iter().zip(want).all(|(found, want)| (found - want).abs() <= 2e-5 * largest);
                        assert!(near, "{case}: {found} instead of {want}");
                    }
                }
            }
        }
    }
}

/// Numbers whose product has no place in `f32`, on distances for whose slopes there is one.
#[test]
fn slopes_are_within_range_where_the_product_of_their_factors_is_not() {
    let graph = Graph::new();
    let (x, target, factor, slope) = graph
        .build(|| {
            let [x, target] = ["x", "target"].map(|name| placeholder::<f32, _>(name, [ANY, 8, 8, 4]));
            let w = tf::get_variable::<f32, _, _>("w", [5, 5, 4, 4], tf::VariableOptions::new());
            let factor = placeholder::<f32, _>("factor", []);
            let y = nn::conv2d(x, w, [1, 1], nn::Padding::Same);
            (x, target, factor, (y - target) * factor * factor)
        })
        .unwrap();
    let [improved, apart] = with_and_without_passes(&graph);
    for (size, number) in [(1e-30, 1e25), (1e30, 1e-25), (1.0, 3.0), (1.0, 0.0)] {
        let wave =
            |k: usize| ArrayD::from_shape_fn(IxDyn(&[2, 8, 8, 4]), |at| size * ((at[1] * k + at[2]) as f32).sin());
        let feeds = [x.feed(wave(1)), target.feed(wave(3)), factor.feed(ndarray::arr0(number).into_dyn())];
        let [found, want] = [&improved, &apart].map(|session| session.run_with(slope, &feeds).unwrap());
        let near = |(found, want): (&f32, &f32)| (found - want).abs() <= 1e-5 * size * number * number;
        assert!(
            want.iter().all(|x| x.is_finite()) && found.iter().zip(&want).all(near),
            "{number}: {found} for {want}"
        );
    }
}

/// A slope that is divided by the size of another array, which need not be that of the results.
#[test]
fn distances_are_divided_by_the_size_of_the_array_that_was_given() {
    let graph = Graph::new();
    graph.set_random_seed(3);
    let (x, target, other, slope) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY, 8, 8, 3]);
            let [target, other] = ["target", "other"].map(|name| placeholder::<f32, _>(name, [ANY, 8, 8, 6]));
            let w = tf::get_variable::<f32, _, _>("w", [5, 5, 3, 6], tf::VariableOptions::new());
            let y = nn::conv2d(x, w, [1, 1], nn::Padding::Same);
            let slope = tf::gradients(tf::reduce_mean(other, tf::ALL), [other])[0] * (y - target);
            (x, target, other, slope)
        })
        .unwrap();
    let [improved, apart] = with_and_without_passes(&graph);
    let wave = |n: usize, channels: usize| {
        ArrayD::from_shape_fn(IxDyn(&[n, 8, 8, channels]), |at| ((at[0] * 5 + at[1] * 3 + at[2] + at[3]) as f32).sin())
    };
    for others in [4, 1, 2] {
        let feeds = [x.feed(wave(4, 3)), target.feed(wave(4, 6)), other.feed(wave(others, 6))];
        match [&improved, &apart].map(|session| session.run_with(slope, &feeds)) {
            [Ok(found), Ok(want)] => {
                let near = found.iter().zip(&want).all(|(found, want)| (found - want).abs() <= 1e-6);
                assert!(near && found.shape() == want.shape(), "{others}: {found} instead of {want}");
            }
            [Err(found), Err(want)] => assert_eq!(found.to_string(), want.to_string()),
            [found, want] => panic!("{others}: {found:?} instead of {want:?}"),
        }
    }
}

/// Weights that several steps share, and others; three steps of training, with passes and without.
#[test]
fn products_that_are_joined_stay_what_they_were() {
    const UNITS: usize = 130;
    let trained = |check_numerics: bool| {
        let graph = Graph::new();
        graph.set_random_seed(3);
        let (x, loss, step, kernel) = graph
            .build(|| {
                let variable = |name: &str, shape: [usize; 2]| random_variable(name, &shape, 0.1);
                let x = placeholder::<f32, _>("x", [ANY, 6]);
                let kernel = variable("kernel", [6 + UNITS, UNITS]);
                let first = tf::matmul(x, variable("first", [6, UNITS]));
                let cell = |h, _| tf::tanh(tf::matmul(tf::concat([x, h], 1), kernel));
                let h = (0..5).fold(first, cell);
                let y = tf::matmul(h, variable("last", [UNITS, 2]));
                let loss = tf::reduce_mean(tf::square(y), tf::ALL);
                use tf::train::Optimizer;
                (x, loss, tf::train::GradientDescent::new(0.02).minimize(loss), kernel)
            })
            .unwrap();
        let options = SessionOptions::new().check_numerics(check_numerics);
        let session = Session::with_options(&graph, &Store::new(), options).unwrap();
        session.initialize().unwrap();
        let rows = ArrayD::from_shape_fn(IxDyn(&[7, 6]), |i| ((i[0] * 6 + i[1]) % 11) as f32 / 5.0 - 1.0);
        let steps = (0..3).map(|_| session.run_with((loss, step), &[x.feed(&rows)]).unwrap().0[[]]);
        (steps.collect::<Vec<_>>(), session.run(kernel).unwrap())
    };
    let ((losses, kernel), (want_losses, want)) = (trained(false), trained(true));
    assert!(want_losses[2] < want_losses[0], "{want_losses:?}");
    for (loss, want) in losses.iter().zip(&want_losses) {
        assert!((loss - want).abs() <= 1e-5 * want.abs(), "{losses:?} against {want_losses:?}");
    }
    let furthest = kernel.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(furthest < 1e-6, "{furthest}");
}
