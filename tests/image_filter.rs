//! The example `image_filter`: its models, and what lies around them.

#[path = "../examples/image_filter/arguments.rs"]
mod arguments;
// What a filter says of itself is printed by the example alone.
#[allow(dead_code)]
#[path = "../examples/image_filter/filters.rs"]
mod filters;
#[path = "../examples/image_filter/mistake.rs"]
mod mistake;
#[path = "../examples/image_filter/pictures.rs"]
mod pictures;
// What a lesson says of itself is printed by the example alone.
#[allow(dead_code)]
#[path = "../examples/image_filter/training.rs"]
mod training;

use arguments::{HELP, SHARED};
use filters::{Blur, Edges, Emboss, FILTERS, Filter, RANDOM_REACH, Random, Shared, Sharpen, Start};
use image::{GrayImage, ImageBuffer, LumaA, Rgb, RgbImage};
use ndarray::{Array4, s};
use std::path::{Path, PathBuf};

fn filter(name: &str) -> &'static Filter {
    FILTERS.iter().find(|filter| filter.name == name).expect("tests name filters that exist")
}

fn apply(name: &str, picture: &RgbImage) -> RgbImage {
    let filter = filter(name);
    let built = (filter.build)(Start::Seed(7)).unwrap();
    let [out] = pictures::filtered([picture], filter.reach, |[x]| Ok([(built.run)(x.view())?])).unwrap();
    out
}

/// Every pixel another, within what eight bits hold.
fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let value = |n: u32| ((x * 31 + y * 17 + n * 71).wrapping_mul(2_654_435_761) >> 13) as u8;
        Rgb([value(0), value(1), value(2)])
    })
}

fn names() -> Vec<&'static str> {
    FILTERS.iter().map(|filter| filter.name).chain([SHARED]).collect()
}

/// A folder of this test alone, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tf_scope_image_filter_{name}_{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_picture_of_one_colour_stays_or_becomes_black_or_grey() {
    let brown = RgbImage::from_pixel(40, 23, Rgb([120, 60, 30]));
    for (name, want) in
        [("blur", [120, 60, 30]), ("sharpen", [120, 60, 30]), ("edges", [0, 0, 0]), ("emboss", [128, 128, 128])]
    {
        for (x, y, found) in apply(name, &brown).enumerate_pixels() {
            assert_eq!(found.0, want, "{name} at {x}, {y}");
        }
    }
}

#[test]
fn the_output_is_as_large_as_the_input() {
    for (width, height) in [(1, 1), (2, 7), (33, 5), (1200, 2)] {
        for filter in &FILTERS {
            let out = apply(filter.name, &pattern(width, height));
            assert_eq!(out.dimensions(), (width, height), "{}", filter.name);
        }
    }
}

#[test]
fn one_pass_of_each_kernel_is_the_plain_sum() {
    let picture = pattern(9, 8);
    let at = |x: i64, y: i64, c: usize| {
        let (x, y) = (x.clamp(0, 8) as u32, y.clamp(0, 7) as u32);
        f64::from(picture.get_pixel(x, y)[c]) / 255.0
    };
    let (sharpen, edges, emboss) = (apply("sharpen", &picture), apply("edges", &picture), apply("emboss", &picture));
    for (x, y, c) in (0..9).flat_map(|x| (0..8).flat_map(move |y| (0..3).map(move |c| (x, y, c)))) {
        let close = |out: &RgbImage, want: f64| {
            let found = f64::from(out.get_pixel(x as u32, y as u32)[c]);
            assert!((found - want.clamp(0.0, 1.0) * 255.0).abs() < 0.51, "{x}, {y}, {c}: {found} against {want}");
        };
        close(&sharpen, 5.0 * at(x, y, c) - at(x - 1, y, c) - at(x + 1, y, c) - at(x, y - 1, c) - at(x, y + 1, c));
        let right = |y| at(x + 1, y, c) - at(x - 1, y, c);
        let down = |x| at(x, y + 1, c) - at(x, y - 1, c);
        let (right, down) = (right(y - 1) + 2.0 * right(y) + right(y + 1), down(x - 1) + 2.0 * down(x) + down(x + 1));
        close(&edges, 0.6 * right.hypot(down));
        let light = at(x - 1, y - 1, c) + at(x, y - 1, c) + at(x - 1, y, c);
        close(&emboss, 128.0 / 255.0 + at(x + 1, y + 1, c) + at(x, y + 1, c) + at(x + 1, y, c) - light);
    }
}

#[test]
fn the_blur_has_the_width_of_sixteen_gaussians() {
    // A white line on black: the brightness that falls at each distance is the blur's own shape.
    let line = RgbImage::from_fn(101, 1, |x, _| if x == 50 { Rgb([255; 3]) } else { Rgb([0; 3]) });
    let out = apply("blur", &line);
    let weight = |x: u32| f64::from(out.get_pixel(x, 0)[0]);
    let total: f64 = (0..101).map(weight).sum();
    let variance = (0..101).map(|x| weight(x) * (f64::from(x) - 50.0).powi(2)).sum::<f64>() / total;
    assert!((total - 255.0).abs() < 8.0, "{total}");
    assert!((variance.sqrt() - 4.0).abs() < 0.2, "{variance}");
}

#[test]
fn a_picture_of_many_tiles_is_filtered_as_a_whole() {
    let picture = pattern(2100, 11);
    for name in ["blur", "random"] {
        let filter = filter(name);
        let built = (filter.build)(Start::Seed(7)).unwrap();
        // The same as one tile would have it: the picture with its edges going on, without tiles.
        let reach = filter.reach;
        let (width, height) = (2100, 11);
        let whole = Array4::from_shape_fn((1, height + 2 * reach, width + 2 * reach, 3), |(_, y, x, c)| {
            let (x, y) = (x.saturating_sub(reach).min(width - 1), y.saturating_sub(reach).min(height - 1));
            f32::from(picture.get_pixel(x as u32, y as u32)[c]) / 255.0
        });
        let whole = (built.run)(whole.view()).unwrap();
        let inside = whole.slice(s![0, reach..reach + height, reach..reach + width, ..]);
        let tiles = apply(name, &picture);
        for ((y, x, c), want) in inside.indexed_iter() {
            let found = f32::from(tiles.get_pixel(x as u32, y as u32)[c]);
            assert!((found - want * 255.0).abs() < 0.51, "{name} at {x}, {y}, {c}: {found} against {}", want * 255.0);
        }
    }
}

#[test]
fn two_photographs_share_the_variables_of_one() {
    let (shared, random) = (Shared::init(7).unwrap(), Random::init(7).unwrap());
    let variables = |all: Vec<(String, tf::Value)>| all.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let want = ["model/conv1/weights", "model/conv1/biases", "model/conv2/weights", "model/conv2/biases"];
    assert_eq!(variables(shared.variables()), want);
    assert_eq!(variables(random.variables()), want);

    let (first, second) = (pattern(30, 20), pattern(1100, 9));
    let both = pictures::filtered([&first, &second], RANDOM_REACH, |[first, second]| {
        let (first, second) = shared.run(&first, &second)?;
        Ok([first, second])
    });
    assert_eq!(both.unwrap(), [apply("random", &first), apply("random", &second)]);
}

#[test]
fn the_seed_decides_what_random_draws() {
    let weights = |seed| Random::init(seed).unwrap().get::<f32>("model/conv1/weights").unwrap();
    assert_eq!(weights(7), weights(7));
    assert_ne!(weights(7), weights(8));
}

#[test]
fn a_filter_is_saved_and_loaded() {
    let folder = Folder::new("saved");
    let file = folder.file("random.safetensors");
    for filter in &FILTERS {
        let saved = (filter.build)(Start::Seed(9)).unwrap();
        (saved.save)(&file).unwrap();
        let loaded = (filter.build)(Start::File(&file)).unwrap();
        let images = Array4::from_shape_fn((1, 6, 5, 3), |(_, y, x, c)| (y * 15 + x * 3 + c) as f32 / 90.0);
        assert_eq!((loaded.run)(images.view()).unwrap(), (saved.run)(images.view()).unwrap(), "{}", filter.name);
    }
    let Err(error) = (filter("blur").build)(Start::File(&file)) else { panic!("these are the weights of another") };
    assert_eq!(error.code(), "E-CHECKPOINT-MISSING");
}

#[test]
fn a_filter_is_learned_saved_and_applied() {
    let coffee = pictures::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/coffee.png"))).unwrap();
    let lesson = training::LESSONS.iter().find(|lesson| lesson.name == "emboss").expect("it can be learned");
    let learned = training::learn(lesson, std::slice::from_ref(&coffee), 60, 7).unwrap();
    let training::Outcome { pictures: [given, made, wanted], psnr: [before, after] } =
        training::tested(lesson, &learned, &coffee).unwrap();
    assert_eq!((given, wanted), (coffee.clone(), apply("emboss", &coffee)));
    assert!(after > before + 5.0, "{before} dB before, {after} dB after");

    let folder = Folder::new("learned");
    learned.save(folder.file("emboss.safetensors")).unwrap();
    let random = Random::load(folder.file("emboss.safetensors")).unwrap();
    let [again] = pictures::filtered([&coffee], RANDOM_REACH, |[images]| Ok([random.run(&images)?])).unwrap();
    assert!(again == made, "what is loaded filters as what was learned");

    let small = training::learn(lesson, &[pattern(40, 60)], 1, 7);
    assert!(small.err().unwrap().to_string().contains("a photograph of 40×60 is too small"));
}

#[test]
fn fixed_kernels_are_not_trained() {
    let fixed = [Blur::VARIABLES, Sharpen::VARIABLES, Edges::VARIABLES, Emboss::VARIABLES].concat();
    assert_eq!(fixed.len(), 6);
    assert!(fixed.iter().all(|variable| !variable.trainable));
    assert!(Random::VARIABLES.iter().all(|variable| variable.trainable));
}

#[test]
fn pictures_of_every_kind_are_read_in_three_colours() {
    let folder = Folder::new("kinds");
    let file = folder.file("grey.png");
    GrayImage::from_pixel(3, 2, image::Luma([90])).save(&file).unwrap();
    assert_eq!(pictures::read(&file).unwrap(), RgbImage::from_pixel(3, 2, Rgb([90; 3])));

    let file = folder.file("half_transparent.png");
    ImageBuffer::from_pixel(3, 2, LumaA([0u8, 51])).save(&file).unwrap();
    assert_eq!(pictures::read(&file).unwrap(), RgbImage::from_pixel(3, 2, Rgb([204; 3])));

    // A name that says something else does not matter.
    let (file, written) = (folder.file("picture.png"), pattern(5, 4));
    pictures::write(&file, &written).unwrap();
    let renamed = folder.file("picture.jpg");
    std::fs::rename(&file, &renamed).unwrap();
    assert_eq!(pictures::read(&renamed).unwrap(), written);
}

#[test]
fn files_that_are_no_pictures_are_refused_with_a_way_out() {
    let folder = Folder::new("bad");
    let refused = |path: &Path| pictures::read(path).unwrap_err().to_string();
    let file = |name: &str, content: &[u8]| {
        let path = folder.file(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let whole = folder.file("whole.png");
    pictures::write(&whole, &pattern(50, 50)).unwrap();
    let whole = std::fs::read(&whole).unwrap();
    let half = &whole[..whole.len() / 2];

    for (path, why) in [
        (folder.file("missing.png"), "there is no such file"),
        (file("text.png", b"not a picture"), "it is damaged, or no picture"),
        (file("text.txt", b"not a picture"), "its format is not known"),
        (file("empty.png", b""), "it ends too early"),
        (file("half.png", half), "it ends too early"),
    ] {
        let text = refused(&path);
        assert!(text.contains(why) && text.contains("\n  help: "), "{text}");
    }
    let text = pictures::write(&folder.file("missing/picture.png"), &pattern(2, 2)).unwrap_err().to_string();
    assert!(text.contains("cannot be written") && text.contains("--out DIR"), "{text}");
}

#[test]
fn the_command_line_is_read_or_refused() {
    let parse = |line: &str| arguments::parse(line.split_whitespace().map(Into::into), &names());
    let all = parse("").unwrap().unwrap();
    assert!(all.filters.is_empty() && all.photographs.is_empty());
    let weights = parse("--load a --filter random --save b").unwrap().unwrap();
    assert_eq!((weights.load, weights.save), (Some("a".into()), Some("b".into())));
    assert!(all.filters.is_empty() && all.photographs.is_empty() && !all.graph);
    assert!(parse("--graph").unwrap().unwrap().graph);
    let some = parse("a.png --filter blur b.jpg --seed 9 --out there --filter=shared").unwrap().unwrap();
    assert_eq!(some.photographs, [Path::new("a.png"), Path::new("b.jpg")]);
    assert_eq!((some.filters, some.seed, some.out), (vec!["blur".into(), "shared".into()], 9, "there".into()));
    assert!(parse("--help").unwrap().is_none());

    for (line, what) in [
        ("--filter blurr", "there is no filter `blurr`"),
        ("--filter blur --save w", "`--save` and `--load` are about the weights of `random`"),
        ("--load", "`--load` needs a value"),
        ("--colour red", "there is no option `--colour`"),
        ("--seed", "`--seed` needs a value"),
        ("--seed -1", "the seed `-1` is no whole number from 0 on"),
        ("a b c", "`c` is a third photograph, and two are the most"),
    ] {
        let Err(mistake) = parse(line) else { panic!("`{line}` is accepted") };
        let text = mistake.to_string();
        assert!(text.starts_with(what) && text.contains("\n  help: "), "{text}");
    }
}

#[test]
fn what_stands_behind_train_and_apply_is_read_or_refused() {
    let known = training::LESSONS.map(|lesson| lesson.name);
    let words = |line: &str| line.split_whitespace().map(Into::into).collect::<Vec<std::ffi::OsString>>();
    let training = arguments::training(words("denoise a.png b.jpg --test c.png --steps 9"), &known).unwrap().unwrap();
    assert_eq!((training.lessons, training.steps), (vec!["denoise".to_owned()], 9));
    assert_eq!(training.photographs, [Path::new("a.png"), Path::new("b.jpg")]);
    assert_eq!((training.test, training.seed, training.out), (Some("c.png".into()), 7, "target/image_filter".into()));
    let application = arguments::application(words("w.safetensors a.png")).unwrap().unwrap();
    assert_eq!((application.weights, application.photograph), ("w.safetensors".into(), Some("a.png".into())));
    assert_eq!(application.out, Path::new("target/image_filter"));
    assert!(arguments::training(words("--help"), &known).unwrap().is_none());
    assert!(arguments::application(words("--help")).unwrap().is_none());

    for (line, what) in [
        ("denoize", "`denoize` is neither something to learn nor a photograph"),
        ("--steps many", "`many` is no number of steps"),
        ("--steps 0", "nothing is learned in 0 steps"),
        ("--seed x", "the seed `x` is no whole number from 0 on"),
        ("--filter blur", "there is no option `--filter`"),
    ] {
        let text = arguments::training(words(line), &known).err().expect(line).to_string();
        assert!(text.starts_with(what) && text.contains("\n  help: "), "{text}");
    }
    for (line, what) in [("", "`apply` needs the weights of a filter"), ("a b c", "unexpected argument \"c\"")] {
        let text = arguments::application(words(line)).err().expect(line).to_string();
        assert!(text.starts_with(what) && text.contains("\n  help: "), "{text}");
    }
}

#[test]
fn help_names_every_filter_and_lesson() {
    assert!(HELP.contains(&names().join(", ")), "{HELP}");
    assert!(training::LESSONS.iter().all(|lesson| HELP.contains(lesson.name)), "{HELP}");
}
