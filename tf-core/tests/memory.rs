//! The memory of runs: planned by what the first run needs, used again by those that follow, and nobody sees it.

use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;
use tf_core::{self as tf, ANY, Graph, RunMemory, Session, Tensor, nn, placeholder};

/// One step of a random program: which op, and on which of the tensors so far.
type Instruction = (u8, usize, usize);

/// Tensors made one from the other, all of as many rows as `x` or of one.
fn program(x: Tensor<f32>, instructions: &[Instruction]) -> Vec<Tensor<f32>> {
    let square = ArrayD::from_shape_fn(IxDyn(&[4, 4]), |at| (at[0] * 4 + at[1]) as f32 * 0.1 - 0.7);
    let square = tf::constant_array(&square);
    let mut made = vec![x, tf::constant([1.0f32, -2.0, 0.25, 3.0])];
    for &(op, a, b) in instructions {
        let (a, b) = (made[a % made.len()], made[b % made.len()]);
        made.push(match op % 12 {
            0 => a + b,
            1 => a * b,
            2 => tf::maximum(a, b),
            3 => tf::tanh(a),
            4 => tf::identity(a),
            // What stands between a product and a bias keeps them apart: joined they would be rounded elsewhere.
            5 if a.rank() == 2 => tf::identity(tf::matmul(a, square)),
            6 if a.rank() == 2 => nn::softmax(a),
            7 if a.rank() == 2 => tf::reduce_mean(a, 0),
            8 if a.rank() == 2 && b.rank() == 2 => {
                tf::identity(tf::matmul(tf::concat([a, a], 1), tf::concat([square, square], 0)))
            }
            9 if a.rank() == 2 => tf::slice(tf::pad(a, [[0, 0], [2, 1]]), [0, 1], [ANY, 4]),
            10 if a.rank() == 2 => {
                let [left, right] = tf::split(a, 1);
                tf::concat([right, left], 1)
            }
            _ => tf::minimum(a, b),
        });
    }
    made
}

fn bits(arrays: &[ArrayD<f32>]) -> Vec<(Vec<usize>, Vec<u32>)> {
    arrays.iter().map(|array| (array.shape().to_vec(), array.iter().map(|x| x.to_bits()).collect())).collect()
}

fn wave(rows: usize) -> ArrayD<f32> {
    ArrayD::from_shape_fn(IxDyn(&[rows, 4]), |at| ((at[0] * 4 + at[1]) as f32 * 0.37).sin())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn values_are_those_of_runs_that_use_no_memory_again(
        instructions in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..25),
        sizes in prop::collection::vec(1usize..120, 1..4),
        asked in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let graph = Graph::new();
        let (x, all, fetches) = graph.build(|| {
            let x = placeholder::<f32, _>("x", [ANY, 4]);
            let made = program(x, &instructions);
            let fetches: Vec<Tensor<f32>> = asked.iter().map(|asked| made[asked.index(made.len())]).collect();
            (x, made, fetches)
        }).unwrap();
        let session = Session::new(&graph).unwrap();
        // What is handed out is used by nobody again: here that is every value.
        let apart = Session::new(&graph).unwrap();
        let want: Vec<_> = sizes.iter().map(|&rows| {
            let every = apart.run_with(all.clone(), &[x.feed(wave(rows))]).unwrap();
            let asked: Vec<_> = asked.iter().map(|asked| every[asked.index(all.len())].clone()).collect();
            bits(&asked)
        }).collect();
        // Sizes in turns, each several times: the first run of a size plans, the others follow; what was handed out stays as it is.
        let mut kept = Vec::new();
        for _ in 0..3 {
            for (&rows, want) in sizes.iter().zip(&want) {
                let found = session.run_with(fetches.clone(), &[x.feed(wave(rows))]).unwrap();
                prop_assert_eq!(&bits(&found), want);
                kept.push((found, want));
            }
        }
        for (found, want) in kept {
            prop_assert_eq!(&bits(&found), want);
        }
        let memory = session.memory();
        let mut distinct = sizes.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(memory.len(), distinct.len());
        for RunMemory { peak, lower_bound, without_reuse, values, buffers, .. } in memory {
            prop_assert!(lower_bound <= peak && peak <= without_reuse && buffers <= values);
        }
    }
}

#[test]
fn layers_that_follow_each_other_take_turns_in_two_buffers() {
    let graph = Graph::new();
    let (x, y) = graph
        .build(|| {
            let x = placeholder::<f32, _>("x", [ANY, 4]);
            let weights = tf::ones::<f32, _>([4, 4]);
            (x, (0..9).fold(x, |y, _| nn::softmax(tf::matmul(y, weights))))
        })
        .unwrap();
    let session = Session::new(&graph).unwrap();
    assert!(session.memory().is_empty(), "nothing has run");
    for rows in [30, 50, 30] {
        session.run_with(y.op(), &[x.feed(wave(rows))]).unwrap();
    }
    let memory = session.memory();
    assert_eq!(memory.iter().map(|run| run.fed.clone()).collect::<Vec<_>>(), [vec![vec![30, 4]], vec![vec![50, 4]]]);
    for run in &memory {
        let value = run.fed[0][0] * 4 * 4;
        let found = (run.values, run.buffers, run.without_reuse, run.peak, run.lower_bound);
        assert_eq!(found, (18, 2, 18 * value, 2 * value, 2 * value));
    }
    let line = memory[0].to_string();
    assert!(
        line.ends_with(
            "of [[30, 4]]: 960 bytes in 2 buffers, 960 of them needed at the same time; 8640 bytes in 18 values"
        ),
        "{line}"
    );
}
