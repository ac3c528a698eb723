//! Which container belongs to whom.

use crate::effect::Owner;
use crate::id::{ContainerId, Id};

/// By owner: its container, from `Place` to `Release`.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    replicas: Vec<Vec<Option<ContainerId>>>,
    drivers: Vec<Option<ContainerId>>,
    executors: Vec<Option<ContainerId>>,
}

impl Owners {
    /// Notes that `container` is the owner's.
    pub(super) fn set(&mut self, owner: Owner, container: ContainerId) {
        let old = self.slot(owner).replace(container);
        assert!(old.is_none(), "{owner:?} already has {old:?}");
    }

    /// Forgets and answers the owner's container; `None`: it is lost.
    pub(super) fn take(&mut self, owner: Owner) -> Option<ContainerId> {
        self.slot(owner).take()
    }

    fn slot(&mut self, owner: Owner) -> &mut Option<ContainerId> {
        let (list, index) = match owner {
            Owner::Replica(service, replica) => {
                let services = &mut self.replicas;
                if services.len() <= service.index() {
                    services.resize_with(service.index() + 1, Vec::new);
                }
                (&mut services[service.index()], replica.index())
            }
            Owner::Driver(submission) => (&mut self.drivers, submission.index()),
            Owner::Executor(executor) => (&mut self.executors, executor.index()),
        };
        if list.len() <= index {
            list.resize(index + 1, None);
        }
        &mut list[index]
    }
}
