//! `sparksim backtest`: replays against what was recorded.

use crate::history::Recorded;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn backtest(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparksim"));
    let command = command.current_dir(directory).arg("backtest");
    command.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A history with a run that replays exactly, one that paused between tasks, a small one, a
/// truncated one, one in a directory of its own, and files that are no logs.
fn history(at: &Path) {
    let logs = at.join("logs");
    let exact = Recorded::new("exact", 0, &[1000; 24]);
    exact.write(&logs, "app-1");
    // 24 tasks on two slots: 12 rounds of a second, and 11 pauses that no replay knows of.
    let mut pausing = Recorded::new("pausing", 60_000, &[1000; 24]);
    (pausing.cores, pausing.pause) = (2, 100);
    pausing.write(&logs, "app-2");
    let mut small = Recorded::new("small", 90_000, &[500; 4]);
    small.pause = 500;
    let whole = small.write(&logs, "app-3");
    fs::write(logs.join("app-4"), &whole[..whole.len() / 2]).unwrap();
    let rolled = logs.join("eventlog_v2_app-5");
    Recorded::new("rolled", 0, &[2000; 30]).write(&rolled, "events_1_app-5");
    fs::write(logs.join("README.md"), "what is here\n").unwrap();
    fs::write(logs.join(".app-1.crc"), "crc").unwrap();
}

#[test]
fn every_log_is_replayed_and_the_errors_have_a_distribution() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    let output = backtest(place.path(), &["logs", "--out", "out/errors.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout), @"");
    let csv = fs::read_to_string(place.path().join("out/errors.csv")).unwrap();
    insta::assert_snapshot!(csv, @"");
}

#[test]
fn threads_change_nothing() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    let with =
        |threads| backtest(place.path(), &["logs", "--partial", "--threads", threads]).stdout;
    assert_eq!(text(&with("1")), text(&with("3")));
}

#[test]
fn a_directory_without_a_log_is_the_users_mistake() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("empty")).unwrap();
    fs::write(place.path().join("empty/notes.txt"), "none\n").unwrap();
    for (directory, message) in [
        ("empty", "error: `empty` holds no event log\n"),
        (
            "nowhere",
            "error: `nowhere` is no directory: give one with event logs in it\n",
        ),
    ] {
        let output = backtest(place.path(), &[directory]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stderr), message);
    }
}
