//! The arguments of `#[variable_scope(..)]` and `#[helper(..)]`.

use crate::arguments::{Keys, SCOPE_KEYS, ScopeArguments, at_key};
use crate::crate_path::CratePath;
use crate::layer::Kind;
use crate::mistake::{Code, mistake, mistake_at, syntax, unknown_key};
use crate::name::Name;
use crate::spans::{first, last};
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Result, Token};

/// What an attribute says of its function.
pub(crate) struct Attribute {
    pub(crate) library: CratePath,
    /// Left to the graph.
    pub(crate) dynamic: bool,
    /// The scope that each call opens.
    pub(crate) scope: Option<ScopeArguments>,
    /// The places of the first and the last token.
    pub(crate) ends: (Span, Span),
}

const LAYER: &str = "`#[variable_scope]`";
const HELPER: &str = "`#[helper]`";
const LAYER_WORDS: &[&str] =
    &["dynamic", "reuse", "default_name", "initializer", "dtype", "auxiliary_name_scope", "crate"];
const LAYER_HELP: &str = "write `#[variable_scope(\"name\", reuse = AUTO_REUSE)]` or `#[variable_scope(dynamic)]`";
const HELPER_HELP: &str = "write `#[helper]`, or `#[helper(crate = path)]` where the library is not `::tf`";

impl Attribute {
    /// The attribute without arguments.
    pub(crate) fn plain() -> Self {
        Attribute {
            library: CratePath::assumed(),
            dynamic: false,
            scope: None,
            ends: (Span::call_site(), Span::call_site()),
        }
    }

    pub(crate) fn parse(tokens: TokenStream, kind: Kind) -> Result<Self> {
        let ends = (first(&tokens), last(&tokens));
        let it = match kind {
            Kind::Layer => Self::parse_layer.parse2(tokens).map_err(|e| syntax(&e, Code::Arguments, LAYER_HELP)),
            Kind::Helper => Self::parse_helper.parse2(tokens).map_err(|e| syntax(&e, Code::Arguments, HELPER_HELP)),
        };
        it.map(|it| Attribute { ends, ..it })
    }

    fn parse_layer(input: ParseStream) -> Result<Self> {
        let mut it = Self::plain();
        let mut scope = ScopeArguments::empty();
        let mut keys = Keys::new(LAYER, SCOPE_KEYS);
        let start = input.span();
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                it.library = library(input)?;
            } else if at_key(input) {
                let key = keys.next(input)?;
                scope.parse_value(key, input)?;
            } else if input.peek(LitStr) {
                if !matches!(scope.name, Name::Absent) {
                    return Err(mistake(input.parse::<LitStr>()?, Code::Arguments, "a layer has one name", LAYER_HELP));
                }
                scope.parse_name(input)?;
            } else {
                let word = input.call(Ident::parse_any)?;
                if word != "dynamic" {
                    return Err(unknown_key(&word, LAYER, LAYER_WORDS));
                }
                it.dynamic = true;
            }
            separator(input)?;
        }
        if !matches!(scope.name, Name::Absent) || !scope.options.is_empty() {
            scope.check_named(start)?;
            it.scope = Some(scope);
        }
        Ok(it)
    }

    fn parse_helper(input: ParseStream) -> Result<Self> {
        let mut it = Self::plain();
        while !input.is_empty() {
            if !input.peek(Token![crate]) {
                return Err(match input.call(Ident::parse_any) {
                    Ok(word) => unknown_key(&word, HELPER, &["crate"]),
                    Err(_) => mistake_at(input.span(), Code::Arguments, "a helper opens no scope", HELPER_HELP),
                });
            }
            it.library = library(input)?;
            separator(input)?;
        }
        Ok(it)
    }
}

fn library(input: ParseStream) -> Result<CratePath> {
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    Ok(CratePath::given(&input.call(syn::Path::parse_mod_style)?))
}

fn separator(input: ParseStream) -> Result<()> {
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::{ToTokens, quote};

    fn error(tokens: TokenStream) -> String {
        Attribute::parse(tokens, Kind::Layer).err().unwrap().to_string()
    }

    #[test]
    fn all_arguments_of_a_layer() {
        let a = Attribute::parse(quote!("dense", reuse = AUTO_REUSE, crate = my::tf, dynamic), Kind::Layer).unwrap();
        assert!(a.dynamic && a.scope.unwrap().options.len() == 1);
        assert_eq!(a.library.to_token_stream().to_string(), quote!(my::tf).to_string());
        assert!(Attribute::parse(quote!(), Kind::Layer).unwrap().scope.is_none());
        assert!(Attribute::parse(quote!(default_name = "d"), Kind::Layer).unwrap().scope.is_some());
    }

    #[test]
    fn an_unknown_word_suggests_the_nearest() {
        assert!(error(quote!(dynamc)).contains("write `dynamic`"));
        assert!(error(quote!("a", resue = true)).contains("write `reuse`"));
    }

    #[test]
    fn a_scope_without_a_name_is_refused() {
        assert!(error(quote!(reuse = true)).contains("E-ARGUMENTS"));
        assert!(error(quote!("a", "b")).contains("one name"));
        assert!(error(quote!("a" "b")).contains("E-ARGUMENTS"));
    }

    #[test]
    fn a_helper_has_no_scope() {
        assert!(Attribute::parse(quote!("a"), Kind::Helper).is_err());
        assert!(Attribute::parse(quote!(crate = tf), Kind::Helper).is_ok());
    }
}
