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

/// The options of a layer that slides filters over images: its own, and those that all of them have.
macro_rules! sliding_options {
    (
        $(#[$meta:meta])*
        pub struct $options:ident($($required:tt)*) in $scope:literal { $($default:tt)* }
        optional { $($optional:tt)* }
    ) => {
        options! {
            $(#[$meta])*
            pub struct $options($($required)*) in $scope {
                $($default)*
                /// How far the filters move down and right; by one cell.
                strides: [usize; 2] = [1, 1],
                /// How far the cells of a filter lie apart; next to each other.
                dilations: [usize; 2] = [1, 1],
                /// What lies around the images; nothing.
                padding: Padding = Padding::Valid,
                /// What the outputs go through; nothing.
                activation: Activation = Activation::Linear,
                /// Whether a bias is added; true.
                use_bias: bool = true,
                /// What the bias starts from; zeros, whatever the scope's initializer.
                bias_initializer: Initializer = zeros_initializer(),
            }
            optional {
                $($optional)*
                /// The loss for the bias's size; the scope's, or none.
                bias_regularizer: Regularizer,
            }
        }
    };
}

/// The options of a recurrent cell: its own, and those that all of them have.
macro_rules! cell_options {
    (
        $(#[$meta:meta])*
        pub struct $options:ident in $scope:literal { $($default:tt)* }
    ) => {
        options! {
            $(#[$meta])*
            pub struct $options(
                /// The size of the state, which the outputs have too.
                units: usize,
            ) in $scope {
                $($default)*
                /// What the bias starts from, that of the gates apart where the cell says so; zeros, whatever the scope's initializer.
                bias_initializer: Initializer = zeros_initializer(),
            }
            optional {
                /// What each kernel starts from; the scope's initializer, or
                /// [`glorot_uniform_initializer`](crate::glorot_uniform_initializer).
                kernel_initializer: Initializer,
                /// The loss for each kernel's size; the scope's, or none.
                kernel_regularizer: Regularizer,
                /// The loss for each bias's size; the scope's, or none.
                bias_regularizer: Regularizer,
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
