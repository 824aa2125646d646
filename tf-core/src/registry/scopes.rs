//! Entering and leaving scopes: by name, by object, by default name (the S and R rows of TensorFlow's behaviour).

use super::{Registry, TextRef};
use crate::{
    dtype::DType,
    initializer::Initializer,
    mistake::Mistake,
    names::{self, Hash, Name},
    options::{ScopeArgument, ScopeOptions},
    sharing::Reuse,
};

/// Scopes inside each other: const evaluation allows about 110 calls, so deeper ones cannot be built there.
const DEEPEST: usize = 128;

/// One opening of a scope. Every entry makes a new one, so that what is set on it never changes another (S24).
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) hash: Hash,
    pub(crate) parent: u32,
    pub(crate) name: TextRef,
    pub(crate) reuse: Reuse,
    pub(crate) initializer: Option<Initializer>,
    pub(crate) dtype: Option<DType>,
}

impl Scope {
    pub(crate) const ROOT: Scope =
        Scope { hash: Hash::EMPTY, parent: 0, name: TextRef::EMPTY, reuse: Reuse::No, initializer: None, dtype: None };

    pub(crate) const fn is_root(&self) -> bool {
        self.name.is_empty()
    }
}

/// What leaving a scope restores.
#[derive(Clone, Copy)]
pub struct Entered {
    pub(crate) scope: u32,
    path: u32,
    previous: u32,
    previous_path: u32,
    by_object: bool,
    /// How many scope objects were entered around it.
    objects: u32,
    /// How much there was to undo when it was entered.
    undone: usize,
}

impl Registry<'_> {
    /// Opens a scope. A mistake is returned beside the entry: the scope is entered all the same, so that its body can be checked.
    pub(crate) const fn enter<'n>(
        &mut self,
        argument: &ScopeArgument<'n>,
        options: &ScopeOptions<'n>,
    ) -> (Entered, Option<Mistake<'n>>) {
        let stay = Entered {
            scope: self.standing.scope,
            path: self.standing.path,
            previous: self.standing.scope,
            previous_path: self.standing.path,
            by_object: false,
            objects: self.standing.objects,
            undone: self.standing.undone,
        };
        if self.filled.scopes == self.scopes.len() {
            return (stay, Some(Mistake::Full { what: "scopes", capacity: self.scopes.len() }));
        }
        match (argument, &options.default_name) {
            (ScopeArgument::Object(object), _) => self.enter_object(object.id, options, stay),
            (ScopeArgument::Name(name), _) => self.enter_name(name, options, stay),
            (ScopeArgument::None, Some(name)) => self.enter_default(name, options, stay),
            (ScopeArgument::None, None) => (self.enter_nameless(options, stay), Some(Mistake::ScopeUnnamed)),
        }
    }

    const fn enter_object<'n>(
        &mut self,
        object: u32,
        options: &ScopeOptions<'n>,
        mut entered: Entered,
    ) -> (Entered, Option<Mistake<'n>>) {
        let mut scope = self.scopes[object as usize];
        scope.reuse = options.reuse.or(scope.reuse);
        let path = self.path_of(object);
        let Some(path) = path else {
            return (entered, Some(Mistake::Full { what: "scopes", capacity: self.scopes.len() }));
        };
        self.count_entry(path);
        entered.by_object = true;
        self.standing.objects += 1;
        (self.open(scope, path, options, entered), None)
    }

    /// After a mistake in its name a scope stands for the current one.
    const fn enter_nameless(&mut self, options: &ScopeOptions<'_>, mut entered: Entered) -> Entered {
        let mut scope = self.scopes[self.standing.scope as usize];
        scope.reuse = options.reuse.or(scope.reuse);
        entered.by_object = true;
        self.standing.objects += 1;
        self.open(scope, self.standing.path, options, entered)
    }

    const fn enter_name<'n>(
        &mut self,
        name: &Name<'n>,
        options: &ScopeOptions<'n>,
        entered: Entered,
    ) -> (Entered, Option<Mistake<'n>>) {
        let outer = self.scopes[self.standing.scope as usize];
        let mistake = match name.check(outer.is_root()) {
            Ok(()) => None,
            Err(error) => Some(Mistake::ScopeName { name: name.text, error }),
        };
        if name.text.is_empty() {
            return (self.enter_nameless(options, entered), mistake);
        }
        let (Some(path), Some(text)) = (self.path_below(self.standing.path, outer.hash, name), self.keep(name)) else {
            return (entered, Some(Mistake::Full { what: "scopes", capacity: self.scopes.len() }));
        };
        self.count_entry(path);
        let scope = Scope {
            hash: outer.hash.join(name.hash),
            parent: self.standing.scope,
            name: text,
            reuse: options.reuse.or(outer.reuse),
            initializer: outer.initializer,
            dtype: outer.dtype,
        };
        (self.open(scope, path, options, entered), mistake)
    }

    /// `default_name`: the first of `d`, `d_1`, `d_2`, … that was not entered (S13, S14).
    const fn enter_default<'n>(
        &mut self,
        name: &Name<'n>,
        options: &ScopeOptions<'n>,
        entered: Entered,
    ) -> (Entered, Option<Mistake<'n>>) {
        let reused = match options.reuse {
            Reuse::Yes | Reuse::Auto => Some(Mistake::DefaultNameReused { name: name.text }),
            Reuse::Inherit | Reuse::No => None,
        };
        let fresh = ScopeOptions { reuse: Reuse::Inherit, ..*options };
        let options = if reused.is_some() { &fresh } else { options };
        let outer = self.scopes[self.standing.scope as usize];
        let mut suffix = 0;
        let mut buffer = names::NameBuffer::new();
        let (entered, mistake) = loop {
            let candidate = if suffix == 0 { *name } else { Name::formatted(&buffer) };
            let Some(path) = self.path_below(self.standing.path, outer.hash, &candidate) else {
                return (entered, Some(Mistake::Full { what: "scopes", capacity: self.scopes.len() }));
            };
            if self.count(path) == 0 {
                let (entered, failed) = self.enter_name(&candidate, options, entered);
                break (entered, failed.is_some());
            }
            suffix += 1;
            buffer = names::NameBuffer::new().text(name.text).text("_").number(suffix);
        };
        if reused.is_some() {
            (entered, reused)
        } else if mistake {
            let error = match name.check(outer.is_root()) {
                Ok(()) => names::NameError::Long,
                Err(error) => error,
            };
            (entered, Some(Mistake::ScopeName { name: name.text, error }))
        } else {
            (entered, None)
        }
    }

    const fn open(&mut self, mut scope: Scope, path: u32, options: &ScopeOptions<'_>, mut entered: Entered) -> Entered {
        if options.initializer.is_some() {
            scope.initializer = options.initializer;
        }
        if options.dtype.is_some() {
            scope.dtype = options.dtype;
        }
        let index = self.filled.scopes;
        self.scopes[index] = scope;
        self.filled.scopes += 1;
        self.standing.scope = index as u32;
        self.standing.path = path;
        entered.scope = index as u32;
        entered.path = path;
        entered.undone = self.standing.undone;
        entered
    }

    /// Closes a scope and all that are still open inside it, which a `return` or `break` leaves open at build time.
    pub(crate) const fn leave(&mut self, entered: Entered) {
        if entered.scope == entered.previous {
            return;
        }
        let own = if entered.by_object { 1 } else { 0 };
        if entered.by_object || self.standing.objects > entered.objects + own {
            self.restore(entered.undone);
        }
        if !entered.by_object {
            self.zero_below(entered.path);
        }
        self.standing.objects = entered.objects;
        self.standing.scope = entered.previous;
        self.standing.path = entered.previous_path;
    }

    /// The counter of a scope that is known by object: this thread may not have entered it yet (S25).
    const fn path_of(&mut self, scope: u32) -> Option<u32> {
        let mut chain = [0u32; DEEPEST];
        let mut depth = 0;
        let mut at = scope;
        while !self.scopes[at as usize].is_root() && depth < chain.len() {
            chain[depth] = at;
            depth += 1;
            at = self.scopes[at as usize].parent;
        }
        let mut path = 0;
        let mut hash = Hash::EMPTY;
        while depth > 0 {
            depth -= 1;
            let scope = self.scopes[chain[depth] as usize];
            let mut name = names::NameBuffer::new();
            name = name.text(scope.name.read(self.text));
            match self.path_below(path, hash, &Name::formatted(&name)) {
                Some(found) => path = found,
                None => return None,
            }
            hash = scope.hash;
        }
        Some(path)
    }
}
