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
    // 24 tasks on two slots: 12 rounds of a second, and 11 pauses, which a replay follows and nothing else knows of.
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
    insta::assert_snapshot!(text(&output.stdout), @"
    Application   Log                 tasks   in jobs   simulated    error   no waits   in all    error
    ─────────────────────────────────────────────────────────────────────────────────────────────────────
    exact         app-1                  24      24 s        24 s   +0.0 %     +0.0 %   24.8 s   +0.0 %
    pausing       app-2                  24    13.1 s      13.1 s   +0.0 %     -8.4 %   13.9 s   +0.0 %
    small ·       app-3                   4    3.50 s      3.50 s   +0.0 %    -42.9 %   4.30 s   +0.0 %
    rolled        eventlog_v2_app-5      30      60 s        60 s   +0.0 %     +0.0 %   60.8 s   +0.0 %
    time in jobs: median |error| 0.0 %, p90 0.0 %, worst 0.0 %, mean with sign +0.0 %, of 3 applications
    without recorded waits: median |error| 0.0 %, p90 8.4 %, worst 8.4 %, mean with sign -2.8 %, of 3
      applications
    application: median |error| 0.0 %, p90 0.0 %, worst 0.0 %, mean with sign +0.0 %, of 3 applications
    1 with few tasks (marked ·) are not counted
    1 file is no event log
    not replayed: app-4: `logs/app-4` is cut off: it ends in the middle of line 8
    ");
    let csv = fs::read_to_string(place.path().join("out/errors.csv")).unwrap();
    insta::assert_snapshot!(csv, @"
    log,app,tasks,slots,job_time_recorded,job_time_simulated,job_time_error,duration_recorded,duration_simulated,duration_error,job_time_without_waits,job_time_error_without_waits,held_back_tasks,counted,problem
    app-1,exact,24,1,24,24,0,24.8,24.8,0,24,0,0,true,
    app-2,pausing,24,2,13.1,13.1,0,13.9,13.9,0,12,-0.08396946564885494,22,true,
    app-3,small,4,1,3.5,3.5,0,4.3,4.3,0,2,-0.42857142857142855,3,false,
    app-4,,,,,,,,,,,,,,`logs/app-4` is cut off: it ends in the middle of line 8
    eventlog_v2_app-5,rolled,30,1,60,60,0,60.8,60.8,0,60,0,0,true,
    ");
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
