//! `locality` and `remote-time` of stages, once all jobs of their application are known.

use super::Context;
use crate::id::{Id, IdVec, JobId, PoolId, StageId};
use crate::model::{Cluster, Job, Locality, Stage};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    AppSpec, BlocksSpec, CachedSpec, Choose, Entities, Entity, LocalitySpec, StageSpec,
};
use crate::units::{Bytes, Duration};
use std::collections::BTreeSet;

/// Copies of a block where a scenario does not say: `dfs.replication`.
const DEFAULT_REPLICATION: u32 = 3;

/// The jobs and stages of an application, with what they are read from.
pub(crate) struct Stages<'a> {
    /// The application.
    pub(crate) app: &'a Entity<AppSpec>,
    /// Its first job.
    pub(crate) first: u32,
    /// All jobs so far.
    pub(crate) jobs: &'a IdVec<JobId, Job>,
    /// All stages so far.
    pub(crate) stages: &'a mut IdVec<StageId, Stage>,
}

/// Fills in where the tasks of an application's stages would rather run.
pub(crate) fn resolve(it: &mut Stages<'_>, cluster: Option<&Cluster>, context: &mut Context<'_>) {
    let mut found = Vec::new();
    for job in (it.first..it.jobs.len() as u32).map(JobId) {
        let Some(specs) = it.specs(job) else { continue };
        for id in it.jobs[job].stage_ids() {
            let name = &it.stages[id].name;
            let Some(entity) = specs.iter().find(|entity| entity.name.value == *name) else {
                continue;
            };
            let spec = &entity.spec;
            let locality = spec.locality.as_ref().and_then(|given| {
                let span = given.span;
                match &given.value {
                    Choose(LocalitySpec::None) => None,
                    Choose(LocalitySpec::MapOutput) => it.map_output(id, span, context),
                    Choose(LocalitySpec::Blocks(blocks)) => {
                        self::blocks(blocks, span, cluster, context)
                    }
                    Choose(LocalitySpec::Cached(cached)) => it.cached(id, cached, span, context),
                }
            });
            let implied = spec.locality.is_none() && it.reads_much(id);
            let locality = locality.or(implied.then_some(Locality::MapOutput));
            found.push((id, locality, remote_time(spec, implied, context)));
        }
    }
    for (id, locality, remote_time) in found {
        if let Some(Locality::Cached(source)) = locality {
            it.stages[source].is_cached = true;
        }
        it.stages[id].locality = locality;
        it.stages[id].remote_time = remote_time;
    }
}

/// What a task takes longer far from its data.
fn remote_time(spec: &StageSpec, implied: bool, context: &mut Context<'_>) -> Duration {
    let Some(time) = &spec.remote_time else {
        return Duration::ZERO;
    };
    let nowhere = match &spec.locality {
        None => !implied,
        Some(given) => matches!(given.value, Choose(LocalitySpec::None)),
    };
    if nowhere {
        context.problem(
            Diagnostic::at(time.span, "no node is remote where none is near")
                .label("the stage has no `locality`, and no parent with `shuffle-write`")
                .help(
                    "say where its data are, e.g. `locality = { blocks = { replication = 3 } }`, \
                     or leave `remote-time` out",
                ),
        );
    }
    time.value.0
}

fn blocks(
    spec: &BlocksSpec,
    span: Span,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Option<Locality> {
    let Some(cluster) = cluster else {
        context.problem(
            Diagnostic::at(span, "blocks need nodes")
                .label("the scenario has no `[nodes]`")
                .help("add a pool of nodes, or leave `locality` out: every slot is as good as any"),
        );
        return None;
    };
    let pools: Vec<PoolId> = match &spec.pool {
        None => cluster.pools.ids().collect(),
        Some(name) => {
            let pools = cluster.pools.iter();
            let names: Vec<&str> = pools.map(|pool| pool.name.as_str()).collect();
            vec![PoolId::new(context.reference(
                "pool of nodes",
                &["nodes"],
                name,
                &names,
            )?)]
        }
    };
    let nodes: u32 = pools.iter().map(|pool| cluster.pools[*pool].count).sum();
    if nodes == 0 {
        let span = spec.pool.as_ref().map_or(span, |pool| pool.span);
        context.problem(
            Diagnostic::at(span, "no node keeps blocks")
                .label("there are no nodes at the start of a run"),
        );
        return None;
    }
    let replication = match &spec.replication {
        None => DEFAULT_REPLICATION.min(nodes),
        Some(given) => {
            let count = context.count(Some(given), "`replication`");
            if nodes < count {
                context.problem(
                    Diagnostic::at(given.span, "copies of a block are on different nodes")
                        .label(format!("there are {nodes}")),
                );
            }
            count.min(nodes)
        }
    };
    Some(Locality::Blocks { pools, replication })
}

impl Stages<'_> {
    /// The stages of a job, as they are written.
    fn specs(&self, job: JobId) -> Option<&Entities<StageSpec>> {
        let job = &self.jobs[job];
        if !job.named {
            return Some(&self.app.spec.stages);
        }
        let mut jobs = self.app.spec.jobs.iter();
        let entity = jobs.find(|entity| entity.name.value == job.name)?;
        Some(&entity.spec.stages)
    }

    /// Whether a stage reads map output of known size, which Spark looks for.
    fn reads_much(&self, id: StageId) -> bool {
        let mut parents = self.stages[id].parents.iter();
        parents.any(|parent| self.stages[*parent].shuffle_write() > Bytes(0))
    }

    fn map_output(&self, id: StageId, span: Span, context: &mut Context<'_>) -> Option<Locality> {
        if self.stages[id].parents.is_empty() {
            context.problem(
                Diagnostic::at(span, "a stage without parents reads no map output")
                    .label("nothing to be near to"),
            );
            return None;
        }
        Some(Locality::MapOutput)
    }

    fn cached(
        &self,
        id: StageId,
        spec: &CachedSpec,
        span: Span,
        context: &mut Context<'_>,
    ) -> Option<Locality> {
        let Some(name) = &spec.stage else {
            context.problem(
                Diagnostic::at(span, "`cached` lacks `stage`")
                    .label("whose partitions are in memory?")
                    .help("add it, e.g. `cached = { stage = \"load.scan\" }`"),
            );
            return None;
        };
        let source = self.named(id, name, context)?;
        let (own, other) = (&self.stages[id], &self.stages[source]);
        if own.tasks != other.tasks {
            context.problem(
                Diagnostic::at(
                    name.span,
                    "cached partitions are read one by each task".to_owned(),
                )
                .label(format!(
                    "it has {} tasks, this stage has {}",
                    other.tasks, own.tasks
                )),
            );
            return None;
        }
        Some(Locality::Cached(source))
    }

    /// The stage that `name` means to stage `id`; it must be done before that one starts.
    fn named(
        &self,
        id: StageId,
        name: &Located<String>,
        context: &mut Context<'_>,
    ) -> Option<StageId> {
        let own = self.stages[id].job;
        let earlier = |job: JobId| job == own || self.comes_after(own, job);
        let jobs = (self.first..self.jobs.len() as u32).map(JobId);
        let mut known: Vec<(StageId, String)> = Vec::new();
        for job in jobs.filter(|job| earlier(*job)) {
            for stage in self.jobs[job].stage_ids() {
                let is_earlier = job != own || self.descends_from(id, stage);
                let text = &self.stages[stage].name;
                if is_earlier && job == own {
                    known.push((stage, text.clone()));
                } else if is_earlier {
                    known.push((stage, format!("{}.{text}", self.jobs[job].name)));
                }
            }
        }
        let found = known.iter().find(|(_, text)| *text == name.value);
        if let Some((stage, _)) = found {
            return Some(*stage);
        }
        let names = known.iter().map(|(_, text)| text.as_str());
        let message = format!("no stage `{}` is done before this one", name.value);
        let problem = Diagnostic::at(name.span, message);
        let near = crate::scenario::nearest::nearest(&name.value, names.clone());
        let problem = match near {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem.label("its partitions must be there when this stage starts"),
        };
        context.problem(if known.is_empty() {
            problem.help("write JOB.STAGE, and let this job come `after` that one")
        } else {
            let known = crate::scenario::nearest::quoted_list(names);
            problem.help(format!("those before it are {known}"))
        });
        None
    }

    fn comes_after(&self, job: JobId, other: JobId) -> bool {
        reaches(job, other, |job| &self.jobs[job].after)
    }

    fn descends_from(&self, id: StageId, other: StageId) -> bool {
        reaches(id, other, |stage| &self.stages[stage].parents)
    }
}

/// Whether one leads back to the other. A graph with cycles, which has been reported, is followed
/// too.
fn reaches<'a, I: Copy + Ord + 'a>(from: I, to: I, before: impl Fn(I) -> &'a [I]) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(id) = next.pop() {
        for &earlier in before(id) {
            if earlier == to {
                return true;
            }
            if seen.insert(earlier) {
                next.push(earlier);
            }
        }
    }
    false
}
