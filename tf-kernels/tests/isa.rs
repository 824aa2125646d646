//! The choice of a path.

use std::process::Command;

use tf_kernels::isa::with_isa;
use tf_kernels::{Isa, isa};

#[test]
fn the_environment_forces_a_path() {
    // The child runs only the next test of this file.
    let child = |name: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_path_in_use_is_printed", "--nocapture"])
            .env("TF_KERNELS_ISA", name)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for path in Isa::available() {
        assert!(child(&path.to_string()).contains(&format!("path in use: {path};")));
    }
    let best = Isa::detect();
    assert!(child("nonsense").contains(&format!("path in use: {best};")));
    assert!(child("avx512").contains(&format!("path in use: {best};")));
}

#[test]
fn the_path_in_use_is_printed() {
    println!("path in use: {};", isa());
    assert!(isa() <= Isa::detect());
}

#[test]
fn a_test_may_choose_the_path_of_its_thread() {
    let before = isa();
    for path in Isa::available() {
        assert_eq!(with_isa(path, isa), path);
    }
    assert_eq!(isa(), before);
}
