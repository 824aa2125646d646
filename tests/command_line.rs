//! The command-line tool `tf`, run as users run it.
#![cfg(feature = "cli")]

use std::{
    path::PathBuf,
    process::{Command, Output},
};
use tf::{CheckpointWriter, IntoValue, Value};

fn tf(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_tf")).args(arguments).output().expect("the tool runs");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

/// A checkpoint of this test alone, removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, tensors: &[(&str, Value)]) -> File {
        let path = std::env::temp_dir().join(format!("tf-scope-cli-{name}-{}.safetensors", std::process::id()));
        let add = |writer: CheckpointWriter, (name, value): &(&str, Value)| writer.tensor(*name, value.clone());
        let writer = tensors.iter().try_fold(CheckpointWriter::new(), add).expect("names differ");
        writer.metadata("made by", "a test").expect("the key is free").write(&path).expect("there is room");
        File(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("temporary folders have plain names")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn numbers(numbers: &[f32]) -> Value {
    IntoValue::<f32>::into_value(numbers.to_vec())
}

#[test]
fn inspect_tells_what_a_checkpoint_holds() {
    let tensors = [
        ("conv/weights", numbers(&[-1.0, 0.0, 0.0, 1.0])),
        ("global_step", Value::scalar(7i64)),
        ("spoilt", numbers(&[f32::NAN, f32::NAN])),
    ];
    let file = File::new("inspect", &tensors);
    let (code, text, _) = tf(&["inspect", file.path()]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "conv/weights  f32[4]");
    assert_eq!(lines[1], "    min -1  max 1  mean 0  std 0.70711");
    assert_eq!(lines[2], "    |▄           █          ▄|");
    assert_eq!(lines[3], "global_step   i64[]  7");
    assert_eq!(lines[5], "    no number is finite");
    assert!(lines[6].starts_with("3 tensors, 7 elements, 32 bytes in `"), "{text}");
    assert_eq!(lines[7], "made by: a test");
    let (_, some, _) = tf(&["inspect", file.path(), "step"]);
    assert!(some.starts_with("global_step") && !some.contains("weights"), "{some}");
}

#[test]
fn diff_tells_what_is_missing_extra_and_changed() {
    let a =
        File::new("diff-a", &[("kept", numbers(&[1.0])), ("gone", numbers(&[1.0])), ("w", numbers(&[1.0, 2.0, 3.0]))]);
    let b =
        File::new("diff-b", &[("kept", numbers(&[1.0])), ("more", numbers(&[1.0])), ("w", numbers(&[1.0, 2.5, 2.75]))]);
    let (code, text, _) = tf(&["diff", a.path(), b.path()]);
    assert_eq!(code, 1);
    let wanted = "missing  gone  f32[1]\nchanged  w  f32[3]  max abs difference 0.50000 (2 of 3 elements differ)\nextra    more  f32[1]\n1 the same, 3 different\n";
    assert_eq!(text, wanted);
    assert_eq!(tf(&["diff", a.path(), a.path()]), (0, "3 the same, 0 different\n".to_owned(), String::new()));
    let c = File::new("diff-c", &[("kept", Value::scalar(1.0f32))]);
    assert!(tf(&["diff", a.path(), c.path()]).1.contains("changed  kept  from f32[1] to f32[]"));
}

#[test]
fn devices_tells_what_there_is() {
    let (code, text, _) = tf(&["devices"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("/job:localhost/replica:0/task:0/device:CPU:0\ncores: "), "{text}");
    assert!(text.contains("instruction set: ") && text.contains("(of portable"), "{text}");
    let ways = |of: &str| {
        let line = text.lines().find(|line| line.contains(of)).unwrap_or_else(|| panic!("no `{of}` in {text}"));
        line.split_once(of).expect("it is there").1.split("  ").map(str::trim).filter(|way| !way.is_empty()).count()
    };
    // Whatever the instruction set, each has a way for results of two precisions and for the filter's gradient.
    assert_eq!([ways("3×3, 64 → 64"), ways("7×7 by 2, 3 → 64"), ways("5×5, 32 → 32")], [3; 3]);
    // Transforms pay at strides where windows are large, and groups of one channel fill no lanes.
    let line = |of: &str| text.lines().find(|line| line.contains(of)).expect("it is there");
    assert!(
        line("3×3 by 2").matches("direct").count() == 3 && line("depthwise").contains("direct, by cells"),
        "{text}"
    );
}

#[test]
fn a_wrong_command_line_says_what_is_wrong() {
    let (code, text, _) = tf(&["--help"]);
    assert!(code == 0 && text.contains("tf inspect FILE"), "{text}");
    for (arguments, says) in [
        (&[][..], "no command is given"),
        (&["look"][..], "there is no command `look`"),
        (&["diff", "a"][..], "`diff` takes two files and is given 1"),
        (&["--all"][..], "--all"),
        (&["inspect", "no such file"][..], "E-CHECKPOINT-FILE"),
    ] {
        let (code, text, mistake) = tf(arguments);
        assert!(
            code == 2 && text.is_empty() && mistake.contains(says) && mistake.contains("help: "),
            "{arguments:?}: {mistake}"
        );
    }
}
