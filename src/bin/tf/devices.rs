//! `tf devices`: what graphs run on here.

use std::fmt::Write;

pub(super) fn devices() -> tf::Result<String> {
    let session = tf::Session::new(&tf::Graph::new())?;
    let mut text = String::new();
    for device in session.devices() {
        let _ = writeln!(text, "{device}");
    }
    let cores = std::thread::available_parallelism().map_or_else(|_| "unknown".to_owned(), |n| n.to_string());
    let chosen = tf_kernels::isa();
    let sets: Vec<String> = tf_kernels::Isa::available().map(|isa| isa.to_string()).collect();
    let _ = writeln!(text, "cores: {cores}");
    let _ = writeln!(text, "instruction set: {chosen} (of {}; `TF_KERNELS_ISA` chooses)", sets.join(", "));
    let _ = writeln!(text, "more logical devices: `SessionOptions::new().cpu_devices(n)`");
    Ok(text)
}
