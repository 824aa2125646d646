//! Learns to continue a poem, letter by letter: `cargo run --release --example char_rnn`.
//!
//! One cell reads every letter with the same variables, however many there are: thirty-two at a time while it learns, one at a time while
//! it writes. What it remembers is a variable too, so each run goes on where the last one stopped, for as many texts at once as
//! it is given. The poems are Lewis Carroll's (`data/looking_glass.txt`).

mod options;
mod pictures;

use image::Rgb;
use ndarray::{Array1, Array2, ArrayView1, s};
use options::Options;
use pictures::{Canvas, INK, LETTER};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::error::Error;
use tf::{
    data::{Batches, Examples},
    layers::{Dense, GruCell, dense, gru_cell, zero_state},
    losses,
    prelude::*,
    train::{Adam, Trainer, Until},
};

const POEM: &str = include_str!("data/looking_glass.txt");
/// The end of a line, and what ASCII can print.
const LETTERS: usize = 96;
/// Letters that are read in one run while learning.
const STEPS: usize = 32;
/// Parts of the poem that are read at once.
const BATCH: usize = 16;
const UNITS: usize = 160;

/// What may come after each letter, as logits: `[texts, N, LETTERS]`.
#[variable_scope("reader")]
fn reader<const N: usize>(letters: Tensor<i32>) -> Tensor<f32> {
    let letters: [Tensor<f32>; N] = tf::unstack(tf::one_hot(letters, LETTERS, 1.0, 0.0), 1);
    // A variable of any number of rows: it has as many as were assigned last, and at first one of zeros, which fits them all.
    let nothing = tf::fill(tf::constant([1, UNITS as i32]), 0.0).reshape([tf::ANY, UNITS]);
    let memory = get_variable!("memory", initializer = nothing, validate_shape = false, trainable = false);

    let mut state = memory + zero_state(letters[0], UNITS);
    let mut next = letters;
    for (i, letter) in letters.iter().enumerate() {
        // The first letter creates the cell, the others share it: with `reuse = false` this does not compile.
        next[i] = variable_scope!("step", reuse = i > 0, {
            state = gru_cell(*letter, state, GruCell::new(UNITS).name("cell"));
            dense(state, Dense::new(LETTERS).name("next"))
        });
    }
    control_dependencies!([memory.assign(state)], { tf::stack(next, 1) })
}

model! {
    /// How surprising each letter of some texts is after those before it.
    pub Learn(letters: i32[texts, {STEPS + 1}]) -> f32[] {
        let next = reader::<STEPS>(tf::slice(letters, [0, 0], [tf::ANY, STEPS]));
        losses::sparse_softmax_cross_entropy(tf::slice(letters, [0, 1], [tf::ANY, tf::ANY]), next)
    }
}

model! {
    /// What may come after one more letter of each text: chances that sum to 1.
    pub Continue reuse Learn(letter: i32[texts, 1]) -> f32[texts, 1, LETTERS] { nn::softmax(reader::<1>(letter)) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options { steps, seed, out } = Options::read("char_rnn", 500);
    let poem: Vec<i32> = POEM.bytes().map(|letter| i32::from(letter.saturating_sub(31))).collect();
    let learn = Learn::init(seed)?;
    println!("{}", learn.summary());
    let learn = learn.minimize(Adam::new(0.004).clip_by_global_norm(1.0))?;
    let write = Continue::sharing(&learn)?;

    // The parts, which begin elsewhere each time, are read to their ends, and remembered from step to step.
    let part = poem.len() / BATCH;
    let runs = (part - 1) / STEPS;
    let texts = Examples::new(BATCH * steps.max(1), move |i| {
        let (step, row) = (i / BATCH, i % BATCH);
        let begins = StdRng::seed_from_u64(seed << 32 | (step / runs) as u64).random_range(0..poem.len());
        let from = begins + row * part + step % runs * STEPS;
        Array1::from_shape_fn(STEPS + 1, |j| poem[(from + j) % poem.len()])
    });
    let mut shown = vec![(0, continued(&write, "The Walrus", 120, seed)?)];
    Trainer::new(&learn, Batches::new(texts, BATCH)?.prefetched(2))
        .on_step(|taken| {
            let step = taken.step as usize;
            if [steps / 8, steps / 4, steps / 2, steps].contains(&step) {
                shown.push((step, continued(&write, "The Walrus", 120, seed)?));
            }
            if step.is_multiple_of(runs) { forget(&write) } else { Ok(()) }
        })
        .progress()
        .run(Until::steps(steps as u64))?;
    for (step, text) in &shown {
        println!("after {step} steps:\n{}\n", text.iter().map(|letter| letter.0).collect::<String>());
    }
    Ok(page(&shown).save(&out.join("char_rnn.png"))?)
}

/// Empties the memory.
fn forget(write: &Continue) -> tf::Result<()> {
    write.set("reader/memory", Array2::<f32>::zeros((1, UNITS)))
}

/// A beginning and what the model writes after it, with how sure it was of each letter.
fn continued(write: &Continue, beginning: &str, count: usize, seed: u64) -> tf::Result<Vec<(char, f32)>> {
    let mut random = StdRng::seed_from_u64(seed);
    let memory = write.get::<f32>("reader/memory")?;
    let mut text: Vec<(char, f32)> = beginning.chars().map(|letter| (letter, 1.0)).collect();
    forget(write)?;
    for i in 0..count {
        let letter = text[i].0 as i32;
        let chances = write.run(&Array2::from_elem((1, 1), (letter - 31).max(0)))?;
        if i + 1 >= text.len() {
            let (next, chance) = drawn(chances.slice(s![0, 0, ..]), &mut random);
            text.push((if next == 0 { '\n' } else { char::from(next as u8 + 31) }, chance));
        }
    }
    // What is learned goes on with what it remembered.
    write.set("reader/memory", memory)?;
    Ok(text)
}

/// A letter that is drawn by its chance; what is unlikely is made less so.
fn drawn(chances: ArrayView1<'_, f32>, random: &mut StdRng) -> (usize, f32) {
    let weights: Array1<f32> = chances.mapv(|chance| chance * chance);
    let mut rest = random.random_range(0.0..weights.sum());
    let drawn = weights.iter().position(|weight| {
        rest -= weight;
        rest <= 0.0
    });
    let drawn = drawn.unwrap_or(LETTERS - 1);
    (drawn, chances[drawn])
}

/// The texts below each other; letters are the brighter, the surer the model was.
fn page(texts: &[(usize, Vec<(char, f32)>)]) -> Canvas {
    const COLUMNS: usize = 44;
    // Where each letter stands, and how many lines there are.
    let placed = |text: &[(char, f32)]| {
        let (mut line, mut column) = (0, 0);
        let place = |(letter, _): &(char, f32)| {
            let place = (line, column);
            (line, column) = if *letter == '\n' || column + 1 == COLUMNS { (line + 1, 0) } else { (line, column + 1) };
            place
        };
        let places: Vec<(usize, usize)> = text.iter().map(place).collect();
        (places, line + 1)
    };
    let height: usize = texts.iter().map(|text| 20 * placed(&text.1).1 + 20).sum();
    let mut canvas = Canvas::new(180 + COLUMNS * 2 * LETTER, height + 20);
    let mut top = 20;
    for (step, text) in texts {
        canvas.text(&format!("after {step} steps"), 16, top + 4, 1, INK);
        let (places, lines) = placed(text);
        for ((letter, chance), (line, column)) in text.iter().zip(places) {
            let shade = |most: f32| (70.0 + chance * (most - 70.0)) as u8;
            let colour = Rgb([shade(255.0), shade(215.0), shade(120.0)]);
            canvas.text(&letter.to_string(), 170 + 2 * LETTER * column, top + 20 * line, 2, colour);
        }
        top += 20 * lines + 20;
    }
    canvas
}
