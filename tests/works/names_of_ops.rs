//! `name_scope!` and `control_dependencies!`: blocks for ops, which leave variables as they are.

use tf::prelude::*;

#[variable_scope]
fn counted(x: Tensor<f32>) -> Tensor<f32> {
    let calls = get_variable!("calls", [], initializer = zeros_initializer(), trainable = false);
    let counted = calls.assign_add(1.0);
    let seen = control_dependencies!([counted], { calls.read_value() });
    name_scope!("scaled", {
        let w = get_variable!("w", [2], initializer = ones_initializer());
        x * w * seen
    })
}

model! {
    Blocks(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("m") { name_scope!("ops", { counted(x) }) }
    }
}

#[test]
fn blocks_of_ops_do_not_name_variables() {
    let model = agree!(Blocks);
    assert_eq!(names!(Blocks), ["m/calls", "m/w"]);
    // `agree!` ran the model once.
    let x = ndarray::arr2(&[[1.0, 2.0]]);
    assert_eq!(model.run(&x).unwrap(), ndarray::arr2(&[[2.0, 4.0]]));
    assert_eq!(model.run(&x).unwrap(), ndarray::arr2(&[[3.0, 6.0]]));
    let ops = model.instance().graph().op_names();
    assert!(ops.iter().any(|name| name.starts_with("m/ops/scaled/")), "{ops:?}");
}
