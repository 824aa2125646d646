//! Variables that bodies change: scatter updates, slices, counters, values that another variable starts from (U15 to U17, U25, N12).

use tf::prelude::*;

/// How often each class was seen, and rows that were written to last: functions and methods, by value and by reference.
#[variable_scope]
fn seen(classes: Tensor<i32>, rows: Tensor<f32>) -> (Tensor<i64>, Tensor<f32>) {
    let counts: Variable<i64> = get_variable!("counts", [4], initializer = zeros_initializer());
    let table: Variable<f32> = get_variable!("table", [4, rows.dim(1)], initializer = zeros_initializer());
    let counted = counts.scatter_add(classes, 1);
    let borrowed = &table;
    let added = tf::scatter_add(table, classes, rows);
    let doubled = control_dependencies!([added], { borrowed.scatter_mul(tf::constant([0]), 2.0) });
    let least = control_dependencies!([doubled], { tf::scatter_max(table, tf::constant([3]), -0.5) });
    (counted, least)
}

model! {
    Scatter(classes: i32[3], rows: f32[3, 2]) -> (i64[4], f32[4, 2]) {
        seen(classes, rows)
    }
}

#[test]
fn u16_scatter_updates_agree() {
    let model = agree!(Scatter);
    model.instance().initialize().unwrap();
    let classes = ndarray::arr1(&[0, 2, 0]);
    let rows = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]]);
    let (counts, table) = model.run(&classes, &rows).unwrap();
    assert_eq!(counts, ndarray::arr1(&[2, 0, 1, 0]));
    assert_eq!(table, ndarray::arr2(&[[22.0, 44.0], [0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]));
    let (counts, _) = model.run(&classes, &rows).unwrap();
    assert_eq!(counts, ndarray::arr1(&[4, 0, 2, 0]));
}

/// A memory of the last rows: a place of it is written in each run, and single elements of it by their coordinates.
#[variable_scope]
fn remembered(x: Tensor<f32>, width: usize) -> Tensor<f32> {
    let memory: Variable<f32> = get_variable!("memory", [3, width], initializer = zeros_initializer());
    let all = memory.slice([1, 0], [tf::ANY, tf::ANY]).assign(x);
    let column =
        control_dependencies!([all], { memory.strided_slice([0, -1], [tf::OPEN, tf::OPEN], [2, 1]).assign(7.0) });
    control_dependencies!([column], {
        let placed = memory.scatter_nd_update(tf::constant([[0, 0]]), tf::constant([5.0]));
        control_dependencies!([placed], { memory.scatter_nd_add(tf::constant([[2], [2]]), tf::ones([2, width])) })
    })
}

model! {
    Memory(x: f32[2, 2]) -> f32[3, 2] {
        with variable_scope("memory") { remembered(x, 2) }
    }
}

#[test]
fn u17_slices_and_places_agree() {
    let model = agree!(Memory);
    let found = model.run(&ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]])).unwrap();
    assert_eq!(found, ndarray::arr2(&[[5.0, 7.0], [1.0, 2.0], [5.0, 9.0]]));
}

/// Counts its runs, but for the op made outside the dependencies.
#[variable_scope]
fn numbered(x: Tensor<f32>) -> (Tensor<i64>, Tensor<f32>) {
    let step: Variable<i64> = get_variable!("step", [], initializer = zeros_initializer());
    let number = step.count_up_to(5);
    let (gated, free) = control_dependencies!([number], {
        (x + 1.0, control_dependencies!(tf::NoDependencies, { x + tf::cast(step.read_value()) }))
    });
    (number, gated + free)
}

model! {
    Numbered(x: f32[]) -> (i64[], f32[]) { numbered(x) }
}

#[test]
fn u15_u25_counters_and_cleared_dependencies_agree() {
    let model = agree!(Numbered);
    model.instance().initialize().unwrap();
    for want in 0..5 {
        assert_eq!(model.run(&ndarray::arr0(1.0)).unwrap().0, ndarray::arr0(want));
    }
    let error = model.run(&ndarray::arr0(1.0)).unwrap_err();
    assert_eq!((error.code(), error.status()), ("E-COUNT-LIMIT", tf::Status::OutOfRange));
    let inputs = |op: &str| model.instance().graph().op_names().iter().filter(|name| name.contains(op)).count();
    assert_eq!(inputs("CountUpTo"), 1);
}

/// The guide's two variables, of which the second starts from the first.
#[variable_scope]
fn starting() -> (Tensor<f32>, Tensor<bool>) {
    let v = get_variable!("v", [3]);
    let w = get_variable!("w", initializer = v.initialized_value() + 1.0);
    (w - v, tf::is_variable_initialized(w))
}

model! {
    Starting(x: f32[]) -> (f32[3], bool[]) {
        let (difference, there) = starting();
        (difference * x, there)
    }
}

#[test]
fn n12_n13_a_variable_that_starts_from_another_agrees() {
    let model = agree!(Starting);
    let (difference, there) = model.run(&ndarray::arr0(1.0)).unwrap();
    assert!(there[[]] && difference.iter().all(|one| (one - 1.0).abs() < 1e-6), "{difference}");
    assert!(model.instance().uninitialized_variables().unwrap().is_empty());
    assert!(model.instance().initialize_missing().unwrap().is_empty());
}

/// What gives first values is an operation like any other. Of what no dependency orders, the first made runs first (U6): so each run of
/// this starts anew, and then updates.
#[variable_scope]
fn starting_anew(x: Tensor<f32>) -> (Tensor<f32>, Tensor<String>) {
    let global = get_variable!("global", [], initializer = constant_initializer(1.0));
    let local = get_variable!(
        "local",
        [],
        initializer = constant_initializer(2.0),
        collections = [collection::LOCAL_VARIABLES]
    );
    let own = new_variable!("own", [], initializer = constant_initializer(4.0), collections = ["own"]);
    let listed = new_variable!("listed", [], initializer = constant_initializer(8.0), collections = ["own"]);
    let own_start = own.initializer();
    let starts = tf::group([tf::variables_initializer([listed]), own_start]);
    let all = tf::group([starts, tf::local_variables_initializer(), tf::global_variables_initializer()]);
    let report = control_dependencies!([all], {
        tf::concat([tf::report_uninitialized_variables(), tf::report_uninitialized([own, listed])], 0)
    });
    let updates = control_dependencies!([all], {
        global.assign_add(x) + local.assign_add(x) + own.assign_add(x) + listed.assign_add(x)
    });
    (updates, report)
}

model! {
    StartingAnew(x: f32[]) -> (f32[], String[?]) { starting_anew(x) }
}

#[test]
fn n1_n3_n5_n9_models_run_initializers() {
    let model = agree!(StartingAnew);
    model.instance().initialize().unwrap();
    for _ in 0..2 {
        let (sum, report) = model.run(&ndarray::arr0(100.0)).unwrap();
        assert_eq!((sum[[]], report.len()), (415.0, 0));
    }
}
