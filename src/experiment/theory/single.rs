//! Models of one server, or of several that each get a random share.

use super::assumptions::Assumption;
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::streams::StreamLaw;
use crate::model::DisciplineKind as D;
use crate::random::Distribution;
use crate::theory::{
    Breakdowns, BySize, Gg, Gm1, Md1, Mg1, Mm1, PriorityClass, Setup, laplace, nonpreemptive_waits,
    preemptive_latencies,
};

use super::facts::second_moment;
use crate::theory::Moments;

/// All of them, the most telling first.
pub(super) fn candidates<'a>(facts: &'a Facts<'a>) -> Vec<Candidate<'a>> {
    vec![
        mm1(facts),
        md1(facts),
        mg1(facts),
        sharing(facts),
        shortest_job(facts),
        shortest_remaining(facts),
        priority(facts),
        preemptive_priority(facts),
        gm1(facts),
        setup(facts),
        breakdowns(facts),
    ]
}

/// What all of these assume besides arrivals, service and order.
fn common(facts: &Facts<'_>) -> Vec<Assumption> {
    vec![
        facts.one_server(),
        facts.unbounded(),
        facts.patient(),
        facts.always_on(),
        facts.fixed_replicas(),
        facts.plain_clients(),
        facts.only_service(),
        facts.stable(),
        facts.stationary(),
    ]
}

fn with(facts: &Facts<'_>, own: impl IntoIterator<Item = Assumption>) -> Vec<Assumption> {
    own.into_iter().chain(common(facts)).collect()
}

impl Facts<'_> {
    /// Queues of equal servers among which arrivals are drawn.
    pub(super) fn queues(&self) -> f64 {
        if self.is_one_queue() {
            1.0
        } else {
            f64::from(self.service.replicas)
        }
    }

    /// Arrivals per second at one of them.
    pub(super) fn rate_of_queue(&self) -> f64 {
        self.rate() / self.queues()
    }

    /// The queue M/G/1 at one of them.
    fn mg1(&self) -> Mg1 {
        Mg1 {
            arrival_rate: self.rate_of_queue(),
            service: self.moments(),
        }
    }

    /// Means that follow from the mean wait at one server by Little's law.
    fn means_of_wait(&self, wait: f64) -> Predictions {
        let (rate, service) = (self.rate(), self.moments().mean);
        Predictions::exact([
            ("utilization", self.load()),
            ("wait.mean", wait),
            ("latency.mean", wait + service),
            ("queue_length", rate * wait),
            ("in_system", rate * (wait + service)),
        ])
    }

    /// Means that follow from the mean latency.
    pub(super) fn means_of_latency(&self, latency: f64) -> Predictions {
        Predictions::exact([
            ("utilization", self.load()),
            ("latency.mean", latency),
            ("in_system", self.rate() * latency),
        ])
    }
}

fn mm1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.first_in_first_out(),
    ];
    Candidate {
        name: "M/M/1".to_owned(),
        source: "Kleinrock, Queueing Systems 1 (1975), chapter 3",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let queue = Mm1 {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / facts.moments().mean,
            };
            let mut predictions = facts.means_of_wait(queue.wait());
            let load = queue.wait_probability();
            predictions.add(
                Label::Exact,
                [("wait.positive", load), ("found", queue.in_system())],
            );
            predictions.latencies(|p| Some(queue.latency_quantile(p)));
            predictions.waits(queue.wait_probability(), |p| Some(queue.wait_quantile(p)));
            if facts.queues() > 1.0 {
                // Arrivals find those of all queues together.
                predictions
                    .figures
                    .retain(|figure| figure.figure != "found");
            }
            predictions.in_system = Some((
                facts.queues() * queue.in_system(),
                facts.queues() * queue.asymptotic_variance_in_system(),
            ));
            predictions
        }),
    }
}

fn md1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.constant_service(),
        facts.first_in_first_out(),
    ];
    Candidate {
        name: "M/D/1".to_owned(),
        source: "Erlang (1909); percentiles: Franx, Operations Research Letters 29 (2001)",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let mut predictions = facts.means_of_wait(facts.mg1().wait());
            let queue = Md1 {
                arrival_rate: facts.rate_of_queue(),
                service_time: facts.moments().mean,
            };
            predictions.add(Label::Exact, [("wait.positive", facts.load())]);
            predictions.waits(facts.load(), |p| queue.wait_quantile(p));
            let service = facts.moments().mean;
            predictions.latencies(|p| Some(queue.wait_quantile(p)? + service));
            predictions
        }),
    }
}

fn mg1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "an order that does not look at service times",
        &[D::Fifo, D::Lifo, D::Random],
    );
    Candidate {
        name: "M/G/1".to_owned(),
        source: "Pollaczek (1930), Khinchine (1932); Kleinrock 1 (1975), section 5.6",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order]),
        predict: Box::new(|| {
            let mut predictions = facts.means_of_wait(facts.mg1().wait());
            predictions.add(Label::Exact, [("wait.positive", facts.load())]);
            predictions
        }),
    }
}

fn sharing<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "the server is shared, or whoever comes last has it",
        &[D::ProcessorSharing, D::LifoPreemptive],
    );
    let name = match facts.service.discipline {
        D::LifoPreemptive => "M/G/1 LIFO, preemptive",
        _ => "M/G/1 PS",
    };
    let equal = equal_weights(facts);
    Candidate {
        name: name.to_owned(),
        source: "Sakata, Noguchi and Oizumi (1969); Kelly, Reversibility (1979)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order, equal]),
        predict: Box::new(|| facts.means_of_latency(facts.mg1().sharing_latency())),
    }
}

/// Whether nobody has a larger share of a shared server.
fn equal_weights(facts: &Facts<'_>) -> Assumption {
    let shared = facts.service.discipline == D::ProcessorSharing;
    let equal = facts.model.classes.iter().all(|class| class.weight == 1);
    let holds = !shared || equal;
    Assumption {
        what: "equal shares",
        held: if holds {
            super::Held::Yes
        } else {
            super::Held::No
        },
        why: if holds {
            "all weights are 1"
        } else {
            "classes have weights"
        }
        .to_owned(),
    }
}

fn shortest_job<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline("the shortest is next", &[D::ShortestJob]);
    Candidate {
        name: "M/G/1 SJF".to_owned(),
        source: "Phipps, Operations Research 4 (1956)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order]),
        predict: Box::new(|| {
            let law = facts.points();
            let queue = BySize {
                arrival_rate: facts.rate_of_queue(),
                service: facts.moments(),
                law: &law,
            };
            facts.means_of_wait(queue.shortest_job_wait())
        }),
    }
}

fn shortest_remaining<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline("the least work left is next", &[D::ShortestRemaining]);
    Candidate {
        name: "M/G/1 SRPT".to_owned(),
        source: "Schrage and Miller, Operations Research 14 (1966)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order]),
        predict: Box::new(|| {
            let law = facts.points();
            let queue = BySize {
                arrival_rate: facts.rate_of_queue(),
                service: facts.moments(),
                law: &law,
            };
            facts.means_of_latency(queue.shortest_remaining_latency())
        }),
    }
}

fn priority<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
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

fn preemptive_priority<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
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
    /// Whether it is known what each class sends.
    pub(super) fn known_classes(&self) -> Assumption {
        let classes = self.classes();
        Assumption {
            what: "each class sends by itself and has a priority of its own",
            held: if classes.is_some() {
                super::Held::Yes
            } else {
                super::Held::No
            },
            why: classes.map_or_else(
                || "calls, other arrivals or equal priorities".to_owned(),
                |classes| format!("{} classes", classes.len()),
            ),
        }
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

fn gm1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.renewal(),
        facts.exponential(),
        facts.first_in_first_out(),
        facts.one_replica(),
    ];
    Candidate {
        name: "G/M/1".to_owned(),
        source: "Kleinrock, Queueing Systems 1 (1975), chapter 6",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let gaps = match &facts.stream.law {
                StreamLaw::Renewal(law) => law.clone(),
                _ => Distribution::Exponential {
                    mean: 1.0 / facts.rate(),
                },
            };
            let queue = Gm1::new(&gaps, 1.0 / facts.moments().mean);
            gm1_figures(facts, &queue)
        }),
    }
}

/// What G/M/1 predicts, of one queue or of several with the same arrivals.
pub(super) fn gm1_figures(facts: &Facts<'_>, queue: &Gm1) -> Predictions {
    let mut predictions = facts.means_of_wait(queue.wait());
    predictions.add(Label::Exact, [("wait.positive", queue.wait_probability())]);
    if facts.service.replicas == 1 {
        predictions.add(Label::Exact, [("found", queue.found())]);
    }
    predictions.latencies(|p| Some(queue.latency_quantile(p)));
    predictions.waits(queue.wait_probability(), |p| Some(queue.wait_quantile(p)));
    predictions
}

fn setup<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "an order that does not look at service times",
        &[D::Fifo, D::Lifo, D::Random],
    );
    let holds = facts.service.setup.is_some() && facts.service.breakdowns.is_none();
    let switches = Assumption {
        what: "servers switch off when idle, and do not break down",
        held: if holds {
            super::Held::Yes
        } else {
            super::Held::No
        },
        why: if facts.service.setup.is_some() {
            "`setup`"
        } else {
            "no `setup`"
        }
        .to_owned(),
    };
    let mut assumptions = with(facts, [facts.poisson(), order, switches]);
    assumptions.retain(|assumption| assumption.what != facts.always_on().what);
    Candidate {
        name: "M/G/1 with set-up".to_owned(),
        source: "Welch, Operations Research 12 (1964)",
        label: Label::Exact,
        assumptions,
        predict: Box::new(|| {
            let Some(spec) = &facts.service.setup else {
                return Predictions::default();
            };
            let rate = facts.rate_of_queue();
            let server = Setup {
                arrival_rate: rate,
                service: facts.moments(),
                setup: Moments {
                    mean: spec.time.mean(),
                    square: second_moment(&spec.time),
                },
                cold: laplace(&spec.keep_alive, rate),
            };
            let mut predictions = facts.means_of_wait(server.wait());
            // Places of replicas that are off are none.
            predictions
                .figures
                .retain(|figure| figure.figure != "utilization");
            predictions.add(
                Label::Exact,
                [
                    ("setting_up", facts.queues() * server.setting_up()),
                    ("cold_starts / arrivals", server.cold_starts()),
                ],
            );
            predictions
        }),
    }
}

fn breakdowns<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let exponential = |law: &Distribution| matches!(law, Distribution::Exponential { .. });
    let holds = facts.service.setup.is_none()
        && facts
            .service
            .breakdowns
            .as_ref()
            .is_some_and(|spec| exponential(&spec.every) && exponential(&spec.repair));
    let fails = Assumption {
        what: "servers break down and are repaired after exponential times",
        held: if holds {
            super::Held::Yes
        } else {
            super::Held::No
        },
        why: match &facts.service.breakdowns {
            None => "no `breakdowns`",
            Some(_) if holds => "`breakdowns`",
            Some(_) => "another law",
        }
        .to_owned(),
    };
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.first_in_first_out(),
        fails,
    ];
    let mut assumptions = with(facts, own);
    assumptions.retain(|assumption| assumption.what != facts.always_on().what);
    Candidate {
        name: "M/M/1 with breakdowns".to_owned(),
        source: "White and Christie, Operations Research 6 (1958)",
        label: Label::Exact,
        assumptions,
        predict: Box::new(|| {
            let Some(spec) = &facts.service.breakdowns else {
                return Predictions::default();
            };
            let server = Breakdowns {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / facts.moments().mean,
                breakdown_rate: 1.0 / spec.every.mean(),
                repair_rate: 1.0 / spec.repair.mean(),
            };
            let queues = facts.queues();
            Predictions::exact([
                ("latency.mean", server.latency()),
                ("in_system", queues * server.in_system()),
                ("down", queues * (1.0 - server.availability())),
            ])
        }),
    }
}

/// Kingman's approximation and bounds, for any number of servers.
pub(super) fn kingman<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    // A random share of a renewal process has other gaps, unless it is Poisson.
    let arrivals = if facts.is_one_queue() {
        facts.renewal()
    } else {
        facts.poisson()
    };
    let own = [arrivals, facts.first_in_first_out(), facts.one_queue()];
    let mut assumptions = with(facts, own);
    assumptions.retain(|assumption| assumption.what != facts.one_server().what);
    Candidate {
        name: "G/G/c".to_owned(),
        source: "Kingman (1961, 1962), Daley (1977); several servers: Allen (1978) after Cunneen",
        label: Label::Approximation,
        assumptions,
        predict: Box::new(|| {
            let arrival_cv2 = match &facts.stream.law {
                StreamLaw::Renewal(law) => law.cv().map_or(f64::INFINITY, |cv| cv * cv),
                _ => 1.0,
            };
            let servers = facts.servers() / facts.queues() as u32;
            let queue = Gg {
                arrival_rate: facts.rate_of_queue(),
                arrival_cv2,
                service_time: facts.moments().mean,
                service_cv2: facts.moments().cv2(),
                servers,
            };
            let service = facts.moments().mean;
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            let wait = queue.wait_approximation();
            predictions.add(
                Label::Approximation,
                [
                    ("wait.mean", wait),
                    ("latency.mean", wait + service),
                    ("queue_length", facts.rate() * wait),
                    ("in_system", facts.rate() * (wait + service)),
                ],
            );
            if servers == 1 && facts.service.replicas == 1 {
                let bound = queue.wait_upper_bound();
                predictions.add(Label::UpperBound, [("wait.mean", bound)]);
            }
            predictions
        }),
    }
}

impl Facts<'_> {
    fn one_replica(&self) -> Assumption {
        let replicas = self.service.replicas;
        let alone = replicas == 1;
        Assumption {
            what: "one replica",
            held: if alone {
                super::Held::Yes
            } else {
                super::Held::No
            },
            why: format!("{replicas}"),
        }
    }
}
