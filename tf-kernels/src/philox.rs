//! The counter-based generator Philox 4×32-10 ("Parallel random numbers: as
//! easy as 1, 2, 3", 2011), set up as TensorFlow sets it up.

use crate::isa::{isa, multiversion};

/// How many blocks are made together: one for each word of the widest register.
pub const TOGETHER: usize = 16;

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
        let (words, mut key) = (self.words(0), self.key);
        self.skip(1);
        (0..10).fold(words, |words, _| round(words, &mut key))
    }

    /// The next block and those that come `stride`, twice `stride`, … blocks after it, which takes a fraction of the time of one after the
    /// other. The position stays.
    ///
    /// ```
    /// use tf_kernels::philox::Philox;
    /// let mut stream = Philox::new(7, 2);
    /// let blocks = stream.blocks(3);
    /// assert_eq!(blocks[0], stream.next_block());
    /// stream.skip(2);
    /// assert_eq!(blocks[1], stream.next_block());
    /// ```
    #[inline]
    pub fn blocks(&self, stride: u64) -> [[u32; 4]; TOGETHER] {
        let words = self.words_of_blocks(stride);
        std::array::from_fn(|block| words.map(|words| words[block]))
    }

    /// The words of [`blocks`](Philox::blocks): the first of all, then the second ones, and so on.
    #[inline]
    pub(crate) fn words_of_blocks(&self, stride: u64) -> [[u32; TOGETHER]; 4] {
        let [first, others @ ..] = self.words(0);
        let mut words = match (stride, first.checked_add(TOGETHER as u32)) {
            // Only the first word of the counters differs.
            (1, Some(_)) => {
                let [second, third, fourth] = others.map(|word| [word; TOGETHER]);
                [std::array::from_fn(|block| first + block as u32), second, third, fourth]
            }
            _ => {
                let counters: [[u32; 4]; TOGETHER] =
                    std::array::from_fn(|block| self.words(block as u128 * u128::from(stride)));
                std::array::from_fn(|k| counters.map(|words| words[k]))
            }
        };
        ten_rounds(isa(), &mut words, self.key);
        words
    }

    /// What the block that comes `later` blocks after the next one is made of.
    #[inline]
    fn words(&self, later: u128) -> [u32; 4] {
        let counter = self.counter.wrapping_add(later);
        [0, 32, 64, 96].map(|shift| (counter >> shift) as u32)
    }
}

multiversion! {
    /// The ten rounds of several blocks: `words` holds the first words of all, then the second ones, and so on.
    fn ten_rounds[](words: &mut [[u32; TOGETHER]; 4], key: [u32; 2]) {
        let [first, second, third, fourth] = words;
        let mut key = key;
        for _ in 0..10 {
            let mut next = key;
            for (((a, b), c), d) in first.iter_mut().zip(&mut *second).zip(&mut *third).zip(&mut *fourth) {
                next = key;
                [*a, *b, *c, *d] = round([*a, *b, *c, *d], &mut next);
            }
            key = next;
        }
    }
}

/// One round of one block, and the key of the next.
#[inline(always)]
fn round(words: [u32; 4], key: &mut [u32; 2]) -> [u32; 4] {
    let a = u64::from(words[0]) * 0xD251_1F53;
    let b = u64::from(words[2]) * 0xCD9E_8D57;
    let made = [(b >> 32) as u32 ^ words[1] ^ key[0], b as u32, (a >> 32) as u32 ^ words[3] ^ key[1], a as u32];
    *key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Isa, with_isa};

    /// The known answers published with the generator.
    #[test]
    fn known_answers_of_the_paper() {
        let ten_rounds = |words: [u32; 4], key| {
            let counter = words.iter().rev().fold(0, |counter, &word| counter << 32 | u128::from(word));
            Philox { key, counter }.next_block()
        };
        assert_eq!(ten_rounds([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(ten_rounds([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            ten_rounds([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn blocks_made_together_are_those_made_one_by_one() {
        for (stride, first) in [(1, 0), (1, u64::from(u32::MAX) - 5), (256, u64::MAX - 700), (1 << 60, 5)] {
            let mut stream = Philox::new(0x1234_5678_9ABC, 99);
            stream.skip(first);
            for isa in Isa::available() {
                let together = with_isa(isa, || stream.blocks(stride));
                let one = |block: u64| {
                    let mut stream = stream;
                    (0..block).for_each(|_| stream.skip(stride));
                    stream.next_block()
                };
                assert_eq!(together.to_vec(), (0..TOGETHER as u64).map(one).collect::<Vec<_>>(), "{isa}, {stride}");
            }
        }
    }

    #[test]
    fn blocks_carry_into_the_second_seed() {
        let mut stream = Philox::new(1, 7);
        stream.skip(u64::MAX);
        stream.next_block();
        assert_eq!(stream, Philox::new(1, 8));
    }
}
