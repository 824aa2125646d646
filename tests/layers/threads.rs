//! Layers that several threads build in one graph (S25): each starts at the root, and the variables are the graph's.

use std::thread;
use tf::layers::{Activation, BasicLstmCell, BatchNormalization, Dense, batch_normalization, dense, lstm};
use tf::prelude::*;
use tf::{scope, variable_scope};

fn tower(x: Tensor<f32>) -> Tensor<f32> {
    let y = dense(x, Dense::new(4).activation(Activation::Relu));
    let y = batch_normalization(y, BatchNormalization::new());
    let (outputs, _) = lstm([y, y], None, BasicLstmCell::new(3));
    dense(outputs[1], Dense::new(2))
}

/// Threads that all build the tower under `AUTO_REUSE`, in whatever order they come.
#[test]
fn s25_l5_threads_share_layers_by_name() -> tf::Result<()> {
    let graph = Graph::new();
    let outputs: Vec<Tensor<f32>> = thread::scope(|threads| {
        let build = || {
            graph.build(|| {
                variable_scope(scope("tower").reuse(AUTO_REUSE), |_| tower(tf::constant([[1.0f32, 2.0, 3.0]])))
            })
        };
        let built: Vec<_> = (0..6).map(|_| threads.spawn(build)).collect();
        built.into_iter().map(|thread| thread.join().expect("no thread panics")).collect::<tf::Result<_>>()
    })?;
    let names: Vec<String> = graph.variables().into_iter().map(|v| v.name).collect();
    assert_eq!(names.len(), 10, "one tower: {names:?}");
    let session = Session::new(&graph)?;
    session.initialize()?;
    let results = session.run(outputs)?;
    assert!(results.iter().all(|result| *result == results[0]), "the same variables: {results:?}");
    Ok(())
}

/// A scope object keeps its prefix in another thread, whose default names start anew.
#[test]
fn s25_l4_a_thread_shares_through_a_scope_object() -> tf::Result<()> {
    let graph = Graph::new();
    let (kept, first) =
        graph.build(|| variable_scope("tower", |kept| (kept, tower(tf::constant([[1.0f32, 2.0, 3.0]])))))?;
    let made = graph.variables().len();
    let second = thread::scope(|threads| {
        let shared = threads.spawn(|| {
            graph.build(|| variable_scope(scope(kept).reuse(true), |_| tower(tf::constant([[1.0f32, 2.0, 3.0]]))))
        });
        shared.join().expect("the thread does not panic")
    })?;
    assert_eq!(graph.variables().len(), made);
    let session = Session::new(&graph)?;
    session.initialize()?;
    let (first, second) = session.run((first, second))?;
    assert_eq!(first, second);
    Ok(())
}

/// Without reuse the second thread to come makes a mistake, and the graph is as the first left it.
#[test]
fn s25_r3_threads_that_do_not_ask_to_share_do_not() {
    let graph = Graph::new();
    let codes: Vec<Option<&str>> = thread::scope(|threads| {
        let build = || graph.build(|| variable_scope("tower", |_| tower(tf::constant([[1.0f32, 2.0, 3.0]]))));
        let built: Vec<_> = (0..3).map(|_| threads.spawn(build)).collect();
        built.into_iter().map(|t| t.join().expect("no thread panics").err().map(|error| error.code())).collect()
    });
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some("E-EXISTS")).count(), 2, "{codes:?}");
    assert_eq!(graph.variables().len(), 10);
}
