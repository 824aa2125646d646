//! Optimizers attached to models: steps, scopes, regularizers, what is refused, and the mistakes in words.

use ndarray::{Array2, arr0, arr2};
use tf::{prelude::*, train::*};

model! {
    /// A line through points: the loss is the mean of squared distances.
    pub Line(x: f32[n, 1], y: f32[n, 1]) -> (f32[], f32[n, 1]) {
        let slope = get_variable!("slope", [1, 1], initializer = zeros_initializer());
        let offset = get_variable!("offset", [1], initializer = zeros_initializer());
        let found = tf::matmul(x, slope) + offset;
        (tf::reduce_mean(tf::square(found - y), tf::ALL), found)
    }
}

fn points() -> (Array2<f32>, Array2<f32>) {
    let x = Array2::from_shape_fn((16, 1), |(i, _)| i as f32 / 8.0 - 1.0);
    let y = x.mapv(|x| 3.0 * x - 0.5);
    (x, y)
}

#[test]
fn a_model_learns_what_its_first_output_asks_for() -> tf::Result<()> {
    let line = Line::init(1)?.minimize(Adam::new(0.1))?;
    let (x, y) = points();
    let (first, _) = line.step(&x, &y)?;
    for _ in 0..300 {
        line.step(&x, &y)?;
    }
    let (last, _) = line.run(&x, &y)?;
    assert!(first[[]] > 1.0 && last[[]] < 1e-4, "from {first} to {last}");
    assert!((line.get::<f32>("slope")?[[0, 0]] - 3.0).abs() < 0.02);
    assert_eq!(line.instance().global_step()?, 301);
    assert!(line.summary().to_string().contains("slope/Adam_1"));
    Ok(())
}

#[test]
fn a_step_returns_what_was_before_it() -> tf::Result<()> {
    let line = Line::init(1)?.minimize(GradientDescent::new(0.1))?;
    let (x, y) = points();
    let before = line.run(&x, &y)?;
    assert_eq!(line.step(&x, &y)?, before);
    assert_ne!(line.run(&x, &y)?, before);
    Ok(())
}

model! {
    /// Two parts with a loss each.
    pub Rivals(x: f32[]) -> (f32[], f32[]) {
        let a: Variable<f32> = with variable_scope("a") { get_variable!("w", [], initializer = ones_initializer()) };
        let b: Variable<f32> = with variable_scope("b") { get_variable!("w", [], initializer = ones_initializer()) };
        (a * b * x, tf::square(a + b) * x)
    }
}

#[test]
fn each_optimizer_changes_the_scopes_that_it_is_given() -> tf::Result<()> {
    let mut rivals = Rivals::init(1)?;
    let of_a = rivals.attach(GradientDescent::new(0.25), Objective::output(0).within("a"))?;
    let of_b = rivals.attach(Momentum::new(0.25, 0.9), Objective::output(1).within("b"))?;
    let value = |name: &str| rivals.get::<f32>(name).map(|w| w[[]]);
    rivals.take(of_a, &arr0(1.0))?;
    assert_eq!((value("a/w")?, value("b/w")?), (0.75, 1.0));
    rivals.take(of_b, &arr0(1.0))?;
    assert_eq!((value("a/w")?, value("b/w")?), (0.75, 1.0 - 0.25 * 2.0 * 1.75));
    assert_eq!(rivals.instance().global_step()?, 2);
    Ok(())
}

model! {
    /// Two variables, one of which is in a list of the user's own.
    pub Listed(x: f32[]) -> f32[] {
        let a: Variable<f32> = get_variable!("a", [], initializer = ones_initializer(), collections = ["mine", tf::collection::GLOBAL_VARIABLES]);
        let b: Variable<f32> = get_variable!("b", [], initializer = ones_initializer());
        a * b * x
    }
}

#[test]
fn an_optimizer_changes_the_variables_of_a_collection() -> tf::Result<()> {
    let mut listed = Listed::init(1)?;
    let mine = listed.attach(GradientDescent::new(0.25), Objective::output(0).collected("mine"))?;
    let both = listed.attach(GradientDescent::new(0.5), Objective::output(0).collected("mine").within("b"))?;
    let values = || tf::Result::Ok((listed.get::<f32>("a")?[[]], listed.get::<f32>("b")?[[]]));
    listed.take(mine, &arr0(1.0))?;
    assert_eq!(values()?, (0.75, 1.0));
    listed.take(both, &arr0(1.0))?;
    assert_eq!(values()?, (0.25, 1.0 - 0.5 * 0.75));
    let error = listed.attach(Adam::new(0.1), Objective::output(0).collected("min")).unwrap_err();
    assert_eq!(error.code(), "E-NOTHING-TO-TRAIN");
    assert!(error.mistake().contains("collection `min`"), "{error}");
    Ok(())
}

model! {
    /// A variable that a regularizer draws to zero, and nothing else.
    pub Drawn(x: f32[]) -> f32[] {
        let w: Variable<f32> = get_variable!("w", [], initializer = ones_initializer(), regularizer = l2_regularizer(1.0));
        w * x
    }
}

#[test]
fn the_losses_of_regularizers_count() -> tf::Result<()> {
    let drawn = Drawn::init(1)?.minimize(GradientDescent::new(0.5))?;
    // The loss itself is 0; l2_regularizer(1.0) adds w²/2.
    assert_eq!(drawn.step(&arr0(0.0))?, arr0(0.0));
    assert_eq!(drawn.get::<f32>("w")?[[]], 0.5);
    Ok(())
}

model! {
    /// Nothing to learn.
    pub Fixed(x: f32[2]) -> (f32[2], i32[]) { (x * 2.0, tf::constant(1)) }
}

#[test]
fn what_cannot_be_trained_says_so() -> tf::Result<()> {
    let code = |result: tf::Result<Step>| result.unwrap_err().code();
    let mut fixed = Fixed::init(1)?;
    assert_eq!(code(fixed.attach(Adam::new(0.1), Objective::output(0))), "E-NOTHING-TO-TRAIN");
    assert_eq!(code(fixed.attach(Adam::new(0.1), Objective::output(1))), "E-OBJECTIVE");
    assert_eq!(code(fixed.attach(Adam::new(0.1), Objective::output(2))), "E-OBJECTIVE");
    Ok(())
}

#[test]
fn a_second_minimize_and_a_first_output_that_is_no_loss() -> tf::Result<()> {
    let Err(error) = Fixed::init(1)?.minimize(Adam::new(0.1)) else { panic!("[2] is no loss") };
    assert_eq!(error.code(), "E-OBJECTIVE");
    assert!(error.to_string().contains("has the shape [2]"), "{error}");
    let Err(error) = Drawn::init(1)?.minimize(Adam::new(0.1))?.minimize(Adam::new(0.2)) else {
        panic!("`step` would go on with the first")
    };
    assert_eq!(error.code(), "E-MINIMIZE-TWICE");
    assert!(error.location().is_some_and(|at| at.file().ends_with("training_models.rs")), "{error}");
    Ok(())
}

#[test]
fn a_step_without_an_optimizer() -> tf::Result<()> {
    let (x, y) = points();
    let error = Line::init(1)?.step(&x, &y).unwrap_err();
    assert_eq!(error.code(), "E-NO-STEP");
    assert!(error.mistake().contains("`Line`"), "{error}");
    let mut other = Rivals::init(1)?;
    let step = other.attach(Adam::new(0.1), Objective::output(0))?;
    let line = Line::init(1)?.minimize(Adam::new(0.1))?;
    assert_eq!(line.take(step, &x, &y).unwrap_err().code(), "E-NO-STEP");
    Ok(())
}

model! {
    /// The line again, without its loss.
    pub Answer reuse Line(x: f32[n, 1]) -> f32[n, 1] {
        let slope: Variable<f32> = get_variable!("slope", [1, 1]);
        let offset: Variable<f32> = get_variable!("offset", [1]);
        tf::matmul(x, slope) + offset
    }
}

#[test]
fn a_model_that_reuses_sees_each_step() -> tf::Result<()> {
    let line = Line::init(1)?.minimize(GradientDescent::new(0.1))?;
    let answer = Answer::sharing(&line)?;
    let (x, y) = points();
    assert_eq!(answer.run(&arr2(&[[1.0]]))?, arr2(&[[0.0]]));
    line.step(&x, &y)?;
    assert_eq!(answer.run(&x)?, line.run(&x, &y)?.1);
    Ok(())
}

#[test]
fn a_scope_without_variables_is_answered_with_the_nearest() -> tf::Result<()> {
    let mut rivals = Rivals::init(1)?;
    let error = rivals.attach(Adam::new(0.1), Objective::output(0).within("aa")).unwrap_err();
    assert_eq!(error.code(), "E-NOTHING-TO-TRAIN");
    assert!(error.mistake().contains("`aa`") && error.to_string().contains("did you mean `a`?"), "{error}");
    Ok(())
}

#[test]
fn a_mistake_in_training_stands_where_the_optimizer_is_attached() -> tf::Result<()> {
    let fixed = Fixed::init(1)?;
    let line = line!() + 1;
    let error = fixed.minimize(Adam::new(0.1)).err().expect("there is nothing to train");
    let at = error.location().expect("it has a place");
    assert_eq!((at.file(), at.line()), (file!(), line));
    Ok(())
}

model! {
    /// The total loss, with what regularizers add in it.
    pub Total(x: f32[]) -> f32[] {
        let w: Variable<f32> = get_variable!("w", [], initializer = ones_initializer(), regularizer = l2_regularizer(1.0));
        tf::add_to_collection(tf::collection::LOSSES, w * x);
        tf::losses::total_loss(true)
    }
}

#[test]
fn what_regularizers_add_counts_once() -> tf::Result<()> {
    let total = Total::init(1)?.minimize(GradientDescent::new(0.5))?;
    total.step(&arr0(0.0))?;
    assert_eq!(total.get::<f32>("w")?[[]], 0.5);
    Ok(())
}

#[test]
fn rates_and_other_numbers_that_spoil_variables_are_refused() -> tf::Result<()> {
    for rate in [f64::NAN, f64::INFINITY, -0.1] {
        let Err(error) = Line::init(1)?.minimize(Adam::new(rate)) else { panic!("{rate} is no rate") };
        assert_eq!(error.code(), "E-LEARNING-RATE");
        assert_eq!(error.mistake(), format!("the learning rate of `Adam` is {rate}"));
        assert!(error.location().is_some_and(|at| at.file().ends_with("training_models.rs")), "{error}");
    }
    let mut line = Line::init(1)?;
    let error = line.attach(Momentum::new(0.1, 9.0), Objective::output(0)).unwrap_err();
    assert_eq!((error.code(), error.mistake()), ("E-HYPERPARAMETER", "`momentum` of `Momentum` is 9"));
    // Nothing is attached by what was refused.
    let (x, y) = points();
    assert_eq!(line.step(&x, &y).unwrap_err().code(), "E-NO-STEP");
    Ok(())
}

#[test]
fn a_rate_that_a_schedule_spoils_is_told_with_its_step_and_changes_nothing() -> tf::Result<()> {
    // 0.1, 0.05, then infinite.
    let rate = LearningRate::scheduled(|step| 0.1 / (2.0 - tf::cast::<f32, i64>(step)));
    let (x, y) = points();
    for optimizer in [false, true] {
        let line = match optimizer {
            false => Line::init(1)?.minimize(GradientDescent::new(rate))?,
            true => Line::init(1)?.minimize(Adam::new(rate))?,
        };
        line.step(&x, &y)?;
        line.step(&x, &y)?;
        let before = line.get::<f32>("slope")?;
        let error = line.step(&x, &y).unwrap_err();
        assert_eq!(error.code(), "E-LEARNING-RATE");
        assert!(error.mistake().starts_with("the learning rate is inf"), "{error}");
        assert!(error.to_string().contains("\n  in step 3 of model `Line`"), "{error}");
        assert_eq!((line.get::<f32>("slope")?, line.instance().global_step()?), (before, 2));
    }
    Ok(())
}

model! {
    /// Its first output has a named dimension.
    pub Each(x: f32[batch, 3]) -> f32[batch, 3] { x * get_variable!("scale", [3]) }
}

#[test]
fn a_first_output_that_is_no_loss_is_told_with_the_names_of_its_dimensions() -> tf::Result<()> {
    let Err(error) = Each::init(1)?.minimize(Adam::new(0.1)) else { panic!("[batch, 3] is no loss") };
    assert!(error.to_string().contains("has the shape [batch, 3]"), "{error}");
    Ok(())
}
