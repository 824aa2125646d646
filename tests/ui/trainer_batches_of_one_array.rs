//! A model of two inputs is trained on batches of one array.
use ndarray::Array2;
use tf::{data::Batches, prelude::*, train::*};

model! {
    pub Line(x: f32[n, 1], y: f32[n, 1]) -> f32[] {
        tf::reduce_mean(tf::square(x * get_variable!("slope", [1]) - y), tf::ALL)
    }
}

fn main() -> tf::Result<()> {
    let line = Line::init(1)?.minimize(Adam::new(0.1))?;
    let points = Array2::<f32>::zeros((64, 1));
    let report = Trainer::new(&line, Batches::new(points, 16)?.shuffled(7)).progress().run(Until::epochs(2))?;
    println!("{report}");
    Ok(())
}
