//! `image-locality`: the node that has the container's image, the more of it the better.
//!
//! kube-scheduler's plugin `ImageLocality` alone; where no node has the image, the first that has
//! room.

use super::Placement;
use super::nodes::{NodeTable, View};
use super::scores::{image_bytes, image_locality};
use crate::id::{IdVec, ImageId, NodeId};
use crate::model::Cluster;
use crate::random::Draw;

/// Picks one that has the image.
#[derive(Clone, Debug)]
pub(super) struct ImageLocality {
    bytes: IdVec<ImageId, i64>,
}

impl ImageLocality {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self {
            bytes: image_bytes(cluster),
        }
    }
}

impl Placement for ImageLocality {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        view.best(|_, state| image_locality(view, state, &self.bytes))
    }
}
