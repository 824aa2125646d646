//! The sum of several arrays.

use crate::isa::{isa, multiversion};
use crate::threads::for_each_chunk;
use std::ops::Add;

/// Elements that are added up while they are in the first-level cache.
const BLOCK: usize = 2048;

macro_rules! add_n {
    ($($name:ident $t:ty;)*) => { $(
        #[doc = concat!("The sum of arrays of `", stringify!($t), "`, element by element, in their order (`tf.add_n`).")]
        ///
        /// # Panics
        /// If there is no array, or the lengths differ.
        pub fn $name(inputs: &[&[$t]], out: &mut [$t]) {
            add_n(inputs, out);
        }
    )* };
}

add_n! {
    add_n_f32 f32;
    add_n_f64 f64;
}

fn add_n<T: Copy + Send + Sync + Add<Output = T>>(inputs: &[&[T]], out: &mut [T]) {
    assert!(inputs.iter().all(|input| input.len() == out.len()), "elements of all operands");
    let (first, others) = inputs.split_first().expect("one operand or more");
    let isa = isa();
    for_each_chunk(out, 1, inputs.len() * first.len(), |start, out| {
        for (i, out) in out.chunks_mut(BLOCK).enumerate() {
            let part = start + i * BLOCK..start + i * BLOCK + out.len();
            out.copy_from_slice(&first[part.clone()]);
            for other in others {
                accumulate(isa, &other[part.clone()], out);
            }
        }
    });
}

multiversion! {
    fn accumulate[T: Copy + Add<Output = T>](other: &[T], out: &mut [T]) {
        for (out, &x) in out.iter_mut().zip(other) {
            *out = *out + x;
        }
    }
}
