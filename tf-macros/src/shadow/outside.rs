//! What has its place outside of layers and models, where there is a graph: optimizers, averages, templates, what asks for variables that are there.

use super::Shadow;
use crate::mistake::{Code, Followed, is, mistake};
use quote::ToTokens;
use syn::{Error, Expr, ExprCall, ExprMethodCall, ExprPath, Path};

/// Types that change variables once there is a model.
const OPTIMIZERS: &[&str] = &["GradientDescent", "Momentum", "Adagrad", "Adadelta", "RmsProp", "Adam", "Ftrl"];

/// Methods of theirs.
const STEPS: &[&str] = &["minimize", "minimize_with", "compute_gradients", "apply_gradients"];

/// Functions of the library that ask the graph.
const OF_GRAPHS: &[&str] =
    &["get_collection", "global_variables", "trainable_variables", "local_variables", "replica_device_setter"];

/// Methods of scope objects that do.
const OF_SCOPES: &[&str] =
    &["reuse", "name", "get_collection", "global_variables", "trainable_variables", "local_variables"];

impl Shadow {
    /// A call that has no place here.
    pub(super) fn outside_call(&self, e: &ExprCall, of_the_library: bool) -> Option<Error> {
        let Expr::Path(ExprPath { qself: None, path, .. }) = &*e.func else { return None };
        let mut names = path.segments.iter().rev().map(|segment| segment.ident.to_string());
        let (name, owner) = (names.next()?, names.next());
        match owner.as_deref() {
            Some(owner) if OPTIMIZERS.contains(&owner) && matches!(name.as_str(), "new" | "with_weight_decay") => {
                Some(optimizer(path, self.of))
            }
            Some("ExponentialMovingAverage") if name == "new" => Some(average(path, self.of)),
            _ if !of_the_library && owner.is_some() => None,
            _ if name == "make_template" => Some(template(path, self.of)),
            _ if OF_GRAPHS.contains(&name.as_str()) => Some(asks_graph(path, &format!("{name}(..)"), self.of)),
            _ => None,
        }
    }

    /// A method that has no place here: of an optimizer that came from elsewhere, or of a scope object.
    pub(super) fn outside_method(&self, e: &ExprMethodCall) -> Option<Error> {
        let method = e.method.to_string();
        if STEPS.contains(&method.as_str()) && !e.args.is_empty() {
            // Of an optimizer that was made here it is told where that was made.
            let told = self.mistakes.iter().any(|known| is(known, Code::OutsideLayers));
            return (!told && !makes_optimizer(&e.receiver)).then(|| optimizer(&e.method, self.of));
        }
        let Expr::Path(ExprPath { qself: None, path, .. }) = &*e.receiver else { return None };
        let scope = path.get_ident()?;
        if !OF_SCOPES.contains(&method.as_str()) || !self.scope_objects.contains(&scope.to_string()) {
            return None;
        }
        Some(match method.as_str() {
            "reuse" => mistake(
                &e.method,
                Code::OutsideLayers,
                format_args!(
                    "`{scope}.reuse()` asks whether the scope reuses, which {}, cannot",
                    self.of.const_evaluation()
                ),
                format_args!(
                    "to share the variables of the scope from here on, call `{scope}.reuse_variables()`; or open it with `reuse = true`"
                ),
            ),
            _ => asks_graph(&e.method, &format!("{scope}.{method}(..)"), self.of),
        })
    }
}

/// Whether the receiver of a method is made in place, and so is the mistake itself.
fn makes_optimizer(receiver: &Expr) -> bool {
    match receiver {
        Expr::MethodCall(inner) => makes_optimizer(&inner.receiver),
        Expr::Reference(inner) => makes_optimizer(&inner.expr),
        Expr::Paren(inner) => makes_optimizer(&inner.expr),
        Expr::Call(call) => match &*call.func {
            Expr::Path(ExprPath { path, .. }) => path
                .segments
                .iter()
                .rev()
                .nth(1)
                .is_some_and(|owner| OPTIMIZERS.iter().any(|known| owner.ident == known)),
            _ => false,
        },
        _ => false,
    }
}

fn optimizer(at: impl ToTokens, of: Followed) -> Error {
    mistake(
        at,
        Code::OutsideLayers,
        format_args!("an optimizer has no place in {}, which only describes what is computed", of.article()),
        "return the loss as the model's first output, and attach the optimizer to the model: `let model = Model::init(42)?.minimize(Adam::new(0.001))?`",
    )
}

fn average(at: &Path, of: Followed) -> Error {
    mistake(
        at,
        Code::OutsideLayers,
        format_args!("averages of variables have no place in {}, which only describes what is computed", of.article()),
        "attach them to the model, behind its optimizer: `let model = Model::init(42)?.minimize(Adam::new(0.001))?.averaged(ExponentialMovingAverage::new(0.999))?`",
    )
}

fn template(at: &Path, of: Followed) -> Error {
    mistake(
        at,
        Code::OutsideLayers,
        format_args!("`make_template(..)` keeps a function in the graph, which {} cannot", of.article()),
        "write a `#[variable_scope]` function, and call it each time in `variable_scope!(\"name\", reuse = AUTO_REUSE, { .. })`",
    )
}

fn asks_graph(at: impl ToTokens, call: &str, of: Followed) -> Error {
    mistake(
        at,
        Code::OutsideLayers,
        format_args!("`{call}` asks the graph, which there is not in {}", of.const_evaluation()),
        format_args!("call it where the graph is built, outside of layers and models, or {}", of.leave_to_graph()),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mistakes, shadow};
    use syn::parse_quote;

    fn says(body: syn::Block) -> String {
        let found = mistakes(&body);
        assert!(found.len() == 1 && found[0].contains("E-OUTSIDE-LAYERS"), "{found:?}");
        found[0].clone()
    }

    #[test]
    fn optimizers_are_told_once() {
        assert!(says(parse_quote!({ tf::train::Adam::new(0.1).beta1(0.5).minimize(loss) })).contains("Model::init"));
        says(parse_quote!({
            let optimizer = Adam::with_weight_decay(0.1, 0.01);
            optimizer.minimize(loss);
            loss
        }));
        says(parse_quote!({ optimizer.apply_gradients(&gradients, &options) }));
    }

    #[test]
    fn what_asks_the_graph_has_a_way_out() {
        assert!(says(parse_quote!({ tf::trainable_variables() })).contains("outside of layers"));
        assert!(says(parse_quote!({ make_template("t", f) })).contains("AUTO_REUSE"));
        assert!(says(parse_quote!({ ExponentialMovingAverage::new(0.9) })).contains("averages"));
        let scope = says(parse_quote!({ variable_scope!("a" as scope, { scope.reuse() }) }));
        assert!(scope.contains("scope.reuse_variables()"), "{scope}");
    }

    #[test]
    fn what_is_only_called_alike_is_left_alone() {
        for body in [
            quote::quote!({ config.reuse() }),
            quote::quote!({ Config::minimize(3) }),
            quote::quote!({ plan.minimize() }),
            quote::quote!({ Adam { rate: 3 } }),
        ] {
            let parsed = syn::parse2(body.clone()).expect("a body");
            assert_eq!(shadow(&parsed), body.to_string());
        }
    }
}
