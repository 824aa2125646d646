//! Templates of layer functions: the library's, a user's, and several at once.

use tf::layers::{Activation, Dense, dense};
use tf::prelude::*;
use tf::{make_template, variable_scope};

#[tf::variable_scope]
fn block(x: Tensor<f32>, units: usize, scale: f32) -> Tensor<f32> {
    dense(x, Dense::new(units).activation(Activation::Relu)) * scale
}

#[test]
fn t1_t2_any_layer_can_be_a_template() -> tf::Result<()> {
    let graph = Graph::new();
    let (library, own) = (make_template("logits", dense::<f32>), make_template("block", block));
    let (first, second) = graph.build(|| {
        let x = tf::constant([[1.0f32, 2.0, 3.0, 4.0]]);
        let y = own.call((own.call((x, 4, 1.0)), 4, 0.5));
        let first = library.call((y, Dense::new(2)));
        let second = variable_scope("elsewhere", |_| library.call((y, Dense::new(2))));
        (first, second)
    })?;
    let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["block/dense/kernel", "block/dense/bias", "logits/dense/kernel", "logits/dense/bias"]);
    assert_eq!((own.variables().len(), library.trainable_variables().len()), (2, 2));
    let session = Session::new(&graph)?;
    session.initialize()?;
    let (first, second) = session.run((first, second))?;
    assert_eq!(first, second);
    Ok(())
}

#[test]
fn t3_sharing_with_another_size_names_the_template() {
    let template = make_template("logits", dense::<f32>);
    let refused = Graph::new()
        .build(|| {
            let x = tf::constant([[1.0f32, 2.0]]);
            (template.call((x, Dense::new(2))), template.call((x, Dense::new(3))))
        })
        .unwrap_err();
    assert_eq!((refused.code(), refused.variable()), ("E-SHARE-SHAPE", Some("logits/dense/kernel")));
    assert!(refused.to_string().contains("in template `logits`, made at"), "{refused}");
    // The layer of the library is called by the template, by way of the standard library: what counts is who called the template.
    let here = |line: &str| refused.to_string().lines().any(|l| l.trim().starts_with(line) && l.contains(file!()));
    assert!(here("at ") && here("first created at ") && !refused.to_string().contains("/core/"), "{refused}");
}
