//! The arguments of `get_variable!` and of the scopes.
//!
//! The layer that is run and its shadow read them by this one parser, so a mistake is the same in both, at the same tokens, and rustc prints it once.

use crate::mistake::{Code, mistake, mistake_at, syntax, unknown_key};
use crate::name::Name;
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Block, Error, Expr, ExprIndex, LitStr, Path, Result, Token, Type, token};

/// One `key = value`.
pub(crate) struct Argument {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Expression(Expr),
    /// Of `dtype`.
    Type(Type),
    /// Of `default_name`.
    Name(Name),
    /// `reuse = inherit`.
    Inherit(Ident),
}

/// `get_variable!(name, shape, key = value, ..)`
pub(crate) struct VariableArguments {
    pub(crate) name: Name,
    pub(crate) shape: Option<Expr>,
    pub(crate) dtype: Option<(Ident, Type)>,
    /// Without shape and dtype, in the order written.
    pub(crate) options: Vec<(Ident, Expr)>,
}

/// What is said of a scope: `name as object, key = value, ..`
pub(crate) struct ScopeArguments {
    pub(crate) name: Name,
    pub(crate) object: Option<Ident>,
    pub(crate) options: Vec<Argument>,
}

/// `variable_scope!(name as object, key = value, .., { body })`
pub(crate) struct ScopeCall {
    pub(crate) arguments: ScopeArguments,
    pub(crate) body: Block,
}

/// `name_scope!(name, { body })`, `control_dependencies!([operations], { body })`, `device!(device, { body })` and
/// `colocate_with!(op, { body })`
pub(crate) struct BlockCall<First> {
    pub(crate) first: First,
    pub(crate) body: Block,
}

const VARIABLE_KEYS: &[&str] = &[
    "shape",
    "dtype",
    "initializer",
    "regularizer",
    "trainable",
    "collections",
    "caching_device",
    "partitioner",
    "validate_shape",
    "constraint",
    "custom_getter",
];
/// The keys of a variable scope; the attribute has them too.
pub(crate) const SCOPE_KEYS: &[&str] = &[
    "reuse",
    "default_name",
    "initializer",
    "regularizer",
    "caching_device",
    "partitioner",
    "constraint",
    "custom_getter",
    "dtype",
    "auxiliary_name_scope",
];

const VARIABLE_HELP: &str = "write `get_variable!(\"weights\", [3, 3], initializer = zeros_initializer())`";
const SCOPE_HELP: &str = "write `variable_scope!(\"name\" as scope, reuse = AUTO_REUSE, { .. })`";
const NAME_SCOPE_HELP: &str = "write `name_scope!(\"name\", { .. })`";
const DEVICE_HELP: &str = "write `device!(\"/gpu:1\", { .. })`";
const COLOCATION_HELP: &str = "write `colocate_with!(op, { .. })`";
const CONTAINER_HELP: &str = "write `container!(\"run_1\", { .. })`";
const CONTROL_HELP: &str = "write `control_dependencies!([operation], { .. })`";

/// A call without any arguments: the macro itself has no token of the user's to point at, so layers report it.
pub(crate) fn nameless(path: &Path) -> Error {
    let is_variable = |s: &syn::PathSegment| s.ident == "get_variable" || s.ident == "new_variable";
    let help = if path.segments.last().is_some_and(is_variable) { VARIABLE_HELP } else { SCOPE_HELP };
    mistake(path, Code::Arguments, "a name comes first", help)
}

impl VariableArguments {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::parse_stream.parse2(tokens).map_err(|e| syntax(&e, Code::Arguments, VARIABLE_HELP))
    }

    fn parse_stream(input: ParseStream) -> Result<Self> {
        if input.is_empty() {
            return Err(mistake_at(input.span(), Code::Arguments, "a variable needs a name", VARIABLE_HELP));
        }
        let mut it = VariableArguments { name: Name::Absent, shape: None, dtype: None, options: vec![] };
        let written: TokenStream = input.fork().parse()?;
        if at_key(input) {
            return Err(name_comes_first(input.parse::<Ident>()?, &written));
        }
        it.name = input.parse()?;
        check_variable_name(&it.name, &written)?;
        let mut keys = Keys::new("`get_variable!`", VARIABLE_KEYS);
        while comma(input)? {
            if !at_key(input) {
                let shape: Expr = input.parse()?;
                if !keys.seen.is_empty() || it.shape.is_some() {
                    return Err(mistake(
                        shape,
                        Code::Arguments,
                        "after the shape, an argument is `key = value`",
                        VARIABLE_HELP,
                    ));
                }
                check_sizes(&shape)?;
                it.shape = Some(shape);
                continue;
            }
            let key = keys.next(input)?;
            if key == "shape" {
                let shape = input.parse()?;
                check_sizes(&shape)?;
                if it.shape.replace(shape).is_some() {
                    return Err(keys.repeated(&key));
                }
            } else if key == "dtype" {
                it.dtype = Some((key, element_type(input)?));
            } else {
                it.options.push((key, input.parse()?));
            }
        }
        Ok(it)
    }
}

/// The value of `dtype`, which TensorFlow's users write as a text.
fn element_type(input: ParseStream) -> Result<Type> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let help = match text.value().as_str() {
            "float32" | "float" => "write `dtype = f32`".to_owned(),
            "float64" | "double" => "write `dtype = f64`".to_owned(),
            word => format!("write a type, such as `dtype = {}`", if word.starts_with("int") { "i32" } else { "f32" }),
        };
        return Err(mistake(text, Code::Arguments, "an element type is a type of Rust, not a text", help));
    }
    input.parse()
}

/// A negative size, which TensorFlow reads as one that is not known; rustc would propose a signed number.
fn check_sizes(shape: &Expr) -> Result<()> {
    match negative_size(shape) {
        None => Ok(()),
        Some(size) => Err(mistake(
            size,
            Code::NegativeSize,
            "a variable has no size below zero, and none that is not known",
            "write the size: a number, or one of another tensor as `x.dim(1)`",
        )),
    }
}

/// The first size of a shape that is a negative number.
pub(crate) fn negative_size(shape: &Expr) -> Option<&Expr> {
    let is_negative = |size: &&Expr| match size {
        Expr::Unary(e) => matches!(e.op, syn::UnOp::Neg(_)) && matches!(&*e.expr, Expr::Lit(_)),
        _ => false,
    };
    match shape {
        Expr::Array(array) => array.elems.iter().find(is_negative),
        Expr::Tuple(tuple) => tuple.elems.iter().find(is_negative),
        Expr::Reference(reference) => negative_size(&reference.expr),
        _ => None,
    }
}

fn name_comes_first(at: impl ToTokens, written: &TokenStream) -> Error {
    let help = format!("write `get_variable!(\"weights\", {written})`");
    mistake(at, Code::Arguments, "a variable's name comes first", help)
}

/// An error where the first argument can be no text: then it is the shape that came first.
fn check_variable_name(name: &Name, written: &TokenStream) -> Result<()> {
    let Name::Given(expression) = name else { return Ok(()) };
    match expression {
        Expr::Array(_) | Expr::Repeat(_) | Expr::Lit(_) => Err(name_comes_first(expression, written)),
        // `"w" [3]` reads as a text that is indexed.
        Expr::Index(ExprIndex { expr: text, index, .. }) if matches!(**text, Expr::Lit(_)) => {
            let help = format!("write `get_variable!({}, [{}])`", quote::quote!(#text), quote::quote!(#index));
            Err(mistake(expression, Code::Arguments, "there is no comma between the name and the shape", help))
        }
        _ => Ok(()),
    }
}

impl ScopeArguments {
    pub(crate) fn empty() -> Self {
        ScopeArguments { name: Name::Absent, object: None, options: vec![] }
    }

    /// Reads what names the scope: a name or a scope object, `as` the new object's name.
    pub(crate) fn parse_name(&mut self, input: ParseStream) -> Result<()> {
        self.name = match input.parse::<Expr>()? {
            // `"m" as scope` reads as a cast, which rustfmt knows how to format.
            Expr::Cast(cast) => {
                let object = cast.ty;
                self.object = Some(syn::parse2(quote::quote!(#object)).map_err(|_| {
                    mistake(&object, Code::Arguments, "after `as` stands the name of the scope object", SCOPE_HELP)
                })?);
                Name::of(*cast.expr)?
            }
            name => Name::of(name)?,
        };
        Ok(())
    }

    /// Reads the value of a key that was just read.
    pub(crate) fn parse_value(&mut self, key: Ident, input: ParseStream) -> Result<()> {
        let value = if key == "dtype" {
            Value::Type(element_type(input)?)
        } else if key == "default_name" {
            Value::Name(input.parse()?)
        } else {
            match input.parse::<Expr>()? {
                Expr::Path(p) if key == "reuse" && p.path.is_ident("inherit") => {
                    Value::Inherit(p.path.segments[0].ident.clone())
                }
                value => Value::Expression(value),
            }
        };
        self.options.push(Argument { key, value });
        Ok(())
    }

    /// An error if nothing names the scope.
    pub(crate) fn check_named(&self, at: Span) -> Result<()> {
        let defaulted = self.options.iter().any(|o| o.key == "default_name");
        if matches!(self.name, Name::Absent) && !defaulted {
            return Err(mistake_at(
                at,
                Code::Arguments,
                "a scope needs a name, a scope object or a `default_name`",
                SCOPE_HELP,
            ));
        }
        Ok(())
    }
}

impl ScopeCall {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::parse_stream.parse2(tokens).map_err(|e| syntax(&e, Code::Arguments, SCOPE_HELP))
    }

    fn parse_stream(input: ParseStream) -> Result<Self> {
        let mut arguments = ScopeArguments::empty();
        let mut keys = Keys::new("`variable_scope!`", SCOPE_KEYS);
        let start = input.span();
        loop {
            if input.peek(token::Brace) {
                arguments.check_named(start)?;
                let body = block(input, SCOPE_HELP)?;
                return Ok(ScopeCall { arguments, body });
            }
            if input.is_empty() {
                return Err(mistake_at(start, Code::Arguments, "a scope ends with its block", SCOPE_HELP));
            }
            if at_key(input) {
                let key = keys.next(input)?;
                arguments.parse_value(key, input)?;
            } else if matches!(arguments.name, Name::Absent) && keys.seen.is_empty() {
                arguments.parse_name(input)?;
            } else {
                let extra: Expr = input.parse()?;
                return Err(mistake(
                    extra,
                    Code::Arguments,
                    "after the name, an argument is `key = value`",
                    SCOPE_HELP,
                ));
            }
            comma(input)?;
        }
    }
}

impl BlockCall<Name> {
    pub(crate) fn name_scope(tokens: TokenStream) -> Result<Self> {
        Self::parse(tokens, NAME_SCOPE_HELP)
    }
}

impl BlockCall<Expr> {
    pub(crate) fn control_dependencies(tokens: TokenStream) -> Result<Self> {
        Self::parse(tokens, CONTROL_HELP)
    }

    pub(crate) fn device(tokens: TokenStream) -> Result<Self> {
        Self::parse(tokens, DEVICE_HELP)
    }

    pub(crate) fn container(tokens: TokenStream) -> Result<Self> {
        Self::parse(tokens, CONTAINER_HELP)
    }

    pub(crate) fn colocate_with(tokens: TokenStream) -> Result<Self> {
        Self::parse(tokens, COLOCATION_HELP)
    }

    /// The first argument, if it is a text that is known when this is expanded.
    pub(crate) fn literal(&self) -> Option<&LitStr> {
        crate::options::literal(&self.first)
    }
}

impl<First: Parse> BlockCall<First> {
    fn parse(tokens: TokenStream, help: &str) -> Result<Self> {
        let parse = |input: ParseStream| {
            let first = input.parse()?;
            comma(input)?;
            let body = block(input, help)?;
            Ok(BlockCall { first, body })
        };
        parse.parse2(tokens).map_err(|e| syntax(&e, Code::Arguments, help))
    }
}

/// Reads keys, each at most once.
pub(crate) struct Keys {
    of: &'static str,
    known: &'static [&'static str],
    seen: Vec<String>,
}

impl Keys {
    pub(crate) fn new(of: &'static str, known: &'static [&'static str]) -> Self {
        Keys { of, known, seen: vec![] }
    }

    /// Reads `key =`.
    pub(crate) fn next(&mut self, input: ParseStream) -> Result<Ident> {
        let key: Ident = input.parse()?;
        let name = key.to_string();
        if !self.known.contains(&name.as_str()) {
            return Err(unknown_key(&key, self.of, self.known));
        }
        if self.seen.contains(&name) {
            return Err(self.repeated(&key));
        }
        self.seen.push(name);
        input.parse::<Token![=]>()?;
        Ok(key)
    }

    fn repeated(&self, key: &Ident) -> Error {
        mistake(key, Code::RepeatedKey, format_args!("{} is given `{key}` twice", self.of), "leave one of them out")
    }
}

/// Whether `key = ..` follows.
pub(crate) fn at_key(input: ParseStream) -> bool {
    input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

/// Reads the comma before a further argument; `false` at the end.
fn comma(input: ParseStream) -> Result<bool> {
    if input.is_empty() {
        return Ok(false);
    }
    input.parse::<Token![,]>()?;
    Ok(!input.is_empty())
}

fn block(input: ParseStream, help: &str) -> Result<Block> {
    let body = input.parse()?;
    comma(input)?;
    if !input.is_empty() {
        return Err(mistake_at(input.span(), Code::Arguments, "nothing follows the block", help));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn variables_read_name_shape_and_keys() {
        let a = VariableArguments::parse(quote!("w", [3, 3], initializer = zeros(), trainable = false, dtype = f64,))
            .unwrap();
        assert!(matches!(a.name, Name::Literal(_)) && a.shape.is_some() && a.dtype.is_some());
        assert_eq!(a.options.iter().map(|o| o.0.to_string()).collect::<Vec<_>>(), ["initializer", "trainable"]);
        assert!(VariableArguments::parse(quote!(name)).unwrap().shape.is_none());
        assert!(VariableArguments::parse(quote!("w", shape = [1])).unwrap().shape.is_some());
    }

    fn variable_error(tokens: TokenStream) -> String {
        VariableArguments::parse(tokens).err().unwrap().to_string()
    }

    #[test]
    fn malformed_variables_are_refused() {
        assert!(variable_error(quote!()).contains("E-ARGUMENTS"));
        assert!(variable_error(quote!("w", [1], 3)).contains("after the shape"));
        assert!(variable_error(quote!("w", [1], initialiser = a())).contains("write `initializer`"));
        assert!(variable_error(quote!("w", trainable = true, trainable = true)).contains("E-REPEATED-KEY"));
        assert!(variable_error(quote!("w", [1], shape = [1])).contains("E-REPEATED-KEY"));
        assert!(variable_error(quote!("w"; [1])).contains("E-ARGUMENTS"));
        assert!(variable_error(quote!([8], trainable = false)).contains("name comes first"));
        assert!(variable_error(quote!(8, [1])).contains("name comes first"));
        assert!(variable_error(quote!("w"[3])).contains("no comma"));
        assert!(VariableArguments::parse(quote!(names[3], [1])).is_ok());
    }

    #[test]
    fn scopes_read_name_object_keys_and_block() {
        let call = ScopeCall::parse(quote!("m" as scope, reuse = inherit, default_name = "d", { 1 })).unwrap();
        assert_eq!(call.arguments.object.unwrap(), "scope");
        assert!(matches!(call.arguments.options[0].value, Value::Inherit(_)));
        assert!(matches!(call.arguments.options[1].value, Value::Name(Name::Literal(_))));
        assert!(ScopeCall::parse(quote!(default_name = "d", {})).is_ok());
        assert!(ScopeCall::parse(quote!(scope, { 1 },)).is_ok());
    }

    #[test]
    fn malformed_scopes_are_refused() {
        let error = |tokens| ScopeCall::parse(tokens).err().unwrap().to_string();
        assert!(error(quote!("a")).contains("ends with its block"));
        assert!(error(quote!({})).contains("needs a name"));
        assert!(error(quote!("a", 3, {})).contains("after the name"));
        assert!(error(quote!("a", reuze = true, {})).contains("write `reuse`"));
        assert!(error(quote!("a", {}, {})).contains("nothing follows"));
        assert!(error(quote!("a" as 3, {})).contains("E-ARGUMENTS"));
    }
}
