//! Every model with a known value that the scenario language can express, against that value.
//!
//! The names are those of the project's table of reference values; its sources are named with each.
//! |t| stays below 6.5 over 20 replications with fixed seeds. Where the asymptotic variance is known,
//! the standard errors have the size that it says. Ten models at least are within 1 %.
//!
//! Elsewhere: M/M/1 and M/M/16 with percentiles (`queueing`); processor sharing, preemptive last in
//! first out, shortest first, priorities (`disciplines`); Erlang A, Erlang B, M/M/c/K, set-up,
//! keep-alive, breakdowns (`servers`); tandems, Jackson networks, fork and join, hedges, retries
//! (`calls`); G/M/1, E2/E2/1, MMPP/M/1, batches, M/M/∞ from empty and under a sinusoidal load
//! (`arrivals`); jobs of several tasks on slots, restarts after losses (`spark_oracles`); machine repair and closed networks (`closed`).
//!
//! Not expressible, and why:
//!
//! * HUNT (ordered hunt): no balancer tries replicas in a fixed order.
//! * VAC, NPOL (vacations, N-policy): a replica works as soon as there is work.
//! * LAS, PSJF: no discipline looks at what a request has had, or preempts by its first size.
//! * RETRIAL: waits between attempts are not exponential, and they double.
//! * TMO, MMDEAD (a client that gives up while its request stays in the queue, or before it enters):
//!   here a request that times out while it waits leaves the queue.
//! * RED (redundancy with cancellation at the start): a hedge is sent after a delay above zero.
//! * HW, POD, LS-bound and other limits and bounds: no scenario is infinite; `theory` labels them.

use crate::simulate::{agrees, estimate, mean, text};
use sparksim::experiment::Results;
use sparksim::theory::{Mm1, Mmc};

/// A model: its name, the keys of its service, its arrivals, the figures that are known.
struct Model<'a> {
    id: &'a str,
    service: &'a str,
    arrivals: &'a str,
    requests: u32,
    known: &'a [(&'a str, f64)],
}

fn run(service: &str, arrivals: &str, requests: u32) -> Results {
    let warmup = requests / 6;
    text(&format!(
        "[run]\nseed = 31\nreplications = 20\nrequests = {requests}\nwarmup-requests = {warmup}\n\
         [services.desk]\n{service}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ {arrivals} }}\n"
    ))
}

/// Runs every model, fails where a figure is off, and answers with the names of those that are within
/// 1 % in all figures.
fn check<'a>(models: &[Model<'a>]) -> Vec<&'a str> {
    let mut close = Vec::new();
    for model in models {
        let results = run(model.service, model.arrivals, model.requests);
        let known: Vec<(String, f64)> = model
            .known
            .iter()
            .map(|(figure, value)| (format!("services.desk.{figure}"), *value))
            .collect();
        let known: Vec<(&str, f64)> = known.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        agrees(&results, 6.5, 0.1, &known);
        let within =
            |(figure, value): &(&str, f64)| (mean(&results, figure) / value - 1.0).abs() < 0.01;
        if known.iter().all(within) {
            close.push(model.id);
        }
    }
    close
}

const EXPONENTIAL: &str = "service-time = { exponential = { mean = \"1s\" } }";

/// M/M/c, loss and bounded systems, impatience, M/G/1, G/M/1, Erlang over Erlang: at least ten of
/// them are within one part in a hundred.
#[test]
fn queues_with_known_means_agree_and_ten_of_them_within_one_percent() {
    let mut close = check(&markov());
    close.extend(check(&servers()));
    close.extend(check(&general()));
    close.extend(check(&renewal()));
    assert!(close.len() >= 10, "{close:?}");
}

fn markov() -> Vec<Model<'static>> {
    vec![
        Model {
            id: "MM1-0.5",
            service: EXPONENTIAL,
            arrivals: "poisson = { rate = \"0.5/s\" }",
            requests: 40_000,
            known: &[("latency.mean", 2.0), ("utilization", 0.5)],
        },
        // Erlang 1917.
        Model {
            id: "MMC-4-3.2",
            service: "concurrency = 4\nservice-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"3.2/s\" }",
            requests: 60_000,
            known: &[
                ("wait.positive", 0.596_432_471_787_404_4),
                ("wait.mean", 0.745_540_589_734_255_6),
                ("latency.mean", 1.745_540_589_734_256),
            ],
        },
        Model {
            id: "MMC-100-95",
            service: "replicas = 100\nqueue = \"central\"\n\
                      service-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"95/s\" }",
            requests: 60_000,
            known: &[
                ("wait.positive", 0.506_456_853_913_020_6),
                ("latency.mean", 1.101_291_370_782_604),
            ],
        },
        // Erlang 1917; Jagerman 1974.
        Model {
            id: "ERLB-10-8",
            service: "concurrency = 10\nqueue-capacity = 0\n\
                      service-time = { uniform = { min = \"0s\", max = \"2s\" } }",
            arrivals: "poisson = { rate = \"8/s\" }",
            requests: 30_000,
            known: &[
                ("in_system", 7.026_711_485_976_388),
                ("throughput", 7.026_711_485_976_388),
            ],
        },
        Model {
            id: "ERLB-100-90",
            service: "concurrency = 100\nqueue-capacity = 0\n\
                      service-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"90/s\" }",
            requests: 20_000,
            known: &[("in_system", 87.573_835_758_207_67)],
        },
        // Gross & Harris sec 2.5.
        Model {
            id: "MMCK-1-10-0.9",
            service: "queue-capacity = 9\nservice-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"0.9/s\" }",
            requests: 40_000,
            known: &[
                ("in_system", 3.969_440_598_586_174),
                ("latency.mean", 4.646_600_672_123_705),
                ("throughput", 0.854_267_641_805_328_9),
            ],
        },
        Model {
            id: "MMCK-1-10-1.2",
            service: "queue-capacity = 9\nservice-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"1.2/s\" }",
            requests: 30_000,
            known: &[
                ("queue_length", 5.741_812_472_521_365),
                ("throughput", 0.968_896_205_847_832_8),
            ],
        },
        // Garnett, Mandelbaum & Reiman 2002.
        Model {
            id: "ERLA-5-4-2",
            service: "concurrency = 5\npatience = { exponential = { mean = \"500ms\" } }\n\
                      service-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"4/s\" }",
            requests: 40_000,
            known: &[
                ("wait.positive", 0.327_119_624_474_969_7),
                ("wait.mean", 0.063_635_153_818_303_39),
                ("queue_length", 0.254_540_615_273_213_5),
            ],
        },
    ]
}

/// Servers that break down or switch off.
fn servers() -> Vec<Model<'static>> {
    vec![
        // White & Christie 1958.
        Model {
            id: "BRK-0.5-0.01",
            service: "service-time = { exponential = { mean = \"1s\" } }\n\
                      breakdowns = { every = { exponential = { mean = \"100s\" } }, \
                      repair = { exponential = { mean = \"10s\" } } }",
            arrivals: "poisson = { rate = \"0.5/s\" }",
            requests: 60_000,
            known: &[("in_system", 2.232_323_232_323_232)],
        },
        // Welch 1964.
        Model {
            id: "SETUPD-0.5-10",
            service: "service-time = { exponential = { mean = \"1s\" } }\nsetup = { time = \"10s\" }",
            arrivals: "poisson = { rate = \"0.5/s\" }",
            requests: 40_000,
            known: &[("latency.mean", 7.833_333_333_333_333)],
        },
        Model {
            id: "KEEPD-0.01-600",
            service: "service-time = { exponential = { mean = \"1s\" } }\n\
                      setup = { time = \"2s\", keep-alive = \"600s\" }",
            arrivals: "poisson = { rate = \"0.01/s\" }",
            requests: 20_000,
            known: &[("latency.mean", 1.015_107_841_284_002)],
        },
    ]
}

/// Pollaczek 1930, Khinchine 1932; sharing: Sakata, Noguchi & Oizumi 1969, Kelly 1979; constant
/// service: Erlang 1909.
fn general() -> Vec<Model<'static>> {
    vec![
        Model {
            id: "MG1-D-0.5",
            service: "service-time = \"1s\"",
            arrivals: "poisson = { rate = \"0.5/s\" }",
            requests: 40_000,
            known: &[
                ("wait.mean", 0.5),
                ("wait.p90", 1.515_744_841_381_844),
                ("wait.p99", 3.336_255_957_002_204),
            ],
        },
        Model {
            id: "MG1-E2-0.8",
            service: "service-time = { erlang = { k = 2, mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"0.8/s\" }",
            requests: 60_000,
            known: &[("wait.mean", 3.0), ("in_system", 3.2)],
        },
        Model {
            id: "MG1-U02-0.8",
            service: "service-time = { uniform = { min = \"0s\", max = \"2s\" } }",
            arrivals: "poisson = { rate = \"0.8/s\" }",
            requests: 60_000,
            known: &[("wait.mean", 2.666_666_666_666_667)],
        },
        Model {
            id: "MG1-LN4-0.5-PS",
            service: "discipline = \"processor-sharing\"\n\
                      service-time = { lognormal = { mean = \"1s\", cv = 2 } }",
            arrivals: "poisson = { rate = \"0.5/s\" }",
            requests: 40_000,
            known: &[("latency.mean", 2.0)],
        },
        Model {
            id: "MG1-WB05-0.8-LIFO",
            service: "discipline = \"lifo-preemptive\"\n\
                      service-time = { weibull = { shape = 0.5, mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"0.8/s\" }",
            requests: 60_000,
            known: &[("latency.mean", 5.0)],
        },
        Model {
            id: "MH2-0.5",
            service: "service-time = { hyperexponential = { mean = \"1s\", cv = 2 } }",
            arrivals: "poisson = { rate = \"0.5/s\" }",
            requests: 60_000,
            known: &[
                ("wait.mean", 2.5),
                ("wait.p90", 8.542_406_218_763_505),
                ("wait.p99", 24.108_704_126_108_57),
            ],
        },
    ]
}

/// G/M/1 (Kleinrock v1 ch.6), Erlang over Erlang (Lindley 1952), the shortest of two queues
/// (Haight 1958; Winston 1977).
fn renewal() -> Vec<Model<'static>> {
    vec![
        Model {
            id: "GM1-E10-0.8",
            service: "replicas = 10\nbalancer = \"round-robin\"\n\
                      service-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"8/s\" }",
            requests: 50_000,
            known: &[
                ("wait.positive", 0.657_800_175_719_108_3),
                ("latency.mean", 2.922_269_180_299_634),
            ],
        },
        Model {
            id: "GG1-E4E2",
            service: "service-time = { erlang = { k = 2, mean = \"1s\" } }",
            arrivals: "renewal = { interarrival = { erlang = { k = 4, mean = \"1.25s\" } } }",
            requests: 60_000,
            known: &[("wait.mean", 1.305_532_127_482_672)],
        },
        Model {
            id: "JSQ2-0.5",
            service: "replicas = 2\nbalancer = \"join-shortest-queue\"\n\
                      service-time = { exponential = { mean = \"1s\" } }",
            arrivals: "poisson = { rate = \"1/s\" }",
            requests: 40_000,
            known: &[("latency.mean", 1.426_320_751_167_24)],
        },
    ]
}

/// Standard errors between 0.5 and 1.75 times what the asymptotic variance says: MM1-AVN, MM1-AVW,
/// MMC-4-3.2-AVN (Whitt 1989, 1992; Daley 1968).
#[test]
fn standard_errors_have_the_size_that_theory_says() {
    let check = |results: &Results, figure: &str, variance: f64, length: f64| {
        let found = estimate(results, &format!("services.desk.{figure}"));
        let ratio = found.std_dev.expect("20 replications") / (variance / length).sqrt();
        assert!((0.5..1.75).contains(&ratio), "{figure}: {ratio}");
    };
    let requests = 60_000;
    let counted = f64::from(requests - requests / 6);
    for rate in [0.5, 0.8] {
        let queue = Mm1 {
            arrival_rate: rate,
            service_rate: 1.0,
        };
        let arrivals = format!("poisson = {{ rate = \"{rate}/s\" }}");
        let results = run(EXPONENTIAL, &arrivals, requests);
        let variance = queue.asymptotic_variance_in_system();
        check(&results, "in_system", variance, counted / rate);
        check(
            &results,
            "wait.mean",
            queue.asymptotic_variance_wait(),
            counted,
        );
    }
    let four = Mmc {
        arrival_rate: 3.2,
        service_rate: 1.0,
        servers: 4,
    };
    let service = format!("concurrency = 4\n{EXPONENTIAL}");
    let results = run(&service, "poisson = { rate = \"3.2/s\" }", requests);
    let variance = four
        .chain()
        .expect("below saturation")
        .asymptotic_variance();
    check(&results, "in_system", variance, counted / 3.2);
}

/// SM-8-0.25: a barrier; one request at a time has eight parts at once, and the next begins when all
/// are done (Harrison & Zertal 2007). MAXEXP-10: ten parts without queueing.
#[test]
fn barriers_wait_for_the_slowest_part() {
    let parts = |count: usize| vec!["{ service = \"part\" }"; count].join(", ");
    let scenario = |front: &str, count: usize, rate: f64| {
        text(&format!(
            "[run]\nseed = 31\nreplications = 20\nrequests = 30000\nwarmup-requests = 5000\n\
             [services.front]\n{front}\nservice-time = 0\ncalls = [[{}]]\n\
             [services.part]\nconcurrency = 100000\n{EXPONENTIAL}\n\
             [workloads.visitors]\ntarget = \"services.front\"\n\
             arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n",
            parts(count)
        ))
    };
    let latency = "workloads.visitors.latency.mean";
    let merged = scenario("concurrency = 1", 8, 0.25);
    agrees(&merged, 6.5, 0.03, &[(latency, 6.194_134_942_742_185)]);
    let tenth = scenario("concurrency = 100000", 10, 1.0);
    agrees(&tenth, 6.5, 0.01, &[(latency, 2.928_968_253_968_254)]);
}

/// STAGE-64-16 and WAVE-1: one stage of many tasks on sixteen slots, from an empty start.
#[test]
fn a_stage_is_done_with_its_last_task() {
    let scenario = |tasks: u32, time: &str, replications: u32| {
        text(&format!(
            "[run]\nseed = 31\nreplications = {replications}\nhorizon = \"terminating\"\n\
             [apps.pi.conf]\n\"spark.executor.instances\" = 1\n\"spark.executor.cores\" = 16\n\
             [apps.pi.stages.map]\ntasks = {tasks}\ntask-time = {time}\n\
             [workloads.once]\ntarget = \"apps.pi\"\narrivals = {{ at = [0] }}\n"
        ))
    };
    let drawn = scenario(64, "{ exponential = { mean = \"1s\" } }", 4000);
    let span = estimate(&drawn, "apps.pi.job_span.mean");
    let expected = 6.380_728_993_228_993;
    agrees(&drawn, 5.5, 0.02, &[("apps.pi.job_span.mean", expected)]);
    // STAGE-64-16-var: the variance of 4,000 makespans is known to about 3 %.
    let variance = span.std_dev.expect("4000 replications");
    let variance = variance * variance / 1.771_846_533_444_987;
    assert!((0.85..1.15).contains(&variance), "{variance}");
    let waves = scenario(100, "\"10s\"", 1);
    assert_eq!(mean(&waves, "apps.pi.job_span.mean"), 70.0);
}

/// DD1: a departure and an arrival at one instant do not meet; what ends at the end counts.
#[test]
fn a_deterministic_queue_counts_as_by_hand() {
    let results = text(
        "[run]\nreplications = 1\nduration = \"24s\"\n[services.desk]\nservice-time = \"1s\"\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { deterministic = { interval = \"1s\" } }\n",
    );
    for (figure, value) in [
        ("arrivals", 24.0),
        ("completed", 23.0),
        ("wait.mean", 0.0),
        ("in_flight", 1.0),
    ] {
        assert_eq!(mean(&results, &format!("services.desk.{figure}")), value);
    }
}

/// LITTLE-1: arrivals at 0, 1, 2, 5 with 2, 2, 1, 1 s of service, until 6 s.
#[test]
fn littles_law_is_an_identity_on_a_finite_path() {
    let results = text(
        "[run]\nreplications = 1\nduration = \"6s\"\n\
         [services.desk.endpoints]\nlong = { service-time = \"2s\" }\nshort = { service-time = \"1s\" }\n\
         [workloads.long]\ntarget = \"services.desk.long\"\narrivals = { at = [0, 1] }\n\
         [workloads.short]\ntarget = \"services.desk.short\"\narrivals = { at = [2, 5] }\n",
    );
    for (figure, value) in [
        ("in_system", 1.5),
        ("latency.mean", 2.25),
        ("utilization", 1.0),
    ] {
        assert_eq!(mean(&results, &format!("services.desk.{figure}")), value);
    }
}

/// PS-trace-1: 2 s of work at 0 and 1 s of work at 1 on one shared core are both done at 3. (The other
/// traces of sharing are in `disciplines`.)
#[test]
fn two_requests_share_a_core_and_end_together() {
    let results = text(
        "[run]\nreplications = 1\nhorizon = \"terminating\"\n\
         [services.desk]\ndiscipline = \"processor-sharing\"\n\
         [services.desk.endpoints]\nlong = { service-time = \"2s\" }\nshort = { service-time = \"1s\" }\n\
         [workloads.long]\ntarget = \"services.desk.long\"\narrivals = { at = [0] }\n\
         [workloads.short]\ntarget = \"services.desk.short\"\narrivals = { at = [1] }\n",
    );
    let latency = |endpoint| {
        mean(
            &results,
            &format!("services.desk.endpoints.{endpoint}.latency.max"),
        )
    };
    assert_eq!((latency("long"), latency("short")), (3.0, 2.0));
}
