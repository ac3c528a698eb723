//! What a placement costs with 100, 1,000 and 10,000 nodes, and what a container keeps in memory.
//! Run it with `cargo bench --bench placement`; it asserts nothing. Other numbers of nodes are given
//! behind `--`: `cargo bench --bench placement -- 50 500`.
//!
//! A hundred tenants have ten containers a node between them, so 100,000 on 10,000 nodes. Nodes have
//! 16 cores and 64 GiB, containers half a core to two: nodes are 78 % full.
//!
//! * The first table is the memory of a whole simulation at its peak, with and without containers.
//! * The second drives each policy alone: a decision is a pick, the container's coming, and the going
//!   of one of those that are there, drawn at random.
//! * The third runs the whole simulation: all containers come, and four times half of them go and
//!   come again. It shows time for each container that is placed, started and released, with all that
//!   belongs to it: quota, events, replicas, figures, and the audit.
//! * The last is a round of `lp`: 64 containers, alike or not, on 64 nodes that are half full.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use sparksim::id::{IdVec, KindId, NodeId, PoolId};
use sparksim::model::{Kind, Model, PlacementKind, Resources};
use sparksim::policy::placement::{NodeState, NodeTable, Placement, View, Waiting, placement};
use sparksim::random::{Draw, Purpose, Sequence, Streams};
use sparksim::scenario;
use sparksim::world::replicate;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

const TENANTS: u32 = 100;
const CONTAINERS_PER_NODE: u32 = 10;
/// How often half of the containers go and come again.
const CYCLES: u32 = 4;
/// Policies that find their node without looking at all of them, and the default.
const SIMULATED: [&str; 8] = [
    "first-fit",
    "next-fit",
    "best-fit",
    "worst-fit",
    "round-robin",
    "least-allocated",
    "most-allocated",
    "kube-default",
];

fn main() {
    let given = std::env::args().skip(1);
    let given: Vec<u32> = given.filter_map(|word| word.parse().ok()).collect();
    let sizes = if given.is_empty() {
        vec![100, 1_000, 10_000]
    } else {
        given
    };
    memory(&sizes);
    let title = format!("ns per decision, the policy alone, {TENANTS} tenants");
    let policies = PlacementKind::NAMES.iter();
    table(
        &title,
        &sizes,
        policies.map(|(name, _)| *name),
        |name, nodes| {
            let kind = PlacementKind::NAMES
                .iter()
                .find(|(other, _)| *other == name);
            kind.map_or(f64::NAN, |(_, kind)| alone(*kind, nodes))
        },
    );
    let title = format!("us per container in a whole simulation, {TENANTS} tenants");
    table(&title, &sizes, SIMULATED.into_iter(), |name, nodes| {
        let replicas = nodes * CONTAINERS_PER_NODE / TENANTS;
        let text = tenants(nodes, replicas, name);
        let placed = f64::from(replicas * TENANTS) * (1.0 + f64::from(CYCLES) / 2.0);
        simulated(&text) * 1e6 / placed
    });
    println!("\nms per programme of `lp`, 64 containers on 64 nodes");
    for different in [1, 4, 16, 64] {
        println!("{different:>3} kinds {:>9.2}", programme(different));
    }
}

/// A line for each policy, a column for each number of nodes, and the last column over the first.
fn table<'a>(
    title: &str,
    sizes: &[u32],
    policies: impl Iterator<Item = &'a str>,
    mut cost: impl FnMut(&str, u32) -> f64,
) {
    println!("\n{title}");
    let mut head = format!("{:<20}", "nodes");
    for size in sizes {
        let _ = write!(head, " {size:>9}");
    }
    println!("{head} {:>7}", "ratio");
    for policy in policies {
        let mut line = format!("{policy:<20}");
        let mut costs = Vec::new();
        for &nodes in sizes {
            let cost = cost(policy, nodes);
            let _ = write!(line, " {cost:>9.2}");
            costs.push(cost);
        }
        let ratio = costs[costs.len() - 1] / costs[0];
        println!("{line} {ratio:>7.1}");
    }
}

/// Bytes of a whole simulation at its peak, for each container.
fn memory(sizes: &[u32]) {
    println!("memory at the peak of a whole simulation, {TENANTS} tenants");
    println!(
        "{:>9} {:>11} {:>14} {:>14} {:>16}",
        "nodes", "containers", "without, MiB", "with, MiB", "bytes/container"
    );
    for &nodes in sizes {
        let replicas = nodes * CONTAINERS_PER_NODE / TENANTS;
        let peak = |replicas: u32| {
            let text = tenants(nodes, replicas, "best-fit");
            // What has been at the peak before counts no more from here on.
            fs::write("/proc/self/clear_refs", "5").ok()?;
            simulated(&text);
            peak_resident()
        };
        let (few, all) = (peak(1), peak(replicas));
        let (Some(few), Some(all)) = (few, all) else {
            println!("{nodes:>9} not measured: it takes Linux' /proc/self");
            continue;
        };
        let containers = TENANTS * replicas;
        let more = f64::from(containers - TENANTS);
        println!(
            "{nodes:>9} {containers:>11} {:>14.1} {:>14.1} {:>16.0}",
            few / 1_048_576.0,
            all / 1_048_576.0,
            (all - few) / more
        );
    }
}

/// Bytes that this process had in memory at most.
fn peak_resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0)
}

fn load(text: &str) -> Model {
    let loaded = scenario::load_text("bench", text, Path::new("."), &[]);
    loaded.unwrap_or_else(|error| panic!("{error}")).model
}

/// A service with a quota for each tenant, that comes to so many replicas and then loses half of
/// them and gets them back again and again.
fn tenants(nodes: u32, replicas: u32, policy: &str) -> String {
    let duration = 20 * (CYCLES + 2);
    let mut text = format!(
        "[run]\nduration = {duration}\nreplications = 1\n[cluster]\nplacement = \"{policy}\"\n\
         [nodes.n]\ncount = {nodes}\ncpu = \"16\"\nmemory = \"64Gi\"\n"
    );
    let half = replicas.div_ceil(2);
    let mut schedule = format!("{{ at = 0, replicas = 1 }}, {{ at = 10, replicas = {replicas} }}");
    for cycle in 1..=CYCLES {
        let at = 20 * cycle;
        let _ = write!(
            schedule,
            ", {{ at = {at}, replicas = {half} }}, {{ at = {}, replicas = {replicas} }}",
            at + 10
        );
    }
    for tenant in 0..TENANTS {
        let cpu = 500 * (tenant % 4 + 1);
        let memory = [2, 4, 6, 8][tenant as usize % 4];
        let quota = 2 * replicas;
        let _ = write!(
            text,
            "[budgets.t{tenant}]\nquota = {{ cpu = \"{quota}\" }}\n\
             [services.s{tenant}]\nservice-time = 1\nstart-time = 1\nbudget = \"t{tenant}\"\n\
             requests = {{ cpu = \"{cpu}m\", memory = \"{memory}Gi\" }}\n\
             autoscale = {{ schedule = [{schedule}] }}\n\
             [workloads.w{tenant}]\ntarget = \"services.s{tenant}\"\narrivals = {{ at = [1] }}\n"
        );
    }
    text
}

/// Seconds that a run takes.
fn simulated(text: &str) -> f64 {
    let model = load(text);
    let start = Instant::now();
    let found = replicate(&model, 0);
    assert!(found.breaches.is_empty(), "{:?}", found.breaches);
    start.elapsed().as_secs_f64()
}

/// Nodes, a policy, and what is on them.
struct Bench {
    table: NodeTable,
    policy: Box<dyn Placement>,
    kinds: IdVec<KindId, Kind>,
    placed: Vec<(NodeId, KindId, Resources)>,
    words: Sequence,
}

impl Bench {
    /// Places a container of a tenant that is drawn.
    fn come(&mut self) -> bool {
        let kind = KindId(self.words.word().below(TENANTS));
        let demand = &self.kinds[kind];
        let view = View::new(&self.table, kind, demand);
        let mut draw = Draw::new(self.words.word());
        let Some(node) = self.policy.pick(&view, &mut draw) else {
            return false;
        };
        let resources = demand.resources;
        self.table.place(node, kind, resources);
        self.policy.changed(node, &self.table);
        self.placed.push((node, kind, resources));
        true
    }

    /// Takes one out that is drawn.
    fn go(&mut self) {
        let position = self.words.word().below(self.placed.len() as u32);
        let (node, kind, resources) = self.placed.swap_remove(position as usize);
        self.table.remove(node, kind, resources);
        self.policy.changed(node, &self.table);
    }
}

/// Milliseconds for a plan of 64 containers of so many kinds.
fn programme(different: u32) -> f64 {
    const NODES: u32 = 64;
    let model = load(&tenants(NODES, 1, "lp"));
    let Some(cluster) = &model.cluster else {
        panic!("the scenario has nodes")
    };
    let mut kinds = model.kinds();
    let allocatable = cluster.pools[PoolId(0)].allocatable();
    let mut table = NodeTable::new(0, kinds.len(), 0);
    let mut policy = placement(PlacementKind::Lp, cluster);
    for number in 0..NODES {
        let mut free = allocatable;
        free.cpu.0 = 4_000 + u64::from(number * 37 % 64) * 125;
        free.memory.0 = allocatable.memory.0 / 4 + u64::from(number * 23 % 64) * (1 << 29);
        let node = table.push(NodeState {
            pool: PoolId(0),
            zone: None,
            open: true,
            allocatable,
            free,
            images: IdVec::new(),
            kinds: kinds.iter().map(|_| 0).collect(),
            containers: 0,
        });
        policy.changed(node, &table);
    }
    for number in 0..different {
        let wanted = &mut kinds[KindId(number)].resources;
        wanted.cpu.0 = 3_000 + u64::from(number * 29 % 64) * 125;
        wanted.memory.0 = (1 << 32) + u64::from(number * 41 % 64) * (1 << 28);
    }
    let waiting = (0..different).map(|number| Waiting {
        kind: KindId(number),
        demand: &kinds[KindId(number)],
        count: 64 / different,
    });
    let waiting: Vec<Waiting<'_>> = waiting.collect();
    let rounds = 5;
    let start = Instant::now();
    for _ in 0..rounds {
        policy.plan(&waiting, &table);
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(rounds)
}

/// Nanoseconds for a decision.
fn alone(kind: PlacementKind, nodes: u32) -> f64 {
    let model = load(&tenants(nodes, 1, "first-fit"));
    let Some(cluster) = &model.cluster else {
        panic!("the scenario has nodes")
    };
    let kinds = model.kinds();
    let allocatable = cluster.pools[PoolId(0)].allocatable();
    let mut bench = Bench {
        table: NodeTable::new(0, kinds.len(), 0),
        policy: placement(kind, cluster),
        placed: Vec::new(),
        words: Streams::new(1, 0).sequence("bench", Purpose::Placement),
        kinds,
    };
    for _ in 0..nodes {
        let node = bench.table.push(NodeState {
            pool: PoolId(0),
            zone: None,
            open: true,
            allocatable,
            free: allocatable,
            images: IdVec::new(),
            kinds: bench.kinds.iter().map(|_| 0).collect(),
            containers: 0,
        });
        bench.policy.changed(node, &bench.table);
    }
    for _ in 0..CONTAINERS_PER_NODE * nodes {
        bench.come();
    }
    let decisions = 20_000_000 / nodes.max(1_000);
    let start = Instant::now();
    for _ in 0..decisions {
        bench.go();
        bench.come();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(decisions)
}
