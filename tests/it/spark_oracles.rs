//! Applications that are queues with known means.
//!
//! The names are those of the project's table of reference values.

use crate::simulate::{agrees, estimate, text};
use std::fmt::Write;

/// RESTART-10 (Asmussen et al. 2008): a task of 10 s on an executor that is killed every 20 s on
/// average and takes 1 s on average to come back begins again each time: (e^0.5 − 1)(20 + 1) s.
#[test]
fn a_task_that_begins_again_after_each_loss_takes_as_long_as_theory_says() {
    let results = text(
        r#"
[run]
seed = 5
duration = "200000s"
replications = 20
[cluster]
manager = "standalone"
[apps.a]
start-time = { exponential = { mean = "1s" } }
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 1, "spark.task.maxFailures" = 1000000 }
stages.work = { tasks = 1, task-time = "10s" }
[workloads.w]
target = "apps.a"
arrivals = { deterministic = { interval = "400s" } }
[faults.kills]
container-kill = { target = "apps.a", every = { exponential = { mean = "20s" } } }
"#,
    );
    let expected = 13.623_146_684_702_69;
    agrees(&results, 6.5, 0.03, &[("apps.a.run_time.mean", expected)]);
}

/// Each task a job of its own, so that the latency of jobs is the sojourn of tasks.
fn mean_sojourn(slots: u32, tasks: u32, rate: f64) -> (f64, f64) {
    let mut jobs = String::new();
    for task in 0..tasks {
        let stage = "stages.s = { tasks = 1, task-time = { exponential = { mean = \"1s\" } } }";
        write!(jobs, "[apps.a.jobs.j{task}]\n{stage}\n").unwrap();
    }
    let results = text(&format!(
        r#"
[run]
seed = 9
duration = "9000s"
warmup = "900s"
replications = 20
[apps.a]
deploy = "shared"
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = {slots} }}
{jobs}
[workloads.w]
target = "apps.a"
arrivals = {{ poisson = {{ rate = "{rate}/s" }} }}
"#
    ));
    let (mut sum, mut error) = (0.0, 0.0);
    for task in 0..tasks {
        let job = estimate(&results, &format!("apps.a.jobs.j{task}.latency.mean"));
        sum += job.mean;
        error += job.std_dev.unwrap() / f64::from(job.replications).sqrt();
    }
    // The jobs of one arrival are correlated: at worst their errors add up.
    (sum / f64::from(tasks), error / f64::from(tasks))
}

/// BATCH-4, BATCH-10 (Gross and Harris, by Little's law) and BATCHC-8-4-Ttask: jobs of so many tasks
/// on so many slots.
#[test]
fn tasks_of_jobs_wait_for_slots_as_theory_says() {
    for (slots, tasks, rate, expected) in [
        (1, 4, 0.2, 10.0 / 0.8),
        (1, 10, 0.08, 22.0 / 0.8),
        (4, 8, 0.35, 3.909_574_468_085_122),
    ] {
        let (mean, error) = mean_sojourn(slots, tasks, rate);
        let t = (mean - expected) / error;
        assert!(
            t.abs() < 6.5 && (mean / expected - 1.0).abs() < 0.1,
            "{tasks} tasks on {slots} slots: {mean} is not {expected} (t = {t:.2})"
        );
    }
}
