//! The mistakes that the macros report, and the one shape they are reported in: the mistake, the way out, the code.

use proc_macro2::Span;
use quote::ToTokens;
use std::fmt::Display;
use syn::Error;

/// The stable code of a mistake, an entry of docs/errors.md.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    /// A closure in a layer.
    Closure,
    /// `?` in a layer.
    QuestionMark,
    /// `Vec`, `String`, `Box` and their like, in a layer.
    HeapType,
    /// A function as argument of a layer.
    LayerArgument,
    /// A layer that is a method.
    MethodLayer,
    /// An async layer, or `.await`.
    Async,
    /// A layer that is no function at all.
    NotAFunction,
    /// An iterator that is not followed.
    Adaptor,
    /// A custom getter in a layer that is checked.
    CustomGetter,
    /// A function for graphs that are built by hand, called where a macro stands.
    MacroCall,
    /// TensorFlow's positional arguments of an initializer that has none here.
    InitializerArguments,
    /// What needs a graph, in a layer or a model.
    OutsideLayers,
    /// A size below zero.
    NegativeSize,
    /// An argument nobody knows.
    UnknownKey,
    /// An argument given twice.
    RepeatedKey,
    /// Arguments that do not read as such.
    Arguments,
    /// A hole in a name that is not `{variable}`.
    NameFormat,
    /// A model that does not read as one.
    ModelGrammar,
}

impl Code {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Code::Closure => "E-CLOSURE",
            Code::QuestionMark => "E-QUESTION-MARK",
            Code::HeapType => "E-HEAP-TYPE",
            Code::LayerArgument => "E-LAYER-ARGUMENT",
            Code::MethodLayer => "E-METHOD-LAYER",
            Code::Async => "E-ASYNC",
            Code::NotAFunction => "E-NOT-A-FUNCTION",
            Code::Adaptor => "E-ADAPTOR",
            Code::CustomGetter => "E-CUSTOM-GETTER",
            Code::MacroCall => "E-MACRO-CALL",
            Code::InitializerArguments => "E-INITIALIZER-ARGUMENTS",
            Code::OutsideLayers => "E-OUTSIDE-LAYERS",
            Code::NegativeSize => "E-NEGATIVE-SIZE",
            Code::UnknownKey => "E-UNKNOWN-KEY",
            Code::RepeatedKey => "E-REPEATED-KEY",
            Code::Arguments => "E-ARGUMENTS",
            Code::NameFormat => "E-NAME-FORMAT",
            Code::ModelGrammar => "E-MODEL-GRAMMAR",
        }
    }
}

/// What a body belongs to that const evaluation follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Followed {
    /// A function with an attribute.
    Layer,
    /// What stands in `model!`.
    Model,
}

impl Followed {
    /// Why something cannot stand there.
    pub(crate) const fn const_evaluation(self) -> &'static str {
        match self {
            Followed::Layer => "const evaluation, which checks this layer at build time",
            Followed::Model => "const evaluation, which checks this model at build time",
        }
    }

    /// What it is.
    pub(crate) const fn article(self) -> &'static str {
        match self {
            Followed::Layer => "a layer",
            Followed::Model => "a model",
        }
    }

    /// The way out of everything that const evaluation cannot follow.
    pub(crate) const fn leave_to_graph(self) -> &'static str {
        match self {
            Followed::Layer => "let the graph check this layer when it is built: `#[variable_scope(dynamic)]`",
            Followed::Model => "let the graph check this model when it is built: write `dynamic` before its name",
        }
    }
}

/// A mistake at the tokens `at`.
pub(crate) fn mistake(at: impl ToTokens, code: Code, says: impl Display, help: impl Display) -> Error {
    Error::new_spanned(at, compose(code, says, help))
}

/// A mistake at a place.
pub(crate) fn mistake_at(at: Span, code: Code, says: impl Display, help: impl Display) -> Error {
    Error::new(at, compose(code, says, help))
}

/// Whether an error is of this code.
pub(crate) fn is(error: &Error, code: Code) -> bool {
    error.to_string().contains(code.name())
}

/// What a parser stumbled over, with the way out.
pub(crate) fn syntax(error: &Error, code: Code, help: impl Display) -> Error {
    let composed = error.to_string().contains('\n');
    if composed { error.clone() } else { mistake_at(error.span(), code, error, help) }
}

fn compose(code: Code, says: impl Display, help: impl Display) -> String {
    format!("{says}\n  help: {help}\n  {} in docs/errors.md", code.name())
}

/// An unknown key, with the nearest of the known ones.
pub(crate) fn unknown_key(key: &syn::Ident, of: &str, known: &[&str]) -> Error {
    let word = key.to_string();
    if known.contains(&word.as_str()) {
        return mistake(
            key,
            Code::Arguments,
            format_args!("`{word}` stands alone in {of}"),
            format_args!("write `{word} = ..`"),
        );
    }
    let nearest = known.iter().map(|k| (distance(&word, k), k)).min().filter(|(d, k)| *d <= 1 + k.len() / 4);
    let help = match nearest {
        Some((_, nearest)) => format!("write `{nearest}`"),
        None if word == "name" => "the name comes first, without a key: `\"name\"`".to_owned(),
        None => format!("the keys are {}", list(known)),
    };
    mistake(key, Code::UnknownKey, format_args!("{of} has no argument `{word}`"), help)
}

fn list(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

/// Levenshtein's distance of two short ASCII words.
fn distance(a: &str, b: &str) -> usize {
    let b = b.as_bytes();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_suggests_the_nearest_or_lists_all() {
        let key = |word| syn::Ident::new(word, Span::call_site());
        let known = &["initializer", "trainable"];
        assert!(unknown_key(&key("initialiser"), "get_variable!", known).to_string().contains("write `initializer`"));
        assert!(unknown_key(&key("shape"), "get_variable!", known).to_string().contains("`initializer`, `trainable`"));
    }

    #[test]
    fn a_key_without_a_value_is_no_unknown_one() {
        let key = syn::Ident::new("reuse", Span::call_site());
        let text = unknown_key(&key, "`variable_scope!`", &["reuse"]).to_string();
        assert!(text.contains("`reuse` stands alone") && text.contains("write `reuse = ..`"), "{text}");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!((distance("dynamc", "dynamic"), distance("", "abc"), distance("kitten", "sitting")), (1, 3, 3));
    }

    #[test]
    fn a_message_is_the_mistake_the_way_out_and_the_code() {
        let error = mistake_at(Span::call_site(), Code::Closure, "a closure", "write a loop");
        assert_eq!(error.to_string(), "a closure\n  help: write a loop\n  E-CLOSURE in docs/errors.md");
    }
}
