//! "Using variables": as values, by assignments, after what they depend on.

use crate::started;
use ndarray::{arr0, arr1, arr2};
use tf::{
    DefaultSession, Result, global_variables_initializer,
    prelude::*,
    train::{Adadelta, Adagrad, Adam, Ftrl, GradientDescent, Momentum, Optimizer, RmsProp},
};

#[test]
fn a_variable_counts_as_its_value() -> Result<()> {
    let graph = Graph::new();
    let w: Tensor<f32> = graph.build(|| {
        let v = get_variable!("v", [], initializer = zeros_initializer());
        v + 1.0
    })?;
    assert_eq!(started(&graph)?.run(w)?[[]], 1.0);
    Ok(())
}

/// "Any time a variable is used in an expression": on either side, of operators, functions and layers' ops (U1).
#[test]
fn a_variable_is_converted_in_any_expression() -> Result<()> {
    let graph = Graph::new();
    let found: [Tensor<f32>; 8] = graph.build(|| {
        let v: Variable<f32> =
            get_variable!("v", [2, 2], initializer = constant_initializer(&[[1.0, -2.0], [3.0, -4.0]]));
        let t = tf::ones::<f32, _>([2, 2]);
        [v - t, t - v, v * v, 2.0 / v, -v, tf::matmul(v, v), nn::relu(v), tf::select(tf::less(v, 0.0), t, v)]
    })?;
    let session = started(&graph)?;
    let wanted = [
        [[0.0, -3.0], [2.0, -5.0]],
        [[0.0, 3.0], [-2.0, 5.0]],
        [[1.0, 4.0], [9.0, 16.0]],
        [[2.0, -1.0], [2.0 / 3.0, -0.5]],
        [[-1.0, 2.0], [-3.0, 4.0]],
        [[-5.0, 6.0], [-9.0, 10.0]],
        [[1.0, 0.0], [3.0, 0.0]],
        [[1.0, 1.0], [3.0, 1.0]],
    ];
    for (tensor, wanted) in found.into_iter().zip(wanted) {
        assert_eq!(session.run(tensor)?, arr2(&wanted).into_dyn());
    }
    Ok(())
}

#[test]
fn an_assignment_happens_when_it_is_run() -> Result<()> {
    let graph = Graph::new();
    let (v, assignment) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, v.assign_add(1.0))
    })?;
    let session = started(&graph)?;
    assert_eq!(session.run(v)?[[]], 0.0);
    session.run(assignment)?;
    session.run(assignment)?;
    assert_eq!(session.run(v)?[[]], 2.0);
    Ok(())
}

/// "assign, assign_add, and friends": each yields what the variable is afterwards (U9, U15 to U17, U20).
#[test]
fn assign_has_friends() -> Result<()> {
    let graph = Graph::new();
    let (v, updates, count) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [3], initializer = zeros_initializer());
        let n: Variable<i32> = get_variable!("n", [], initializer = zeros_initializer());
        let (two, nine) = (tf::constant([0, 2]), tf::constant([9.0f32, -9.0]));
        let updates = [
            v.assign(tf::constant([1.0, 2.0, 3.0])),
            v.assign_add(tf::constant([1.0, 1.0, 1.0])),
            v.assign_sub(tf::constant([0.0, 3.0, 0.0])),
            v.scatter_add(two, nine),
            v.scatter_sub(two, nine),
            v.scatter_mul(two, 2.0),
            v.scatter_div(two, 4.0),
            v.scatter_min(two, 1.5),
            v.scatter_max(two, 1.25),
            v.scatter_update(two, nine),
            v.scatter_nd_update(tf::constant([[1]]), tf::constant([5.0])),
            v.scatter_nd_add(tf::constant([[1]]), tf::constant([1.0])),
            v.scatter_nd_sub(tf::constant([[1]]), tf::constant([2.0])),
            v.slice([1], [2]).assign(0.5),
            v.strided_slice([0], [3], [2]).assign(tf::constant([7.0, 8.0])),
        ];
        (v, updates, n.count_up_to(2))
    })?;
    let session = started(&graph)?;
    let wanted = [
        [1.0, 2.0, 3.0],
        [2.0, 3.0, 4.0],
        [2.0, 0.0, 4.0],
        [11.0, 0.0, -5.0],
        [2.0, 0.0, 4.0],
        [4.0, 0.0, 8.0],
        [1.0, 0.0, 2.0],
        [1.0, 0.0, 1.5],
        [1.25, 0.0, 1.5],
        [9.0, 0.0, -9.0],
        [9.0, 5.0, -9.0],
        [9.0, 6.0, -9.0],
        [9.0, 4.0, -9.0],
        [9.0, 0.5, 0.5],
        [7.0, 0.5, 8.0],
    ];
    for (update, wanted) in updates.into_iter().zip(wanted) {
        assert_eq!(session.run(update)?, arr1(&wanted).into_dyn());
        assert_eq!(session.run(v)?, arr1(&wanted).into_dyn());
    }
    assert_eq!((session.run(count)?[[]], session.run(count)?[[]]), (0, 1));
    assert_eq!(session.run(count).unwrap_err().code(), "E-COUNT-LIMIT");
    v.load(arr1(&[1.0f32, 1.0, 1.0]), &session)?;
    assert_eq!(v.eval(&session)?, arr1(&[1.0, 1.0, 1.0]).into_dyn());
    Ok(())
}

/// `.run()` of an operation, in the session that is the default one.
#[test]
fn operations_run_themselves() -> Result<()> {
    let graph = Graph::new();
    let (v, assignment, all) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, v.assign_add(1.0), global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    session.as_default(|| {
        all.run(DefaultSession)?;
        assignment.run(DefaultSession)?;
        assert_eq!(v.eval(DefaultSession)?[[]], 1.0);
        Ok(())
    })
}

/// Optimizers change a variable in one op, which is made for that.
#[test]
fn optimizers_have_ops_of_their_own() -> Result<()> {
    let graph = Graph::new();
    let (v, step) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = ones_initializer());
        (v, Momentum::new(0.25, 0.9).minimize(v * v))
    })?;
    assert!(graph.op_names().contains(&"Momentum/update_v/ResourceApplyMomentum".to_owned()));
    let session = started(&graph)?;
    session.run(step)?;
    assert_eq!(session.run(v)?[[]], 0.5);
    Ok(())
}

/// "Most TensorFlow optimizers": each with its own, of TensorFlow's name, and each makes the loss smaller.
#[test]
fn each_optimizer_has_an_op_that_updates() -> Result<()> {
    fn holds(optimizer: impl Optimizer, op: &str) -> Result<()> {
        let graph = Graph::new();
        let (loss, step) = graph.build(|| {
            let v: Variable<f32> = get_variable!("v", [], initializer = ones_initializer());
            let loss = v * v;
            (loss, optimizer.minimize(loss))
        })?;
        let session = started(&graph)?;
        let types: Vec<&str> = session.placements()?.iter().map(|placement| placement.op).collect();
        assert!(types.contains(&op), "{op} is not among {types:?}");
        session.run(step)?;
        assert!(session.run(loss)?[[]] < 1.0, "{op}");
        Ok(())
    }
    holds(GradientDescent::new(0.1), "ResourceApplyGradientDescent")?;
    holds(Momentum::new(0.1, 0.9), "ResourceApplyMomentum")?;
    holds(Adagrad::new(0.1), "ResourceApplyAdagrad")?;
    holds(Adadelta::new(0.1), "ResourceApplyAdadelta")?;
    holds(RmsProp::new(0.1), "ResourceApplyRMSProp")?;
    holds(Adam::new(0.1), "ResourceApplyAdam")?;
    holds(Ftrl::new(0.1), "ResourceApplyFtrl")
}

/// In a run, `w` is the value after the assignment; a read that waits for nothing does not bring the assignment about (U3, U24).
#[test]
fn a_value_is_read_after_what_it_depends_on() -> Result<()> {
    let graph = Graph::new();
    let (w, before) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        let before = v.read_value();
        let assignment = v.assign_add(1.0);
        (control_dependencies([assignment], || v.read_value()), before)
    })?;
    let session = started(&graph)?;
    for n in 1..4 {
        assert_eq!(session.run(before)?[[]], n as f32 - 1.0);
        assert_eq!(session.run(w)?[[]], n as f32);
        // What was read before stays what it was, in one run with the assignment (U5).
        let (earlier, later) = session.run((before, w))?;
        assert_eq!((earlier[[]], later[[]]), (n as f32, n as f32 + 1.0));
        session.store().set("v", tf::IntoValue::<f32>::into_value(ndarray::arr0(n as f32)))?;
    }
    Ok(())
}

#[variable_scope]
fn counted(x: Tensor<f32>) -> Tensor<f32> {
    let v = get_variable!("v", [], initializer = zeros_initializer());
    let assignment = v.assign_add(1.0);
    control_dependencies!([assignment], { x * v.read_value() })
}

model! {
    /// The last listing in a layer.
    Counted(x: f32[]) -> f32[] { counted(x) }
}

#[test]
fn a_layer_reads_after_what_it_depends_on() -> Result<()> {
    let model = Counted::init(1)?;
    for n in 1..4 {
        assert_eq!(model.run(&arr0(10.0))?, arr0(10.0 * n as f32));
    }
    Ok(())
}
