//! `#[variable_scope]` stands on a struct.
use tf::prelude::*;

#[variable_scope]
pub struct Dense {
    pub units: usize,
}

fn main() {}
