//! A place has more coordinates than the variable has dimensions (U17).
use tf::prelude::*;

model! {
    pub ScatterCoordinates(places: i32[5, 3]) -> f32[4, 4] {
        let board: Variable<f32> = get_variable!("board", [4, 4], trainable = false);
        tf::scatter_nd_update(board, places, tf::ones([5]))
    }
}

fn main() {}
