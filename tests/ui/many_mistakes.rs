//! A model has ten mistakes: eight are shown, and the last says how many there are beyond.
//! errors: 8, one for each mistake that is shown
use tf::prelude::*;

model! {
    pub Scales(x: f32[?, 3]) -> f32[?, 3] {
        let _ = x * get_variable!("scale0", [4]);
        let _ = x * get_variable!("scale1", [5]);
        let _ = x * get_variable!("scale2", [6]);
        let _ = x * get_variable!("scale3", [7]);
        let _ = x * get_variable!("scale4", [8]);
        let _ = x * get_variable!("scale5", [9]);
        let _ = x * get_variable!("scale6", [10]);
        let _ = x * get_variable!("scale7", [11]);
        let _ = x * get_variable!("scale8", [12]);
        let _ = x * get_variable!("scale9", [13]);
        x
    }
}

fn main() {}
