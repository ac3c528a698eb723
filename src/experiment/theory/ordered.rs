//! Models of one server that looks at its requests to choose the next: by size or by class.

use super::assumptions::{Assumption, assume};
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::single::with;
use crate::model::DisciplineKind as D;
use crate::theory::{BySize, Points, PriorityClass, nonpreemptive_waits, preemptive_latencies};

pub(super) fn shortest_job<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline("the shortest is next", &[D::ShortestJob]);
    Candidate {
        name: "M/G/1 SJF".to_owned(),
        source: "Phipps, Operations Research 4 (1956)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order]),
        predict: Box::new(|| {
            let law = facts.points();
            facts.means_of_wait(facts.by_size(&law).shortest_job_wait())
        }),
    }
}

pub(super) fn shortest_remaining<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline("the least work left is next", &[D::ShortestRemaining]);
    Candidate {
        name: "M/G/1 SRPT".to_owned(),
        source: "Schrage and Miller, Operations Research 14 (1966)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order]),
        predict: Box::new(|| {
            let law = facts.points();
            facts.means_of_latency(facts.by_size(&law).shortest_remaining_latency())
        }),
    }
}

pub(super) fn priority<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline("the highest class is next", &[D::Priority]);
    Candidate {
        name: "M/G/1 with priorities".to_owned(),
        source: "Cobham, Operations Research 2 (1954)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order, facts.known_classes()]),
        predict: Box::new(|| {
            let (names, classes) = facts.priority_classes();
            let waits = nonpreemptive_waits(&classes);
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            for ((name, class), wait) in names.iter().zip(&classes).zip(waits) {
                let latency = wait + class.service.mean;
                predictions.add(
                    Label::Exact,
                    [
                        (format!("{name}wait.mean"), wait),
                        (format!("{name}latency.mean"), latency),
                    ],
                );
            }
            predictions
        }),
    }
}

pub(super) fn preemptive_priority<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "a higher class goes first at once",
        &[D::PriorityPreemptive],
    );
    Candidate {
        name: "M/G/1 with preemptive priorities".to_owned(),
        source: "Kleinrock, Queueing Systems 2 (1976), chapter 3",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order, facts.known_classes()]),
        predict: Box::new(|| {
            let (names, classes) = facts.priority_classes();
            let latencies = preemptive_latencies(&classes);
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            for (name, latency) in names.iter().zip(latencies) {
                let figure = format!("{name}latency.mean");
                predictions.add(Label::Exact, [(figure, latency)]);
            }
            predictions
        }),
    }
}

impl Facts<'_> {
    /// The queue as one whose discipline looks at service times of a law.
    fn by_size<'a>(&self, law: &'a Points) -> BySize<'a> {
        BySize {
            arrival_rate: self.rate_of_queue(),
            service: self.moments(),
            law,
        }
    }

    /// Whether it is known what each class sends.
    pub(super) fn known_classes(&self) -> Assumption {
        let classes = self.classes();
        assume(
            "each class sends by itself and has a priority of its own",
            classes.is_some(),
            classes.map_or_else(
                || "calls, other arrivals or equal priorities".to_owned(),
                |classes| format!("{} classes", classes.len()),
            ),
        )
    }

    /// What stands before the figures of each class, and the class at one queue; highest first.
    fn priority_classes(&self) -> (Vec<String>, Vec<PriorityClass>) {
        let classes = self.classes().unwrap_or_default();
        let names = classes.iter().map(|class| {
            // Without other classes there are no figures by class.
            if self.model.classes.len() > 1 {
                format!("classes.{}.", class.name)
            } else {
                String::new()
            }
        });
        let queues = self.queues();
        let laws = classes.iter().map(|class| PriorityClass {
            arrival_rate: class.rate / queues,
            service: class.service,
        });
        (names.collect(), laws.collect())
    }
}
