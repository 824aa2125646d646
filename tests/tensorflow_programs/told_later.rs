//! Programs of variable_scope_test.py that tell an open scope what holds from there on, and more of its custom getters.

use crate::{names, op_name, refused, scalar, started, unread};
use std::sync::{Arc, Mutex};
use tf::{
    AnyVariable, Getter, Graph, Regularizer, Result, Reuse, Tensor, Variable, VariableAsked, VariableOptions,
    collection, constant_initializer, fixed_size_partitioner, get_variable, get_variable_scope, no_partitioner,
    no_regularizer, reduce_mean, scope, variable_scope,
};

fn plain(name: &str) -> Variable<f32> {
    get_variable(name, [], VariableOptions::new())
}

/// The scope that is open can be asked for and told an initializer and to reuse; both end with it (S24, R11).
#[test]
fn the_open_scope_is_told_what_holds() -> Result<()> {
    let graph = Graph::new();
    let v = graph.build(|| {
        variable_scope("bar", |_| {
            get_variable_scope().set_initializer(constant_initializer(0.3));
            plain("v")
        })
    })?;
    assert_eq!(started(&graph)?.run(v)?[[]], 0.3);
    let missing = || {
        variable_scope("bar", |_| {
            get_variable_scope().reuse_variables();
            assert_eq!(get_variable_scope().reuse(), Reuse::Yes);
            unread(plain("w"));
        });
    };
    assert_eq!(refused(&graph, missing), "E-REUSE-MISSING");
    // Neither is left behind.
    let other = graph.build(|| {
        assert_eq!(get_variable_scope().reuse(), Reuse::No);
        variable_scope("bar", |_| get_variable::<i32, _, _>("other", [], VariableOptions::new()))
    })?;
    assert_eq!(started(&graph)?.run(other)?[[]], 0);
    Ok(())
}

fn mean_and(more: f32) -> Regularizer {
    fn tenth(w: Tensor<f32>) -> Tensor<f32> {
        reduce_mean(w, tf::ALL) + 0.1
    }
    fn fifth(w: Tensor<f32>) -> Tensor<f32> {
        reduce_mean(w, tf::ALL) + 0.2
    }
    Regularizer::function(if more < 0.15 { tenth } else { fifth })
}

/// A regularizer is exchanged and switched off in the middle of a scope, for what comes after (D2, S24).
#[test]
fn a_regularizer_is_exchanged_in_the_middle() -> Result<()> {
    let graph = Graph::new();
    let init = constant_initializer(0.3);
    graph.build(|| {
        let tower = variable_scope(scope("tower3").regularizer(mean_and(0.1)), |tower| {
            variable_scope(scope("foo").initializer(init), |_| unread(plain("v")));
            tower
        });
        variable_scope(scope(tower).initializer(init), |vs| {
            unread(plain("u"));
            vs.set_regularizer(mean_and(0.2));
            unread(plain("w"));
            unread(get_variable("x", [], VariableOptions::new().regularizer(no_regularizer())) as Variable<f32>);
            variable_scope(scope("baz").regularizer(no_regularizer()), |_| unread(plain("y")));
            vs.set_regularizer(no_regularizer());
            unread(plain("z"));
        });
        // The object that was entered is as it was.
        variable_scope(scope(tower).initializer(init), |_| unread(plain("again")));
    })?;
    let losses = graph.collection::<Tensor<f32>>(collection::REGULARIZATION_LOSSES);
    let values: Vec<f32> = started(&graph)?.run(losses)?.iter().map(|loss| loss[[]]).collect();
    assert_eq!(values.len(), 4, "{values:?}");
    assert!(
        values.iter().zip([0.4, 0.4, 0.5, 0.4]).all(|(value, expected)| (value - expected).abs() < 1e-6),
        "{values:?}"
    );
    Ok(())
}

/// A caching device, a type and a partitioner are set alike (S24, D3, D4, D6).
#[test]
fn other_defaults_are_set_for_what_comes_after() -> Result<()> {
    Graph::new().build(|| {
        variable_scope("tower", |tower| {
            variable_scope(scope("we_will_do_it_live").caching_device("/job:moo"), |live| {
                assert_eq!(plain("before").caching_device(), Some("/job:moo"));
                live.set_caching_device("/job:live");
                assert_eq!(plain("v").caching_device(), Some("/job:live"));
                live.set_caching_device("");
                assert_eq!(plain("not_cached").caching_device(), None);
            });
            let cut = |name: &str| get_variable::<f32, _, _>(name, [4], VariableOptions::new()).part_count();
            assert_eq!(cut("whole"), 1);
            tower.set_partitioner(fixed_size_partitioner(2));
            assert_eq!((cut("in_two"), variable_scope("inside", |_| cut("too"))), (2, 2));
            tower.set_partitioner(no_partitioner());
            assert_eq!(cut("whole_again"), 1);
        });
    })?;
    let typed = || {
        variable_scope("doubles", |doubles| {
            doubles.set_dtype::<f64>();
            unread(get_variable::<f64, _, _>("v", [], VariableOptions::new()));
            unread(plain("w"));
        });
    };
    assert_eq!(refused(&Graph::new(), typed), "E-SCOPE-DTYPE");
    Ok(())
}

/// A getter is told whether it is asked to reuse, and may do otherwise then (C49).
#[test]
fn a_getter_knows_whether_it_is_asked_to_reuse() -> Result<()> {
    let asked: Arc<Mutex<Vec<Reuse>>> = Arc::default();
    let noting = {
        let asked = asked.clone();
        move |getter: &Getter, request: VariableAsked| {
            asked.lock().expect("nobody panics with it").push(request.reuse());
            getter.get(request)
        }
    };
    Graph::new().build(|| {
        let (v, made) = variable_scope(scope("scope").custom_getter(noting), |made| (plain("v"), made));
        let v2 = variable_scope(scope(made).reuse(true), |_| plain("v"));
        assert_eq!(op_name(v), op_name(v2));
    })?;
    assert_eq!(*asked.lock().expect("nobody panics with it"), [Reuse::No, Reuse::Yes]);
    Ok(())
}

/// A getter may force a name, and sees what the getters inside it made of the request (C48, C50).
#[test]
fn a_getter_may_force_a_name() -> Result<()> {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let noting = {
        let seen = seen.clone();
        move |getter: &Getter, request: VariableAsked| -> AnyVariable {
            seen.lock().expect("nobody panics with it").push(request.name().to_owned());
            getter.get(request)
        }
    };
    let forcing = |getter: &Getter, request: VariableAsked| getter.get(request.with_name("forced_name"));
    let graph = Graph::new();
    graph.build(|| {
        variable_scope(scope("outer").custom_getter(noting), |_| {
            variable_scope(scope("inner").custom_getter(forcing), |_| unread(scalar("one_name")));
        });
    })?;
    assert_eq!(*seen.lock().expect("nobody panics with it"), ["forced_name"]);
    assert_eq!(names(&graph), ["forced_name"]);
    Ok(())
}

/// A getter that is set takes the place of all around it (S24, D5).
#[test]
fn a_getter_that_is_set_stands_alone() -> Result<()> {
    let counting = |count: &Arc<Mutex<u32>>| {
        let count = count.clone();
        move |getter: &Getter, request: VariableAsked| {
            *count.lock().expect("nobody panics with it") += 1;
            getter.get(request)
        }
    };
    let (around, own) = (Arc::default(), Arc::default());
    Graph::new().build(|| {
        variable_scope(scope("outer").custom_getter(counting(&around)), |_| {
            variable_scope("inner", |inner| {
                unread(plain("v"));
                inner.set_custom_getter(counting(&own));
                unread(plain("w"));
            });
            unread(plain("x"));
        });
    })?;
    assert_eq!((*around.lock().expect("nobody panics with it"), *own.lock().expect("nobody panics with it")), (2, 1));
    Ok(())
}
