//! A model is trained on labels of another element type than it declares.
use ndarray::{Array1, Array2};
use tf::{data::Batches, losses, prelude::*, train::*};

model! {
    pub Classes(x: f32[n, 4], labels: i32[n]) -> f32[] {
        losses::sparse_softmax_cross_entropy(labels, tf::matmul(x, get_variable!("weights", [4, 10])))
    }
}

fn main() -> tf::Result<()> {
    let classes = Classes::init(1)?.minimize(Adam::new(0.1))?;
    let examples = (Array2::<f32>::zeros((64, 4)), Array1::<i64>::zeros(64));
    Trainer::new(&classes, Batches::new(examples, 16)?).checkpoints(Checkpoints::within("run")).run(Until::epochs(2))?;
    Ok(())
}
