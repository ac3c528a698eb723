//! `[apps]`: applications, their jobs and stages.
//!
//! Jobs of an application and stages of a job are numbered parents first, otherwise in the order of
//! the file, which is what Spark's scheduling goes by.

use super::conf::{self, Surroundings};
use super::graph::{self, Graph, Node};
use super::pools::{self, Pools};
use super::{
    Context, budgets, collector, compression, data, deadlines, distributions, fit, gangs, images,
    kept, locality, overheads, placing, tables, volumes,
};
use crate::id::{AppId, IdVec, JobId, StageId};
use crate::model::{
    App, Cluster, CpuModelKind, Deploy, Gc, Job, ManagerKind, Overlap, Placing, Resources,
    SparkConf, Stage, TaskTimes,
};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    AppSpec, Entities, Entity, Measure, PlacingSpec, RecordedOrder, ScenarioSpec, StageSpec,
    TaskTimeSpec,
};
use crate::units::Duration;

/// The name of the only job of an application that was given by its stages alone.
const ONLY_JOB: &str = "default";

/// Applications with their jobs and stages, in the order of the names of the spec.
#[derive(Debug, Default)]
pub(crate) struct Apps {
    /// Applications.
    pub(crate) templates: IdVec<AppId, App>,
    /// Jobs, those of one application adjacent.
    pub(crate) jobs: IdVec<JobId, Job>,
    /// Stages, those of one job adjacent.
    pub(crate) stages: IdVec<StageId, Stage>,
}

/// Every application.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    manager: ManagerKind,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Apps {
    let surroundings =
        Surroundings::new((spec.spark.as_ref(), &spec.apps), manager, cluster, context);
    let mut resolved = Apps::default();
    for entity in spec.apps.iter() {
        let id = AppId(resolved.templates.len() as u32);
        let first = resolved.jobs.len() as u32;
        let pools = Pools::new(&entity.spec, &entity.name, context);
        let mut written = Vec::new();
        resolve_jobs(
            entity,
            id,
            (spec, &pools),
            (&mut resolved, &mut written),
            context,
        );
        let past = resolved.jobs.len() as u32;
        let app = &entity.spec;
        let shared = app
            .deploy
            .as_ref()
            .is_some_and(|deploy| deploy.value.0 == Deploy::Shared);
        if let Some(gap) = app.final_driver_gap.as_ref().filter(|_| shared) {
            context.problem(
                Diagnostic::at(gap.span, "a shared application has no final driver gap")
                    .label("it does not end with its submissions")
                    .help("leave it out, or say `deploy = \"per-submission\"`"),
            );
        }
        let mut conf = conf::resolve(entity, is_recorded(app), &surroundings, context);
        let gc = finish_stages(
            (entity, first, &written),
            (&mut conf, &mut resolved),
            (&surroundings, cluster),
            context,
        );
        if !app.executors.is_empty() {
            // They come and go when the scenario says.
            conf.executors.dynamic = None;
        }
        let driver_placing = app.driver_placement.as_ref().or(app.placement.as_ref());
        let executor_placing = app.placement.as_ref();
        let around = (spec, cluster, entity.name.span);
        let driver = format!("the driver of `apps.{}`", entity.name.value);
        let executor = format!("an executor of `apps.{}`", entity.name.value);
        let driver_placing = placed(&driver, conf.driver, driver_placing, around, context);
        let mut executor_placing =
            placed(&executor, conf.executor, executor_placing, around, context);
        let path = format!("apps.{}.volumes", entity.name.value);
        executor_placing.volumes =
            volumes::resolve(app.volumes.as_ref(), (&path, false), cluster, context);
        let members = gangs::Members {
            conf: &conf,
            driver: &driver_placing,
            executor: &executor_placing,
        };
        let app = App {
            gang: gangs::resolve(entity, &members, (spec, cluster), context),
            driver_placing,
            executor_placing,
            name: entity.name.value.clone(),
            image: images::image(app.image.as_ref(), spec, context),
            budget: budgets::reference(app.budget.as_ref(), spec, context),
            deploy: app
                .deploy
                .as_ref()
                .map_or(Deploy::PerSubmission, |deploy| deploy.value.0),
            executors: overheads::executors(entity.name.as_str(), &app.executors, &conf, context),
            overheads: overheads::overheads(app.overheads.as_ref(), manager, context),
            gc,
            conf,
            start_time: distributions::optional(app.start_time.as_ref(), context),
            executor_start_time: app
                .executor_start_time
                .as_ref()
                .and_then(|given| distributions::resolve(given, context)),
            jobs: first..past,
            // Filled in when all applications are known.
            after: Vec::new(),
            overlap: overlap(app, context),
            deadline: deadlines::resolve(
                app.deadline.as_ref(),
                &format!("apps.{}", entity.name.value),
                spec,
                context,
            ),
            final_driver_gap: gap(app.final_driver_gap.as_ref().map(|gap| gap.value.0)),
            pools: pools.pools,
            restart: pools::restart(app.restart.as_ref()),
        };
        resolved.templates.push(app);
    }
    let shared = cluster.is_some_and(|it| it.cpu_model == CpuModelKind::Shared);
    for stage in &mut resolved.stages {
        stage.in_steps = shared || stage.data.is_some();
    }
    resolved
}

/// What can only be said of stages once all those of their application and its properties are known.
/// Answers what collecting garbage costs. `first` is the application's first job.
fn finish_stages(
    (entity, first, written): (&Entity<AppSpec>, u32, &[data::Written<'_>]),
    (conf, resolved): (&mut SparkConf, &mut Apps),
    (surroundings, cluster): (&Surroundings<'_>, Option<&Cluster>),
    context: &mut Context<'_>,
) -> Option<Gc> {
    let app = &entity.spec;
    let stages = &mut resolved.stages;
    let own = stages.len() - written.len();
    let mut reader = conf::reader(entity, surroundings, context);
    compression::resolve(app, (conf, stages, own), &mut reader);
    data::finish(app, conf, (written, stages), &mut reader);
    let gc = collector::resolve(entity, conf, (stages, own), cluster, context);
    let mut of_app = locality::Stages {
        app: entity,
        first,
        jobs: &resolved.jobs,
        stages,
    };
    locality::resolve(&mut of_app, cluster, context);
    kept::check(app, conf, (written, &resolved.stages), context);
    gc
}

/// Where containers of an application may go; one of the nodes there must have room for one.
fn placed(
    what: &str,
    asked: Resources,
    given: Option<&Located<PlacingSpec>>,
    (spec, cluster, name): (&ScenarioSpec, Option<&Cluster>, Span),
    context: &mut Context<'_>,
) -> Placing {
    let mut placing = placing::resolve(what, given, spec, context);
    // Cluster Autoscaler leaves containers alone that no controller would make again.
    let safe = given.and_then(|given| given.value.safe_to_evict.as_ref());
    placing.pinned = !safe.is_some_and(|safe| safe.value);
    if !placing.pools.is_empty() {
        let span = given.map_or(name, |given| given.span);
        fit::check(what, (asked, &placing), span, cluster, context);
    }
    placing
}

/// What becomes of submissions that overlap; only applications of their own can be kept apart.
fn overlap(app: &AppSpec, context: &mut Context<'_>) -> Overlap {
    let Some(given) = &app.overlap else {
        return Overlap::Allow;
    };
    let deploy = app.deploy.as_ref().map(|deploy| deploy.value.0);
    if given.value.0 != Overlap::Allow && deploy.is_some_and(|it| it != Deploy::PerSubmission) {
        context.problem(
            Diagnostic::at(
                given.span,
                "`overlap` is for applications that are submitted",
            )
            .label("with this `deploy` several run side by side")
            .help("leave it out, or say `deploy = \"per-submission\"`"),
        );
    }
    given.value.0
}

fn gap(given: Option<Duration>) -> Duration {
    given.unwrap_or(Duration::ZERO)
}

/// Whether any stage stands as it was recorded: the application comes from an event log.
fn is_recorded(app: &AppSpec) -> bool {
    let jobs = app.jobs.iter().flat_map(|job| job.spec.stages.iter());
    app.stages.iter().chain(jobs).any(|stage| {
        let time = stage.spec.task_time.as_ref();
        time.is_some_and(stands_in_a_file)
    })
}

/// Whether task times stand as they were recorded.
fn stands_in_a_file(times: &Located<TaskTimeSpec>) -> bool {
    matches!(&times.value, Measure::Law(law) if law.parameters().is_err())
}

/// What an application's stages are resolved into, and what they were written as.
type Into<'r, 's> = (&'r mut Apps, &'r mut Vec<data::Written<'s>>);

fn resolve_jobs<'s>(
    entity: &'s Entity<AppSpec>,
    app: AppId,
    (scenario, pools): (&ScenarioSpec, &Pools),
    (resolved, written): Into<'_, 's>,
    context: &mut Context<'_>,
) {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    check_form(entity, context);
    if spec.jobs.is_empty() {
        let id = JobId(resolved.jobs.len() as u32);
        let path = ["apps", name, "stages"];
        let into = (&mut *resolved, written);
        let stages = resolve_stages(&spec.stages, (&path, id), scenario, into, context);
        resolved.jobs.push(Job {
            name: ONLY_JOB.to_owned(),
            named: false,
            app,
            after: Vec::new(),
            driver_gap: Duration::ZERO,
            pool: pools.position(None),
            stages,
        });
        return;
    }
    let jobs = spec.jobs.in_file_order();
    let nodes: Vec<Node<'_>> = jobs
        .iter()
        .map(|job| Node {
            name: job.name.as_str(),
            parents: &job.spec.after,
        })
        .collect();
    let graph = Graph {
        kind: "job",
        path: &["apps", name, "jobs"],
        nodes: &nodes,
    };
    let order = graph::order(graph, context);
    let first = resolved.jobs.len();
    let new_id = new_positions(&order, first);
    for (index, after) in &order {
        let job = jobs[*index];
        let id = JobId(resolved.jobs.len() as u32);
        let path = ["apps", name, "jobs", job.name.as_str(), "stages"];
        if job.spec.stages.is_empty() && !context.was_removed(&path[..4], "stages") {
            let message = format!("`apps.{name}.jobs.{}` has no stages", job.name.value);
            context.problem(Diagnostic::at(job.span, message).label("nothing to run"));
        }
        let into = (&mut *resolved, &mut *written);
        let stages = resolve_stages(&job.spec.stages, (&path, id), scenario, into, context);
        resolved.jobs.push(Job {
            name: job.name.value.clone(),
            named: true,
            app,
            after: after.iter().map(|&index| JobId(new_id(index))).collect(),
            driver_gap: gap(job.spec.driver_gap.as_ref().map(|gap| gap.value.0)),
            pool: pools.position(job.spec.pool.as_ref()),
            stages,
        });
    }
}

/// Reports an application that has no stages, or both forms of them.
fn check_form(entity: &Entity<AppSpec>, context: &mut Context<'_>) {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    let told = context.was_removed(&["apps", name], "stages")
        || context.was_removed(&["apps", name], "jobs");
    if let (Some(stage), false) = (spec.stages.in_file_order().first(), spec.jobs.is_empty()) {
        context.problem(
            Diagnostic::at(
                stage.name.span,
                format!("`apps.{name}` has both `stages` and `jobs`"),
            )
            .label("put these stages into one of the jobs"),
        );
    } else if spec.stages.is_empty() && spec.jobs.is_empty() && !told {
        context.problem(
            Diagnostic::at(entity.span, format!("`apps.{name}` has no stages"))
                .label("nothing to run")
                .help(format!(
                    "add one, e.g. `[apps.{name}.stages.map]` with `tasks = 100` and \
                     `task-time = \"1s\"`"
                )),
        );
    }
}

/// Where each node of a graph has come to stand, counted from `first`.
fn new_positions(order: &[(usize, Vec<usize>)], first: usize) -> impl Fn(usize) -> u32 + use<> {
    let mut positions = vec![first as u32; order.len()];
    for (position, (index, _)) in order.iter().enumerate() {
        if let Some(slot) = positions.get_mut(*index) {
            *slot = (first + position) as u32;
        }
    }
    move |index| positions.get(index).copied().unwrap_or(first as u32)
}

fn resolve_stages<'s>(
    spec: &'s Entities<StageSpec>,
    (path, job): (&[&str], JobId),
    scenario: &ScenarioSpec,
    (resolved, written): Into<'_, 's>,
    context: &mut Context<'_>,
) -> std::ops::Range<u32> {
    let stages = spec.in_file_order();
    let nodes: Vec<Node<'_>> = stages
        .iter()
        .map(|stage| Node {
            name: stage.name.as_str(),
            parents: &stage.spec.parents,
        })
        .collect();
    let graph = Graph {
        kind: "stage",
        path,
        nodes: &nodes,
    };
    let order = graph::order(graph, context);
    let first = resolved.stages.len();
    let new_id = new_positions(&order, first);
    for (index, parents) in &order {
        let stage = stages[*index];
        let path: Vec<&str> = path.iter().copied().chain([stage.name.as_str()]).collect();
        let tasks = tasks(stage, &path, context);
        let given = tasks.is_some();
        let tasks = context.count(tasks, &format!("`{}.tasks`", path.join(".")));
        let times = stage.spec.task_time.as_ref();
        let times = context.required(times, (&path, "task-time"), stage.span, "\"1s\"");
        let times = times
            .and_then(|times| task_times(times, given.then_some(tasks), context))
            .unwrap_or_default();
        let dotted = path.join(".");
        let known = given.then_some(tasks);
        let data = data::resolve(&dotted, &stage.spec, known, scenario, context);
        written.push((dotted, &stage.spec));
        resolved.stages.push(Stage {
            name: stage.name.value.clone(),
            job,
            parents: parents
                .iter()
                .map(|&index| StageId(new_id(index)))
                .collect(),
            tasks,
            driver_gap: gap(stage.spec.driver_gap.as_ref().map(|gap| gap.value.0)),
            not_before: times.not_before,
            task_times: times.times,
            task_failure: pools::failure(stage.spec.task_failure.as_ref(), context),
            locality: None,
            remote_time: Duration::ZERO,
            is_cached: false,
            data,
            // Filled in when all that is known of its data has been read.
            in_steps: false,
        });
    }
    first as u32..resolved.stages.len() as u32
}

/// How many tasks a stage says it has; files say it themselves.
fn tasks<'s>(
    stage: &'s Entity<StageSpec>,
    path: &[&str],
    context: &mut Context<'_>,
) -> Option<&'s Located<u32>> {
    let tasks = stage.spec.tasks.as_ref();
    if !data::reads_files(&stage.spec) {
        return context.required(tasks, (path, "tasks"), stage.span, "200");
    }
    if let Some(tasks) = tasks {
        let message = format!("`{}` has `tasks` and `files`", path.join("."));
        context.problem(
            Diagnostic::at(tasks.span, message)
                .label("how many tasks there are follows from the files")
                .help("leave it out, or say how much each task reads with `input.size`"),
        );
    }
    let times = stage.spec.task_time.as_ref();
    if let Some(times) = times.filter(|times| stands_in_a_file(times)) {
        context.problem(
            Diagnostic::at(times.span, "recorded times need a number of tasks")
                .label("one time for each task")
                .help("give `tasks`; what files are split into is not what was recorded"),
        );
    }
    None
}

/// What a stage's `task-time` says.
struct StageTimes {
    times: TaskTimes,
    not_before: Vec<Duration>,
}

impl Default for StageTimes {
    fn default() -> Self {
        Self {
            times: TaskTimes::Drawn(Distribution::Constant { value: 0.0 }),
            not_before: Vec::new(),
        }
    }
}

/// How far from its own place a time may be dealt to, if not to any.
#[expect(
    clippy::option_option,
    reason = "the outer one is that of a value that is refused"
)]
fn places(within: Option<&Located<u32>>, context: &mut Context<'_>) -> Option<Option<u32>> {
    let Some(within) = within else {
        return Some(None);
    };
    if within.value == 0 {
        context.problem(
            Diagnostic::at(within.span, "`within` is 0 places")
                .label("at least 1: every time stays where it is")
                .help("leave it out to deal times to any partition of the stage"),
        );
        return None;
    }
    Some(Some(within.value))
}

fn task_times(
    spec: &Located<TaskTimeSpec>,
    tasks: Option<u32>,
    context: &mut Context<'_>,
) -> Option<StageTimes> {
    let distribution = match &spec.value {
        Measure::Constant(seconds) => Distribution::Constant { value: seconds.0 },
        Measure::Law(law) => match law.parameters() {
            Ok(parameters) => distributions::parameters(parameters, spec.span, context)?,
            Err(recording) => {
                let recorded = tables::recorded(recording, tasks?, context)?;
                return Some(match recording.order {
                    RecordedOrder::Kept => StageTimes {
                        times: TaskTimes::Recorded(recorded.times),
                        not_before: recorded.not_before,
                    },
                    RecordedOrder::Dealt(within) => StageTimes {
                        times: TaskTimes::Resampled {
                            times: recorded.times,
                            within: places(within, context)?,
                        },
                        not_before: Vec::new(),
                    },
                });
            }
        },
    };
    Some(StageTimes {
        times: TaskTimes::Drawn(distribution),
        not_before: Vec::new(),
    })
}
