//! Requests, a line of JSON each, and their answers: the median time of a call.

use crate::{arrays, images, networks, peak, row::Call};
use serde_json::{Value, json};
use std::{
    io::{BufRead, stdin},
    time::{Duration, Instant},
};

/// Answers requests until there are no more.
pub fn serve() {
    let mut ready: Option<(String, Call)> = None;
    for line in stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(&mut ready, &line));
    }
}

fn answer(ready: &mut Option<(String, Call)>, line: &str) -> Value {
    let Ok(request) = serde_json::from_str::<Value>(line) else { return json!({"error": "this is no request"}) };
    let row = request["row"].as_str().unwrap_or_default();
    let seconds = request["seconds"].as_f64().unwrap_or(0.1);
    if row == "peak" {
        return json!({"flops_per_second": peak::measure(seconds)});
    }
    match measure(ready, row, Duration::from_secs_f64(seconds)) {
        Ok(Some((median, calls))) => json!({"seconds": median, "calls": calls}),
        Ok(None) => json!({"error": "has no such row"}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// Times calls for so long, two at least, after some to warm up; the median, and how many they were.
fn measure(ready: &mut Option<(String, Call)>, row: &str, budget: Duration) -> tf::Result<Option<(f64, usize)>> {
    if ready.as_ref().is_none_or(|(known, _)| known != row) {
        *ready = None; // the memory of one row at a time
        let Some(call) = arrays::row(row)?.or(images::row(row)?).or(networks::row(row)?) else { return Ok(None) };
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
