//! "Variables": shared, persistent state.

use crate::started;
use tf::{Result, Server, prelude::*};

#[test]
fn a_value_outlives_the_run_that_wrote_it() -> Result<()> {
    let graph = Graph::new();
    let (v, add) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [], initializer = zeros_initializer());
        (v, v.assign_add(1.0))
    })?;
    let session = started(&graph)?;
    for n in 1..4 {
        session.run(add)?;
        assert_eq!(session.run(v)?[[]], n as f32);
    }
    Ok(())
}

/// Its value changes by the ops that change it, and by no others (U24).
#[test]
fn running_ops_on_it_changes_its_value() -> Result<()> {
    let graph = Graph::new();
    let (v, read, change) = graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [2], initializer = ones_initializer());
        (v, v * 3.0 + 1.0, v.assign(v * 3.0))
    })?;
    let session = started(&graph)?;
    assert_eq!(session.run(read)?, ndarray::arr1(&[4.0, 4.0]).into_dyn());
    assert_eq!(session.run(v)?, ndarray::arr1(&[1.0, 1.0]).into_dyn());
    session.run(change)?;
    assert_eq!(session.run(v)?, ndarray::arr1(&[3.0, 3.0]).into_dyn());
    Ok(())
}

/// A tensor is computed by each run anew, and is not there between runs. A variable is.
#[test]
fn a_tensor_is_of_one_run_and_a_variable_is_there_between_runs() -> Result<()> {
    let graph = Graph::new();
    let (v, drawn) = graph.build(|| {
        let drawn: Tensor<f32> = tf::random_normal([8], 0.0, 1.0);
        let v: Variable<f32> = get_variable!("v", initializer = drawn);
        (v, drawn)
    })?;
    let session = started(&graph)?;
    assert_ne!(session.run(drawn)?, session.run(drawn)?);
    let kept = session.run(v)?;
    assert_eq!(session.run(v)?, kept);
    assert_eq!(session.store().get("v")?.into_array::<f32>()?, kept);
    assert!(session.store().names() == ["v"], "no tensor is kept");
    Ok(())
}

/// The ops that read and change it, by TensorFlow's names of their types (U1, U9, U16, U17).
#[test]
fn specific_ops_read_and_modify_the_values() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        let v: Variable<f32> = get_variable!("v", [2], initializer = zeros_initializer());
        let _ = (v.read_value(), v.assign(v + 1.0), v.assign_add(v), v.assign_sub(v));
        let _ = (v.scatter_add(tf::constant([0]), 1.0), v.scatter_nd_update(tf::constant([[1]]), tf::constant([2.0])));
    })?;
    let types: Vec<&str> = Session::new(&graph)?.placements()?.iter().map(|placement| placement.op).collect();
    let wanted = [
        "VarHandleOp",
        "ReadVariableOp",
        "AssignVariableOp",
        "AssignAddVariableOp",
        "AssignSubVariableOp",
        "ResourceScatterAdd",
        "ResourceScatterNdUpdate",
    ];
    for op in wanted {
        assert!(types.contains(&op), "{op} is not among {types:?}");
    }
    Ok(())
}

/// Workers with sessions of their own, here in threads with graphs of their own, see the same values by name.
#[test]
fn what_one_session_writes_the_others_see() -> Result<()> {
    let server = Server::new();
    let worker = |rounds: usize| -> Result<()> {
        let graph = Graph::new();
        let add = graph.build(|| {
            let v: Variable<i64> = get_variable!("v", [], initializer = zeros_initializer());
            v.assign_add(1)
        })?;
        let session = Session::with_server(&graph, &server)?;
        session.initialize_missing()?;
        (0..rounds).try_for_each(|_| session.run(add).map(|_| ()))
    };
    worker(1)?;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(|| worker(100))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
    })?;
    assert_eq!(server.container("").get("v")?.as_slice(), Some(&[301i64][..]));
    Ok(())
}
