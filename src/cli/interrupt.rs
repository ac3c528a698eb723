//! Ctrl-C and SIGTERM: the first asks to stop, the second stops.

use std::io::{self, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit status of a program that was interrupted, as shells report it.
pub(super) const STATUS: u8 = 130;

static STOP: AtomicBool = AtomicBool::new(false);

/// From now on an interruption sets what this answers with; another one ends the program at once.
pub(super) fn watch() -> &'static AtomicBool {
    let handler = || {
        if STOP.swap(true, Ordering::Relaxed) {
            process::exit(STATUS.into());
        }
        // Nobody is left to be told if stderr fails.
        let _ = writeln!(
            io::stderr().lock(),
            "stopping when the replications in flight are done; once more: at once"
        );
    };
    // Where signals cannot be caught, they end the program as they always did.
    let _ = ctrlc::set_handler(handler);
    &STOP
}
