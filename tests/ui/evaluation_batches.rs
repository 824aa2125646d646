//! A model is evaluated on images that are not in batches of its rank.
use ndarray::{Array2, Array3};
use tf::{data::Batches, prelude::*, train::*};

#[variable_scope]
fn score(x: Tensor<f32>) -> Tensor<f32> {
    tf::matmul(x, get_variable!("weights", [x.dim(1), 1]))
}

model! {
    pub Score(x: f32[n, 4]) -> f32[] { tf::reduce_mean(score(x), tf::ALL) }
}

model! {
    pub Check reuse Score(x: f32[n, 4]) -> f32[] { tf::reduce_max(score(x), tf::ALL) }
}

fn main() -> tf::Result<()> {
    let model = Score::init(1)?.minimize(Adam::new(0.1))?;
    let check = Check::sharing(&model)?;
    let held_out = Evaluation::new(&check, Batches::new(Array3::<f32>::zeros((8, 2, 2)), 4)?).every(Every::epochs(1));
    Trainer::new(&model, Batches::new(Array2::<f32>::zeros((8, 4)), 4)?).evaluate(held_out).run(Until::steps(2))?;
    Ok(())
}
