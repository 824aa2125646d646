//! Variables and scopes.
//!
//! Where the graph is built a guard leaves a scope, however its block is left. Const evaluation has no destructors, so each
//! `return`, `break` and `continue` leaves the outermost of the scopes that it jumps out of, before it jumps.

use super::Shadow;
use crate::arguments::{BlockCall, ScopeArguments, ScopeCall, VariableArguments};
use crate::crate_path::{library, library_call, private_name};
use crate::mistake::{Code, Followed, mistake};
use crate::name::Name;
use crate::options::{self, Writer, literal};
use crate::spans::{cx, first, last, parentheses};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::visit_mut;
use syn::{Block, Error, Expr, ExprBreak, ExprContinue, ExprReturn, Label, Lifetime, Macro};

/// Enters what a name, an object or the default name stands for.
const ENTER: &str = "enter";
/// Enters what is certainly a name.
const ENTER_NAMED: &str = "enter_named";

/// What a jump may leave.
pub(super) enum Frame {
    Loop(Option<String>),
    Block(Option<String>),
    /// The saved state of the scope outside.
    Scope(Ident),
}

impl Frame {
    pub(super) fn of_loop(label: Option<&Label>) -> Self {
        Frame::Loop(label.map(|l| l.name.ident.to_string()))
    }

    pub(super) fn of_block(label: Option<&Label>) -> Self {
        Frame::Block(label.map(|l| l.name.ident.to_string()))
    }

    /// Whether `break label` or `continue label` ends or repeats this one.
    fn is_target(&self, label: Option<&Lifetime>) -> bool {
        match (self, label) {
            (Frame::Loop(_), None) => true,
            (Frame::Loop(Some(name)) | Frame::Block(Some(name)), Some(label)) => label.ident == name,
            _ => false,
        }
    }
}

impl Shadow {
    /// `get_variable!(..)`, or `new_variable!(..)`: the `function` of that name.
    pub(super) fn variable(&mut self, call: &Macro, function: &str) -> TokenStream {
        let variable = match VariableArguments::parse(call.tokens.clone()) {
            Ok(variable) => variable,
            Err(e) => return said_once(&e),
        };
        if self.refuses_getter(variable.options.iter().map(|(key, _)| key)) {
            return TokenStream::new();
        }
        let place = first(&call.path);
        let mut writing = Rewritten::new(self);
        let name = writing.name(&variable.name);
        let dtype = options::dtype_arguments(&variable);
        let shape = options::shape(&variable, place, &mut writing);
        let options = options::variable(&variable, place, &mut writing);
        let (setup, cx, method) = (writing.setup, cx(), Ident::new(function, place));
        // In parentheses at the user's place, where a mistake is then shown.
        let cx = parentheses(place, quote!(#cx));
        let arguments = parentheses(call.delimiter.span().join(), quote!(&#name, #shape, #options));
        let call = quote!(#cx.#method #dtype #arguments);
        if setup.is_empty() { call } else { quote!({ #setup #call }) }
    }

    /// `variable_scope!(..)`
    pub(super) fn scope_call(&mut self, call: &Macro) -> TokenStream {
        match ScopeCall::parse(call.tokens.clone()) {
            Ok(ScopeCall { arguments, body }) => {
                let end = match &arguments.name {
                    Name::Literal(name) | Name::Formatted(name, _) => name.span(),
                    Name::Given(name) => last(name),
                    Name::Absent => call.delimiter.span().close(),
                };
                self.scope(&arguments, &body, first(&call.path), end)
            }
            Err(e) => said_once(&e),
        }
    }

    /// A custom getter is a function of which const evaluation knows nothing.
    fn refuses_getter<'k>(&mut self, mut keys: impl Iterator<Item = &'k Ident>) -> bool {
        let Some(key) = keys.find(|key| *key == "custom_getter") else { return false };
        self.mistakes.push(getter_mistake(key, self.of));
        true
    }

    /// A scope around a body; a mistake in its name is shown from `start` to `end`.
    pub(super) fn scope(&mut self, scope: &ScopeArguments, body: &Block, start: Span, end: Span) -> TokenStream {
        if self.refuses_getter(scope.options.iter().map(|option| &option.key)) {
            return TokenStream::new();
        }
        let private = private_name(start).to_token_stream();
        let mut writing = Rewritten::new(self);
        let (function, argument) = writing.scope_name(&private, &scope.name);
        let options = options::scope(&scope.options, start, &mut writing);
        let (setup, cx) = (writing.setup, cx());
        let (outside, result) = (self.fresh("outside"), self.fresh("result"));
        self.frames.push(Frame::Scope(outside.clone()));
        self.scope_objects.extend(scope.object.as_ref().map(ToString::to_string));
        let body = self.block(body);
        self.frames.pop();
        let object = scope.object.as_ref().map(|object| quote!(let #object = #private::scope(#outside, #cx);));
        let options = if function == ENTER { options } else { quote!(&#options) };
        let enter = library_call(&[function], start, end, quote!(#argument, #options, #cx));
        quote!({
            #setup
            let #outside = #enter;
            #object
            let #result = #body;
            #private::leave(#outside, #cx);
            #result
        })
    }

    /// `name_scope!(..)`
    pub(super) fn name_scope(&mut self, call: &Macro) -> TokenStream {
        let BlockCall { first: name, body } = match BlockCall::name_scope(call.tokens.clone()) {
            Ok(call) => call,
            Err(e) => return said_once(&e),
        };
        let (setup, name) = self.text(&name);
        let cx = cx();
        let body = self.block(&body);
        let end = call.delimiter.span().join();
        let enter = library_call(&["name_scope"], first(&call.path), end, quote!(#name, #cx));
        quote!({ #setup #enter; #body })
    }

    /// `device!(..)`: a literal is read by the function itself, other texts here.
    pub(super) fn device(&mut self, call: &Macro) -> TokenStream {
        let parsed = match BlockCall::device(call.tokens.clone()) {
            Ok(parsed) => parsed,
            Err(e) => return said_once(&e),
        };
        if parsed.literal().is_some() {
            return self.block(&parsed.body);
        }
        let (device, cx) = (self.expression(&parsed.first), cx());
        let body = self.block(&parsed.body);
        let end = call.delimiter.span().join();
        let check = library_call(&["device"], first(&call.path), end, quote!(#device, #cx));
        quote!({ #check; #body })
    }

    /// `control_dependencies!(..)`: an order of execution, of which nothing is executed here.
    pub(super) fn control_dependencies(&mut self, call: &Macro) -> TokenStream {
        self.without_effect(call, BlockCall::control_dependencies(call.tokens.clone()))
    }

    /// `container!(..)`: there are no values here.
    pub(super) fn container(&mut self, call: &Macro) -> TokenStream {
        let parsed = match BlockCall::container(call.tokens.clone()) {
            Ok(parsed) => parsed,
            Err(e) => return said_once(&e),
        };
        let name = self.expression(&parsed.first);
        let body = self.block(&parsed.body);
        quote!({ let _: &str = #name; #body })
    }

    /// `colocate_with!(..)`: there are no devices here.
    pub(super) fn colocate_with(&mut self, call: &Macro) -> TokenStream {
        self.without_effect(call, BlockCall::colocate_with(call.tokens.clone()))
    }

    fn without_effect(&mut self, call: &Macro, parsed: syn::Result<BlockCall<Expr>>) -> TokenStream {
        let BlockCall { first: operations, body } = match parsed {
            Ok(parsed) => parsed,
            Err(e) => return said_once(&e),
        };
        let (operations, cx) = (self.expression(&operations), cx());
        let body = self.block(&body);
        let end = call.delimiter.span().join();
        let control = library_call(&["control"], first(&call.path), end, quote!(#operations, #cx));
        quote!({ #control; #body })
    }

    pub(super) fn return_(&mut self, e: &mut ExprReturn) -> Option<TokenStream> {
        visit_mut::visit_expr_return_mut(self, e);
        let outside = self.outermost(|_| false)?;
        Some(self.leave(&outside, e.expr.as_deref(), |value| quote!(return #value)))
    }

    pub(super) fn break_(&mut self, e: &mut ExprBreak) -> Option<TokenStream> {
        visit_mut::visit_expr_break_mut(self, e);
        let outside = self.outermost(|frame| frame.is_target(e.label.as_ref()))?;
        let label = &e.label;
        Some(self.leave(&outside, e.expr.as_deref(), |value| quote!(break #label #value)))
    }

    pub(super) fn continue_(&mut self, e: &mut ExprContinue) -> Option<TokenStream> {
        let outside = self.outermost(|frame| frame.is_target(e.label.as_ref()))?;
        let label = &e.label;
        Some(self.leave(&outside, None, |_| quote!(continue #label)))
    }

    /// The value is computed inside the scopes, then they are left, then the jump is made.
    fn leave(
        &mut self,
        outside: &Ident,
        value: Option<&Expr>,
        jump: impl Fn(Option<&Ident>) -> TokenStream,
    ) -> TokenStream {
        let private = private_name(Span::call_site());
        let cx = cx();
        match value {
            Some(value) => {
                let result = self.fresh("result");
                let jump = jump(Some(&result));
                quote!({ let #result = #value; #private::leave(#outside, #cx); #jump })
            }
            None => {
                let jump = jump(None);
                quote!({ #private::leave(#outside, #cx); #jump })
            }
        }
    }

    /// The outermost scope inside the frame that a jump leads to.
    fn outermost(&self, is_target: impl Fn(&Frame) -> bool) -> Option<Ident> {
        let left = self.frames.iter().rev().take_while(|frame| !is_target(frame));
        left.filter_map(|frame| if let Frame::Scope(outside) = frame { Some(outside.clone()) } else { None }).last()
    }
}

/// The error of a malformed call, which the macro of the graph reports too: of two errors that are alike rustc prints one.
fn said_once(error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    quote!({ #error })
}

/// What users wrote, rewritten for const evaluation.
struct Rewritten<'s> {
    shadow: &'s mut Shadow,
    /// Statements that compose formatted names.
    setup: TokenStream,
}

impl<'s> Rewritten<'s> {
    fn new(shadow: &'s mut Shadow) -> Self {
        Rewritten { shadow, setup: TokenStream::new() }
    }

    /// The function that enters a scope, and what it takes first.
    fn scope_name(&mut self, private: &TokenStream, name: &Name) -> (&'static str, TokenStream) {
        match name {
            Name::Absent => (ENTER, quote!(#private::ScopeArgument::none())),
            Name::Given(e) => {
                let (start, end) = (first(e), last(e));
                let e = self.shadow.expression(e);
                let (cx, method) = (parentheses(start, cx().to_token_stream()), Ident::new("scope_argument", start));
                let named = parentheses(end, e);
                (ENTER, quote!(#cx.#method #named))
            }
            Name::Literal(_) | Name::Formatted(..) => {
                let name = self.name(name);
                (ENTER_NAMED, quote!(&#name))
            }
        }
    }
}

impl Writer for Rewritten<'_> {
    /// A constant of the library, which costs rustc less than a body of its own at each place.
    fn nothing_said(&self, place: Span, options: &str) -> TokenStream {
        library(place, &[options, "NONE"])
    }

    fn library(&self, place: Span, path: &[&str]) -> TokenStream {
        library(place, path)
    }

    fn expression(&mut self, expression: &Expr) -> TokenStream {
        self.shadow.expression(expression)
    }

    /// A literal is examined by the function itself.
    fn device(&mut self, key: &Ident, device: &Expr) -> TokenStream {
        let value = self.shadow.expression(device);
        if literal(device).is_some() {
            return value;
        }
        let cx = cx();
        library_call(&["caching_device"], key.span(), last(device), quote!(#value, #cx))
    }

    fn name(&mut self, name: &Name) -> TokenStream {
        let (setup, name) = self.shadow.name(name);
        self.setup.extend(setup);
        name
    }
}

/// The mistake of a custom getter in a body that rustc follows.
pub(super) fn getter_mistake(place: &Ident, of: Followed) -> Error {
    mistake(
        place,
        Code::CustomGetter,
        "a custom getter is called when the graph is built: const evaluation cannot follow it",
        of.leave_to_graph(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::shadow;
    use syn::parse_quote;

    #[test]
    fn variables_take_their_name_shape_and_options() {
        let out = shadow(&parse_quote!({ get_variable!(name, [C * 2], trainable = on(c), dtype = f64) }));
        assert_eq!(
            out,
            "{ (__cx) . get_variable :: < f64 , _ , _ > (& __tf :: Name :: of (name) , \
             [__tf :: v :: binary (__tf :: v :: Arith :: Mul , C , 2 , | __a , __b | __a * __b , __cx)] , \
             __tf :: VariableOptions :: NONE . trainable (< on > :: at (__cx) . call (c)) . dtype_given ()) }"
        );
        assert!(shadow(&parse_quote!({ tf::get_variable!("v", initializer = c) })).contains("__tf :: NoShape"));
    }

    #[test]
    fn a_scope_is_entered_and_left() {
        let out = shadow(&parse_quote!({ variable_scope!(s as t, reuse = inherit, { f(x) }) }));
        assert_eq!(
            out,
            "{ ({ let __outside1 = __tf :: enter ((__cx) . scope_argument (s) , \
             __tf :: ScopeOptions :: NONE . reuse (__tf :: Reuse :: Inherit) , __cx) ; \
             let t = __tf :: scope (__outside1 , __cx) ; let __result2 = { < f > :: at (__cx) . call (x) } ; \
             __tf :: leave (__outside1 , __cx) ; __result2 }) }"
        );
    }

    #[test]
    fn return_leaves_the_outermost_scope_of_the_layer() {
        let out = shadow(&parse_quote!({
            variable_scope!("a", {
                variable_scope!("b", {
                    return f(x);
                })
            })
        }));
        assert!(
            out.contains(
                "let __result5 = < f > :: at (__cx) . call (x) ; __tf :: leave (__outside1 , __cx) ; return __result5"
            ),
            "{out}"
        );
        assert_eq!(
            shadow(&parse_quote!({
                return x;
            })),
            "{ return x ; }"
        );
    }

    #[test]
    fn break_and_continue_leave_the_scopes_inside_their_loop() {
        let out = shadow(&parse_quote!({
            variable_scope!("a", {
                'l: while on {
                    variable_scope!("b", {
                        loop {
                            break;
                        }
                        if c {
                            continue 'l;
                        }
                        break;
                    })
                }
            })
        }));
        assert!(out.contains("loop { break ; }"), "{out}");
        assert!(
            out.contains("__tf :: leave (__outside3 , __cx) ; continue 'l")
                && out.contains("__tf :: leave (__outside3 , __cx) ; break"),
            "{out}"
        );
    }

    #[test]
    fn a_labelled_block_is_left_with_its_value() {
        let out = shadow(&parse_quote!({ 'v: { variable_scope!("a", { break 'v y }) } }));
        assert!(out.contains("let __result3 = y ; __tf :: leave (__outside1 , __cx) ; break 'v __result3"), "{out}");
    }

    #[test]
    fn a_malformed_call_is_an_error_in_its_place() {
        assert!(shadow(&parse_quote!({ get_variable!("w", [1], bad = 3) })).contains("compile_error"));
    }

    #[test]
    fn name_scopes_and_control_dependencies() {
        assert!(shadow(&parse_quote!({ name_scope!("n", { x }) })).contains("__tf :: name_scope (\"n\" , __cx) ;"));
        assert_eq!(
            shadow(&parse_quote!({ control_dependencies!([a], { x }) })),
            "{ ({ __tf :: control ([a] , __cx) ; { x } }) }"
        );
    }

    #[test]
    fn a_device_is_checked_unless_it_is_a_literal_that_the_layer_itself_has_read() {
        assert_eq!(shadow(&parse_quote!({ device!("/gpu:1", { x }) })), "{ ({ x }) }");
        assert_eq!(shadow(&parse_quote!({ device!(on, { x }) })), "{ ({ __tf :: device (on , __cx) ; { x } }) }");
        assert_eq!(shadow(&parse_quote!({ colocate_with!(w, { x }) })), "{ ({ __tf :: control (w , __cx) ; { x } }) }");
    }
}
