//! Image layers, images, and where they are pulled from.

use crate::id::{LayerId, ZoneId};
use crate::units::{Bandwidth, Bytes, Duration};

/// An image layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Bytes that are pulled.
    pub size: Bytes,
    /// Bytes on disk once unpacked.
    pub unpacked: Bytes,
}

/// A container image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name.
    pub name: String,
    /// Its layers, base first, none twice.
    pub layers: Vec<LayerId>,
    /// When the registry is asked for it.
    pub pull: PullPolicy,
    /// Whether every node pulls it as soon as it is there, before a container needs it.
    pub pre_pull: bool,
}

/// When the registry is asked for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Where the node lacks it.
    #[default]
    IfNotPresent,
    /// Before every start; layers that are there are not pulled again.
    Always,
}

/// The image registry.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Egress that all pulls share; `None`: never a limit.
    pub bandwidth: Option<Bandwidth>,
    /// From asking for an image to the first byte of its layers.
    pub latency: Duration,
    /// By zone that has a mirror: the egress that the pulls of its nodes share.
    pub mirrors: Vec<(ZoneId, Bandwidth)>,
}

/// The part of a node's disk that is for images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageCache {
    /// How large it is, in unpacked bytes.
    pub size: Bytes,
    /// From how much on the least recently used images go.
    pub high: Bytes,
    /// Until no more than so much is left.
    pub low: Bytes,
}
