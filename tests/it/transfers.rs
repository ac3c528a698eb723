//! Bytes that are moved for others, against timelines by hand: the cluster alone, asked by a script.

use sparksim::cluster::ClusterState;
use sparksim::effect::{Effect, Movement, Mover, Site, TransferOutcome};
use sparksim::event::Event;
use sparksim::id::{KindId, NodeId, StorageId, TaskId};
use sparksim::kernel::Kernel;
use sparksim::metrics::Unit;
use sparksim::metrics::names::{Figures, walk};
use sparksim::random::Streams;
use sparksim::scenario;
use sparksim::stats::Histogram;
use sparksim::units::{Bytes, Time};
use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::path::Path;

const MEGABYTE: u64 = 1_000_000;
const STORAGE: Site = Site::Storage(StorageId(0));

fn memory(node: u32) -> Site {
    Site::Memory(NodeId(node))
}

fn disk(node: u32) -> Site {
    Site::Disk(NodeId(node))
}

/// What happens at a millisecond.
#[derive(Clone, Copy)]
enum Act {
    /// So many megabytes are to be moved for the task of that number, which is the mark too.
    Move(u32, Site, Site, u64),
    CallOff(u32),
}

/// What the script found: who was told when, and the figures.
struct Found {
    answers: Vec<(f64, u32, TransferOutcome)>,
    figures: BTreeMap<String, f64>,
}

impl Found {
    /// The marks and seconds of what has moved.
    fn moved(&self) -> Vec<(u32, f64)> {
        let moved = self.answers.iter();
        let moved = moved.filter(|(_, _, outcome)| *outcome == TransferOutcome::Moved);
        moved.map(|(at, tag, _)| (*tag, *at)).collect()
    }

    fn near(&self, metric: &str, value: f64) {
        let found = self.figures[metric];
        assert!((found - value).abs() < 1e-9, "{metric}: {found}");
    }
}

impl Figures for Found {
    fn value(&mut self, name: Arguments<'_>, _: Unit, value: Option<f64>) {
        self.figures
            .extend(value.map(|value| (name.to_string(), value)));
    }
    fn distribution(&mut self, name: Arguments<'_>, histogram: &Histogram) {
        let max = histogram.max().map(|nanos| nanos as f64 / 1e9);
        self.figures
            .extend(max.map(|max| (format!("{name}.max"), max)));
    }
}

fn play(cluster: &str, script: &[(u64, Act)]) -> Found {
    let text = format!(
        "[run]\nduration = \"100s\"\n{cluster}\n[services.payer]\nservice-time = \"1s\"\n\
         [workloads.nobody]\ntarget = \"services.payer\"\narrivals = {{ at = [\"1s\"] }}\n"
    );
    let model = scenario::load_text("script", &text, Path::new("."), &[])
        .unwrap()
        .model;
    let mut kernel = Kernel::new(&model, 0, None);
    let mut cluster = ClusterState::new(&model, &Streams::new(1, 0));
    for (at, _) in script {
        // Nobody else takes samples here: each is an act of the script.
        kernel.schedule(Time::from_nanos(at * 1_000_000), Event::SampleDue);
    }
    cluster.start_faults(&mut kernel);
    let mut acts = script.iter();
    let mut found = Found {
        answers: Vec::new(),
        figures: BTreeMap::new(),
    };
    loop {
        let (_, event) = kernel.calendar().pop().unwrap();
        kernel.taken(event);
        match event {
            Event::SampleDue => match acts.next().unwrap().1 {
                Act::Move(task, from, to, megabytes) => {
                    kernel.push(Effect::Transfer(Movement {
                        mover: Mover::Task(TaskId(task)),
                        tag: task,
                        payer: KindId(0),
                        from,
                        to,
                        bytes: Bytes(megabytes * MEGABYTE),
                        weight: 1,
                    }));
                }
                Act::CallOff(task) => {
                    let mover = Mover::Task(TaskId(task));
                    kernel.push(Effect::CancelTransfers { mover });
                }
            },
            Event::TransferEnded => cluster.on_transfer_ended(&mut kernel),
            Event::MoveDue(id) => cluster.on_move_due(id, &mut kernel),
            Event::FaultDue(fault) => cluster.on_fault_due(fault, &mut kernel),
            Event::FaultOver(outage) => cluster.on_fault_over(outage, &mut kernel),
            Event::RunEnded => break,
            other => panic!("{other:?}"),
        }
        while let Some(effect) = kernel.next_effect() {
            let now = kernel.now().seconds();
            match effect {
                Effect::Transfer(ref movement) => cluster.on_transfer(movement, &mut kernel),
                Effect::CancelTransfers { mover } => {
                    cluster.on_cancel_transfers(mover, &mut kernel);
                }
                Effect::ShareLinks => cluster.on_share_links(&mut kernel),
                Effect::PlacePending => cluster.on_place_pending(&mut kernel),
                Effect::TransferDone { tag, outcome, .. } => {
                    found.answers.push((now, tag, outcome));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(cluster.breaches(&kernel), Vec::<String>::new());
    walk(&model, &kernel.metrics, kernel.now(), &mut found);
    found
}

const NODES: &str = "[nodes.worker]\ncount = 3\ncpu = \"4\"\nmemory = \"16Gi\"\n";

/// 300 MB and 100 MB from a store of 100 MB/s to two nodes: half of it each until the second has its
/// 100 MB at 2 s, then all of it for the 200 MB that the first lacks.
#[test]
fn readers_share_the_bandwidth_of_a_store() {
    let found = play(
        &format!("{NODES}[storage.s3]\nbandwidth = \"100MB/s\""),
        &[
            (0, Act::Move(0, STORAGE, memory(0), 300)),
            (0, Act::Move(1, STORAGE, memory(1), 100)),
            (50_000, Act::Move(2, memory(0), STORAGE, 500)),
        ],
    );
    assert_eq!(found.moved(), [(1, 2.0), (0, 4.0), (2, 55.0)]);
    found.near("storage.s3.bytes_read", 400e6);
    found.near("storage.s3.bytes_written", 500e6);
    found.near("storage.s3.requests", 3.0);
    found.near("storage.s3.utilization", 0.09);
    found.near("storage.s3.transfer_time.max", 5.0);
}

/// Five requests of 10 MB, one after the other, each answered after 100 ms; then 50 MB at 100 MB/s.
#[test]
fn the_latencies_of_requests_pass_before_bytes_move() {
    let found = play(
        &format!(
            "{NODES}[storage.s3]\nbandwidth = \"100MB/s\"\nlatency = \"100ms\"\n\
             request-size = \"10MB\""
        ),
        &[(1000, Act::Move(0, STORAGE, memory(0), 50))],
    );
    assert_eq!(found.moved(), [(0, 2.0)]);
    found.near("storage.s3.requests", 5.0);
}

/// 20 requests at 10 a second take 2 s whatever the bandwidth is, and two readers of 20 requests
/// each take 4 s.
#[test]
fn requests_are_let_through_at_their_rate() {
    let store = format!(
        "{NODES}[storage.s3]\nbandwidth = \"100MB/s\"\nrequest-rate = \"10/s\"\n\
         request-size = \"1MB\""
    );
    let one = play(&store, &[(0, Act::Move(0, STORAGE, memory(0), 20))]);
    assert_eq!(one.moved(), [(0, 2.0)]);
    let two = play(
        &store,
        &[
            (0, Act::Move(0, STORAGE, memory(0), 20)),
            (0, Act::Move(1, STORAGE, memory(1), 20)),
        ],
    );
    assert_eq!(two.moved(), [(0, 4.0), (1, 4.0)]);
    two.near("storage.s3.request_utilization", 0.04);
}

/// A request for 100 MB and one for 1 MB at 10 requests a second: at r bytes a second each they are
/// r × (1/100 + 1) / 10^6 requests a second, so r = 10^7/1.01 and the small one is over at 0.101 s.
/// The large one, alone, is limited by the 100 MB/s: its other 99 MB take 0.99 s.
#[test]
fn small_objects_use_up_requests_and_large_ones_bandwidth() {
    let found = play(
        &format!("{NODES}[storage.s3]\nbandwidth = \"100MB/s\"\nrequest-rate = \"10/s\""),
        &[
            (0, Act::Move(0, STORAGE, memory(0), 100)),
            (0, Act::Move(1, STORAGE, memory(1), 1)),
        ],
    );
    assert_eq!(found.moved(), [(1, 0.101), (0, 1.091)]);
}

/// A shuffle: 100 MB from the disk of node 1 (50 MB/s) and 100 MB from node 0's own (50 MB/s), over
/// links of 25 MB/s. What is local passes no link.
#[test]
fn a_task_reads_its_own_disk_beside_the_network() {
    let nodes = format!("{NODES}network = \"25MB/s\"\ndisk = \"50MB/s\"");
    let found = play(
        &nodes,
        &[
            (0, Act::Move(0, disk(1), memory(0), 100)),
            (0, Act::Move(1, disk(0), memory(0), 100)),
        ],
    );
    assert_eq!(found.moved(), [(1, 2.0), (0, 4.0)]);
}

/// What is called off at 1 s leaves its half of the link to the other, and nobody is told of it.
#[test]
fn what_is_called_off_is_not_answered() {
    let found = play(
        &format!("{NODES}[storage.s3]\nbandwidth = \"100MB/s\""),
        &[
            (0, Act::Move(0, STORAGE, memory(0), 100)),
            (0, Act::Move(1, STORAGE, memory(1), 100)),
            (1000, Act::CallOff(0)),
            (1000, Act::CallOff(7)),
        ],
    );
    assert_eq!(found.answers, [(1.5, 1, TransferOutcome::Moved)]);
    found.near("storage.s3.bytes_read", 150e6);
}

/// Node 1 is down from 1 s on: what comes from it is lost, what goes to it is not spoken of, and
/// what is asked for later is refused at once until it is back.
#[test]
fn no_transfer_outlives_a_node_at_its_end() {
    let found = play(
        &format!(
            "{NODES}network = \"10MB/s\"\n[faults.down]\n\
             node-crash = {{ node = 1, at = [\"1s\"], repair = \"9s\" }}"
        ),
        &[
            (0, Act::Move(0, memory(1), memory(0), 100)),
            (0, Act::Move(1, memory(2), memory(1), 100)),
            (2000, Act::Move(2, disk(1), memory(0), 1)),
            (2000, Act::Move(3, memory(0), memory(1), 1)),
            (20_000, Act::Move(4, memory(1), memory(0), 10)),
        ],
    );
    assert_eq!(
        found.answers,
        [
            (1.0, 0, TransferOutcome::SourceLost),
            (2.0, 2, TransferOutcome::SourceLost),
            (21.0, 4, TransferOutcome::Moved),
        ]
    );
}

#[test]
fn what_nothing_limits_is_there_at_once() {
    let unlimited = format!(
        "{NODES}network = \"10MB/s\"\n[cluster]\nnetwork = \"unlimited\"\n[storage.s3]\n\
         bandwidth = \"1MB/s\""
    );
    for (cluster, from) in [(NODES, memory(1)), (&unlimited, STORAGE)] {
        let found = play(cluster, &[(3000, Act::Move(0, from, memory(0), 1000))]);
        assert_eq!(found.moved(), [(0, 3.0)]);
    }
}

/// Nodes 0 and 2 are in zone a, node 1 is in b. 2 GB cross at 0.02 a GB; 4,000 requests of 1 MB cost
/// 0.0004 a thousand; three nodes cost 36 an hour each, so 3 in 100 s.
#[test]
fn bytes_across_zones_and_requests_are_paid_for_by_who_wants_them() {
    let found = play(
        &format!(
            "{NODES}zones = [\"a\", \"b\"]\nprice = 36\n[network]\ncross-zone-price = 0.02\n\
             [storage.s3]\nrequest-size = \"1MB\"\nrequest-price = 0.0004"
        ),
        &[
            (0, Act::Move(0, memory(1), memory(0), 2000)),
            (0, Act::Move(1, memory(2), memory(0), 5000)),
            (0, Act::Move(2, memory(1), disk(1), 5000)),
            (0, Act::Move(3, STORAGE, memory(1), 3000)),
            (0, Act::Move(4, memory(1), STORAGE, 1000)),
        ],
    );
    found.near("cluster.cross_zone_bytes", 2e9);
    found.near("cluster.cross_zone_cost", 0.04);
    found.near("storage.s3.cost", 0.0016);
    found.near("services.payer.cost", 0.0416);
    found.near("nodes.worker.cost", 3.0416);
    found.near("cluster.cost", 3.0416);
    found.near("cluster.idle_cost", 3.0);
    found.near("cluster.cost_per_hour", 36.0 * 3.0416);
}
