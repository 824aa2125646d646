//! Vectors held in one register, for loops whose registers are laid out by hand.

#[cfg(target_arch = "aarch64")]
pub(crate) mod arm;
pub(crate) mod floats;
#[cfg(target_arch = "aarch64")]
mod floats_arm;
#[cfg(target_arch = "x86_64")]
mod floats_x86;
pub(crate) mod functions;
pub(crate) mod streams;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

/// Does something for each of up to eight registers: without a loop, which would keep them in memory where it is not unrolled.
macro_rules! each {
    ($W:expr; $index:ident => $action:expr) => {{
        macro_rules! one {
            ($i:literal) => {
                if $W > $i {
                    let $index: usize = $i;
                    $action;
                }
            };
        }
        one!(0);
        one!(1);
        one!(2);
        one!(3);
        one!(4);
        one!(5);
        one!(6);
        one!(7);
    }};
}
pub(crate) use each;

/// Elements of the widest register.
pub(crate) const WIDEST: usize = 16;

/// A register of elements.
///
/// # Safety
/// Every method may only run where the instructions of the implementing type
/// exist; pointers must be valid for the elements that are read or written.
pub(crate) unsafe trait Vector: Copy {
    type Elem: Copy;
    /// Elements in a register.
    const LANES: usize;

    unsafe fn splat(x: Self::Elem) -> Self;
    unsafe fn load(from: *const Self::Elem) -> Self;
    /// Loads the first `n` elements, `n` below [`LANES`](Self::LANES); zeros follow.
    unsafe fn load_first(from: *const Self::Elem, n: usize) -> Self;
    unsafe fn store(self, to: *mut Self::Elem);
    /// Has the line of the cache at `to`, which may be any address, come near.
    #[inline(always)]
    unsafe fn prefetch(to: *const Self::Elem) {
        let _ = to;
    }
    /// As [`prefetch`](Self::prefetch), but no nearer than the second-level cache: on its way to the first a line takes one of few places,
    /// which loads need.
    #[inline(always)]
    unsafe fn prefetch_second(to: *const Self::Elem) {
        let _ = to;
    }
    /// Stores the first `n` elements, `n` below [`LANES`](Self::LANES).
    unsafe fn store_first(self, to: *mut Self::Elem, n: usize);
    /// `self * b + c`, rounded once where the machine can.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// `c - self * b`, rounded once where the machine can.
    unsafe fn neg_mul_add(self, b: Self, c: Self) -> Self;
    unsafe fn add(self, b: Self) -> Self;
    unsafe fn sub(self, b: Self) -> Self;
    unsafe fn mul(self, b: Self) -> Self;
    /// `max(self, 0)`; NaN stays.
    unsafe fn relu(self) -> Self;
    /// `min(self, most)`; NaN stays.
    unsafe fn at_most(self, most: Self) -> Self;
    /// `self` where `gate` is above 0, else 0.
    unsafe fn where_positive(self, gate: Self) -> Self;
    /// Whether an element is NaN.
    unsafe fn any_nan(self) -> bool;
}

/// `N` elements that the compiler puts into whatever registers there are.
#[derive(Clone, Copy)]
pub(crate) struct Portable<T, const N: usize>([T; N]);

macro_rules! portable {
    ($($t:ty)*) => {$(
        // SAFETY: plain Rust, valid on every machine.
        unsafe impl<const N: usize> Vector for Portable<$t, N> {
            type Elem = $t;
            const LANES: usize = N;

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                Self([x; N])
            }

            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller's pointer is valid for `N` elements.
                Self(unsafe { from.cast::<[$t; N]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $t, n: usize) -> Self {
                let mut elements = [0.0; N];
                // SAFETY: the caller's pointer is valid for `n` elements, `n < N`.
                unsafe { from.copy_to_nonoverlapping(elements.as_mut_ptr(), n) };
                Self(elements)
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: the caller's pointer is valid for `N` elements.
                unsafe { to.cast::<[$t; N]>().write_unaligned(self.0) };
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $t, n: usize) {
                // SAFETY: the caller's pointer is valid for `n` elements, `n < N`.
                unsafe { to.copy_from_nonoverlapping(self.0.as_ptr(), n) };
            }

            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
            }

            #[inline(always)]
            unsafe fn neg_mul_add(self, b: Self, c: Self) -> Self {
                Self(std::array::from_fn(|i| c.0[i] - self.0[i] * b.0[i]))
            }

            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] + b.0[i]))
            }

            #[inline(always)]
            unsafe fn sub(self, b: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] - b.0[i]))
            }

            #[inline(always)]
            unsafe fn mul(self, b: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] * b.0[i]))
            }

            #[inline(always)]
            unsafe fn relu(self) -> Self {
                Self(self.0.map(|x| if x < 0.0 { 0.0 } else { x }))
            }

            #[inline(always)]
            unsafe fn at_most(self, most: Self) -> Self {
                Self(std::array::from_fn(|i| if self.0[i] > most.0[i] { most.0[i] } else { self.0[i] }))
            }

            #[inline(always)]
            unsafe fn where_positive(self, gate: Self) -> Self {
                Self(std::array::from_fn(|i| if gate.0[i] > 0.0 { self.0[i] } else { 0.0 }))
            }

            #[inline(always)]
            unsafe fn any_nan(self) -> bool {
                self.0.iter().any(|x| x.is_nan())
            }
        }
    )*};
}

portable!(f32 f64);
