//! Coming back to a scope: the recipes of docs/sharing.md, in checked bodies.

use crate::bindings::conv;
use tf::prelude::*;

/// By name: shares, and ops go to `block_1`.
#[variable_scope]
fn by_name(x: Tensor<f32>) -> Tensor<f32> {
    let y = variable_scope!("block", { conv(x, 1, 1) });
    variable_scope!("block", reuse = true, { conv(y, 1, 1) })
}

/// By object, from wherever one is.
#[variable_scope]
fn by_object(x: Tensor<f32>) -> Tensor<f32> {
    let (y, block) = variable_scope!("object" as block, { (conv(x, 1, 1), block) });
    variable_scope!("somewhere", {
        variable_scope!("else", { variable_scope!(block, reuse = true, { conv(y, 1, 1) }) })
    })
}

/// By object, and back into its name scope too: the ops of both are side by side.
#[variable_scope]
fn with_its_ops(x: Tensor<f32>) -> Tensor<f32> {
    let (y, kept) = variable_scope!("kept" as kept, { (conv(x, 1, 1), kept) });
    variable_scope!(kept, reuse = true, auxiliary_name_scope = false, {
        name_scope!(kept.original_name_scope(), { conv(y, 1, 1) })
    })
}

/// What a template does, in a loop: the first turn creates, the others share.
#[variable_scope]
fn in_turns(x: Tensor<f32>) -> Tensor<f32> {
    let mut y = x;
    for turn in 0..3 {
        y = variable_scope!("turns", reuse = turn > 0, { conv(y, 1, 1) });
    }
    y
}

/// What a template does, called in several places: a scope made at once, which is told to reuse after its first call.
#[variable_scope]
fn as_template(x: Tensor<f32>) -> Tensor<f32> {
    let template = variable_scope!("template" as template, { template });
    let y = variable_scope!(template, { conv(x, 1, 1) });
    template.reuse_variables();
    let z = variable_scope!("far", { variable_scope!("away", { variable_scope!(template, { conv(y, 1, 1) }) }) });
    variable_scope!(template, { conv(z, 1, 1) })
}

/// A layer that is its own template: whoever calls it shares.
#[variable_scope("tower", reuse = AUTO_REUSE)]
fn tower(x: Tensor<f32>) -> Tensor<f32> {
    conv(x, 1, 1)
}

model! {
    Recipes(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let x = by_object(by_name(image));
        let x = as_template(in_turns(with_its_ops(x)));
        tower(tower(x))
    }
}

#[test]
fn s5_s6_s11_every_way_back_leads_to_the_same_variables() {
    let model = agree!(Recipes);
    assert_eq!(
        names!(Recipes),
        ["block/kernel", "object/kernel", "kept/kernel", "turns/kernel", "template/kernel", "tower/kernel"]
    );
    let ops = model.instance().graph().op_names();
    let convolutions: Vec<&str> = ops.iter().filter(|name| name.contains("Conv2D")).map(String::as_str).collect();
    assert_eq!(
        convolutions,
        [
            "block/Conv2D",
            "block_1/Conv2D",
            "object/Conv2D",
            "somewhere/else/object/Conv2D",
            "kept/Conv2D",
            "kept/Conv2D_1",
            "turns/Conv2D",
            "turns_1/Conv2D",
            "turns_2/Conv2D",
            "template_1/Conv2D",
            "far/away/template/Conv2D",
            "template_2/Conv2D",
            "tower/Conv2D",
            "tower_1/Conv2D",
        ]
    );
}
