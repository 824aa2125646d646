//! A contact sheet: pictures side by side, each with its name below.

use font8x8::UnicodeFonts;
use image::{Rgb, RgbImage, imageops};

const COLUMNS: usize = 3;
/// The place of one picture, which is scaled down where it is larger.
const TILE: (u32, u32) = (480, 340);
const GAP: u32 = 16;
/// Two pixels for each of the font's eight.
const TEXT: u32 = 16;
const BACKGROUND: Rgb<u8> = Rgb([28, 28, 30]);
const INK: Rgb<u8> = Rgb([235, 235, 235]);

/// One sheet with all pictures, in rows of three; [`fit`] made them small enough.
pub fn contact_sheet(pictures: &[(String, RgbImage)]) -> RgbImage {
    let columns = pictures.len().clamp(1, COLUMNS) as u32;
    let rows = pictures.len().div_ceil(COLUMNS) as u32;
    let step = (TILE.0 + GAP, TILE.1 + TEXT + 2 * GAP);
    let mut sheet = RgbImage::from_pixel(columns * step.0 + GAP, rows * step.1 + GAP, BACKGROUND);
    for (number, (name, picture)) in (0..).zip(pictures) {
        let (left, top) = (GAP + number % columns * step.0, GAP + number / columns * step.1);
        let (x, y) = (left + (TILE.0 - picture.width()) / 2, top + (TILE.1 - picture.height()) / 2);
        imageops::replace(&mut sheet, picture, x.into(), y.into());
        let text_width = name.chars().count() as u32 * TEXT;
        write(&mut sheet, name, left + TILE.0.saturating_sub(text_width) / 2, top + TILE.1 + GAP / 2);
    }
    sheet
}

/// A picture, small enough for the sheet.
pub fn fit(picture: &RgbImage) -> RgbImage {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let scale = (f64::from(TILE.0) / width).min(f64::from(TILE.1) / height).min(1.0);
    let scaled = |size: f64| ((size * scale).round() as u32).max(1);
    imageops::resize(picture, scaled(width), scaled(height), imageops::FilterType::Triangle)
}

/// The middle of a picture, each of its pixels as nine.
pub fn close(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width().min(TILE.0 / 3), picture.height().min(TILE.1 / 3));
    let (left, top) = ((picture.width() - width) / 2, (picture.height() - height) / 2);
    let middle = imageops::crop_imm(picture, left, top, width, height).to_image();
    imageops::resize(&middle, 3 * width, 3 * height, imageops::FilterType::Nearest)
}

fn write(sheet: &mut RgbImage, text: &str, left: u32, top: u32) {
    for (place, letter) in (0..).zip(text.chars()) {
        let Some(rows) = font8x8::BASIC_FONTS.get(letter) else { continue };
        for (x, y) in (0..TEXT).flat_map(|y| (0..TEXT).map(move |x| (x, y))) {
            let inked = rows[y as usize / 2] >> (x / 2) & 1 == 1;
            if let Some(pixel) = sheet.get_pixel_mut_checked(left + place * TEXT + x, top + y).filter(|_| inked) {
                *pixel = INK;
            }
        }
    }
}
