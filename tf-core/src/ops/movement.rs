//! Moving elements without looking into them: kernels see words of the width of the element type.

use crate::{
    dtype::Element,
    engine::run::{KernelResult, kernel_error},
    error::Result,
    value::Value,
};
use bytemuck::{Pod, Zeroable};
use half::{bf16, f16};

/// An element type whose elements are words to a kernel that moves them.
pub(super) trait Moved: Element {
    type Word: Pod;
    fn words(elements: &[Self]) -> &[Self::Word];
    fn elements(words: Vec<Self::Word>) -> Vec<Self>;
}

macro_rules! moved_as {
    ($($t:ty = $word:ty),*) => { $(
        impl Moved for $t {
            type Word = $word;
            fn words(elements: &[Self]) -> &[$word] {
                bytemuck::cast_slice(elements)
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
    fn elements(words: Vec<u8>) -> Vec<bool> {
        words.into_iter().map(|word| word != 0).collect()
    }
}

/// Makes values of `shapes` from the elements of `inputs`, all of type `T`: the kernel fills the outputs, which start as zeros.
pub(super) fn move_words<T: Moved, R: KernelResult>(
    inputs: &[&Value],
    shapes: Vec<Vec<usize>>,
    kernel: impl FnOnce(&[&[T::Word]], &mut [&mut [T::Word]]) -> R,
) -> Result<Vec<Value>> {
    let inputs: Vec<&[T::Word]> = inputs
        .iter()
        .map(|value| T::words(value.as_slice().expect("inputs that are moved to one output have its element type")))
        .collect();
    let mut outputs: Vec<Vec<T::Word>> =
        shapes.iter().map(|shape| vec![T::Word::zeroed(); shape.iter().product()]).collect();
    let mut views: Vec<&mut [T::Word]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    kernel(&inputs, &mut views).into_result().map_err(|error| kernel_error(&error))?;
    Ok(shapes.into_iter().zip(outputs).map(|(shape, words)| Value::new(shape, T::elements(words))).collect())
}

/// [`move_words`] for texts: their numbers are moved, 0 for the empty text, and the texts copied to where those end.
pub(super) fn move_texts<R: KernelResult>(
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
    let moved = move_words::<u32, R>(&numbers, shapes, kernel)?;
    let text = |&number: &u32| texts[number as usize].clone();
    Ok(moved
        .iter()
        .map(|value| {
            let numbers = value.as_slice::<u32>().expect("the numbers of texts are u32");
            Value::new(value.shape().to_vec(), numbers.iter().map(text).collect::<Vec<String>>())
        })
        .collect())
}

/// Runs a movement kernel of the width of the run's first output: `moved!(run, inputs, shapes, [u8 = f_u8, ..] => |f, from, to| ..)`.
///
/// Texts move as their numbers.
macro_rules! moved {
    ($run:expr, $inputs:expr, $shapes:expr, $kernel:ident($u8:ident, $u16:ident, $u32:ident, $u64:ident) => $body:expr) => {{
        use tf_kernels::movement;
        macro_rules! with {
            ($t:ty, $f:ident) => {{
                use movement::$f as $kernel;
                $crate::ops::movement::move_words::<$t, _>($inputs, $shapes, $body)
            }};
        }
        use $crate::DType;
        match $run.spec(0).dtype {
            DType::F16 => with!(half::f16, $u16),
            DType::BF16 => with!(half::bf16, $u16),
            DType::F32 => with!(f32, $u32),
            DType::F64 => with!(f64, $u64),
            DType::I8 => with!(i8, $u8),
            DType::I16 => with!(i16, $u16),
            DType::I32 => with!(i32, $u32),
            DType::I64 => with!(i64, $u64),
            DType::U8 => with!(u8, $u8),
            DType::U16 => with!(u16, $u16),
            DType::U32 => with!(u32, $u32),
            DType::U64 => with!(u64, $u64),
            DType::Bool => with!(bool, $u8),
            DType::String => {
                use movement::$u32 as $kernel;
                $crate::ops::movement::move_texts($inputs, $shapes, $body)
            }
        }
    }};
}
pub(super) use moved;
