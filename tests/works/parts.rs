//! Variables in parts: a layer is the same whether its variables are cut or not.

use tf::prelude::*;
use tf::{
    fixed_size_partitioner, min_max_variable_partitioner, no_partitioner, slicing_partitioner,
    variable_axis_size_partitioner,
};

#[variable_scope]
fn dense<const N: usize>(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [x.dim(1), N]);
    let b = get_variable!("b", [N], initializer = zeros_initializer());
    let s = get_variable!("s", [], initializer = ones_initializer());
    tf::matmul(x, w) * s + b
}

/// What a layer's own options may hold: then the scope's counts.
const UNSAID: Option<tf::Partitioner> = None;

#[variable_scope]
fn own(x: Tensor<f32>) -> Tensor<f32> {
    let columns = get_variable!("columns", [3], partitioner = fixed_size_partitioner(2));
    let bytes = get_variable!("bytes", [1, 3], partitioner = variable_axis_size_partitioner(4).axis(-1).max_shards(2));
    let least = get_variable!("least", [1, 3], partitioner = min_max_variable_partitioner(9).min_slice_size(4).axis(1));
    let listed = get_variable!("listed", [1, 3], partitioner = slicing_partitioner([1, 3]));
    let whole = get_variable!("whole", [3], partitioner = no_partitioner());
    let none = get_variable!("none", [3], partitioner = UNSAID);
    x * columns + bytes * least - listed * whole / none
}

model! {
    /// The layer on variables in one piece.
    Whole(x: f32[?, 4]) -> f32[?, 3] {
        with variable_scope("m") { dense::<3>(x) }
    }
}

model! {
    /// The same layer, whose variables its scope cuts.
    Cut(x: f32[?, 4]) -> f32[?, 3] {
        with variable_scope("m", partitioner = fixed_size_partitioner(2)) { own(dense::<3>(x)) }
    }
}

/// The parts of each variable of a model, as const evaluation knows them.
macro_rules! parts {
    ($model:ty) => {
        <$model>::VARIABLES.iter().map(|v| (v.name.to_string(), v.parts().len())).collect::<Vec<_>>()
    };
}

fn counted(parts: &[(&str, usize)]) -> Vec<(String, usize)> {
    parts.iter().map(|&(name, parts)| (name.to_owned(), parts)).collect()
}

#[test]
fn both_worlds_cut_alike_and_a_layer_need_not_know() {
    let cut = agree!(Cut);
    let wanted = [
        ("m/w", 2),
        ("m/b", 2),
        ("m/s", 0),
        ("m/columns", 2),
        ("m/bytes", 2),
        ("m/least", 3),
        ("m/listed", 3),
        ("m/whole", 0),
        ("m/none", 2),
    ];
    assert_eq!(parts!(Cut), counted(&wanted));
    assert_eq!(Cut::PARAMETERS, 4 * 3 + 3 + 1 + 6 * 3);
    let whole = agree!(Whole);
    let x = ndarray::array![[1.0, 2.0, 3.0, 4.0]];
    for name in ["m/w", "m/b", "m/s"] {
        let value: ndarray::ArrayD<f32> = cut.get(name).unwrap();
        whole.set(name, &value).unwrap();
    }
    for (name, value) in [("columns", 1.0f32), ("none", 1.0)] {
        cut.set(&format!("m/{name}"), &ndarray::arr1(&[value; 3]).into_dyn()).unwrap();
    }
    for name in ["bytes", "listed"] {
        cut.set(&format!("m/{name}"), &ndarray::arr2(&[[0.0f32; 3]]).into_dyn()).unwrap();
    }
    assert_eq!(cut.run(&x).unwrap(), whole.run(&x).unwrap());
}

/// A scope's partitioner is set after it was opened.
#[variable_scope]
fn set_later(x: Tensor<f32>) -> Tensor<f32> {
    let outer = tf::get_variable_scope();
    outer.set_partitioner(fixed_size_partitioner(3));
    let cut = get_variable!("cut", [3]);
    let inside = variable_scope!("inside", { get_variable!("w", [3]) });
    outer.set_partitioner(no_partitioner());
    x * cut + inside * get_variable!("whole", [3])
}

model! {
    SetLater(x: f32[?, 3]) -> f32[?, 3] {
        with variable_scope("m") { set_later(x) }
    }
}

#[test]
fn a_scope_is_told_its_partitioner_in_both_worlds() {
    let _ = agree!(SetLater);
    assert_eq!(parts!(SetLater), counted(&[("m/cut", 3), ("m/inside/w", 3), ("m/whole", 0)]));
}

/// Goes through the parts of a variable, of which it has one where it is in one piece.
#[variable_scope]
fn by_part(x: Tensor<f32>) -> Tensor<f32> {
    let w = get_variable!("w", [5, 2], initializer = ones_initializer());
    let mut sum = x;
    for i in 0..w.part_count() {
        let part = w.part(i);
        sum = sum + tf::reduce_sum(part, 0) * part.dim(0) as f32;
    }
    sum
}

model! {
    ByPart(x: f32[2]) -> (f32[2], f32[2]) {
        let whole = with variable_scope("whole") { by_part(x) };
        let cut = with variable_scope("cut", partitioner = fixed_size_partitioner(2)) { by_part(x) };
        (whole, cut)
    }
}

#[test]
fn a_layer_goes_through_parts() {
    let model = agree!(ByPart);
    let (whole, cut) = model.run(&ndarray::arr1(&[0.0, 0.0])).unwrap();
    assert_eq!((whole[0], cut[0]), (25.0, 9.0 + 4.0));
    assert!(ByPart::VARIABLES.iter().all(|v| v.used));
}

/// What changes a variable as a whole changes its parts.
#[variable_scope]
fn counted_in_parts(x: Tensor<f32>) -> Tensor<f32> {
    let seen = get_variable!("seen", [3], initializer = zeros_initializer(), partitioner = fixed_size_partitioner(2));
    let added = seen.assign_add(x);
    control_dependencies!([added], {
        seen.read_value() + seen.part(0).scatter_add(tf::constant([0]), tf::constant([0.0f32])).dim(0) as f32
    })
}

model! {
    CountedInParts(x: f32[3]) -> f32[3] {
        with variable_scope("c") as scope {
            let first = counted_in_parts(x);
            scope.reuse_variables();
            control_dependencies!([first], { counted_in_parts(x) })
        }
    }
}

#[test]
fn updates_reach_every_part() {
    let _ = agree!(CountedInParts);
    let model = CountedInParts::init(1).unwrap();
    let y = model.run(&ndarray::arr1(&[1.0, 2.0, 3.0])).unwrap();
    assert_eq!(y, ndarray::arr1(&[4.0, 6.0, 8.0]));
    let seen: ndarray::ArrayD<f32> = model.get("c/seen").unwrap();
    assert_eq!(seen, ndarray::arr1(&[2.0, 4.0, 6.0]).into_dyn());
}

/// Rows of a table whose partitioner is a function: its parts are known when the graph is built.
fn one_row_each(shape: &[usize], _: tf::DType) -> Vec<usize> {
    shape.iter().enumerate().map(|(axis, &size)| if axis == 0 { size } else { 1 }).collect()
}

#[variable_scope]
fn looked_up(ids: Tensor<i32>) -> Tensor<f32> {
    let table = get_variable!("table", [4, 2], partitioner = tf::Partitioner::function(one_row_each));
    tf::gather(table, ids, 0)
}

model! {
    LookedUp(ids: i32[3]) -> f32[3, 2] {
        with variable_scope("e") as scope {
            let first = looked_up(ids);
            scope.reuse_variables();
            first + looked_up(ids)
        }
    }
}

#[test]
fn a_partitioner_may_be_a_function() {
    let model = LookedUp::init(1).unwrap();
    assert_eq!(parts!(LookedUp), counted(&[("e/table", 0)]));
    assert_eq!(model.instance().graph().variables()[0].parts.len(), 4);
    let table: ndarray::ArrayD<f32> = model.get("e/table").unwrap();
    let rows = model.run(&ndarray::arr1(&[3, 0, 3])).unwrap();
    assert_eq!(rows[[0, 1]], 2.0 * table[[3, 1]]);
}

model! {
    /// Runs on the variables of another model, parts and all.
    Again reuse Cut(x: f32[?, 4]) -> f32[?, 3] {
        with variable_scope("m") { dense::<3>(x) }
    }
}

#[test]
fn a_model_that_reuses_another_has_its_parts() {
    let cut = Cut::init(3).unwrap();
    let again = Again::sharing(&cut).unwrap();
    assert_eq!(again.instance().graph().variables()[0].parts.len(), 2);
    let x = ndarray::array![[1.0, 0.0, 0.0, 0.0]];
    cut.set("m/w", &ndarray::Array2::<f32>::ones((4, 3)).into_dyn()).unwrap();
    assert_eq!(again.run(&x).unwrap(), ndarray::array![[1.0, 1.0, 1.0]]);
    let file = std::env::temp_dir().join(format!("tf_scope_works_parts_{}.safetensors", std::process::id()));
    cut.save(&file).unwrap();
    let loaded = Cut::load(&file).unwrap();
    let (before, after): (ndarray::ArrayD<f32>, ndarray::ArrayD<f32>) =
        (cut.get("m/least").unwrap(), loaded.get("m/least").unwrap());
    assert_eq!(before, after);
    assert_eq!(tf::Checkpoint::open(&file).unwrap().entries().len(), Cut::VARIABLES.len());
    std::fs::remove_file(&file).unwrap();
}
