//! One container and how far it has come.

use super::story::Note;
use crate::effect::{ContainerRequest, Owner};
use crate::engine::EventKey;
use crate::id::{KindId, NodeId};
use crate::record::ContainerTimes;
use crate::units::Time;

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) owner: Owner,
    pub(super) request: ContainerRequest,
    pub(super) kind: KindId,
    /// The how-many-th container of the run it is: those that ask first go first.
    pub(super) sequence: u64,
    /// When each phase began, as far as it has come.
    pub(super) times: ContainerTimes,
    pub(super) node: Option<NodeId>,
    /// Its position in the list of its node.
    pub(super) position: u32,
    pub(super) phase: Phase,
    /// When its process was ready for the first time.
    pub(super) running: Option<Time>,
    /// Since when its process is ready.
    pub(super) running_since: Time,
    /// What a trace will tell of it.
    pub(super) note: Option<Box<Note>>,
    /// How often in a row its process has failed.
    pub(super) failures: u32,
}

impl Container {
    /// Whether its process is ready.
    pub(super) fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }
}

/// How far a container has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has no node.
    Pending,
    /// Its volumes will be attached at that event.
    Attaching(EventKey),
    /// Its node lacks its image.
    Pulling,
    /// Its owner is to say when it starts.
    Granted,
    /// Its process will be ready at that event.
    Starting(EventKey),
    /// Its process is ready.
    Running,
    /// Its process is gone, and its owner will say how long the next takes.
    BackingOff,
}
