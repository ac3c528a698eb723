//! The tasks of a replay as CSV: one row per task, sorted by stage and task.
//!
//! Times are in seconds. `partition` counts the tasks of a stage from 0 in the order of their launches.
//! `not_before` counts from when the stage could begin: a task that was held back though a slot was
//! free, for the sake of locality or of its resource profile, was launched then; of others it is 0. A
//! prediction has no such column: what the recorded cluster waited for, another one may not.
//! `work_time` is `run_time` without what the start of a stage on an executor cost. A row that stands in for a
//! task that the log lacks, or that more data add, has no executor, host, locality or attempt.

use super::application::{Application, Task};
use super::measured::Measured;
use super::plan::{Plan, PlannedStage};
use super::what_if::Purpose;
use super::work::Row;

const COLUMNS: [&str; 21] = [
    "stage",
    "partition",
    "duration",
    "not_before",
    "work_time",
    "run_time",
    "deserialize_time",
    "scheduler_delay",
    "result_serialization_time",
    "getting_result_time",
    "gc_time",
    "input_bytes",
    "shuffle_read_bytes",
    "fetch_wait_time",
    "shuffle_write_bytes",
    "shuffle_write_time",
    "spilled_bytes",
    "executor",
    "host",
    "locality",
    "attempt",
];

/// Writes the tasks; those of a prediction do not say how long the recorded cluster held them back.
pub(super) fn csv(
    application: &Application,
    plan: &Plan<'_>,
    (measured, purpose): (&Measured, Purpose),
) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let in_memory = "a row of as many columns as the head goes into memory";
    let wanted = COLUMNS.map(|column| purpose == Purpose::Replay || column != "not_before");
    let kept = |cells: [String; 21]| {
        let cells = cells.into_iter().zip(wanted);
        cells.filter(|(_, wanted)| *wanted).map(|(cell, _)| cell)
    };
    writer
        .write_record(kept(COLUMNS.map(str::to_owned)))
        .expect(in_memory);
    let mut stages: Vec<_> = plan.stages().collect();
    stages.sort_by_key(|planned| planned.stage.id);
    for planned in stages {
        for (partition, &row) in planned.work.rows.iter().enumerate() {
            let record = record(application, (planned, measured), partition, row);
            writer.write_record(kept(record)).expect(in_memory);
        }
    }
    writer.into_inner().expect(in_memory)
}

fn record(
    application: &Application,
    (planned, measured): (&PlannedStage<'_>, &Measured),
    partition: usize,
    row: Row,
) -> [String; 21] {
    let task: &Task = &planned.stage.tasks[row.position()];
    let seconds = |millis: u32| seconds_of_millis(planned.stretched(u64::from(millis)));
    let bytes = |bytes: u64| planned.stretched(bytes).to_string();
    let recorded = |text: String| match row {
        Row::Recorded(_) => text,
        Row::Median(_) | Row::Copy(_) => String::new(),
    };
    let held_back = planned.held_back_ms.get(partition).copied().unwrap_or(0);
    let executor = &application.executors[task.executor_index as usize];
    let shuffle_read = task
        .shuffle_read_remote_bytes
        .saturating_add(task.shuffle_read_local_bytes);
    [
        planned.stage.id.to_string(),
        partition.to_string(),
        seconds_of_millis(planned.stretched(planned.slot_ms(row))),
        seconds_of_millis(held_back),
        seconds_of_nanos(planned.stretched((measured.work_ms(planned, row) * 1e6) as u64)),
        seconds(task.run_ms),
        seconds(task.deserialize_ms),
        seconds(task.scheduler_delay_ms),
        seconds(task.result_serialization_ms),
        seconds(task.getting_result_ms),
        seconds(task.gc_ms),
        bytes(task.input_bytes),
        bytes(shuffle_read),
        seconds(task.fetch_wait_ms),
        bytes(task.shuffle_write_bytes),
        seconds_of_nanos(planned.stretched(task.shuffle_write_ns)),
        bytes(task.spilled_bytes),
        recorded(executor.id.clone()),
        recorded(executor.host.clone()),
        recorded(task.locality.name().to_owned()),
        recorded(task.attempt.to_string()),
    ]
}

fn seconds_of_millis(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Spark measures this one in nanoseconds, and often it is far below a millisecond.
fn seconds_of_nanos(nanos: u64) -> String {
    let micros = nanos / 1000 + u64::from(nanos % 1000 >= 500);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
