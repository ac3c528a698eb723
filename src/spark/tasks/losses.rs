//! Containers that are gone: `TaskSetManager.executorLost` and the `DAGScheduler`'s way with stages
//! whose input is gone.
//!
//! What ran on a lost executor runs again. Its shuffle output is gone too, unless an external
//! shuffle service keeps it on the node: a stage that still runs computes it again at once. A task
//! that would read lost output of a stage that is done fails to fetch it; then its whole stage is
//! submitted again, 200 ms later and after the missing part of what it reads. Tasks read their
//! input when they start, so what already runs goes on.

use crate::effect::LossReason;
use crate::event::Event;
use crate::id::{ExecutorId, JobRunId, StageId, SubmissionId, TaskId};
use crate::kernel::Kernel;
use crate::spark::application::stage_run::{Failure, Host, Phase, Place, StageRun};
use crate::spark::scheduling::task_set::TaskSet;
use crate::spark::state::Spark;
use crate::units::{Duration, Time};

/// `DAGScheduler.RESUBMIT_TIMEOUT`.
const RESUBMIT_TIMEOUT: Duration = Duration::from_millis(200);

/// Results that are gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::spark) enum Lost {
    /// Those of the executor of that number.
    Executor(u32),
    /// Those of all executors that are or were on a node.
    Node(u32),
}

impl Spark<'_> {
    /// The container of an executor is gone: what ran there runs again, and the driver asks for
    /// another one in its next round.
    pub fn on_executor_lost(&mut self, id: ExecutorId, why: LossReason, kernel: &mut Kernel<'_>) {
        let executor = &self.executors[id];
        let (submission, host) = (executor.submission, executor.host);
        let (number, was_running) = (executor.number, executor.running);
        let was_given_up = executor.removal.is_some();
        let app = self.submissions[submission].app;
        let conf = &self.model.apps[app].conf;
        // Whose fault it was decides whether its tasks have failed.
        let own_fault = matches!(why, LossReason::Killed | LossReason::OutOfMemory);
        let mut doomed = None;
        for task in self.tasks_of(id) {
            let task = self.stop(task, kernel);
            kernel.metrics.apps[app].failed_tasks += 1;
            self.apps[app].counts.failed += 1;
            if own_fault {
                let failure = Failure {
                    partition: task.partition,
                    executor: id,
                    host,
                };
                let failures = self.count_failure(&task, failure, kernel);
                if conf.scheduling.max_failures <= failures {
                    doomed = Some(task.job_run);
                }
            }
            self.retry(&task);
        }
        if let Some(heartbeats) = &mut self.submissions[submission].heartbeats
            && !was_given_up
        {
            heartbeats.lose(id);
        }
        self.forget_executor(id, kernel);
        if let Some(run) = doomed {
            self.fail_job(run, kernel);
            if !self.submissions.contains(submission) {
                return;
            }
        }
        match (host, why) {
            (Host::Node(node), LossReason::NodeLost) if conf.scheduling.shuffle_service => {
                self.lose_results(submission, Lost::Node(node));
            }
            _ if conf.scheduling.shuffle_service => {}
            _ => self.lose_results(submission, Lost::Executor(number)),
        }
        self.recompute_levels(submission);
        let state = &mut self.submissions[submission];
        if own_fault && was_running && !was_given_up {
            state.lost_executors += 1;
            let most = conf.executors.max_failures;
            // On YARN the master counts them.
            let counts = state.heartbeats.is_none();
            if counts && most.is_some_and(|most| most < state.lost_executors) {
                self.fail_submission(submission, kernel);
                return;
            }
        }
        self.ask_executors(submission, kernel);
        self.offer_all(submission, kernel);
        self.follow_tasks(submission, kernel);
    }

    /// The node of an executor computes at another speed: tasks that start from now on do.
    pub fn on_speed_changed(&mut self, id: ExecutorId, speed: f64) {
        if self.executors.contains(id) {
            self.executors[id].speed = speed;
        }
    }

    /// Tasks that run on an executor, those of later stages and partitions first: of those that
    /// wait again the last goes first.
    fn tasks_of(&self, id: ExecutorId) -> Vec<TaskId> {
        let tasks = self.tasks.enumerate();
        let tasks = tasks.filter(|(_, task)| task.executor == id);
        let mut tasks: Vec<TaskId> = tasks.map(|(task, _)| task).collect();
        tasks.sort_by_key(|id| {
            let task = &self.tasks[*id];
            std::cmp::Reverse((task.job_run, task.stage, task.partition))
        });
        tasks
    }

    /// Results are gone.
    pub(in crate::spark) fn lose_results(&mut self, id: SubmissionId, lost: Lost) {
        for index in 0..self.submissions[id].runs.len() {
            let run = self.submissions[id].runs[index];
            for stage in self.model.jobs[self.job_runs[run].job].stage_ids() {
                self.lose_results_of(run, stage, lost);
            }
        }
    }

    fn lose_results_of(&mut self, id: JobRunId, stage: StageId, lost: Lost) {
        let run = &mut self.job_runs[id];
        let submission = self.executions[run.execution].submission;
        let numbers = &self.submissions[submission].numbers;
        let is_lost = |number: u32| match lost {
            Lost::Executor(executor) => number == executor,
            Lost::Node(node) => numbers.host(number) == Host::Node(node),
        };
        let state = run.stage_mut(stage);
        let Some(detail) = &mut state.detail else {
            return;
        };
        let mut again = Vec::new();
        for (number, partition) in detail.partitions.iter_mut().enumerate() {
            if matches!(partition.result, Place::Executor(at) if is_lost(at)) {
                partition.result = Place::Missing;
                again.push(number as u32);
            }
        }
        if again.is_empty() {
            return;
        }
        state.tasks_left += again.len() as u32;
        let (phase, partitions) = (detail.phase, detail.partitions.len() as u32);
        if phase == Phase::Running {
            // The last goes first.
            again.reverse();
            let set = TaskSet::empty(run.number, id, stage, partitions);
            let set = self.submissions[submission].task_sets.set(run.pool, set);
            again.retain(|partition| !set.has(*partition));
            for partition in again {
                set.wait_again(partition);
            }
        } else if phase == Phase::Done {
            let (pool, number) = (run.pool, run.number);
            let sets = &mut self.submissions[submission].task_sets;
            for child in &self.children[stage] {
                if let Some(set) = sets.find(pool, number, *child) {
                    set.broken = true;
                }
            }
        }
    }

    /// Whether the output of any parent of a stage is incomplete.
    pub(in crate::spark) fn lacks_input(&self, id: JobRunId, stage: StageId) -> bool {
        let run = &self.job_runs[id];
        let mut parents = self.model.stages[stage].parents.iter();
        parents.any(|parent| !run.stage(*parent).is_available())
    }

    /// A task finds what it is to read gone: its stage waits to be submitted again.
    pub(in crate::spark) fn fetch_failed(
        &mut self,
        id: JobRunId,
        stage: StageId,
        kernel: &mut Kernel<'_>,
    ) {
        let run = &mut self.job_runs[id];
        let submission = self.executions[run.execution].submission;
        let app = self.submissions[submission].app;
        if run.resubmit.is_none() {
            let due = kernel.schedule_after(RESUBMIT_TIMEOUT, Event::ResubmitDue(id));
            run.resubmit = Some(due);
        }
        let sets = &mut self.submissions[submission].task_sets;
        if let Some(set) = sets.find(run.pool, run.number, stage) {
            set.clear();
        }
        if !self.apps[app].choosy {
            sets.clear_empty();
        }
        if let Some(detail) = self.detail_mut(id, stage) {
            detail.phase = Phase::Failed;
            detail.failed_attempts += 1;
        }
        kernel.metrics.apps[app].fetch_failures += 1;
    }

    /// Stages that found what they were to read gone are submitted again.
    pub fn on_resubmit_due(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) {
        let run = &mut self.job_runs[id];
        run.resubmit = None;
        let submission = self.executions[run.execution].submission;
        let app = self.submissions[submission].app;
        let most = self.model.apps[app].conf.scheduling.max_stage_attempts;
        let stages = self.model.jobs[run.job].stage_ids();
        let failed = stages.filter(|stage| {
            let detail = self.detail(id, *stage);
            detail.is_some_and(|detail| detail.phase == Phase::Failed)
        });
        let failed: Vec<StageId> = failed.collect();
        let attempts = failed.iter().filter_map(|stage| self.detail(id, *stage));
        if attempts.map(|it| it.failed_attempts).max() >= Some(most) {
            self.fail_job(id, kernel);
            return;
        }
        for stage in failed {
            // It may have been submitted as what another one reads.
            let detail = self.detail(id, stage);
            if detail.is_some_and(|detail| detail.phase == Phase::Failed) {
                self.submit_stage(id, stage, kernel.now());
            }
        }
        self.offer_all(submission, kernel);
        self.follow_tasks(submission, kernel);
    }

    /// Starts a stage, or first what it reads and is gone.
    pub(in crate::spark) fn submit_stage(&mut self, id: JobRunId, stage: StageId, now: Time) {
        let run = &self.job_runs[id];
        let parents = self.model.stages[stage].parents.iter().copied();
        let missing = parents.filter(|parent| !run.stage(*parent).is_available());
        let missing: Vec<StageId> = missing.collect();
        if missing.is_empty() {
            self.start_stage(id, stage, now);
            return;
        }
        let state = self.job_runs[id].stage_mut(stage);
        state.parents_left = missing.len() as u32;
        set_phase(state, Phase::Waiting);
        for parent in missing {
            let run = &mut self.job_runs[id];
            let detail = run.stage(parent).detail.as_ref();
            match detail.map(|detail| detail.phase) {
                Some(Phase::Done) => {
                    run.stages_left += 1;
                    self.submit_stage(id, parent, now);
                }
                Some(Phase::Failed) => self.submit_stage(id, parent, now),
                // It is on its way.
                _ => {}
            }
        }
    }
}

fn set_phase(state: &mut StageRun, phase: Phase) {
    if let Some(detail) = &mut state.detail {
        detail.phase = phase;
    }
}
