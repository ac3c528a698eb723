//! Kubernetes manifests: volumes, graphics processors of Spark, taints that nobody tolerates together.

use sparksim::import::kubernetes::{Imported, import_texts};
use sparksim::model::Model;
use sparksim::scenario;
use std::path::Path;

fn import(text: &str) -> (Imported, Model) {
    let imported = import_texts(&[("m.yaml".to_owned(), text.to_owned())]).unwrap();
    let loaded = scenario::load_text("m.toml", &imported.toml, Path::new(""), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}\n{}", imported.toml));
    (imported, loaded.model)
}

fn lists(imported: &Imported, part: &str) -> bool {
    imported.not_mapped.iter().any(|note| note.contains(part))
}

fn node(name: &str, taints: &[&str]) -> String {
    let taints = taints
        .iter()
        .map(|key| format!("{{key: {key}, effect: NoSchedule}}"));
    let taints: Vec<String> = taints.collect();
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: \
         {{node.kubernetes.io/instance-type: {name}}}}}\nspec: {{taints: [{}]}}\nstatus:\n  \
         capacity: {{cpu: '8', memory: 32Gi, nvidia.com/gpu: '2'}}\n  \
         allocatable: {{cpu: '8', memory: 32Gi, nvidia.com/gpu: '2'}}\n",
        taints.join(", ")
    )
}

fn workload(kind: &str, name: &str, tolerated: &[&str], more: &str) -> String {
    let tolerations = tolerated
        .iter()
        .map(|key| format!("{{key: {key}, operator: Exists}}"));
    let tolerations: Vec<String> = tolerations.collect();
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  template:\n    \
         spec:\n      tolerations: [{}]\n      containers:\n      - name: c\n        resources: \
         {{requests: {{cpu: '1', memory: 1Gi}}}}\n{more}",
        tolerations.join(", ")
    )
}

/// One workload tolerates the one taint, another the other, and nobody both: nobody can use the node.
#[test]
fn a_pool_whose_taints_nobody_tolerates_together_is_left_out() {
    let both = ["team-a", "team-b"];
    let mut manifests = node("open", &[]) + &node("closed", &both);
    manifests += &workload("Deployment", "a", &both[..1], "");
    manifests += &workload("Deployment", "b", &both[1..], "");
    let (imported, model) = import(&manifests);
    assert_eq!(model.cluster.unwrap().pools.len(), 1);
    let what = "nothing here tolerates all of their taints, `team-a:NoSchedule` and \
                `team-b:NoSchedule`";
    assert!(lists(&imported, what), "{:?}", imported.not_mapped);
    let (_, model) = import(&(manifests + &workload("Deployment", "c", &both, "")));
    assert_eq!(model.cluster.unwrap().pools.len(), 2);
}

/// Two volumes of 110 GB together; what is not in the manifest is listed.
#[test]
fn claims_of_a_stateful_set_are_volumes_of_its_replicas() {
    let claims = "  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {storageClassName: gp3, \
                  resources: {requests: {storage: 100G}}}\n  - metadata: {name: log}\n    spec: \
                  {resources: {requests: {storage: 10G}}}\n  - metadata: {name: odd}\n    spec: {}\n";
    let database = workload("StatefulSet", "db", &[], claims);
    let (imported, model) = import(&(node("open", &[]) + &database));
    let volumes = model
        .services
        .iter()
        .next()
        .unwrap()
        .placing
        .volumes
        .unwrap();
    assert_eq!(volumes.size.0, 110_000_000_000);
    for part in ["their storage class", "that request no `storage`"] {
        assert!(lists(&imported, part), "{part}: {:?}", imported.not_mapped);
    }
    let (imported, model) = import(&database);
    assert!(
        model
            .services
            .iter()
            .next()
            .unwrap()
            .placing
            .volumes
            .is_none()
    );
    assert!(lists(
        &imported,
        "without Nodes among the manifests volumes"
    ));
}

/// Two GPUs for each executor by the operator's field, one for the driver by Spark's property. A task
/// takes half a one, so four run at once on eight cores.
#[test]
fn graphics_processors_of_spark_are_reserved() {
    let app = "---\napiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: \
               train}\nspec:\n  type: Scala\n  sparkVersion: 3.5.1\n  sparkConf:\n    \
               spark.driver.resource.gpu.amount: '1'\n    spark.task.resource.gpu.amount: '0.5'\n    \
               spark.executor.resource.gpu.vendor: nvidia.com\n  driver: {cores: 1, memory: 1g}\n  \
               executor:\n    cores: 8\n    memory: 4g\n    instances: 1\n    gpu: {name: nvidia.com/gpu, \
               quantity: 2}\n";
    let (_, model) = import(&(node("a", &[]) + app));
    let conf = &model.apps.iter().next().unwrap().conf;
    assert_eq!((conf.driver.gpus, conf.executor.gpus), (1, 2));
    assert_eq!(conf.slots_per_executor(), 4);
    let other = app.replace("nvidia.com/gpu", "xilinx.com/fpga");
    let other = other.replace("    spark.task.resource.gpu.amount: '0.5'\n", "");
    let (imported, model) = import(&(node("a", &[]) + &other));
    assert_eq!(model.apps.iter().next().unwrap().conf.executor.gpus, 0);
    assert!(lists(&imported, "`xilinx.com/fpga` is placed without it"));
}
