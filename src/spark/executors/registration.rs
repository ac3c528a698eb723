//! Executors: asked for, registered, waited for, gone.

use crate::effect::{Effect, Owner};
use crate::event::Event;
use crate::id::{ExecutorId, JobRunId, NodeId, SubmissionId};
use crate::kernel::Kernel;
use crate::spark::application::stage_run::{Host, Place};
use crate::spark::state::{Executor, Spark, Submission};
use crate::units::Time;

impl Spark<'_> {
    /// Whether an owner of a container is still there: whoever ends at an instant may not have given
    /// back yet what is lost, or comes to run, at the same one.
    pub fn owns(&self, owner: Owner) -> bool {
        match owner {
            Owner::Replica(..) => true,
            Owner::Driver(submission) => self.submissions.contains(submission),
            Owner::Executor(executor) => self.executors.contains(executor),
        }
    }

    /// The driver runs: it asks for executors and waits for as many as it needs to go on.
    pub fn on_driver_running(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &mut self.submissions[id];
        submission.driver_since = kernel.now();
        let app = submission.app;
        let wait = self.model.apps[app].conf.executors.max_registered_wait;
        if !self.apps[app].timeline.is_empty() {
            self.begin_timeline(id, kernel);
            self.go_on(id, kernel);
            return;
        }
        self.on_executors_due(id, kernel);
        if self.has_enough(id) || wait.is_zero() {
            self.go_on(id, kernel);
        } else {
            let due = kernel.schedule_after(wait, Event::ExecutorsWaited(id));
            self.submissions[id].waits = Some(due);
        }
    }

    /// Whether enough of the first executors have registered.
    fn has_enough(&self, id: SubmissionId) -> bool {
        let submission = &self.submissions[id];
        let rule = &self.model.apps[submission.app].conf.executors;
        f64::from(rule.initial) * rule.min_registered <= f64::from(submission.registered)
    }

    /// The driver has waited for its first executors long enough.
    pub fn on_executors_waited(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &mut self.submissions[id];
        submission.waits = None;
        let app = submission.app;
        if self.is_process(app) {
            self.open_process(id, kernel);
        }
        self.go_on(id, kernel);
    }

    /// The driver begins what has been submitted.
    fn go_on(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &mut self.submissions[id];
        submission.ready = true;
        if let Some(due) = submission.waits.take() {
            kernel.cancel(due);
        }
        for execution in std::mem::take(&mut submission.waiting) {
            self.begin(execution, kernel);
        }
    }

    /// The driver asks for executors that it lacks: at once, or as soon as its manager lets it.
    pub(in crate::spark) fn ask_executors(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        if self.submissions[id].heartbeats.is_some() {
            self.wake_master(id, kernel);
            return;
        }
        let submission = &self.submissions[id];
        // Nobody asks for executors that come at given times: there was no round.
        let (Some(last), None) = (submission.last_round, submission.executors_due) else {
            return;
        };
        if submission.target <= submission.present() {
            return;
        }
        let delay = self.model.apps[submission.app].conf.executors.batch_delay;
        // Also without delay an event of its own: whatever else is lost at this instant is lost
        // before anything new has its number.
        let due = (last + delay).max(kernel.now());
        let due = kernel.schedule(due, Event::ExecutorsDue(id));
        self.submissions[id].executors_due = Some(due);
    }

    /// The driver asks for its next batch of executors, or some come or go.
    pub fn on_executors_due(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let submission = &mut self.submissions[id];
        submission.executors_due = None;
        let app = submission.app;
        if !self.apps[app].timeline.is_empty() {
            self.follow_timeline(id, kernel);
            return;
        }
        if submission.heartbeats.is_some() {
            self.beat(id, kernel);
            return;
        }
        submission.last_round = Some(now);
        let model = self.model;
        let conf = &model.apps[app].conf;
        let missing = submission.target.saturating_sub(submission.present());
        let batch = conf.executors.batch_size.unwrap_or(missing).min(missing);
        for _ in 0..batch {
            self.request_executor(id, conf.slots_per_executor(), kernel);
        }
        self.ask_executors(id, kernel);
    }

    /// Asks for one executor.
    pub(in crate::spark) fn request_executor(
        &mut self,
        id: SubmissionId,
        slots: u32,
        kernel: &mut Kernel<'_>,
    ) -> ExecutorId {
        let executor = self.new_executor(id, slots, kernel);
        let incarnation = self.executors[executor].number;
        let request = self.container(id, u64::from(incarnation));
        kernel.push(Effect::Place {
            owner: Owner::Executor(executor),
            request,
        });
        executor
    }

    /// An executor that does not run yet.
    pub(in crate::spark) fn new_executor(
        &mut self,
        id: SubmissionId,
        slots: u32,
        kernel: &Kernel<'_>,
    ) -> ExecutorId {
        let submission = &mut self.submissions[id];
        submission.incarnations += 1;
        let incarnation = submission.incarnations;
        let executor = self.executors.insert(Executor {
            submission: id,
            running: false,
            number: incarnation,
            host: Host::Own(incarnation),
            idle_since: kernel.now(),
            needed_results: 0,
            results_since: None,
            slots,
            free_slots: 0,
            cached_partitions: 0,
            leaving: false,
            notice: None,
            removal: None,
            output_since: Time::ZERO,
            speed: 1.0,
            warm: None,
        });
        submission.executors.push(executor);
        submission.numbers.add(incarnation, executor);
        executor
    }

    /// An executor runs and has registered: its slots are offered.
    pub fn on_executor_running(
        &mut self,
        id: ExecutorId,
        (node, speed): (Option<NodeId>, f64),
        kernel: &mut Kernel<'_>,
    ) {
        let now = kernel.now();
        let executor = &mut self.executors[id];
        let submission_id = executor.submission;
        let submission = &mut self.submissions[submission_id];
        let app = submission.app;
        let slots = executor.slots;
        (executor.running, executor.free_slots, executor.speed) = (true, slots, speed);
        executor.idle_since = now;
        if let Some(node) = node {
            executor.host = Host::Node(node.0);
            submission.numbers.runs_on(executor.number, executor.host);
        }
        submission.registered += 1;
        let meter = &mut kernel.metrics.apps[app];
        meter.executors.rise(now, 1);
        meter.slots.rise(now, u64::from(slots));
        submission.offers.push_back(id);
        if submission.waits.is_some() && self.has_enough(submission_id) {
            self.go_on(submission_id, kernel);
        }
        if self.apps[app].delays {
            self.recompute_levels(submission_id);
            self.offer_in_turn(submission_id, Some(id), kernel);
        } else {
            self.offer_all(submission_id, kernel);
        }
        self.follow_tasks(submission_id, kernel);
        if self.submissions[submission_id].allocation.is_some() {
            self.may_go(id, kernel);
        }
    }

    /// An executor that runs no task is taken out of its application.
    pub(in crate::spark) fn forget_executor(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        self.book_held_for_shuffle(id, now, kernel);
        let executor = self.executors.remove(id);
        if let Some(notice) = &executor.notice {
            notice.end(id, kernel);
        }
        let submission = &mut self.submissions[executor.submission];
        if let Some(removal) = executor.removal {
            if let Some(due) = removal.due {
                kernel.cancel(due);
            }
            submission.removed -= 1;
        }
        submission.executors.retain(|other| *other != id);
        submission.offers.retain(|other| *other != id);
        submission.timeline.forget(id);
        if let Some(heartbeats) = &mut submission.heartbeats {
            heartbeats.forget(id);
        }
        self.known_stages.forget_executor(id);
        if let Some(cores) = &mut self.cores {
            cores.forget(id);
        }
        if let Some(excluded) = &mut submission.excluded {
            excluded.forget(id);
        }
        if executor.running {
            submission.registered -= 1;
            let meter = &mut kernel.metrics.apps[submission.app];
            meter.executors.fall(now, 1);
            meter.slots.fall(now, u64::from(executor.slots));
        }
        self.lose_cached(executor.submission, executor.number);
        self.number_goes(executor.submission, executor.number);
        self.forget_peer(executor.submission, executor.number, kernel);
        self.recompute_levels(executor.submission);
    }

    /// Nobody needs the results of a job any more.
    pub(in crate::spark) fn release_results(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) {
        let run = &self.job_runs[id];
        let submission_id = self.executions[run.execution].submission;
        let submission = &self.submissions[submission_id];
        if submission.allocation.is_none() {
            return;
        }
        let details = run.stages.iter().filter_map(|stage| stage.detail.as_ref());
        for partition in details.flat_map(|detail| &detail.partitions) {
            if let Place::Executor(number) = partition.result
                && let Some(executor) = submission.numbers.executor(number)
            {
                let executor = &mut self.executors[executor];
                executor.needed_results -= 1;
                executor.results_since = Some(kernel.now());
            }
        }
        for index in 0..self.submissions[submission_id].executors.len() {
            let executor = self.submissions[submission_id].executors[index];
            self.may_go(executor, kernel);
        }
    }

    /// Books how long an executor that comes out of its rest, or goes, had stayed for nothing but
    /// its shuffle output.
    pub(in crate::spark) fn book_held_for_shuffle(
        &self,
        id: ExecutorId,
        until: Time,
        kernel: &mut Kernel<'_>,
    ) {
        let executor = &self.executors[id];
        let submission = &self.submissions[executor.submission];
        let conf = &self.model.apps[submission.app].conf;
        let Some(rule) = conf.executors.dynamic else {
            return;
        };
        if executor.notice.is_some() || executor.removal.is_some() {
            // Up to then it has been booked.
            return;
        }
        let holds = executor.needed_results > 0 || executor.results_since.is_some();
        let rests = executor.running && executor.free_slots == conf.slots_per_executor();
        if rule.tracking.is_some() && holds && rests {
            let start = kernel.metrics.window_start;
            let meter = &mut kernel.metrics.apps[submission.app];
            let since = executor.output_since.max(executor.idle_since + rule.idle);
            meter.held_for_shuffle(start, since, until);
        }
    }
}

impl Submission {
    /// Executors that are there or on their way, but for those that the driver has given up.
    pub(in crate::spark) fn present(&self) -> u32 {
        self.executors.len() as u32 - self.removed
    }
}
