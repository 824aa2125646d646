//! What normalizations refuse when a graph is built; in models rustc does: `tests/ui/normalization_numbers.rs`.

use tf::layers::{BatchNormalization, LayerNormalization, batch_normalization, layer_normalization};
use tf::prelude::*;

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let code = |made: &dyn Fn(Tensor<f32>) -> Tensor<f32>| {
        let refused = Graph::new().build(|| made(tf::ones([2, 3])));
        refused.map(drop).map_err(|error| error.code().to_owned())
    };
    let batch = BatchNormalization::new;
    for options in [batch().epsilon(-1e-3), batch().epsilon(f64::NAN), batch().momentum(-0.1), batch().momentum(1.01)] {
        assert_eq!(code(&|x| batch_normalization(x, options)), Err("E-NORMALIZATION".to_owned()), "{options:?}");
    }
    assert_eq!(code(&|x| batch_normalization(x, batch().epsilon(0.0).momentum(1.0))), Ok(()));
    let layer = LayerNormalization::new();
    assert_eq!(code(&|x| layer_normalization(x, layer.epsilon(-1.0))), Err("E-NORMALIZATION".to_owned()));
}
