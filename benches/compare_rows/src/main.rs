//! The rows of the table on this library, for `benches/compare`, which asks as `benches/peers/worker.py` says.
//!
//! By itself: `cargo run --release -p compare_rows -- serving [ROW..]` prints how many requests a second one client and two have answered,
//! `.. -- memory [ROW..]` what memory runs take, beside the least that they could; `.. -- branches [ROW..]` what it saves that threads take
//! branches of a plan beside each other.
//!
//! | file | what it holds |
//! |---|---|
//! | `protocol` | requests and answers |
//! | `row` | a row that is ready to be computed, and how graphs become one |
//! | `images`, `networks`, `arrays` | the rows |
//! | `serving`, `memory`, `branches` | what is printed without `benches/compare` |
//! | `peak` | what the machine's fused multiply-adds reach |

mod arrays;
mod branches;
mod images;
mod memory;
mod networks;
mod peak;
mod protocol;
mod row;
mod serving;

use protocol::Call;
use row::Ready;
use std::error::Error;

fn ready(row: &str) -> tf::Result<Option<Ready>> {
    Ok(arrays::row(row)?.or(images::row(row)?).or(networks::row(row)?))
}

fn prepare(row: &str) -> Result<Option<Call>, Box<dyn Error>> {
    let Some(Ready { compute, .. }) = ready(row)? else { return Ok(None) };
    Ok(Some(Box::new(move || Ok(compute()?))))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((mode, _)) if mode == "startup" => Ok((networks::startup()?.compute)()?),
        Some((mode, rows)) if mode == "serving" => serving::print(rows),
        Some((mode, rows)) if mode == "memory" => memory::print(rows),
        Some((mode, rows)) if mode == "branches" => branches::print(rows),
        _ => {
            protocol::serve(prepare, Some(peak::measure));
            Ok(())
        }
    }
}
