//! Whole expansions, to be read: `snapshots/`. To record them anew: `INSTA_UPDATE=always cargo test -p tf-macros`.
//!
//! Of each it is asserted besides that it names nothing of the library but what is private to it (and its `Result`), so that no `use` of
//! a user's can change its meaning, and that whatever it binds beside the user's own names begins with `__`.

use crate::{layer, model};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeSet;

/// The library's path in these expansions.
const LIBRARY: &str = "the_library";

fn of_layer(arguments: TokenStream, item: TokenStream) -> String {
    let user = quote!(#arguments #item);
    let separator = (!arguments.is_empty()).then(|| quote!(,));
    examined(&user, &layer::expand(quote!(#arguments #separator crate = the_library), item, layer::Kind::Layer))
}

fn of_model(model: TokenStream) -> String {
    examined(&model, &model::expand(quote!(::the_library; #model)))
}

/// The expansion as rustfmt would write it, once it has been looked through.
fn examined(user: &TokenStream, expansion: &TokenStream) -> String {
    let tokens = flat(expansion.clone());
    names_only_what_is_private(&tokens);
    binds_only_hidden_names(&tokens, &flat(user.clone()).into_iter().collect());
    prettyplease::unparse(&syn::parse2(expansion.clone()).expect("an expansion is made of items"))
}

/// The tokens one by one, delimiters included.
fn flat(tokens: TokenStream) -> Vec<String> {
    let mut out = vec![];
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                out.push(format!("{:?}", group.delimiter()));
                out.extend(flat(group.stream()));
                out.push("end".to_owned());
            }
            other => out.push(other.to_string()),
        }
    }
    out
}

fn names_only_what_is_private(tokens: &[String]) {
    let mut found = 0;
    for at in (0..tokens.len()).filter(|&i| tokens[i] == LIBRARY) {
        found += 1;
        let after: Vec<&str> = tokens[at + 1..].iter().take(3).map(String::as_str).collect();
        // `the_library;` passes the path on to a macro.
        let fine = matches!(after[..], [":", ":", "__private" | "Result"] | [";", ..]);
        assert!(fine, "`{LIBRARY}` is followed by {after:?}");
    }
    assert!(found > 0);
}

/// What stands after `let` or `mut`, or after a bar as a closure's first parameter does, is a name of the user's or a hidden one.
fn binds_only_hidden_names(tokens: &[String], user: &BTreeSet<String>) {
    let is_name = |token: &String| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    for pair in tokens.windows(2).filter(|pair| matches!(pair[0].as_str(), "let" | "mut" | "|")) {
        let name = &pair[1];
        let plain = is_name(name) && !matches!(name.as_str(), "mut" | "self" | "_" | LIBRARY);
        assert!(!plain || user.contains(name) || name.starts_with("__"), "`{} {name}` is bound", pair[0]);
    }
}

#[test]
fn a_layer() {
    insta::assert_snapshot!(of_layer(
        quote!(),
        quote! {
            /// Documented.
            #[must_use]
            pub fn dense<T: Float>(x: Tensor<T>, units: usize) -> Tensor<T> {
                let w = get_variable!("w", [x.dim(1), units * 2], initializer = zeros_initializer());
                nn::relu(tf::matmul(x, w) + 1.0)
            }
        }
    ));
}

#[test]
fn a_named_layer_with_scopes() {
    insta::assert_snapshot!(of_layer(
        quote!("tower", reuse = AUTO_REUSE),
        quote! {
            fn tower(x: Tensor<f32>, widths: &[usize]) -> Tensor<f32> {
                let mut y = x;
                for (i, width) in widths.iter().enumerate() {
                    y = variable_scope!("level{i}" as level, {
                        if *width == 0 {
                            return y;
                        }
                        level.reuse_variables();
                        dense(y, *width)
                    });
                }
                y
            }
        }
    ));
}

#[test]
fn a_dynamic_layer() {
    insta::assert_snapshot!(of_layer(
        quote!(dynamic),
        quote! {
            fn listed(x: Tensor<f32>, widths: Vec<usize>) -> Tensor<f32> {
                widths.into_iter().fold(x, |x, width| variable_scope!("to{width}", { dense(x, width) }))
            }
        }
    ));
}

#[test]
fn a_model() {
    insta::assert_snapshot!(of_model(quote! {
        /// Documented.
        pub Towers(left: f32[batch, 8], right: f32[?, WIDTH]) -> (f32[batch, 4], f32[?, { 2 * WIDTH }]) {
            with variable_scope("tower") as scope {
                let a = dense(left, 4);
                scope.reuse_variables();
                (a, dense(right, 4))
            }
        }
    }));
}

#[test]
fn a_generic_model_that_reuses_another() {
    insta::assert_snapshot!(of_model(quote! {
        #[capacity(64)]
        pub Evaluate<const C: usize, T: Float> reuse Train<C, T>(image: T[?, C]) -> T[..] where T: Number {
            features(image)
        }
        check Evaluate<1, f32>;
    }));
}
