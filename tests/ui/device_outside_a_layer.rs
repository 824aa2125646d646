//! A literal device is read by rustc also where a graph is built by hand.
fn main() {
    let graph = tf::Graph::new();
    let _ = graph.build(|| tf::device!("/job:ps/task:one", { tf::constant(1.0f32) }));
}
