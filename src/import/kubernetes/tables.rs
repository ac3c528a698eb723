//! What the written scenario holds, as plain data.

use crate::import::text;
use crate::units::{Bytes, Cpu};
use std::collections::{BTreeMap, BTreeSet};

/// The tables of the scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// Node pools.
    pub(super) pools: Vec<Pool>,
    /// Budgets by namespace.
    pub(super) budgets: BTreeMap<String, Budget>,
    /// Layers by name, compressed; an image is one layer.
    pub(super) layers: BTreeMap<String, Bytes>,
    /// Services.
    pub(super) services: Vec<Service>,
    /// Applications.
    pub(super) apps: Vec<App>,
    /// `[spark] version`.
    pub(super) spark_version: Option<String>,
}

/// A pool of equal nodes.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) name: String,
    /// What to know of it.
    pub(super) comment: String,
    pub(super) count: u32,
    pub(super) cpu: Cpu,
    pub(super) memory: Bytes,
    pub(super) reserved_cpu: Cpu,
    pub(super) reserved_memory: Bytes,
    /// The daemons that hold back a part of that.
    pub(super) daemons: Vec<String>,
    pub(super) gpus: u32,
    /// Pods that a node may have, its daemons among them.
    pub(super) pods: Option<u32>,
    /// Capacity, and what of it is held back.
    pub(super) storage: Option<(Bytes, Bytes)>,
    /// Those that some pod looks at.
    pub(super) labels: BTreeMap<String, String>,
    /// As a scenario writes them.
    pub(super) taints: Vec<String>,
    /// The zones that its nodes are in, in turns.
    pub(super) zones: Vec<String>,
}

/// What a namespace may hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    pub(super) name: String,
    /// What to know of it.
    pub(super) comment: String,
    pub(super) cpu: Option<Cpu>,
    pub(super) memory: Option<Bytes>,
    pub(super) storage: Option<Bytes>,
    pub(super) gpus: Option<u32>,
}

/// `placement`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Placing {
    pub(super) priority: Option<i32>,
    pub(super) never_preempts: bool,
    pub(super) selector: BTreeMap<String, String>,
    pub(super) tolerations: Vec<String>,
    /// "nodes" or "zones".
    pub(super) apart: Option<&'static str>,
    /// The same, and the skew.
    pub(super) spread: Option<(&'static str, u32)>,
}

impl Placing {
    /// Whether a taint, as a scenario writes it, lets its pods in.
    pub(super) fn tolerates(&self, taint: &str) -> bool {
        let (pair, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        let with_value = pair.contains('=');
        effect == "PreferNoSchedule"
            || self.tolerations.iter().any(|toleration| {
                toleration == "*"
                    || toleration == key
                    || (with_value && toleration == pair)
                    || (!with_value && *toleration == format!("{key}="))
            })
    }

    /// Whether its pods may go to nodes of a pool.
    pub(super) fn allows(&self, pool: &Pool) -> bool {
        let selected = self
            .selector
            .iter()
            .all(|(key, value)| pool.labels.get(key) == Some(value));
        selected && pool.taints.iter().all(|taint| self.tolerates(taint))
    }
}

/// A service.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) comment: String,
    pub(super) replicas: u32,
    pub(super) autoscale: Option<Hpa>,
    pub(super) cpu: Cpu,
    pub(super) memory: Bytes,
    pub(super) cpu_limit: Option<Cpu>,
    pub(super) gpus: u32,
    pub(super) storage: Bytes,
    pub(super) placing: Placing,
    pub(super) budget: Option<String>,
    /// Names of layers; nothing is pulled if there are none.
    pub(super) layers: Vec<String>,
}

/// `autoscale.hpa` on the processor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hpa {
    /// Share of what is requested.
    pub(super) target: f64,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) scale_up: Option<Pace>,
    pub(super) scale_down: Option<Pace>,
}

/// How quickly replicas are added or removed; times in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pace {
    pub(super) stabilization: Option<u32>,
    pub(super) percent: Option<u32>,
    pub(super) replicas: Option<u32>,
    pub(super) period: Option<u32>,
}

/// An application.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) comment: String,
    pub(super) layers: Vec<String>,
    /// Where executors may go, and the driver.
    pub(super) placing: Placing,
    pub(super) driver_placing: Placing,
    pub(super) budget: Option<String>,
    /// Properties by name, with what to know of them.
    pub(super) conf: BTreeMap<String, (String, Option<String>)>,
    /// What becomes of submissions that overlap, as a scenario says it; `None`: both run.
    pub(super) overlap: Option<&'static str>,
    /// How often it is submitted again after a failure, and after how many seconds.
    pub(super) restart: Option<(u32, u32)>,
    /// When it is submitted; `None`: never.
    pub(super) arrivals: Option<Arrivals>,
}

/// When an application is submitted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arrivals {
    /// Once, at the start.
    Once,
    /// By a crontab line.
    Cron(String),
    /// At a fixed interval, as a scenario writes it.
    Every(String),
}

/// Names that nothing else in the same table has.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// `wanted`; if another thing has that name, `otherwise`, with a number if need be.
    pub(super) fn unique(&mut self, wanted: &str, otherwise: &str) -> String {
        let (wanted, otherwise) = (text::name(wanted), text::name(otherwise));
        let numbered = (2_u32..).map(|number| format!("{otherwise}-{number}"));
        let mut candidates = [wanted, otherwise.clone()].into_iter().chain(numbered);
        let free = candidates.find(|candidate| !self.0.contains(candidate));
        let free = free.unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}
