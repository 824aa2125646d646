//! The counter-based generator Philox 4×32-10 ("Parallel random numbers: as
//! easy as 1, 2, 3", 2011), set up as TensorFlow sets it up.

/// A position in the random stream of a pair of seeds. Any position is reached
/// at once, so any thread can make any part of a stream.
///
/// ```
/// use tf_kernels::philox::Philox;
/// let mut all = Philox::new(87654321, 1);
/// let third = [all.next_block(), all.next_block(), all.next_block()][2];
/// let mut late = Philox::new(87654321, 1);
/// late.skip(2);
/// assert_eq!(late.next_block(), third);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
    /// The number of the next block, under `seed2` in the upper half.
    counter: u128,
}

impl Philox {
    /// The beginning of the stream of TensorFlow's `seed` (of the graph) and
    /// `seed2` (of the op).
    pub fn new(seed: u64, seed2: u64) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], counter: u128::from(seed2) << 64 }
    }

    /// Passes over `blocks` blocks of four words.
    pub fn skip(&mut self, blocks: u64) {
        self.counter = self.counter.wrapping_add(u128::from(blocks));
    }

    /// The next four words.
    #[inline]
    pub fn next_block(&mut self) -> [u32; 4] {
        let words = [0, 32, 64, 96].map(|shift| (self.counter >> shift) as u32);
        self.counter = self.counter.wrapping_add(1);
        ten_rounds(words, self.key)
    }
}

#[inline]
fn ten_rounds(mut words: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let a = u64::from(words[0]) * 0xD251_1F53;
        let b = u64::from(words[2]) * 0xCD9E_8D57;
        words = [(b >> 32) as u32 ^ words[1] ^ key[0], b as u32, (a >> 32) as u32 ^ words[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers published with the generator.
    #[test]
    fn known_answers_of_the_paper() {
        assert_eq!(ten_rounds([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(ten_rounds([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            ten_rounds([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn blocks_carry_into_the_second_seed() {
        let mut stream = Philox::new(1, 7);
        stream.skip(u64::MAX);
        stream.next_block();
        assert_eq!(stream, Philox::new(1, 8));
    }
}
