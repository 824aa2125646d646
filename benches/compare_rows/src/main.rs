//! The rows of the table on this library, for `benches/compare`, which asks as `benches/peers/worker.py` says.
//!
//! | file | what it holds |
//! |---|---|
//! | `protocol` | requests and answers |
//! | `row` | a row that is ready to be timed, and how graphs become one |
//! | `images`, `networks`, `arrays` | the rows |
//! | `peak` | what the machine's fused multiply-adds reach |

mod arrays;
mod images;
mod networks;
mod peak;
mod protocol;
mod row;

use protocol::Call;
use std::error::Error;

fn prepare(row: &str) -> Result<Option<Call>, Box<dyn Error>> {
    Ok(arrays::row(row)?.or(images::row(row)?).or(networks::row(row)?))
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "startup") {
        let mut call = networks::startup()?;
        return call();
    }
    protocol::serve(prepare, Some(peak::measure));
    Ok(())
}
