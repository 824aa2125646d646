//! Programs of resource_variable_ops_test.py and dense_update_ops_test.py: variables that are changed as wholes, in rows, places and slices.

use crate::{checkpoints::code, flat, from, op_name, refused, started, unread};
use tf::{
    ANY, Element, Graph, NoShape, Number, Result, Server, Session, Tensor, Variable, VariableOptions, collection,
    colocate_with, constant, control_dependencies, device, gather, get_variable, is_variable_initialized, ones,
    placeholder, variable_scope, zeros,
};

/// What is assigned must have the variable's shape; its type is rustc's business (U11, U13).
#[test]
fn what_is_assigned_has_the_variables_shape() -> Result<()> {
    let graph = Graph::new();
    let number = graph.build(|| from("number", constant(1)))?;
    let four = graph.build(|| from("four", constant([0, 1, 2, 3])))?;
    assert_eq!(refused(&graph, || number.assign(constant([0]))), "E-ASSIGN-SHAPE");
    assert_eq!(refused(&graph, || four.assign_add(1)), "E-ASSIGN-SHAPE", "nothing is broadcast");
    let session = started(&graph)?;
    let assigned = graph.build(|| number.assign(0))?;
    assert_eq!(session.run(assigned)?[[]], 0);
    // Where the shape is known only in the run, the run says so.
    let (x, assign) = graph.build(|| {
        let x = placeholder::<i32, _>("x", [ANY]);
        (x, four.assign(x))
    })?;
    assert_eq!(code(session.run_with(assign, &[x.feed(vec![1, 2])])), "E-ASSIGN-SHAPE");
    assert_eq!(flat(&session.run(four)?), [0, 1, 2, 3]);
    Ok(())
}

/// A variable of an open shape takes values of any (C31, U14).
#[test]
fn a_variable_of_an_open_shape_takes_values_of_any() -> Result<()> {
    let graph = Graph::new();
    let (x, v, assign) = graph.build(|| {
        let x = placeholder::<f32, _>("x", [ANY, ANY]);
        let v: Variable<f32> = get_variable("v", NoShape, VariableOptions::new().initializer(x).validate_shape(false));
        (x, v, v.assign(x))
    })?;
    let fed = |rows: usize| x.feed(ndarray::Array2::<f32>::zeros((rows, rows)));
    let session = Session::new(&graph)?;
    session.run_with(graph.build(|| v.initializer())?, &[fed(1)])?;
    assert_eq!(session.run(v)?.shape(), [1, 1]);
    session.run_with(assign, &[fed(2)])?;
    assert_eq!(session.run(v)?.shape(), [2, 2]);
    Ok(())
}

/// An update is a tensor, the new value, or its operation, which yields nothing (U9).
#[test]
fn an_update_is_its_value_or_its_operation() -> Result<()> {
    let graph = Graph::new();
    let (v, updates) = graph.build(|| {
        let v = from("var0", constant(1.0f32));
        let updates = [v.assign(3.0), v.assign_add(1.0), v.assign_sub(2.0)];
        assert!(updates.iter().all(|&update| op_name(update) != op_name(v)));
        (v, updates)
    })?;
    let session = started(&graph)?;
    for (update, expected) in updates.into_iter().zip([3.0, 4.0, 2.0]) {
        assert_eq!(session.run(update)?[[]], expected);
    }
    for (update, expected) in updates.into_iter().zip([3.0, 4.0, 2.0]) {
        session.run(update.op())?;
        assert_eq!(session.run(v)?[[]], expected);
    }
    Ok(())
}

/// Writes and reads that wait for each other take place in that order, in one run (U3, U5).
#[test]
fn writes_and_reads_follow_each_other_in_a_run() -> Result<()> {
    let graph = Graph::new();
    let reads = graph.build(|| {
        let v: Variable<i32> = get_variable("v", [], VariableOptions::new());
        let first = control_dependencies(v.assign(1), || v.read_value());
        let second = control_dependencies([first], || v.assign(2));
        (first, control_dependencies(second, || v.read_value()))
    })?;
    let (first, second) = Session::new(&graph)?.run(reads)?;
    assert_eq!((first[[]], second[[]]), (1, 2));
    Ok(())
}

/// A read that is kept on a device was made before the updates, and does not see those of its run (C35, U5).
#[test]
fn a_kept_read_is_from_before_an_update() -> Result<()> {
    let graph = Graph::new();
    let (value, update) = graph.build(|| {
        let options = VariableOptions::new().initializer(constant(0.0f32)).caching_device("/cpu:0");
        let v: Variable<f32> = Variable::new("v", NoShape, options);
        (v.value(), v.assign_add(1.0))
    })?;
    let session = started(&graph)?;
    for turn in [0.0, 1.0] {
        let (before, after) = session.run((value, update))?;
        assert_eq!((before[[]], after[[]]), (turn, turn + 1.0));
    }
    Ok(())
}

/// One row of a matrix of one number, changed by each of the functions, by a row or by a number for all of it (U16).
#[test]
fn rows_are_changed_by_rows_and_by_numbers() -> Result<()> {
    type Update = fn(Variable<i32>, Tensor<i32>) -> Tensor<i32>;
    let cases: [(Update, i32, i32, i32); 7] = [
        (|v, by| v.scatter_update(0, by), 1, 2, 2),
        (|v, by| v.scatter_add(0, by), 1, 2, 3),
        (|v, by| v.scatter_sub(0, by), 1, 2, -1),
        (|v, by| v.scatter_mul(0, by), 1, 5, 5),
        (|v, by| v.scatter_div(0, by), 6, 3, 2),
        (|v, by| v.scatter_min(0, by), 6, 3, 3),
        (|v, by| v.scatter_max(0, by), 6, 3, 6),
    ];
    for (function, (update, start, by, expected)) in cases.into_iter().enumerate() {
        let graph = Graph::new();
        let (v, updates) = graph.build(|| {
            let v = from("v", constant([[start]]));
            (v, [update(v, constant([by])), update(v, constant(by))])
        })?;
        for update in updates {
            let session = started(&graph)?;
            session.run(update)?;
            assert_eq!(flat(&session.run(v)?), [expected], "function {function}");
        }
    }
    Ok(())
}

/// Texts and truth values are put in rows too (U16).
#[test]
fn rows_of_any_type_are_replaced() -> Result<()> {
    let graph = Graph::new();
    let (text, truth, updates) = graph.build(|| {
        let text = from("text", constant::<String, _>([["a"], ["b"]]));
        let truth = from("truth", constant([false, true, false]));
        let all = constant([0, 1, 2]);
        let updates = (
            text.scatter_update(constant([0]), constant::<String, _>([["c"]])),
            truth.scatter_update(all, constant([true, true, true])),
        );
        (text, truth, updates)
    })?;
    let session = started(&graph)?;
    session.run(updates)?;
    assert_eq!(flat(&session.run(text)?), ["c", "b"]);
    assert_eq!(flat(&session.run(truth)?), [true; 3]);
    Ok(())
}

/// Places of a vector are added to by their coordinates, and slices assigned (U17).
#[test]
fn places_and_slices_are_changed() -> Result<()> {
    let graph = Graph::new();
    let (eight, pair, updates) = graph.build(|| {
        let (eight, pair) = (from("add", ones::<f32, _>([8])), from("pair", constant([1.0f32, 2.0])));
        let at = constant([[4], [3], [1], [7]]);
        let places = eight.scatter_nd_add(at, constant([9.0f32, 10.0, 11.0, 12.0]));
        (eight, pair, (places, pair.slice([0], [1]).assign(constant([2.0f32]))))
    })?;
    let session = started(&graph)?;
    session.run(updates)?;
    assert_eq!(flat(&session.run(eight)?), [1.0, 12.0, 1.0, 11.0, 10.0, 1.0, 1.0, 13.0]);
    assert_eq!(flat(&session.run(pair)?), [2.0, 2.0]);
    Ok(())
}

/// Rows and their values must be as many; a row that is not there is told by the run (U16).
#[test]
fn rows_and_their_values_are_as_many() -> Result<()> {
    let graph = Graph::new();
    let v = graph.build(|| from("update", constant([0, 1, 2, 3])))?;
    let three = || v.scatter_update(constant([0, 1]), constant([0, 1, 2]));
    assert_eq!(refused(&graph, three), "E-SCATTER-SHAPE");
    let beyond = graph.build(|| v.scatter_update(constant([4]), constant([0])))?;
    assert_eq!(code(started(&graph)?.run(beyond)), "E-INDEX-RANGE");
    Ok(())
}

/// Rows are looked up in any order; how many is known if the list is (U1).
#[test]
fn rows_are_looked_up() -> Result<()> {
    let graph = Graph::new();
    let start = ndarray::Array3::from_shape_fn((4, 4, 4), |(i, j, k)| (16 * i + 4 * j + k) as i32);
    let (v, found) = graph.build(|| {
        let v = from("var3", tf::constant_array(&start));
        let of = |rows: Tensor<i32>| gather(v, rows, 0).shape().to_string();
        assert_eq!(v.shape().to_string(), "[4, 4, 4]");
        assert_eq!((of(constant([0, 1, 2])), of(placeholder("rows", [ANY]))), ("[3, 4, 4]".into(), "[?, 4, 4]".into()));
        (v, gather(v, constant([0, 3, 1, 2]), 0))
    })?;
    let (whole, found) = started(&graph)?.run((v, found))?;
    for (row, of) in [0, 3, 1, 2].into_iter().enumerate() {
        assert_eq!(found.index_axis(ndarray::Axis(0), row), whole.index_axis(ndarray::Axis(0), of));
    }
    Ok(())
}

/// The first value may be fed in the place of what the program says (N5, U22).
#[test]
fn another_first_value_is_fed() -> Result<()> {
    let graph = Graph::new();
    let (v, first, init) = graph.build(|| {
        let v = from("v", constant(2.0f32));
        (v, v.initial_value(), v.initializer())
    })?;
    let session = Session::new(&graph)?;
    session.run_with(init, &[first.feed(ndarray::arr0(3.0f32))])?;
    assert_eq!(session.run(v)?[[]], 3.0);
    session.run(init)?;
    assert_eq!(session.run(v)?[[]], 2.0);
    Ok(())
}

/// A chain of first values is that of the variables after it (N14).
#[test]
fn a_chain_of_first_values_is_computed_in_order() -> Result<()> {
    let graph = Graph::new();
    let chain = graph.build(|| {
        let a = from("a", constant([1.0f32, 2.0, 3.0]));
        let b = from("b", a.initialized_value() + 2.0);
        [a, b, from("c", b.initialized_value() + 2.0)]
    })?;
    let found = started(&graph)?.run(chain)?.map(|value| flat(&value));
    assert_eq!(found, [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0], [5.0, 6.0, 7.0]]);
    Ok(())
}

/// An empty list of texts is assigned to itself; it is local (C22, C28).
#[test]
fn an_empty_variable_of_texts_is_assigned_to_itself() -> Result<()> {
    let graph = Graph::new();
    let (copy, init) = graph.build(|| {
        let local = VariableOptions::new().initializer(zeros::<String, _>([0]));
        let v: Variable<String> = Variable::new("foo", NoShape, local.collections([collection::LOCAL_VARIABLES]));
        (v.assign(v.value()), tf::local_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    session.run(init)?;
    assert_eq!(session.run(copy)?.len(), 0);
    Ok(())
}

/// The reads that a caching device keeps are there, whatever the variable is placed by (C35, V12).
#[test]
fn kept_reads_are_on_their_device_and_beside_nothing() -> Result<()> {
    let graph = Graph::new();
    let made = |name: &str| -> Variable<f32> {
        let options = VariableOptions::new().initializer(constant(2.0f32)).caching_device("/job:localhost");
        Variable::new(name, NoShape, options)
    };
    let (v, w) = graph.build(|| {
        let v = device("/job:server/task:1", || made("v"));
        (v, colocate_with(v, || made("w")))
    })?;
    graph.build(|| {
        for variable in [v, w] {
            assert_eq!(
                (variable.device(), variable.value().device()),
                ("/job:server/task:1".into(), "/job:localhost".into())
            );
            assert_eq!(graph.colocated_with(variable.value()), [op_name(variable.value())], "itself alone");
        }
    })
}

/// On one server another graph finds a variable by its name, name scope and all; a name that is not there has no value (U29, C37).
#[test]
fn graphs_on_one_server_share_by_name() -> Result<()> {
    let server = Server::new();
    let (first, other) = (Graph::new(), Graph::new());
    first.build(|| tf::name_scope("foo", || unread(from("var6", constant(300.0f32)))))?;
    Session::with_server(&first, &server)?.initialize()?;
    let (w, x) = other.build(|| {
        let made = |name: &str| get_variable::<f32, _, _>(name, [], VariableOptions::new());
        (variable_scope("foo", |_| made("var6")), made("var5"))
    })?;
    let session = Session::with_server(&other, &server)?;
    assert_eq!(session.run(w)?[[]], 300.0);
    assert_eq!(code(session.run(x)), "E-UNINITIALIZED");
    let known = other.build(|| [is_variable_initialized(w), is_variable_initialized(x)])?;
    assert_eq!(session.run(known)?.map(|value| value[[]]), [true, false]);
    Ok(())
}

/// Of every number type: a variable is assigned, added to and subtracted from, and each yields what the variable then is (U9).
#[test]
fn numbers_of_every_type_are_updated() -> Result<()> {
    fn updated<T: Number + PartialEq + std::fmt::Debug>() -> Result<()> {
        let graph = Graph::new();
        let (v, counted, updates, shown) = graph.build(|| {
            let counted = || tf::cast::<T, _>(tf::reshape(tf::range(0, 20, 1), [4, 5]));
            let v = from("p", tf::zeros::<T, _>([4, 5]));
            let updates = [v.assign(counted()), v.assign_add(counted()), v.assign_sub(counted())];
            let shapes = updates.map(|update| update.shape().to_string());
            assert_eq!(shapes, ["[4, 5]"; 3]);
            (v, [counted(), counted() + counted(), tf::zeros_like(counted())], updates, tf::negative(counted()))
        })?;
        let session = started(&graph)?;
        let [y, twice, _] = session.run(counted)?;
        for (update, expected) in updates.into_iter().zip([&y, &twice, &y]) {
            assert_eq!(session.run(update)?, *expected);
            assert_eq!(session.run(v)?, *expected);
        }
        // Below zero, from zeros.
        session.initialize()?;
        assert_eq!(session.run(updates[2])?, session.run(shown)?);
        Ok(())
    }
    updated::<f32>()?;
    updated::<f64>()?;
    updated::<i32>()?;
    updated::<i64>()
}

/// An update of what has no value is an error, and leaves none (N6).
#[test]
fn what_has_no_value_is_not_updated() -> Result<()> {
    let graph = Graph::new();
    let (v, updates) = graph.build(|| {
        let v: Variable<f32> = get_variable("v", [1, 2], VariableOptions::new());
        let by = || constant([[2.0f32, 3.0]]);
        (v, [v.assign_add(by()), v.assign_sub(by()), v.scatter_add(constant([0]), by())])
    })?;
    let session = Session::new(&graph)?;
    for update in updates {
        assert_eq!(code(session.run(update)), "E-UNINITIALIZED");
    }
    assert_eq!(session.uninitialized_variables()?, ["v"]);
    let assign = graph.build(|| v.assign(constant([[2.0f32, 3.0]])))?;
    session.run(assign)?;
    assert_eq!(flat(&session.run(updates[0])?), [4.0, 6.0]);
    Ok(())
}

/// Of a value of an open shape the update has the variable's; of a variable of an open shape, what is known of both (U11, U12).
#[test]
fn an_update_has_the_shape_of_its_variable() -> Result<()> {
    Graph::new().build(|| {
        let open = || placeholder::<f32, _>("open", tf::Shape::UNKNOWN);
        let v: Variable<f32> = get_variable("v", [1, 2], VariableOptions::new());
        assert_eq!([v.assign(open()), v.assign_add(open())].map(|update| update.shape().to_string()), ["[1, 2]"; 2]);
        let options = VariableOptions::new().initializer(open()).validate_shape(false);
        let w: Variable<f32> = get_variable("w", NoShape, options);
        assert_eq!((w.shape().to_string(), w.assign(open()).shape().to_string()), ("[..]".into(), "[..]".into()));
    })
}

/// What depends on an update waits for it on another device, too (U3, V11).
#[test]
fn a_dependency_holds_across_devices() -> Result<()> {
    let graph = Graph::new();
    let result = graph.build(|| {
        let v = device("/cpu:1", || from("v", constant([1.0f32])));
        let increment = v.assign_add(constant([1.0f32]));
        control_dependencies(increment, || device("/cpu:0", || v * v))
    })?;
    let session = Session::with_options(&graph, &tf::Store::new(), tf::SessionOptions::new().cpu_devices(2))?;
    session.initialize()?;
    assert_eq!(flat(&session.run(result)?), [4.0]);
    Ok(())
}

/// A local text starts empty and is assigned another (I15).
#[test]
fn a_text_is_assigned() -> Result<()> {
    let graph = Graph::new();
    let (buffer, assign) = graph.build(|| {
        let local = VariableOptions::new().collections([collection::LOCAL_VARIABLES]).trainable(false);
        let buffer: Variable<String> = get_variable("buffer", [], local);
        (buffer, buffer.assign(constant::<String, _>("data")))
    })?;
    let session = started(&graph)?;
    assert_eq!(session.run(buffer)?[[]], "");
    assert_eq!(session.run(assign)?[[]], "data");
    Ok(())
}

/// What an update and its inverse of the same rows leave is what was there, in every number type (U16).
#[test]
fn updates_of_rows_undo_each_other() -> Result<()> {
    fn undone<T: Element + Number + From<u8> + PartialEq + std::fmt::Debug>() -> Result<()> {
        let graph = Graph::new();
        let (v, add, sub) = graph.build(|| {
            let five = || tf::cast::<T, _>(constant(5));
            let v: Variable<T> = get_variable("v", [3], VariableOptions::new().initializer(tf::ones_initializer()));
            (v, v.scatter_add(constant([0, 2]), five()), v.scatter_sub(constant([2, 0]), five()))
        })?;
        let session = started(&graph)?;
        session.run(add)?;
        assert_eq!(flat(&session.run(v)?), [6, 1, 6].map(T::from));
        session.run(sub)?;
        assert_eq!(flat(&session.run(v)?), [1, 1, 1].map(T::from));
        Ok(())
    }
    undone::<f32>()?;
    undone::<f64>()?;
    undone::<i32>()?;
    undone::<i64>()
}
