//! What memory runs take, beside the least that they could.

use crate::ready;
use std::error::Error;

/// The rows that are looked at where none are named.
const ROWS: [&str; 10] = [
    "filter_1x28x28x1",
    "filter_32x28x28x1",
    "filter_step_32x28x28x1",
    "filter_step_8x64x64x3",
    "mlp_b128",
    "mlp_step_b128",
    "lstm",
    "lstm_step",
    "layer_norm",
    "batch_norm",
];

/// Prints a line for each row: bytes at the peak, those that are needed at the same time, their ratio, and what all values would take.
pub fn print(rows: &[String]) -> Result<(), Box<dyn Error>> {
    let named: Vec<&str> = rows.iter().map(String::as_str).collect();
    println!(
        "{:<24} {:>12} {:>12} {:>7} {:>14} {:>8}",
        "bytes", "peak", "lower bound", "ratio", "without reuse", "values"
    );
    for &row in if named.is_empty() { &ROWS[..] } else { &named } {
        let Some(ready) = ready(row)? else { return Err(format!("there is no row `{row}`").into()) };
        let before = ready.session.memory();
        (ready.compute)()?;
        // Not that of giving variables their first values.
        for run in ready.session.memory().iter().filter(|run| !before.contains(run)) {
            let ratio = run.peak as f64 / run.lower_bound.max(1) as f64;
            let (peak, bound, apart, values) = (run.peak, run.lower_bound, run.without_reuse, run.values);
            println!("{row:<24} {peak:>12} {bound:>12} {ratio:>7.3} {apart:>14} {values:>8}");
        }
    }
    Ok(())
}
