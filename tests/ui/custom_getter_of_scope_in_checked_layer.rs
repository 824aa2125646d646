//! Custom getters of scopes in layers that rustc checks: as an argument, of the attribute, and set later.
//! errors: 3, because there are three places where a getter can be said.
use tf::prelude::*;

fn frozen(getter: &tf::Getter, asked: tf::VariableAsked) -> tf::AnyVariable {
    getter.get(asked.with_trainable(false))
}

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("frozen", custom_getter = frozen, { x * get_variable!("scale", [3]) })
}

#[variable_scope("frozen", custom_getter = frozen)]
fn shift(x: Tensor<f32>) -> Tensor<f32> {
    x + get_variable!("shift", [3])
}

#[variable_scope]
fn both(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("both" as scope, {
        scope.set_custom_getter(frozen);
        x + get_variable!("shift", [3])
    })
}

fn main() {}
