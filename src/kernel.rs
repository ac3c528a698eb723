//! All that a handler may touch besides its own state: clock, calendar, effects, streams, figures.
//!
//! # Invariants
//! * The clock moves only when the run loop takes an event.
//! * Effects leave in the order in which they were pushed.
//! * The window opens and the run ends after everything else of the same instant.

use crate::effect::Effect;
use crate::engine::{Calendar, EventKey};
use crate::event::Event;
use crate::metrics::Metrics;
use crate::model::{Horizon, Model};
use crate::random::Streams;
use crate::record::{ContainerStory, Record, Sink, Step};
use crate::units::{Duration, Time};

/// What handlers work with.
#[derive(Debug)]
pub struct Kernel<'m> {
    /// The scenario.
    pub model: &'m Model,
    /// Where random words come from.
    pub streams: Streams,
    /// Where figures come from.
    pub metrics: Metrics,
    calendar: Calendar<Event>,
    /// Effects of the present instant, and how many of them have been handed out.
    effects: Vec<Effect>,
    handed: usize,
    /// Outcomes of outer requests and submissions so far.
    outcomes: u64,
    /// With so many of them the window opens or the run ends.
    mark: u64,
    /// Outer requests and applications that have not ended.
    open: u64,
    /// So many outcomes after the window has opened it ends and another opens; 0: it does not.
    batch: u64,
    /// Windows in all.
    batches: u64,
    /// Pending events that are progress: something present goes on by itself.
    progress: u64,
    /// Who reads along.
    sink: Option<&'m mut dyn Sink>,
}

impl<'m> Kernel<'m> {
    /// A kernel at time zero for one replication, and who reads along.
    pub fn new(model: &'m Model, replication: u32, sink: Option<&'m mut dyn Sink>) -> Self {
        let mut kernel = Self {
            model,
            streams: Streams::new(model.run.seed, replication),
            metrics: Metrics::new(model),
            calendar: Calendar::new(),
            effects: Vec::new(),
            handed: 0,
            outcomes: 0,
            mark: u64::MAX,
            open: 0,
            batch: 0,
            batches: 1,
            progress: 0,
            sink,
        };
        if let Horizon::Duration { warmup, duration } = model.run.horizon {
            // Without a warm-up the window has been open from the start, and what happens at the very
            // start is inside it.
            if !warmup.is_zero() {
                kernel.schedule(Time::ZERO + warmup, Event::WarmupEnded);
            }
            kernel.schedule(Time::ZERO + duration, Event::RunEnded);
        }
        kernel.mark = kernel.next_mark();
        kernel
    }

    /// Cuts the window into `batches` of equal length: `WarmupEnded` happens between them too.
    pub fn cut_window(&mut self, batches: u32) {
        self.batches = u64::from(batches);
        match self.model.run.horizon {
            Horizon::Duration { warmup, duration } => {
                let window = (duration - warmup).nanos();
                for number in 1..self.batches {
                    let share = u128::from(window) * u128::from(number) / u128::from(batches);
                    let end = warmup + Duration::from_nanos(share as u64);
                    self.schedule(Time::ZERO + end, Event::WarmupEnded);
                }
            }
            Horizon::Requests { warmup, requests } => {
                self.batch = (requests - warmup) / self.batches;
                self.mark = self.next_mark();
            }
            Horizon::Terminating { .. } => {}
        }
    }

    /// The instant of the current event.
    #[inline]
    pub fn now(&self) -> Time {
        self.calendar.now()
    }

    /// Pending events, for the run loop.
    #[inline]
    pub fn calendar(&mut self) -> &mut Calendar<Event> {
        &mut self.calendar
    }

    /// Lets `event` happen at `time`.
    #[inline]
    pub fn schedule(&mut self, time: Time, event: Event) -> EventKey {
        self.progress += u64::from(event.is_progress());
        self.calendar.schedule(time, event)
    }

    /// Lets `event` happen `delay` from now.
    #[inline]
    pub fn schedule_after(&mut self, delay: Duration, event: Event) -> EventKey {
        self.schedule(self.now() + delay, event)
    }

    /// The run loop has taken `event` out.
    #[inline]
    pub fn taken(&mut self, event: Event) {
        self.progress -= u64::from(event.is_progress());
    }

    /// Whether anything that is present will go on by itself, without new arrivals.
    #[inline]
    pub fn progresses(&self) -> bool {
        self.progress > 0
    }

    /// Takes a pending event back that is progress.
    pub fn cancel(&mut self, key: EventKey) {
        self.progress -= 1;
        self.calendar.cancel(key);
    }

    /// Takes a pending event back that is not progress.
    pub fn cancel_idle(&mut self, key: EventKey) {
        self.calendar.cancel(key);
    }

    /// Tells or asks another domain, at this instant.
    #[inline]
    pub fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// As [`Self::push`], for what may be nothing.
    #[inline]
    pub fn push_all(&mut self, effects: impl IntoIterator<Item = Effect>) {
        self.effects.extend(effects);
    }

    /// Whether there is an effect to route.
    #[inline]
    pub fn has_effects(&self) -> bool {
        !self.effects.is_empty()
    }

    /// The next effect to route.
    #[inline]
    pub fn next_effect(&mut self) -> Option<Effect> {
        let Some(&effect) = self.effects.get(self.handed) else {
            self.effects.clear();
            self.handed = 0;
            return None;
        };
        self.handed += 1;
        Some(effect)
    }

    /// Writes down what has happened.
    #[expect(
        clippy::inline_always,
        reason = "twice a request; a constant record needs no match"
    )]
    #[inline(always)]
    pub fn record(&mut self, record: &Record) {
        self.metrics.record(record);
        if let Some(sink) = &mut self.sink {
            sink.record(record);
        }
    }

    /// Whether somebody reads along.
    #[inline]
    pub fn is_traced(&self) -> bool {
        self.sink.is_some()
    }

    /// Tells whoever reads along of a container.
    pub fn tell(&mut self, story: &ContainerStory<'_>) {
        if let Some(sink) = &mut self.sink {
            sink.container(story);
        }
    }

    /// Tells whoever reads along what has happened at a service.
    pub fn step(&mut self, step: &Step) {
        if let Some(sink) = &mut self.sink {
            sink.step(step);
        }
    }

    /// Something has begun that must end before a terminating run does.
    #[inline]
    pub fn opened(&mut self) {
        self.open += 1;
    }

    /// It has ended.
    #[inline]
    pub fn closed(&mut self) {
        self.open -= 1;
    }

    /// How many such things there are.
    #[inline]
    pub fn open(&self) -> u64 {
        self.open
    }

    /// Outcomes of outer requests and submissions so far.
    pub fn outcomes(&self) -> u64 {
        self.outcomes
    }

    /// An outer request or submission of a workload has had its outcome.
    #[inline]
    pub fn outcome(&mut self) {
        self.outcomes += 1;
        if self.outcomes == self.mark {
            self.mark_reached();
        }
    }

    /// With so many outcomes a window opens, or the run ends.
    #[cold]
    fn mark_reached(&mut self) {
        let next = self.next_mark();
        let event = if next == u64::MAX {
            Event::RunEnded
        } else {
            Event::WarmupEnded
        };
        self.schedule(self.now(), event);
        self.mark = next;
    }

    /// The number of outcomes that something happens with next: the end of the warm-up, of a batch,
    /// or of the run. None comes after the last of these.
    fn next_mark(&self) -> u64 {
        let Horizon::Requests { warmup, requests } = self.model.run.horizon else {
            return u64::MAX;
        };
        if requests <= self.outcomes {
            return u64::MAX;
        }
        let Some(counted) = self.outcomes.checked_sub(warmup) else {
            return warmup;
        };
        // The last batch ends with the run, and may be longer.
        match counted.checked_div(self.batch) {
            Some(complete) if complete + 1 < self.batches => warmup + (complete + 1) * self.batch,
            _ => requests,
        }
    }
}
