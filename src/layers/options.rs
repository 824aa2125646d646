//! What the options of layers have in common: how they are declared, and the name of the layer's scope.

use crate::{Reuse, spec::Rule};

/// Declares the options of a layer: what it cannot do without, what has a default, and what may be left out. Every one of them gets
/// `name`, `reuse` and `trainable`.
macro_rules! options {
    (
        $(#[$meta:meta])*
        pub struct $options:ident($($(#[$required_meta:meta])* $required:ident: $required_type:ty),* $(,)?) in $scope:literal {
            $($(#[$default_meta:meta])* $default:ident: $default_type:ty = $value:expr,)*
        }
        $(optional { $($(#[$optional_meta:meta])* $optional:ident: $optional_type:ty,)* })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[must_use = "options do nothing by themselves"]
        pub struct $options {
            $(pub(in crate::layers) $required: $required_type,)*
            $(pub(in crate::layers) $default: $default_type,)*
            $($(pub(in crate::layers) $optional: Option<$optional_type>,)*)?
            name: Option<&'static str>,
            pub(in crate::layers) reuse: crate::Reuse,
            pub(in crate::layers) trainable: bool,
        }

        #[allow(clippy::new_without_default, reason = "of one kind with options that have something to say")]
        impl $options {
            /// These, and the default of everything else.
            pub const fn new($($required: $required_type),*) -> Self {
                $options {
                    $($required,)*
                    $($default: $value,)*
                    $($($optional: None,)*)?
                    name: None,
                    reuse: crate::Reuse::Inherit,
                    trainable: true,
                }
            }

            $(
                $(#[$default_meta])*
                pub const fn $default(mut self, $default: $default_type) -> Self {
                    self.$default = $default;
                    self
                }
            )*

            $($(
                $(#[$optional_meta])*
                pub const fn $optional(mut self, $optional: $optional_type) -> Self {
                    self.$optional = Some($optional);
                    self
                }
            )*)?

            #[doc = concat!("The name of the layer's scope. Without one it is `", $scope, "`, made unique in the scope around it.")]
            pub const fn name(mut self, name: &'static str) -> Self {
                self.name = Some(name);
                self
            }

            /// Whether variables are shared: `true`, [`AUTO_REUSE`](crate::AUTO_REUSE), [`NO_REUSE`](crate::NO_REUSE). Without a
            #[doc = concat!("name the scope is then `", $scope, "` itself, that of the first such layer.")]
            pub const fn reuse<R: crate::sharing::IntoReuse>(mut self, reuse: R) -> Self {
                self.reuse = crate::sharing::into_reuse(reuse);
                self
            }

            /// Whether training changes the variables; true.
            pub const fn trainable(mut self, trainable: bool) -> Self {
                self.trainable = trainable;
                self
            }

            /// The name to open the layer's scope by.
            pub(in crate::layers) const fn scope(&self) -> Option<&'static str> {
                crate::layers::options::scope_name(self.name, self.reuse, $scope)
            }
        }
    };
}

/// What a layer's scope is called. A layer that is told to reuse is the first of those without a name, which have their kind's name.
pub(crate) const fn scope_name(name: Option<&'static str>, reuse: Reuse, kind: &'static str) -> Option<&'static str> {
    match (name, reuse) {
        (None, Reuse::Yes | Reuse::Auto) => Some(kind),
        _ => name,
    }
}

/// The mistake of asking for nothing.
pub(super) static NO_OUTPUTS: Rule = Rule {
    code: "E-LAYER-SIZE",
    says: "a layer with 0 outputs is asked for",
    left: "",
    right: "",
    help: "give it 1 or more: a number of units, filters or embedded dimensions",
};
