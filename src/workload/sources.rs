//! The state of all workloads.

use crate::effect::{Caller, Effect, Request, Work};
use crate::event::Event;
use crate::id::{ClassId, IdVec, WorkloadId};
use crate::kernel::Kernel;
use crate::model::{Arrivals, Horizon, Model, Target};
use crate::random::{Distribution, Purpose, Sampler, Sequence, Streams};
use crate::record::{Outcome, Record};
use crate::units::{Duration, Time};

/// All workloads.
#[derive(Debug)]
pub struct Workloads<'m> {
    sources: IdVec<WorkloadId, Source<'m>>,
    /// No arrivals after this instant.
    until: Time,
    /// Workloads that will send again.
    active: usize,
}

#[derive(Debug)]
struct Source<'m> {
    target: Target,
    class: ClassId,
    process: Process<'m>,
    works: Sequence,
    /// Requests so far.
    number: u64,
}

#[derive(Debug)]
enum Process<'m> {
    Gaps { gap: Sampler, words: Sequence },
    Instants { times: std::slice::Iter<'m, Time> },
}

impl<'m> Workloads<'m> {
    /// The workloads of a scenario.
    pub fn new(model: &'m Model, streams: &Streams) -> Self {
        let sources: IdVec<_, _> = model
            .workloads
            .iter()
            .map(|workload| {
                let path = format!("workloads.{}", workload.name);
                let gaps = |gap: &Distribution| Process::Gaps {
                    gap: gap.sampler(),
                    words: streams.sequence(&path, Purpose::Gap),
                };
                Source {
                    target: workload.target,
                    class: workload.class,
                    process: match &workload.arrivals {
                        Arrivals::Poisson { rate } => {
                            gaps(&Distribution::Exponential { mean: 1.0 / rate.0 })
                        }
                        Arrivals::Renewal { interarrival } => gaps(interarrival),
                        Arrivals::At { times } => Process::Instants {
                            times: times.iter(),
                        },
                    },
                    works: streams.sequence(&path, Purpose::Work),
                    number: 0,
                }
            })
            .collect();
        let until = match model.run.horizon {
            Horizon::Terminating {
                arrivals_until: Some(until),
            } => Time::ZERO + until,
            _ => Time::MAX,
        };
        Self {
            active: sources.len(),
            sources,
            until,
        }
    }

    /// Schedules the first arrival of each workload.
    pub fn start(&mut self, kernel: &mut Kernel<'_>) {
        for id in self.sources.ids() {
            self.schedule_next(id, kernel);
        }
    }

    /// Whether nothing will arrive any more.
    pub fn exhausted(&self) -> bool {
        self.active == 0
    }

    /// A request or submission leaves its workload.
    #[inline]
    pub fn on_arrival(&mut self, id: WorkloadId, kernel: &mut Kernel<'_>) {
        self.schedule_next(id, kernel);
        kernel.opened();
        let source = &mut self.sources[id];
        let number = source.number;
        source.number += 1;
        match source.target {
            Target::Endpoint(endpoint) => {
                let work = Work::Word(source.works.word());
                kernel.push(Effect::Send(Request {
                    workload: id,
                    endpoint,
                    class: source.class,
                    number,
                    work,
                }));
            }
            Target::App(app) => {
                kernel.record(&Record::SubmissionArrived { workload: id });
                kernel.push(Effect::Submit {
                    app,
                    caller: Caller::Workload(id, number),
                });
            }
        }
    }

    /// A request or submission has had its outcome.
    #[inline]
    pub fn on_answered(
        &mut self,
        _id: WorkloadId,
        _number: u64,
        _outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        kernel.closed();
        kernel.outcome();
    }

    #[inline]
    fn schedule_next(&mut self, id: WorkloadId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let next = match &mut self.sources[id].process {
            Process::Gaps { gap, words } => {
                let gap: Duration = gap.duration(words.word());
                Some(now + gap)
            }
            Process::Instants { times } => times.next().copied(),
        };
        match next {
            Some(time) if time <= self.until => {
                kernel.schedule(time, Event::Arrival(id));
            }
            _ => self.active -= 1,
        }
    }
}
