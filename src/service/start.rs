//! Who is there when a run begins in the long run's state.
//!
//! The number in system is drawn from its stationary law. Service times are exponential there, so
//! what is left of them is as long as they are. Those who were there before the run belong to no
//! figure of requests: nobody knows how long they have waited. They count in levels.

use super::attempt::{Origin, Root};
use super::services::Services;
use crate::effect::Work;
use crate::id::{EndpointId, ServiceId};
use crate::kernel::Kernel;
use crate::model::{Arrivals, Stationary, Target};
use crate::random::Purpose;
use crate::theory::NumberLaw;
use crate::units::Time;

impl Services<'_> {
    /// Lets those in who are there at time zero.
    pub fn settle_in(&mut self, kernel: &mut Kernel<'_>) {
        let mut anybody = false;
        for id in self.model.services.ids() {
            if let Some(law) = self.model.services[id].initial {
                self.settle_in_at(id, law, kernel);
                anybody = true;
            }
        }
        if anybody {
            // What let them in was booked as arrivals.
            kernel.metrics.open_window(Time::ZERO);
        }
    }

    fn settle_in_at(&mut self, id: ServiceId, law: Stationary, kernel: &mut Kernel<'_>) {
        let path = format!("services.{}", self.model.services[id].name);
        let words = kernel.streams.keyed(&path, Purpose::Initial);
        let sources = self.sources(id);
        let rate: f64 = sources.iter().map(|(rate, ..)| rate).sum();
        let number = NumberLaw::new(law.load, law.servers, law.capacity);
        for index in 1..=number.draw(words.word(0, 0).uniform()) {
            // Whose it is: as likely as that workload sends.
            let mut left = words.word(index, 0).uniform() * rate;
            let chosen = sources.iter().find(|(rate, ..)| {
                left -= rate;
                left < 0.0
            });
            let Some((_, endpoint, root)) = chosen.or(sources.last()) else {
                return;
            };
            let work = Work::Word(words.word(index, 1));
            let root = Root {
                number: u64::MAX - index,
                ..*root
            };
            self.attempt(Origin::Start, root, *endpoint, work, kernel);
        }
    }

    /// Who sends to a service: rate, endpoint, and what their requests begin with.
    fn sources(&self, id: ServiceId) -> Vec<(f64, EndpointId, Root)> {
        let workloads = self.model.workloads.enumerate();
        let own = workloads.filter_map(|(workload, spec)| match (spec.target, &spec.arrivals) {
            (Target::Endpoint(endpoint), Arrivals::Poisson { rate })
                if self.endpoints[endpoint].service == id =>
            {
                let root = Root {
                    workload,
                    class: spec.class,
                    number: 0,
                    path: 0,
                };
                Some((rate.0, endpoint, root))
            }
            _ => None,
        });
        own.collect()
    }
}
