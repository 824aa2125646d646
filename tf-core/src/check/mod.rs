//! The build-time world: a model's table, filled by const evaluation, and the context through which layers reach it.
//!
//! A model is evaluated once without ever panicking, which yields its [`Table`] and counts mistakes. Only if there are some it is
//! evaluated again to panic at the n-th, so that each has its own error with its own backtrace of layers.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | [`Check`] and [`Cx`], build-time halves of functions |
//! | `variables`, `scopes` | variables and scopes as a check meets them |
//! | `warnings` | what rustc warns of |
//! | `parts` | variables in parts |
//! | `table` | what a check remembers, and how `MODEL::VARIABLES` shows it |

use crate::{
    dtype::Element,
    mistake::Mistake,
    names::Name,
    options::VariableRequest,
    registry::{Registry, Scope},
    shape::{ALL_APART, POISON_RANK, Shape},
    sharing::Reuse,
    spec::SpecError,
    tensor::{AsTensor, NO_NODE, Tensor, TensorKind, Variable, VariableScope},
    text::Text,
};
use core::{marker::PhantomData, panic::Location};
use table::Outcome;

pub(crate) mod parts;
mod scopes;
mod table;
mod variables;
mod warnings;

pub use scopes::*;
pub(crate) use table::UNKNOWN_FLOPS;
pub use table::{CollectionNames, PartInfo, Table, Tabled, VariableInfo, VariableName, noted};
pub(crate) use variables::{VariableCall, request};
pub use warnings::*;

/// Defines the build-time half of a plain const function: a struct of its name whose `at(cx).call(..)` forwards.
macro_rules! at_build_time {
    (pub fn $name:ident $([$($g:tt)*])? ($($a:ident: $t:ty),*) -> $ret:ty { $body:expr }) => {
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct $name<'cx> { cx: $crate::check::Cx<'cx> }
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl<'cx> $name<'cx> {
            pub const fn at(cx: $crate::check::Cx<'cx>) -> Self { Self { cx } }
            #[track_caller]
            pub const fn call $(<$($g)*>)? (self, $($a: $t),*) -> $ret { let _ = self.cx; $body }
        }
    };
}
pub(crate) use at_build_time;

/// Defines const functions, each with the build-time half of its name.
macro_rules! in_both_worlds {
    ($($(#[$m:meta])* pub fn $name:ident $([$($g:tt)*])? ($($a:ident: $t:ty),* $(,)?) -> $ret:ty $body:block)*) => { $(
        $(#[$m])*
        pub const fn $name $(<$($g)*>)? ($($a: $t),*) -> $ret $body
        $crate::check::at_build_time! { pub fn $name $([$($g)*])? ($($a: $t),*) -> $ret { $name($($a),*) } }
    )* };
}
pub(crate) use in_both_worlds;

/// A check under way.
pub struct Check<'t> {
    registry: Registry<'t>,
    outcome: &'t mut Outcome,
    panic_at: u32,
    total: u32,
    /// Whether what only a mistake that is shown, `VARIABLES` and `FLOPS` need is noted: places of the program, and operations. The
    /// evaluation that every `cargo check` makes goes without them.
    takes_notes: bool,
    symbols: &'static [&'static str],
}

/// How many mistakes of one model are shown; the last says how many there are beyond.
pub const SHOWN: u32 = 8;

impl<'t> Check<'t> {
    /// A check that fills `table`, and panics at mistake number `panic_at` of `total` (0: never). Only if it is not 0 are
    /// places and operations noted.
    #[track_caller]
    pub const fn new<const V: usize, const S: usize, const H: usize, const X: usize>(
        table: &'t mut Table<V, S, H, X>,
        panic_at: u32,
        total: u32,
        symbols: &'static [&'static str],
    ) -> Check<'t> {
        let (registry, outcome) = table.open();
        if panic_at == 0 {
            outcome.flops = UNKNOWN_FLOPS;
        }
        let check = Check { registry, outcome, panic_at, total, takes_notes: panic_at > 0, symbols };
        if check.outcome.reuses_larger > 0 && panic_at == 1 && !check.outcome.silent {
            let mistake = Mistake::ReusedFull { capacity: V, needed: check.outcome.reuses_larger };
            let mut text = Text::new();
            mistake.text(&check.registry, &mut text, Location::caller());
            panic!("{}", text.str("\n  ").str(mistake.code()).str(" in docs/errors.md").as_str());
        }
        check
    }

    /// Says which model's variables the table starts with, for messages.
    #[must_use]
    pub const fn reusing(mut self, model: &'static str) -> Check<'t> {
        self.registry.reuses = model;
        self
    }
}

/// How deep calls of layers lie inside each other at most: rustc gives up some calls later, in words about its own functions.
const DEEPEST: u16 = 111;

/// Ends the evaluation of layers that call each other without end.
#[track_caller]
const fn too_deep(at: &'static Location<'static>) -> ! {
    let mut text = Text::new();
    text.str("layers lie more than ")
        .number(DEEPEST as i128 - 1)
        .str(" deep inside each other, as where one calls itself without end");
    text.str("\n  called once more at ").place(at);
    text.str("\n  help: write repetitions as a loop, or end them by an `if` on a number that falls");
    text.str("\n  E-LAYER-DEPTH in docs/errors.md");
    panic!("{}", text.as_str())
}

/// The way from a layer's build-time half to the check: a `Copy` handle, passed last.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    check: *mut Check<'a>,
    /// The last step of the way of layers here.
    call: u32,
    /// How many layers lie on it.
    depth: u16,
    /// As the check itself says; here it costs no call.
    pub(crate) takes_notes: bool,
    borrowed: PhantomData<&'a mut Check<'a>>,
}

impl<'a> Cx<'a> {
    /// The handle of a check, which stays borrowed while handles are about.
    pub const fn new<'t: 'a>(check: &'a mut Check<'t>) -> Cx<'a> {
        let takes_notes = check.takes_notes;
        Cx { check: (check as *mut Check<'t>).cast(), call: 0, depth: 0, takes_notes, borrowed: PhantomData }
    }

    /// The handle for the body of a layer that is called here.
    #[must_use]
    #[track_caller]
    pub const fn called(mut self) -> Cx<'a> {
        self.depth += 1;
        if self.depth == DEEPEST {
            too_deep(Location::caller());
        }
        if self.takes_notes {
            // SAFETY: the reference ends with this statement, and the caller holds none.
            self.call = unsafe { &mut *self.check }.registry.call(self.call, Location::caller());
        }
        self
    }

    /// What is done most often does without this: const evaluation pays for the call.
    ///
    /// # Safety
    /// No other reference from this function, of any copy of the handle, is alive.
    const unsafe fn check(self) -> &'a mut Check<'a> {
        // SAFETY: `new` borrowed the check for 'a, handles are not `Send`, and the caller keeps references from overlapping.
        unsafe { &mut *self.check }
    }

    /// Counts a mistake, and panics with its words if it is the one to show.
    #[track_caller]
    pub(crate) const fn mistake(self, mistake: &Mistake<'_>) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        let check = unsafe { self.check() };
        if check.outcome.full || check.outcome.sizes_in_doubt && mistake.rests_on_sizes() {
            return;
        }
        if let Some((code, variable)) = mistake.repeats()
            && check.outcome.was_told(code, variable, Location::caller())
        {
            return;
        }
        check.outcome.sizes_in_doubt |= mistake.leaves_sizes_in_doubt();
        check.outcome.full = matches!(mistake, Mistake::Full { .. });
        check.outcome.failed += 1;
        if check.outcome.failed == check.panic_at && !check.outcome.silent {
            let mut text = Text::with_symbols(check.symbols);
            mistake.text(&check.registry, &mut text, Location::caller());
            text.str("\n  ").str(mistake.code()).str(" in docs/errors.md");
            if check.panic_at == SHOWN && check.total > SHOWN {
                text.str("\n  and ").number((check.total - SHOWN) as i128).str(" more mistakes in this model");
            }
            panic!("{}", text.as_str());
        }
    }

    /// The shape of an op's input; a variable counts as used from here on.
    pub const fn input<T: Element, A: AsTensor<T>>(self, input: A) -> Shape {
        // SAFETY: the input is of kind `A::KIND`, as the trait promises.
        unsafe { self.input_at(A::KIND, &raw const input as *const ()) }
    }

    /// The same without the type: const evaluation pays more for calls of generic functions.
    ///
    /// # Safety
    /// `input` points to a live value of this kind.
    pub(crate) const unsafe fn input_at(self, kind: TensorKind, input: *const ()) -> Shape {
        // SAFETY: each arm reads what the kind names, which the caller promises; handles have one layout for all element
        // types, and a variable is a transparent wrapper of a tensor.
        let tensor = unsafe {
            match kind {
                TensorKind::Tensor | TensorKind::Variable => &*(input as *const Tensor<f32>),
                TensorKind::TensorReference | TensorKind::VariableReference => *(input as *const &Tensor<f32>),
                TensorKind::Scalar => return Shape::NUMBER,
            }
        };
        // At build time there are no handles but of build time.
        if tensor.node != NO_NODE {
            // SAFETY: the reference ends with this statement, and the caller holds none.
            unsafe { &mut *self.check }.registry.variables[tensor.node as usize].used = true;
        }
        tensor.shape
    }

    pub(crate) const fn uses(self, variable: Option<u32>) {
        if let Some(index) = variable {
            // SAFETY: the reference ends with this statement, and the caller holds none.
            unsafe { self.check() }.registry.variables[index as usize].used = true;
        }
    }

    /// A variable of the root scope, wherever the check stands.
    #[track_caller]
    pub(crate) const fn variable_at_root<T: Element>(
        self,
        name: &Name<'_>,
        request: &VariableRequest<'_>,
        reuse: Reuse,
    ) -> Variable<T> {
        let mut mistake = None;
        // SAFETY: the reference ends before `mistake` is called; the register does not come back here.
        let registry = unsafe { &mut (*self.check).registry };
        let at = if self.takes_notes { Some(Location::caller()) } else { None };
        registry.cursor.call = self.call;
        let elsewhere = registry.go_to_root(reuse);
        let granted = registry.get_variable(name, request, at, &mut mistake);
        if let Some(mistake) = &mistake {
            self.mistake(mistake);
        }
        // SAFETY: the reference ends with this statement, and the caller holds none.
        unsafe { self.check() }.registry.come_back(elsewhere);
        Variable::at_build_time(granted.shape, granted.index)
    }

    /// Puts a variable into one more collection, which counts as a use of it.
    #[track_caller]
    pub(crate) const fn collect(self, variable: Option<u32>, name: &str) {
        let Some(index) = variable else { return };
        let mut mistake = None;
        // SAFETY: the reference ends with this statement; the register does not come back here.
        unsafe { self.check() }.registry.collect(index, name, &mut mistake);
        if let Some(mistake) = &mistake {
            self.mistake(mistake);
        }
    }

    /// What an op's rule came to: its shape, or a mistake and the shape of what follows from one.
    #[track_caller]
    pub const fn settle(self, inputs: &[Shape], ruled: Result<Shape, SpecError>) -> Shape {
        self.settled(inputs, &ruled)
    }

    /// The same by reference, which spares const evaluation the move.
    #[track_caller]
    pub const fn settled(self, inputs: &[Shape], ruled: &Result<Shape, SpecError>) -> Shape {
        let mut apart = ALL_APART;
        // Ops of one input and of two without a loop, each turn of which costs const evaluation as much as all of this.
        match inputs {
            [only] => {
                if only.rank == POISON_RANK {
                    return Shape::POISON;
                }
                apart = only.apart;
            }
            [left, right] => {
                if left.rank == POISON_RANK || right.rank == POISON_RANK {
                    return Shape::POISON;
                }
                apart = left.apart & right.apart;
            }
            _ => {
                let mut i = 0;
                while i < inputs.len() {
                    if inputs[i].rank == POISON_RANK {
                        return Shape::POISON;
                    }
                    apart &= inputs[i].apart;
                    i += 1;
                }
            }
        }
        match ruled {
            Ok(shape) => Shape { apart, ..*shape },
            Err(error) => {
                self.mistake(&Mistake::Spec(*error));
                Shape::POISON
            }
        }
    }

    /// Adds the operations of one op; an op whose operations are unknown makes the sum so.
    pub(crate) const fn count(self, flops: u64) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        let outcome = unsafe { &mut *self.check().outcome };
        outcome.flops = outcome.flops.saturating_add(flops);
    }

    /// Notes an output that is a scalar of floats: the first one is a loss if a variable has a part in it, and then others may be, too.
    pub(crate) const fn loss(self, index: usize, shape: &Shape) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        let outcome = unsafe { &mut *self.check().outcome };
        match outcome.apart_from_loss {
            Some(apart) => outcome.apart_from_loss = Some(apart & shape.apart),
            None if index == 0 && shape.apart != ALL_APART => outcome.apart_from_loss = Some(shape.apart),
            None => {}
        }
    }

    /// Says that sizes are in doubt from here on, so that what follows from them is not reported a second time.
    pub(crate) const fn doubt_sizes(self) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        unsafe { self.check() }.outcome.sizes_in_doubt = true;
    }

    /// The scope that is open.
    pub const fn current_scope(self) -> VariableScope {
        // SAFETY: the reference ends with this function, and the caller holds none.
        VariableScope::at_build_time(unsafe { self.check() }.registry.cursor.scope)
    }

    /// A scope, to set its defaults.
    pub(crate) const fn scope(self, scope: VariableScope) -> &'a mut Scope {
        // SAFETY: what is set is at hand before, so nothing comes back here while the reference is alive.
        &mut unsafe { self.check() }.registry.scopes[scope.id as usize]
    }

    #[track_caller]
    pub(crate) const fn reuse_variables(self, scope: VariableScope) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        unsafe { self.check() }.registry.reuse_variables(scope.id, Location::caller());
    }
}
