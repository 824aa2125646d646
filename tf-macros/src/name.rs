//! What names a variable or a scope: text, text with the values of variables in it, or an expression.

use crate::mistake::{Code, mistake};
use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Lit, LitStr, Result};

/// A name, as it is written.
pub(crate) enum Name {
    /// Nothing does.
    Absent,
    /// Plain text; what `{{` and `}}` stand for is in it.
    Literal(LitStr),
    /// Text with the values of variables in it: `"conv{i}"`.
    Formatted(LitStr, Vec<Piece>),
    /// An expression: a string, or for a scope also a scope object.
    Given(Expr),
}

/// A part of a formatted name.
pub(crate) enum Piece {
    Text(String),
    Variable(Ident),
}

impl Piece {
    pub(crate) fn variable(&self) -> Option<&Ident> {
        match self {
            Piece::Variable(variable) => Some(variable),
            Piece::Text(_) => None,
        }
    }
}

impl Parse for Name {
    fn parse(input: ParseStream) -> Result<Self> {
        Name::of(input.parse()?)
    }
}

impl Name {
    pub(crate) fn of(expression: Expr) -> Result<Name> {
        match expression {
            Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Name::of_literal(literal),
            Expr::Group(group) => Name::of(*group.expr),
            other => Ok(Name::Given(other)),
        }
    }

    /// Splits a literal at its holes.
    fn of_literal(literal: LitStr) -> Result<Name> {
        let text = literal.value();
        if !text.contains(['{', '}']) {
            return Ok(Name::Literal(literal));
        }
        let pieces = pieces(&text, literal.span()).map_err(|says| {
            mistake(
                &literal,
                Code::NameFormat,
                says,
                "write `{i}` for the value of a variable `i`, bound by a `let` before, and `{{` for a brace",
            )
        })?;
        Ok(match pieces.as_slice() {
            [] => Name::Literal(LitStr::new("", literal.span())),
            [Piece::Text(plain)] => Name::Literal(LitStr::new(plain, literal.span())),
            _ => Name::Formatted(literal, pieces),
        })
    }
}

fn pieces(text: &str, span: Span) -> std::result::Result<Vec<Piece>, String> {
    let mut pieces = vec![];
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            plain.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        let Some(hole) = rest.strip_prefix('{') else {
            return Err("a name has a `}` with no `{` before it".into());
        };
        let Some((inside, after)) = hole.split_once('}') else {
            return Err("a name has a `{` with no `}` after it".into());
        };
        let Ok(mut variable) = syn::parse_str::<Ident>(inside) else {
            return Err(format!("`{{{inside}}}` cannot stand in a name: only a variable can"));
        };
        variable.set_span(span);
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Variable(variable));
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(literal: &str) -> String {
        match Name::of_literal(LitStr::new(literal, Span::call_site())) {
            Ok(Name::Literal(l)) => format!("literal {}", l.value()),
            Ok(Name::Formatted(_, pieces)) => {
                let show = |p: &Piece| match p {
                    Piece::Text(t) => format!("'{t}'"),
                    Piece::Variable(v) => format!("<{v}>"),
                };
                pieces.iter().map(show).collect()
            }
            Ok(_) => "neither".into(),
            Err(e) => e.to_string().lines().next().unwrap_or_default().into(),
        }
    }

    #[test]
    fn names_split_at_their_holes() {
        assert_eq!(holes("conv"), "literal conv");
        assert_eq!(holes("conv{i}"), "'conv'<i>");
        assert_eq!(holes("{side}_{i}/w"), "<side>'_'<i>'/w'");
        assert_eq!(holes("a{{b}}"), "literal a{b}");
    }

    #[test]
    fn holes_that_are_no_variables_are_refused() {
        assert_eq!(holes("c{}"), "`{}` cannot stand in a name: only a variable can");
        assert_eq!(holes("c{0}"), "`{0}` cannot stand in a name: only a variable can");
        assert_eq!(holes("c{i:02}"), "`{i:02}` cannot stand in a name: only a variable can");
        assert_eq!(holes("c{i"), "a name has a `{` with no `}` after it");
        assert_eq!(holes("c}"), "a name has a `}` with no `{` before it");
    }
}
