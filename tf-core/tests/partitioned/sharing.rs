//! Sharing variables in parts (P10 to P12, R16).

use super::*;
use tf_core::{AUTO_REUSE, Reuse, scope, slicing_partitioner, variable_scope};

/// Asks for `name`, in the scope `p`, as it is given: with a partitioner, and a shape.
#[track_caller]
fn asked(name: &str, parts: Option<usize>, shape: &[usize], reuse: Reuse) {
    variable_scope(scope("p").reuse(reuse), |_| {
        let options = match parts {
            Some(parts) => options().partitioner(slicing_partitioner([parts, 1])),
            None => options(),
        };
        let _ = get_variable::<f32, _, _>(name, shape, options);
    });
}

fn second(first: Option<usize>, second: (&str, Option<usize>, &[usize]), reuse: Reuse) -> String {
    refused(|| {
        asked("v", first, &[4, 4], Reuse::Inherit);
        asked(second.0, second.1, second.2, reuse);
    })
}

#[test]
fn p10_p11_p12_r16_sharing_asks_for_the_same_parts() {
    let recorded = recorded("partitioned");
    let square: &[usize] = &[4, 4];
    let cases = [
        ("other parts", second(Some(2), ("v", Some(3), square), Reuse::Yes), "E-SHARE-PARTS"),
        ("no partitioner", second(Some(2), ("v", None, square), Reuse::Yes), ""),
        ("same, automatic", second(Some(2), ("v", Some(2), square), AUTO_REUSE), ""),
        ("was in one piece", second(None, ("v", Some(2), square), Reuse::Yes), "E-SHARE-PARTS"),
        ("other shape", second(Some(2), ("v", Some(2), &[5, 4]), Reuse::Yes), "E-SHARE-SHAPE"),
        ("created twice", second(Some(2), ("v", Some(2), square), Reuse::Inherit), "E-EXISTS"),
        ("missing", second(None, ("w", Some(2), square), Reuse::Yes), "E-REUSE-MISSING"),
    ];
    for (name, found, code) in cases {
        assert_eq!(found, code, "{name}");
        assert_eq!(recorded["refused"][name].is_null(), code.is_empty(), "TensorFlow on {name}");
    }
    // TensorFlow refuses this one alone, and finds the variable under `reuse=True`: here what is left out never conflicts.
    assert_eq!(second(Some(2), ("v", None, square), AUTO_REUSE), "", "R16");
    assert!(recorded["refused"]["no partitioner, automatic"].is_string());
}

#[test]
fn d4_the_scope_s_partitioner_counts_where_the_call_has_none() {
    let in_scope = |parts| scope("p").partitioner(slicing_partitioner([parts, 1]));
    let shared = |first, second| {
        refused(|| {
            variable_scope(in_scope(first), |_| unused(get_variable::<f32, _, _>("v", [4, 4], options())));
            variable_scope(in_scope(second).reuse(true), |_| unused(get_variable::<f32, _, _>("v", [4, 4], options())));
        })
    };
    assert_eq!((shared(2, 2), shared(2, 3)), (String::new(), "E-SHARE-PARTS".to_owned()));
    assert!(recorded("partitioned")["refused"]["scope's"].is_string());
}

#[test]
fn a_whole_is_shared_by_its_name_alone_and_is_the_same_variable() {
    let graph = Graph::new();
    let (v, again, part) = graph
        .build(|| {
            let v = cut("v", &[5], 2);
            tf_core::get_variable_scope().reuse_variables();
            let again: Variable<f32> = get_variable("v", tf_core::NoShape, options());
            let part: Variable<f32> = get_variable("v/part_1", [2], options());
            (v, again, part)
        })
        .unwrap();
    assert_eq!(graph.variables().len(), 1);
    assert_eq!((again.shape().to_string(), graph.variables()[0].calls), ("[5]".to_owned(), 2));
    let session = started(&graph);
    let (v, again, part) = session.run((v, again, part)).unwrap();
    assert_eq!(v, again);
    assert_eq!(part.as_slice(), Some(&v.as_slice().unwrap()[3..]));
}

#[test]
fn a_part_s_name_is_taken_like_any_other() {
    let both = |first: fn(), second: fn()| {
        refused(|| {
            first();
            second();
        })
    };
    let plain: fn() = || unused(get_variable::<f32, _, _>("v/part_0", [2], options()));
    let parted: fn() = || unused(cut("v", &[4], 2));
    assert_eq!(both(plain, parted), "E-PARTS-EXIST");
    assert_eq!(both(parted, plain), "E-EXISTS");
    assert!(recorded("partitioned")["refused"]["part exists"].is_string());
}

#[test]
fn a_getter_is_asked_for_the_whole_and_may_cut_it() {
    use tf_core::{AnyVariable, Getter, VariableAsked};
    fn halves(getter: &Getter, asked: VariableAsked) -> AnyVariable {
        assert!(asked.name() == "s/v" && asked.partitioner().is_none());
        getter.get(asked.with_partitioner(fixed_size_partitioner(2)))
    }
    let graph = Graph::new();
    graph
        .build(|| {
            variable_scope(scope("s").custom_getter(halves), |_| unused(get_variable::<f32, _, _>("v", [4], options())))
        })
        .unwrap();
    let parts: Vec<String> = graph.variables().remove(0).parts.into_iter().map(|part| part.name).collect();
    assert_eq!(parts, ["s/v/part_0", "s/v/part_1"]);
}

#[test]
fn a_build_that_fails_leaves_no_parts() {
    let graph = Graph::new();
    graph
        .build(|| {
            unused(cut("v", &[4], 2));
            unused(cut("w", &[4, 4], 0));
        })
        .unwrap_err();
    assert!(graph.variables().is_empty() && graph.trainable_variables().is_empty());
    graph.build(|| unused(cut("v", &[4], 3))).unwrap();
    assert_eq!(graph.variables()[0].parts.len(), 3);
}

#[test]
fn variables_that_are_never_shared_can_be_cut_too() {
    let graph = Graph::new();
    graph
        .build(|| {
            for _ in 0..2 {
                let _ = Variable::<f32>::new("v", [3], options().partitioner(fixed_size_partitioner(2)));
            }
        })
        .unwrap();
    let names: Vec<Vec<String>> =
        graph.variables().into_iter().map(|v| v.parts.into_iter().map(|part| part.name).collect()).collect();
    assert_eq!(names, [["v/part_0", "v/part_1"], ["v_1/part_0", "v_1/part_1"]]);
    assert!(started(&graph).uninitialized_variables().unwrap().is_empty());
}
