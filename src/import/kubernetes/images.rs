//! Images whose size a node has told.
//!
//! A manifest names images and does not say how large they are; `status.images` of a Node does,
//! compressed as the registry sends them where the node runs containerd. An image is one layer here:
//! what images share, no manifest tells.

use super::objects::Object;
use super::reading::Reading;
use super::tables::{Names, Tables};
use super::yaml::Node;
use crate::units::Bytes;
use std::collections::BTreeMap;

/// Sizes by full name, and the layers that were made of them.
#[derive(Debug, Default)]
pub(super) struct Images {
    sizes: BTreeMap<String, Bytes>,
    /// Layer by full name of the image.
    layers: BTreeMap<String, String>,
    names: Names,
}

impl Images {
    /// What the nodes tell.
    pub(super) fn new(nodes: &[&Object], reading: &mut Reading) -> Self {
        let mut sizes = BTreeMap::new();
        for node in nodes {
            let images = node.node.at(&["status", "images"]);
            for image in images.map_or(&[][..], Node::items) {
                let Some(size) = reading.bytes(image, &["sizeBytes"]) else {
                    continue;
                };
                let names = image.items_of("names").iter().filter_map(Node::text);
                sizes.extend(names.map(|name| (full_name(name), size)));
            }
        }
        Self {
            sizes,
            ..Self::default()
        }
    }

    /// The layers of what is made from these images; `place` names them.
    pub(super) fn layers(
        &mut self,
        images: &[String],
        place: &Node,
        tables: &mut Tables,
        reading: &mut Reading,
    ) -> Vec<String> {
        let mut layers = Vec::new();
        for image in images {
            let full = full_name(image);
            let Some(&size) = self.sizes.get(&full).filter(|size| size.0 > 0) else {
                reading.not_mapped(
                    place,
                    format!("image `{image}`: no Node says how large it is, so nothing is pulled"),
                );
                continue;
            };
            let names = &mut self.names;
            let layer = self.layers.entry(full.clone()).or_insert_with(|| {
                let short = full.rsplit('/').next().unwrap_or(&full);
                names.unique(short, &full)
            });
            tables.layers.insert(layer.clone(), size);
            if !layers.contains(layer) {
                layers.push(layer.clone());
            }
        }
        layers
    }
}

/// The name with what a container runtime adds where it is left out.
fn full_name(image: &str) -> String {
    let image = image.trim();
    let (first, rest) = image.split_once('/').unwrap_or(("", image));
    let has_registry = first.contains(['.', ':']) || first == "localhost";
    let named = match (has_registry, first.is_empty()) {
        (true, _) => image.to_owned(),
        (false, true) => format!("docker.io/library/{rest}"),
        (false, false) => format!("docker.io/{image}"),
    };
    let last = named.rsplit('/').next().unwrap_or_default();
    if last.contains([':', '@']) {
        named
    } else {
        format!("{named}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn an_image_has_one_full_name_however_it_is_written() {
        for (written, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("apache/spark:3.5.1", "docker.io/apache/spark:3.5.1"),
            ("ghcr.io/org/app", "ghcr.io/org/app:latest"),
            (
                "localhost:5000/app@sha256:ab",
                "localhost:5000/app@sha256:ab",
            ),
        ] {
            assert_eq!(full_name(written), full);
        }
    }
}
