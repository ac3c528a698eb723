//! The random words of attempts: found by the request, the way from it to the attempt, and what
//! they are for, so that no policy moves the words of another request.

use super::attempt::Root;
use crate::random::{Draw, Keyed, Purpose, Streams, Word};

/// The words of all attempts that a workload's requests lead to.
#[derive(Debug)]
pub(super) struct Words {
    routing: Keyed,
    work: Keyed,
    cpu: Keyed,
    patience: Keyed,
    backoff: Keyed,
    call: Keyed,
    shedding: Keyed,
}

impl Words {
    /// Those of the workload of that name.
    pub(super) fn new(streams: &Streams, workload: &str) -> Self {
        let path = format!("workloads.{workload}");
        let keyed = |purpose| streams.keyed(&path, purpose);
        Self {
            routing: keyed(Purpose::Routing),
            work: keyed(Purpose::AttemptWork),
            cpu: keyed(Purpose::CpuTime),
            patience: keyed(Purpose::Patience),
            backoff: keyed(Purpose::Backoff),
            call: keyed(Purpose::Call),
            shedding: keyed(Purpose::Shedding),
        }
    }

    /// For the balancer.
    #[inline]
    pub(super) fn routing(&self, root: Root) -> Draw {
        Draw::new(self.routing.word(root.number, root.path))
    }

    /// For the service time of an attempt that is not the first of a workload's request.
    pub(super) fn work(&self, root: Root) -> Word {
        self.work.word(root.number, root.path)
    }

    /// For the processor time.
    pub(super) fn cpu(&self, root: Root) -> Word {
        self.cpu.word(root.number, root.path)
    }

    /// For the patience.
    pub(super) fn patience(&self, root: Root) -> Word {
        self.patience.word(root.number, root.path)
    }

    /// For the wait before an attempt.
    pub(super) fn backoff(&self, root: Root) -> Word {
        self.backoff.word(root.number, root.path)
    }

    /// For whether a call is made.
    pub(super) fn call(&self, root: Root) -> Word {
        self.call.word(root.number, root.path)
    }

    /// For whether an attempt is refused to shed load.
    pub(super) fn shedding(&self, root: Root) -> Word {
        self.shedding.word(root.number, root.path)
    }
}
