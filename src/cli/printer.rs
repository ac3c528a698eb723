//! What goes to the terminal besides results: progress and errors, on stderr.

use super::exit::CliError;
use crate::experiment::Watch;
use crate::units::format;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::error::Error;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A run that takes so many more seconds is worth a word.
const LONG: f64 = 10.0;

/// Decides what is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printer {
    quiet: bool,
}

impl Printer {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A progress bar over `count` things; invisible where stderr is no terminal.
    pub(super) fn progress(self, count: u32, what: &str) -> ProgressBar {
        let target = if self.quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(u64::from(count)), target);
        let template = "{msg} {wide_bar} {pos}/{len} · {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar
    }

    /// A progress bar over so much of something that an experiment moves on so many threads (`None`: one for
    /// each processor), and that says what it plans and how long a long one will take.
    pub(super) fn watch(self, count: u32, what: &str, threads: Option<u32>) -> Progress {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get) as u64;
        Progress {
            bar: self.progress(count, what),
            printer: self,
            threads: threads.map_or_else(processors, u64::from),
            is_long: AtomicBool::new(false),
            stop: None,
        }
    }

    /// Writes a result to stdout. A reader that has gone away is no failure.
    ///
    /// # Errors
    /// If stdout cannot be written to for another reason.
    pub(super) fn result(self, text: &str) -> Result<(), CliError> {
        if self.quiet {
            return Ok(());
        }
        Self::stdout(text)
    }

    /// Says on stderr what goes on.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            // Nobody is left to be told if stderr itself fails.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Writes to stdout even if quiet.
    ///
    /// # Errors
    /// If stdout cannot be written to, except where its reader has gone away.
    pub(super) fn stdout(text: &str) -> Result<(), CliError> {
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Says why a command failed, with what lies behind it.
    pub(super) fn error(error: &CliError) {
        let mut text = match error {
            // Rendered with its places underlined, it says `error:` itself.
            CliError::Scenario(error) => error.to_string(),
            other => format!("error: {other}"),
        };
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}\n  caused by: {cause_text}");
            }
            source = cause.source();
        }
        if let CliError::Import(error) = error
            && let Some(hint) = error.hint()
        {
            text = format!("{text}\n\nhint: {hint}");
        }
        // Nobody is left to be told if stderr itself fails.
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    }
}

/// Shows how an experiment goes on.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    printer: Printer,
    threads: u64,
    /// Whether it takes so long that more is said.
    is_long: AtomicBool,
    /// What an interruption sets, where it is listened to.
    stop: Option<&'static AtomicBool>,
}

impl Progress {
    /// The experiment is over.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// From now on an interruption stops the experiment.
    pub(super) fn stopped_by(mut self, stop: &'static AtomicBool) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Says how long it will take, once it is known and if it is long.
    fn say_how_long(&self) {
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
        if done < self.threads || all <= done {
            return;
        }
        let left = self.bar.elapsed().as_secs_f64() / done as f64 * (all - done) as f64;
        if LONG <= left && !self.is_long.swap(true, Ordering::Relaxed) {
            let left = format::seconds(left.round());
            self.say(&format!(
                "{done} of {all} replications are done, the others take about {left}"
            ));
        }
    }

    fn say(&self, text: &str) {
        if !self.printer.quiet {
            self.bar.suspend(|| {
                // Nobody is left to be told if stderr fails.
                let _ = writeln!(io::stderr().lock(), "{text}");
            });
        }
    }
}

impl Watch for Progress {
    fn done(&self) {
        self.bar.inc(1);
        self.say_how_long();
    }

    fn planned(&self, replications: u32, why: &str) {
        self.bar.set_length(u64::from(replications));
        if !why.is_empty() {
            self.say(&format!("{why}: about {replications} replications in all"));
        }
    }

    fn forecast(&self, text: &str) {
        if self.is_long.load(Ordering::Relaxed) {
            self.say(text);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}
