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

fn main() -> tf::Result<()> {
    if std::env::args().any(|argument| argument == "startup") {
        let mut call = networks::startup()?;
        return call();
    }
    protocol::serve();
    Ok(())
}
