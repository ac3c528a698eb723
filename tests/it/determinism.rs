//! Same scenario, same bytes: for any number of threads, in debug and release.

use crate::simulate::{run, scenarios};
use sparksim::{files, report, scenario};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The shipped scenarios.
const SHIPPED: [&str; 5] = [
    "quickstart.toml",
    "mm1.toml",
    "mm16.toml",
    "balancers.toml",
    "replay.toml",
];

/// All output files of a scenario, shortened so that this stays quick.
fn outputs(file: &str, threads: usize) -> BTreeMap<String, Vec<u8>> {
    let short: &[&str] = match file {
        "quickstart.toml" => &[
            "run.duration=\"5m\"",
            "run.warmup=\"1m\"",
            "run.replications=3",
        ],
        "replay.toml" => &[],
        _ => &[
            "run.requests=4000",
            "run.warmup-requests=400",
            "run.replications=5",
        ],
    };
    let short: Vec<String> = short.iter().map(ToString::to_string).collect();
    let loaded = scenario::load(&scenarios().join(file), &short);
    let results = run(&loaded.unwrap_or_else(|error| panic!("{error}")), threads);
    let directory = tempfile::tempdir().unwrap();
    let written = report::write_all(&results, directory.path()).unwrap();
    let read = |path: &Path| std::fs::read(path).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let files: BTreeMap<_, _> = written
        .iter()
        .map(|path| (name(path), read(path)))
        .collect();
    assert_eq!(
        files::list(directory.path()).unwrap().len(),
        files.len(),
        "files nobody named"
    );
    files
}

#[test]
fn one_thread_and_three_write_the_same_bytes() {
    for file in SHIPPED {
        let one = outputs(file, 1);
        let three = outputs(file, 3);
        assert!(
            one.contains_key("summary.csv") && one.len() > 3,
            "{file}: {:?}",
            one.keys()
        );
        for (name, bytes) in &one {
            assert!(
                three.get(name) == Some(bytes),
                "{file}: {name} depends on the threads"
            );
        }
    }
}

/// The digest is the same number in debug and release, on every machine. A change of it is a change
/// of results: say so in the changelog.
#[test]
fn the_shipped_scenarios_have_the_digest_that_they_had() {
    let mut digests = String::new();
    for file in SHIPPED {
        let mut digest = 0xcbf2_9ce4_8422_2325_u64;
        for (name, bytes) in outputs(file, 2) {
            for byte in name.bytes().chain(bytes) {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        writeln!(digests, "{file} {digest:016x}").unwrap();
    }
    insta::assert_snapshot!(digests, @"
    quickstart.toml 2556d459e2d55712
    mm1.toml 7e03a6b3190dd14f
    mm16.toml dac4ebcf0dcddf48
    balancers.toml 40a6cfe2c266a654
    replay.toml d04c101654aea27e
    ");
}

/// Adding an entity leaves what was there as it was.
#[test]
fn adding_a_service_does_not_move_another_s_draws() {
    let alone = std::fs::read_to_string(scenarios().join("mm1.toml")).unwrap();
    let short = [
        "run.requests=2000".to_owned(),
        "run.warmup-requests=0".to_owned(),
    ];
    let latency = |text: &str, overrides: &[String]| {
        let loaded = scenario::load_text("test", text, &scenarios(), overrides);
        let results = run(&loaded.unwrap_or_else(|error| panic!("{error}")), 0);
        let figure = results
            .figures
            .iter()
            .find(|f| f.metric == "services.desk.latency.max");
        figure.unwrap().per_replication.clone()
    };
    // The neighbour gets one request a year, so the same two thousand outcomes end the run.
    let neighbour = "\n[services.annex]\nservice-time = \"1s\"\n[workloads.annual]\n\
                     target = \"services.annex\"\n\
                     arrivals = { deterministic = { interval = \"31536000s\" } }\n";
    assert_eq!(
        latency(&alone, &short),
        latency(&(alone.clone() + neighbour), &short)
    );
}
