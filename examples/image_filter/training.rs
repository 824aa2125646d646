//! Filters that are learned: the guide's two layers are shown photographs as they are and as they are wanted.

use crate::{
    filters::{Edges, Emboss, Learn, Learned, RANDOM_REACH},
    mistake::Mistake,
    pictures,
};
use image::RgbImage;
use ndarray::{Array3, Array4, Axis, s};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::error::Error;
use tf::{
    data::{Batches, Examples},
    train::{Adam, Trainer, Until},
};

/// What can be learned.
pub struct Lesson {
    /// As in `train denoise`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// To undo what is done to a photograph.
    Undo(fn(&Array3<f32>, &mut StdRng) -> Array3<f32>),
    /// To do what a filter does that somebody wrote.
    Imitate(fn(Array4<f32>) -> tf::Result<Array4<f32>>),
}

/// Every lesson.
pub const LESSONS: [Lesson; 4] = [
    Lesson { name: "denoise", about: "to take away noise", kind: Kind::Undo(noisy) },
    Lesson { name: "sharpen", about: "to undo a blur", kind: Kind::Undo(|picture, _| blurred(picture)) },
    Lesson { name: "edges", about: "what `edges` does", kind: Kind::Imitate(|x| Edges::init(0)?.run(&x)) },
    Lesson { name: "emboss", about: "what `emboss` does", kind: Kind::Imitate(|x| Emboss::init(0)?.run(&x)) },
];

/// Pixels on a side of the parts of photographs that are learned from, and how many of them make a step.
const PART: usize = 40;
const BATCH: usize = 8;
/// The rim that a filter sees of a part beside it.
const RIM: usize = RANDOM_REACH;

/// A picture as it is given to the filter, as the filter leaves it, and as it is wanted.
pub struct Outcome {
    /// The three pictures.
    pub pictures: [RgbImage; 3],
    /// How near the first two are to the third, in dB.
    pub psnr: [f64; 2],
}

/// Learns a lesson from photographs, in so many steps; how far it is stands on standard error.
///
/// # Errors
/// Those of the models; a photograph smaller than what is learned from.
pub fn learn(
    lesson: &'static Lesson,
    photographs: &[RgbImage],
    steps: usize,
    seed: u64,
) -> Result<Learned, Box<dyn Error>> {
    let mut pairs = Vec::new();
    for photograph in photographs {
        if photograph.width().min(photograph.height()) < (PART + 2 * RIM) as u32 {
            let what = format!("a photograph of {} is too small to learn from", pictures::size(photograph));
            return Err(Mistake::new(what, format!("give one of {} pixels each way or more", PART + 2 * RIM)).into());
        }
        pairs.push((pictures::values(photograph), pictures::values(&lesson.wanted(photograph)?)));
    }
    let parts = Examples::new(steps * BATCH, move |i| {
        let mut random = StdRng::seed_from_u64(seed << 32 | i as u64);
        let (picture, wanted) = &pairs[random.random_range(0..pairs.len())];
        let (height, width, _) = picture.dim();
        let (y, x) = (random.random_range(RIM..=height - PART - RIM), random.random_range(RIM..=width - PART - RIM));
        let around = picture.slice(s![y - RIM..y + PART + RIM, x - RIM..x + PART + RIM, ..]).to_owned();
        let given = lesson.given(&around, &mut random);
        (given, wanted.slice(s![y..y + PART, x..x + PART, ..]).to_owned())
    });

    let model = Learn::init(seed)?.minimize(Adam::new(1e-3))?;
    let batches = Batches::new(parts, BATCH)?.prefetched(2);
    Trainer::new(&model, batches).progress().run(Until::steps(steps as u64))?;
    Ok(Learned::sharing(&model)?)
}

/// What a learned filter makes of a photograph that it has not seen.
///
/// # Errors
/// Those of the models.
pub fn tested(lesson: &Lesson, learned: &Learned, photograph: &RgbImage) -> tf::Result<Outcome> {
    let wanted = lesson.wanted(photograph)?;
    let given = lesson.given(&pictures::values(photograph), &mut StdRng::seed_from_u64(0));
    let given = pictures::of_values(&given);
    let [made] = pictures::filtered([&given], RANDOM_REACH, |[images]| Ok([learned.run(&images)?]))?;
    let psnr = [&given, &made].map(|picture| decibels(difference(picture, &wanted)));
    Ok(Outcome { pictures: [given, made, wanted], psnr })
}

impl Lesson {
    fn given(&self, picture: &Array3<f32>, random: &mut StdRng) -> Array3<f32> {
        match self.kind {
            Kind::Undo(done) => done(picture, random),
            Kind::Imitate(_) => picture.clone(),
        }
    }

    fn wanted(&self, photograph: &RgbImage) -> tf::Result<RgbImage> {
        match self.kind {
            Kind::Undo(_) => Ok(photograph.clone()),
            Kind::Imitate(filter) => {
                let [wanted] = pictures::filtered([photograph], RIM, |[images]| Ok([filter(images)?]))?;
                Ok(wanted)
            }
        }
    }
}

/// With about 25 of 255 levels of noise.
fn noisy(picture: &Array3<f32>, random: &mut StdRng) -> Array3<f32> {
    // The sum of twelve uniform numbers comes near to a normal one.
    picture.mapv(|value| value + 0.1 * ((0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0))
}

/// Each pixel with a part of its neighbours, up to two away; beyond the edge the edge goes on.
fn blurred(picture: &Array3<f32>) -> Array3<f32> {
    const WEIGHTS: [f32; 5] = [0.0625, 0.25, 0.375, 0.25, 0.0625];
    let mut blurred = picture.clone();
    for axis in [0, 1] {
        let before = blurred.clone();
        let last = before.shape()[axis] - 1;
        for (at, mut lane) in blurred.axis_iter_mut(Axis(axis)).enumerate() {
            lane.fill(0.0);
            for (offset, weight) in WEIGHTS.iter().enumerate() {
                let from = (at + offset).saturating_sub(2).min(last);
                lane.scaled_add(*weight, &before.index_axis(Axis(axis), from));
            }
        }
    }
    blurred
}

/// The mean of squared differences, where white is 1.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let square = |(a, b): (&u8, &u8)| ((f64::from(*a) - f64::from(*b)) / 255.0).powi(2);
    a.as_raw().iter().zip(b.as_raw()).map(square).sum::<f64>() / a.as_raw().len() as f64
}

/// The peak signal-to-noise ratio.
fn decibels(mean_square: f64) -> f64 {
    -10.0 * mean_square.max(1e-10).log10()
}
