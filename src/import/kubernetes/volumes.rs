//! `volumeClaimTemplates` to `volumes`: what each replica of a `StatefulSet` keeps.
//!
//! How large a volume is stands in the manifest; how long it takes to attach it, whether it is bound to
//! a zone and what it costs is the storage class's and the provider's, and has to be filled in.

use super::reading::Reading;
use super::yaml::Node;
use crate::units::Bytes;

/// A volume: its name and its size.
pub(super) type Volume = (String, Bytes);

/// The volumes of each replica of a controller. Without nodes there is nothing to attach them to.
pub(super) fn read(controller: &Node, has_nodes: bool, reading: &mut Reading) -> Vec<Volume> {
    let template = controller.at(&["spec", "template", "spec"]);
    for volume in template.map_or(&[][..], |spec| spec.items_of("volumes")) {
        if volume.get("persistentVolumeClaim").is_some() {
            reading.not_mapped(
                volume,
                "`persistentVolumeClaim` of pods: a volume that replicas share takes no time",
            );
        }
        if volume.get("ephemeral").is_some() {
            reading.not_mapped(volume, "`ephemeral` volumes of pods take no time");
        }
    }
    let claims = controller.at(&["spec", "volumeClaimTemplates"]);
    let mut volumes = Vec::new();
    for claim in claims.map_or(&[][..], Node::items) {
        if !has_nodes {
            reading.not_mapped(
                claim,
                "`volumeClaimTemplates`: without Nodes among the manifests volumes take no time",
            );
            continue;
        }
        let path = ["spec", "resources", "requests", "storage"];
        let Some(size) = reading.bytes(claim, &path).filter(|size| size.0 > 0) else {
            reading.not_mapped(claim, "`volumeClaimTemplates` that request no `storage`");
            continue;
        };
        reading.not_mapped(
            claim,
            "`volumeClaimTemplates`: their storage class (`attach-time`, `zone-bound`, `price` of \
             `volumes`)",
        );
        let name = claim.text_at(&["metadata", "name"]).unwrap_or("volume");
        volumes.push((name.to_owned(), size));
    }
    volumes
}
