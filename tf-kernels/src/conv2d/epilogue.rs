//! What happens to a result between its sum and its place in memory.

use crate::simd::Vector;
use crate::threads::for_each_chunk;
use std::cmp::Ordering;
use std::ops::AddAssign;

/// What happens to each result before it is stored, in this order: bias,
/// residual, activation, gate.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a, T> {
    /// Added to each output channel.
    pub bias: Option<&'a [T]>,
    /// Added to the results: as many elements as there are of them.
    pub residual: Option<&'a [T]>,
    /// Applied to the sum.
    pub activation: Activation,
    /// As many elements as there are results: where one of them is not above
    /// 0, the result becomes 0. The gradient of relu, where these are its
    /// results.
    pub gate: Option<&'a [T]>,
}

/// A function of one result that costs nothing while the result is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// The result as it is.
    #[default]
    Identity,
    /// `max(x, 0)`; NaN stays (`tf.nn.relu`).
    Relu,
    /// `min(max(x, 0), 6)`; NaN stays (`tf.nn.relu6`).
    Relu6,
}

impl<T> Default for Epilogue<'_, T> {
    fn default() -> Self {
        Self { bias: None, residual: None, activation: Activation::Identity, gate: None }
    }
}

impl<'a, T> Epilogue<'a, T> {
    /// Nothing but a bias.
    pub fn bias(bias: &'a [T]) -> Self {
        Self { bias: Some(bias), ..Self::default() }
    }

    /// The same with an activation.
    #[must_use]
    pub fn then(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    pub(super) fn assert_fits(&self, out_c: usize, results: usize) {
        if let Some(bias) = self.bias {
            assert_eq!(bias.len(), out_c, "elements of the bias");
        }
        if let Some(residual) = self.residual {
            assert_eq!(residual.len(), results, "elements of the residual");
        }
        if let Some(gate) = self.gate {
            assert_eq!(gate.len(), results, "elements of the gate");
        }
    }

    /// The whole of it, to results of `channels` channels that are in memory already.
    pub(super) fn apply(&self, out: &mut [T], channels: usize)
    where
        T: Copy + Default + PartialOrd + From<u8> + AddAssign + Send + Sync,
    {
        if self.bias.is_none()
            && self.residual.is_none()
            && self.gate.is_none()
            && self.activation == Activation::Identity
        {
            return;
        }
        let (zero, six) = (T::default(), T::from(6));
        let work = out.len() / 4;
        for_each_chunk(out, channels.max(1), work, |start, out| {
            for (i, x) in out.iter_mut().enumerate() {
                if let Some(bias) = self.bias {
                    *x += bias[i % channels];
                }
                if let Some(residual) = self.residual {
                    *x += residual[start + i];
                }
                // Comparisons are false for NaN, which stays.
                if self.activation != Activation::Identity && *x < zero {
                    *x = zero;
                }
                if self.activation == Activation::Relu6 && *x > six {
                    *x = six;
                }
                if self.gate.is_some_and(|gate| gate[start + i].partial_cmp(&zero) != Some(Ordering::Greater)) {
                    *x = zero;
                }
            }
        });
    }

    /// What is left to do once the bias is in the sum.
    pub(super) fn after(&self) -> After<T> {
        let pointer = |part: Option<&[T]>| part.map_or(std::ptr::null(), <[T]>::as_ptr);
        After { residual: pointer(self.residual), gate: pointer(self.gate), activation: self.activation }
    }
}

/// The part of an epilogue that follows the bias, as the register loops read
/// it. A part that is missing is null.
#[derive(Clone, Copy)]
pub(super) struct After<T> {
    residual: *const T,
    gate: *const T,
    activation: Activation,
}

// SAFETY: the pointers are to memory that is only read.
unsafe impl<T: Sync> Sync for After<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Send for After<T> {}

impl<T> After<T> {
    /// Whether there is at most a relu.
    #[inline(always)]
    pub(super) fn is_at_most_relu(&self) -> bool {
        self.residual.is_null() && self.gate.is_null() && self.activation != Activation::Relu6
    }

    #[inline(always)]
    pub(super) fn is_relu(&self) -> bool {
        self.activation == Activation::Relu
    }

    /// The arrays that follow the results, the residual and the gate; null where there is none.
    pub(super) fn operands(&self) -> [*const T; 2] {
        [self.residual, self.gate]
    }

    /// What follows for results that begin at element `first`.
    pub(super) fn at(&self, first: usize) -> Self {
        let from = |part: *const T| if part.is_null() { part } else { part.wrapping_add(first) };
        Self { residual: from(self.residual), gate: from(self.gate), activation: self.activation }
    }

    /// What becomes of `sum`, or of its first `n` elements where that is less than
    /// all, `offset` elements from where this begins.
    ///
    /// # Safety
    /// The instructions of `V` must exist, and the epilogue's arrays must be valid
    /// for the elements.
    #[inline(always)]
    pub(super) unsafe fn value<V: Vector<Elem = T>>(&self, sum: V, offset: usize, n: usize) -> V
    where
        T: From<u8>,
    {
        // SAFETY: the caller's promise.
        unsafe {
            let sum = if self.residual.is_null() { sum } else { sum.add(load::<V>(self.residual.add(offset), n)) };
            let value = match self.activation {
                Activation::Identity => sum,
                Activation::Relu => sum.relu(),
                Activation::Relu6 => sum.relu().at_most(V::splat(T::from(6))),
            };
            if self.gate.is_null() { value } else { value.where_positive(load::<V>(self.gate.add(offset), n)) }
        }
    }

    /// Stores that at `to`, which lies `offset` elements from where this begins.
    ///
    /// # Safety
    /// As [`value`](Self::value), and `to` must be valid for the elements.
    #[inline(always)]
    pub(super) unsafe fn store<V: Vector<Elem = T>>(&self, sum: V, to: *mut T, offset: usize, n: usize)
    where
        T: From<u8>,
    {
        // SAFETY: the caller's promise.
        unsafe { store(self.value(sum, offset, n), to, n) }
    }
}

/// Stores a register, or its first `n` elements where that is less than all.
///
/// # Safety
/// The instructions of `V` must exist, and the elements be valid.
#[inline(always)]
pub(super) unsafe fn store<V: Vector>(value: V, to: *mut V::Elem, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if n >= V::LANES {
            value.store(to);
        } else {
            value.store_first(to, n);
        }
    }
}

/// A register, or its first `n` elements where that is less than all.
///
/// # Safety
/// The instructions of `V` must exist, and the elements be valid.
#[inline(always)]
pub(super) unsafe fn load<V: Vector>(from: *const V::Elem, n: usize) -> V {
    // SAFETY: the caller's promise.
    unsafe { if n >= V::LANES { V::load(from) } else { V::load_first(from, n) } }
}
