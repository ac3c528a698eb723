//! Balancers and what they know, as they are written.

use super::examples::MM1;
use super::{load, problems};
use crate::model::{BalancerKind, BalancerView, Model};

/// A scenario with a service of four replicas, of which more is said.
fn four(more: &str) -> String {
    format!("{MM1}[services.four]\nreplicas = 4\nservice-time = \"1s\"\n{more}\n")
}

fn model(more: &str) -> (Model, Vec<String>) {
    let loaded = load(&four(more));
    (loaded.model, loaded.notes)
}

fn balancer(more: &str) -> BalancerKind {
    let (model, _) = model(more);
    let four = model.services.iter().find(|it| it.name == "four").unwrap();
    four.balancer
}

#[test]
fn every_balancer_is_read_by_its_name_and_by_its_table() {
    for &(name, kind) in BalancerKind::NAMES {
        let written = match kind {
            BalancerKind::PowerOfD { .. } => "{ power-of-d = { d = 2 } }".to_owned(),
            BalancerKind::MinQueue { .. } => "{ min-queue = { load = 0.5 } }".to_owned(),
            _ => format!("\"{name}\""),
        };
        assert_eq!(balancer(&format!("balancer = {written}")), kind, "{name}");
        assert_eq!(kind.name() == name, name != "least-connections");
    }
    let decay = "balancer = { peak-ewma = { decay = \"5s\" } }";
    let expected = crate::units::Duration::from_millis(5000);
    assert_eq!(balancer(decay), BalancerKind::PeakEwma { decay: expected });
}

#[test]
fn views_clients_weights_and_speeds_are_kept() {
    let (model, notes) = model(
        "balancer = \"power-of-two\"\nview = { stale = { by = \"100ms\" } }\nclients = 3\n\
         weights = [1, 2]\nspeeds = [2, 1, 1, 0.5]",
    );
    let four = model.services.iter().find(|it| it.name == "four").unwrap();
    let by = crate::units::Duration::from_millis(100);
    assert_eq!(four.balancing.view, BalancerView::Stale(by));
    assert_eq!((four.balancing.clients, four.speed(3)), (3, 0.5));
    assert_eq!(four.balancing.weights, [1.0, 2.0]);
    // With exact or late news of all, it makes no difference who asks.
    assert_eq!(
        notes,
        ["`services.four.clients`: `power-of-two` does not look at that"]
    );
}

/// What is wrong, and what must be said about it.
#[test]
fn what_makes_no_sense_is_told_where_it_is_written() {
    for (more, said) in [
        ("balancer = \"rendom\"", "did you mean `random`?"),
        (
            "balancer = { random = { d = 3 } }",
            "`random` has no parameters: write \"random\"",
        ),
        (
            "balancer = \"power-of-d\"",
            "`services.four.balancer.power-of-d` lacks `d`",
        ),
        (
            "balancer = { power-of-d = { d = 0 } }",
            "`power-of-d.d` must be from 1 to 10000",
        ),
        ("balancer = { power-of-d = { e = 1 } }", "unknown key `e`"),
        (
            "balancer = { bounded-load-hash = { bound = 1 } }",
            "must be above 1",
        ),
        (
            "balancer = { min-queue = { load = 1.2 } }",
            "`min-queue.load` must be between 0 and 1",
        ),
        (
            "balancer = { peak-ewma = { decay = 0 } }",
            "`peak-ewma.decay` must be above 0",
        ),
        ("view = \"stale\"", "`services.four.view.stale` lacks `by`"),
        (
            "balancer = \"least-work-left\"\nview = \"own\"",
            "is not modelled with `view = \"own\"`",
        ),
        ("clients = 0", "`services.four.clients` must be at least 1"),
        ("weights = [1, 0]", "0 is not from 0.001 to 1000"),
        ("speeds = [1, 1, 1, 1, 1]", "5 for 4 replicas"),
        ("speeds = []", "this is none"),
        (
            "queue = \"central\"\nspeeds = [2]",
            "leave out `speeds` or `queue = \"central\"`",
        ),
        ("slow-start = { aggression = 2 }", "lacks `window`"),
        (
            "outlier-ejection = { max-ejection-percent = 200 }",
            "must be at most 100",
        ),
        (
            "outlier-ejection = { base-ejection-time = \"2m\", max-ejection-time = \"1m\" }",
            "the first ejection already lasts",
        ),
    ] {
        let told = problems(&four(more));
        assert!(told.contains(said), "{more}:\n{told}");
    }
    let keys = MM1.replace(
        "[workloads.visitors]",
        "[workloads.visitors]\nkeys = { zipf = 11 }",
    );
    let told = problems(&keys);
    assert!(
        told.contains("`workloads.visitors.keys` lacks `count`"),
        "{told}"
    );
}
