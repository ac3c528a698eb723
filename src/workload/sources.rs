//! The state of all workloads.

use super::ahead::Ahead;
use super::batch::Batch;
use super::closed::{Population, User};
use super::process::Process;
use crate::effect::{Caller, Effect, Request, Work};
use crate::event::Event;
use crate::id::{ClassId, IdVec, UserId, WorkloadId};
use crate::kernel::Kernel;
use crate::model::{Arrivals, Horizon, Model, Target, Trace};
use crate::random::{Purpose, Sequence, Streams};
use crate::record::{Outcome, Record};
use crate::units::Time;

/// All workloads.
#[derive(Debug)]
pub struct Workloads<'m> {
    sources: IdVec<WorkloadId, Source<'m>>,
    /// Those of closed workloads.
    users: IdVec<UserId, User>,
    /// No arrivals after this instant.
    until: Time,
    /// Open workloads, and users of closed ones, that will send again.
    active: usize,
}

#[derive(Debug)]
struct Source<'m> {
    target: Target,
    class: ClassId,
    works: Works,
    /// Requests so far.
    number: u64,
    kind: Kind<'m>,
    /// How many arrive at once, where that is not one.
    batch: Option<Batch>,
    /// What is recorded of each arrival besides its time.
    trace: Option<&'m Trace>,
}

/// What decides how much work the requests of an open workload are.
#[derive(Debug)]
enum Works {
    /// The law of the one endpoint that they go to.
    Ahead(Ahead),
    /// The law of whichever endpoint, or nothing: users have words of their own, and a trace may say.
    Words(Sequence),
}

/// What makes a workload send.
#[derive(Debug)]
enum Kind<'m> {
    /// Time.
    Open(Process<'m>),
    /// Answers.
    Closed(Population),
}

impl<'m> Workloads<'m> {
    /// The workloads of a scenario.
    pub fn new(model: &'m Model, streams: &Streams) -> Self {
        let mut users = IdVec::new();
        let sources: IdVec<_, _> = model
            .workloads
            .enumerate()
            .map(|(id, _)| Source::new(id, model, &mut users, streams))
            .collect();
        let until = match model.run.horizon {
            Horizon::Terminating {
                arrivals_until: Some(until),
            } => Time::ZERO + until,
            _ => Time::MAX,
        };
        let open = |source: &&Source<'_>| matches!(source.kind, Kind::Open(_));
        Self {
            active: sources.iter().filter(open).count() + users.len(),
            sources,
            users,
            until,
        }
    }

    /// Schedules the first arrival of each workload.
    pub fn start(&mut self, kernel: &mut Kernel<'_>) {
        for id in self.sources.ids() {
            if let Kind::Open(_) = self.sources[id].kind {
                self.schedule_next(id, kernel);
            }
        }
        for user in self.users.ids() {
            self.think(user, kernel);
        }
    }

    /// Whether nothing will arrive any more.
    pub fn exhausted(&self) -> bool {
        self.active == 0
    }

    /// Requests or submissions leave their workload. A single request is answered with, not pushed:
    /// it is the only effect.
    #[inline]
    pub fn on_arrival(&mut self, id: WorkloadId, kernel: &mut Kernel<'_>) -> Option<Request> {
        self.schedule_next(id, kernel);
        let source = &mut self.sources[id];
        let Some(batch) = &mut source.batch else {
            return source.send_next(id, kernel);
        };
        for _ in 0..batch.next() {
            let request = source.send_next(id, kernel);
            kernel.push_all(request.map(Effect::Send));
        }
        None
    }

    /// A user has thought long enough.
    pub fn on_thought(&mut self, user: UserId, kernel: &mut Kernel<'_>) {
        let User { workload, cycle } = self.users[user];
        let source = &self.sources[workload];
        if let Kind::Closed(population) = &source.kind {
            let number = population.number(user, cycle);
            let work = Work::Word(population.work(user, cycle));
            let request = source.send(workload, number, work, kernel);
            kernel.push_all(request.map(Effect::Send));
        }
    }

    /// A request or submission has had its outcome.
    #[inline]
    pub fn on_answered(
        &mut self,
        id: WorkloadId,
        number: u64,
        _outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        kernel.closed();
        kernel.outcome();
        if let Kind::Closed(population) = &self.sources[id].kind {
            let user = population.user(number);
            self.users[user].cycle += 1;
            self.think(user, kernel);
        }
    }

    /// A user thinks before the next request.
    fn think(&mut self, user: UserId, kernel: &mut Kernel<'_>) {
        let User { workload, cycle } = self.users[user];
        if let Kind::Closed(population) = &self.sources[workload].kind {
            let time = kernel.now() + population.think_time(user, cycle);
            self.schedule(Some(time), Event::Thought(user), kernel);
        }
    }

    #[inline]
    fn schedule_next(&mut self, id: WorkloadId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        if let Kind::Open(process) = &mut self.sources[id].kind {
            let next = process.next(now);
            self.schedule(next, Event::Arrival(id), kernel);
        }
    }

    #[inline]
    fn schedule(&mut self, next: Option<Time>, event: Event, kernel: &mut Kernel<'_>) {
        match next {
            Some(time) if time <= self.until => {
                kernel.schedule(time, event);
            }
            _ => self.active -= 1,
        }
    }
}

impl<'m> Source<'m> {
    fn new(
        id: WorkloadId,
        model: &'m Model,
        users: &mut IdVec<UserId, User>,
        streams: &Streams,
    ) -> Self {
        let workload = &model.workloads[id];
        let path = format!("workloads.{}", workload.name);
        let (arrivals, batch) = match &workload.arrivals {
            Arrivals::Batch { of, size } => (&**of, Some(Batch::new(size, &path, streams))),
            arrivals => (arrivals, None),
        };
        let kind = match Process::new(arrivals, &path, streams) {
            Some(process) => Kind::Open(process),
            None => Kind::Closed(Population::new((id, workload), &path, users, streams)),
        };
        let trace = match arrivals {
            Arrivals::Trace(trace) => Some(trace),
            _ => None,
        };
        let words = streams.sequence(&path, Purpose::Work);
        let says = |trace: &Trace| trace.endpoints.is_some() || trace.sizes.is_some();
        let asks_law = matches!(kind, Kind::Open(_)) && !trace.is_some_and(says);
        let works = match workload.target {
            Target::Endpoint(endpoint) if asks_law => {
                let law = &model.endpoints[endpoint].service_time;
                Works::Ahead(Ahead::new(law.sampler(), words))
            }
            _ => Works::Words(words),
        };
        Self {
            target: workload.target,
            class: workload.class,
            works,
            number: 0,
            kind,
            batch,
            trace,
        }
    }

    /// Sends the next request of an open workload.
    #[inline]
    fn send_next(&mut self, id: WorkloadId, kernel: &mut Kernel<'_>) -> Option<Request> {
        let work = match &mut self.works {
            Works::Ahead(works) => Work::Size(works.next()),
            Works::Words(words) => Work::Word(words.word()),
        };
        let number = self.number;
        self.number += 1;
        self.send(id, number, work, kernel)
    }

    /// Makes a request, or submits an application.
    #[inline]
    fn send(
        &self,
        id: WorkloadId,
        number: u64,
        work: Work,
        kernel: &mut Kernel<'_>,
    ) -> Option<Request> {
        kernel.opened();
        match self.target {
            Target::Endpoint(endpoint) => {
                let mut request = Request {
                    workload: id,
                    endpoint,
                    class: self.class,
                    number,
                    work,
                };
                if let Some(trace) = self.trace {
                    as_recorded(&mut request, trace);
                }
                Some(request)
            }
            Target::Workflow(workflow) => {
                kernel.record(&Record::SubmissionArrived { workload: id });
                kernel.push(Effect::StartWorkflow {
                    workflow,
                    caller: Caller::Workload(id, number),
                });
                None
            }
            Target::App(app) => {
                kernel.record(&Record::SubmissionArrived { workload: id });
                kernel.push(Effect::Submit {
                    app,
                    caller: Caller::Workload(id, number),
                    speed: 1.0,
                });
                None
            }
        }
    }
}

/// Replaces what is recorded of this request.
fn as_recorded(request: &mut Request, trace: &Trace) {
    let row = request.number as usize;
    if let Some(sizes) = &trace.sizes {
        request.work = Work::Size(sizes[row]);
    }
    if let Some(endpoints) = &trace.endpoints {
        request.endpoint = endpoints[row];
    }
    if let Some(classes) = &trace.classes {
        request.class = classes[row];
    }
}
