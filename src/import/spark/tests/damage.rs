//! Logs that are damaged, cut off, or no logs.

use super::log::{Log, TaskRun, failure, read_bytes};
use crate::import::spark::to_scenario;
use proptest::prelude::*;
use serde_json::json;
use std::fs;
use std::path::Path;

#[test]
fn a_malformed_line_is_an_error_with_its_place_or_is_listed() {
    let mut log = Log::of_one_stage(3);
    let line = log.lines[8].replace("\"Stage Attempt ID\"", "_\"Stage Attempt ID\"");
    log.lines[8] = line;
    insta::assert_snapshot!(failure(log.text().as_bytes(), false), @r##"`small.log` line 9: expected one JSON object with an event of Spark, found `…:"SparkListenerTaskEnd",_"Stage Attempt ID":0,"S…` (key must be a string at line 1 column 33)"##);
    let (application, report) = log.read(true).unwrap();
    assert_eq!(report.skipped_count, 1);
    assert_eq!(
        report.assumed,
        ["stage 0 lacks 1 of its 3 tasks, so its median task stands in"]
    );
    let imported = to_scenario(&application, &report, "small");
    let rows = String::from_utf8(imported.tasks_csv).unwrap();
    let assumed: Vec<&str> = rows.lines().filter(|row| row.ends_with(",,,,")).collect();
    assert_eq!(assumed.len(), 1, "{rows}");
    assert!(
        imported
            .toml
            .contains("# Left out: `small.log` line 9: expected")
    );
}

#[test]
fn a_wrong_type_in_a_needed_field_is_malformed_and_in_any_other_is_not() {
    let mut log = Log::of_one_stage(1);
    log.lines[5] = log.lines[5].replace("\"Stage Infos\":[]", "\"Stage Infos\":42");
    assert!(log.read(false).is_ok());
    log.lines[5] = log.lines[5].replace("\"Job ID\":0", "\"Job ID\":\"zero\"");
    let message = failure(log.text().as_bytes(), false);
    assert!(
        message.contains("invalid type: string \"zero\""),
        "{message}"
    );
}

#[test]
fn a_line_that_stops_in_the_middle_is_cut_off() {
    let text = Log::of_one_stage(3).text();
    let cut = &text[..text.len() - 12];
    assert_eq!(
        failure(cut.as_bytes(), false),
        "`small.log` is cut off: it ends in the middle of line 13"
    );
    let (_, report) = read_bytes(cut.as_bytes(), true).unwrap();
    assert_eq!(
        report.skipped,
        ["`small.log` is cut off: it ends in the middle of line 13"]
    );
    // An event that is not needed is seen to be cut off, too.
    let mut log = Log::of_one_stage(3);
    log.event("SparkListenerBlockUpdated", &json!({"Block": "rdd_1_2"}));
    let text = log.text();
    let cut = &text[..text.len() - 4];
    let message = failure(cut.as_bytes(), false);
    assert!(message.ends_with("in the middle of line 14"), "{message}");
}

#[test]
fn a_cut_off_zstd_frame_is_an_error_or_gives_all_whole_lines() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/data/chain-a-4.zstd");
    let whole = fs::read(path).unwrap();
    let (_, complete) = read_bytes(&whole, false).unwrap();
    let cut = &whole[..whole.len() * 9 / 10];
    let message = failure(cut, false);
    assert!(
        message.starts_with(
            "`small.log` is cut off: it ends in the middle of a zstd frame, after line "
        ),
        "{message}"
    );
    let (application, report) = read_bytes(cut, true).unwrap();
    // The window of this frame is as large as the log, so a decoder that gave out only what has
    // left its window would give nothing.
    assert!(report.line_count > complete.line_count / 2);
    assert!(report.line_count < complete.line_count);
    assert!(!application.stages.is_empty());
}

#[test]
fn a_changed_byte_in_a_zstd_frame_is_damage() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/data/chain-a-4.zstd");
    let mut bytes = fs::read(path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let message = failure(&bytes, false);
    assert!(
        message.ends_with("the checksum of a zstd frame is wrong"),
        "{message}"
    );
    bytes[last] ^= 1;
    bytes[last - 4000] ^= 0x55;
    let message = failure(&bytes, false);
    assert!(message.starts_with("`small.log` "), "{message}");
}

#[test]
fn an_empty_file_says_so() {
    for partial in [false, true] {
        assert_eq!(
            failure(b"", partial),
            "`small.log` is empty: expected a Spark event log, one JSON object per line"
        );
    }
}

#[test]
fn something_else_is_no_event_log() {
    let head = "`small.log` is not a Spark event log: expected lines such as \
                `{\"Event\":\"SparkListenerLogStart\",…}`, found ";
    let others: [(&[u8], &str); 3] = [
        (b"[run]\nseed = 1\n", "`[run]`"),
        (b"{\"name\": \"x\"}\n", "`{\"name\": \"x\"}`"),
        (
            b"PK\x03\x04\xff\xfe\n",
            "`PK\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}`",
        ),
    ];
    for (bytes, found) in others {
        assert_eq!(failure(bytes, false), format!("{head}{found}"));
        assert_eq!(
            failure(bytes, true),
            format!("{head}no event of a Spark application")
        );
    }
}

#[test]
fn a_log_without_an_end_is_whole_if_all_jobs_ended() {
    let mut log = Log::of_one_stage(2);
    log.lines.pop();
    let (application, report) = log.read(false).unwrap();
    assert_eq!(application.ended.millis_since(application.started), 2100);
    assert_eq!(
        report.assumed,
        ["the log lacks SparkListenerApplicationEnd, so its last event counts as the end"]
    );
}

#[test]
fn a_log_that_stops_while_a_job_runs_is_not_whole() {
    let mut log = Log::new();
    log.job(0, 500, &[0, 1]);
    log.stage(0, 0, 4, &[]);
    for (index, to) in [(0, 1700), (2, 1500), (3, 1600)] {
        log.task(TaskRun {
            index,
            to,
            ..TaskRun::default()
        });
    }
    insta::assert_snapshot!(failure(log.text().as_bytes(), false), @r##"`small.log` is not the log of a whole run: job 0 has no end; stage 0 lacks 1 of its 4 tasks"##);
    let (application, report) = log.read(true).unwrap();
    let imported = to_scenario(&application, &report, "small");
    let durations = super::log::column(&imported, "duration");
    assert_eq!(durations, ["0.700", "0.500", "0.600", "0.600"]);
    insta::assert_snapshot!(imported.summary, @r##"
    read small.log (Spark 3.5.9): 1 job, 1 stage, 4 tasks of 2.4 s in all, on 2 executors of 2 cores
         10 lines, 3.325 KiB; jobs ran for 1.2 s of 1.7 s
    left out: 1 stage that no job came to
    assumed: the log lacks SparkListenerApplicationEnd, so its last event counts as the end
    assumed: job 0 has no end, so the end of the log counts as its end
    assumed: stage 0 lacks 1 of its 4 tasks, so its median task stands in
    "##);
}

#[test]
fn a_log_without_a_finished_task_has_nothing_to_replay() {
    let mut log = Log::new();
    log.end(3000);
    for partial in [false, true] {
        assert_eq!(
            failure(log.text().as_bytes(), partial),
            "`small.log` has no task that succeeded: there is nothing to replay"
        );
    }
}

#[test]
fn two_applications_in_one_log_are_refused() {
    let log = Log::of_one_stage(1);
    let twice = log.text() + &log.text();
    let message = failure(twice.as_bytes(), false);
    assert!(
        message.ends_with("found the start of a second one, `small run`"),
        "{message}"
    );
}

#[test]
fn damage_cannot_ask_for_memory() {
    let mut log = Log::of_one_stage(1);
    log.lines[6] = log.lines[6].replace("\"Number of Tasks\":1", "\"Number of Tasks\":4000000000");
    let message = failure(log.text().as_bytes(), false);
    assert!(
        message.contains("at most 10000000 tasks in a stage"),
        "{message}"
    );
}

/// Imports whatever it can and asserts that the outcome can be read again.
fn never_panics(bytes: &[u8]) {
    for partial in [false, true] {
        if let Ok((application, report)) = read_bytes(bytes, partial) {
            let imported = to_scenario(&application, &report, "small");
            let scenario: toml::Table = imported.toml.parse().unwrap();
            assert!(scenario.contains_key("apps"));
            let mut rows = csv::Reader::from_reader(&imported.tasks_csv[..]);
            assert!(rows.records().all(|row| row.is_ok()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        never_panics(&bytes);
        let mut zstd = vec![0x28, 0xB5, 0x2F, 0xFD];
        zstd.extend(&bytes);
        never_panics(&zstd);
    }

    #[test]
    fn no_change_of_a_number_makes_it_panic(
        place in any::<prop::sample::Index>(),
        number in prop_oneof![any::<i64>(), -2_i64..40, Just(i64::MAX), Just(i64::MIN)],
    ) {
        let text = Log::of_one_stage(3).text();
        let starts: Vec<usize> = text
            .match_indices(':')
            .map(|(at, _)| at + 1)
            .filter(|&at| text.as_bytes()[at].is_ascii_digit())
            .collect();
        let at = *place.get(&starts);
        let tail = text[at..].trim_start_matches(|c: char| c.is_ascii_digit());
        never_panics(format!("{}{number}{tail}", &text[..at]).as_bytes());
    }

    #[test]
    fn no_lost_repeated_or_cut_line_makes_it_panic(
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..30),
        cut in 0_usize..200,
    ) {
        let log = Log::of_one_stage(3);
        let lines: Vec<&str> = order.iter().map(|it| it.get(&log.lines).as_str()).collect();
        let text = lines.join("\n");
        never_panics(&text.as_bytes()[..text.len().saturating_sub(cut)]);
    }
}

#[test]
fn a_recorded_log_with_any_byte_changed_never_panics() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data/chain-a-4.zstd");
    let bytes = fs::read(path).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut changed = bytes.clone();
        changed[at] ^= 0xA5;
        never_panics(&changed);
    }
}
