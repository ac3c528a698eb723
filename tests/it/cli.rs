//! The command line as people use it: messages, exit status, files.

use crate::simulate::scenarios;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The program, started in `directory`.
fn sparksim(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparksim"));
    command
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory with the shipped scenarios in it.
fn workplace() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&scenarios(), &directory.path().join("scenarios"));
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    copy(&manifests, &directory.path().join("tests/manifests"));
    directory
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn run_prints_a_table_and_writes_every_file_into_output() {
    let place = workplace();
    let arguments = [
        "run",
        "scenarios/mm1.toml",
        "--set",
        "run.requests=5000",
        "--replications",
        "4",
    ];
    let arguments = [&arguments[..], &["--set", "run.warmup-requests=500"]].concat();
    let output = sparksim(place.path(), &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    for part in [
        "M/M/1 at 80 % load",
        "4 replications, seed 7",
        "visitors",
        "desk",
        "output/mm1",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    let mut files: Vec<_> = fs::read_dir(place.path().join("output/mm1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    insta::assert_snapshot!(files.join("\n"), @"
    in-system-distribution.png
    in-system-distribution.svg
    in-system.png
    in-system.svg
    in_system.csv
    latency-distribution.png
    latency-distribution.svg
    queue-length.png
    queue-length.svg
    runs.csv
    series.csv
    summary.csv
    utilization.png
    utilization.svg
    welch.png
    welch.svg
    ");
    let summary = fs::read_to_string(place.path().join("output/mm1/summary.csv")).unwrap();
    let head =
        "metric,unit,mean,ci_low,ci_high,std_dev,replications\nservices.desk.arrivals,count,";
    assert!(summary.starts_with(head), "{summary}");
}

#[test]
fn quiet_says_nothing_and_out_chooses_the_directory() {
    let place = workplace();
    let output = sparksim(
        place.path(),
        &[
            "run",
            "scenarios/replay.toml",
            "--quiet",
            "--out",
            "elsewhere",
            "--threads",
            "1",
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        (stdout(&output), stderr(&output)),
        (String::new(), String::new())
    );
    assert!(place.path().join("elsewhere/summary.csv").exists());
    assert!(!place.path().join("output").exists());
}

#[test]
fn three_mistakes_are_shown_at_once_each_underlined_with_exit_status_2() {
    let place = tempfile::tempdir().unwrap();
    let text = "[run]\nrequests = 1000\n\n[services.desk]\nservice-time = \"1 parsec\"\n\
                replicsa = 2\n\n[workloads.visitors]\ntarget = \"services.desck\"\n\
                arrivals = { poisson = { rate = \"0.8/s\" } }\n";
    fs::write(place.path().join("wrong.toml"), text).unwrap();
    let output = sparksim(place.path(), &["run", "wrong.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!place.path().join("output").exists());
    // What is allowed grows with every new key.
    let shown = stderr(&output);
    let shown: String = shown
        .lines()
        .map(|line| match line.split_once(", `replicas`, ") {
            Some((begin, _)) if line.contains("allowed") => format!("{begin}, …\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    insta::assert_snapshot!(shown, @r#"
    error: invalid value for `services.desk.service-time`
     --> wrong.toml:5:16
      |
    5 | service-time = "1 parsec"
      |                ^^^^^^^^^^ `1 parsec` is not a duration: `parsec` is no unit of it; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)

    error: unknown key `replicsa` in `services.desk`
     --> wrong.toml:6:1
      |
    6 | replicsa = 2
      | ^^^^^^^^ did you mean `replicas`?
      |
    help: allowed here: `image`, …

    error: there is no service named `desck`
     --> wrong.toml:9:20
      |
    9 | target = "services.desck"
      |                    ^^^^^ did you mean `desk`?
      |
    help: `[services]` has `desk`
    "#);
}

#[test]
fn validate_goes_through_all_files_and_fails_if_one_is_wrong() {
    let place = workplace();
    fs::write(place.path().join("wrong.toml"), "title = 3\n").unwrap();
    let output = sparksim(
        place.path(),
        &["validate", "wrong.toml", "scenarios/mm1.toml"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stdout(&output),
        "scenarios/mm1.toml: ok, 1 service, 1 workload\n"
    );
    assert!(
        stderr(&output).contains("wrong.toml:1:9"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_missing_file_a_directory_and_an_unknown_flag_are_the_user_s_mistakes() {
    let place = workplace();
    for arguments in [
        &["run", "nowhere.toml"][..],
        &["run", "scenarios"],
        &["run", "scenarios/mm1.toml", "--replications", "0"],
        &["run", "scenarios/mm1.toml", "--frobnicate"],
        &[
            "run",
            "scenarios/mm1.toml",
            "--set",
            "services.dessk.replicas=2",
        ],
        &["import", "spark-event-log", "nowhere", "-o", "x.toml"],
        &[
            "import",
            "spark-event-log",
            "scenarios/mm1.toml",
            "-o",
            "x.toml",
        ],
        &[
            "import",
            "spark-event-log",
            "scenarios/data/chain-a-4.zstd",
            "-o",
            "x.json",
        ],
    ] {
        let output = sparksim(place.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).starts_with("error: "),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    assert!(!place.path().join("x.toml").exists());
}

#[test]
fn a_directory_that_cannot_be_made_is_the_machine_s_fault_and_found_before_the_run() {
    let place = workplace();
    fs::write(place.path().join("file"), "").unwrap();
    let output = sparksim(
        place.path(),
        &["run", "scenarios/mm1.toml", "--out", "file/below"],
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).starts_with("error: cannot create `file/below`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_event_log_becomes_a_scenario_that_replays_it() {
    let place = workplace();
    let log = "scenarios/data/chain-a-4.zstd";
    let output = sparksim(
        place.path(),
        &["import", "spark-event-log", log, "-o", "mine.toml"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("1 job, 4 stages, 160 tasks"),
        "{}",
        stdout(&output)
    );
    let output = sparksim(place.path(), &["run", "mine.toml"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let summary = fs::read_to_string(place.path().join("output/mine/summary.csv")).unwrap();
    let row = summary
        .lines()
        .find(|row| row.contains(".job_time.mean"))
        .unwrap();
    let seconds: f64 = row.split(',').nth(2).unwrap().parse().unwrap();
    // Measured: 68.783 s.
    assert!((seconds / 68.783 - 1.0).abs() < 0.05, "{row}");
}

#[test]
fn a_truncated_log_is_refused_with_its_place_and_read_only_when_asked_to() {
    let place = workplace();
    let whole = fs::read(scenarios().join("data/chain-a-4.zstd")).unwrap();
    fs::write(
        place.path().join("cut.zstd"),
        &whole[..whole.len() * 9 / 10],
    )
    .unwrap();
    let arguments = ["import", "spark-event-log", "cut.zstd", "-o", "cut.toml"];
    let output = sparksim(place.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--partial"), "{}", stderr(&output));
    assert!(!place.path().join("cut.toml").exists());
    let output = sparksim(place.path(), &[&arguments[..], &["--partial"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("is cut off"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn the_replay_scenario_is_what_the_import_writes() {
    let place = workplace();
    let log = "scenarios/data/chain-a-4.zstd";
    let arguments = [
        "import",
        "spark-event-log",
        log,
        "-o",
        "replay.toml",
        "--quiet",
    ];
    assert!(sparksim(place.path(), &arguments).status.success());
    let made = fs::read_to_string(place.path().join("replay.toml")).unwrap();
    let made = made.replace("replay.tasks.csv", "data/chain-a-4.tasks.csv");
    let shipped = fs::read_to_string(scenarios().join("replay.toml")).unwrap();
    // The shipped one has a header of its own.
    let body = |text: &str| text[text.find("\n[run]").unwrap()..].to_owned();
    assert_eq!(body(&made), body(&shipped));
    let tasks = |path: &Path| fs::read_to_string(path).unwrap();
    let made = tasks(&place.path().join("replay.tasks.csv"));
    assert_eq!(made, tasks(&scenarios().join("data/chain-a-4.tasks.csv")));
}

/// Every command in the README's `sh` blocks, in order, in one directory.
#[test]
fn every_command_of_the_readme_works() {
    let place = workplace();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let blocks = readme
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let mut commands = 0;
    for line in blocks.flat_map(str::lines) {
        // This is `cargo test`, and `cargo install` needs the registry.
        if line == "cargo test" {
            continue;
        }
        let rest = line.strip_prefix("cargo run --release -- ");
        let rest = rest.or_else(|| line.strip_prefix("sparksim "));
        let rest = rest.unwrap_or_else(|| panic!("what is `{line}`?"));
        let arguments: Vec<_> = rest.split(' ').collect();
        let output = sparksim(place.path(), &arguments);
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        commands += 1;
    }
    assert!(commands >= 6, "only {commands} commands were found");
    assert!(
        place
            .path()
            .join("output/quickstart/latency-distribution.png")
            .exists()
    );
}

/// The reference's examples are whole scenarios and run as they stand.
#[test]
fn every_scenario_in_the_reference_is_valid() {
    let place = workplace();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = fs::read_to_string(root.join("docs/scenario.md")).unwrap();
    let blocks = reference.split("```toml\n").skip(1);
    let mut count = 0;
    for block in blocks.map(|rest| rest.split("```").next().unwrap()) {
        assert!(block.starts_with("# complete scenario"), "{block}");
        fs::write(place.path().join("example.toml"), block).unwrap();
        let output = sparksim(place.path(), &["validate", "example.toml"]);
        assert!(output.status.success(), "{}", stderr(&output));
        count += 1;
    }
    assert!(count >= 2, "only {count} scenarios were found");
}

/// Every key of the schema is in the documentation.
#[test]
fn the_reference_names_every_key_of_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = fs::read_dir(root.join("docs")).unwrap();
    let pages = pages.map(|page| fs::read_to_string(page.unwrap().path()).unwrap());
    let reference = pages.collect::<Vec<_>>().join("\n");
    let schema = sparksim::scenario::schema();
    let mut keys = Vec::new();
    collect_keys(&schema, &mut keys);
    let is_word = |character: char| character.is_alphanumeric() || "-_".contains(character);
    let words: BTreeSet<&str> = reference.split(|character| !is_word(character)).collect();
    let missing = keys.iter().filter(|key| !words.contains(key.as_str()));
    let missing: Vec<_> = missing.collect();
    assert!(
        keys.len() > 50 && missing.is_empty(),
        "{missing:?} of {} keys",
        keys.len()
    );
}

/// The names of all properties below a schema.
fn collect_keys(schema: &serde_json::Value, keys: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                if let ("properties", Some(properties)) = (name.as_str(), value.as_object()) {
                    keys.extend(properties.keys().cloned());
                }
                collect_keys(value, keys);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

const STEADY: &str = "[run]\nrequests = 40\nreplications = 2\n[services.desk]\nservice-time = \
                      \"1s\"\n[workloads.visitors]\ntarget = \"services.desk\"\narrivals = { \
                      poisson = { rate = \"0.2/s\" } }\n";

#[test]
fn two_files_are_compared_as_they_stand() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("new")).unwrap();
    let slow = STEADY.replace("\"1s\"", "\"2s\"");
    for (file, text) in [("a.toml", STEADY), ("b.toml", &slow), ("new/a.toml", &slow)] {
        fs::write(place.path().join(file), text).unwrap();
    }
    for (other, name) in [("b.toml", "b"), ("new/a.toml", "new/a.toml")] {
        let output = sparksim(place.path(), &["compare", "a.toml", other]);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        assert!(text.contains(name), "{text}");
        let rows = fs::read_to_string(place.path().join("output/a-compare/comparison.csv"));
        let rows = rows.unwrap();
        assert!(rows.contains(&format!(",{name},a")), "{rows}");
    }
    let output = sparksim(place.path(), &["compare", "a.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert!(
        message.contains("give two scenarios, or what to try"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_not_there_is_a_wrong_argument() {
    let place = tempfile::tempdir().unwrap();
    let output = sparksim(place.path(), &["merge", "nodir"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot read `nodir`"));
    fs::create_dir(place.path().join("logs")).unwrap();
    let fleet = [
        "import",
        "spark-event-log",
        "logs",
        "--fleet",
        "--out",
        "f.toml",
    ];
    let arguments = [&fleet[..], &["--cluster", "nope.toml"]].concat();
    let output = sparksim(place.path(), &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    fs::write(place.path().join("a.toml"), STEADY).unwrap();
    let output = sparksim(place.path(), &["run", "a.toml", "--out", "a.toml/results"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}

#[test]
fn one_promise_is_spoken_of_in_the_singular() {
    let place = tempfile::tempdir().unwrap();
    let check = "[[checks]]\nmetric = \"services.desk.latency.mean\"\nbelow = \"1h\"\n";
    fs::write(place.path().join("a.toml"), format!("{STEADY}{check}")).unwrap();
    let output = sparksim(place.path(), &["check", "a.toml"]);
    let text = stdout(&output);
    assert!(
        text.contains("pass: the promise is kept"),
        "{text}{}",
        stderr(&output)
    );
    let strict = check.replace("1h", "1ms");
    fs::write(place.path().join("a.toml"), format!("{STEADY}{strict}")).unwrap();
    let output = sparksim(place.path(), &["check", "a.toml"]);
    let text = stdout(&output);
    assert!(
        text.contains("fail: the promise is broken"),
        "{text}{}",
        stderr(&output)
    );
}

#[test]
fn runs_that_fail_or_are_called_off_are_on_the_terminal() {
    let place = tempfile::tempdir().unwrap();
    let app = "[run]\nhorizon = \"terminating\"\n[apps.etl]\nOVERLAP\nconf = { \
               \"spark.executor.instances\" = 1, \"spark.task.maxFailures\" = 1 }\nstages.s = { \
               tasks = 1, task-time = \"9s\", task-failure = RATE }\n[workloads.w]\ntarget = \
               \"apps.etl\"\narrivals = { at = [\"0s\", \"20s\", \"21s\"] }\n";
    let shown = |rate: &str, overlap: &str| {
        let text = app.replace("RATE", rate).replace("OVERLAP", overlap);
        fs::write(place.path().join("a.toml"), text).unwrap();
        let output = sparksim(place.path(), &["run", "a.toml", "--replications", "1"]);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let failed = shown("1.0", "");
    assert!(
        failed.contains("Application   finished   failed   mean"),
        "{failed}"
    );
    assert!(failed.contains("warning: apps.etl: no run finished and 3 a replication failed"));
    assert!(!failed.contains("cancelled"), "{failed}");
    let whole = shown("0.0", "");
    assert!(!whole.contains("failed"), "{whole}");
    let replaced = shown("0.0", "overlap = \"replace\"");
    assert!(
        replaced.contains("Application   finished   cancelled   mean"),
        "{replaced}"
    );
    let refused = shown("0.0", "overlap = \"forbid\"");
    assert!(
        refused.contains("Application   finished   skipped   mean"),
        "{refused}"
    );
}
