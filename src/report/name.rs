//! Metric names taken apart: what a figure is about, and which quantity of it.
//!
//! The grammar is `<path>.<quantity>[.<statistic>]`; names of things hold no dot.

/// A metric name in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MetricName<'a> {
    /// What kind of thing it is about.
    pub(super) group: Group,
    /// The thing: `gateway`; empty for the cluster as a whole.
    pub(super) thing: &'a str,
    /// A part of the thing: an endpoint, a class, a job.
    pub(super) part: Option<&'a str>,
    /// The quantity with its statistic: `latency.mean`.
    pub(super) quantity: &'a str,
}

/// What kind of thing a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// A source of requests.
    Workload,
    /// A service.
    Service,
    /// A Spark application.
    Application,
    /// A workflow of applications.
    Workflow,
    /// The cluster.
    Cluster,
    /// A node pool.
    NodePool,
    /// A budget.
    Budget,
    /// Anything else.
    Other,
}

impl Group {
    /// What people call one of the group.
    pub(super) fn singular(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Service => "service",
            Self::Application => "application",
            Self::Workflow => "workflow",
            Self::Cluster => "cluster",
            Self::NodePool => "node pool",
            Self::Budget => "budget",
            Self::Other => "other",
        }
    }
}

impl<'a> MetricName<'a> {
    /// Takes `metric` apart.
    pub(super) fn parse(metric: &'a str) -> Self {
        let (head, rest) = metric.split_once('.').unwrap_or(("", metric));
        let group = match head {
            "workloads" => Group::Workload,
            "services" => Group::Service,
            "apps" => Group::Application,
            "workflows" => Group::Workflow,
            "cluster" => Group::Cluster,
            "nodes" => Group::NodePool,
            "budgets" => Group::Budget,
            _ => Group::Other,
        };
        let whole = |group, quantity| Self {
            group,
            thing: "",
            part: None,
            quantity,
        };
        if group == Group::Cluster {
            return whole(group, rest);
        }
        let Some((thing, quantity)) = rest.split_once('.') else {
            return whole(Group::Other, metric);
        };
        let mut parts = quantity.splitn(3, '.');
        let part = match (parts.next(), parts.next(), parts.next()) {
            (Some("endpoints" | "classes" | "jobs"), Some(part), Some(quantity)) => {
                Some((part, quantity))
            }
            _ => None,
        };
        Self {
            group,
            thing,
            part: part.map(|(part, _)| part),
            quantity: part.map_or(quantity, |(_, quantity)| quantity),
        }
    }

    /// The quantity in words: `slot utilization`.
    pub(super) fn words(&self) -> String {
        self.quantity.replace(['_', '.'], " ")
    }

    /// What people call the thing: `gateway`, `gateway / submit`, `cluster`.
    pub(super) fn label(&self) -> String {
        match (self.thing, self.part) {
            ("", _) if self.group == Group::Cluster => "cluster".to_owned(),
            ("", _) => self.words(),
            (thing, Some(part)) => format!("{thing} / {part}"),
            (thing, None) => thing.to_owned(),
        }
    }
}

/// A metric in words: `gateway latency p95`.
pub(super) fn in_words(metric: &str) -> String {
    let name = MetricName::parse(metric);
    let (label, words) = (name.label(), name.words());
    if label == words {
        label
    } else {
        format!("{label} {words}")
    }
}

/// `text` with a capital letter.
pub(super) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.clone()).collect()
}

/// A label for each metric, as short as tells them all apart.
pub(super) fn labels(metrics: &[&str]) -> Vec<String> {
    let names: Vec<MetricName> = metrics
        .iter()
        .map(|metric| MetricName::parse(metric))
        .collect();
    let things = names.iter().filter(|name| !name.thing.is_empty());
    let groups: Vec<Group> = things.map(|name| name.group).collect();
    let mixed = groups.windows(2).any(|pair| pair[0] != pair[1]);
    let short: Vec<String> = names
        .iter()
        .map(|name| match name.group {
            // The cluster says little without the quantity.
            Group::Cluster if names.len() > 1 => format!("{}: {}", name.label(), name.words()),
            Group::Cluster | Group::Other => name.label(),
            _ if mixed => format!("{} ({})", name.label(), name.group.singular()),
            _ => name.label(),
        })
        .collect();
    let unique = |label: &String| short.iter().filter(|other| *other == label).count() == 1;
    let pairs = short.iter().zip(&names);
    pairs
        .map(|(label, name)| {
            if unique(label) {
                label.clone()
            } else {
                format!("{label}: {}", name.words())
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_into_thing_part_and_quantity() {
        let name = MetricName::parse("services.gateway.endpoints.submit.latency.p95");
        assert_eq!(name.group, Group::Service);
        assert_eq!(name.label(), "gateway / submit");
        assert_eq!(name.quantity, "latency.p95");
        let name = MetricName::parse("cluster.pending_time.mean");
        assert_eq!((name.group, name.thing), (Group::Cluster, ""));
        assert_eq!(name.quantity, "pending_time.mean");
        assert_eq!(MetricName::parse("nonsense").label(), "nonsense");
        assert_eq!(MetricName::parse("").quantity, "");
    }

    #[test]
    fn labels_are_as_short_as_tells_them_apart() {
        assert_eq!(
            labels(&["services.a.queue_length", "services.b.queue_length"]),
            ["a", "b"]
        );
        assert_eq!(
            labels(&[
                "services.a.utilization",
                "apps.pi.slot_utilization",
                "cluster.cpu_allocated",
                "cluster.memory_allocated",
            ]),
            [
                "a (service)",
                "pi (application)",
                "cluster: cpu allocated",
                "cluster: memory allocated"
            ]
        );
    }
}
