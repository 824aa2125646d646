//! The rows of the table that candle and burn can run, for `benches/compare`. Argument: `candle` or `burn`.

mod burn_rows;
mod candle_rows;
#[path = "../../../compare_rows/src/protocol.rs"]
mod protocol;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let is_candle = arguments.iter().any(|argument| argument == "candle");
    if arguments.iter().any(|argument| argument == "startup") {
        let mut call = if is_candle { candle_rows::startup()? } else { burn_rows::startup() };
        return call();
    }
    protocol::serve(if is_candle { candle_rows::prepare } else { burn_rows::prepare }, None);
    Ok(())
}

/// The sizes in a name such as `filter_1x28x28x1`.
fn sizes_of(row: &str) -> Option<[usize; 4]> {
    let sizes: Vec<usize> = row.rsplit('_').next()?.split('x').map_while(|size| size.parse().ok()).collect();
    sizes.try_into().ok()
}

/// The number at the end of a name such as `mlp_b128` or `matmul_64`.
fn number_of(row: &str) -> Option<usize> {
    row.rsplit(['_', 'b']).next()?.parse().ok()
}
