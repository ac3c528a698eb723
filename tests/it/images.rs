//! Image pulls against timelines that can be computed by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// Two images of 300 and 200 MB that share a base of 100 MB, over a registry of 100 MB/s; an
/// application for each, whose executor needs a second for its task.
fn run(nodes: &str, rest: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[layers]
base = {{ size = "100MB", unpacked = "200MB" }}
large = {{ size = "200MB", unpacked = "400MB" }}
small = {{ size = "100MB", unpacked = "200MB" }}
[nodes.worker]
cpu = "8"
memory = "64Gi"
{nodes}
{rest}
"#
    ))
}

const IMAGES: &str = r#"
[registry]
bandwidth = "100MB/s"
[images]
one = ["base", "large"]
two = ["base", "small"]
"#;

const ONE: &str = r#"
[apps.one]
image = "one"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 1 }
stages.map = { tasks = 1, task-time = "1s" }
[workloads.one]
target = "apps.one"
arrivals = { at = ["0s"] }
"#;

const TWO: &str = r#"
[apps.two]
image = "two"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 1 }
stages.map = { tasks = 1, task-time = "1s" }
[workloads.two]
target = "apps.two"
arrivals = { at = ["0s"] }
"#;

fn both(nodes: &str) -> Results {
    run(nodes, &format!("{IMAGES}{ONE}{TWO}"))
}

/// Serial: the first image is pulled by 3 s and unpacked by 6 s; of the second only 100 MB are
/// missing, pulled by 7 s and unpacked by 8 s. Each task ends a second later.
#[test]
fn a_shared_base_layer_is_pulled_once_and_pulls_of_a_node_are_serial() {
    let results = both("unpack = \"200MB/s\"");
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 400e6);
    assert_eq!(mean(&results, "apps.one.latency.mean"), 7.0);
    assert_eq!(mean(&results, "apps.two.latency.mean"), 9.0);
    // The driver of the second waits for its turn too: all of that is its pull.
    assert_eq!(mean(&results, "cluster.pull_time.max"), 7.0);
}

/// Parallel: 50 MB/s each until the second's own 100 MB are there at 2 s, unpacked at 3 s. The first
/// has its 300 MB at 4 s and unpacks them until 7 s; only then has the second its base.
#[test]
fn parallel_pulls_share_the_registry_and_wait_for_each_other_s_layers() {
    let results = both("unpack = \"200MB/s\"\nparallel-pulls = 2");
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 400e6);
    assert_eq!(mean(&results, "apps.one.latency.mean"), 8.0);
    assert_eq!(mean(&results, "apps.two.latency.mean"), 8.0);
    assert_eq!(mean(&results, "cluster.pull_time.max"), 4.0);
    assert_eq!(mean(&results, "cluster.unpack_time.max"), 5.0);
}

/// A disk of 100 MB/s, less than an unpacking stream: 600 MB take 6 s after the 3 s of the pull.
/// Two streams at once share it: the second's 200 MB from 2 s on take 2 s alone, until 4 s, when the
/// first begins to write its 600 MB.
#[test]
fn unpacking_writes_to_the_disk() {
    let serial = run(
        "disk = \"100MB/s\"\nunpack = \"200MB/s\"",
        &format!("{IMAGES}{ONE}"),
    );
    assert_eq!(mean(&serial, "apps.one.latency.mean"), 10.0);
    let parallel = both("disk = \"100MB/s\"\nunpack = \"200MB/s\"\nparallel-pulls = 2");
    assert_eq!(mean(&parallel, "apps.one.latency.mean"), 11.0);
    // A disk that is fast enough leaves the stream as the limit.
    let fast = run(
        "disk = \"1GB/s\"\nunpack = \"200MB/s\"",
        &format!("{IMAGES}{ONE}"),
    );
    assert_eq!(mean(&fast, "apps.one.latency.mean"), 7.0);
}

/// Half a second to ask; the image is there at 3.5 s. The executor asks again only where it must.
#[test]
fn the_registry_is_asked_before_every_start_only_if_the_policy_says_so() {
    for (pull, latency) in [("if-not-present", 4.5), ("always", 5.0)] {
        let images = format!(
            r#"
[registry]
bandwidth = "100MB/s"
latency = "500ms"
[images.one]
layers = ["base", "large"]
pull = "{pull}"
"#
        );
        let results = run("", &format!("{images}{ONE}"));
        assert_eq!(mean(&results, "apps.one.latency.mean"), latency);
        assert_eq!(mean(&results, "cluster.bytes_pulled"), 300e6);
    }
}

/// An image that is pulled before it is needed: at 10 s it is there, on every node.
#[test]
fn what_is_pulled_ahead_or_in_the_machine_image_is_there() {
    let images = r#"
[registry]
bandwidth = "100MB/s"
[images.one]
layers = ["base", "large"]
pre-pull = true
"#;
    let late = ONE.replace("0s", "10s");
    let ahead = run("count = 2", &format!("{images}{late}"));
    assert_eq!(mean(&ahead, "apps.one.latency.mean"), 1.0);
    assert_eq!(mean(&ahead, "cluster.bytes_pulled"), 600e6);
    assert_eq!(mean(&ahead, "cluster.cache_hit_ratio"), 1.0);
    let baked = run("images = [\"one\"]", &format!("{IMAGES}{ONE}"));
    assert_eq!(mean(&baked, "apps.one.latency.mean"), 1.0);
    assert_eq!(mean(&baked, "cluster.bytes_pulled"), 0.0);
}

/// Room for two of three images of 400 MB. The first leaves for the third, the second for the first
/// when that comes back; who comes back at once finds its image.
#[test]
fn the_least_recently_used_image_leaves_a_full_cache() {
    let three = r#"
[registry]
bandwidth = "100MB/s"
[images]
a = ["a"]
b = ["b"]
c = ["c"]
[layers.a]
size = "200MB"
unpacked = "400MB"
[layers.b]
size = "200MB"
unpacked = "400MB"
[layers.c]
size = "200MB"
unpacked = "400MB"
"#;
    let app = |name: &str, at: &str| ONE.replace("one", name).replace("[\"0s\"]", at);
    let apps = [
        app("a", r#"["0s", "300s", "310s"]"#),
        app("b", r#"["100s"]"#),
        app("c", r#"["200s"]"#),
    ];
    let nodes = "image-cache = \"1GB\"";
    let results = run(nodes, &format!("{three}{}", apps.concat()));
    assert_eq!(mean(&results, "cluster.image_evictions"), 2.0);
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 800e6);
    // 2 s of pull and 1 s of work, twice; then 1 s.
    assert_eq!(mean(&results, "apps.a.latency.max"), 3.0);
    assert!((mean(&results, "apps.a.latency.mean") - 7.0 / 3.0).abs() < 1e-9);
    // A larger cache keeps all of them.
    let large = run(
        "image-cache = \"2GB\"",
        &format!("{three}{}", apps.concat()),
    );
    assert_eq!(mean(&large, "cluster.image_evictions"), 0.0);
    assert_eq!(mean(&large, "cluster.bytes_pulled"), 600e6);
}

/// What a running container needs stays, whatever the thresholds say, and so do its layers.
#[test]
fn what_is_in_use_does_not_leave() {
    let long = ONE.replace("\"1s\" }", "\"100s\" }");
    let late = TWO.replace("0s", "10s");
    let nodes = "image-cache = \"500MB\"";
    let results = run(nodes, &format!("{IMAGES}{long}{late}"));
    assert_eq!(mean(&results, "cluster.image_evictions"), 0.0);
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 400e6);
    // The first ends at 103 s: what comes then finds its layers gone or not by its own use only.
    let again = late.replace("\"10s\"", "\"10s\", \"200s\"");
    let results = run(nodes, &format!("{IMAGES}{long}{again}"));
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 400e6);
}

/// Two nodes pull 300 MB each, from 100 MB/s, 50 MB/s, or what their zone's or rack's link lets in.
#[test]
fn links_on_the_way_are_shared() {
    let nodes = |extra: &str| {
        format!(
            "count = 2\nnetwork = \"100MB/s\"\nimages = []\n{extra}\n\
             [images.one]\nlayers = [\"base\", \"large\"]\npre-pull = true\n"
        )
    };
    // The application comes when everything has been pulled; the pulls themselves are timed by an
    // executor of the whole node that has to wait for its own.
    let app = r#"
[apps.one]
image = "one"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 8, "spark.executor.memory" = "1g" }
stages.map = { tasks = 1, task-time = "1s" }
[workloads.one]
target = "apps.one"
arrivals = { at = ["0s"] }
"#;
    let latency = |extra: &str, rest: &str| {
        let results = run(&nodes(extra), &format!("{rest}{app}"));
        mean(&results, "apps.one.latency.mean")
    };
    // Nothing is shared but the nodes' own links: 3 s each at once, then the task.
    assert_eq!(latency("", ""), 4.0);
    assert_eq!(latency("", "[registry]\nbandwidth = \"100MB/s\"\n"), 7.0);
    let zones = "zones = [\"a\"]";
    let uplink = "[network]\nzone-uplink = \"50MB/s\"\n";
    assert_eq!(latency(zones, uplink), 13.0);
    // A mirror in the zone is on this side of that link.
    let mirror = "[registry]\nbandwidth = \"1MB/s\"\nmirrors = { a = \"200MB/s\" }\n";
    assert_eq!(latency(zones, &format!("{uplink}{mirror}")), 4.0);
    // Each in a zone of its own: each has its own link.
    let apart = "zones = [\"a\", \"b\"]";
    assert_eq!(latency(apart, uplink), 7.0);
    let rack = "[network]\nrack-size = 2\noversubscription = 4\n";
    assert_eq!(latency("", rack), 13.0);
    let racks = "[network]\nrack-size = 1\nrack-uplink = \"50MB/s\"\n";
    assert_eq!(latency("", racks), 7.0);
}

/// The examples of the page about images run as they stand, and do what it says.
#[test]
fn the_examples_of_the_documentation_run() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/images-and-network.md")).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    let runs: Vec<Results> = blocks
        .map(|rest| text(rest.split("```").next().unwrap()))
        .collect();
    assert_eq!(mean(&runs[0], "services.gateway.completed"), 1.0);
    // 4 s of pull and a second of work; the slow node would take until 12 s, but nobody waits for it.
    assert_eq!(mean(&runs[1], "apps.on-fast.latency.mean"), 5.0);
    assert_eq!(mean(&runs[1], "cluster.bytes_pulled"), 300e6);
}
