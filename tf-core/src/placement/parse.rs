//! Device strings, read part by part by a `const fn`, so that rustc refuses a wrong literal and points into it.

use crate::text::{Text, str_eq};

/// A device string, part by part: what [`DeviceSpec`](crate::DeviceSpec) owns, borrowed from the text and usable in constants.
///
/// ```
/// # use tf_core as tf;
/// use tf::DeviceParts;
/// const SECOND_GPU: DeviceParts = DeviceParts::literal("/job:worker/gpu:1");
/// assert_eq!((SECOND_GPU.job, SECOND_GPU.task), (Some("worker"), None));
/// assert_eq!((SECOND_GPU.device_type, SECOND_GPU.index), (Some("GPU"), Some(1)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeviceParts<'t> {
    /// The name of the job: `/job:ps`.
    pub job: Option<&'t str>,
    /// The number of the replica: `/replica:0`.
    pub replica: Option<u32>,
    /// The number of the task in its job: `/task:1`.
    pub task: Option<u32>,
    /// The type of the device, `CPU` and `GPU` in capitals: `/device:GPU:1`, or for short `/gpu:1`.
    pub device_type: Option<&'t str>,
    /// The number of the device; none where any will do: `/gpu:*`.
    pub index: Option<u32>,
}

/// Why a text is no device string, and which bytes of it are wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceError {
    fault: Fault,
    /// The wrong part of the text.
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// No part is called so.
    Unknown,
    /// A part has too few or too many values.
    Values,
    /// A second type of device.
    SecondType,
    /// A number is expected.
    Number,
    /// A name is expected.
    Name,
}

impl DeviceError {
    /// The code of every mistake in a device string.
    pub(crate) const CODE: &'static str = "E-DEVICE";

    /// Composes the message: the mistake, the string with carets under its wrong part, the help.
    pub const fn text(&self, text: &mut Text<'_>, device: &str) {
        let wrong = piece(device, self.start, self.end);
        text.str("`").str(device).str("` is no device: ");
        match self.fault {
            Fault::Unknown => text.str("no part is called `").str(wrong).str("`"),
            Fault::Values => text.str("`").str(wrong).str("` has another number of values"),
            Fault::SecondType => text.str("`").str(wrong).str("` is its second type of device"),
            Fault::Number if wrong.is_empty() => text.str("a number is missing"),
            Fault::Number => text.str("`").str(wrong).str("` is no number"),
            Fault::Name => text.str("a name is missing"),
        };
        text.str("\n    ").str(device).str("\n    ");
        let bytes = device.as_bytes();
        let mut i = 0;
        while i < self.end || i == self.start {
            // Carets count characters, of which the bytes that go on one are no part.
            if i >= bytes.len() || bytes[i] & 0xC0 != 0x80 {
                text.str(if i < self.start { " " } else { "^" });
            }
            i += 1;
        }
        text.str("\n  help: ");
        match self.fault {
            Fault::SecondType => text.str("leave one of the two out"),
            Fault::Number => text.str("write digits, or leave the part out where any number will do"),
            Fault::Name => text.str("write the name after the colon"),
            Fault::Unknown | Fault::Values => {
                text.str("write `/job:NAME/replica:N/task:N/device:TYPE:N`, of which every part may be left out; `/cpu:N` and `/gpu:N` are short for the last")
            }
        };
    }
}

impl<'t> DeviceParts<'t> {
    /// Reads a device string as TensorFlow does, but refuses names and numbers that are missing.
    pub const fn parse(text: &'t str) -> Result<DeviceParts<'t>, DeviceError> {
        let bytes = text.as_bytes();
        let mut parts = DeviceParts { job: None, replica: None, task: None, device_type: None, index: None };
        let mut start = 0;
        while start <= bytes.len() {
            let end = next(bytes, start, bytes.len(), b'/');
            if let Err(error) = parts.read(text, start, end) {
                return Err(error);
            }
            start = end + 1;
        }
        Ok(parts)
    }

    /// The device of a literal: in a constant, rustc refuses a text that is none.
    ///
    /// # Panics
    /// If the text is no device; in const evaluation that is an error of the build.
    #[track_caller]
    pub const fn literal(text: &'t str) -> DeviceParts<'t> {
        match DeviceParts::parse(text) {
            Ok(parts) => parts,
            Err(error) => {
                let mut words = Text::new();
                error.text(&mut words, text);
                words.str("\n  ").str(DeviceError::CODE).str(" in docs/errors.md");
                panic!("{}", words.as_str())
            }
        }
    }

    /// Reads what stands between two slashes.
    const fn read(&mut self, text: &'t str, start: usize, end: usize) -> Result<(), DeviceError> {
        let bytes = text.as_bytes();
        let colon = next(bytes, start, end, b':');
        if colon == start {
            // TensorFlow passes over nothing between slashes; a value without its part is left to be called unknown.
            return if end == start { Ok(()) } else { fault(Fault::Unknown, start, end) };
        }
        let name = piece(text, start, colon);
        let second = if colon < end { next(bytes, colon + 1, end, b':') } else { end };
        let values = if colon == end {
            0
        } else if second == end {
            1
        } else if next(bytes, second + 1, end, b':') == end {
            2
        } else {
            3
        };
        let short = short_type(name);
        let (type_name, from, to) = if str_eq(name, "job") && values == 1 {
            if colon + 1 == end {
                return fault(Fault::Name, end, end);
            }
            self.job = Some(piece(text, colon + 1, end));
            return Ok(());
        } else if str_eq(name, "replica") && values == 1 {
            return set(&mut self.replica, bytes, colon + 1, end);
        } else if str_eq(name, "task") && values == 1 {
            return set(&mut self.task, bytes, colon + 1, end);
        } else if short.is_some() && values <= 1 {
            (short, colon + 1, end)
        } else if str_eq(name, "device") && values == 2 {
            if second == colon + 1 {
                return fault(Fault::Name, second, second);
            }
            let name = piece(text, colon + 1, second);
            // Only these two are known by small letters, too.
            let capitals = str_eq(name, "cpu") || str_eq(name, "gpu");
            (if capitals { short_type(name) } else { Some(name) }, second + 1, end)
        } else if short.is_some() || is_part(name) {
            return fault(Fault::Values, start, end);
        } else {
            return fault(Fault::Unknown, start, colon);
        };
        if self.device_type.is_some() {
            return fault(Fault::SecondType, start, end);
        }
        self.device_type = type_name;
        if values == 0 || from + 1 == to && bytes[from] == b'*' {
            return Ok(());
        }
        set(&mut self.index, bytes, from, to)
    }
}

const fn is_part(name: &str) -> bool {
    str_eq(name, "job") || str_eq(name, "replica") || str_eq(name, "task") || str_eq(name, "device")
}

/// The types that need no `device:` before them, whatever the case of their letters.
const SHORT_TYPES: [&str; 5] = ["CPU", "GPU", "TPU", "CUSTOM", "EPU"];

const fn short_type(name: &str) -> Option<&'static str> {
    let mut i = 0;
    while i < SHORT_TYPES.len() {
        if name.eq_ignore_ascii_case(SHORT_TYPES[i]) {
            return Some(SHORT_TYPES[i]);
        }
        i += 1;
    }
    None
}

const fn set(field: &mut Option<u32>, bytes: &[u8], from: usize, to: usize) -> Result<(), DeviceError> {
    let mut number: u32 = 0;
    let mut i = from;
    while i < to {
        let digit = bytes[i].wrapping_sub(b'0');
        if digit > 9 || number > (u32::MAX - 9) / 10 {
            return fault(Fault::Number, from, to);
        }
        number = number * 10 + digit as u32;
        i += 1;
    }
    if from >= to {
        return fault(Fault::Number, to, to);
    }
    *field = Some(number);
    Ok(())
}

const fn fault<T>(fault: Fault, start: usize, end: usize) -> Result<T, DeviceError>
where
    T: Copy,
{
    Err(DeviceError { fault, start, end })
}

/// Where `wanted` is next, before `end`; `end` where it is not.
const fn next(bytes: &[u8], from: usize, end: usize, wanted: u8) -> usize {
    let mut i = from;
    while i < end && bytes[i] != wanted {
        i += 1;
    }
    i
}

/// A part of a text, cut at ASCII letters.
const fn piece(text: &str, start: usize, end: usize) -> &str {
    text.split_at(end).0.split_at(start).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(device: &str) -> String {
        let mut text = Text::new();
        DeviceParts::parse(device).unwrap_err().text(&mut text, device);
        text.as_str().to_owned()
    }

    #[test]
    fn v6_carets_stand_under_the_wrong_part() {
        assert_eq!(
            words("/job:ps/foo:1").lines().take(3).collect::<Vec<_>>(),
            ["`/job:ps/foo:1` is no device: no part is called `foo`", "    /job:ps/foo:1", "            ^^^"]
        );
        for (device, mistake, carets) in [
            ("/cpu:0/gpu:0", "`gpu:0` is its second type of device", "       ^^^^^"),
            ("/device:GPU:1/cpu", "`cpu` is its second type of device", "              ^^^"),
            ("/gpu:x", "`x` is no number", "     ^"),
            ("/gpu:", "a number is missing", "     ^"),
            ("/replica:*", "`*` is no number", "         ^"),
            ("/gpu:99999999999", "`99999999999` is no number", "     ^^^^^^^^^^^"),
            ("/job:/task:1", "a name is missing", "     ^"),
            ("/device::1", "a name is missing", "        ^"),
            ("/device:GPU", "`device:GPU` has another number of values", " ^^^^^^^^^^"),
            ("/gpu:1:2", "`gpu:1:2` has another number of values", " ^^^^^^^"),
            ("/task", "`task` has another number of values", " ^^^^"),
            ("/jöb:ps/gpu:0", "no part is called `jöb`", " ^^^"),
            ("/:1", "no part is called `:1`", " ^^"),
        ] {
            let words = words(device);
            let lines: Vec<&str> = words.lines().collect();
            assert_eq!(lines[0], format!("`{device}` is no device: {mistake}"));
            assert_eq!(lines[1..3], [format!("    {device}"), format!("    {carets}")], "{device}");
            assert!(lines[3].starts_with("  help: "), "{words}");
        }
    }

    #[test]
    fn the_parts_are_those_of_tensorflow() {
        const PARTS: DeviceParts = DeviceParts::literal("/job:ps/replica:1/task:2/device:GPU:3");
        let all =
            DeviceParts { job: Some("ps"), replica: Some(1), task: Some(2), device_type: Some("GPU"), index: Some(3) };
        assert_eq!(PARTS, all);
        let of = |text| DeviceParts::parse(text).unwrap();
        assert_eq!(of("task:2/job:ps/gpu:3/replica:1"), all);
        assert_eq!(of(""), DeviceParts::default());
        assert_eq!(of("//Gpu:*"), DeviceParts { device_type: Some("GPU"), ..DeviceParts::default() });
        assert_eq!(
            of("/device:tpu:01"),
            DeviceParts { device_type: Some("tpu"), index: Some(1), ..DeviceParts::default() }
        );
        assert_eq!(of("/job:a/job:b").job, Some("b"));
    }
}
