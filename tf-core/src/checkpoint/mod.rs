//! Checkpoints: the values of variables in files, and how they come back.
//!
//! | file | what it holds |
//! |---|---|
//! | `saver` | [`Saver`]: saves a session's variables again and again |
//! | `kept`, `state` | which checkpoints are kept, and the state file that says so; [`latest_checkpoint`] |
//! | `listed`, `step` | what a saver is given: variables, the global step |
//! | `models`, `load_options` | saving and restoring models and stores; [`LoadOptions`]: how a model is loaded |
//! | `initial` | [`init_from_checkpoint`]: initial values from a file |
//! | `source`, `opened`, `contents` | [`Checkpoint`]: a file or bytes, what it holds, reading a value |
//! | `import`, `pattern`, `conversion` | [`Import`]: renames, layouts, conversions |
//! | `matching`, `restoring`, `report` | which tensor is for which variable; all or none; what was done |
//! | `writing`, `durable` | [`CheckpointWriter`]; files that are replaced in one step |
//! | `format` | the one place that knows which formats there are |
//! | `safetensors`, `header`, `encoding` | the format: the file, its header, the bytes of elements |

mod contents;
mod conversion;
mod durable;
mod encoding;
mod format;
mod header;
mod import;
mod initial;
mod kept;
mod listed;
mod load_options;
mod matching;
mod models;
mod opened;
mod pattern;
mod report;
mod restoring;
mod safetensors;
mod saver;
mod source;
mod state;
mod step;
mod writing;

pub use contents::CheckpointEntry;
pub use conversion::Layout;
pub use format::Format;
pub use import::Import;
pub use initial::init_from_checkpoint;
pub use listed::{SavedVariable, VariableOrName};
pub use load_options::LoadOptions;
pub use opened::Checkpoint;
pub use report::{Applied, RestoreReport};
pub use saver::Saver;
pub use source::CheckpointSource;
pub use state::{CheckpointState, latest_checkpoint};
pub use step::GlobalStep;
pub use writing::CheckpointWriter;

pub(crate) use encoding::checksum;
pub(crate) use source::cannot;
