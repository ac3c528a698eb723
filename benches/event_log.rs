//! How fast an event log is read: MB of JSON a second, plain and in each codec with a writer at
//! hand.
//!
//! The log is made here, line by line as Spark 3.5 writes them. Prints; it asserts nothing. Run it
//! with `cargo bench --bench event_log`, or on a log of your own:
//! `cargo bench --bench event_log -- FILE`.

use flate2::{Compression, write::GzEncoder};
use sparksim::import::spark::{ReadOptions, read, to_scenario};
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const STAGES: u32 = 100;
const TASKS: u32 = 400;
const RUNS: u32 = 5;

fn main() {
    // Cargo itself passes `--bench`.
    let given = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    println!("{:<28} {:>9} {:>9} {:>9}", "log", "MB", "ms", "MB/s");
    if let Some(path) = given {
        measure(&path, Path::new(&path));
        return;
    }
    let directory = tempfile::tempdir().expect("a place for the log");
    let text = log();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).expect("memory");
    let zstd = ruzstd::encoding::compress_to_vec(
        text.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(text.as_bytes()).expect("memory");
    let mut snappy = snap::write::FrameEncoder::new(Vec::new());
    snappy.write_all(text.as_bytes()).expect("memory");
    let files = [
        ("plain", text.into_bytes()),
        ("zstd", zstd),
        ("gzip", gzip.finish().expect("memory")),
        ("lz4", lz4.finish().expect("memory")),
        ("snappy", snappy.into_inner().expect("memory")),
    ];
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::write(&path, bytes).expect("a log on disk");
        measure(name, &path);
    }
}

/// The best of a few runs, from the file to the scenario.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn measure(name: &str, path: &Path) {
    let mut best = f64::INFINITY;
    let mut bytes = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let (application, report) = match read(path, &ReadOptions { partial: true }) {
            Ok(log) => log,
            Err(error) => return eprintln!("error: {error}"),
        };
        black_box(to_scenario(&application, &report, "bench"));
        best = best.min(start.elapsed().as_secs_f64());
        bytes = report.byte_count;
    }
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{name:<28} {megabytes:>9.1} {:>9.1} {:>9.0}",
        best * 1e3,
        megabytes / best
    );
}

/// Lines as Spark 3.5 writes them, with what is ignored in them.
fn log() -> String {
    let mut out = String::from(concat!(
        r#"{"Event":"SparkListenerLogStart","Spark Version":"3.5.9"}"#,
        "\n",
        r#"{"Event":"SparkListenerApplicationStart","App Name":"bench","Timestamp":1700000000000}"#,
        "\n",
    ));
    let accumulables: Vec<String> = (0..24)
        .map(|id| {
            format!(
                r#"{{"ID":{id},"Name":"internal.metrics.number{id}","Update":{},"Value":{},"Internal":true,"Count Failed Values":true}}"#,
                id * 7919,
                id * 15_485_863
            )
        })
        .collect();
    let accumulables = accumulables.join(",");
    for stage in 0..STAGES {
        let at = 1_700_000_001_000_u64 + u64::from(stage) * 1000;
        let info = format!(
            r#"{{"Stage ID":{stage},"Stage Attempt ID":0,"Stage Name":"count","Number of Tasks":{TASKS},"RDD Info":[],"Parent IDs":[],"Submission Time":{at},"Accumulables":[{accumulables}]}}"#
        );
        let _ = writeln!(
            out,
            r#"{{"Event":"SparkListenerJobStart","Job ID":{stage},"Submission Time":{at},"Stage Infos":[{info}],"Stage IDs":[{stage}],"Properties":{{}}}}"#
        );
        for task in 0..TASKS {
            let launched = at + u64::from(task);
            let _ = writeln!(
                out,
                r#"{{"Event":"SparkListenerTaskStart","Stage ID":{stage},"Stage Attempt ID":0,"Task Info":{{"Task ID":{task},"Index":{task},"Attempt":0,"Partition ID":{task},"Launch Time":{launched},"Executor ID":"1","Host":"north","Locality":"ANY","Speculative":false,"Getting Result Time":0,"Finish Time":0,"Failed":false,"Killed":false,"Accumulables":[]}}}}"#
            );
            let finished = launched + 400;
            let _ = writeln!(
                out,
                r#"{{"Event":"SparkListenerTaskEnd","Stage ID":{stage},"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{{"Reason":"Success"}},"Task Info":{{"Task ID":{task},"Index":{task},"Attempt":0,"Partition ID":{task},"Launch Time":{launched},"Executor ID":"1","Host":"north","Locality":"ANY","Speculative":false,"Getting Result Time":0,"Finish Time":{finished},"Failed":false,"Killed":false,"Accumulables":[{accumulables}]}},"Task Metrics":{{"Executor Deserialize Time":10,"Executor Run Time":350,"JVM GC Time":5,"Result Serialization Time":2,"Disk Bytes Spilled":0,"Shuffle Read Metrics":{{"Fetch Wait Time":3,"Remote Bytes Read":100,"Local Bytes Read":20}},"Input Metrics":{{"Bytes Read":4096,"Records Read":9}}}}}}"#
            );
        }
        let _ = writeln!(
            out,
            r#"{{"Event":"SparkListenerStageCompleted","Stage Info":{info}}}"#
        );
        let end = at + 900;
        let _ = writeln!(
            out,
            r#"{{"Event":"SparkListenerJobEnd","Job ID":{stage},"Completion Time":{end},"Job Result":{{"Result":"JobSucceeded"}}}}"#
        );
    }
    out
}
