//! Entering and leaving scopes: by name, by object, by default name (the S and R rows of TensorFlow's behaviour).

use super::{Cursor, Registry, TextRef};
use crate::{
    dtype::DType,
    initializer::Initializer,
    mistake::Mistake,
    names::{self, Hash, Name},
    options::{ScopeArgument, ScopeOptions},
    settings::Settings,
    sharing::Reuse,
};
use core::panic::Location;

/// One opening of a scope. Every entry makes a new one, so that what is set on it never changes another (S24).
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) hash: Hash,
    pub(crate) parent: u32,
    pub(crate) name: TextRef,
    pub(crate) reuse: Reuse,
    pub(crate) initializer: Option<Initializer>,
    pub(crate) dtype: Option<DType>,
    pub(crate) settings: Settings,
    /// The custom getter, by its number in the graph; 0 for none, as always at build time.
    pub(crate) getter: u32,
    /// The step of the way at which its reuse was switched on, by it or by a scope around it; 0 where that is not known. (Each pointer in
    /// a scope would cost const evaluation at each of its copies.)
    pub(crate) reuses_since: u32,
}

impl Scope {
    pub(crate) const ROOT: Scope = Scope {
        hash: Hash::EMPTY,
        parent: 0,
        name: TextRef::EMPTY,
        reuse: Reuse::No,
        initializer: None,
        dtype: None,
        settings: Settings::NONE,
        getter: 0,
        reuses_since: 0,
    };

    pub(crate) const fn is_root(&self) -> bool {
        self.name.is_empty()
    }
}

/// What leaving a scope restores.
#[derive(Clone, Copy)]
pub struct Entered {
    pub(crate) scope: u32,
    previous: u32,
    by_object: bool,
    /// How many scope objects were entered around it.
    objects: u32,
    /// How many entries counted once it was entered.
    mark: usize,
    /// The last step of the way to it.
    call: u32,
}

impl Registry<'_> {
    /// Opens a scope, also after a mistake, so that its body can be checked.
    pub(crate) const fn enter<'n>(
        &mut self,
        argument: &ScopeArgument<'n>,
        options: &ScopeOptions<'n>,
        mistake: &mut Option<Mistake<'n>>,
    ) -> Entered {
        match (argument, &options.default_name) {
            _ if self.filled.scopes == self.holds.scopes => self.enter_nothing(mistake),
            (ScopeArgument::Name(name), _) => self.enter_name(name, options, 0, 0, mistake),
            (ScopeArgument::Object(object), _) => {
                let mut scope = self.scopes[object.id as usize];
                scope.reuse = options.reuse.or(scope.reuse);
                self.count_entry(self.filled.scopes as u32, scope.hash.exact, 0, 0, true);
                self.open(&scope, options, true)
            }
            (ScopeArgument::None, Some(name)) => self.enter_default(name, options, mistake),
            (ScopeArgument::None, None) => {
                *mistake = Some(Mistake::ScopeUnnamed);
                self.enter_nameless(options)
            }
        }
    }

    /// The same by a name that is known, without a look at what else could name the scope.
    pub(crate) const fn enter_named<'n>(
        &mut self,
        name: &Name<'n>,
        options: &ScopeOptions<'n>,
        mistake: &mut Option<Mistake<'n>>,
    ) -> Entered {
        if self.filled.scopes == self.holds.scopes {
            return self.enter_nothing(mistake);
        }
        self.enter_name(name, options, 0, 0, mistake)
    }

    /// Where there is no room for a scope.
    const fn enter_nothing(&self, mistake: &mut Option<Mistake<'_>>) -> Entered {
        let scope = self.cursor.scope;
        *mistake = Some(self.full("scopes", self.holds.scopes));
        let Cursor { objects, call, .. } = *self.cursor;
        Entered { scope, previous: scope, by_object: false, objects, mark: 0, call }
    }

    /// After a mistake in its name a scope stands for the current one.
    const fn enter_nameless(&mut self, options: &ScopeOptions<'_>) -> Entered {
        let mut scope = self.scopes[self.cursor.scope as usize];
        scope.reuse = options.reuse.or(scope.reuse);
        self.open(&scope, options, true)
    }

    const fn enter_name<'n>(
        &mut self,
        name: &Name<'n>,
        options: &ScopeOptions<'n>,
        base: u64,
        suffix: u32,
        mistake: &mut Option<Mistake<'n>>,
    ) -> Entered {
        let outer = &self.scopes[self.cursor.scope as usize];
        let at_root = outer.hash.power == 1;
        if let Some(error) = if at_root { &name.fault_at_root } else { &name.fault } {
            *mistake = Some(Mistake::ScopeName { name: name.text, error: *error });
            if name.text.is_empty() {
                return self.enter_nameless(options);
            }
        }
        let mut scope = *outer;
        scope.hash = outer.hash.join(&name.hash);
        scope.parent = self.cursor.scope;
        if !matches!(options.reuse, Reuse::Inherit) {
            scope.reuse = options.reuse;
        }
        scope.name = match self.keep(name) {
            Some(text) => text,
            None => {
                *mistake = Some(self.names_full());
                return self.enter_nameless(options);
            }
        };
        self.count_entry(self.filled.scopes as u32, scope.hash.exact, base, suffix, name.is_path);
        self.open(&scope, options, false)
    }

    /// `default_name`: the first of `d`, `d_1`, `d_2`, … that was not entered (S13, S14).
    const fn enter_default<'n>(
        &mut self,
        name: &Name<'n>,
        options: &ScopeOptions<'n>,
        mistake: &mut Option<Mistake<'n>>,
    ) -> Entered {
        let mut options = *options;
        let outer = self.scopes[self.cursor.scope as usize];
        // What is said of the name is said of the one that was written, not of the one with a suffix.
        if let Err(error) = name.check(outer.is_root()) {
            *mistake = Some(Mistake::ScopeName { name: name.text, error });
        } else if matches!(options.reuse, Reuse::Yes | Reuse::Auto) {
            *mistake = Some(Mistake::DefaultNameReused { name: name.text });
            options.reuse = Reuse::Inherit;
        }
        let base = outer.hash.join(&name.hash);
        let mut suffix = self.next_suffix(base.exact_value());
        loop {
            let mut buffer = names::NameBuffer::new();
            if suffix > 0 {
                buffer.text(name.text);
                buffer.text("_");
                buffer.number(suffix as i128);
            }
            let candidate = if suffix == 0 { *name } else { Name::formatted(&buffer) };
            if !self.was_entered(&outer.hash.join(&candidate.hash)) {
                let mut unsaid = None;
                let entered = self.enter_name(&candidate, &options, base.exact_value(), suffix, &mut unsaid);
                match unsaid {
                    Some(Mistake::Full { .. }) => *mistake = Some(self.names_full()),
                    Some(_) if mistake.is_none() => {
                        *mistake = Some(Mistake::ScopeName { name: name.text, error: names::NameError::Long });
                    }
                    _ => {}
                }
                return entered;
            }
            suffix += 1;
        }
    }

    const fn open(&mut self, scope: &Scope, options: &ScopeOptions<'_>, by_object: bool) -> Entered {
        let index = self.filled.scopes;
        self.scopes[index] = *scope;
        if let Some(initializer) = options.initializer {
            self.scopes[index].initializer = Some(initializer);
        }
        if let Some(dtype) = options.dtype {
            self.scopes[index].dtype = Some(dtype);
        }
        if !scope.settings.say_nothing() {
            self.scopes[index].settings = scope.settings.handed_on();
        }
        if !options.settings.say_nothing() {
            self.scopes[index].settings.add(&options.settings);
        }
        let entered = Entered {
            scope: index as u32,
            previous: self.cursor.scope,
            by_object,
            objects: self.cursor.objects,
            mark: self.cursor.counted,
            call: self.cursor.call,
        };
        if by_object {
            self.cursor.objects += 1;
        }
        self.filled.scopes += 1;
        self.cursor.scope = entered.scope;
        entered
    }

    /// Notes where the reuse of a scope was switched on.
    pub(crate) const fn reuses_since(&mut self, entered: Entered, at: &'static Location<'static>) {
        self.scopes[entered.scope as usize].reuses_since = self.call(0, at);
    }

    /// Switches the reuse of a scope on.
    pub(crate) const fn reuse_variables(&mut self, scope: u32, at: &'static Location<'static>) {
        self.scopes[scope as usize].reuse = Reuse::Yes;
        self.scopes[scope as usize].reuses_since = self.call(0, at);
    }

    /// Closes a scope and all that are still open inside it, which a `return` or `break` leaves open at build time.
    pub(crate) const fn leave(&mut self, entered: Entered) {
        self.cursor.call = entered.call;
        if entered.scope == entered.previous {
            return;
        }
        let within = if entered.by_object { entered.objects + 1 } else { entered.objects };
        if entered.by_object || self.cursor.objects > within {
            self.restore(entered.mark, entered.objects);
        }
        self.cursor.objects = entered.objects;
        if !entered.by_object {
            if self.cursor.loose == 0 && self.cursor.objects == 0 {
                // What came after it lies below it.
                self.cursor.counted = entered.mark;
            } else {
                self.drop_below(entered.scope);
            }
        }
        self.cursor.scope = entered.previous;
    }
}
