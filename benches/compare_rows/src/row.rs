//! Rows made of graphs.

use ndarray::{Array, Dimension, ShapeBuilder};
use tf::prelude::*;

/// A row that is ready to be computed, by any number of threads.
pub struct Ready {
    pub session: Session,
    pub compute: Box<dyn Fn() -> tf::Result<()> + Send + Sync>,
}

/// A row that runs what `build` returns and hands out what it computes.
pub fn fetching<F: tf::Fetch + Clone + Send + Sync + 'static>(build: impl FnOnce() -> F) -> tf::Result<Ready> {
    feeding(|| (build(), Vec::new()))
}

/// A row that computes a tensor and hands nothing out: the result stays in memory that the next run uses again, as that of the peers does.
pub fn computing(build: impl FnOnce() -> Tensor<f32>) -> tf::Result<Ready> {
    fetching(|| build().op())
}

/// A row that runs what `build` returns, on what it feeds.
pub fn feeding<F: tf::Fetch + Clone + Send + Sync + 'static>(
    build: impl FnOnce() -> (F, Vec<tf::Feed>),
) -> tf::Result<Ready> {
    let graph = Graph::new();
    graph.set_random_seed(1);
    let (fetch, feeds) = graph.build(build)?;
    let session = Session::new(&graph)?;
    session.initialize()?;
    let runs = session.clone();
    let compute = move || {
        std::hint::black_box(runs.run_with(fetch.clone(), &feeds)?);
        Ok(())
    };
    Ok(Ready { session, compute: Box::new(compute) })
}

/// A variable with random values.
pub fn random<const N: usize>(name: &str, shape: [usize; N], deviation: f64) -> Variable<f32> {
    let options = tf::VariableOptions::new().initializer(random_normal_initializer().stddev(deviation));
    tf::get_variable(name, shape, options)
}

/// An array that is nowhere zero.
pub fn array<D: Dimension, S: ShapeBuilder<Dim = D>>(shape: S) -> Array<f32, D> {
    let mut state = 1u32;
    Array::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 + 1e-3
    })
}
