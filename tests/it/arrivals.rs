//! Arrival processes: rates, variability, shapes, and queues behind them against theory.
//!
//! Limits are those of `queueing`. Numbers of arrivals are read off a service that never refuses
//! anybody; where counts of a window are compared, the window is the whole run or a part of it cut
//! out by `warmup`.

use crate::simulate::{agrees, estimate, mean, run, text};
use sparksim::experiment::Results;
use sparksim::scenario::load_text;

const RUN: &str =
    "[run]\nseed = 21\nrequests = 80000\nwarmup-requests = 10000\nreplications = 20\n";

const EXPONENTIAL: &str = "service-time = { exponential = { mean = \"1s\" } }\n";

fn scenario(run: &str, service: &str, arrivals: &str) -> String {
    format!(
        "{run}[services.desk]\n{service}\n[workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {arrivals}\n"
    )
}

/// Arrivals within (`from`, `to`] seconds, over so many replications.
fn counts(arrivals: &str, from: u32, to: u32, replications: u32) -> sparksim::experiment::Estimate {
    let warmup = if from > 0 {
        format!("warmup = {from}\n")
    } else {
        String::new()
    };
    let run = format!("[run]\nseed = 22\nduration = {to}\n{warmup}replications = {replications}\n");
    let results = text(&scenario(
        &run,
        "concurrency = 1000000\nservice-time = 0",
        arrivals,
    ));
    estimate(&results, "services.desk.arrivals")
}

/// Mean and variance of a Poisson number with that mean.
fn is_poisson(arrivals: &str, (from, to): (u32, u32), expected: f64) {
    let replications = 300;
    let found = counts(arrivals, from, to, replications);
    let std_dev = found.std_dev.unwrap();
    let t = (found.mean - expected) / (std_dev / f64::from(replications).sqrt());
    let dispersion = std_dev * std_dev / expected;
    // The variance ratio has a standard deviation of √(2/299) = 0.082.
    assert!(
        t.abs() < 5.0 && (dispersion - 1.0).abs() < 0.4,
        "{arrivals} from {from} to {to}: {} is not {expected} (t = {t:.2}), dispersion {dispersion:.3}",
        found.mean,
    );
}

/// Queues with one server: GM1-D-0.8, GM1-U-0.8, GG1-E2E2.
#[test]
fn renewal_arrivals_queue_as_theory_says() {
    let uniform = "{ uniform = { min = 0, max = \"2.5s\" } }";
    let erlang = |k: u32, mean: f64| format!("{{ erlang = {{ k = {k}, mean = {mean} }} }}");
    let erlang_service = "service-time = { erlang = { k = 2, mean = \"1s\" } }\n";
    let renewal = |gap: &str| format!("{{ renewal = {{ interarrival = {gap} }} }}");
    for (arrivals, service, wait, tolerance) in [
        (
            "{ deterministic = { interval = \"1.25s\" } }".to_owned(),
            EXPONENTIAL,
            1.692_730_839_919_897,
            0.02,
        ),
        (renewal(uniform), EXPONENTIAL, 2.520_777_845_472_103, 0.02),
        (
            renewal(&erlang(2, 1.25)),
            erlang_service,
            1.865_268_048_139_048,
            0.02,
        ),
    ] {
        let results = text(&scenario(RUN, service, &arrivals));
        let expected = [("services.desk.wait.mean", wait)];
        agrees(&results, 6.5, tolerance, &expected);
    }
}

/// MMPP(2)/M/1: MMPP-L and MMPP-T (Neuts 1981).
#[test]
fn modulated_arrivals_queue_as_theory_says() {
    let run = "[run]\nseed = 23\nduration = \"200000s\"\nwarmup = \"2000s\"\nreplications = 20\n";
    let results = text(&scenario(
        run,
        EXPONENTIAL,
        "{ mmpp = { rates = [\"0.4/s\", \"2/s\"], mean-sojourns = [\"20s\", \"6.666666667s\"] } }",
    ));
    agrees(
        &results,
        6.5,
        0.05,
        &[
            ("services.desk.arrivals", 0.8 * 198_000.0),
            ("services.desk.in_system", 14.378_847_469_125_4),
            ("services.desk.latency.mean", 17.973_559_336_406_75),
        ],
    );
}

/// The index of dispersion of an interrupted Poisson process, and its stationary start: on for 1 s
/// and off for 3 s, the mean number in (0, t] is t from the first second on, and its variance is
/// known (Fischer and Meier-Hellstern 1993): Var/E = 1 + 2 v (t − (1 − e^(−rt))/r)/t, where the rate
/// has variance λ²pq, correlations fall as e^(−rt), r = 1 + 1/3, and v = λ²pq/(r·λp).
#[test]
fn an_interrupted_process_starts_in_the_long_run_and_is_as_bursty_as_theory_says() {
    let arrivals = "{ mmpp = { rates = [\"40/s\", \"0/s\"], mean-sojourns = [\"1s\", \"3s\"] } }";
    let (rate, on, relaxation) = (40.0, 0.25, 4.0 / 3.0);
    for seconds in [1_u32, 10] {
        let t = f64::from(seconds);
        let found = counts(arrivals, 0, seconds, 1000);
        let (expected, std_dev) = (rate * on * t, found.std_dev.unwrap());
        let ratio = rate * (1.0 - on) / relaxation;
        let memory = (1.0 - libm::exp(-relaxation * t)) / relaxation;
        let dispersion = 1.0 + 2.0 * ratio * (t - memory) / t;
        let z = (found.mean - expected) / (dispersion * expected / 1000.0).sqrt();
        assert!(z.abs() < 5.0, "{seconds} s: {} (z = {z:.2})", found.mean);
        let observed = std_dev * std_dev / expected;
        // The standard deviation of a variance over 1,000 replications is about 5 % of it here.
        assert!(
            (observed / dispersion - 1.0).abs() < 0.2,
            "{observed}, {dispersion}"
        );
    }
}

/// The rate is 10·(1 + sin(2πt/40)), with its peak at 10 s: quarters of the period have means
/// 100 ± 400/2π, and the second period is like the first.
#[test]
fn diurnal_arrivals_follow_the_sine() {
    let arrivals = "{ diurnal = { rate = \"10/s\", peak-ratio = 2, period = \"40s\" } }";
    let swing = 400.0 / std::f64::consts::TAU;
    for (quarter, expected) in [
        (1, 100.0 + swing),
        (2, 100.0 - swing),
        (5, 100.0 + swing),
        (7, 100.0 - swing),
    ] {
        is_poisson(arrivals, (10 * quarter, 10 * quarter + 10), expected);
    }
    // The other way round, by the time of the day: a run that starts at midnight peaks at 00:00:30.
    let shifted =
        "{ diurnal = { rate = \"10/s\", peak-ratio = 2, period = \"40s\", peak-at = 30 } }";
    is_poisson(shifted, (0, 10), 100.0 - swing);
}

/// MTMINF-3, -6, -12: a sinusoidal load on servers without end, in its periodic state (Eick, Massey
/// and Whitt 1993). Levels are averages over the minute around the time.
#[test]
fn a_sinusoidal_load_fills_servers_as_theory_says() {
    for (hour, expected) in [
        (3.0, 65.104_850_466_999_79),
        (6.0, 74.578_848_077_842_40),
        (12.0, 53.217_363_689_793_72),
    ] {
        let run = format!(
            "[run]\nseed = 24\nwarmup = {}\nduration = {}\nreplications = 400\n",
            (24.0 + hour) * 3600.0 - 30.0,
            (24.0 + hour) * 3600.0 + 30.0
        );
        let results = text(&scenario(
            &run,
            "concurrency = 1000000\nservice-time = { exponential = { mean = \"30m\" } }",
            "{ diurnal = { rate = \"100/h\", peak-ratio = 1.5 } }",
        ));
        agrees(
            &results,
            5.0,
            0.05,
            &[("services.desk.in_system", expected)],
        );
    }
}

/// MMINF-t1, -t5 and -t10: M/M/∞ from empty (Takács 1962); levels are averages over the last 20 ms, whose
/// curvature is below all noise.
#[test]
fn servers_without_end_fill_up_as_theory_says() {
    for (time, expected) in [
        (1.0, 15.738_773_611_494_66),
        (5.0, 36.716_600_055_044_05),
        (10.0, 39.730_482_120_036_58),
    ] {
        let run = format!(
            "[run]\nseed = 25\nwarmup = {}\nduration = {}\nreplications = 1500\n",
            time - 0.01,
            time + 0.01
        );
        let results = text(&scenario(
            &run,
            "concurrency = 1000000\nservice-time = { exponential = { mean = \"2s\" } }",
            "{ poisson = { rate = \"20/s\" } }",
        ));
        agrees(
            &results,
            5.0,
            0.02,
            &[("services.desk.in_system", expected)],
        );
    }
}

#[test]
fn steps_change_the_rate_and_nothing_arrives_before_the_first() {
    let arrivals = "{ steps = [{ at = 10, rate = \"20/s\" }, { at = 20, rate = \"5/s\" }, \
                    { at = 30, rate = \"0/s\" }, { at = 50, rate = \"8/s\" }] }";
    assert_eq!(counts(arrivals, 0, 10, 3).mean, 0.0);
    is_poisson(arrivals, (10, 20), 200.0);
    is_poisson(arrivals, (15, 25), 125.0);
    is_poisson(arrivals, (20, 60), 130.0);
}

/// BATCH-4 and BATCHC-16-8 (Gross and Harris); with geometric sizes of mean 2,
/// M^\[X\]/M/1 at 0.6 has ρ(E\[X²\]/E\[X\] + 1)/(2(1 − ρ)) = 3 in system.
#[test]
fn batches_queue_as_theory_says() {
    let batch = |rate: f64, size: &str| {
        format!("{{ batch = {{ of = {{ poisson = {{ rate = \"{rate}/s\" }} }}, size = {size} }} }}")
    };
    for (concurrency, rate, size, in_system) in [
        (1, 0.2, "4", 10.0),
        (8, 0.35, "16", 20.875_886_524_822_71),
        (1, 0.3, "{ geometric = { mean = 2 } }", 3.0),
    ] {
        let service = format!("concurrency = {concurrency}\n{EXPONENTIAL}");
        let results = text(&scenario(RUN, &service, &batch(rate, size)));
        agrees(
            &results,
            6.5,
            0.05,
            &[("services.desk.in_system", in_system)],
        );
    }
}

/// A batch of three every 10 s, each served for 1 s: waits of 0, 1 and 2 s.
#[test]
fn a_batch_arrives_at_one_instant() {
    let results = text(&scenario(
        "[run]\nrequests = 30\nreplications = 1\n",
        "service-time = \"1s\"",
        "{ batch = { of = { deterministic = { interval = \"10s\" } }, size = 3 } }",
    ));
    assert_eq!(mean(&results, "services.desk.wait.mean"), 1.0);
    assert_eq!(mean(&results, "services.desk.wait.max"), 2.0);
    assert_eq!(mean(&results, "services.desk.arrivals"), 30.0);
}

/// Midnight is the start: 02:00 on ten days is ten arrivals; a jitter moves them within its hour.
#[test]
fn a_crontab_arrives_by_the_clock() {
    let run = "[run]\nstart = \"Mon 00:00\"\nduration = \"10d\"\nreplications = 4\n";
    let daily = |jitter: &str| format!("{{ cron = {{ at = \"0 2 * * *\"{jitter} }} }}");
    let exact = text(&scenario(run, "service-time = \"22h\"", &daily("")));
    assert_eq!(mean(&exact, "services.desk.arrivals"), 10.0);
    // Busy from 02:00 to midnight of each day.
    assert_eq!(mean(&exact, "services.desk.utilization"), 22.0 / 24.0);
    let late = daily(", jitter = \"1h\"");
    let jittered = text(&scenario(run, "service-time = \"22h\"", &late));
    // The tenth is cut by the end of the run; the others are served within their day or the next.
    let busy = mean(&jittered, "services.desk.utilization");
    assert!(busy < 22.0 / 24.0 && 0.9 < busy, "{busy}");
    let weekly = "{ cron = { at = \"0 2 * * mon\" } }";
    let weeks = text(&scenario(run, "service-time = 0", weekly));
    assert_eq!(mean(&weeks, "services.desk.arrivals"), 2.0);
}

/// What is observed of gaps, service times and waits: M/G/1 with Erlang service, whose waits have
/// Var W = λE[S³]/3(1 − ρ) + W² (Kleinrock, volume 1, section 5.7), and gaps of any law as they are.
#[test]
fn observed_means_and_variabilities_are_those_of_the_laws() {
    let service = "service-time = { erlang = { k = 2, mean = \"1s\" } }";
    let results = text(&scenario(
        RUN,
        service,
        "{ poisson = { rate = \"0.7/s\" } }",
    ));
    let wait = 0.7 * 1.5 / (2.0 * 0.3);
    let variance: f64 = 0.7 * 3.0 / (3.0 * 0.3) + wait * wait;
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.desk.interarrival.mean", 1.0 / 0.7),
            ("services.desk.interarrival.cv", 1.0),
            ("services.desk.service.mean", 1.0),
            ("services.desk.service.cv", 0.5_f64.sqrt()),
            ("services.desk.wait.cv", variance.sqrt() / wait),
        ],
    );
    let gaps = "{ renewal = { interarrival = { gamma = { mean = 2, cv = 1.5 } } } }";
    let results = text(&scenario(RUN, "service-time = \"1s\"", gaps));
    agrees(
        &results,
        6.5,
        0.02,
        &[("services.desk.interarrival.cv", 1.5)],
    );
    assert_eq!(mean(&results, "services.desk.service.cv"), 0.0);
    let regular = "{ deterministic = { interval = \"1.25s\" } }";
    let results = text(&scenario(RUN, "service-time = \"1s\"", regular));
    assert_eq!(mean(&results, "services.desk.interarrival.cv"), 0.0);
    assert_eq!(mean(&results, "services.desk.interarrival.mean"), 1.25);
}

/// Runs a scenario beside a trace.
fn traced(csv: &str, scenario: &str) -> Results {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("trace.csv"), csv).unwrap();
    let loaded = load_text("test", scenario, directory.path(), &[]);
    run(&loaded.unwrap_or_else(|error| panic!("{error}")), 0)
}

/// LITTLE-1: arrivals at 0, 1, 2 and 5 s with 2, 2, 1 and 1 s of work leave at 2, 4, 5 and 6 s.
#[test]
fn a_trace_is_replayed_to_the_nanosecond() {
    let rows = "at,work,kind,class\n0,2,a,gold\n1s,2,b,\n2,1s,a,gold\n5000ms,1,b,\n";
    let scenario = "[run]\nduration = 6\nreplications = 1\n[classes.gold]\npriority = 1\n\
                    [services.desk.endpoints]\na.service-time = 9\nb.service-time = 9\n\
                    [workloads.visitors]\ntarget = \"services.desk\"\n\
                    arrivals = { trace = { file = \"trace.csv\", column = \"at\", size = \"work\", \
                    endpoint = \"kind\", class = \"class\" } }\n";
    let results = traced(rows, scenario);
    for (figure, value) in [
        ("services.desk.in_system", 9.0 / 6.0),
        ("services.desk.latency.mean", 9.0 / 4.0),
        ("services.desk.utilization", 1.0),
        ("services.desk.endpoints.a.latency.mean", 2.5),
        ("services.desk.endpoints.b.latency.mean", 2.0),
        ("services.desk.classes.gold.latency.mean", 2.5),
        ("services.desk.classes.default.completed", 2.0),
        ("workloads.visitors.latency.mean", 9.0 / 4.0),
        ("services.desk.interarrival.mean", 5.0 / 3.0),
        ("services.desk.service.mean", 1.5),
    ] {
        let found = mean(&results, figure);
        assert!((found - value).abs() < 1e-12, "{figure}: {found}");
    }
}

/// Two submissions, a second apart, of one task of 4 s each: a terminating run needs no duration.
#[test]
fn a_trace_submits_applications_and_comes_to_an_end() {
    let scenario = "[run]\nhorizon = \"terminating\"\nreplications = 1\n\
                    [apps.batch.stages]\nmap = { tasks = 1, task-time = 4 }\n\
                    [workloads.nightly]\ntarget = \"apps.batch\"\n\
                    arrivals = { trace = { file = \"trace.csv\", column = \"at\" } }\n";
    let results = traced("at\n1\n2\n", scenario);
    assert_eq!(mean(&results, "apps.batch.finished"), 2.0);
    assert_eq!(mean(&results, "apps.batch.latency.max"), 4.0);
    assert_eq!(mean(&results, "workloads.nightly.latency.mean"), 4.0);
}

/// DD1: arrivals at 1, 2, … s for 1 s each, until 24 s. Who departs makes room for who arrives.
#[test]
fn departures_come_before_arrivals_and_both_before_the_end() {
    let results = text(&scenario(
        "[run]\nduration = 24\nreplications = 1\n",
        "service-time = \"1s\"",
        "{ deterministic = { interval = \"1s\" } }",
    ));
    assert_eq!(mean(&results, "services.desk.arrivals"), 24.0);
    assert_eq!(mean(&results, "services.desk.completed"), 23.0);
    assert_eq!(mean(&results, "services.desk.wait.max"), 0.0);
}
