//! Moving elements without looking into them: kernels see words of the width of the element type.

use crate::{
    dtype::Element,
    engine::{
        buffers::Memory,
        run::{KernelResult, Run, kernel_error},
    },
    error::Result,
    value::Value,
};
use bytemuck::{Pod, Zeroable};
use half::{bf16, f16};

/// An element type whose elements are words to a kernel that moves them.
pub(super) trait Moved: Element {
    type Word: Pod;
    fn words(elements: &[Self]) -> &[Self::Word];
    /// The elements as words to be filled; none if not every word is an element.
    fn words_mut(elements: &mut [Self]) -> Option<&mut [Self::Word]>;
    fn elements(words: Vec<Self::Word>) -> Vec<Self>;
}

macro_rules! moved_as {
    ($($t:ty = $word:ty),*) => { $(
        impl Moved for $t {
            type Word = $word;
            fn words(elements: &[Self]) -> &[$word] {
                bytemuck::cast_slice(elements)
            }
            fn words_mut(elements: &mut [Self]) -> Option<&mut [$word]> {
                Some(bytemuck::cast_slice_mut(elements))
            }
            fn elements(words: Vec<$word>) -> Vec<Self> {
                bytemuck::cast_vec(words)
            }
        }
    )* };
}
moved_as!(
    f16 = u16,
    bf16 = u16,
    f32 = u32,
    f64 = u64,
    i8 = u8,
    i16 = u16,
    i32 = u32,
    i64 = u64,
    u8 = u8,
    u16 = u16,
    u32 = u32,
    u64 = u64
);

impl Moved for bool {
    type Word = u8;
    fn words(elements: &[Self]) -> &[u8] {
        bytemuck::cast_slice(elements)
    }
    fn words_mut(_: &mut [bool]) -> Option<&mut [u8]> {
        None
    }
    fn elements(words: Vec<u8>) -> Vec<bool> {
        words.into_iter().map(|word| word != 0).collect()
    }
}

/// Makes values of `shapes` from the elements of `inputs`, all of type `T`: the kernel fills the outputs, which start as zeros.
pub(super) fn move_words<T: Moved, R: KernelResult>(
    run: &Run<'_>,
    inputs: &[&Value],
    shapes: Vec<Vec<usize>>,
    kernel: impl FnOnce(&[&[T::Word]], &mut [&mut [T::Word]]) -> R,
) -> Result<Vec<Value>> {
    let inputs: Vec<&[T::Word]> = inputs
        .iter()
        .map(|value| T::words(value.as_slice().expect("inputs that are moved to one output have its element type")))
        .collect();
    let mut outputs: Vec<Memory<T>> = shapes.iter().map(|shape| run.memory(shape.iter().product())).collect();
    outputs.iter_mut().for_each(|output| output.fill(T::default()));
    let views: Option<Vec<&mut [T::Word]>> = outputs.iter_mut().map(|output| T::words_mut(output)).collect();
    if let Some(mut views) = views {
        kernel(&inputs, &mut views).into_result().map_err(|error| kernel_error(&error))?;
        return Ok(shapes.into_iter().zip(outputs).map(|(shape, elements)| Value::of(shape, elements)).collect());
    }
    let mut outputs: Vec<Vec<T::Word>> =
        shapes.iter().map(|shape| vec![T::Word::zeroed(); shape.iter().product()]).collect();
    let mut views: Vec<&mut [T::Word]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    kernel(&inputs, &mut views).into_result().map_err(|error| kernel_error(&error))?;
    Ok(shapes.into_iter().zip(outputs).map(|(shape, words)| Value::new(shape, <T as Moved>::elements(words))).collect())
}

/// [`move_words`] for texts: their numbers are moved, 0 for the empty text, and the texts copied to where those end.
pub(super) fn move_texts<R: KernelResult>(
    run: &Run<'_>,
    inputs: &[&Value],
    shapes: Vec<Vec<usize>>,
    kernel: impl FnOnce(&[&[u32]], &mut [&mut [u32]]) -> R,
) -> Result<Vec<Value>> {
    let empty = String::new();
    let mut texts = vec![&empty];
    let mut numbers: Vec<Value> = Vec::new();
    for value in inputs {
        let first = texts.len();
        texts.extend(
            value.as_slice::<String>().expect("inputs that are moved to one output have its element type").iter(),
        );
        numbers.push(Value::new(value.shape().to_vec(), (first as u32..texts.len() as u32).collect::<Vec<u32>>()));
    }
    let numbers: Vec<&Value> = numbers.iter().collect();
    let moved = move_words::<u32, R>(run, &numbers, shapes, kernel)?;
    let text = |&number: &u32| texts[number as usize].clone();
    Ok(moved
        .iter()
        .map(|value| {
            let numbers = value.as_slice::<u32>().expect("the numbers of texts are u32");
            Value::new(value.shape().to_vec(), numbers.iter().map(text).collect::<Vec<String>>())
        })
        .collect())
}

/// The value of a movement into one shape.
pub(super) fn only(values: Vec<Value>) -> Value {
    values.into_iter().next().expect("a movement makes a value for each shape")
}

/// [`move_words`] or [`move_texts`] by the element type of the run's first output; the kernel is the one of its width, under one
/// name: `moved!(run, inputs, shapes, kernel = [tile_u8, tile_u16, tile_u32, tile_u64] => |from, to| kernel(from[0], .., to[0]))`.
macro_rules! moved {
    ($run:expr, $inputs:expr, $shapes:expr, $kernel:ident = [$u8:ident, $u16:ident, $u32:ident, $u64:ident] => $body:expr) => {
        match $run.spec(0).dtype {
            $crate::DType::F16 => moved!(@as half::f16, $run, $inputs, $shapes, $kernel = $u16 => $body),
            $crate::DType::BF16 => moved!(@as half::bf16, $run, $inputs, $shapes, $kernel = $u16 => $body),
            $crate::DType::F32 => moved!(@as f32, $run, $inputs, $shapes, $kernel = $u32 => $body),
            $crate::DType::F64 => moved!(@as f64, $run, $inputs, $shapes, $kernel = $u64 => $body),
            $crate::DType::I8 => moved!(@as i8, $run, $inputs, $shapes, $kernel = $u8 => $body),
            $crate::DType::I16 => moved!(@as i16, $run, $inputs, $shapes, $kernel = $u16 => $body),
            $crate::DType::I32 => moved!(@as i32, $run, $inputs, $shapes, $kernel = $u32 => $body),
            $crate::DType::I64 => moved!(@as i64, $run, $inputs, $shapes, $kernel = $u64 => $body),
            $crate::DType::U8 => moved!(@as u8, $run, $inputs, $shapes, $kernel = $u8 => $body),
            $crate::DType::U16 => moved!(@as u16, $run, $inputs, $shapes, $kernel = $u16 => $body),
            $crate::DType::U32 => moved!(@as u32, $run, $inputs, $shapes, $kernel = $u32 => $body),
            $crate::DType::U64 => moved!(@as u64, $run, $inputs, $shapes, $kernel = $u64 => $body),
            $crate::DType::Bool => moved!(@as bool, $run, $inputs, $shapes, $kernel = $u8 => $body),
            $crate::DType::String => {
                use tf_kernels::movement::$u32 as $kernel;
                $crate::ops::movement::move_texts($run, $inputs, $shapes, $body)
            }
        }
    };
    (@as $t:ty, $run:expr, $inputs:expr, $shapes:expr, $kernel:ident = $f:ident => $body:expr) => {{
        use tf_kernels::movement::$f as $kernel;
        $crate::ops::movement::move_words::<$t, _>($run, $inputs, $shapes, $body)
    }};
}
pub(super) use moved;
