//! Same scenario, same bytes: for any number of threads, in debug and release.

use crate::simulate::{run, scenarios};
use sparksim::{files, report, scenario};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The shipped scenarios: every file that has a line in `digests.txt`, and no other.
fn shipped() -> Vec<String> {
    let files = std::fs::read_dir(scenarios()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    names
}

/// All output files of a scenario, shortened so that this stays quick.
fn outputs(file: &str, threads: usize) -> BTreeMap<String, Vec<u8>> {
    // A number of requests or a time: whichever the scenario has is made smaller.
    let text = std::fs::read_to_string(scenarios().join(file)).unwrap();
    let table = text.split("\n[run]\n").nth(1).unwrap_or_default();
    let keys: Vec<_> = table
        .lines()
        .take_while(|line| !line.starts_with('['))
        .collect();
    let has = |key: &str| keys.iter().any(|line| line.starts_with(key));
    let mut short = vec!["run.replications=3".to_owned()];
    if has("requests = ") {
        short.push("run.requests=4000".to_owned());
        short.push("run.warmup-requests=400".to_owned());
    } else if has("duration = ") && !has("horizon = ") {
        short.push("run.duration=\"5m\"".to_owned());
        short.push("run.warmup=\"1m\"".to_owned());
    }
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
    for file in shipped() {
        let one = outputs(&file, 1);
        let three = outputs(&file, 3);
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

/// The digests, of the tables and of the pictures, are the same numbers in debug and release, on
/// every machine. A change of the first is a change of results: say so in the changelog.
#[test]
fn the_shipped_scenarios_have_the_digest_that_they_had() {
    let mut digests = String::new();
    for file in shipped() {
        let files = outputs(&file, 2);
        let is_picture = |name: &str| name.ends_with(".png") || name.ends_with(".svg");
        let [tables, pictures] = [false, true].map(|wanted| {
            let wanted = files.iter().filter(|(name, _)| is_picture(name) == wanted);
            digest(wanted.flat_map(|(name, bytes)| name.bytes().chain(bytes.iter().copied())))
        });
        writeln!(digests, "{file} {tables:016x} {pictures:016x}").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/digests.txt");
    if std::env::var_os("SPARKSIM_UPDATE_DIGESTS").is_some() {
        std::fs::write(&path, &digests).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        digests,
        "results have changed: if they should, run the tests once with SPARKSIM_UPDATE_DIGESTS=1"
    );
}

/// FNV-1a.
fn digest(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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
