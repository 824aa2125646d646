//! The frames of an event file: length, check sum of the length, bytes, check sum of the bytes (TensorFlow's `TFRecord`).

/// Appends a frame with these bytes.
pub(super) fn append(bytes: &[u8], to: &mut Vec<u8>) {
    let length = (bytes.len() as u64).to_le_bytes();
    to.extend_from_slice(&length);
    to.extend_from_slice(&masked(crc32c::crc32c(&length)).to_le_bytes());
    to.extend_from_slice(bytes);
    to.extend_from_slice(&masked(crc32c::crc32c(bytes)).to_le_bytes());
}

/// Check sums are stored turned and shifted, since those of data that holds check sums would be weak.
fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xA282_EAD8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `tf.io.TFRecordWriter` writes for `b"tf-scope"`.
    #[test]
    fn a_frame_as_tensorflow_writes_it() {
        let mut frame = Vec::new();
        append(b"tf-scope", &mut frame);
        assert_eq!(frame, FRAME);
    }

    const FRAME: [u8; 24] =
        [8, 0, 0, 0, 0, 0, 0, 0, 255, 134, 36, 15, 116, 102, 45, 115, 99, 111, 112, 101, 138, 108, 166, 105];
}
