//! TensorFlow's guide to variables, in its order: each listing and each sentence that promises something is a test, in a file for
//! each section. IDs such as C1 are rows of `docs/parity.md`.
//!
//! | section | file |
//! |---|---|
//! | Variables | `guide/variables.rs` |
//! | Creating a variable | `guide/creating.rs` |
//! | Variable collections | `guide/collections.rs` |
//! | Device placement | `guide/devices.rs` |
//! | Initializing variables | `guide/initializing.rs` |
//! | Using variables | `guide/using.rs` |
//! | Sharing variables | `guide/sharing.rs`, `guide/layers.rs` |

use tf::{Graph, Result, Session};

#[path = "guide/collections.rs"]
mod collections;
#[path = "guide/creating.rs"]
mod creating;
#[path = "guide/devices.rs"]
mod devices;
#[path = "guide/initializing.rs"]
mod initializing;
#[path = "guide/layers.rs"]
mod layers;
#[path = "guide/sharing.rs"]
mod sharing;
#[path = "guide/using.rs"]
mod using;
#[path = "guide/variables.rs"]
mod variables;

/// A session with every variable initialized.
fn started(graph: &Graph) -> Result<Session> {
    let session = Session::new(graph)?;
    session.initialize()?;
    Ok(session)
}

fn names(graph: &Graph) -> Vec<String> {
    graph.variables().into_iter().map(|variable| variable.name).collect()
}

/// The names of a model's variables, as rustc's const evaluation knows them.
fn known(variables: &[tf::check::VariableInfo]) -> Vec<String> {
    variables.iter().map(|variable| variable.name.to_string()).collect()
}

/// The folder of one test, removed at its end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("tf-scope-guide-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
        Folder(folder)
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
