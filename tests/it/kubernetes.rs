//! Kubernetes manifests to scenarios: what is mapped, what is listed, what is wrong.

use proptest::prelude::*;
use proptest::sample::Index;
use sparksim::import::kubernetes::{Imported, import_texts};
use sparksim::model::Model;
use sparksim::scenario;
use std::fs;
use std::path::Path;

fn manifest(name: &str) -> (String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    (
        name.to_owned(),
        fs::read_to_string(root.join(name)).unwrap(),
    )
}

fn import(text: &str) -> Imported {
    import_texts(&[("m.yaml".to_owned(), text.to_owned())]).unwrap()
}

fn refused(text: &str) -> String {
    let error = import_texts(&[("m.yaml".to_owned(), text.to_owned())]).unwrap_err();
    error.to_string()
}

fn model(imported: &Imported) -> Model {
    let loaded = scenario::load_text("m.toml", &imported.toml, Path::new(""), &[]);
    loaded
        .unwrap_or_else(|error| panic!("{error}\n{}", imported.toml))
        .model
}

/// A deployment whose only container has these resources.
fn deployment(resources: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    \
         spec:\n      containers:\n      - name: web\n        resources: {resources}\n"
    )
}

const NODE: &str = "\napiVersion: v1\nkind: Node\nmetadata: {name: n}\nstatus:\n  \
                    capacity: {cpu: '4', memory: 16Gi}\n";

#[test]
fn a_whole_cluster_becomes_a_scenario_that_validates() {
    let texts = ["helm.yaml", "spark-operator.yaml", "nodes.json"].map(manifest);
    let imported = import_texts(&texts).unwrap();
    insta::assert_snapshot!(imported.toml);
    let model = model(&imported);
    assert_eq!(model.services.len(), 1);
    assert_eq!(model.apps.len(), 2);
    let cluster = model.cluster.unwrap();
    let pool = cluster.pools.iter().next().unwrap();
    // The least of the five machines, which report some KiB more or less.
    assert_eq!((pool.count, pool.capacity.memory.0), (5, 64_987_654 << 10));
    assert_eq!(pool.allocatable().cpu.0, 15_890);
    assert_eq!(cluster.images.len(), 1);
}

#[test]
fn priorities_quotas_taints_and_selectors_become_tables() {
    let texts = ["platform.yaml", "platform-nodes.json"].map(manifest);
    let imported = import_texts(&texts).unwrap();
    insta::assert_snapshot!(imported.toml);
    let loaded = scenario::load_text("m.toml", &imported.toml, Path::new(""), &[]).unwrap();
    // It runs, and all containers find their nodes.
    let results = crate::simulate::run(&loaded, 1);
    for (name, expected) in [
        ("services.web.replicas", 6.0),
        ("services.kafka.replicas", 3.0),
        ("services.embedder.replicas", 1.0),
        ("apps.daily-etl.finished", 1.0),
        ("cluster.pending_containers", 0.0),
    ] {
        assert_eq!(crate::simulate::mean(&results, name), expected, "{name}");
    }
}

#[test]
fn a_pool_is_as_even_over_its_zones_as_its_nodes_are() {
    let node = |name: &str, zone: &str| {
        format!(
            "kind: Node\nmetadata: {{name: {name}, labels: {{agentpool: blue, \
             topology.kubernetes.io/zone: '{zone}'}}}}\nstatus: {{capacity: {{cpu: 8, memory: \
             32Gi}}}}\n"
        )
    };
    let pools = |zones: &[&str]| {
        let nodes = zones.iter().enumerate();
        let nodes: Vec<String> = nodes
            .map(|(number, zone)| node(&format!("n{number}"), zone))
            .chain([deployment("{}")])
            .collect();
        let cluster = model(&import(&nodes.join("---\n"))).cluster.unwrap();
        let pools = cluster.pools.iter();
        pools
            .map(|pool| (pool.count, pool.zones.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(pools(&["a", "b", "b"]), [(3, 2)]);
    assert_eq!(pools(&["a", "b", "b", "b"]), [(1, 1), (3, 1)]);
    assert_eq!(pools(&["", "b"]), [(1, 0), (1, 1)]);
}

#[test]
fn what_a_pod_may_not_is_decided_as_kubernetes_does() {
    let node = |name: &str, labels: &str, taints: &str| {
        format!(
            "kind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\nspec: {{taints: \
             [{taints}]}}\nstatus: {{capacity: {{cpu: 8, memory: 32Gi}}}}\n---\n"
        )
    };
    let nodes = [
        node("a", "gen: '5'", ""),
        node(
            "b",
            "gen: '6'",
            "{key: team, value: red, effect: NoExecute}",
        ),
        node(
            "c",
            "gen: '7'",
            "{key: team, value: blue, effect: PreferNoSchedule}",
        ),
        node(
            "d",
            "gen: '8'",
            "{key: node.kubernetes.io/not-ready, effect: NoSchedule}",
        ),
    ];
    // The pools that replicas may go to, in the order of the nodes.
    let allowed = |pod: &str| {
        let pods = deployment("{}").replacen(
            "      containers:",
            &format!("      {pod}\n      containers:"),
            1,
        );
        let imported = import(&(nodes.concat() + &pods));
        let model = model(&imported);
        let pools = model.services.iter().next().unwrap().placing.pools.clone();
        let count = model.cluster.unwrap().pools.len();
        let all = vec![true; count];
        if pools.is_empty() {
            all
        } else {
            pools.iter().copied().collect()
        }
    };
    let require = |terms: &str| {
        format!(
            "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: \
             {{nodeSelectorTerms: [{terms}]}}}}}}"
        )
    };
    // Nobody tolerates the red taint: its node is left out.
    assert_eq!(allowed("dnsPolicy: Default"), [true, true]);
    assert_eq!(
        allowed("tolerations: [{operator: Exists}]"),
        [true, true, true]
    );
    assert_eq!(
        allowed("tolerations: [{key: team, value: red}]"),
        [true, true, true]
    );
    assert_eq!(allowed("nodeSelector: {gen: '7'}"), [false, true]);
    let newer = require("{matchExpressions: [{key: gen, operator: Gt, values: ['6']}]}");
    assert_eq!(allowed(&newer), [false, true]);
    let either = require(
        "{matchExpressions: [{key: gen, operator: In, values: ['5']}]}, {matchExpressions: [{key: \
         gen, operator: Exists}, {key: gen, operator: NotIn, values: ['5', '6']}]}",
    );
    assert_eq!(allowed(&either), [true, true]);
}

#[test]
fn the_example_of_the_documentation_is_what_comes_out() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kubernetes.md");
    let text = fs::read_to_string(path).unwrap();
    let block = |language: &str| {
        let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let imported = import_texts(&[("example.yaml".to_owned(), block("yaml"))]).unwrap();
    assert_eq!(imported.toml, block("toml"));
    model(&imported);
}

#[test]
fn a_pod_reserves_what_the_scheduler_counts() {
    let pod = "
      overhead: {cpu: 10m, memory: 1Mi}
      initContainers:
      - {name: sidecar, restartPolicy: Always, resources: {requests: {cpu: 100m, memory: 64Mi}}}
      - {name: migrate, resources: {requests: {cpu: '2', memory: 10Mi}}}
      containers:
      - {name: a, resources: {requests: {cpu: 500m, memory: 256Mi}, limits: {cpu: '1'}}}
      - {name: b, resources: {limits: {cpu: 0.25, memory: 128Mi}}}";
    let text = format!(
        "kind: StatefulSet\nmetadata: {{name: db}}\nspec:\n  replicas: 2\n  template:\n    \
         spec:{pod}\n"
    );
    let model = model(&import(&text));
    let service = model.services.iter().next().unwrap();
    // The migration beside the sidecar needs more processor than what runs then; of memory less.
    assert_eq!(service.requests.cpu.0, 2000 + 100 + 10);
    assert_eq!(service.requests.memory.0, (64 + 256 + 128 + 1) << 20);
    assert_eq!(service.replicas, 2);
}

#[test]
fn equal_nodes_make_a_pool_and_others_another() {
    let node = |name: &str, group: &str, cpu: u32, memory: &str| {
        format!(
            "---\nkind: Node\nmetadata: {{name: {name}, labels: {{agentpool: {group}}}}}\nstatus: \
             {{capacity: {{cpu: {cpu}, memory: {memory}}}}}\n"
        )
    };
    let text = [
        node("a", "blue", 8, "32000Mi"),
        node("b", "blue", 8, "31900Mi"),
        node("c", "blue", 8, "16Gi"),
        node("d", "red", 8, "32000Mi"),
        node("e", "red", 16, "32000Mi"),
        "---\nkind: Node\nmetadata: {name: f}\nspec: {unschedulable: true}\n".to_owned(),
        deployment("{}"),
    ];
    let imported = import(&text.join("---\n"));
    let model = model(&imported);
    let cluster = model.cluster.unwrap();
    let pools: Vec<_> = cluster
        .pools
        .iter()
        .map(|pool| (pool.name.as_str(), pool.count, pool.capacity.memory.0 >> 20))
        .collect();
    let expected = [
        ("blue", 2, 31_900),
        ("blue-2", 1, 16_384),
        ("red", 1, 32_000),
        ("red-2", 1, 32_000),
    ];
    assert_eq!(pools, expected);
    assert!(
        imported
            .not_mapped
            .iter()
            .any(|note| note.contains("cordoned"))
    );
}

#[test]
fn daemons_take_their_share_of_every_node() {
    let daemon = deployment("{requests: {cpu: 300m, memory: 1Gi}}")
        .replace("kind: Deployment", "kind: DaemonSet")
        .replace("{name: web}", "{name: logs}");
    let text = [NODE, &daemon, &deployment("{}")].join("---\n");
    let model = model(&import(&text));
    let cluster = model.cluster.unwrap();
    let free = cluster.pools.iter().next().unwrap().allocatable();
    assert_eq!((free.cpu.0, free.memory.0), (3700, 15 << 30));
}

#[test]
fn what_fits_on_no_node_is_left_out_with_the_reason() {
    let text = [NODE, &deployment("{requests: {cpu: 5}}")].join("---\n");
    let imported = import(&text);
    assert!(!imported.toml.contains("[services"));
    insta::assert_snapshot!(imported.not_mapped.join("\n"), @"Deployment default/web is left out: a replica of `services.web` fits no node: asks for 5 cores (m.yaml:8)");
}

#[test]
fn fields_of_the_operator_win_over_its_spark_conf() {
    let text = "kind: SparkApplication\nmetadata: {name: pi}\nspec:\n  type: Python\n  sparkConf:\n    \
                spark.executor.memory: 1g\n    spark.executor.instances: '7'\n  executor: {memory: 3g, \
                cores: 2}\n";
    let model = model(&import(text));
    let app = model.apps.iter().next().unwrap();
    assert_eq!(
        (app.conf.executors.initial, app.conf.executor_cores),
        (7, 2)
    );
    // 3 GiB and the 40 % that Spark adds for Python on Kubernetes, in whole MiB.
    assert_eq!(app.conf.executor.memory.0 >> 20, 3072 + 1228);
}

#[test]
fn an_autoscaler_of_either_version_finds_its_target() {
    let hpa = |spec: &str| {
        format!(
            "kind: HorizontalPodAutoscaler\nmetadata: {{name: h}}\nspec:\n  scaleTargetRef: {{kind: \
             Deployment, name: web}}\n  maxReplicas: 9\n{spec}"
        )
    };
    let web = deployment("{requests: {cpu: 400m}}");
    for (spec, target, min) in [
        (
            "  targetCPUUtilizationPercentage: 60\n  minReplicas: 3\n",
            "0.6",
            3,
        ),
        ("", "0.8", 1),
        (
            "  metrics:\n  - type: Resource\n    resource: {name: cpu, target: {type: AverageValue, \
             averageValue: 100m}}\n",
            "0.25",
            1,
        ),
    ] {
        let imported = import(&[web.as_str(), &hpa(spec)].join("---\n"));
        let expected = format!("metric = \"cpu\", target = {target}, min = {min}, max = 9");
        assert!(imported.toml.contains(&expected), "{}", imported.toml);
        model(&imported);
    }
    let stray = import(&hpa(""));
    assert!(stray.not_mapped[0].contains("its target, Deployment web, is not among the manifests"));
}

#[test]
fn mistakes_are_shown_in_their_places_all_at_once() {
    let text = format!(
        "{}---\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{replicas: -1}}\n---\nkind: Secret\n",
        deployment("{requests: {cpu: lots, memory: 12Quarts}}")
    );
    insta::assert_snapshot!(refused(&text), @"
    error: invalid `resources.requests.cpu`
     --> m.yaml:9:37
      |
    9 |         resources: {requests: {cpu: lots, memory: 12Quarts}}
      |                                     ^^^^ `lots` is not a number of cores: a number is missing; write cores, e.g. `2` or `0.5`, or thousandths, e.g. `500m`

    error: invalid `resources.requests.memory`
     --> m.yaml:9:51
      |
    9 |         resources: {requests: {cpu: lots, memory: 12Quarts}}
      |                                                   ^^^^^^^^ `12Quarts` is not a size: `Quarts` is no unit of it; write bytes, or e.g. `512Mi`, `4Gi`, `1.2GB`, `64MiB` (k, M, G, T, P, E or Ki, Mi, Gi, Ti, Pi, Ei, with or without B)

    error: Deployment default/x has no pod template
      --> m.yaml:13:7
       |
    13 | spec: {replicas: -1}
       |       ^ expected `spec.template.spec`

    error: invalid `spec.replicas`
      --> m.yaml:13:18
       |
    13 | spec: {replicas: -1}
       |                  ^^ expected a whole number from 0 to 1000000, found `-1`

    error: a Secret without a name
      --> m.yaml:15:1
       |
    15 | kind: Secret
       | ^ `metadata.name` is missing
    ");
}

#[test]
fn a_template_is_told_from_broken_yaml() {
    insta::assert_snapshot!(refused("kind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n"), @"
    error: this is not YAML: expected string scalar
     --> m.yaml:3:10
      |
    3 |   name: {{ .Values.name }}
      |          ^ the parser stops here
      |
    help: it looks like a template: render it first, e.g. with `helm template` or `kubectl kustomize`
    ");
    insta::assert_snapshot!(refused("kind: Deployment\n  metadata: x\n"), @"
    error: this is not YAML: mapping values are not allowed in this context
     --> m.yaml:2:11
      |
    2 |   metadata: x
      |           ^ the parser stops here
    ");
}

#[test]
fn text_that_is_no_object_is_an_error() {
    insta::assert_snapshot!(refused("just words\n"), @"
    error: this is no Kubernetes object
     --> m.yaml:1:1
      |
    1 | just words
      | ^^^^^^^^^^ expected a mapping with `apiVersion`, `kind` and `metadata`
    ");
    let nothing = import("---\n# nothing\n---\n");
    assert!(nothing.to_fill_in[0].contains("there is nothing that runs"));
}

/// A change that an editor or a broken transfer makes.
#[derive(Clone, Debug)]
enum Damage {
    Cut(Index, usize),
    Insert(Index, String),
    Swap(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let tokens = prop_oneof![
        Just("- ".to_owned()),
        Just(": ".to_owned()),
        Just("\n---\n".to_owned()),
        Just("{".to_owned()),
        Just("&a [*a]".to_owned()),
        Just("<<: *labels\n".to_owned()),
        Just("\t".to_owned()),
        Just("99999999999999999999999".to_owned()),
        Just("null".to_owned()),
        ".{0,8}",
    ];
    prop_oneof![
        (any::<Index>(), 1_usize..80).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<Index>(), tokens).prop_map(|(at, text)| Damage::Insert(at, text)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Damage::Swap(one, other)),
    ]
}

fn damaged(text: &str, damages: &[Damage]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for damage in damages {
        let length = chars.len().max(1);
        match damage {
            Damage::Cut(at, count) => {
                let at = at.index(length).min(chars.len());
                let end = (at + count).min(chars.len());
                chars.drain(at..end);
            }
            Damage::Insert(at, text) => {
                let at = at.index(length).min(chars.len());
                chars.splice(at..at, text.chars());
            }
            Damage::Swap(one, other) if !chars.is_empty() => {
                let (one, other) = (one.index(length), other.index(length));
                chars.swap(one, other);
            }
            Damage::Swap(..) => {}
        }
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damaged_manifests_never_panic_and_what_is_written_validates(
        which in 0_usize..4,
        damages in proptest::collection::vec(damage(), 1..6),
    ) {
        let (name, text) = manifest(
            ["helm.yaml", "spark-operator.yaml", "nodes.json", "platform.yaml"][which],
        );
        let text = damaged(&text, &damages);
        if let Ok(imported) = import_texts(&[(name, text)]) {
            let runs = imported.toml.contains("[workloads.");
            let loaded = scenario::load_text("m.toml", &imported.toml, Path::new(""), &[]);
            prop_assert_eq!(loaded.is_ok(), runs, "{:?}\n{}", loaded.err(), imported.toml);
        }
    }
}
