//! Which instruction set the kernels use.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

/// An instruction-set path. Later paths of an architecture include its earlier
/// ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// What every machine of the target architecture has.
    Portable,
    /// NEON, which every 64-bit ARM has.
    Neon,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F, BW, DQ and VL.
    Avx512,
}

impl Isa {
    /// Those of this architecture.
    const ALL: &[Self] = if cfg!(target_arch = "x86_64") {
        &[Self::Portable, Self::Avx2, Self::Avx512]
    } else if cfg!(target_arch = "aarch64") {
        &[Self::Portable, Self::Neon]
    } else {
        &[Self::Portable]
    };

    fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|isa| isa.name() == name)
    }

    /// The best path this machine can run.
    #[doc(hidden)]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            match (avx2, avx512) {
                (true, true) => return Self::Avx512,
                (true, false) => return Self::Avx2,
                (false, _) => {}
            }
        }
        if cfg!(target_arch = "aarch64") { Self::Neon } else { Self::Portable }
    }

    /// Every path this machine can run, portable first.
    #[doc(hidden)]
    pub fn available() -> impl Iterator<Item = Self> {
        let best = Self::detect();
        Self::ALL.iter().copied().filter(move |&isa| isa <= best)
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

thread_local! {
    /// Set by [`with_isa`] only.
    static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
}

/// The path the kernels take: the best one of this machine, or the one named by
/// the environment variable `TF_KERNELS_ISA` (`portable`, `neon`, `avx2` or
/// `avx512`; read once, another value is ignored) where the machine has it.
///
/// ```
/// println!("kernels run on the {} path", tf_kernels::isa());
/// ```
pub fn isa() -> Isa {
    static CHOSEN: OnceLock<Isa> = OnceLock::new();
    FORCED.get().unwrap_or_else(|| {
        *CHOSEN.get_or_init(|| {
            let best = Isa::detect();
            let wanted = std::env::var("TF_KERNELS_ISA").ok();
            let wanted = wanted.and_then(|name| Isa::from_name(&name));
            wanted.map_or(best, |isa| isa.min(best))
        })
    })
}

/// Runs `f` with the kernels that it calls on this thread on the path `isa`, or
/// on the best one below it that the machine has. For tests.
#[doc(hidden)]
pub fn with_isa<R>(isa: Isa, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Isa>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FORCED.set(self.0);
        }
    }
    let _restore = Restore(FORCED.replace(Some(isa.min(Isa::detect()))));
    f()
}

/// Defines a function compiled once for each [`Isa`], whose first parameter
/// says which version to run. The body is plain Rust: the compiler vectorises
/// it with the registers of the path; those of NEON are the portable ones. Generics stand in brackets and must be
/// inferable from the arguments.
///
/// Nothing in the body may be called through a function that is not
/// `#[inline(always)]`: such a callee would be compiled for the portable path.
macro_rules! multiversion {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident [$($generics:tt)*] ($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?
        $body:block
    ) => {
        $(#[$meta])*
        $vis fn $name<$($generics)*>(isa: $crate::isa::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body<$($generics)*>($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512<$($generics)*>($($arg: $ty),*) $(-> $ret)? {
                    body($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2<$($generics)*>($($arg: $ty),*) $(-> $ret)? {
                    body($($arg),*)
                }
                match isa {
                    // SAFETY: `isa()` and `with_isa` let only detected paths reach a kernel.
                    $crate::isa::Isa::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::isa::Isa::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::isa::Isa::Neon | $crate::isa::Isa::Portable => {}
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = isa;
            body($($arg),*)
        }
    };
}
pub(crate) use multiversion;
