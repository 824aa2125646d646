//! Makes a value of a variable from a tensor that another program laid out otherwise.

use crate::{
    dtype::{DType, Element},
    engine::cast,
    shape::MAX_RANK,
    value::{Data, IntoValue, Value},
};
use ndarray::{ArrayViewD, IxDyn};

/// The order of axes here, by the axes of the file: which of them is the first, the second, ..
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    axes: [usize; MAX_RANK],
    rank: usize,
}

impl Layout {
    /// Filters of a convolution as PyTorch has them, `[out, in, height, width]`, become `[height, width, in, out]`.
    pub const OIHW_TO_HWIO: Layout = Layout::permute([2, 3, 1, 0]);
    /// Weights of a dense layer as PyTorch has them, `[out, in]`, become `[in, out]`.
    pub const OUT_IN_TO_IN_OUT: Layout = Layout::permute([1, 0]);

    /// Any other order: axis `axes[0]` of the file is the first here, and so on, each once. Whatever else is E-IMPORT when it is used.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::Layout;
    /// assert_eq!(Layout::permute([2, 3, 1, 0]), Layout::OIHW_TO_HWIO);
    /// ```
    pub const fn permute<const N: usize>(axes: [usize; N]) -> Layout {
        let mut layout = Layout { axes: [0; MAX_RANK], rank: N };
        let mut i = 0;
        while i < N && i < MAX_RANK {
            layout.axes[i] = axes[i];
            i += 1;
        }
        layout
    }

    fn axes(&self) -> &[usize] {
        &self.axes[..self.rank.min(MAX_RANK)]
    }

    pub(super) fn is_permutation(&self) -> bool {
        self.rank <= MAX_RANK && (0..self.rank).all(|axis| self.axes().contains(&axis))
    }

    /// The shape that a tensor of this shape gets; `None` if it has another number of axes.
    pub(super) fn shape(&self, shape: &[usize]) -> Option<Vec<usize>> {
        (shape.len() == self.rank).then(|| self.axes().iter().map(|axis| shape[*axis]).collect())
    }
}

/// What is done to a tensor, in this order.
#[derive(Clone, Default, Debug)]
pub(super) struct Conversion {
    pub(super) layout: Option<Layout>,
    pub(super) reshape: Option<Vec<usize>>,
    pub(super) cast: Option<DType>,
}

impl Conversion {
    pub(super) fn apply(&self, mut value: Value) -> Value {
        if let Some(layout) = &self.layout {
            value = permuted(&value, layout.axes());
        }
        if let Some(shape) = &self.reshape {
            value = value.with_shape(shape.clone());
        }
        match self.cast {
            Some(dtype) => cast::cast(&value, dtype),
            None => value,
        }
    }
}

fn permuted(value: &Value, axes: &[usize]) -> Value {
    fn of<T: Element>(shape: &[usize], elements: &[T], axes: &[usize]) -> Value {
        let view =
            ArrayViewD::from_shape(IxDyn(shape), elements).expect("a value has as many elements as its shape says");
        IntoValue::<T>::into_value(&view.permuted_axes(axes))
    }
    macro_rules! by_type {
        ($($variant:ident),*) => {
            match value.data() {
                $(Data::$variant(elements) => of(value.shape(), elements, axes),)*
            }
        };
    }
    by_type!(F16, BF16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool, String)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_moves_each_element_to_its_place() {
        // [out 2, in 1, height 1, width 3], where an element tells its place.
        let file = Value::new(vec![2, 1, 1, 3], vec![0i64, 1, 2, 10, 11, 12]);
        let here = Conversion { layout: Some(Layout::OIHW_TO_HWIO), ..Conversion::default() }.apply(file);
        assert_eq!(here.shape(), [1, 3, 1, 2]);
        assert_eq!(here.as_slice::<i64>(), Some(&[0, 10, 1, 11, 2, 12][..]));
    }

    #[test]
    fn axes_that_are_no_permutation_are_known() {
        assert!(Layout::OIHW_TO_HWIO.is_permutation() && Layout::permute([]).is_permutation());
        assert!(!Layout::permute([0, 0]).is_permutation() && !Layout::permute([1, 2]).is_permutation());
        assert!(!Layout::permute([0; 9]).is_permutation());
        assert_eq!(Layout::OUT_IN_TO_IN_OUT.shape(&[2, 3, 4]), None);
    }
}
