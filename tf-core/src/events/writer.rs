//! [`EventWriter`]: appends what happens to an event file that TensorBoard shows while it grows.

use super::{
    drawn::graph_def,
    histogram::histogram,
    messages::{Event, Image, Kind, SessionLog, Summarized, Summary, What},
    record,
};
use crate::{
    engine::cast::cast,
    error::{Error, Result, Status},
    graph::Graph,
    store::Store,
    value::Value,
};
use ndarray::ArrayView3;
use prost::Message;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Writes an event file into a directory: `tensorboard --logdir DIRECTORY` shows it.
///
/// Each call appends whole events, so that a program that ends in the middle leaves a file that can be read.
/// The TensorFlow symbol is `tf.summary.FileWriter`.
///
/// ```
/// # use tf_core as tf;
/// # fn main() -> tf::Result<()> {
/// # let directory = std::env::temp_dir().join(format!("tf-scope-events-{}", std::process::id()));
/// use tf::events::EventWriter;
/// let events = EventWriter::create(&directory)?;
/// for step in 0..10 {
///     events.scalar("loss", step, 1.0 / (step + 1) as f32)?;
/// }
/// # std::fs::remove_dir_all(&directory).unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: Mutex<File>,
}

/// Writers of one process get files of their own.
static WRITERS: AtomicU32 = AtomicU32::new(0);

impl EventWriter {
    /// A new file in `directory`, which is made if it is missing.
    ///
    /// # Errors
    /// E-EVENTS if the file cannot be written.
    pub fn create(directory: impl AsRef<Path>) -> Result<EventWriter> {
        let directory = directory.as_ref();
        let name = format!(
            "events.out.tfevents.{:010}.tf-scope.{}.{}",
            now() as u64,
            std::process::id(),
            WRITERS.fetch_add(1, Ordering::Relaxed)
        );
        let path = directory.join(name);
        let opened = std::fs::create_dir_all(directory)
            .and_then(|()| OpenOptions::new().create_new(true).append(true).open(&path));
        let file = opened.map_err(|error| failed(&path, &error))?;
        let writer = EventWriter { path, file: Mutex::new(file) };
        writer.write(0, What::FileVersion("brain.Event:2".to_owned()))?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number at a step, drawn as a curve.
    ///
    /// # Errors
    /// E-EVENTS if the file cannot be written.
    pub fn scalar(&self, tag: &str, step: i64, value: f32) -> Result<()> {
        self.summary(step, vec![Summarized { tag: tag.to_owned(), kind: Some(Kind::Scalar(value)) }])
    }

    /// How the numbers of a value are spread at a step. What is not finite is not counted.
    ///
    /// # Errors
    /// E-EVENTS if the file cannot be written.
    pub fn histogram(&self, tag: &str, step: i64, value: &Value) -> Result<()> {
        self.summary(step, vec![histogram_of(tag, value)])
    }

    /// The histograms of all variables that have a value, tagged by their names.
    ///
    /// # Errors
    /// E-EVENTS if the file cannot be written.
    pub fn variables(&self, step: i64, store: &Store) -> Result<()> {
        self.summary(step, store.values().iter().map(|(name, value)| histogram_of(name, value)).collect())
    }

    /// An image of `[height, width, channels]`, numbers from 0 (black) to 1; channels are one (grey), two (with alpha), three (RGB) or four.
    ///
    /// # Errors
    /// E-EVENTS-IMAGE for another number of channels or an empty image; E-EVENTS if the file cannot be written.
    pub fn image(&self, tag: &str, step: i64, image: ArrayView3<'_, f32>) -> Result<()> {
        let (height, width, channels) = image.dim();
        let encoded = png_of(image).map_err(|reason| {
            Error::new(
                Status::InvalidArgument,
                "E-EVENTS-IMAGE",
                format!(
                    "image `{tag}` of shape [{height}, {width}, {channels}] is no picture: {reason}\n  help: give it a height, a width, and 1 to 4 channels"
                ),
            )
        })?;
        let image = Image { height: height as i32, width: width as i32, colorspace: channels as i32, encoded };
        self.summary(step, vec![Summarized { tag: tag.to_owned(), kind: Some(Kind::Image(image)) }])
    }

    /// The graph, drawn with its name scopes as boxes.
    ///
    /// # Errors
    /// E-EVENTS if the file cannot be written.
    pub fn graph(&self, graph: &Graph) -> Result<()> {
        self.write(0, What::GraphDef(graph_def(graph)))
    }

    /// A run goes on from before this step: TensorBoard leaves out what was written of this step and later ones before.
    ///
    /// # Errors
    /// E-EVENTS if the file cannot be written.
    pub fn resumed(&self, step: i64) -> Result<()> {
        self.write(step, What::SessionLog(SessionLog { status: SessionLog::START }))
    }

    fn summary(&self, step: i64, values: Vec<Summarized>) -> Result<()> {
        self.write(step, What::Summary(Summary { values }))
    }

    fn write(&self, step: i64, what: What) -> Result<()> {
        let event = Event { wall_time: now(), step, what: Some(what) };
        let mut frame = Vec::new();
        record::append(&event.encode_to_vec(), &mut frame);
        let mut file = self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        file.write_all(&frame).map_err(|error| failed(&self.path, &error))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    // A clock before 1970 is of no use for curves, and does no harm either.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        Status::FailedPrecondition,
        "E-EVENTS",
        format!(
            "the event file `{}` cannot be written: {error}\n  help: look at the directory and the space there",
            path.display()
        ),
    )
}

fn histogram_of(tag: &str, value: &Value) -> Summarized {
    let numbers = cast(value, crate::DType::F64);
    let numbers = numbers.as_slice::<f64>().unwrap_or_default();
    Summarized { tag: tag.to_owned(), kind: Some(Kind::Histogram(histogram(numbers.iter().copied()))) }
}

fn png_of(image: ArrayView3<'_, f32>) -> std::result::Result<Vec<u8>, String> {
    let (height, width, channels) = image.dim();
    let color = match channels {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        4 => png::ColorType::Rgba,
        _ => return Err(format!("it has {channels} channels")),
    };
    let side = |size: usize| u32::try_from(size).map_err(|error| error.to_string());
    let bytes: Vec<u8> = image.iter().map(|x| (x.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side(width)?, side(height)?);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&bytes).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::constant;
    use ndarray::Array3;

    /// A directory of its own that is removed in the end.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Directory {
            Directory(std::env::temp_dir().join(format!("tf-scope-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// The events of a file, its check sums left to `record`'s test.
    fn read(path: &Path) -> Vec<Event> {
        let bytes = std::fs::read(path).unwrap();
        let (mut at, mut events) = (0, Vec::new());
        while at < bytes.len() {
            let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
            events.push(Event::decode(&bytes[at + 12..at + 12 + length]).unwrap());
            at += 16 + length;
        }
        events
    }

    #[test]
    fn what_is_written_is_read_back() {
        let directory = Directory::new("events");
        let events = EventWriter::create(&directory.0).unwrap();
        events.scalar("loss", 3, 0.25).unwrap();
        events.histogram("weights", 4, &Value::new(vec![4], vec![0.5f32, 0.5, -1.0, f32::NAN])).unwrap();
        events.image("picture", 5, Array3::from_shape_fn((4, 6, 3), |(y, _, _)| y as f32 / 3.0).view()).unwrap();
        let graph = Graph::new();
        let _sum = graph.build(|| crate::name_scope("tower", || constant(1.0f32) + constant(2.0f32))).unwrap();
        events.graph(&graph).unwrap();
        let found = read(events.path());
        assert_eq!(found[0].what, Some(What::FileVersion("brain.Event:2".to_owned())));
        let kind = |event: &Event| match &event.what {
            Some(What::Summary(summary)) => summary.values[0].clone(),
            other => panic!("no summary: {other:?}"),
        };
        assert_eq!((found[1].step, kind(&found[1]).kind), (3, Some(Kind::Scalar(0.25))));
        let Some(Kind::Histogram(histogram)) = kind(&found[2]).kind else { panic!("no histogram") };
        assert_eq!((histogram.count, histogram.min, histogram.max), (3.0, -1.0, 0.5));
        let Some(Kind::Image(image)) = kind(&found[3]).kind else { panic!("no image") };
        assert_eq!((image.height, image.width, image.colorspace, &image.encoded[1..4]), (4, 6, 3, &b"PNG"[..]));
        let Some(What::GraphDef(graph)) = &found[4].what else { panic!("no graph") };
        let graph = super::super::messages::GraphDef::decode(&graph[..]).unwrap();
        let sum = graph.nodes.iter().find(|node| *node.name == *"tower/add").unwrap();
        assert_eq!(
            (sum.op.as_str(), &sum.inputs[..]),
            ("AddV2", &["tower/Const".to_owned(), "tower/Const_1".to_owned()][..])
        );
    }

    #[test]
    fn a_run_that_goes_on_says_from_which_step() {
        let directory = Directory::new("events-resumed");
        let events = EventWriter::create(&directory.0).unwrap();
        events.resumed(101).unwrap();
        events.scalar("loss", 101, 0.25).unwrap();
        let found = read(events.path());
        let began = What::SessionLog(SessionLog { status: SessionLog::START });
        assert_eq!((found[1].step, found[1].what.as_ref()), (101, Some(&began)));
        assert_eq!((found.len(), found[2].step), (3, 101));
    }

    #[test]
    fn an_image_of_five_channels() {
        let directory = Directory::new("events-image");
        let events = EventWriter::create(&directory.0).unwrap();
        let error = events.image("x", 0, Array3::zeros((2, 2, 5)).view()).unwrap_err();
        assert_eq!(error.code(), "E-EVENTS-IMAGE");
        assert_eq!(events.image("x", 0, Array3::zeros((0, 2, 1)).view()).unwrap_err().code(), "E-EVENTS-IMAGE");
    }

    #[test]
    fn a_directory_that_is_a_file() {
        let directory = Directory::new("events-file");
        std::fs::create_dir_all(&directory.0).unwrap();
        let file = directory.0.join("taken");
        std::fs::write(&file, "").unwrap();
        assert_eq!(EventWriter::create(&file).unwrap_err().code(), "E-EVENTS");
    }
}
