//! Scenarios that several tests start from.

use std::path::Path;

/// M/M/1 as the contract writes it.
pub(super) const MM1: &str = r#"
[run]
seed = 7
requests = 200000
warmup-requests = 20000
replications = 20
[services.desk]
service-time = { exponential = { mean = "1s" } }
[workloads.visitors]
target = "services.desk"
arrivals = { poisson = { rate = "0.8/s" } }
"#;

/// Nearly everything that can be written. It needs the files of `write_files`.
pub(super) const WHOLE: &str = r#"title = "REST front end that submits SparkPi to a small cluster"
[run]
seed = 1
duration = "2h"
warmup = "10m"
replications = 20

[cluster]
manager = "kubernetes"
placement = "kube-default"
network = "max-min"

[nodes.general]
count = 4
cpu = "16"
memory = "64Gi"
reserved = { cpu = "500m", memory = "2Gi" }
speed = 1.0
network = "10Gbps"
unpack = "200MB/s"

[layers]
debian = "80MB"
jre = { size = "190MB", unpacked = "420MB" }
spark-35 = "420MB"
gateway = "25MB"
[images]
spark = ["debian", "jre", "spark-35"]
gateway = ["debian", "gateway"]
[registry]
bandwidth = "2Gbps"
[storage.s3]
bandwidth = "20Gbps"
latency = "30ms"
request-rate = "5500/s"
request-size = "128MB"
request-price = 0.0004

[spark]
version = "3.5"
[spark.conf]
"spark.driver.memory" = "2g"

[services.gateway]
image = "gateway"
replicas = 2
concurrency = 16
discipline = "fifo"
queue-capacity = 200
requests = { cpu = "1", memory = "1Gi" }
start-time = { lognormal = { mean = "3s", cv = 0.3 } }
balancer = "power-of-two"
[services.gateway.endpoints.submit]
service-time = { exponential = { mean = "5ms" } }
submits = { app = "pi", wait = false }
[services.gateway.endpoints.status]
service-time = { empirical = { values = ["1ms", "2ms"] } }

[services.desk]
service-time = { empirical = { file = "times.csv", column = "seconds" } }
submits = { app = "etl", wait = true }

[apps.pi]
image = "spark"
deploy = "per-submission"
start-time = { triangular = { min = "1s", mode = "2s", max = "5s" } }
final-driver-gap = "1s"
[apps.pi.conf]
"spark.executor.instances" = 4
"spark.executor.cores" = 4
"spark.executor.memory" = "8g"
[apps.pi.stages.map]
tasks = 10000
task-time = { lognormal = { mean = "30ms", cv = 0.4 } }
[apps.pi.stages.reduce]
tasks = 10
task-time = "1s"
parents = ["map"]

[apps.etl]
[apps.etl.jobs.load.stages.scan]
tasks = 3
task-time = { recorded = { file = "etl.tasks.csv", stage = 18 } }
[apps.etl.jobs.write]
after = ["load"]
driver-gap = "2s"
[apps.etl.jobs.write.stages.out]
tasks = 4
task-time = { erlang = { k = 3, mean = "2s" } }

[workloads.users]
target = "services.gateway.submit"
arrivals = { poisson = { rate = "6/min" } }
[workloads.probe]
target = "services.gateway.status"
arrivals = { deterministic = { interval = "10s" } }
[workloads.people]
target = "services.desk"
arrivals = { renewal = { interarrival = { uniform = { min = "1s", max = "3s" } } } }
[workloads.nightly]
target = "apps.etl"
arrivals = { at = ["1h", "0s"] }
"#;

/// The files that `WHOLE` names.
pub(super) fn write_files(directory: &Path) {
    let recorded = "stage,partition,duration,bytes\n17,0,9,1\n18,1,0.25,7\n18,0,1.5,8\n18,2,2s,9\n";
    let write = |name: &str, text: &str| {
        crate::files::write(&directory.join(name), text.as_bytes()).unwrap();
    };
    write("etl.tasks.csv", recorded);
    write("times.csv", "id,seconds\n1,0.5\n2,20ms\n");
}
