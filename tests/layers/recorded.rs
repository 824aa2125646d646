//! What TensorFlow recorded, read.

use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;
use tf::{Element, Feed, Session, Tensor};

/// The cases of one part of the fixture.
pub(crate) fn cases(part: &str) -> Vec<Json> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/layers.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let json: Json = serde_json::from_str(&text).expect("the fixture is JSON");
    json[part].as_array().expect("a list of cases").clone()
}

pub(crate) fn list<'j>(case: &'j Json, key: &str) -> &'j [Json] {
    case[key].as_array().unwrap_or_else(|| panic!("the list `{key}`"))
}

pub(crate) fn text<'j>(case: &'j Json, key: &str) -> &'j str {
    case[key].as_str().unwrap_or_else(|| panic!("the text `{key}`"))
}

pub(crate) fn texts(case: &Json, key: &str) -> Vec<String> {
    list(case, key).iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// An element as it is recorded.
pub(crate) trait Recorded: Element + Copy {
    fn read(json: &Json) -> Self;
}

impl Recorded for f32 {
    fn read(json: &Json) -> f32 {
        json.as_f64().expect("a number") as f32
    }
}

impl Recorded for i32 {
    fn read(json: &Json) -> i32 {
        json.as_i64().and_then(|n| n.try_into().ok()).expect("an i32")
    }
}

impl Recorded for bool {
    fn read(json: &Json) -> bool {
        json.as_bool().expect("true or false")
    }
}

pub(crate) fn shape(json: &Json) -> Vec<usize> {
    list(json, "shape").iter().map(|n| n.as_u64().expect("a size") as usize).collect()
}

pub(crate) fn array<T: Recorded>(json: &Json) -> ArrayD<T> {
    let elements = list(json, "data").iter().map(T::read).collect();
    ArrayD::from_shape_vec(IxDyn(&shape(json)), elements).expect("as many elements as the shape says")
}

/// Placeholders of unknown batch size, and what is fed into them.
#[derive(Default)]
pub(crate) struct Inputs(Vec<Feed>);

impl Inputs {
    pub(crate) fn tensor<T: Recorded>(&mut self, json: &Json) -> Tensor<T> {
        let mut sizes = shape(json);
        sizes[0] = tf::ANY;
        let tensor = tf::placeholder::<T, _>("", sizes.as_slice());
        self.0.push(tensor.feed(array::<T>(json)));
        tensor
    }

    /// Another value for a placeholder that there is.
    pub(crate) fn feed<T: Recorded>(&mut self, tensor: Tensor<T>, json: &Json) {
        self.0.push(tensor.feed(array::<T>(json)));
    }

    pub(crate) fn feeds(&self) -> &[Feed] {
        &self.0
    }
}

#[track_caller]
pub(crate) fn assert_near(found: &ArrayD<f32>, wanted: &ArrayD<f32>, of: &str) {
    assert_eq!(found.shape(), wanted.shape(), "{of}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= 4e-6 * wanted.abs().max(0.5), "{of}: {found} instead of {wanted}");
    }
}

/// The value of a variable.
pub(crate) fn variable(session: &Session, name: &str) -> tf::Result<ArrayD<f32>> {
    session.store().get(name)?.into_array()
}
