//! What the table for the terminal shows: its blocks and their columns.

use crate::report::name::Group;

/// A block of the table.
pub(super) struct Block {
    pub(super) group: Group,
    pub(super) title: &'static str,
    pub(super) columns: &'static [Column],
}

/// A key figure.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) quantity: &'static str,
    pub(super) half_width: HalfWidth,
    /// Whether it is left out where it is 0 of everything.
    pub(super) if_any: bool,
}

/// When half the width of the interval is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HalfWidth {
    Never,
    /// Where the table still fits the terminal.
    WithRoom,
    Always,
}

const fn plain(title: &'static str, quantity: &'static str) -> Column {
    column(title, quantity, HalfWidth::Never)
}

/// What is worth a column only where it happens.
const fn if_any(title: &'static str, quantity: &'static str) -> Column {
    Column {
        if_any: true,
        ..plain(title, quantity)
    }
}

const fn percentile(title: &'static str, quantity: &'static str) -> Column {
    column(title, quantity, HalfWidth::WithRoom)
}

const fn mean(title: &'static str, quantity: &'static str) -> Column {
    column(title, quantity, HalfWidth::Always)
}

const fn column(title: &'static str, quantity: &'static str, half_width: HalfWidth) -> Column {
    Column {
        title,
        quantity,
        half_width,
        if_any: false,
    }
}

/// All of them, in order.
pub(super) const BLOCKS: &[Block] = &[
    Block {
        group: Group::Workload,
        title: "Workload",
        columns: &[
            plain("requests", "arrivals"),
            plain("completed", "completed"),
            mean("mean latency", "latency.mean"),
            percentile("p95", "latency.p95"),
            percentile("p99", "latency.p99"),
        ],
    },
    Block {
        group: Group::Service,
        title: "Service",
        columns: &[
            plain("throughput", "throughput"),
            plain("utilization", "utilization"),
            mean("mean latency", "latency.mean"),
            percentile("p95", "latency.p95"),
            percentile("p99", "latency.p99"),
            plain("queue", "queue_length"),
            plain("rejected", "rejected"),
        ],
    },
    Block {
        group: Group::Application,
        title: "Application",
        columns: &[
            plain("finished", "finished"),
            if_any("failed", "failed"),
            if_any("cancelled", "cancelled"),
            if_any("skipped", "skipped"),
            mean("mean latency", "latency.mean"),
            percentile("p95", "latency.p95"),
            plain("executors", "executors"),
            plain("unfinished", "unfinished"),
        ],
    },
    Block {
        group: Group::Workflow,
        title: "Workflow",
        columns: &[
            plain("finished", "finished"),
            plain("failed", "failed"),
            if_any("cancelled", "cancelled"),
            if_any("skipped", "skipped"),
            mean("mean latency", "latency.mean"),
            percentile("p95", "latency.p95"),
            plain("missed deadline", "deadline_miss_ratio"),
            plain("unfinished", "unfinished"),
        ],
    },
    Block {
        group: Group::Cluster,
        title: "Cluster",
        columns: &[
            plain("cpu allocated", "cpu_allocated"),
            plain("memory allocated", "memory_allocated"),
            plain("bytes pulled", "bytes_pulled"),
            mean("mean pending time", "pending_time.mean"),
            plain("fairness", "fairness"),
            plain("cost", "cost"),
            plain("an hour", "cost_per_hour"),
        ],
    },
    Block {
        group: Group::NodePool,
        title: "Node pool",
        columns: &[
            plain("nodes", "nodes"),
            plain("added", "nodes_added"),
            plain("reclaimed", "nodes_reclaimed"),
            plain("cost", "cost"),
        ],
    },
    Block {
        group: Group::Budget,
        title: "Budget",
        columns: &[
            plain("dominant share", "dominant_share"),
            plain("shortfall", "shortfall"),
            plain("waiting", "pending_containers"),
            plain("starved", "starved_seconds"),
            plain("rejected", "rejected"),
            plain("reclaimed", "reclaimed"),
            plain("cost", "cost"),
        ],
    },
];
