//! Builds inside builds: of one graph, of several, and by threads that begin with different ones.

use std::sync::Barrier;
use tf_core::{Graph, Session, Tensor, constant};

#[test]
fn a_build_inside_a_build_adds_to_its_own_graph() {
    let (a, b) = (Graph::new(), Graph::new());
    let (x, y, z) = a
        .build(|| {
            let x = constant(1.0f32);
            let y = b.build(|| constant(2.0f32) + a.build(|| 0).map_or(0.0, |_| 1.0)).unwrap();
            (x, y, a.build(|| x + 1.0).unwrap())
        })
        .unwrap();
    let value = |graph: &Graph, tensor: Tensor<f32>| Session::new(graph).unwrap().run(tensor).unwrap()[[]];
    assert_eq!((value(&a, x), value(&b, y), value(&a, z)), (1.0f32, 3.0, 2.0));
}

#[test]
fn threads_that_nest_two_graphs_in_opposite_order_do_not_wait_for_ever() {
    for _ in 0..50 {
        let (a, b) = (Graph::new(), Graph::new());
        let both_inside = Barrier::new(2);
        let nested = |outer: &Graph, inner: &Graph| {
            outer
                .build(|| {
                    both_inside.wait();
                    inner.build(|| constant(1.0f32)).map(|_| ()).map_err(|error| error.to_string())
                })
                .unwrap()
        };
        let results = std::thread::scope(|threads| {
            let other = threads.spawn(|| nested(&b, &a));
            [nested(&a, &b), other.join().unwrap()]
        });
        let refused: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "one of the two goes on: {results:?}");
        assert!(refused[0].contains("E-BUILD-CIRCLE") && refused[0].matches(file!()).count() == 2, "{}", refused[0]);
        a.build(|| b.build(|| constant(1.0f32)).unwrap()).unwrap();
    }
}

#[test]
fn three_threads_in_a_ring_do_not_wait_for_ever() {
    let graphs: Vec<Graph> = (0..3).map(|_| Graph::new()).collect();
    let all_inside = Barrier::new(3);
    let refused: usize = std::thread::scope(|threads| {
        let nested: Vec<_> = (0..3)
            .map(|k| {
                let (outer, inner, all_inside) = (&graphs[k], &graphs[(k + 1) % 3], &all_inside);
                threads.spawn(move || {
                    outer
                        .build(|| {
                            all_inside.wait();
                            usize::from(inner.build(|| constant(1.0f32)).is_err())
                        })
                        .unwrap()
                })
            })
            .collect();
        nested.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(refused, 1);
}

#[test]
fn threads_that_begin_with_the_same_graph_take_turns() {
    let (a, b) = (Graph::new(), Graph::new());
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..25 {
                    a.build(|| b.build(|| constant(1.0f32)).unwrap()).unwrap();
                }
            });
        }
    });
    assert_eq!(b.len(), 100);
}
