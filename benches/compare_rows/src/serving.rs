//! Many clients of one session: requests per second, printed for one client and for two.

use crate::{ready, row::Ready};
use std::{
    error::Error,
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The rows that are served where none are named.
const ROWS: [&str; 6] = ["assign_add", "matmul_64", "mlp_b1", "mlp_b128", "filter_1x28x28x1", "filter_32x28x28x1"];

/// How often clients of either number take turns, and for how long; the median counts.
const TURNS: usize = 7;
const TURN: Duration = Duration::from_millis(300);

/// Prints a line for each row: requests per second of one client and of two, and how many times as many two have.
pub fn print(rows: &[String]) -> Result<(), Box<dyn Error>> {
    let named: Vec<&str> = rows.iter().map(String::as_str).collect();
    println!("{:<24} {:>14} {:>14} {:>8}", "requests per second", "1 client", "2 clients", "ratio");
    for &row in if named.is_empty() { &ROWS[..] } else { &named } {
        let Some(served) = ready(row)? else { return Err(format!("there is no row `{row}`").into()) };
        // In turns, so that what else the machine does hits both alike.
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            for clients in [1, 2] {
                rates[clients - 1].push(rate(&served, clients)?);
            }
        }
        let [one, two] = rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        });
        println!("{row:<24} {one:>14.0} {two:>14.0} {:>8.2}", two / one);
    }
    Ok(())
}

/// Requests per second of so many clients, each of which asks again as soon as it is answered.
fn rate(served: &Ready, clients: usize) -> Result<f64, Box<dyn Error>> {
    let (answered, over, start) = (AtomicUsize::new(0), AtomicBool::new(false), Barrier::new(clients + 1));
    thread::scope(|scope| {
        let client = || -> tf::Result<()> {
            let mut outcome = (0..3).try_for_each(|_| (served.compute)());
            start.wait();
            while outcome.is_ok() && !over.load(Ordering::Relaxed) {
                outcome = (served.compute)();
                answered.fetch_add(1, Ordering::Relaxed);
            }
            outcome
        };
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        start.wait();
        let began = Instant::now();
        thread::sleep(TURN);
        over.store(true, Ordering::Relaxed);
        let rate = answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
        for client in clients {
            client.join().expect("a client answers with an error, if at all")?;
        }
        Ok(rate)
    })
}
