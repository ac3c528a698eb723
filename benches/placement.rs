//! What a placement costs with 100, 1,000 and 10,000 nodes. Run it with
//! `cargo bench --bench placement`; it asserts nothing.
//!
//! The first table drives each policy alone on nodes of 16 cores and 64 GiB that are 80 % full of
//! containers of 1 to 4 cores: a decision is a pick, the container's coming, and the going of one of
//! those that are there. The second runs a whole simulation in which ten containers a node come and
//! go, and shows time for each container placed.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use sparksim::experiment::Experiment;
use sparksim::id::{IdVec, KindId, NodeId, PoolId};
use sparksim::model::{Kind, Model, PlacementKind, Resources};
use sparksim::policy::placement::{NodeState, NodeTable, Placement, View, placement};
use sparksim::random::{Draw, Purpose, Sequence, Streams};
use sparksim::scenario;
use std::path::Path;
use std::time::Instant;

const NODES: [u32; 3] = [100, 1_000, 10_000];

fn main() {
    println!("ns per decision, the policy alone");
    println!(
        "{:<20} {:>9} {:>9} {:>9} {:>7}",
        "", "100", "1,000", "10,000", "ratio"
    );
    for &(name, kind) in PlacementKind::NAMES {
        let [small, middle, large] = NODES.map(|nodes| alone(kind, nodes));
        let ratio = large / small;
        println!("{name:<20} {small:>9.0} {middle:>9.0} {large:>9.0} {ratio:>7.1}");
    }
    println!("\nus per container placed, pulled, started and released, the whole simulation");
    println!(
        "{:<20} {:>9} {:>9} {:>9} {:>7}",
        "", "100", "1,000", "10,000", "ratio"
    );
    for name in ["kube-default", "first-fit", "best-fit", "least-allocated"] {
        let [small, middle, large] = NODES.map(|nodes| simulated(name, nodes));
        let ratio = large / small;
        println!("{name:<20} {small:>9.2} {middle:>9.2} {large:>9.2} {ratio:>7.1}");
    }
}

fn load(text: &str) -> Model {
    let loaded = scenario::load_text("bench", text, Path::new("."), &[]);
    loaded.unwrap_or_else(|error| panic!("{error}")).model
}

/// Four kinds of containers: of 1, 2, 3 and 4 cores.
fn cluster(nodes: u32) -> Model {
    let services = (1..=4).map(|cores| {
        let memory = [2, 12, 8, 20][cores - 1];
        format!(
            "[services.s{cores}]\nservice-time = 1\n\
             requests = {{ cpu = \"{cores}\", memory = \"{memory}Gi\" }}\n\
             [workloads.w{cores}]\ntarget = \"services.s{cores}\"\narrivals = {{ at = [1] }}\n"
        )
    });
    let services: String = services.collect();
    load(&format!(
        "[run]\nduration = 10\n[nodes.n]\ncount = {nodes}\ncpu = \"16\"\nmemory = \"64Gi\"\n{services}"
    ))
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
    /// Places a container of a kind that is drawn.
    fn come(&mut self) -> bool {
        let kind = KindId(self.words.word().below(4));
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

fn alone(kind: PlacementKind, nodes: u32) -> f64 {
    let model = cluster(nodes);
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
    // 2.5 cores a container: five of them are 80 % of 16 cores, nearly.
    for _ in 0..5 * nodes {
        bench.come();
    }
    let decisions = 20_000_000 / (nodes.max(1_000));
    let start = Instant::now();
    for _ in 0..decisions {
        bench.go();
        bench.come();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(decisions)
}

/// Ten replicas a node of a service that are scaled up and down again.
fn simulated(policy: &str, nodes: u32) -> f64 {
    let most = nodes * 10;
    let model = load(&format!(
        "[run]\nduration = 100\nreplications = 1\n[cluster]\nplacement = \"{policy}\"\n\
         [nodes.n]\ncount = {nodes}\ncpu = \"16\"\nmemory = \"64Gi\"\n\
         [services.s]\nservice-time = 1\nstart-time = 1\n\
         requests = {{ cpu = \"1\", memory = \"4Gi\" }}\n\
         autoscale = {{ schedule = [\
         {{ at = 0, replicas = 1 }}, {{ at = 10, replicas = {most} }}, \
         {{ at = 50, replicas = 1 }}, {{ at = 60, replicas = {most} }}] }}\n\
         [workloads.w]\ntarget = \"services.s\"\narrivals = {{ at = [1] }}\n"
    ));
    let experiment = Experiment {
        model: &model,
        name: "bench",
        not_modelled: &[],
        threads: 1,
    };
    let start = Instant::now();
    if let Err(error) = experiment.run(|| ()) {
        panic!("{error}")
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(2 * most)
}
