//! Whether `plan` finds an optimum that is known, and with how little.

use crate::ledger::Ledger;
use crate::models::{EXPONENTIAL, loaded};
use sparksim::experiment::{Candidate, Plan, Unwatched};
use sparksim::model::Model;

/// Seed by seed, as Markdown.
pub(crate) fn table(ledger: &Ledger, seeds: u32) -> String {
    eprintln!("plans");
    let found = ledger.trials("plans", seeds, trial);
    let (mut right, mut spent, mut all) = (0, 0_u64, 0_u64);
    let mut most = 0.0_f64;
    for found in &found {
        let fields: Vec<u64> = found.split(',').filter_map(|it| it.parse().ok()).collect();
        right += u32::from(fields[0] == 5);
        spent += fields[1];
        all += fields[2];
        most = most.max(fields[1] as f64 / fields[2] as f64);
    }
    format!(
        "| question | |\n| --- | ---: |\n\
         | `plan` finds the cheapest of 11 farms | {right} of {seeds} |\n\
         | … with so many of the brute-force replications, on average | {:.1} % |\n\
         | … at most | {:.1} % |\n",
        spent as f64 / all as f64 * 100.0,
        most * 100.0
    )
}

/// M/M/c with c nodes, of which five are the fewest that keep the promise: what is chosen (0:
/// nothing), its replications, and those of brute force.
fn trial(seed: u32) -> String {
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
        threads: 1,
    };
    let planned = plan.run(&Unwatched).expect("the plan makes sense");
    let best = planned.best.map(|best| planned.tried[best].name.clone());
    let best = best.unwrap_or_else(|| "0".to_owned());
    format!("{best},{},{}", planned.replications, planned.brute_force)
}
