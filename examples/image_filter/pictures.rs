//! Photographs: read from files, taken through a filter in tiles, written to files.

use crate::mistake::Mistake;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Rgb, RgbImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use ndarray::{Array3, Array4};
use std::{fs::File, io::BufWriter, ops::Range, path::Path};

/// Pixels on a side of a tile. A filter is given one tile at a time: its 32 features for each pixel take 128 MiB, however large the
/// photograph is.
const TILE: u32 = 1024;

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
            let why = match error {
                ImageError::Unsupported(_) => "its format is not known",
                ImageError::IoError(_) => "it ends too early",
                ImageError::Limits(_) => "it takes too much memory",
                _ => "it is damaged, or no picture",
            };
            let what = format!("`{}` cannot be read: {why}", path.display());
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

/// The way out where a folder takes no files.
pub const OTHER_FOLDER: &str = "give another folder: `--out DIR`";

/// Writes a PNG file.
///
/// # Errors
/// A file that cannot be written.
pub fn write(path: &Path, picture: &RgbImage) -> Result<(), Mistake> {
    let file = File::create(path).map_err(|error| Mistake::file(path, "written", &error, OTHER_FOLDER))?;
    let small = PngEncoder::new_with_quality(BufWriter::new(file), CompressionType::Best, FilterType::Adaptive);
    picture.write_with_encoder(small).map_err(|error| match error {
        ImageError::IoError(error) => Mistake::file(path, "written", &error, OTHER_FOLDER),
        error => Mistake::new(format!("`{}` cannot be written: {error}", path.display()), OTHER_FOLDER),
    })
}

/// `600×400`
pub fn size(picture: &RgbImage) -> String {
    format!("{}×{}", picture.width(), picture.height())
}

/// The values of a picture, `[height, width, 3]`, between 0 and 1.
pub fn values(picture: &RgbImage) -> Array3<f32> {
    let size = (picture.height() as usize, picture.width() as usize, 3);
    Array3::from_shape_fn(size, |(y, x, colour)| f32::from(picture.get_pixel(x as u32, y as u32).0[colour]) / 255.0)
}

/// The picture of such values; what is darker than black or brighter than white is cut off.
pub fn of_values(values: &Array3<f32>) -> RgbImage {
    let (height, width, _) = values.dim();
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        Rgb([0, 1, 2].map(|colour| eight_bits(values[[y as usize, x as usize, colour]])))
    })
}

fn eight_bits(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

/// Takes pictures through a filter that looks `reach` pixels far, tile after tile.
///
/// # Errors
/// Those of `run`.
pub fn filtered<const N: usize>(
    pictures: [&RgbImage; N],
    reach: usize,
    mut run: impl FnMut([Array4<f32>; N]) -> tf::Result<[Array4<f32>; N]>,
) -> tf::Result<[RgbImage; N]> {
    let tiles = |size: fn(&RgbImage) -> u32| pictures.iter().map(|&p| size(p).div_ceil(TILE)).max().unwrap_or(0);
    let (rows, columns) = (tiles(RgbImage::height), tiles(RgbImage::width));
    let mut filtered = pictures.map(|picture| RgbImage::new(picture.width(), picture.height()));
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let tiles = pictures.map(|picture| Tile {
            rows: part(picture.height(), row, rows),
            columns: part(picture.width(), column, columns),
        });
        let inputs = std::array::from_fn(|i| tiles[i].values(pictures[i], reach));
        for ((picture, tile), output) in filtered.iter_mut().zip(&tiles).zip(run(inputs)?) {
            tile.put(picture, reach, &output);
        }
    }
    Ok(filtered)
}

/// Part `index` of `size` pixels in `parts` parts that are as equal as can be.
fn part(size: u32, index: u32, parts: u32) -> Range<usize> {
    let start = |index: u32| size as usize * index as usize / parts as usize;
    start(index)..start(index + 1)
}

/// A part of a picture.
struct Tile {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Tile {
    /// Its pixels, and `reach` more on each side. Beyond the picture its edge goes on, so that a filter, which takes what it is not
    /// given for black, finds no dark frame.
    fn values(&self, picture: &RgbImage, reach: usize) -> Array4<f32> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let inside = |at: usize, first: usize, size: usize| (first + at).saturating_sub(reach).min(size - 1);
        let shape = (1, self.rows.len() + 2 * reach, self.columns.len() + 2 * reach, 3);
        Array4::from_shape_fn(shape, |(_, y, x, colour)| {
            let (y, x) = (inside(y, self.rows.start, height), inside(x, self.columns.start, width));
            f32::from(picture.as_raw()[(y * width + x) * 3 + colour]) / 255.0
        })
    }

    /// Puts filtered values where [`values`](Tile::values) took them from, without those on the sides.
    fn put(&self, picture: &mut RgbImage, reach: usize, values: &Array4<f32>) {
        for (y, row) in self.rows.clone().enumerate() {
            for (x, column) in self.columns.clone().enumerate() {
                let colour = |i| eight_bits(values[[0, y + reach, x + reach, i]]);
                picture.put_pixel(column as u32, row as u32, Rgb([0, 1, 2].map(colour)));
            }
        }
    }
}
