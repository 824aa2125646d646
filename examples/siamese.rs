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
    layers::{Activation, Conv2d, Dense, conv2d, dense},
    losses,
    prelude::*,
    train::Adam,
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

model! {
    /// Two towers, one set of variables.
    pub Siamese(left: f32[n, PATCH, PATCH, 1], right: f32[n, PATCH, PATCH, 1], alike: f32[n]) -> (f32[], f32[n]) {
        with variable_scope("tower") as scope {
            let a = tower(left);
            // Without this line the next one does not compile; with a scope of its own for it, two towers would learn apart.
            scope.reuse_variables();
            let b = tower(right);
            let distance = tf::sqrt(tf::reduce_sum(tf::squared_difference(a, b), 1));
            (losses::contrastive_loss(alike, a, b, MARGIN), distance)
        }
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
    let mut random = StdRng::seed_from_u64(seed);

    let towers = Siamese::init(seed)?;
    println!("{}", towers.summary());
    let towers = towers.minimize(Adam::new(0.003))?;
    for step in 0..=steps {
        if step % 200 == 0 || step == steps {
            let (right, of) = tested(&towers, &to_test)?;
            println!("step {step}: {right} of {of} pairs of the right halves are told right");
        }
        let (left, right, alike) = pairs(&to_learn, 32, &mut random);
        towers.step(&left, &right, &alike)?;
    }

    let patches: Vec<_> = (0..180).map(|i| (i % 3, patch(&to_test[i % 3], &mut random))).collect();
    let places = Place::sharing(&towers)?.run(&stack(patches.iter().map(|(_, patch)| patch)))?;
    plot(&patches, &places).save(&out.join("siamese.png"))?;
    Ok(())
}

/// How many of 512 pairs are told right: alike if they are closer than half the margin.
fn tested(towers: &Siamese, textures: &[Array2<f32>]) -> tf::Result<(usize, usize)> {
    let (left, right, alike) = pairs(textures, 512, &mut StdRng::seed_from_u64(0));
    let (_, distances) = towers.run(&left, &right, &alike)?;
    let told = distances.iter().zip(&alike).filter(|(d, alike)| (**d < MARGIN as f32 / 2.0) == (**alike == 1.0));
    Ok((told.count(), alike.len()))
}

/// Pairs of patches, every other pair of one texture.
fn pairs(textures: &[Array2<f32>], count: usize, random: &mut StdRng) -> (Array4<f32>, Array4<f32>, Array1<f32>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for i in 0..count {
        let first = random.random_range(0..textures.len());
        let second = if i % 2 == 0 { first } else { (first + random.random_range(1..textures.len())) % textures.len() };
        left.push(patch(&textures[first], random));
        right.push(patch(&textures[second], random));
    }
    let alike = (0..count).map(|i| if i % 2 == 0 { 1.0 } else { 0.0 });
    (stack(&left), stack(&right), alike.collect())
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
