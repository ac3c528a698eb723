//! The whole model, table by table.

use super::{
    Context, apps, budgets, classes, cluster, faults, in_replica, initial, loads, probabilities,
    promises, run, services, workflows, workloads,
};
use crate::model::Model;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::ScenarioSpec;

/// Everything that the model needs, as far as it could be resolved; `name` stands in for a missing
/// title. It is a model only if the context holds no problems.
pub(crate) fn resolve(spec: &ScenarioSpec, name: &str, context: &mut Context<'_>) -> Model {
    check_all_names(spec, context);
    let (manager, cluster) = cluster::resolve(spec, context);
    let mut services = services::resolve(spec, cluster.as_ref(), context);
    let mut apps = apps::resolve(spec, manager, cluster.as_ref(), context);
    workflows::order(spec, &mut apps.templates, context);
    let workflows = workflows::resolve(spec, &apps.templates, context);
    let (budgets, allocation) = budgets::resolve(spec, cluster.as_ref(), context);
    budgets::check_members(
        spec,
        &budgets,
        (&services.templates, &apps.templates),
        context,
    );
    let faults = faults::resolve(spec, cluster.as_ref(), context);
    let classes = classes::resolve(spec, &services, context);
    let workloads = workloads::resolve(spec, &services, context);
    in_replica::check(spec, context);
    loads::resolve(spec, &workloads, &mut services, context);
    let run = run::resolve(spec.run.as_ref(), &workloads, context);
    let around = initial::Surroundings {
        run: &run,
        has_nodes: cluster.is_some(),
        endpoints: &services.endpoints,
        workloads: &workloads,
    };
    initial::resolve(spec.run.as_ref(), &mut services.templates, &around, context);
    if spec.workloads.is_empty() && !context.was_removed(&[], "workloads") {
        context.problem(
            Diagnostic::whole("the scenario has no workload: nothing would happen").help(
                "say what arrives, e.g. `[workloads.users]` with `target = \"services.NAME\"` and \
                 `arrivals = { poisson = { rate = \"6/min\" } }`",
            ),
        );
    }
    let mut model = Model {
        title: spec
            .title
            .as_ref()
            .map_or_else(|| name.to_owned(), |title| title.value.clone()),
        run,
        cluster,
        budgets,
        allocation,
        services: services.templates,
        endpoints: services.endpoints,
        classes,
        apps: apps.templates,
        jobs: apps.jobs,
        stages: apps.stages,
        workflows,
        faults,
        workloads,
        probabilities: Vec::new(),
        checks: Vec::new(),
    };
    // Only a whole model knows its figures.
    if !context.has_problems() {
        model.probabilities = probabilities::resolve(spec, &model, context);
    }
    promises::resolve(spec, &mut model, context);
    model
}

fn check_all_names(spec: &ScenarioSpec, context: &mut Context<'_>) {
    context.check_names("node pool", &spec.nodes);
    context.check_names("budget", &spec.budgets);
    context.check_names("layer", &spec.layers);
    context.check_names("image", &spec.images);
    context.check_names("storage", &spec.storage);
    context.check_names("service", &spec.services);
    context.check_names("application", &spec.apps);
    context.check_names("workflow", &spec.workflows);
    context.check_names("class", &spec.classes);
    context.check_names("workload", &spec.workloads);
    context.check_names("fault", &spec.faults);
    context.check_names("probability", &spec.probabilities);
    for service in spec.services.iter() {
        context.check_names("endpoint", &service.spec.endpoints);
    }
    for app in spec.apps.iter() {
        context.check_names("stage", &app.spec.stages);
        context.check_names("job", &app.spec.jobs);
        for job in app.spec.jobs.iter() {
            context.check_names("stage", &job.spec.stages);
        }
    }
}
