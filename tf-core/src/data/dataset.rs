//! What examples can come from: arrays, tuples of data, and functions that make one example.

use crate::error::{Error, Result, Status};
use ndarray::{Array, Axis, Dimension, RemoveAxis};
use std::fmt;

/// Numbered examples, any of which can be put into a batch.
///
/// Implemented for arrays (the first axis counts the examples), for lists of examples, for tuples of data with as many examples each, and for
/// [`Examples`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no dataset",
    label = "expected an ndarray array whose first axis counts the examples, a `Vec` of arrays or numbers, a tuple of such, or `Examples::new(count, |i| ..)`"
)]
pub trait Dataset: Send + Sync {
    /// Several examples as one.
    type Batch: Send;

    /// How many examples there are; nothing if the parts of a tuple do not agree.
    fn examples(&self) -> Option<usize>;

    /// How many examples each part of a tuple has, for the message where they do not agree.
    fn lengths(&self) -> Vec<Option<usize>> {
        vec![self.examples()]
    }

    /// The batch of these examples, in this order.
    ///
    /// # Errors
    /// E-DATASET-SHAPES for examples that cannot be one array; E-DATASET-EXAMPLE for one that cannot be made.
    fn gather(&self, examples: &[usize]) -> Result<Self::Batch>;
}

impl<T: Clone + Send + Sync, D: RemoveAxis + Send + Sync> Dataset for Array<T, D> {
    type Batch = Array<T, D>;

    fn examples(&self) -> Option<usize> {
        self.shape().first().copied()
    }

    fn gather(&self, examples: &[usize]) -> Result<Self::Batch> {
        Ok(self.select(Axis(0), examples))
    }
}

impl<E: Stack + Clone + Send + Sync> Dataset for Vec<E> {
    type Batch = E::Stacked;

    fn examples(&self) -> Option<usize> {
        Some(self.len())
    }

    fn gather(&self, examples: &[usize]) -> Result<Self::Batch> {
        E::stack(examples.iter().map(|&i| self[i].clone()).collect(), examples)
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

            fn lengths(&self) -> Vec<Option<usize>> {
                [$(self.$i.lengths()),+].concat()
            }

            fn gather(&self, examples: &[usize]) -> Result<Self::Batch> {
                Ok(($(self.$i.gather(examples)?,)+))
            }
        }

        impl<$($d: Stack),+> Stack for ($($d,)+) {
            type Stacked = ($($d::Stacked,)+);

            #[allow(non_snake_case)]
            fn stack(examples: Vec<Self>, numbers: &[usize]) -> Result<Self::Stacked> {
                $(let mut $d = Vec::with_capacity(examples.len());)+
                for example in examples {
                    $($d.push(example.$i);)+
                }
                Ok(($($d::stack($d, numbers)?,)+))
            }
        }
    )* };
}
tuples_of_data!(A 0; A 0, B 1; A 0, B 1, C 2; A 0, B 1, C 2, E 3;);

/// Examples of one kind that can be stacked to a batch: arrays of one shape, numbers, lists of as many numbers, tuples of those, and results, where
/// some may fail.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no example that batches can be made of",
    label = "expected an ndarray array, a number, a `Vec` of numbers, a tuple of such, or a `Result` of these"
)]
pub trait Stack: Sized {
    /// The batch.
    type Stacked: Send;

    /// Puts examples, at least one, along a new first axis; `numbers` says which ones they are.
    ///
    /// # Errors
    /// E-DATASET-SHAPES for arrays that differ in shape; E-DATASET-EXAMPLE for an example that is an error.
    fn stack(examples: Vec<Self>, numbers: &[usize]) -> Result<Self::Stacked>;
}

impl<T: Clone + Send + Sync, D: Dimension> Stack for Array<T, D>
where
    D::Larger: RemoveAxis + Send,
{
    type Stacked = Array<T, D::Larger>;

    fn stack(examples: Vec<Self>, numbers: &[usize]) -> Result<Self::Stacked> {
        let shape = examples.first().map(|first| first.shape()).unwrap_or_default();
        if let Some(other) = examples.iter().position(|example| example.shape() != shape) {
            return Err(Error::new(
                Status::InvalidArgument,
                "E-DATASET-SHAPES",
                format!(
                    "example {} of a dataset has the shape {:?}, and example {}, which is in the same batch, {shape:?}\n  help: make all examples of one shape, by cropping, scaling or padding, or ask for batches of one",
                    numbers[other],
                    examples[other].shape(),
                    numbers[0]
                ),
            ));
        }
        let views: Vec<_> = examples.iter().map(|example| example.view()).collect();
        Ok(ndarray::stack(Axis(0), &views).expect("there is an example, and all have its shape"))
    }
}

impl<E: Stack, F: fmt::Display> Stack for std::result::Result<E, F> {
    type Stacked = E::Stacked;

    fn stack(examples: Vec<Self>, numbers: &[usize]) -> Result<Self::Stacked> {
        let made = examples.into_iter().zip(numbers).map(|(example, number)| {
            example.map_err(|error| {
                Error::new(
                    Status::DataLoss,
                    "E-DATASET-EXAMPLE",
                    format!(
                        "example {number} of a dataset cannot be made: {error}\n  help: look at what it is made from, or leave it out"
                    ),
                )
            })
        });
        E::stack(made.collect::<Result<_>>()?, numbers)
    }
}

macro_rules! scalars {
    ($($t:ty),*) => { $(
        impl Stack for Vec<$t> {
            type Stacked = ndarray::Array2<$t>;

            fn stack(examples: Vec<Self>, numbers: &[usize]) -> Result<Self::Stacked> {
                Stack::stack(examples.into_iter().map(ndarray::Array1::from).collect(), numbers)
            }
        }

        impl Stack for $t {
            type Stacked = ndarray::Array1<$t>;

            fn stack(examples: Vec<Self>, _: &[usize]) -> Result<Self::Stacked> {
                Ok(examples.into())
            }
        }
    )* };
}
scalars!(f32, f64, i32, i64, u8, bool);

/// Examples that a function makes one by one, from their number: crops of images, noise, what is read from files. If something may fail it yields a
/// `Result`, and an error ends the batch.
///
/// ```
/// # use tf_core as tf;
/// use tf::data::{Dataset, Examples};
/// let squares = Examples::new(10, |i| (i as f32, (i * i) as f32));
/// assert_eq!(squares.gather(&[2, 3])?.1, ndarray::arr1(&[4.0, 9.0]));
/// # Ok::<(), tf::Error>(())
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

    fn gather(&self, examples: &[usize]) -> Result<Self::Batch> {
        E::stack(examples.iter().map(|&i| (self.make)(i)).collect(), examples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, arr1};

    #[test]
    fn examples_are_stacked_part_by_part() {
        let pairs = Examples::new(4, |i| (Array1::from_elem(2, i as f32), i as i64));
        let (arrays, numbers) = pairs.gather(&[3, 1]).unwrap();
        assert_eq!((arrays, numbers), (ndarray::arr2(&[[3.0, 3.0], [1.0, 1.0]]), arr1(&[3, 1])));
    }

    #[test]
    fn a_list_of_examples_is_a_dataset() {
        let (arrays, labels) = (vec![arr1(&[1.0f32, 2.0]), arr1(&[3.0, 4.0])], vec![7i32, 8]);
        let (images, numbers) = (arrays, labels).gather(&[1, 0]).unwrap();
        assert_eq!((images, numbers), (ndarray::arr2(&[[3.0, 4.0], [1.0, 2.0]]), arr1(&[8, 7])));
        assert_eq!(vec![(1.0f64, true)].gather(&[0]).unwrap(), (arr1(&[1.0]), arr1(&[true])));
        let rows = vec![vec![1i64, 2], vec![3, 4], vec![5]];
        assert_eq!(rows.gather(&[1, 0]).unwrap(), ndarray::arr2(&[[3, 4], [1, 2]]));
        assert_eq!(rows.gather(&[0, 2]).unwrap_err().code(), "E-DATASET-SHAPES");
    }

    #[test]
    fn examples_of_two_shapes_are_named() {
        let growing = Examples::new(9, |i| (i as f32, Array2::<f32>::zeros((2, if i < 7 { 3 } else { i }))));
        assert!(growing.gather(&[0, 5, 1]).is_ok());
        let error = growing.gather(&[5, 6, 8]).unwrap_err();
        assert_eq!(error.code(), "E-DATASET-SHAPES");
        let says = "example 8 of a dataset has the shape [2, 8], and example 5, which is in the same batch, [2, 3]";
        assert_eq!(error.mistake(), says);
    }

    #[test]
    fn an_example_that_fails_is_named_with_its_reason() {
        let text = ["1.5", "2", "two"];
        let parsed = Examples::new(3, |i| text[i].parse::<f32>());
        assert_eq!(parsed.gather(&[1, 0]).unwrap(), arr1(&[2.0, 1.5]));
        let error = parsed.gather(&[1, 2]).unwrap_err();
        assert_eq!(error.code(), "E-DATASET-EXAMPLE");
        assert_eq!(error.mistake(), "example 2 of a dataset cannot be made: invalid float literal");
    }
}
