//! Amounts of what nodes have and containers hold.

use crate::units::{Bytes, Cpu};
use std::ops::{AddAssign, SubAssign};

/// What a container asks for or a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Processor.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Bytes,
    /// Ephemeral storage.
    pub disk: Bytes,
    /// Graphics processors, whole ones.
    pub gpus: u32,
    /// Containers: 1 for a container, how many there may be for a node.
    pub containers: u32,
}

impl Resources {
    /// Storage of a node that is never a limit.
    pub const ANY_DISK: Bytes = Bytes(1 << 62);
    /// The number of containers on a node that is never a limit.
    pub const ANY_CONTAINERS: u32 = u32::MAX;

    /// One container that asks for processor and memory.
    pub fn container(cpu: Cpu, memory: Bytes) -> Self {
        Self {
            cpu,
            memory,
            containers: 1,
            ..Self::default()
        }
    }

    /// A node with processor and memory, and nothing else that is a limit.
    pub fn node(cpu: Cpu, memory: Bytes) -> Self {
        Self {
            cpu,
            memory,
            disk: Self::ANY_DISK,
            gpus: 0,
            containers: Self::ANY_CONTAINERS,
        }
    }

    /// Whether `request` fits into this.
    #[inline]
    pub fn fits(self, request: Self) -> bool {
        request.cpu <= self.cpu
            && request.memory <= self.memory
            && request.disk <= self.disk
            && request.gpus <= self.gpus
            && request.containers <= self.containers
    }

    /// The larger of each amount.
    #[inline]
    pub fn max(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            disk: self.disk.max(other.disk),
            gpus: self.gpus.max(other.gpus),
            containers: self.containers.max(other.containers),
        }
    }
}

impl AddAssign for Resources {
    fn add_assign(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
        self.disk += other.disk;
        self.gpus += other.gpus;
        self.containers += other.containers;
    }
}

impl SubAssign for Resources {
    fn sub_assign(&mut self, other: Self) {
        self.cpu -= other.cpu;
        self.memory -= other.memory;
        self.disk -= other.disk;
        self.gpus -= other.gpus;
        self.containers -= other.containers;
    }
}
