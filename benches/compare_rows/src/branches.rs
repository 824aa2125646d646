//! Plans with branches that need nothing of each other: what a run takes when threads take them side by side, and what when steps follow each
//! other.

use crate::row::{array, random};
use std::{
    error::Error,
    hint::spin_loop,
    time::{Duration, Instant},
};
use tf::{prelude::*, train::Optimizer};

/// How many sessions there are of either way, whose median counts: where in memory its values lie makes one session faster than another.
const SESSIONS: usize = 5;

/// How often either way takes its turn, and for how long. The median of the calls of a turn counts, of the fastest turn: other work on the
/// machine only takes away.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_millis(20);

/// From the end of a call to the next, where calls do not follow each other: after so long other threads sleep.
const PAUSE: Duration = Duration::from_micros(100);

/// What a row asks for, and what it is fed.
type Asked = ((Tensor<f32>, Vec<tf::Operation>), Vec<tf::Feed>);

/// A row: its name, and what builds it.
type Row = (&'static str, fn() -> Asked);

const ROWS: [Row; 16] = [
    ("4 towers 32-32-32-32, 1 row", || ensemble(4, [32; 4], 1, false)),
    ("6 towers 32-32-32-32, 1 row", || ensemble(6, [32; 4], 1, false)),
    ("8 towers 32-32-32-32, 1 row", || ensemble(8, [32; 4], 1, false)),
    ("2 towers 64-64-64-64, 1 row", || ensemble(2, [64; 4], 1, false)),
    ("8 towers 64-64-64-64, 1 row", || ensemble(8, [64; 4], 1, false)),
    ("8 towers 128-128-128-128, 1 row", || ensemble(8, [128; 4], 1, false)),
    ("4 towers 256-256-256-256, 1 row", || ensemble(4, [256; 4], 1, false)),
    ("2 towers 512-512-512-512, 1 row", || ensemble(2, [512; 4], 1, false)),
    ("8 towers 32-32-32-32, 16 rows", || ensemble(8, [32; 4], 16, false)),
    ("4 towers 64-64-64-64, 16 rows", || ensemble(4, [64; 4], 16, false)),
    ("4 towers 64-64-64-64, 64 rows", || ensemble(4, [64; 4], 64, false)),
    ("4 towers 256-256-256-256, 64 rows", || ensemble(4, [256; 4], 64, false)),
    ("8 towers 32-32-32-32, 16 rows, step", || ensemble(8, [32; 4], 16, true)),
    ("siamese, 2 images of 16x16x8", siamese),
    ("inception, 1 image of 14x14x32", inception),
    ("gates apart, 10 steps of 96 units, 1 row", gates),
];

/// Prints a line for each row whose name has one of these words in it: microseconds of a run either way, and their ratio, where calls follow
/// each other and where there are pauses between them.
pub fn print(words: &[String]) -> Result<(), Box<dyn Error>> {
    let heads = "in turn  beside  ratio";
    println!("{:<40} {heads}   after pauses: {heads}", "microseconds");
    for (name, build) in ROWS.iter().filter(|row| words.is_empty() || words.iter().any(|word| row.0.contains(word))) {
        print!("{name:<40}");
        let sessions: Vec<[Call; 2]> =
            (0..SESSIONS).map(|_| Ok([run(*build, false)?, run(*build, true)?])).collect::<tf::Result<_>>()?;
        for pause in [Duration::ZERO, PAUSE] {
            let mut times = [Vec::new(), Vec::new()];
            for ways in &sessions {
                let mut fastest = [f64::INFINITY; 2];
                for _ in 0..TURNS {
                    for (way, fastest) in ways.iter().zip(&mut fastest) {
                        *fastest = fastest.min(turn(way, pause)?);
                    }
                }
                times.iter_mut().zip(fastest).for_each(|(times, fastest)| times.push(fastest));
            }
            let [in_turn, beside] = times.map(|times| median(times) * 1e6);
            let indent = if pause.is_zero() { 0 } else { 17 };
            print!("{:indent$} {in_turn:>7.1} {beside:>7.1} {:>6.2}", "", in_turn / beside);
        }
        println!();
    }
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What a call takes, in the median of those of a turn.
fn turn(call: &Call, pause: Duration) -> tf::Result<f64> {
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < 5 || begin.elapsed() < TURN {
        let start = Instant::now();
        call()?;
        let end = Instant::now();
        times.push((end - start).as_secs_f64());
        while end.elapsed() < pause {
            spin_loop();
        }
    }
    Ok(median(times))
}

/// A row that is ready to be run.
type Call = Box<dyn Fn() -> tf::Result<()>>;

fn run(build: fn() -> Asked, branches: bool) -> tf::Result<Call> {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let (asked, feeds) = graph.build(build)?;
    let options = tf::SessionOptions::new().branches(branches);
    let session = Session::with_options(&graph, &tf::Store::new(), options)?;
    session.initialize()?;
    Ok(Box::new(move || {
        std::hint::black_box(session.run_with(asked.clone(), &feeds)?);
        Ok(())
    }))
}

/// Perceptrons of these layers beside each other, whose results are averaged.
fn ensemble(members: usize, layers: [usize; 4], rows: usize, trained: bool) -> Asked {
    let x = tf::placeholder::<f32, _>("x", [tf::ANY, layers[0]]);
    let member = |member: usize| {
        (1..layers.len()).fold(x, |x, layer| {
            let (inputs, outputs) = (layers[layer - 1], layers[layer]);
            let w = random(&format!("w{member}_{layer}"), [inputs, outputs], 0.1);
            let b = random(&format!("b{member}_{layer}"), [outputs], 0.1);
            nn::relu(tf::matmul(x, w) + b)
        })
    };
    let members: Vec<Tensor<f32>> = (0..members).map(member).collect();
    let mean = tf::reduce_mean(tf::stack(&members[..], 0), 0);
    let feeds = vec![x.feed(array([rows, layers[0]]))];
    if !trained {
        return ((mean, Vec::new()), feeds);
    }
    let loss = tf::reduce_mean(tf::square(mean), tf::ALL);
    ((loss, vec![tf::train::GradientDescent::new(0.01).minimize(loss)]), feeds)
}

/// Two convolutions and a layer of units, of the same variables for either image, and how far apart they are.
fn siamese() -> Asked {
    let images = [(); 2].map(|()| tf::placeholder::<f32, _>("image", [1, 16, 16, 8]));
    let (first, second) = (random("first", [3, 3, 8, 8], 0.1), random("second", [3, 3, 8, 8], 0.1));
    let units = random("units", [4 * 4 * 8, 32], 0.1);
    let tower = |x: Tensor<f32>| {
        let x = nn::relu(nn::conv2d(x, first, [1, 1], Padding::Same));
        let x = nn::max_pool(x, [2, 2], [2, 2], Padding::Same);
        let x = nn::relu(nn::conv2d(x, second, [1, 1], Padding::Same));
        let x = nn::max_pool(x, [2, 2], [2, 2], Padding::Same);
        tf::tanh(tf::matmul(tf::reshape(x, [1, 4 * 4 * 8]), units))
    };
    let [one, other] = images.map(tower);
    let apart = tf::reduce_sum(tf::square(one - other), 1);
    ((apart, Vec::new()), images.iter().map(|image| image.feed(array([1, 16, 16, 8]))).collect())
}

/// Convolutions of several sizes of the same image, joined.
fn inception() -> Asked {
    let x = tf::placeholder::<f32, _>("x", [1, 14, 14, 32]);
    let conv = |name: &str, x: Tensor<f32>, size: usize, inputs: usize, outputs: usize| {
        let w = random(name, [size, size, inputs, outputs], 0.1);
        nn::relu(nn::conv2d(x, w, [1, 1], Padding::Same))
    };
    let branches = [
        conv("one", x, 1, 32, 16),
        conv("three", conv("before_three", x, 1, 32, 16), 3, 16, 16),
        conv("five", conv("before_five", x, 1, 32, 8), 5, 8, 8),
        conv("pooled", nn::max_pool(x, [3, 3], [1, 1], Padding::Same), 1, 32, 8),
    ];
    ((tf::concat(branches, 3), Vec::new()), vec![x.feed(array([1, 14, 14, 32]))])
}

/// A recurrent layer as it is written down: a product for each gate.
fn gates() -> Asked {
    const UNITS: usize = 96;
    let x = tf::placeholder::<f32, _>("x", [1, UNITS]);
    let gate = |name: &str| {
        (random(&format!("{name}_x"), [UNITS, UNITS], 0.1), random(&format!("{name}_h"), [UNITS, UNITS], 0.1))
    };
    let kernels = ["add", "new", "keep", "show"].map(gate);
    let zeros = tf::zeros::<f32, _>([1, UNITS]);
    let (_, h) = (0..10).fold((zeros, zeros), |(c, h), _| {
        let [add, new, keep, show] = kernels.map(|(of_x, of_h)| tf::matmul(x, of_x) + tf::matmul(h, of_h));
        let c = c * nn::sigmoid(keep) + nn::sigmoid(add) * tf::tanh(new);
        (c, tf::tanh(c) * nn::sigmoid(show))
    });
    ((h, Vec::new()), vec![x.feed(array([1, UNITS]))])
}
