//! What examples can come from: arrays, tuples of data, and functions that make one example.

use ndarray::{Array, Axis, Dimension, RemoveAxis};

/// Numbered examples, any of which can be put into a batch.
///
/// Implemented for arrays (the first axis counts the examples), for tuples of data with as many examples each, and for [`Examples`].
pub trait Dataset: Send + Sync {
    /// Several examples as one.
    type Batch: Send;

    /// How many examples there are; nothing if the parts of a tuple do not agree.
    fn examples(&self) -> Option<usize>;

    /// The batch of these examples, in this order.
    fn gather(&self, examples: &[usize]) -> Self::Batch;
}

impl<T: Clone + Send + Sync, D: RemoveAxis + Send + Sync> Dataset for Array<T, D> {
    type Batch = Array<T, D>;

    fn examples(&self) -> Option<usize> {
        self.shape().first().copied()
    }

    fn gather(&self, examples: &[usize]) -> Self::Batch {
        self.select(Axis(0), examples)
    }
}

macro_rules! tuples_of_data {
    ($($($d:ident $i:tt),+;)*) => { $(
        impl<$($d: Dataset),+> Dataset for ($($d,)+) {
            type Batch = ($($d::Batch,)+);

            fn examples(&self) -> Option<usize> {
                let counts = [$(self.$i.examples()?),+];
                counts.iter().all(|count| *count == counts[0]).then_some(counts[0])
            }

            fn gather(&self, examples: &[usize]) -> Self::Batch {
                ($(self.$i.gather(examples),)+)
            }
        }

        impl<$($d: Stack),+> Stack for ($($d,)+) {
            type Stacked = ($($d::Stacked,)+);

            #[allow(non_snake_case)]
            fn stack(examples: Vec<Self>) -> Self::Stacked {
                $(let mut $d = Vec::with_capacity(examples.len());)+
                for example in examples {
                    $($d.push(example.$i);)+
                }
                ($($d::stack($d),)+)
            }
        }
    )* };
}
tuples_of_data!(A 0; A 0, B 1; A 0, B 1, C 2; A 0, B 1, C 2, E 3;);

/// Examples of one kind that can be stacked to a batch: arrays of one shape, numbers, and tuples of those.
pub trait Stack: Sized {
    /// The batch.
    type Stacked: Send;

    /// Puts examples, at least one, along a new first axis.
    ///
    /// # Panics
    /// If arrays differ in shape: examples of one dataset have one.
    fn stack(examples: Vec<Self>) -> Self::Stacked;
}

impl<T: Clone + Send + Sync, D: Dimension> Stack for Array<T, D>
where
    D::Larger: RemoveAxis + Send,
{
    type Stacked = Array<T, D::Larger>;

    fn stack(examples: Vec<Self>) -> Self::Stacked {
        let views: Vec<_> = examples.iter().map(|example| example.view()).collect();
        ndarray::stack(Axis(0), &views).expect("the examples of a dataset have one shape")
    }
}

macro_rules! scalars {
    ($($t:ty),*) => { $(
        impl Stack for $t {
            type Stacked = ndarray::Array1<$t>;

            fn stack(examples: Vec<Self>) -> Self::Stacked {
                examples.into()
            }
        }
    )* };
}
scalars!(f32, f64, i32, i64, u8, bool);

/// Examples that a function makes one by one, from their number: crops of images, noise, what is read from files.
///
/// ```
/// # use tf_core as tf;
/// use tf::data::{Dataset, Examples};
/// let squares = Examples::new(10, |i| (i as f32, (i * i) as f32));
/// assert_eq!(squares.gather(&[2, 3]).1, ndarray::arr1(&[4.0, 9.0]));
/// ```
#[derive(Clone, Debug)]
pub struct Examples<F> {
    count: usize,
    make: F,
}

impl<E: Stack, F: Fn(usize) -> E + Send + Sync> Examples<F> {
    /// `count` examples; `make` is called with the number of each that a batch needs, and answers the same whenever it is asked.
    pub fn new(count: usize, make: F) -> Examples<F> {
        Examples { count, make }
    }
}

impl<E: Stack, F: Fn(usize) -> E + Send + Sync> Dataset for Examples<F> {
    type Batch = E::Stacked;

    fn examples(&self) -> Option<usize> {
        Some(self.count)
    }

    fn gather(&self, examples: &[usize]) -> Self::Batch {
        E::stack(examples.iter().map(|&i| (self.make)(i)).collect())
    }
}
