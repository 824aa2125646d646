//! Requests, a line of JSON each, and their answers: the median time of a call. `benches/peers/rust` answers by this file too.

use serde_json::{Value, json};
use std::{
    error::Error,
    io::{BufRead, stdin},
    time::{Duration, Instant},
};

/// Computes a row once.
pub type Call = Box<dyn FnMut() -> Result<(), Box<dyn Error>>>;
/// Makes a row ready; `None` for one that there is not.
pub type Prepare = fn(&str) -> Result<Option<Call>, Box<dyn Error>>;

/// Answers requests until there are no more; `peak` measures the machine for so many seconds, where somebody does.
pub fn serve(prepare: Prepare, peak: Option<fn(f64) -> f64>) {
    let mut ready: Option<(String, Call)> = None;
    for line in stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(prepare, peak, &mut ready, &line));
    }
}

fn answer(prepare: Prepare, peak: Option<fn(f64) -> f64>, ready: &mut Option<(String, Call)>, line: &str) -> Value {
    let Ok(request) = serde_json::from_str::<Value>(line) else { return json!({"error": "this is no request"}) };
    let row = request["row"].as_str().unwrap_or_default();
    let seconds = request["seconds"].as_f64().unwrap_or(0.1);
    if let (Some(peak), "peak") = (peak, row) {
        return json!({"flops_per_second": peak(seconds)});
    }
    match measure(prepare, ready, row, Duration::from_secs_f64(seconds)) {
        Ok(Some((median, calls))) => json!({"seconds": median, "calls": calls}),
        Ok(None) => json!({"error": "has no such row"}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// Times calls for so long, two at least, after some to warm up; the median, and how many they were.
fn measure(
    prepare: Prepare,
    ready: &mut Option<(String, Call)>,
    row: &str,
    budget: Duration,
) -> Result<Option<(f64, usize)>, Box<dyn Error>> {
    if ready.as_ref().is_none_or(|(known, _)| known != row) {
        *ready = None; // the memory of one row at a time
        let Some(call) = prepare(row)? else { return Ok(None) };
        let (_, call) = ready.insert((row.to_owned(), call));
        for _ in 0..3 {
            call()?;
        }
    }
    let (_, call) = ready.as_mut().expect("the row was made ready");
    let mut times = Vec::new();
    let end = Instant::now() + budget;
    while times.len() < 2 || Instant::now() < end {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(Some((times[times.len() / 2], times.len())))
}
