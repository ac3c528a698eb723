//! `sparksim sweep` and `merge`: whatever happens to a sweep on its way, the same bytes come out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Twelve points of a queue, each a few milliseconds.
const SCENARIO: &str = r#"
title = "A desk"
[run]
seed = 3
requests = 3000
warmup-requests = 300
replications = 6
[services.desk]
replicas = 2
service-time = { exponential = { mean = "1s" } }
[workloads.visitors]
target = "services.desk"
arrivals = { poisson = { rate = "1.5/s" } }
[probabilities.slow]
metric = "services.desk.latency.mean"
above = 1.5
[variants.pooled]
"services.desk.queue" = "central"
[variants.spread]
"services.desk.balancer" = "round-robin"
[sweep]
"services.desk.replicas" = [2, 3, 4]
"services.desk.concurrency" = [1, 2]
variant = ["pooled", "spread"]
"#;

/// A directory of its own with the scenario in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("desk.toml"), SCENARIO).unwrap();
        Self(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparksim"));
        command
            .current_dir(self.0.path())
            .args(arguments.split(' '));
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what must succeed; answers with what it printed.
    fn succeed(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments}: {errors}");
        String::from_utf8(output.stdout).unwrap() + &errors
    }

    /// Runs what must fail as the user's mistake; answers with what it said.
    fn refused(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }
}

/// Every file of a directory, but for what a killed process was about to write.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| !name.starts_with(".sparksim-"))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert!(
        one.keys().eq(other.keys()),
        "{:?} {:?}",
        one.keys(),
        other.keys()
    );
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{name} differs");
    }
}

#[test]
fn one_thread_and_three_write_the_same_bytes() {
    let place = Place::new();
    place.succeed("sweep desk.toml --threads 1 --out one");
    place.succeed("sweep desk.toml --threads 3 --out three");
    assert_same(&place.path("one"), &place.path("three"));
    let names: Vec<String> = files(&place.path("one")).into_keys().collect();
    insta::assert_snapshot!(names.join("\n"), @r"
runs.csv
sweep-services-desk-latency-p95.png
sweep-services-desk-latency-p95.svg
sweep.csv
");
}

#[test]
fn a_point_is_what_a_run_with_its_changes_is() {
    let place = Place::new();
    let text = place.succeed("sweep desk.toml --out sweep");
    assert!(
        text.contains("12 points of 6 replications, seed 3"),
        "{text}"
    );
    let sweep = fs::read_to_string(place.path("sweep/sweep.csv")).unwrap();
    let of_point = |number: u32| {
        let begin = format!("{number},");
        let lines = sweep.lines().filter(move |line| line.starts_with(&begin));
        lines.map(|line| line.splitn(5, ',').nth(4).unwrap().to_owned())
    };
    for (number, changes) in [
        (
            1,
            "services.desk.replicas=2 services.desk.concurrency=1 services.desk.queue=central",
        ),
        (
            12,
            "services.desk.replicas=4 services.desk.concurrency=2 services.desk.balancer=round-robin",
        ),
    ] {
        let set: String = changes
            .split(' ')
            .flat_map(|change| [" --set ", change])
            .collect();
        place.succeed(&format!("run desk.toml{set} --out run"));
        let run = fs::read_to_string(place.path("run/summary.csv")).unwrap();
        assert!(run.lines().count() > 40);
        assert!(of_point(number).eq(run.lines().skip(1)), "point {number}");
    }
}

/// Two policies see the same arrivals.
#[test]
fn points_share_their_random_numbers() {
    let place = Place::new();
    let by_requests = "requests = 3000\nwarmup-requests = 300";
    let by_time = SCENARIO.replace(by_requests, "duration = \"1h\"");
    fs::write(place.path("desk.toml"), by_time).unwrap();
    place.succeed("sweep desk.toml --vary services.desk.replicas=2 --out sweep");
    let runs = fs::read_to_string(place.path("sweep/runs.csv")).unwrap();
    let of_point = |number: u32| {
        let begin = format!("{number},");
        let lines = runs
            .lines()
            .filter(|line| line.contains(",workloads.visitors.arrivals,"));
        let own: Vec<String> = lines
            .filter_map(|line| line.strip_prefix(&begin).map(str::to_owned))
            .collect();
        own
    };
    assert_eq!(of_point(1).len(), 6);
    for other in [2, 3, 4] {
        assert_eq!(of_point(1), of_point(other));
    }
}

#[test]
fn shards_merged_are_the_same_bytes_as_one_run() {
    let place = Place::new();
    place.succeed("sweep desk.toml --out whole");
    for (shard, out) in [("2/3", "a"), ("1/3", "b"), ("3/3", "a")] {
        let text = place.succeed(&format!("sweep desk.toml --shard {shard} --out {out}"));
        assert!(text.starts_with("wrote "), "{text}");
        if shard == "2/3" {
            insta::assert_snapshot!(place.refused("merge a"), @"error: 8 of 12 points are missing: shard 1/3, shard 3/3");
        }
    }
    place.succeed("merge a b --out merged");
    assert_same(&place.path("whole"), &place.path("merged"));

    place.succeed("sweep desk.toml --shard 1/3 --out other --seed 4");
    insta::assert_snapshot!(place.refused("merge a other"), @"error: `a/sweep-2-of-3.shard` and `other/sweep-1-of-3.shard` are shards of different sweeps: scenario, changes, seed, replications and version must be the same");
    insta::assert_snapshot!(place.refused("merge whole"), @"error: no shard lies in `whole`: run `sparksim sweep SCENARIO --shard I/N` first");
    let shard = place.path("a/sweep-2-of-3.shard");
    let mut bytes = fs::read(&shard).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&shard, bytes).unwrap();
    insta::assert_snapshot!(place.refused("merge a b"), @"error: `a/sweep-2-of-3.shard` is damaged: run its shard again");
}

/// The moments are drawn from a fixed seed, as shares of the time that the whole sweep takes.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how long a sweep takes decides when it is killed"
)]
fn a_sweep_killed_ten_times_and_resumed_ends_in_the_same_bytes() {
    let place = Place::new();
    let begin = Instant::now();
    place.succeed("sweep desk.toml --threads 2 --out whole");
    let whole = begin.elapsed();
    let mut state = 20_261_125_u64;
    let mut killed = 0;
    for _ in 0..10 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let share = (state >> 33) as f64 / (1_u64 << 31) as f64;
        let mut child = place.start("sweep desk.toml --threads 2 --out killed --resume");
        sleep(whole.mul_f64(0.4 * share));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed > 0, "every sweep was faster than its killer");
    place.succeed("sweep desk.toml --threads 2 --out killed --resume");
    assert_same(&place.path("whole"), &place.path("killed"));
}

/// What was finished before an interruption is not run again.
#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done_and_resume_goes_on_from_there() {
    let place = Place::new();
    let long = "sweep desk.toml --threads 1 --out out --set run.requests=20000";
    let child = place.start(long);
    let journal = place.path("out/sweep.journal");
    let length = || fs::metadata(&journal).map_or(0, |data| data.len());
    for _ in 0..2000 {
        if length() > 20_000 {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let status = child.wait_with_output().unwrap().status;
    assert_eq!(status.code(), Some(130));
    assert!(!place.path("out/sweep.csv").exists());
    insta::assert_snapshot!(
        place.refused("sweep desk.toml --out out --seed 8 --resume"),
        @"error: `out/sweep.journal` holds nothing of this sweep: scenario, seed or version are others"
    );
    let text = place.succeed(&format!("{long} --resume"));
    let done: u32 = text
        .lines()
        .find_map(|line| line.strip_suffix(" of 72 replications are done already"))
        .unwrap()
        .parse()
        .unwrap();
    assert!(0 < done && done < 72, "{done}");
    assert!(!journal.exists());
    place.succeed(&format!("{long} --out whole").replace("--out out ", ""));
    assert_same(&place.path("whole"), &place.path("out"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_first_replications_of_a_run() {
    let place = Place::new();
    let long = "run desk.toml --threads 1 --out out --replications 1000000";
    let child = place.start(long);
    sleep(Duration::from_millis(700));
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let status = child.wait_with_output().unwrap().status;
    assert_eq!(status.code(), Some(130));
    let runs = fs::read_to_string(place.path("out/runs.csv")).unwrap();
    let last = runs.lines().last().unwrap();
    let done: u32 = last.split(',').next().unwrap().parse().unwrap();
    // They are what as many would have been from the start, to the byte.
    place.succeed(&format!("run desk.toml --replications {done} --out whole"));
    for file in ["runs.csv", "summary.csv", "series.csv"] {
        let read = |directory: &str| fs::read(place.path(directory).join(file)).unwrap();
        assert!(
            read("out") == read("whole"),
            "{file} of {done} replications"
        );
    }
}

#[test]
fn a_resumed_sweep_may_have_more_replications_and_other_points() {
    let place = Place::new();
    let mut child = place.start("sweep desk.toml --threads 1 --out out");
    let journal = place.path("out/sweep.journal");
    for _ in 0..2000 {
        if fs::metadata(&journal).map_or(0, |data| data.len()) > 10_000 {
            break;
        }
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let more = "sweep desk.toml --replications 8 --vary services.desk.replicas=5,2";
    place.succeed(&format!("{more} --out out --resume"));
    place.succeed(&format!("{more} --out whole"));
    assert_same(&place.path("whole"), &place.path("out"));
}

#[test]
fn mistakes_are_told_before_anything_is_run() {
    let place = Place::new();
    let mut told = String::new();
    for arguments in [
        "sweep desk.toml --metric services.desk.latency.p59",
        "sweep desk.toml --shard 4/3",
        "sweep desk.toml --sample lattice=3",
        "sweep desk.toml --vary variant=pooled,spred",
    ] {
        told += &place.refused(arguments);
        told += "\n";
    }
    assert!(!place.path("output").exists());
    insta::assert_snapshot!(told, @r"
error: there is no figure `services.desk.latency.p59`: did you mean `services.desk.latency.p50`?

error: invalid value '4/3' for '--shard <I/N>': a shard is I/N with I from 1 to N, e.g. 2/3

For more information, try '--help'.

error: `--sample` needs a kind and a number of points
 --> --sample:1:1
  |
1 | lattice=3
  | ^^^^^^^^^
  |
help: write `--sample latin-hypercube=64` or `--sample random=64`

error: there is no variant named `spred`
 --> --vary:1:16
  |
1 | variant=pooled,spred
  |                ^^^^^ did you mean `spread`?
  |
help: `[variants]` has `pooled`, `spread`
");
}

#[test]
fn two_points_that_are_the_same_scenario_are_told() {
    let place = Place::new();
    let text = place.succeed(
        "sweep desk.toml --vary services.desk.replicas=2 --vary services.desk.concurrency=1 --vary title=a,b --vary variant=pooled --quiet --out out",
    );
    assert_eq!(text, "");
    let text = place.succeed(
        "sweep desk.toml --vary services.desk.replicas=2 --vary services.desk.concurrency=1 --vary title=a,b --vary variant=pooled --out out",
    );
    assert!(text.contains("points 1 and 2 are alike"), "{text}");
}
