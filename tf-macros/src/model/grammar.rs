//! The grammar of `model!`.
//!
//! ```text
//! [attributes] [pub] [dynamic] Name [<generics>] [reuse Other] (input: f32[batch, 28], ..) -> f32[batch, 10] | (f32[?], ..) [where ..] {
//!     body
//! } [check Name<1, f32>, Name<3, f32>;]
//! ```

use super::with;
use crate::mistake::{Code, mistake, mistake_at, syntax};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Block, Error, Expr, Generics, LitInt, Path, Result, Token, Type, TypePath, Visibility, braced,
    bracketed, parenthesized, token,
};

/// What `model!` declares.
pub(crate) struct Model {
    pub(crate) attributes: Vec<Attribute>,
    /// The size of the build-time table, where `#[capacity(..)]` says it.
    pub(crate) capacity: Option<Expr>,
    pub(crate) vis: Visibility,
    pub(crate) dynamic: bool,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    /// The model whose variables this one shares.
    pub(crate) reuse: Option<Type>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Signature>,
    /// The place of the parentheses, where the outputs are written as a tuple.
    pub(crate) tuple: Option<Span>,
    pub(crate) body: Result<Block>,
    /// The instances that `cargo check` sees.
    pub(crate) instances: Vec<Type>,
}

pub(crate) struct Input {
    pub(crate) name: Ident,
    pub(crate) signature: Signature,
}

/// `f32[batch, 28]`
pub(crate) struct Signature {
    pub(crate) element: Path,
    pub(crate) dims: Dims,
    /// The place of the closing bracket.
    pub(crate) end: Span,
}

pub(crate) enum Dims {
    /// `[..]`: not even their number is known.
    Unknown,
    Known(Vec<Dim>),
}

pub(crate) enum Dim {
    /// `?`
    Any,
    /// `batch`: the same wherever it is written.
    Named(Ident),
    /// `28`, `WIDTH`, `{ 2 * C }`
    Constant(Expr),
}

const HELP: &str = "write `model! { pub Name(input: f32[?, 28]) -> f32[?, 10] { .. } }`";
const DIM_HELP: &str = "write `?`, a number, a name such as `batch`, a constant such as `WIDTH`, or `{ 2 * WIDTH }`";

fn grammar(at: Span, says: &str, help: &str) -> Error {
    mistake_at(at, Code::ModelGrammar, says, help)
}

impl Model {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        syn::parse2(tokens).map_err(|e| syntax(&e, Code::ModelGrammar, HELP))
    }
}

impl Parse for Model {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let capacity = capacity(&mut attributes)?;
        let vis = input.parse()?;
        let dynamic = word(input, "dynamic") && input.peek2(syn::Ident);
        if dynamic {
            input.parse::<Ident>()?;
        }
        let name = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let reuse = if word(input, "reuse") {
            input.parse::<Ident>()?;
            Some(Type::Path(input.parse::<TypePath>()?))
        } else {
            None
        };
        if !input.peek(token::Paren) {
            return Err(grammar(input.span(), "a model's inputs stand in parentheses after its name", HELP));
        }
        let inputs = inputs(input)?;
        if !input.peek(Token![->]) {
            return Err(grammar(opening(input), "a model declares what it returns: `->` is missing", HELP));
        }
        input.parse::<Token![->]>()?;
        let (outputs, tuple) = outputs(input)?;
        generics.where_clause = input.parse()?;
        if !input.peek(token::Brace) {
            return Err(grammar(input.span(), "a model ends with its body in braces", HELP));
        }
        let body: Group = input.parse()?;
        let body = with::rewrite(TokenTree::Group(body).into()).and_then(syn::parse2).map_err(|e| {
            syntax(
                &e,
                Code::ModelGrammar,
                "the body of a model is that of a function, with `with variable_scope(..) { .. }`",
            )
        });
        let instances = instances(input, &name, &generics)?;
        Ok(Model { attributes, capacity, vis, dynamic, name, generics, reuse, inputs, outputs, tuple, body, instances })
    }
}

/// The place of the next token, of a group that of its opening delimiter.
fn opening(input: ParseStream) -> Span {
    input.fork().parse::<Group>().map_or_else(|_| input.span(), |group| group.span_open())
}

/// Whether a word of this grammar follows, which is no keyword of Rust.
fn word(input: ParseStream, word: &str) -> bool {
    input.fork().call(Ident::parse_any).is_ok_and(|next| next == word)
}

fn capacity(attributes: &mut Vec<Attribute>) -> Result<Option<Expr>> {
    let Some(at) = attributes.iter().position(|a| a.path().is_ident("capacity")) else {
        return Ok(None);
    };
    let attribute = attributes.remove(at);
    let size = attribute.parse_args();
    size.map(Some).map_err(|_| {
        mistake(&attribute, Code::ModelGrammar, "`capacity` is a number of variables", "write `#[capacity(4096)]`")
    })
}

fn inputs(input: ParseStream) -> Result<Vec<Input>> {
    let list;
    parenthesized!(list in input);
    let mut inputs: Vec<Input> = vec![];
    while !list.is_empty() {
        let name: Ident = list.parse()?;
        if inputs.iter().any(|i| i.name == name) {
            return Err(mistake(
                &name,
                Code::ModelGrammar,
                format_args!("there are two inputs `{name}`"),
                "give one of them another name",
            ));
        }
        list.parse::<Token![:]>()?;
        inputs.push(Input { name, signature: list.parse()? });
        if !list.is_empty() {
            list.parse::<Token![,]>()?;
        }
    }
    Ok(inputs)
}

fn outputs(input: ParseStream) -> Result<(Vec<Signature>, Option<Span>)> {
    if !input.peek(token::Paren) {
        return Ok((vec![input.parse()?], None));
    }
    let list;
    let place = parenthesized!(list in input).span.join();
    Ok((list.parse_terminated(Signature::parse, Token![,])?.into_iter().collect(), Some(place)))
}

fn instances(input: ParseStream, name: &Ident, generics: &Generics) -> Result<Vec<Type>> {
    let mut instances = vec![];
    if input.is_empty() {
        return Ok(instances);
    }
    let help = "write `check Name<1, f32>, Name<3, f32>;` or nothing";
    if !word(input, "check") {
        return Err(grammar(input.span(), "after a model's body only `check` can follow", help));
    }
    let check: Ident = input.parse()?;
    if generics.params.is_empty() {
        return Err(mistake(
            &check,
            Code::ModelGrammar,
            "a model without generic parameters is always checked",
            "remove `check ..`",
        ));
    }
    while !input.is_empty() && !input.peek(Token![;]) {
        let instance: TypePath = input.parse()?;
        if instance.path.segments.last().is_none_or(|last| last.ident != *name) {
            return Err(mistake(&instance, Code::ModelGrammar, format_args!("this is no instance of `{name}`"), help));
        }
        instances.push(Type::Path(instance));
        if !input.is_empty() && !input.peek(Token![;]) {
            input.parse::<Token![,]>()?;
        }
    }
    input.parse::<Option<Token![;]>>()?;
    Ok(instances)
}

impl Parse for Signature {
    fn parse(input: ParseStream) -> Result<Self> {
        let element = input.call(Path::parse_mod_style)?;
        if !input.peek(token::Bracket) {
            return Err(grammar(
                input.span(),
                "a tensor's dimensions stand in brackets after its element type",
                "write `f32[?, 28]`",
            ));
        }
        let list;
        let end = bracketed!(list in input).span.close();
        if list.peek(Token![..]) {
            list.parse::<Token![..]>()?;
            if !list.is_empty() {
                return Err(grammar(
                    list.span(),
                    "`[..]` stands alone: it says that nothing is known of the shape",
                    DIM_HELP,
                ));
            }
            return Ok(Signature { element, dims: Dims::Unknown, end });
        }
        let dims = list.parse_terminated(Dim::parse, Token![,])?.into_iter().collect();
        Ok(Signature { element, dims: Dims::Known(dims), end })
    }
}

impl Parse for Dim {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(Token![?]) {
            input.parse::<Token![?]>()?;
            return Ok(Dim::Any);
        }
        // A negative number is a literal to syn.
        if input.peek(Token![-]) {
            return Err(grammar(input.span(), "this is no dimension", DIM_HELP));
        }
        if input.peek(LitInt) || input.peek(token::Brace) {
            return Ok(Dim::Constant(dim_constant(input)?));
        }
        let path =
            input.call(Path::parse_mod_style).map_err(|e| grammar(e.span(), "this is no dimension", DIM_HELP))?;
        match path.get_ident() {
            Some(name) if name == "None" => {
                Err(grammar(name.span(), "`None` is no dimension", "write `?` for one of any size"))
            }
            Some(name) if name.to_string().starts_with(|c: char| c.is_lowercase()) => Ok(Dim::Named(name.clone())),
            _ => Ok(Dim::Constant(Expr::Path(syn::ExprPath { attrs: vec![], qself: None, path }))),
        }
    }
}

fn dim_constant(input: ParseStream) -> Result<Expr> {
    let constant = if input.peek(LitInt) {
        Expr::Lit(input.parse()?)
    } else {
        let inside;
        braced!(inside in input);
        inside.parse()?
    };
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(grammar(input.span(), "a dimension that is computed stands in braces", DIM_HELP));
    }
    Ok(constant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::{ToTokens, quote};

    fn error(tokens: TokenStream) -> String {
        let text = tokens.to_string();
        Model::parse(tokens).err().unwrap_or_else(|| panic!("{text} is a model")).to_string()
    }

    #[test]
    fn a_model_with_everything() {
        let m = Model::parse(quote! {
            /// Doc.
            #[capacity(4096)]
            pub Filter<const C: usize, T: Float> reuse other::Train<C, T>(images: T[batch, ?, C, { 2 * C }, 3], mask: bool[]) -> (T[batch], T[..])
            where T: Copy { with variable_scope("m") { f(images) } }
            check Filter<1, f32>, Filter<3, f32>;
        })
        .unwrap();
        assert!(
            m.capacity.is_some() && m.attributes.len() == 1 && m.reuse.is_some() && !m.dynamic && m.tuple.is_some()
        );
        assert_eq!((m.inputs.len(), m.outputs.len(), m.instances.len()), (2, 2, 2));
        assert!(m.generics.where_clause.is_some() && m.body.is_ok());
        let Dims::Known(dims) = &m.inputs[0].signature.dims else { panic!("known dims") };
        assert!(matches!(dims[..], [Dim::Named(_), Dim::Any, Dim::Constant(_), Dim::Constant(_), Dim::Constant(_)]));
        assert!(matches!(m.inputs[1].signature.dims, Dims::Known(ref d) if d.is_empty()));
        assert!(matches!(m.outputs[1].dims, Dims::Unknown));
        assert!(m.body.unwrap().to_token_stream().to_string().contains("variable_scope !"));
    }

    #[test]
    fn dynamic_is_a_word_only_before_a_name() {
        assert!(Model::parse(quote!(dynamic M(x: f32[?]) -> f32[?] { x })).unwrap().dynamic);
        assert!(!Model::parse(quote!(dynamic(x: f32[?]) -> f32[?] { x })).unwrap().dynamic);
    }

    #[test]
    fn mistakes_say_what_is_missing() {
        assert!(error(quote!(M(x: f32[?]) f32[?] { x })).contains("`->` is missing"));
        assert!(error(quote!(M x: f32[?] -> f32[?] { x })).contains("in parentheses"));
        assert!(error(quote!(M(x: f32) -> f32[?] { x })).contains("in brackets"));
        assert!(error(quote!(M(x: f32[2 * C]) -> f32[?] { x })).contains("stands in braces"));
        assert!(error(quote!(M(x: f32[?]) -> f32[?])).contains("body in braces"));
        assert!(error(quote!(M(x: f32[?], x: f32[?]) -> f32[?] { x })).contains("two inputs `x`"));
        assert!(error(quote!(M(x: f32[None, 3]) -> f32[?] { x })).contains("write `?`"));
        assert!(error(quote!(M(x: Tensor<f32>) -> f32[?] { x })).contains("write `f32[?, 28]`"));
        assert!(error(quote!(M(x: f32[?]) -> f32[?] { x } check M)).contains("always checked"));
        assert!(error(quote!(M<T>(x: T[?]) -> T[?] { x } check N<f32>)).contains("no instance of `M`"));
        for tokens in [quote!(), quote!(M(x f32[?]) -> f32[?] { x }), quote!(M(x: f32[-1]) -> f32[?] { x })] {
            assert!(error(tokens.clone()).contains("E-MODEL-GRAMMAR"), "{tokens}");
        }
        assert!(Model::parse(quote!(M(x: f32[?]) -> f32[?] { let = ; })).unwrap().body.is_err());
    }
}
