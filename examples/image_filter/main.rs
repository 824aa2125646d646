//! Photographs through filters: `cargo run --release --example image_filter`; filters that are learned: `.. -- train denoise`.
//!
//! Read `filters.rs` first: it holds the layers and models. `training.rs` learns. The rest is what any program has around them: `arguments.rs`,
//! `pictures.rs`, `sheet.rs`, `mistake.rs`.

mod arguments;
mod filters;
mod mistake;
mod pictures;
mod sheet;
mod training;

use arguments::{Application, Arguments, HELP, SHARED, Training};
use filters::{FILTERS, Filter, RANDOM, RANDOM_REACH, Random, Shared, Start};
use image::RgbImage;
use mistake::Mistake;
use std::{
    error::Error,
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use training::{LESSONS, Outcome};

/// The photographs that are used where none are given.
const SHIPPED: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/coffee.png"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/chelsea.png"),
];

fn main() -> ExitCode {
    let Err(error) = run(&mut io::stdout().lock()) else { return ExitCode::SUCCESS };
    // Whoever reads the text may stop reading, as `head` does.
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    // Standard error may be closed too, and then there is nobody to tell.
    let _ = writeln!(io::stderr(), "error: {error}");
    ExitCode::from(if error.is::<Mistake>() { 2 } else { 1 })
}

fn run(text: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == "train" => return train(text, words),
        Some(word) if word == "apply" => return apply(text, words),
        _ => {}
    }
    let known: Vec<&str> = FILTERS.iter().map(|filter| filter.name).chain([SHARED]).collect();
    let Some(arguments) = arguments::parse(std::env::args_os().skip(1), &known)? else {
        write!(text, "{HELP}")?;
        return Ok(());
    };
    let Arguments { photographs, filters, seed, save, load, graph, out } = arguments;
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| filter == name);
    let path = |i: usize| photographs.get(i).cloned().unwrap_or_else(|| PathBuf::from(SHIPPED[i]));

    let (first, second) = (path(0), path(1));
    let photograph = pictures::read(&first)?;
    let other = if wanted(SHARED) { Some(pictures::read(&second)?) } else { None };
    fs::create_dir_all(&out).map_err(|e| Mistake::file(&out, "the output folder", &e, pictures::OTHER_FOLDER))?;

    writeln!(text, "photograph: {}, {}\n", first.display(), pictures::size(&photograph))?;
    let mut gallery = Gallery { out: &out, graphs: graph, shown: vec![] };
    gallery.show("original", &photograph);
    for filter in FILTERS.iter().filter(|filter| wanted(filter.name)) {
        let of_random = |file| if filter.name == RANDOM { file } else { None };
        let start = of_random(load.as_deref()).map_or(Start::Seed(seed), Start::File);
        filter_one(text, filter, start, of_random(save.as_deref()), &photograph, &mut gallery)?;
    }
    if let Some(other) = &other {
        writeln!(text, "second photograph: {}, {}\n", second.display(), pictures::size(other))?;
        // Other weights than those of `random`, whose picture would be the same as the first one here.
        filter_two(text, seed.wrapping_add(1), [&photograph, other], &mut gallery)?;
    }

    let (sheet, names) = gallery.sheet()?;
    writeln!(text, "all of them: {}\n  in its order: {names}", sheet.display())?;
    Ok(())
}

/// Learns filters, and shows what they make of a photograph that they have not seen.
fn train(text: &mut impl Write, words: impl Iterator<Item = OsString>) -> Result<(), Box<dyn Error>> {
    let known = LESSONS.map(|lesson| lesson.name);
    let Some(Training { lessons, photographs, test, steps, seed, out }) = arguments::training(words, &known)? else {
        write!(text, "{HELP}")?;
        return Ok(());
    };
    let photographs = if photographs.is_empty() { vec![PathBuf::from(SHIPPED[0])] } else { photographs };
    let read: Result<Vec<RgbImage>, Mistake> = photographs.iter().map(|path| pictures::read(path)).collect();
    let (learned_from, test) = (read?, pictures::read(&test.unwrap_or_else(|| PathBuf::from(SHIPPED[1])))?);
    fs::create_dir_all(&out).map_err(|e| Mistake::file(&out, "the output folder", &e, pictures::OTHER_FOLDER))?;

    let mut shown = Vec::new();
    for lesson in LESSONS.iter().filter(|lesson| lessons.is_empty() || lessons.iter().any(|name| name == lesson.name)) {
        writeln!(text, "{}: two layers learn {}", lesson.name, lesson.about)?;
        let start = Instant::now();
        let learned = training::learn(lesson, &learned_from, steps, seed)?;
        let weights = out.join(format!("{}.safetensors", lesson.name));
        learned.save(&weights)?;
        writeln!(text, "  learned in {:.0} s -> {}", start.elapsed().as_secs_f64(), weights.display())?;
        let Outcome { pictures, psnr: [before, after] } = training::tested(lesson, &learned, &test)?;
        writeln!(text, "  on a photograph not seen before: {before:.1} dB, filtered {after:.1} dB")?;
        let captions = [format!("{before:.1} dB"), format!("{} {after:.1} dB", lesson.name), "wanted".to_owned()];
        shown.extend(captions.into_iter().zip(pictures.iter().map(sheet::close)));
    }
    let file = out.join("learned_filters.png");
    pictures::write(&file, &sheet::contact_sheet(&shown))?;
    writeln!(text, "given, made and wanted, from close by: {}", file.display())?;
    Ok(())
}

/// Runs a learned filter on a photograph.
fn apply(text: &mut impl Write, words: impl Iterator<Item = OsString>) -> Result<(), Box<dyn Error>> {
    let Some(Application { weights, photograph, out }) = arguments::application(words)? else {
        write!(text, "{HELP}")?;
        return Ok(());
    };
    let photograph = pictures::read(&photograph.unwrap_or_else(|| PathBuf::from(SHIPPED[1])))?;
    let model = Random::load(&weights)?;
    let [filtered] = pictures::filtered([&photograph], RANDOM_REACH, |[images]| Ok([model.run(&images)?]))?;
    fs::create_dir_all(&out).map_err(|e| Mistake::file(&out, "the output folder", &e, pictures::OTHER_FOLDER))?;
    let name = weights.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let file = out.join(format!("applied_{name}.png"));
    pictures::write(&file, &filtered)?;
    writeln!(text, "{name} -> {}", file.display())?;
    Ok(())
}

fn filter_one(
    text: &mut impl Write,
    filter: &Filter,
    start: Start<'_>,
    save: Option<&Path>,
    photograph: &RgbImage,
    gallery: &mut Gallery<'_>,
) -> Result<(), Box<dyn Error>> {
    let built = (filter.build)(start)?;
    if let Some(save) = save {
        (built.save)(save)?;
        writeln!(text, "weights of {}: {}", filter.name, save.display())?;
    }
    let start = Instant::now();
    let [filtered] = pictures::filtered([photograph], filter.reach, |[images]| Ok([(built.run)(images.view())?]))?;
    let took = milliseconds(start.elapsed());
    let file = gallery.add(filter.name, &filtered)?;
    writeln!(text, "{}: {}, {took} -> {}", filter.name, filter.about, file.display())?;
    gallery.draw(text, filter.name, &built.graph)?;
    writeln!(text, "{}", built.summary)?;
    Ok(())
}

fn filter_two(
    text: &mut impl Write,
    seed: u64,
    photographs: [&RgbImage; 2],
    gallery: &mut Gallery<'_>,
) -> Result<(), Box<dyn Error>> {
    let model = Shared::init(seed)?;
    let start = Instant::now();
    let [first, second] = pictures::filtered(photographs, RANDOM_REACH, |[first, second]| {
        let (first, second) = model.run(&first, &second)?;
        Ok([first, second])
    })?;
    let took = milliseconds(start.elapsed());
    let first = gallery.add("shared first", &first)?;
    gallery.show("second original", photographs[1]);
    let second = gallery.add("shared second", &second)?;
    writeln!(text, "shared: one filter for two photographs, {took} -> {}, {}", first.display(), second.display())?;
    gallery.draw(text, SHARED, model.instance().graph())?;
    writeln!(text, "both used the same {} variables:", model.variables().len())?;
    writeln!(text, "{}", model.summary())?;
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// The pictures made so far, small.
struct Gallery<'a> {
    out: &'a Path,
    /// Whether the graphs of the models are drawn too.
    graphs: bool,
    shown: Vec<(String, RgbImage)>,
}

impl Gallery<'_> {
    /// Writes a picture, and puts it on the contact sheet; where it is.
    fn add(&mut self, name: &str, picture: &RgbImage) -> Result<PathBuf, Mistake> {
        let file = self.out.join(format!("{}.png", name.replace(' ', "_")));
        pictures::write(&file, picture)?;
        self.show(name, picture);
        Ok(file)
    }

    /// Draws the graph of a model, if that is asked for, and says where.
    fn draw(&self, text: &mut impl Write, name: &str, graph: &tf::Graph) -> Result<(), Box<dyn Error>> {
        if self.graphs {
            let file = self.out.join(format!("{name}.svg"));
            let drawing = graph.drawing().title(name).to_svg();
            fs::write(&file, drawing).map_err(|e| Mistake::file(&file, "written", &e, pictures::OTHER_FOLDER))?;
            writeln!(text, "its graph -> {}", file.display())?;
        }
        Ok(())
    }

    /// Puts a picture on the contact sheet.
    fn show(&mut self, name: &str, picture: &RgbImage) {
        self.shown.push((name.to_owned(), sheet::fit(picture)));
    }

    /// Writes the contact sheet; where it is, and what is on it.
    fn sheet(&self) -> Result<(PathBuf, String), Mistake> {
        let file = self.out.join("contact_sheet.png");
        pictures::write(&file, &sheet::contact_sheet(&self.shown))?;
        let names: Vec<&str> = self.shown.iter().map(|(name, _)| name.as_str()).collect();
        Ok((file, names.join(", ")))
    }
}
