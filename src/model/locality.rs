//! Where the tasks of a stage would rather run, and how long they wait for that.

use crate::id::{AppId, NodeId, PoolId, StageId};
use crate::units::Duration;

/// Where the data of a stage's tasks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locality {
    /// A block for each task, with copies on so many nodes of these pools.
    Blocks {
        /// Pools whose first nodes keep blocks.
        pools: Vec<PoolId>,
        /// Nodes that have a copy of a block, at least 1 and at most as many as there are.
        replication: u32,
    },
    /// In the memory of the executors that have computed the tasks of an earlier stage, partition
    /// by partition.
    Cached(StageId),
    /// Where at least a fifth of the output of the stage's parents is.
    MapOutput,
}

/// `spark.locality.*`: how long a task waits for a better place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalityWait {
    /// `spark.locality.wait.process`: for the executor that has its data in memory.
    pub process: Duration,
    /// `spark.locality.wait.node`: for a node that has its data.
    pub node: Duration,
    /// `spark.locality.wait.rack`: for a node in the rack of one.
    pub rack: Duration,
    /// `spark.locality.wait.legacyResetOnTaskLaunch`: each launch begins the wait anew.
    pub reset_on_launch: bool,
    /// `spark.shuffle.reduceLocality.enabled`: tasks look for map output at all.
    pub reduce_locality: bool,
    /// `spark.scheduler.revive.interval`: between looks at slots that nobody would take, above zero.
    pub revive: Duration,
}

/// A rack: nodes of one pool and zone behind one switch. Where nodes are in no known rack all are
/// in the default one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rack {
    /// Which of all racks of its pool, by zone and number.
    pub number: (u32, u32),
    /// The pool, from 1 on.
    pub pool: u32,
}

impl super::Model {
    /// Whether any stage of an application minds where it runs.
    pub fn minds_places(&self, app: AppId) -> bool {
        self.stages_of(app).any(|stage| stage.locality.is_some())
    }
}

impl super::Cluster {
    /// The first node of a pool; those of one pool are numbered one after the other, as many as it
    /// may ever have.
    pub fn first_node(&self, pool: PoolId) -> u32 {
        let before = self.pools.enumerate().filter(|(id, _)| *id < pool);
        before.map(|(_, pool)| pool.most()).sum()
    }

    /// The rack of a node, the default one where racks are not known.
    pub fn rack(&self, node: NodeId) -> Rack {
        let Some(racks) = self.shared_links.racks else {
            return Rack::default();
        };
        let mut first = 0;
        for (id, pool) in self.pools.enumerate() {
            if node.0 < first + pool.most() {
                // Nodes of a pool are in its zones in turns.
                let zones = (pool.zones.len() as u32).max(1);
                let number = node.0 - first;
                return Rack {
                    number: (number % zones, number / zones / racks.size.max(1)),
                    pool: id.0 + 1,
                };
            }
            first += pool.most();
        }
        Rack::default()
    }
}
