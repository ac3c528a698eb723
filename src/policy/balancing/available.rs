//! The replicas that serve, in the order of their numbers.

use crate::id::ReplicaId;

/// Serving replicas.
#[derive(Clone, Debug, Default)]
pub(super) struct Available {
    replicas: Vec<ReplicaId>,
}

impl Available {
    /// Whether it was not there before.
    pub(super) fn add(&mut self, replica: ReplicaId) -> bool {
        match self.replicas.binary_search(&replica) {
            Ok(_) => false,
            Err(position) => {
                self.replicas.insert(position, replica);
                true
            }
        }
    }

    /// Where it was.
    pub(super) fn remove(&mut self, replica: ReplicaId) -> Option<usize> {
        let position = self.replicas.binary_search(&replica).ok()?;
        self.replicas.remove(position);
        Some(position)
    }

    pub(super) fn as_slice(&self) -> &[ReplicaId] {
        &self.replicas
    }

    /// For whoever leaves them as they were.
    pub(super) fn as_mut_slice(&mut self) -> &mut [ReplicaId] {
        &mut self.replicas
    }
}

/// A number for each replica, 0 until another is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers<T> {
    numbers: Vec<T>,
}

impl<T: Copy + Default> Numbers<T> {
    #[inline]
    pub(super) fn get(&self, replica: ReplicaId) -> T {
        let number = self.numbers.get(replica.0 as usize);
        number.copied().unwrap_or_default()
    }

    /// The number of a replica whose number has been set, to change it.
    #[inline]
    pub(super) fn get_mut(&mut self, replica: ReplicaId) -> &mut T {
        &mut self.numbers[replica.0 as usize]
    }

    #[inline]
    pub(super) fn set(&mut self, replica: ReplicaId, number: T) {
        let index = replica.0 as usize;
        if self.numbers.len() <= index {
            self.numbers.resize(index + 1, T::default());
        }
        self.numbers[index] = number;
    }
}
