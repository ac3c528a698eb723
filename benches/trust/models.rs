//! Models whose truths are known.

use crate::transform::{Complex, lognormal_transform, quantile};
use sparksim::scenario::{Loaded, load_text};
use sparksim::theory::{Mm1, Mmc};
use std::path::Path;

/// A model with known truths.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    pub(crate) truths: Vec<(&'static str, f64)>,
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
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

pub(crate) const EXPONENTIAL: &str = "service-time = { exponential = { mean = \"1s\" } }";
const FIGURES: [&str; 5] = [
    "services.desk.latency.mean",
    "services.desk.utilization",
    "services.desk.latency.p50",
    "services.desk.latency.p95",
    "services.desk.latency.p99",
];

/// Beside each figure of a queue: what it is.
fn truths(load: f64, latency: f64, quantile: impl Fn(f64) -> f64) -> Vec<(&'static str, f64)> {
    let values = [latency, load, quantile(0.5), quantile(0.95), quantile(0.99)];
    FIGURES.into_iter().zip(values).collect()
}

fn mm1(name: &'static str, load: f64) -> Case {
    let theory = Mm1 {
        arrival_rate: load,
        service_rate: 1.0,
    };
    let idle = 1.0 - load.sqrt();
    let truths = truths(load, theory.latency(), |p| theory.latency_quantile(p));
    Case {
        name,
        text: queue(load, EXPONENTIAL, window(250.0 / (idle * idle), load)),
        truths,
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
    let truths = truths(load, theory.latency(), |p| theory.latency_quantile(p));
    let service = format!("concurrency = {servers}\n{EXPONENTIAL}");
    let window = window(250.0 / (8.0 * idle * idle), load * 8.0);
    Case {
        name: "M/M/8, load 0.8",
        text: queue(load * 8.0, &service, window),
        truths,
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
    let truths = truths(load, mean, |p| quantile(&latency, p, mean));
    let idle = 1.0 - load.sqrt();
    let window = window(250.0 * f64::midpoint(1.0, cv * cv) / (idle * idle), load);
    let service = "service-time = { lognormal = { mean = \"1s\", cv = 1.5 } }";
    Case {
        name: "M/G/1 lognormal (cv 1.5), load 0.6",
        text: queue(load, service, window),
        truths,
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

/// What is ready to run.
pub(crate) fn loaded(text: &str, seed: u32) -> Loaded {
    let seed = [format!("run.seed={seed}")];
    let loaded = load_text("trust", text, Path::new("."), &seed);
    loaded.unwrap_or_else(|error| panic!("{error}"))
}
