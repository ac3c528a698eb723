//! Typed indices and the vectors that they index.
//!
//! Everything that a scenario names, and everything that lives while it runs, is known inside the
//! model by a small number of its own type. Names meet ids only in `metrics/names.rs` and in
//! messages; nothing in the hot path is keyed by a string.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A position in a vector, typed by what the vector holds.
pub trait Id: Copy + Eq + Ord + Debug {
    /// The id of the element at `index`.
    fn new(index: usize) -> Self;
    /// The position of the element.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl Id for $name {
            fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("fewer than 2^32 of a kind"))
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "#{}"), self.0)
            }
        }
    )*};
}

ids! {
    /// A node pool of the scenario.
    PoolId;
    /// A zone of the scenario.
    ZoneId;
    /// Containers that the scenario asks for in one place: a service's replicas, an application's
    /// drivers, its executors.
    KindId;
    /// A node, live or gone.
    NodeId;
    /// A link of the network, a disk, a registry's way out: what transfers share.
    LinkId;
    /// A transfer; the number is reused once it has ended.
    FlowId;
    /// An image on its way to a node; the number is reused once it is there.
    PullId;
    /// Bytes that somebody asked the cluster to move; the number is reused once they are there.
    MoveId;
    /// An object store of the scenario.
    StorageId;
    /// Reclaims of the nodes of one pool in one zone.
    ReclaimId;
    /// An image layer.
    LayerId;
    /// A container image.
    ImageId;
    /// A container, from pending to finished; the number is reused afterwards.
    ContainerId;
    /// A budget.
    BudgetId;
    /// Something that goes wrong, or goes wrong at one node.
    FaultId;
    /// Something that has gone wrong and is not over; the number is reused afterwards.
    OutageId;
    /// A service.
    ServiceId;
    /// An endpoint, numbered across all services.
    EndpointId;
    /// A replica within its service.
    ReplicaId;
    /// An application of the scenario: the template that is submitted.
    AppId;
    /// A job template, numbered across all applications.
    JobId;
    /// A stage template, numbered across all applications.
    StageId;
    /// A submitted application; the number is reused once it has ended.
    SubmissionId;
    /// One run of an application's jobs; the number is reused once it is over.
    ExecutionId;
    /// One run of a job; the number is reused once it has ended.
    JobRunId;
    /// An executor; the number is reused once it is gone.
    ExecutorId;
    /// A task being executed; the number is reused once it has ended.
    TaskId;
    /// An attempt to have a request served; the number is reused after its outcome.
    AttemptId;
    /// A workload.
    WorkloadId;
    /// A workflow of the scenario.
    WorkflowId;
    /// One run of a workflow; the number is reused once it is over.
    WorkflowRunId;
    /// A user of a closed workload, numbered across all of them.
    UserId;
    /// A class of requests; 0 is the class of unmarked requests.
    ClassId;
    /// Where requests wait and are served: the places of one replica.
    StationId;
    /// A request of which several attempts may be made; the number is reused after its answer.
    CallId;
    /// Requests of one workload, endpoint and class, counted together.
    CellId;
    /// An attempt on its way to a service, there, and back; the number is reused afterwards.
    TripId;
    /// The connections of one client to one service.
    ConnectionPoolId;
    /// A request that submits applications, over all attempts; the number is reused afterwards.
    TicketId;
}

/// A vector whose elements are found by their typed id.
#[derive(Clone, PartialEq, Eq)]
pub struct IdVec<I, T> {
    items: Vec<T>,
    marker: PhantomData<fn(I)>,
}

impl<I: Id, T> IdVec<I, T> {
    /// An empty vector.
    pub const fn new() -> Self {
        Self {
            items: Vec::new(),
            marker: PhantomData,
        }
    }

    /// Appends `item` and answers with its id.
    pub fn push(&mut self, item: T) -> I {
        let id = I::new(self.items.len());
        self.items.push(item);
        id
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The elements in the order of their ids.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The elements in the order of their ids, mutably.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Ids and elements in the order of the ids.
    pub fn enumerate(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + use<'_, I, T> {
        self.items
            .iter()
            .enumerate()
            .map(|(index, item)| (I::new(index), item))
    }

    /// All ids in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::new)
    }

    /// The element of `id`, if there is one.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }

    /// The element of `id`, if there is one.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.items.get_mut(id.index())
    }
}

impl<I: Id, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T: Debug> Debug for IdVec<I, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.items.fmt(f)
    }
}

impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<S: IntoIterator<Item = T>>(items: S) -> Self {
        Self {
            items: items.into_iter().collect(),
            marker: PhantomData,
        }
    }
}

impl<'a, I: Id, T> IntoIterator for &'a IdVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, I: Id, T> IntoIterator for &'a mut IdVec<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}

/// A vector of things that come and go: ids of what has gone are given out again, last gone first.
///
/// # Invariants
/// An id is live from `insert` to `remove`; asking for one that is not live is a bug and panics.
#[derive(Clone, Debug)]
pub struct Slab<I, T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
    marker: PhantomData<fn(I)>,
}

impl<I: Id, T> Slab<I, T> {
    /// A slab that holds nothing.
    pub const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            marker: PhantomData,
        }
    }

    /// Stores `item` under a free id.
    #[inline]
    pub fn insert(&mut self, item: T) -> I {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(item);
            I::new(slot as usize)
        } else {
            self.slots.push(Some(item));
            I::new(self.slots.len() - 1)
        }
    }

    /// Stores what `make` makes of a free id under it.
    #[inline]
    pub fn insert_with(&mut self, make: impl FnOnce(I) -> T) -> I {
        let item = make(self.next_id());
        self.insert(item)
    }

    /// The id that the next item will have.
    pub fn next_id(&self) -> I {
        let next = self.free.last();
        I::new(next.map_or(self.slots.len(), |slot| *slot as usize))
    }

    /// Takes the item of `id` out; the id may be given out again.
    #[inline]
    pub fn remove(&mut self, id: I) -> T {
        let item = self.slots[id.index()].take();
        self.free.push(id.index() as u32);
        item.unwrap_or_else(|| panic!("{id:?} is not live"))
    }

    /// The number of live items.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether nothing is live.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `id` is live.
    pub fn contains(&self, id: I) -> bool {
        self.slots.get(id.index()).is_some_and(Option::is_some)
    }

    /// Live ids and items, in the order of the ids.
    pub fn enumerate(&self) -> impl Iterator<Item = (I, &T)> + use<'_, I, T> {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| slot.as_ref().map(|item| (I::new(index), item)))
    }
}

impl<I: Id, T> Default for Slab<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T> Index<I> for Slab<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        match &self.slots[id.index()] {
            Some(item) => item,
            None => panic!("{id:?} is not live"),
        }
    }
}

impl<I: Id, T> IndexMut<I> for Slab<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        match &mut self.slots[id.index()] {
            Some(item) => item,
            None => panic!("{id:?} is not live"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_id_is_given_out_again_and_a_dead_one_is_not_live() {
        let mut slab: Slab<TaskId, &str> = Slab::new();
        let first = slab.insert("first");
        let second = slab.insert("second");
        assert_eq!(slab.remove(first), "first");
        assert!(!slab.contains(first) && slab.contains(second));
        assert_eq!(slab.insert("third"), first);
        assert_eq!(slab.len(), 2);
        let names: Vec<_> = slab.enumerate().map(|(_, name)| *name).collect();
        assert_eq!(names, ["third", "second"]);
    }
}
