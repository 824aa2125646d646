//! What scopes say for the variables inside: first values, types, regularizers, constraints, devices to keep reads on.

use crate::{flat, names, refused, scalar, started, unread};
use std::sync::{Arc, Mutex};
use tf::{
    AnyVariable, Constraint, DeviceOp, Element, Graph, NoShape, Regularizer, Result, Session, Tensor, Variable,
    VariableOptions, collection, constant, constant_initializer, device, get_variable, get_variable_scope,
    no_regularizer, reduce_mean, scope, variable_scope, zeros_initializer,
};

/// A scalar of which nothing is said.
fn plain(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new())
}

/// A scope's initializer is for scopes inside and for an object that it is entered with (D1).
#[test]
fn an_initializer_is_given_by_name_and_by_object() -> Result<()> {
    let graph = Graph::new();
    let init = constant_initializer(0.3);
    let made = graph.build(|| {
        variable_scope("tower0", |tower| {
            let v = variable_scope(scope("foo").initializer(init), |_| plain("v"));
            [v, variable_scope(scope(tower).initializer(init), |_| plain("w"))]
        })
    })?;
    assert_eq!(names(&graph), ["tower0/foo/v", "tower0/w"]);
    assert_eq!(started(&graph)?.run(made)?.map(|value| value[[]]), [0.3, 0.3]);
    Ok(())
}

/// An initializer set for a scope is gone outside of it (D1).
#[test]
fn an_initializer_ends_with_its_scope() -> Result<()> {
    let graph = Graph::new();
    let (inside, outside) = graph.build(|| {
        let inside = variable_scope("bar", |_| {
            variable_scope(scope(get_variable_scope()).initializer(constant_initializer(0.3)), |_| plain("v"))
        });
        (inside, get_variable::<i32, _, _>("v", [], VariableOptions::new()))
    })?;
    let (inside, outside) = started(&graph)?.run((inside, outside))?;
    assert_eq!((inside[[]], outside[[]]), (0.3, 0));
    let missing = || {
        variable_scope("bar", |bar| {
            bar.reuse_variables();
            plain("w")
        })
    };
    assert_eq!(refused(&graph, missing), "E-REUSE-MISSING");
    Ok(())
}

/// A scope's type is demanded of the variables inside, which Rust gives a type anyway (D3).
#[test]
fn a_type_is_given_by_name_and_by_object() -> Result<()> {
    let graph = Graph::new();
    let double = |name: &str| get_variable::<f64, _, _>(name, [], VariableOptions::new());
    graph.build(|| {
        variable_scope("tower2", |tower| {
            variable_scope(scope("foo").dtype::<f64>(), |_| double("v").name());
            variable_scope(scope(tower).dtype::<f64>(), |_| double("w").name());
        });
    })?;
    assert_eq!(refused(&graph, || variable_scope(scope("tower3").dtype::<f64>(), |_| plain("v"))), "E-SCOPE-DTYPE");
    Ok(())
}

fn erased(w: Tensor<f32>) -> Tensor<f32> {
    w * 0.0
}

/// A constraint is for the variables of its own scope (D8).
#[test]
fn a_constraint_is_given_by_name_and_by_object() -> Result<()> {
    let graph = Graph::new();
    let erasing = || Constraint::function(erased);
    let made = graph.build(|| {
        let erase = |v: Variable<f32>| v.constraint().expect("the scope gives it").apply::<f32>(v);
        variable_scope("tower1", |tower| {
            assert!(plain("u").constraint().is_none());
            let v = variable_scope(scope("foo").constraint(erasing()), |_| erase(scalar("v")));
            [v, variable_scope(scope(tower).constraint(erasing()), |_| erase(scalar("w")))]
        })
    })?;
    assert_eq!(started(&graph)?.run(made)?.map(|value| value[[]]), [0.0, 0.0]);
    Ok(())
}

/// A caching device is handed on to scopes inside, and switched off by an empty one (D6, C35).
#[test]
fn a_caching_device_is_inherited_until_it_is_switched_off() -> Result<()> {
    let moo = Some("/job:moo");
    Graph::new().build(|| {
        variable_scope("tower", |_| {
            variable_scope(scope("caching").caching_device("/job:moo"), |_| {
                assert_eq!(plain("v").caching_device(), moo);
                variable_scope("child", |_| assert_eq!(plain("v").caching_device(), moo));
                variable_scope(scope("not_cached").caching_device(""), |_| {
                    assert_eq!(plain("v").caching_device(), None)
                });
                variable_scope(scope("live").caching_device("/job:live"), |_| {
                    assert_eq!(plain("v").caching_device(), Some("/job:live"));
                });
            });
            assert_eq!(plain("v").caching_device(), None);
        });
    })
}

fn mean_and_tenth(w: Tensor<f32>) -> Tensor<f32> {
    reduce_mean(w, tf::ALL) + 0.1
}

fn mean_and_fifth(w: Tensor<f32>) -> Tensor<f32> {
    reduce_mean(w, tf::ALL) + 0.2
}

/// Each new variable adds one loss: of the scope's regularizer, of another, or none; one that is shared adds none (D2, R15).
#[test]
fn regularizers_are_inherited_replaced_and_switched_off() -> Result<()> {
    let graph = Graph::new();
    let init = constant_initializer(0.3);
    let (tenth, fifth) = (|| Regularizer::function(mean_and_tenth), || Regularizer::function(mean_and_fifth));
    graph.build(|| {
        let tower = variable_scope(scope("tower3").regularizer(tenth()), |tower| {
            variable_scope(scope("foo").initializer(init), |_| unread(plain("v")));
            tower
        });
        variable_scope(scope(tower).initializer(init), |_| unread(plain("u")));
        variable_scope(scope(tower).initializer(init).regularizer(fifth()), |inside| {
            let _ = plain("w");
            let _ = get_variable::<f32, _, _>("x", [], VariableOptions::new().regularizer(no_regularizer()));
            variable_scope(scope("baz").regularizer(no_regularizer()), |_| unread(plain("y")));
            variable_scope(scope(inside).regularizer(no_regularizer()), |_| unread(plain("z")));
        });
        variable_scope(scope(tower), |_| variable_scope(scope("foo").reuse(true), |_| unread(plain("v"))));
    })?;
    assert_eq!(names(&graph), ["foo/v", "u", "w", "x", "baz/y", "z"].map(|name| format!("tower3/{name}")));
    let losses = graph.collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    let values: Vec<f32> = started(&graph)?.run(losses)?.iter().map(|loss| loss[[]]).collect();
    assert_eq!(values.len(), 3);
    for (value, expected) in values.iter().zip([0.4, 0.4, 0.5]) {
        assert!((value - expected).abs() < 1e-6, "{values:?}");
    }
    Ok(())
}

/// A tensor brings its shape and type, and no shape may stand beside it (C11 to C13).
#[test]
fn a_tensor_brings_shape_and_type() -> Result<()> {
    let graph = Graph::new();
    let made = graph.build(|| {
        let from =
            |name: &str| get_variable::<f32, _, _>(name, NoShape, VariableOptions::new().initializer(constant(0.1)));
        let integer: Variable<i32> = get_variable("t", NoShape, VariableOptions::new().initializer(constant(1)));
        let list: Variable<i64> =
            get_variable("w4", NoShape, VariableOptions::new().initializer(constant([1i64, 2, 3])));
        (from("v"), integer, list)
    })?;
    let (v, integer, list) = started(&graph)?.run(made)?;
    assert_eq!((v[[]], integer[[]], flat(&list)), (0.1, 1, vec![1, 2, 3]));
    let shaped = || get_variable::<f32, _, _>("u", [1], VariableOptions::new().initializer(constant(0.1)));
    assert_eq!(refused(&graph, shaped), "E-SHAPE-WITH-TENSOR");
    let float = || get_variable::<i32, _, _>("s", [1], VariableOptions::new().initializer(constant_initializer(0.5)));
    assert_eq!(refused(&graph, float), "E-INITIALIZER-DTYPE");
    Ok(())
}

/// What a variable of no said initializer starts from, if its type has no random values: zeros, `false`, the empty text (C1).
#[test]
fn integers_truth_values_and_texts_start_empty() -> Result<()> {
    fn same<T: Element + PartialEq + std::fmt::Debug>() -> Result<()> {
        let graph = Graph::new();
        let pair: [Variable<T>; 2] = graph.build(|| {
            let zeros = VariableOptions::new().initializer(zeros_initializer());
            [get_variable("x", [3, 4], VariableOptions::new()), get_variable("y", [3, 4], zeros)]
        })?;
        let [x, y] = started(&graph)?.run(pair)?;
        assert_eq!(x, y);
        Ok(())
    }
    same::<i8>()?;
    same::<u8>()?;
    same::<i16>()?;
    same::<u16>()?;
    same::<i32>()?;
    same::<i64>()?;
    same::<bool>()?;
    let graph = Graph::new();
    let text: Variable<String> = graph.build(|| get_variable("string", [], VariableOptions::new()))?;
    assert_eq!(started(&graph)?.run(text)?[[]], "");
    Ok(())
}

/// A device function sees each variable by name and type, where one of another type has its own (V4).
#[test]
fn a_device_function_sees_names_and_types_of_variables() -> Result<()> {
    let seen: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let record = {
        let seen = seen.clone();
        move |op: &DeviceOp<'_>| {
            if op.type_name() == "VarHandleOp" {
                seen.lock()
                    .expect("nobody panics with it")
                    .push((op.name().to_owned(), op.outputs()[0].dtype.to_string()));
            }
            "/device:GPU:0"
        }
    };
    let graph = Graph::new();
    graph.build(|| {
        device(record, || {
            let _ = get_variable::<f32, _, _>("x", [100, 200], VariableOptions::new());
            let _ = get_variable::<i64, _, _>("y", [73], VariableOptions::new());
        });
    })?;
    let expected = [("x".to_owned(), "f32".to_owned()), ("y".to_owned(), "i64".to_owned())];
    assert_eq!(*seen.lock().expect("nobody panics with it"), expected);
    assert!(graph.variables().iter().all(|variable| variable.device.to_string() == "/device:GPU:0"));
    Ok(())
}

/// A variable is in the collections it names, and in that of the trained ones as it is trained (C27).
#[test]
fn collections_take_the_place_of_the_global_one() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let _ = plain("v1");
        let _ = get_variable::<f32, _, _>("v2", [], VariableOptions::new().trainable(false));
        let _ = get_variable::<f32, _, _>("v3", [], VariableOptions::new().collections(["concatenated"]));
    })?;
    let listed = |name: &str| -> Vec<String> {
        let variables = graph.collection::<AnyVariable>(name);
        variables.iter().filter_map(|v| graph.describe(*v)).map(|v| v.name).collect()
    };
    assert_eq!(listed(collection::GLOBAL_VARIABLES), ["v1", "v2"]);
    assert_eq!(listed(collection::TRAINABLE_VARIABLES), ["v1", "v3"]);
    assert_eq!(listed("concatenated"), ["v3"]);
    Ok(())
}

/// A variable made under a dependency is initialized without it, while what is computed there waits (C44, N5).
#[test]
fn a_variable_is_initialized_without_the_dependencies_around_it() -> Result<()> {
    let graph = Graph::new();
    let (v0, v1, add, first) = graph.build(|| {
        let from = |name: &str, value: f32| {
            get_variable::<f32, _, _>(name, [1], VariableOptions::new().initializer(constant_initializer(value)))
        };
        let v0 = from("v0", 0.0);
        tf::control_dependencies([v0.value()], || {
            let v1 = from("v1", 1.0);
            (v0, v1, v1 + v0, [v0.initializer(), v1.initializer()])
        })
    })?;
    let session = Session::new(&graph)?;
    let told = |fetched: Result<ndarray::ArrayD<f32>>| fetched.map_err(|error| error.code()).map(|value| value[[0]]);
    assert_eq!(told(session.run(v0)), Err("E-UNINITIALIZED"));
    session.run(first[1])?;
    assert_eq!(told(session.run(v1)), Ok(1.0));
    assert_eq!((told(session.run(v0)), told(session.run(add))), (Err("E-UNINITIALIZED"), Err("E-UNINITIALIZED")));
    session.run(first[0])?;
    assert_eq!(told(session.run(add)), Ok(1.0));
    Ok(())
}
