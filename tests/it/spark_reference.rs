//! Whole applications against a slow, obvious list scheduler, against bounds, and against instances
//! from the literature.

use crate::simulate::{mean, text};
use proptest::prelude::*;
use std::fmt::Write as _;

/// A stage: times of its tasks in seconds, and the stages before it.
#[derive(Clone, Debug)]
struct Stage {
    times: Vec<u32>,
    parents: Vec<usize>,
}

/// When the last task ends if free slots take the first task in the order of stages whose parents
/// are done: one second after the other.
fn list_schedule(stages: &[Stage], slots: usize) -> u32 {
    let mut waiting: Vec<Vec<u32>> = stages.iter().map(|stage| stage.times.clone()).collect();
    let mut running: Vec<(u32, usize)> = Vec::new();
    let mut now = 0;
    loop {
        let open = |stage: usize, waiting: &[Vec<u32>], running: &[(u32, usize)]| {
            !waiting[stage].is_empty() || running.iter().any(|(_, of)| *of == stage)
        };
        while running.len() < slots {
            let ready = (0..stages.len()).find(|stage| {
                let parents = &stages[*stage].parents;
                !waiting[*stage].is_empty()
                    && !parents
                        .iter()
                        .any(|parent| open(*parent, &waiting, &running))
            });
            let Some(stage) = ready else { break };
            let time = waiting[stage].remove(0);
            running.push((now + time, stage));
        }
        if running.is_empty() {
            return now;
        }
        now += 1;
        running.retain(|(end, _)| now < *end);
    }
}

/// The scenario of the same stages, each with its recorded times.
fn scenario(stages: &[Stage], slots: usize, conf: &str) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tasks.csv");
    let mut rows = "stage,partition,duration\n".to_owned();
    let mut tables = String::new();
    for (number, stage) in stages.iter().enumerate() {
        for (partition, time) in stage.times.iter().enumerate() {
            writeln!(rows, "{number},{partition},{time}").unwrap();
        }
        let parents: Vec<String> = stage.parents.iter().map(|p| format!("\"s{p}\"")).collect();
        writeln!(
            tables,
            "stages.s{number} = {{ tasks = {}, parents = [{}], task-time = {{ recorded = {{ file = \
             \"{}\", stage = {number} }} }} }}",
            stage.times.len(),
            parents.join(", "),
            file.display(),
        )
        .unwrap();
    }
    std::fs::write(&file, rows).unwrap();
    let results = text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
[apps.a]
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = {slots}{conf} }}
{tables}"#
    ));
    mean(&results, "apps.a.latency.mean")
}

fn random_stages() -> impl Strategy<Value = Vec<Stage>> {
    let stage = (prop::collection::vec(1_u32..20, 1..12), any::<u64>());
    prop::collection::vec(stage, 1..7).prop_map(|specs| {
        let stages = specs
            .into_iter()
            .enumerate()
            .map(|(number, (times, bits))| Stage {
                times,
                parents: (0..number)
                    .filter(|parent| bits >> parent & 1 == 1)
                    .collect(),
            });
        stages.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Random graphs of stages end when the slow scheduler says so, also where every result is
    /// remembered and slow tasks are looked for (on one node none can be copied); and list
    /// scheduling is never better than the work and the longest chain allow, nor worse than both
    /// together.
    #[test]
    fn random_applications_end_when_a_slow_scheduler_says(
        stages in random_stages(),
        slots in 1_usize..9,
    ) {
        let expected = f64::from(list_schedule(&stages, slots));
        prop_assert_eq!(scenario(&stages, slots, ""), expected);
        let speculates = ", \"spark.speculation\" = true";
        prop_assert_eq!(scenario(&stages, slots, speculates), expected);
        let fair = ", \"spark.scheduler.mode\" = \"FAIR\"";
        prop_assert_eq!(scenario(&stages, slots, fair), expected);
        let work: u32 = stages.iter().flat_map(|stage| &stage.times).sum();
        let work = f64::from(work) / slots as f64;
        let mut chains: Vec<f64> = Vec::new();
        for stage in &stages {
            let before = stage.parents.iter().map(|parent| chains[*parent]).fold(0.0, f64::max);
            let longest = stage.times.iter().copied().max().unwrap_or(0);
            chains.push(before + f64::from(longest));
        }
        let chain = chains.into_iter().fold(0.0, f64::max);
        prop_assert!(work.max(chain) <= expected);
        prop_assert!(expected <= work + chain);
    }
}

fn single(time: u32, parents: &[usize]) -> Stage {
    Stage {
        times: vec![time],
        parents: parents.to_vec(),
    }
}

/// Graham's nine tasks (SIAM Journal on Applied Mathematics 17, 1969, figure 1): T1 before T9, T4
/// before T5 to T8.
fn graham(times: [u32; 9], relaxed: bool) -> Vec<Stage> {
    let parents: [&[usize]; 9] = if relaxed {
        [&[], &[], &[], &[], &[], &[], &[3], &[3], &[0]]
    } else {
        [&[], &[], &[], &[], &[3], &[3], &[3], &[3], &[0]]
    };
    times
        .iter()
        .zip(parents)
        .map(|(time, parents)| single(*time, parents))
        .collect()
}

/// More slots, shorter tasks, fewer constraints: each makes the application longer.
#[test]
fn grahams_anomalies_occur() {
    let times = [3, 2, 2, 2, 4, 4, 4, 4, 9];
    assert_eq!(scenario(&graham(times, false), 3, ""), 12.0);
    assert_eq!(scenario(&graham(times, false), 4, ""), 15.0);
    assert_eq!(
        scenario(&graham(times.map(|time| time - 1), false), 3, ""),
        13.0
    );
    assert_eq!(scenario(&graham(times, true), 3, ""), 16.0);
    // The list (1, 2, 4, 5, 6, 3, 9, 7, 8).
    let order = [3, 2, 2, 4, 4, 2, 9, 4, 4];
    let parents: [&[usize]; 9] = [&[], &[], &[], &[2], &[2], &[], &[0], &[2], &[2]];
    let list: Vec<Stage> = order
        .iter()
        .zip(parents)
        .map(|(time, parents)| single(*time, parents))
        .collect();
    assert_eq!(scenario(&list, 3, ""), 14.0);
}

/// m(m − 1) tasks of 1 s and one of m: 2m − 1 in this order, m at best.
#[test]
fn grahams_bound_is_reached() {
    for slots in [2, 3, 4, 10] {
        let mut times = vec![1; slots * (slots - 1)];
        times.push(slots as u32);
        let stage = Stage {
            times,
            parents: Vec::new(),
        };
        assert_eq!(scenario(&[stage], slots, ""), (2 * slots - 1) as f64);
    }
}

/// The longest first: 4m − 1, 3m at best.
#[test]
fn the_bound_of_longest_first_is_reached() {
    for (slots, times) in [
        (2, vec![3, 3, 2, 2, 2]),
        (3, vec![5, 5, 4, 4, 3, 3, 3]),
        (4, vec![7, 7, 6, 6, 5, 5, 4, 4, 4]),
    ] {
        let stage = Stage {
            times,
            parents: Vec::new(),
        };
        assert_eq!(scenario(&[stage], slots, ""), (4 * slots - 1) as f64);
    }
}

/// A hundred equal tasks of 10 s on 16 slots are seven waves.
#[test]
fn equal_tasks_run_in_waves() {
    let stage = Stage {
        times: vec![10; 100],
        parents: Vec::new(),
    };
    assert_eq!(scenario(&[stage], 16, ""), 70.0);
}
