//! Scope objects, scopes with arguments, layers that are scopes.

use crate::bindings::conv;
use tf::prelude::*;

/// Opened, told to reuse, entered again, handed out.
#[variable_scope]
fn objects(x: Tensor<f32>) -> (Tensor<f32>, VariableScope) {
    let (y, kept) = variable_scope!("kept" as scope, {
        let y = conv(x, 1, 1);
        scope.reuse_variables();
        (conv(y, 1, 1), scope)
    });
    let z = variable_scope!(kept, reuse = true, { conv(y, 1, 1) });
    let z = variable_scope!("auto" as auto, reuse = AUTO_REUSE, {
        let a = conv(z, 1, 1);
        let b = variable_scope!(auto, { conv(a, 1, 1) });
        variable_scope!(auto as again, {
            let _same = again;
            conv(b, 1, 1)
        })
    });
    (z, kept)
}

#[variable_scope]
fn in_scope(x: Tensor<f32>, scope: VariableScope) -> Tensor<f32> {
    variable_scope!(scope, { conv(x, 1, 1) })
}

#[variable_scope]
fn by_reference(x: Tensor<f32>, scope: &VariableScope) -> Tensor<f32> {
    variable_scope!(scope, reuse = true, { conv(x, 1, 1) })
}

model! {
    Objects(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let (x, kept) = with variable_scope("a") { objects(image) };
        let x = with variable_scope(kept, reuse = true) { conv(x, 1, 1) };
        let x = with variable_scope("elsewhere") { by_reference(x, &kept) };
        let inner = with variable_scope("b") as b { with variable_scope("c") as c { let _ = b; c } };
        in_scope(x, inner)
    }
}

#[test]
fn scope_objects_lead_to_the_same_variables_everywhere() {
    agree!(Objects);
    assert_eq!(names!(Objects), ["a/kept/kernel", "a/auto/kernel", "b/c/kernel"]);
}

#[variable_scope("named")]
fn named(x: Tensor<f32>) -> Tensor<f32> {
    conv(x, 1, 1)
}

#[variable_scope("named", reuse = AUTO_REUSE)]
fn shared(x: Tensor<f32>) -> Tensor<f32> {
    conv(x, 1, 1)
}

/// The scope takes a parameter into its name.
#[variable_scope("numbered{i}")]
fn numbered(x: Tensor<f32>, i: usize) -> Tensor<f32> {
    if i == 7 {
        return conv(x, 1, 1) * 2.0;
    }
    conv(x, 1, 1)
}

#[variable_scope("two/levels")]
fn two_levels(x: Tensor<f32>) -> Tensor<f32> {
    conv(x, 1, 1)
}

model! {
    Named(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let x = named(image);
        let x = shared(shared(x));
        let x = numbered(numbered(x, 3), 7);
        let x = two_levels(x);
        with variable_scope("two") { with variable_scope("levels", reuse = true) { conv(x, 1, 1) } }
    }
}

#[test]
fn a_layer_that_is_a_scope_opens_it_around_each_call() {
    agree!(Named);
    assert_eq!(names!(Named), ["named/kernel", "numbered3/kernel", "numbered7/kernel", "two/levels/kernel"]);
}

/// `inherit` is what a scope does that says nothing.
#[variable_scope]
fn inheriting(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("i", reuse = inherit, { conv(x, 1, 1) })
}

model! {
    Reuse(image: f32[?, 2, 2, 1]) -> f32[?, 2, 2, 1] {
        let x = with variable_scope("m") { inheriting(image) };
        let x = with variable_scope("m", reuse = true) { inheriting(x) };
        let x = with variable_scope("m", reuse = AUTO_REUSE) { inheriting(x) };
        // Inside a scope that only reuses, NO_REUSE creates.
        let x = with variable_scope("m", reuse = true) {
            with variable_scope("fresh", reuse = NO_REUSE) { conv(x, 1, 1) }
        };
        // AUTO_REUSE inside a scope that only reuses creates too.
        with variable_scope("m", reuse = true) { with variable_scope("auto", reuse = AUTO_REUSE) { conv(x, 1, 1) } }
    }
}

#[test]
fn every_reuse_is_the_same_in_both_worlds() {
    agree!(Reuse);
    assert_eq!(names!(Reuse), ["m/i/kernel", "m/fresh/kernel", "m/auto/kernel"]);
}

#[variable_scope]
fn with_defaults(x: Tensor<f32>) -> Tensor<f32> {
    variable_scope!("ones", initializer = ones_initializer(), {
        let a = get_variable!("a", [2]);
        let b = get_variable!("b", [2], initializer = constant_initializer(3.0));
        x * a + b
    })
}

model! {
    Defaults(x: f32[?, 2]) -> f32[?, 2] {
        with variable_scope("typed", dtype = f32) { with_defaults(x) }
    }
}

#[test]
fn a_scope_gives_its_variables_an_initializer() {
    let model = agree!(Defaults);
    assert_eq!(model.run(&ndarray::arr2(&[[1.0, 2.0]])).unwrap(), ndarray::arr2(&[[4.0, 5.0]]));
}

/// What is set on a scope holds for it, for what is opened inside later, and for its object.
#[variable_scope]
fn set_later(x: Tensor<f32>, near: &'static str) -> Tensor<f32> {
    let before = get_variable!("before", [2]);
    variable_scope!("inside", {
        let outer = tf::get_variable_scope();
        let y = variable_scope!("s" as scope, {
            scope.set_initializer(constant_initializer(3.0));
            scope.set_regularizer(l2_regularizer(0.5));
            scope.set_caching_device(near);
            let own = get_variable!("own", [2]);
            let deeper = variable_scope!("deeper", { get_variable!("v", [2]) });
            x * own + deeper
        });
        let again = variable_scope!(outer, { variable_scope!("s", { get_variable!("plain", [2]) }) });
        y * before + again
    })
}

#[variable_scope]
fn of_object(x: Tensor<f32>) -> Tensor<f32> {
    let kept = variable_scope!("o" as scope, {
        scope.set_initializer(ones_initializer());
        scope.set_dtype::<f32>();
        tf::get_variable_scope()
    });
    variable_scope!(kept, { x * get_variable!("w", [2]) })
}

model! {
    SetLater(x: f32[?, 2]) -> f32[?, 2] { of_object(set_later(x, "/cpu:0")) }
}

#[test]
fn s24_scopes_are_told_their_defaults_in_both_worlds() {
    let model = agree!(SetLater);
    let set = ["inside/s/own", "inside/s/deeper/v"];
    for variable in model.instance().graph().variables() {
        let is_set = set.contains(&variable.name.as_str());
        assert_eq!(variable.settings.regularizer.is_some(), is_set, "{}", variable.name);
        assert_eq!(variable.settings.caching_device, is_set.then_some("/cpu:0"), "{}", variable.name);
        let value: ndarray::ArrayD<f32> = model.get(&variable.name).unwrap();
        let constant = if is_set { Some(3.0) } else { (variable.name == "o/w").then_some(1.0) };
        let same = value.iter().all(|x| Some(*x) == constant);
        assert_eq!(same, constant.is_some(), "{}: {value}", variable.name);
    }
}
