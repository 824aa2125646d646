//! `get_variable`: finds a variable by its whole name and applies the sharing rule.

use super::{Registry, Scope, TextRef};
use crate::{
    dtype::DType,
    initializer::Initializer,
    mistake::Mistake,
    names::{self, Hash, Name},
    ops::dimensions::MOST_ELEMENTS,
    options::{Collections, VariableRequest, collection},
    partitioning::{Kind, Partition},
    settings::Settings,
    shape::{POISON_RANK, Shape},
    sharing::{Asked, Declared, Reuse, ShareError, Sharing, share, share_parts},
    spec::Spec,
    text::str_eq,
};
use core::panic::Location;

/// What is between the names of collections, which may hold any other sign.
const SEPARATOR: &[u8] = b"\0";

/// The hash of the collections of a variable that names none.
const GLOBAL: u64 = Collections::Default.hash();
/// Their list.
const GLOBAL_ALONE: TextRef = TextRef::literal(collection::GLOBAL_VARIABLES);

/// A variable of the table.
#[derive(Clone, Copy)]
pub(crate) struct VariableEntry {
    pub(crate) declared: Declared,
    pub(crate) scope: u32,
    pub(crate) name: TextRef,
    /// The collections it belongs to, joined by [`SEPARATOR`]s.
    pub(crate) collections: TextRef,
    pub(crate) created: Option<&'static Location<'static>>,
    /// The last step of the way to where it was created.
    pub(crate) call: u32,
    /// How many calls of `get_variable` came to it.
    pub(crate) calls: u32,
    /// Whether an op, an output or a layer's caller has read it.
    pub(crate) used: bool,
    /// Whether this model or graph created it; not, if it came from another with `reuse`.
    pub(crate) own: bool,
    /// Whether its name leads to it; not, if it is never shared.
    pub(crate) shared: bool,
    /// 1 + the number of the variable that it is a part of, which comes before its parts and gives them its name; 0 for none.
    pub(crate) part_of: u32,
}

impl VariableEntry {
    pub(crate) const NONE: VariableEntry = VariableEntry {
        declared: Declared {
            name: Hash::EMPTY,
            spec: Spec::new(DType::F32, Shape::SCALAR),
            trainable: false,
            initializer: Initializer::Tensor,
            collections: 0,
            settings: Settings::NONE,
            partition: Partition::NONE,
        },
        scope: 0,
        name: TextRef::EMPTY,
        collections: TextRef::EMPTY,
        created: None,
        call: 0,
        calls: 0,
        used: false,
        own: false,
        shared: true,
        part_of: 0,
    };

    /// Which part it is of which variable.
    pub(crate) const fn part(&self, index: u32) -> Option<(u32, u32)> {
        match self.part_of {
            0 => None,
            whole => Some((whole - 1, index - whole)),
        }
    }
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
pub(crate) struct Granted {
    /// The variable in the table; `None` where there is none to show for it.
    pub(crate) index: Option<u32>,
    pub(crate) created: bool,
    pub(crate) shape: Shape,
}

impl Registry<'_> {
    /// Creates or finds a variable in the current scope, called for `at` the place where places are noted. After a mistake the caller goes on with the shape asked for.
    pub(crate) const fn get_variable<'n>(
        &mut self,
        name: &Name<'n>,
        request: &VariableRequest<'_>,
        at: Option<&'static Location<'static>>,
        mistake: &mut Option<Mistake<'n>>,
    ) -> Granted {
        let asked = &request.asked;
        let mut granted = Granted { index: None, created: false, shape: asked.spec.shape };
        let scope = &self.scopes[self.cursor.scope as usize];
        let at_root = scope.hash.power == 1;
        if let Some(error) = if at_root { &name.fault_at_root } else { &name.fault } {
            *mistake = Some(Mistake::VariableName { name: name.text, error: *error });
            return granted;
        }
        let from_tensor = matches!(asked.initializer, Some(Initializer::Tensor));
        if request.shape_given && from_tensor {
            *mistake = Some(Mistake::ShapeWithTensor { name: name.text });
            return granted;
        }
        if granted.shape.rank == POISON_RANK {
            return granted;
        }
        if let Some(default) = scope.dtype
            && !request.dtype_given
            && request.shared
            && !from_tensor
            && !default.is(asked.spec.dtype)
        {
            *mistake = Some(Mistake::ScopeDType { name: name.text, default, found: asked.spec.dtype });
        }

        if !request.shared {
            self.create(name, request, Hash::EMPTY, None, at, &mut granted, mistake);
            return granted;
        }
        let hash = scope.hash.join_last(&name.hash);
        let slot = self.find(&hash);
        let found = self.slots[slot];
        let mut existing = None;
        let mut declared = None;
        if found != 0 {
            existing = Some(found - 1);
            declared = Some(&self.variables[found as usize - 1].declared);
        }
        match share(declared, &hash, asked, scope.reuse) {
            Ok(Sharing::Share) => {
                let Some(found) = declared else { return granted };
                if (asked.settings.is_some() || !matches!(scope.settings.partitioner.kind, Kind::Unsaid))
                    && let Err(error) = share_parts(found, asked, &scope.settings.partitioner)
                {
                    self.refuse(error, name, existing, &mut granted, mistake);
                    return granted;
                }
                self.cursor.echo = Echo::None;
                granted.index = existing;
                granted.shape = found.spec.shape;
                if let Some(index) = existing {
                    self.note_shared(index, at);
                }
            }
            Ok(Sharing::Create) => {
                self.cursor.echo = Echo::None;
                self.create(name, request, hash, Some(slot), at, &mut granted, mistake);
            }
            Err(error) => self.refuse(error, name, existing, &mut granted, mistake),
        }
        granted
    }

    const fn refuse<'n>(
        &mut self,
        error: ShareError,
        name: &Name<'n>,
        existing: Option<u32>,
        granted: &mut Granted,
        mistake: &mut Option<Mistake<'n>>,
    ) {
        if !self.is_echo(&error, existing) {
            *mistake = Some(Mistake::Share { error, name: name.text, existing });
        }
        if !matches!(error, ShareError::DType { .. } | ShareError::Case) {
            granted.index = existing;
        }
    }

    /// Whether `get_variable` would create this variable in the current scope.
    pub(crate) const fn creates(&self, name: &Name<'_>) -> bool {
        let scope = &self.scopes[self.cursor.scope as usize];
        name.fault.is_none()
            && !matches!(scope.reuse, Reuse::Yes)
            && self.slots[self.find(&scope.hash.join_last(&name.hash))] == 0
    }

    #[allow(clippy::too_many_arguments)] // They are what `get_variable` has found out so far.
    const fn create<'n>(
        &mut self,
        name: &Name<'n>,
        request: &VariableRequest<'_>,
        hash: Hash,
        slot: Option<usize>,
        at: Option<&'static Location<'static>>,
        granted: &mut Granted,
        mistake: &mut Option<Mistake<'n>>,
    ) {
        let Asked { spec, initializer, trainable, settings, .. } = &request.asked;
        // What is not shared knows nothing of scopes (C37).
        let scope = if request.shared { &self.scopes[self.cursor.scope as usize] } else { &Scope::ROOT };
        // The default of floats, which most variables start from, fits every one of them.
        let mut examined = false;
        let initializer = if let Some(asked) = initializer {
            *asked
        } else if let Some(default) = &scope.initializer {
            *default
        } else if spec.dtype.is_float() {
            examined = true;
            Initializer::GLOROT_UNIFORM
        } else {
            Initializer::default_for(spec.dtype)
        };
        let settings = match settings {
            Some(settings) => Some(settings.within(&scope.settings)),
            None if scope.settings.say_nothing() => None,
            None => Some(Settings::NONE.within(&scope.settings)),
        };
        let mut elements = 0;
        let mut has_shape = true;
        match spec.shape.elements() {
            // A variable that starts from a tensor and takes any shape later.
            None if matches!(initializer, Initializer::Tensor) && !request.validate_shape => {}
            None => {
                has_shape = false;
                *mistake = Some(if request.shape_given || matches!(initializer, Initializer::Tensor) {
                    Mistake::ShapePartial { name: name.text, shape: spec.shape }
                } else {
                    Mistake::ShapeMissing { name: name.text }
                });
            }
            Some(count) if count > MOST_ELEMENTS => {
                has_shape = false;
                *mistake = Some(Mistake::ShapeTooLarge { name: name.text, shape: spec.shape });
            }
            Some(count) => elements = count,
        }
        if has_shape {
            if !examined && let Err(error) = initializer.fits(spec) {
                *mistake = Some(Mistake::Initializer { name: name.text, error });
            } else if let Some(settings) = &settings {
                if let Some((setting, error)) = settings.misfit(spec) {
                    *mistake = Some(Mistake::Setting { name: name.text, setting, error });
                } else if let Err(error) = initializer.fits_parts(spec, &settings.partition(spec)) {
                    *mistake = Some(Mistake::Initializer { name: name.text, error });
                }
            }
        }
        let index = self.filled.variables;
        if index == self.holds.variables || index * 2 >= self.holds.slots {
            *mistake = Some(self.full("variables", self.holds.variables));
            return;
        }
        let Some(text) = self.keep(name) else {
            *mistake = Some(self.names_full());
            return;
        };
        // What almost every variable is: global, and trained.
        let mut collections = GLOBAL_ALONE;
        let mut trains = true;
        let mut set = GLOBAL;
        if let Collections::Given { .. } = request.collections {
            trains = request.collections.trains();
            set = request.collections.hash();
            match self.keep_collections(request.collections) {
                Some(kept) => collections = kept,
                None => {
                    *mistake = Some(self.names_full());
                    return;
                }
            }
        }
        // Field by field into an entry that is `NONE` so far: const evaluation pays for each move of a large value.
        let entry = &mut self.variables[index];
        entry.declared.name = hash;
        entry.declared.spec = *spec;
        if !has_shape {
            // What it comes to, here and where it is shared, are no mistakes of their own.
            entry.declared.spec.shape = Shape::POISON;
            granted.shape = Shape::POISON;
        }
        entry.declared.trainable = match trainable {
            Some(said) => *said,
            None => trains,
        };
        entry.declared.initializer = initializer;
        entry.declared.collections = set;
        entry.scope = self.cursor.scope;
        entry.name = text;
        entry.collections = collections;
        entry.created = at;
        entry.call = self.cursor.call;
        entry.calls = 1;
        entry.own = true;
        entry.shared = request.shared;
        self.filled.variables += 1;
        // A comparison costs const evaluation less than the call of `saturating_add`.
        let room = usize::MAX - self.filled.elements;
        self.filled.elements = if elements > room { usize::MAX } else { self.filled.elements + elements };
        if let Some(slot) = slot {
            self.slots[slot] = index as u32 + 1;
        }
        granted.index = Some(index as u32);
        granted.created = true;
        if let Some(settings) = settings {
            let partition = if has_shape { settings.partition(spec) } else { Partition::NONE };
            let declared = &mut self.variables[index].declared;
            declared.settings = settings;
            declared.partition = partition;
            if partition.known_parts() > 0 {
                self.create_parts(index, name, mistake);
            }
        }
    }

    /// Adds the parts of a variable that was just added. Each is an entry of its own, by whose name it can be asked for too.
    const fn create_parts<'n>(&mut self, whole: usize, name: &Name<'n>, mistake: &mut Option<Mistake<'n>>) {
        let entry = self.variables[whole];
        let partition = entry.declared.partition;
        let last = whole + partition.known_parts();
        if last >= self.holds.variables || last * 2 >= self.holds.slots {
            self.variables[whole].declared.partition = Partition::NONE;
            *mistake = Some(self.full("variables", self.holds.variables));
            return;
        }
        let mut part = 0;
        while part < partition.known_parts() {
            let mut text = names::NameBuffer::new();
            text.text("part_");
            text.number(part as i128);
            let hash = if entry.shared { entry.declared.name.join_last(&Hash::of(text.as_str())) } else { Hash::EMPTY };
            let (_, shape) = partition.part(&entry.declared.spec.shape, part);
            let index = self.filled.variables;
            self.variables[index] = VariableEntry {
                declared: Declared {
                    name: hash,
                    spec: Spec { shape, dtype: entry.declared.spec.dtype },
                    partition: Partition::NONE,
                    ..entry.declared
                },
                // It is read with the whole.
                used: true,
                part_of: whole as u32 + 1,
                ..entry
            };
            self.filled.variables += 1;
            self.filled.parts += 1;
            if entry.shared {
                let slot = self.find(&hash);
                if self.slots[slot] == 0 {
                    self.slots[slot] = index as u32 + 1;
                } else if mistake.is_none() {
                    let existing = Some(self.slots[slot] - 1);
                    *mistake = Some(Mistake::Share { error: ShareError::Part, name: name.text, existing });
                }
            }
            part += 1;
        }
    }

    /// The slot of the variable of this name (but for case), or the free slot where it belongs.
    const fn find(&self, hash: &Hash) -> usize {
        let mask = self.holds.slots - 1;
        let mut slot = (hash.folded >> 20) as usize & mask;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return slot;
            }
            let name = &self.variables[entry as usize - 1].declared.name;
            if name.folded == hash.folded {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    const fn is_echo(&mut self, error: &ShareError, existing: Option<u32>) -> bool {
        let previous = self.cursor.echo;
        match existing {
            None => {
                self.cursor.echo = Echo::Missing;
                matches!(previous, Echo::Missing)
            }
            Some(index) => {
                self.cursor.echo = Echo::Found { error: *error, index };
                matches!(previous, Echo::Found { error: last, index: before } if before + 1 == index && last.same_kind(error))
            }
        }
    }

    /// Adds a collection to those that a variable is listed with. What is added to the trainable ones is trained (K11).
    pub(crate) const fn collect(&mut self, index: u32, name: &str, mistake: &mut Option<Mistake<'_>>) {
        let entry = &mut self.variables[index as usize];
        entry.used = true;
        if str_eq(name, collection::TRAINABLE_VARIABLES) {
            entry.declared.trainable = true;
            return;
        }
        let TextRef { literal, at, len } = entry.collections;
        let start = self.filled.text;
        let before = match literal {
            Some(literal) => self.keep_bytes(literal.as_bytes()),
            None => {
                let (at, len) = (at as usize, len as usize);
                if self.text.len() - start < len {
                    None
                } else {
                    let (kept, free) = self.text.split_at_mut(start);
                    free.split_at_mut(len).0.copy_from_slice(kept.split_at(at).1.split_at(len).0);
                    self.filled.text += len;
                    Some(TextRef::EMPTY)
                }
            }
        };
        if before.is_none() || self.keep_bytes(SEPARATOR).is_none() || self.keep_bytes(name.as_bytes()).is_none() {
            *mistake = Some(self.names_full());
            return;
        }
        let len = (self.filled.text - start) as u32;
        self.variables[index as usize].collections = TextRef { literal: None, at: start as u32, len };
    }

    const fn keep_collections(&mut self, collections: &Collections) -> Option<TextRef> {
        let mut i = 0;
        let list = collections.list();
        let start = self.filled.text;
        while i < list.len() {
            let comma = if i == 0 { Some(TextRef::EMPTY) } else { self.keep_bytes(SEPARATOR) };
            if comma.is_none() || self.keep_bytes(list[i].as_bytes()).is_none() {
                return None;
            }
            i += 1;
        }
        Some(TextRef { literal: None, at: start as u32, len: (self.filled.text - start) as u32 })
    }
}
