//! Nothing says of which element type a variable is.
//! rustc examines two bodies, and speaks of one.
use tf::prelude::*;

#[variable_scope]
fn step() {
    let counter = get_variable!("counter", [1]);
    let _ = counter.value();
}

fn main() {}
