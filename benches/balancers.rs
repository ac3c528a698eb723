//! What a balancer costs per request with 10 and with 10,000 replicas, and what common random
//! numbers buy. Run it with `cargo bench --bench balancers`; it asserts nothing.
//!
//! The first table drives each balancer alone: a request is a pick, a replica whose load grows, and
//! another whose load shrinks when the oldest request leaves. There are as many requests present as
//! replicas. The second part runs two services of two replicas at 80 % load in 400 pairs of 20,000
//! requests and compares the variance of the differences with that of independent runs.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use sparksim::experiment::Experiment;
use sparksim::id::ReplicaId;
use sparksim::model::{BalancerKind, Balancing};
use sparksim::policy::balancing::{Answer, Clients, Load, View};
use sparksim::random::{Draw, Purpose, Streams, Word};
use sparksim::record::Outcome;
use sparksim::scenario;
use sparksim::units::{Duration, Time};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

const REQUESTS: u32 = 1_000_000;

fn main() {
    println!("ns per request: balancer alone, and the whole simulation");
    println!("{:<22} {:>7} {:>7} {:>6}", "", "10", "10,000", "ratio");
    for &(name, kind) in BalancerKind::NAMES {
        let [small, large] = [10, 10_000].map(|replicas| alone(kind, replicas));
        let ratio = large / small;
        println!("{name:<22} {small:>7.1} {large:>7.1} {ratio:>6.2}");
    }
    println!(
        "\n{:<22} {:>7} {:>7} {:>6}",
        "simulated", "10", "10,000", "ratio"
    );
    for &(name, _) in BalancerKind::NAMES {
        let [small, large] = [10, 10_000].map(|replicas| simulated(name, replicas));
        let ratio = large / small;
        println!("{name:<22} {small:>7.1} {large:>7.1} {ratio:>6.2}");
    }
    common_random_numbers();
}

fn alone(kind: BalancerKind, replicas: u32) -> f64 {
    let mut clients = Clients::new(kind, &Balancing::default(), Word(1));
    let mut words = Streams::new(1, 0).sequence("bench", Purpose::Routing);
    let mut loads = vec![0_u32; replicas as usize];
    let mut present = VecDeque::new();
    for index in 0..replicas {
        clients.added(ReplicaId(index), 1.0, Time::ZERO);
    }
    let mut now = Time::ZERO;
    let mut request = |present: &mut VecDeque<ReplicaId>| {
        now = now + Duration::from_nanos(1_000_000_000 / u64::from(replicas));
        let word = words.word();
        let mut draw = Draw::new(word);
        let view = View { now, key: word.0 };
        if let Some(replica) = clients.pick(view, &mut draw) {
            change(&mut clients, &mut loads, replica, 1, now);
            present.push_back(replica);
        }
        if replicas < present.len() as u32
            && let Some(replica) = present.pop_front()
        {
            change(&mut clients, &mut loads, replica, -1, now);
            let answer = Answer {
                now,
                latency: Duration::from_nanos(word.0 >> 34),
                outcome: Outcome::Completed,
            };
            clients.answered(replica, answer, &mut draw);
        }
    };
    (0..2 * replicas).for_each(|_| request(&mut present));
    let start = Instant::now();
    (0..REQUESTS).for_each(|_| request(&mut present));
    start.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS)
}

fn change(clients: &mut Clients, loads: &mut [u32], replica: ReplicaId, by: i32, now: Time) {
    let in_system = &mut loads[replica.0 as usize];
    *in_system = in_system.saturating_add_signed(by);
    let load = Load {
        now,
        in_system: *in_system,
        work: Duration::from_nanos(u64::from(*in_system) * 500_000_000),
        serving: (*in_system).min(1),
    };
    clients.changed(replica, load);
}

fn simulated(name: &str, replicas: u32) -> f64 {
    let parameters = if name == "power-of-d" {
        "{ power-of-d = { d = 2 } }"
    } else {
        ""
    };
    let balancer = format!("\"{name}\"");
    let balancer = if parameters.is_empty() {
        &balancer
    } else {
        parameters
    };
    let rate = 0.8 * f64::from(replicas);
    let text = format!(
        "[run]\nrequests = {REQUESTS}\nreplications = 1\n\
         [services.s]\nreplicas = {replicas}\nbalancer = {balancer}\n\
         service-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [workloads.w]\ntarget = \"services.s\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n"
    );
    let start = Instant::now();
    run(&text);
    start.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS)
}

/// The mean latencies of the replications.
fn run(text: &str) -> Vec<f64> {
    let loaded = scenario::load_text("bench", text, Path::new("."), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let experiment = Experiment {
        model: &loaded.model,
        name: &loaded.name,
        not_modelled: &loaded.notes,
        threads: 0,
    };
    let results = experiment
        .run(|| ())
        .unwrap_or_else(|error| panic!("{error}"));
    let figures = results.figures.iter();
    let latency = figures.filter(|figure| figure.metric == "services.s.latency.mean");
    latency
        .flat_map(|figure| figure.per_replication.iter().flatten().copied())
        .collect()
}

fn common_random_numbers() {
    let latencies = |balancer: &str| {
        run(&format!(
            "[run]\nrequests = 20000\nreplications = 400\n\
             [services.s]\nreplicas = 2\nbalancer = \"{balancer}\"\n\
             service-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
             [workloads.w]\ntarget = \"services.s\"\n\
             arrivals = {{ poisson = {{ rate = \"1.6/s\" }} }}\n"
        ))
    };
    let start = Instant::now();
    let (turns, shortest) = (latencies("round-robin"), latencies("join-shortest-queue"));
    let elapsed = start.elapsed().as_secs_f64();
    let variance = |shift: usize| {
        let others = shortest.iter().cycle().skip(shift);
        let differences: Vec<f64> = turns.iter().zip(others).map(|(a, b)| a - b).collect();
        let count = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / count;
        differences
            .iter()
            .map(|d| (d - mean) * (d - mean))
            .sum::<f64>()
            / (count - 1.0)
    };
    let (paired, independent) = (variance(0), variance(1));
    println!(
        "\nround-robin less join-shortest-queue, 400 pairs of 20,000 requests: {elapsed:.1} s"
    );
    println!(
        "variance paired {paired:.5}, independent {independent:.5}: {:.1} times",
        independent / paired
    );
}
