//! What stages read, hold and write: `input`, `shuffle-write`, `output`, `skew`, `task-memory`,
//! `overhead-use`, `adaptive`.

use super::conf_data::{block_size, splitting};
use super::conf_values::Reader;
use super::file_splits::Files;
use super::{Context, distributions};
use crate::id::{Id, IdVec, StageId, StorageId};
use crate::model::{
    AdaptiveKind, Broadcast, Deploy, Input, InputSizes, Output, Skew, SparkConf, Stage, StageData,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spark_properties::Topics;
use crate::scenario::spec::{
    AppSpec, InputSpec, InputTable, OutputSpec, ScenarioSpec, SizeOr, SkewSpec, StageSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::Bytes;

/// More tasks than this out of files is taken for a mistake.
const MOST_TASKS: usize = 10_000_000;

/// More blocks than this of a broadcast are taken for a mistake.
const MOST_BLOCKS: u32 = 100_000;

/// The least heap that `UnifiedMemoryManager` starts with, and so execution memory.
const LEAST_EXECUTION_MEMORY: Bytes = Bytes(90 << 20);

/// The data of a stage of so many tasks; `None`: nothing is said of any. What files decide is left
/// open, see [`split_files`].
pub(crate) fn resolve(
    path: &str,
    stage: &StageSpec,
    tasks: Option<u32>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Box<StageData>> {
    let size = |given: &Option<Located<Quantity<Bytes>>>| {
        given.as_ref().map_or(Bytes(0), |given| given.value.0)
    };
    let input = stage.input.as_ref();
    let broadcast = size(&stage.broadcast);
    let data = StageData {
        // How it is cut is filled in by `broadcast`.
        broadcast: (broadcast > Bytes(0)).then_some(Broadcast {
            size: broadcast,
            block: broadcast,
            held: Bytes(0),
        }),
        input: input.and_then(|it| self::input(path, it, spec, context)),
        shuffle_write: size(&stage.shuffle_write),
        output: stage
            .output
            .as_ref()
            .and_then(|it| output(path, it, spec, context)),
        skew: stage.skew.as_ref().and_then(|it| skew(it, tasks, context)),
        task_memory: size(&stage.task_memory),
        overhead_use: size(&stage.overhead_use),
        cached_size: size(&stage.cached_size),
        adaptive: stage.adaptive.as_ref().map(|kind| kind.value.0),
    };
    (data != StageData::default()).then(|| Box::new(data))
}

/// What the stages of an application ask for that some of Spark's properties are about.
pub(crate) fn topics(app: &AppSpec) -> Topics {
    let jobs = app.jobs.iter().flat_map(|job| job.spec.stages.iter());
    let stages = || app.stages.iter().chain(jobs.clone()).map(|it| &it.spec);
    Topics {
        memory: stages().any(|it| {
            it.task_memory.is_some() || it.broadcast.is_some() || it.cached_size.is_some()
        }),
        shuffle: stages().any(|stage| stage.shuffle_write.is_some()),
        broadcast: stages().any(|stage| stage.broadcast.is_some()),
        adaptive: stages().any(|stage| stage.adaptive.is_some()),
        files: stages().any(reads_files),
        compression: app.compression.is_some(),
        ..Topics::default()
    }
}

/// Whether the number of tasks of a stage follows from the files that it reads.
pub(crate) fn reads_files(stage: &StageSpec) -> bool {
    files(stage).is_some()
}

fn files(stage: &StageSpec) -> Option<(&InputTable, Span)> {
    let input = stage.input.as_ref()?;
    match &input.value {
        SizeOr::Table(table) if table.files.is_some() && table.size.is_none() => {
            Some((table, input.span))
        }
        _ => None,
    }
}

fn input(
    path: &str,
    spec: &Located<InputSpec>,
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Input> {
    let table = match &spec.value {
        SizeOr::Size(size) => {
            let sizes = InputSizes::Each(size.0);
            return (size.0.0 > 0).then_some(Input {
                sizes,
                storage: None,
            });
        }
        SizeOr::Table(table) => table,
    };
    let storage = storage(table.storage.as_ref(), scenario, context);
    let beside = |it: &Option<Located<Quantity<Bytes>>>| it.as_ref().map(|it| it.span);
    let sizes = match (&table.size, &table.files) {
        (Some(size), None) => {
            let strays = [
                beside(&table.file_size).map(|span| ("file-size", span)),
                table.splittable.as_ref().map(|it| ("splittable", it.span)),
            ];
            for (key, span) in strays.into_iter().flatten() {
                context.problem(
                    Diagnostic::at(span, format!("`{key}` without `files`"))
                        .label("with `size` every task reads that much"),
                );
            }
            InputSizes::Each(size.value.0)
        }
        (None, Some(_)) => InputSizes::Listed(Vec::new()),
        (Some(size), Some(_)) => {
            context.problem(
                Diagnostic::at(size.span, format!("`{path}.input` has `size` and `files`"))
                    .label("either every task reads that much, or files are split into tasks"),
            );
            return None;
        }
        (None, None) => {
            if !context.was_removed_within(spec.span) {
                context.problem(
                    Diagnostic::at(spec.span, format!("`{path}.input` lacks `size`"))
                        .label("how much does a task read?")
                        .help("add `size = \"64MB\"`, or `files = 100` and `file-size = \"1GB\"`"),
                );
            }
            return None;
        }
    };
    Some(Input { sizes, storage })
}

fn output(
    path: &str,
    spec: &Located<OutputSpec>,
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Output> {
    let (size, storage) = match &spec.value {
        SizeOr::Size(size) => (size.0, None),
        SizeOr::Table(table) => {
            let storage = storage(table.storage.as_ref(), scenario, context);
            let Some(size) = &table.size else {
                if !context.was_removed_within(spec.span) {
                    context.problem(
                        Diagnostic::at(spec.span, format!("`{path}.output` lacks `size`"))
                            .label("how much does a task write?")
                            .help("add `size = \"64MB\"`"),
                    );
                }
                return None;
            };
            (size.value.0, storage)
        }
    };
    (size.0 > 0).then_some(Output { size, storage })
}

/// Which storage; `None`: none is named, or there is none of that name, which has been told.
fn storage(
    name: Option<&Located<String>>,
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<StorageId> {
    let name = name?;
    let known = scenario.storage.names();
    let found = context.reference("storage", &["storage"], name, &known);
    found.map(StorageId::new)
}

fn skew(spec: &Located<SkewSpec>, tasks: Option<u32>, context: &mut Context<'_>) -> Option<Skew> {
    match &spec.value {
        SkewSpec::Law(law) => {
            let law = distributions::parameters(law.parameters(), spec.span, context)?;
            Some(Skew::Drawn(law))
        }
        SkewSpec::Given(sizes) => {
            let wrong = |size: &&f64| !(size.is_finite() && 0.0 <= **size);
            let problem = if let Some(size) = sizes.iter().find(wrong) {
                format!("a size is finite and not negative, this is {size}")
            } else if tasks.is_some_and(|tasks| tasks as usize != sizes.len()) {
                let tasks = tasks.unwrap_or(0);
                format!("one for each task: {tasks}, not {}", sizes.len())
            } else if sizes.iter().all(|size| *size <= 0.0) {
                "at least one is more than nothing".to_owned()
            } else {
                return Some(Skew::Given(sizes.clone()));
            };
            context.problem(
                Diagnostic::at(spec.span, "not the relative sizes of partitions").label(problem),
            );
            None
        }
    }
}

/// A stage as it is written, with its path.
pub(crate) type Written<'s> = (String, &'s StageSpec);

/// What can only be said once all stages of an application and its properties are known: who reads
/// a shuffle, how many tasks files make, and what makes no sense. `stages` are the last ones.
pub(crate) fn finish(
    app: &AppSpec,
    conf: &SparkConf,
    (written, stages): (&[Written<'_>], &mut IdVec<StageId, Stage>),
    reader: &mut Reader<'_, '_, '_>,
) {
    let in_replica = app
        .deploy
        .as_ref()
        .is_some_and(|deploy| deploy.value.0 == Deploy::InReplica);
    let first = stages.len() - written.len();
    for (position, (path, spec)) in written.iter().enumerate() {
        let id = StageId::new(first + position);
        let parents = stages[id].parents.iter();
        let writes = |parent: &&StageId| stages[**parent].shuffle_write() > Bytes(0);
        let writers = parents.filter(writes).count();
        let stage = &mut stages[id];
        if writers > 0 {
            stage.data.get_or_insert_default();
        }
        check_adaptive((path, spec), writers, reader.context);
        if let Some((table, span)) = files(spec) {
            split_files((path, table, span), stage, conf, reader);
        }
        if let Some(broadcast) = stage.data.as_mut().and_then(|it| it.broadcast.as_mut()) {
            broadcast.block = block_size(reader);
        }
        let blocks = stage.data.as_ref().map_or(0, |data| data.blocks());
        if let Some(given) = spec.broadcast.as_ref().filter(|_| MOST_BLOCKS < blocks) {
            reader.context.problem(
                Diagnostic::at(given.span, format!("`{path}.broadcast` in too many blocks"))
                    .label(format!("{blocks}; at most {MOST_BLOCKS}"))
                    .help("raise `spark.broadcast.blockSize`"),
            );
        }
        check_memory((path, spec), (conf, in_replica), reader.context);
    }
}

fn split_files(
    (path, table, span): (&str, &InputTable, Span),
    stage: &mut Stage,
    conf: &SparkConf,
    reader: &mut Reader<'_, '_, '_>,
) {
    let splitting = splitting(reader, conf);
    let context = &mut *reader.context;
    let count = context.count(table.files.as_ref(), &format!("`{path}.input.files`"));
    let Some(size) = table.file_size.as_ref() else {
        if !context.was_removed_within(span) {
            context.problem(
                Diagnostic::at(span, format!("`{path}.input` lacks `file-size`"))
                    .label("how large is each of these files?")
                    .help("add `file-size = \"1GB\"`"),
            );
        }
        return;
    };
    let files = Files {
        count,
        size: size.value.0.0,
        splittable: table.splittable.as_ref().is_none_or(|it| it.value),
    };
    let splits = files.size / splitting.max_split(files).max(1);
    if files.size == 0 || (MOST_TASKS as u64) < splits.saturating_mul(u64::from(count)) {
        context.problem(
            Diagnostic::at(size.span, "files that make no sensible number of tasks").label(
                if files.size == 0 {
                    "nothing to read".to_owned()
                } else {
                    format!("more than {MOST_TASKS} splits")
                },
            ),
        );
        return;
    }
    let sizes = splitting.tasks(files);
    stage.tasks = sizes.len() as u32;
    if let Some(data) = &mut stage.data {
        if let Some(input) = &mut data.input {
            input.sizes = InputSizes::Listed(sizes);
        }
        if let Some(Skew::Given(_)) = data.skew {
            context.problem(
                Diagnostic::at(span, format!("`{path}` has `files` and a list as `skew`"))
                    .label(format!("these files make {} tasks", stage.tasks))
                    .help("a law such as `{ lognormal = { mean = 1, cv = 1 } }` fits any number"),
            );
        }
    }
}

fn check_memory(
    (path, spec): (&str, &StageSpec),
    (conf, in_replica): (&SparkConf, bool),
    context: &mut Context<'_>,
) {
    if let Some(memory) = &spec.task_memory
        && conf.data.execution_memory < LEAST_EXECUTION_MEMORY
    {
        context.problem(
            Diagnostic::at(
                memory.span,
                format!("`{path}.task-memory` on too small a heap"),
            )
            .label(format!(
                "executors have {} for it",
                conf.data.execution_memory.human()
            ))
            .help(
                "Spark keeps 300 MB of the heap for itself and starts with no less than 450 MB: \
                     raise `spark.executor.memory`",
            ),
        );
    }
    if let Some(broadcast) = &spec.broadcast {
        check_broadcast((path, broadcast), (conf, in_replica), context);
    }
    if let Some(used) = &spec.overhead_use
        && (in_replica || conf.data.overhead.is_none())
    {
        context.problem(
            Diagnostic::at(
                used.span,
                format!("`{path}.overhead-use` has no limit to pass"),
            )
            .label(if in_replica {
                "the application runs inside a service's container"
            } else {
                "a standalone worker does not limit what an executor uses"
            })
            .help("leave it out"),
        );
    }
}

/// A broadcast goes to other processes than the driver's, in a sensible number of blocks.
fn check_broadcast(
    (path, given): (&str, &Located<Quantity<Bytes>>),
    (conf, in_replica): (&SparkConf, bool),
    context: &mut Context<'_>,
) {
    let message = format!("`{path}.broadcast` is sent to nobody");
    if in_replica {
        context.problem(
            Diagnostic::at(given.span, message)
                .label("the application is one process inside a service's container")
                .help("leave it out"),
        );
    }
    let heap = conf.data.heap;
    if heap < given.value.0 {
        context.problem(
            Diagnostic::at(
                given.span,
                format!("`{path}.broadcast` on too small a heap"),
            )
            .label(format!("executors have {}", heap.human()))
            .help("raise `spark.executor.memory`"),
        );
    }
}

/// A stage that is adaptive reads what Spark SQL has shuffled; a join has two parents.
fn check_adaptive((path, spec): (&str, &StageSpec), writers: usize, context: &mut Context<'_>) {
    let Some(adaptive) = &spec.adaptive else {
        return;
    };
    let fits = match adaptive.value.0 {
        AdaptiveKind::Aggregate => writers > 0,
        AdaptiveKind::Join => writers == 2,
    };
    if !fits {
        let wanted = match adaptive.value.0 {
            AdaptiveKind::Aggregate => "at least one parent with `shuffle-write`",
            AdaptiveKind::Join => "two parents with `shuffle-write`",
        };
        context.problem(
            Diagnostic::at(
                adaptive.span,
                format!("`{path}` has no shuffle to adapt to"),
            )
            .label(format!("it needs {wanted}, and has {writers}")),
        );
    }
}
