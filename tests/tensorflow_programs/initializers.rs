//! Programs of init_ops_test.py: what variables start from.

use crate::{flat, refused, started, unread};
use tf::{
    Distribution, FanMode, Graph, Initializer, Result, Variable, VariableOptions, constant_initializer,
    delta_orthogonal_initializer, fixed_size_partitioner, get_variable, identity_initializer, ones_initializer,
    orthogonal_initializer, random_normal_initializer, random_uniform_initializer, truncated_normal_initializer,
    variance_scaling_initializer, zeros_initializer,
};

/// What variables of these initializers and this shape start from, one after the other in a graph of this seed.
fn start<T: tf::Element>(seed: i64, shape: &[usize], each: &[Initializer]) -> Result<Vec<Vec<T>>> {
    let graph = Graph::new();
    graph.set_random_seed(seed);
    let variables: Vec<Variable<T>> = graph.build(|| {
        let made = |(i, initializer): (usize, &Initializer)| {
            get_variable(format!("v{i}"), shape, VariableOptions::new().initializer(*initializer))
        };
        each.iter().enumerate().map(made).collect()
    })?;
    Ok(started(&graph)?.run(variables)?.iter().map(flat).collect())
}

fn one<T: tf::Element>(shape: &[usize], initializer: Initializer) -> Result<Vec<T>> {
    Ok(start(1, shape, &[initializer])?.remove(0))
}

/// Zeros, ones and constants, of numbers, lists and arrays (I1, I2).
#[test]
fn constants_fill_or_list_the_elements() -> Result<()> {
    assert_eq!(one::<f32>(&[2, 3], zeros_initializer())?, [0.0; 6]);
    assert_eq!(one::<f32>(&[2, 3], ones_initializer())?, [1.0; 6]);
    assert_eq!(one::<f32>(&[2, 3], constant_initializer(0.0))?, [0.0; 6]);
    assert_eq!(one::<f32>(&[2, 3], constant_initializer(1.0))?, [1.0; 6]);
    assert_eq!(one::<bool>(&[2], zeros_initializer())?, [false; 2]);
    assert_eq!(one::<bool>(&[2], ones_initializer())?, [true; 2]);
    assert_eq!(one::<String>(&[2], zeros_initializer())?, [""; 2]);
    assert_eq!(one::<i32>(&[2, 3], constant_initializer(7))?, [7; 6]);
    assert_eq!(one::<i32>(&[3], constant_initializer(&[10i64, 20, 30]))?, [10, 20, 30]);
    assert_eq!(one::<i32>(&[2, 3], constant_initializer(&[0i64, 1, 2, 3, 4, 5]))?, [0, 1, 2, 3, 4, 5]);
    Ok(())
}

/// A list has a value for each element: TensorFlow fills up one that is too short (I2).
#[test]
fn a_list_has_a_value_for_each_element() {
    let made = |shape: [usize; 2]| {
        let six = VariableOptions::new().initializer(constant_initializer(&[0i64, 1, 2, 3, 4, 5]));
        refused(&Graph::new(), || unread(get_variable::<i32, _, _>("x", shape, six)))
    };
    assert_eq!(made([2, 4]), "E-INITIALIZER-LENGTH", "too few");
    assert_eq!(made([2, 2]), "E-INITIALIZER-LENGTH", "too many");
    assert_eq!(made([3, 2]), "none");
}

/// Every random initializer: the same seeds draw the same values, others do not, and two of one graph are two (I3 to I11, I16).
#[test]
fn seeds_decide_what_is_drawn() -> Result<()> {
    let unit = |scale: f64| variance_scaling_initializer(scale, FanMode::FanIn, Distribution::Uniform);
    let all = [
        random_normal_initializer(),
        truncated_normal_initializer(),
        random_uniform_initializer(0.0, 7.0),
        unit(1.0),
        unit(1.5),
        variance_scaling_initializer(1.0, FanMode::FanAvg, Distribution::TruncatedNormal),
        variance_scaling_initializer(1.0, FanMode::FanOut, Distribution::UntruncatedNormal),
        orthogonal_initializer(1.0),
    ];
    for initializer in all {
        let drawn = |seed: i64| start::<f32>(9, &[10, 10], &[initializer.seed(seed)]);
        assert_eq!(drawn(1)?, drawn(1)?, "{initializer:?}");
        assert_ne!(drawn(1)?, drawn(2)?, "{initializer:?}");
        let doubles = |seed: i64| start::<f64>(9, &[10, 10], &[initializer.seed(seed)]);
        assert_eq!(doubles(1)?, doubles(1)?, "{initializer:?}");
        assert_ne!(doubles(1)?, doubles(2)?, "{initializer:?}");
        let pair = start::<f32>(1, &[10, 10], &[initializer, initializer])?;
        assert_ne!(pair[0], pair[1], "{initializer:?} twice in one graph");
    }
    Ok(())
}

/// Values are scaled by the number of inputs: mean and variance are those that were asked for (I7).
#[test]
fn scaled_values_have_the_variance_that_was_asked_for() -> Result<()> {
    for distribution in [Distribution::TruncatedNormal, Distribution::UntruncatedNormal, Distribution::Uniform] {
        let initializer = variance_scaling_initializer(1.0, FanMode::FanIn, distribution);
        let x = one::<f64>(&[100, 100], initializer)?;
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        assert!(mean.abs() < 1e-2 && (variance - 0.01).abs() < 1e-3, "{distribution:?}: {mean}, {variance}");
    }
    Ok(())
}

/// A variable of no elements has none drawn for it (C22, I6).
#[test]
fn nothing_is_drawn_for_no_elements() -> Result<()> {
    let unit = variance_scaling_initializer(1.0, FanMode::FanIn, Distribution::Uniform);
    assert!(one::<f32>(&[0, 2], unit)?.is_empty());
    Ok(())
}

/// Types that an initializer has no values of, and shapes that it cannot fill (I11, I12, I14).
#[test]
fn initializers_are_refused_where_they_mean_nothing() {
    fn made<T: tf::Element>(shape: &[usize], initializer: Initializer) -> &'static str {
        let options = VariableOptions::new().initializer(initializer);
        refused(&Graph::new(), || unread(get_variable::<T, _, _>("v", shape, options)))
    }
    for initializer in [random_normal_initializer(), truncated_normal_initializer(), orthogonal_initializer(1.0)] {
        assert_eq!(made::<String>(&[3, 3], initializer), "E-INITIALIZER-DTYPE");
        assert_eq!(made::<i32>(&[3, 3], initializer), "E-INITIALIZER-DTYPE");
    }
    assert_eq!(made::<String>(&[2], ones_initializer()), "E-INITIALIZER-DTYPE");
    assert_eq!(made::<bool>(&[2], constant_initializer(2)), "E-INITIALIZER-DTYPE");
    assert_eq!(made::<f32>(&[5], orthogonal_initializer(1.0)), "E-INITIALIZER-RANK");
    assert_eq!(made::<f32>(&[5, 7, 7], identity_initializer(1.0)), "E-INITIALIZER-RANK");
    assert_eq!(made::<f32>(&[5], identity_initializer(1.0)), "E-INITIALIZER-RANK");
    assert_eq!(made::<f32>(&[3, 3, 6, 5], delta_orthogonal_initializer(1.0)), "E-INITIALIZER-CHANNELS");
    assert_eq!(made::<f32>(&[100, 100], delta_orthogonal_initializer(1.0)), "E-INITIALIZER-RANK");
}

/// Rows, or columns where those are fewer, are of length one and at right angles; a gain makes them longer (I11).
#[test]
fn orthogonal_values_are_at_right_angles() -> Result<()> {
    for shape in [vec![10, 10], vec![2, 9], vec![9, 2], vec![2, 3, 4, 5]] {
        let columns = *shape.last().expect("it has axes");
        let rows = shape.iter().product::<usize>() / columns;
        let x = one::<f64>(&shape, orthogonal_initializer(1.0).seed(1))?;
        let at = |row: usize, column: usize| x[row * columns + column];
        let (count, length) = (rows.min(columns), rows.max(columns));
        let vector = |i: usize, k: usize| if rows < columns { at(i, k) } else { at(k, i) };
        for i in 0..count {
            for j in 0..count {
                let product: f64 = (0..length).map(|k| vector(i, k) * vector(j, k)).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12, "{shape:?}: {i} with {j} is {product}");
            }
        }
        let longer = one::<f64>(&shape, orthogonal_initializer(2.5).seed(1))?;
        assert!(x.iter().zip(&longer).all(|(x, longer)| (longer - 2.5 * x).abs() < 1e-12));
    }
    Ok(())
}

/// A filter that keeps lengths: all of it is in the middle, and there it is orthonormal (I13).
#[test]
fn a_delta_orthogonal_filter_is_orthonormal_in_its_middle() -> Result<()> {
    for size in [1, 2, 3] {
        let (inputs, outputs, gain) = (4, 6, 2.0);
        let x = one::<f64>(&[size, size, inputs, outputs], delta_orthogonal_initializer(gain).seed(3))?;
        let middle = ((size - 1) / 2 * size + (size - 1) / 2) * inputs * outputs;
        let around = x[..middle].iter().chain(&x[middle + inputs * outputs..]);
        assert!(around.copied().all(|x| x == 0.0), "size {size}");
        for i in 0..inputs {
            let length: f64 = (0..outputs).map(|o| x[middle + i * outputs + o].powi(2)).sum();
            assert!((length - gain * gain).abs() < 1e-12, "size {size}: {length}");
        }
    }
    Ok(())
}

/// The identity, of matrices that are not square, with a gain, and cut into parts (I12, I17).
#[test]
fn the_identity_is_one_also_in_parts() -> Result<()> {
    assert_eq!(one::<f32>(&[2, 3], identity_initializer(1.0))?, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(one::<f32>(&[3, 2], identity_initializer(2.5))?, [2.5, 0.0, 0.0, 2.5, 0.0, 0.0]);
    let graph = Graph::new();
    let pair: [Variable<f32>; 2] = graph.build(|| {
        let options = || VariableOptions::new().initializer(identity_initializer(1.0));
        [
            get_variable("whole", [10, 10], options()),
            get_variable("cut", [10, 10], options().partitioner(fixed_size_partitioner(3))),
        ]
    })?;
    let [whole, cut] = started(&graph)?.run(pair)?;
    assert_eq!(whole, cut);
    Ok(())
}
