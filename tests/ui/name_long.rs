//! A name is longer than any that a graph holds.
use tf::prelude::*;

model! {
    pub NameLong(x: f32[?, 8]) -> f32[?, 8] {
        x * get_variable!("the_scale_that_each_of_the_eight_features_of_every_example_is_multiplied_by_before_it_goes_on_its_way_into_the_first_layer", [8])
    }
}

fn main() {}
