//! Every mistake that building a model can come to, in both worlds, and its words.

use crate::{
    dtype::DType,
    names::{Hash, NameError},
    placement::DeviceError,
    registry::Registry,
    settings::Setting,
    shape::Shape,
    sharing::{Existing, ShareError},
    spec::{Spec, SpecError},
    text::Text,
};
use core::panic::Location;

/// A mistake, as data. The graph keeps it as an [`Error`](crate::Error), const evaluation panics with its words.
#[derive(Clone, Copy)]
pub(crate) enum Mistake<'n> {
    /// An op refuses its inputs.
    Spec(SpecError),
    /// A variable can be neither created nor shared.
    Share { error: ShareError, name: &'n str, existing: Option<u32> },
    /// A variable's name is none.
    VariableName { name: &'n str, error: NameError },
    /// A scope's name is none.
    ScopeName { name: &'n str, error: NameError },
    /// A device string is none (V6).
    Device { text: &'n str, error: DeviceError },
    /// Neither a name nor a default name (S17).
    ScopeUnnamed,
    /// A default name cannot be shared (S19).
    DefaultNameReused { name: &'n str },
    /// C11.
    ShapeWithTensor { name: &'n str },
    /// C9.
    ShapeMissing { name: &'n str },
    /// C10.
    ShapePartial { name: &'n str, shape: Shape },
    /// The initializer does not fit the variable.
    Initializer { name: &'n str, error: SpecError },
    /// The regularizer or the constraint does not fit the variable.
    Setting { name: &'n str, setting: Setting, error: SpecError },
    /// The scope's default type is another one (D3).
    ScopeDType { name: &'n str, default: DType, found: DType },
    /// More than eight collections.
    TooManyCollections { name: &'n str },
    /// A variable larger than a tensor can be.
    ShapeTooLarge { name: &'n str, shape: Shape },
    /// A table of const evaluation, made for `capacity` variables, is full: it holds `holds` of `what`.
    Full { what: &'static str, holds: usize, capacity: usize },
    /// The table of a model is smaller than that of the model that it reuses.
    ReusedFull { capacity: usize, needed: usize },
    /// A size was asked for that is not known.
    UnknownDim { shape: Shape, axis: usize },
    /// An unknown size was computed with.
    UnknownSize,
    /// A dimension was asked for that is not there.
    NoSuchDim { shape: Shape, axis: usize },
    /// `dims` was asked for another number of sizes than there are.
    DimCount { shape: Shape, wanted: usize },
    /// An `assert!` of a layer.
    Assertion { text: &'n str },
    /// A model's output is not what it declares; the only one has no index.
    Output { model: &'n str, index: Option<usize>, declared: Spec, found: Spec },
    /// A size went below zero or beyond what its type holds.
    Arithmetic {
        /// `8 - 9`, where numbers are computed with.
        numbers: Option<(i128, &'static str, i128)>,
        text: &'static str,
    },
}

impl<'n> Mistake<'n> {
    /// The stable code, an entry of docs/errors.md.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Mistake::Spec(error) => error.rule.code,
            Mistake::Share { error, .. } => error.code(),
            Mistake::VariableName { error, .. } | Mistake::ScopeName { error, .. } => error.code(),
            Mistake::Device { .. } => DeviceError::CODE,
            Mistake::ScopeUnnamed => "E-SCOPE-UNNAMED",
            Mistake::DefaultNameReused { .. } => "E-DEFAULT-NAME-REUSE",
            Mistake::ShapeWithTensor { .. } => "E-SHAPE-WITH-TENSOR",
            Mistake::ShapeMissing { .. } => "E-SHAPE-MISSING",
            Mistake::ShapePartial { .. } => "E-SHAPE-PARTIAL",
            Mistake::ShapeTooLarge { .. } => "E-SIZE-LIMIT",
            Mistake::Initializer { error, .. } | Mistake::Setting { error, .. } => error.rule.code,
            Mistake::ScopeDType { .. } => "E-SCOPE-DTYPE",
            Mistake::TooManyCollections { .. } => "E-COLLECTIONS",
            Mistake::Full { .. } | Mistake::ReusedFull { .. } => "E-CAPACITY",
            Mistake::UnknownDim { .. } | Mistake::UnknownSize => "E-DIM-UNKNOWN",
            Mistake::NoSuchDim { .. } => "E-DIM-MISSING",
            Mistake::DimCount { .. } => "E-DIM-COUNT",
            Mistake::Assertion { .. } => "E-ASSERT",
            Mistake::Output { .. } => "E-OUTPUT",
            Mistake::Arithmetic { .. } => "E-ARITHMETIC",
        }
    }

    /// Whether sizes are in doubt from here on: what they come to would be reported a second time as a wrong shape.
    pub(crate) const fn leaves_sizes_in_doubt(&self) -> bool {
        matches!(
            self,
            Mistake::UnknownDim { .. }
                | Mistake::UnknownSize
                | Mistake::NoSuchDim { .. }
                | Mistake::DimCount { .. }
                | Mistake::Arithmetic { .. }
        )
    }

    /// What tells it from another at the same place, if a layer that is called again, as in a loop, makes the same mistake again: its code, and
    /// the variable in the way or the name in the call.
    pub(crate) const fn repeats(&self) -> Option<(&'static str, u32)> {
        match self {
            Mistake::Spec(error) => Some((error.rule.code, u32::MAX)),
            // Several names may be like one that is there.
            Mistake::Share { error: ShareError::Case, .. } => None,
            Mistake::Share { error, existing: Some(index), .. } => Some((error.code(), *index)),
            Mistake::Share { .. } => None,
            Mistake::UnknownDim { .. } | Mistake::NoSuchDim { .. } | Mistake::DimCount { .. } => {
                Some((self.code(), u32::MAX))
            }
            Mistake::ScopeName { name, .. } | Mistake::DefaultNameReused { name } => {
                Some((self.code(), Hash::of(name).exact as u32))
            }
            _ => match self.variable() {
                Some(name) => Some((self.code(), Hash::of(name).exact as u32)),
                None => None,
            },
        }
    }

    /// The variable that it is about, by the name in the call.
    pub(crate) const fn variable(&self) -> Option<&'n str> {
        match self {
            Mistake::Share { name, .. }
            | Mistake::VariableName { name, .. }
            | Mistake::ShapeWithTensor { name }
            | Mistake::ShapeMissing { name }
            | Mistake::ShapePartial { name, .. }
            | Mistake::ShapeTooLarge { name, .. }
            | Mistake::Initializer { name, .. }
            | Mistake::Setting { name, .. }
            | Mistake::ScopeDType { name, .. }
            | Mistake::TooManyCollections { name } => Some(name),
            _ => None,
        }
    }

    /// Whether it may be a consequence of sizes that are in doubt.
    pub(crate) const fn rests_on_sizes(&self) -> bool {
        matches!(
            self,
            Mistake::Spec(_)
                | Mistake::Share { error: ShareError::Shape { .. }, .. }
                | Mistake::ShapePartial { .. }
                | Mistake::ShapeTooLarge { .. }
                | Mistake::Initializer { .. }
                | Mistake::Setting { .. }
                | Mistake::Assertion { .. }
                | Mistake::Output { .. }
                | Mistake::Arithmetic { .. }
                | Mistake::UnknownSize
        )
    }

    /// Composes the message, without its code; `here` is the place of the mistake.
    pub(crate) const fn text(&self, registry: &Registry<'_>, text: &mut Text<'_>, here: &Location<'_>) {
        let scope = registry.cursor.scope;
        match self {
            Mistake::Spec(error) => error.text_of(Some(registry), text),
            Mistake::Share { error, name, existing } => {
                let mut path = Text::new();
                registry.path(scope, name, &mut path);
                let mut found = Text::new();
                let existing = match existing {
                    Some(index) => {
                        registry.variable_path(*index, &mut found);
                        let entry = &registry.variables[*index as usize];
                        match entry.created {
                            Some(at) => Some(Existing { name: found.as_str(), at, from: registry.parting(entry.call) }),
                            None => None,
                        }
                    }
                    None => None,
                };
                if !registry.reuses.is_empty() && matches!(error, ShareError::Missing) {
                    text.str("variable `").str(path.as_str()).str("` does not exist in model `").str(registry.reuses);
                    text.str("`, whose variables this one reuses");
                    did_you_mean(registry, name, text);
                    text.str("\n  help: create it in `").str(registry.reuses);
                    text.str("` too: both models have to call the layers that share variables;\n        for a variable of its own, as of a metric, open its scope with `reuse = NO_REUSE`");
                } else if matches!(error, ShareError::Missing) {
                    text.str("variable `").str(path.as_str()).str("` ").str(ShareError::MISSING);
                    if let Some(at) = registry.place(registry.scopes[scope as usize].reuses_since) {
                        text.str("\n  reuse was switched on at ").place(at);
                    }
                    did_you_mean(registry, name, text);
                    text.str("\n  help: ").str(ShareError::MISSING_HELP);
                } else {
                    error.text(text, path.as_str(), existing, here);
                }
            }
            Mistake::VariableName { name, error } => error.text(text, "variable", name),
            Mistake::ScopeName { name, error } => error.text(text, "scope", name),
            Mistake::Device { text: device, error } => error.text(text, device),
            Mistake::ScopeUnnamed => {
                text.str(
                    "a scope has neither a name nor a default name\n  help: name it, or add `default_name = \"..\"`",
                );
            }
            Mistake::DefaultNameReused { name } => {
                text.str("the default name `")
                    .str(name)
                    .str("` is made new at each entry, so its variables cannot be reused");
                text.str("\n  help: give the scope a name in place of `default_name`, or leave `reuse` out");
            }
            Mistake::ShapeWithTensor { name } => {
                subject(registry, name, text);
                text.str("is given a shape, and its initializer is a tensor that has one");
                text.str("\n  help: leave the shape out: `get_variable!(\"").str(name).str("\", initializer = ..)`");
            }
            Mistake::ShapeMissing { name } => {
                subject(registry, name, text);
                text.str("has no shape, and no tensor as initializer to take it from");
                text.str("\n  help: give it one: `get_variable!(\"").str(name).str("\", [3, 3], ..)`");
            }
            Mistake::ShapePartial { name, shape } => {
                subject(registry, name, text);
                text.str("has the shape ").shape(shape).str(", of which a dimension is not known");
                text.str("\n  help: give every dimension a size");
            }
            Mistake::ShapeTooLarge { name, shape } => {
                subject(registry, name, text);
                text.str("has the shape ").shape(shape).str(", which is larger than a tensor can be");
                text.str("\n  help: all elements have to fit into memory: look at the sizes given here");
            }
            Mistake::Initializer { name, error } => {
                subject(registry, name, text);
                text.str("cannot start from its initializer\n  ");
                error.text(text);
            }
            Mistake::Setting { name, setting, error } => {
                subject(registry, name, text);
                text.str("cannot have its ").str(setting.name()).str("\n  ");
                error.text(text);
            }
            Mistake::ScopeDType { name, default, found } => {
                subject(registry, name, text);
                text.str("is ").str(found.name()).str(", and this scope's variables are ").str(default.name());
                text.str("\n  help: write `dtype = ").str(found.name()).str("` at the variable, if it is meant");
            }
            Mistake::TooManyCollections { name } => {
                subject(registry, name, text);
                text.str("is put into more than eight collections");
                text.str("\n  help: add it to the others with `tf::add_to_collection(..)`");
            }
            Mistake::Full { what, holds, capacity } => {
                text.str("this model has more than ").number(*holds as i128).str(" ").str(what);
                text.str(", which is all that its build-time table holds\n  help: write `#[capacity(");
                text.number(*capacity as i128 * 4).str(")]` on the model for a larger one");
            }
            Mistake::ReusedFull { capacity, needed } => {
                text.str("this model's build-time table holds ").number(*capacity as i128);
                text.str(" variables, too few for those of the model that it reuses");
                text.str("\n  help: write `#[capacity(").number(*needed as i128).str(")]` on this model, too");
            }
            Mistake::UnknownDim { shape, axis } => {
                text.str("dimension ").number(*axis as i128).str(" of ").shape(shape).str(" is not known");
                text.str("\n  help: declare it as a number in the model's inputs, or work without it: `tf::shape_of(x)`, `reshape` with `tf::ANY`");
            }
            Mistake::UnknownSize => {
                text.str(
                    "a size that is not known is computed with: `dims()` gives `tf::ANY` for an unknown dimension",
                );
                text.str("\n  help: declare it as a number in the model's inputs, or work without it: `tf::shape_of(x)`, `reshape` with `tf::ANY`");
            }
            Mistake::NoSuchDim { shape, axis } => {
                text.str("there is no dimension ").number(*axis as i128).str(" in ").shape(shape);
                text.str("\n  help: dimensions count from 0");
                if shape.rank() > 0 {
                    text.str("; the last of these is ").number(shape.rank() as i128 - 1);
                }
            }
            Mistake::DimCount { shape, wanted } => {
                text.str("the dimensions of ").shape(shape).str(" are read as ").number(*wanted as i128).str(" sizes");
                text.str(
                    "\n  help: write a pattern with one name for each dimension, and `_` for those that are not needed",
                );
            }
            Mistake::Assertion { text: words } => {
                text.str(words);
            }
            Mistake::Output { model, index, declared, found } => {
                match index {
                    Some(index) => text.str("output ").number(*index as i128 + 1).str(" of model `").str(model),
                    None => text.str("the output of model `").str(model),
                };
                text.str("` is declared as ");
                text.str(declared.dtype.name()).shape(&declared.shape).str(", and its body returns ");
                text.str(found.dtype.name()).shape(&found.shape);
                text.str("\n  help: declare what the body returns, or mend the body");
            }
            Mistake::Arithmetic { numbers, text: words } => {
                if let Some((left, operator, right)) = numbers {
                    text.str("`").number(*left).str(" ").str(operator).str(" ").number(*right).str("`: ");
                }
                text.str(words);
            }
        }
    }
}

/// Names the variable that was meant, if there is one.
const fn did_you_mean(registry: &Registry<'_>, name: &str, text: &mut Text<'_>) {
    if let Some(index) = registry.nearest(name) {
        text.str("\n  did you mean `");
        registry.variable_path(index, text);
        text.str("`?");
    }
}

const fn subject(registry: &Registry<'_>, name: &str, text: &mut Text<'_>) {
    text.str("variable `");
    registry.path(registry.cursor.scope, name, text);
    text.str("` ");
}
