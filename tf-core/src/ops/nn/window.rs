//! Windows that slide over images: padding, strides, and the size of what comes out.

use crate::{
    ops::dimensions::sized,
    shape::{ANY_DIM, Dim, FIRST_SYMBOL, Shape, is_size},
    spec::{Rule, SpecError},
};
use tf_kernels::conv2d::{Conv2dShape, Padding as Cells};

/// What lies around an image where a window reaches beyond it: zeros, in convolutions; nothing, in pooling.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Padding {
    /// As much as makes the output `ceil(input / stride)` large; the odd cell goes to the bottom and right.
    Same,
    /// None: the window stays inside.
    Valid,
    /// `[[top, bottom], [left, right]]`.
    Explicit([[usize; 2]; 2]),
}

static STRIDE: Rule = Rule {
    code: "E-STRIDE",
    says: "the stride or dilation along axis {x} of the window is 0",
    left: "",
    right: "",
    help: "write 1 or more; `[1, 1]` moves the window by one cell",
};
static EMPTY: Rule = Rule {
    code: "E-WINDOW-EMPTY",
    says: "the window has no cell along its axis {x}",
    left: "",
    right: "",
    help: "give the window, or the filter's first two sizes, 1 or more",
};
static WINDOW: Rule = Rule {
    code: "E-WINDOW",
    says: "a window of {x} cells does not fit into {y} cells, padding included",
    left: "input",
    right: "",
    help: "use `Padding::Same`, a smaller window, or a larger input",
};

/// How a filter moves.
#[derive(Clone, Copy)]
pub(super) struct Window<'o> {
    pub(super) strides: &'o [usize; 2],
    pub(super) dilations: &'o [usize; 2],
    pub(super) padding: &'o Padding,
}

impl Window<'_> {
    /// Sets the sizes of `output` along the two axes of a window of `cells`; what else it holds is finished.
    pub(super) const fn slides(
        &self,
        op: &'static str,
        input: &Shape,
        cells: [Dim; 2],
        output: &mut Shape,
    ) -> Result<(), SpecError> {
        let [_, height, width, ..] = input.dims;
        if let (Padding::Same, [1, 1], [1, 1]) = (self.padding, self.strides, self.dilations)
            && let [rows, columns] = cells
            && rows > 0
            && columns > 0
            && height < FIRST_SYMBOL
            && width < FIRST_SYMBOL
        {
            // What most convolutions are, without a loop: const evaluation pays for each of its turns.
            output.dims[1] = height;
            output.dims[2] = width;
            return Ok(());
        }
        let mut axis = 0;
        while axis < 2 {
            let (window, stride) = (cells[axis], self.strides[axis]);
            let dilation = self.dilations[axis];
            if stride == 0 || dilation == 0 {
                return Err(SpecError::new(op, &STRIDE).numbers(axis as i64, 0));
            }
            if window == 0 {
                return Err(SpecError::new(op, &EMPTY).numbers(axis as i64, 0));
            }
            let size = input.dims[1 + axis];
            output.dims[1 + axis] = if let Padding::Same = self.padding {
                if size >= FIRST_SYMBOL {
                    ANY_DIM
                } else if stride == 1 {
                    size
                } else {
                    (size as usize).div_ceil(stride) as Dim
                }
            } else if size >= FIRST_SYMBOL || window >= FIRST_SYMBOL {
                ANY_DIM
            } else {
                let around = match self.padding {
                    Padding::Explicit(pads) => pads[axis][0].saturating_add(pads[axis][1]),
                    _ => 0,
                };
                let padded = (size as usize).saturating_add(around);
                let reach = (window as usize - 1).saturating_mul(dilation).saturating_add(1);
                if reach > padded {
                    return Err(SpecError::new(op, &WINDOW)
                        .shapes(*input, Shape::UNKNOWN)
                        .numbers(reach as i64, padded as i64));
                }
                ((padded - reach) / stride + 1) as Dim
            };
            axis += 1;
        }
        Ok(())
    }

    /// The sizes of a convolution in `groups` groups, at run time.
    pub(super) fn sizes(&self, input: &[usize], filter: &[usize], output: &[usize], groups: usize) -> Conv2dShape {
        let pads = |axis| {
            resolve(input[1 + axis], filter[axis], self.strides[axis], self.dilations[axis], axis, *self.padding)
        };
        let ((top, bottom), (left, right)) = (pads(0), pads(1));
        Conv2dShape {
            batch: input[0],
            in_h: input[1],
            in_w: input[2],
            in_c: input[3],
            k_h: filter[0],
            k_w: filter[1],
            out_c: output[3],
            groups,
            strides: *self.strides,
            dilations: *self.dilations,
            pad: Cells { top, bottom, left, right },
            out_h: output[1],
            out_w: output[2],
        }
    }
}

static CUT: Rule = Rule {
    code: "E-CONV-TRANSPOSE-PADDING",
    says: "of {x} cells the padding cuts off {y}",
    left: "input",
    right: "",
    help: "write less padding, which a transposed convolution cuts off, or use `Padding::Same`",
};

/// The size of the output of a transposed convolution along one axis of the window.
pub(super) const fn transposed_size(
    op: &'static str,
    input: &Shape,
    axis: usize,
    window: Dim,
    stride: usize,
    padding: Padding,
) -> Result<Dim, SpecError> {
    if stride == 0 {
        return Err(SpecError::new(op, &STRIDE).numbers(axis as i64, 0));
    }
    if window == 0 {
        return Err(SpecError::new(op, &EMPTY).numbers(axis as i64, 0));
    }
    let size = input.dims[1 + axis];
    if !is_size(size) || (!is_size(window) && !matches!(padding, Padding::Same)) {
        return Ok(ANY_DIM);
    }
    let (size, window) = (size as usize, window as usize);
    let made = match padding {
        Padding::Same => size.saturating_mul(stride),
        Padding::Valid => size.saturating_mul(stride).saturating_add(window.saturating_sub(stride)),
        Padding::Explicit(pads) => {
            let whole = size.saturating_sub(1).saturating_mul(stride).saturating_add(window);
            let cut = pads[axis][0].saturating_add(pads[axis][1]);
            if cut >= whole {
                return Err(SpecError::new(op, &CUT).shapes(*input, Shape::UNKNOWN).numbers(whole as i64, cut as i64));
            }
            whole - cut
        }
    };
    sized(op, input, made)
}

/// The cells before and after the image along one axis, at run time.
pub(super) fn resolve(
    input: usize,
    window: usize,
    stride: usize,
    dilation: usize,
    axis: usize,
    padding: Padding,
) -> (usize, usize) {
    match padding {
        Padding::Valid => (0, 0),
        Padding::Explicit(pads) => (pads[axis][0], pads[axis][1]),
        Padding::Same => {
            let reach = (window - 1) * dilation + 1;
            let needed = (input.div_ceil(stride).max(1) - 1) * stride + reach;
            let total = needed.saturating_sub(input);
            (total / 2, total - total / 2)
        }
    }
}
