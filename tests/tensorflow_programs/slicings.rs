//! More programs of partitioned_variables_test.py and of the tests of partitioned variables in variables_test.py.

use crate::{flat, started};
use tf::prelude::*;
use tf::{
    NoShape, PartitionInfo, Partitioner, Result, Session, Variable, VariableOptions, constant, constant_initializer,
    control_dependencies, fixed_size_partitioner, get_variable, partition_initializer, placeholder,
    random_uniform_initializer, slicing_partitioner,
    train::{ExponentialMovingAverage, Momentum, Optimizer},
};

fn options() -> VariableOptions {
    VariableOptions::new()
}

/// Where the parts of one variable begin, and how long they are, along this axis.
fn bounds(graph: &Graph, variable: &str, axis: usize) -> Vec<(usize, usize)> {
    let variable = graph.variables().into_iter().find(|known| known.name == variable).expect("it was made");
    variable.parts.iter().map(|part| (part.offset, part.shape.to_vec().expect("known")[axis])).collect()
}

/// What does not come out even makes the first parts longer, and any number of parts is the same value (P1).
#[test]
fn uneven_parts_are_the_same_value() -> Result<()> {
    let graph = Graph::new();
    let (drawn, cut) = graph.build(|| {
        let drawn: Variable<f64> =
            get_variable("rnd", [20, 43], options().initializer(random_uniform_initializer(0.0, 1.0)));
        let cut: Vec<Variable<f64>> = (1..10)
            .map(|n| {
                let first = options().initializer(drawn.initialized_value()).partitioner(slicing_partitioner([1, n]));
                get_variable(format!("cut_{n}"), NoShape, first)
            })
            .collect();
        (drawn, cut)
    })?;
    let expected: [&[(usize, usize)]; 5] = [
        &[(0, 43)],
        &[(0, 22), (22, 21)],
        &[(0, 15), (15, 14), (29, 14)],
        &[(0, 11), (11, 11), (22, 11), (33, 10)],
        &[(0, 9), (9, 9), (18, 9), (27, 8), (35, 8)],
    ];
    for (n, expected) in expected.into_iter().enumerate() {
        assert_eq!(bounds(&graph, &format!("cut_{}", n + 1), 1), expected);
    }
    let (drawn, cut) = started(&graph)?.run((drawn, cut))?;
    assert!(cut.iter().all(|cut| *cut == drawn));
    Ok(())
}

/// Parts of one row each (P1, P2).
#[test]
fn a_part_may_be_a_row() -> Result<()> {
    let graph = Graph::new();
    let pair: [Variable<f32>; 2] = graph.build(|| {
        let drawn: Variable<f32> =
            get_variable("rnd", [10, 43], options().initializer(random_uniform_initializer(0.0, 1.0)));
        let first = options().initializer(drawn.initialized_value()).partitioner(slicing_partitioner([10, 1]));
        [drawn, get_variable("rows", NoShape, first)]
    })?;
    assert_eq!(bounds(&graph, "rows", 0), (0..10).map(|row| (row, 1)).collect::<Vec<_>>());
    let [drawn, rows] = started(&graph)?.run(pair)?;
    assert_eq!(drawn, rows);
    Ok(())
}

/// Each element is ten times that of the row before, in each part anew.
fn powers(info: &PartitionInfo) -> ndarray::Array2<f32> {
    ndarray::Array2::from_shape_fn((info.shape[0], info.shape[1]), |(i, j)| 10f32.powi(i as i32) * j as f32)
}

/// A function is asked for each part in that part's shape, and told where it lies in the whole (I17).
#[test]
fn a_function_is_asked_part_by_part() -> Result<()> {
    fn offsets(info: &PartitionInfo) -> ndarray::Array2<f32> {
        assert_eq!(info.full_shape, [13, 5]);
        ndarray::Array2::from_elem((info.shape[0], info.shape[1]), (10 * info.offset[0] + info.offset[1]) as f32)
    }
    let graph = Graph::new();
    let made: [Variable<f32>; 2] = graph.build(|| {
        let with = |name: &str, function: fn(&PartitionInfo) -> ndarray::Array2<f32>| {
            let first = options().initializer(partition_initializer(function));
            get_variable(name, [13, 5], first.partitioner(slicing_partitioner([3, 1])))
        };
        [with("iota", powers), with("offsets", offsets)]
    })?;
    let [iota, offsets] = started(&graph)?.run(made)?;
    let rows = [5, 4, 4].map(|rows| (0..rows).map(|i| 10f32.powi(i)));
    let expected: Vec<f32> = rows.into_iter().flatten().flat_map(|ten| (0..5).map(move |j| ten * j as f32)).collect();
    assert_eq!(flat(&iota), expected);
    let firsts: Vec<f32> = offsets.outer_iter().map(|row| row[0]).collect();
    assert_eq!(firsts, [[0.0; 5].as_slice(), &[50.0; 4], &[90.0; 4]].concat());
    Ok(())
}

/// Parts are drawn apart, unless one seed is said for all (I16, I17).
#[test]
fn parts_are_drawn_apart_without_a_seed() -> Result<()> {
    let halves = |seed: Option<i64>| -> Result<bool> {
        let graph = Graph::new();
        let drawn = random_uniform_initializer(-0.05, 0.05);
        let drawn = seed.map_or(drawn, |seed| drawn.seed(seed));
        let v: Variable<f32> = graph.build(|| {
            get_variable("v", [20, 12], options().initializer(drawn).partitioner(slicing_partitioner([1, 2])))
        })?;
        let parts = graph.build(|| v.parts())?;
        let found = started(&graph)?.run(parts)?;
        Ok(found[0] == found[1])
    };
    assert!(!halves(None)?);
    assert!(halves(Some(201))?);
    Ok(())
}

/// A whole is read under the dependencies of its scope, and created without them (U25, C44).
#[test]
fn a_whole_is_created_without_dependencies() -> Result<()> {
    let graph = Graph::new();
    let (x, v, read) = graph.build(|| {
        let x = placeholder::<f32, _>("x", []);
        let (v, read) = control_dependencies([x], || {
            let first =
                options().initializer(constant_initializer(&[1.0f64, 2.0])).partitioner(fixed_size_partitioner(2));
            let v: Variable<f32> = get_variable("v", [2], first);
            (v, v.value())
        });
        (x, v, read)
    })?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    assert_eq!(flat(&session.run(v)?), [1.0, 2.0], "nothing was fed");
    assert!(session.run(read).is_err(), "what is read there waits for what is not fed");
    assert_eq!(flat(&session.run_with(read, &[x.feed(ndarray::arr0(0.0f32))])?), [1.0, 2.0]);
    Ok(())
}

/// Wholes are assigned values, results of assignments, and each other (P1, U9).
#[test]
fn wholes_are_assigned_to_each_other() -> Result<()> {
    let graph = Graph::new();
    let (wholes, updates) = graph.build(|| {
        let two = |name: &str, first: &'static [f64]| -> Variable<f32> {
            let options = options().initializer(constant_initializer(first));
            get_variable(name, [2], options.partitioner(fixed_size_partitioner(2)))
        };
        let (pv_0, pv_1) = (two("pv_0", &[0.0, 1.0]), two("pv_1", &[20.0, 30.0]));
        let ones = pv_0.assign(constant([1.0f32, 1.0]));
        let updates = [
            pv_0.assign_add(constant([1.0f32, 2.0])),
            pv_0.assign_sub(constant([3.0f32, 4.0])),
            ones,
            pv_1.assign(constant([2.0f32, 3.0])),
            pv_1.assign_add(ones),
            pv_1.assign_sub(pv_0),
        ];
        ([pv_0, pv_1], updates)
    })?;
    let session = started(&graph)?;
    let expected = [[1.0, 3.0], [-2.0, -1.0], [1.0, 1.0], [2.0, 3.0], [3.0, 4.0], [2.0, 3.0]];
    for (update, expected) in updates.into_iter().zip(expected) {
        assert_eq!(flat(&session.run(update)?), expected);
    }
    assert_eq!(session.run(wholes)?.map(|value| flat(&value)), [[1.0, 1.0], [2.0, 3.0]]);
    Ok(())
}

/// What training keeps for a whole is a whole, in the same parts (O7, P4, B31).
#[test]
fn what_is_kept_for_a_whole_is_in_its_parts() -> Result<()> {
    for partitioner in [fixed_size_partitioner(3), slicing_partitioner([1, 2])] {
        let graph = Graph::new();
        let (step, update, kept) = graph.build(|| {
            let first = options().initializer(constant_initializer(4.0)).partitioner(partitioner);
            let v: Variable<f32> = get_variable("v", [5, 2], first);
            let (momentum, averages) = (Momentum::new(0.5, 0.9), ExponentialMovingAverage::new(0.5));
            let step = momentum.minimize(tf::reduce_sum(v * v, tf::ALL) * 0.5);
            let update = averages.apply(v);
            let slot = momentum.slot(v, "momentum").and_then(|slot| slot.typed::<f32>()).expect("all parts have one");
            let average = averages.average(v).expect("all parts have one");
            assert_eq!([slot, average].map(|kept| kept.name()), ["v/Momentum", "v/ExponentialMovingAverage"]);
            assert_eq!([slot, average].map(|kept| kept.part_count()), [v.part_count(); 2]);
            (step, update, [slot, average])
        })?;
        let session = started(&graph)?;
        session.run(step)?;
        session.run(update)?;
        let [slot, average] = session.run(kept)?;
        assert_eq!(
            (slot, average),
            (ndarray::ArrayD::from_elem(vec![5, 2], 4.0), ndarray::ArrayD::from_elem(vec![5, 2], 3.0))
        );
    }
    Ok(())
}

model! {
    /// A loss of a variable in parts.
    Cut(x: f32[4]) -> f32[] {
        let v = get_variable!("v", [4], initializer = ones_initializer(), partitioner = fixed_size_partitioner(3));
        tf::reduce_sum(tf::square(x * v), tf::ALL)
    }
}

model! {
    /// The same variable in use.
    Uncut reuse Cut(x: f32[4]) -> f32[4] {
        x * get_variable!("v", [4])
    }
}

/// A model that was trained tells what is kept for a whole, and goes on to share with others and to be saved (O7, P4).
#[test]
fn what_is_kept_for_a_whole_of_a_model_is_a_whole() -> Result<()> {
    let momentum = Momentum::new(0.25, 0.9);
    let cut = Cut::init(1)?.minimize(momentum)?;
    let x = ndarray::arr1(&[1.0f32, 0.0, 2.0, 0.5]);
    let _ = cut.step(&x)?;
    let graph = cut.instance().graph();
    let slot = graph.build(|| {
        tf::get_variable_scope().reuse_variables();
        let v: Variable<f32> = tf::get_variable("v", NoShape, options());
        momentum.slot(v, "momentum").and_then(|slot| slot.typed::<f32>()).expect("all parts have one")
    })?;
    let slopes = [2.0, 0.0, 8.0, 0.5];
    assert_eq!(flat(&cut.instance().session().run(slot)?), slopes);
    assert_eq!(flat(&cut.get::<f32>("v/Momentum")?), slopes, "by name, too");
    let uncut = Uncut::sharing(&cut)?;
    assert_eq!(uncut.run(&x)?.to_vec(), [0.5, 0.0, -2.0, 0.4375]);
    let folder = crate::checkpoints::Folder::new("cut_model");
    cut.save(folder.file("cut"))?;
    let other = Cut::init(2)?.minimize(Momentum::new(0.25, 0.9))?;
    other.restore(folder.file("cut"))?;
    assert_eq!(flat(&other.get::<f32>("v/Momentum")?), slopes);
    Ok(())
}

/// A partitioner may be a function of shape and type, whatever it decides by (P5, C34).
#[test]
fn a_partitioner_may_be_any_function() -> Result<()> {
    fn doubles_in_two(shape: &[usize], dtype: tf::DType) -> Vec<usize> {
        let mut slicing = vec![1; shape.len()];
        slicing[shape.len() - 1] = if dtype == tf::DType::F64 { 2 } else { 1 };
        slicing
    }
    let graph = Graph::new();
    graph.build(|| {
        let cut = || options().partitioner(Partitioner::function(doubles_in_two));
        assert_eq!(get_variable::<f64, _, _>("doubles", [3, 4], cut()).part_count(), 2);
        assert_eq!(get_variable::<f32, _, _>("floats", [3, 4], cut()).part_count(), 1);
    })?;
    assert_eq!(bounds(&graph, "doubles", 1), [(0, 2), (2, 2)]);
    Ok(())
}
