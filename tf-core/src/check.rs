//! The build-time world: a model's table, filled by const evaluation, and the context through which layers reach it.
//!
//! A model is evaluated once without ever panicking, which yields its [`Table`] and counts mistakes. Only if there are some it is
//! evaluated again to panic at the n-th, so that each has its own error with its own backtrace of layers.

use crate::{
    dtype::{DType, Element},
    initializer::{Initializer, InitializerFor, InitializerKind},
    mistake::Mistake,
    names::Name,
    options::{Collections, ScopeArgument, ScopeOptions, VariableOptions, VariableRequest},
    registry::{
        Filled, Registry, Scope, Standing, TextRef, VariableEntry, counters::Counted, scopes::Entered,
        variables::Granted, write_path,
    },
    shape::{POISON_RANK, Shape},
    sharing::Asked,
    spec::{Spec, SpecError},
    tensor::{
        AsTensor, GivenShape, ShapeArgument, ShapeKind, TensorKind, Variable, VariableScope, shape_at, tensor_at,
    },
    text::{Text, str_eq},
};
use core::{marker::PhantomData, panic::Location};

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

/// Everything a model's check remembers: `V` variables, `S` scopes, `H` hash slots (a power of two), `X` bytes of text.
#[derive(Clone, Copy)]
pub struct Table<const V: usize, const S: usize, const H: usize, const X: usize> {
    variables: [VariableEntry; V],
    slots: [u32; H],
    scopes: [Scope; S],
    text: [u8; X],
    filled: Filled,
    counted: [Counted; S],
    standing: Standing,
    outcome: Outcome,
}

#[derive(Clone, Copy)]
struct Outcome {
    failed: u32,
    /// After a mistake in a size, mistakes that rest on sizes are consequences of it: they are not told.
    sizes_in_doubt: bool,
    /// After the table is full, what is missing in it is no mistake of the user's: nothing more is told.
    full: bool,
    /// The capacity of the model that this one reuses, where that does not fit into this table; 0 where it does.
    reuses_larger: usize,
    flops: u64,
    /// The model that this one reuses is itself wrong: its errors are enough.
    silent: bool,
    /// The last ops that refused their inputs: a layer that is called again makes the same mistake again.
    told: [Option<(&'static str, &'static Location<'static>)>; SHOWN as usize],
}

impl Outcome {
    /// Whether this mistake at this place is known; now it is.
    const fn was_told(&mut self, code: &'static str, at: &'static Location<'static>) -> bool {
        let mut i = 0;
        while i < self.told.len() {
            match self.told[i] {
                Some((known, place)) => {
                    let same_place = place.line() == at.line() && place.column() == at.column();
                    if same_place && str_eq(known, code) && str_eq(place.file(), at.file()) {
                        return true;
                    }
                }
                None => {
                    self.told[i] = Some((code, at));
                    return false;
                }
            }
            i += 1;
        }
        false
    }
}

/// A count of operations that is not known.
pub(crate) const UNKNOWN_FLOPS: u64 = u64::MAX;

impl<const V: usize, const S: usize, const H: usize, const X: usize> Default for Table<V, S, H, X> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const V: usize, const S: usize, const H: usize, const X: usize> Table<V, S, H, X> {
    /// An empty table: the root scope alone.
    pub const fn new() -> Self {
        Table {
            variables: [VariableEntry::NONE; V],
            slots: [0; H],
            scopes: [Scope::ROOT; S],
            text: [0; X],
            filled: Filled { scopes: 1, ..Filled::NOTHING },
            counted: [Counted::NONE; S],
            standing: Standing::at(0),
            outcome: Outcome {
                failed: 0,
                sizes_in_doubt: false,
                full: false,
                reuses_larger: 0,
                flops: 0,
                silent: false,
                told: [None; SHOWN as usize],
            },
        }
    }

    /// A table that starts with the variables of another model, in a root scope that only reuses.
    pub const fn reusing<const W: usize, const T: usize, const I: usize, const Y: usize>(
        other: &Table<W, T, I, Y>,
    ) -> Self {
        let mut table = Self::new();
        let (v, s, x) = (other.filled.variables, other.filled.scopes, other.filled.text);
        table.outcome.silent = other.outcome.failed > 0;
        if v > V || v * 2 >= H || s > S || x > X {
            table.outcome = Outcome { failed: 1, full: true, reuses_larger: W, ..table.outcome };
            return table;
        }
        table.variables.split_at_mut(v).0.copy_from_slice(other.variables.split_at(v).0);
        table.scopes.split_at_mut(s).0.copy_from_slice(other.scopes.split_at(s).0);
        table.text.split_at_mut(x).0.copy_from_slice(other.text.split_at(x).0);
        table.filled = other.filled;
        table.scopes[0].reuse = crate::sharing::Reuse::Yes;
        let mut i = 0;
        while i < v {
            table.variables[i].own = false;
            let mut slot = table.variables[i].declared.name.slot(H);
            while table.slots[slot] != 0 {
                slot = (slot + 1) & (H - 1);
            }
            table.slots[slot] = i as u32 + 1;
            i += 1;
        }
        table
    }

    /// The number of mistakes.
    pub const fn failed(&self) -> u32 {
        if self.outcome.silent { 0 } else { self.outcome.failed }
    }

    /// The number of variables that this model creates and nothing reads.
    pub const fn unused(&self) -> usize {
        let mut count = 0;
        let mut i = 0;
        while i < self.filled.variables {
            if self.variables[i].own && !self.variables[i].used {
                count += 1;
            }
            i += 1;
        }
        count
    }

    /// The number of variables.
    pub const fn len(&self) -> usize {
        self.filled.variables
    }

    /// Whether there is no variable.
    pub const fn is_empty(&self) -> bool {
        self.filled.variables == 0
    }

    /// The number of elements of all variables.
    pub const fn parameters(&self) -> usize {
        let mut sum: usize = 0;
        let mut i = 0;
        while i < self.filled.variables {
            if let Some(n) = self.variables[i].declared.spec.shape.elements() {
                sum = sum.saturating_add(n);
            }
            i += 1;
        }
        sum
    }

    /// The bytes of all variables.
    pub const fn parameter_bytes(&self) -> usize {
        let mut sum: usize = 0;
        let mut i = 0;
        while i < self.filled.variables {
            if let Some(n) = self.variables[i].declared.spec.bytes() {
                sum = sum.saturating_add(n);
            }
            i += 1;
        }
        sum
    }

    /// The floating point operations of one run, where every shape is known.
    pub const fn flops(&self) -> Option<u64> {
        if self.outcome.flops == UNKNOWN_FLOPS { None } else { Some(self.outcome.flops) }
    }

    /// The variables with their names, of which the first [`len`](Self::len) count.
    pub const fn infos(&'static self) -> [VariableInfo; V] {
        let blank = VariableInfo {
            name: VariableName { scopes: &[], pool: &[], scope: 0, name: TextRef::EMPTY },
            spec: Spec::new(DType::F32, Shape::SCALAR),
            trainable: false,
            collections: CollectionNames { pool: &[], names: TextRef::EMPTY },
            created: None,
            used: false,
        };
        let mut infos = [blank; V];
        let mut i = 0;
        while i < self.filled.variables {
            let entry = &self.variables[i];
            infos[i] = VariableInfo {
                name: VariableName { scopes: &self.scopes, pool: &self.text, scope: entry.scope, name: entry.name },
                spec: entry.declared.spec,
                trainable: entry.declared.trainable,
                collections: CollectionNames { pool: &self.text, names: entry.collections },
                created: entry.created,
                used: entry.used,
            };
            i += 1;
        }
        infos
    }
}

/// A variable of a checked model, as `MODEL::VARIABLES` lists it.
#[derive(Clone, Copy)]
pub struct VariableInfo {
    /// The whole name: `model/conv1/weights`.
    pub name: VariableName,
    /// Shape and element type.
    pub spec: Spec,
    /// Whether training changes it.
    pub trainable: bool,
    /// The collections it belongs to.
    pub collections: CollectionNames,
    /// Where it was created.
    pub created: Option<&'static Location<'static>>,
    /// Whether anything reads it.
    pub used: bool,
}

impl core::fmt::Debug for VariableInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.name, self.spec)
    }
}

/// The name of a variable of a checked model: it composes itself when shown, and compares with text.
#[derive(Clone, Copy)]
pub struct VariableName {
    scopes: &'static [Scope],
    pool: &'static [u8],
    scope: u32,
    name: TextRef,
}

impl core::fmt::Display for VariableName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = Text::new();
        write_path(self.scopes, self.pool, self.scope, self.name.read(self.pool), &mut text);
        f.pad(text.as_str())
    }
}

impl core::fmt::Debug for VariableName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl PartialEq<str> for VariableName {
    fn eq(&self, other: &str) -> bool {
        {
            let mut text = Text::new();
            write_path(self.scopes, self.pool, self.scope, self.name.read(self.pool), &mut text);
            text.as_str() == other
        }
    }
}

impl PartialEq<&str> for VariableName {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// The names of a variable's collections.
#[derive(Clone, Copy)]
pub struct CollectionNames {
    pool: &'static [u8],
    names: TextRef,
}

impl CollectionNames {
    /// The names, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.names.read(self.pool).split(',').filter(|name| !name.is_empty())
    }
}

/// A check under way.
pub struct Check<'t> {
    registry: Registry<'t>,
    outcome: &'t mut Outcome,
    panic_at: u32,
    total: u32,
    symbols: &'static [&'static str],
}

/// How many mistakes of one model are shown; the last says how many there are beyond.
pub const SHOWN: u32 = 8;

impl<'t> Check<'t> {
    /// A check that fills `table`, and panics at mistake number `panic_at` of `total` (0: never).
    #[track_caller]
    pub const fn new<const V: usize, const S: usize, const H: usize, const X: usize>(
        table: &'t mut Table<V, S, H, X>,
        panic_at: u32,
        total: u32,
        symbols: &'static [&'static str],
    ) -> Check<'t> {
        let check = Check {
            registry: Registry {
                variables: &mut table.variables,
                slots: &mut table.slots,
                scopes: &mut table.scopes,
                text: &mut table.text,
                filled: &mut table.filled,
                counted: &mut table.counted,
                standing: &mut table.standing,
            },
            outcome: &mut table.outcome,
            panic_at,
            total,
            symbols,
        };
        if check.outcome.reuses_larger > 0 && panic_at == 1 && !check.outcome.silent {
            let mistake = Mistake::ReusedFull { capacity: V, needed: check.outcome.reuses_larger };
            let mut text = Text::new();
            mistake.text(&check.registry, &mut text, Location::caller());
            panic!("{}", text.str("\n  ").str(mistake.code()).str(" in docs/errors.md").as_str());
        }
        check
    }
}

/// The way from a layer's build-time half to the check: a `Copy` handle, passed last.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    check: *mut Check<'a>,
    borrowed: PhantomData<&'a mut Check<'a>>,
}

impl<'a> Cx<'a> {
    /// The handle of a check, which stays borrowed while handles are about.
    pub const fn new<'t: 'a>(check: &'a mut Check<'t>) -> Cx<'a> {
        Cx { check: (check as *mut Check<'t>).cast(), borrowed: PhantomData }
    }

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
        if let Mistake::Spec(error) = mistake
            && check.outcome.was_told(error.rule.code, Location::caller())
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
    const unsafe fn input_at(self, kind: TensorKind, input: *const ()) -> Shape {
        // SAFETY: the caller promises it.
        let (shape, variable) = unsafe { tensor_at(kind, input) };
        if let Some(index) = variable {
            // SAFETY: the reference ends with this statement, and the caller holds none.
            unsafe { &mut *self.check }.registry.variables[index as usize].used = true;
        }
        shape
    }

    pub(crate) const fn uses(self, variable: Option<u32>) {
        if let Some(index) = variable {
            // SAFETY: the reference ends with this statement, and the caller holds none.
            unsafe { self.check() }.registry.variables[index as usize].used = true;
        }
    }

    /// What an op's rule came to: its shape, or a mistake and the shape of what follows from one.
    #[track_caller]
    pub const fn settle(self, inputs: &[Shape], ruled: Result<Shape, SpecError>) -> Shape {
        let count = inputs.len();
        let mut i = 0;
        while i < count {
            if inputs[i].rank == POISON_RANK {
                return Shape::POISON;
            }
            i += 1;
        }
        match ruled {
            Ok(shape) => shape,
            Err(error) => {
                self.mistake(&Mistake::Spec(error));
                Shape::POISON
            }
        }
    }

    /// Adds the operations of one op.
    pub const fn count(self, flops: u64) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        let outcome = unsafe { &mut *self.check().outcome };
        outcome.flops = if flops == UNKNOWN_FLOPS { flops } else { outcome.flops.saturating_add(flops) };
    }

    /// The scope that is open.
    pub const fn current_scope(self) -> VariableScope {
        // SAFETY: the reference ends with this function, and the caller holds none.
        VariableScope::at_build_time(unsafe { self.check() }.registry.standing.scope)
    }

    pub(crate) const fn reuse_variables(self, scope: VariableScope) {
        // SAFETY: the reference ends with this function, and the caller holds none.
        unsafe { self.check() }.registry.scopes[scope.id as usize].reuse = crate::sharing::Reuse::Yes;
    }
}

/// `get_variable!` at build time.
#[track_caller]
pub const fn get_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
    name: Name<'_>,
    shape: S,
    options: VariableOptions<I>,
    cx: Cx<'_>,
) -> Variable<T> {
    let call = VariableCall {
        name: &name,
        shape: (S::KIND, &raw const shape as *const ()),
        initializer: (I::KIND, &raw const options.initializer as *const ()),
        dtype: T::DTYPE,
        trainable: options.trainable,
        dtype_given: options.dtype_given,
        collections: &options.collections,
    };
    // SAFETY: shape and initializer are of these kinds, as their traits promise, and live until the end of this function.
    let granted = unsafe { granted(&call, cx) };
    Variable::at_build_time(granted.shape, granted.index)
}

/// A call of `get_variable`, its types erased.
pub(crate) struct VariableCall<'c, 'n> {
    pub(crate) name: &'c Name<'n>,
    pub(crate) shape: (ShapeKind, *const ()),
    pub(crate) initializer: (InitializerKind, *const ()),
    pub(crate) dtype: DType,
    pub(crate) trainable: Option<bool>,
    pub(crate) dtype_given: bool,
    pub(crate) collections: &'c Collections,
}

/// # Safety
/// The pointers of `call` lead to live values of their kinds.
#[track_caller]
const unsafe fn granted(call: &VariableCall<'_, '_>, cx: Cx<'_>) -> Granted {
    let mut mistake = None;
    // SAFETY: the caller promises it.
    let request = unsafe { request(call, &mut mistake) };
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    if let (InitializerKind::Tensor, tensor) = call.initializer {
        // SAFETY: the caller promises it; a variable is a transparent wrapper of a tensor.
        unsafe { cx.input_at(TensorKind::Tensor, tensor) };
    }
    let mut mistake = None;
    // SAFETY: the reference ends with this statement; `get_variable` of the register does not come back here.
    let granted = unsafe { cx.check() }.registry.get_variable(call.name, &request, Location::caller(), &mut mistake);
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    granted
}

/// What a call of `get_variable` asks for.
///
/// Here and in the register mistakes are handed out through a reference: const evaluation pays for each move of a large value.
///
/// # Safety
/// The pointers of `call` lead to live values of their kinds.
pub(crate) const unsafe fn request<'c, 'n>(
    call: &VariableCall<'c, 'n>,
    mistake: &mut Option<Mistake<'n>>,
) -> VariableRequest<'c> {
    let mut collections = None;
    if let Collections::Given { .. } = call.collections {
        collections = Some(call.collections.hash());
        if call.collections.too_many() {
            *mistake = Some(Mistake::TooManyCollections { name: call.name.text });
        }
    }
    let mut shape = Shape::SCALAR;
    // SAFETY: the caller promises it.
    let shape_given = match unsafe { shape_at(call.shape.0, call.shape.1, &mut shape) } {
        GivenShape::Shape => true,
        GivenShape::Nothing => {
            shape = Shape::UNKNOWN;
            false
        }
        GivenShape::Wrong(wrong) => {
            *mistake = Some(Mistake::Spec(wrong.error("shape")));
            shape = Shape::POISON;
            true
        }
    };
    let initializer = match call.initializer.0 {
        InitializerKind::Nothing => None,
        // SAFETY: the caller promises it.
        InitializerKind::Initializer => Some(unsafe { *(call.initializer.1 as *const Initializer) }),
        InitializerKind::Tensor => {
            if !shape_given {
                // SAFETY: the caller promises it; a variable is a transparent wrapper of a tensor.
                shape = unsafe { tensor_at(TensorKind::Tensor, call.initializer.1) }.0;
            }
            Some(Initializer::Tensor)
        }
    };
    VariableRequest {
        asked: Asked { spec: Spec { shape, dtype: call.dtype }, trainable: call.trainable, initializer, collections },
        shape_given,
        dtype_given: call.dtype_given,
        collections: call.collections,
    }
}

/// Opens a scope at build time.
#[track_caller]
pub const fn enter(argument: ScopeArgument<'_>, options: ScopeOptions<'_>, cx: Cx<'_>) -> Entered {
    let mut mistake = None;
    // SAFETY: the reference ends with this statement; `enter` of the register does not come back here.
    let entered = unsafe { cx.check() }.registry.enter(&argument, &options, &mut mistake);
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    entered
}

/// The scope that was just opened, as an object.
pub const fn scope(entered: Entered, _: Cx<'_>) -> VariableScope {
    VariableScope::at_build_time(entered.scope)
}

/// Closes a scope, with all that are open inside it.
pub const fn leave(entered: Entered, cx: Cx<'_>) {
    // SAFETY: the reference ends with this statement, and nothing below comes back here.
    unsafe { cx.check() }.registry.leave(entered);
}

/// A name scope has no effect at build time beyond its name being legal.
#[track_caller]
pub const fn name_scope<N: crate::tensor::NamesOps>(name: N, cx: Cx<'_>) {
    if let Some(text) = crate::tensor::op_scope_text(name)
        && !text.is_empty()
    {
        let (text, _) = crate::tensor::without_last_slash(text);
        if let Err(error) = crate::names::check(text, false) {
            cx.mistake(&Mistake::ScopeName { name: text, error });
        }
    }
}

/// Control dependencies have no effect at build time.
pub const fn control<D: Copy>(_: D, _: Cx<'_>) {}

/// Ends the evaluation of a model that calls a dynamic layer.
#[track_caller]
pub const fn dynamic(name: &str, _: Cx<'_>) -> ! {
    let mut text = Text::new();
    text.str("layer `").str(name).str(
        "` is dynamic: it is checked when the graph is built, so const evaluation cannot follow a model through it",
    );
    text.str(
        "\n  help: write `dynamic` before the model's name, or have the layer checked too: remove `dynamic` from it",
    );
    text.str("\n  E-DYNAMIC in docs/errors.md");
    panic!("{}", text.as_str())
}

/// Warns of variables that nothing reads: `Unused::<{ TABLE.unused() > 0 }>::warn()`.
pub struct Unused<const ANY: bool>;

impl Unused<true> {
    /// Prints one warning.
    #[deprecated(
        note = "this model creates a variable that nothing reads\nhelp: use it or remove its `get_variable!`; the model's `VARIABLES` lists it with `used: false`\nW-UNUSED-VARIABLE in docs/errors.md"
    )]
    pub const fn warn() {}
}

impl Unused<false> {
    /// Prints nothing.
    pub const fn warn() {}
}
