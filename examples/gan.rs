//! Digits that were never drawn: `cargo run --release --example gan`.
//!
//! A generator makes pictures from noise, and a discriminator tells them from real ones (Goodfellow et al. 2014). The discriminator is used
//! twice with the same variables; the two parts have an optimizer each, which changes only the variables in their scope.

mod options;
mod pictures;

use font8x8::UnicodeFonts;
use ndarray::{Array1, Array2};
use options::Options;
use pictures::{Canvas, INK};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::error::Error;
use tf::{
    data::{Batches, Dataset, Examples},
    layers::{Activation, Dense, dense},
    losses,
    prelude::*,
    train::{Adam, Objective, Trainer, Until},
};

/// Pixels on a side of a picture.
const SIDE: usize = 12;
const PIXELS: usize = SIDE * SIDE;
/// Numbers that a picture is made from.
const NOISE: usize = 16;
const BATCH: usize = 64;

#[variable_scope("generator")]
fn generator(noise: Tensor<f32>) -> Tensor<f32> {
    let hidden = dense(noise, Dense::new(128).activation(Activation::LeakyRelu(0.2)).name("hidden1"));
    let hidden = dense(hidden, Dense::new(256).activation(Activation::LeakyRelu(0.2)).name("hidden2"));
    dense(hidden, Dense::new(PIXELS).activation(Activation::Sigmoid).name("pixels"))
}

/// How likely a picture is to be real, as a logit.
#[variable_scope]
fn discriminator(pictures: Tensor<f32>) -> Tensor<f32> {
    let hidden = dense(pictures, Dense::new(256).activation(Activation::LeakyRelu(0.2)).name("hidden1"));
    let hidden = dense(hidden, Dense::new(128).activation(Activation::LeakyRelu(0.2)).name("hidden2"));
    dense(hidden, Dense::new(1).name("real"))
}

model! {
    /// The losses of the discriminator and of the generator.
    pub Gan(noise: f32[n, NOISE], real: f32[n, PIXELS]) -> (f32[], f32[]) {
        let made = generator(noise);
        with variable_scope("discriminator") as scope {
            let of_real = discriminator(real);
            // The same judge for both. Without this line the next one does not compile.
            scope.reuse_variables();
            let of_made = discriminator(made);
            let (yes, no) = (tf::ones_like(of_real), tf::zeros_like(of_made));
            let judged = losses::sigmoid_cross_entropy(yes, of_real) + losses::sigmoid_cross_entropy(no, of_made);
            // A judge whose verdict hardly changes around real pictures leaves the generator a way there (Mescheder et al. 2018).
            let steepness = tf::reduce_sum(tf::square(tf::gradients(of_real, real)), 1);
            (judged + tf::reduce_mean(steepness, 0) * 0.1, losses::sigmoid_cross_entropy(yes, of_made))
        }
    }
}

model! {
    /// The generator alone.
    pub Draw reuse Gan(noise: f32[n, NOISE]) -> f32[n, PIXELS] { generator(noise) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options { steps, seed, out } = Options::read("gan", 2000);
    let mut gan = Gan::init(seed)?;
    let rate = || Adam::new(2e-3).beta1(0.5);
    let judge = gan.attach(rate(), Objective::output(0).within("discriminator"))?;
    let forge = gan.attach(rate(), Objective::output(1).within("generator"))?;
    let draw = Draw::sharing(&gan)?;

    let (noise, real) = Batches::new(noise_and_real(16, seed + 1), 16)?.next_batch()?;
    let mut rows = vec![("real".to_owned(), real), ("step 0".to_owned(), draw.run(&noise)?)];
    let batches = Batches::new(noise_and_real(BATCH * steps.max(1), seed), BATCH)?.prefetched(2);
    Trainer::new(&gan, batches)
        .taking("discriminator's loss", judge)
        .taking("generator's loss", forge)
        .on_step(|taken| -> tf::Result<()> {
            let step = taken.step as usize;
            if [steps / 16, steps / 8, steps / 4, steps / 2, steps].contains(&step) {
                rows.push((format!("step {step}"), draw.run(&noise)?));
            }
            Ok(())
        })
        .progress()
        .run(Until::steps(steps as u64))?;

    let mut canvas = Canvas::new(960, 70 * rows.len() + 10);
    for (i, (name, pictures)) in rows.iter().enumerate() {
        canvas.text(name, 16, 70 * i + 32, 1, INK);
        canvas.squares(pictures.rows(), 16, (110, 70 * i + 10), 4);
    }
    Ok(canvas.save(&out.join("gan.png"))?)
}

/// Noise to make pictures from, and real ones.
fn noise_and_real(count: usize, seed: u64) -> impl Dataset<Batch = (Array2<f32>, Array2<f32>)> {
    Examples::new(count, move |i| {
        let mut random = StdRng::seed_from_u64(seed << 32 | i as u64);
        (Array1::from_shape_fn(NOISE, |_| random.random_range(-1.0..1.0)), real(&mut random))
    })
}

/// A digit somewhere in a picture: what is real here.
fn real(random: &mut StdRng) -> Array1<f32> {
    let digit = char::from(b'0' + random.random_range(0..10u8));
    let rows = font8x8::BASIC_FONTS.get(digit).expect("the font has every digit");
    let (left, top) = (random.random_range(2.0..4.0f32), random.random_range(2.0..3.0f32));
    Array1::from_shape_fn(PIXELS, |pixel| {
        // A pixel of the digit lies between pixels of the picture, and falls on each in part.
        let ink = |x: i32, y: i32| (0..8).contains(&x) && (0..8).contains(&y) && rows[y as usize] >> x & 1 == 1;
        let (x, y) = ((pixel % SIDE) as f32 - left, (pixel / SIDE) as f32 - top);
        let part = |i: i32, j: i32| {
            if ink(x.floor() as i32 + i, y.floor() as i32 + j) { 1.0 } else { 0.0 }
        };
        let (u, v) = (x - x.floor(), y - y.floor());
        (part(0, 0) * (1.0 - u) + part(1, 0) * u) * (1.0 - v) + (part(0, 1) * (1.0 - u) + part(1, 1) * u) * v
    })
}
