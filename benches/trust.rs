//! Are the intervals honest, and are the verdicts right? `cargo bench --bench trust -- [EXPERIMENTS]`
//!
//! Coverage: so many independent experiments for each model, 20 replications of a length that is
//! enough for its percentiles (250 relaxation times, and 200 observations above p99, in each); how
//! many of the 95 % intervals hold the truth, which is a closed form or a numerical inversion of a transform. Error rates: half as
//! many comparisons and checks of a neutral change and of one at the margin, and the power against
//! a slowdown of 5 %. Plans: a tenth as many searches for an optimum that is known. What it prints
//! is in docs/trust.md.

use sparksim::experiment::{
    Baseline, Candidate, CheckRun, Comparison, Experiment, Plan, Unwatched, Verdict,
};
use sparksim::model::Model;
use sparksim::scenario::{Loaded, load_text};
use sparksim::stats::wilson_interval;
use sparksim::theory::{Mm1, Mmc};
use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::path::Path;

fn main() {
    let experiments = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let experiments: u32 = experiments.unwrap_or(2000);
    println!("{experiments} experiments of each model, 20 replications\n");
    println!("| model | figure | truth | coverage of 95 % intervals | 95 % interval of that |");
    println!("| --- | --- | ---: | ---: | --- |");
    for case in cases() {
        coverage(&case, experiments);
    }
    let trials = (experiments / 2).max(1);
    println!(
        "\n{trials} trials each; M/M/1 at 70 %, 20 replications of `compare`, `check` up to 160\n"
    );
    println!("| question | wrong or found |");
    println!("| --- | ---: |");
    errors(trials);
    plans((experiments / 20).max(1));
}

/// A model with known truths.
struct Case {
    name: &'static str,
    text: String,
    truths: Vec<(&'static str, f64)>,
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        mm1("M/M/1, load 0.5", 0.5),
        mm1("M/M/1, load 0.8", 0.8),
        mm8(),
    ];
    cases.push(mg1());
    cases.push(batch());
    cases
}

fn queue(rate: f64, service: &str, window: f64) -> String {
    format!(
        "[run]\nwarmup = \"{:.0}s\"\nduration = \"{:.0}s\"\nreplications = 20\n[services.desk]\n\
         {service}\n[workloads.users]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n",
        window / 10.0,
        window * 1.1
    )
}

/// At least so long, and 20,000 arrivals: 200 of them are above p99.
fn window(seconds: f64, rate: f64) -> f64 {
    seconds.max(20_000.0 / rate)
}

const EXPONENTIAL: &str = "service-time = { exponential = { mean = \"1s\" } }";
const FIGURES: [&str; 5] = [
    "services.desk.latency.mean",
    "services.desk.utilization",
    "services.desk.latency.p50",
    "services.desk.latency.p95",
    "services.desk.latency.p99",
];

fn mm1(name: &'static str, load: f64) -> Case {
    let theory = Mm1 {
        arrival_rate: load,
        service_rate: 1.0,
    };
    let idle = 1.0 - load.sqrt();
    let quantile = |p| theory.latency_quantile(p);
    let truths = [
        theory.latency(),
        load,
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
    ];
    Case {
        name,
        text: queue(load, EXPONENTIAL, window(250.0 / (idle * idle), load)),
        truths: FIGURES.into_iter().zip(truths).collect(),
    }
}

fn mm8() -> Case {
    let (load, servers) = (0.8_f64, 8);
    let theory = Mmc {
        arrival_rate: load * f64::from(servers),
        service_rate: 1.0,
        servers,
    };
    let idle = 1.0 - load.sqrt();
    let quantile = |p| theory.latency_quantile(p);
    let truths = [
        theory.latency(),
        load,
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
    ];
    let service = format!("concurrency = {servers}\n{EXPONENTIAL}");
    let window = window(250.0 / (8.0 * idle * idle), load * 8.0);
    Case {
        name: "M/M/8, load 0.8",
        text: queue(load * 8.0, &service, window),
        truths: FIGURES.into_iter().zip(truths).collect(),
    }
}

/// M/G/1 with lognormal service of mean 1 and cv 1.5 (Pollaczek and Khinchine).
fn mg1() -> Case {
    let (load, cv) = (0.6_f64, 1.5_f64);
    let sigma2 = libm::log(1.0 + cv * cv);
    let service = |s: Complex| lognormal_transform(s, -sigma2 / 2.0, sigma2.sqrt());
    let latency = move |s: Complex| {
        let of_service = service(s);
        let wait = s.scale(1.0 - load) / (s - Complex::real(load) + of_service.scale(load));
        wait * of_service
    };
    let mean = 1.0 + load * (1.0 + cv * cv) / (2.0 * (1.0 - load));
    let quantile = |p| quantile(&latency, p, mean);
    let truths = [mean, load, quantile(0.5), quantile(0.95), quantile(0.99)];
    let idle = 1.0 - load.sqrt();
    let window = window(250.0 * f64::midpoint(1.0, cv * cv) / (idle * idle), load);
    let service = "service-time = { lognormal = { mean = \"1s\", cv = 1.5 } }";
    Case {
        name: "M/G/1 lognormal (cv 1.5), load 0.6",
        text: queue(load, service, window),
        truths: FIGURES.into_iter().zip(truths).collect(),
    }
}

/// A stage of 24 exponential tasks on 8 slots: sixteen departures from full slots, then the slots
/// drain.
fn batch() -> Case {
    let (tasks, slots) = (24_u32, 8_u32);
    let transform = move |s: Complex| {
        let phase = |rate: f64| Complex::real(rate) / (Complex::real(rate) + s);
        let mut product = Complex::real(1.0);
        for busy in 1..=slots {
            product = product * phase(f64::from(busy));
        }
        for _ in slots..tasks {
            product = product * phase(f64::from(slots));
        }
        product
    };
    let drain: f64 = (1..=slots).map(|busy| 1.0 / f64::from(busy)).sum();
    let mean = f64::from(tasks - slots) / f64::from(slots) + drain;
    let text = "[run]\nduration = \"20000s\"\nwarmup = \"100s\"\nreplications = 20\n\
         [apps.etl]\n[apps.etl.conf]\n\"spark.executor.instances\" = 1\n\
         \"spark.executor.cores\" = 8\n[apps.etl.stages.map]\ntasks = 24\n\
         task-time = { exponential = { mean = \"1s\" } }\n[workloads.night]\n\
         target = \"apps.etl\"\narrivals = { poisson = { rate = \"0.06/s\" } }\n";
    let quantile = |p| quantile(&transform, p, mean);
    let truths = vec![
        ("apps.etl.latency.mean", mean),
        ("apps.etl.latency.p50", quantile(0.5)),
        ("apps.etl.latency.p95", quantile(0.95)),
        ("apps.etl.latency.p99", quantile(0.99)),
    ];
    Case {
        name: "Spark batch: 24 tasks, 8 slots",
        text: text.to_owned(),
        truths,
    }
}

fn loaded(text: &str, seed: u32) -> Loaded {
    let seed = [format!("run.seed={seed}")];
    let loaded = load_text("trust", text, Path::new("."), &seed);
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn coverage(case: &Case, experiments: u32) {
    let mut held = vec![0_u64; case.truths.len()];
    let mut known = held.clone();
    for seed in 1..=experiments {
        let loaded = loaded(&case.text, seed);
        let experiment = Experiment {
            model: &loaded.model,
            name: &loaded.name,
            not_modelled: &[],
            threads: 0,
        };
        let results = experiment.run(|| ()).expect("the audit holds");
        for (index, (metric, truth)) in case.truths.iter().enumerate() {
            let figure = results
                .figures
                .iter()
                .find(|figure| figure.metric == *metric);
            let estimate = figure.and_then(|figure| figure.estimate.as_ref().ok());
            if let Some((low, high)) = estimate.and_then(|estimate| estimate.interval) {
                known[index] += 1;
                held[index] += u64::from(low <= *truth && *truth <= high);
            }
        }
    }
    for (index, (metric, truth)) in case.truths.iter().enumerate() {
        let share = held[index] as f64 / known[index] as f64 * 100.0;
        let (low, high) = wilson_interval(held[index], known[index], 0.95).unwrap_or((0.0, 1.0));
        println!(
            "| {} | {metric} | {truth:.5} | {share:.1} % | {:.1} to {:.1} % |",
            case.name,
            low * 100.0,
            high * 100.0
        );
    }
}

/// M/M/1 at 70 % with a service time, a name for its streams, and a margin.
fn desk(seed: u32, mean: f64, workload: &str, margin: f64) -> Model {
    let text = format!(
        "[run]\nduration = \"3300s\"\nwarmup = \"300s\"\n[services.desk]\n\
         service-time = {{ exponential = {{ mean = {mean} }} }}\n[workloads.{workload}]\n\
         target = \"services.desk\"\narrivals = {{ poisson = {{ rate = \"0.7/s\" }} }}\n\
         [[checks]]\nmetric = \"services.desk.latency.mean\"\nmargin = {margin}\n"
    );
    loaded(&text, seed).model
}

/// By how much a service that is 5 % slower makes latencies longer, as a share.
fn slowdown() -> f64 {
    (1.0 / (1.0 / 1.05 - 0.7)) / (1.0 / 0.3) - 1.0
}

fn errors(trials: u32) {
    let (mut neutral, mut power) = (0, 0);
    let (mut passed, mut failed, mut at_margin, mut found) = (0, 0, 0, 0);
    for seed in 1..=trials {
        let old = desk(seed, 1.0, "users", 0.0);
        neutral += u32::from(is_different(&old, &desk(seed, 1.0, "others", 0.0)));
        // The service time that makes the mean latency 5 % longer: 1/(1/s − 0.7) = 1.05/0.3.
        let slower = 1.0 / (0.3 / 1.05 + 0.7);
        power += u32::from(is_different(&old, &desk(seed, slower, "users", 0.0)));
        let baseline = baseline(&old);
        match verdict(&desk(seed, 1.0, "others", 0.0), &baseline) {
            Verdict::Pass => passed += 1,
            Verdict::Fail => failed += 1,
            Verdict::Undecided => {}
        }
        let margin = desk(seed, 1.05, "others", slowdown());
        at_margin += u32::from(verdict(&margin, &baseline) == Verdict::Pass);
        found += u32::from(verdict(&desk(seed, slower, "users", 0.0), &baseline) == Verdict::Fail);
    }
    let row = |question: &str, count: u32| println!("| {question} | {count} of {trials} |");
    row(
        "`compare` calls a neutral change (fresh streams) a difference",
        neutral,
    );
    row(
        "`check`, margin 0, fails a neutral change (fresh streams)",
        failed,
    );
    row(
        "`check`, margin 0, passes a neutral change, which is not better",
        passed,
    );
    row(
        "`check` passes an effect that stands at the margin (18.9 %)",
        at_margin,
    );
    row("`compare` finds mean latency 5 % longer", power);
    row("`check`, margin 0, finds mean latency 5 % longer", found);
}

fn is_different(old: &Model, new: &Model) -> bool {
    let comparison = Comparison {
        alternatives: vec![("old".to_owned(), old), ("new".to_owned(), new)],
        metrics: vec!["services.desk.latency.mean".to_owned()],
        all_pairs: false,
        replications: 20,
        threads: 0,
    };
    let compared = comparison.run(&Unwatched).expect("the audit holds");
    compared.rows[0].is_decided()
}

fn check<'a>(model: &'a Model, baseline: Option<&'a Baseline>) -> CheckRun<'a> {
    CheckRun {
        model,
        settings: BTreeMap::new(),
        baseline,
        threads: 0,
    }
}

fn baseline(model: &Model) -> Baseline {
    check(model, None)
        .baseline(&Unwatched)
        .expect("the audit holds")
}

fn verdict(model: &Model, baseline: &Baseline) -> Verdict {
    let report = check(model, Some(baseline)).run(&Unwatched);
    report.expect("the baseline fits").verdict()
}

/// M/M/c with c nodes: five are the fewest that keep the promise.
fn plans(seeds: u32) {
    let (mut right, mut spent, mut all) = (0, 0, 0);
    for seed in 1..=seeds {
        let points: Vec<Model> = (2..=12)
            .map(|servers| {
                let text = format!(
                    "[run]\nrequests = 2000\nwarmup-requests = 400\n[nodes.farm]\n\
                     count = {servers}\ncpu = \"1\"\nmemory = \"1Gi\"\nprice = 1\n\
                     [services.desk]\nreplicas = {servers}\nqueue = \"central\"\n\
                     requests = {{ cpu = \"1\" }}\n{EXPONENTIAL}\n[workloads.users]\n\
                     target = \"services.desk\"\narrivals = {{ poisson = {{ rate = \"3/s\" }} }}\n\
                     [[checks]]\nmetric = \"services.desk.latency.mean\"\nbelow = \"1.2s\"\n"
                );
                loaded(&text, seed).model
            })
            .collect();
        let candidates = points.iter().enumerate().map(|(index, model)| Candidate {
            name: format!("{}", index + 2),
            coordinates: vec![index],
            model,
        });
        let plan = Plan {
            candidates: candidates.collect(),
            minimize: "cluster.cost_per_hour".to_owned(),
            monotone: vec![false],
            budget: 160,
            runners_up: 0,
            n_minus: 0,
            threads: 0,
        };
        let planned = plan.run(&Unwatched).expect("the plan makes sense");
        let best = planned.best.map(|best| planned.tried[best].name.as_str());
        right += u32::from(best == Some("5"));
        spent += planned.replications;
        all += planned.brute_force;
    }
    println!("| `plan` finds the cheapest of 11 farms | {right} of {seeds} |");
    let share = spent as f64 / all as f64 * 100.0;
    println!("| … with so many of the brute-force replications | {share:.1} % |");
}

/// A complex number, for transforms.
#[derive(Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn real(re: f64) -> Self {
        Self { re, im: 0.0 }
    }

    fn scale(self, factor: f64) -> Self {
        Self {
            re: self.re * factor,
            im: self.im * factor,
        }
    }
}

impl std::ops::Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }
}

impl std::ops::Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.scale(-1.0)
    }
}

impl std::ops::Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl std::ops::Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let norm = other.re * other.re + other.im * other.im;
        let conjugate = Self {
            re: other.re,
            im: -other.im,
        };
        (self * conjugate).scale(1.0 / norm)
    }
}

/// E exp(−sX) of a lognormal law by the trapezoidal rule over its normal variable.
fn lognormal_transform(s: Complex, mu: f64, sigma: f64) -> Complex {
    const STEPS: i32 = 6000;
    const REACH: f64 = 8.5;
    let step = REACH / f64::from(STEPS);
    let mut sum = Complex::real(0.0);
    for index in -STEPS..=STEPS {
        let z = f64::from(index) * step;
        let x = libm::exp(mu + sigma * z);
        let weight = libm::exp(-z * z / 2.0 - s.re * x);
        sum = sum
            + Complex {
                re: weight * libm::cos(s.im * x),
                im: -weight * libm::sin(s.im * x),
            };
    }
    sum.scale(step / (2.0 * PI).sqrt())
}

/// The distribution function at `t` from the transform of its density (J. Abate and W. Whitt, the
/// Euler algorithm, ORSA Journal on Computing 7, 1995).
fn distribution(transform: &impl Fn(Complex) -> Complex, t: f64) -> f64 {
    const TERMS: u32 = 30;
    const AVERAGED: u32 = 14;
    let a = 18.4;
    let value = |k: u32| {
        let s = Complex {
            re: a / (2.0 * t),
            im: PI * f64::from(k) / t,
        };
        (transform(s) / s).re
    };
    let scale = libm::exp(a / 2.0) / t;
    let mut sum = scale / 2.0 * value(0);
    let mut binomial = 1.0;
    let (mut result, mut weight) = (0.0, 0.0);
    for k in 1..=TERMS + AVERAGED {
        let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        sum += sign * scale * value(k);
        if k >= TERMS {
            let index = k - TERMS;
            result += binomial * sum;
            weight += binomial;
            binomial *= f64::from(AVERAGED - index) / f64::from(index + 1);
        }
    }
    result / weight
}

fn quantile(transform: &impl Fn(Complex) -> Complex, p: f64, mean: f64) -> f64 {
    let (mut low, mut high) = (mean / 1000.0, mean * 100.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if distribution(transform, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
