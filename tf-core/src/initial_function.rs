//! Initial values that functions and distributions of the user's own yield.

use crate::{
    check::in_both_worlds,
    dtype::Element,
    graph::node::Input,
    partitioning::PartitionInfo,
    tensor::Tensor,
    value::{IntoValue, Value},
};
use core::marker::PhantomData;
use rand::distr::Distribution;
use std::sync::Arc;
use tf_kernels::philox::Philox;

/// What a function initializer yields for a shape: an array, which is computed anew at each initialization, or a tensor, whose ops
/// are made once, when the variable is created.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no first value of a variable of `{T}`",
    label = "the function yields an ndarray array or a `Vec` of `{T}`, or a tensor of `{T}`"
)]
pub trait InitialResult<T: Element> {
    /// Whether it is a tensor.
    #[doc(hidden)]
    const IS_TENSOR: bool;
    #[doc(hidden)]
    fn into_result(self) -> Result<Input, Value>;
}

impl<T: Element> InitialResult<T> for Tensor<T> {
    const IS_TENSOR: bool = true;
    fn into_result(self) -> Result<Input, Value> {
        Ok(self.into())
    }
}

macro_rules! initial_results {
    ($([$($g:tt)*] $t:ty;)*) => { $(
        impl<T: Element, $($g)*> InitialResult<T> for $t {
            const IS_TENSOR: bool = false;
            fn into_result(self) -> Result<Input, Value> {
                Err(IntoValue::<T>::into_value(self))
            }
        }
    )* };
}
initial_results!([] Vec<T>; [] Value; [D: ndarray::Dimension] ndarray::Array<T, D>;);

/// A function from a shape to the first value; made by [`function_initializer`].
#[derive(Clone, Copy, Debug)]
pub struct FunctionInitializer<F>(pub(crate) F);

/// A function from what is known of a variable, or a part of one, to its first value; made by [`partition_initializer`].
#[derive(Clone, Copy, Debug)]
pub struct PartitionInitializer<F>(pub(crate) F);

/// A distribution that elements are drawn from; made by [`distribution_initializer`].
#[derive(Clone, Copy, Debug)]
pub struct DistributionInitializer<D, T> {
    distribution: D,
    seed: Option<i64>,
    element: PhantomData<fn() -> T>,
}

in_both_worlds! {
    /// The first value is what a function makes of the variable's shape: an array or `Vec`, computed at each initialization, or a tensor,
    /// whose ops are made once, if the variable is created and not shared. TensorFlow: a callable as initializer.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, function_initializer, get_variable};
    /// fn count(shape: &[usize]) -> Vec<f32> {
    ///     (0..shape.iter().product()).map(|i: usize| i as f32).collect()
    /// }
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     get_variable::<f32, _, _>("v", [3], VariableOptions::new().initializer(function_initializer(count)))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(v)?.as_slice(), Some(&[0.0, 1.0, 2.0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn function_initializer[F: Copy](function: F) -> FunctionInitializer<F> { FunctionInitializer(function) }
    /// The same with a function that is told more than a shape: of a variable in parts it is called once for each, with the shape of the
    /// whole and where the part begins. TensorFlow: a callable that takes `partition_info` (I17).
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, PartitionInfo, Session, VariableOptions, fixed_size_partitioner, get_variable, partition_initializer};
    /// fn count(info: &PartitionInfo) -> Vec<f32> {
    ///     (0..info.shape[0]).map(|i| (info.offset[0] + i) as f32 / info.full_shape[0] as f32).collect()
    /// }
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     let options = VariableOptions::new().initializer(partition_initializer(count));
    ///     get_variable::<f32, _, _>("v", [4], options.partitioner(fixed_size_partitioner(3)))
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert_eq!(session.run(v)?.as_slice(), Some(&[0.0, 0.25, 0.5, 0.75][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn partition_initializer[F: Copy](function: F) -> PartitionInitializer<F> { PartitionInitializer(function) }
    /// Each element is drawn from a distribution of the `rand` crate, or of one that implements its trait; anew at each initialization.
    /// Equal seeds give equal values; without a seed of its own it follows from the graph's, as for other random initializers.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use rand::distr::Uniform;
    /// use tf::{Graph, Session, VariableOptions, distribution_initializer, get_variable};
    /// let dice = Uniform::new_inclusive(1, 6).expect("1 is below 6");
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     let options = VariableOptions::new().initializer(distribution_initializer(dice).seed(7));
    ///     get_variable::<i32, _, _>("throws", [100], options)
    /// })?;
    /// let session = Session::new(&graph)?;
    /// session.initialize()?;
    /// assert!(session.run(v)?.iter().all(|throw| (1..=6).contains(throw)));
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn distribution_initializer[D: Copy, T](distribution: D) -> DistributionInitializer<D, T> {
        DistributionInitializer { distribution, seed: None, element: PhantomData }
    }
}

impl<D: Copy, T> DistributionInitializer<D, T> {
    /// The same with this op seed.
    pub const fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }
}

type Of<R> = Arc<dyn Fn(&PartitionInfo) -> R + Send + Sync>;
type Draw = Arc<dyn Fn(&[usize], Stream) -> Value + Send + Sync>;

/// The way from an initializer to the op of its value.
#[doc(hidden)]
#[derive(Clone)]
pub enum Start {
    /// It is described by an [`Initializer`](crate::Initializer), or is a tensor.
    Described,
    /// An array for a shape, computed at each initialization.
    Array(Of<Value>),
    /// A tensor for a shape, made when the variable is created.
    Tensor(Of<Input>),
    /// Drawn from a stream, with this op seed.
    Drawn(Draw, Option<i64>),
}

impl Start {
    pub(crate) fn of_function<T, F, R>(function: F) -> Start
    where
        T: Element,
        F: Fn(&PartitionInfo) -> R + Send + Sync + 'static,
        R: InitialResult<T>,
    {
        if R::IS_TENSOR {
            Start::Tensor(Arc::new(move |info| match function(info).into_result() {
                Ok(input) => input,
                Err(_) => unreachable!("`IS_TENSOR` says that it is one"),
            }))
        } else {
            Start::Array(Arc::new(move |info| match function(info).into_result() {
                Err(value) => value,
                Ok(_) => unreachable!("`IS_TENSOR` says that it is none"),
            }))
        }
    }

    pub(crate) fn of_distribution<T, D>(drawn: DistributionInitializer<D, T>) -> Start
    where
        T: Element,
        D: Distribution<T> + Send + Sync + 'static,
    {
        let DistributionInitializer { distribution, seed, .. } = drawn;
        let draw = move |shape: &[usize], mut stream: Stream| {
            let count = shape.iter().product();
            Value::new(shape.to_vec(), (0..count).map(|_| distribution.sample(&mut stream)).collect::<Vec<T>>())
        };
        Start::Drawn(Arc::new(draw), seed)
    }
}

/// A random stream of TensorFlow's generator, as the `rand` crate reads it.
#[doc(hidden)]
pub struct Stream {
    philox: Philox,
    words: [u32; 4],
    left: usize,
}

impl Stream {
    pub(crate) fn new((seed, seed2): (u64, u64), block: u64) -> Stream {
        let mut philox = Philox::new(seed, seed2);
        philox.skip(block);
        Stream { philox, words: [0; 4], left: 0 }
    }
}

impl rand::TryRng for Stream {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        if self.left == 0 {
            self.words = self.philox.next_block();
            self.left = 4;
        }
        self.left -= 1;
        Ok(self.words[3 - self.left])
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let low = self.try_next_u32()?;
        Ok(u64::from(low) | u64::from(self.try_next_u32()?) << 32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn a_stream_hands_out_the_words_of_its_blocks_in_order() {
        let mut philox = Philox::new(3, 4);
        philox.skip(2);
        let words = [philox.next_block(), philox.next_block()].concat();
        let mut stream = Stream::new((3, 4), 2);
        assert_eq!(stream.next_u32(), words[0]);
        assert_eq!(stream.next_u64(), u64::from(words[1]) | u64::from(words[2]) << 32);
        let mut bytes = [0; 6];
        stream.fill_bytes(&mut bytes);
        assert_eq!(
            (bytes[..4].to_vec(), bytes[4..].to_vec()),
            (words[3].to_le_bytes().to_vec(), words[4].to_le_bytes()[..2].to_vec())
        );
    }
}
