//! The closed sets of policies and presets, each with the table of its scenario names.
//!
//! A new policy is one variant and one line here, and its own file under `policy/`.

/// Declares an enum together with the names that scenarios use for its variants.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every choice with its scenario name.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($text, Self::$variant),)*];

            /// The name of this choice in scenarios.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

choices! {
    /// Which waiting request is served next, and whether a place can be taken away.
    DisciplineKind {
        /// As they came.
        Fifo = "fifo",
        /// The last that came.
        Lifo = "lifo",
        /// The last that came, at once: it takes the place of the one that has been there longest.
        LifoPreemptive = "lifo-preemptive",
        /// Any, drawn uniformly.
        Random = "random",
        /// The highest class, within a class as they came.
        Priority = "priority",
        /// The highest class, at once: it takes the place of a lower one, which resumes later.
        PriorityPreemptive = "priority-preemptive",
        /// All at once, each with an equal share of the replica.
        ProcessorSharing = "processor-sharing",
        /// The one with the least service time.
        ShortestJob = "shortest-job",
        /// The one with the least service time left, at once.
        ShortestRemaining = "shortest-remaining",
    }
}

choices! {
    /// Where requests wait for a place.
    QueueKind {
        /// At the replica that the balancer picked.
        PerReplica = "per-replica",
        /// In one queue of the service: whichever replica has a free place takes the next.
        Central = "central",
    }
}

choices! {
    /// What becomes of a container that a quota has no room for.
    #[derive(Default)]
    OnExceed {
        /// It waits.
        #[default]
        Queue = "queue",
        /// It is refused: a driver's application fails, an executor is asked for again later.
        Reject = "reject",
    }
}

choices! {
    /// What becomes of containers that are more than a budget's share, when others claim theirs.
    #[derive(Default)]
    Reclaiming {
        /// They run to their end.
        #[default]
        None = "none",
        /// They are taken away, the youngest first; drivers stay.
        Preempt = "preempt",
    }
}

choices! {
    /// What a further attempt at a request costs its server.
    #[derive(Default)]
    AttemptWork {
        /// Its own service time, drawn anew.
        #[default]
        PerAttempt = "per-attempt",
        /// The service time of the first attempt.
        PerRequest = "per-request",
    }
}

choices! {
    /// Where a container is placed.
    PlacementKind {
        /// kube-scheduler's default weighted scores.
        KubeDefault = "kube-default",
        /// The first node that has room.
        FirstFit = "first-fit",
        /// The node of the last container as long as it has room, then the next that has.
        NextFit = "next-fit",
        /// The node with the least processor free that has room.
        BestFit = "best-fit",
        /// The node with the most processor free.
        WorstFit = "worst-fit",
        /// Any that has room.
        Random = "random",
        /// All that have room in turns.
        RoundRobin = "round-robin",
        /// The largest part of processor and memory free.
        LeastAllocated = "least-allocated",
        /// The smallest part of processor and memory free.
        MostAllocated = "most-allocated",
        /// Processor and memory used to the most equal parts.
        BalancedAllocation = "balanced-allocation",
        /// A node that has the image.
        ImageLocality = "image-locality",
        /// The fewest containers of the same service or application, then the fewest containers.
        Spread = "spread",
        /// The largest product of what is wanted and what is free.
        DotProduct = "dot-product",
        /// The smallest angle between what is wanted and what is free.
        Cosine = "cosine",
        /// Many at once by a linear programme, each period; one by one, as `best-fit`.
        Lp = "lp",
    }
}

choices! {
    /// What containers may use of their node's processor.
    #[derive(Default)]
    CpuModelKind {
        /// Their limits, whatever others do.
        #[default]
        Reserved = "reserved",
        /// Their limits, and where that is more than the node has, shares by their requests.
        Shared = "shared",
    }
}

choices! {
    /// What containers that fit nowhere do to those behind them.
    #[derive(Default)]
    PendingKind {
        /// They let them pass.
        #[default]
        BestEffortFifo = "best-effort-fifo",
        /// They hold them up.
        StrictFifo = "strict-fifo",
    }
}

choices! {
    /// Whose habits the cluster has: how executors are requested, which placement is the default.
    ManagerKind {
        /// Kubernetes: executors in batches, kube-scheduler's scores.
        Kubernetes = "kubernetes",
        /// Spark standalone: executors at once, spread over workers.
        Standalone = "standalone",
        /// Hadoop YARN: executors at once, nodes in turns.
        Yarn = "yarn",
        /// Docker Swarm: Spark as on its own, containers spread over nodes.
        Swarm = "swarm",
    }
}

impl ManagerKind {
    /// The placement that goes with the manager.
    pub fn placement(self) -> PlacementKind {
        match self {
            Self::Kubernetes => PlacementKind::KubeDefault,
            // `spark.deploy.spreadOut`: a master gives an application's executors to workers in
            // turns.
            Self::Standalone | Self::Swarm => PlacementKind::Spread,
            // Containers are allocated as nodes report, one node after the other.
            Self::Yarn => PlacementKind::RoundRobin,
        }
    }
}

choices! {
    /// Who adds and removes nodes.
    #[derive(Default)]
    AutoscalerKind {
        /// Kubernetes' Cluster Autoscaler: every 10 s, the pool that its expander likes.
        #[default]
        ClusterAutoscaler = "cluster-autoscaler",
        /// Karpenter: once requests have come to rest, the cheapest nodes of any pool.
        Karpenter = "karpenter",
    }
}

choices! {
    /// Which of several pools the cluster autoscaler enlarges.
    #[derive(Default)]
    ExpanderKind {
        /// The one whose new nodes have the least left over.
        #[default]
        LeastWaste = "least-waste",
        /// The one of the highest priority.
        Priority = "priority",
        /// The one that costs the least for each core that is asked for.
        Cheapest = "cheapest",
    }
}

choices! {
    /// What a horizontal pod autoscaler holds at its target.
    HpaMetric {
        /// Used processor / requested processor, of the replicas that run.
        Cpu = "cpu",
        /// Requests in system for each replica that runs.
        Concurrency = "concurrency",
        /// Waiting requests for each replica.
        QueueLength = "queue-length",
    }
}

choices! {
    /// How capacity is shared among budgets.
    AllocationKind {
        /// In proportion to the weights, once and for all.
        Static = "static",
        /// In proportion to what is claimed, times the weight.
        Proportional = "proportional",
        /// The cheapest first.
        Greedy = "greedy",
        /// The least cost of what is given and of what is lacking: a linear programme.
        Lp = "lp",
        /// Max-min fair, each kind of resource for itself.
        MaxMin = "max-min",
        /// Dominant resource fairness.
        Drf = "drf",
        /// The highest priority first.
        Priority = "priority",
    }
}

choices! {
    /// What becomes of what is written to an object store.
    #[derive(Default)]
    WrittenKind {
        /// It is held beside what was there, to the end of the run.
        #[default]
        Kept = "kept",
        /// It takes the place of what was there.
        Replaces = "replaces",
    }
}

choices! {
    /// Which of an application's waiting tasks are launched first.
    TaskOrderKind {
        /// The job that was submitted first, within it the lowest stage.
        Fifo = "FIFO",
        /// The one with the fewest running tasks for its share.
        Fair = "FAIR",
    }
}
