//! Replicas that share the processor of their node, against timelines by hand and a slow reference.

use crate::simulate::{mean, scenarios, text};
use proptest::prelude::*;
use sparksim::experiment::Results;
use sparksim::scenario;
use std::fmt::Write;

/// What a service has: thousandths of a core that it requests and that it may use, and its requests:
/// when they come and for how long they need a core.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) requests: u64,
    pub(super) limit: u64,
    pub(super) jobs: Vec<(u64, u64)>,
}

/// Services with a replica each on one node.
fn run(model: &str, cpu: u64, services: &[Service]) -> Results {
    let scenario = format!(
        "[run]\nduration = \"10000s\"\nreplications = 1\n[cluster]\ncpu-model = \"{model}\"\n\
         [nodes.n]\ncpu = \"{cpu}m\"\nmemory = \"64Gi\"\n"
    );
    text(&(scenario + &of_services(services)))
}

/// The services `s0`, `s1`, … and what comes to them.
pub(super) fn of_services(services: &[Service]) -> String {
    let mut scenario = String::new();
    for (number, service) in services.iter().enumerate() {
        let Service {
            requests, limit, ..
        } = service;
        let _ = write!(
            scenario,
            "[services.s{number}]\nconcurrency = 100\n\
             requests = {{ cpu = \"{requests}m\" }}\nlimits = {{ cpu = \"{limit}m\" }}\n"
        );
        for (job, (at, work)) in service.jobs.iter().enumerate() {
            let _ = write!(
                scenario,
                "[services.s{number}.endpoints.e{job}]\nservice-time = 0\ncpu-time = {work}\n\
                 [workloads.w{number}-{job}]\ntarget = \"services.s{number}.e{job}\"\n\
                 arrivals = {{ at = [{at}] }}\n"
            );
        }
    }
    scenario
}

/// Seconds that a job takes.
pub(super) fn latency(results: &Results, service: usize, job: usize) -> f64 {
    mean(results, &format!("workloads.w{service}-{job}.latency.mean"))
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

/// Two cores by 1 : 3. The second has 1.5 cores for its two requests of 3 s, which are done after 4 s.
/// The first has done 1 s of each of its two by then, and does the rest on a core each in 2 s.
#[test]
fn neighbours_slow_each_other_down_by_their_requests() {
    let jobs = vec![(1, 3), (1, 3)];
    let small = Service {
        requests: 500,
        limit: 2000,
        jobs: jobs.clone(),
    };
    let large = Service {
        requests: 1500,
        limit: 2000,
        jobs,
    };
    let both = [small, large];
    let shared = run("shared", 2000, &both);
    for job in 0..2 {
        close(latency(&shared, 0, job), 6.0);
        close(latency(&shared, 1, job), 4.0);
    }
    let reserved = run("reserved", 2000, &both);
    for (service, job) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        close(latency(&reserved, service, job), 3.0);
    }
}

/// Two cores, three services that request half a core each. The first may use half a core, so the
/// others, which come a second later with two requests of a core each, have 0.75 cores each.
#[test]
fn what_a_limit_leaves_goes_to_the_others() {
    let service = |limit, jobs: &[(u64, u64)]| Service {
        requests: 500,
        limit,
        jobs: jobs.to_vec(),
    };
    let services = [
        service(500, &[(0, 4)]),
        service(2000, &[(1, 3), (1, 3)]),
        service(2000, &[(1, 3), (1, 3)]),
    ];
    let results = run("shared", 2000, &services);
    // Half a core for 8 s. Until then, for 7 s, each of the others has done 5.25 of 6, and then it has
    // a core for the other 0.75.
    close(latency(&results, 0, 0), 8.0);
    for service in 1..3 {
        close(latency(&results, service, 0), 7.75);
    }
}

/// Nobody who has the node to himself notices that it is shared.
#[test]
fn where_there_is_enough_nobody_notices() {
    let service = |jobs: &[(u64, u64)]| Service {
        requests: 1000,
        limit: 1000,
        jobs: jobs.to_vec(),
    };
    let services = [service(&[(0, 4), (1, 7)]), service(&[(2, 5)])];
    let shared = run("shared", 2000, &services);
    let reserved = run("reserved", 2000, &services);
    for (service, job) in [(0, 0), (0, 1), (1, 0)] {
        let [shared, reserved] = [&shared, &reserved].map(|it| latency(it, service, job));
        assert!((shared - reserved).abs() < 1e-12);
    }
}

/// Rates of all services, in cores: a level of service for each unit of weight is looked for by
/// halving, at which the node is used up.
fn rates(cpu: f64, services: &[Service], present: &[usize]) -> Vec<f64> {
    let need = |it: usize| (services[it].limit as f64 / 1000.0).min(present[it] as f64);
    let weight = |it: usize| services[it].requests as f64;
    let at = |level: f64| (0..services.len()).map(move |it| need(it).min(level * weight(it)));
    let (mut low, mut high) = (0.0, 1000.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if at(middle).sum::<f64>() <= cpu {
            low = middle;
        } else {
            high = middle;
        }
    }
    at(low).collect()
}

/// By service and job: seconds that it takes.
pub(super) fn reference(cpu: u64, services: &[Service]) -> Vec<Vec<f64>> {
    let mut left: Vec<Vec<f64>> = services
        .iter()
        .map(|it| it.jobs.iter().map(|job| job.1 as f64).collect())
        .collect();
    let mut took: Vec<Vec<f64>> = left.iter().map(|it| vec![f64::NAN; it.len()]).collect();
    let mut now = 0.0;
    while took.iter().flatten().any(|time| time.is_nan()) {
        let here = |service: usize, job: usize| {
            services[service].jobs[job].0 as f64 <= now && took[service][job].is_nan()
        };
        let present: Vec<Vec<usize>> = (0..services.len())
            .map(|it| {
                (0..services[it].jobs.len())
                    .filter(|job| here(it, *job))
                    .collect()
            })
            .collect();
        let counts: Vec<usize> = present.iter().map(Vec::len).collect();
        let rates = rates(cpu as f64 / 1000.0, services, &counts);
        let arrivals = services.iter().flat_map(|it| it.jobs.iter());
        let later = arrivals.map(|job| job.0 as f64).filter(|at| now < *at);
        let mut next = later.fold(f64::INFINITY, f64::min);
        for (service, jobs) in present.iter().enumerate() {
            for &job in jobs {
                let rate = rates[service] / counts[service] as f64;
                next = next.min(now + left[service][job] / rate);
            }
        }
        for (service, jobs) in present.iter().enumerate() {
            for &job in jobs {
                let rate = rates[service] / counts[service] as f64;
                left[service][job] -= (next - now) * rate;
                if left[service][job] < 1e-9 {
                    took[service][job] = next - services[service].jobs[job].0 as f64;
                }
            }
        }
        now = next;
    }
    took
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Shares are whole thousandths of a core, so both agree to a percent, no better.
    #[test]
    fn the_processor_is_shared_as_in_the_reference(
        cpu in 2000_u64..5000,
        services in prop::collection::vec(
            (100_u64..500, 500_u64..4000, prop::collection::vec((0_u64..30, 1_u64..20), 1..4)),
            2..4,
        ),
    ) {
        let services: Vec<Service> = services
            .into_iter()
            .map(|(requests, limit, jobs)| Service { requests, limit, jobs })
            .collect();
        let results = run("shared", cpu, &services);
        for (service, jobs) in reference(cpu, &services).iter().enumerate() {
            for (job, &expected) in jobs.iter().enumerate() {
                let found = latency(&results, service, job);
                prop_assert!(
                    (found - expected).abs() <= 0.01 * expected + 0.01,
                    "s{}.e{}: {} is not {}", service, job, found, expected
                );
            }
        }
    }
}

#[test]
fn what_does_not_share_is_refused() {
    let error = |rest: &str| {
        let text = format!("[run]\nduration = 10\n[cluster]\ncpu-model = \"shared\"\n{rest}");
        let loaded = scenario::load_text("test", &text, &scenarios(), &[]);
        loaded.unwrap_err().to_string()
    };
    let node = "[nodes.n]\ncpu = \"4\"\nmemory = \"8Gi\"\n";
    let service = "[services.s]\nservice-time = 1\n\
                   [workloads.w]\ntarget = \"services.s\"\narrivals = { at = [1] }\n";
    let wrong = error(service);
    assert!(
        wrong.contains("`cpu-model = \"shared\"` needs nodes"),
        "{wrong}"
    );
    let breaks = "breakdowns = { every = \"9s\", repair = \"1s\" }\n";
    let service = service.replace("[workloads", &format!("{breaks}[workloads"));
    let wrong = error(&format!("{node}{service}"));
    assert!(
        wrong.contains("is not modelled with `breakdowns`"),
        "{wrong}"
    );
}
