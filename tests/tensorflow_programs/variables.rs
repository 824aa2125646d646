//! Variables by themselves: first values, assignments, operators, what has no value, averages.

use crate::{flat, from, names, names_of, op_name, started, unread};
use tf::{
    Counter, Graph, NoShape, Result, Server, Session, Tensor, Variable, VariableOptions, abs, add, collection,
    constant, container, device, function_initializer, get_variable, global_variables_initializer, greater,
    greater_equal, less, less_equal, logical_and, logical_or, logical_xor, matmul, matmul_transposed, negative, ones,
    placeholder, random_uniform, reduce_sum, report_uninitialized_variables, slice,
    train::{GradientDescent, Optimizer},
    trainable_variables, zeros,
};

fn code<T>(result: Result<T>) -> &'static str {
    result.err().map_or("none", |error| error.code())
}

/// Unshared variables are numbered, have no value before the initializer, and then their own (C37, N1, N6).
#[test]
fn a_variable_has_its_value_once_it_is_initialized() -> Result<()> {
    let graph = Graph::new();
    let (vars, init) = graph.build(|| {
        let vars = [from("Variable", constant(0.0f32)), from("Variable", constant(1.1))];
        assert_eq!(vars.map(op_name), ["Variable", "Variable_1"]);
        assert_eq!(vars.map(|v| v.shape().to_string()), ["[]", "[]"]);
        (vars, global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    for v in vars {
        assert_eq!(code(session.run(v)), "E-UNINITIALIZED");
    }
    session.run(init)?;
    assert_eq!(session.run(vars)?.map(|value| value[[]]), [0.0, 1.1]);
    Ok(())
}

/// Variables that start from others are initialized after them, in one run and from one draw (N13 to N15).
#[test]
fn first_values_follow_from_each_other() -> Result<()> {
    let graph = Graph::new();
    let vars = graph.build(|| {
        let rnd = from("rnd", random_uniform::<f32, _>([3, 6], 0.0, 1.0));
        let dep = from("dep", rnd.initialized_value());
        let depdep = from("depdep", rnd.initialized_value() + dep.initialized_value() + 2.0);
        [rnd, dep, depdep]
    })?;
    assert_eq!(names(&graph), ["rnd", "dep", "depdep"]);
    assert!(vars.iter().all(|v| v.shape().to_string() == "[3, 6]"));
    let [rnd, dep, depdep] = started(&graph)?.run(vars)?;
    assert_eq!(rnd, dep);
    assert_eq!(&rnd + &dep + 2.0, depdep);
    Ok(())
}

/// Updates run when they are asked for, and yield the new value (U9, U24).
#[test]
fn updates_are_applied_when_they_run() -> Result<()> {
    let graph = Graph::new();
    let (var, updates) = graph.build(|| {
        let var = from("var", constant(0.0f32));
        (var, [var.assign_add(1.0), var.assign_sub(2.0), var.assign(4.0)])
    })?;
    let session = started(&graph)?;
    assert_eq!(session.run(var)?[[]], 0.0);
    for (update, expected) in updates.into_iter().zip([1.0, -1.0, 4.0]) {
        assert_eq!(session.run(update)?[[]], expected);
        assert_eq!(session.run(var)?[[]], expected);
    }
    Ok(())
}

/// Counting yields the numbers up to a limit, and then no more (U15).
#[test]
fn counting_ends_at_its_limit() -> Result<()> {
    fn counted<T: Counter + PartialEq + std::fmt::Debug + From<u8>>() -> Result<()> {
        let graph = Graph::new();
        let (var, next) = graph.build(|| {
            let var: Variable<T> = get_variable("var", [], VariableOptions::new());
            (var, var.count_up_to(T::from(3)))
        })?;
        let session = started(&graph)?;
        for number in 0..3u8 {
            assert_eq!(session.run(next)?[[]], T::from(number));
            assert_eq!(session.run(var)?[[]], T::from(number + 1));
        }
        for _ in 0..2 {
            assert_eq!(code(session.run(next)), "E-COUNT-LIMIT");
            assert_eq!(session.run(var)?[[]], T::from(3));
        }
        Ok(())
    }
    counted::<i32>()?;
    counted::<i64>()
}

/// A variable stands where a tensor is asked for, also one of no elements (U1, C22).
#[test]
fn a_variable_counts_as_its_value() -> Result<()> {
    let graph = Graph::new();
    let (sum, of_variable, of_constant) = graph.build(|| {
        let sum = add(from("x", constant(2.0f32)), from("y", constant(3.0)));
        let (empty, none) = (from("empty", zeros::<f32, _>([0, 2])), ones::<f32, _>([2, 0]));
        (sum, matmul(none, empty), matmul_transposed(none, none, false, true))
    })?;
    let (sum, of_variable, of_constant) = started(&graph)?.run((sum, of_variable, of_constant))?;
    assert_eq!(sum[[]], 5.0);
    assert_eq!((flat(&of_variable), &of_variable), (vec![0.0; 4], &of_constant));
    Ok(())
}

/// A variable in no list is trained, and initialized only with all (C30).
#[test]
fn a_variable_in_no_list_is_initialized_by_the_session() -> Result<()> {
    let graph = Graph::new();
    let (v, init) = graph.build(|| {
        let nowhere: [&'static str; 0] = [];
        let options = VariableOptions::new().initializer(constant(3.0f32)).collections(nowhere);
        let v: Variable<f32> = get_variable("v", NoShape, options);
        assert_eq!((names_of(trainable_variables()), names_of(tf::global_variables())), (vec!["v".into()], vec![]));
        (v, global_variables_initializer())
    })?;
    let session = Session::new(&graph)?;
    session.run(init)?;
    assert_eq!(code(session.run(v)), "E-UNINITIALIZED");
    session.initialize()?;
    assert_eq!(session.run(v)?[[]], 3.0);
    Ok(())
}

/// A variable of no elements is reported until it is initialized, as others are, and not after it (C22, N9).
#[test]
fn a_variable_of_no_elements_is_initialized_like_others() -> Result<()> {
    let graph = Graph::new();
    let (report, init) = graph.build(|| {
        let v = from("v", zeros::<f32, _>([0, 2]));
        (report_uninitialized_variables(), v.initializer())
    })?;
    let session = Session::new(&graph)?;
    assert_eq!(flat(&session.run(report)?), ["v"]);
    session.run(init)?;
    assert_eq!(session.run(report)?.len(), 0);
    Ok(())
}

/// A caching device is where reads are kept, and not where the variable is (C35).
#[test]
fn a_caching_device_is_not_the_variables_own() -> Result<()> {
    Graph::new().build(|| {
        let var = from("var", constant(2.0f32));
        assert_eq!((var.device(), var.value().device()), (String::new(), String::new()));
        let options = VariableOptions::new().initializer(constant(2.0f32)).caching_device("/job:foo");
        let cached: Variable<f32> = Variable::new("cached", NoShape, options);
        assert_eq!((cached.device(), cached.caching_device()), (String::new(), Some("/job:foo")));
    })
}

/// All are global, and those are trained that do not say otherwise (C25, C26).
#[test]
fn variables_are_listed_as_they_are_trained() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let with = |name: &str, options: VariableOptions| unread(Variable::<f32>::new(name, [], options));
        with("x", VariableOptions::new());
        with("y", VariableOptions::new().trainable(false));
        with("z", VariableOptions::new().trainable(true));
        let lists = [collection::TRAINABLE_VARIABLES, collection::GLOBAL_VARIABLES];
        with("t", VariableOptions::new().trainable(true).collections(lists));
        assert_eq!(names_of(tf::global_variables()), ["x", "y", "z", "t"]);
        assert_eq!(names_of(trainable_variables()), ["x", "z", "t"]);
    })
}

/// Variables that are never shared are listed by the name scope they were made in (K6, C37).
#[test]
fn unshared_variables_are_listed_by_name_scope() -> Result<()> {
    Graph::new().build(|| {
        for name in ["scope_1", "scope_2"] {
            tf::name_scope(name, || unread(from("Variable", constant(2.0f32))));
        }
        assert_eq!(names_of(tf::global_variables()), ["scope_1/Variable", "scope_2/Variable"]);
        for name in ["scope_1", "scope_2"] {
            assert_eq!(names_of(tf::global_variables_in(name)), [format!("{name}/Variable")]);
            assert_eq!(names_of(tf::trainable_variables_in(name)), [format!("{name}/Variable")]);
        }
    })
}

/// Every operator takes a variable on either side (U1).
#[test]
fn operators_take_variables_on_either_side() -> Result<()> {
    let graph = Graph::new();
    let (arithmetic, comparisons, remainders, logic, part) = graph.build(|| {
        let f = from("f", constant([2.0f32]));
        let i = from("i", constant([20]));
        let b = from("b", constant([true, false]));
        let t = from("t", random_uniform::<f32, _>([4, 4], 0.0, 1.0));
        let arithmetic = vec![f + 0.0, 1.0 + f, f - 1.0, 1.0 - f, f * 10.0, 10.0 * f, f / 10.0, 10.0 / f, -f, abs(f)];
        let comparisons = vec![
            less(f, 3.0),
            less(3.0, f),
            less_equal(f, 2.0),
            less_equal(2.0, f),
            greater(f, 3.0),
            greater(3.0, f),
            greater_equal(f, 2.0),
            greater_equal(2.0, f),
        ];
        let logic = vec![
            logical_and(b, constant([true, true])),
            logical_or(b, constant([false, true])),
            logical_xor(b, constant([false, false])),
            !b,
        ];
        (arithmetic, comparisons, vec![i % 7, 103 % i], logic, slice(t, [2, 0], [1, 0]))
    })?;
    let session = started(&graph)?;
    let all =
        |tensors: Vec<Tensor<bool>>| -> Result<Vec<Vec<bool>>> { Ok(session.run(tensors)?.iter().map(flat).collect()) };
    let found: Vec<f32> = session.run(arithmetic)?.iter().map(|value| value[[0]]).collect();
    assert_eq!(found, [2.0, 3.0, 1.0, -1.0, 20.0, 20.0, 0.2, 5.0, -2.0, 2.0]);
    assert_eq!(all(comparisons)?.concat(), [true, false, true, true, false, true, true, true]);
    let found: Vec<i32> = session.run(remainders)?.iter().map(|value| value[[0]]).collect();
    assert_eq!(found, [6, 3]);
    assert_eq!(all(logic)?, [[true, false], [true, true], [true, false], [false, true]]);
    assert_eq!(session.run(part)?.len(), 0);
    Ok(())
}

/// An assignment is carried out where the variable is, whatever scope it is made in (V10).
#[test]
fn an_assignment_stays_beside_its_variable() -> Result<()> {
    let graph = Graph::new();
    let assigned = graph.build(|| {
        let v = device("/job:ps", || from("v", constant(0)));
        device("/job:worker/task:7", || v.assign(1))
    })?;
    assert_eq!(graph.device_of(assigned).map(|device| device.to_string()).as_deref(), Some("/job:ps"));
    assert_eq!(graph.colocated_with(assigned), ["v"]);
    Ok(())
}

fn two_by_one(_: &[usize]) -> ndarray::Array2<f32> {
    ndarray::arr2(&[[-42.0], [133.7]])
}

/// A function yields the first value; another variable starts from its opposite (C15, N12, N14).
#[test]
fn a_function_yields_the_first_value() -> Result<()> {
    let graph = Graph::new();
    let (v1, v2) = graph.build(|| {
        let options = VariableOptions::new().initializer(function_initializer(two_by_one));
        let v1: Variable<f32> = Variable::new("v1", [2, 1], options);
        (v1, from("v2", negative(v1.initialized_value())))
    })?;
    assert_eq!(v2.shape().to_string(), "[2, 1]");
    let session = Session::new(&graph)?;
    let (first, second) = graph.build(|| (v1.initial_value(), v2.initial_value()))?;
    assert_eq!(flat(&session.run(first)?), [-42.0, 133.7]);
    assert_eq!(flat(&session.run(second)?), [42.0, -133.7]);
    assert_eq!((code(session.run(v1)), code(session.run(v2))), ("E-UNINITIALIZED", "E-UNINITIALIZED"));
    session.initialize()?;
    assert_eq!(flat(&session.run(v2)?), [42.0, -133.7]);
    Ok(())
}

/// The ops of a first value follow the variable's device by being tied to it (V7).
#[test]
fn a_first_value_is_tied_to_its_variable() -> Result<()> {
    let graph = Graph::new();
    let v1 = graph.build(|| {
        let options = VariableOptions::new().initializer(tf::constant_initializer(42.0));
        device("/cpu:100", || Variable::<f32>::new("v1", [], options))
    })?;
    graph.build(|| {
        assert_eq!((v1.device(), v1.initializer().device()), ("/device:CPU:100".into(), "/device:CPU:100".into()));
    })?;
    let first = graph.build(|| v1.initial_value())?;
    assert_eq!(graph.colocated_with(first), ["v1"]);
    Ok(())
}

/// A value is loaded from outside of the graph (U20).
#[test]
fn a_value_is_loaded_from_outside() -> Result<()> {
    let graph = Graph::new();
    let var = graph.build(|| from("var", zeros::<f32, _>([5, 5])))?;
    let session = started(&graph)?;
    let ones = ndarray::Array2::<f32>::ones((5, 5));
    var.load(&ones, &session)?;
    assert_eq!(var.eval(&session)?, ones.into_dyn());
    Ok(())
}

/// What has no value yet is told by name, in the order of creation, until all have one (N9).
#[test]
fn what_has_no_value_is_reported() -> Result<()> {
    let nothing = Graph::new();
    let report = nothing.build(report_uninitialized_variables)?;
    assert_eq!(Session::new(&nothing)?.run(report)?.len(), 0);
    let graph = Graph::new();
    let (report, inits) = graph.build(|| {
        let (v, w) = (from("v", constant([1, 2])), from("w", constant([3, 4])));
        (report_uninitialized_variables(), [w.initializer(), v.initializer()])
    })?;
    let session = Session::new(&graph)?;
    assert_eq!(flat(&session.run(report)?), ["v", "w"]);
    session.run(inits[0])?;
    assert_eq!(flat(&session.run(report)?), ["v"]);
    session.run(inits[1])?;
    assert_eq!(session.run(report)?.len(), 0);
    Ok(())
}

/// A variable of no elements is no obstacle to training others (C22, O13).
#[test]
fn training_leaves_empty_variables_alone() -> Result<()> {
    let graph = Graph::new();
    let (b, step) = graph.build(|| {
        let (a, b) = (from("a", zeros::<f32, _>([0, 2])), from("b", ones::<f32, _>([2, 2])));
        let objective = reduce_sum(b + matmul_transposed(a, a, true, false), tf::ALL);
        (b, GradientDescent::new(0.1).minimize(objective))
    })?;
    let session = started(&graph)?;
    session.run(step)?;
    assert!(flat(&session.run(b)?).iter().all(|x| (x - 0.9).abs() < 1e-6));
    Ok(())
}

/// A container holds the variables made in it; the inner one counts, and ends with its block (U29).
#[test]
fn containers_hold_the_variables_made_in_them() -> Result<()> {
    let server = Server::new();
    let made = |start: f32| -> Result<Session> {
        let graph = Graph::new();
        graph.build(|| {
            let v = |name: &str| unread(from(name, constant(start)));
            v("v0");
            container("l1", || {
                v("v1");
                container("l2", || v("v2"));
                v("v3");
            });
            v("v4");
        })?;
        Session::with_server(&graph, &server)
    };
    let session = made(1.0)?;
    session.initialize()?;
    server.reset(&["l2"]);
    assert_eq!(made(2.0)?.uninitialized_variables()?, ["v2"]);
    server.reset(&["l1"]);
    assert_eq!(session.uninitialized_variables()?, ["v1", "v2", "v3"]);
    Ok(())
}

/// A variable that is made from what is fed is initialized by a run that feeds it (N5).
#[test]
fn a_first_value_may_be_fed() -> Result<()> {
    let graph = Graph::new();
    let (x, v, init) = graph.build(|| {
        let x = placeholder::<f32, _>("x", [2]);
        let v = from("v", x * 2.0);
        (x, v, v.initializer())
    })?;
    let session = Session::new(&graph)?;
    session.run_with(init, &[x.feed(vec![1.0f32, 2.0])])?;
    assert_eq!(flat(&session.run(v)?), [2.0, 4.0]);
    Ok(())
}
