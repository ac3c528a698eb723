//! `locality` of a stage: where its data are.

use super::tagged::{Parameters, Tagged};
use crate::scenario::located::Located;
use macro_rules_attribute::apply;
use schemars::{Schema, SchemaGenerator};

/// Where the data of a stage's tasks are.
#[derive(Clone, Debug)]
pub(crate) enum LocalitySpec {
    /// Nowhere in particular: an object store.
    None,
    /// Where most of the output of the parents is.
    MapOutput,
    /// In blocks on nodes.
    Blocks(BlocksSpec),
    /// In the memory of executors.
    Cached(CachedSpec),
}

/// One block for each task, on disks of nodes of the cluster (HDFS).
#[apply(table)]
pub(crate) struct BlocksSpec {
    /// Nodes that have a copy of a block, drawn for each block; 3 where it is left out, or all nodes
    /// where there are fewer.
    pub(crate) replication: Option<Located<u32>>,
    /// The pool of nodes that keep blocks; all pools where it is left out.
    pub(crate) pool: Option<Located<String>>,
}

/// Partitions that executors keep in memory.
#[apply(table)]
pub(crate) struct CachedSpec {
    /// The stage whose tasks have left them, with as many tasks: STAGE of the same job or JOB.STAGE
    /// of a job that this one comes after.
    pub(crate) stage: Option<Located<String>>,
}

impl Tagged for LocalitySpec {
    const SET: &'static str = "Locality";
    const EXAMPLE: &'static str = "{ blocks = { replication = 3 } }";

    fn names() -> Vec<&'static str> {
        vec!["none", "map-output", "blocks", "cached"]
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "map-output" => Self::MapOutput,
            "blocks" => Self::Blocks(BlocksSpec::default()),
            "cached" => Self::Cached(CachedSpec::default()),
            _ => return None,
        })
    }

    fn read<'de, P: Parameters<'de>>(self, parameters: P) -> Result<Self, P::Error> {
        match self {
            Self::None | Self::MapOutput => parameters.none(),
            Self::Blocks(_) => parameters.read().map(Self::Blocks),
            Self::Cached(_) => parameters.read().map(Self::Cached),
        }
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![
            ("blocks", generator.subschema_for::<BlocksSpec>()),
            ("cached", generator.subschema_for::<CachedSpec>()),
        ]
    }
}
