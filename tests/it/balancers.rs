//! Balancers against theory: exact where a closed form or a numerical solution is known, otherwise
//! limits and bounds that it must keep.
//!
//! Values without a formula are numerical solutions of the Markov chains, truncated far out.

use crate::simulate::{agrees, estimate, figure, mean, text};
use sparksim::experiment::Results;
use sparksim::theory::{Mm1, Mmc};

/// A service of so many replicas at a rate per replica, with what else is said of it.
fn service(replicas: u32, load: f64, requests: u32, more: &str) -> Results {
    let rate = f64::from(replicas) * load;
    let warmup = requests / 10;
    text(&format!(
        "[run]\nseed = 5\nrequests = {requests}\nwarmup-requests = {warmup}\nreplications = 20\n\
         [services.s]\nreplicas = {replicas}\n\
         service-time = {{ exponential = {{ mean = \"1s\" }} }}\n{more}\n\
         [workloads.w]\ntarget = \"services.s\"\nkeys = {{ count = 1000 }}\n\
         arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n"
    ))
}

/// The mean latency and its standard error.
fn latency(results: &Results) -> (f64, f64) {
    let estimate = estimate(results, "services.s.latency.mean");
    let deviation = estimate.std_dev.unwrap();
    (
        estimate.mean,
        deviation / f64::from(estimate.replications).sqrt(),
    )
}

/// Two and three queues: F. Haight, "Two queues in parallel", Biometrika 45, 1958, and later
/// authors; ties go to either.
#[test]
fn join_shortest_queue_of_two_and_three_is_exact() {
    for (replicas, load, requests, expected) in [
        (2, 0.5, 20_000, 1.426320751167240),
        (2, 0.8, 40_000, 2.955736617637520),
        (3, 0.9, 60_000, 3.982421965063616),
    ] {
        for name in ["join-shortest-queue", "least-connections"] {
            if name == "least-connections" && replicas == 3 {
                continue;
            }
            let results = service(replicas, load, requests, &format!("balancer = \"{name}\""));
            agrees(
                &results,
                6.5,
                0.05,
                &[("services.s.latency.mean", expected)],
            );
        }
    }
}

#[test]
fn power_of_two_of_three_draws_without_replacement() {
    for balancer in ["\"power-of-two\"", "{ power-of-d = { d = 2 } }"] {
        let results = service(3, 0.9, 60_000, &format!("balancer = {balancer}"));
        agrees(
            &results,
            6.5,
            0.05,
            &[("services.s.latency.mean", 4.274087015708259)],
        );
    }
}

/// With very many replicas the fraction of queues of at least i is λ^((d^i − 1)/(d − 1)). With 100
/// of them the mean is a little higher, and lower than with one draw less.
#[test]
fn power_of_d_at_a_hundred_replicas_is_a_little_above_its_limit() {
    let limit = |d: f64, load: f64| {
        let term = |i: f64| libm::pow(load, (libm::pow(d, i) - d) / (d - 1.0));
        (1..40).map(f64::from).map(term).sum::<f64>()
    };
    assert!((limit(2.0, 0.8) - 1.947363385948087).abs() < 1e-12);
    assert!((limit(3.0, 0.8) - 1.580885630237822).abs() < 1e-12);
    for d in [2, 3] {
        let balancer = format!("balancer = {{ power-of-d = {{ d = {d} }} }}");
        let (mean, error) = latency(&service(100, 0.8, 40_000, &balancer));
        let limit = limit(f64::from(d), 0.8);
        assert!(
            limit - 6.5 * error < mean && mean < 1.03 * limit,
            "{mean} at d = {d}"
        );
    }
}

/// The one queue whose requests go to whoever has the least to do waits as a central queue does.
#[test]
fn least_work_left_is_a_central_queue() {
    let theory = Mmc {
        arrival_rate: 2.4,
        service_rate: 1.0,
        servers: 3,
    };
    let results = service(3, 0.8, 40_000, "balancer = \"least-work-left\"");
    let expected = [
        ("services.s.latency.mean", theory.latency()),
        ("services.s.wait.mean", theory.wait()),
    ];
    agrees(&results, 6.5, 0.05, &expected);
    // Places make no difference to what is left, but to who waits: less than with one place each.
    let with_places = |balancer: &str| {
        latency(&service(
            3,
            1.6,
            40_000,
            &format!("concurrency = 2\nbalancer = {balancer}"),
        ))
    };
    let (left, _) = with_places("\"least-work-left\"");
    let (random, _) = with_places("\"random\"");
    assert!(left < 0.8 * random, "{left} {random}");
}

/// Speeds 1 and 4 at 80 %: 2/3 and 10/3 requests a second, each an M/M/1 queue of its own.
#[test]
fn min_queue_splits_as_its_formula_says() {
    let results = service(2, 2.0, 40_000, "speeds = [1, 4]\nbalancer = \"min-queue\"");
    let part = |arrival_rate: f64, service_rate: f64| {
        let queue = Mm1 {
            arrival_rate,
            service_rate,
        };
        queue.in_system()
    };
    let in_system = part(2.0 / 3.0, 1.0) + part(10.0 / 3.0, 4.0);
    let expected = [
        ("services.s.in_system", in_system),
        ("services.s.offered_load", 0.8),
    ];
    agrees(&results, 6.5, 0.05, &expected);
    let other = "speeds = [1, 4]\nbalancer = \"random\"\nweights = [1, 4]";
    let proportional = service(2, 2.0, 40_000, other);
    let expected = part(0.8, 1.0) + part(3.2, 4.0);
    agrees(
        &proportional,
        6.5,
        0.05,
        &[("services.s.in_system", expected)],
    );
}

/// Evenly spread turns by speed are better than drawn ones, and equal turns are worse than both.
#[test]
fn weighted_round_robin_weighs_by_speed() {
    let speeds = "speeds = [1, 3]\n";
    let latency = |balancer: &str| {
        latency(&service(
            2,
            1.4,
            20_000,
            &format!("{speeds}balancer = {balancer}"),
        ))
    };
    let (turns, _) = latency("\"weighted-round-robin\"");
    let (drawn, _) = latency("\"random\"\nweights = [1, 3]");
    assert!(turns < 0.9 * drawn, "{turns} {drawn}");
    // At 1.4 requests a second the slow one could not keep up with half of all.
    let (equal, _) = latency("\"round-robin\"");
    assert!(3.0 * drawn < equal, "{drawn} {equal}");
}

/// A view from before anything changed is no view, and worse than none: all follow the same old
/// news.
#[test]
fn the_staler_the_view_the_longer_the_queues() {
    let latency = |view: &str| {
        let more = format!("balancer = \"join-shortest-queue\"\nview = {view}");
        latency(&service(10, 0.8, 20_000, &more)).0
    };
    let exact = latency("\"exact\"");
    let [fresh, old, older] = ["1ms", "2s", "20s"].map(|by| {
        let view = format!("{{ stale = {{ by = \"{by}\" }} }}");
        latency(&view)
    });
    assert!((fresh / exact - 1.0).abs() < 0.02, "{fresh} {exact}");
    assert!(
        exact < 0.7 * old && old < 0.7 * older,
        "{exact} {old} {older}"
    );
    let random = Mm1 {
        arrival_rate: 0.8,
        service_rate: 1.0,
    };
    assert!(random.latency() < older, "herds: {older}");
}

/// Of one client its own requests are all there are. Of many, each knows next to nothing.
#[test]
fn own_views_of_many_clients_are_no_views() {
    let latency = |clients: u32, view: &str| {
        let more =
            format!("balancer = \"join-shortest-queue\"\nview = \"{view}\"\nclients = {clients}");
        latency(&service(4, 0.8, 20_000, &more))
    };
    let (exact, error) = latency(1, "exact");
    let (alone, _) = latency(1, "own");
    assert!((alone - exact).abs() < 6.5 * error, "{alone} {exact}");
    let (few, _) = latency(4, "own");
    let (many, many_error) = latency(1000, "own");
    assert!(
        1.2 * exact < few && 1.2 * few < many,
        "{exact} {few} {many}"
    );
    assert!(
        (many - 5.0).abs() < 6.5 * many_error,
        "4 M/M/1 queues: {many}"
    );
}

/// Keys of one workload are as good as random with so many of them that a replica has a fair share.
/// With one key there is one queue; its share is bounded where loads are.
#[test]
fn hashing_keeps_keys_together_and_bounds_keep_them_apart() {
    let rate = |balancer: &str, keys: &str| {
        text(&format!(
            "[run]\nseed = 3\nrequests = 20000\nreplications = 5\n\
             [services.s]\nreplicas = 5\nqueue-capacity = 30\nbalancer = {balancer}\n\
             service-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
             [workloads.w]\ntarget = \"services.s\"\nkeys = {keys}\n\
             arrivals = {{ poisson = {{ rate = \"4/s\" }} }}\n"
        ))
    };
    let one = rate("\"consistent-hash\"", "{ count = 1 }");
    let throughput = mean(&one, "services.s.throughput");
    assert!(
        (throughput - 1.0).abs() < 0.03,
        "one replica serves: {throughput}"
    );
    let bounded = "{ bounded-load-hash = { bound = 1.25 } }";
    let bounded = rate(bounded, "{ count = 1 }");
    assert!(mean(&bounded, "services.s.throughput") > 3.9);
    let points = "{ consistent-hash = { points = 1000 } }";
    let many = rate(points, "{ count = 1000000 }");
    assert!(mean(&many, "services.s.throughput") > 3.8);
    let skewed = rate(points, "{ count = 1000000, zipf = 1.5 }");
    assert!(
        mean(&skewed, "services.s.throughput") < 3.6,
        "some keys are many"
    );
}

/// Idle replicas are found until there are none; with many replicas hardly anybody waits.
#[test]
fn join_idle_queue_waits_less_the_more_replicas_there_are() {
    let waits = |replicas: u32, clients: u32| {
        let more = format!("balancer = \"join-idle-queue\"\nclients = {clients}");
        mean(
            &service(replicas, 0.8, 20_000, &more),
            "services.s.wait.mean",
        )
    };
    let [few, many, split] = [(4, 1), (64, 1), (64, 8)].map(|(r, c)| waits(r, c));
    assert!(20.0 * many < few, "{few} {many}");
    assert!(many < split && split < few, "{split}");
}

/// One of four replicas is five times slower and could not keep up with its turns. Whoever looks at
/// latencies leaves it less.
#[test]
fn peak_ewma_and_prequal_avoid_a_slow_replica() {
    let latency = |balancer: &str| {
        let more = format!("speeds = [0.2, 1, 1, 1]\nbalancer = \"{balancer}\"");
        latency(&service(4, 0.5, 20_000, &more)).0
    };
    let [peak, prequal, turns] = ["peak-ewma", "prequal", "round-robin"].map(latency);
    assert!(peak < 4.0 && prequal < 5.0, "{peak} {prequal}");
    assert!(40.0 < turns, "{turns}");
}

/// Common random numbers: two policies see the same arrivals and the same work, so most of what
/// chance does to a difference cancels. 400 pairs of 20,000
/// requests.
#[test]
fn differences_on_common_random_numbers_vary_five_times_less() {
    let run = |balancer: &str| {
        let results = text(&format!(
            "[run]\nseed = 9\nrequests = 20000\nreplications = 400\n\
             [services.s]\nreplicas = 2\nbalancer = \"{balancer}\"\n\
             service-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
             [workloads.w]\ntarget = \"services.s\"\n\
             arrivals = {{ poisson = {{ rate = \"1.6/s\" }} }}\n"
        ));
        let latencies = &figure(&results, "services.s.latency.mean").per_replication;
        latencies
            .iter()
            .map(|latency| latency.unwrap())
            .collect::<Vec<f64>>()
    };
    let (turns, shortest) = (run("round-robin"), run("join-shortest-queue"));
    let variance = |shift: usize| {
        let others = shortest.iter().cycle().skip(shift);
        let differences: Vec<f64> = turns.iter().zip(others).map(|(a, b)| a - b).collect();
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        differences
            .iter()
            .map(|d| (d - mean) * (d - mean))
            .sum::<f64>()
    };
    let ratio = variance(1) / variance(0);
    assert!(ratio > 5.0, "{ratio}");
}

/// By hand. Requests come every second and go round; replica 0 takes 3 s, which is too long.
#[test]
fn a_replica_that_fails_is_ejected_and_comes_back() {
    let results = text(
        "[run]\nduration = \"100s\"\nreplications = 1\n\
         [services.s]\nreplicas = 4\nbalancer = \"round-robin\"\nservice-time = \"3s\"\n\
         timeout = \"2s\"\nspeeds = [1, 2, 2, 2]\n\
         outlier-ejection = { consecutive-failures = 3, interval = \"5s\", \
         base-ejection-time = \"20s\" }\n\
         [workloads.w]\ntarget = \"services.s\"\n\
         arrivals = { deterministic = { interval = \"1s\" } }\n",
    );
    // Those of 1, 5 and 9 s at replica 0 time out, the third at 11 s: it is ejected until the sweep
    // at 35 s. Its next three turns time out too; the sweep at 40 s has forgiven the first ejection,
    // so the second lasts 20 s again, until a sweep at 70 s, and so does the third, past the end.
    assert_eq!(mean(&results, "services.s.ejections"), 3.0);
    assert_eq!(mean(&results, "services.s.timed_out"), 9.0);
}
