//! Do two patches show the same texture? `cargo run --release --example siamese`.
//!
//! Two towers look at one patch each. They share every variable, so both understand patches in the same way, and put those of one
//! texture close together. Left halves of the photographs are to learn from, right halves to test with.

mod options;
mod pictures;

use ndarray::{Array1, Array2, Array4, Axis, s};
use options::Options;
use pictures::{COLOURS, Canvas, INK, LETTER};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::error::Error;
use tf::{
    data::{Batches, Dataset, Examples},
    layers::{Activation, Conv2d, Dense, conv2d, dense},
    losses,
    prelude::*,
    train::{Adam, Evaluation, Every, Trainer, Until},
};

const TEXTURES: [&str; 3] = ["brick", "grass", "gravel"];
/// Pixels on a side of a patch.
const PATCH: usize = 32;
/// Patches of two textures are to be at least so far apart, on a circle of radius 1.
const MARGIN: f64 = 1.5;

/// A point on the circle for each patch, from how often small features occur in it, wherever they are.
#[variable_scope]
fn tower(patches: Tensor<f32>) -> Tensor<f32> {
    let small = Conv2d::new(16, [5, 5]).strides([2, 2]).activation(Activation::Relu);
    let larger = Conv2d::new(32, [3, 3]).strides([2, 2]).activation(Activation::Relu);
    let features = conv2d(conv2d(patches, small.name("conv1")), larger.name("conv2"));
    let place = dense(tf::reduce_mean(features, [1, 2]), Dense::new(2).name("place"));
    place / tf::sqrt(tf::reduce_sum_keep(tf::square(place), 1) + 1e-6)
}

/// Where two towers put their patches.
#[variable_scope]
fn towers(left: Tensor<f32>, right: Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
    let a = variable_scope!("tower", { tower(left) });
    // Without the reuse this does not compile; with a scope of its own for it, two towers would learn apart.
    let b = variable_scope!("tower", reuse = true, { tower(right) });
    (a, b)
}

model! {
    /// Two towers, one set of variables.
    pub Siamese(left: f32[n, PATCH, PATCH, 1], right: f32[n, PATCH, PATCH, 1], alike: f32[n]) -> f32[] {
        let (a, b) = towers(left, right);
        losses::contrastive_loss(alike, a, b, MARGIN)
    }
}

model! {
    /// The loss, and which part of the pairs is told right: alike if they are closer than half the margin.
    pub Told reuse Siamese(left: f32[n, PATCH, PATCH, 1], right: f32[n, PATCH, PATCH, 1], alike: f32[n]) -> (f32[], f32[]) {
        let (a, b) = towers(left, right);
        let distance = tf::sqrt(tf::reduce_sum(tf::squared_difference(a, b), 1));
        let right = tf::equal(tf::less(distance, MARGIN as f32 / 2.0), tf::greater(alike, 0.5));
        (losses::contrastive_loss(alike, a, b, MARGIN), tf::reduce_mean(tf::cast::<f32, _>(right), 0))
    }
}

model! {
    /// One tower, to see where it puts patches.
    pub Place reuse Siamese(patches: f32[n, PATCH, PATCH, 1]) -> f32[n, 2] {
        with variable_scope("tower") { tower(patches) }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options { steps, seed, out } = Options::read("siamese", 1000);
    let textures = TEXTURES.map(|name| pictures::photograph(&format!("{name}.png")));
    let textures: Vec<Array2<f32>> = textures.into_iter().collect::<Result<_, _>>()?;
    let halves = |of: ndarray::Slice| textures.iter().map(|t| t.slice_axis(Axis(1), of).to_owned()).collect::<Vec<_>>();
    let (to_learn, to_test) = (halves((..256).into()), halves((256..).into()));

    let towers = Siamese::init(seed)?;
    println!("{}", towers.summary());
    let towers = towers.minimize(Adam::new(0.003))?;
    let told = Told::sharing(&towers)?;
    let batches = Batches::new(pairs(to_learn, 32 * steps.max(1), seed), 32)?.prefetched(2);
    let unseen = Batches::new(pairs(to_test.clone(), 512, 0), 512)?;
    let accuracy =
        Evaluation::new(&told, unseen).named("right halves").metric("told right", 1).every(Every::steps(200));
    let report = Trainer::new(&towers, batches).evaluate(accuracy).progress().run(Until::steps(steps as u64))?;
    println!("{report}");

    let mut random = StdRng::seed_from_u64(seed);
    let patches: Vec<_> = (0..180).map(|i| (i % 3, patch(&to_test[i % 3], &mut random))).collect();
    let places = Place::sharing(&towers)?.run(&stack(patches.iter().map(|(_, patch)| patch)))?;
    plot(&patches, &places).save(&out.join("siamese.png"))?;
    Ok(())
}

/// Pairs of patches, every other pair of one texture.
fn pairs(
    textures: Vec<Array2<f32>>,
    count: usize,
    seed: u64,
) -> impl Dataset<Batch = (Array4<f32>, Array4<f32>, Array1<f32>)> {
    Examples::new(count, move |i| {
        let mut random = StdRng::seed_from_u64(seed << 32 | i as u64);
        let first = random.random_range(0..textures.len());
        let second = if i % 2 == 0 { first } else { (first + random.random_range(1..textures.len())) % textures.len() };
        let of = |texture: usize, random: &mut StdRng| patch(&textures[texture], random).insert_axis(Axis(2));
        (of(first, &mut random), of(second, &mut random), if i % 2 == 0 { 1.0f32 } else { 0.0 })
    })
}

/// A patch from anywhere, as bright and as rich in contrast as any other: that is not what is to be told by.
fn patch(texture: &Array2<f32>, random: &mut StdRng) -> Array2<f32> {
    let (y, x) = (random.random_range(0..=texture.nrows() - PATCH), random.random_range(0..=texture.ncols() - PATCH));
    let patch = texture.slice(s![y..y + PATCH, x..x + PATCH]);
    let (mean, deviation) = (patch.sum() / patch.len() as f32, patch.std(0.0));
    patch.mapv(|value| (value - mean) / deviation.max(0.01))
}

fn stack<'a>(patches: impl IntoIterator<Item = &'a Array2<f32>>) -> Array4<f32> {
    let patches: Vec<_> = patches.into_iter().map(|patch| patch.view().insert_axis(Axis(2))).collect();
    ndarray::stack(Axis(0), &patches).expect("patches are of one size")
}

/// Each patch in the direction in which its tower puts it, at one of several distances to be seen, in a frame of its texture's colour.
fn plot(patches: &[(usize, Array2<f32>)], places: &Array2<f32>) -> Canvas {
    const SIDE: usize = 640;
    let mut canvas = Canvas::new(SIDE, SIDE + 40);
    for (i, ((texture, patch), place)) in patches.iter().zip(places.rows()).enumerate() {
        let radius = 100.0 + 40.0 * (i / 3 % 5) as f32;
        let at = |axis: usize| (SIDE as f32 / 2.0 + radius * place[axis]) as usize - PATCH / 2;
        canvas.grey(patch.mapv(|value| 0.5 + value / 5.0).view(), at(0), at(1), 1);
        canvas.frame(at(0), at(1), PATCH, PATCH, COLOURS[*texture]);
    }
    for (i, name) in TEXTURES.iter().enumerate() {
        canvas.disc((40 + 200 * i, SIDE + 20), 7, COLOURS[i]);
        canvas.text(name, 56 + 200 * i, SIDE + 20 - LETTER, 2, INK);
    }
    canvas
}
