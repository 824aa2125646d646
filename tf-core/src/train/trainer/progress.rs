//! What people see of a run while they wait: a bar in a terminal, else a line now and then.

use super::{evaluation::EPOCH_LOSS, report::Ended};
use std::{
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// As many lines are written of a run, evaluations apart.
const LINES: u64 = 20;

/// A step, for people.
pub(super) struct Seen<'s> {
    pub(super) step: u64,
    pub(super) epoch: u64,
    pub(super) losses: &'s [(String, f64)],
    pub(super) learning_rate: f64,
}

/// Where it goes.
enum Way {
    Nowhere,
    Lines(Box<dyn Write + Send>),
    #[cfg(feature = "terminal")]
    Bar(indicatif::ProgressBar),
}

pub(super) struct Progress {
    way: Way,
    begun: Instant,
    first: u64,
    last: u64,
    /// The step of the last line that told an epoch's loss alone.
    told: u64,
}

impl Progress {
    fn of(way: Way) -> Progress {
        Progress { way, begun: Instant::now(), first: 0, last: 0, told: 0 }
    }

    pub(super) fn none() -> Progress {
        Progress::of(Way::Nowhere)
    }

    pub(super) fn lines(out: Box<dyn Write + Send>) -> Progress {
        Progress::of(Way::Lines(out))
    }

    /// On standard error.
    pub(super) fn shown() -> Progress {
        #[cfg(feature = "terminal")]
        if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            return Progress::bar(indicatif::ProgressDrawTarget::stderr());
        }
        Progress::lines(Box::new(std::io::stderr()))
    }

    #[cfg(feature = "terminal")]
    fn bar(target: indicatif::ProgressDrawTarget) -> Progress {
        // What does not fit into the width is cut off.
        let style = indicatif::ProgressStyle::with_template("{bar:20} {pos}/{len}  {wide_msg}");
        let bar = indicatif::ProgressBar::with_draw_target(Some(0), target);
        Progress::of(Way::Bar(bar.with_style(style.expect("the template is right"))))
    }

    /// A run begins at this step, and has so many before it.
    pub(super) fn begin(&mut self, step: u64, left: u64) {
        (self.begun, self.first, self.last) = (Instant::now(), step, step.saturating_add(left));
        self.told = step;
        #[cfg(feature = "terminal")]
        if let Way::Bar(bar) = &self.way {
            bar.set_length(self.last);
            bar.set_position(step);
        }
    }

    pub(super) fn step(&mut self, seen: &Seen<'_>) {
        let every = self.every();
        let text = match self.way {
            Way::Nowhere => return,
            Way::Lines(_) if !(seen.step - self.first).is_multiple_of(every) && seen.step != self.last => return,
            Way::Lines(_) => {
                let Words { losses, speed, left } = self.words(seen);
                let (step, last, epoch, rate) = (seen.step, self.last, seen.epoch, short(seen.learning_rate));
                format!("step {step}/{last}  epoch {epoch}  {losses}  learning rate {rate}  {speed}  {left}")
            }
            // What matters most comes first, where a terminal is narrow.
            #[cfg(feature = "terminal")]
            Way::Bar(_) => {
                let Words { losses, speed, left } = self.words(seen);
                format!("{losses}  {left}  {speed}  epoch {}  learning rate {}", seen.epoch, short(seen.learning_rate))
            }
        };
        match &mut self.way {
            Way::Nowhere => {}
            Way::Lines(_) => self.line(&text),
            #[cfg(feature = "terminal")]
            Way::Bar(bar) => {
                bar.set_message(text);
                bar.set_position(seen.step);
            }
        }
    }

    /// The steps from a line to the next.
    fn every(&self) -> u64 {
        ((self.last - self.first) / LINES).max(1)
    }

    /// What evaluations found; of the losses of short epochs, which nobody asked for, only as many as of steps.
    pub(super) fn metrics(&mut self, step: u64, epoch: u64, found: &[(String, f64)]) {
        if found.iter().all(|(name, _)| name == EPOCH_LOSS) {
            if step - self.told < self.every() {
                return;
            }
            self.told = step;
        }
        let numbers: Vec<String> = found.iter().map(|(name, value)| format!("{name} {}", short(*value))).collect();
        let text = format!("step {step}  epoch {epoch}  {}", numbers.join("  "));
        self.line(&text);
    }

    /// A run was finished when it was resumed: nobody would know why nothing happens.
    pub(super) fn goes_on(&mut self, step: u64, from: &Path) {
        self.line(&format!("goes on after step {step}, from `{}`", from.display()));
    }

    pub(super) fn nothing_left(&mut self, steps: u64) {
        self.line(&format!(
            "nothing to do: the run that is resumed has taken its {steps} steps already; train longer (`Until`), or begin anew in another folder"
        ));
    }

    pub(super) fn end(&mut self, ended: Ended) {
        match ended {
            Ended::Finished => {}
            Ended::Early => self.line("ends early: the metric became no better"),
            Ended::Stopped => self.line("stopped"),
        }
        #[cfg(feature = "terminal")]
        if let Way::Bar(bar) = &self.way {
            bar.abandon();
        }
    }

    fn line(&mut self, text: &str) {
        match &mut self.way {
            Way::Nowhere => {}
            // Nobody reads what cannot be written, and training goes on.
            Way::Lines(out) => drop(writeln!(out, "{text}")),
            #[cfg(feature = "terminal")]
            Way::Bar(bar) => bar.println(text),
        }
    }

    fn words(&self, seen: &Seen<'_>) -> Words {
        let losses: Vec<String> = seen.losses.iter().map(|(name, loss)| format!("{name} {}", short(*loss))).collect();
        let taken = (seen.step - self.first).max(1) as f64;
        let speed = taken / self.begun.elapsed().as_secs_f64().max(1e-9);
        let left = Duration::try_from_secs_f64((self.last - seen.step) as f64 / speed)
            .map_or_else(|_| "long".to_owned(), time);
        Words { losses: losses.join("  "), speed: format!("{speed:.1} steps/s"), left: format!("{left} left") }
    }
}

/// What both ways say of a step.
struct Words {
    losses: String,
    speed: String,
    left: String,
}

/// A number in four digits.
fn short(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{x:.3e}");
    }
    format!(
        "{x:.*}",
        if size < 1.0 {
            5
        } else if size < 100.0 {
            3
        } else {
            1
        }
    )
}

/// `2h03m`, `4m05s`, `6s`.
fn time(left: Duration) -> String {
    let seconds = left.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_short() {
        assert_eq!(
            [0.0, 0.25, 12.5, 1234.56, 1e-5, -3e9].map(short),
            ["0.00000", "0.25000", "12.500", "1234.6", "1.000e-5", "-3.000e9"]
        );
        assert_eq!([5, 65, 7500].map(|s| time(Duration::from_secs(s))), ["5s", "1m05s", "2h05m"]);
    }
    #[cfg(feature = "terminal")]
    #[test]
    fn a_bar_says_what_matters_first_and_lines_stand_above_it() {
        use std::sync::{Arc, Mutex};

        /// A terminal that keeps what is written.
        #[derive(Clone, Default, Debug)]
        struct Kept(Arc<Mutex<String>>);
        impl Kept {
            fn write(&self, text: &str) -> std::io::Result<()> {
                self.0.lock().unwrap().push_str(text);
                Ok(())
            }
        }
        impl indicatif::TermLike for Kept {
            fn width(&self) -> u16 {
                80
            }
            fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
                Ok(())
            }
            fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
                Ok(())
            }
            fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
                Ok(())
            }
            fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
                Ok(())
            }
            fn write_line(&self, line: &str) -> std::io::Result<()> {
                self.write(line).and_then(|()| self.write("\n"))
            }
            fn write_str(&self, text: &str) -> std::io::Result<()> {
                self.write(text)
            }
            fn clear_line(&self) -> std::io::Result<()> {
                self.write("\n")
            }
            fn flush(&self) -> std::io::Result<()> {
                Ok(())
            }
        }

        let kept = Kept::default();
        let mut progress = Progress::bar(indicatif::ProgressDrawTarget::term_like(Box::new(kept.clone())));
        progress.begin(10, 30);
        let losses = [("loss".to_owned(), 0.5)];
        for step in 11..=40 {
            progress.step(&Seen { step, epoch: 1, losses: &losses, learning_rate: 0.001 });
        }
        progress.metrics(40, 1, &[("eval/accuracy".to_owned(), 0.75)]);
        progress.end(Ended::Early);
        let text = kept.0.lock().unwrap().clone();
        let bars: Vec<&str> = text.lines().map(str::trim_end).filter(|line| line.starts_with('█')).collect();
        assert!(bars.last().unwrap().starts_with("████████████████████ 40/40  loss 0.50000  0s left  "), "{text}");
        assert!(bars.iter().all(|bar| bar.chars().count() <= 80), "{text}");
        let at = |line: &str| text.find(line).expect(line);
        assert!(at("step 40  epoch 1  eval/accuracy 0.75000") < at("ends early: the metric became no better"));
    }
}
