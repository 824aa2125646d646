//! A photograph in few numbers: `cargo run --release --example tied_autoencoder`.
//!
//! An encoder makes a code of 24 numbers of each patch of 12×12 pixels, and a decoder the patch of the code. The decoder has no
//! weights of its own: it uses the encoder's, transposed, so there are half as many to learn and to keep.

mod options;
mod pictures;

use ndarray::{Array2, ArrayView2, Ix2, s};
use options::Options;
use pictures::{Canvas, INK};
use std::error::Error;
use tf::{
    Checkpoint,
    data::Batches,
    losses,
    prelude::*,
    train::{Adam, Trainer, Until},
};

/// Pixels on a side of a patch, and in it.
const SIDE: usize = 12;
const PIXELS: usize = SIDE * SIDE;
/// Numbers in the code of a patch.
const CODE: usize = 24;

/// What each pixel says to each number of the code.
#[variable_scope]
fn weights() -> Variable<f32> {
    get_variable!("weights", [PIXELS, CODE], initializer = random_normal_initializer().stddev(0.05))
}

#[variable_scope]
fn encoder(patches: Tensor<f32>) -> Tensor<f32> {
    nn::tanh(tf::matmul(patches, weights()) + get_variable!("offset", [CODE], initializer = zeros_initializer()))
}

/// The way back: each number of the code says to the pixels what they said to it.
#[variable_scope]
fn decoder(codes: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(codes, tf::transpose(weights(), [1, 0]))
        + get_variable!("grey", [PIXELS], initializer = zeros_initializer())
}

model! {
    /// Patches, with how far the decoded ones are from them.
    pub Autoencoder(patches: f32[n, PIXELS]) -> (f32[], f32[n, PIXELS]) {
        // Shares what the encoder made, and creates the rest. Without the reuse this does not compile.
        with variable_scope("patches", reuse = AUTO_REUSE) {
            let decoded = decoder(encoder(patches));
            (losses::mean_squared_error(patches, decoded), decoded)
        }
    }
}

const _: () = assert!(Autoencoder::PARAMETERS == PIXELS * CODE + CODE + PIXELS);

fn main() -> Result<(), Box<dyn Error>> {
    let Options { steps, seed, out } = Options::read("tied_autoencoder", 8000);
    let learned = pictures::photograph("camera.png")?;
    let unseen = pictures::photograph("chelsea.png")?;
    let model = Autoencoder::init(seed)?.minimize(Adam::new(0.002))?;

    // Patches from everywhere, not only side by side.
    let places = (0..learned.nrows() - SIDE)
        .step_by(4)
        .flat_map(|y| (0..learned.ncols() - SIDE).step_by(4).map(move |x| (y, x)));
    let patches: Vec<f32> = places.flat_map(|(y, x)| patch(learned.view(), y, x)).collect();
    let patches = Array2::from_shape_vec((patches.len() / PIXELS, PIXELS), patches)?;
    let batches = Batches::new(patches, 128)?.shuffled(seed);
    Trainer::new(&model, batches).progress().run(Until::steps(steps as u64))?;

    let file = out.join("tied_autoencoder.safetensors");
    model.save(&file)?;
    println!("\n{} holds the weights once, and what Adam knows of them:", file.display());
    for entry in Checkpoint::open(&file)?.entries() {
        println!("  {} {:?}", entry.name(), entry.shape());
    }
    plot(&model, [&learned, &unseen])?.save(&out.join("tied_autoencoder.png"))?;
    Ok(())
}

/// Parts of photographs as they are and decoded, and below what each number of the code stands for.
fn plot(model: &Autoencoder, photographs: [&Array2<f32>; 2]) -> tf::Result<Canvas> {
    const SHOWN: usize = 20 * SIDE;
    let mut canvas = Canvas::new(4 * (SHOWN + 16) + 16, SHOWN + 250);
    let titles = ["learned from", "in 24 of 144 numbers", "never seen", "in 24 of 144 numbers"];
    for (i, title) in titles.into_iter().enumerate() {
        canvas.text(title, 16 + i * (SHOWN + 16), 10, 1, INK);
    }
    for (photograph, left) in photographs.into_iter().zip([16, 48 + 2 * SHOWN]) {
        let shown = photograph.slice(s![40..40 + SHOWN, 120..120 + SHOWN]);
        let decoded = decoded(model, shown)?;
        println!("decoded: {:.1} dB", decibels((&decoded - &shown).mapv(|difference| difference * difference).mean()));
        canvas.grey(shown, left, 26, 1);
        canvas.grey(decoded.view(), left + SHOWN + 16, 26, 1);
    }
    let weights = model.get::<f32>("patches/weights")?.into_dimensionality::<Ix2>().expect("weights are a matrix");
    canvas.text(
        "what the numbers stand for: the weights, which are encoder and decoder in one",
        16,
        SHOWN + 50,
        1,
        INK,
    );
    let largest = weights.fold(0.0f32, |most, weight| most.max(weight.abs()));
    let visible = weights.mapv(|weight| 0.5 + 0.5 * weight / largest).reversed_axes();
    canvas.squares(visible.as_standard_layout().rows(), 12, (24, SHOWN + 70), 6);
    Ok(canvas)
}

/// A picture whose patches have gone through their codes.
fn decoded(model: &Autoencoder, picture: ArrayView2<'_, f32>) -> tf::Result<Array2<f32>> {
    let across = picture.ncols() / SIDE;
    let patches =
        (0..picture.nrows() / SIDE * across).flat_map(|i| patch(picture, i / across * SIDE, i % across * SIDE));
    let patches = Array2::from_shape_vec((picture.nrows() / SIDE * across, PIXELS), patches.collect());
    let (_, decoded) = model.run(&patches.expect("a patch has so many pixels"))?;
    Ok(Array2::from_shape_fn(picture.dim(), |(y, x)| {
        decoded[[y / SIDE * across + x / SIDE, y % SIDE * SIDE + x % SIDE]] + 0.5
    }))
}

/// The pixels of a patch, around grey.
fn patch(picture: ArrayView2<'_, f32>, y: usize, x: usize) -> impl Iterator<Item = f32> + use<> {
    picture.slice(s![y..y + SIDE, x..x + SIDE]).mapv(|value| value - 0.5).into_iter()
}

/// The peak signal-to-noise ratio.
fn decibels(mean_square: Option<f32>) -> f32 {
    -10.0 * mean_square.unwrap_or_default().log10()
}
