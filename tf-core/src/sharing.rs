//! The sharing rule: create, share, or which mistake. One function, read by the graph and by const evaluation alike.

use crate::{
    dtype::DType,
    initializer::Initializer,
    names::Hash,
    partitioning::{Partition, Partitioner},
    registry::calls::same_place,
    settings::{Setting, Settings},
    shape::Shape,
    spec::Spec,
    text::Text,
};
use core::panic::Location;

/// How a scope treats variables that exist already.
///
/// The TensorFlow values are `True`, `None`, `tf.AUTO_REUSE`; [`NO_REUSE`] is new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reuse {
    /// As the surrounding scope, or as the scope object that is entered again.
    Inherit,
    /// Variables exist, and are shared.
    Yes,
    /// Variables are shared where they exist, and created where they do not.
    Auto,
    /// Variables do not exist, and are created: also inside a scope that reuses.
    No,
}

/// Share a variable that exists, create one that does not. TensorFlow: `tf.AUTO_REUSE`.
pub const AUTO_REUSE: Reuse = Reuse::Auto;
/// Create variables only, whatever the surrounding scope says. TensorFlow has no such word: there, `reuse=False` inherits.
pub const NO_REUSE: Reuse = Reuse::No;

impl Reuse {
    /// What holds in a scope opened with `self`, where `otherwise` is the state of the surrounding scope (entry by name)
    /// or of the scope object (entry by object). R2 and the tables of 1.5: the argument, if it says anything.
    pub const fn or(self, otherwise: Reuse) -> Reuse {
        match self {
            Reuse::Inherit => otherwise,
            said => said,
        }
    }
}

/// What says how to reuse: `true`, `false` (as TensorFlow: inherits), [`AUTO_REUSE`], [`NO_REUSE`], or a [`Reuse`].
///
/// # Safety
/// `IS_BOOL` says whether `Self` is `bool`; otherwise it is `Reuse`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how to reuse variables",
    label = "expected `true`, `AUTO_REUSE`, `NO_REUSE` or `inherit`"
)]
pub unsafe trait IntoReuse: Copy {
    #[doc(hidden)]
    const IS_BOOL: bool;
}
// SAFETY: it is `bool`.
#[diagnostic::do_not_recommend]
unsafe impl IntoReuse for bool {
    const IS_BOOL: bool = true;
}
// SAFETY: it is `Reuse`.
#[diagnostic::do_not_recommend]
unsafe impl IntoReuse for Reuse {
    const IS_BOOL: bool = false;
}

/// The [`Reuse`] that a value of [`IntoReuse`] stands for.
pub const fn into_reuse<R: IntoReuse>(value: R) -> Reuse {
    if R::IS_BOOL {
        // SAFETY: `IS_BOOL` promises that `R` is `bool`.
        let yes: bool = unsafe { core::mem::transmute_copy(&value) };
        if yes { Reuse::Yes } else { Reuse::Inherit }
    } else {
        // SAFETY: otherwise `R` is `Reuse`.
        unsafe { core::mem::transmute_copy(&value) }
    }
}

/// What a call of `get_variable` says of the variable; what it leaves out never conflicts.
#[derive(Clone, Copy)]
pub struct Asked<'c> {
    /// Shape and element type.
    pub spec: Spec,
    /// Whether training changes it.
    pub trainable: Option<bool>,
    /// Its first value.
    pub initializer: Option<Initializer>,
    /// The collections it belongs to, as a hash of the set.
    pub collections: Option<u64>,
    /// Regularizer, constraint, caching device and partitioner, where one of them is said.
    pub settings: Option<&'c Settings>,
}

/// What holds of a variable that exists.
#[derive(Clone, Copy)]
pub struct Declared {
    /// The hash of its whole name.
    pub name: Hash,
    /// Shape and element type.
    pub spec: Spec,
    /// Whether training changes it.
    pub trainable: bool,
    /// Its first value.
    pub initializer: Initializer,
    /// The collections it belongs to, as a hash of the set.
    pub collections: u64,
    /// Regularizer, constraint, caching device and partitioner.
    pub settings: Settings,
    /// Its parts.
    pub partition: Partition,
}

/// The verdict on a call of `get_variable`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// A new variable comes into being.
    Create,
    /// The existing one is meant.
    Share,
}

/// Why a variable can be neither created nor shared.
#[derive(Clone, Copy, Debug)]
pub enum ShareError {
    /// It exists, and the scope does not reuse.
    Exists,
    /// It does not exist, and the scope only reuses.
    Missing,
    /// A variable exists whose name differs in case only.
    Case,
    /// It exists with another shape.
    Shape {
        /// The shape it has.
        found: Shape,
        /// The shape asked for.
        asked: Shape,
    },
    /// It exists with another element type.
    DType {
        /// The type it has.
        found: DType,
        /// The type asked for.
        asked: DType,
    },
    /// It exists with another initializer.
    Initializer,
    /// It exists with the other value of `trainable`.
    Trainable {
        /// The value it has.
        found: bool,
    },
    /// It exists in other collections.
    Collections,
    /// It exists with another regularizer, constraint or caching device.
    Setting(Setting),
    /// It exists in other parts (P10, P12, R16).
    Partition {
        /// The parts it has.
        found: Partition,
        /// The parts asked for.
        asked: Partition,
    },
    /// A new variable is to be cut into parts, and one of those has the name of a variable that exists.
    Part,
}

/// The variable that is in the way, for a message.
#[derive(Clone, Copy)]
pub struct Existing<'n> {
    /// Its whole name.
    pub name: &'n str,
    /// Where it was created.
    pub at: &'static Location<'static>,
    /// Where the way to that place leaves the way to the call that it is in the way of.
    pub from: Option<&'static Location<'static>>,
}

/// The rule. `existing` is the variable whose name equals the asked one but for case. What it lets share goes on to `share_parts`.
pub const fn share(
    existing: Option<&Declared>,
    name: &Hash,
    asked: &Asked<'_>,
    reuse: Reuse,
) -> Result<Sharing, ShareError> {
    let Some(found) = existing else {
        return match reuse {
            Reuse::Yes => Err(ShareError::Missing),
            Reuse::Inherit | Reuse::Auto | Reuse::No => Ok(Sharing::Create),
        };
    };
    if found.name.exact != name.exact {
        return Err(ShareError::Case);
    }
    if matches!(reuse, Reuse::No | Reuse::Inherit) {
        return Err(ShareError::Exists);
    }
    if found.spec.dtype as u8 != asked.spec.dtype as u8 {
        return Err(ShareError::DType { found: found.spec.dtype, asked: asked.spec.dtype });
    }
    if !found.spec.shape.compatible(&asked.spec.shape) {
        return Err(ShareError::Shape { found: found.spec.shape, asked: asked.spec.shape });
    }
    match asked.trainable {
        Some(trainable) if trainable != found.trainable => {
            return Err(ShareError::Trainable { found: found.trainable });
        }
        _ => {}
    }
    match &asked.initializer {
        Some(initializer) if !initializer.same(&found.initializer) => return Err(ShareError::Initializer),
        _ => {}
    }
    match asked.collections {
        Some(collections) if collections != found.collections => return Err(ShareError::Collections),
        _ => {}
    }
    if let Some(settings) = asked.settings
        && let Some(setting) = settings.conflict(&found.settings)
    {
        return Err(ShareError::Setting(setting));
    }
    Ok(Sharing::Share)
}

/// A variable is shared in the parts that it was created in; where the call says nothing of parts, its scope's partitioner `default` counts.
/// What says nothing takes it as it is, under automatic reuse too.
pub(crate) const fn share_parts(
    found: &Declared,
    asked: &Asked<'_>,
    default: &Partitioner,
) -> Result<Sharing, ShareError> {
    let partitioner = match asked.settings {
        Some(settings) if settings.partitioner.is_said() => &settings.partitioner,
        _ if default.cuts() => default,
        _ => return Ok(Sharing::Share),
    };
    match partitioner.partition(&found.spec) {
        // What could not be cut when it was created is told by then.
        Err(_) if partitioner.same(&found.settings.partitioner) => Ok(Sharing::Share),
        Err(_) => Err(ShareError::Setting(Setting::Partitioner)),
        Ok(asked) if asked.is_unknown() || found.partition.is_unknown() || asked.same(&found.partition) => {
            Ok(Sharing::Share)
        }
        Ok(asked) => Err(ShareError::Partition { found: found.partition, asked }),
    }
}

impl ShareError {
    pub(crate) const MISSING: &str = "does not exist, and this scope only reuses variables";
    pub(crate) const MISSING_HELP: &str = "create it before reuse is switched on, or switch on `reuse = AUTO_REUSE` instead, which creates what is missing;\n        for a variable of its own inside a scope that reuses, write `reuse = NO_REUSE`";

    /// The stable code, an entry of docs/errors.md.
    pub const fn code(&self) -> &'static str {
        match self {
            ShareError::Exists => "E-EXISTS",
            ShareError::Missing => "E-REUSE-MISSING",
            ShareError::Case => "E-CASE",
            ShareError::Shape { .. } => "E-SHARE-SHAPE",
            ShareError::DType { .. } => "E-SHARE-DTYPE",
            ShareError::Initializer => "E-SHARE-INITIALIZER",
            ShareError::Trainable { .. } => "E-SHARE-TRAINABLE",
            ShareError::Collections => "E-SHARE-COLLECTIONS",
            ShareError::Setting(Setting::Regularizer) => "E-SHARE-REGULARIZER",
            ShareError::Setting(Setting::Constraint) => "E-SHARE-CONSTRAINT",
            ShareError::Setting(Setting::CachingDevice) => "E-SHARE-CACHING-DEVICE",
            ShareError::Setting(Setting::Partitioner) | ShareError::Partition { .. } => "E-SHARE-PARTS",
            ShareError::Part => "E-PARTS-EXIST",
        }
    }

    /// Whether two mistakes are of one kind, so that the second may be a consequence of the first.
    pub(crate) const fn same_kind(&self, other: &ShareError) -> bool {
        crate::text::str_eq(self.code(), other.code())
    }

    /// Composes the message about the variable `name`; `existing` is the variable found, `here` the place of the call.
    pub const fn text(&self, text: &mut Text<'_>, name: &str, existing: Option<Existing<'_>>, here: &Location<'_>) {
        text.str("variable `").str(name).str("` ");
        match self {
            ShareError::Exists => text.str("already exists, and this scope does not reuse variables"),
            ShareError::Missing => text.str(ShareError::MISSING),
            ShareError::Case => text.str("differs only in case from one that exists"),
            ShareError::Shape { found, asked } => {
                text.str("is shared with shape ").shape(asked).str(", and was created with shape ").shape(found)
            }
            ShareError::DType { found, asked } => {
                text.str("is shared as ").str(asked.name()).str(", and was created as ").str(found.name())
            }
            ShareError::Initializer => text.str("is shared with another initializer than it was created with"),
            ShareError::Trainable { found: true } => {
                text.str("is shared with `trainable = false`, and was created trainable")
            }
            ShareError::Trainable { found: false } => {
                text.str("is shared with `trainable = true`, and was created not trainable")
            }
            ShareError::Collections => text.str("is shared with other collections than it was created in"),
            ShareError::Setting(setting) => {
                text.str("is shared with another ").str(setting.name()).str(" than it was created with")
            }
            ShareError::Partition { found, asked } => {
                found.text(asked.text(text.str("is shared ")).str(", and was created "))
            }
            ShareError::Part => {
                text.str("is to be cut into parts, and one of them has the name of a variable that exists")
            }
        };
        if let Some(Existing { name: found, at, from }) = existing {
            text.str("\n  ");
            if matches!(self, ShareError::Case | ShareError::Part) {
                text.str("`").str(found).str("` is ");
            }
            // In a layer that is called twice both halves are one line: then it is the calls that differ.
            let by_another = from.is_none() && same_place(at, here);
            text.str(if by_another { "first created by an earlier call, at " } else { "first created at " }).place(at);
            if let Some(from) = from
                && !same_place(from, at)
            {
                text.str(", reached from ").place(from);
            }
        }
        text.str("\n  help: ");
        match self {
            ShareError::Exists => text.str(
                "to share it, call `scope.reuse_variables()` before this use, or open the scope with `reuse = AUTO_REUSE`;\n        for a second variable, give this call a scope of its own",
            ),
            ShareError::Missing => text.str(ShareError::MISSING_HELP),
            ShareError::Case => text.str("write both names alike to share it, or choose another name"),
            ShareError::Shape { .. } => text.str("ask for the same shape, or give this one a scope of its own"),
            ShareError::DType { .. } => text.str("ask for the same type, or give this one a scope of its own"),
            ShareError::Initializer
            | ShareError::Trainable { .. }
            | ShareError::Collections
            | ShareError::Setting(_) => text.str("leave the argument out here, or make both calls say the same"),
            ShareError::Partition { .. } => text.str(
                "leave `partitioner` out, here and at the scopes around, or make both calls say the same",
            ),
            ShareError::Part => text.str("give one of both another name"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Declared {
        Declared {
            name: Hash::of("s/v"),
            spec: Spec::new(DType::F32, Shape::of(&[1, 2])),
            trainable: true,
            initializer: Initializer::GLOROT_UNIFORM,
            collections: 1,
            settings: Settings { caching_device: Some("/cpu:0"), ..Settings::NONE },
            partition: Partition::NONE,
        }
    }

    fn asked(sizes: &[usize]) -> Asked<'static> {
        Asked {
            spec: Spec::new(DType::F32, Shape::of(sizes)),
            trainable: None,
            initializer: None,
            collections: None,
            settings: None,
        }
    }

    fn verdict(existing: bool, asked: Asked<'_>, reuse: Reuse) -> Result<Sharing, &'static str> {
        let found = declared();
        share(existing.then_some(&found), &Hash::of("s/v"), &asked, reuse).map_err(|e| e.code())
    }

    #[test]
    fn what_exists_is_shared_only_when_the_scope_says_so_r3_r5() {
        assert_eq!(verdict(true, asked(&[1, 2]), Reuse::Inherit), Err("E-EXISTS"));
        assert_eq!(verdict(true, asked(&[1, 2]), Reuse::No), Err("E-EXISTS"));
        assert_eq!(verdict(true, asked(&[1, 2]), Reuse::Yes), Ok(Sharing::Share));
        assert_eq!(verdict(true, asked(&[1, 2]), Reuse::Auto), Ok(Sharing::Share));
    }

    #[test]
    fn what_is_missing_is_created_unless_the_scope_only_reuses_r4_r5() {
        assert_eq!(verdict(false, asked(&[1, 2]), Reuse::Yes), Err("E-REUSE-MISSING"));
        for reuse in [Reuse::Inherit, Reuse::No, Reuse::Auto] {
            assert_eq!(verdict(false, asked(&[1, 2]), reuse), Ok(Sharing::Create));
        }
    }

    #[test]
    fn sharing_asks_for_the_same_shape_and_type_r6_r7() {
        assert_eq!(verdict(true, asked(&[2, 2]), Reuse::Yes), Err("E-SHARE-SHAPE"));
        assert_eq!(verdict(true, asked(&[crate::ANY, 2]), Reuse::Auto), Ok(Sharing::Share));
        let mut other = asked(&[1, 2]);
        other.spec.dtype = DType::I32;
        assert_eq!(verdict(true, other, Reuse::Auto), Err("E-SHARE-DTYPE"));
    }

    #[test]
    fn conflicting_arguments_are_reported_and_omitted_ones_never_conflict_r5_r9_k10() {
        let mut a = asked(&[1, 2]);
        a.trainable = Some(false);
        assert_eq!(verdict(true, a, Reuse::Auto), Err("E-SHARE-TRAINABLE"));
        let mut a = asked(&[1, 2]);
        a.initializer = Some(crate::zeros_initializer());
        assert_eq!(verdict(true, a, Reuse::Yes), Err("E-SHARE-INITIALIZER"));
        a.initializer = Some(crate::glorot_uniform_initializer());
        assert_eq!(verdict(true, a, Reuse::Yes), Ok(Sharing::Share));
        let mut a = asked(&[1, 2]);
        a.collections = Some(2);
        assert_eq!(verdict(true, a, Reuse::Yes), Err("E-SHARE-COLLECTIONS"));
        let settings = Settings { regularizer: Some(crate::l2_regularizer(0.5)), ..Settings::NONE };
        let mut a = asked(&[1, 2]);
        a.settings = Some(&settings);
        assert_eq!(verdict(true, a, Reuse::Yes), Err("E-SHARE-REGULARIZER"));
        let settings = Settings { caching_device: Some("/cpu:0"), ..Settings::NONE };
        a.settings = Some(&settings);
        assert_eq!(verdict(true, a, Reuse::Yes), Ok(Sharing::Share));
    }

    #[test]
    fn a_variable_is_shared_in_the_parts_that_it_was_created_in_p10_p12_r16() {
        const UNSAID: Partitioner = Partitioner::UNSAID;
        let two = crate::slicing_partitioner([1, 2]);
        let parted = Declared { settings: Settings { partitioner: two, ..Settings::NONE }, ..declared() };
        let parted = Declared { partition: parted.settings.partition(&parted.spec), ..parted };
        let judged = |found: &Declared, call: Partitioner, scope: Partitioner| {
            let settings = Settings { partitioner: call, ..Settings::NONE };
            let asked = Asked { settings: Some(&settings), ..asked(&[1, 2]) };
            share_parts(found, &asked, &scope).map_err(|e| e.code())
        };
        assert_eq!(judged(&parted, UNSAID, UNSAID), Ok(Sharing::Share));
        assert_eq!(judged(&parted, two, UNSAID), Ok(Sharing::Share));
        assert_eq!(judged(&parted, UNSAID, two), Ok(Sharing::Share));
        let one = crate::fixed_size_partitioner(1);
        assert_eq!(judged(&parted, one, two), Err("E-SHARE-PARTS"));
        assert_eq!(judged(&parted, UNSAID, one), Err("E-SHARE-PARTS"));
        assert_eq!(judged(&declared(), two, UNSAID), Err("E-SHARE-PARTS"));
        assert_eq!(judged(&declared(), UNSAID, two), Err("E-SHARE-PARTS"));
        let whole = crate::no_partitioner();
        assert_eq!(judged(&parted, whole, two), Err("E-SHARE-PARTS"));
        assert_eq!(judged(&parted, UNSAID, whole), Ok(Sharing::Share));
        assert_eq!(judged(&declared(), whole, two), Ok(Sharing::Share));
    }

    #[test]
    fn the_name_is_looked_at_before_the_shape_section_5() {
        assert_eq!(verdict(true, asked(&[9]), Reuse::Inherit), Err("E-EXISTS"));
    }
}
