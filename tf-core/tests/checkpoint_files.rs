//! The files of checkpoints: what is in them, and that bytes of any kind are refused or understood, never half used.

mod folder;

use folder::Folder;
use half::{bf16, f16};
use proptest::prelude::*;
use tf_core::{
    Checkpoint, CheckpointWriter, DType, Element, Graph, IntoValue, NoShape, Saver, Session, Value, Variable,
    VariableOptions, get_variable, ones_initializer,
};

fn array<T: Element>(shape: &[usize], elements: Vec<T>) -> Value {
    IntoValue::<T>::into_value(ndarray::ArrayD::from_shape_vec(shape, elements).unwrap())
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// A value of every type, of several ranks, and one without elements.
fn every_type() -> Vec<(&'static str, Value)> {
    vec![
        ("f16", array(&[2], vec![f16::from_f32(1.5), f16::NEG_INFINITY])),
        ("bf16", array(&[1, 2], vec![bf16::from_f32(-2.0), bf16::MAX])),
        ("f32", array(&[2, 1, 2], vec![1.0f32, f32::MIN_POSITIVE, -0.0, f32::INFINITY])),
        ("f64", Value::scalar(std::f64::consts::PI)),
        ("i8", array(&[3], vec![i8::MIN, 0, i8::MAX])),
        ("i16", array(&[1], vec![i16::MIN])),
        ("i32", array(&[1], vec![i32::MIN])),
        ("i64", array(&[1], vec![i64::MIN])),
        ("u8", array(&[2], vec![0u8, 255])),
        ("u16", array(&[1], vec![u16::MAX])),
        ("u32", array(&[1], vec![u32::MAX])),
        ("u64", array(&[2], vec![u64::MAX, 1 << 63])),
        ("bool", array(&[3], vec![true, false, true])),
        ("string", array(&[2, 2], texts(&["", "é", "a\"b\\", "long ".repeat(50).as_str()]))),
        ("empty", array(&[0, 3], Vec::<f32>::new())),
        ("no texts", array(&[0], Vec::<String>::new())),
    ]
}

fn writer(tensors: &[(&str, Value)]) -> CheckpointWriter {
    tensors
        .iter()
        .try_fold(CheckpointWriter::new(), |writer, (name, value)| writer.tensor(*name, value.clone()))
        .unwrap()
}

fn code<T: std::fmt::Debug>(result: tf_core::Result<T>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn values_of_every_type_come_back_as_they_were() {
    let folder = Folder::new("types");
    let file = folder.file("all.safetensors");
    writer(&every_type()).write(&file).unwrap();
    let checkpoint = Checkpoint::open(&file).unwrap();
    assert_eq!(checkpoint.entries().len(), every_type().len());
    for (name, value) in every_type() {
        let (entry, read) = (checkpoint.entry(name).unwrap(), checkpoint.get(name).unwrap());
        assert_eq!((entry.shape(), entry.dtype()), (value.shape(), Some(value.dtype())), "{name}");
        assert_eq!((read.shape(), read.dtype()), (value.shape(), value.dtype()), "{name}");
        assert_eq!(format!("{read:?}"), format!("{value:?}"), "{name}");
    }
}

#[test]
fn a_variable_of_texts_is_saved_and_restored() {
    let graph = Graph::new();
    let words = tf_core::constant(["one", "two"]);
    assert!(words.shape().is_poison() || words.shape().rank() == 1);
    let v: Variable<String> = graph
        .build(|| get_variable("words", NoShape, VariableOptions::new().initializer(tf_core::constant(["one", "two"]))))
        .unwrap();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let folder = Folder::new("texts");
    let saver = Saver::new(&graph);
    let file = saver.save(&session, folder.file("m")).unwrap();
    let other = Session::new(&graph).unwrap();
    let _ = saver.restore(&other, file).unwrap();
    assert_eq!(other.run(v).unwrap().as_slice().unwrap(), ["one", "two"]);
}

#[test]
fn the_same_values_make_the_same_bytes_in_an_order_that_aligns_them() {
    let bytes = writer(&every_type()).to_bytes().unwrap();
    let mut turned = every_type();
    turned.reverse();
    assert_eq!(writer(&turned).to_bytes().unwrap(), bytes);
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    for (name, value) in every_type().into_iter().filter(|(_, value)| value.dtype() != DType::String) {
        let from = 8 + header + json[name]["data_offsets"][0].as_u64().unwrap() as usize;
        assert_eq!(from % value.dtype().size(), 0, "{name}");
    }
    assert_eq!(json["__metadata__"]["tf_scope.version"], "1");
}

#[test]
fn files_are_what_other_programs_read() {
    let mut tensors = every_type();
    tensors.retain(|(_, value)| value.dtype() != DType::String);
    let bytes = writer(&tensors).alias("tied", "f64").unwrap().to_bytes().unwrap();
    let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(read.len(), tensors.len());
    for (name, value) in tensors {
        let tensor = read.tensor(name).unwrap();
        assert_eq!(tensor.shape(), value.shape(), "{name}");
        assert_eq!(tensor.data().len(), value.len() * value.dtype().size(), "{name}");
        assert_eq!(tensor.dtype().to_string(), name.to_uppercase().replace("EMPTY", "F32"), "{name}");
    }
    assert_eq!(read.tensor("u64").unwrap().data()[8..], (1u64 << 63).to_le_bytes());
}

#[test]
fn files_of_other_programs_are_read() {
    use safetensors::{Dtype, tensor::TensorView};
    let floats: Vec<u8> = [1.0f32, 2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let tensors = [
        ("layer.weight", TensorView::new(Dtype::F32, vec![2, 1], &floats).unwrap()),
        ("layer.scale", TensorView::new(Dtype::F8_E4M3, vec![2], &floats[..2]).unwrap()),
        ("c", TensorView::new(Dtype::C64, vec![1], &floats).unwrap()),
    ];
    let about = [("format".to_owned(), "pt".to_owned())].into_iter().collect();
    let checkpoint = Checkpoint::from_bytes(safetensors::serialize(tensors, Some(about)).unwrap()).unwrap();
    assert_eq!(checkpoint.metadata()["format"], "pt");
    assert_eq!(checkpoint.get("layer.weight").unwrap().as_slice::<f32>(), Some(&[1.0, 2.0][..]));
    // What tensors here cannot hold is listed, and refused when it is asked for.
    assert_eq!(checkpoint.to_string(), "c             C64[1]\nlayer.scale   F8_E4M3[2]\nlayer.weight  f32[2, 1]\n");
    let (code, text) = code(checkpoint.get("layer.scale"));
    assert!(code == "E-CHECKPOINT-DTYPE" && text.contains("`layer.scale` in F8_E4M3"), "{text}");
}

#[test]
fn names_are_taken_once() {
    let one = || writer(&[("a", Value::scalar(1i32))]);
    for (result, why) in [
        (one().tensor("a", Value::scalar(2i32)), "saved as `a`"),
        (one().alias("a", "a"), "saved as `a`"),
        (one().alias("b", "c"), "did you mean `a`?"),
        (one().tensor("__metadata__", Value::scalar(2i32)), "kept for the format"),
        (one().metadata("tf_scope.version", "2"), "kept for the format"),
    ] {
        let (code, text) = code(result);
        assert!(code == "E-SAVE-NAME" && text.contains(why), "{text}");
    }
    let said = one().metadata("by", "a test").unwrap().to_bytes().unwrap();
    assert_eq!(Checkpoint::from_bytes(said).unwrap().metadata()["by"], "a test");
}

#[test]
fn an_open_checkpoint_stays_what_it_was() {
    let folder = Folder::new("replaced");
    let file = folder.file("m.safetensors");
    writer(&[("a", Value::scalar(1i32))]).write(&file).unwrap();
    let old = Checkpoint::open(&file).unwrap();
    writer(&[("b", Value::scalar(2i32))]).write(&file).unwrap();
    assert_eq!(old.get("a").unwrap().as_slice::<i32>(), Some(&[1][..]));
    // One that is shortened in place, as this library never does, is found out.
    let new = Checkpoint::open(&file).unwrap();
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(20).unwrap();
    let (code, text) = code(new.get("b"));
    assert!(code == "E-CHECKPOINT-DAMAGED" && text.contains("m.safetensors") && text.contains("shortened"), "{text}");
}

/// A file of this header, and so many bytes after it.
fn file_of(header: &str, bytes: usize) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.resize(file.len() + bytes, 0);
    file
}

#[test]
fn every_kind_of_damage_is_told() {
    let tensor = |dtype: &str, shape: &str, from: u64, to: u64| {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let f32s = |from, to| tensor("F32", "[1]", from, to);
    let about = |entry: &str| format!(r#"{{"__metadata__":{{{entry}}},"a":{}}}"#, f32s(0, 4));
    let mut not_utf8 = file_of(r#"{"a":1}"#, 0);
    not_utf8[10] = 0xff;
    let mut long = file_of("{}", 0);
    long[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    for (file, why) in [
        (Vec::new(), "it is 0 bytes long"),
        (vec![2, 0, 0], "it is 3 bytes long"),
        (long, "say that its header is 18446744073709551615 bytes long"),
        (not_utf8, "its header is no UTF-8"),
        (file_of("", 0), "cannot be understood"),
        (file_of("{", 0), "cannot be understood"),
        (file_of("[]", 0), "cannot be understood"),
        (file_of(&format!("{{\"a\":{}}}", "[".repeat(5000)), 0), "cannot be understood"),
        (file_of("{} {}", 0), "cannot be understood"),
        (file_of(&format!(r#"{{"a":{},"a":{}}}"#, f32s(0, 4), f32s(0, 4)), 4), "`a` stands in it twice"),
        (file_of(&format!(r#"{{"a":{}}}"#, f32s(0, 8)), 4), "`a` is said to end at byte 8 of 4"),
        (file_of(&format!(r#"{{"a":{}}}"#, f32s(4, 0)), 4), "start at byte 4 and to end at 0"),
        (file_of(&format!(r#"{{"a":{},"b":{}}}"#, f32s(0, 4), f32s(2, 6)), 6), "`b` overlap with those of `a`"),
        (file_of(&format!(r#"{{"a":{},"b":{}}}"#, f32s(0, 4), f32s(0, 4)), 4), "overlap"),
        (file_of(&format!(r#"{{"a":{},"b":{}}}"#, f32s(0, 4), f32s(8, 12)), 12), "4 bytes that belong to nothing"),
        (file_of(&format!(r#"{{"a":{}}}"#, f32s(0, 4)), 5), "after its last tensor are 1 bytes"),
        (file_of(&format!(r#"{{"a":{}}}"#, tensor("F32", "[3]", 0, 4)), 4), "`a` of F32[3] has 4 bytes"),
        (file_of(&format!(r#"{{"a":{}}}"#, tensor("F32", "[4611686018427387905,4]", 0, 4)), 4), "has 4 bytes"),
        (file_of(&format!(r#"{{"a":{}}}"#, tensor("F32", "[18446744073709551615,0]", 0, 0)), 0), ""),
        (file_of(&about(r#""tf_scope.aliases":"[]""#), 4), "`tf_scope.aliases` of its metadata"),
        (file_of(&about(r#""tf_scope.aliases":"{\"b\":\"c\"}""#), 4), "another name of `c`, which cannot be"),
        (file_of(&about(r#""tf_scope.aliases":"{\"a\":\"a\"}""#), 4), "cannot be"),
        (file_of(&about(r#""tf_scope.aliases":"{\"b\":\"a\",\"c\":\"b\"}""#), 4), "cannot be"),
        (file_of(&about(r#""tf_scope.texts":"{\"a\":[1]}""#), 4), "said to hold texts"),
        (file_of(&about(r#""tf_scope.texts":"{\"b\":[1]}""#), 4), "which it does not hold"),
        (file_of(&about(r#""tf_scope.crc32c":"{}""#), 4), "none for `a`"),
        (file_of(&about(r#""tf_scope.crc32c":"{\"a\":1,\"b\":1}""#), 4), "a checksum for `b`"),
    ] {
        let (code, text) = match Checkpoint::from_bytes(file) {
            Err(error) => (error.code(), error.to_string()),
            // A shape of no elements is as good as any.
            Ok(checkpoint) => {
                assert!(why.is_empty(), "{checkpoint} is understood");
                continue;
            }
        };
        assert!(code == "E-CHECKPOINT-DAMAGED" && text.contains(why) && text.contains("help: "), "{text}");
    }
    let newer = about(r#""tf_scope.version":"2""#);
    let (code, text) = code(Checkpoint::from_bytes(file_of(&newer, 4)));
    assert!(code == "E-CHECKPOINT-VERSION" && text.contains("version \"2\""), "{text}");
}

#[test]
fn a_damaged_value_is_found_by_its_checksum() {
    let folder = Folder::new("checksum");
    let graph = two_variables();
    let session = Session::new(&graph).unwrap();
    session.initialize().unwrap();
    let saver = Saver::new(&graph);
    let file = saver.save(&session, folder.file("m")).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let other = Session::new(&graph).unwrap();
    let (code, text) = code(saver.restore(&other, &file));
    assert_eq!(code, "E-CHECKPOINT-DAMAGED");
    assert!(text.contains("m.safetensors` cannot be restored from: the bytes of `b` are not those"), "{text}");
    assert!(other.store().values().is_empty());
}

/// `a`, three floats, and `b`, two integers.
fn two_variables() -> Graph {
    let graph = Graph::new();
    let made = graph.build(|| {
        let options = || VariableOptions::new().initializer(ones_initializer());
        (get_variable::<f32, _, _>("a", [3], options()), get_variable::<i32, _, _>("b", [2], options()))
    });
    let _ = made.unwrap();
    graph
}

fn whole() -> Vec<u8> {
    writer(&[("a", array(&[3], vec![1.5f32, 2.5, 3.5])), ("b", array(&[2], vec![7, 8]))])
        .alias("tied", "a")
        .unwrap()
        .tensor("words", array(&[2], texts(&["x", "yz"])))
        .unwrap()
        .to_bytes()
        .unwrap()
}

/// Restores from bytes: all of the values that `whole` has, or an error and none.
fn all_or_nothing(bytes: Vec<u8>) -> Result<bool, TestCaseError> {
    if let Ok(checkpoint) = Checkpoint::from_bytes(bytes.clone()) {
        for entry in checkpoint.entries() {
            if let Ok(value) = checkpoint.get(entry.name()) {
                prop_assert_eq!(value.shape().iter().product::<usize>(), value.len());
            }
        }
    }
    let graph = two_variables();
    let session = Session::new(&graph).unwrap();
    match Saver::new(&graph).restore(&session, bytes) {
        Ok(_) => {
            let (a, b) = (session.store().get("a").unwrap(), session.store().get("b").unwrap());
            prop_assert_eq!(a.as_slice::<f32>(), Some(&[1.5, 2.5, 3.5][..]));
            prop_assert_eq!(b.as_slice::<i32>(), Some(&[7, 8][..]));
            Ok(true)
        }
        Err(_) => {
            prop_assert!(session.store().values().is_empty());
            Ok(false)
        }
    }
}

/// A change of a file.
#[derive(Clone, Debug)]
enum Damage {
    Flip { at: prop::sample::Index, bit: u8 },
    Cut { to: prop::sample::Index },
    Remove { at: prop::sample::Index, len: usize },
    Insert { at: prop::sample::Index, bytes: Vec<u8> },
    Swap { one: prop::sample::Index, other: prop::sample::Index },
    HeaderLength(u64),
}

fn damage() -> impl Strategy<Value = Damage> {
    use prop::sample::Index;
    prop_oneof![
        4 => (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        1 => any::<Index>().prop_map(|to| Damage::Cut { to }),
        1 => (any::<Index>(), 1usize..40).prop_map(|(at, len)| Damage::Remove { at, len }),
        1 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Damage::Insert { at, bytes }),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Damage::Swap { one, other }),
        1 => prop_oneof![any::<u64>(), 0u64..2000].prop_map(Damage::HeaderLength),
    ]
}

fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    match damage {
        Damage::Flip { at, bit } => *at.get_mut(&mut bytes) ^= 1 << bit,
        Damage::Cut { to } => bytes.truncate(to.index(bytes.len())),
        Damage::Remove { at, len } => {
            let at = at.index(bytes.len());
            let end = (at + len).min(bytes.len());
            bytes.drain(at..end);
        }
        Damage::Insert { at, bytes: new } => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, new.iter().copied());
        }
        Damage::Swap { one, other } => {
            let (one, other) = (one.index(bytes.len()), other.index(bytes.len()));
            bytes.swap(one, other);
        }
        Damage::HeaderLength(length) => {
            let length = length.to_le_bytes();
            bytes.iter_mut().zip(length).for_each(|(byte, new)| *byte = new);
        }
    }
    bytes
}

/// A header that may say anything.
fn lying_header() -> impl Strategy<Value = String> {
    let number = || prop_oneof![0u64..40, any::<u64>()];
    let name = prop_oneof![Just("a"), Just("b"), Just("tied"), Just("words"), Just("__metadata__")];
    let dtype = prop_oneof![Just("F32"), Just("I32"), Just("U8"), Just("BOOL"), Just("F4"), Just("")];
    let shape = prop::collection::vec(number(), 0..4);
    let tensor = (name, dtype, shape, number(), number());
    let metadata = prop_oneof![
        Just(r#""tf_scope.version":"1""#),
        Just(r#""tf_scope.aliases":"{\"b\":\"a\"}""#),
        Just(r#""tf_scope.texts":"{\"a\":[18446744073709551615,2],\"words\":[2]}""#),
        Just(r#""tf_scope.crc32c":"{\"a\":0,\"b\":0}""#),
        Just(""),
    ];
    (prop::collection::vec(tensor, 0..5), metadata).prop_map(|(tensors, metadata)| {
        let tensors = tensors.into_iter().map(|(name, dtype, shape, from, to)| {
            format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{from},{to}]}}"#)
        });
        let metadata = format!(r#""__metadata__":{{{metadata}}}"#);
        format!("{{{}}}", std::iter::once(metadata).chain(tensors).collect::<Vec<_>>().join(","))
    })
}

/// The weights of a file are those that were written, or the restore fails and changes nothing.
#[test]
fn any_one_changed_bit_is_harmless_or_found() {
    let whole = whole();
    let mut understood = 0;
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            understood += usize::from(all_or_nothing(bytes).unwrap());
        }
    }
    // What neither variable needs may change: further names, other tensors, the spaces at the header's end.
    assert!(understood > 0 && understood < whole.len() * 8 / 4, "{understood} of {}", whole.len() * 8);
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    let whole = whole();
    for length in 0..whole.len() {
        assert!(!all_or_nothing(whole[..length].to_vec()).unwrap(), "{length}");
    }
    assert!(all_or_nothing(whole).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = all_or_nothing(bytes)?;
    }

    #[test]
    fn no_damage_panics(damages in prop::collection::vec(damage(), 1..4)) {
        let bytes = damages.iter().fold(whole(), damaged);
        if let Ok(checkpoint) = Checkpoint::from_bytes(bytes) {
            for entry in checkpoint.entries() {
                let _ = checkpoint.get(entry.name());
            }
        }
    }

    #[test]
    fn no_header_panics(header in lying_header(), data in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut file = file_of(&header, 0);
        file.extend(data);
        if let Ok(checkpoint) = Checkpoint::from_bytes(file) {
            for entry in checkpoint.entries() {
                if let Ok(value) = checkpoint.get(entry.name()) {
                    prop_assert_eq!((value.shape(), Some(value.dtype())), (entry.shape(), entry.dtype()));
                }
            }
        }
    }

    #[test]
    fn values_survive(
        tensors in prop::collection::btree_map("[a-z/\\.{}\"\\\\é ]{0,12}", prop::collection::vec(any::<f32>(), 0..20), 0..6),
        words in prop::collection::vec(".{0,8}", 0..5),
    ) {
        let all: Vec<(&str, Value)> = tensors.iter().map(|(name, v)| (name.as_str(), array(&[v.len()], v.clone()))).collect();
        let bytes = writer(&all).tensor("WORDS", array(&[words.len()], words.clone())).unwrap().to_bytes().unwrap();
        let checkpoint = Checkpoint::from_bytes(bytes).unwrap();
        prop_assert_eq!(checkpoint.entries().len(), tensors.len() + 1);
        for (name, want) in &tensors {
            let read = checkpoint.get(name).unwrap();
            let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(read.as_slice::<f32>().unwrap()), bits(want));
        }
        let read = checkpoint.get("WORDS").unwrap();
        prop_assert_eq!(read.as_slice::<String>(), Some(&words[..]));
    }
}
