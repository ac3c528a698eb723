//! Who pays for nodes: by hand, and that nothing is paid twice or by nobody.

use crate::simulate::{figure, mean, text};
use proptest::prelude::*;

/// A node of 10 cores and 40 GiB for 4 an hour. Its cores would cost 10 × 0.031611 = 0.31611 and its
/// memory 40 × 0.004237 = 0.16948, so 0.31611/0.48559 of the price is for cores.
#[test]
fn a_container_pays_for_what_it_requests() {
    let results = text(
        r#"
[run]
duration = "2h"
replications = 1
[nodes.worker]
count = 2
cpu = "10"
memory = "40Gi"
price = 4
[services.cores]
requests = { cpu = "5" }
service-time = "1s"
[services.memory]
requests = { memory = "10Gi" }
replicas = 2
service-time = "1s"
[workloads.visitors]
target = "services.cores"
arrivals = { deterministic = { interval = "1h" } }
"#,
    );
    let cores = 0.31611 / (0.31611 + 0.16948);
    let near = |metric: &str, value: f64| {
        let found = mean(&results, metric);
        assert!(
            (found - value).abs() < 1e-9,
            "{metric}: {found} is not {value}"
        );
    };
    near("services.cores.cost", 2.0 * 4.0 * cores / 2.0);
    near("services.memory.cost", 2.0 * 4.0 * (1.0 - cores) / 2.0);
    near("cluster.cost", 16.0);
    near("cluster.idle_cost", 12.0);
    near("nodes.worker.cost", 16.0);
    assert!(
        results
            .figures
            .iter()
            .all(|figure| figure.metric != "cluster.unbudgeted_cost")
    );
}

#[test]
fn without_prices_nothing_is_said_of_costs() {
    let results = text(
        "[run]\nduration = \"1h\"\nreplications = 1\n[nodes.worker]\ncpu = \"4\"\nmemory = \"8Gi\"\n\
         [services.desk]\nservice-time = \"1s\"\n[workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { deterministic = { interval = \"1h\" } }\n",
    );
    assert!(
        results
            .figures
            .iter()
            .all(|figure| !figure.metric.contains("cost"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// The three cuts of the costs are cuts of the same sum, also where the window opens late, and
    /// nobody pays less than nothing.
    #[test]
    fn every_cut_adds_up_to_the_whole(
        apps in prop::collection::vec((1..4_u32, 1..4_u32, any::<bool>()), 1..4),
        prices in (0..5_u32, 1..9_u32),
        seed in 0..1000_u32,
    ) {
        let mut scenario = format!(
            "[run]\nseed = {seed}\nduration = \"20min\"\nwarmup = \"3min\"\nreplications = 2\n\
             [network]\ncross-zone-price = 20\n[storage.s3]\nbandwidth = \"200MB/s\"\n\
             request-size = \"8MB\"\nrequest-price = 3\nstored = \"5GB\"\nprice = 900\n\
             [nodes.a]\ncount = 2\nzones = [\"x\", \"y\"]\nnetwork = \"1Gbps\"\ncpu = \"8\"\nmemory = \"16Gi\"\nprice = 0.{}\n\
             reserved = {{ cpu = \"500m\", memory = \"1Gi\" }}\n\
             [nodes.b]\nzones = [\"y\"]\ncpu = \"4\"\nmemory = \"64Gi\"\nprice = {}\n[budgets.all]\n\
             [budgets.part]\nparent = \"all\"\n[services.desk]\nrequests = {{ cpu = \"1\" }}\n\
             service-time = \"1s\"\nvolumes = {{ size = \"50GB\", attach-time = 5, price = 9 }}\n",
            prices.0, prices.1
        );
        for (index, (cores, executors, budgeted)) in apps.iter().enumerate() {
            let budget = if *budgeted { "budget = \"part\"\n" } else { "" };
            let tenant = format!(
                "[apps.t{index}]\n{budget}conf = {{ \"spark.executor.instances\" = {executors}, \
                 \"spark.executor.cores\" = {cores} }}\n[apps.t{index}.stages.map]\ntasks = 12\n\
                 input = {{ size = \"20MB\", storage = \"s3\" }}\nshuffle-write = \"9MB\"\n\
                 output = {{ size = \"30MB\", storage = \"s3\" }}\n\
                 task-time = {{ exponential = {{ mean = \"3s\" }} }}\n[apps.t{index}.stages.sum]\n\
                 parents = [\"map\"]\ntasks = 3\ntask-time = \"1s\"\n[workloads.t{index}]\n\
                 target = \"apps.t{index}\"\narrivals = {{ poisson = {{ rate = \"2/min\" }} }}\n"
            );
            scenario.push_str(&tenant);
        }
        let results = text(&scenario);
        let in_each = |metric: &str| -> Vec<f64> {
            let values = &figure(&results, metric).per_replication;
            values.iter().map(|value| value.unwrap()).collect()
        };
        let names: Vec<String> = results.figures.iter().map(|it| it.metric.clone()).collect();
        let sum = |wanted: &dyn Fn(&str) -> bool| -> Vec<f64> {
            let costs = names.iter().filter(|name| name.ends_with("cost") && wanted(name));
            costs.fold(vec![0.0; 2], |sum, name| {
                sum.iter().zip(in_each(name)).map(|(sum, cost)| sum + cost).collect()
            })
        };
        let users = sum(&|name| name.starts_with("services.") || name.starts_with("apps."));
        let pools = sum(&|name| name.starts_with("nodes."));
        let budgets = sum(&|name| name == "budgets.all.cost" || name == "cluster.unbudgeted_cost");
        let (whole, idle) = (in_each("cluster.cost"), in_each("cluster.idle_cost"));
        let shared = in_each("cluster.shared_cost");
        for number in 0..2 {
            let idle = idle[number] + shared[number];
            let near = |sum: f64| (sum - whole[number]).abs() < 1e-9 * whole[number];
            prop_assert!(near(users[number] + idle));
            prop_assert!(near(budgets[number] + idle));
            prop_assert!(near(pools[number] + shared[number]));
            prop_assert!(shared[number] <= idle && 0.0 < users[number]);
            let stored = in_each("cluster.stored_cost")[number];
            prop_assert!(shared[number] < stored);
        }
        let moved = in_each("storage.s3.cost").iter().sum::<f64>();
        prop_assert!(0.0 < moved && in_each("cluster.volume_cost").iter().all(|cost| 0.0 < *cost));
        prop_assert_eq!(in_each("budgets.part.cost"), in_each("budgets.all.cost"));
    }
}
