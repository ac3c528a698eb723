//! What is written of nodes that are not there.

use super::examples::MM1;
use super::{load, problems};

const ALL: &str = r#"
[cluster]
placement = "best-fit"
queue = "strict-fifo"
gang = true
network = "max-min"
autoscaler = "karpenter"
expander = "cheapest"
[network]
cross-zone-price = 1
[registry]
bandwidth = "1Gbps"
"#;
const NODES: &str = "[nodes.w]\nzones = [\"a\", \"b\"]\ncount = 2\ncpu = \"4\"\nmemory = \"8Gi\"\n";

#[test]
fn what_changes_nothing_without_nodes_is_listed() {
    assert_eq!(
        load(&format!("{MM1}{ALL}")).notes,
        [
            "`cluster.placement`, `cluster.queue`, `cluster.gang`, `cluster.network`, \
             `cluster.autoscaler`, `cluster.expander`, `[network]`, `[registry]`: the scenario has \
             no nodes"
        ]
    );
    assert_eq!(load(MM1).notes, Vec::<String>::new());
    assert_eq!(
        load(&format!("{MM1}{ALL}{NODES}")).notes,
        ["`cluster.autoscaler`, `cluster.expander`: no pool of nodes has `autoscale`"]
    );
    let grows = "autoscale = { min = 1, max = 3 }";
    let scaled = format!("{MM1}{ALL}{NODES}").replace("count = 2", grows);
    assert_eq!(load(&scaled).notes, Vec::<String>::new());
}

#[test]
fn what_would_happen_all_the_time_is_refused() {
    let kill = "[faults.k]\ncontainer-kill = { target = \"services.desk\", every = \"1us\" }\n";
    let reclaim = "spot = { reclaim = { every = { exponential = { mean = \"1ns\" } } } }\n";
    let shown = problems(&format!("{MM1}{kill}{NODES}{reclaim}"));
    for path in [
        "faults.k.container-kill.every",
        "nodes.w.spot.reclaim.every",
    ] {
        let message = format!("error: `{path}` must be 1 ms or more on average");
        assert!(shown.contains(&message), "{shown}");
    }
}
