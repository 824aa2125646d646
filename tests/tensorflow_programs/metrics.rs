//! Programs of metrics_test.py: the area under a curve.

use tf::metrics::{Auc, Curve, Summation, auc};
use tf::prelude::*;
use tf::{Result, constant};

/// The update and the value after it.
fn area(labels: &[u8], predictions: &[f32], options: impl FnOnce(Auc) -> Auc) -> Result<f32> {
    let graph = Graph::new();
    let (value, update) = graph.build(|| {
        let labels: Vec<bool> = labels.iter().map(|&label| label == 1).collect();
        auc(
            tf::constant_array(&ndarray::arr1(&labels)),
            tf::constant_array(&ndarray::arr1(predictions)),
            options(Auc::new()),
        )
    })?;
    let session = Session::new(&graph)?;
    session.run(graph.build(tf::local_variables_initializer)?)?;
    assert_eq!(session.run(value)?[[]], 0.0);
    let updated = session.run(update)?[[]];
    assert_eq!(session.run(value)?[[]], updated);
    Ok(updated)
}

#[track_caller]
fn near(found: f32, wanted: f32) {
    assert!((found - wanted).abs() <= 1e-5, "{found} instead of {wanted}");
}

/// AUCTest.testAllCorrect and testAllIncorrect.
#[test]
fn right_answers_have_the_area_1_and_wrong_ones_none() -> Result<()> {
    let (labels, inputs) = ([0, 1, 1, 0, 1, 0, 0], [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    near(area(&labels, &inputs, |auc| auc)?, 1.0);
    near(area(&labels, &inputs.map(|x| 1.0 - x), |auc| auc)?, 0.0);
    Ok(())
}

/// AUCTest.testSomeCorrect.
#[test]
fn half_of_the_answers_right_have_half_the_area() -> Result<()> {
    near(area(&[0, 1, 1, 0], &[1.0, 0.0, 1.0, 0.0], |auc| auc)?, 0.5);
    Ok(())
}

/// AUCTest.testWeighted1d and testWeighted2d.
#[test]
fn weights_count_answers_more_or_less() -> Result<()> {
    let weighted = |weights: &'static [f32]| {
        area(&[0, 1, 1, 0], &[1.0, 0.0, 1.0, 0.0], move |auc| auc.weights(tf::constant_array(&ndarray::arr1(weights))))
    };
    near(weighted(&[2.0])?, 0.5);
    near(weighted(&[1.0, 2.0, 3.0, 4.0])?, 0.7);
    Ok(())
}

/// AUCTest.testZeroTruePositivesAndFalseNegativesGivesOneAUC and testRecallOneAndPrecisionOneGivesOnePRAUC.
#[test]
fn answers_of_one_kind_have_the_area_1() -> Result<()> {
    near(area(&[0; 4], &[0.0; 4], |auc| auc)?, 1.0);
    near(area(&[1; 4], &[1.0; 4], |auc| auc.curve(Curve::PrecisionRecall))?, 1.0);
    Ok(())
}

/// AUCTest.testCorrectAUCPRSpecialCase, testCorrectAnotherAUCPRSpecialCase, testThirdCorrectAUCPRSpecialCase, and the three that end in
/// IncorrectAUCPRSpecialCase, which sum trapezoids.
#[test]
fn precision_over_recall_is_interpolated_carefully_when_asked_to() -> Result<()> {
    let cases: [(&[u8], &[f32], f32, f32); 3] = [
        (&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], 0.79726744, 0.79166),
        (&[0, 0, 1, 0, 1, 0, 1], &[0.1, 0.4, 0.35, 0.8, 0.1, 0.135, 0.81], 0.61350593, 0.610317),
        (&[0, 0, 0, 0, 1, 1, 1], &[0.0, 0.1, 0.2, 0.33, 0.3, 0.4, 0.5], 0.9041061, 0.90277),
    ];
    for (labels, predictions, careful, trapezoids) in cases {
        let of = |auc: Auc| auc.curve(Curve::PrecisionRecall);
        near(area(labels, predictions, |auc| of(auc).summation(Summation::CarefulInterpolation))?, careful);
        near(area(labels, predictions, of)?, trapezoids);
    }
    Ok(())
}

/// AUCTest.testVars and testValueTensorIsIdempotent.
#[test]
fn the_counts_are_local_and_reading_the_value_changes_none() -> Result<()> {
    let graph = Graph::new();
    let (value, update) = graph.build(|| auc(constant([true, false]), constant([0.7f32, 0.4]), Auc::new()))?;
    let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["auc/true_positives", "auc/false_negatives", "auc/true_negatives", "auc/false_positives"]);
    assert!(graph.local_variables().len() == 4 && graph.global_variables().is_empty());
    let session = Session::new(&graph)?;
    session.run(graph.build(tf::local_variables_initializer)?)?;
    for _ in 0..10 {
        session.run(update)?;
    }
    let first = session.run(value)?;
    for _ in 0..10 {
        assert_eq!(session.run(value)?, first);
    }
    Ok(())
}
