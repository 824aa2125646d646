//! Lists of a graph by name.

use tf::{
    Graph, Object, Result, Tensor, add_to_collection, add_to_collections, collection, constant, get_collection,
    get_collection_in, name_scope,
};

fn numbers(graph: &Graph, name: &str) -> Vec<i32> {
    graph.collection::<Object<i32>>(name).into_iter().map(|number| number.0).collect()
}

/// What is added stays in order, also if it is added twice; what is handed out is a copy (K2, K4).
#[test]
fn a_collection_keeps_its_order() {
    let graph = Graph::new();
    for number in [12, 34, 12] {
        graph.add_to_collection("key", Object(number));
    }
    assert_eq!(numbers(&graph, "key"), [12, 34, 12]);
    numbers(&graph, "key").push(56);
    assert_eq!(numbers(&graph, "key"), [12, 34, 12]);
    assert!(numbers(&graph, "nothing").is_empty());
    graph.clear_collection("key");
    assert!(numbers(&graph, "key").is_empty());
}

/// The list itself can be changed, where that is asked for (K5).
#[test]
fn a_collection_can_be_edited() {
    let graph = Graph::new();
    graph.add_to_collection("key", Object(1));
    graph.edit_collection("key", |list: &mut Vec<Object<i32>>| list.push(Object(2)));
    assert_eq!(numbers(&graph, "key"), [1, 2]);
}

/// One object is added to several lists at once, to each once (K3).
#[test]
fn an_object_is_added_to_several_collections() -> Result<()> {
    let graph = Graph::new();
    graph.build(|| {
        add_to_collections(&["abc", "123", "abc"], Object(7));
        add_to_collection("abc", Object(8));
        assert_eq!(get_collection::<Object<i32>>("abc"), [Object(7), Object(8)]);
    })?;
    assert_eq!(numbers(&graph, "123"), [7]);
    assert_eq!(graph.collection_names(), ["abc", "123"]);
    Ok(())
}

/// A filter by scope finds what is named below it, and nothing that merely begins alike (K6).
#[test]
fn a_collection_is_filtered_by_scope() -> Result<()> {
    Graph::new().build(|| {
        for name in ["foo", "foo_1", "bar"] {
            name_scope(name, || add_to_collection(collection::LOSSES, constant(1.0f32)));
        }
        let of = |scope: &str| get_collection_in::<Tensor<f32>>(collection::LOSSES, scope).len();
        assert_eq!([of("foo"), of("foo_1"), of("ba"), of("")], [1, 1, 0, 3]);
        assert_eq!(get_collection::<Tensor<f32>>(collection::LOSSES).len(), 3);
    })
}

/// Collections belong to a graph (K12).
#[test]
fn graphs_have_collections_of_their_own() -> Result<()> {
    let (outer, inner) = (Graph::new(), Graph::new());
    outer.build(|| {
        add_to_collection("key", Object(1));
        inner.build(|| add_to_collection("key", Object(2)))
    })??;
    assert_eq!((numbers(&outer, "key"), numbers(&inner, "key")), (vec![1], vec![2]));
    Ok(())
}
