//! How variables are cut, what their parts are called, what they start from, and which collections they are in (P1 to P3, P13, P14, I12, I17).

use super::*;
use std::sync::Mutex;
use tf_core::{
    AnyVariable, DType, Initializer, PartitionInfo, Partitioner, Shape, Spec, Tensor, VariableDescription,
    collection::{GLOBAL_VARIABLES, TRAINABLE_VARIABLES},
    constant, constant_initializer, function_initializer, glorot_normal_initializer, glorot_uniform_initializer,
    he_uniform_initializer, identity_initializer,
    initializer::{Distribution, FanMode},
    l2_regularizer, ones_initializer, orthogonal_initializer, partition_initializer, random_normal_initializer,
    random_uniform_initializer, scope, slicing_partitioner, truncated_normal_initializer, variable_scope,
    variance_scaling_initializer, zeros_initializer,
};

#[test]
fn p13_p14_partitioners_cut_as_tensorflow_s_do() {
    let recorded = recorded("creating");
    for case in list(&recorded["partitioners"]) {
        let made = partitioner(text(&case["partitioner"]), &case["arguments"]);
        let (shape, wanted) = (sizes(&case["shape"]), sizes(&case["parts"]));
        let graph = Graph::new();
        fn described(graph: &Graph) -> VariableDescription {
            graph.variables().remove(0)
        }
        let options = options().partitioner(made);
        let built = match text(&case["dtype"]) {
            "f32" => graph.build(|| unused(get_variable::<f32, _, _>("v", &shape[..], options))),
            "f64" => graph.build(|| unused(get_variable::<f64, _, _>("v", &shape[..], options))),
            _ => graph.build(|| unused(get_variable::<i32, _, _>("v", &shape[..], options))),
        };
        built.unwrap();
        let parts = described(&graph).parts;
        let axis = wanted.iter().position(|&parts| parts > 1).unwrap_or(0);
        assert_eq!(parts.len(), wanted[axis], "{case}");
        let along: usize = parts.iter().map(|part| part.shape.size(axis).unwrap()).sum();
        assert_eq!(along, shape[axis], "{case}");
    }
}

fn initializer(name: Option<&str>, arguments: &Json) -> Initializer {
    let number = |key: &str| arguments[key].as_f64().expect("a number");
    let made = match name.unwrap_or("glorot_uniform") {
        "glorot_uniform" => glorot_uniform_initializer(),
        "glorot_normal" => glorot_normal_initializer(),
        "random_normal" => random_normal_initializer(),
        "he_uniform" => he_uniform_initializer(),
        "orthogonal" => orthogonal_initializer(1.0),
        "identity" => identity_initializer(arguments["gain"].as_f64().unwrap_or(1.0)),
        "zeros" => zeros_initializer(),
        "ones" => ones_initializer(),
        "truncated_normal" => truncated_normal_initializer().mean(number("mean")).stddev(number("stddev")),
        "random_uniform" => random_uniform_initializer(number("minval"), number("maxval")),
        "variance_scaling" => {
            let mode = if text(&arguments["mode"]) == "fan_in" { FanMode::FanIn } else { FanMode::FanOut };
            let distribution = match text(&arguments["distribution"]) {
                "uniform" => Distribution::Uniform,
                _ => Distribution::TruncatedNormal,
            };
            variance_scaling_initializer(number("scale"), mode, distribution)
        }
        other => panic!("no initializer {other}"),
    };
    match arguments["seed"].as_i64() {
        Some(seed) => made.seed(seed),
        None => made,
    }
}

#[test]
fn p1_p2_p3_parts_have_tensorflow_s_names_shapes_collections_and_first_values() {
    for case in list(&recorded("creating")["partitioned"]) {
        let graph = Graph::new();
        graph.set_random_seed(42);
        let shape = sizes(&case["shape"]);
        let (v, after) = graph
            .build(|| {
                variable_scope(text(&case["scope"]), |_| {
                    let options = options().initializer(initializer(case["initializer"].as_str(), &Json::Null));
                    let cut = partitioner(text(&case["partitioner"]), &case["arguments"]);
                    let v: Variable<f32> = get_variable("v", &shape[..], options.partitioner(cut));
                    assert_eq!(v.name(), format!("{}/v", text(&case["scope"])));
                    let after: Variable<f32> = get_variable("after", [2], VariableOptions::new());
                    (v, after)
                })
            })
            .unwrap();
        let parts = graph.variables().remove(0).parts;
        let found: Vec<_> = parts.iter().map(|part| (part.name.clone(), part.shape.to_string())).collect();
        let wanted = list(&case["parts"])
            .iter()
            .map(|part| (text(&part["name"]).to_owned(), Shape::of(&sizes(&part["shape"])).to_string()));
        assert_eq!(found, wanted.collect::<Vec<_>>());
        for name in [GLOBAL_VARIABLES, TRAINABLE_VARIABLES] {
            let listed = graph.collection::<AnyVariable>(name);
            let names: Vec<String> = listed.iter().map(|v| graph.describe(*v).unwrap().name).collect();
            assert_eq!(names, texts(&case["collections"]), "P3");
        }
        let session = started(&graph);
        let (whole, last) = session.run((v, after)).unwrap();
        assert_eq!(whole.shape(), shape);
        near(&whole.into_raw_vec_and_offset().0, &floats(&case["whole"]), 2e-6);
        near(&last.into_raw_vec_and_offset().0, &floats(&case["after"]), 2e-6);
    }
}

#[test]
fn i12_i17_each_part_is_drawn_by_itself_and_scaled_for_the_whole() {
    for case in list(&recorded("partitioned")["first_values"]) {
        let graph = Graph::new();
        graph.set_random_seed(42);
        let shape = sizes(&case["shape"]);
        let v = graph
            .build(|| {
                let first = initializer(Some(text(&case["initializer"])), &case["arguments"]);
                let cut = partitioner("fixed_size", &case["cut"]);
                get_variable::<f32, _, _>("v", &shape[..], options().initializer(first).partitioner(cut))
            })
            .unwrap();
        let parts: Vec<Variable<f32>> = graph.parts_of(v).iter().filter_map(AnyVariable::typed).collect();
        let session = started(&graph);
        for (part, wanted) in session.run(parts).unwrap().into_iter().zip(list(&case["parts"])) {
            assert_eq!(part.shape(), sizes(&wanted["shape"]));
            near(&part.iter().copied().collect::<Vec<_>>(), &floats(wanted), 1e-5);
        }
        near(&session.run(v).unwrap().iter().copied().collect::<Vec<_>>(), &floats(&case["whole"]), 1e-5);
    }
}

#[test]
fn i17_a_function_is_asked_once_for_each_part() {
    static ASKED: Mutex<Vec<PartitionInfo>> = Mutex::new(Vec::new());
    fn noted(info: &PartitionInfo) -> ndarray::ArrayD<f32> {
        ASKED.lock().unwrap().push(info.clone());
        ndarray::ArrayD::from_elem(&info.shape[..], info.offset[1] as f32)
    }
    fn by_shape(shape: &[usize]) -> Tensor<f32> {
        constant(shape[0] as f32) + tf_core::zeros::<f32, _>(shape)
    }
    let graph = Graph::new();
    let (v, w, plain) = graph
        .build(|| {
            let columns = fixed_size_partitioner(2).axis(1);
            let v = get_variable::<f32, _, _>(
                "v",
                [2, 3],
                options().initializer(partition_initializer(noted)).partitioner(columns),
            );
            let w = get_variable::<f32, _, _>(
                "w",
                [3],
                options().initializer(function_initializer(by_shape)).partitioner(fixed_size_partitioner(2)),
            );
            let plain = get_variable::<f32, _, _>("plain", [1, 1], options().initializer(partition_initializer(noted)));
            (v, w, plain)
        })
        .unwrap();
    let session = started(&graph);
    assert_eq!(session.run(v).unwrap(), ndarray::arr2(&[[0.0, 0.0, 2.0], [0.0, 0.0, 2.0]]).into_dyn());
    assert_eq!(session.run(w).unwrap(), ndarray::arr1(&[2.0, 2.0, 1.0]).into_dyn());
    assert_eq!(session.run(plain).unwrap()[[0, 0]], 0.0);
    let info = |shape: &[usize], full: &[usize], offset: &[usize]| PartitionInfo {
        shape: shape.to_vec(),
        full_shape: full.to_vec(),
        offset: offset.to_vec(),
    };
    let asked = ASKED.lock().unwrap();
    let wanted = [info(&[2, 2], &[2, 3], &[0, 0]), info(&[2, 1], &[2, 3], &[0, 2]), info(&[1, 1], &[1, 1], &[0, 0])];
    assert_eq!(*asked, wanted);
    assert!(graph.op_names().iter().any(|name| name.starts_with("w/part_1/Initializer/")));
}

#[test]
fn a_tensor_and_a_list_are_cut_as_the_variable_is() {
    let graph = Graph::new();
    let (v, w) = graph
        .build(|| {
            let cut = options().partitioner(fixed_size_partitioner(2));
            let of = constant([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
            let v: Variable<f32> = get_variable("v", tf_core::NoShape, cut.initializer(of));
            let listed = constant_initializer(&[1.0, 2.0, 3.0]);
            (v, get_variable::<f32, _, _>("w", [3], cut.initializer(listed)))
        })
        .unwrap();
    let session = started(&graph);
    assert_eq!(session.run(v).unwrap(), ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).into_dyn());
    assert_eq!(session.run(w).unwrap(), ndarray::arr1(&[1.0, 2.0, 3.0]).into_dyn());
    assert!(graph.op_names().contains(&"v/part_1/PartitionedInitializer/Slice".to_owned()));
}

#[test]
fn d4_a_scope_hands_its_partitioner_on_and_a_call_wins() {
    let graph = Graph::new();
    graph
        .build(|| {
            variable_scope(scope("a").partitioner(fixed_size_partitioner(2)), |outer| {
                let _ = get_variable::<f32, _, _>("v", [4], options());
                let _ = get_variable::<f32, _, _>("own", [4], options().partitioner(fixed_size_partitioner(3)));
                let _ = get_variable::<f32, _, _>("none", [4], options().partitioner(tf_core::no_partitioner()));
                let _ = get_variable::<f32, _, _>("scalar", [], options());
                variable_scope("inside", |_| unused(get_variable::<f32, _, _>("v", [4], options())));
                variable_scope(scope("off").partitioner(tf_core::no_partitioner()), |_| {
                    unused(get_variable::<f32, _, _>("v", [4], options()));
                });
                outer
            })
        })
        .map(|outer| {
            graph.build(|| {
                variable_scope(scope("elsewhere").partitioner(fixed_size_partitioner(4)), |_| {
                    variable_scope(outer, |_| unused(get_variable::<f32, _, _>("again", [4], options())));
                })
            })
        })
        .unwrap()
        .unwrap();
    let found: Vec<_> = graph.variables().into_iter().map(|v| (v.name, v.parts.len())).collect();
    let wanted =
        [("a/v", 2), ("a/own", 3), ("a/none", 0), ("a/scalar", 0), ("a/inside/v", 2), ("a/off/v", 0), ("a/again", 2)];
    assert_eq!(found, wanted.map(|(name, parts)| (name.to_owned(), parts)), "C24, D4");
}

#[test]
fn p5_p6_p7_p9_what_cannot_be_cut_is_a_mistake() {
    let created = |partitioner: Partitioner| {
        refused(|| unused(get_variable::<f32, _, _>("v", [4, 4], options().partitioner(partitioner))))
    };
    fn of_function(shape: &[usize], dtype: DType) -> Vec<usize> {
        assert_eq!((shape, dtype), (&[4, 4][..], DType::F32));
        vec![2, 2]
    }
    assert_eq!(created(slicing_partitioner([2])), "E-PARTITIONER-AXIS", "P5");
    assert_eq!(created(slicing_partitioner([2, 2])), "E-PARTITIONER-AXIS", "P6");
    assert_eq!(created(Partitioner::function(of_function)), "E-PARTITIONER-AXIS", "P6, C34");
    assert_eq!(created(Partitioner::function(|_, _| vec![0, 1])), "E-PARTITIONER-PARTS", "P7");
    assert_eq!(created(Partitioner::function(|_, _| vec![5, 1])), "E-PARTITIONER-PARTS");
    assert_eq!(created(fixed_size_partitioner(2).axis(2)), "E-PARTITIONER-AXIS");
    let unknown = refused(|| {
        let x = tf_core::placeholder::<f32, _>("x", [tf_core::ANY, 4]);
        let options = options().initializer(x).validate_shape(false).partitioner(fixed_size_partitioner(2));
        unused(get_variable::<f32, _, _>("v", tf_core::NoShape, options));
    });
    assert_eq!(unknown, "E-PARTITIONER-SHAPE", "P9");
    let recorded = recorded("partitioned");
    for name in ["rank", "two axes", "no parts", "more than rows"] {
        assert!(recorded["refused"][name].is_string(), "TensorFlow refuses {name}");
    }
    assert!(recorded["refused"]["scalar"].is_null(), "C24");
}

#[test]
fn an_initializer_has_to_fit_each_part() {
    let created = |parts| {
        refused(|| {
            let first = tf_core::delta_orthogonal_initializer(1.0);
            let cut = fixed_size_partitioner(parts).axis(-1);
            unused(get_variable::<f32, _, _>("v", [3, 3, 2, 4], options().initializer(first).partitioner(cut)));
        })
    };
    assert_eq!((created(2), created(3)), (String::new(), "E-INITIALIZER-CHANNELS".to_owned()));
}

#[test]
fn every_part_has_a_loss_of_its_own() {
    let graph = Graph::new();
    graph
        .build(|| {
            let options = options().initializer(ones_initializer()).regularizer(l2_regularizer(0.5));
            unused(get_variable::<f32, _, _>("v", [3], options.partitioner(fixed_size_partitioner(2))));
        })
        .unwrap();
    let losses = graph.collection::<Tensor<f32>>(tf_core::collection::REGULARIZATION_LOSSES);
    let names: Vec<String> = losses.iter().filter_map(|loss| graph.name_of(*loss)).collect();
    assert_eq!(names, ["v/part_0", "v/part_1"].map(|part| format!("{part}/Regularizer/l2_regularizer")));
    let values = started(&graph).run(losses).unwrap();
    assert_eq!(values.iter().map(|loss| loss[[]]).collect::<Vec<_>>(), [0.5, 0.25]);
}

#[test]
fn a_whole_is_described_once_with_its_parts() {
    let graph = Graph::new();
    graph.build(|| unused(cut("v", &[3, 2], 2))).unwrap();
    let [whole] = &graph.variables()[..] else { panic!("one variable") };
    assert_eq!(whole.spec, Spec::new(DType::F32, Shape::of(&[3, 2])));
    assert_eq!(whole.parts.iter().map(|part| part.offset).collect::<Vec<_>>(), [0, 2]);
    let table = graph.summary().to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[1].starts_with("v ") && lines[1].contains("[3, 2]"), "{table}");
    assert!(lines[2].starts_with("  part_0") && lines[2].contains("[2, 2]"), "{table}");
    assert!(lines[3].starts_with("  part_1") && lines[4].ends_with("24"), "{table}");
    assert!(graph.summary().sharing().to_string().starts_with("v: f32[3, 2], 1 call"));
}
