//! `get_variable`: finds a variable by its whole name and applies the sharing rule.

use super::{Registry, TextRef};
use crate::{
    dtype::DType,
    initializer::Initializer,
    mistake::Mistake,
    names::{Hash, Name},
    options::{Collections, VariableRequest},
    shape::Shape,
    sharing::{Asked, Declared, ShareError, Sharing, share},
    spec::Spec,
};
use core::panic::Location;

/// A variable of the table.
#[derive(Clone, Copy)]
pub(crate) struct VariableEntry {
    pub(crate) declared: Declared,
    pub(crate) scope: u32,
    pub(crate) name: TextRef,
    /// The collections it belongs to, joined by commas.
    pub(crate) collections: TextRef,
    pub(crate) created: Option<&'static Location<'static>>,
    /// Whether an op, an output or a layer's caller has read it.
    pub(crate) used: bool,
    /// Whether this model or graph created it; not, if it came from another with `reuse`.
    pub(crate) own: bool,
}

impl VariableEntry {
    pub(crate) const NONE: VariableEntry = VariableEntry {
        declared: Declared {
            name: Hash::EMPTY,
            spec: Spec::new(DType::F32, Shape::SCALAR),
            trainable: false,
            initializer: Initializer::Tensor,
            collections: 0,
        },
        scope: 0,
        name: TextRef::EMPTY,
        collections: TextRef::EMPTY,
        created: None,
        used: false,
        own: false,
    };
}

/// The last mistake about sharing. A part that is called twice repeats its variables in the order it created them; those
/// repetitions are one mistake, and only the first of them is reported.
#[derive(Clone, Copy)]
pub(crate) enum Echo {
    None,
    Found { error: ShareError, index: u32 },
    Missing,
}

/// What `get_variable` came to.
#[derive(Clone, Copy)]
pub(crate) struct Granted<'n> {
    /// The variable in the table; `None` where there is none to show for it.
    pub(crate) index: Option<u32>,
    pub(crate) created: bool,
    pub(crate) shape: Shape,
    pub(crate) initializer: Initializer,
    pub(crate) trainable: bool,
    pub(crate) mistake: Option<Mistake<'n>>,
}

impl Registry<'_> {
    /// Creates or finds a variable in the current scope. After a mistake the caller goes on with the shape asked for.
    pub(crate) const fn get_variable<'n>(
        &mut self,
        name: &Name<'n>,
        request: &VariableRequest,
        at: &'static Location<'static>,
    ) -> Granted<'n> {
        let scope = self.scopes[self.standing.scope as usize];
        let dtype = request.spec.dtype;
        let initializer = match (request.initializer, scope.initializer) {
            (Some(asked), _) => asked,
            (None, Some(default)) => default,
            (None, None) => Initializer::default_for(dtype),
        };
        let trainable = match request.trainable {
            Some(said) => said,
            None => request.collections.trains(),
        };
        let mut granted =
            Granted { index: None, created: false, shape: request.spec.shape, initializer, trainable, mistake: None };

        if let Err(error) = name.check(scope.is_root()) {
            granted.mistake = Some(Mistake::VariableName { name: name.text, error });
            return granted;
        }
        if request.shape_given && matches!(request.initializer, Some(Initializer::Tensor)) {
            granted.mistake = Some(Mistake::ShapeWithTensor { name: name.text });
            return granted;
        }
        if request.spec.shape.is_poison() {
            return granted;
        }
        if let (Some(default), false) = (scope.dtype, request.dtype_given)
            && !default.is(dtype)
            && !matches!(request.initializer, Some(Initializer::Tensor))
        {
            granted.mistake = Some(Mistake::ScopeDType { name: name.text, default, found: dtype });
        }

        let hash = scope.hash.join(name.hash);
        let slot = self.find(&hash);
        let found = self.slots[slot];
        let existing = if found == 0 { None } else { Some(found - 1) };
        let asked = Asked {
            spec: request.spec,
            trainable: request.trainable,
            initializer: request.initializer,
            collections: if request.collections.is_given() { Some(request.collections.hash()) } else { None },
        };
        let declared = match existing {
            Some(index) => Some(&self.variables[index as usize].declared),
            None => None,
        };
        match share(declared, &hash, &asked, scope.reuse) {
            Ok(Sharing::Share) => {
                self.standing.echo = Echo::None;
                granted.index = existing;
                if let Some(found) = declared {
                    granted.shape = found.spec.shape;
                }
            }
            Ok(Sharing::Create) => {
                self.standing.echo = Echo::None;
                self.create(name, request, hash, slot, at, &mut granted);
            }
            Err(error) => {
                if !self.is_echo(&error, existing) {
                    granted.mistake = Some(Mistake::Share { error, name: name.text, existing });
                }
                if !matches!(error, ShareError::DType { .. } | ShareError::Case) {
                    granted.index = existing;
                }
            }
        }
        granted
    }

    const fn create<'n>(
        &mut self,
        name: &Name<'n>,
        request: &VariableRequest,
        hash: Hash,
        slot: usize,
        at: &'static Location<'static>,
        granted: &mut Granted<'n>,
    ) {
        let spec = request.spec;
        if spec.shape.elements().is_none() {
            granted.mistake =
                Some(if request.shape_given || matches!(request.initializer, Some(Initializer::Tensor)) {
                    Mistake::ShapePartial { name: name.text, shape: spec.shape }
                } else {
                    Mistake::ShapeMissing { name: name.text }
                });
        } else if let Err(error) = granted.initializer.fits(&spec) {
            granted.mistake = Some(Mistake::Initializer { name: name.text, error });
        }
        if self.filled.variables == self.variables.len() || self.filled.variables * 2 >= self.slots.len() {
            granted.mistake = Some(Mistake::Full { what: "variables", capacity: self.variables.len() });
            return;
        }
        let (Some(text), Some(collections)) = (self.keep(name), self.keep_collections(&request.collections)) else {
            granted.mistake = Some(Mistake::Full { what: "variables", capacity: self.variables.len() });
            return;
        };
        let index = self.filled.variables;
        self.variables[index] = VariableEntry {
            declared: Declared {
                name: hash,
                spec,
                trainable: granted.trainable,
                initializer: granted.initializer,
                collections: request.collections.hash(),
            },
            scope: self.standing.scope,
            name: text,
            collections,
            created: Some(at),
            used: false,
            own: true,
        };
        self.filled.variables += 1;
        self.slots[slot] = index as u32 + 1;
        granted.index = Some(index as u32);
        granted.created = true;
    }

    /// The slot of the variable of this name (but for case), or the free slot where it belongs.
    const fn find(&self, hash: &Hash) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash.slot(self.slots.len());
        while self.slots[slot] != 0 {
            if self.variables[self.slots[slot] as usize - 1].declared.name.same_folded(hash) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The variable of this whole name.
    pub(crate) const fn lookup(&self, hash: &Hash) -> Option<u32> {
        let slot = self.find(hash);
        if self.slots[slot] == 0 { None } else { Some(self.slots[slot] - 1) }
    }

    const fn is_echo(&mut self, error: &ShareError, existing: Option<u32>) -> bool {
        let previous = self.standing.echo;
        match existing {
            None => {
                self.standing.echo = Echo::Missing;
                matches!(previous, Echo::Missing)
            }
            Some(index) => {
                self.standing.echo = Echo::Found { error: *error, index };
                matches!(previous, Echo::Found { error: last, index: before } if before + 1 == index && last.same_kind(error))
            }
        }
    }

    const fn keep_collections(&mut self, collections: &Collections) -> Option<TextRef> {
        let mut i = 0;
        let list = collections.list();
        if list.len() == 1 {
            return Some(TextRef::literal(list[0]));
        }
        let start = self.filled.text;
        while i < list.len() {
            let comma = if i == 0 { Some(TextRef::EMPTY) } else { self.keep_bytes(b",") };
            if comma.is_none() || self.keep_bytes(list[i].as_bytes()).is_none() {
                return None;
            }
            i += 1;
        }
        Some(TextRef { literal: None, at: start as u32, len: (self.filled.text - start) as u32 })
    }
}
