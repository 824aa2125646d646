//! The order of an epoch: it follows from the seed and the number of the epoch alone, so that a position is two numbers.

use tf_kernels::philox::Philox;

/// The examples of an epoch, in the order in which they come: as they are numbered, or shuffled by a seed, each epoch anew.
pub fn order(examples: usize, seed: Option<u64>, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..examples).collect();
    let Some(seed) = seed else { return order };
    // Fisher and Yates' shuffle, each step with a block of its own.
    let mut random = Philox::new(seed, epoch);
    for last in (1..examples).rev() {
        let [low, high, ..] = random.next_block();
        let wide = u128::from(u64::from(high) << 32 | u64::from(low)) * (last as u128 + 1);
        order.swap(last, (wide >> 64) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_a_permutation_that_follows_from_the_seed() {
        let first = order(100, Some(7), 0);
        assert_eq!(first, order(100, Some(7), 0));
        assert_ne!(first, order(100, Some(7), 1));
        assert_ne!(first, order(100, Some(8), 0));
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, order(100, None, 5));
        assert!(order(0, Some(1), 0).is_empty());
    }

    #[test]
    fn every_place_is_as_likely_for_every_example() {
        let mut seen = [[0u32; 4]; 4];
        for epoch in 0..4000 {
            for (place, example) in order(4, Some(1), epoch).into_iter().enumerate() {
                seen[place][example] += 1;
            }
        }
        // Each count is 1000, with a standard deviation of 27.
        assert!(seen.iter().flatten().all(|count| (880..1120).contains(count)), "{seen:?}");
    }
}
