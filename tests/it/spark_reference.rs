//! Whole applications against a slow, obvious list scheduler, against bounds, and against instances
//! from the literature.

use crate::simulate::{mean, text};
use proptest::prelude::*;
use std::fmt::Write as _;

/// A stage: times of its tasks in milliseconds, and the stages before it.
#[derive(Clone, Debug)]
struct Stage {
    times: Vec<u32>,
    parents: Vec<usize>,
}

/// When the last task ends, in milliseconds: every millisecond tasks end in the order in which they
/// were launched; a slot goes to the first task of the first stage that is open; then, if that was
/// the last task of its stage, the stages behind it open.
fn list_schedule(stages: &[Stage], slots: usize) -> u32 {
    let mut waiting: Vec<Vec<u32>> = stages.iter().map(|stage| stage.times.clone()).collect();
    let mut left: Vec<usize> = waiting.iter().map(Vec::len).collect();
    let mut running: Vec<(u32, usize)> = Vec::new();
    let is_open = |stage: usize, left: &[usize]| {
        let mut parents = stages[stage].parents.iter();
        parents.all(|parent| left[*parent] == 0)
    };
    let mut open: Vec<bool> = (0..stages.len())
        .map(|stage| is_open(stage, &left))
        .collect();
    let mut now = 0;
    loop {
        let mut ended: Vec<Option<usize>> = vec![None; slots - running.len()];
        running.retain(|&(end, stage)| {
            if end == now {
                ended.push(Some(stage));
            }
            now < end
        });
        let mut free = 0;
        for of in ended {
            free += 1;
            let mut fill = |open: &[bool], running: &mut Vec<(u32, usize)>, free: &mut usize| {
                while *free > 0 {
                    let ready = (0..stages.len()).find(|it| open[*it] && !waiting[*it].is_empty());
                    let Some(stage) = ready else { break };
                    running.push((now + waiting[stage].remove(0), stage));
                    *free -= 1;
                }
            };
            fill(&open, &mut running, &mut free);
            if let Some(stage) = of {
                left[stage] -= 1;
                if left[stage] == 0 {
                    open = (0..stages.len())
                        .map(|stage| is_open(stage, &left))
                        .collect();
                    fill(&open, &mut running, &mut free);
                }
            }
        }
        if running.is_empty() {
            return now;
        }
        now = running.iter().map(|(end, _)| *end).min().unwrap_or(now);
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
            writeln!(rows, "{number},{partition},{}", f64::from(*time) / 1e3).unwrap();
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
    mean(&results, "apps.a.latency.mean") * 1e3
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

fn single((time, is_t4): (u32, bool), parents: &[usize]) -> Stage {
    Stage {
        times: vec![time * 1000 - u32::from(is_t4)],
        parents: parents.to_vec(),
    }
}

/// Graham's nine tasks (SIAM Journal on Applied Mathematics 17, 1969, figure 1): T1 before T9, T4
/// before T5 to T8. What ends at one instant makes room one after the other here, and at once there:
/// T4 is a millisecond shorter, so that it goes first.
fn graham(times: [u32; 9]) -> Vec<Stage> {
    let parents: [&[usize]; 9] = [&[], &[], &[], &[], &[3], &[3], &[3], &[3], &[0]];
    let tasks = times.iter().enumerate().zip(parents);
    tasks
        .map(|((number, time), parents)| single((*time, number == 3), parents))
        .collect()
}

/// More slots, or shorter tasks, make the application longer. His other two anomalies need a slot to
/// go to a task of a stage that opens with the very task that leaves it; Spark offers the slot
/// before it hears that the stage is done.
#[test]
fn grahams_anomalies_occur() {
    let times = [3, 2, 2, 2, 4, 4, 4, 4, 9];
    let close = |stages: &[Stage], slots, expected: f64| {
        let found = scenario(stages, slots, "");
        assert!((found - expected).abs() < 5.0, "{found} ms, not {expected}");
    };
    close(&graham(times), 3, 12e3);
    close(&graham(times), 4, 15e3);
    close(&graham(times.map(|time| time - 1)), 3, 13e3);
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
