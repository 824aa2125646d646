//! A custom getter in a layer that rustc checks.
use tf::prelude::*;

fn frozen(getter: &tf::Getter, asked: tf::VariableAsked) -> tf::AnyVariable {
    getter.get(asked.with_trainable(false))
}

#[variable_scope]
fn scale(x: Tensor<f32>) -> Tensor<f32> {
    x * get_variable!("scale", [3], custom_getter = frozen)
}

model! {
    pub Scale(x: f32[?, 3]) -> f32[?, 3] {
        scale(x)
    }
}

fn main() {}
