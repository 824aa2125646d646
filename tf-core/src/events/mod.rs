//! Event files for TensorBoard: scalars, histograms of variables, images and the graph, step by step.
//!
//! | file | what it holds |
//! |---|---|
//! | [`writer`] | [`EventWriter`]: what users write with |
//! | `messages` | TensorFlow's messages, as far as they are written |
//! | `histogram` | values as counts between exponentially growing limits |
//! | `drawn` | a graph as the message that TensorBoard draws |
//! | `record` | the frames with their check sums that an event file is made of |

mod drawn;
mod histogram;
mod messages;
mod record;
pub mod writer;

pub use writer::EventWriter;
