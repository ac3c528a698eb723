//! One file or many, plain or compressed.

use super::log::{Log, message, read_bytes};
use crate::import::spark::{ImportError, ReadOptions, read};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::fs;
use std::path::Path;

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// A rolling log of as many files as there are parts of `lines`, the second one compressed.
fn rolling(directory: &Path, lines: &[String], per_file: usize) {
    fs::write(directory.join("appstatus_app-1"), "").unwrap();
    for (index, part) in lines.chunks(per_file).enumerate() {
        let text = part.join("\n") + "\n";
        let number = index + 1;
        if number == 2 {
            let path = directory.join(format!("events_{number}_app-1.zstd"));
            fs::write(path, zstd(text.as_bytes())).unwrap();
        } else {
            fs::write(directory.join(format!("events_{number}_app-1")), text).unwrap();
        }
    }
}

fn read_directory(directory: &Path, partial: bool) -> Result<u64, ImportError> {
    read(directory, &ReadOptions { partial }).map(|(_, report)| report.line_count)
}

#[test]
fn a_log_reads_the_same_plain_and_compressed_in_any_number_of_frames() {
    let log = Log::of_one_stage(40);
    let text = log.text();
    let plain = read_bytes(text.as_bytes(), false).unwrap();
    let mut frames = Vec::new();
    for part in text.as_bytes().chunks(5000) {
        frames.extend(zstd(part));
        // A skippable frame of three bytes.
        frames.extend([0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, b'a', b'b', b'c']);
    }
    for bytes in [zstd(text.as_bytes()), frames] {
        let (application, report) = read_bytes(&bytes, false).unwrap();
        assert_eq!(report.line_count, plain.1.line_count);
        assert_eq!(report.byte_count, text.len() as u64);
        assert_eq!(application.stages[0].tasks.len(), 40);
        assert_eq!(application.properties, plain.0.properties);
    }
}

#[test]
fn the_files_of_a_rolling_log_are_read_in_the_order_of_their_numbers() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::of_one_stage(30);
    // More than ten, so that an alphabetical order would be wrong.
    rolling(directory.path(), &log.lines, 3);
    let count = read_directory(directory.path(), false).unwrap();
    assert_eq!(count, log.lines.len() as u64);
}

#[test]
fn a_missing_file_of_a_rolling_log_is_an_error_or_is_listed() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::of_one_stage(30);
    rolling(directory.path(), &log.lines, 12);
    fs::remove_file(directory.path().join("events_2_app-1.zstd")).unwrap();
    let error = read_directory(directory.path(), false).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("lacks the file `events_2_…` that comes before `events_3_app-1`"),
        "{error}"
    );
    let options = ReadOptions { partial: true };
    let (_, report) = read(directory.path(), &options).unwrap();
    assert_eq!(report.skipped.len(), 1);
    insta::assert_snapshot!(report.assumed.join("\n"), @r##"stage 0 lacks 12 of its 30 tasks, so its median task stands in"##);
}

#[test]
fn a_compacted_log_is_refused_even_in_part() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::of_one_stage(30);
    rolling(directory.path(), &log.lines, 12);
    let path = directory.path().join("events_2_app-1.zstd.compact");
    fs::rename(directory.path().join("events_2_app-1.zstd"), &path).unwrap();
    for partial in [false, true] {
        let error = read_directory(directory.path(), partial).unwrap_err();
        assert_eq!(
            message(&error, &path),
            "`events_2_app-1.zstd.compact` was compacted by the history server: the events of \
             finished jobs are gone, so the run cannot be replayed"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_directory_of_something_else_is_no_log() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("app-1"), "").unwrap();
    let error = read_directory(directory.path(), false).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "is not an event log: it holds no file `events_1_…`, `eventlog` or `EVENT_LOG_1`"
        ),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let path = Path::new("no/such/log");
    let error = read(path, &ReadOptions { partial: true }).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `no/such/log`");
}
