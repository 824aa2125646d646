//! In a terminal, here a pseudo one that `script` makes, a run shows a bar.

use crate::network::{batches, learned};
use std::process::{Command, Stdio};
use tf::train::*;

/// Only the child has it.
const CHILD: &str = "TF_SCOPE_TEST_TERMINAL";

#[test]
fn a_terminal_shows_a_bar() {
    if std::env::var_os(CHILD).is_some() {
        let model = learned();
        Trainer::new(&model, batches()).progress().run(Until::steps(40)).unwrap();
        return;
    }
    let this = std::env::current_exe().unwrap();
    let child = format!("stty cols 100; '{}' --exact terminal::a_terminal_shows_a_bar --nocapture", this.display());
    let script = Command::new("script")
        .args(["--quiet", "--return", "--command", &child, "/dev/null"])
        .env(CHILD, "1")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .expect("`script` is there: Debian has it in bsdutils");
    let text = String::from_utf8_lossy(&script.stdout);
    assert!(script.status.success(), "{text}");
    assert!(text.contains("40/40") && text.contains('█'), "{text}");
    assert!(text.contains("loss 0.") && text.contains(" steps/s") && text.contains("s left"), "{text}");
    // Metrics stand above the bar, and there are no plain lines.
    assert!(text.contains("step 7  epoch 0  train/loss 0.") && !text.contains("step 40/40"), "{text}");
}
