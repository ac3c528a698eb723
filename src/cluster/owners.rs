//! Which container belongs to whom.

use crate::effect::Owner;
use crate::id::{ContainerId, Id};

/// By owner: its container, from `Place` to `Release`, or that it has lost it and does not know
/// yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    replicas: Vec<Vec<Slot>>,
    drivers: Vec<Slot>,
    executors: Vec<Slot>,
}

/// What an owner has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot {
    /// Nothing.
    #[default]
    Empty,
    /// A container.
    Held(ContainerId),
    /// A container that is gone, which it will be told.
    Lost,
    /// A container that is gone, which it has been told; it may have released it before.
    Told,
}

impl Owners {
    /// Notes that `container` is the owner's.
    pub(super) fn set(&mut self, owner: Owner, container: ContainerId) {
        let slot = self.slot(owner);
        let has_none = matches!(slot, Slot::Empty | Slot::Told);
        assert!(has_none, "{owner:?} already has {slot:?}");
        *slot = Slot::Held(container);
    }

    /// Forgets and answers the owner's container; `None`: it is lost, and the owner, who needs it
    /// no more, will not be told.
    pub(super) fn take(&mut self, owner: Owner) -> Option<ContainerId> {
        match std::mem::take(self.slot(owner)) {
            Slot::Held(container) => Some(container),
            Slot::Lost | Slot::Told => None,
            Slot::Empty => panic!("{owner:?} has no container"),
        }
    }

    /// The owner's container; `None`: it is lost.
    pub(super) fn get(&mut self, owner: Owner) -> Option<ContainerId> {
        match *self.slot(owner) {
            Slot::Held(container) => Some(container),
            Slot::Lost | Slot::Told | Slot::Empty => None,
        }
    }

    /// The owner's container is gone.
    pub(super) fn lose(&mut self, owner: Owner) {
        *self.slot(owner) = Slot::Lost;
    }

    /// Whether the owner is to be told that its container is gone: it has not released it since.
    pub(super) fn tell(&mut self, owner: Owner) -> bool {
        let slot = self.slot(owner);
        let lost = *slot == Slot::Lost;
        if lost {
            *slot = Slot::Told;
        }
        lost
    }

    fn slot(&mut self, owner: Owner) -> &mut Slot {
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
            list.resize(index + 1, Slot::Empty);
        }
        &mut list[index]
    }
}
