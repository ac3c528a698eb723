//! The direct way through a service against its slow reference, the way for everybody.
//!
//! Patience of a million years changes nothing but the way: with it a service is not direct.

use crate::simulate::text;
use proptest::prelude::*;
use sparksim::experiment::Figure;

fn scenario(service: &str, patience: &str, horizon: &str, rates: (f64, f64)) -> String {
    format!(
        "[run]\nseed = 5\n{horizon}\nreplications = 2\n\
         [services.desk]\n{service}\n{patience}\
         [services.desk.endpoints]\n\
         short = {{ service-time = {{ exponential = {{ mean = \"1s\" }} }} }}\n\
         long = {{ service-time = {{ lognormal = {{ mean = \"3s\", cv = 2 }} }} }}\n\
         [workloads.one]\ntarget = \"services.desk.short\"\n\
         arrivals = {{ poisson = {{ rate = \"{}/s\" }} }}\n\
         [workloads.two]\ntarget = \"services.desk.long\"\n\
         arrivals = {{ deterministic = {{ interval = {} }} }}\n",
        rates.0, rates.1
    )
}

/// A figure without the doubts that theory casts on it: it does not know requests with patience.
fn undoubted(figure: &Figure) -> Figure {
    let mut figure = figure.clone();
    if let Ok(estimate) = &mut figure.estimate {
        estimate.doubt = None;
    }
    figure
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_direct_way_finds_what_the_way_for_everybody_finds(
        replicas in 1_u32..6,
        concurrency in 1_u32..4,
        capacity in prop::option::of(0_u32..6),
        balancer in prop::sample::select(vec![
            "random", "round-robin", "join-shortest-queue", "power-of-two", "central",
        ]),
        start in prop::sample::select(vec!["0", "\"5s\"", "{ exponential = { mean = \"20s\" } }"]),
        by_time in any::<bool>(),
        load in 0.3_f64..1.4,
    ) {
        let capacity = capacity.map_or(String::new(), |places| format!("queue-capacity = {places}\n"));
        let spread = match balancer {
            "central" => "queue = \"central\"".to_owned(),
            other => format!("balancer = \"{other}\""),
        };
        let service = format!(
            "replicas = {replicas}\nconcurrency = {concurrency}\n{capacity}{spread}\nstart-time = {start}"
        );
        let horizon = if by_time {
            "duration = \"300s\"\nwarmup = \"50s\""
        } else {
            "requests = 500\nwarmup-requests = 50"
        };
        let places = f64::from(replicas * concurrency);
        let rates = (load * places / 2.0, 6.0 / (load * places));
        let direct = text(&scenario(&service, "", horizon, rates));
        let patience = "patience = 3e13\n";
        let reference = text(&scenario(&service, patience, horizon, rates));
        prop_assert!(direct.figures.len() > 60);
        for (ours, theirs) in direct.figures.iter().zip(&reference.figures) {
            prop_assert_eq!(undoubted(ours), undoubted(theirs));
        }
        prop_assert_eq!(&direct.series, &reference.series);
    }
}
