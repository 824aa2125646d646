//! What a literal name hashes to, found where it is read, so that const evaluation has no loop over it: as `tf-core/src/names.rs` does it.

const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
/// As many bytes may a name have.
const LONGEST: usize = 120;

/// The hashes of a name, with the slash before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hash {
    pub(super) exact: u64,
    /// With ASCII letters in lower case.
    pub(super) folded: u64,
    /// The base to the power of its length, the slash included.
    pub(super) power: u64,
}

/// The hashes of what is a name wherever it stands; of others const evaluation finds out what is wrong.
pub(super) fn of(name: &str) -> Option<Hash> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.->\\/".contains(&byte);
    let starts = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
    let bytes = name.as_bytes();
    let begins = bytes.first().copied().is_some_and(starts);
    if !begins || bytes.len() > LONGEST || !bytes.iter().copied().all(legal) || name.split('/').any(str::is_empty) {
        return None;
    }
    let walk = |hash: u64, byte: u8| hash.wrapping_mul(BASE).wrapping_add(byte.into());
    Some(Hash {
        exact: bytes.iter().copied().fold(b'/'.into(), walk),
        folded: bytes.iter().map(u8::to_ascii_lowercase).fold(b'/'.into(), walk),
        power: BASE.wrapping_pow(bytes.len() as u32 + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_one_letter() {
        let [slash, upper, lower] = [b'/', b'A', b'a'].map(u64::from);
        let joined = |letter: u64| slash.wrapping_mul(BASE).wrapping_add(letter);
        let wanted = Hash { exact: joined(upper), folded: joined(lower), power: BASE.wrapping_mul(BASE) };
        assert_eq!(of("A"), Some(wanted));
    }

    #[test]
    fn what_may_be_no_name_is_left_to_const_evaluation() {
        for wrong in ["", "_w", "-w", ">w", "a b", "a:0", "/a", "a/", "a//b", "ä", &"a".repeat(121)] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        for right in ["w", "conv1/weights", ".5", "a_b-c.d>e", &"a".repeat(120)] {
            assert!(of(right).is_some(), "{right}");
        }
    }
}
