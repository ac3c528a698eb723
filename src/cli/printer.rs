//! What goes to the terminal besides results: progress and errors, on stderr.

use super::exit::CliError;
use crate::experiment::Watch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::error::Error;
use std::io::{self, Write};

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

    /// A progress bar that an experiment moves, and that says what it plans.
    pub(super) fn watch(self, count: u32, what: &str) -> Progress {
        Progress {
            bar: self.progress(count, what),
            printer: self,
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
}

impl Progress {
    /// The experiment is over.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn done(&self) {
        self.bar.inc(1);
    }

    fn planned(&self, replications: u32, why: &str) {
        self.bar.set_length(u64::from(replications));
        if !self.printer.quiet && !why.is_empty() {
            self.bar.suspend(|| {
                let mut stderr = io::stderr().lock();
                let _ = writeln!(stderr, "{why}: about {replications} replications in all");
            });
        }
    }
}
