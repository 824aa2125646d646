//! Nothing says of which element type a variable is.
//! errors: 2, since rustc checks the types of the layer that runs and of the one that it evaluates
use tf::prelude::*;

#[variable_scope]
fn step() {
    let counter = get_variable!("counter", [1]);
    let _ = counter.value();
}

fn main() {}
