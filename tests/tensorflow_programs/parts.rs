//! Programs of TensorFlow's tests of partitioners, of partitioned variables, and of scopes that have a partitioner.

use super::{flat, names_of, refused, started, unread};
use ndarray::Axis;
use tf::{
    AUTO_REUSE, AnyVariable, DType, Graph, NoShape, Partitioner, Result, Saver, Session, Tensor, Variable,
    VariableOptions, add_to_collection, collection, concat, constant, control_dependencies, fixed_size_partitioner,
    function_initializer, get_collection, get_variable, get_variable_scope, global_variables, gradients, identity,
    min_max_variable_partitioner, ones_initializer, random_uniform_initializer, reduce_sum, scope, slicing_partitioner,
    train::{GradientDescent, Optimizer},
    trainable_variables, variable_axis_size_partitioner, variable_scope, zeros_initializer,
};

fn options() -> VariableOptions {
    VariableOptions::new()
}

/// The numbers of parts along each axis that a variable of `T` is cut into.
fn parts_of<T: tf::Element>(shape: &[usize], partitioner: Partitioner) -> usize {
    let graph = Graph::new();
    let first = options().initializer(zeros_initializer()).partitioner(partitioner);
    graph.build(|| unread(get_variable::<T, _, _>("v", shape, first))).expect("it can be cut");
    graph.variables()[0].parts.len()
}

/// Cuts along the first axis into so many.
fn along_first(shape: &[usize], parts: usize) -> Vec<usize> {
    let mut slicing = vec![1; shape.len()];
    slicing[0] = parts;
    slicing
}

fn into_one(shape: &[usize], _: DType) -> Vec<usize> {
    along_first(shape, 1)
}

fn into_two(shape: &[usize], _: DType) -> Vec<usize> {
    along_first(shape, 2)
}

fn into_three(shape: &[usize], _: DType) -> Vec<usize> {
    along_first(shape, 3)
}

#[test]
fn fixed_size_partitioners_take_no_more_than_there_are_p1_p2() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        variable_scope(scope("root").partitioner(fixed_size_partitioner(5)), |_| {
            let v0: Variable<f32> = get_variable("v0", [10, 10], options());
            assert_eq!(v0.parts().len(), 5);
            assert!(v0.parts().iter().all(|part| part.shape().to_string() == "[2, 10]"));
        });
        variable_scope(scope("root2").partitioner(fixed_size_partitioner(4)), |_| {
            let v: Variable<f32> = get_variable("v", [3, 2], options());
            assert_eq!(
                names_of(v.parts().into_iter().map(AnyVariable::from).collect()),
                ["root2/v/part_0", "root2/v/part_1", "root2/v/part_2"]
            );
        });
    })
}

#[test]
fn resource_partitioners_count_the_bytes_of_a_row_p14() {
    // 4 * 8 * 16 bytes of f32 in a row of 8, and in parts of at most so many bytes.
    assert_eq!(parts_of::<f32>(&[4, 8, 16, 32], variable_axis_size_partitioner(131_072).axis(3)), 1);
    assert_eq!(parts_of::<f32>(&[4, 8, 16, 32], variable_axis_size_partitioner(65_536).axis(3)), 1);
    assert_eq!(parts_of::<f32>(&[4, 8, 16, 32], variable_axis_size_partitioner(32_768).axis(3)), 2);
    assert_eq!(parts_of::<f32>(&[4, 8, 16, 32], variable_axis_size_partitioner(2048).axis(3)), 32);
    assert_eq!(
        parts_of::<f32>(&[4, 8, 16, 32], variable_axis_size_partitioner(1024).axis(3)),
        32,
        "a row is the least"
    );
    assert_eq!(parts_of::<f32>(&[4, 8, 16, 32], variable_axis_size_partitioner(1024).axis(3).max_shards(7)), 7);
    assert_eq!(parts_of::<String>(&[64], variable_axis_size_partitioner(64).bytes_per_string(16)), 16);
    assert_eq!(parts_of::<String>(&[64], variable_axis_size_partitioner(64).bytes_per_string(8)), 8);
    assert_eq!(parts_of::<bool>(&[64], variable_axis_size_partitioner(16)), 4);
}

#[test]
fn the_least_and_the_most_a_part_may_be_p13() {
    let cut =
        |most, least, bytes: usize| parts_of::<u8>(&[bytes], min_max_variable_partitioner(most).min_slice_size(least));
    assert_eq!(cut(100, 10 << 10, 128 << 10), 13, "128 KiB in parts of 10 KiB at least, rounded up");
    assert_eq!((cut(2, 10 << 10, 256 << 10), cut(9, 256 << 10, 128 << 10), cut(1, 1, 64)), (2, 1, 1));
    assert_eq!(parts_of::<f32>(&[3, 1 << 10], min_max_variable_partitioner(16).min_slice_size(1 << 10)), 3);
    assert_eq!(parts_of::<f32>(&[3, 1 << 10], min_max_variable_partitioner(16).min_slice_size(1 << 10).axis(1)), 12);
    assert_eq!(parts_of::<f32>(&[1 << 10], min_max_variable_partitioner(4)), 1, "4 KiB, where 256 are the least");
}

#[test]
fn a_partitioned_variable_has_the_name_that_was_asked_for_p1_p3() -> Result<()> {
    for partitioner in [slicing_partitioner([2, 1, 1]), Partitioner::function(into_two)] {
        let graph = Graph::new();
        graph.build(|| {
            variable_scope(scope("scope0").partitioner(partitioner), |_| {
                let v: Variable<f32> = get_variable("name0", [3, 1, 1], options());
                assert_eq!(v.name(), "scope0/name0");
                assert_eq!(graph.name_of(v.value()).as_deref(), Some("scope0/name0"));
                let variables = names_of(global_variables());
                assert!(variables.contains(&"scope0/name0/part_0".to_owned()));
                assert!(variables.contains(&"scope0/name0/part_1".to_owned()));
                assert!(!variables.contains(&"scope0/name0/part_2".to_owned()));
            });
        })?;
    }
    Ok(())
}

#[test]
fn parts_that_change_between_two_openings_are_refused_p10() {
    for other in [into_two as fn(&[usize], DType) -> Vec<usize>, into_three] {
        let graph = Graph::new();
        let code = refused(&graph, || {
            variable_scope(scope("scope0").partitioner(Partitioner::function(into_one)), |_| {
                unread(get_variable::<f32, _, _>("name0", [3, 1, 1], options()));
            });
            variable_scope(scope("scope0").partitioner(Partitioner::function(other)).reuse(true), |_| {
                unread(get_variable::<f32, _, _>("name0", [3, 1, 1], options()));
            });
        });
        assert_eq!(code, "E-SHARE-PARTS");
    }
}

#[test]
fn reuse_gives_the_same_parts_back_r16() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let halves = || scope("scope0").partitioner(slicing_partitioner([2, 1, 1]));
        let v0: Variable<f32> = variable_scope(halves(), |_| get_variable("name0", [3, 1, 1], options()));
        let reused: Variable<f32> =
            variable_scope(halves().reuse(true), |_| get_variable("name0", [3, 1, 1], options()));
        assert_eq!(AnyVariable::from(v0), AnyVariable::from(reused));
        let without: Variable<f32> =
            variable_scope(scope("scope0").reuse(true), |_| get_variable("name0", NoShape, options()));
        assert_eq!(AnyVariable::from(v0), AnyVariable::from(without));
        let automatic: Variable<f32> =
            variable_scope(halves().reuse(AUTO_REUSE), |_| get_variable("name0", [3, 1, 1], options()));
        assert_eq!(AnyVariable::from(v0), AnyVariable::from(automatic));
    })
}

#[test]
fn a_scope_that_is_opened_again_keeps_its_partitioner_d4() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let partitioned = scope("partitioned").partitioner(fixed_size_partitioner(2));
        variable_scope(partitioned, |vs| {
            variable_scope("inside", |inside| {
                variable_scope(vs, |_| {
                    let v: Variable<f32> = get_variable("again", [4], options());
                    assert_eq!(v.part_count(), 2);
                });
                variable_scope(inside, |_| {
                    let v: Variable<f32> = get_variable("v", [4], options());
                    assert_eq!((v.part_count(), v.name().as_str()), (2, "partitioned/inside/v"));
                });
            });
        });
        let plain: Variable<f32> = variable_scope("plain", |_| get_variable("v", [4], options()));
        assert_eq!(plain.part_count(), 1);
    })
}

#[test]
fn scalars_ignore_partitioners_c24() -> Result<()> {
    fn never(_: &[usize], _: DType) -> Vec<usize> {
        unreachable!("a scalar has no axes")
    }
    let graph = Graph::new();
    graph.build(|| {
        let cut = scope("scope0").partitioner(Partitioner::function(never));
        variable_scope(cut, |_| {
            let v: Variable<f32> = get_variable("name0", [], options());
            assert_eq!((v.part_count(), v.name().as_str()), (1, "scope0/name0"));
            let own: Variable<f32> = get_variable("name1", [], options().partitioner(fixed_size_partitioner(2)));
            assert_eq!(own.part_count(), 1);
        });
    })
}

#[test]
fn parts_are_concatenated_along_the_axis_that_is_cut_p1() -> Result<()> {
    let graph = Graph::new();
    let wholes = graph.build(|| {
        let of = |name: &str, slicing: [usize; 4]| -> Variable<f32> {
            get_variable(name, [2, 2, 2, 2], options().partitioner(slicing_partitioner(slicing)))
        };
        let cut = [of("n0", [2, 1, 1, 1]), of("n1", [1, 2, 1, 1]), of("n2", [1, 1, 2, 1]), of("n3", [1, 1, 1, 2])];
        let by_hand: Vec<Tensor<f32>> = cut
            .iter()
            .enumerate()
            .map(|(axis, v)| {
                assert_eq!(v.part(0).dim(axis), 1);
                concat(v.parts().as_slice(), axis as i32)
            })
            .collect();
        (cut.to_vec(), by_hand)
    })?;
    let session = started(&graph)?;
    let (wholes, by_hand) = session.run(wholes)?;
    assert_eq!(wholes, by_hand);
    assert!(wholes.iter().all(|whole| whole.shape() == [2, 2, 2, 2]));
    Ok(())
}

#[test]
fn an_initializer_is_called_for_each_part_i17() -> Result<()> {
    fn ones_of(shape: &[usize]) -> Tensor<f32> {
        tf::ones(shape)
    }
    let graph = Graph::new();
    let (v, parts) = graph.build(|| {
        let first = options().initializer(function_initializer(ones_of));
        let v: Variable<f32> = get_variable("v", [10, 43], first.partitioner(slicing_partitioner([1, 10])));
        let offsets: Vec<usize> = v.parts().iter().map(|part| part.dim(1)).collect();
        assert_eq!(offsets, [5, 5, 5, 4, 4, 4, 4, 4, 4, 4], "the first ones are longer");
        (v, v.parts())
    })?;
    let session = started(&graph)?;
    let (whole, parts) = session.run((v, parts))?;
    assert!(whole.iter().all(|&x| x == 1.0));
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    assert_eq!(ndarray::concatenate(Axis(1), &views).expect("parts fit"), whole);
    Ok(())
}

#[test]
fn a_vector_and_a_matrix_start_from_a_tensor_in_parts() -> Result<()> {
    let graph = Graph::new();
    let (vector, matrix) = graph.build(|| {
        let rnd = constant([1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        let first = options().initializer(rnd).partitioner(slicing_partitioner([4]));
        let vector: Variable<f32> = get_variable("vector", NoShape, first);
        assert_eq!(vector.parts().iter().map(|part| part.dim(0)).collect::<Vec<_>>(), [3, 3, 2, 2]);
        let columns = options().initializer(constant([[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]));
        (vector, get_variable::<f32, _, _>("matrix", NoShape, columns.partitioner(slicing_partitioner([1, 3]))))
    })?;
    let session = started(&graph)?;
    let (vector, matrix) = session.run((vector, matrix))?;
    assert_eq!(flat(&vector), (1..=10).map(|x| x as f32).collect::<Vec<_>>());
    assert_eq!(flat(&matrix), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    Ok(())
}

#[test]
fn another_variable_s_value_starts_parts_n12() -> Result<()> {
    let graph = Graph::new();
    let (whole, cut) = graph.build(|| {
        let drawn = options().initializer(random_uniform_initializer(0.0, 1.0));
        let whole: Variable<f32> = get_variable("whole", [200, 4], drawn);
        let first = options().initializer(whole.initialized_value());
        (whole, get_variable::<f32, _, _>("cut", NoShape, first.partitioner(fixed_size_partitioner(10))))
    })?;
    let (whole, cut) = started(&graph)?.run((whole, cut))?;
    assert_eq!(whole, cut);
    Ok(())
}

#[test]
fn names_of_parts_are_those_of_their_scope() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let cut = || options().initializer(ones_initializer()).partitioner(fixed_size_partitioner(2));
        for _ in 0..2 {
            unread(Variable::<f32>::new("PartitionedVariable", [2], cut()));
        }
        variable_scope("hi", |_| {
            unread(get_variable::<f32, _, _>("v", [2], cut()));
            unread(Variable::<f32>::new("PartitionedVariable", [2], cut()));
        });
    })?;
    let names: Vec<String> = graph.variables().into_iter().flat_map(|v| v.parts).map(|part| part.name).collect();
    assert_eq!(
        names,
        [
            "PartitionedVariable/part_0",
            "PartitionedVariable/part_1",
            "PartitionedVariable_1/part_0",
            "PartitionedVariable_1/part_1",
            "hi/v/part_0",
            "hi/v/part_1",
            "hi/PartitionedVariable/part_0",
            "hi/PartitionedVariable/part_1",
        ]
    );
    Ok(())
}

#[test]
fn what_slices_wrongly_is_refused_p5_p6_p7() {
    let graph = Graph::new();
    let created = |slicing: Partitioner| {
        refused(&graph, || unread(get_variable::<f32, _, _>("v", [10, 43], options().partitioner(slicing))))
    };
    assert_eq!(created(slicing_partitioner([2, 3])), "E-PARTITIONER-AXIS");
    assert_eq!(created(slicing_partitioner([12, 1])), "E-PARTITIONER-PARTS");
    assert_eq!(created(slicing_partitioner([1, 44])), "E-PARTITIONER-PARTS");
    assert_eq!(created(slicing_partitioner([1])), "E-PARTITIONER-AXIS");
    assert_eq!(created(slicing_partitioner([])), "E-PARTITIONER-AXIS");
}

#[test]
fn collections_and_training_see_the_parts_p3() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let cut = options().partitioner(fixed_size_partitioner(2));
        unread(get_variable::<f32, _, _>("trained", [2], cut));
        unread(get_variable::<f32, _, _>("fixed", [2], cut.trainable(false)));
        unread(get_variable::<f32, _, _>("local", [2], cut.collections([collection::LOCAL_VARIABLES])));
        assert_eq!(names_of(trainable_variables()), ["trained/part_0", "trained/part_1"]);
        assert_eq!(names_of(global_variables()), ["trained/part_0", "trained/part_1", "fixed/part_0", "fixed/part_1"]);
        let whole: Variable<f32> = {
            get_variable_scope().reuse_variables();
            get_variable("fixed", NoShape, options())
        };
        add_to_collection("mine", whole);
        assert_eq!(names_of(get_collection("mine")), ["fixed"]);
    })
}

#[test]
fn the_whole_is_assigned_and_its_parts_follow() -> Result<()> {
    let graph = Graph::new();
    let (whole, added, taken) = graph.build(|| {
        let cut = options().initializer(zeros_initializer()).partitioner(fixed_size_partitioner(4));
        let v: Variable<f32> = get_variable("v", [4, 1], cut);
        let one = constant([[1.0f32], [2.0], [3.0], [4.0]]);
        (v, v.assign_add(one), v.assign_sub(v * 0.5))
    })?;
    let session = started(&graph)?;
    assert_eq!(flat(&session.run(added)?), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(flat(&session.run(taken)?), [0.5, 1.0, 1.5, 2.0]);
    assert_eq!(flat(&session.run(whole)?), [0.5, 1.0, 1.5, 2.0]);
    Ok(())
}

#[test]
fn reads_see_what_control_dependencies_wrote() -> Result<()> {
    // TensorFlow leaves the reads of such a variable out of control dependencies; here they are reads like any other (U25).
    let graph = Graph::new();
    let seen = graph.build(|| {
        let cut = options().initializer(zeros_initializer()).partitioner(fixed_size_partitioner(2));
        let v: Variable<f32> = get_variable("v", [2], cut);
        let set = v.assign(constant([3.0f32, 4.0]));
        control_dependencies(set.op(), || identity(v.value()))
    })?;
    assert_eq!(flat(&started(&graph)?.run(seen)?), [3.0, 4.0]);
    Ok(())
}

#[test]
fn gradients_reach_the_parts_through_the_whole() -> Result<()> {
    let graph = Graph::new();
    let (v, step, slopes) = graph.build(|| {
        let cut = options().initializer(ones_initializer()).partitioner(fixed_size_partitioner(2).axis(1));
        let v: Variable<f32> = get_variable("v", [2, 3], cut);
        let loss = reduce_sum(v * v, tf::ALL) * 0.5;
        (v, GradientDescent::new(0.25).minimize(loss), gradients(loss, [v.part(0), v.part(1)]))
    })?;
    let session = started(&graph)?;
    let [first, second] = session.run(slopes)?;
    assert_eq!((first.shape(), second.shape()), (&[2, 2][..], &[2, 1][..]));
    session.run(step)?;
    assert!(session.run(v)?.iter().all(|&x| x == 0.75));
    Ok(())
}

#[test]
fn a_checkpoint_is_restored_into_other_slicings_p4() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("tf_scope_programs_parts_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let built = |slicing: Option<[usize; 2]>| -> Result<(Graph, Variable<f32>)> {
        let graph = Graph::new();
        let v = graph.build(|| {
            let drawn = options().initializer(random_uniform_initializer(0.0, 1.0));
            let drawn = drawn.partitioner(slicing.map(slicing_partitioner));
            get_variable("my_var", [10, 43], drawn)
        })?;
        Ok((graph, v))
    };
    let (graph, v) = built(Some([1, 10]))?;
    let session = started(&graph)?;
    let saved = Saver::new(&graph).save(&session, folder.join("slices"))?;
    let wanted = session.run(v)?;
    for slicing in [None, Some([5, 1]), Some([1, 43]), Some([1, 1])] {
        let (graph, v) = built(slicing)?;
        let session = Session::new(&graph)?;
        let report = Saver::new(&graph).restore(&session, &saved)?;
        assert_eq!((session.run(v)?, report.applied.len()), (wanted.clone(), 1), "{slicing:?}");
    }
    std::fs::remove_dir_all(&folder).expect("nothing else is in it");
    Ok(())
}
