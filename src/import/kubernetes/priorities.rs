//! `PriorityClass`: who is placed first, and who takes whose room.

use super::objects::Object;
use super::reading::Reading;
use super::yaml::Node;
use std::collections::BTreeMap;

/// What a class says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Priority {
    /// Higher goes first.
    pub(super) value: i32,
    /// Whether it takes the room of lower ones.
    pub(super) preempts: bool,
}

/// The classes by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Priorities {
    classes: BTreeMap<String, Priority>,
    /// That of pods that name none.
    default: Option<Priority>,
}

/// The classes that every cluster has.
const BUILT_IN: &[(&str, i32)] = &[
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
];

impl Priorities {
    /// The classes of manifests.
    pub(super) fn new(objects: &[&Object], reading: &mut Reading) -> Self {
        let mut priorities = Self::default();
        for (name, value) in BUILT_IN {
            let priority = Priority {
                value: *value,
                preempts: true,
            };
            priorities.classes.insert((*name).to_owned(), priority);
        }
        for object in objects {
            let node = &object.node;
            let Some(value) = reading.whole(node, &["value"]) else {
                continue;
            };
            let priority = Priority {
                value,
                preempts: node.text_at(&["preemptionPolicy"]) != Some("Never"),
            };
            priorities.classes.insert(object.name.clone(), priority);
            if reading.flag(node, &["globalDefault"]) {
                priorities.default = Some(priority);
            }
        }
        priorities
    }

    /// The priority of pods of that `priorityClassName`.
    pub(super) fn find(&self, name: Option<&Node>, reading: &mut Reading) -> Option<Priority> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return self.default;
        };
        let class = name.text().unwrap_or_default();
        let found = self.classes.get(class).copied();
        if found.is_none() {
            let what = format!(
                "`priorityClassName: {class}`: no such PriorityClass is among the manifests, so its \
                 containers have the default priority"
            );
            reading.not_mapped(name, what);
        }
        found.or(self.default)
    }
}
