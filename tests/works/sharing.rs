//! Models on the variables of others: `Evaluate reuse Train`.

use crate::agreement::hold_sharing;
use crate::bindings::conv;
use ndarray::Array4;
use tf::prelude::*;

#[variable_scope]
fn features(image: Tensor<f32>) -> Tensor<f32> {
    let x = variable_scope!("conv1", { nn::relu(conv(image, 3, 4)) });
    variable_scope!("conv2", { conv(x, 3, 2) })
}

model! {
    Train(image: f32[?, 4, 4, 1], target: f32[?, 4, 4, 2]) -> (f32[?, 4, 4, 2], f32[]) {
        with variable_scope("model") {
            let y = features(image);
            let difference = y - target;
            (y, tf::reduce_sum(difference * difference, tf::ALL))
        }
    }
}

model! {
    /// Other inputs and sizes, the same variables.
    Evaluate reuse Train(image: f32[?, 6, 6, 1]) -> f32[?, 6, 6, 2] {
        with variable_scope("model") { features(image) }
    }
}

#[test]
fn a_model_runs_on_the_values_of_another() {
    let train = agree!(Train);
    let evaluate = Evaluate::sharing(&train).unwrap();
    hold_sharing(&known!(Evaluate), evaluate.instance());
    assert_eq!(names!(Evaluate), names!(Train));
    let image = Array4::ones((1, 6, 6, 1));
    let before = evaluate.run(&image).unwrap();
    train.set("model/conv2/kernel", &Array4::<f32>::zeros((3, 3, 4, 2)).into_dyn()).unwrap();
    let after = evaluate.run(&image).unwrap();
    assert!(before.iter().any(|x| *x != 0.0) && after.iter().all(|x| *x == 0.0));
}

model! {
    TrainOf<const C: usize>(image: f32[?, 4, 4, C]) -> f32[?, 4, 4, 2] { features(image) }
    check TrainOf<1>;
}

model! {
    EvaluateOf<const C: usize> reuse TrainOf<C>(image: f32[?, 2, 2, C]) -> f32[?, 2, 2, 2] { features(image) }
    check EvaluateOf<1>, EvaluateOf<3>;
}

model! {
    /// One that shares what already shares.
    Third reuse EvaluateOf<3>(image: f32[?, 1, 1, 3]) -> f32[?, 1, 1, 2] { features(image) }
}

#[test]
fn generic_models_share_too() {
    let train = agree!(TrainOf<3>);
    let evaluate = EvaluateOf::<3>::sharing(&train).unwrap();
    hold_sharing(&known!(EvaluateOf<3>), evaluate.instance());
    let third = Third::sharing(&evaluate).unwrap();
    hold_sharing(&known!(Third), third.instance());
    assert_eq!(EvaluateOf::<3>::PARAMETERS, TrainOf::<3>::PARAMETERS);
}

model! {
    /// Its last variable is none of the other's.
    dynamic Beyond reuse Train(image: f32[?, 6, 6, 1]) -> f32[?, 6, 6, 2] {
        with variable_scope("modle") { features(image) }
    }
}

#[test]
fn what_the_other_model_lacks_is_told_with_its_name() {
    let train = Train::init(3).unwrap();
    let error = Beyond::sharing(&train).err().expect("`Train` has no such scope");
    assert_eq!(error.code(), "E-REUSE-MISSING");
    let told = "variable `modle/conv1/kernel` does not exist in model `Train`, whose variables this one reuses";
    assert_eq!(error.mistake(), told);
    assert!(error.to_string().contains("did you mean `model/conv1/kernel`?"), "{error}");
    assert!(error.to_string().contains("create it in `Train` too"), "{error}");
}

#[test]
fn a_value_read_as_another_type_is_told_by_its_variable() {
    let train = Train::init(3).unwrap();
    let error = train.get::<f64>("model/conv2/kernel").unwrap_err();
    assert_eq!((error.code(), error.variable()), ("E-VALUE-DTYPE", Some("model/conv2/kernel")));
    assert_eq!(error.mistake(), "variable `model/conv2/kernel` is of f32, and is read as f64");
}
