//! The life of a task: launched, ended, failed, killed.

use super::deals::Deal;
use super::overheads::Launch;
use crate::event::Event;
use crate::id::{AppId, ExecutorId, JobRunId, StageId, TaskId};
use crate::kernel::Kernel;
use crate::model::TaskTimes;
use crate::random::Word;
use crate::record::Record;
use crate::spark::application::stage_run::{Detail, Place};
use crate::spark::scheduling::task_set::Waiting;
use crate::spark::state::{Spark, Task};
use crate::units::Duration;

/// Which attempt at which partition: what random words are found by.
#[derive(Clone, Copy)]
pub(in crate::spark) struct AttemptKey {
    pub(in crate::spark) execution: u64,
    pub(in crate::spark) partition: u32,
    attempt: u16,
}

impl AttemptKey {
    /// That of what a task computes again because somebody has lost it.
    pub(in crate::spark) fn again(self) -> Self {
        Self {
            attempt: u16::MAX - self.attempt,
            ..self
        }
    }

    fn number(self) -> u64 {
        u64::from(self.attempt) << 32 | u64::from(self.partition)
    }
}

impl Spark<'_> {
    /// What is known of the partitions of a stage that runs.
    pub(in crate::spark) fn detail(&self, run: JobRunId, stage: StageId) -> Option<&Detail> {
        let run = &self.job_runs[run];
        run.stage(stage).detail.as_deref()
    }

    /// As [`Self::detail`], to change it.
    pub(in crate::spark) fn detail_mut(
        &mut self,
        run: JobRunId,
        stage: StageId,
    ) -> Option<&mut Detail> {
        let run = &mut self.job_runs[run];
        run.stage_mut(stage).detail.as_deref_mut()
    }

    /// Launches a task on an executor with a free slot. Answers whether it runs: what it is to read
    /// may be gone, or nobody may need it any more.
    #[inline]
    pub(in crate::spark) fn launch(
        &mut self,
        executor_id: ExecutorId,
        waiting: Waiting,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let Waiting {
            stage, partition, ..
        } = waiting;
        let now = kernel.now();
        if waiting.broken {
            self.fetch_failed(waiting.job_run, stage, kernel);
            return false;
        }
        let run = &mut self.job_runs[waiting.job_run];
        let mut attempt = 0;
        let mut tracked = false;
        if let Some(detail) = &mut run.stage_mut(stage).detail {
            let state = &mut detail.partitions[partition as usize];
            if state.result != Place::Missing || (waiting.copy && state.running != 1) {
                return false;
            }
            attempt = state.attempts;
            state.attempts = attempt.saturating_add(1);
            state.running += 1;
            tracked = true;
            self.book_held_for_shuffle(executor_id, now, kernel);
        }
        let run = &self.job_runs[waiting.job_run];
        let execution_id = run.execution;
        let execution = &mut self.executions[execution_id];
        execution.first_task.get_or_insert(now);
        let key = AttemptKey {
            // Whoever is submitted again does not fail again in the same way.
            execution: execution.number | u64::from(execution.restarts) << 40,
            partition,
            attempt,
        };
        let executor = &mut self.executors[executor_id];
        executor.free_slots -= 1;
        let speed = executor.speed;
        let submission = &mut self.submissions[executor.submission];
        submission.task_sets.launched(run.pool);
        submission.busy += 1;
        let app = submission.app;
        self.apps[app].counts.launched += 1;
        kernel.metrics.apps[app].running_tasks.rise(now, 1);
        let in_steps = self.model.stages[stage].in_steps;
        let mut time = if in_steps {
            self.computing_time(waiting, key, speed)
        } else {
            self.task_time(stage, key, waiting.copy, speed)
        };
        let mut remote = Duration::ZERO;
        if tracked && self.model.stages[stage].locality.is_some() {
            let (again, more) = self.far_time(executor_id, (execution_id, stage), key);
            time += again;
            if self.cores.is_some() {
                // Bytes that come from afar need no processor.
                remote = more;
            } else {
                time += more;
            }
        }
        let fails = self.fails(stage, key, &mut time);
        let launch = Launch {
            now,
            submission: self.executors[executor_id].submission,
            executor: executor_id,
            job_run: waiting.job_run,
            stage,
            partition,
        };
        let (computing, mut result) = (time, Duration::ZERO);
        let time = if in_steps {
            let (lead, after) = self.lead(launch);
            result = after;
            lead + remote
        } else {
            self.slot_time(launch, time)
        };
        let ended = if in_steps {
            Event::TaskMovedOn
        } else {
            Event::TaskEnded
        };
        let id = self.tasks.insert_with(|task| Task {
            executor: executor_id,
            job_run: waiting.job_run,
            stage,
            partition,
            place: 0,
            fails,
            started: now,
            due: kernel.schedule_after(time, ended(task)),
        });
        let run = &mut self.job_runs[waiting.job_run];
        if let Some(detail) = &mut run.stage_mut(stage).detail {
            self.tasks[id].place = detail.running.len() as u32;
            detail.running.push(id);
            if waiting.copy {
                kernel.metrics.apps[app].speculative_tasks += 1;
            }
        }
        if in_steps {
            self.begin_data(id, (computing, result), kernel);
        }
        true
    }

    /// How long a task that goes step by step computes: what its partitions, or its share of them, take
    /// in proportion to their sizes.
    fn computing_time(&mut self, waiting: Waiting, key: AttemptKey, speed: f64) -> Duration {
        let Waiting { stage, copy, .. } = waiting;
        let Some(plan) = self.plan(waiting.job_run, stage) else {
            return self.task_time(stage, key, copy, speed);
        };
        let fraction = plan.fraction(key.partition);
        let partitions = plan.partitions(key.partition);
        let sizes: Vec<f64> = partitions.clone().map(|it| plan.relative(it)).collect();
        let scaled = |time: Duration, by: f64| {
            if by.to_bits() == 1f64.to_bits() {
                time
            } else {
                Duration::from_seconds(time.seconds() * by)
            }
        };
        let mut sum = Duration::ZERO;
        for (partition, size) in partitions.zip(sizes) {
            let key = AttemptKey { partition, ..key };
            sum += scaled(self.task_time(stage, key, copy, speed), size);
        }
        scaled(sum, fraction)
    }

    /// Whether an attempt ends without a result, after which part of its time.
    #[inline]
    fn fails(&self, stage: StageId, key: AttemptKey, time: &mut Duration) -> bool {
        let failure = self.model.stages[stage].task_failure;
        if failure <= 0.0 {
            return false;
        }
        let word: Word = self.failure_words[stage].word(key.execution, key.number());
        let chance = word.uniform();
        let fails = chance < failure;
        if fails {
            // What decides is uniform below `failure`: so is how far it gets.
            *time = Duration::from_seconds(time.seconds() * (chance / failure));
        }
        fails
    }

    /// How long a task holds its slot. Its word is keyed by execution, stage, partition and attempt,
    /// so it does not depend on when and where the task runs. What was recorded of a partition
    /// holds for every attempt but copies, which are made of tasks that were slow for no reason of
    /// their own: they take as long as any other task of the stage.
    #[inline]
    pub(in crate::spark) fn task_time(
        &mut self,
        stage: StageId,
        key: AttemptKey,
        copy: bool,
        speed: f64,
    ) -> Duration {
        let model = self.model;
        match (&mut self.draws[stage], &model.stages[stage].task_times) {
            (Some(draws), _) => {
                let seconds = draws.seconds(key.execution, key.number());
                // A division takes its time, and most nodes need none.
                let plain = speed.to_bits() == 1f64.to_bits();
                Duration::from_seconds(if plain { seconds } else { seconds / speed })
            }
            (
                None,
                recording @ (TaskTimes::Recorded(times) | TaskTimes::Resampled { times, .. }),
            ) => {
                let time = if copy {
                    let word = self.copy_words[stage].word(key.execution, key.number());
                    let number = (word.uniform() * times.len() as f64) as usize;
                    times[number.min(times.len() - 1)]
                } else if let (TaskTimes::Resampled { within, .. }, Some(words)) =
                    (recording, &self.task_words[stage])
                {
                    let within = *within;
                    let of_stage = (stage, key.execution);
                    let deal = Deal {
                        times,
                        within,
                        words,
                    };
                    self.deals.time(of_stage, deal, key.partition)
                } else {
                    times[key.partition as usize]
                };
                if speed.to_bits() == 1f64.to_bits() {
                    time
                } else {
                    Duration::from_seconds(time.seconds() / speed)
                }
            }
            (None, TaskTimes::Drawn(_)) => unreachable!("drawn times are drawn"),
        }
    }

    /// A task has run to its end: its slot is offered, then its stage may be done.
    #[inline]
    pub fn on_task_ended(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let task = self.tasks.remove(id);
        let executor = &mut self.executors[task.executor];
        executor.free_slots += 1;
        let submission_id = executor.submission;
        let submission = &mut self.submissions[submission_id];
        let app = submission.app;
        kernel.metrics.apps[app].running_tasks.fall(now, 1);
        let run = &mut self.job_runs[task.job_run];
        submission.task_sets.ended(run.pool);
        submission.busy -= 1;
        let stage = run.stage_mut(task.stage);
        if stage.detail.is_some() {
            self.tracked_task_ended(&task, kernel);
            return;
        }
        stage.tasks_left -= 1;
        let done = stage.tasks_left == 0;
        self.book_success(app, &task, kernel);
        self.offer_one(submission_id, task.executor, kernel);
        if done {
            self.end_stage(task.job_run, task.stage, kernel);
            self.offer_all(submission_id, kernel);
        }
    }

    #[inline]
    fn book_success(&mut self, app: AppId, task: &Task, kernel: &mut Kernel<'_>) {
        self.apps[app].counts.succeeded += 1;
        kernel.record(&Record::TaskEnded {
            app,
            stage: task.stage,
            started: task.started,
            ended: kernel.now(),
        });
    }

    /// As [`Self::on_task_ended`], where results can be lost, tasks fail and copies be made.
    fn tracked_task_ended(&mut self, task: &Task, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let executor = &mut self.executors[task.executor];
        let submission_id = executor.submission;
        let serial = executor.number;
        let app = self.submissions[submission_id].app;
        self.runs_no_longer(task);
        self.rests(task.executor, kernel);
        if task.fails {
            self.book_failure(task, kernel);
            if self.give_up_or_retry(task, kernel) {
                return;
            }
            self.offer_all(submission_id, kernel);
            self.follow_tasks(submission_id, kernel);
            return;
        }
        self.book_success(app, task, kernel);
        if self.apps[app].delays {
            self.keep_partitions(task, kernel);
        }
        let scheduling = &self.model.apps[app].conf.scheduling;
        let speculates = scheduling.speculation.is_some();
        let has_children = !self.children[task.stage].is_empty();
        let run = &mut self.job_runs[task.job_run];
        let stage = run.stage_mut(task.stage);
        let Some(detail) = &mut stage.detail else {
            return;
        };
        let partition = &mut detail.partitions[task.partition as usize];
        let copies = partition.running > 0;
        let mut done = false;
        if partition.result == Place::Missing {
            partition.result = if has_children {
                Place::Executor(serial)
            } else {
                Place::Safe
            };
            stage.tasks_left -= 1;
            done = stage.tasks_left == 0;
            if has_children {
                self.executors[task.executor].needed_results += 1;
            }
            if speculates {
                detail.took(now - task.started);
            }
        }
        if copies {
            self.offer_back(task.executor, kernel);
            self.kill_copies(task, kernel);
            // Their slots are free too.
            self.offer_all(submission_id, kernel);
        } else {
            self.offer_one(submission_id, task.executor, kernel);
        }
        if done {
            let open = self.end_stage(task.job_run, task.stage, kernel);
            // Only new tasks make the driver offer all slots at once: tasks that wait for their
            // places go on waiting until the next revival.
            if open || !self.apps[app].delays {
                self.offer_all(submission_id, kernel);
            }
        } else if speculates {
            self.watch(submission_id, kernel);
        }
        self.follow_tasks(submission_id, kernel);
    }

    /// An executor whose slot has become free is among those that are offered.
    pub(in crate::spark) fn offer_back(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let executor = &self.executors[id];
        if executor.leaving {
            self.leave_if_idle(id, kernel);
        } else if executor.free_slots == 1 {
            self.submissions[executor.submission].offers.push_back(id);
        }
    }

    /// The other attempts at the partition of a task that has ended are killed.
    fn kill_copies(&mut self, task: &Task, kernel: &mut Kernel<'_>) {
        let Some(detail) = self.detail(task.job_run, task.stage) else {
            return;
        };
        let mut others: Vec<TaskId> = detail.running.clone();
        others.retain(|other| self.tasks[*other].partition == task.partition);
        others.sort_unstable();
        for other in others {
            self.kill(other, kernel);
        }
    }
}
