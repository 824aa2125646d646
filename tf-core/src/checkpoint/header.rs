//! The header of a safetensors file: a JSON object that says of each tensor what it is and where its bytes lie.

use serde_core::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::{collections::BTreeMap, fmt};

/// The member of the object that is no tensor.
pub(super) const METADATA: &str = "__metadata__";
/// What keys of metadata start with that say more of tensors than the format can.
pub(super) const OWN_METADATA: &str = "tf_scope.";

/// The object as it stands, before anything in it is believed.
#[derive(Default)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) tensors: BTreeMap<String, Described>,
}

/// What the header says of a tensor.
pub(super) struct Described {
    pub(super) dtype: String,
    pub(super) shape: Vec<usize>,
    /// First byte and the one after the last, counted from the end of the header.
    pub(super) bytes: (u64, u64),
}

/// A map in which no name stands twice: JSON allows it, and readers differ in which they take.
struct Unique<V>(BTreeMap<String, V>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Unique<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<V>(BTreeMap<String, V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = BTreeMap<String, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
                while let Some(name) = map.next_key::<String>()? {
                    let value = map.next_value()?;
                    insert(&mut self.0, name, value)?;
                }
                Ok(self.0)
            }
        }
        deserializer.deserialize_map(Members(BTreeMap::new())).map(Unique)
    }
}

fn insert<V, E: Error>(members: &mut BTreeMap<String, V>, name: String, value: V) -> Result<(), E> {
    if members.contains_key(&name) {
        return Err(E::custom(format_args!("`{name}` stands in it twice")));
    }
    members.insert(name, value);
    Ok(())
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Header;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a member for each tensor")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut metadata = None;
                let mut tensors = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        let Unique(found) = map.next_value()?;
                        if metadata.replace(found).is_some() {
                            return Err(A::Error::custom("its metadata stands in it twice"));
                        }
                    } else {
                        let described = map.next_value()?;
                        insert(&mut tensors, name, described)?;
                    }
                }
                Ok(Header { metadata: metadata.unwrap_or_default(), tensors })
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Described;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `dtype`, `shape` and `data_offsets`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Described, A::Error> {
                let (mut dtype, mut shape, mut bytes) = (None, None, None);
                while let Some(name) = map.next_key::<String>()? {
                    let twice = match name.as_str() {
                        "dtype" => dtype.replace(map.next_value()?).is_some(),
                        "shape" => shape.replace(map.next_value()?).is_some(),
                        "data_offsets" => bytes.replace(map.next_value()?).is_some(),
                        _ => return Err(A::Error::custom(format_args!("a tensor has no member `{name}`"))),
                    };
                    if twice {
                        return Err(A::Error::custom(format_args!("`{name}` of a tensor stands in it twice")));
                    }
                }
                Ok(Described {
                    dtype: dtype.ok_or_else(|| A::Error::missing_field("dtype"))?,
                    shape: shape.ok_or_else(|| A::Error::missing_field("shape"))?,
                    bytes: bytes.ok_or_else(|| A::Error::missing_field("data_offsets"))?,
                })
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A text as JSON has it, with its quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A map of texts as a JSON object, which a metadata entry may hold in turn.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.into_iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// The members of such an object.
pub(super) fn members<V: serde_core::de::DeserializeOwned>(text: &str) -> Result<BTreeMap<String, V>, String> {
    serde_json::from_str::<Unique<V>>(text).map(|unique| unique.0).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        serde_json::from_str::<Header>(text).err().expect("the header is wrong").to_string()
    }

    #[test]
    fn what_stands_twice_is_refused() {
        let tensor = r#"{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#;
        assert!(refused(&format!(r#"{{"a":{tensor},"a":{tensor}}}"#)).contains("`a` stands in it twice"));
        assert!(refused(r#"{"__metadata__":{"a":"","a":""}}"#).contains("`a` stands in it twice"));
        assert!(refused(r#"{"__metadata__":{},"__metadata__":{}}"#).contains("metadata stands in it twice"));
        assert!(refused(r#"{"a":{"dtype":"U8","dtype":"U8"}}"#).contains("`dtype` of a tensor stands in it twice"));
    }

    #[test]
    fn what_is_no_description_of_a_tensor_is_refused() {
        assert!(refused(r#"{"a":{"dtype":"U8","shape":[1]}}"#).contains("data_offsets"));
        assert!(refused(r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#).contains("-1"));
        assert!(refused(r#"{"a":{"strides":[1]}}"#).contains("no member `strides`"));
        assert!(refused(r#"{"a":[[[[]]]]}"#).contains("an object with `dtype`"));
        assert!(refused(&"[".repeat(100_000)).contains("an object with a member for each tensor"));
    }

    #[test]
    fn names_of_any_kind_survive_as_json() {
        let odd = "a\"b\\c\n{é}";
        let text = object([(odd, "7".to_owned()), ("plain", "8".to_owned())]);
        let read: BTreeMap<String, u32> = members(&text).unwrap();
        assert_eq!(read, BTreeMap::from([(odd.to_owned(), 7), ("plain".to_owned(), 8)]));
    }
}
