//! Where ops go: name scopes, alone and as variable scopes open them.

use crate::{op_name, ops_here, ops_in, scalar};
use tf::{Graph, Result, Tensor, constant, default_name, get_variable_scope, name_scope, named, scope, variable_scope};

/// The name of a constant that asks to be called so.
fn constant_named(name: &str) -> String {
    op_name::<Tensor<f32>>(named(constant(0.0f32), name))
}

/// A scope knows its path, and ops inside follow the scopes that are open (S1, S4, S6).
#[test]
fn a_scope_has_a_path_and_opens_a_name_scope() -> Result<()> {
    Graph::new().build(|| {
        let tower = variable_scope("tower4", |tower| {
            assert_eq!(tower.name(), "tower4");
            assert_eq!(ops_in("scope"), "tower4/scope/");
            tower
        });
        variable_scope("tower5", |_| {
            variable_scope("bar", |bar| {
                assert_eq!(bar.name(), "tower5/bar");
                assert_eq!(ops_in("scope"), "tower5/bar/scope/");
            });
        });
        variable_scope("tower6", |_| {
            variable_scope(scope(tower).reuse(true), |shared| {
                assert_eq!(shared.name(), "tower4");
                assert_eq!(ops_in("scope"), "tower6/tower4/scope/");
            });
        });
    })
}

/// To enter an object is to open another name scope of its last part, as its name does; the root opens none (S5, S6, S8).
#[test]
fn entering_again_opens_the_next_name_scope() -> Result<()> {
    Graph::new().build(|| {
        let tower = name_scope("first", || {
            let tower = variable_scope("tower", |tower| {
                assert_eq!(ops_in("scope2"), "first/tower/scope2/");
                tower
            });
            variable_scope(tower, |_| assert_eq!(ops_in("scope2"), "first/tower_1/scope2/"));
            variable_scope("tower", |_| assert_eq!(ops_in("scope2"), "first/tower_2/scope2/"));
            tower
        });
        name_scope("second", || {
            variable_scope("tower", |_| assert_eq!(ops_in("scope2"), "second/tower/scope2/"));
            variable_scope(tower, |_| assert_eq!(ops_in("scope2"), "second/tower_1/scope2/"));
        });
        let root = get_variable_scope();
        name_scope("third", || variable_scope(root, |_| assert_eq!(ops_in("scope2"), "third/scope2/")));
    })
}

/// An object keeps the name scope of its first opening, which can be entered again from anywhere (S9).
#[test]
fn an_object_keeps_its_original_name_scope() -> Result<()> {
    Graph::new().build(|| {
        let tower = name_scope("scope1", || {
            variable_scope("tower", |tower| {
                assert_eq!(tower.original_name_scope().name(), "scope1/tower/");
                assert_eq!(ops_in("scope2"), "scope1/tower/scope2/");
                tower
            })
        });
        name_scope("scope2", || {
            variable_scope(tower, |again| {
                assert_eq!(again.original_name_scope().name(), "scope1/tower/");
                assert_eq!(ops_in("foo"), "scope2/tower/foo/");
            });
            name_scope(tower.original_name_scope(), || assert_eq!(ops_in("bar"), "scope1/tower/bar/"));
        });
        name_scope("scope2", || {
            variable_scope(tower, |_| {
                name_scope(tower.original_name_scope(), || assert_eq!(ops_in("bar"), "scope1/tower/bar_1/"));
            });
        });
    })
}

/// An object may be entered inside itself: the variables stay, the ops nest once more (S7).
#[test]
fn an_object_can_be_entered_inside_itself() -> Result<()> {
    Graph::new().build(|| {
        variable_scope("outer", |outer| {
            variable_scope(outer, |_| {
                assert_eq!(scalar("w").name(), "outer/w");
                assert_eq!(ops_in("scope2"), "outer/outer/scope2/");
            });
            variable_scope("default", |_| {
                assert_eq!(scalar("w").name(), "outer/default/w");
                assert_eq!(ops_in("scope2"), "outer/default/scope2/");
            });
            variable_scope(scope(outer).reuse(true), |_| {
                assert_eq!(scalar("w").name(), "outer/w");
                assert_eq!(ops_in("scope2"), "outer/outer_1/scope2/");
            });
            variable_scope(scope("default").reuse(true), |_| {
                assert_eq!(scalar("w").name(), "outer/default/w");
                assert_eq!(ops_in("scope2"), "outer/default_1/scope2/");
            });
        });
    })
}

/// Without an auxiliary name scope ops stay outside, and the name is free for a name scope (S10).
#[test]
fn a_scope_without_a_name_scope_leaves_ops_where_they_are() -> Result<()> {
    Graph::new().build(|| {
        let alone = variable_scope(scope("scope").auxiliary_name_scope(false), |alone| {
            assert_eq!(alone.original_name_scope().name(), "");
            assert_eq!(scalar("w").name(), "scope/w");
            assert_eq!(constant_named("c"), "c");
            alone
        });
        variable_scope(scope(alone).auxiliary_name_scope(false), |again| {
            assert_eq!(again.original_name_scope().name(), "");
            assert_eq!(scalar("w1").name(), "scope/w1");
            assert_eq!(constant_named("c1"), "c1");
        });
        name_scope("scope", || assert_eq!(constant_named("c"), "scope/c"));
        variable_scope("outer", |_| {
            let inner = variable_scope(scope("inner").auxiliary_name_scope(false), |inner| {
                assert_eq!(inner.original_name_scope().name(), "outer/");
                assert_eq!(scalar("w").name(), "outer/inner/w");
                assert_eq!(constant_named("c"), "outer/c");
                inner
            });
            variable_scope(scope(inner).auxiliary_name_scope(false), |again| {
                assert_eq!(again.original_name_scope().name(), "outer/");
                assert_eq!(scalar("w1").name(), "outer/inner/w1");
                assert_eq!(constant_named("c1"), "outer/c1");
            });
            name_scope("inner", || assert_eq!(constant_named("c"), "outer/inner/c"));
        });
    })
}

/// So it is for scopes of a default name and for the root (S10, S8).
#[test]
fn a_default_scope_and_the_root_can_do_without_a_name_scope() -> Result<()> {
    let default = || default_name("default").auxiliary_name_scope(false);
    Graph::new().build(|| {
        variable_scope(default(), |alone| {
            assert_eq!(alone.original_name_scope().name(), "");
            assert_eq!(scalar("w").name(), "default/w");
            assert_eq!(constant_named("c"), "c");
        });
        name_scope("default", || assert_eq!(constant_named("c"), "default/c"));
        variable_scope("outer", |_| {
            variable_scope(default(), |inner| {
                assert_eq!(inner.original_name_scope().name(), "outer/");
                assert_eq!(scalar("w").name(), "outer/default/w");
                assert_eq!(constant_named("c"), "outer/c");
            });
            name_scope("default", || assert_eq!(constant_named("c"), "outer/default/c"));
        });
    })?;
    Graph::new().build(|| {
        let root = get_variable_scope();
        variable_scope(scope(root).auxiliary_name_scope(false), |again| {
            assert_eq!(again.original_name_scope().name(), "");
            assert_eq!((scalar("w").name(), constant_named("c")), ("w".into(), "c".into()));
        });
        variable_scope("outer", |_| {
            variable_scope(scope(root).auxiliary_name_scope(false), |again| {
                assert_eq!(again.original_name_scope().name(), "");
                assert_eq!((scalar("w1").name(), constant_named("c1")), ("w1".into(), "outer/c1".into()));
            });
        });
    })
}

/// Variables and ops come back to where they were, with no number added, from anywhere (S11).
#[test]
fn variables_and_ops_can_come_back_to_one_place() -> Result<()> {
    Graph::new().build(|| {
        let inner = variable_scope("outer", |_| variable_scope("inner", |inner| inner));
        let back = |w: &str, c: &str, elsewhere: &str| {
            variable_scope(scope(inner).auxiliary_name_scope(false), |again| {
                name_scope(again.original_name_scope(), || {
                    assert_eq!(scalar(w).name(), format!("outer/inner/{w}"));
                    assert_eq!(constant_named(c), format!("outer/inner/{c}"));
                });
                name_scope("inner", || assert_eq!(constant_named("c"), elsewhere));
            });
        };
        back("w", "c", "inner/c");
        variable_scope("another", |_| back("w1", "c1", "another/inner/c"));
    })
}

/// Name scopes are made unique where they stand, and entered again exactly with a slash at the end; `""` is the root (S27).
#[test]
fn name_scopes_are_unique_unless_entered_again() -> Result<()> {
    Graph::new().build(|| {
        name_scope("foo", || {
            assert_eq!(ops_here(), "foo/");
            assert_eq!(ops_in("foo"), "foo/foo/");
            assert_eq!(ops_in("bar"), "foo/bar/");
            assert_eq!(ops_in("bar"), "foo/bar_1/");
            name_scope("", || assert_eq!(ops_in("baz"), "baz/"));
        });
        assert_eq!(ops_in("foo"), "foo_1/");
        assert_eq!(ops_in("foo/"), "foo/");
        name_scope("foo/", || assert_eq!(ops_in("bar"), "foo/bar_2/"));
        assert_eq!(ops_in("foo/bar"), "foo/bar_3/");
    })
}

/// An op's name is made unique in its name scope, and a number that is taken is passed over (S28).
#[test]
fn names_of_ops_take_the_first_free_number() -> Result<()> {
    Graph::new().build(|| {
        let found = ["op", "op", "op_1", "op_1", "op"].map(constant_named);
        assert_eq!(found, ["op", "op_1", "op_1_1", "op_1_2", "op_2"]);
        name_scope("inside", || assert_eq!(["op", "op"].map(constant_named), ["inside/op", "inside/op_1"]));
    })
}
