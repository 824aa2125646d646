//! What the small examples draw on: a canvas for grey and coloured pictures, dots and text.
// Each example draws some of this.
#![allow(dead_code)]

use font8x8::UnicodeFonts;
use image::{
    GrayImage, Rgb, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
    imageops::{self, FilterType::Nearest},
};
use ndarray::{Array2, ArrayView1, ArrayView2};
use std::{fs::File, io::BufWriter, path::Path};

pub const BACKGROUND: Rgb<u8> = Rgb([28, 28, 30]);
pub const INK: Rgb<u8> = Rgb([235, 235, 235]);
/// Colours that are told apart by most eyes (Wong 2011).
pub const COLOURS: [Rgb<u8>; 4] = [Rgb([230, 159, 0]), Rgb([86, 180, 233]), Rgb([0, 158, 115]), Rgb([213, 94, 0])];
/// Pixels of a letter of scale 1, to all sides.
pub const LETTER: usize = 8;

/// A photograph in the folder of the examples, grey, between 0 and 1, as `[height, width]`.
pub fn photograph(name: &str) -> image::ImageResult<Array2<f32>> {
    let picture = image::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(name))?.into_luma8();
    let size = (picture.height() as usize, picture.width() as usize);
    let values = picture.into_raw().into_iter().map(|value| f32::from(value) / 255.0).collect();
    Ok(Array2::from_shape_vec(size, values).expect("a picture has as many pixels as its sizes say"))
}

/// Something to draw on.
pub struct Canvas(RgbImage);

impl Canvas {
    /// An empty one, so many pixels wide and high.
    pub fn new(width: usize, height: usize) -> Canvas {
        Canvas(RgbImage::from_pixel(width as u32, height as u32, BACKGROUND))
    }

    /// Draws values from 0 (black) to 1 (white), each as a square of `scale` pixels.
    pub fn grey(&mut self, values: ArrayView2<'_, f32>, left: usize, top: usize, scale: usize) {
        let (height, width) = values.dim();
        let picture = GrayImage::from_fn(width as u32, height as u32, |x, y| {
            image::Luma([(values[[y as usize, x as usize]].clamp(0.0, 1.0) * 255.0).round() as u8])
        });
        let large = imageops::resize(&picture, (width * scale) as u32, (height * scale) as u32, Nearest);
        for (x, y, value) in large.enumerate_pixels() {
            self.dot(left + x as usize, top + y as usize, Rgb([value.0[0]; 3]));
        }
    }

    /// Draws square pictures, a row of pixels after the other in each, in `columns` with gaps between.
    pub fn squares<'a>(
        &mut self,
        pictures: impl IntoIterator<Item = ArrayView1<'a, f32>>,
        columns: usize,
        (left, top): (usize, usize),
        scale: usize,
    ) {
        for (number, picture) in pictures.into_iter().enumerate() {
            let side = picture.len().isqrt();
            let square = picture.into_shape_with_order((side, side)).expect("the pictures are square");
            let step = side * scale + scale.max(2);
            self.grey(square, left + number % columns * step, top + number / columns * step, scale);
        }
    }

    /// A frame of two pixels around a place.
    pub fn frame(&mut self, left: usize, top: usize, width: usize, height: usize, colour: Rgb<u8>) {
        for (x, y) in (0..width + 4).flat_map(|x| (0..height + 4).map(move |y| (x, y))) {
            if x < 2 || y < 2 || x >= width + 2 || y >= height + 2 {
                self.dot((left + x).wrapping_sub(2), (top + y).wrapping_sub(2), colour);
            }
        }
    }

    /// A disc.
    pub fn disc(&mut self, (x, y): (usize, usize), radius: usize, colour: Rgb<u8>) {
        for (i, j) in (0..=2 * radius).flat_map(|i| (0..=2 * radius).map(move |j| (i, j))) {
            if i.abs_diff(radius).pow(2) + j.abs_diff(radius).pow(2) <= radius * radius {
                self.dot((x + i).wrapping_sub(radius), (y + j).wrapping_sub(radius), colour);
            }
        }
    }

    /// A line of text; a letter is `scale` times eight pixels wide and high.
    pub fn text(&mut self, text: &str, left: usize, top: usize, scale: usize, colour: Rgb<u8>) {
        for (place, letter) in text.chars().enumerate() {
            let rows = font8x8::BASIC_FONTS.get(letter).unwrap_or_default();
            let side = LETTER * scale;
            for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (x, y))) {
                if rows[y / scale] >> (x / scale) & 1 == 1 {
                    self.dot(left + place * side + x, top + y, colour);
                }
            }
        }
    }

    fn dot(&mut self, x: usize, y: usize, colour: Rgb<u8>) {
        if let Some(pixel) = self.0.get_pixel_mut_checked(x as u32, y as u32) {
            *pixel = colour;
        }
    }

    /// Writes it into a PNG file, and says so.
    pub fn save(&self, path: &Path) -> image::ImageResult<()> {
        let file = BufWriter::new(File::create(path)?);
        self.0.write_with_encoder(PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive))?;
        println!("picture: {}", path.display());
        Ok(())
    }
}
