//! Photographs: read from files, taken through a filter in bands, written to files.

use crate::mistake::Mistake;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Rgb, RgbImage};
use ndarray::Array4;
use std::{ops::Range, path::Path};

/// The most pixels that a filter is given at once. It bounds the memory that a large photograph takes: the 32 features of a band,
/// for each pixel, are 32 MiB.
const BAND_PIXELS: usize = 1 << 18;

/// Reads a PNG or JPEG file, upright, in three colours. What is transparent lies on white.
///
/// # Errors
/// A file that is missing, or is no picture, or has no pixels.
pub fn read(path: &Path) -> Result<RgbImage, Mistake> {
    let picture = decode(path).map_err(|error| match error {
        ImageError::IoError(error) if error.raw_os_error().is_some() => {
            Mistake::file(path, "read", &error, "give the path of a PNG or JPEG file")
        }
        error => {
            let what = format!("`{}` is no picture that can be read: {error}", path.display());
            Mistake::new(what, "give a whole PNG or JPEG file")
        }
    })?;
    if picture.width() == 0 || picture.height() == 0 {
        let what = format!("`{}` has no pixels: it is {}", path.display(), size(&picture.to_rgb8()));
        return Err(Mistake::new(what, "give a picture at least one pixel wide and high"));
    }
    Ok(if picture.color().has_alpha() { on_white(&picture) } else { picture.into_rgb8() })
}

fn decode(path: &Path) -> Result<DynamicImage, ImageError> {
    // By what is in the file: its name may end in anything.
    let mut decoder = ImageReader::open(path)?.with_guessed_format()?.into_decoder()?;
    // Telephones write down how they were held instead of turning the pixels.
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        Rgb([red, green, blue].map(|colour| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8))
    })
}

/// Writes a PNG file.
///
/// # Errors
/// A file that cannot be written.
pub fn write(path: &Path, picture: &RgbImage) -> Result<(), Mistake> {
    picture.save(path).map_err(|error| {
        let what = format!("`{}` cannot be written: {error}", path.display());
        Mistake::new(what, "give another folder: `--out DIR`")
    })
}

/// `600×400`
pub fn size(picture: &RgbImage) -> String {
    format!("{}×{}", picture.width(), picture.height())
}

/// Takes pictures through a filter that looks `reach` pixels far, band after band.
///
/// # Errors
/// Those of `run`.
pub fn filtered<const N: usize>(
    pictures: [&RgbImage; N],
    reach: usize,
    mut run: impl FnMut([Array4<f32>; N]) -> tf::Result<[Array4<f32>; N]>,
) -> tf::Result<[RgbImage; N]> {
    let bands = pictures.map(|picture| (picture.width() as usize * picture.height() as usize).div_ceil(BAND_PIXELS));
    let bands = bands.into_iter().max().unwrap_or(1).max(1);
    let mut filtered = pictures.map(|picture| RgbImage::new(picture.width(), picture.height()));
    for band in 0..bands {
        let rows = pictures.map(|picture| {
            let height = picture.height() as usize;
            height * band / bands..height * (band + 1) / bands
        });
        let inputs = std::array::from_fn(|i| values(pictures[i], rows[i].clone(), reach));
        for ((picture, rows), output) in filtered.iter_mut().zip(rows).zip(run(inputs)?) {
            put(picture, rows, reach, &output);
        }
    }
    Ok(filtered)
}

/// Some rows of a picture and `reach` pixels on each side of them. Beyond the picture its edge goes on, so that a filter, which
/// takes what it is not given for black, finds no dark frame.
fn values(picture: &RgbImage, rows: Range<usize>, reach: usize) -> Array4<f32> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let inside = |at: usize, first: usize, size: usize| (first + at).saturating_sub(reach).min(size - 1);
    Array4::from_shape_fn((1, rows.len() + 2 * reach, width + 2 * reach, 3), |(_, y, x, colour)| {
        let (x, y) = (inside(x, 0, width), inside(y, rows.start, height));
        f32::from(picture.as_raw()[(y * width + x) * 3 + colour]) / 255.0
    })
}

/// The reverse of [`values`].
fn put(picture: &mut RgbImage, rows: Range<usize>, reach: usize, values: &Array4<f32>) {
    let width = picture.width() as usize;
    for y in rows.clone() {
        for x in 0..width {
            for colour in 0..3 {
                let value = values[[0, y - rows.start + reach, x + reach, colour]];
                picture[(x as u32, y as u32)][colour] = (value * 255.0).round() as u8;
            }
        }
    }
}
