//! Where the seeds of random ops come from (I16).

use super::{Graph, State};

/// How a graph derives the seeds of variables that have none of their own from its seed.
///
/// ```
/// # use tf_core as tf;
/// use tf::{Graph, Seeds, Session, VariableOptions, get_variable, variable_scope};
/// let drawn = |others: usize| {
///     let graph = Graph::new();
///     graph.set_random_seed(42);
///     graph.set_seeds(Seeds::ByName);
///     let w = graph.build(|| {
///         for i in 0..others {
///             let _ = get_variable::<f32, _, _>(format!("other{i}"), [3], VariableOptions::new());
///         }
///         variable_scope("layer", |_| get_variable::<f32, _, _>("w", [3], VariableOptions::new()))
///     })?;
///     let session = Session::new(&graph)?;
///     session.initialize()?;
///     session.run(w)
/// };
/// assert_eq!(drawn(0)?, drawn(5)?);
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Seeds {
    /// By counting: the n-th random op of the graph gets the seed n, as in TensorFlow. A random op more changes all that come after it.
    #[default]
    Counted,
    /// By the variable's whole name: it starts from the same values whatever else is in the graph. Other random ops are counted.
    ByName,
}

impl Graph {
    /// Sets how variables without a seed of their own derive theirs from the graph's seed; for those created from here on.
    pub fn set_seeds(&self, seeds: Seeds) {
        self.state().derived = seeds;
    }
}

impl State {
    /// The two seeds of a variable's random initial value.
    pub(super) fn seeds_of_variable(&mut self, op_seed: Option<i64>, name: &str) -> (u64, u64) {
        match (self.derived, self.seed, op_seed) {
            (Seeds::ByName, Some(_), None) => self.seeds(Some(hash(name))),
            _ => self.seeds(op_seed),
        }
    }

    /// The two seeds of a random op: its own, the graph's, or, where neither is set, fresh entropy (I16).
    pub(crate) fn seeds(&mut self, op_seed: Option<i64>) -> (u64, u64) {
        const DEFAULT_GRAPH_SEED: i64 = 87_654_321;
        let wrap = |seed: i64| seed.rem_euclid((1 << 31) - 1) as u64;
        let (seed, seed2) = match (self.seed, op_seed) {
            (graph, Some(op)) => (wrap(graph.unwrap_or(DEFAULT_GRAPH_SEED)), wrap(op)),
            (Some(graph), None) => {
                let n = self.seeded;
                self.seeded += 1;
                (wrap(graph), wrap(n))
            }
            (None, None) => (rand::random::<u64>() | 1, rand::random::<u64>()),
        };
        if (seed, seed2) == (0, 0) { (0, (1 << 31) - 1) } else { (seed, seed2) }
    }
}

/// FNV-1a: fixed for all time, as the values that follow from it should be.
fn hash(name: &str) -> i64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    name.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325_u64 as i64);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8_u64 as i64);
    }
}
