//! The safetensors format: the length of the header in eight bytes, the header, the bytes of the tensors one after the other.
//!
//! The format knows neither texts nor further names of a tensor, and has no checksums. Those are in entries of its metadata, so that other
//! programs read the files all the same.

use super::{
    contents::{CheckpointEntry, Contents},
    encoding::bytes_of,
    format::{Unreadable, Written},
    header::{Header, METADATA, members, object, quoted},
};
use crate::{dtype::DType, value::Value};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom, Write},
};

/// How many bytes say how long the header is; the header is as long as a multiple of it, so that tensors are aligned.
const LENGTH: usize = size_of::<u64>();
/// The longest header that readers of the format accept.
const LONGEST: u64 = 100_000_000;

const VERSION: &str = "tf_scope.version";
const ALIASES: &str = "tf_scope.aliases";
const CHECKSUMS: &str = "tf_scope.crc32c";
const TEXTS: &str = "tf_scope.texts";
/// The version of the entries above.
const CURRENT: &str = "1";

/// The format's word for an element type. Texts are stored as bytes.
const fn word(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "F16",
        DType::BF16 => "BF16",
        DType::F32 => "F32",
        DType::F64 => "F64",
        DType::I8 => "I8",
        DType::I16 => "I16",
        DType::I32 => "I32",
        DType::I64 => "I64",
        DType::U8 | DType::String => "U8",
        DType::U16 => "U16",
        DType::U32 => "U32",
        DType::U64 => "U64",
        DType::Bool => "BOOL",
    }
}

fn dtype_of(stored: &str) -> Option<DType> {
    use DType::{BF16, Bool, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    [F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool].into_iter().find(|dtype| word(*dtype) == stored)
}

pub(super) fn write(written: &Written<'_>, out: &mut dyn Write) -> io::Result<()> {
    // Wide elements first, so that each tensor is aligned to its elements.
    let mut tensors: Vec<(&str, &Value, Cow<'_, [u8]>)> =
        written.tensors.iter().map(|(name, value)| (name.as_str(), value, bytes_of(value))).collect();
    tensors.sort_by_key(|(_, value, _)| std::cmp::Reverse(stored_size(value.dtype())));

    let checksums: BTreeMap<&str, u32> =
        tensors.iter().map(|(name, _, bytes)| (*name, crc32c::crc32c(bytes))).collect();
    let of_aliases = written.aliases.iter().filter_map(|(name, owner)| Some((&**name, *checksums.get(&**owner)?)));
    let checksums = checksums.iter().map(|(name, sum)| (*name, *sum)).chain(of_aliases);
    let mut metadata: BTreeMap<&str, String> =
        written.metadata.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    metadata.insert(VERSION, CURRENT.to_owned());
    metadata.insert(CHECKSUMS, object(checksums.map(|(name, sum)| (name, sum.to_string()))));
    if !written.aliases.is_empty() {
        metadata.insert(ALIASES, object(written.aliases.iter().map(|(name, owner)| (&**name, quoted(owner)))));
    }
    let mut texts = tensors.iter().filter(|(_, value, _)| value.dtype() == DType::String).peekable();
    if texts.peek().is_some() {
        metadata.insert(TEXTS, object(texts.map(|(name, value, _)| (*name, format!("{:?}", value.shape())))));
    }

    let mut from = 0;
    let described = tensors.iter().map(|(name, value, bytes)| {
        let stored = if value.dtype() == DType::String { vec![bytes.len()] } else { value.shape().to_vec() };
        let to = from + bytes.len();
        let text = format!(r#"{{"dtype":"{}","shape":{stored:?},"data_offsets":[{from},{to}]}}"#, word(value.dtype()));
        from = to;
        (*name, text)
    });
    let metadata = object(metadata.iter().map(|(name, value)| (*name, quoted(value))));
    let mut header = object([(METADATA, metadata)].into_iter().chain(described));
    header.push_str(&" ".repeat(header.len().next_multiple_of(LENGTH) - header.len()));
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    tensors.iter().try_for_each(|(_, _, bytes)| out.write_all(bytes))
}

/// Bytes per element in the file.
const fn stored_size(dtype: DType) -> usize {
    match dtype {
        DType::String => 1,
        other => other.size(),
    }
}

pub(super) fn contents(file: &mut (impl Read + Seek)) -> Result<Contents, Unreadable> {
    let damaged = |what: String| Err(Unreadable::Damaged(what));
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    if length < LENGTH as u64 {
        return damaged(format!(
            "it is {length} bytes long, and a checkpoint starts with {LENGTH} that say how long its header is"
        ));
    }
    let mut header_length = [0; LENGTH];
    file.read_exact(&mut header_length)?;
    let header_length = u64::from_le_bytes(header_length);
    let rest = length - LENGTH as u64;
    if header_length > rest {
        return damaged(format!(
            "its first {LENGTH} bytes say that its header is {header_length} bytes long, and {rest} are left: it is cut off, or no safetensors file"
        ));
    }
    if header_length > LONGEST {
        return damaged(format!("its header is {header_length} bytes long, and {LONGEST} are the most"));
    }
    let mut header = vec![0; header_length as usize];
    file.read_exact(&mut header)?;
    let Ok(header) = str::from_utf8(&header) else { return damaged("its header is no UTF-8".to_owned()) };
    let header: Header = match serde_json::from_str(header) {
        Ok(header) => header,
        Err(error) => return damaged(format!("its header cannot be understood: {error}")),
    };
    if let Some(version) = header.metadata.get(VERSION)
        && version != CURRENT
    {
        return Err(Unreadable::Newer(version.clone()));
    }
    placed(&header, rest - header_length).map_err(Unreadable::Damaged)?;
    entries(header, LENGTH as u64 + header_length).map_err(Unreadable::Damaged)
}

/// Whether the tensors lie one after the other, each as long as its shape says, and nothing is left over.
fn placed(header: &Header, length: u64) -> Result<(), String> {
    let mut tensors: Vec<_> = header.tensors.iter().collect();
    tensors.sort_by_key(|(_, tensor)| tensor.bytes);
    let (mut end, mut before) = (0, "the header");
    for (name, tensor) in tensors {
        let (from, to) = tensor.bytes;
        if to < from {
            return Err(format!("tensor `{name}` is said to start at byte {from} and to end at {to}"));
        }
        if to > length {
            return Err(format!("tensor `{name}` is said to end at byte {to} of {length}"));
        }
        if from < end {
            return Err(format!("the bytes of `{name}` overlap with those of `{before}`"));
        }
        if from > end {
            return Err(format!("between `{before}` and `{name}` are {} bytes that belong to nothing", from - end));
        }
        let elements = tensor.shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
        // An element type of another program's is listed without knowing how wide it is.
        if let Some(dtype) = dtype_of(&tensor.dtype) {
            let wanted = elements.and_then(|n| n.checked_mul(stored_size(dtype)));
            if wanted.is_none_or(|wanted| wanted as u64 != to - from) {
                return Err(format!("tensor `{name}` of {}{:?} has {} bytes", tensor.dtype, tensor.shape, to - from));
            }
        }
        (end, before) = (to, name);
    }
    if end != length {
        return Err(format!("after its last tensor are {} bytes that belong to nothing", length - end));
    }
    Ok(())
}

/// The tensors with what the metadata says of them.
fn entries(header: Header, start: u64) -> Result<Contents, String> {
    let Header { mut metadata, tensors } = header;
    let about = |key: &str, error: String| format!("`{key}` of its metadata cannot be understood: {error}");
    let mut texts: BTreeMap<String, Vec<usize>> = match metadata.remove(TEXTS) {
        Some(text) => members(&text).map_err(|error| about(TEXTS, error))?,
        None => BTreeMap::new(),
    };
    let mut entries = BTreeMap::new();
    for (name, tensor) in tensors {
        let (mut dtype, mut shape) = (dtype_of(&tensor.dtype), tensor.shape);
        if let Some(of_texts) = texts.remove(&name) {
            if (dtype, shape.len()) != (Some(DType::U8), 1) {
                return Err(format!("tensor `{name}` is said to hold texts, and is of {}{shape:?}", tensor.dtype));
            }
            if of_texts.iter().try_fold(1usize, |product, size| product.checked_mul(*size)).is_none() {
                return Err(format!("tensor `{name}` is said to hold texts of shape {of_texts:?}"));
            }
            (dtype, shape) = (Some(DType::String), of_texts);
        }
        let (from, to) = tensor.bytes;
        let bytes = (start + from, (to - from) as usize);
        let entry = CheckpointEntry {
            name: name.clone(),
            shape,
            dtype,
            stored: tensor.dtype,
            owner: None,
            bytes,
            checksum: None,
        };
        entries.insert(name, entry);
    }
    if let Some(name) = texts.keys().next() {
        return Err(format!("its metadata tells of texts in `{name}`, which it does not hold"));
    }
    if let Some(text) = metadata.remove(ALIASES) {
        let aliases: BTreeMap<String, String> = members(&text).map_err(|error| about(ALIASES, error))?;
        for (name, owner) in aliases {
            match entries.get(&owner) {
                Some(found) if found.owner.is_none() && !entries.contains_key(&name) => {
                    let entry = CheckpointEntry { name: name.clone(), owner: Some(owner), ..found.clone() };
                    entries.insert(name, entry);
                }
                _ => return Err(format!("its metadata calls `{name}` another name of `{owner}`, which cannot be")),
            }
        }
    }
    if let Some(text) = metadata.remove(CHECKSUMS) {
        let mut checksums: BTreeMap<String, u32> = members(&text).map_err(|error| about(CHECKSUMS, error))?;
        for (name, entry) in &mut entries {
            entry.checksum = checksums.remove(name);
            if entry.checksum.is_none() {
                return Err(format!("it has checksums, and none for `{name}`"));
            }
        }
        if let Some(name) = checksums.keys().next() {
            return Err(format!("it has a checksum for `{name}`, which it does not hold"));
        }
    }
    metadata.remove(VERSION);
    Ok(Contents { entries, metadata })
}
