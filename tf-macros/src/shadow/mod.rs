//! The shadow of a body: the same statements, rewritten so that const evaluation can follow them.
//!
//! | file | rule |
//! |---|---|
//! | `calls` | calls of layers and operations go to their shadows; methods of a closed list to `M` |
//! | `operators` | `a + b` is typed by rustc and computed by kind; comparisons that are not const |
//! | `texts` | `match` on texts, which is not const |
//! | `loops` | `for` becomes `while` |
//! | `scopes` | variables, scopes, and what leaves a scope early |
//! | `names`, `hashes` | literal names are examined here, formatted ones composed |
//! | `macros` | assertions, printing, and other macros of the standard library |
//! | `forbidden` | what cannot be followed, with the way out |
//! | `outside` | what has its place outside of layers and models, with the way there |
//!
//! Everything else stays as it is: bindings, `if`, `match`, `while`, indexing, fields, structs. Types, patterns, generic arguments,
//! items and `const` blocks are not visited.
//!
//! In every call that is emitted `cx` comes last, so that arguments which use it themselves are evaluated before.

mod calls;
mod forbidden;
mod hashes;
mod loops;
mod macros;
mod names;
mod operators;
mod outside;
mod scopes;
mod texts;

pub(crate) use forbidden::signature_mistakes;

use crate::attribute::Attribute;
use crate::layer::is_attributed;
use crate::mistake::Followed;
use crate::spans::local;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use scopes::Frame;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Error, Expr, GenericParam, Generics, Item, Stmt};

/// Rewrites `body`, of a layer inside the scope that its attribute opens, and otherwise of a model; all the mistakes in it, if there are any. `typed` says whether its calls
/// depend on the function's own types ([`typed`](crate::typed)).
pub(crate) fn rewrite(
    body: &Block,
    generics: &Generics,
    attribute: Option<&Attribute>,
    typed: bool,
) -> Result<TokenStream, Vec<Error>> {
    let of = if attribute.is_some() { Followed::Layer } else { Followed::Model };
    let mut shadow = Shadow::new(generics, of, typed);
    let tokens = match attribute {
        Some(Attribute { scope: Some(scope), ends: (start, end), .. }) => shadow.scope(scope, body, *start, *end),
        _ => shadow.block(body),
    };
    if shadow.mistakes.is_empty() { Ok(tokens) } else { Err(shadow.mistakes) }
}

struct Shadow {
    /// Generic parameters: a path that begins with one is not known when the pattern of a `match` is.
    generics: Vec<String>,
    /// Whose body it is.
    of: Followed,
    /// Whether calls are silent where the types of the function are wrong.
    typed: bool,
    /// The loops, labelled blocks and scopes around the place that is visited.
    frames: Vec<Frame>,
    /// The plain functions declared in each block around it.
    local_functions: Vec<Vec<String>>,
    /// The names of scope objects so far.
    scope_objects: Vec<String>,
    mistakes: Vec<Error>,
    locals: usize,
}

impl Shadow {
    fn new(generics: &Generics, of: Followed, typed: bool) -> Self {
        let name = |p: &GenericParam| match p {
            GenericParam::Type(t) => Some(t.ident.to_string()),
            GenericParam::Const(c) => Some(c.ident.to_string()),
            GenericParam::Lifetime(_) => None,
        };
        let generics = generics.params.iter().filter_map(name).collect();
        let (frames, local_functions, scope_objects, mistakes) = (vec![], vec![], vec![], vec![]);
        Shadow { generics, of, typed, frames, local_functions, scope_objects, mistakes, locals: 0 }
    }

    /// A local variable that no other of this body is called like.
    fn fresh(&mut self, name: &str) -> Ident {
        self.locals += 1;
        local(&format!("__{name}{}", self.locals))
    }

    fn block(&mut self, block: &Block) -> TokenStream {
        let mut block = block.clone();
        self.visit_block_mut(&mut block);
        block.to_token_stream()
    }

    fn expression(&mut self, expression: &Expr) -> TokenStream {
        let mut expression = expression.clone();
        self.visit_expr_mut(&mut expression);
        expression.to_token_stream()
    }

    /// What stands in the place of `expression`, or `None` if it stays, with its children visited.
    fn replacement(&mut self, expression: &mut Expr) -> Option<TokenStream> {
        match expression {
            Expr::Binary(e) => self.binary(e),
            Expr::Unary(e) => self.unary(e),
            Expr::Call(e) => self.call(e),
            Expr::MethodCall(e) => self.method_call(e),
            Expr::Macro(e) => match self.macro_call(&e.mac) {
                // In parentheses it cannot be taken for a statement where an expression begins with it.
                Some(tokens) if tokens.clone().into_iter().count() == 1 => Some(quote!((#tokens))),
                other => other,
            },
            Expr::Match(e) => self.match_(e),
            Expr::ForLoop(e) => Some(self.for_loop(e)),
            Expr::While(e) => {
                self.inside(Frame::of_loop(e.label.as_ref()), |it| visit_mut::visit_expr_while_mut(it, e))
            }
            Expr::Loop(e) => self.inside(Frame::of_loop(e.label.as_ref()), |it| visit_mut::visit_expr_loop_mut(it, e)),
            Expr::Block(e) if e.label.is_some() => {
                self.inside(Frame::of_block(e.label.as_ref()), |it| visit_mut::visit_expr_block_mut(it, e))
            }
            Expr::Return(e) => self.return_(e),
            Expr::Break(e) => self.break_(e),
            Expr::Continue(e) => self.continue_(e),
            Expr::Closure(_) | Expr::Try(_) | Expr::Async(_) | Expr::Await(_) => self.forbidden(expression),
            _ => {
                visit_mut::visit_expr_mut(self, expression);
                None
            }
        }
    }

    /// Visits with one more frame around; nothing is replaced.
    fn inside(&mut self, frame: Frame, visit: impl FnOnce(&mut Self)) -> Option<TokenStream> {
        self.frames.push(frame);
        visit(self);
        self.frames.pop();
        None
    }
}

impl VisitMut for Shadow {
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_angle_bracketed_generic_arguments_mut(&mut self, _: &mut syn::AngleBracketedGenericArguments) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_pat_mut(&mut self, pattern: &mut syn::Pat) {
        // The guard of a `match` arm is a part of its pattern.
        if let syn::Pat::Guard(guarded) = pattern {
            self.visit_expr_mut(&mut guarded.guard);
        }
    }
    fn visit_expr_const_mut(&mut self, _: &mut syn::ExprConst) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        let plain = |s: &Stmt| match s {
            Stmt::Item(Item::Fn(f)) if !is_attributed(&f.attrs) => Some(f.sig.ident.to_string()),
            _ => None,
        };
        self.local_functions.push(block.stmts.iter().filter_map(plain).collect());
        visit_mut::visit_block_mut(self, block);
        self.local_functions.pop();
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        if let Stmt::Macro(m) = statement {
            if let Some(tokens) = self.macro_call(&m.mac) {
                *statement = Stmt::Expr(with_attributes(&m.attrs, tokens), m.semi_token);
            }
        } else {
            visit_mut::visit_stmt_mut(self, statement);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Some(tokens) = self.replacement(expression) {
            *expression = with_attributes(attributes(expression), tokens);
        }
    }
}

/// The attributes of an expression that may be replaced.
fn attributes(expression: &Expr) -> &[syn::Attribute] {
    match expression {
        Expr::Binary(e) => &e.attrs,
        Expr::Unary(e) => &e.attrs,
        Expr::Call(e) => &e.attrs,
        Expr::MethodCall(e) => &e.attrs,
        Expr::Macro(e) => &e.attrs,
        Expr::Match(e) => &e.attrs,
        Expr::ForLoop(e) => &e.attrs,
        Expr::Return(e) => &e.attrs,
        Expr::Break(e) => &e.attrs,
        Expr::Continue(e) => &e.attrs,
        _ => &[],
    }
}

/// Attributes such as `#[cfg]` stay with the statement whose expression was replaced.
fn with_attributes(attributes: &[syn::Attribute], tokens: TokenStream) -> Expr {
    if attributes.is_empty() { Expr::Verbatim(tokens) } else { Expr::Verbatim(quote!(#(#attributes)* { #tokens })) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    /// The shadow of a body in one line, spaces as `quote` makes them, without the hint around each layer that is called.
    pub(super) fn shadow(body: &Block) -> String {
        let shadow = rewrite(body, &parse_quote!(<const C: usize, T>), None, false).expect("the body can be followed");
        let hint = "__tf :: functions_that_layers_call_are_marked_variable_scope_or_helper ! (";
        let text = shadow.to_string();
        let mut pieces = text.split(hint);
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |text, piece| text + &piece.replacen(')', "", 1))
    }

    #[test]
    fn a_function_that_may_be_unmarked_is_named_in_a_macro_of_ours() {
        let of = |body: Block| rewrite(&body, &Generics::default(), None, true).unwrap().to_string();
        let hinted =
            "__tf :: Of < __tf :: functions_that_layers_call_are_marked_variable_scope_or_helper ! (half) , __Typed >";
        assert!(of(parse_quote!({ half(n) })).contains(hinted), "{}", of(parse_quote!({ half(n) })));
        assert!(of(parse_quote!({ nn::relu(x) })).contains("< __tf :: Of < nn :: relu , __Typed > > :: at"));
    }

    /// The messages of what cannot be followed.
    pub(super) fn mistakes(body: &Block) -> Vec<String> {
        rewrite(body, &Generics::default(), None, false)
            .expect_err("a mistake")
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_needs_no_rule_stays() {
        let body: Block = parse_quote!({
            let Some(x) = y else { z };
            let n: usize = a[i].b;
            if let Some(x) = x
                && n > 3
            {
                x
            } else {
                match n {
                    0 => x,
                    _ => State { h: x, ..s },
                }
            }
        });
        assert_eq!(shadow(&body), body.to_token_stream().to_string());
    }

    #[test]
    fn items_types_and_const_blocks_are_not_visited() {
        let body: Block = parse_quote!({
            const N: usize = 1 + C;
            fn inner(n: usize) -> usize {
                n + 1
            }
            let a: [f32; N + 1] = f::<{ N + 1 }>.g;
            const { N + 2 }
        });
        assert_eq!(shadow(&body), body.to_token_stream().to_string());
    }

    #[test]
    fn guards_are_visited() {
        assert!(
            shadow(&parse_quote!({
                match n {
                    k if k + C > 3 => x,
                    _ => y,
                }
            }))
            .contains("Arith :: Add , k , C")
        );
    }

    #[test]
    fn attributes_of_statements_survive() {
        let body: Block = parse_quote!({
            #[cfg(feature = "f")]
            for i in 0..3 {}
            #[cfg(feature = "g")]
            {
                x
            }
        });
        let out = shadow(&body);
        assert!(out.contains("# [cfg (feature = \"f\")]") && out.contains("# [cfg (feature = \"g\")]"), "{out}");
    }
}
