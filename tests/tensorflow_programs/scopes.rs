//! Variable scopes and name scopes: which variables a program reaches, and what its ops are called.

use crate::{names, names_of, op_name, ops_in, refused, scalar, unread};
use std::thread;
use tf::{
    AUTO_REUSE, AnyVariable, Graph, NO_REUSE, Result, Reuse, Variable, VariableOptions, collection, default_name,
    get_variable, get_variable_scope, name_scope, scope, variable_scope, zeros_initializer,
};

/// A vector of one element of the scope that is open.
fn vector(name: &str) -> Variable<f32> {
    get_variable(name, [1], VariableOptions::new())
}

/// A name is created once, reused only where it is, and either way under automatic reuse (R1 to R5).
#[test]
fn a_name_is_created_once_and_reused_only_where_it_exists() -> Result<()> {
    let graph = Graph::new();
    let root = || get_variable_scope();
    graph.build(|| {
        variable_scope(scope(root()).reuse(AUTO_REUSE), |_| assert_eq!(op_name(vector("v")), op_name(vector("v"))));
        let _ = vector("w");
    })?;
    assert_eq!(refused(&graph, || vector("v")), "E-EXISTS");
    graph.build(|| variable_scope(scope(root()).reuse(true), |_| vector("v").name()))?;
    assert_eq!(refused(&graph, || variable_scope(scope(root()).reuse(true), |_| vector("u"))), "E-REUSE-MISSING");
    assert_eq!(names(&graph), ["v", "w"]);
    Ok(())
}

/// An object keeps its reuse, which `reuse = false` does not undo; `NO_REUSE` does, as TensorFlow cannot (R2, R13).
#[test]
fn an_object_keeps_its_reuse() -> Result<()> {
    Graph::new().build(|| {
        let reusing = variable_scope(scope("jump").reuse(true), |jump| jump);
        assert_eq!(variable_scope(reusing, |jump| jump.reuse()), Reuse::Yes);
        assert_eq!(variable_scope(scope(reusing).reuse(true), |jump| jump.reuse()), Reuse::Yes);
        assert_eq!(variable_scope(scope(reusing).reuse(false), |jump| jump.reuse()), Reuse::Yes);
        assert_eq!(variable_scope(scope(reusing).reuse(NO_REUSE), |jump| jump.reuse()), Reuse::No);
        let creating = variable_scope(scope("jump").reuse(false), |jump| jump);
        assert_eq!(variable_scope(creating, |jump| jump.reuse()), Reuse::No);
        assert_eq!(variable_scope(scope(creating).reuse(true), |jump| jump.reuse()), Reuse::Yes);
        assert_eq!(variable_scope(scope(creating).reuse(false), |jump| jump.reuse()), Reuse::No);
    })
}

/// A block under automatic reuse may stand in a program, and be built, any number of times (R5).
#[test]
fn automatic_reuse_creates_first_and_shares_then() -> Result<()> {
    let graph = Graph::new();
    for value in [42.0, 13.0, 17.0] {
        let assigned = graph.build(|| {
            let assigned = variable_scope(scope("bar").reuse(AUTO_REUSE), |_| scalar("var").assign(value));
            let _ = variable_scope(scope("bar").reuse(AUTO_REUSE), |_| scalar("var"));
            assigned
        })?;
        assert_eq!(tf::Session::new(&graph)?.run(assigned)?[[]], value);
    }
    assert_eq!(names(&graph), ["bar/var"]);
    Ok(())
}

/// A default name counts only where no name is given, and then is made unique for variables and ops alike (S13).
#[test]
fn a_default_name_is_used_where_there_is_no_name() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        name_scope("outside", || {
            variable_scope(scope("tower").default_name("default"), |_| {
                assert_eq!(scalar("w").name(), "tower/w");
                assert_eq!(ops_in("inside"), "outside/tower/inside/");
            });
            variable_scope(scope("tower").default_name("default"), |_| {
                assert_eq!(ops_in("inside"), "outside/tower_1/inside/");
            });
        });
        name_scope("other", || {
            for unique in ["default", "default_1"] {
                variable_scope(default_name("default"), |_| {
                    assert_eq!(scalar("w").name(), format!("{unique}/w"));
                    assert_eq!(ops_in("inside"), format!("other/{unique}/inside/"));
                });
            }
        });
    })?;
    let again = || variable_scope(scope("tower").default_name("default"), |_| scalar("w"));
    assert_eq!(refused(&graph, again), "E-EXISTS");
    Ok(())
}

/// Default names are counted one by one, although one begins as another does, and on beyond an entry by object (S13 to S15).
#[test]
fn default_names_are_counted_by_their_whole_name() -> Result<()> {
    Graph::new().build(|| {
        for (asked, unique) in [
            ("defaultScope1", "defaultScope1"),
            ("defaultScope1", "defaultScope1_1"),
            ("defaultScope", "defaultScope"),
            ("defaultScope1", "defaultScope1_2"),
        ] {
            variable_scope(default_name(asked), |_| {
                variable_scope(default_name("layer"), |_| assert_eq!(scalar("w").name(), format!("{unique}/layer/w")));
            });
        }
    })?;
    Graph::new().build(|| {
        variable_scope("default", |default| {
            for (turn, unique) in ["layer", "layer_1", "layer_2"].into_iter().enumerate() {
                if turn == 2 {
                    variable_scope(default, |_| ());
                }
                variable_scope(default_name("layer"), |_| {
                    assert_eq!(scalar("w").name(), format!("default/{unique}/w"))
                });
            }
        });
    })
}

/// In a scope that reuses, named and default scopes lead to the first variables, and ops to a scope of their own (R4, S5, S15).
#[test]
fn scopes_inside_a_reused_one_find_their_variables() -> Result<()> {
    let both = |ops: &str| {
        variable_scope(scope("tower").default_name("default"), |_| {
            assert_eq!(scalar("w").name(), "outer/tower/w");
            assert_eq!(ops_in("scope2"), format!("{ops}/tower/scope2/"));
        });
        variable_scope(default_name("default"), |_| {
            assert_eq!(scalar("w").name(), "outer/default/w");
            assert_eq!(ops_in("scope2"), format!("{ops}/default/scope2/"));
        });
    };
    let graph = Graph::new();
    graph.build(|| {
        let outer = variable_scope("outer", |outer| {
            both("outer");
            outer
        });
        variable_scope(scope(outer).reuse(true), |_| both("outer_1"));
    })?;
    assert_eq!(names(&graph), ["outer/tower/w", "outer/default/w"]);
    Ok(())
}

/// `reuse` of one scope, then `reuse_variables()` of the one around it, find what the first pass created (R11, R12).
#[test]
fn reuse_can_be_asked_for_scope_by_scope() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let outer = variable_scope("outer", |outer| {
            variable_scope("tower", |_| assert_eq!(scalar("w").name(), "outer/tower/w"));
            variable_scope(default_name("default"), |_| assert_eq!(scalar("w").name(), "outer/default/w"));
            outer
        });
        variable_scope(outer, |outer| {
            variable_scope(scope("tower").default_name("default").reuse(true), |_| {
                assert_eq!(scalar("w").name(), "outer/tower/w");
                assert_eq!(ops_in("scope2"), "outer_1/tower/scope2/");
            });
            outer.reuse_variables();
            variable_scope(default_name("default"), |_| {
                assert_eq!(scalar("w").name(), "outer/default/w");
                assert_eq!(ops_in("scope2"), "outer_1/default/scope2/");
            });
        });
    })?;
    assert_eq!(names(&graph).len(), 2);
    Ok(())
}

/// A default name and reuse contradict each other: the name would be a new one (S19).
#[test]
fn a_default_name_cannot_be_reused() {
    let graph = Graph::new();
    let code = refused(&graph, || variable_scope(default_name("default").reuse(true), |_| scalar("w")));
    assert_eq!(code, "E-DEFAULT-NAME-REUSE");
    assert!(names(&graph).is_empty());
}

/// A variable is found through its scope's object from anywhere, and refused where it would be another one (R3, R4, R6, R7, S6).
#[test]
fn a_variable_is_found_through_its_scope_from_anywhere() -> Result<()> {
    let graph = Graph::new();
    let tower_a = graph.build(|| {
        variable_scope("root", |_| {
            let (va, tower_a) = variable_scope("towerA", |tower_a| (vector("v"), tower_a));
            let shared = |v: Variable<f32>| assert_eq!(op_name(v), op_name(va));
            assert_eq!(va.name(), "root/towerA/v");
            variable_scope(scope(tower_a).reuse(true), |_| shared(vector("v")));
            variable_scope("towerB", |_| assert_eq!(vector("v").name(), "root/towerB/v"));
            variable_scope(scope("towerA").reuse(true), |_| shared(vector("v")));
            variable_scope("foo", |_| {
                variable_scope("bar", |_| {
                    assert_eq!(vector("v").name(), "root/foo/bar/v");
                    variable_scope(scope(tower_a).reuse(true), |_| shared(vector("v")));
                });
            });
            tower_a
        })
    })?;
    let in_root = |body: &dyn Fn()| refused(&graph, || variable_scope("root", |_| body()));
    let reused = |body: &dyn Fn()| in_root(&|| variable_scope(scope(tower_a).reuse(true), |_| body()));
    assert_eq!(in_root(&|| variable_scope("towerA", |_| unread(vector("v")))), "E-EXISTS");
    assert_eq!(reused(&|| variable_scope("baz", |_| unread(vector("v")))), "E-REUSE-MISSING");
    let wider = || get_variable::<f32, _, _>("v", [2], VariableOptions::new());
    assert_eq!(reused(&|| unread(wider())), "E-SHARE-SHAPE");
    let integers = || get_variable::<i32, _, _>("v", [1], VariableOptions::new());
    assert_eq!(reused(&|| unread(integers())), "E-SHARE-DTYPE");
    assert_eq!(names(&graph), ["root/towerA/v", "root/towerB/v", "root/foo/bar/v"]);
    Ok(())
}

/// A scope that was left empty is filled, and shared, through its object later (S5, S6).
#[test]
fn an_object_can_be_filled_after_it_was_left() -> Result<()> {
    let pass = |ops: &str, reuse: bool| {
        assert_eq!(scalar("w").name(), "outer/w");
        assert_eq!(ops_in("scope2"), format!("{ops}/scope2/"));
        variable_scope(scope("default").reuse(reuse), |_| {
            assert_eq!(scalar("w").name(), "outer/default/w");
            assert_eq!(ops_in("scope2"), format!("{ops}/default/scope2/"));
        });
    };
    Graph::new().build(|| {
        let outer = variable_scope("outer", |outer| outer);
        variable_scope(outer, |_| pass("outer_1", false));
        variable_scope(scope(outer).reuse(true), |_| pass("outer_2", true));
    })?;
    // The same through an object with a default name, which then means nothing.
    Graph::new().build(|| {
        let outer = variable_scope("outer", |outer| outer);
        let with_default = || scope(outer).default_name("default");
        variable_scope(with_default(), |_| pass("outer_1", false));
        variable_scope(with_default().reuse(true), |_| pass("outer_2", true));
    })
}

/// A local variable is named and shared as others are, is in the collections it names, and is not trained (C28).
#[test]
fn a_local_variable_is_named_and_shared_by_its_scope() -> Result<()> {
    let graph = Graph::new();
    let local = |collections: [&'static str; 2]| {
        get_variable::<f32, _, _>("w", [], VariableOptions::new().collections(collections))
    };
    graph.build(|| {
        let outer = variable_scope("outer", |outer| {
            variable_scope(scope(outer).default_name("default"), |_| {
                assert_eq!(local(["foo", collection::LOCAL_VARIABLES]).name(), "outer/w");
            });
            outer
        });
        variable_scope(scope(outer).default_name("default").reuse(true), |_| {
            assert_eq!(local(["foo", collection::LOCAL_VARIABLES]).name(), "outer/w");
        });
    })?;
    for (list, expected) in [
        (collection::LOCAL_VARIABLES, 1),
        ("foo", 1),
        (collection::TRAINABLE_VARIABLES, 0),
        (collection::GLOBAL_VARIABLES, 0),
    ] {
        assert_eq!(graph.collection::<AnyVariable>(list).len(), expected, "{list}");
    }
    Ok(())
}

/// A scope lists what is below it and nothing that merely begins alike; the root lists all (K6, K7).
#[test]
fn a_scope_lists_its_own_variables() -> Result<()> {
    Graph::new().build(|| {
        let pair = || {
            let _ = (vector("a"), get_variable::<f32, _, _>("b", [1], VariableOptions::new().trainable(false)));
        };
        pair();
        for name in ["foo_", "foo"] {
            variable_scope(name, |inside| {
                pair();
                assert_eq!(names_of(inside.trainable_variables()), [format!("{name}/a")]);
                assert_eq!(names_of(inside.global_variables()), [format!("{name}/a"), format!("{name}/b")]);
                assert_eq!(names_of(inside.get_collection(collection::TRAINABLE_VARIABLES)), [format!("{name}/a")]);
                let options = || VariableOptions::new().collections([collection::LOCAL_VARIABLES]);
                let _ = get_variable::<f32, _, _>("c", [], options().initializer(zeros_initializer()));
                assert_eq!(names_of(inside.local_variables()), [format!("{name}/c")]);
            });
        }
        let root = get_variable_scope();
        assert_eq!(names_of(root.global_variables()), ["a", "b", "foo_/a", "foo_/b", "foo/a", "foo/b"]);
        assert_eq!(names_of(root.trainable_variables()), ["a", "foo_/a", "foo/a"]);
    })
}

/// Variables that are never shared are listed by their scope, too (C37, K7).
#[test]
fn a_scope_lists_variables_that_are_not_shared() -> Result<()> {
    Graph::new().build(|| {
        let own = |name: &str, trainable| {
            Variable::<f32>::new(name, [], VariableOptions::new().initializer(zeros_initializer()).trainable(trainable))
        };
        let _ = own("a", true);
        variable_scope("foo", |foo| {
            let _ = (own("b", true), own("c", false));
            assert_eq!(names_of(foo.trainable_variables()), ["foo/b"]);
        });
    })
}

/// A scope's name at the root starts with a letter, a digit or a dot (C6).
#[test]
fn a_scope_name_is_checked_where_it_is_opened() {
    assert_eq!(refused(&Graph::new(), || variable_scope("_", |_| ())), "E-NAME-START");
}

/// The second thread finds the variable of the first: the graph is theirs together (S25).
#[test]
fn threads_share_the_variables_of_a_graph() {
    let graph = Graph::new();
    let in_thread = |body: &(dyn Fn() -> String + Sync)| {
        thread::scope(|threads| {
            threads.spawn(|| graph.build(body).map_err(|error| error.code())).join().expect("it does not panic")
        })
    };
    let create = || variable_scope("foo", |_| scalar("v").name());
    assert_eq!(in_thread(&create), Ok("foo/v".to_owned()));
    assert_eq!(in_thread(&create), Err("E-EXISTS"));
}

/// A thread starts at the root, whatever scope is open elsewhere, and enters the main thread's scope by its object (S25).
#[test]
fn a_thread_starts_at_the_root_and_enters_objects() -> Result<()> {
    let graph = Graph::new();
    let main = graph.build(|| variable_scope("main", |main| main))?;
    let found = thread::scope(|threads| {
        threads
            .spawn(|| {
                graph.build(|| {
                    let nested = variable_scope("foo", |_| scalar("v").name());
                    let entered = variable_scope(main, |_| variable_scope("foo", |_| scalar("v").name()));
                    [nested, entered, get_variable_scope().name()]
                })
            })
            .join()
            .expect("it does not panic")
    })?;
    assert_eq!(found, ["foo/v", "main/foo/v", ""]);
    Ok(())
}
